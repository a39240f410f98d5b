package payments_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "kodebayar/payments"
	"kodebayar/payments/doku"
)

// List item 5 of what must hold, through real notifications: whatever the
// order in which news comes, money that was paid counts once, and a person is
// asked only where there is something to see.

func (s *shop) payments(id string) []Payment {
	s.t.Helper()
	list, err := s.store.Payments(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// last is the newest event of a kind on a code.
func (s *shop) last(id string, kind EventKind) Event {
	s.t.Helper()
	events, err := s.store.Timeline(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	var found Event
	for _, e := range events {
		if e.Kind == kind {
			found = e
		}
	}
	return found
}

// atDOKU reads a list of the simulator.
func (s *shop) atDOKU(path string, into any) {
	s.t.Helper()
	res, err := http.Get(s.till.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// registered is what DOKU has under an invoice.
func (s *shop) registered(invoice string) (number, status string) {
	s.t.Helper()
	var list struct {
		Codes []struct{ Number, Status, Invoice string }
	}
	s.atDOKU("/simulator/codes", &list)
	for _, c := range list.Codes {
		if c.Invoice == invoice {
			number, status = c.Number, c.Status
		}
	}
	return number, status
}

type sent struct {
	ID, Status string
	Attempts   []struct{ Status int }
}

func (s *shop) deliveries() []sent {
	s.t.Helper()
	var list struct{ Deliveries []sent }
	s.atDOKU("/simulator/deliveries", &list)
	return list.Deliveries
}

// settled waits until DOKU has told everything it has to tell.
func (s *shop) settled() {
	s.t.Helper()
	s.until("everything is delivered", func() bool {
		all := s.deliveries()
		for _, d := range all {
			if d.Status != "delivered" {
				return false
			}
		}
		return len(all) > 0
	})
}

func TestFailedAfterSuccessStaysPaid(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("notification_late_failed", true)
		s.pay(code)
		s.settled()
		if got := s.code(code.ID); got.Status != Paid || got.PaidTotal != 150_000 || got.Attention != 0 {
			t.Errorf("%+v", got)
		}
		if got := s.timeline(code.ID); got != "created activated paid told" {
			t.Errorf("timeline: %s", got)
		}
		if d := s.last(code.ID, EventTold).Detail; d["status"] != "FAILED" {
			t.Errorf("it says %v", d)
		}
	})
}

// slow holds DOKU's answers to creates back until it is opened.
type slow struct{ open chan struct{} }

func (h slow) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodPost {
		<-h.open
	}
	return answer, err
}

func TestMoneyThatComesBeforeTheCreateIsAnswered(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		hold := slow{make(chan struct{})}
		s.Wait = time.Millisecond
		s.wire.through(hold)
		code := s.issue(sari, order("form-1"))
		if code.Status != Creating || code.PaymentCode != "" {
			t.Fatalf("it is %s already", code.Status)
		}
		s.until("DOKU has the code", func() bool { code.PaymentCode, _ = s.registered(code.InvoiceNumber); return code.PaymentCode != "" })
		if status := s.pay(code); status != 200 {
			t.Fatalf("the till answered %d", status)
		}
		s.untilStatus(code.ID, Paid)
		close(hold.open)
		s.until("the create is answered", func() bool { return s.code(code.ID).PaymentCode != "" })
		got := s.code(code.ID)
		if got.Status != Paid || got.PaidCount != 1 || got.PaidTotal != 150_000 || got.PaymentCode != code.PaymentCode || got.Attention != 0 {
			t.Errorf("%+v", got)
		}
		if got := s.timeline(code.ID); got != "created paid activated" {
			t.Errorf("timeline: %s", got)
		}
		if n := s.codesAtDOKU(); n != 1 {
			t.Errorf("DOKU has %d codes", n)
		}
	})
}

func TestTwoPaymentsOnAReusableCodeBothCount(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		o := order("form-1")
		o.Reusable = true
		code := s.issue(sari, o)
		s.fault("notification_duplicate", true)
		for range 2 {
			if status := s.pay(code); status != 200 {
				t.Fatalf("the till answered %d", status)
			}
		}
		s.settled()
		if got := s.code(code.ID); got.Status != Active || got.PaidCount != 2 || got.PaidTotal != 300_000 || got.Attention != 0 {
			t.Errorf("%+v", got)
		}
		if n := len(s.payments(code.ID)); n != 2 {
			t.Errorf("%d payments", n)
		}
	})
}

