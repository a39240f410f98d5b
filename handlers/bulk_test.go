package handlers

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kodebayar/payments"
	"kodebayar/views"
)

// handIn stores a batch that made a code.
func (s *shop) handIn(c payments.Code) {
	s.t.Helper()
	id := "b-" + c.ID
	err := s.Store.Update(s.t.Context(), func(tx payments.Tx) error {
		err := tx.InsertBatch(payments.Batch{
			ID: id, Environment: c.Environment, Name: c.InvoiceNumber + ".csv", FormID: id, State: payments.BatchDone, MadeBy: c.CreatedBy, MadeAt: s.Now(), Lines: 1,
		})
		if err != nil {
			return err
		}
		line := payments.BatchLine{BatchID: id, Line: 2, Order: payments.Order{FormID: id + "-2"}, CodeID: c.ID}
		if err := tx.InsertBatchLine(line); err != nil {
			return err
		}
		return tx.SettleBatchLine(line)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// handInFile posts a file as a browser does.
func (v *visitor) handInFile(name, content string) answer {
	v.s.t.Helper()
	return v.handInForm(name, content, url.Values{"rows": {""}, "expires_in": {"180"}})
}

// handInForm posts the form with its file; when none is chosen, a browser sends one
// without name and content.
func (v *visitor) handInForm(name, content string, fields url.Values) answer {
	v.s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	file := must(w.CreateFormFile("file", name))
	must(file.Write([]byte(content)))
	for field, values := range fields {
		must(0, w.WriteField(field, values[0]))
	}
	must(0, w.Close())
	return v.send(http.MethodPost, "/codes/bulk", b.String(), http.Header{"Content-Type": {w.FormDataContentType()}})
}

// startForm is what the preview's button posts.
func (a answer) startForm(which string) url.Values {
	form := url.Values{"which": {which}}
	for _, name := range []string{"form_id", "file_name", "expires_in"} {
		form.Set(name, a.field(name)["value"])
	}
	form.Set("rows", a.textarea("rows"))
	return form
}

// lines are the numbers of the lines as they are shown.
func (a answer) lines() (numbers []string) {
	for _, line := range a.elements("data-line") {
		numbers = append(numbers, line["data-line"])
	}
	return numbers
}

// textarea is what stands in a text field, as a browser would post it.
func (a answer) textarea(name string) string {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		return ""
	}
	for n := range doc.Descendants() {
		if n.Data == "textarea" && slices.Contains(n.Attr, html.Attribute{Key: "name", Val: name}) && n.FirstChild != nil {
			return n.FirstChild.Data
		}
	}
	return ""
}

const bulkFile = "\ufeffJumlah;Nama;HP;Menit\r\n" +
	"150.000;Budi Santoso;'0812-3456-7890;1440\r\n" +
	"5;Siti Aminah;;\r\n" +
	"75000;\"Agus; Wijaya\";;\r\n" +
	"75000;agus; wijaya;\r\n" +
	"150000;BUDI SANTOSO;;\r\n" +
	";;;\r\n"

// TestAListOfCodes goes from a file with a bad line to codes, cards and a file
// of results.
func TestAListOfCodes(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		v, other := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
		a := v.handInFile("sewa.csv", bulkFile)
		sum := a.elements("data-good")
		if a.status != 200 || len(sum) != 1 || sum[0]["data-good"] != "3" || sum[0]["data-bad"] != "2" {
			t.Fatalf("the preview: %v", a)
		}
		for _, words := range []string{"Paling sedikit Rp10.000", "sama dengan baris 2", "Agus; Wijaya", "6 sampai 15 angka", "Rp375.000"} {
			if !strings.Contains(a.body, words) {
				t.Errorf("the preview does not say %q", words)
			}
		}
		if order, want := a.lines(), []string{"3", "5", "6", "2", "4"}; !slices.Equal(order, want) {
			t.Errorf("the lines are shown as %q, want what to look at first: %q", order, want)
		}
		back := v.post("/codes/bulk", a.startForm("again"))
		if back.status != http.StatusOK || back.textarea("rows") != a.textarea("rows") || len(back.elements("data-good")) > 0 {
			t.Errorf("back to change the list: %v", back)
		}
		if changed := v.handInForm("", "", back.startForm("")); changed.field("file_name")["value"] != "sewa.csv" {
			t.Errorf("the changed list is called %q", changed.field("file_name")["value"])
		}
		if refused := v.post("/codes/bulk/start", a.startForm("all")); refused.status != http.StatusUnprocessableEntity {
			t.Errorf("all lines, two of them wrong: %d", refused.status)
		}
		if refused := other.post("/codes/bulk/start", a.startForm("good")); refused.status != http.StatusUnprocessableEntity {
			t.Errorf("another's form: %d", refused.status)
		}
		begun := v.post("/codes/bulk/start", a.startForm("good"))
		link := begun.header.Get("Location")
		if begun.status != http.StatusSeeOther || !strings.HasPrefix(link, "/codes/bulk/") {
			t.Fatalf("start: %v", begun)
		}
		if again := v.post("/codes/bulk/start", a.startForm("good")); again.header.Get("Location") != link {
			t.Errorf("pressed twice: %v", again)
		}
		if order, want := v.get(link).lines(), []string{"2", "3", "4", "5", "6"}; !slices.Equal(order, want) {
			t.Errorf("while it runs the lines are shown as %q, want each at its place: %q", order, want)
		}
		go s.Service.RunBatches(t.Context()) //nolint:errcheck // ends with the test
		s.eventually("the list is done", func() bool { return v.get(link).elements("data-state")[0]["data-state"] == "done" })

		page := v.get(link)
		if order, want := page.lines(), []string{"3", "5", "2", "4", "6"}; !slices.Equal(order, want) {
			t.Errorf("of a list that is done the lines are shown as %q, want what to look at first: %q", order, want)
		}
		if n := len(page.elements("data-payment-code")); n != 3 || !strings.Contains(page.body, "selesai") {
			t.Errorf("%d codes on %v", n, page)
		}
		rows := v.get(link+"/result.csv").sheetOf(t, "csv")
		if len(rows) != 6 || rows[1][1] != "Budi Santoso" || rows[1][3] != "150000" || rows[1][5] == "" || !strings.Contains(rows[1][8], "/pay/") || rows[3][1] != "Agus; Wijaya" {
			t.Errorf("the result: %q", rows)
		}
		// The lines that were wrong are there with what was wrong, to be mended.
		if bad := rows[2]; bad[1] != "Siti Aminah" || bad[3] != "5" || bad[5] != "" || !strings.Contains(bad[9], "Paling sedikit Rp10.000") || !strings.Contains(page.body, "2 baris tidak bisa dibuat") {
			t.Errorf("a line that was rejected: %q", rows[2])
		}
		if cards := v.get(link + "/cards"); strings.Count(cards.body, "<section") != 3 || strings.Contains(cards.body, "tidak ikut") || !strings.Contains(cards.body, "SIMULATOR") {
			t.Errorf("the cards: %v", cards)
		}
		// Who opened the cards is one line, however many cards and reloads; each
		// code's timeline has it.
		boss := s.member("ibu", payments.Owner)
		v.send(http.MethodHead, link+"/cards", "", nil)
		v.get(link + "/cards")
		boss.get(link + "/cards")
		s.ahead.Store(int64(2 * time.Minute))
		v.get(link + "/cards")
		opened := s.events(payments.EventBatchPrinted)
		if len(opened) != 3 || opened[0].Detail["codes"] != "3" || len(s.events(payments.EventPrinted)) > 0 {
			t.Errorf("openings of the cards: %v", opened)
		}
		if audit := boss.get("/audit?kind=batch_printed"); strings.Count(audit.body, `href="`+link+`"`) != 3 || !strings.Contains(audit.body, "kode: 3") {
			t.Errorf("the audit of openings: %v", audit)
		}
		first := must(s.Store.CodeByNumber(t.Context(), s.Service.Environment, rows[1][5]))
		if n := strings.Count(v.get("/codes/"+first.ID).body, "Kartu daftarnya dibuka untuk dicetak"); n != 3 {
			t.Errorf("a code's timeline tells of the cards %d times, want 3", n)
		}
		for _, path := range []string{link, link + "/result.csv", link + "/cards"} {
			if got := other.get(path).status; got != http.StatusNotFound {
				t.Errorf("another cashier gets %s: %d", path, got)
			}
		}
		if strings.Contains(other.get("/codes/bulk").body, "sewa.csv") {
			t.Error("another cashier sees the list")
		}
		if !strings.Contains(boss.get("/codes/bulk").body, "sewa.csv") || boss.get(link).status != 200 {
			t.Error("the owner does not see the list")
		}
		s.buy(rows[1][5])
		s.eventually("a code of the list is paid", func() bool { return strings.Contains(v.get(link).body, `data-status="paid"`) })
		for lang, words := range map[string]string{"en": "1 code is left out, for it cannot be paid", "id": "1 kode tidak ikut"} {
			if cards := v.get(link + "/cards?lang=" + lang); strings.Count(cards.body, "<section") != 2 || !strings.Contains(cards.body, words) {
				t.Errorf("the cards of those that are left, without %q: %v", words, cards)
			}
		}
		if same := v.handInFile("sewa-lagi.csv", bulkFile); !strings.Contains(same.body, `href="`+link+`"`) {
			t.Error("the same list again is not pointed out")
		}
		if n := len(s.events(payments.EventBatchStarted)) + len(s.events(payments.EventBatchDone)); n != 2 {
			t.Errorf("%d events of the list, want 2", n)
		}
	})
}

