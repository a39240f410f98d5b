package payments_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	. "kodebayar/payments"
)

// sayStatus makes DOKU answer status checks with the body, signed by nobody.
func (s *shop) sayStatus(body string) {
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			return http.DefaultTransport.RoundTrip(r)
		}
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(body)), Request: r,
		}, nil
	}))
}

// sweeps does what is due, again and again.
func (s *shop) sweeps(times int, apart time.Duration) {
	s.t.Helper()
	for range times {
		if err := Sweep(s.t.Context(), s.Service); err != nil {
			s.t.Fatal(err)
		}
		s.later(apart)
	}
}

// asked is how often DOKU was asked about a code.
func (s *shop) asked(id string) (n int) {
	for _, x := range must(s.store.ExchangesOf(s.t.Context(), id)) {
		if x.Kind == "status" {
			n++
		}
	}
	return n
}

// unanswered issues a code with a number of the shop's own whose create has no
// answer, so that it can be paid while it is unknown.
func (s *shop) unanswered(reusable bool) Code {
	s.t.Helper()
	s.fault("lose_answer", true, "create")
	o := order("form-1")
	o.Mode, o.Reusable = MGPC, reusable
	code := s.issue(sari, o)
	if code.Status != Unknown || code.PaymentCode == "" {
		s.t.Fatalf("the code is %s with number %q", code.Status, code.PaymentCode)
	}
	return code
}

// A code that is paid is not asked about any more, also when its create was never
// answered; and one that is due all the same is asked once.
func TestAPaidCodeWhoseCreateWasNeverAnsweredIsLeftAlone(t *testing.T) {
	for _, planned := range []bool{false, true} {
		s := newShop(t)
		code := s.unanswered(false)
		s.pay(code)
		s.untilStatus(code.ID, Paid)
		want := 0
		if planned { // as earlier releases left it
			want = 1
			if err := s.store.Update(t.Context(), func(tx Tx) error {
				code, err := tx.Code(t.Context(), code.ID)
				if err != nil {
					return err
				}
				code.CheckAt = s.Now()
				return tx.SetChecked(code)
			}); err != nil {
				t.Fatal(err)
			}
		}
		s.later(61 * time.Minute)
		s.sweeps(3, time.Second)
		if c := s.code(code.ID); c.Status != Paid || !c.CheckAt.IsZero() || s.asked(code.ID) != want {
			t.Errorf("planned %v: %s, asked %d times and again at %v", planned, c.Status, s.asked(code.ID), c.CheckAt)
		}
	}
}

