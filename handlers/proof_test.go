package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestCheckScreen: a yes only for one code that is paid and not handed over,
// only for what the member may see, and the second time it says who did.
func TestCheckScreen(t *testing.T) { eachShop(t, checkScreen) }

func checkScreen(t *testing.T, s *shop) {
	sari, wati := s.member("sari", payments.Cashier), s.member("wati", payments.Cashier)
	code := sari.issue()
	verdict := func(v *visitor, typed string) string {
		a := v.get("/check?q=" + url.QueryEscape(typed))
		if a.status != http.StatusOK {
			t.Errorf("%q: %d", typed, a.status)
		}
		if found := a.elements("data-proof"); len(found) == 1 {
			return found[0]["data-proof"]
		}
		return ""
	}
	end := code.PaymentCode[len(code.PaymentCode)-6:]
	link := s.home + "/pay/" + code.Token
	ways := []string{end, code.PaymentCode, fours(code.PaymentCode), link, link + "?lang=en", code.Token}
	for _, typed := range ways {
		if got := verdict(sari, typed); got != "no" {
			t.Errorf("unpaid, %q: %q", typed, got)
		}
		if got := verdict(wati, typed); got != "" {
			t.Errorf("another's code, %q: %q", typed, got)
		}
	}
	if a := sari.post("/codes/"+code.ID+"/handover", nil); a.status != http.StatusSeeOther || !strings.Contains(sari.get(a.header.Get("Location")).body, "Belum lunas") {
		t.Errorf("handed over unpaid: %d", a.status)
	}
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	for _, typed := range ways {
		if got := verdict(sari, typed); got != "yes" {
			t.Errorf("paid, %q: %q", typed, got)
		}
	}
	if a := wati.post("/codes/"+code.ID+"/handover", nil); a.status != http.StatusNotFound {
		t.Errorf("another hands over: %d", a.status)
	}
	for _, want := range []string{"Dicatat", "sebelumnya"} {
		a := sari.post("/codes/"+code.ID+"/handover", nil)
		page := sari.get(a.header.Get("Location"))
		if a.status != http.StatusSeeOther || !strings.Contains(page.body, want) || !strings.Contains(page.body, "WITA oleh sari") {
			t.Errorf("handed over: %d, without %q or by whom", a.status, want)
		}
	}
	if got := verdict(sari, end); got != "before" {
		t.Errorf("handed over, still %q", got)
	}
	handed := 0
	for _, e := range must(s.Store.Timeline(t.Context(), code.ID)) {
		if e.Kind == payments.EventHandedOver && strings.HasPrefix(e.Actor, "staff:") {
			handed++
		}
	}
	if handed != 1 || !strings.Contains(sari.get("/codes/"+code.ID).body, "Sudah diserahkan") {
		t.Errorf("the timeline tells of %d handings over", handed)
	}
	for _, short := range []string{"1", "123", "..."} {
		if a := sari.get("/check?q=" + short); a.status != http.StatusUnprocessableEntity || a.mistake("q") == "" {
			t.Errorf("%q: %d %q", short, a.status, a.mistake("q"))
		}
	}
	if a := sari.get("/check"); !strings.Contains(a.header.Get("Permissions-Policy"), "camera=(self)") {
		t.Errorf("the camera: %s", a.header.Get("Permissions-Policy"))
	}
	if a := sari.get("/transactions"); !strings.Contains(a.header.Get("Permissions-Policy"), "camera=()") || !strings.Contains(a.body, `href="/check"`) {
		t.Error("the camera elsewhere, or no way to the page")
	}
}

// TestSeveralProofs are listed, and no yes is given.
func TestSeveralProofs(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	for _, number := range []string{"6059000011117777", "6059000022227777"} {
		form := owner.codeForm()
		form.Set("mode", "dipc")
		form.Set("payment_code", number)
		owner.issueWith(form)
	}
	a := owner.get("/check?q=7777")
	if links := strings.Count(a.body, "/check?code="); a.status != http.StatusOK || links != 2 || len(a.elements("data-proof")) != 0 {
		t.Errorf("%d with %d links", a.status, links)
	}
	if a := owner.get("/check?q=11117777"); len(a.elements("data-proof")) != 1 {
		t.Error("more digits do not tell them apart")
	}
}

