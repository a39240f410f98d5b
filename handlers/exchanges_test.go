package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// keep stores an exchange as evidence.
func (s *shop) keep(x payments.Exchange) payments.Exchange {
	s.t.Helper()
	if x.ID == "" {
		x.ID = payments.NewID()
	}
	if x.At.IsZero() {
		x.At = s.Now()
	}
	if x.Method == "" {
		x.Method, x.URL = "POST", "/doku/notifications"
	}
	if err := s.Store.Write(s.t.Context(), func(tx *db.Tx) error { return tx.InsertExchange(x) }); err != nil {
		s.t.Fatal(err)
	}
	return x
}

// told is the notification that came about a code.
func (s *shop) told(c payments.Code) payments.Exchange {
	s.t.Helper()
	for _, x := range must(s.Store.ExchangesOf(s.t.Context(), c.ID)) {
		if x.Kind == "notification" {
			return x
		}
	}
	s.t.Fatal("no notification came")
	return payments.Exchange{}
}

// TestExchangesList shows all of it, narrows it, and pages both ways.
func TestExchangesList(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	if a := ibu.get("/exchanges"); a.status != http.StatusOK || !strings.Contains(a.body, "Belum ada riwayat") {
		t.Errorf("an empty list: %v", a)
	}
	code := ibu.issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	told := s.told(code)
	s.visitor().send("POST", "/doku/notifications", `{"a":1}`, nil)

	page := ibu.get("/exchanges")
	row := page.textOf("exchange-" + told.ID)
	for _, want := range []string{"Pemberitahuan pembayaran", "dari DOKU", "Terbukti dari DOKU", fours(code.PaymentCode), "200", "WITA"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row %q lacks %q", row, want)
		}
	}
	for _, want := range []string{"Tanda tangan salah", "401", "/codes/" + code.ID, "/exchanges/" + told.ID, "Membuat kode"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for query, shown := range map[string]bool{
		"kind=notification": true, "kind=create": false, "verdict=verified": true, "verdict=bad_signature": false,
		"direction=in": true, "direction=out": false, "q=" + code.PaymentCode[4:]: true, "q=" + strings.ToLower(code.InvoiceNumber): true, "q=nothing": false,
		"q=" + told.RequestID: true, "kind=notification&verdict=verified&direction=in": true,
		// What makes no sense is left out.
		"kind=x": true, "verdict=%00": true, "before=%27": true, "q=%ff": true, "q=" + strings.Repeat("a", 5000): false, "lang=en": true,
	} {
		a := ibu.get("/exchanges?" + query)
		if got := a.textOf("exchange-"+told.ID) != ""; a.status != http.StatusOK || got != shown {
			t.Errorf("?%s: %d, shown %v", query, a.status, got)
		}
	}
	if a := ibu.get("/exchanges?lang=en&q=nothing"); !strings.Contains(a.body, "Nothing matches") {
		t.Error("an empty answer says nothing of why")
	}

	for range pageLength {
		s.keep(payments.Exchange{Kind: "status", Direction: payments.Outgoing, Verdict: "done"})
	}
	link := func(a answer, rel string) string {
		for _, e := range a.elements("rel") {
			if e["rel"] == rel {
				return e["href"]
			}
		}
		return ""
	}
	first := ibu.get("/exchanges?kind=&q=")
	if link(first, "prev") != "" || strings.Contains(first.body, "exchange-"+told.ID) {
		t.Error("the first page has something before it, or holds too much")
	}
	second := ibu.get(link(first, "next"))
	if !strings.Contains(second.body, "exchange-"+told.ID) || link(second, "next") != "" {
		t.Error("the second page is not the last")
	}
	if back := ibu.get(link(second, "prev")); strings.Contains(back.body, "exchange-"+told.ID) || link(back, "prev") != "" || link(back, "next") == "" {
		t.Error("the way back leads elsewhere")
	}
}

