package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestTheLogKeepsSecrets walks what carries secrets and greps the log for them.
// The password and DOKU's key are looked for after every test.
func TestTheLogKeepsSecrets(t *testing.T) {
	s := newShop(t)
	v := s.visitor()
	s.visitor().tryPassword("canary@toko.id", "canary")
	v.get("/setup?token=" + SetupToken(dbtest.Key))
	v.post("/setup", setupForm("ratna@toko.id"))
	code := v.issue()
	v.get("/pay/" + code.Token)
	v.get("/pay/" + code.Token + "x")
	v.get("/transactions?q=canary-query")
	v.get("/codes/canary-id")
	form := v.codeForm()
	form.Set("customer_name", "Canary Name")
	v.issueWith(form)
	v.post("/codes/"+code.ID+"/cancel", url.Values{"reason": {"canary reason"}})
	l := s.visitor().listen("/pay/"+code.Token+"/events", nil)
	l.next("state", "")
	l.close()
	s.eventually("the stream's line", func() bool { return strings.Contains(s.log.String(), "/events") })
	cookie := v.client.Jar.Cookies(must(url.Parse(s.home)))[0].Value
	for _, secret := range []string{code.Token, cookie, code.FormID, "canary", "Canary", code.PaymentCode} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %s:\n%s", secret, s.log)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
		known := strings.Contains(line, "msg=request ") || strings.Contains(line, `msg="sign-in failed" `) || strings.Contains(line, `msg="stream ended" `)
		if !strings.Contains(line, "request_id=") || !known {
			t.Errorf("a line without its request: %s", line)
		}
	}
}

// TestRefusedAccessIsLogged names who tried what from where, and no visitor writes
// a line of their own.
func TestRefusedAccessIsLogged(t *testing.T) {
	s := newShop(t)
	code := s.member("budi", payments.Cashier).issue()
	sari := s.member("sari", payments.Cashier)
	id := "staff=" + s.idOf("sari")
	for path, want := range map[string][]string{
		"/settings":             {"route=/settings", "status=403", id},
		"/codes/" + code.ID:     {"route=/codes/:id", "status=404", id},
		"/audit":                {"route=/audit", "status=404", id},
		"/exchanges?q=anything": {"route=/exchanges", "status=404", id},
	} {
		request := sari.get(path).header.Get("X-Request-Id")
		s.eventually("the line of "+path, func() bool { return strings.Contains(s.log.String(), "request_id="+request) })
		for line := range strings.Lines(s.log.String()) {
			if !strings.Contains(line, "request_id="+request) {
				continue
			}
			for _, part := range append(want, "address=127.0.0.1", "time=") {
				if !strings.Contains(line, part) {
					t.Errorf("%s: no %s in %s", path, part, line)
				}
			}
		}
	}
	const forged = "x%0Alevel=ERROR%20msg=forged"
	sari.get("/codes/" + forged)
	sari.get("/pay/" + forged)
	sari.post("/codes", url.Values{"amount\nlevel=ERROR msg=forged": {"1\nlevel=ERROR msg=forged"}})
	sari.send("GET", "/login?next="+forged, "", http.Header{"User-Agent": {"x\tlevel=ERROR msg=forged"}})
	for line := range strings.Lines(s.log.String()) {
		if !strings.HasPrefix(line, "time=") || strings.Contains(line, "level=ERROR") {
			t.Errorf("somebody else's line: %s", line)
		}
	}
}

// TestAPanicIsAPage shows a sentence and a number, and logs the rest.
func TestAPanicIsAPage(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	s.Service.NewToken = nil
	a := v.post("/codes", form)
	id := a.header.Get("X-Request-Id")
	if a.status != http.StatusInternalServerError || !strings.Contains(a.body, id) || !strings.Contains(a.body, `action="/logout"`) || strings.Contains(a.body, "goroutine") {
		t.Errorf("the page: %v", a)
	}
	// A request is logged once it is answered.
	s.eventually("it is logged", func() bool { return strings.Contains(s.log.String(), "request_id="+id) })
	if log := s.log.String(); !strings.Contains(log, "request_id="+id) || !strings.Contains(log, "goroutine") || strings.Count(log, "level=ERROR") != 1 {
		t.Errorf("the log: %s", log)
	}
	// Even the page that says so may panic.
	s.Service = nil
	if a := v.get("/"); a.status != http.StatusInternalServerError || a.body != "Internal Server Error\n" {
		t.Errorf("twice: %v", a)
	}
	s.log.b.Reset() // both were wanted
}

// TestNotifications: one that came is taken once, as it was signed.
func TestNotifications(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	xs := must(s.Store.ExchangesOf(t.Context(), code.ID))
	xs = slices.DeleteFunc(xs, func(x payments.Exchange) bool { return x.Kind != "notification" })
	told := xs[len(xs)-1]
	header := http.Header{}
	for _, line := range strings.Split(told.RequestHeader, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			header.Set(name, value)
		}
	}
	header.Del("Accept-Encoding")
	header.Del("Content-Length")
	doku := s.visitor()
	again := doku.send("POST", "/doku/notifications", string(told.RequestBody), header)
	if again.status != http.StatusOK || again.body != "OK\n" {
		t.Fatalf("told again: %v", again)
	}
	answers := map[string]bool{}
	for name, change := range map[string]func(http.Header) string{
		"another body": func(http.Header) string { return string(told.RequestBody) + " " },
		"no signature": func(h http.Header) string { h.Del("Signature"); return string(told.RequestBody) },
		"cut signature": func(h http.Header) string {
			h.Set("Signature", h.Get("Signature")[:20])
			return string(told.RequestBody)
		},
		"another's client": func(h http.Header) string { h.Set("Client-Id", "BRN-1"); return string(told.RequestBody) },
		"unknown code": func(http.Header) string {
			return strings.ReplaceAll(string(told.RequestBody), code.PaymentCode, "6059000000000000")
		},
	} {
		h := header.Clone()
		body := change(h)
		a := doku.send("POST", "/doku/notifications", body, h)
		if a.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, a.status)
		}
		answers[a.body] = true
	}
	if len(answers) != 1 {
		t.Errorf("the refusals tell codes apart: %v", answers)
	}
	if c := must(s.Store.Code(t.Context(), code.ID)); c.PaidCount != 1 || c.PaidTotal != 150_000 {
		t.Errorf("afterwards: %+v", c)
	}
	if a := doku.get("/doku/notifications"); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
		t.Errorf("GET: %v", a)
	}
}

// TestADirectInquiry is answered with the bytes that were signed.
func TestADirectInquiry(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	form.Set("mode", "dipc")
	code := v.issueWith(form)
	if code.Status != payments.Active || code.PaymentCode == "" {
		t.Fatalf("%+v", code)
	}
	live := v.listen(v.get("/codes/"+code.ID).streamOf(), nil)
	live.next("panel", `data-status="active"`)
	// The simulator holds the answer to its signature.
	if status, answer := s.machine("/simulator/inquiry", map[string]any{"code": code.PaymentCode}); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	live.next("panel", "Pelanggan di kasir Alfamart")
	s.buy(code.PaymentCode)
	live.next("panel", `data-status="paid"`)
}
