package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// unsettledEdit is a code whose amount was changed without an answer of DOKU's:
// what the fault lets DOKU see is not known here.
func unsettledEdit(t *testing.T, s *shop, v *visitor, fault string) payments.Code {
	t.Helper()
	code := v.issue()
	faultAtEdits(t, s, fault, true)
	if a := v.post("/codes/"+code.ID+"/edit", editOf(v, code, "175.000")); a.status != http.StatusSeeOther {
		t.Fatalf("the edit: %v", a)
	}
	if page := v.get("/codes/" + code.ID); strings.Contains(page.body, "Kode sudah diubah") {
		t.Error("said to be in force")
	}
	return code
}

func faultAtEdits(t *testing.T, s *shop, name string, on bool) {
	t.Helper()
	in := map[string]any{"name": name, "on": on, "operations": []string{"update"}}
	if status, answer := s.machine("/simulator/faults", in); status != http.StatusOK {
		t.Fatalf("fault %s: %d %s", name, status, answer)
	}
}

func editOf(v *visitor, code payments.Code, amount string) url.Values {
	version := v.get("/codes/" + code.ID + "/edit").field("version")["value"]
	return url.Values{"version": {version}, "amount": {amount}, "customer_name": {code.CustomerName}, "expires_in": {"60"}}
}

// TestAnEditWithoutAnAnswerIsSeen on the code's page, in the lists and by the
// customer, for as long as nobody knows what holds at DOKU, and no longer.
func TestAnEditWithoutAnAnswerIsSeen(t *testing.T) { eachShop(t, anEditWithoutAnAnswerIsSeen) }

func anEditWithoutAnAnswerIsSeen(t *testing.T, s *shop) {
	sari, uang, customer := s.member("sari", payments.Cashier), s.member("uang", payments.Accountant), s.visitor()
	code := unsettledEdit(t, s, sari, "lose_answer")
	at, pay := "/codes/"+code.ID, "/pay/"+code.Token

	page := sari.get(at)
	doubt := page.textOf("unsettled")
	for _, want := range []string{"belum pasti", "jumlah Rp150.000 → Rp175.000", "dikirim lagi", "Cek sekarang"} {
		if !strings.Contains(doubt, want) {
			t.Errorf("the page lacks %q: %s", want, doubt)
		}
	}
	if page.marks()["data-status"] != "active" {
		t.Errorf("the state is %s", page.marks()["data-status"])
	}
	for _, sure := range []string{"data-share", "wa.me"} { // would be sent as if it were certain
		if strings.Contains(page.body, sure) {
			t.Errorf("the page has %s", sure)
		}
	}
	if !strings.Contains(sari.get(at+"?lang=en").textOf("unsettled"), "not certain") {
		t.Error("not said in English")
	}
	sari.get("/?lang=id")
	if read := uang.get(at); read.textOf("unsettled") == "" || strings.Contains(read.textOf("unsettled"), "Cek sekarang") {
		t.Errorf("the accountant reads %s", read.textOf("unsettled"))
	}
	for _, list := range []string{"/", "/transactions"} {
		if row := sari.get(list).textOf("code-" + code.ID); !strings.Contains(row, "belum pasti: Rp150.000 atau Rp175.000") {
			t.Errorf("%s: %s", list, row)
		}
	}
	shown := customer.get(pay)
	for _, want := range []string{"atau Rp175.000", "belum pasti", code.PaymentCode[:4]} {
		if !strings.Contains(shown.textOf("state"), want) {
			t.Errorf("the customer's page lacks %q: %s", want, shown.textOf("state"))
		}
	}
	if slip := sari.get(at + "/slip"); slip.textOf("state") == "" || !strings.Contains(slip.body, "BELUM PASTI") {
		t.Error("the slip is as if it were certain")
	}

	// It ends by itself on pages that are open.
	panel, list, theirs := sari.listen(page.streamOf(), nil), sari.listen(sari.get("/transactions").streamOf(), nil), customer.listen(shown.streamOf(), nil)
	panel.next("panel", `id="unsettled"`)
	theirs.next("state", "belum pasti")
	list.next("tabs", "")
	faultAtEdits(t, s, "lose_answer", false)
	if a := sari.post(at+"/check", nil); a.status != http.StatusSeeOther {
		t.Fatalf("the check: %v", a)
	}
	if got := panel.next("panel", "Perubahan berlaku").data; strings.Contains(got, `id="unsettled"`) {
		t.Error("the open page still doubts")
	}
	if got := list.next("code-"+code.ID, "Rp175.000").data; strings.Contains(got, "belum pasti") {
		t.Errorf("the open list still doubts: %s", got)
	}
	if got := theirs.next("state", "Rp175.000").data; strings.Contains(got, "belum pasti") {
		t.Error("the customer still doubts")
	}
	if after := sari.get(at); !strings.Contains(after.body, "DOKU sudah menjawab perubahannya") || !strings.Contains(after.body, "wa.me") {
		t.Error("the check does not say what came of it")
	}
}