// A status answer may leave the amount out. It is no other payment than the one
// there is: not the one under review, not one of a former amount.
func TestACheckWithoutAnAmountCountsNothingTwice(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	body := success(code, "90000", "777", s.Now())
	if err := s.notify("r1", body); err != nil {
		t.Fatal(err)
	}
	s.sayStatus(strings.Replace(body, `"amount":90000`, `"note":""`, 1))
	c, err := s.Check(t.Context(), sari, code.ID)
	if err != nil || c.Status != Active || c.PaidTotal != 0 || c.Review != 1 || s.attention(code.ID) != "wrong_amount" {
		t.Errorf("%s, paid %d, %d in review, attention %s, %v", c.Status, c.PaidTotal, c.Review, s.attention(code.ID), err)
	}

	const asked, former = 150_000, 175_000
	single := Code{ID: "c", Status: Paid, Amount: asked, ExpiresAt: deadline}
	reusable := Code{ID: "c", Status: Active, Amount: asked, ExpiresAt: deadline, Options: Options{Reusable: true}}
	first := Payment{ID: "p", CodeID: "c", Amount: former, Date: noon, Agent: "ALFAMART", Store: "T001", Trx: "1", Standing: Counted, Confirmed: true}
	plain := first
	plain.Amount = asked
	check := func(at time.Time, trx string) Fact {
		f := told(FromCheck, 0, at, trx)
		f.NoAmount, f.Heard = true, noon.Add(time.Hour)
		return f
	}
	for _, c := range []struct {
		name   string
		code   Code
		former []int64
		so     []Payment
		fact   Fact
		record int64 // amount; zero: nothing is recorded
		events string
	}{
		{"the first that is told of it", single, nil, nil, check(noon, "1"), asked, "paid"},
		{"paid at a former amount", single, []int64{former}, []Payment{first}, check(noon, "1"), 0, ""},
		{"of a single-use code, whatever it says", single, []int64{former}, []Payment{first}, check(noon.Add(time.Minute), "9"), 0, ""},
		{"paid before the edit of a reusable code", reusable, []int64{former}, []Payment{first}, check(noon, "1"), 0, ""},
		{"the same without a transaction", reusable, []int64{former}, []Payment{first}, check(noon, ""), 0, ""},
		{"the same without transaction and date", reusable, []int64{former}, []Payment{first}, check(time.Time{}, ""), 0, ""},
		{"the same without a date", reusable, []int64{former}, []Payment{first}, check(time.Time{}, "1"), 0, ""},
		{"another payment, of either amount", reusable, []int64{former}, []Payment{first}, check(noon.Add(time.Minute), "2"), 0, "told"},
		{"another payment, of the one amount there ever was", reusable, nil, []Payment{plain}, check(noon.Add(time.Minute), "2"), asked, "paid"},
		{"another moment of a transaction that is not told", reusable, nil, []Payment{plain}, check(noon.Add(time.Minute), ""), 0, "told"},
	} {
		r := Settle(c.code, c.former, c.so, c.fact)
		var amount int64
		if r.Record != nil {
			amount = r.Record.Amount
		}
		var events string
		for _, e := range r.Events {
			events += string(e.Kind)
		}
		if amount != c.record || events != c.events || len(r.Attention) != 0 || r.Complete != nil {
			t.Errorf("%s: recorded %d, want %d; events %q, attention %v", c.name, amount, c.record, events, r.Attention)
		}
	}
}

// Money that does not end a code whose create was never answered is no reason to
// ask about it for ever: its deadline ends it, and the money stays.
func TestMoneyDoesNotKeepAnUnknownCodeAlive(t *testing.T) {
	for _, reusable := range []bool{true, false} {
		s := newShop(t)
		code := s.unanswered(reusable)
		if reusable {
			s.pay(code)
			s.until("it is paid", func() bool { return s.code(code.ID).PaidCount == 1 })
		} else {
			body := success(code, "90000", "777", s.Now())
			if err := s.notify("r1", body); err != nil {
				t.Fatal(err)
			}
			s.sayStatus(body)
		}
		s.sweeps(2, time.Minute)
		if c := s.code(code.ID); c.Status != Unknown {
			t.Errorf("reusable %v: before its deadline it is %s", reusable, c.Status)
		}
		s.later(61 * time.Minute)
		s.sweeps(3, 5*time.Minute+time.Second)
		c := s.code(code.ID)
		if c.Status != Expired || c.PaidCount+c.Review != 1 || len(s.payments(code.ID)) != 1 {
			t.Errorf("reusable %v: %s with %d paid and %d in review", reusable, c.Status, c.PaidCount, c.Review)
		}
		s.later(24 * time.Hour)
		s.sweeps(4, time.Hour)
		if c := s.code(code.ID); !c.CheckAt.IsZero() || c.Status != Expired {
			t.Errorf("reusable %v: %s, and asked again at %v", reusable, c.Status, c.CheckAt)
		}
	}
}

