package payments_test

import (
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	. "kodebayar/payments"
)

// late counts in how many ways a code is said to have been paid late: by its
// payments, the attention, the list's filter, and the day's report.
func (s *shop) late(code Code) (said []string) {
	s.t.Helper()
	for _, p := range s.payments(code.ID) {
		if p.Late {
			said = append(said, "payment")
		}
	}
	if a := s.attention(code.ID); a != "" {
		said = append(said, a)
	}
	list := must(s.store.Codes(s.t.Context(), db.ListFilter{Environment: code.Environment, Money: db.MoneyLate, Limit: 10}))
	if len(list.Codes) > 0 {
		said = append(said, "list")
	}
	rows := must(s.store.Report(s.t.Context(), code.Environment, "2000-01-01", "2100-01-01", db.ReportByMode))
	for _, r := range rows {
		if r.LateCodes > 0 {
			said = append(said, "report")
		}
	}
	if _, err := s.store.Check(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	return said
}

// dateless takes the date out of a notification.
func dateless(body string) string { return strings.Replace(body, `"date"`, `"was"`, 1) }

// Money is late by the clock that set the deadline: DOKU's, or in direct inquiry
// ours, whose difference from DOKU's is known. Whoever asks is told the same.
func TestEverybodyAgreesWhetherMoneyIsLate(t *testing.T) {
	const early, late = -5 * time.Minute, 5 * time.Minute
	for _, mode := range []Mode{DIPC, DGPC} {
		for _, ahead := range []time.Duration{10 * time.Minute, 0, -10 * time.Minute} { // DOKU's clock, of ours
			for _, paid := range []time.Duration{early, late} { // after the deadline
				for _, dated := range []bool{true, false} {
					s, drift := driftingShop(t)
					drift.Store(int64(-ahead))
					s.active("form-1") // its answer tells DOKU's time
					o := order("form-2")
					o.Mode = mode
					code := s.issue(sari, o)
					ours := code.ExpiresAt.Add(paid)
					if mode != DIPC {
						ours = ours.Add(-ahead)
					}
					body := success(code, "150000", "777", ours.Add(ahead))
					if !dated {
						body = dateless(body)
					}
					s.ahead.Add(int64(ours.Sub(s.Now())))
					if err := s.notify("r1", body); err != nil {
						t.Fatal(err)
					}
					if said := strings.Join(s.late(code), " "); (said == "") != (paid == early) || said != "" && said != "payment late_payment list report" {
						t.Errorf("%s, DOKU's clock ahead by %v, paid %v after the deadline, dated %v: late by %q", mode, ahead, paid, dated, said)
					}
				}
			}
		}
	}
}

// What was late stays so when the code is given more time, and what a check told
// without a date is late nowhere until a date is known.
func TestLateMoneyIsJudgedOnce(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Reusable = true
	code := s.issue(sari, o)
	if err := s.notify("r1", success(code, "150000", "777", code.ExpiresAt.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	want := "payment late_payment list report"
	if said := strings.Join(s.late(code), " "); said != want {
		t.Errorf("late by %q", said)
	}
	c := s.code(code.ID)
	if _, err := s.Edit(t.Context(), sari, c.ID, c.Version, Change{Amount: c.Amount, CustomerName: c.CustomerName, ExpiresIn: 600, Reusable: true}); err != nil {
		t.Fatal(err)
	}
	if c := s.code(code.ID); !c.ExpiresAt.After(c.PaidAt) {
		t.Fatalf("it ends at %v and was paid at %v", c.ExpiresAt, c.PaidAt)
	}
	if said := strings.Join(s.late(code), " "); said != want {
		t.Errorf("with more time: late by %q", said)
	}

	s = newShop(t)
	code = s.active("form-1")
	s.later(2 * time.Hour)
	s.sayStatus(dateless(success(code, "150000", "", code.ExpiresAt.Add(-time.Minute))))
	if c, err := s.Check(t.Context(), sari, code.ID); err != nil || c.Status != Paid {
		t.Fatalf("%s, %v", c.Status, err)
	}
	if said := s.late(code); len(said) > 0 {
		t.Errorf("told by a check without a date: late by %v", said)
	}
	if err := s.notify("r1", success(code, "150000", "777", code.ExpiresAt.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(s.late(code), " "); said != want {
		t.Errorf("with its date: late by %q", said)
	}
}
