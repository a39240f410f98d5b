package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestASale walks from an empty machine to LUNAS on three open pages.
func TestASale(t *testing.T) { eachShop(t, aSale) }

func aSale(t *testing.T, s *shop) {
	v := s.visitor()
	token := SetupToken(dbtest.Key)
	if a := v.get("/setup?token=" + token); a.status != http.StatusOK || a.field("token")["value"] != token {
		t.Fatalf("the set-up page: %v", a)
	}
	a := v.post("/setup", url.Values{
		"token": {token}, "shop": {"Toko Melati"}, "name": {"Ibu Ratna"}, "email": {"Ratna@Toko.ID"}, "password": {password},
	})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
		t.Fatalf("set-up: %v", a)
	}
	if a := v.get("/"); a.status != http.StatusOK || !strings.Contains(a.body, "Toko Melati") || a.field("amount") == nil {
		t.Fatalf("the counter: %v", a)
	}

	form := v.codeForm()
	code := v.issueWith(form)
	if code.Status != payments.Active || code.Amount != 150_000 || code.CustomerName != "Budi Santoso" || code.ExpiresIn != 60 {
		t.Fatalf("the code is %+v", code)
	}
	form.Set("amount", "not even an amount")
	if again := v.issueWith(form); again.ID != code.ID {
		t.Error("the same form made a second code")
	}

	page := v.get("/codes/" + code.ID)
	if m := page.marks(); m["data-status"] != "active" || m["data-payment-code"] != code.PaymentCode || m["data-invoice"] != code.InvoiceNumber ||
		m["data-mode"] != "dgpc" || m["data-paid-total"] != "0" || m["data-expires"] == "" {
		t.Errorf("the marks are %v", m)
	}
	for _, want := range []string{"Rp150.000", s.home + "/pay/" + code.Token, code.HowToPayPage, "WITA", "Ibu Ratna"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the code's page lacks %q", want)
		}
	}
	customer := s.visitor()
	paper := customer.get("/pay/" + code.Token)
	for _, want := range []string{"Toko Melati", "Rp150.000", "untuk Budi Santoso", "WITA"} {
		if !strings.Contains(strings.Join(strings.Fields(paper.body), " "), want) {
			t.Errorf("the customer's page lacks %q", want)
		}
	}
	if got := strings.ReplaceAll(paper.textOf("code"), " ", ""); got != code.PaymentCode {
		t.Errorf("the customer reads %q", got)
	}

	list := v.get("/transactions")
	counter := v.get("/")
	streams := map[string]*listener{
		"list": v.listen(list.streamOf(), nil), "counter": v.listen(counter.streamOf(), nil),
		"code": v.listen(page.streamOf(), nil), "customer": customer.listen(paper.streamOf(), nil),
	}
	streams["list"].next("tabs", "")
	streams["counter"].next("today", "Rp0")
	streams["code"].next("panel", `data-status="active"`)
	streams["customer"].next("state", "is-unpaid")
	s.buy(code.PaymentCode)
	streams["list"].next("code-"+code.ID, `data-status="paid"`)
	streams["list"].next("tabs", "")
	streams["counter"].next("code-"+code.ID, `data-paid-total="150000"`)
	streams["counter"].next("today", "Rp150.000")
	streams["code"].next("panel", "Lunas Rp150.000 di Alfamart")
	streams["customer"].next("state", "LUNAS")

	if got := customer.get("/pay/" + code.Token); !strings.Contains(got.body, "LUNAS") || strings.Contains(got.body, code.PaymentCode) {
		t.Errorf("the customer's page afterwards: %s", got.body)
	}
	if m := v.get("/transactions").marks(); m["data-status"] != "paid" || m["data-paid-total"] != "150000" {
		t.Errorf("the list afterwards: %v", m)
	}
	if got := customer.client.Jar.Cookies(must(url.Parse(s.home))); len(got) > 0 {
		t.Errorf("the customer was given %v", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestACancel cancels with a reason, and the till then refuses.
func TestACancel(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	ask := v.get("/codes/" + code.ID + "/cancel")
	if ask.status != http.StatusOK || ask.field("reason") == nil || !strings.Contains(ask.body, "Rp150.000") {
		t.Fatalf("the question: %v", ask)
	}
	for _, reason := range []string{strings.Repeat("x", 201), "a\x00b"} {
		a := v.post("/codes/"+code.ID+"/cancel", url.Values{"reason": {reason}})
		if a.status != http.StatusUnprocessableEntity || a.mistake("reason") == "" {
			t.Errorf("reason %q: %d %q", reason, a.status, a.mistake("reason"))
		}
	}
	customer := s.visitor().listen("/pay/"+code.Token+"/events", nil)
	customer.next("state", "is-unpaid")
	a := v.post("/codes/"+code.ID+"/cancel", url.Values{"reason": {"salah jumlah"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+code.ID {
		t.Fatalf("the cancel: %v", a)
	}
	page := v.get("/codes/" + code.ID)
	if m := page.marks(); m["data-status"] != "cancelling" || !strings.Contains(page.body, "salah jumlah") {
		t.Errorf("afterwards: %v", m)
	}
	customer.next("state", "is-cancelled")
	if status, _ := s.machine("/simulator/pay", map[string]any{"code": code.PaymentCode}); status < 400 {
		t.Errorf("the till took it: %d", status)
	}
	// What can no longer be done is said, not done.
	for _, path := range []string{"/cancel", "/edit"} {
		if a := v.get("/codes/" + code.ID + path); a.status != http.StatusConflict {
			t.Errorf("GET %s afterwards: %d", path, a.status)
		}
	}
	late := url.Values{"version": {"1"}, "amount": {"90.000"}, "customer_name": {"Budi"}, "expires_in": {"60"}}
	if a := v.post("/codes/"+code.ID+"/edit", late); a.status != http.StatusSeeOther || !strings.Contains(v.get(a.header.Get("Location")).body, "Sekarang kode ini sedang dibatalkan, jadi tidak ada yang diubah.") {
		t.Errorf("changed by who had it open: %v", a)
	}
	if a := v.post("/codes/"+code.ID+"/cancel", url.Values{"reason": {"lagi"}}); a.status != http.StatusSeeOther {
		t.Errorf("cancelled twice: %d", a.status)
	}
}

// TestACancelNeedsAReason, typed or by one tap.
func TestACancelNeedsAReason(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	to := "/codes/" + code.ID + "/cancel"
	for name, form := range map[string]url.Values{"none": nil, "empty": {"reason": {""}}, "blank": {"reason": {" \t"}}} {
		if a := v.post(to, form); a.status != http.StatusUnprocessableEntity || a.mistake("reason") != "Isi alasannya." {
			t.Errorf("%s: %d %q", name, a.status, a.mistake("reason"))
		}
	}
	if m := v.get("/codes/" + code.ID).marks(); m["data-status"] != "active" {
		t.Errorf("it is %s", m["data-status"])
	}
	var taps []string
	for _, e := range v.get(to).elements("name") {
		if e[""] == "button" && e["name"] == "reason" {
			taps = append(taps, e["value"])
		}
	}
	if len(taps) < 3 {
		t.Fatalf("reasons to tap: %q", taps)
	}
	if a := v.post(to, url.Values{"reason": {taps[0]}}); a.status != http.StatusSeeOther {
		t.Fatalf("by one tap: %v", a)
	}
	if page := v.get("/codes/" + code.ID); page.marks()["data-status"] != "cancelling" || !strings.Contains(page.body, taps[0]) {
		t.Errorf("afterwards: %v", page.marks())
	}
}

// TestAnEdit changes amount and deadline at DOKU.
func TestAnEdit(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	form := func() url.Values {
		a := v.get("/codes/" + code.ID + "/edit")
		if a.status != http.StatusOK || a.field("amount")["value"] != "150.000" {
			t.Fatalf("the form: %v", a)
		}
		return url.Values{
			"version": {a.field("version")["value"]}, "amount": {"175.000"}, "customer_name": {"Budi S."}, "expires_in": {"180"},
		}
	}
	bad := form()
	bad.Set("amount", "1,5")
	if a := v.post("/codes/"+code.ID+"/edit", bad); a.status != http.StatusUnprocessableEntity || a.mistake("amount") == "" {
		t.Errorf("a bad amount: %d", a.status)
	}
	old := form()
	if a := v.post("/codes/"+code.ID+"/edit", form()); a.status != http.StatusSeeOther {
		t.Fatalf("the edit: %v", a)
	}
	// Its answer is lost, and it is sent once more.
	if a := v.post("/codes/"+code.ID+"/edit", old); a.status != http.StatusSeeOther {
		t.Errorf("the same form again: %d", a.status)
	}
	page := v.get("/codes/" + code.ID)
	if n := strings.Count(page.body, "Perubahan dikirim"); n != 1 || !strings.Contains(page.body, "Kode sudah diubah") {
		t.Errorf("%d changes: %s", n, page.textOf("main"))
	}
	for _, want := range []string{"Rp175.000", "Budi S.", "jumlah Rp150.000 → Rp175.000"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("afterwards the page lacks %q", want)
		}
	}
	// A mistake in it does not make it an edit of what is there now.
	old.Set("amount", "1,5")
	a := v.post("/codes/"+code.ID+"/edit", old)
	if seen := a.field("version")["value"]; a.status != http.StatusUnprocessableEntity || seen != old.Get("version") {
		t.Errorf("a mistake: %d, and version %s where %s was seen", a.status, seen, old.Get("version"))
	}
	// What was typed stays, beside a way to what is there now, and may be saved
	// once that is known.
	old.Set("amount", "190.000")
	a = v.post("/codes/"+code.ID+"/edit", old)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "mungkin oleh Anda sendiri") || a.field("amount")["value"] != "190.000" || !strings.Contains(a.body, `href="/codes/`+code.ID+`/edit"`) {
		t.Errorf("an edit of what was seen before: %d, %s", a.status, a.textOf("main"))
	}
	old.Set("version", a.field("version")["value"])
	if a := v.post("/codes/"+code.ID+"/edit", old); a.status != http.StatusSeeOther {
		t.Errorf("once more: %d", a.status)
	}
	// What is only alike is another wish: to have the time count anew.
	old.Set("version", v.get("/codes/" + code.ID + "/edit").field("version")["value"])
	if err := s.Service.Note(t.Context(), payments.Viewer{StaffID: code.CreatedBy, Role: payments.Cashier}, code.ID, "besok"); err != nil {
		t.Fatal(err)
	}
	if a := v.post("/codes/"+code.ID+"/edit", old); a.status != http.StatusConflict {
		t.Errorf("an edit like the one that stands: %d", a.status)
	}
}

// back is where a page that says what did not work leads to.
func (a answer) back() string {
	for _, e := range a.elements("id") {
		if e["id"] == "back" {
			return e["href"]
		}
	}
	return ""
}

// TestTheWayBack from a page that says what did not work leads to what it was
// about, as far as the reader may open that.
func TestTheWayBack(t *testing.T) {
	s := newShop(t)
	ibu, sari, dewi := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier), s.member("dewi", payments.Accountant)
	c := sari.sold()
	for _, w := range []struct {
		v            *visitor
		method, path string
		status       int
		back         string
	}{
		{ibu, "GET", "/codes/" + c.ID + "/edit", http.StatusConflict, "/codes/" + c.ID},
		{ibu, "GET", "/codes/" + c.ID + "/cancel", http.StatusConflict, "/codes/" + c.ID},
		{dewi, "GET", "/codes/" + c.ID + "/edit", http.StatusForbidden, "/codes/" + c.ID},
		{dewi, "POST", "/codes", http.StatusForbidden, "/"},
		{sari, "GET", "/settings/doku", http.StatusForbidden, "/"},
		{dewi, "POST", "/settings/logo", http.StatusForbidden, "/"},
		{sari, "GET", "/codes/nowhere/edit", http.StatusNotFound, "/"},
		{sari, "GET", "/nowhere/at/all", http.StatusNotFound, "/"},
	} {
		a := w.v.get(w.path)
		if w.method == http.MethodPost {
			a = w.v.post(w.path, url.Values{})
		}
		if back := a.back(); a.status != w.status || back != w.back {
			t.Errorf("%s %s: %d, back to %q, want %d and %q", w.method, w.path, a.status, back, w.status, w.back)
		}
	}
}

// TestAPaidCodeThatIsToBePayableOnce is told why not, in both languages.
func TestAPaidCodeThatIsToBePayableOnce(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	form.Set("reusable", "true")
	code := v.issueWith(form)
	s.buy(code.PaymentCode)
	s.eventually("it is paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).PaidCount == 1 })
	edit := url.Values{
		"version": {v.get("/codes/" + code.ID + "/edit").field("version")["value"]}, "amount": {"150.000"}, "customer_name": {"Budi S."}, "expires_in": {"180"},
	}
	for lang, want := range map[string]string{"id": "tetap bisa dibayar berkali-kali", "en": "stays one that can be paid more than once"} {
		if a := v.post("/codes/"+code.ID+"/edit?lang="+lang, edit); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("in %s: %d, does not say %q", lang, a.status, want)
		}
	}
	edit.Set("reusable", "true")
	if a := v.post("/codes/"+code.ID+"/edit", edit); a.status != http.StatusSeeOther {
		t.Errorf("left as it is: %v", a)
	}
}

// TestOutcomes holds what the cashier sees when DOKU refuses, or does not
// answer.
func TestOutcomes(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		s := newShop(t)
		v := s.member("sari", payments.Cashier)
		s.fault("refuse_channel_inactive")
		code := v.issue()
		page := v.get("/codes/" + code.ID)
		if m := page.marks(); m["data-status"] != "rejected" || m["data-payment-code"] != "" {
			t.Errorf("the marks are %v", m)
		}
		for _, want := range []string{"belum aktif untuk toko ini", "CHANNEL IS INACTIVE", "/codes/new?from=" + code.ID} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if strings.Contains(page.body, "/pay/") {
			t.Error("the page offers a customer's link to a code that does not exist")
		}
		again := v.get("/codes/new?from=" + code.ID)
		if again.field("amount")["value"] != "150.000" || again.field("customer_name")["value"] != "Budi Santoso" || again.field("form_id")["value"] == code.FormID {
			t.Errorf("the form to make it again: %v", again)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		s := newShop(t)
		v := s.member("sari", payments.Cashier)
		s.fault("cut_before")
		code := v.issue()
		page := v.get("/codes/" + code.ID)
		if m := page.marks(); m["data-status"] != "unknown" || !strings.Contains(page.body, "Belum ada kepastian dari DOKU") {
			t.Fatalf("the page: %v", m)
		}
		if page.field("form_id")["value"] != code.FormID {
			t.Error("pressing again would make another code")
		}
		if paper := s.visitor().get("/pay/" + code.Token); !strings.Contains(paper.body, "is-wait") {
			t.Error("the customer is not told to wait")
		}
		if page := v.get("/codes/new?from=" + code.ID); page.field("replaces") != nil {
			t.Error("another code is offered in its place at once")
		}
		s.machine("/simulator/faults", map[string]any{"name": "cut_before", "on": false})
		if again := v.issueWith(url.Values{"form_id": {code.FormID}}); again.ID != code.ID || again.Status != payments.Active {
			t.Errorf("pressing again: %+v", again)
		}
	})
	t.Run("no answer for long", func(t *testing.T) {
		s := newShop(t)
		v := s.member("sari", payments.Cashier)
		s.fault("cut_before")
		lost := v.issue()
		s.machine("/simulator/faults", map[string]any{"name": "cut_before", "on": false})
		s.ahead.Add(int64(3 * time.Minute))
		page := v.get("/codes/new?from=" + lost.ID)
		if page.field("replaces")["value"] != lost.ID {
			t.Fatalf("the form does not say what it replaces: %v", page.field("replaces"))
		}
		form := v.codeForm()
		form.Set("replaces", lost.ID)
		form.Set("amount", "x")
		a := v.post("/codes?from="+lost.ID, form)
		if a.field("replaces")["value"] != lost.ID {
			t.Error("a mistake makes the form forget it")
		}
		if get := a.elements("data-get"); len(get) != 1 || v.get(get[0]["data-get"]).field("replaces")["value"] != lost.ID {
			t.Errorf("Back finds %v", get)
		}
		form.Set("amount", "150000")
		made := v.issueWith(form)
		if after := must(s.Store.Code(t.Context(), lost.ID)); after.ReplacedBy != made.ID || made.Status != payments.Active {
			t.Errorf("the lost code is %+v, the new one %s", after, made.Status)
		}
		form = v.codeForm()
		form.Set("replaces", "../x")
		if a := v.post("/codes", form); a.status != http.StatusUnprocessableEntity {
			t.Errorf("what is no code: %d", a.status)
		}
	})
}

// TestThePhoneIsChanged on the same form, at once and without DOKU, which never
// hears of it; who leaves the field out keeps what is there.
func TestThePhoneIsChanged(t *testing.T) { eachShop(t, thePhoneIsChanged) }

func thePhoneIsChanged(t *testing.T, s *shop) {
	sari := s.member("sari", payments.Cashier)
	form := sari.codeForm()
	form.Set("customer_phone", "0812-3456-7890")
	code := sari.issueWith(form)
	at := "/codes/" + code.ID + "/edit"
	now := func() payments.Code { return must(s.Store.Code(t.Context(), code.ID)) }
	edit := func(phone ...string) url.Values {
		page := sari.get(at)
		f := url.Values{"version": {page.field("version")["value"]}, "amount": {"150.000"}, "customer_name": {code.CustomerName}, "expires_in": {"60"}}
		if len(phone) > 0 {
			if got := page.field("customer_phone")["value"]; got != now().CustomerPhone {
				t.Errorf("the form has the phone %q", got)
			}
			f["customer_phone"] = phone
		}
		return f
	}
	if a := sari.post(at, edit("12")); a.status != http.StatusUnprocessableEntity || a.mistake("customer_phone") == "" {
		t.Errorf("not a phone: %d", a.status)
	}
	if a := sari.post(at, edit()); a.status != http.StatusSeeOther || now().CustomerPhone != "0812-3456-7890" {
		t.Errorf("left out: %d, %q", a.status, now().CustomerPhone)
	}
	if a := sari.post(at, edit("0857 1111 2222")); a.status != http.StatusSeeOther || now().CustomerPhone != "0857 1111 2222" {
		t.Errorf("changed: %d, %q", a.status, now().CustomerPhone)
	}
	for _, x := range must(s.Store.ExchangesOf(t.Context(), code.ID)) {
		if strings.Contains(string(x.RequestBody), "1111") {
			t.Error("DOKU was told the phone")
		}
	}
	if page := sari.get("/codes/" + code.ID); !strings.Contains(page.body, "HP 0812-3456-7890 → 0857 1111 2222") || !strings.Contains(page.body, "wa.me/6285711112222") {
		t.Error("the page does not tell")
	}
	if found := sari.get("/transactions?q=085711112222"); !strings.Contains(found.body, code.InvoiceNumber) {
		t.Error("not found by its new phone")
	}
	if a := sari.post(at, edit("")); a.status != http.StatusSeeOther || now().CustomerPhone != "" {
		t.Errorf("emptied: %d, %q", a.status, now().CustomerPhone)
	}
}

// TestACodePaidMoreThanOnceIsStillValid, and is not called unpaid: on its page,
// in lists and in files.
func TestACodePaidMoreThanOnceIsStillValid(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	form := ibu.codeForm()
	form.Set("reusable", "true")
	code := ibu.issueWith(form)
	if page := ibu.get("/codes/" + code.ID); !strings.Contains(page.body, ">Belum dibayar</span>") {
		t.Error("before any payment")
	}
	for n := 1; n <= 2; n++ {
		s.buy(code.PaymentCode)
		s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).PaidCount == n })
	}
	for _, path := range []string{"/codes/" + code.ID, "/transactions"} {
		page := ibu.get(path)
		if !strings.Contains(page.body, ">Masih berlaku</span>") || page.elements("data-status")[0]["data-status"] != "active" {
			t.Errorf("%s does not say that it may be paid again", path)
		}
	}
	if list := ibu.get("/transactions"); !strings.Contains(list.body, "2× dibayar, Rp300.000") {
		t.Error("the list does not tell how often and how much")
	}
	if rows := ibu.get("/transactions.csv").sheetOf(t, "csv"); rows[1][1] != "Masih berlaku" {
		t.Errorf("the file says %q", rows[1][1])
	}
}