func TestMoneyAfterACancelPaysAndAsksForAttention(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		code, err := s.Cancel(t.Context(), sari, code.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		s.later(time.Minute)
		if status := s.pay(code, "force", true); status != 200 {
			t.Fatalf("the till answered %d", status)
		}
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 150_000 || s.attention(code.ID) != "after_cancel" {
			t.Errorf("paid %d, attention %q", got.PaidTotal, s.attention(code.ID))
		}
	})
}

// The news of it may come after the cancel all the same.
func TestMoneyBeforeACancelAsksForNothing(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	before := s.Now()
	s.later(time.Minute)
	if _, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
		t.Fatal(err)
	}
	s.later(12 * time.Hour)
	if err := s.notify("r1", success(code, "150000", "7", before)); err != nil {
		t.Fatal(err)
	}
	if got := s.code(code.ID); got.Status != Paid || got.PaidTotal != 150_000 || got.Attention != 0 {
		t.Errorf("%+v, attention %q", got, s.attention(code.ID))
	}
}

func TestMoneyAfterExpiryPaysAndIsLate(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.later(61 * time.Minute)
		go s.Run(t.Context())
		s.untilStatus(code.ID, Expired)
		if status := s.pay(code, "force", true); status != 200 {
			t.Fatalf("the till answered %d", status)
		}
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 150_000 || s.attention(code.ID) != "late_payment" {
			t.Errorf("paid %d, attention %q", got.PaidTotal, s.attention(code.ID))
		}
		if p := s.payments(code.ID); len(p) != 1 || !p[0].Late {
			t.Errorf("%+v", p)
		}
	})
}

// DOKU's last retry comes twelve hours later and carries the first timestamp.
func TestPunctualMoneyToldTwelveHoursLaterIsNotLate(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("notification_wrong_signature", true)
	s.pay(code)
	attempts := func(n int) {
		t.Helper()
		s.until("another attempt", func() bool { return len(s.deliveries()[0].Attempts) == n })
	}
	attempts(1)
	s.later(31 * time.Minute)
	attempts(2)
	s.later(5*time.Hour + 30*time.Minute)
	attempts(3)
	s.fault("status_not_found", true) // so that the sweep only lets it expire
	go s.Run(t.Context())
	s.untilStatus(code.ID, Expired)
	s.fault("notification_wrong_signature", false)
	s.later(6 * time.Hour)
	s.untilStatus(code.ID, Paid)
	if got := s.code(code.ID); got.PaidTotal != 150_000 || got.Attention != 0 {
		t.Errorf("%+v, attention %q", got, s.attention(code.ID))
	}
	p := s.payments(code.ID)
	if len(p) != 1 || p[0].Late || s.Now().Sub(p[0].Date) < 12*time.Hour {
		t.Errorf("%+v", p)
	}
}

func TestACheckBeforeItsNotificationIsOnePayment(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("never_notify", true)
		s.pay(code)
		if got, err := s.Check(t.Context(), sari, code.ID); err != nil || got.Status != Paid {
			t.Fatalf("%s, %v", got.Status, err)
		}
		if p := s.payments(code.ID); len(p) != 1 || p[0].Confirmed || p[0].Source != FromCheck {
			t.Fatalf("%+v", p)
		}
		s.post("/simulator/resend", map[string]string{"delivery": s.deliveries()[0].ID}, nil)
		s.settled()
		if p := s.payments(code.ID); len(p) != 1 || !p[0].Confirmed {
			t.Errorf("%+v", p)
		}
		if got := s.code(code.ID); got.PaidCount != 1 || got.PaidTotal != 150_000 || got.Attention != 0 {
			t.Errorf("%+v", got)
		}
		if got := s.timeline(code.ID); got != "created activated checked paid confirmed" {
			t.Errorf("timeline: %s", got)
		}
	})
}

