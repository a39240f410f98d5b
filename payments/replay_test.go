package payments_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	. "kodebayar/payments"
)

// The same payment told again under another Request-Id, or run again, is one
// payment, whether DOKU's date is finer than what is stored or there is none.
func TestTheSamePaymentUnderAnotherRequestIDIsOnePayment(t *testing.T) {
	for _, reusable := range []bool{false, true} {
		for name, date := range map[string]string{"finer": `"date":"2026-03-02T05:00:00.123456Z"`, "none": `"was":"2026-03-02T05:00:00Z"`} {
			s := newShop(t)
			o := order("form-1")
			o.Reusable = reusable
			code := s.issue(sari, o)
			body := strings.Replace(success(code, "150000", "777", noon), `"date":"2026-03-02T05:00:00Z"`, date, 1)
			for _, requestID := range []string{"r1", "r2"} {
				if err := s.notify(requestID, body); err != nil {
					t.Fatal(err)
				}
				s.later(30 * time.Minute) // DOKU's first retry
			}
			c := s.code(code.ID)
			if c.PaidCount != 1 || c.PaidTotal != 150_000 || c.Review != 0 || s.attention(code.ID) != "" {
				t.Errorf("date %s, reusable %v: %d paid in %d, %d in review, attention %s", name, reusable, c.PaidTotal, c.PaidCount, c.Review, s.attention(code.ID))
			}
			if p := s.payments(code.ID)[0]; p.Date.IsZero() || name == "none" && s.Now().Sub(p.Date) < time.Hour {
				t.Errorf("date %s: it is dated %v", name, p.Date)
			}
			for _, x := range must(s.store.ExchangesOf(t.Context(), code.ID)) {
				if x.Kind != "notification" {
					continue
				}
				if f, err := s.Replay(t.Context(), owner, x.ID, true); err != nil || !f.Nothing() || f.CodeID != code.ID {
					t.Errorf("date %s, reusable %v: run again it would be %+v, %v", name, reusable, f, err)
				}
			}
			// Another till's transaction is another payment all the same.
			if err := s.notify("r3", strings.Replace(body, `"777"`, `"778"`, 1)); err != nil {
				t.Fatal(err)
			}
			if c := s.code(code.ID); c.PaidCount+c.Review != 2 {
				t.Errorf("date %s, reusable %v: another transaction: %d paid and %d in review", name, reusable, c.PaidCount, c.Review)
			}
		}
	}
}

// Money without a date is late, or came after a cancel, by when it was told.
func TestADatelessNotificationIsJudgedByItsArrival(t *testing.T) {
	code := Code{ID: "c", Mode: DIPC, Status: Expired, Amount: 150_000, ExpiresAt: deadline}
	cancelled := Code{ID: "c", Status: Cancelled, Amount: 150_000, ExpiresAt: deadline, CancelledAt: noon.Add(10 * time.Minute)}
	for _, c := range []struct {
		name  string
		code  Code
		heard time.Time
		late  bool
		want  string
	}{
		{"in time", code, deadline.Add(-time.Minute), false, ""},
		{"after the deadline", code, deadline.Add(time.Minute), true, "late_payment"},
		{"before the cancel", cancelled, noon.Add(9 * time.Minute), false, ""},
		{"after the cancel", cancelled, noon.Add(11 * time.Minute), false, "after_cancel"},
	} {
		f := told(FromReplay, 150_000, time.Time{}, "1")
		f.Heard, f.Ahead = c.heard, 10*time.Minute // it was heard by our clock
		r := Settle(c.code, nil, nil, f)
		var attention string
		for _, a := range r.Attention {
			attention += string(a)
		}
		if attention != c.want || r.Record == nil || r.Record.Late != c.late || !r.Record.Date.Equal(c.heard) {
			t.Errorf("%s: attention %q, want %q; %+v", c.name, attention, c.want, r.Record)
		}
	}
}

// The money of one environment pays nothing in another, though both have a code of
// the same invoice number, or none had one when it came.
func TestMoneyOfAnotherEnvironmentIsNotRunAgain(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ours, theirs := order("form-1"), order("form-2")
		ours.InvoiceNumber, theirs.InvoiceNumber = "INV-1", "INV-1"
		tried := s.issue(sari, ours)
		if err := s.notify("r1", success(tried, "150000", "7", s.Now())); err != nil {
			t.Fatal(err)
		}
		if err := s.notify("r2", success(Code{InvoiceNumber: "INV-2"}, "150000", "8", s.Now())); err != nil {
			t.Fatal(err)
		}
		known := s.payments(tried.ID)[0].ExchangeID
		puzzles, _, err := s.store.Puzzles(t.Context(), 10)
		if err != nil || len(puzzles) != 1 {
			t.Fatalf("%d puzzles, %v", len(puzzles), err)
		}

		s.Environment, s.Verifier.ClientID = Production, "BRN-0000-LIVE"
		sold := s.issue(sari, theirs)
		theirs.FormID, theirs.InvoiceNumber = "form-3", "INV-2"
		later := s.issue(sari, theirs)
		for _, exchange := range []string{known, puzzles[0].ExchangeID} {
			for _, dry := range []bool{true, false} {
				if f, err := s.Replay(t.Context(), owner, exchange, dry); !errors.Is(err, ErrOtherEnvironment) {
					t.Errorf("dry %v: %+v, %v", dry, f, err)
				}
			}
		}
		for _, c := range []Code{sold, later} {
			if c = s.code(c.ID); c.Environment != Production || c.Status == Paid || c.PaidTotal != 0 {
				t.Errorf("the code of %s is %s with %d", c.Environment, c.Status, c.PaidTotal)
			}
		}

		s.Environment, s.Verifier.ClientID = Simulator, "BRN-0000-TEST"
		if f, err := s.Replay(t.Context(), owner, known, true); err != nil || f.CodeID != tried.ID || !f.Nothing() {
			t.Errorf("back there: %+v, %v", f, err)
		}
	})
}

// What a replay would do is judged by DOKU's clock, as what it does.
func TestAForecastKnowsHowFarTheClocksAreApart(t *testing.T) {
	s, drift := driftingShop(t)
	drift.Store(int64(-10 * time.Minute))
	o := order("form-1")
	o.InvoiceNumber = "INV-LATER"
	// Paid five minutes before the cancel, by a clock that is ten minutes ahead.
	if err := s.notify("r1", success(Code{InvoiceNumber: "INV-LATER"}, "150000", "7", s.Now().Add(5*time.Minute))); err != nil {
		t.Fatal(err)
	}
	code := s.issue(sari, o)
	if ahead := s.ClockAhead(); ahead < 9*time.Minute {
		t.Fatalf("DOKU's clock is said to be ahead by %v", ahead)
	}
	must(s.Cancel(t.Context(), sari, code.ID, ""))
	puzzles, _, err := s.store.Puzzles(t.Context(), 10)
	if err != nil || len(puzzles) != 1 {
		t.Fatalf("%d puzzles, %v", len(puzzles), err)
	}
	said, err := s.Replay(t.Context(), owner, puzzles[0].ExchangeID, true)
	if err != nil || said.After != Paid || len(said.Attention) != 0 {
		t.Errorf("it would be %+v, %v", said, err)
	}
	if _, err := s.Replay(t.Context(), owner, puzzles[0].ExchangeID, false); err != nil || s.attention(code.ID) != "" {
		t.Errorf("it is: attention %q, %v", s.attention(code.ID), err)
	}
}