// TestAResultIsHandedInAgain: it has every column that a list may have, with what
// was typed in it, so that once its mistakes are mended nothing is lost.
func TestAResultIsHandedInAgain(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		go s.Service.RunBatches(t.Context()) //nolint:errcheck // ends with the test
		v := s.member("sari", payments.Cashier)
		var head []string
		for _, c := range bulkColumns {
			head = append(head, c.id)
		}
		wrong := []string{"5", "Siti Aminah", "+62 812-3456-7890", "siti@contoh.id", "INV-7", "besok", "Sewa lapak", "=titip, tetangga"}
		right := []string{"75000", "Agus Wijaya", "0812-3456-7891", "agus@contoh.id", "INV-8", "1440", "Sewa kios", "lunasi dulu"}
		done := func(cells ...[]string) (rows [][]string) {
			t.Helper()
			var b bytes.Buffer
			if err := csv.NewWriter(&b).WriteAll(cells); err != nil {
				t.Fatal(err)
			}
			a := v.handInFile("sewa.csv", b.String())
			if sum := a.elements("data-good"); a.status != http.StatusOK || len(sum) != 1 || sum[0]["data-good"] != "1" || sum[0]["data-bad"] != "1" {
				t.Fatalf("%d %v %q", a.status, sum, a.classed("field-error"))
			}
			link := v.post("/codes/bulk/start", a.startForm("good")).header.Get("Location")
			s.eventually("the list is done", func() bool { return v.get(link).elements("data-state")[0]["data-state"] == "done" })
			return v.get(link+"/result.csv").sheetOf(t, "csv")
		}
		rows := done(head, wrong, right)
		at := map[string]int{}
		for i, head := range rows[0] {
			if field := fieldOf(head); field != "" {
				at[field] = i
			}
		}
		for i, c := range bulkColumns {
			column, there := at[c.field]
			if !there {
				t.Errorf("the result has no %s: %q", c.id, rows[0])
				continue
			}
			for j, typed := range [][]string{wrong, right} {
				if got := strings.TrimPrefix(rows[1+j][column], "'"); got != typed[i] {
					t.Errorf("%s of line %d: %q, want %q", c.id, 2+j, got, typed[i])
				}
			}
		}
		if t.Failed() {
			return
		}
		rows[1][at["amount"]], rows[1][at["expires_in"]] = "50000", "60"
		again := done(rows...)
		made, err := s.Store.CodeByInvoice(t.Context(), s.Service.Environment, "INV-7")
		if err != nil || made.Amount != 50_000 || made.ExpiresIn != 60 || made.CustomerName != wrong[1] || made.CustomerPhone != wrong[2] || made.CustomerEmail != wrong[3] || made.Info != wrong[6] || made.Note != wrong[7] {
			t.Errorf("the mended line made %+v, %v", made, err)
		}
		if taken := strings.Join(again[2], " "); !strings.Contains(taken, "Nomor invoice ini sudah dipakai kode lain") {
			t.Errorf("the line that has its code: %q", taken)
		}
	})
}