// A status answer may lack the date: then the moment it was asked stands in,
// until a notification tells the right one.
func TestTheNotificationOfACheckedPaymentSetsItsDateRight(t *testing.T) {
	code := Code{ID: "c", Status: Expired, Amount: 150_000, ExpiresAt: deadline}
	asked := Settle(code, nil, nil, told(FromCheck, 150_000, deadline.Add(time.Hour), ""))
	if asked.Record == nil || !asked.Record.Late {
		t.Fatalf("%+v", asked)
	}
	p := *asked.Record
	p.ID = "p"
	r := Settle(asked.Code, nil, []Payment{p}, told(FromNotification, 150_000, noon, "7"))
	if r.Record != nil || r.Complete == nil || r.Complete.Late || !r.Complete.Date.Equal(noon) {
		t.Errorf("completed to %+v", r.Complete)
	}
	if !r.Code.PaidAt.Equal(noon) {
		t.Errorf("the code says paid at %v", r.Code.PaidAt)
	}
}

func TestDeadlinesThatConflictAreJudgedByTheMinutesSent(t *testing.T) {
	s := newShop(t)
	s.fault("conflicting_dates", true)
	near := func(at time.Time, d time.Duration) bool { return at.Sub(s.Now().Add(d)).Abs() < 10*time.Second }
	code := s.active("form-1")
	if !near(code.ExpiresAt, time.Hour) {
		t.Errorf("made for an hour, it expires at %v", code.ExpiresAt)
	}
	if d := s.last(code.ID, EventActivated).Detail; d["deadlines"] != "conflict" {
		t.Errorf("nobody is warned: %v", d)
	}
	code, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 150_000, CustomerName: "Anton", ExpiresIn: 180})
	if err != nil || !near(code.ExpiresAt, 3*time.Hour) {
		t.Errorf("extended to three hours, it expires at %v, %v", code.ExpiresAt, err)
	}
	if d := s.last(code.ID, EventUpdated).Detail; d["deadlines"] != "conflict" {
		t.Errorf("nobody is warned: %v", d)
	}
}

func TestAShortenedDeadlineIsSaid(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	change := Change{Amount: 150_000, CustomerName: "Anton", ExpiresIn: 120}
	before := code.ExpiresAt
	code, err := s.Edit(t.Context(), sari, code.ID, code.Version, change)
	if d := s.last(code.ID, EventUpdated).Detail; err != nil || d["shortened"] != "" || !code.ExpiresAt.After(before) {
		t.Errorf("extended: %v, %v", d, err)
	}
	change.ExpiresIn, before = 10, code.ExpiresAt
	if code, err = s.Edit(t.Context(), sari, code.ID, code.Version, change); err != nil || !code.ExpiresAt.Before(before) {
		t.Fatalf("it expires at %v, %v", code.ExpiresAt, err)
	}
	if d := s.last(code.ID, EventUpdated).Detail; d["shortened"] != before.Format(time.RFC3339) {
		t.Errorf("shortened: %v", d)
	}

	// DOKU may count the minutes from the creation: asked for half an hour
	// more, the code has less. The answer's deadline is the one in force.
	s.fault("expiry_from_creation", true)
	o := order("form-2")
	code = s.issue(sari, o)
	s.later(50 * time.Minute)
	change.ExpiresIn, before = 55, code.ExpiresAt
	if code, err = s.Edit(t.Context(), sari, code.ID, code.Version, change); err != nil {
		t.Fatal(err)
	}
	if left := code.ExpiresAt.Sub(s.Now()); left > 6*time.Minute {
		t.Errorf("DOKU gives it five minutes, the code says %v", left)
	}
	if d := s.last(code.ID, EventUpdated).Detail; d["shortened"] != before.Format(time.RFC3339) {
		t.Errorf("nobody is told that it ends sooner: %v", d)
	}
}

func TestANotificationUnderThePreviousKeyIsTakenWhileItIsRolled(t *testing.T) {
	s := newShop(t)
	old := s.Verifier.Keys[0]
	first, second := s.active("form-1"), s.active("form-2")
	s.Verifier = doku.Verifier{ClientID: s.Verifier.ClientID, Keys: []string{"SK-new", old}}
	s.pay(first)
	s.until("it is answered", func() bool { return s.heard.Load() == 200 })
	s.untilStatus(first.ID, Paid)
	s.Verifier = doku.Verifier{ClientID: s.Verifier.ClientID, Keys: []string{"SK-new"}}
	s.heard.Store(0)
	s.pay(second)
	s.until("it is answered", func() bool { return s.heard.Load() != 0 })
	if got := s.heard.Load(); got != 401 || s.code(second.ID).Status != Active {
		t.Errorf("once it is rolled: answered %d, the code is %s", got, s.code(second.ID).Status)
	}
}

