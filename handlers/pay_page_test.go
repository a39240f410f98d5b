package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// TestWeightOfTheCustomersPage adds up what a first visit takes over the wire.
func TestWeightOfTheCustomersPage(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	owner.post("/settings", saved("whatsapp", "0812 3456 7890"))
	form := owner.codeForm()
	form.Set("customer_name", strings.Repeat("Wirjosoebroto ", 2))
	form.Set("amount", "4.999.999")
	form.Set("expires_in", "4320")
	code := owner.issueWith(form)

	customer := s.visitor()
	fetch := func(path string) answer {
		a := customer.send("GET", path, "", http.Header{"Accept-Encoding": {"gzip"}, "Accept-Language": {"id-ID"}})
		if a.status != http.StatusOK || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, cookie %q", path, a.status, a.header.Get("Set-Cookie"))
		}
		return a
	}
	size := func(a answer) (n int) {
		for name, values := range a.header {
			for _, v := range values {
				n += len(name) + len(v) + 4
			}
		}
		return n + len(a.body)
	}
	page := fetch("/pay/" + code.Token)
	if page.header.Get("Content-Encoding") != "gzip" {
		t.Error("the page is not packed")
	}
	all, own := size(page), 0
	plain := customer.get("/pay/" + code.Token)
	for _, e := range append(plain.elements("src"), plain.elements("href")...) {
		if e[""] == "a" {
			continue
		}
		link := e["src"] + e["href"]
		if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") {
			t.Errorf("the page asks for %s", link)
			continue
		}
		a := fetch(link)
		all += size(a)
		if e[""] == "script" || e["rel"] == "stylesheet" {
			own += len(a.body)
		}
	}
	if all > 20_000 || own > 7_000 || own == 0 {
		t.Errorf("%d bytes over the wire, %d of them stylesheet and script; want at most 20,000 and 7,000", all, own)
	}
	t.Logf("%d bytes over the wire, the page %d, stylesheet and script %d", all, size(page), own)
	// The code and the steps are text, not pictures.
	for _, want := range []string{"Kalau tidak terbaca", "mau bayar DOKU", "tidak semua gerai Alfa", "wa.me/6281234567890?text=", ".ics"} {
		if !strings.Contains(plain.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestGuessedLinks: whatever is not a customer's link gets the same answer,
// whether it is nearly one or not.
func TestGuessedLinks(t *testing.T) { eachShop(t, guessedLinks) }

func guessedLinks(t *testing.T, s *shop) {
	token := s.member("sari", payments.Cashier).issue().Token
	if len(token) < 26 { // 128 bits in base32
		t.Errorf("a token of %d letters", len(token))
	}
	strip := func(a answer, link string) string { return strings.ReplaceAll(a.body, link, "") }
	customer := s.visitor()
	want := customer.get("/pay/x")
	for _, wrong := range []string{
		strings.ToUpper(token), "=" + token, token[:len(token)-1], token + "A", "a" + token, token + ".pdf", token + ".", token + ".ics",
		"." + token, strings.Repeat("A", len(token)), strings.Repeat("A", 3000), "%00", "%ff", "..%2f" + token, token + "%20",
	} {
		a := customer.get("/pay/" + wrong)
		if a.status != http.StatusNotFound || strings.Contains(a.body, "Rp150.000") {
			t.Errorf("%.40s: %d", wrong, a.status)
		}
		if len(wrong) < 100 && !strings.Contains(wrong, "%") && len(strip(a, wrong)) < len(strip(want, "x"))-200 {
			t.Errorf("%s: another page than for any other", wrong)
		}
	}
	if a := customer.get("/pay/" + token); a.status != http.StatusOK {
		t.Errorf("the right one: %d", a.status)
	}
}

// TestLanguageOfTheCustomer goes by the browser, and by ?lang= before it.
func TestLanguageOfTheCustomer(t *testing.T) {
	s := newShop(t)
	link := "/pay/" + s.member("sari", payments.Cashier).issue().Token
	for _, test := range []struct{ link, accept, want string }{
		{link, "", "id"},
		{link, "en-GB,en;q=0.9", "en"},
		{link, "ja,en;q=0.5", "en"},
		{link, "id-ID,en;q=0.5", "id"},
		{link, "de", "id"},
		{link + "?lang=id", "en", "id"},
		{link + "?lang=en", "id", "en"},
	} {
		a := s.visitor().send("GET", test.link, "", http.Header{"Accept-Language": {test.accept}})
		if got := a.elements("data-events"); a.elements("lang")[0]["lang"] != test.want || !strings.HasSuffix(got[0]["data-events"], "lang="+test.want) {
			t.Errorf("%s for %q is not in %s", test.link, test.accept, test.want)
		}
	}
}

// TestPreviewOfTheLink: a chat shows shop and amount to everybody in it, so the
// code stays out.
func TestPreviewOfTheLink(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	code := owner.issue()
	page := s.visitor().get("/pay/" + code.Token)
	var seen []string
	for _, e := range page.elements("content") {
		seen = append(seen, e["property"]+e["name"]+"="+e["content"])
	}
	all := strings.Join(seen, "\n")
	if !strings.Contains(all, "og:description=Rp150.000") || !strings.Contains(all, "og:title=Pembayaran untuk ") {
		t.Errorf("the preview: %s", all)
	}
	if bare := strings.NewReplacer(" ", "", "-", "").Replace(all); strings.Contains(bare, code.PaymentCode) {
		t.Errorf("the preview tells the code: %s", all)
	}
}

// TestReminder is a calendar file for codes that live longer than a day.
func TestReminder(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	form.Set("expires_in", "4320")
	long, short := v.issueWith(form), v.issue()
	if page := s.visitor().get("/pay/" + short.Token); strings.Contains(page.body, ".ics") {
		t.Error("a code of hours offers a calendar")
	}
	if a := s.visitor().get("/pay/" + short.Token + ".ics"); a.status != http.StatusNotFound {
		t.Errorf("its file: %d", a.status)
	}
	a := s.visitor().get("/pay/" + long.Token + ".ics?lang=en")
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/calendar") || a.header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(a.body, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
		lines = append(lines, line)
	}
	whole := strings.ReplaceAll(strings.Join(lines, "\n"), "\n ", "")
	for _, want := range []string{
		"BEGIN:VCALENDAR\n", "DTSTART:" + long.ExpiresAt.UTC().Format("20060102T150405Z") + "\n", "Rp150.000", fours(long.PaymentCode),
		"URL:" + s.home + "/pay/" + long.Token + "\n", "STATUS:CONFIRMED\n", "END:VCALENDAR",
	} {
		if !strings.Contains(whole+"\n", want) {
			t.Errorf("the file lacks %q:\n%s", want, whole)
		}
	}
	if got := folded(strings.Repeat("é", 60)); got != strings.Repeat("é", 37)+"\r\n "+strings.Repeat("é", 23)+"\r\n" {
		t.Errorf("folded: %q", got)
	}
}

// TestWhatsAppOfTheShop is held to a number, and stands on every screen of a
// customer as a link.
func TestWhatsAppOfTheShop(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	code := owner.issue()
	for _, wrong := range []string{"toko", "0812", "+1", "081234567890123456", "+0812345678", "0812 3456 789x", "javascript:alert(1)", "---"} {
		if a := owner.post("/settings", saved("whatsapp", wrong)); a.status != http.StatusUnprocessableEntity || a.mistake("whatsapp") == "" || a.field("whatsapp")["value"] != wrong {
			t.Errorf("%q: %d %q", wrong, a.status, a.mistake("whatsapp"))
		}
	}
	for typed, want := range map[string]string{
		"0812-3456-7890": "6281234567890", "+62 812 3456 7890": "6281234567890", "6281234567890": "6281234567890", "+60 12-345 6789": "60123456789",
	} {
		if a := owner.post("/settings", saved("whatsapp", typed)); a.status != http.StatusSeeOther {
			t.Errorf("%q: %d %s", typed, a.status, a.mistake("whatsapp"))
		}
		page := s.visitor().get("/pay/" + code.Token)
		if !strings.Contains(page.body, `href="https://wa.me/`+want+"?text=") || !strings.Contains(page.body, url.PathEscape(code.InvoiceNumber)) {
			t.Errorf("%q does not lead to %s", typed, want)
		}
	}
	if page := owner.get("/settings"); !strings.HasPrefix(page.field("whatsapp")["value"], "+6") {
		t.Errorf("the form shows %q", page.field("whatsapp")["value"])
	}
	if a := owner.post("/settings", saved("whatsapp", "")); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	if page := s.visitor().get("/pay/" + code.Token); strings.Contains(page.body, "wa.me") {
		t.Error("the number cannot be taken back")
	}
}

// TestProofOfPayment stands on the paid page: reference, time with zone, store
// and the till's transaction; and nothing that could be paid again.
func TestProofOfPayment(t *testing.T) {
	s := newShop(t)
	code := s.member("sari", payments.Cashier).issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	code = must(s.Store.Code(t.Context(), code.ID))
	received := must(s.Store.Payments(t.Context(), code.ID))
	page := s.visitor().get("/pay/" + code.Token)
	for _, want := range []string{
		"LUNAS", "Rp150.000", code.InvoiceNumber, code.PaidAt.In(s.Zone).Format("15.04") + " WITA", "T001", ">" + received[0].Trx + "<", `id="clock"`,
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the proof lacks %q", want)
		}
	}
	if strings.Contains(page.body, code.PaymentCode) || strings.Contains(page.body, "data-copy") {
		t.Error("a paid page still hands the code out")
	}
}