// TestTooManyProofs holds one member back, and no other.
func TestTooManyProofs(t *testing.T) {
	s := newShop(t)
	sari, wati := s.member("sari", payments.Cashier), s.member("wati", payments.Cashier)
	var last answer
	for range 40 {
		if last = sari.get("/check?q=0000"); last.status != http.StatusOK {
			break
		}
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("without end: %d", last.status)
	}
	if a := wati.get("/check?q=0000"); a.status != http.StatusOK {
		t.Errorf("the other: %d", a.status)
	}
}

// TestProofOfMoneyGivenBack: what was given back, or waits to be, is no proof any
// more; in part, the screen says what is left. All who only read LUNAS are told.
func TestProofOfMoneyGivenBack(t *testing.T) { eachShop(t, proofOfMoneyGivenBack) }

func proofOfMoneyGivenBack(t *testing.T, s *shop) {
	sari := s.member("sari", payments.Cashier)
	c := sari.sold()
	back := func(amount, already string) {
		t.Helper()
		a := sari.post("/codes/"+c.ID+"/refunds", url.Values{"amount": {amount}, "method": {"cash"}, "reason": {"batal"}, "already": {already}})
		if a.status != http.StatusSeeOther {
			t.Fatal(a)
		}
	}
	look := func(says ...string) string {
		t.Helper()
		a := sari.get("/check?q=" + c.PaymentCode[len(c.PaymentCode)-6:])
		for _, want := range says {
			if !strings.Contains(a.body, want) {
				t.Errorf("the check screen lacks %q", want)
			}
		}
		if found := a.elements("data-proof"); len(found) == 1 {
			return found[0]["data-proof"]
		}
		return ""
	}
	told := func(amount string) {
		t.Helper()
		if got := sari.get("/codes/" + c.ID).textOf("beside"); got != "dikembalikan "+amount {
			t.Errorf("the code's heading says %q", got)
		}
		row := sari.get("/transactions")
		if m := row.marks(); "Rp"+grouped(number(m["data-refunded"])) != amount || !strings.Contains(row.body, "dikembalikan "+amount) {
			t.Errorf("the list says %q, %v", row.textOf("code-"+c.ID), m)
		}
		for _, path := range []string{"/pay/" + c.Token, "/codes/" + c.ID + "/slip"} {
			if a := sari.get(path); !strings.Contains(a.body, "mengembalikan "+amount) && !strings.Contains(a.body, "dikembalikan "+amount) {
				t.Errorf("%s does not tell of %s", path, amount)
			}
		}
	}
	back("50.000", "0")
	if got := look("LUNAS", "dikembalikan Rp50.000, tersisa Rp100.000"); got != "yes" {
		t.Errorf("in part: %q", got)
	}
	told("Rp50.000")

	list := sari.listen(sari.get("/transactions").streamOf(), nil)
	back("100.000", "50000")
	list.next("code-"+c.ID, "dikembalikan Rp150.000")
	if got := look("Uangnya sudah dikembalikan"); got != "before" {
		t.Errorf("wholly given back: %q", got)
	}
	told("Rp150.000")
	if strings.Contains(sari.get("/codes/"+c.ID).body, `id="do-handover"`) {
		t.Error("the handing over is still offered")
	}
	a := sari.post("/codes/"+c.ID+"/handover", nil)
	if page := sari.get(a.header.Get("Location")); strings.Contains(page.body, "Dicatat") || !strings.Contains(page.body, "tidak diserahkan") {
		t.Errorf("and the goods are handed over: %d", a.status)
	}
	for _, e := range must(s.Store.Timeline(t.Context(), c.ID)) {
		if e.Kind == payments.EventHandedOver {
			t.Error("the timeline says that they were")
		}
	}
}

// TestProofOfMoneyToGoBack: a refund that waits for a second person holds the
// goods back as well.
func TestProofOfMoneyToGoBack(t *testing.T) {
	s := newShop(t)
	if err := s.Store.ChangeSettings(t.Context(), payments.ActorShell, s.Now(), func(x *payments.Settings) error { x.SecondAbove = 100_000; return nil }); err != nil {
		t.Fatal(err)
	}
	sari := s.member("sari", payments.Cashier)
	c := sari.sold()
	if a := sari.post("/codes/"+c.ID+"/refunds", url.Values{"amount": {"150.000"}, "method": {"cash"}, "reason": {"batal"}}); a.status != http.StatusSeeOther {
		t.Fatal(a)
	}
	a := sari.get("/check?code=" + c.ID)
	if found := a.elements("data-proof"); len(found) != 1 || found[0]["data-proof"] != "before" || !strings.Contains(a.body, "menunggu orang kedua") {
		t.Errorf("the check screen: %v", found)
	}
}

