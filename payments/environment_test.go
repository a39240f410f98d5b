package payments_test

import (
	"errors"
	"testing"
	"time"

	. "kodebayar/payments"
)

// TestAnotherEnvironmentsCodesAreLeftAlone: what was made at one DOKU is never
// told to another, by nobody's hand and not by the sweep; back there it goes on.
func TestAnotherEnvironmentsCodesAreLeftAlone(t *testing.T) {
	s := newShop(t)
	open := s.active("f1")
	s.fault("cut_before", true, "create")
	lost := s.issue(sari, order("f2"))
	s.fault("cut_before", false, "create")
	call := must(s.store.PendingCall(t.Context(), lost.ID, CallCreate))
	asked := func() (n int) {
		for _, c := range []Code{open, lost} {
			n += len(must(s.store.ExchangesOf(t.Context(), c.ID)))
		}
		return n
	}
	before := asked()
	s.Environment = Production
	for _, c := range []Code{open, lost} {
		_, cancelled := s.Cancel(t.Context(), owner, c.ID, "x")
		_, edited := s.Edit(t.Context(), owner, c.ID, c.Version, Change{Amount: 99_000, CustomerName: "B", ExpiresIn: 60})
		_, checked := s.Check(t.Context(), owner, c.ID)
		for what, err := range map[string]error{"cancelled": cancelled, "edited": edited, "checked": checked} {
			if !errors.Is(err, ErrOtherEnvironment) {
				t.Errorf("the %s code was %s: %v", c.Status, what, err)
			}
		}
	}
	if again, err := s.Issue(t.Context(), sari, order("f2")); err != nil || again.ID != lost.ID {
		t.Errorf("its form again: %s, %v", again.ID, err)
	}
	Transmit(s.Service, call)
	s.later(20 * time.Minute)
	if err := Sweep(t.Context(), s.Service); err != nil {
		t.Error(err)
	}
	if after := asked(); after != before || s.code(open.ID).Status != Active {
		t.Errorf("DOKU was asked %d times; the code is %s", after-before, s.code(open.ID).Status)
	}
	s.Environment = Simulator
	if err := Sweep(t.Context(), s.Service); err != nil {
		t.Error(err)
	}
	if c := s.code(lost.ID); asked() == before || c.Status != Active {
		t.Errorf("back there: %s, asked %d times", c.Status, asked()-before)
	}
}
