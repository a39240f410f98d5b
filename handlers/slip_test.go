package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

// TestTheSlip holds the paper to what its reader needs. That the symbols read
// back exactly is shown in views/barcode; here they must be those of this code
// and this link.
func TestTheSlip(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	c := v.issue()
	bars, err := barcode.Code128(c.PaymentCode)
	if err != nil {
		t.Fatal(err)
	}
	link := s.home + "/pay/" + c.Token
	square, err := barcode.QR(link)
	if err != nil {
		t.Fatal(err)
	}
	a := v.get("/codes/" + c.ID + "/slip")
	for _, want := range []string{bars.Path(), square.Path(), "Rp150.000", "WITA", "mau bayar DOKU", "SIMULATOR", c.InvoiceNumber} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the slip lacks %.60q", want)
		}
	}
	if got := strings.ReplaceAll(a.textOf("code"), " ", ""); got != c.PaymentCode {
		t.Errorf("the slip says the code is %q, want %q", got, c.PaymentCode)
	}
	page := v.get("/codes/" + c.ID)
	if !strings.Contains(page.body, bars.Path()) || !strings.Contains(page.body, square.Path()) {
		t.Error("the code's page lacks barcode or QR")
	}
	var whatsApp string
	for _, e := range page.elements("id") {
		if e["id"] == "share-whatsapp" {
			whatsApp = e["href"]
		}
	}
	u, err := url.Parse(whatsApp)
	if err != nil || u.Host != "wa.me" || strings.Contains(whatsApp, "+") {
		t.Fatalf("the WhatsApp link is %q", whatsApp)
	}
	for _, want := range []string{"Rp150.000", fours(c.PaymentCode), link, "WITA"} {
		if !strings.Contains(u.Query().Get("text"), want) {
			t.Errorf("the message lacks %q", want)
		}
	}

	paid := v.sold()
	a = v.get("/codes/" + paid.ID + "/slip")
	if a.textOf("state") != "LUNAS" || !strings.Contains(a.body, "Alfamart, gerai T001, transaksi ") || strings.Contains(a.body, `class="bars"`) {
		t.Errorf("the slip of a paid code:\n%s", a.body)
	}
	if a := s.member("budi", payments.Cashier).get("/codes/" + c.ID + "/slip"); a.status != http.StatusNotFound {
		t.Errorf("another cashier's slip: %d", a.status)
	}
}

// TestOnlyWhatCanBePaidIsSharedToBePaid: the page of a code that is paid, being
// cancelled, over or under review sends nobody to a till.
func TestOnlyWhatCanBePaidIsSharedToBePaid(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	toPay := []string{`id="copy-code"`, `id="how-to-pay"`, "Bagikan lewat WhatsApp", "mau bayar DOKU", "Barcode kode bayar"}
	open, review, cancelled, paid := ibu.issue(), ibu.issue(), ibu.issue(), ibu.sold()
	s.overpay(review, 99_000)
	ibu.post("/codes/"+cancelled.ID+"/cancel", url.Values{"reason": {"salah"}})
	if c := must(s.Store.Code(t.Context(), cancelled.ID)); c.Status == payments.Active {
		t.Fatal("not cancelled")
	}
	for name, c := range map[string]payments.Code{"open": open, "review": review, "cancelled": cancelled, "paid": paid} {
		page := ibu.get("/codes/" + c.ID)
		for _, words := range toPay {
			if strings.Contains(page.body, words) != (name == "open") {
				t.Errorf("%s: %q shown: %v", name, words, name != "open")
			}
		}
		if proof := strings.Contains(page.body, "Kirim bukti lewat WhatsApp") && strings.Contains(page.body, "sudah%20dibayar"); proof != (name == "paid") {
			t.Errorf("%s: proof to send: %v", name, proof)
		}
		if bars := strings.Contains(ibu.get("/codes/"+c.ID+"/slip").body, `class="bars"`); bars != (name == "open") {
			t.Errorf("%s: a barcode on its slip: %v", name, bars)
		}
	}
}

