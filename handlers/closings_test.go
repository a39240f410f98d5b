package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"kodebayar/db"
	"kodebayar/payments"
)

func (v *visitor) closeForm() url.Values {
	v.s.t.Helper()
	page := v.get("/closings")
	return url.Values{"form_id": {page.field("form_id")["value"]}, "staff": {page.field("staff")["value"]}, "shown": {page.field("shown")["value"]}}
}

// closeShift freezes the visitor's shift and answers it.
func (v *visitor) closeShift() payments.Closing {
	v.s.t.Helper()
	a := v.post("/closings", v.closeForm())
	id, ok := strings.CutPrefix(a.header.Get("Location"), "/closings/")
	if a.status != http.StatusSeeOther || !ok {
		v.s.t.Fatalf("POST /closings: %d %s", a.status, a.header.Get("Location"))
	}
	return must(v.s.Store.Closing(v.s.t.Context(), id))
}

// TestAShiftIsFrozen once, whole, and never again; what comes later enters the
// next one.
func TestAShiftIsFrozen(t *testing.T) { eachShop(t, aShiftIsFrozen) }

func aShiftIsFrozen(t *testing.T, s *shop) {
	ibu, sari, budi, books := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier), s.member("budi", payments.Cashier), s.member("buku", payments.Accountant)
	if a := sari.post("/closings", sari.closeForm()); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty shift: %d", a.status)
	}
	paid, open := sari.sold(), sari.issue()
	budi.sold()
	sari.post("/codes/"+paid.ID+"/refunds", url.Values{"amount": {"10.000"}, "method": {"cash"}, "reason": {"rusak"}})
	form := sari.closeForm()
	form.Set("note", "struk habis")
	first := sari.post("/closings", form)
	if again := sari.post("/closings", form); again.header.Get("Location") != first.header.Get("Location") || first.status != http.StatusSeeOther {
		t.Fatalf("pressed twice: %s and %s", first.header.Get("Location"), again.header.Get("Location"))
	}
	at := first.header.Get("Location")
	one := must(s.Store.Closing(t.Context(), strings.TrimPrefix(at, "/closings/")))
	want := payments.Shift{Issued: 2, IssuedTotal: 300_000, Open: 1, OpenTotal: 150_000, Payments: 1, PaidTotal: 150_000, Refunds: 1, RefundTotal: 10_000, CashRefunds: 1, CashRefundTotal: 10_000}
	if fmt.Sprint(one.Shift) != fmt.Sprint(want) || one.Number != 1 || one.Note != "struk habis" {
		t.Errorf("frozen: %+v", one)
	}
	s.buy(open.PaymentCode)
	s.eventually("the open one is paid", func() bool { return must(s.Store.Code(t.Context(), open.ID)).Status == payments.Paid })
	if now := must(s.Store.Closing(t.Context(), one.ID)); fmt.Sprint(now) != fmt.Sprint(one) {
		t.Error("the frozen one changed")
	}
	if page := sari.get("/closings"); !strings.Contains(page.textOf("running"), "Masuk susulan1Rp150.000") && !strings.Contains(page.textOf("running"), "Masuk susulan 1 Rp150.000") {
		t.Errorf("the running shift: %q", page.textOf("running"))
	}
	two := sari.closeShift()
	if two.Number != 2 || two.Shift.Later != 1 || two.Shift.LaterTotal != 150_000 || two.Shift.Payments != 0 || len(two.Shift.LaterLines) != 1 || two.Shift.LaterLines[0].Invoice != open.InvoiceNumber {
		t.Errorf("the next one: %+v", two.Shift)
	}
	for who, v := range map[string]*visitor{"sari": sari, "ibu": ibu, "buku": books} {
		for _, path := range []string{at, at + "/slip"} {
			if a := v.get(path); a.status != http.StatusOK || !strings.Contains(a.body, "Rp300.000") || !strings.Contains(a.body, "struk habis") || !strings.Contains(a.body, fours(one.Digest[:12])) {
				t.Errorf("%s reads %s: %d", who, path, a.status)
			}
		}
	}
	for _, path := range []string{at, at + "/slip"} {
		if a := budi.get(path); a.status != http.StatusNotFound {
			t.Errorf("another cashier: %s: %d", path, a.status)
		}
	}
	if a := budi.get("/closings"); strings.Contains(a.body, one.ID) {
		t.Error("another cashier's list shows it")
	}
	form = budi.closeForm()
	form.Set("staff", one.Staff)
	if a := budi.post("/closings", form); a.status != http.StatusNotFound {
		t.Errorf("a cashier closes another's shift: %d", a.status)
	}
	if a := books.post("/closings", url.Values{"form_id": {"x"}}); a.status != http.StatusForbidden {
		t.Errorf("the accountant closes a shift: %d", a.status)
	}
	form = budi.closeForm()
	stolen := sari.closeForm()
	form.Set("form_id", stolen.Get("form_id"))
	if a := budi.post("/closings", form); a.status != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's form: %d", a.status)
	}
	// The owner does it for a cashier who went home.
	theirs := ibu.get("/closings?staff=" + must(s.Store.StaffByEmail(t.Context(), "budi@toko.id")).ID)
	form = url.Values{"form_id": {theirs.field("form_id")["value"]}, "shown": {theirs.field("shown")["value"]}}
	for _, e := range theirs.elements("type") {
		if e["type"] == "hidden" && e["name"] == "staff" {
			form.Set("staff", e["value"])
		}
	}
	if a := ibu.post("/closings", form); a.status != http.StatusSeeOther || !strings.Contains(ibu.get(a.header.Get("Location")).body, "Ditutup oleh ibu") {
		t.Errorf("the owner for a cashier: %d", a.status)
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	// Changed behind its back.
	if err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE closings SET content = $1 WHERE id = $2`, `{"issued":1}`, one.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a := sari.get(at); !strings.Contains(a.body, "sidik jarinya tidak cocok") {
		t.Error("the page does not tell that it was changed")
	}
	if _, err := s.Store.Check(t.Context()); err == nil {
		t.Error("the doctor does not see it")
	}
}

// TestAShiftClosesAsItWasShown: who counted by the page freezes these numbers, or is
// shown the new ones first. What changes nothing of them does not matter.
func TestAShiftClosesAsItWasShown(t *testing.T) { eachShop(t, aShiftClosesAsItWasShown) }

func aShiftClosesAsItWasShown(t *testing.T, s *shop) {
	sari, budi := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
	sari.sold()
	open := sari.issue()
	form := sari.closeForm()
	form.Set("note", "struk habis")
	s.buy(open.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), open.ID)).Status == payments.Paid })
	a := sari.post("/closings", form)
	if a.status != http.StatusConflict || !strings.Contains(a.textOf("running"), "Pembayaran masuk 2 Rp300.000") || !strings.Contains(a.body, "tekan sekali lagi") || a.textOf("f-note") != "struk habis" {
		t.Errorf("it was frozen unseen, or the page does not say so: %d %s", a.status, a.textOf("main"))
	}
	if list := must(s.Store.Closings(t.Context(), payments.Simulator, "", "", 10)); len(list) != 0 {
		t.Fatalf("frozen: %+v", list)
	}
	budi.sold()                                                      // another's
	sari.post("/codes/"+open.ID+"/notes", url.Values{"note": {"x"}}) // no money
	for _, name := range []string{"form_id", "shown"} {
		form.Set(name, a.field(name)["value"])
	}
	first := sari.post("/closings", form)
	if first.status != http.StatusSeeOther {
		t.Fatalf("pressed once more: %d %s", first.status, first.textOf("main"))
	}
	if again := sari.post("/closings", form); again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("pressed twice: %d to %s", again.status, again.header.Get("Location"))
	}
}

// TestEachPaymentInOneShift pays and closes at the same time, over and over: the
// shifts together hold each payment once.
func TestEachPaymentInOneShift(t *testing.T) { eachShop(t, eachPaymentInOneShift) }

func eachPaymentInOneShift(t *testing.T, s *shop) {
	sari := s.member("sari", payments.Cashier)
	const rounds = 12
	var codes []payments.Code
	for range rounds {
		codes = append(codes, sari.issue())
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for _, c := range codes {
			s.buy(c.PaymentCode)
		}
	})
	wait.Go(func() {
		for range rounds {
			sari.post("/closings", sari.closeForm()) // may find nothing new
		}
	})
	wait.Wait()
	s.eventually("all is paid", func() bool {
		return len(must(s.Store.Codes(t.Context(), db.ListFilter{Environment: payments.Simulator, Statuses: []payments.Status{payments.Paid}, Limit: 100})).Codes) == rounds
	})
	sari.post("/closings", sari.closeForm())
	var sum payments.Shift
	last := int64(0)
	list := must(s.Store.Closings(t.Context(), payments.Simulator, "", "", 100))
	for i := len(list) - 1; i >= 0; i-- {
		c := list[i]
		if c.After != last {
			t.Errorf("number %d begins at %d, the one before ended at %d", c.Number, c.After, last)
		}
		last = c.UpTo
		sum.Issued += c.Shift.Issued
		sum.Payments += c.Shift.Payments + c.Shift.Later
		sum.PaidTotal += c.Shift.Received()
	}
	if sum.Issued != rounds || sum.Payments != rounds || sum.PaidTotal != rounds*150_000 {
		t.Errorf("%d shifts hold %+v", len(list), sum)
	}
}

// TestMoneyUnderReviewInAShift counts once somebody accepts it, and never when it
// is set aside.
func TestMoneyUnderReviewInAShift(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	for _, decision := range []string{"accept", "aside"} {
		c := ibu.issue()
		if status, answer := s.machine("/simulator/pay", map[string]any{"code": c.PaymentCode, "agent": "ALFAMART", "store": "T001", "amount": 99_000, "force": true}); status != http.StatusOK {
			t.Fatal(answer)
		}
		s.eventually("under review", func() bool { return must(s.Store.Code(t.Context(), c.ID)).Review == 1 })
		if running := ibu.get("/closings").textOf("running"); !strings.Contains(running, "Perlu dicek, belum dihitung 1 Rp99.000") {
			t.Errorf("the running shift does not tell of money under review: %q", running)
		}
		if before := ibu.closeShift(); before.Shift.Received() != 0 || before.Shift.Review != 1 || before.Shift.ReviewTotal != 99_000 {
			t.Errorf("money under review is in the shift: %+v", before.Shift)
		}
		page := ibu.get("/codes/" + c.ID)
		entry := regexp.MustCompile(`/attention/([^/]+)/done`).FindStringSubmatch(page.body)
		if entry == nil {
			t.Fatal("nothing to decide")
		}
		ibu.post("/attention/"+entry[1]+"/done", url.Values{"decision": {decision}, "note": {"dicek"}, "next": {"/"}})
		form := ibu.closeForm()
		a := ibu.post("/closings", form)
		if decision == "aside" {
			if a.status != http.StatusUnprocessableEntity {
				t.Errorf("money set aside makes a shift: %d", a.status)
			}
			continue
		}
		after := must(s.Store.Closing(t.Context(), strings.TrimPrefix(a.header.Get("Location"), "/closings/")))
		if after.Shift.LaterTotal != 99_000 || after.Shift.Later != 1 || after.Shift.Review != 0 {
			t.Errorf("accepted: %+v", after.Shift)
		}
	}
}

// TestWhatAShiftGaveBack is told by its method, for only cash leaves the drawer;
// money decided about within the shift waits no more.
func TestWhatAShiftGaveBack(t *testing.T) { eachShop(t, whatAShiftGaveBack) }

func whatAShiftGaveBack(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	paid, odd := ibu.sold(), ibu.issue()
	quiet := "tidak ada uang tunai penjualan ini di laci toko"
	if running := ibu.get("/closings").textOf("running"); !strings.Contains(running, quiet) || strings.Contains(running, "Bersih") {
		t.Errorf("before a refund: %q", running)
	}
	ibu.post("/codes/"+paid.ID+"/refunds", url.Values{"amount": {"20.000"}, "method": {"transfer"}, "reason": {"rusak"}})
	if running := ibu.get("/closings").textOf("running"); !strings.Contains(running, quiet) || !strings.Contains(running, "Dikembalikan tunai 0 Rp0") {
		t.Errorf("a transfer does not touch the drawer: %q", running)
	}
	ibu.post("/codes/"+paid.ID+"/refunds", url.Values{"amount": {"75.000"}, "method": {"cash"}, "reason": {"rusak"}})
	s.overpay(odd, 99_000)
	entry := s.open(must(s.Store.Code(t.Context(), odd.ID)))
	ibu.post("/attention/"+entry.ID+"/done", url.Values{"decision": {"aside"}, "note": {"dicek"}, "next": {"/"}})
	form := ibu.closeForm()
	a := ibu.post("/closings", form)
	at := a.header.Get("Location")
	want := payments.Shift{
		Issued: 2, IssuedTotal: 300_000, Open: 1, OpenTotal: 150_000, Payments: 1, PaidTotal: 150_000, Refunds: 2, RefundTotal: 95_000,
		CashRefunds: 1, CashRefundTotal: 75_000, TransferRefunds: 1, TransferRefundTotal: 20_000,
	}
	c := must(s.Store.Closing(t.Context(), strings.TrimPrefix(at, "/closings/")))
	if fmt.Sprint(c.Shift) != fmt.Sprint(want) {
		t.Errorf("frozen: %+v", c.Shift)
	}
	for _, path := range []string{at, at + "/slip"} {
		page := ibu.get(path)
		for _, words := range []string{"Dikembalikan tunai", "Rp75.000", "Dikembalikan transfer", "Rp20.000", "Bersih setelah pengembalian", "Rp55.000", "Pengembalian tunai Rp75.000 keluar dari laci"} {
			if !strings.Contains(page.body, words) {
				t.Errorf("%s does not tell %q", path, words)
			}
		}
		if strings.Contains(page.body, quiet) {
			t.Errorf("%s tells of no cash", path)
		}
	}
	// What was set aside was in no sum of money, so its going back is taken from
	// none, though it was set aside in the shift before.
	s.overpay(odd, 151_000)
	ibu.decide(odd, payments.Accept)
	ibu.giveBack(odd, "90.000")
	ibu.giveBack(odd, "99.000")
	if running := ibu.get("/closings").textOf("running"); !strings.Contains(running, "Di antaranya uang yang disisihkan Rp99.000") || !strings.Contains(running, "Bersih setelah pengembalian Rp61.000") {
		t.Errorf("money set aside is taken from what was received: %q", running)
	}
	next := ibu.closeShift().Shift
	if next.Received() != 151_000 || next.RefundTotal != 189_000 || next.AfterRefunds() != 61_000 {
		t.Errorf("money set aside is taken from what was received: %+v, net %d", next, next.AfterRefunds())
	}
}

// TestARecapOfBefore shows what was kept then, and fits its digest still.
func TestARecapOfBefore(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	ibu.issue()
	c := ibu.closeShift()
	// Frozen by a program that told no methods, no sum of what ended.
	const content = `{"issued":3,"issued_total":300000,"open":1,"open_total":100000,"ended":1,"payments":1,"paid_total":100000,"later":0,"later_total":0,"refunds":1,"refund_total":40000}`
	if err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM closings WHERE id = $1`, c.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(content), &c.Shift); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Write(t.Context(), func(tx *db.Tx) error { return tx.InsertClosing(&c) }); err != nil {
		t.Fatal(err)
	}
	var kept string
	if err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.QueryContext(t.Context(), `SELECT content FROM closings WHERE id = $1`, c.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		return rows.Scan(&kept)
	}); err != nil || kept != content {
		t.Errorf("a recap without the new numbers is frozen otherwise than before: %v %s", err, kept)
	}
	page := ibu.get("/closings/" + c.ID)
	if text := page.textOf("recap"); strings.Contains(page.body, "sidik jarinya") || !strings.Contains(text, "Dikembalikan 1 Rp40.000") || !strings.Contains(text, "Bersih setelah pengembalian Rp60.000") ||
		strings.Contains(text, "tunai") || strings.Contains(text, "Berakhir tanpa dibayar 1 Rp0") {
		t.Errorf("the recap of before: %q", text)
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTheOwnerIsThereOnce among those whose shift can be chosen.
func TestTheOwnerIsThereOnce(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	s.hire("sari", payments.Cashier)
	page := ibu.get("/closings")
	if !strings.Contains(page.body, ">sari</option>") || strings.Contains(page.body, ">ibu</option>") || !strings.Contains(page.textOf("running"), "ibu") {
		t.Error("the owner is there as \"Saya\" and by name")
	}
}

// TestAPaidReusableCode is a paid one for the recap, the tabs, the list and the
// report alike, though it can be paid again.
func TestAPaidReusableCode(t *testing.T) { eachShop(t, paidReusableCode) }

func paidReusableCode(t *testing.T, s *shop) {
	sari := s.member("sari", payments.Cashier)
	again := func() payments.Code {
		form := sari.codeForm()
		form.Set("reusable", "true")
		return sari.issueWith(form)
	}
	paid, open := again(), again()
	for range 2 {
		s.buy(paid.PaymentCode)
	}
	s.eventually("it was paid twice", func() bool { return must(s.Store.Code(t.Context(), paid.ID)).PaidCount == 2 })

	counts := must(s.Store.Counts(t.Context(), "", payments.Simulator, s.today()))
	if counts.Unpaid != 1 || counts.PaidToday != 1 || counts.All != 2 {
		t.Errorf("the tabs count %+v", counts)
	}
	list := sari.get("/transactions?tab=unpaid")
	if strings.Contains(list.body, paid.InvoiceNumber) || !strings.Contains(list.body, open.InvoiceNumber) {
		t.Error("the paid one is in the list of unpaid codes, or the other is not")
	}
	// The list narrowed to codes that can be paid has both, each called what it is.
	can := sari.get("/transactions?status=active")
	if filter := can.textOf("filter"); !strings.Contains(filter, "Bisa dibayar") || strings.Contains(filter, "Belum dibayar") || !strings.Contains(can.body, "Lepas saringan Bisa dibayar") {
		t.Errorf("codes that can be paid are called %q", filter)
	}
	if p, o := can.textOf("code-"+paid.ID), can.textOf("code-"+open.ID); !strings.Contains(p, "Masih berlaku") || strings.Contains(p, "Belum dibayar") || !strings.Contains(o, "Belum dibayar") {
		t.Errorf("the rows are %q and %q", p, o)
	}
	day := s.today().Format("2006-01-02")
	rows := must(s.Store.Report(t.Context(), payments.Simulator, day, day, "day"))
	if len(rows) != 1 || rows[0].Missed != 1 || rows[0].PaidCodes != 1 || rows[0].Payments != 2 {
		t.Errorf("the report: %+v", rows)
	}
	shift := sari.closeShift().Shift
	if shift.Issued != 2 || shift.Open != 1 || shift.OpenTotal != 150_000 || shift.Ended != 0 || shift.Payments != 2 || shift.PaidTotal != 300_000 {
		t.Errorf("the recap: %+v", shift)
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWhoGaveBack: a recap holds the refunds of the person whose it is, on whose
// codes ever. Cash that somebody else gave back did not leave this drawer.
func TestWhoGaveBack(t *testing.T) { eachShop(t, whoGaveBack) }

func whoGaveBack(t *testing.T, s *shop) {
	ibu, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	ibu.post("/settings", saved("refund_second_above", "50.000"))
	c := sari.sold()
	ibu.giveBack(c, "10.000")
	sari.giveBack(c, "7.000")
	sari.giveBack(c, "60.000") // approved by the owner, handed over by who asked
	ibu.decide(c, payments.Accept)
	mine := sari.closeShift().Shift
	if mine.Payments != 1 || mine.PaidTotal != 150_000 || mine.Refunds != 2 || mine.RefundTotal != 67_000 || mine.CashRefundTotal != 67_000 {
		t.Errorf("the cashier's: %+v", mine)
	}
	theirs := ibu.closeShift().Shift
	if theirs.Issued != 0 || theirs.Payments != 0 || theirs.Refunds != 1 || theirs.CashRefundTotal != 10_000 {
		t.Errorf("the owner's: %+v", theirs)
	}
	// Recorded by a program that did not say who gave it back: it stands where that
	// program put it, so that no refund is in two recaps, or in none.
	old := payments.Event{
		At: s.Now().UTC(), CodeID: c.ID, Kind: payments.EventRefunded, Actor: payments.StaffActor(s.idOf("ibu")),
		Detail: map[string]string{"amount": "3000", "method": "cash", "reason": "x"},
	}
	if err := s.Store.Update(t.Context(), func(tx payments.Tx) error { return tx.Append(old) }); err != nil {
		t.Fatal(err)
	}
	if a := ibu.post("/closings", ibu.closeForm()); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an old refund in the owner's recap: %d", a.status)
	}
	if next := sari.closeShift().Shift; next.Refunds != 1 || next.RefundTotal != 3_000 {
		t.Errorf("an old refund in the cashier's: %+v", next)
	}
}
