package payments_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "kodebayar/payments"
)

var (
	noon     = time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC) // 12.00 WIB
	deadline = noon.Add(time.Hour)
)

// told is a fact in short: DOKU says SUCCESS for an amount at a moment, with
// the till's transaction.
func told(by Source, amount int64, at time.Time, trx string) Fact {
	f := Fact{Source: by, Status: "SUCCESS", Amount: amount, Date: at, Trx: trx}
	if trx != "" {
		f.Agent, f.Store = "ALFAMART", "T001"
	}
	return f
}

// ahead is a fact told by a clock that is ahead of ours.
func ahead(f Fact, by time.Duration) Fact { f.Ahead = by; return f }

// nowhere is a fact without agent and store.
func nowhere(f Fact) Fact { f.Agent, f.Store = "", ""; return f }

func TestSettle(t *testing.T) {
	const asked, former, other = 150_000, 175_000, 99_000
	single := Code{ID: "c", Status: Active, Amount: asked, ExpiresAt: deadline}
	with := func(c Code, change func(*Code)) Code { change(&c); return c }
	in := func(s Status) Code { return with(single, func(c *Code) { c.Status = s }) }
	reusable := with(single, func(c *Code) { c.Reusable = true })
	cancelled := with(single, func(c *Code) { c.Status, c.CancelledAt = Cancelled, noon.Add(10*time.Minute) })
	cancelling := with(cancelled, func(c *Code) { c.Status = Cancelling })

	paid := func(f Fact) *Payment {
		return &Payment{
			ID: "p", CodeID: "c", Amount: f.Amount, Date: f.Date, Agent: f.Agent, Store: f.Store, Trx: f.Trx,
			Standing: Counted, Source: f.Source, Confirmed: f.Source != FromCheck,
		}
	}
	review := func(f Fact) *Payment { p := paid(f); p.Standing = Review; return p }
	intime := noon.Add(5 * time.Minute)
	late := deadline.Add(time.Second)
	first := told(FromNotification, asked, intime, "1246")

	for _, c := range []struct {
		name string
		code Code
		so   *Payment // the payment there is already
		fact Fact

		status    Status
		total     int64
		counted   int
		review    int
		recorded  Standing // of the new payment, if there is one
		completed bool
		attention string
		events    string
	}{
		// Money wins: a success for the amount pays from any state.
		{"active", single, nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"our own create has no answer yet", in(Creating), nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"the create's answer is lost", in(Unknown), nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"DOKU refused the create and yet took money", in(Rejected), nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"punctual money told hours after expiry", in(Expired), nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"money after the deadline", in(Expired), nil, told(FromNotification, asked, late, "1"), Paid, asked, 1, 0, Counted, false, "late_payment", "paid"},
		{"money after the deadline, the clock here has not noticed", single, nil, told(FromNotification, asked, late, "1"), Paid, asked, 1, 0, Counted, false, "late_payment", "paid"},
		{"money at the very deadline", single, nil, told(FromNotification, asked, deadline, "1"), Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"money before the cancel, told after", cancelled, nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"money after the cancel", cancelled, nil, told(FromNotification, asked, noon.Add(11*time.Minute), "1"), Paid, asked, 1, 0, Counted, false, "after_cancel", "paid"},
		{"money within the second of the cancel", cancelled, nil, told(FromNotification, asked, noon.Add(10*time.Minute), "1"), Paid, asked, 1, 0, Counted, false, "after_cancel", "paid"},
		{"money before the cancel, by a clock that is ten minutes ahead", cancelled, nil, ahead(told(FromNotification, asked, noon.Add(15*time.Minute), "1"), 10*time.Minute), Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"money after the cancel, by a clock that is ten minutes behind", cancelled, nil, ahead(told(FromNotification, asked, noon.Add(5*time.Minute), "1"), -10*time.Minute), Paid, asked, 1, 0, Counted, false, "after_cancel", "paid"},
		{"money after the cancel, the clocks agree but for rounding", cancelled, nil, ahead(told(FromNotification, asked, noon.Add(10*time.Minute+time.Second), "1"), 2*time.Second), Paid, asked, 1, 0, Counted, false, "after_cancel", "paid"},
		{"the cancel lost the race", cancelling, nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},
		{"a cancel that DOKU has not answered", with(cancelling, func(c *Code) { c.CancelledAt = time.Time{} }), nil, first, Paid, asked, 1, 0, Counted, false, "", "paid"},

		// Amounts.
		{"an amount it had earlier", single, nil, told(FromNotification, former, intime, "1"), Paid, former, 1, 0, Counted, false, "former_amount", "paid"},
		{"another amount", single, nil, told(FromNotification, other, intime, "1"), Active, 0, 0, 1, Review, false, "wrong_amount", "in_review"},
		{"another amount, too late", in(Expired), nil, told(FromNotification, other, late, "1"), Expired, 0, 0, 1, Review, false, "wrong_amount late_payment", "in_review"},
		{"one rupiah less", single, nil, told(FromNotification, asked-1, intime, "1"), Active, 0, 0, 1, Review, false, "wrong_amount", "in_review"},
		{"the right amount after a wrong one", single, review(told(FromNotification, other, intime, "1")), told(FromNotification, asked, intime, "2"), Paid, asked, 1, 0, Counted, false, "", "paid"},

		// What is no success is only told.
		{"FAILED", single, nil, Fact{Source: FromNotification, Status: "FAILED", Amount: asked, Date: intime}, Active, 0, 0, 0, "", false, "", "told"},
		{"FAILED after SUCCESS", in(Paid), paid(first), Fact{Source: FromNotification, Status: "FAILED", Amount: asked, Date: late}, Paid, 0, 0, 0, "", false, "", "told"},
		{"a word nobody knows", in(Paid), paid(first), Fact{Source: FromNotification, Status: "VOIDED", Amount: asked, Date: late}, Paid, 0, 0, 0, "", false, "", "told"},

		// One payment, told twice.
		{"the same notification again", in(Paid), paid(first), first, Paid, 0, 0, 0, "", false, "", ""},
		{"replayed", in(Paid), paid(first), told(FromReplay, asked, intime, "1246"), Paid, 0, 0, 0, "", false, "", ""},
		{"a check after the notification", in(Paid), paid(first), told(FromCheck, asked, intime, "1246"), Paid, 0, 0, 0, "", false, "", ""},
		{"a check that names no transaction and another second", in(Paid), paid(first), told(FromCheck, asked, intime.Add(3*time.Second), ""), Paid, 0, 0, 0, "", false, "", ""},
		{"the notification after a check", in(Paid), paid(told(FromCheck, asked, intime, "1246")), first, Paid, 0, 0, 0, "", true, "", "confirmed"},
		{"the notification after a check without transaction", in(Paid), paid(told(FromCheck, asked, intime.Add(time.Second), "")), first, Paid, 0, 0, 0, "", true, "", "confirmed"},
		{"the notification after a check without a till", in(Paid), paid(nowhere(told(FromCheck, asked, intime, "1246"))), first, Paid, 0, 0, 0, "", true, "", "confirmed"},
		{"a check without a till after the notification", in(Paid), paid(first), nowhere(told(FromCheck, asked, intime, "1246")), Paid, 0, 0, 0, "", false, "", ""},
		{"the notification after a check that knows only the chain", in(Paid), paid(func() Fact { f := told(FromCheck, asked, intime, "1246"); f.Store = ""; return f }()), first, Paid, 0, 0, 0, "", true, "", "confirmed"},
		{"the notification of another till after a check", in(Paid), paid(func() Fact { f := told(FromCheck, asked, intime, "1246"); f.Store = "T002"; return f }()), first, Paid, 0, 0, 1, Review, false, "second_payment", "in_review"},
		{"another notification that names no till", in(Paid), paid(first), nowhere(first), Paid, 0, 0, 1, Review, false, "second_payment", "in_review"},
		{"a wrong amount told again", single, review(told(FromNotification, other, intime, "1")), told(FromNotification, other, intime, "1"), Active, 0, 0, 0, "", false, "", ""},

		// Second payments.
		{"a second payment on a single-use code", in(Paid), paid(first), told(FromNotification, asked, intime.Add(time.Minute), "1247"), Paid, 0, 0, 1, Review, false, "second_payment", "in_review"},
		{"the same transaction number in another store", in(Paid), paid(first), func() Fact { f := first; f.Store = "T002"; return f }(), Paid, 0, 0, 1, Review, false, "second_payment", "in_review"},
		{"first payment on a reusable code", reusable, nil, first, Active, asked, 1, 0, Counted, false, "", "paid"},
		{"second payment on a reusable code", reusable, paid(first), told(FromNotification, asked, intime.Add(time.Minute), "1247"), Active, asked, 1, 0, Counted, false, "", "paid"},
		{"the same transaction number a minute later on a reusable code", reusable, paid(first), told(FromNotification, asked, intime.Add(time.Minute), "1246"), Active, asked, 1, 0, Counted, false, "", "paid"},
		{"a reusable code's payment told again", reusable, paid(first), first, Active, 0, 0, 0, "", false, "", ""},
		{"late money on a reusable code that expired", with(reusable, func(c *Code) { c.Status = Expired }), nil, told(FromNotification, asked, late, "1"), Expired, asked, 1, 0, Counted, false, "late_payment", "paid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var so []Payment
			if c.so != nil {
				so = append(so, *c.so)
			}
			r := Settle(c.code, []int64{former}, so, c.fact)
			if r.Code.Status != c.status || r.Code.PaidTotal != c.total || r.Code.PaidCount != c.counted || r.Code.Review != c.review {
				t.Errorf("the code is %s with %d in %d payments and %d in review; want %s, %d, %d, %d",
					r.Code.Status, r.Code.PaidTotal, r.Code.PaidCount, r.Code.Review, c.status, c.total, c.counted, c.review)
			}
			var recorded Standing
			if r.Record != nil {
				recorded = r.Record.Standing
				if r.Record.Amount != c.fact.Amount || !r.Record.Date.Equal(c.fact.Date) || r.Record.Trx != c.fact.Trx {
					t.Errorf("recorded %+v of %+v", *r.Record, c.fact)
				}
			}
			if recorded != c.recorded {
				t.Errorf("recorded %q, want %q", recorded, c.recorded)
			}
			if (r.Complete != nil) != c.completed {
				t.Errorf("completed: %+v, want %v", r.Complete, c.completed)
			}
			if c.completed && (r.Complete.Trx != c.fact.Trx || !r.Complete.Confirmed || r.Complete.ID != "p") {
				t.Errorf("completed to %+v", *r.Complete)
			}
			if got := strings.Trim(fmt.Sprint(r.Attention), "[]"); got != c.attention {
				t.Errorf("attention %q, want %q", got, c.attention)
			}
			var kinds []string
			for _, e := range r.Events {
				kinds = append(kinds, string(e.Kind))
			}
			if got := strings.Join(kinds, " "); got != c.events {
				t.Errorf("events %q, want %q", got, c.events)
			}
		})
	}
}