func TestWhatsAppNumber(t *testing.T) {
	for phone, want := range map[string]string{
		"0812-3456-7890": "6281234567890", "+62 812 3456 7890": "6281234567890", "": "", "021 555 1234": "", "+1 555": "",
	} {
		if got := whatsApp(phone, "a b"); got != "https://wa.me/"+want+"?text=a%20b" {
			t.Errorf("%q: %s", phone, got)
		}
	}
}

func TestWhyUnpaid(t *testing.T) {
	at := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	cal := calendar{time.UTC, views.English, at}
	code := func(change func(*payments.Code)) payments.Code {
		c := payments.Code{Status: payments.Active, PaymentCode: "1", Mode: payments.DGPC, ExpiresAt: at, Environment: payments.Production}
		change(&c)
		return c
	}
	event := func(k payments.EventKind, name, value string) []payments.Event {
		return []payments.Event{{At: at, Kind: k, Detail: map[string]string{name: value}}}
	}
	for name, test := range map[string]struct {
		code   payments.Code
		events []payments.Event
		id, en string // "" for no answer at all
	}{
		"paid":        {code(func(c *payments.Code) { c.Status, c.PaidCount = payments.Paid, 1 }), nil, "", ""},
		"refused":     {code(func(c *payments.Code) { c.Status = payments.Rejected }), nil, "", ""},
		"no news":     {code(func(*payments.Code) {}), nil, "Belum ada pemberitahuan", "no notification"},
		"not opened":  {code(func(*payments.Code) {}), nil, "belum pernah dibuka", "never opened"},
		"opened":      {code(func(c *payments.Code) { c.ViewedAt = at }), nil, "dibuka 07.00 UTC", "opened 07.00 UTC"},
		"expired":     {code(func(c *payments.Code) { c.Status = payments.Expired }), nil, "Batas waktunya lewat 07.00", "deadline passed 07.00"},
		"cancelling":  {code(func(c *payments.Code) { c.Status = payments.Cancelling }), nil, "Sedang dibatalkan", "being cancelled"},
		"cancelled":   {code(func(c *payments.Code) { c.Status = payments.Cancelled }), nil, "Sudah dibatalkan", "was cancelled"},
		"in review":   {code(func(c *payments.Code) { c.Review = 1 }), nil, "perlu dicek", "needs a look"},
		"pending":     {code(func(*payments.Code) {}), event(payments.EventChecked, "status", "PENDING"), "ditanya 07.00 UTC: belum dibayar", "asked 07.00 UTC: not paid yet"},
		"failed":      {code(func(*payments.Code) {}), event(payments.EventTold, "status", "FAILED"), "kabar 07.00 UTC: gagal", "told 07.00 UTC: failed"},
		"not asked":   {code(func(c *payments.Code) { c.Mode = payments.DIPC }), nil, "belum pernah menanyakan", "No till has asked"},
		"accepted":    {code(func(c *payments.Code) { c.Mode = payments.DIPC }), event(payments.EventInquired, "answer", "success"), "dan diterima", "it was accepted"},
		"declined":    {code(func(c *payments.Code) { c.Mode = payments.DIPC }), event(payments.EventInquired, "answer", "decline"), "ditolak: kodenya dibatalkan", "declined: the code is cancelled"},
		"sandbox":     {code(func(c *payments.Code) { c.Environment = payments.Sandbox }), nil, "kode sandbox", "sandbox code"},
		"a simulator": {code(func(c *payments.Code) { c.Environment = payments.Simulator }), nil, "kode simulator", "simulator's code"},
	} {
		var id, en strings.Builder
		for _, a := range whyUnpaid(cal, test.code, test.events) {
			id.WriteString(a.id + "\n")
			en.WriteString(a.en + "\n")
		}
		if test.en == "" && en.Len() > 0 || !strings.Contains(id.String(), test.id) || !strings.Contains(en.String(), test.en) {
			t.Errorf("%s: says %q %q", name, id.String(), en.String())
		}
	}
}