// TestListsThatAreWrong get a sentence, and what was pasted stays.
func TestListsThatAreWrong(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	many := "jumlah,nama\n" + strings.Repeat("10000,Budi\n", payments.MaxBatch+1)
	for name, test := range map[string]struct{ content, id, en string }{
		"nothing":    {"", "Tidak ada isinya", "nothing in it"},
		"no lines":   {"jumlah,nama\n", "belum ada barisnya", "no lines yet"},
		"no head":    {"150000,Budi\n10000,Siti\n", "“150000” tidak dikenal", "no column “150000”"},
		"no name":    {"jumlah,hp\n150000,0812\n", "jumlah dan nama harus ada", "columns amount and name"},
		"twice":      {"jumlah,nama,total\n1,2,3\n", "“total” ada dua kali", "“total” is there twice"},
		"quotation":  {"jumlah,\"nama\n150000,Budi\n", "Baris 1", "Line 1"},
		"no letters": {"jumlah,nama\n150000,Ren\x81\n", "UTF-8", "UTF-8"},
		"a workbook": {"PK\x03\x04\x00\x00", "UTF-8", "UTF-8"},
		"too many":   {many, "Paling banyak 1000 baris", "At most 1000 lines"},
		"too large":  {"jumlah,nama\n" + strings.Repeat("x", maxBulk), "256 KB", "256 KB"},
	} {
		for lang, want := range map[string]string{"id": test.id, "en": test.en} {
			a := v.post("/codes/bulk?lang="+lang, url.Values{"rows": {test.content}, "expires_in": {"60"}})
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
				t.Errorf("%s in %s: %d, without %q", name, lang, a.status, want)
			}
			if len(test.content) < 100 && strings.ToValidUTF8(test.content, "") == test.content && !strings.Contains(test.content, "\x00") && a.textarea("rows") != test.content {
				t.Errorf("%s: the list is lost: %q", name, a.textarea("rows"))
			}
		}
	}
	a := v.post("/codes/bulk?lang=en", url.Values{"rows": {"amount\tname\n10000\tBudi\textra\n"}, "expires_in": {"60"}})
	if !strings.Contains(a.body, "more columns") {
		t.Errorf("a line too long: %v", a)
	}
	if made := v.get("/codes/bulk").elements("data-good"); len(made) > 0 || len(s.events(payments.EventBatchStarted)) > 0 {
		t.Error("a list was handed in")
	}
}