// TestTheClockJumpsTenMinutes lets this machine's clock, and then DOKU's, be
// wrong in both directions: every sale still ends paid, in time and once.
func TestTheClockJumpsTenMinutes(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": 10 * time.Minute, "back": -10 * time.Minute} {
		t.Run("ours "+name, func(t *testing.T) {
			s, drift := driftingShop(t)
			lost := func(form, fault string) Code {
				s.fault(fault, true, "create")
				code := s.issue(sari, order(form))
				s.fault(fault, false, "create")
				return code
			}
			waiting, unanswered := s.active("form-1"), lost("form-2", "lose_answer")
			drift.Store(int64(jump))
			if unanswered = s.issue(sari, order("form-2")); unanswered.Status != Active {
				t.Fatalf("pressed again after the jump, the lost create is %s", unanswered.Status)
			}
			for _, code := range []Code{waiting, unanswered, s.active("form-3")} {
				if status := s.pay(code); status != 200 {
					t.Fatalf("the till answered %d", status)
				}
				s.untilStatus(code.ID, Paid)
				if got := s.code(code.ID); got.PaidTotal != 150_000 || got.Attention != 0 || s.payments(code.ID)[0].Late {
					t.Errorf("%+v, attention %q", got, s.attention(code.ID))
				}
			}
			drift.Store(0) // and it is set right again
			code := s.active("form-4")
			if code, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil || code.Status != Cancelling || code.CancelledAt.IsZero() {
				t.Errorf("a cancel: %s, %v", code.Status, err)
			}
			if n := s.codesAtDOKU(); n != 4 {
				t.Errorf("DOKU has %d codes", n)
			}
		})
		t.Run("DOKU's "+name, func(t *testing.T) {
			s := newShop(t)
			waiting := s.active("form-1")
			s.post("/simulator/faults", map[string]any{"name": "clock", "on": true, "value": jump.Minutes()}, nil)
			for _, code := range []Code{waiting, s.active("form-2")} {
				if status := s.pay(code); status != 200 {
					t.Fatalf("the till answered %d", status)
				}
				s.untilStatus(code.ID, Paid)
				if got := s.code(code.ID); got.PaidTotal != 150_000 || got.Attention != 0 || s.payments(code.ID)[0].Late {
					t.Errorf("%+v, attention %q", got, s.attention(code.ID))
				}
			}
			code := s.active("form-3")
			if d := code.ExpiresAt.Sub(s.Now().Add(time.Hour + jump)).Abs(); d > 10*time.Second {
				t.Errorf("DOKU's deadline is not the one in force: %v", code.ExpiresAt)
			}
			go s.Run(t.Context())
			if _, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
				t.Fatal(err)
			}
			s.later(91 * time.Second)
			s.untilStatus(code.ID, Cancelled)
		})
	}
}

// The evidence tells how far the clocks are apart.
func TestTheEvidenceTellsHowFarTheClocksAreApart(t *testing.T) {
	s := newShop(t)
	s.post("/simulator/faults", map[string]any{"name": "clock", "on": true, "value": 10}, nil)
	_, x, err := s.DOKU.Status(t.Context(), NewID(), s.active("form-1").InvoiceNumber)
	if ahead, ok := x.ClockSkew(); err != nil || !ok || (ahead-10*time.Minute).Abs() > 5*time.Second {
		t.Errorf("%v, %v, %v", ahead, ok, err)
	}
}

