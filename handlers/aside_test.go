package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kodebayar/payments"
)

// decide ends the review of a code's newest open entry.
func (v *visitor) decide(c payments.Code, decision payments.Decision) {
	v.s.t.Helper()
	a := v.post("/attention/"+v.s.open(c).ID+"/done", url.Values{"decision": {string(decision)}, "note": {"dicek"}})
	if a.status != http.StatusSeeOther {
		v.s.t.Fatalf("the decision: %d", a.status)
	}
}

// giveBack records a refund in cash.
func (v *visitor) giveBack(c payments.Code, amount string) {
	v.s.t.Helper()
	if a := v.post("/codes/"+c.ID+"/refunds", url.Values{"amount": {amount}, "method": {"cash"}, "reason": {"rusak"}}); a.status != http.StatusSeeOther {
		v.s.t.Fatalf("the refund: %d %s", a.status, a.textOf("main"))
	}
}

// TestMoneySetAside is told apart wherever a code's money is: what a refund takes
// from it is not taken from what pays the code, whoever reads it.
func TestMoneySetAside(t *testing.T) { eachShop(t, moneySetAside) }

func moneySetAside(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	ibu.post("/settings", saved("refund_second_above", "80.000"))
	twice, odd, plain := ibu.sold(), ibu.issue(), ibu.sold()
	s.overpay(twice, 150_000)
	s.overpay(odd, 99_000)
	ibu.decide(twice, payments.SetAside)
	ibu.decide(odd, payments.SetAside)

	type told struct{ staff, customer string }
	tells := func(what string, c payments.Code, want told) {
		t.Helper()
		now := must(s.Store.Code(t.Context(), c.ID))
		main := func(a answer) string { return strings.Join(strings.Fields(a.textOf("main")), " ") }
		for reader, text := range map[string]string{
			"the code's page": strings.Join(strings.Fields(ibu.get("/codes/"+c.ID).textOf("panel")), " "),
			"the list":        main(ibu.get("/transactions?q=" + c.InvoiceNumber)),
			"/check":          main(ibu.get("/check?code=" + c.ID)),
		} {
			if !strings.Contains(text, want.staff) {
				t.Errorf("%s: %s lacks %q: %s", what, reader, want.staff, text)
			}
		}
		if page := strings.Join(strings.Fields(s.visitor().get("/pay/"+now.Token).textOf("state")), " "); !strings.Contains(page, want.customer) {
			t.Errorf("%s: the customer's page lacks %q: %s", what, want.customer, page)
		}
	}
	tells("set aside", twice, told{"disisihkan Rp150.000", "Pembayaran lain Rp150.000 tidak dihitung untuk kode ini. Tanyakan ke toko."})
	tells("set aside alone", odd, told{"disisihkan Rp99.000", "Pembayaran Rp99.000 tidak dihitung untuk kode ini. Tanyakan ke toko."})
	if text := strings.Join(strings.Fields(ibu.get("/codes/"+twice.ID).textOf("money")), " "); strings.Count(text, "Rp150.000") < 2 || strings.Count(text, "disisihkan, tidak dihitung") != 1 {
		t.Errorf("the money received: %q", text)
	}

	ibu.giveBack(odd, "50.000")
	tells("back in part", odd, told{"disisihkan Rp99.000 (dikembalikan Rp50.000)", "Rp99.000 tidak dihitung untuk kode ini; toko sudah mengembalikan Rp50.000."})
	ibu.giveBack(odd, "30.000")
	ibu.giveBack(twice, "80.000")
	tells("back in part", twice, told{"disisihkan Rp150.000 (dikembalikan Rp80.000)", "toko sudah mengembalikan Rp80.000."})
	if proof := ibu.get("/check?code=" + twice.ID); !strings.Contains(proof.body, `data-proof="yes"`) {
		t.Error("money set aside went back, and what pays the code is no proof any more")
	}
	ibu.giveBack(twice, "70.001") // waits for a second person
	tells("a refund waits", twice, told{"menunggu dikembalikan Rp70.001", "toko sudah mengembalikan Rp80.000."})
	wati := s.member("wati", payments.Owner)
	wati.decide(twice, payments.Accept)
	tells("more than was set aside", twice, told{"dikembalikan Rp1, disisihkan Rp150.000 (sudah dikembalikan)", "Toko sudah mengembalikan Rp1. Pembayaran lain Rp150.000 tidak dihitung untuk kode ini; toko sudah mengembalikannya."})

	ibu.giveBack(plain, "40.000")
	tells("nothing set aside", plain, told{"dikembalikan Rp40.000", "Toko sudah mengembalikan Rp40.000."})
	if text := ibu.get("/check?code=" + plain.ID).textOf("main"); !strings.Contains(text, "tersisa Rp110.000") {
		t.Errorf("/check does not tell what is left: %s", text)
	}

	// The file has a column for it, so that its sums come out.
	for _, ending := range []string{"csv", "xlsx"} {
		rows := ibu.get("/transactions."+ending).sheetOf(t, ending)
		column := func(head string) int { return slices.Index(rows[0], head) }
		if column("Disisihkan") < 0 {
			t.Fatalf("the %s has no column for money set aside: %q", ending, rows[0])
		}
		want := map[string][3]string{twice.InvoiceNumber: {"150000", "150000", "150001"}, odd.InvoiceNumber: {"0", "99000", "80000"}, plain.InvoiceNumber: {"150000", "0", "40000"}}
		for _, row := range rows[1:] {
			if got := [3]string{row[column("Diterima")], row[column("Disisihkan")], row[column("Dikembalikan")]}; got != want[row[column("Nomor invoice")]] {
				t.Errorf("the %s of %s has %q", ending, row[column("Nomor invoice")], got)
			}
		}
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestARefundWaitsForTheDecision: while it is not decided whether money counts,
// nobody knows what a refund would take, and the pages ask for the decision first.
func TestARefundWaitsForTheDecision(t *testing.T) { eachShop(t, refundWaitsForTheDecision) }

func refundWaitsForTheDecision(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	c := ibu.sold()
	s.overpay(c, 150_000)
	const first = "Putuskan dulu"
	page := ibu.get("/codes/" + c.ID)
	if strings.Contains(page.body, `href="/codes/`+c.ID+`/refunds"`) || !strings.Contains(page.textOf("panel"), first) {
		t.Errorf("the code's page invites a refund: %s", page.textOf("panel"))
	}
	// Whether there are two payments at all, what becomes of the second, and only
	// then the refund.
	if sentence := attention(payments.SecondPayment).id; !regexp.MustCompile(`Cocokkan dengan Back Office DOKU.*` + first + `.*kembalikan`).MatchString(sentence) {
		t.Errorf("a second payment is told in another order: %s", sentence)
	}
	to := "/codes/" + c.ID + "/refunds"
	if form := ibu.get(to); strings.Contains(form.body, `name="amount"`) || !strings.Contains(form.body, first) {
		t.Error("the form is offered")
	}
	// From a page of before the money came.
	if a := ibu.post(to, url.Values{"amount": {"150.000"}, "method": {"cash"}, "reason": {"dobel"}, "already": {"0"}}); a.status != http.StatusConflict || !strings.Contains(a.body, first) {
		t.Errorf("a refund before the decision: %d", a.status)
	}
	if refunds := must(s.Store.Refunds(t.Context(), c.ID)); len(refunds) != 0 {
		t.Errorf("recorded: %+v", refunds)
	}
	ibu.decide(c, payments.SetAside)
	if page := ibu.get("/codes/" + c.ID); !strings.Contains(page.body, `href="/codes/`+c.ID+`/refunds"`) {
		t.Error("no refund is offered after the decision")
	}
	ibu.giveBack(c, "150.000")
	if proof := ibu.get("/check?code=" + c.ID); !strings.Contains(proof.body, `data-proof="yes"`) {
		t.Error("the second payment went back, and the first is no proof any more")
	}
}