// TestACheckWithoutAnAnswerToTheEdit says so, though DOKU knows of no payment.
func TestACheckWithoutAnAnswerToTheEdit(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	code := unsettledEdit(t, s, sari, "cut_before")
	sari.post("/codes/"+code.ID+"/check", nil)
	if page := sari.get("/codes/" + code.ID); !strings.Contains(page.body, "DOKU masih belum menjawab perubahannya") || page.textOf("unsettled") == "" {
		t.Error("not said")
	}
}

// TestAnEditWhileAnotherWaits for DOKU's answer is not taken, and that is said; the
// one that waits, sent once more, is.
func TestAnEditWhileAnotherWaits(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	code := unsettledEdit(t, s, sari, "cut_before")
	at := "/codes/" + code.ID
	form := editOf(sari, code, "190.000")
	for range 2 {
		a := sari.post(at+"/edit", form)
		if a.status != http.StatusConflict || !strings.Contains(a.body, "masih menunggu jawaban DOKU") || a.field("amount")["value"] != "190.000" {
			t.Errorf("another edit: %d, %s", a.status, a.textOf("main"))
		}
		form.Set("version", strconv.FormatInt(code.Version, 10)) // from a page of before
	}
	form.Set("amount", "175.000")
	if a := sari.post(at+"/edit", form); a.status != http.StatusSeeOther {
		t.Errorf("the one that waits: %d", a.status)
	}
	if page := sari.get(at); !strings.Contains(page.body, "jawaban DOKU belum ada") || strings.Count(page.body, "Perubahan dikirim: jumlah") != 1 {
		t.Errorf("it says %s", page.textOf("main"))
	}
}

// TestAnEditThatIsNotSentAgainStaysInDoubt until another one is answered: the
// first sending may have arrived.
func TestAnEditThatIsNotSentAgainStaysInDoubt(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	form := sari.codeForm()
	form.Set("expires_in", "4320")
	code := sari.issueWith(form)
	at := "/codes/" + code.ID
	faultAtEdits(t, s, "cut_before", true)
	sari.post(at+"/edit", editOf(sari, code, "175.000"))
	page := sari.get(at)
	panel := sari.listen(page.streamOf(), nil)
	panel.next("panel", `id="unsettled"`)
	s.ahead.Store(int64(2 * time.Hour))
	go s.Service.Run(t.Context()) //nolint:errcheck // ends with the test
	panel.next("panel", "Perubahan tidak dikirim lagi.")
	doubt := sari.get(at).textOf("unsettled")
	if !strings.Contains(doubt, "Ubah") || strings.Contains(doubt, "Cek sekarang") {
		t.Errorf("it says %s", doubt)
	}
	faultAtEdits(t, s, "cut_before", false)
	sari.post(at+"/edit", editOf(sari, code, "150.000"))
	if after := sari.get(at); after.textOf("unsettled") != "" || !strings.Contains(after.body, "Kode sudah diubah") {
		t.Errorf("after another edit: %s", after.textOf("unsettled"))
	}
}

// TestARefusedEditIsSaid: nothing is waited for any more.
func TestARefusedEditIsSaid(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	code := sari.issue()
	s.fault("never_notify")
	s.buy(code.PaymentCode) // DOKU refuses to change what was paid
	sari.post("/codes/"+code.ID+"/edit", editOf(sari, code, "175.000"))
	page := sari.get("/codes/" + code.ID)
	if !strings.Contains(page.body, "DOKU menolak perubahan ini") || page.textOf("unsettled") != "" {
		t.Error("not said")
	}
}
