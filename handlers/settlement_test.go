package handlers

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kodebayar/payments"
	"kodebayar/views"
)

// handSettlement uploads a settlement file.
func (v *visitor) handSettlement(name, content string) answer {
	v.s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		v.s.t.Fatal(err)
	}
	return v.send(http.MethodPost, "/reports/settlement", b.String(), http.Header{"Content-Type": {w.FormDataContentType()}})
}

// TestASettlementFile is held against the payments: what matches, what differs,
// what is missing, what is nobody's. Nothing is changed by it.
func TestASettlementFile(t *testing.T) { eachShop(t, aSettlementFile) }

func aSettlementFile(t *testing.T, s *shop) {
	books, sari := s.member("buku", payments.Accountant), s.member("sari", payments.Cashier)
	same, byNumber, less, absent := sari.sold(), sari.sold(), sari.sold(), sari.sold()
	open := sari.issue()
	day := s.Now().In(s.Zone).Format("02/01/2006")
	file := "No;Nomor Order;Kode;Nilai;MDR;Tgl\n" +
		"1;" + same.InvoiceNumber + ";;Rp150.000;2.500;" + day + "\n" +
		"2;;" + byNumber.PaymentCode + ";150000.00;2500,00;" + day + " 10:11\n" +
		"3;" + less.InvoiceNumber + ";;149.000;2500;" + day + "\n" +
		"4;" + same.InvoiceNumber + ";;150.000;2500;" + day + "\n" + // once more: that payment is taken
		"5;INV-ELSE;;10.000;100;" + day + "\n" +
		"6;" + open.InvoiceNumber + ";;150.000;2500;" + day + "\n" + // no money came for it here
		";;;609.000;12.600;\n" // the sums at the foot
	a := books.handSettlement("settle.csv", file)
	if a.status != http.StatusOK || !strings.Contains(a.body, `id="columns"`) {
		t.Fatalf("unknown columns are not asked for: %d", a.status)
	}
	form := url.Values{"rows": {file}, "file_name": {"settle.csv"}, "column_invoice": {"1"}, "column_payment_code": {"2"}, "column_gross": {"-1"}, "column_fee": {"4"}, "column_net": {"-1"}, "column_day": {"5"}}
	if a := books.post("/reports/settlement", form); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without an amount: %d", a.status)
	}
	form.Set("column_gross", "3")
	a = books.post("/reports/settlement", form)
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/reports/settlement/") {
		t.Fatalf("held against: %d %.300s", a.status, a.textOf("main"))
	}
	found := must(s.Store.Settlement(t.Context(), strings.TrimPrefix(to, "/reports/settlement/")))
	if found.Lines != 6 || found.Matched != 2 || found.MatchedGross != 300_000 || found.Gross != 759_000 || found.Fee != 12_600 || found.DiffersCount != 2 || found.TwiceCount != 1 || found.UnknownCount != 1 || found.MissCount != 1 || found.MissGross != 150_000 {
		t.Errorf("found %+v", found)
	}
	if len(found.Missing) != 1 || found.Missing[0].Invoice != absent.InvoiceNumber || len(found.Unknown) != 1 || found.Unknown[0].Invoice != "INV-ELSE" {
		t.Errorf("missing %v, unknown %v", found.Missing, found.Unknown)
	}
	page := books.get(to)
	for _, want := range []string{less.InvoiceNumber, absent.InvoiceNumber, "INV-ELSE", "Rp759.000", `href="/codes/` + absent.ID + `"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if rows := books.get(to+"/result.csv").sheetOf(t, "csv"); len(rows) != 6 {
		t.Errorf("the file of what does not match has %d lines", len(rows))
	}
	// The same file again is the same row; its heads are known by now.
	if again := books.handSettlement("settle.csv", file); again.status != http.StatusSeeOther || again.header.Get("Location") != to {
		t.Errorf("the same file: %d to %s", again.status, again.header.Get("Location"))
	}
	if now := must(s.Store.Code(t.Context(), less.ID)); now.Status != payments.Paid || now.PaidTotal != less.Amount {
		t.Errorf("a payment was changed: %+v", now)
	}
	for name, bad := range map[string]string{
		"empty": "", "no lines": "Nomor Order;Nilai\n", "a word for an amount": "Nomor Order;Nilai\nINV-1;banyak\n", "half a quotation": "Nomor Order;Nilai\n\"INV-1;1\n", "two halves": "Nomor Order;Nilai\n\"INV-1;1\nINV-2\";1\n", "binary": "PK\x03\x04\x00\x00",
		"too many": "Nomor Order;Nilai\n" + strings.Repeat("INV-1;1\n", maxSettled+1),
	} {
		if a := books.handSettlement("x.csv", bad); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "note-error") {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := sari.handSettlement("settle.csv", file); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
		t.Errorf("a cashier: %d", a.status)
	}
	if page := books.get("/audit?lang=id"); !strings.Contains(page.body, "Berkas settlement dicocokkan") {
		t.Error("the audit does not tell of it")
	}
	if page := books.get("/reports"); !strings.Contains(page.body, "/reports/settlement") {
		t.Error("nothing leads there")
	}
	// Without days nothing says what should be in it.
	a = books.handSettlement("dayless.csv", "invoice,amount\n"+same.InvoiceNumber+",150000\n")
	page = books.get(a.header.Get("Location"))
	for words, said := range map[string]bool{"tidak menyebut tanggal": true, "Tidak ada di berkas –": true, "Tidak ada di berkas 0": false, "di hari-hari berkas ini": false} {
		if strings.Contains(page.textOf("main"), words) != said {
			t.Errorf("a file without days: %q said is %t in %s", words, !said, page.textOf("main"))
		}
	}
}

// TestALargeSettlementFile is compared whole: the file of what does not match has
// all of it, and the largest one passes the question which column is which.
func TestALargeSettlementFile(t *testing.T) {
	s := newShop(t)
	books := s.member("buku", payments.Accountant)
	var b strings.Builder
	b.WriteString("invoice,amount\n")
	for i := range 2 * shownSettled {
		fmt.Fprintf(&b, "INV-X%d,10000\n", i)
	}
	to := books.handSettlement("x.csv", b.String()).header.Get("Location")
	if rows := books.get(to+"/result.csv").sheetOf(t, "csv"); len(rows)-1 != 2*shownSettled {
		t.Errorf("the file of what does not match has %d of %d lines", len(rows)-1, 2*shownSettled)
	}
	if page := books.get(to); strings.Count(page.body, "INV-X") != shownSettled || !strings.Contains(page.body, "dan 300 lagi; semuanya ada di CSV") {
		t.Errorf("the page shows %d of them", strings.Count(page.body, "INV-X"))
	}

	b.Reset()
	b.WriteString("Nomor,Kode,Nilai,MDR,Neto,Waktu,Gerai\n")
	const line = "\"INV-20261120-%05d\",\"8899000012%05d\",\"150000.00\",\"2500.00\",\"147500.00\",\"2026-11-20 10:11:12\",\"ALFAMART, %s\"\n"
	for i := 0; b.Len() < maxSettledFile-200; i++ {
		fmt.Fprintf(&b, line, i, i, strings.Repeat("\"\"", 20))
	}
	file := b.String()
	if a := books.handSettlement("z.csv", file); a.status != http.StatusOK || !strings.Contains(a.body, `id="columns"`) {
		t.Errorf("%d bytes: %d", len(file), a.status)
	}
	form := url.Values{"rows": {strings.ReplaceAll(file, "\n", "\r\n")}, "file_name": {"z.csv"}, "column_invoice": {"0"}, "column_gross": {"2"}, "column_fee": {"3"}, "column_day": {"5"}}
	a := books.post("/reports/settlement", form)
	if a.status != http.StatusSeeOther {
		t.Errorf("its columns, %d bytes: %d", len(form.Encode()), a.status)
	}
	// As a browser carries it along, it has the ends of lines of Windows.
	if again := books.handSettlement("z.csv", file); again.header.Get("Location") != a.header.Get("Location") {
		t.Errorf("the same file is two: %q and %q", a.header.Get("Location"), again.header.Get("Location"))
	}
	if a := books.handSettlement("z.csv", file+file[:400]); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "1 MB") {
		t.Errorf("more than 1 MB: %d", a.status)
	}
	if a := books.post("/reports/settlement", url.Values{"rows": {strings.Repeat("x", 4<<20)}}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("without end: %d", a.status)
	}
}

// TestWordsOfASettlement: days as people write them, a payment named twice in a
// group of its own, another fee, and no zeros for what is not known.
func TestWordsOfASettlement(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	if a := ibu.post("/settings", saved("fee_per_payment", "2.000")); a.status != http.StatusSeeOther {
		t.Fatal(a)
	}
	sold, absent := ibu.sold(), ibu.sold()
	today := s.Now().In(s.Zone)
	file := "invoice,amount,fee,date\n" + strings.Repeat(sold.InvoiceNumber+",150000,2500,"+today.Format("2006-01-02")+"\n", 2)
	to := ibu.handSettlement("x.csv", file).header.Get("Location")
	page := ibu.get(to)
	text := strings.Join(strings.Fields(page.textOf("main")), " ")
	date := s.calendar(views.Indonesian).date(today.Format("2006-01-02"))
	for _, want := range []string{
		date + " – " + date, "Disebut dua kali 1", "Jumlahnya berbeda 0", "Potongannya berbeda 1", "Rp2.000, selisih Rp500", "Baris 2: Rp150.000, potongan Rp2.500, perkiraan Rp2.000", date + ", di sini Rp150.000",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, today.Format("2006-01-02")) || strings.Contains(text, "Rp150.000, di sini Rp150.000") {
		t.Errorf("the page says %s", text)
	}
	rows := ibu.get(to+"/result.csv").sheetOf(t, "csv")
	for _, row := range rows[1:] {
		if row[0] == "tidak ada di berkas" && (row[1] != "" || row[2] != absent.InvoiceNumber || row[4] != "" || row[5] != "150000") {
			t.Errorf("the missing one: %q", row)
		}
	}
	if len(rows) != 4 {
		t.Errorf("rows: %q", rows)
	}
}

// TestNamesOfFiles bring nothing that a database refuses.
func TestNamesOfFiles(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		books, sari := s.member("buku", payments.Accountant), s.member("sari", payments.Cashier)
		const bad = "a\x00b\xff\n" + "c"
		a := books.post("/reports/settlement", url.Values{"rows": {"invoice,amount\nINV-1,10000\n"}, "file_name": {bad}})
		if a.status != http.StatusSeeOther || books.get(a.header.Get("Location")).textOf("main") == "" {
			t.Fatalf("a settlement file: %d", a.status)
		}
		if r := must(s.Store.Settlement(t.Context(), strings.TrimPrefix(a.header.Get("Location"), "/reports/settlement/"))); r.Name != "abc" {
			t.Errorf("the settlement file is called %q", r.Name)
		}
		list := url.Values{"form_id": {sari.codeForm().Get("form_id")}, "rows": {"nama,jumlah\nBudi,50000\n"}, "file_name": {bad + strings.Repeat("x", 100)}}
		if a := sari.post("/codes/bulk", list); a.status != http.StatusOK || a.field("file_name")["value"] != "abc"+strings.Repeat("x", 77) {
			t.Errorf("a list of codes: %d %q", a.status, a.field("file_name")["value"])
		}
		list.Set("which", "all")
		a = sari.post("/codes/bulk/start", list)
		id, _ := strings.CutPrefix(a.header.Get("Location"), "/codes/bulk/")
		if a.status != http.StatusSeeOther {
			t.Fatalf("its start: %d", a.status)
		}
		if b := must(s.Store.Batch(t.Context(), id)); b.Name != "abc"+strings.Repeat("x", 77) {
			t.Errorf("the list is called %q", b.Name)
		}
		if a := sari.post("/closings", url.Values{"form_id": {sari.codeForm().Get("form_id")}, "note": {"a\x00b"}}); a.status >= 500 {
			t.Errorf("a note with such a letter: %d", a.status)
		}
		if a := sari.get("/transactions?q=" + url.QueryEscape("a\x00b")); a.status >= 500 {
			t.Errorf("a search for it: %d", a.status)
		}
	})
}

func TestAmountsInFiles(t *testing.T) {
	for typed, want := range map[string]string{
		"150000": "150000", "150000.00": "150000", "150.000": "150000", "150.000,00": "150000", "150,000.00": "150000", "Rp150.000": "150000", "Rp 1.250.000,0": "1250000",
		"IDR 150,000": "150000", "-2500": "-2500", "0": "0", "": "no", "x": "no", "150.5": "no", "1234567890123": "no",
	} {
		n, ok := looseRupiah(typed)
		got := fmt.Sprint(n)
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%q is %s, want %s", typed, got, want)
		}
	}
	if n, ok := looseRupiah("150.55"); ok {
		t.Errorf("150.55 is read as %d", n)
	}
	for typed, want := range map[string]string{"2026-11-20T10:00:00Z": "2026-11-20", "20/11/2026": "2026-11-20", "20-11-2026 10:00": "2026-11-20", "20 Nov 2026": "2026-11-20", "": "", "kemarin": ""} {
		if got := looseDay(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}

// TestSumsOfASettlement: the parts of a file make up the whole, each sum says of
// which lines it is, and money that was set aside or is under review is called so,
// not named twice.
func TestSumsOfASettlement(t *testing.T) { eachShop(t, sumsOfASettlement) }

func sumsOfASettlement(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	if a := ibu.post("/settings", saved("fee_per_payment", "2.000")); a.status != http.StatusSeeOther {
		t.Fatal(a)
	}
	sold, twice, odd, open := ibu.sold(), ibu.sold(), ibu.issue(), ibu.issue()
	s.overpay(twice, 150_000)
	s.overpay(odd, 99_000)
	ibu.decide(twice, payments.SetAside)
	day := s.Now().In(s.Zone).Format("2006-01-02")
	var file strings.Builder
	file.WriteString("invoice,amount,fee,net,date\n")
	for _, l := range []struct {
		invoice string
		gross   int64
	}{{sold.InvoiceNumber, 150_000}, {sold.InvoiceNumber, 150_000}, {twice.InvoiceNumber, 150_000}, {twice.InvoiceNumber, 150_000}, {odd.InvoiceNumber, 99_000}, {open.InvoiceNumber, 140_000}, {"INV-ELSE", 10_000}} {
		fmt.Fprintf(&file, "%s,%d,2500,%d,%s\n", l.invoice, l.gross, l.gross-2500, day)
	}
	to := ibu.handSettlement("x.csv", file.String()).header.Get("Location")
	text := strings.Join(strings.Fields(ibu.get(to).textOf("main")), " ")
	for _, want := range []string{
		"Cocok 2 Rp300.000", "Disisihkan atau masih dicek 2 Rp249.000", "Jumlahnya berbeda 1 Rp140.000", "Disebut dua kali 1 Rp150.000", "Tidak dikenal di sini 1 Rp10.000", "Semua baris 7 Rp849.000",
		"Potongan, 2 baris yang cocok Rp5.000", "Perkiraan untuk 2 baris itu Rp4.000, selisih Rp1.000", "Potongan, semua baris Rp17.500", "Bersih, semua baris Rp831.500",
		"Baris 5: Rp150.000, disisihkan, tidak dihitung", "Baris 6: Rp99.000, sedang dicek",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	results := map[string]string{}
	for _, row := range ibu.get(to+"/result.csv").sheetOf(t, "csv")[1:] {
		results[row[1]] = row[0] + " " + row[4] + " " + row[5]
	}
	for line, want := range map[string]string{"3": "disebut dua kali 150000 150000", "5": "disisihkan, tidak dihitung 150000 150000", "6": "sedang dicek 99000 99000", "7": "jumlah berbeda 140000 0", "8": "tidak dikenal 10000 "} {
		if results[line] != want {
			t.Errorf("line %s: %q, want %q", line, results[line], want)
		}
	}
}