// badBodies are signed correctly and yet tell nothing for certain.
func badBodies(code Code) map[string]string {
	good := strings.Join(strings.Fields(success(code, "150000.00", "7", code.CreatedAt)), "")
	with := func(old, new string) string {
		if !strings.Contains(good, old) {
			panic("the sample has no " + old)
		}
		return strings.Replace(good, old, new, 1)
	}
	amount := func(a string) string { return with(`"amount":150000.00`, `"amount":`+a) }
	date := func(d string) string {
		return with(`"date":"`+code.CreatedAt.UTC().Format(time.RFC3339)+`"`, `"date":`+d)
	}
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	return map[string]string{
		"empty":                   "",
		"not JSON":                "OK",
		"a list":                  "[" + good + "]",
		"null":                    "null",
		"cut off":                 good[:len(good)-5],
		"two bodies":              good + good,
		"huge":                    with(`{"order"`, `{"x":"`+strings.Repeat("x", 300<<10)+`","order"`),
		"deep":                    with(`{"order"`, `{"x":`+deep+`,"order"`),
		"not UTF-8":               with(`"SUCCESS"`, "\"SUCCESS\",\"x\":\"\xff\xfe\""),
		"order is a text":         with(`"order":{`, `"order":"x","y":{`),
		"status is a number":      with(`"SUCCESS"`, `{"a":1}`),
		"no status":               with(`"status":"SUCCESS",`, ""),
		"no amount":               with(`,"amount":150000.00`, ""),
		"amount null":             amount("null"),
		"amount is true":          amount("true"),
		"amount is a list":        amount("[150000]"),
		"amount negative":         amount("-150000"),
		"amount negative text":    amount(`"-150000"`),
		"amount fractional":       amount("150000.50"),
		"amount with exponent":    amount("15e4"),
		"amount grouped":          amount(`"150.000"`),
		"amount grouped as text":  amount(`"150,000"`),
		"amount in hex":           amount(`"0x249F0"`),
		"amount beyond 64 bits":   amount("99999999999999999999"),
		"amount with a leading 0": amount(`"0150000"`),
		"amount is no number":     amount(`"NaN"`),
		"amount twice":            amount("150000,\"amount\":1"),
		"status twice":            with(`"SUCCESS"`, `"FAILED","status":"SUCCESS"`),
		"order twice":             with(`{"order"`, `{"order":{"amount":1},"order"`),
		"date is a word":          date(`"kemarin"`),
		"date does not exist":     date(`"2026-02-30T10:00:00Z"`),
		"date is zero":            date(`"0000-00-00T00:00:00Z"`),
		"date is a number":        date("1785912000"),
		"date in the year 1":      date(`"0001-01-01T00:00:00Z"`),
		"names no sale":           `{"order":{"amount":150000},"transaction":{"status":"SUCCESS"}}`,
		"a line feed in invoice":  with(code.InvoiceNumber, code.InvoiceNumber+`\n`),
		"a NUL in the invoice":    with(code.InvoiceNumber, code.InvoiceNumber+`\u0000`),
	}
}

func TestASignedBodyThatCannotBeReadIsKeptAndAsksForAttention(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		for name, body := range badBodies(code) {
			before, _ := s.store.LastSeq(t.Context())
			for range 2 { // DOKU may send it again
				if err := s.notify("bad "+name, body); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			events, err := s.store.EventsAfter(t.Context(), before, 10)
			if err != nil || len(events) != 1 || events[0].Kind != EventAttention || events[0].Detail["attention"] != string(UnreadableProof) {
				t.Errorf("%s: events %+v, %v", name, events, err)
				continue
			}
			x, err := s.store.Exchange(t.Context(), events[0].Cause)
			if err != nil || x.Verdict != "unreadable" || x.StatusCode != 200 || string(x.RequestBody) != body {
				t.Errorf("%s: kept as %s with %d bytes, %v", name, x.Verdict, len(x.RequestBody), err)
			}
		}
		if got := s.code(code.ID); got.Status != Active || got.PaidTotal != 0 || got.PaidCount != 0 || got.Review != 0 {
			t.Errorf("%+v", got)
		}
		if p := s.payments(code.ID); len(p) != 0 {
			t.Errorf("recorded: %+v", p)
		}
		// The app still works, and the next readable word counts.
		if err := s.notify("good", success(code, "150000", "7", s.Now())); err != nil {
			t.Fatal(err)
		}
		if got := s.code(code.ID); got.Status != Paid || got.PaidTotal != 150_000 {
			t.Errorf("%+v", got)
		}
	})
}