// TestAQuotationMarkSpoilsOneLine at most, whatever stands between the cells: the
// others go on, and the result has the line as it was, to be mended.
func TestAQuotationMarkSpoilsOneLine(t *testing.T) {
	s := newShop(t)
	go s.Service.RunBatches(t.Context()) //nolint:errcheck // ends with the test
	v := s.member("sari", payments.Cashier)
	for name, separator := range map[string]string{"comma": ",", "semicolon": ";", "tab": "\t"} {
		lines := strings.ReplaceAll("jumlah|nama|catatan\r\n"+ // 1
			"150000|Budi "+name+"|\r\n"+ // 2
			"150000|Agus 32\"|layar \"besar\"\r\n"+ // 3: a mark within a cell
			"150000|\"Siti|x\r\n"+ // 4: never closed
			"150000|\"Dewi\" Lestari|x\r\n"+ // 5: goes on after it closed
			"150000| \"Wati \"\"W\"\"\" |\"satu; dua,\r\nbaris\"\r\n"+ // 6 and 7
			"150000|\"Eko\r\n"+ // 8: never closed, and not to take the rest with it
			"150000|"+name+"|\""+strings.Repeat("x", maxRecord)+"\r\n"+ // 9: as long as nothing is
			"150000|Joko|\"\"\r\n"+ // 10
			"150000|Ma\x92ruf Ren\xe9|\r\n"+ // 11, as Excel on Windows writes it
			"150000|\"Rina\r\n"+ // 12: not to swallow the next, which ends in a mark
			"150000|Tuti\"", "|", separator) // 13
		a := v.handInFile("daftar.csv", lines)
		if sum := a.elements("data-good"); a.status != http.StatusOK || len(sum) != 1 || sum[0]["data-good"] != "6" || sum[0]["data-bad"] != "5" {
			t.Errorf("%s: %d %v %q", name, a.status, sum, a.classed("field-error"))
			continue
		}
		if !strings.Contains(a.body, "baris 6–7") {
			t.Errorf("%s: it is not said which lines a cell takes", name)
		}
		torn := a.classed("field-error")
		if len(torn) != 5 || strings.Count(strings.Join(torn, "\n"), tornLine.id) != 5 {
			t.Errorf("%s: the mistakes are %q", name, torn)
		}
		link := v.post("/codes/bulk/start", a.startForm("good")).header.Get("Location")
		s.eventually("the list is done", func() bool { return v.get(link).elements("data-state")[0]["data-state"] == "done" })
		var got []string
		for _, row := range v.get(link+"/result.csv").sheetOf(t, "csv")[1:] {
			got = append(got, row[0]+" "+row[1])
		}
		separated := strings.NewReplacer("|", separator)
		want := []string{
			"2 Budi " + name, `3 Agus 32"`, separated.Replace(`4 150000|"Siti|x`), separated.Replace(`5 150000|"Dewi" Lestari|x`), `6 Wati "W"`,
			separated.Replace(`8 150000|"Eko`), separated.Replace(`9 150000|` + name + `|"` + strings.Repeat("x", 80-9-len(name))), "10 Joko", "11 Ma’ruf René", separated.Replace(`12 150000|"Rina`), `13 Tuti"`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the result is\n%q, want\n%q", name, got, want)
		}
		for _, c := range must(s.Store.BatchCodes(t.Context(), strings.TrimPrefix(link, "/codes/bulk/"))) {
			if strings.HasPrefix(c.CustomerName, "Wati") && c.Note != "satu; dua,\nbaris" || strings.HasPrefix(c.CustomerName, "Agus") && c.Note != `layar "besar"` {
				t.Errorf("%s: the note of %s is %q", name, c.CustomerName, c.Note)
			}
		}
	}
}