// TestPracticeProvesNothing: once the shop takes real money, a code of the
// simulator gives no yes, whichever way it is asked for, and what shows it wears
// its mark.
func TestPracticeProvesNothing(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	c, open := sari.sold(), sari.issue()
	s.Service.Environment = payments.Production
	for _, typed := range []string{c.PaymentCode, s.home + "/pay/" + c.Token, c.Token} {
		if a := sari.get("/check?q=" + url.QueryEscape(typed)); a.status != http.StatusOK || len(a.elements("data-proof")) != 0 {
			t.Errorf("%q: %d with %v", typed, a.status, a.elements("data-proof"))
		}
	}
	if a := sari.get("/check?code=" + c.ID); a.status != http.StatusNotFound {
		t.Errorf("by its id: %d", a.status)
	}
	if a := sari.post("/codes/"+c.ID+"/handover", nil); a.status != http.StatusNotFound {
		t.Errorf("handed over: %d", a.status)
	}
	if a := sari.get("/transactions"); strings.Contains(a.body, "env-simulator") {
		t.Error("the bar stands over the list of real money")
	}
	for _, path := range []string{
		"/codes/" + c.ID, "/codes/" + c.ID + "/slip", "/codes/" + c.ID + "/notes", "/codes/" + c.ID + "/refunds",
		"/codes/" + open.ID, "/pay/" + c.Token, "/pay/" + open.Token,
	} {
		if a := sari.get(path); a.status != http.StatusOK || !strings.Contains(a.body, "SIMULATOR") {
			t.Errorf("%s: %d, without its mark", path, a.status)
		}
	}
	if strings.Contains(sari.get("/codes/"+c.ID).body, `id="do-handover"`) {
		t.Error("the handing over is offered")
	}
	state := must(s.payState(&visit{life: t.Context(), lang: "id"}, c))
	if bar := s.card("id", c.Environment, state).Bar; !strings.Contains(bar, "SIMULATOR") {
		t.Errorf("the picture's bar: %q", bar)
	}
}

// TestAnotherEnvironmentsCode cannot be checked, changed or cancelled, and says
// why: as a greyed button, and as an answer to who posts all the same.
func TestAnotherEnvironmentsCode(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	c := sari.issue()
	form := sari.get("/codes/" + c.ID + "/edit")
	s.Service.Environment = payments.Production
	page := sari.get("/codes/" + c.ID)
	for _, id := range []string{"do-check", "do-edit", "do-cancel"} {
		for _, e := range page.elements("id") {
			if _, off := e["disabled"]; e["id"] == id && !off {
				t.Errorf("%s is offered", id)
			}
		}
	}
	if !strings.Contains(page.body, "lingkungan DOKU yang lain, jadi tidak bisa dicek") {
		t.Error("the page does not say why")
	}
	for _, a := range []answer{
		sari.get("/codes/" + c.ID + "/edit"), sari.get("/codes/" + c.ID + "/cancel"),
		sari.post("/codes/"+c.ID+"/check", nil),
		sari.post("/codes/"+c.ID+"/cancel", url.Values{"reason": {"salah"}}),
		sari.post("/codes/"+c.ID+"/edit", url.Values{"version": {form.field("version")["value"]}, "amount": {"175.000"}, "customer_name": {"Budi"}, "expires_in": {"60"}}),
	} {
		if a.status != http.StatusConflict || !strings.Contains(a.body, "lingkungan DOKU yang lain") {
			t.Errorf("%d", a.status)
		}
	}
	if now := must(s.Store.Code(t.Context(), c.ID)); now.Status != payments.Active || now.Amount != c.Amount {
		t.Errorf("it is %s of %d", now.Status, now.Amount)
	}
}

