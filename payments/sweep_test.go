package payments_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
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
