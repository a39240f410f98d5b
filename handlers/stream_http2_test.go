package handlers

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// overTLS serves the shop on a listener of its own that speaks TLS, HTTP/2
// included, as a bare server does, and answers a client of that.
func (s *shop) overTLS() (home string, client *http.Client) {
	s.t.Helper()
	template := httptest.NewUnstartedServer(nil) // for its certificate, and a client that trusts it
	template.EnableHTTP2 = true
	template.StartTLS()
	s.t.Cleanup(template.Close)
	inner := must(net.Listen("tcp", "127.0.0.1:0"))
	listener := tls.NewListener(inner, &tls.Config{Certificates: template.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}})
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Listen(ctx, s.Log, listener, s.Handler(), s.Shutdown, s.Answering) }()
	s.t.Cleanup(func() {
		began := time.Now()
		end()
		if err := <-ended; err != nil || time.Since(began) > 900*time.Millisecond {
			s.t.Errorf("it ended with %v after %s", err, time.Since(began))
		}
	})
	return "https://" + inner.Addr().String(), template.Client()
}

// TestStreamsOverHTTP2 share one connection, outlast the time that a message may
// take, and do not hold the end up.
func TestStreamsOverHTTP2(t *testing.T) {
	s := newShop(t, func(s *Server) { s.within = 100 * time.Millisecond })
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	home, client := s.overTLS()
	v.client.Transport, s.home = client.Transport, home
	var streams []*listener
	for range 8 { // with HTTP/1.1 a browser has six connections
		streams = append(streams, v.listen("/events?page=code&code="+code.ID, nil))
	}
	for _, l := range streams {
		if e := l.next("panel", ""); !strings.Contains(e.data, `data-status="active"`) {
			t.Errorf("first it says %s", e.data)
		}
	}
	time.Sleep(3 * s.within)
	s.buy(code.PaymentCode)
	for _, l := range streams {
		l.next("panel", `data-status="paid"`)
	}
	if a := v.get("/healthz"); a.status != http.StatusOK {
		t.Errorf("beside them: %d", a.status)
	}
	for _, l := range streams[1:] {
		l.close()
	}
	s.eventually("those that left are forgotten", func() bool { return len(s.hub.snapshot()) == 1 })
	if said := s.log.String(); strings.Count(said, "route=/events status=200") != 8 {
		t.Errorf("the requests of streams are not logged when they begin:\n%s", said)
	}
}