// Whatever is told, in whatever order and how often: a paid single-use code
// stays paid, counts one payment of an amount that was asked, and every fact
// told again changes nothing.
func TestSettleNeverLosesOrDoublesMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := Code{
			ID: "c", Amount: 150_000, ExpiresAt: deadline, CancelledAt: noon.Add(time.Minute),
			Status: rapid.SampledFrom([]Status{Creating, Unknown, Active, Cancelling, Cancelled, Expired, Rejected}).Draw(t, "status"),
		}
		var so []Payment
		apply := func(f Fact) Ruling {
			r := Settle(code, []int64{175_000}, so, f)
			code = r.Code
			if r.Record != nil {
				p := *r.Record
				p.ID = fmt.Sprint(len(so))
				so = append(so, p)
			}
			if r.Complete != nil {
				for i := range so {
					if so[i].ID == r.Complete.ID {
						so[i] = *r.Complete
					}
				}
			}
			return r
		}
		wasPaid := false
		for range rapid.IntRange(1, 12).Draw(t, "facts") {
			f := told(
				rapid.SampledFrom([]Source{FromNotification, FromCheck, FromReplay}).Draw(t, "source"),
				rapid.SampledFrom([]int64{150_000, 175_000, 99_000}).Draw(t, "amount"),
				rapid.SampledFrom([]time.Time{noon, noon.Add(30 * time.Minute), deadline, deadline.Add(30 * time.Minute), {}}).Draw(t, "date"),
				rapid.SampledFrom([]string{"1", "2", ""}).Draw(t, "trx"))
			f.Status = rapid.SampledFrom([]string{"SUCCESS", "SUCCESS", "FAILED"}).Draw(t, "status")
			f.Heard = noon.Add(time.Duration(len(so)) * time.Minute)
			apply(f)
			f.Heard = f.Heard.Add(6 * time.Hour)
			if again := apply(f); again.Record != nil {
				t.Fatalf("told again, %+v was recorded again", f)
			}
			if wasPaid && code.Status != Paid {
				t.Fatalf("%+v moved a paid code to %s", f, code.Status)
			}
			wasPaid = code.Status == Paid
		}
		counted := 0
		for _, p := range so {
			if p.Standing == Counted {
				counted++
			}
		}
		if counted > 1 || counted != code.PaidCount || (counted == 1) != wasPaid {
			t.Fatalf("%d payments count, the code says %d and is %s", counted, code.PaidCount, code.Status)
		}
		if counted+code.Review != len(so) {
			t.Fatalf("%d payments, %d count and %d are under review", len(so), counted, code.Review)
		}
	})
}

