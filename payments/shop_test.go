package payments_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	. "kodebayar/payments"
	"kodebayar/payments/doku"
	"kodebayar/payments/simulator"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	sari  = Viewer{StaffID: "sari", Role: Cashier}
	budi  = Viewer{StaffID: "budi", Role: Cashier}
	owner = Viewer{StaffID: "ibu", Role: Owner}
)

// shop is a service with its store, a simulated DOKU on a real socket and a
// clock that both can be moved along.
type shop struct {
	*Service
	t     *testing.T
	store *db.DB
	till  *httptest.Server
	ahead atomic.Int64
	heard atomic.Int64 // the status last answered to a notification
	file  string
	wire  wire // to DOKU
}

// wire carries calls as the default transport does, until a test puts another in
// its place; calls made behind a test's back read it at any moment.
type wire struct {
	other atomic.Pointer[http.RoundTripper]
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if other := w.other.Load(); other != nil {
		return (*other).RoundTrip(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *wire) through(other http.RoundTripper) { w.other.Store(&other) }

func newShop(t *testing.T) *shop { return openShop(t, filepath.Join(t.TempDir(), "shop.db")) }

// eachShop runs a test on both engines.
func eachShop(t *testing.T, run func(t *testing.T, s *shop)) {
	t.Run("sqlite", func(t *testing.T) { run(t, newShop(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, openShop(t, dbtest.Postgres(t))) })
}

func openShop(t *testing.T, database string) *shop {
	s := &shop{t: t, file: database}
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	quiet := slog.New(slog.DiscardHandler)
	const id, key = "BRN-0000-TEST", "SK-test-0000000000000000"

	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d := Delivery{Method: r.Method, Path: r.URL.Path, Header: r.Header, Body: body, From: "test"}
		if r.URL.Path == "/doku/inquiries" {
			reply, err := s.Inquiry(r.Context(), d)
			if err != nil {
				w.WriteHeader(503)
				return
			}
			for name, v := range reply.Header {
				w.Header()[name] = v
			}
			w.WriteHeader(reply.StatusCode)
			w.Write(reply.Body)
			return
		}
		status := 200
		if err := s.Notification(r.Context(), d); errors.Is(err, ErrSignature) {
			status = 401
		} else if err != nil {
			status = 503
		}
		s.heard.Store(int64(status))
		w.WriteHeader(status)
	}))
	t.Cleanup(app.Close)
	sim, err := simulator.New(simulator.Config{
		ClientID: id, SecretKey: key, Now: now, Logger: quiet,
		NotificationURL: app.URL + "/doku/notifications", InquiryURL: app.URL + "/doku/inquiries",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.till = httptest.NewServer(sim.Handler())
	t.Cleanup(s.till.Close)
	go sim.Run(t.Context())

	s.store = dbtest.Open(t, database)
	s.Service = (&Service{
		Store: s.store, DOKU: &doku.Client{BaseURL: s.till.URL, ClientID: id, SecretKey: key, Now: now, HTTP: &http.Client{Transport: &s.wire}},
		Verifier: doku.Verifier{ClientID: id, Keys: []string{key}}, Environment: Simulator,
		NotificationPath: "/doku/notifications", InquiryPath: "/doku/inquiries", Log: quiet, Now: now,
	}).Init()
	return s
}

// later moves both clocks.
func (s *shop) later(d time.Duration) {
	s.ahead.Add(int64(d))
	s.Wake() // its timer runs on real time
}

// fault switches a fault of the simulator.
func (s *shop) fault(name string, on bool, operations ...string) {
	s.t.Helper()
	s.post("/simulator/faults", map[string]any{"name": name, "on": on, "operations": operations}, nil)
}

func (s *shop) post(path string, in, out any) int {
	s.t.Helper()
	b, _ := json.Marshal(in)
	res, err := http.Post(s.till.URL+path, "application/json", bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 400 && out == nil {
		s.t.Fatalf("%s %s: %d %s", path, b, res.StatusCode, body)
	}
	if out != nil {
		json.Unmarshal(body, out)
	}
	return res.StatusCode
}

// pay buys at the till; the answer is the till's status.
func (s *shop) pay(code Code, more ...any) int {
	s.t.Helper()
	in := map[string]any{"code": code.PaymentCode, "agent": "ALFAMART", "store": "T001"}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	var out any
	return s.post("/simulator/pay", in, &out)
}

func order(form string) Order {
	return Order{FormID: form, Amount: 150_000, CustomerName: "Anton Budiman", ExpiresIn: 60}
}

func (s *shop) issue(by Viewer, o Order) Code {
	s.t.Helper()
	code, err := s.Issue(s.t.Context(), by, o)
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// active issues a code that must be ready.
func (s *shop) active(form string) Code {
	s.t.Helper()
	code := s.issue(sari, order(form))
	if code.Status != Active || code.PaymentCode == "" {
		s.t.Fatalf("the code is %s with number %q", code.Status, code.PaymentCode)
	}
	return code
}

func (s *shop) code(id string) Code {
	s.t.Helper()
	code, err := s.store.Code(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// until waits for news that comes by itself.
func (s *shop) until(what string, ok func() bool) {
	s.t.Helper()
	for range 3000 { // half a minute: other tests run beside these
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("never happened: %s", what)
}

func (s *shop) untilStatus(id string, want Status) {
	s.t.Helper()
	s.until("the code is "+string(want), func() bool { return s.code(id).Status == want })
}

// timeline is the kinds of a code's events.
func (s *shop) timeline(id string) string {
	s.t.Helper()
	events, err := s.store.Timeline(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

func (s *shop) attention(id string) string {
	s.t.Helper()
	list, err := s.store.AttentionOf(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	var kinds []string
	for _, a := range list {
		kinds = append(kinds, string(a.Kind))
	}
	return strings.Join(kinds, " ")
}

// codesAtDOKU counts the codes that DOKU made.
func (s *shop) codesAtDOKU() int {
	s.t.Helper()
	res, err := http.Get(s.till.URL + "/simulator/codes")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct{ Codes []any }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		s.t.Fatal(err)
	}
	return len(list.Codes)
}

func exchangesOf(verdict string) db.ExchangeFilter {
	return db.ExchangeFilter{Verdict: verdict, Limit: 1000}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