// A check that confirms what is known is no change that an edit would have to see.
func TestACheckOfAPaidReusableCodeDoesNotDisturbAnEdit(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Reusable, o.ExpiresIn = true, 600
	code := s.issue(sari, o)
	s.pay(code)
	s.until("it is paid", func() bool { return s.code(code.ID).PaidCount == 1 })
	before := s.code(code.ID)
	s.later(4 * time.Minute)
	s.sweeps(3, 20*time.Minute)
	after := s.code(code.ID)
	if after.Checks != 3 || after.Version != before.Version || !after.CheckAt.After(s.Now().Add(-20*time.Minute)) {
		t.Errorf("checked %d times, next at %v, version %d after %d", after.Checks, after.CheckAt, after.Version, before.Version)
	}
	if _, err := s.Edit(t.Context(), sari, code.ID, before.Version, Change{Amount: 160_000, CustomerName: "Anton", ExpiresIn: 60, Reusable: true}); err != nil {
		t.Error(err)
	}
}

// unruly is a store in which no payment can be recorded.
type unruly struct{ Store }

func (u unruly) Update(ctx context.Context, fn func(Tx) error) error {
	return u.Store.Update(ctx, func(tx Tx) error { return fn(unrulyTx{tx}) })
}

type unrulyTx struct{ Tx }

func (unrulyTx) InsertPayment(Payment) error { return errors.New("no room for money") }

// A check whose effect cannot be stored leaves its evidence, and its code does not
// go first again at once: others wait.
func TestACheckThatCannotBeStoredIsPutOff(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.until("DOKU's own steps are stored", func() bool { steps, _ := s.store.Instructions(t.Context(), code.ID); return len(steps) > 0 })
	s.fault("never_notify", true)
	s.pay(code)
	s.later(4 * time.Minute)
	s.Store = unruly{s.store}
	s.sweeps(3, time.Second)
	c := s.code(code.ID)
	if n := s.asked(code.ID); c.Status != Active || n != 1 || !c.CheckAt.After(s.Now().Add(4*time.Minute)) {
		t.Errorf("%s, asked %d times, and again at %v", c.Status, n, c.CheckAt)
	}
	if _, err := s.Check(t.Context(), sari, code.ID); err == nil {
		t.Error("who pressed was not told")
	}
	s.Store = s.store
	s.later(6 * time.Minute)
	s.sweeps(1, 0)
	if c := s.code(code.ID); c.Status != Paid {
		t.Errorf("it is %s", c.Status)
	}
}

// What moves no money is told once, however often DOKU says it when asked.
func TestACheckTellsTheSameOnce(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.ExpiresIn = 600
	code := s.issue(sari, o)
	s.until("DOKU's own steps are stored", func() bool { steps, _ := s.store.Instructions(t.Context(), code.ID); return len(steps) > 0 })
	refunded := strings.Replace(success(code, "150000", "777", s.Now()), "SUCCESS", "REFUNDED", 1)
	s.sayStatus(refunded)
	s.later(4 * time.Minute)
	s.sweeps(1, 20*time.Minute)
	version := s.code(code.ID).Version
	s.sweeps(3, 20*time.Minute)
	if _, err := s.Check(t.Context(), sari, code.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.timeline(code.ID); got != "created activated told checked" || s.asked(code.ID) != 5 {
		t.Errorf("asked %d times, the timeline is %s", s.asked(code.ID), got)
	}
	if c := s.code(code.ID); c.Version != version || c.Status != Active || c.CheckAt.IsZero() {
		t.Errorf("%s, version %d after %d, checked again at %v", c.Status, c.Version, version, c.CheckAt)
	}
	// A notification is told each time, and another word is news.
	for _, r := range []string{"r1", "r2"} {
		if err := s.notify(r, strings.Replace(refunded, "REFUNDED", "FAILED", 1)); err != nil {
			t.Fatal(err)
		}
	}
	s.later(20 * time.Minute)
	s.sweeps(2, 20*time.Minute)
	if got := s.timeline(code.ID); got != "created activated told checked told told told" {
		t.Errorf("the timeline is %s", got)
	}
}

// DOKU says that a code has expired. It knows nothing of the deadline in direct
// inquiry, and what it said before it took an edit is not news.
func TestAnExpiryThatDOKUTellsIsOfTheDeadlineInForce(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Mode, o.ExpiresIn = DIPC, 600
	asked := s.issue(sari, o)
	s.sayStatus(strings.Replace(success(asked, "150000", "", s.Now()), "SUCCESS", "EXPIRED", 1))
	if c, err := s.Check(t.Context(), sari, asked.ID); err != nil || c.Status != Active {
		t.Errorf("in direct inquiry it is %s, %v", c.Status, err)
	}
	s.later(601 * time.Minute)
	s.sweeps(1, 0)
	s.untilStatus(asked.ID, Expired)

	s = newShop(t)
	code := s.active("form-1")
	edited := make(chan Code, 1)
	said := strings.Replace(success(code, "150000", "", s.Now()), "SUCCESS", "EXPIRED", 1)
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			return http.DefaultTransport.RoundTrip(r)
		}
		if strings.Contains(r.URL.Path, "/orders/") {
			c, err := s.Edit(t.Context(), owner, code.ID, s.code(code.ID).Version, Change{Amount: code.Amount, CustomerName: code.CustomerName, ExpiresIn: 180})
			if err != nil {
				t.Error(err)
			}
			edited <- c
		}
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(said)), Request: r,
		}, nil
	}))
	c, err := s.Check(t.Context(), sari, code.ID)
	if err != nil || c.Status != Active || !c.ExpiresAt.Equal((<-edited).ExpiresAt) {
		t.Errorf("given more time while it was asked about it is %s until %v, %v", c.Status, c.ExpiresAt, err)
	}
	s.sayStatus(said)
	if c, err := s.Check(t.Context(), sari, code.ID); err != nil || c.Status != Expired {
		t.Errorf("asked once more it is %s, %v", c.Status, err)
	}
}