// TestTheCustomerWasFaster: money of before a cancel that DOKU refused for it
// is told as that, whoever brings the news; money of later is not.
func TestTheCustomerWasFaster(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	const faster = "Keburu dibayar."
	s.fault("never_notify")
	code := v.issue()
	s.buy(code.PaymentCode)
	v.post("/codes/"+code.ID+"/cancel", url.Values{"reason": {"salah jumlah"}})
	if m := v.get("/codes/" + code.ID).marks(); m["data-status"] != "active" {
		t.Fatalf("a paid code's cancel is not refused: %v", m)
	}
	v.post("/codes/"+code.ID+"/check", nil)
	if page := v.get("/codes/" + code.ID); page.marks()["data-status"] != "paid" || !strings.Contains(page.body, faster) {
		t.Errorf("paid before the cancel: %v", page.marks())
	}
	at := s.Now().UTC()
	events := []payments.Event{
		{Kind: payments.EventCancelAsked, At: at.Add(-time.Second)}, {Kind: payments.EventCancelRefused, At: at}, {Kind: payments.EventPaid, At: at.Add(time.Hour)},
	}
	for after, want := range map[time.Duration]bool{-time.Second: true, time.Second: false} {
		if got := overtaken(events, payments.Payment{Date: at.Add(after)}); got != want {
			t.Errorf("money of %s after the refusal: %t", after, got)
		}
	}
}