// What cannot be read of a known sale is asked for: the money is not lost, and
// the sum is DOKU's own.
func TestAnUnreadableNotificationLeadsToACheckOfItsCode(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("never_notify", true)
		s.pay(code)
		if err := s.notify("r1", success(code, "150.000", "7", s.Now())); err != nil {
			t.Fatal(err)
		}
		if got := s.code(code.ID); got.Status != Active || got.Attention != 1 || got.PaidTotal != 0 {
			t.Errorf("%+v", got)
		}
		go s.Run(t.Context())
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 150_000 || s.attention(code.ID) != "unreadable" {
			t.Errorf("paid %d, attention %q", got.PaidTotal, s.attention(code.ID))
		}
		if got := s.timeline(code.ID); got != "created activated attention paid" {
			t.Errorf("timeline: %s", got)
		}
	})
}

// The invoice number counts; a payment code of another sale is to be looked at.
func TestInvoiceAndCodeOfDifferentSalesAskForAttention(t *testing.T) {
	s := newShop(t)
	first, second := s.active("form-1"), s.active("form-2")
	mixed := first
	mixed.PaymentCode = second.PaymentCode
	if err := s.notify("r1", success(mixed, "150000", "7", s.Now())); err != nil {
		t.Fatal(err)
	}
	if got := s.code(first.ID); got.Status != Paid || s.attention(first.ID) != "disagreement" {
		t.Errorf("%s, attention %q", got.Status, s.attention(first.ID))
	}
	if got := s.code(second.ID); got.Status != Active || got.Attention != 0 {
		t.Errorf("the other is %s", got.Status)
	}
	strange := Code{InvoiceNumber: "INV-STRANGE", PaymentCode: second.PaymentCode}
	if err := s.notify("r2", success(strange, "150000", "8", s.Now())); err != nil {
		t.Fatal(err)
	}
	if got := s.code(second.ID); got.Status != Paid || s.attention(second.ID) != "disagreement" {
		t.Errorf("by its payment code alone: %s, attention %q", got.Status, s.attention(second.ID))
	}
	// Told again, and of no money, there is nothing more to look at.
	if err := s.notify("r3", success(mixed, "150000", "7", s.code(first.ID).PaidAt)); err != nil {
		t.Fatal(err)
	}
	if err := s.notify("r4", strings.Replace(success(strange, "150000", "9", s.Now()), "SUCCESS", "FAILED", 1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Code{first, second} {
		if got := s.attention(c.ID); got != "disagreement" {
			t.Errorf("told again: attention %q", got)
		}
	}
	if list := must(s.store.AttentionOf(t.Context(), first.ID)); list[0].PaymentID != s.payments(first.ID)[0].ID {
		t.Errorf("it is about %+v", list[0])
	}

	// Nor is the way around it to have a check tell first, or to run it again.
	third := s.active("form-3")
	s.sayStatus(success(third, "150000", "10", s.Now()))
	must(s.Check(t.Context(), sari, third.ID))
	mixed = third
	mixed.PaymentCode = first.PaymentCode
	if err := s.notify("r5", success(mixed, "150000", "10", s.payments(third.ID)[0].Date)); err != nil {
		t.Fatal(err)
	}
	if got := s.attention(third.ID); got != "disagreement" || len(s.payments(third.ID)) != 1 {
		t.Errorf("after a check: attention %q, %d payments", got, len(s.payments(third.ID)))
	}
	o := order("form-4")
	o.InvoiceNumber = "INV-LATER"
	mixed.InvoiceNumber = o.InvoiceNumber
	mixed.PaymentCode = "7777"
	if err := s.notify("r6", success(mixed, "150000", "11", s.Now())); err != nil {
		t.Fatal(err)
	}
	later := s.issue(sari, o)
	puzzles, _, err := s.store.Puzzles(t.Context(), 10)
	if err != nil || len(puzzles) != 1 {
		t.Fatalf("%d puzzles, %v", len(puzzles), err)
	}
	if _, err := s.Replay(t.Context(), owner, puzzles[0].ExchangeID, false); err != nil {
		t.Fatal(err)
	}
	if got := s.attention(later.ID); got != "disagreement" || s.code(later.ID).Status != Paid {
		t.Errorf("run again: attention %q", got)
	}
}

// What no form of ours would send is kept to the byte, whatever the headers
// beside it hold.
func TestHeadersThatAreNoTextAreNoReasonToLoseMoney(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		body := success(code, "150000", "7", s.Now())
		h := http.Header{"User-Agent": {"DOKU \xff\xfe"}, "X-Name": {"caf\xe9"}}
		doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", "r\xff1", "/doku/notifications", s.Now(), []byte(body))
		if err := s.Notification(t.Context(), Delivery{Method: "POST", Path: "/doku/notifications", Header: h, Body: []byte(body), From: "test"}); err != nil {
			t.Fatal(err)
		}
		if got := s.code(code.ID); got.Status != Paid {
			t.Errorf("it is %s", got.Status)
		}
		h.Set("Signature", "HMACSHA256=\xff")
		if err := s.Notification(t.Context(), Delivery{Header: h, Path: "/\xff", Body: []byte(body)}); err != ErrSignature {
			t.Errorf("unsigned: %v", err)
		}
		if list, _, err := s.store.Exchanges(t.Context(), exchangesOf("bad_signature")); err != nil || len(list) != 1 {
			t.Errorf("%d kept, %v", len(list), err)
		}
	})
}

