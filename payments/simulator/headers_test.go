package simulator

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Each case keeps everything right but what it spoils, and the later headers are spoiled too where
// the order of DOKU's checks is the point.
func TestHeadersAreRefusedInOrder(t *testing.T) {
	b := newBench(t)
	drop := func(names ...string) func(*http.Request) {
		return func(r *http.Request) {
			for _, n := range names {
				r.Header.Del(n)
			}
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	at := func(d time.Duration) string { return timestamp(b.clock.Now().Add(d)) }
	for _, c := range []struct {
		name          string
		spoil         []func(*http.Request)
		code, message string
	}{
		{"none", []func(*http.Request){drop("Client-Id", "Request-Id", "Request-Timestamp", "Signature")}, "invalid_header_request", "Header Client-Id is required"},
		{"no Request-Id", []func(*http.Request){drop("Request-Id", "Request-Timestamp", "Signature")}, "invalid_header_request", "Header Request-Id is required"},
		{"no timestamp", []func(*http.Request){drop("Request-Timestamp", "Signature")}, "invalid_header_request", "Header Request-Timestamp is required"},
		{"no signature", []func(*http.Request){drop("Signature")}, "invalid_header_request", "Header Signature is required"},
		{"milliseconds", []func(*http.Request){set("Request-Timestamp", "2026-11-20T03:30:00.000Z"), set("Client-Id", "X")}, "invalid_header_request", "Invalid format Header Request-Timestamp"},
		{"offset", []func(*http.Request){set("Request-Timestamp", "2026-11-20T10:30:00+07:00")}, "invalid_header_request", "Invalid format Header Request-Timestamp"},
		{"no such day", []func(*http.Request){set("Request-Timestamp", "2026-02-30T10:30:00Z")}, "invalid_header_request", "Invalid format Header Request-Timestamp"},
		{"too old", []func(*http.Request){set("Request-Timestamp", at(-3601*time.Second)), set("Client-Id", "X")}, "request_time_out_of_range", "Header Request-Timestamp is not in +- 3600 second of now"},
		{"too new", []func(*http.Request){set("Request-Timestamp", at(3601*time.Second))}, "request_time_out_of_range", "Header Request-Timestamp is not in +- 3600 second of now"},
		{"stale but in range", []func(*http.Request){set("Request-Timestamp", at(-3600*time.Second))}, "invalid_signature", "Invalid Header Signature"},
		{"long Request-Id", []func(*http.Request){set("Request-Id", strings.Repeat("x", 129))}, "invalid_header_request", "Header Request-Id maximum 128 characters"},
		{"other client", []func(*http.Request){set("Client-Id", "X"), set("Signature", "X")}, "invalid_client_id", "Invalid Client-Id"},
		{"other signature", []func(*http.Request){set("Signature", "HMACSHA256=AAAA")}, "invalid_signature", "Invalid Header Signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The body is none either: the signature is judged first.
			r := b.request(http.MethodPost, pathPaymentCode, b.nextID(), `{"order":{}}`)
			for _, f := range c.spoil {
				f(r)
			}
			got, err := b.do(r)
			if err != nil {
				t.Fatal(err)
			}
			b.refused(got, http.StatusBadRequest, c.code)
			if m := got.text(t, "error.message"); m != c.message {
				t.Errorf("message %q, want %q", m, c.message)
			}
			if got.text(t, "error.type") != "invalid_request_error" {
				t.Errorf("type in %s", got.body)
			}
		})
	}
}

func TestSignatureCoversBodyPathAndMethod(t *testing.T) {
	b := newBench(t)
	body := createBody("INV-1")
	for name, spoil := range map[string]func(*http.Request){
		"path": func(r *http.Request) { r.URL.Path = pathPaymentCodeNewGuide },
		"unquoted": func(r *http.Request) {
			r.Header.Set("Signature", strings.TrimPrefix(r.Header.Get("Signature"), "HMACSHA256="))
		},
		"truncated": func(r *http.Request) { r.Header.Set("Signature", strings.TrimSuffix(r.Header.Get("Signature"), "=")) },
		"id":        func(r *http.Request) { r.Header.Set("Request-Id", "another") },
	} {
		r := b.request(http.MethodPost, pathPaymentCode, b.nextID(), body)
		spoil(r)
		got, err := b.do(r)
		if err != nil {
			t.Fatal(err)
		}
		if got.text(t, "error.code") != "invalid_signature" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	// One byte of the body after signing.
	r := b.request(http.MethodPost, pathPaymentCode, b.nextID(), body)
	other := b.request(http.MethodPost, pathPaymentCode, "x", strings.Replace(body, "150000", "150001", 1))
	r.Body, r.ContentLength = other.Body, other.ContentLength
	got, err := b.do(r)
	if err != nil {
		t.Fatal(err)
	}
	b.refused(got, 400, "invalid_signature")
	// A query is not signed, so it does not disturb.
	if got := b.call(http.MethodGet, pathStatus+"none?x=1", ""); got.status != http.StatusNotFound {
		t.Errorf("query: %d %s", got.status, got.body)
	}
}

func TestUnknownPath(t *testing.T) {
	b := newBench(t)
	for method, path := range map[string]string{
		http.MethodPost: "/alfa-online-to-offline/v3/payment-code",
		http.MethodGet:  "/nowhere",
		http.MethodPut:  pathPaymentCode,
	} {
		got := b.call(method, path, "{}")
		if got.status != http.StatusNotFound || !strings.HasPrefix(got.text(t, "message"), "No static resource "+path[1:]) {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
	}
}

func TestRequestIDIsAnsweredOnce(t *testing.T) {
	b := newBench(t)
	send := func(method, path, id, body string) result {
		t.Helper()
		got, err := b.do(b.request(method, path, id, body))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := send(http.MethodPost, pathPaymentCode, "same", createBody("INV-1"))
	b.clock.Add(time.Minute) // timestamp and signature are new, the bytes are not
	again := send(http.MethodPost, pathPaymentCode, "same", createBody("INV-1"))
	if first.status != 200 || again.status != http.StatusConflict || string(again.body) != string(first.body) {
		t.Errorf("first %d %s\nagain %d %s", first.status, first.body, again.status, again.body)
	}
	if !again.verified || again.header.Get("Response-Timestamp") == first.header.Get("Response-Timestamp") {
		t.Error("the repeated answer is not signed anew")
	}
	other := send(http.MethodPost, pathPaymentCode, "same", createBody("INV-2"))
	b.refused(other, http.StatusConflict, "idempotent_request")
	b.refused(send(http.MethodPost, pathPaymentCodeNewGuide, "same", createBody("INV-1")), http.StatusConflict, "idempotent_request")
	if n := len(b.sim.state.Codes); n != 1 {
		t.Errorf("%d codes", n)
	}
	// A refusal is an answer too.
	bad := send(http.MethodPost, pathPaymentCode, "bad", createBody(""))
	repeated := send(http.MethodPost, pathPaymentCode, "bad", createBody(""))
	if bad.status != 400 || repeated.status != 409 || string(repeated.body) != string(bad.body) {
		t.Errorf("%d %s then %d %s", bad.status, bad.body, repeated.status, repeated.body)
	}
	// What failed at the headers has used nothing up.
	r := b.request(http.MethodPost, pathPaymentCode, "spoiled", createBody("INV-3"))
	r.Header.Set("Signature", "HMACSHA256=x")
	if got, err := b.do(r); err != nil || got.status != 400 {
		t.Fatal(got, err)
	}
	if got := send(http.MethodPost, pathPaymentCode, "spoiled", createBody("INV-3")); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	version := b.sim.version
	if got := send(http.MethodGet, pathStatus+"INV-1", "ask", ""); got.status != 200 {
		t.Errorf("status %d %s", got.status, got.body)
	}
	if got := send(http.MethodGet, pathStatus+"INV-1", "ask", ""); got.status != 409 {
		t.Errorf("status again %d %s", got.status, got.body)
	}
	if _, kept := b.sim.state.Answers["ask"]; kept || b.sim.version != version {
		t.Error("a status check is kept in the state")
	}
}

func TestParallelCreatesUnderOneRequestIDMakeOneCode(t *testing.T) {
	b := newBench(t, func(c *Config) { c.StateFile = t.TempDir() + "/state.json" })
	const n = 30
	answers := make(chan result, n)
	for range n {
		r := b.request(http.MethodPost, pathPaymentCode, "same", createBody("INV-1"))
		go func() {
			got, err := b.do(r)
			if err != nil {
				t.Error(err)
			}
			answers <- got
		}()
	}
	created, bodies := 0, map[string]bool{}
	for range n {
		got := <-answers
		bodies[string(got.body)] = true
		if got.status == http.StatusOK {
			created++
		} else if got.status != http.StatusConflict {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if created != 1 || len(bodies) != 1 || len(b.sim.state.Codes) != 1 {
		t.Errorf("%d created, %d bodies, %d codes", created, len(bodies), len(b.sim.state.Codes))
	}
}

func TestHugeBodyIsRefused(t *testing.T) {
	b := newBench(t)
	got := b.call(http.MethodPost, pathPaymentCode, createBody(strings.Repeat("x", maxBody)))
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %.80s", got.status, got.body)
	}
}