// A status answer may lack both date and transaction; asked again and again,
// it speaks of the payment there is.
func TestADatelessCheckCountsNothingTwice(t *testing.T) {
	for _, reusable := range []bool{false, true} {
		code := Code{ID: "c", Status: Active, Amount: 150_000, ExpiresAt: deadline, Options: Options{Reusable: reusable}}
		check := Fact{Source: FromCheck, Status: "SUCCESS", Amount: 150_000, Heard: noon}
		first := Settle(code, nil, nil, check)
		if first.Record == nil || !first.Record.Date.Equal(noon) {
			t.Fatalf("%+v", first)
		}
		check.Heard = noon.Add(time.Minute)
		if again := Settle(first.Code, nil, []Payment{*first.Record}, check); again.Record != nil {
			t.Errorf("reusable %v: a second check recorded %+v", reusable, *again.Record)
		}
		told := told(FromNotification, 150_000, noon.Add(-time.Minute), "7")
		if r := Settle(first.Code, nil, []Payment{*first.Record}, told); r.Record != nil || r.Complete == nil || r.Complete.Trx != "7" {
			t.Errorf("reusable %v: its notification gave %+v", reusable, r)
		}
	}
}

// A check that says no date judges nothing. On a cancelled code a person looks at
// once; the notification then brings the date, by which money is late or came
// after the cancel.
func TestADatelessCheckIsJudgedByItsNotification(t *testing.T) {
	cancelled := Code{ID: "c", Status: Cancelled, Amount: 150_000, ExpiresAt: deadline, CancelledAt: noon.Add(10 * time.Minute)}
	expired := Code{ID: "c", Status: Expired, Amount: 150_000, ExpiresAt: deadline}
	// Cancelled after a check had told of the first payment: nothing to look at.
	reusable := Code{ID: "c", Status: Active, Amount: 150_000, ExpiresAt: deadline, Options: Options{Reusable: true}}
	for _, c := range []struct {
		name       string
		code       Code
		heard, at  time.Time
		then       func(*Code) // what happens in between
		first, all string
	}{
		{"after the cancel and late", cancelled, noon.Add(70 * time.Minute), noon.Add(65 * time.Minute), nil, "after_cancel", "after_cancel late_payment"},
		{"before the cancel", cancelled, noon.Add(70 * time.Minute), noon.Add(5 * time.Minute), nil, "after_cancel", "after_cancel"},
		{"after the deadline", expired, noon.Add(70 * time.Minute), noon.Add(61 * time.Minute), nil, "", "late_payment"},
		{"before the deadline, heard after", expired, noon.Add(70 * time.Minute), noon.Add(59 * time.Minute), nil, "", ""},
		{"before a cancel that came later", reusable, noon.Add(time.Minute), noon, func(c *Code) { c.Status, c.CancelledAt = Cancelled, noon.Add(5*time.Minute) }, "", ""},
	} {
		f := told(FromCheck, 150_000, time.Time{}, "")
		f.Heard = c.heard
		r := Settle(c.code, nil, nil, f)
		if got := strings.Trim(fmt.Sprint(r.Attention), "[]"); got != c.first {
			t.Errorf("%s: the check raised %q, want %q", c.name, got, c.first)
		}
		p := *r.Record
		p.ID = "p"
		if c.then != nil {
			c.then(&r.Code)
		}
		r2 := Settle(r.Code, nil, []Payment{p}, told(FromNotification, 150_000, c.at, "99"))
		if got := strings.Trim(fmt.Sprint(append(r.Attention, r2.Attention...)), "[]"); got != c.all || r2.Complete == nil || r2.Complete.Late != c.at.After(deadline) {
			t.Errorf("%s: %q in all, want %q; %+v", c.name, got, c.all, r2.Complete)
		}
	}
}

