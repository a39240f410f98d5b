package payments_test

import (
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
