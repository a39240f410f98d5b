package payments_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	. "kodebayar/payments"
)

// asking holds DOKU's answers to status checks back until it is opened, and lets
// each be counted.
type asking struct{ asked, open chan struct{} }

func (h asking) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/status/") {
		h.asked <- struct{}{}
		<-h.open
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestTheSweepEnds with what it has begun, however much it has fetched; the rest
// is still due.
func TestTheSweepEnds(t *testing.T) {
	s := newShop(t)
	const due, workers = 12, 4
	for i := range due {
		s.active(fmt.Sprint("f", i))
	}
	h := asking{make(chan struct{}, due), make(chan struct{})}
	s.wire.through(h)
	s.ahead.Add(int64(20 * time.Minute))
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	for range workers {
		<-h.asked
	}
	end()
	close(h.open)
	<-done
	if more := len(h.asked); more != 0 {
		t.Errorf("told to end, it asked about %d more", more)
	}
	if left, err := s.store.DueChecks(t.Context(), s.Environment, s.Now(), due); err != nil || len(left) != due-workers {
		t.Errorf("%d are still due, %v", len(left), err)
	}
}

// TestNobodyLookedUntilTheNextDay: the program was off while a customer paid, and
// until DOKU's retries were over. The code is asked about all the same.
func TestNobodyLookedUntilTheNextDay(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("never_notify", true)
		s.pay(code)
		s.later(20 * time.Hour)
		go s.Run(t.Context())
		s.untilStatus(code.ID, Paid)
		if p := s.payments(code.ID); len(p) != 1 || p[0].Late {
			t.Errorf("%+v", p)
		}
	})
}

// TestTheLastQuestionIsOneThatWasAnswered, however long DOKU cannot be reached.
func TestTheLastQuestionIsOneThatWasAnswered(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("never_notify", true)
	s.pay(code)
	s.fault("cut_before", true, "status")
	s.later(20 * time.Hour)
	go s.Run(t.Context())
	for back := range 2 { // five failures in a row would open the breaker
		asked := s.code(code.ID).Checks
		s.until("DOKU is asked in vain", func() bool { return s.code(code.ID).Checks > asked })
		if c := s.code(code.ID); c.Status != Expired || c.CheckAt.Before(s.Now().Add(4*time.Minute)) {
			t.Fatalf("%s, asked again at %v", c.Status, c.CheckAt)
		}
		s.fault("cut_before", back == 0, "status")
		s.later(24 * time.Hour)
	}
	s.untilStatus(code.ID, Paid)
}