// The newest payment of a reusable code is known once a notification corrects the
// day that a check had guessed.
func TestTheNewestPaymentIsCorrected(t *testing.T) {
	code := Code{ID: "c", Status: Active, Options: Options{Reusable: true}, Amount: 150_000, ExpiresAt: deadline.Add(72 * time.Hour)}
	check := told(FromCheck, 150_000, time.Time{}, "")
	check.Heard = noon.Add(24 * time.Hour)
	r := Settle(code, nil, nil, check)
	guessed := *r.Record
	guessed.ID = "guessed"
	for name, c := range map[string]struct {
		so   []Payment
		want time.Time
	}{
		"the only one":     {nil, noon},
		"beside an older":  {[]Payment{{ID: "o", Amount: 150_000, Date: noon.Add(-time.Hour), Trx: "1", Standing: Counted, Confirmed: true}}, noon},
		"beside a newer":   {[]Payment{{ID: "n", Amount: 150_000, Date: noon.Add(time.Hour), Trx: "1", Standing: Counted, Confirmed: true}}, noon.Add(time.Hour)},
		"beside one aside": {[]Payment{{ID: "a", Amount: 150_000, Date: noon.Add(time.Hour), Trx: "1", Standing: Aside, Confirmed: true}}, noon},
	} {
		r := Settle(r.Code, nil, append(c.so, guessed), told(FromNotification, 150_000, noon, "99"))
		if r.Complete == nil || r.Complete.ID != "guessed" || !r.Code.PaidAt.Equal(c.want) {
			t.Errorf("%s: paid at %v, want %v; completed %+v", name, r.Code.PaidAt, c.want, r.Complete)
		}
	}
}
