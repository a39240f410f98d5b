package simulator

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// reader is a browser without scripts: it keeps cookies, follows 303 and posts forms.
type reader struct {
	b      *bench
	client *http.Client
}

type sheet struct {
	status int
	path   string // after redirects
	header http.Header
	body   string
}

func (b *bench) reader() *reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return &reader{b, &http.Client{Jar: jar}}
}

func (r *reader) read(resp *http.Response, err error) sheet {
	r.b.t.Helper()
	if err != nil {
		r.b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.b.t.Fatal(err)
	}
	return sheet{resp.StatusCode, resp.Request.URL.RequestURI(), resp.Header, string(body)}
}

func (r *reader) get(path string) sheet {
	r.b.t.Helper()
	return r.read(r.client.Get(r.b.url + path))
}

func (r *reader) post(path string, form url.Values) sheet {
	r.b.t.Helper()
	return r.read(r.client.PostForm(r.b.url+path, form))
}

func (s sheet) has(t *testing.T, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(html.UnescapeString(s.body), p) {
			t.Errorf("%s has no %q", s.path, p)
		}
	}
}

// hidden gives the value of an input by name, as a browser would post it back.
func (s sheet) hidden(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(s.body)
	if m == nil {
		t.Fatalf("%s has no field %s", s.path, name)
	}
	return html.UnescapeString(m[1])
}

func TestTillByHand(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	r := b.reader()
	r.get("/").has(t, "SIMULATOR — bukan uang sungguhan", `id="inquire"`, `data-payment-code="`+code+`" data-status="active"`)
	r.get("/till?code="+code).has(t, `value="`+grouped(code)+`"`)

	bill := r.post("/till/inquiry", url.Values{"code": {" " + grouped(code) + " "}})
	if bill.status != 200 || !strings.HasPrefix(bill.path, "/till?code="+code+"&inquiry=") {
		t.Fatalf("%d %s", bill.status, bill.path)
	}
	bill.has(t, "Rp150.000", "Anton Budiman", "Toko Contoh", `id="pay"`, `data-amount="150000"`, "20 Nov 2026 11.30 WIB")
	form := url.Values{"code": {bill.hidden(t, "code")}, "inquiry": {bill.hidden(t, "inquiry")}, "agent": {"DAN+DAN"}, "store": {"D9"}, "amount": {""}}
	receipt := r.post("/till/pay", form)
	if receipt.status != 200 || !strings.HasPrefix(receipt.path, "/receipts/") {
		t.Fatalf("%d %s %s", receipt.status, receipt.path, receipt.body)
	}
	// The answer of the shop is on the page at once, without a script.
	receipt.has(t, "DAN+DAN", "TOKO D9", "TOTAL                          Rp150.000", `data-delivery-status="delivered"`, `data-attempt-status="200"`, "noted", `data-status="paid"`)
	if told := b.merchant.wait(t, 1); len(told) != 1 || !strings.Contains(string(told[0].body), `"DAN+DAN"`) {
		t.Errorf("%d told", len(told))
	}
	if twice := r.post("/till/pay", form); twice.path != receipt.path {
		t.Errorf("a second press led to %s", twice.path)
	}
	r.post("/till/inquiry", url.Values{"code": {code}}).has(t, `data-refused="paid"`, "Kode ini sudah dibayar")
	r.get(bill.path).has(t, `data-refused="paid"`) // the old page, gone back to
	r.post("/till/pay", url.Values{"code": {code}}).has(t, `data-refused="paid"`)

	sent := r.get("/deliveries")
	sent.has(t, `data-delivery-status="delivered"`, `name="resend"`)
	again := r.post("/deliveries/resend", url.Values{"delivery": {sent.hidden(t, "delivery")}})
	again.has(t, "dengan tangan")
	if n := len(b.merchant.wait(t, 2)); n != 2 {
		t.Errorf("%d notifications", n)
	}
}

func TestTillRefusesInWords(t *testing.T) {
	b := newBench(t)
	r := b.reader()
	b.sim.SetURLs(b.merchant.url+"/doku/notifications", "")
	gone := b.create("INV-1")
	b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", gone, "DELETE"))
	r.post("/till/inquiry", url.Values{"code": {gone}}).has(t, `data-refused="cancelled"`, "sudah dibatalkan oleh toko", `id="force"`)
	r.post("/till/inquiry", url.Values{"code": {"123"}}).has(t, `data-refused="not_found"`, "tidak ditemukan")
	r.post("/till/pay", url.Values{"code": {gone}, "force": {"true"}}).has(t, `data-status="paid"`)
	late := b.create("INV-2")
	bill := r.post("/till/inquiry", url.Values{"code": {late}})
	b.clock.Add(2 * 3600e9)
	r.post("/till/pay", url.Values{"code": {late}, "inquiry": {bill.hidden(t, "inquiry")}}).has(t, `data-refused="expired"`, "kedaluwarsa")
	b.sim.SetURLs("", b.merchant.url+"/doku/inquiries")
	b.merchant.answerInquiries(400, refusingBody("decline"), nil)
	r.post("/till/inquiry", url.Values{"code": {directCode}}).has(t, `data-refused="declined"`, `"status":"decline"`, "tanda tangan cocok") // both sides of the wire

	for name, c := range map[string]struct {
		path string
		form url.Values
		want string
	}{
		"empty":   {"/till/inquiry", url.Values{"code": {""}}, "Ketik kode pembayarannya dulu."},
		"letters": {"/till/inquiry", url.Values{"code": {"60X9"}}, "hanya terdiri dari angka"},
		"long":    {"/till/inquiry", url.Values{"code": {strings.Repeat("1", 21)}}, "paling panjang 20 angka"},
		"agent":   {"/till/pay", url.Values{"code": {late}, "agent": {"WARUNG"}}, "Pilih salah satu jaringan toko."},
		"amount":  {"/till/pay", url.Values{"code": {late}, "amount": {"-5"}}, "Jumlah harus angka"},
		"store":   {"/till/pay", url.Values{"code": {late}, "store": {strings.Repeat("x", 21)}}, "paling panjang 20 huruf"},
	} {
		got := r.post(c.path, c.form)
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.status)
		}
		if name != "agent" && name != "amount" && name != "store" {
			got.has(t, c.want)
		}
	}
}