func TestABadInquiryIsAnsweredNotFoundAndKept(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Mode = DIPC
	code := s.issue(sari, o)
	for name, body := range map[string]string{
		"empty": "", "not JSON": "OK", "no code": `{}`, "deep": strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"not UTF-8":         "{\"online_to_offline_info\":{\"payment_code\":\"" + code.PaymentCode + "\",\"x\":\"\xff\"}}",
		"code twice":        `{"online_to_offline_info":{"payment_code":"` + code.PaymentCode + `","payment_code":"1"}}`,
		"code is an object": `{"online_to_offline_info":{"payment_code":{"a":"` + code.PaymentCode + `"}}}`,
		"huge":              `{"x":"` + strings.Repeat("x", 300<<10) + `","online_to_offline_info":{"payment_code":"` + code.PaymentCode + `"}}`,
	} {
		h := http.Header{}
		doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", name, "/doku/inquiries", s.Now(), []byte(body))
		reply, err := s.Inquiry(t.Context(), Delivery{Method: "POST", Path: "/doku/inquiries", Header: h, Body: []byte(body)})
		if err != nil || reply.StatusCode != 404 || !strings.Contains(string(reply.Body), "billing_not_found") || reply.Header.Get("Signature") == "" {
			t.Errorf("%s: %d %s, %v", name, reply.StatusCode, reply.Body, err)
		}
	}
	list, _, err := s.store.Exchanges(t.Context(), exchangesOf("unreadable"))
	if err != nil || len(list) != 8 {
		t.Errorf("%d are kept, %v", len(list), err)
	}
	if got := s.timeline(code.ID); got != "created" {
		t.Errorf("timeline: %s", got)
	}
}

// An inquiry that cannot be noted is answered 503, and its evidence stays.
func TestAnInquiryThatCannotBeStoredLeavesItsEvidence(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Mode = DIPC
	code := s.issue(sari, o)
	ask := func() (InquiryReply, error) {
		h, body := http.Header{}, `{"online_to_offline_info":{"payment_code":"`+code.PaymentCode+`"}}`
		doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", "inquiry", "/doku/inquiries", s.Now(), []byte(body))
		return s.Inquiry(t.Context(), Delivery{Method: "POST", Path: "/doku/inquiries", Header: h, Body: []byte(body)})
	}
	s.Store = forgetful{s.store}
	if reply, err := ask(); err == nil || reply.StatusCode != 0 {
		t.Errorf("it is answered %d, %v", reply.StatusCode, err)
	}
	s.Store = s.store
	kept := must(s.store.ExchangesOf(t.Context(), code.ID))
	if len(kept) != 1 || kept[0].StatusCode != 503 || len(kept[0].RequestBody) == 0 || len(kept[0].ResponseBody) != 0 {
		t.Errorf("kept: %+v", kept)
	}
	if reply, err := ask(); err != nil || reply.StatusCode != 200 || !strings.Contains(s.timeline(code.ID), "inquired") {
		t.Errorf("asked again: %d, %v", reply.StatusCode, err)
	}
}

