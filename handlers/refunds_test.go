package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"kodebayar/payments"
)

// sold is a code that was paid at the till.
func (v *visitor) sold() payments.Code {
	v.s.t.Helper()
	c := v.issue()
	v.s.buy(c.PaymentCode)
	v.s.eventually("the code is paid", func() bool {
		now, err := v.s.Store.Code(v.s.t.Context(), c.ID)
		return err == nil && now.Status == payments.Paid
	})
	return c
}

func TestARefundIsRecorded(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	unpaid, c := v.issue(), v.sold()
	to := "/codes/" + c.ID + "/refunds"

	if a := v.get(to); a.status != http.StatusOK || a.field("amount")["value"] != "150.000" || !strings.Contains(a.body, "tidak bisa mengembalikan uang") {
		t.Errorf("the form: %d, proposes %q", a.status, a.field("amount")["value"])
	}
	good := url.Values{"amount": {"50.000"}, "method": {"transfer"}, "reason": {"barang habis"}}
	for _, m := range []struct{ field, value, says string }{
		{"amount", "150.001", "Rp150.000"},
		{"amount", "0", "lebih dari nol"},
		{"amount", "-5", "kurang dari nol"},
		{"amount", "", "Isi jumlahnya"},
		{"method", "", "tunai atau transfer"},
		{"method", "qris", "tunai atau transfer"},
		{"reason", " ", "Isi alasannya"},
		{"reason", strings.Repeat("a", 201), "200"},
		{"reason", "a\x00b", "200"},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(m.field, m.value)
		if a := v.post(to, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake(m.field), m.says) {
			t.Errorf("%s %q: %d, says %q", m.field, m.value, a.status, a.mistake(m.field))
		}
	}
	if a := v.post(to, url.Values{"amount": {"1"}, "method": {"cash"}, "reason": {"x"}, "amonut": {"2"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown field: %d", a.status)
	}
	if a := v.post("/codes/"+unpaid.ID+"/refunds", good); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a code without money: %d", a.status)
	}

	form := url.Values{"already": {"0"}}
	for k, v := range good {
		form[k] = v
	}
	if a := v.post(to, form); a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+c.ID {
		t.Fatalf("a good refund: %d\n%s", a.status, a.body)
	}
	if a := v.post(to, form); a.status != http.StatusConflict || !strings.Contains(a.body, "yang sudah dicatat: Rp50.000 lewat transfer.") || a.field("already") != nil {
		t.Errorf("the same form once more: %d, %s", a.status, a.textOf("main"))
	}
	page := v.get("/codes/" + c.ID)
	if m := page.marks(); m["data-refunded"] != "50000" || m["data-paid-total"] != "150000" || m["data-status"] != "paid" {
		t.Errorf("the marks are %v", m)
	}
	if got := page.textOf("refunds"); !strings.Contains(got, "Rp50.000 lewat transfer") || !strings.Contains(got, "sari") || !strings.Contains(got, "barang habis") {
		t.Errorf("the page says of refunds: %q", got)
	}
	if !strings.Contains(page.body, "Pengembalian dicatat: Rp50.000 lewat transfer: barang habis") {
		t.Error("the timeline lacks the refund")
	}
	now, err := s.Store.Code(t.Context(), c.ID)
	if err != nil || now.PaidTotal != 150_000 || now.Status != payments.Paid {
		t.Errorf("the refund changed the code: %+v, %v", now, err)
	}
	// A code of another cashier is not there, nor may the accountant record.
	if a := s.member("budi", payments.Cashier).post(to, good); a.status != http.StatusNotFound {
		t.Errorf("another cashier: %d", a.status)
	}
	if page := s.member("dewi", payments.Accountant).get("/codes/" + c.ID); strings.Contains(page.body, `id="do-refund"`) {
		t.Error("the accountant is offered a refund")
	}
}

// TestARefundTellsAllItsMistakes together, also that it is more than is left.
func TestARefundTellsAllItsMistakes(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	c := v.sold()
	a := v.post("/codes/"+c.ID+"/refunds", url.Values{"amount": {"Rp150.001"}, "method": {""}, "reason": {""}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake("amount"), "Rp150.000") || a.mistake("reason") == "" || !strings.Contains(a.body, "Pilih tunai atau transfer.") {
		t.Errorf("%d: %q, %q", a.status, a.mistake("amount"), a.mistake("reason"))
	}
}

// TestRefundsAtOnce lets many record at once: never is more given back than
// came.
func TestRefundsAtOnce(t *testing.T) { eachShop(t, refundsAtOnce) }

func refundsAtOnce(t *testing.T, s *shop) {
	v := s.member("sari", payments.Owner)
	c := v.sold()
	var all sync.WaitGroup
	statuses := make([]int, 12)
	for i := range statuses {
		all.Go(func() {
			statuses[i] = v.post("/codes/"+c.ID+"/refunds", url.Values{"amount": {"40000"}, "method": {"cash"}, "reason": {"x"}}).status
		})
	}
	all.Wait()
	refunds, err := s.Store.Refunds(t.Context(), c.ID)
	if err != nil || len(refunds) != 3 || payments.Refunded(refunds) != 120_000 {
		t.Errorf("%d refunds of %d in all, want 3 of 120000; %v", len(refunds), payments.Refunded(refunds), err)
	}
	slices.Sort(statuses)
	if want := append(slices.Repeat([]int{303}, 3), slices.Repeat([]int{422}, 9)...); !slices.Equal(statuses, want) {
		t.Errorf("the answers are %v", statuses)
	}
}

func TestANoteOnTheTimeline(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	c := v.issue()
	to := "/codes/" + c.ID + "/notes"
	if a := v.get(to); a.status != http.StatusOK || a.field("note") == nil {
		t.Errorf("the form: %d", a.status)
	}
	for _, m := range []struct{ note, says string }{
		{" ", "Isi catatannya"}, {strings.Repeat("n", 501), "500"}, {"a\x00b", "tidak bisa ditampilkan"}, {"Budi\xff", "tidak bisa ditampilkan"},
	} {
		if a := v.post(to, url.Values{"note": {m.note}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake("note"), m.says) {
			t.Errorf("%.10q: %d, says %q", m.note, a.status, a.mistake("note"))
		}
	}
	if a := v.post(to, url.Values{"note": {"Diambil <b>besok</b>\r\noleh adiknya"}}); a.status != http.StatusSeeOther {
		t.Fatalf("a good note: %d", a.status)
	}
	page := v.get("/codes/" + c.ID)
	if !strings.Contains(page.body, "Catatan: Diambil &lt;b&gt;besok&lt;/b&gt;\noleh adiknya") {
		t.Error("the timeline lacks the note")
	}
	if got, err := s.Store.Code(t.Context(), c.ID); err != nil || got.Note != "" || got.Version != c.Version {
		t.Errorf("the note changed the code: %+v, %v", got, err)
	}
}

// TestALargeRefundNeedsASecondPerson who did not ask for it; until then no money
// is given back, and none can be asked for twice.
func TestALargeRefundNeedsASecondPerson(t *testing.T) { eachShop(t, largeRefund) }

func largeRefund(t *testing.T, s *shop) {
	ibu, tono, sari := s.member("ibu", payments.Owner), s.member("tono", payments.Manager), s.member("sari", payments.Cashier)
	ibu.post("/settings", saved("refund_second_above", "50.000"))
	c := sari.sold()
	to := "/codes/" + c.ID + "/refunds"
	ask := func(v *visitor, amount string) answer {
		t.Helper()
		return v.post(to, url.Values{"amount": {amount}, "method": {"cash"}, "reason": {"rusak"}})
	}
	waiting := func() payments.Attention {
		t.Helper()
		for _, a := range must(s.Store.AttentionOf(t.Context(), c.ID)) {
			if a.Kind == payments.RefundWaits && a.DoneAt.IsZero() {
				return a
			}
		}
		t.Fatal("nothing waits")
		return payments.Attention{}
	}
	sum := func() (done, reserved int64) {
		refunds := must(s.Store.Refunds(t.Context(), c.ID))
		return payments.Refunded(refunds), payments.Reserved(refunds)
	}
	form := "/codes/" + c.ID + "/refunds"
	if a := sari.get(form); !strings.Contains(a.body, "Di atas Rp50.000 minta persetujuan") {
		t.Error("the form does not say that above the limit approval comes first")
	}
	if a := ask(sari, "50.000"); a.status != http.StatusSeeOther {
		t.Fatalf("at the limit: %d", a.status)
	}
	if done, _ := sum(); done != 50_000 {
		t.Errorf("at the limit %d is given back", done)
	}
	if a := ask(tono, "50.001"); a.status != http.StatusSeeOther {
		t.Fatalf("above it: %d", a.status)
	}
	if done, reserved := sum(); done != 50_000 || reserved != 100_001 {
		t.Errorf("while it waits %d is given back, %d reserved", done, reserved)
	}
	if a := sari.get(form); strings.Contains(a.body, "Belum dikembalikan") || !strings.Contains(a.body, "Masih bisa dikembalikan: Rp49.999") {
		t.Error("what waits is told as given back")
	}
	if a := ask(sari, "50.000"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("what is reserved is given back once more: %d", a.status)
	}
	if m := ibu.get("/codes/" + c.ID).marks(); m["data-refunded"] != "50000" || m["data-attention"] == "" {
		t.Errorf("the marks: %v", m)
	}
	entry := waiting().ID
	done := "/attention/" + entry + "/done"
	// Everybody is told who can approve it, and only those are asked to.
	for who, v := range map[string]*visitor{"ibu": ibu, "tono": tono, "sari": sari} {
		for _, path := range []string{"/codes/" + c.ID, "/transactions?tab=attention"} {
			told := v.get(path).textOf("attention-" + entry)
			for _, words := range []string{"menunggu orang kedua", "Rp50.001 tunai", "diminta tono", "Yang bisa menyetujui: ibu."} {
				if !strings.Contains(told, words) {
					t.Errorf("%s does not tell %s %q: %q", path, who, words, told)
				}
			}
			if strings.Contains(told, "Setujui pengembalian") != (v == ibu) || strings.Contains(told, "Batalkan permintaan") != (v == tono) {
				t.Errorf("%s offers %s: %q", path, who, told)
			}
		}
	}
	yes := url.Values{"decision": {"accept"}, "note": {"ok"}}
	if a := sari.post(done, yes); a.status != http.StatusForbidden {
		t.Errorf("a cashier approves: %d", a.status)
	}
	if a := tono.post(done, yes); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Anda yang meminta") {
		t.Errorf("who asked approves: %d", a.status)
	}
	if a := ibu.post(done, url.Values{"note": {"ok"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("closed without a decision: %d", a.status)
	}
	var both sync.WaitGroup
	for _, v := range []*visitor{ibu, s.member("wati", payments.Owner)} {
		both.Go(func() { v.post(done, yes) })
	}
	both.Wait()
	if done, reserved := sum(); done != 100_001 || reserved != 100_001 {
		t.Errorf("after two approved at once %d is given back, %d reserved", done, reserved)
	}
	told := 0
	for _, e := range must(s.Store.Timeline(t.Context(), c.ID)) {
		if e.Kind == payments.EventRefunded {
			told++
		}
	}
	if told != 2 {
		t.Errorf("the log tells of %d refunds, want 2", told)
	}
	// Taken back by who asked: that needs no second person, and frees the money.
	other := tono.sold()
	c, to = other, "/codes/"+other.ID+"/refunds"
	ask(tono, "150.000")
	if a := tono.post("/attention/"+waiting().ID+"/done", url.Values{"decision": {"aside"}}); a.status != http.StatusSeeOther {
		t.Errorf("declining: %d", a.status)
	}
	if done, reserved := sum(); done != 0 || reserved != 0 {
		t.Errorf("declined: %d, %d", done, reserved)
	}
	if page := ibu.get("/codes/" + c.ID); !strings.Contains(page.textOf("refunds"), "Dibatalkan oleh tono") || page.marks()["data-refunded"] == "150000" {
		t.Errorf("the page: %s", page.textOf("refunds"))
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNobodyElseApproves: who is alone is told so before a second person is asked
// for, while a refund waits for one, and what to do about it.
func TestNobodyElseApproves(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	s.hire("sari", payments.Cashier)
	s.hire("dewi", payments.Accountant)
	const alone, nobody = "Selain Anda belum ada yang boleh menyetujui", "Selain yang meminta belum ada yang boleh menyetujui"
	asked := saved("refund_second_above", "50.000")
	if page := ibu.get("/settings"); strings.Contains(page.body, alone) {
		t.Error("warned while nobody is asked for")
	}
	if page := ibu.post("/settings/review", asked); !strings.Contains(page.textOf("main"), alone) {
		t.Errorf("not warned before it is saved: %q", page.textOf("main"))
	}
	if a := ibu.post("/settings", asked); a.status != http.StatusSeeOther {
		t.Fatalf("forbidden: %d", a.status)
	}
	if page := ibu.get("/settings"); !strings.Contains(page.body, alone) {
		t.Error("not warned where it stands")
	}
	c := ibu.sold()
	if page := ibu.get("/codes/" + c.ID + "/refunds"); !strings.Contains(page.body, alone) {
		t.Error("not warned before the refund is asked for")
	}
	ibu.giveBack(c, "60.000")
	told := func() string { return ibu.get("/codes/" + c.ID).textOf("attention-" + s.open(c).ID) }
	if told := told(); !strings.Contains(told, nobody) || !strings.Contains(told, "Undang manajer") || strings.Contains(told, "Yang bisa menyetujui") {
		t.Errorf("while it waits: %q", told)
	}
	s.hire("tono", payments.Manager)
	if told := told(); strings.Contains(told, nobody) || !strings.Contains(told, "Yang bisa menyetujui: tono.") {
		t.Errorf("with a manager: %q", told)
	}
	if page := ibu.get("/settings"); strings.Contains(page.body, alone) {
		t.Error("still warned with a manager")
	}
	if page := ibu.get("/codes/" + c.ID + "/refunds"); strings.Contains(page.body, alone) || !strings.Contains(page.body, "Yang bisa menyetujui: tono.") {
		t.Error("the form does not say who can approve")
	}
}