func TestTillProblemsAreTiedToTheirField(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	r := b.reader()
	r.post("/till/inquiry", url.Values{"code": {code}})
	got := r.post("/till/pay", url.Values{"code": {code}, "agent": {"WARUNG"}, "amount": {"1,5"}, "store": {strings.Repeat("x", 21)}})
	got.has(t, `id="amount-problem"`, "Jumlah harus angka", `id="agent-problem"`, `id="store-problem"`, `aria-describedby="store-problem"`, `value="1,5"`)
	other := r.post("/till/pay", url.Values{"code": {code}, "amount": {"149.000"}})
	other.has(t, "Rp149.000", "SELISIH")
	if told := b.merchant.wait(t, 1)[0]; !strings.Contains(string(told.body), "149000.00") {
		t.Errorf("%s", told.body)
	}
}

func TestLanguage(t *testing.T) {
	b := newBench(t)
	r := b.reader()
	r.get("/").has(t, `<html lang="id">`, `href="/?lang=en"`)
	r.get("/faults?lang=en").has(t, `<html lang="en">`, "not real money", "Switched off", "Setiap sambungan")
	r.get("/").has(t, `<html lang="en">`, "Alfamart till")
	r.get("/?lang=xx").has(t, `<html lang="en">`)
	r.get("/codes?lang=id").has(t, `<html lang="id">`)
	r.get("/").has(t, "Kasir Alfamart")
}