// A notification without a date is the same payment when it is run again.
func TestADatelessNotificationRunAgainIsOnePayment(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Reusable = true
	code := s.issue(sari, o)
	body := strings.Replace(success(code, "150000", "", s.Now()), `"date":"`+s.Now().UTC().Format("2006-01-02"), `"was":"`+s.Now().UTC().Format("2006-01-02"), 1)
	if strings.Contains(body, `"date"`) {
		t.Fatalf("it has a date: %s", body)
	}
	s.until("DOKU's own steps are stored", func() bool { steps, _ := s.store.Instructions(t.Context(), code.ID); return len(steps) > 0 })
	var looks atomic.Int64
	began := s.Now()
	s.Service.Now = func() time.Time { return began.Add(time.Duration(looks.Add(1)) * time.Second) } // a slow machine
	if err := s.notify("r1", body); err != nil {
		t.Fatal(err)
	}
	f, err := s.Replay(t.Context(), owner, s.payments(code.ID)[0].ExchangeID, true)
	if err != nil || !f.Nothing() {
		t.Errorf("it would be %+v, %v", f, err)
	}
}

// The day a reusable code counts on is that of its newest payment, whatever
// the order in which they are told.
func TestAnOlderPaymentToldLaterDoesNotMoveTheDayBack(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Reusable = true
	code := s.issue(sari, o)
	newer := s.Now().UTC().Truncate(time.Second)
	for trx, at := range map[string]time.Time{"2": newer, "1": newer.Add(-time.Hour)} {
		if err := s.notify("r"+trx, success(code, "150000", trx, at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.notify("r3", success(code, "150000", "3", newer.Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	if got := s.code(code.ID); !got.PaidAt.Equal(newer) || got.PaidCount != 3 {
		t.Errorf("%d payments, the newest at %v, want %v", got.PaidCount, got.PaidAt, newer)
	}
}

// A reusable code that was paid can be cancelled to the end: the payment that
// DOKU goes on telling of is known.
func TestACancelOfACodeThatHasAPaymentEnds(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Reusable = true
	code := s.issue(sari, o)
	s.pay(code)
	s.until("paid once", func() bool { return s.code(code.ID).PaidCount == 1 })
	if _, err := s.Cancel(t.Context(), sari, code.ID, "cukup sekali"); err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	s.later(91 * time.Second)
	s.untilStatus(code.ID, Cancelled)
	if got := s.code(code.ID); got.PaidCount != 1 || got.PaidTotal != 150_000 || got.Attention != 0 {
		t.Errorf("%+v", got)
	}
}

// A code whose process died before it heard anything, and whose time is over,
// does not stay in creation.
func TestACodeLeftCreatingPastItsDeadlineEnds(t *testing.T) {
	s := newShop(t)
	hold := slow{make(chan struct{})}
	s.Wait = time.Millisecond
	s.wire.through(hold)
	code := s.issue(sari, order("form-1"))
	defer close(hold.open)
	if code.Status != Creating {
		t.Fatalf("it is %s", code.Status)
	}
	next := openShop(t, s.file) // the process after it
	for _, clock := range []*shop{s, next} {
		clock.ahead.Store(int64(61 * time.Minute))
	}
	next.DOKU.BaseURL = s.DOKU.BaseURL
	go next.Run(t.Context())
	next.untilStatus(code.ID, Expired)
}

// The day in an invoice number is the shop's.
func TestAnInvoiceNumberBeginsWithTheShopsDay(t *testing.T) {
	s := newShop(t)
	s.Zone = time.FixedZone("WIT", 9*60*60)
	at := time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC) // half past one, the day after
	s.Service.Now = func() time.Time { return at }
	s.wire.through(refused{})
	code := s.issue(sari, order("form-1"))
	if !strings.HasPrefix(code.InvoiceNumber, "INV-20261121-") {
		t.Errorf("it is %s", code.InvoiceNumber)
	}
}

// refused is a network without DOKU.
type refused struct{}

func (refused) RoundTrip(*http.Request) (*http.Response, error) { return nil, http.ErrServerClosed }