// TestPayPageTime is told by the server, for whoever has no scripts.
func TestPayPageTime(t *testing.T) {
	s := newShop(t)
	code := s.member("sari", payments.Cashier).issue()
	page := s.visitor().get("/pay/" + code.Token)
	if got, want := page.textOf("clock"), s.Now().In(s.Zone).Format("15.04")+" WITA"; got != want {
		t.Errorf("the clock says %q, want %q", got, want)
	}
}

// TestAtTheTill: a direct inquiry makes the customer's page say what to compare,
// for as long as they may stand there.
func TestCustomerAtTheTill(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	form.Set("mode", "dipc")
	code := v.issueWith(form)
	says := func() bool { return strings.Contains(s.visitor().get("/pay/"+code.Token).body, "is-till") }
	if says() {
		t.Error("at the till before anybody was")
	}
	if status, answer := s.machine("/simulator/inquiry", map[string]any{"code": code.PaymentCode}); status != http.StatusOK {
		t.Fatalf("the inquiry: %d %s", status, answer)
	}
	if !says() {
		t.Error("the page does not know that the customer is at the till")
	}
	s.ahead.Store(int64(askedLately + time.Second))
	if says() {
		t.Error("still at the till after a while")
	}
}

// TestAForgottenCustomer finds the page over, and the shop sees why the name is
// gone.
func TestAForgottenCustomer(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	ibu.post("/settings", saved("retention_months", "6"))
	c := ibu.sold()
	if n, err := s.Store.Blank(t.Context(), s.Now().AddDate(0, 5, 0)); n != 0 || err != nil {
		t.Fatalf("after five months %d, %v", n, err)
	}
	if n, err := s.Store.Blank(t.Context(), s.Now().AddDate(0, 7, 0)); n != 1 || err != nil {
		t.Fatalf("after seven months %d, %v", n, err)
	}
	for _, form := range []string{"", ".png", ".ics"} {
		if a := s.visitor().get("/pay/" + c.Token + form); a.status != http.StatusGone || strings.Contains(a.body, c.CustomerName) {
			t.Errorf("the page%s: %d", form, a.status)
		}
	}
	for _, path := range []string{"/codes/" + c.ID, "/transactions", "/transactions.csv", "/audit", "/exchanges", "/codes/" + c.ID + "/slip", "/codes/new?from=" + c.ID} {
		if a := ibu.get(path); a.status != http.StatusOK || strings.Contains(a.body, c.CustomerName) {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if page := ibu.get("/codes/" + c.ID); !strings.Contains(page.body, "dihapus sesuai aturan toko") {
		t.Error("the page does not say why")
	}
	if closing := ibu.closeShift(); closing.Shift.PaidTotal != c.Amount {
		t.Errorf("the shift: %+v", closing.Shift)
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAPaidReusableCodeEnds: whoever paid it still sees that the money came, in
// every form of the page, and is not sent for another code.
func TestAPaidReusableCodeEnds(t *testing.T) { eachShop(t, aPaidReusableCodeEnds) }

func aPaidReusableCodeEnds(t *testing.T, s *shop) {
	v := s.member("ibu", payments.Owner)
	form := v.codeForm()
	form.Set("reusable", "true")
	code := v.issueWith(form)
	for n := 1; n <= 2; n++ {
		s.buy(code.PaymentCode)
		s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).PaidCount == n })
	}
	v.post("/codes/"+code.ID+"/refunds", url.Values{"amount": {"10.000"}, "method": {"cash"}, "reason": {"rusak"}})
	link := "/pay/" + code.Token
	for status, state := range map[payments.Status]string{payments.Expired: "is-expired", payments.Cancelled: "is-cancelled"} {
		if err := s.Store.Update(t.Context(), func(tx payments.Tx) error {
			c, err := tx.Code(t.Context(), code.ID)
			if err != nil {
				return err
			}
			c.Status = status
			return tx.UpdateCode(&c)
		}); err != nil {
			t.Fatal(err)
		}
		now := must(s.Store.Code(t.Context(), code.ID))
		for lang, words := range map[string][]string{
			"id": {"2 pembayaran masuk", "Rp300.000", "Toko sudah mengembalikan Rp10.000.", "Kode ini sudah berakhir"},
			"en": {"2 payments received", "Rp300.000", "The shop has given Rp10.000 back.", "This code has ended"},
		} {
			page := s.visitor().get(link + "?lang=" + lang).body
			part := s.visitor().listen(link+"/events?lang="+lang, nil).next("state", "").data
			picture := s.card(views.Lang(lang), now.Environment, must(s.payState(&visit{life: t.Context(), lang: views.Lang(lang)}, now)))
			onCard := strings.Join(append(picture.Facts, picture.Say), "\n")
			preview := (answer{body: page}).meta("og:description")
			if !strings.HasPrefix(preview, picture.Verdict) || !strings.Contains(preview, words[0]+", "+words[1]) || strings.Contains(preview, "Rp150.000") {
				t.Errorf("%s, %s: a chat shows %q", state, lang, preview)
			}
			for _, word := range append(words, code.InvoiceNumber) {
				for form, said := range map[string]string{"page": page, "part": part, "picture": onCard} {
					if !strings.Contains(said, word) {
						t.Errorf("%s, %s: the %s lacks %q", state, lang, form, word)
					}
				}
			}
			for _, said := range []string{page, part, onCard} {
				if strings.Contains(said, "minta kode baru") || strings.Contains(said, "ask the shop for a new code") {
					t.Errorf("%s, %s: asks for another code", state, lang)
				}
			}
			if !strings.Contains(page, state) {
				t.Errorf("the page is not %s", state)
			}
		}
	}
}

// meta is what the page's head says of itself under a name.
func (a answer) meta(name string) string {
	for _, e := range a.elements("property") {
		if e["property"] == name {
			return e["content"]
		}
	}
	return ""
}

// TestWhatAChatShowsOfALink: an amount without a word is one that can be paid.
func TestWhatAChatShowsOfALink(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	shown := func(c payments.Code) string { return s.visitor().get("/pay/" + c.Token).meta("og:description") }
	once, again := v.codeForm(), v.codeForm()
	again.Set("reusable", "true")
	code, reusable := v.issueWith(once), v.issueWith(again)
	for _, c := range []payments.Code{code, reusable} {
		if got := shown(c); !strings.HasPrefix(got, "Rp150.000, bayar sebelum ") {
			t.Errorf("one to be paid: %q", got)
		}
	}
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	if got := shown(code); got != "LUNAS, Rp150.000" {
		t.Errorf("a paid one: %q", got)
	}
	v.post("/codes/"+reusable.ID+"/cancel", url.Values{"reason": {"x"}})
	if got := shown(reusable); got != "Dibatalkan, Rp150.000. Jangan dibayar; tanyakan ke toko bila perlu." {
		t.Errorf("a cancelled one: %q", got)
	}
}