func TestEveryPageIsStrict(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-<b>1")
	b.mustPay(code)
	b.create("INV-2")
	r := b.reader()
	receipt := b.sim.state.Receipts[0].ID
	for _, path := range []string{"/", "/till?code=" + code, "/codes", "/deliveries", "/faults", "/shop", "/receipts/" + receipt, "/receipts/none", pathHowToPayPage + code, pathHowToPayPage + "1"} {
		for _, lang := range []string{"id", "en"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			got := r.get(path + sep + "lang=" + lang)
			if got.header.Get("Content-Security-Policy") != "default-src 'none'; style-src 'self'; form-action 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'" {
				t.Errorf("%s: policy %q", path, got.header.Get("Content-Security-Policy"))
			}
			for _, bad := range []string{"<script", "<style", " style=", " onclick=", "javascript:", "INV-<b>", "<no value>", "%!"} {
				if strings.Contains(got.body, bad) {
					t.Errorf("%s holds %s", path, bad)
				}
			}
			got.has(t, `class="hazard"`, "SIMULATOR — ", `<html lang="`+lang+`">`)
			ids := map[string]bool{}
			for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(got.body, -1) {
				if ids[m[1]] {
					t.Errorf("%s has two %s", path, m[1])
				}
				ids[m[1]] = true
			}
			for _, m := range regexp.MustCompile(` for="([^"]+)"`).FindAllStringSubmatch(got.body, -1) {
				if !ids[m[1]] {
					t.Errorf("%s has a label for %s, which is not there", path, m[1])
				}
			}
		}
	}
	if strings.Contains(r.get("/shop").body, testSecret) {
		t.Error("the secret is on a page")
	}
	style := r.get(stylePath)
	if style.status != 200 || !strings.Contains(style.header.Get("Cache-Control"), "immutable") || !strings.Contains(style.body, ".hazard") {
		t.Errorf("%d %v", style.status, style.header)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	for _, path := range []string{"/till/inquiry", "/till/pay", "/faults", "/shop", "/deliveries/resend", "/simulator/pay", "/simulator/faults"} {
		for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
			req, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(url.Values{"code": {code}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(name, value)
			got, err := b.do(req)
			if err != nil || got.status != http.StatusForbidden || !strings.Contains(string(got.body), "dari situs lain") {
				t.Errorf("%s with %s: %v %d", path, name, err, got.status)
			}
		}
	}
	if n := len(b.sim.state.Receipts); n != 0 {
		t.Errorf("%d receipts", n)
	}
	// The API is signed and called by servers: a foreign Origin means nothing there.
	r := b.request(http.MethodPost, pathPaymentCode, b.nextID(), createBody("INV-2"))
	r.Header.Set("Origin", "https://shop.example")
	if got, err := b.do(r); err != nil || got.status != 200 {
		t.Errorf("%v %d", err, got.status)
	}
}

func TestFaultsPage(t *testing.T) {
	b := newBench(t)
	r := b.reader()
	on := r.post("/faults", url.Values{"name": {"delay"}, "on": {"true"}, "times": {"2"}, "value": {"1,5"}, "operation": {"create", "status"}})
	on.has(t, `data-fault="delay" data-enabled="true"`, "masih 2 kali", `id="off-delay"`, "Gangguan menyala:")
	b.sim.mu.Lock()
	f := *b.sim.state.Faults[faultDelay]
	b.sim.mu.Unlock()
	if f.Value != 1.5 || f.Times != 2 || len(f.Operations) != 2 {
		t.Errorf("%+v", f)
	}
	r.post("/faults", url.Values{"name": {"delay"}, "on": {"false"}}).has(t, `data-fault="delay" data-enabled="false"`)
	for _, bad := range []url.Values{
		{"name": {"none"}, "on": {"true"}},
		{"name": {"delay"}, "on": {"true"}, "times": {"x"}},
		{"name": {"delay"}, "on": {"true"}, "value": {"x"}},
		{"name": {"delay"}, "on": {"true"}, "value": {"-9"}},
	} {
		if got := r.post("/faults", bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, got.status)
		}
	}
	b.fault(`{"name":"clock","on":true}`)
	if got := r.post("/faults", url.Values{"reset": {"true"}}); strings.Contains(got.body, `data-enabled="true"`) {
		t.Error("still on after reset")
	}
}

func TestShopPage(t *testing.T) {
	b := newBench(t)
	r := b.reader()
	r.get("/shop").has(t, b.merchant.url+"/doku/notifications", testClient)
	r.post("/shop", url.Values{"notification": {"http://127.0.0.1:9/a"}, "inquiry": {""}}).has(t, "http://127.0.0.1:9/a")
	if got := r.post("/shop", url.Values{"notification": {"javascript:1"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", got.status)
	}
	if got := b.machine("/simulator/urls", `{"notification":"http://127.0.0.1:9/b","inquiry":""}`); got.status != 200 || got.text(t, "notification") != "http://127.0.0.1:9/b" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := b.machine("/simulator/urls", `{"notification":"/b"}`); got.status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestReceiptIsFortyColumns(t *testing.T) {
	b := newBench(t)
	body := strings.Replace(createBody("INV-"+strings.Repeat("9", 50)), `"customer":{`, `"alfa_info":{"receipt":{"footer_message":"`+strings.Repeat("a", 40)+strings.Repeat("b", 40)+strings.Repeat("c", 40)+`"}},"additional_info":{"insurance_info":{"policy_type":"Dana Pendidikan","bill_due_date":"21 May 2021"}},"customer":{`, 1)
	code := b.call(http.MethodPost, pathPaymentCode, body).text(t, "online_to_offline_info.payment_code")
	b.reader().post("/till/inquiry", url.Values{"code": {code}}).has(t, "Dana Pendidikan", "21 May 2021")
	b.mustPay(code, `,"trx":"1246"`)
	paper := b.sim.state.Receipts[0].paper()
	for line := range strings.SplitSeq(paper, "\n") {
		if len([]rune(line)) > receiptWidth {
			t.Errorf("%q is longer than %d", line, receiptWidth)
		}
	}
	for _, want := range []string{
		strings.Repeat("a", 40) + "\n" + strings.Repeat("b", 40) + "\n" + strings.Repeat("c", 40) + "\n",
		"POLIS                    Dana Pendidikan", "#1246", "KODE BAYAR           " + grouped(code), "BUKAN UANG SUNGGUHAN",
	} {
		if !strings.Contains(paper, want) {
			t.Errorf("no %q in\n%s", want, paper)
		}
	}
}

func TestFooterLines(t *testing.T) {
	for footer, want := range map[string]string{
		"":                                      "",
		"Call Center 021 555-0525":              "Call Center 021 555-0525",
		strings.Repeat("x", 41):                 strings.Repeat("x", 40) + "|x",
		"a\nb\nc\nd":                            "a|b|c",
		strings.Repeat("é", 80) + "z":           strings.Repeat("é", 40) + "|" + strings.Repeat("é", 40) + "|z",
		"one" + strings.Repeat(" ", 37) + "two": "one" + strings.Repeat(" ", 37) + "|two",
	} {
		if got := strings.Join(footerLines(footer), "|"); got != want {
			t.Errorf("%q: %q, want %q", footer, got, want)
		}
	}
}

func TestRupiah(t *testing.T) {
	for amount, want := range map[int64]string{0: "Rp0", 999: "Rp999", 1000: "Rp1.000", 150000: "Rp150.000", 999999999999: "Rp999.999.999.999", -1500: "Rp-1.500"} {
		if got := rupiah(amount); got != want {
			t.Errorf("%d: %s", amount, got)
		}
	}
}