// TestAnExchange shows what went over the wire, and no secret.
func TestAnExchange(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	code := ibu.issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	told := s.told(code)
	page := ibu.get("/exchanges/" + told.ID)
	for _, want := range []string{"POST /doku/notifications", "HTTP 200", "Request-Timestamp: ", code.InvoiceNumber, "127.0.0.1", told.RequestID, "/codes/" + code.ID, "byte", "SHA-256"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for line := range strings.SplitSeq(told.RequestHeader, "\n") {
		if name, value, _ := strings.Cut(line, ": "); name == "Signature" && strings.Contains(page.body, strings.TrimPrefix(value, "HMACSHA256=")) {
			t.Error("the whole signature is shown")
		}
	}
	if !strings.Contains(page.body, "Signature: HMACSHA256=") {
		t.Error("nothing of the signature is shown")
	}
	if panel := ibu.get("/codes/" + code.ID); !strings.Contains(panel.body, `href="/exchanges/`+told.ID) {
		t.Error("the code's history does not lead there")
	}

	odd := s.keep(payments.Exchange{
		Kind: "notification", Direction: payments.Incoming, Verdict: "bad_signature", StatusCode: 401,
		RequestHeader: "Authorization: Basic c2VjcmV0\nCookie: session=geheim\nSignature: kurz\nX: \xff",
		RequestBody:   []byte("\x00\x01<script>"), Remark: "from 10.0.0.9\ndoku: signature refused: signature does not match (Signature)",
	})
	page = ibu.get("/exchanges/" + odd.ID)
	for _, secret := range []string{"c2VjcmV0", "geheim", "<script>alert"} {
		if strings.Contains(page.body, secret) {
			t.Errorf("shows %s", secret)
		}
	}
	for _, want := range []string{"00 01 3c 73", "10.0.0.9", "Tanda tangannya tidak cocok", "belum tentu dari DOKU", "Tanpa isi"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the odd one's page lacks %q", want)
		}
	}
	if a := ibu.get("/exchanges/" + odd.ID + "?lang=en"); !strings.Contains(a.body, "The signature does not match") {
		t.Error("not said in English")
	}
	ibu.get("/?lang=id")
	silent := s.keep(payments.Exchange{Kind: "create", Direction: payments.Outgoing, Verdict: "unknown", RequestBody: []byte(`{"b":1,"a":2.00}`), Remark: "dial tcp: refused\necho_missing Client-Id: sent \"x\", got \"\"", Duration: 1250 * time.Millisecond})
	page = ibu.get("/exchanges/" + silent.ID)
	for _, want := range []string{"Tidak ada jawaban yang sampai", "Tidak ada jawaban utuh: dial tcp: refused", "DOKU tidak mengulang Client-Id", "1,3 dtk", "{\n  &#34;b&#34;: 1,\n  &#34;a&#34;: 2.00\n}"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the silent one's page lacks %q", want)
		}
	}
	for _, path := range []string{"/exchanges/nothing", "/exchanges/%00", "/exchanges/" + odd.ID + "x"} {
		if a := ibu.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// TestAReplay: the notification of a payment is lost from the code, tried, and
// then run for real.
func TestAReplay(t *testing.T) {
	s := newShop(t)
	ibu, books := s.member("ibu", payments.Owner), s.member("buku", payments.Accountant)
	code := ibu.issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	told := s.told(code)
	replay := "/exchanges/" + told.ID + "/replay"

	a := ibu.post(replay, url.Values{"dry_run": {"true"}})
	if a.status != http.StatusOK || !strings.Contains(a.textOf("forecast"), "Tidak akan mengubah apa-apa") || strings.Contains(a.body, "do-replay") {
		t.Errorf("of what is here: %v", a)
	}
	if a := ibu.post(replay, url.Values{}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+code.ID {
		t.Errorf("for real: %v", a)
	}
	if !strings.Contains(ibu.get("/codes/"+code.ID).body, "tidak ada yang berubah") {
		t.Error("it is not said that nothing changed")
	}

	// The same words of DOKU about a code that does not know of the money yet.
	fresh := ibu.issue()
	late := s.keep(payments.Exchange{
		Kind: "notification", Direction: payments.Incoming, Verdict: "verified", StatusCode: 200,
		RequestBody: []byte(strings.NewReplacer(code.InvoiceNumber, fresh.InvoiceNumber, code.PaymentCode, fresh.PaymentCode).Replace(string(told.RequestBody))),
	})
	replay = "/exchanges/" + late.ID + "/replay"
	before := must(s.Store.LastSeq(t.Context()))
	a = ibu.post(replay+"?lang=en", url.Values{"dry_run": {"true"}})
	if a.status != http.StatusOK || a.textOf("forecast") != "If it were run now: It would mark the code paid, Rp150.000." || !strings.Contains(a.body, "do-replay") {
		t.Errorf("a trial: %v", a)
	}
	ibu.get("/?lang=id")
	for _, form := range []url.Values{{"dry_run": {"false"}}, {"dry_run": {""}}, {"dry_run": {"true", "true"}}, {"dryrun": {"true"}}} {
		if a := ibu.post(replay, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "dry") {
			t.Errorf("%v: %d", form, a.status)
		}
	}
	if a := books.post(replay, url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("who only reads: %d", a.status)
	}
	if strings.Contains(books.get("/exchanges/"+late.ID).body, "try-replay") {
		t.Error("who only reads is offered it")
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before || must(s.Store.Code(t.Context(), fresh.ID)).Status != payments.Active {
		t.Errorf("a trial or a mistake wrote %d events", after-before)
	}
	if a := ibu.post(replay, url.Values{}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+fresh.ID {
		t.Errorf("for real: %v", a)
	}
	page := ibu.get("/codes/" + fresh.ID)
	if page.marks()["data-status"] != "paid" || !strings.Contains(page.body, "dijalankan lagi atas nama Anda") || !strings.Contains(page.body, "Pemberitahuan DOKU diputar ulang") {
		t.Errorf("afterwards: %v", page.marks())
	}
	// And nothing twice.
	if a := ibu.post(replay, url.Values{"dry_run": {"true"}}); !strings.Contains(a.textOf("forecast"), "Tidak akan mengubah apa-apa") {
		t.Error("it would do it again")
	}

	stranger := s.keep(payments.Exchange{
		Kind: "notification", Direction: payments.Incoming, Verdict: "verified", StatusCode: 200,
		RequestBody: []byte(strings.NewReplacer(code.InvoiceNumber, "INV-ELSEWHERE", code.PaymentCode, "6059999999999999").Replace(string(told.RequestBody))),
	})
	if a := ibu.post("/exchanges/"+stranger.ID+"/replay", url.Values{"dry_run": {"true"}}); !strings.Contains(a.textOf("forecast"), "tidak ada kode di sini yang cocok") {
		t.Errorf("of no code: %v", a)
	}
	if a := ibu.post("/exchanges/"+stranger.ID+"/replay", url.Values{}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/exchanges/"+stranger.ID {
		t.Errorf("of no code, for real: %v", a)
	}

	for why, x := range map[string]payments.Exchange{
		"permintaan dari toko":  {Kind: "create", Direction: payments.Outgoing, Verdict: "done"},
		"Tanda tangannya salah": {Kind: "notification", Direction: payments.Incoming, Verdict: "bad_signature"},
		"kasir Alfamart":        {Kind: "inquiry", Direction: payments.Incoming, Verdict: "verified"},
		"tidak terbaca":         {Kind: "notification", Direction: payments.Incoming, Verdict: "unreadable"},
	} {
		x = s.keep(x)
		page := ibu.get("/exchanges/" + x.ID)
		off := false
		for _, e := range page.elements("disabled") {
			off = off || e["id"] == "try-replay"
		}
		if !off || !strings.Contains(page.body, why) {
			t.Errorf("%s: off %v, or not said why", why, off)
		}
		for _, form := range []url.Values{{}, {"dry_run": {"true"}}} {
			if a := ibu.post("/exchanges/"+x.ID+"/replay", form); a.status != http.StatusConflict || !strings.Contains(a.body, why) {
				t.Errorf("%s, %v: %d", why, form, a.status)
			}
		}
	}
	// The language switch on an answer to a form leads to a page.
	for _, e := range ibu.post(replay, url.Values{"dry_run": {"true"}}).elements("hreflang") {
		if a := ibu.get(e["href"]); a.status != http.StatusOK {
			t.Errorf("%s: %d", e["href"], a.status)
		}
	}
}

// TestTheGapDoctor: a payment that only a check told of is explained to who can
// mend it, after two minutes and for a day.
func TestTheGapDoctor(t *testing.T) {
	s := newShop(t)
	ibu, sari, books := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier), s.member("buku", payments.Accountant)
	s.fault("never_notify")
	code := ibu.issue()
	s.buy(code.PaymentCode)
	if a := ibu.post("/codes/"+code.ID+"/check", url.Values{}); a.status != http.StatusSeeOther {
		t.Fatal(a)
	}
	if c := must(s.Store.Code(t.Context(), code.ID)); c.Status != payments.Paid {
		t.Fatalf("the check found %s", c.Status)
	}
	shown := func(v *visitor, path string) string { return v.get(path).textOf("gap") }
	if shown(ibu, "/exchanges") != "" {
		t.Error("a notification may still come")
	}
	s.ahead.Store(int64(3 * time.Minute))
	for _, path := range []string{"/exchanges", "/transactions"} {
		words := shown(ibu, path)
		for _, want := range []string{
			"1 pembayaran", "Back Office → Settings → Payment Settings → Convenience Store → Configure", s.home + "/doku/notifications",
			"DNS", "TLS", "Secret Key", "Back Office → Integration → HTTP Notification", "pesawat",
		} {
			if !strings.Contains(words, want) {
				t.Errorf("%s says %q, lacks %q", path, words, want)
			}
		}
		if strings.Contains(words, "kiriman dengan tanda tangan salah dalam 24 jam") {
			t.Error("claims wrong signatures where there are none")
		}
	}
	if shown(sari, "/transactions") != "" || shown(books, "/exchanges") != "" {
		t.Error("told to who cannot mend it")
	}
	s.visitor().send("POST", "/doku/notifications", "{}", nil)
	if words := shown(ibu, "/exchanges?lang=en"); !strings.Contains(words, "1 delivery of the last 24 hours had a wrong signature") || !strings.Contains(words, "1 payment of the last 24 hours") {
		t.Errorf("with a wrong signature: %q", words)
	}
	s.ahead.Store(int64(25 * time.Hour))
	if words := shown(ibu, "/exchanges"); words != "" {
		t.Errorf("a day later: %q", words)
	}
}

// TestDOKUIsSilent is said to everybody who works with its answers.
func TestDOKUIsSilent(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	const words = "DOKU sedang tidak menjawab"
	if strings.Contains(sari.get("/transactions").body, words) {
		t.Error("said while DOKU answers")
	}
	s.fault("cut_before")
	code := sari.issue()
	for range 5 {
		sari.post("/codes/"+code.ID+"/check", url.Values{})
	}
	if a := sari.get("/transactions"); !strings.Contains(a.body, words) {
		t.Error("not said")
	}
	ibu := s.member("ibu", payments.Owner)
	if a := ibu.get("/exchanges?lang=en"); !strings.Contains(a.body, "DOKU is not answering") {
		t.Error("not said in English")
	}
}

// TestACheckWithoutAnAnswerSaysSo: nothing is known of the money then, and nobody
// may be told that it has not come.
func TestACheckWithoutAnAnswerSaysSo(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	code := sari.issue()
	said := func() string {
		sari.post("/codes/"+code.ID+"/check", url.Values{})
		return sari.get("/codes/" + code.ID).body
	}
	if body := said(); !strings.Contains(body, "belum ada yang berubah") || strings.Contains(body, "DOKU tidak menjawab, jadi") {
		t.Error("an answer without news is not told as one")
	}
	s.fault("cut_before")
	if body := said(); strings.Contains(body, "belum ada yang berubah") || !strings.Contains(body, "DOKU tidak menjawab, jadi") {
		t.Error("no answer is told as one")
	}
}