// TestALineHoldsToTheCountersRules gives each column what the counter's form
// refuses: the same sentence comes back at the line.
func TestALineHoldsToTheCountersRules(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	for field, value := range map[string]string{
		"jumlah": "15,5", "nama": strings.Repeat("n", 41), "hp": "nol", "email": "budi", "invoice": "INV 1", "menit": "besok", "info": strings.Repeat("i", 31), "catatan": strings.Repeat("c", 501),
	} {
		row := map[string]string{"jumlah": "150000", "nama": "Budi Santoso"}
		row[field] = value
		var head, cells []string
		for name, cell := range row {
			head, cells = append(head, name), append(cells, `"`+cell+`"`)
		}
		a := v.post("/codes/bulk", url.Values{"rows": {fmt.Sprintf("%s\n%s\n", strings.Join(head, ","), strings.Join(cells, ","))}})
		form := v.codeForm()
		form.Set(fieldOf(field), value)
		said := v.post("/codes", form).mistake(fieldOf(field))
		if said == "" || !strings.Contains(strings.Join(a.classed("field-error"), "\n"), said) {
			t.Errorf("%s: the counter says %q, the list %q", field, said, a.classed("field-error"))
		}
	}
}

// TestOwnFilesAreTaken again as a list of codes, with what a new code does not
// take from them passed over; a column of anybody else's is named.
func TestOwnFilesAreTaken(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	ibu.issue()
	var heads []string
	for _, head := range resultColumns(views.Indonesian) {
		heads = append(heads, head.(string))
	}
	results := strings.Join(heads, ",") + "\r\n7,Budi,0812-3456-7890,75000,,,INV-BARU,,,Nama terlalu panjang\r\n"
	for name, content := range map[string]string{
		"exported": strings.Replace(ibu.get("/transactions.csv").body, ",INV-", ",INV-LAIN-", 1),
		"english":  strings.Replace(ibu.get("/transactions.csv?lang=en").body, ",INV-", ",INV-LAIN-", 1),
		"results":  results,
		"before":   "Dibuat,Keadaan,Kode pembayaran,Nomor tagihan,Nama,Telepon,Jumlah\r\nx,Lunas,1,INV-LAMA,Budi,0812-3456-7890,75000\r\n",
	} {
		a := ibu.handInFile("daftar.csv", content)
		if sum := a.elements("data-good"); a.status != http.StatusOK || len(sum) != 1 || sum[0]["data-good"] != "1" || sum[0]["data-bad"] != "0" {
			t.Errorf("%s: %d %q", name, a.status, a.mistake("rows"))
		}
		ibu.get("/?lang=id")
	}
	if a := ibu.handInFile("daftar.csv", "nama,jumlah,kode bayar\nBudi,75000,1\n"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a number of one's own: %d", a.status)
	}
}

// TestABulkListWithoutCredentials is not lost: it is shown again, with the
// sentence of the counter.
func TestABulkListWithoutCredentials(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	rows := "jumlah,nama\n150000,Budi"
	shown := v.post("/codes/bulk", url.Values{"rows": {rows}, "expires_in": {"60"}})
	start := url.Values{"form_id": {shown.field("form_id")["value"]}, "rows": {rows}, "expires_in": {"60"}, "which": {"all"}, "file_name": {""}}
	client, secret := s.Service.DOKU.ClientID, s.Service.DOKU.SecretKey
	s.Service.DOKU.ClientID, s.Service.DOKU.SecretKey = "", ""
	a := v.post("/codes/bulk/start", start)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Client ID dan Secret Key DOKU belum diisi") ||
		!strings.Contains(a.body, "150000,Budi") || a.field("form_id")["value"] != start.Get("form_id") {
		t.Errorf("%d: %s", a.status, a.body)
	}
	s.Service.DOKU.ClientID, s.Service.DOKU.SecretKey = client, secret
	if a := v.post("/codes/bulk/start", start); a.status != http.StatusSeeOther {
		t.Errorf("with credentials: %d", a.status)
	}
}