// forgetful is a store in which nothing of a code can be changed.
type forgetful struct{ Store }

func (f forgetful) Update(ctx context.Context, fn func(Tx) error) error {
	return f.Store.Update(ctx, func(tx Tx) error { return fn(forgetfulTx{tx}) })
}

type forgetfulTx struct{ Tx }

func (forgetfulTx) UpdateCode(*Code) error { return errors.New("no room for a code") }

// An answer whose effect cannot be stored leaves its evidence, and is asked for
// again later rather than all the time.
func TestAnAnswerThatCannotBeStoredLeavesItsEvidence(t *testing.T) {
	s := newShop(t)
	s.Store = forgetful{s.store}
	code := s.issue(sari, order("form-1"))
	if code.Status != Creating {
		t.Fatalf("it is %s", code.Status)
	}
	s.later(time.Minute)
	s.sweeps(3, 20*time.Second)
	sent := must(s.store.ExchangesOf(t.Context(), code.ID))
	if len(sent) != 1 || len(sent[0].ResponseBody) == 0 {
		t.Errorf("%d exchanges are kept", len(sent))
	}
	s.Store = s.store
	s.later(10 * time.Minute)
	s.sweeps(1, 0)
	if c := s.code(code.ID); c.Status != Active || s.codesAtDOKU() != 1 {
		t.Errorf("it is %s, and DOKU has %d", c.Status, s.codesAtDOKU())
	}
}

// A status that was asked for before a cancel can be believed does not end it,
// however long its answer waited to be written down.
func TestACancelIsCertainByWhenItWasAskedAbout(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	if c := must(s.Cancel(t.Context(), sari, code.ID, "")); c.Status != Cancelling || c.CancelledAt.IsZero() {
		t.Fatalf("%+v", c)
	}
	pending := strings.Replace(success(code, "150000", "", s.Now()), "SUCCESS", "PENDING", 1)
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		s.later(2 * time.Minute)
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(pending)), Request: r,
		}, nil
	}))
	if c, err := s.Check(t.Context(), sari, code.ID); err != nil || c.Status != Cancelling {
		t.Errorf("asked at once it is %s, %v", c.Status, err)
	}
	if c, err := s.Check(t.Context(), sari, code.ID); err != nil || c.Status != Cancelled {
		t.Errorf("asked later it is %s, %v", c.Status, err)
	}
}