// TestGoodsWaitWhileSomebodyMustLook: of money that counts, but came late, after a
// cancel or with an amount of before, nobody is told to hand the goods over before
// somebody has looked, and the customer is told to ask; no longer than that.
func TestGoodsWaitWhileSomebodyMustLook(t *testing.T) { eachShop(t, goodsWait) }

func goodsWait(t *testing.T, s *shop) {
	sari := s.member("sari", payments.Cashier)
	cancel := func(c payments.Code) payments.Code {
		sari.post("/codes/"+c.ID+"/cancel", url.Values{"reason": {"bayar tunai"}})
		s.eventually("cancelled", func() bool { return !must(s.Store.Code(t.Context(), c.ID)).CancelledAt.IsZero() })
		return must(s.Store.Code(t.Context(), c.ID))
	}
	for name, test := range map[string]struct {
		pay             func(payments.Code)
		staff, customer string // nothing: the goods need not wait
	}{
		"in time":              {func(c payments.Code) { s.notify(c, s.Now()) }, "", ""},
		"faster than a cancel": {func(c payments.Code) { s.notify(c, cancel(c).CancelledAt.Add(-10*time.Second)) }, "", ""},
		"after a cancel":       {func(c payments.Code) { s.notify(c, cancel(c).CancelledAt.Add(10*time.Second)) }, "setelah kodenya dibatalkan", "setelah kodenya dibatalkan toko"},
		"late":                 {func(c payments.Code) { s.notify(c, c.ExpiresAt.Add(time.Minute)) }, "dibayar setelah batas waktu", "setelah batas waktu"},
		"late, and cancelled":  {func(c payments.Code) { s.notify(cancel(c), c.ExpiresAt.Add(time.Minute)) }, "dibayar setelah batas waktu, tercatat setelah kodenya dibatalkan", "dibatalkan toko"},
		"of before an edit": {func(c payments.Code) {
			if a := sari.post("/codes/"+c.ID+"/edit", editOf(sari, c, "175.000")); a.status != http.StatusSeeOther {
				t.Fatal(a)
			}
			s.eventually("changed", func() bool { return must(s.Store.Code(t.Context(), c.ID)).Amount == 175_000 })
			s.notify(c, s.Now())
		}, "jumlah sebelum diubah", "sebelum kode ini diubah"},
		"late, besides what counts": {func(c payments.Code) {
			s.notify(c, s.Now())
			s.notify(c, c.ExpiresAt.Add(time.Minute))
		}, "", ""},
	} {
		code := sari.issue()
		test.pay(code)
		s.eventually(name+": paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
		green := func(when string) {
			proof := sari.get("/check?code=" + code.ID)
			if look := proof.elements("data-proof")[0]["data-proof"]; look != "yes" || !strings.Contains(proof.body, "/handover") {
				t.Errorf("%s%s: /check says %q", name, when, look)
			}
			if page := sari.get("/pay/" + code.Token); !strings.Contains(page.body, "Terima kasih") || strings.Contains(page.body, "ubungi toko") || strings.Contains(page.body, "dibatalkan") {
				t.Errorf("%s%s: the customer reads %q", name, when, page.textOf("state"))
			}
		}
		if test.staff == "" {
			green("")
			continue
		}
		proof := sari.get("/check?code=" + code.ID)
		if look := proof.elements("data-proof")[0]["data-proof"]; look != "before" || !strings.Contains(proof.body, "jangan serahkan dulu") || strings.Contains(proof.body, "/handover") || !strings.Contains(proof.body, test.staff) {
			t.Errorf("%s: /check says %q: %s", name, look, proof.textOf("main"))
		}
		page := sari.get("/pay/" + code.Token)
		if !strings.Contains(page.body, test.customer) || !strings.Contains(page.body, "LUNAS") || strings.Contains(page.body, "Terima kasih") {
			t.Errorf("%s: the customer reads %q", name, page.textOf("state"))
		}
		customer := s.visitor().listen("/pay/"+code.Token+"/events", nil)
		for _, a := range must(s.Store.AttentionOf(t.Context(), code.ID)) {
			must(s.Service.MarkDone(t.Context(), payments.Viewer{StaffID: code.CreatedBy, Role: payments.Cashier}, a.ID, "", "sudah dilihat"))
		}
		customer.next("state", "Terima kasih")
		green(", looked at")
	}
}
