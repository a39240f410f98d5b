package payments_test

import (
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
			if err := s.notify("r3", strings.Replace(body, "777", "778", 1)); err != nil {
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
	code := Code{ID: "c", Status: Expired, Amount: 150_000, ExpiresAt: deadline}
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
