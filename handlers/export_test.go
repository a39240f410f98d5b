package handlers

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kodebayar/payments"
)

// sheetOf reads an export by somebody else's reader.
func (a answer) sheetOf(t *testing.T, ending string) [][]string {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%s: %v", ending, a)
	}
	if ending == "csv" {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	file, err := excelize.OpenReader(bytes.NewReader([]byte(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := file.GetRows(file.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestExports are the list of the same URL, for the same eyes, and run nothing
// in a spreadsheet.
func TestExports(t *testing.T) {
	s := newShop(t)
	sari, budi, ibu := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier), s.member("ibu", payments.Owner)
	form := sari.codeForm()
	form.Set("customer_name", `=HYPERLINK("http://x";"y")`)
	form.Set("note", "-2+3")
	evil := sari.issueWith(form)
	other := budi.issue()
	s.buy(other.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), other.ID)).Status == payments.Paid })
	moment := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+08:00$`)
	for _, ending := range []string{"csv", "xlsx"} {
		rows := ibu.get("/transactions."+ending).sheetOf(t, ending)
		if len(rows) != 3 || rows[0][2] != "Kode bayar" {
			t.Fatalf("%s: %q", ending, rows)
		}
		paid, first := rows[1], rows[2]
		if paid[2] != other.PaymentCode || paid[6] != fmt.Sprint(other.Amount) || paid[7] != fmt.Sprint(other.Amount) || paid[11] != "budi" {
			t.Errorf("%s: %q", ending, paid)
		}
		for _, at := range []string{paid[0], paid[8], paid[9]} {
			if !moment.MatchString(at) {
				t.Errorf("%s: a time is %q", ending, at)
			}
		}
		name, note := `=HYPERLINK("http://x";"y")`, "-2+3"
		if ending == "csv" {
			name, note = "'"+name, "'"+note
		}
		if first[4] != name || first[12] != note {
			t.Errorf("%s: a formula may run: %q", ending, first)
		}
		own := sari.get("/transactions."+ending).sheetOf(t, ending)
		if len(own) != 2 || own[1][3] != evil.InvoiceNumber {
			t.Errorf("%s: a cashier downloads %q", ending, own)
		}
		if rows := ibu.get("/transactions."+ending+"?tab=unpaid&lang=en").sheetOf(t, ending); len(rows) != 2 || rows[1][3] != evil.InvoiceNumber || rows[0][1] != "Status" {
			t.Errorf("%s of a tab: %q", ending, rows)
		}
		ibu.get("/?lang=id")
		if page := ibu.get("/transactions?tab=unpaid").body; !strings.Contains(page, `href="/transactions.`+ending+`?tab=unpaid"`) {
			t.Errorf("the list has no link to its %s", ending)
		}
	}
}

// TestAnExportReadsBeyondOneBatch has more rows than are read at a time.
func TestAnExportReadsBeyondOneBatch(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	s.stock(exportBatch + 5)
	seen := map[string]bool{}
	for _, row := range ibu.get("/transactions.csv").sheetOf(t, "csv")[1:] {
		seen[row[3]] = true
	}
	if len(seen) != exportBatch+5 {
		t.Errorf("%d of %d codes", len(seen), exportBatch+5)
	}
}

// TestAnExportFlows: it is never whole in memory or on a disk of ours: its first rows are on
// their way while the last are not yet read, and whoever leaves leaves nothing
// behind.
func TestAnExportFlows(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	// More than a socket holds: notes that no packing makes small.
	const rows = 8 * exportBatch
	s.stockNoted(rows, func() string {
		var note strings.Builder
		for note.Len() < 480 {
			note.WriteString(rand.Text())
		}
		return note.String()
	})
	for _, ending := range []string{"csv", "xlsx"} {
		ctx, leave := context.WithCancel(t.Context())
		a, err := ibu.client.Do(ibu.request("GET", "/transactions."+ending, strings.NewReader(""), http.Header{"Accept-Encoding": {"identity"}}).WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(a.Body, make([]byte, 1000)); err != nil {
			t.Errorf("%s: %v", ending, err)
		}
		list := exportOf{must(s.Store.StaffByEmail(t.Context(), "ibu@toko.id")).ID, "/transactions"}
		running := s.exports.look(list)
		if running == nil || running.rows.Load() >= rows {
			t.Errorf("%s: all was read before the first byte", ending)
		}
		if got := ibu.get("/transactions?part=export").body; !strings.Contains(got, "dari 8.000 kode") || !strings.Contains(got, `max="8000"`) {
			t.Errorf("%s: while it runs: %s", ending, got)
		}
		leave()
		a.Body.Close()
		s.eventually("broken off", func() bool { return exportEnd(running.state.Load()) == exportTorn })
		if got := ibu.get("/transactions?part=export").body; !strings.Contains(got, "terputus") {
			t.Errorf("%s: of one that broke off: %s", ending, got)
		}
		if left := must(os.ReadDir(folder)); len(left) > 0 {
			t.Errorf("%s: left behind: %v", ending, left)
		}
	}
	ibu.get("/transactions.csv?status=expired")
	if got := ibu.get("/transactions?status=expired&part=export").body; !strings.Contains(got, "Selesai: 8.000 kode") {
		t.Errorf("of a whole one: %s", got)
	}
	if got := s.member("eka", payments.Owner).get("/transactions?status=expired&part=export").body; strings.Contains(got, "8.000") {
		t.Errorf("somebody else is told: %s", got)
	}
}

// stock puts so many codes on the shelf at once.
func (s *shop) stock(n int) {
	s.t.Helper()
	s.stockNoted(n, func() string { return "" })
}

// stockNoted gives each of them a note.
func (s *shop) stockNoted(n int, note func() string) {
	s.t.Helper()
	if err := s.Store.Update(s.t.Context(), func(tx payments.Tx) error {
		for i := range n {
			id := fmt.Sprintf("stock-%06d", i)
			if _, err := tx.InsertCode(payments.Code{
				ID: id, Environment: payments.Simulator, Mode: payments.DGPC, Status: payments.Expired, InvoiceNumber: id, Amount: 10_000,
				CustomerName: "Budi", Note: note(), CreatedBy: "x", CreatedAt: s.Now(), Token: id, FormID: id, Version: 1,
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// TestExportsTellRefunds that count, and the rows of a list bear a mark; those
// that wait for a second person do not.
func TestExportsTellRefunds(t *testing.T) { eachShop(t, exportsTellRefunds) }

func exportsTellRefunds(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	ibu.post("/settings", saved("refund_second_above", "100.000"))
	back, waits := ibu.sold(), ibu.sold()
	for _, amount := range []string{"10.000", "25.000"} {
		ibu.post("/codes/"+back.ID+"/refunds", url.Values{"amount": {amount}, "method": {"cash"}, "reason": {"rusak"}})
	}
	ibu.post("/codes/"+waits.ID+"/refunds", url.Values{"amount": {"150.000"}, "method": {"cash"}, "reason": {"rusak"}})
	for _, ending := range []string{"csv", "xlsx"} {
		rows := ibu.get("/transactions."+ending).sheetOf(t, ending)
		if last := len(rows[0]) - 1; rows[0][last] != "Dikembalikan" || rows[1][last] != "0" || rows[2][last] != "35000" {
			t.Errorf("%s: %q", ending, rows)
		}
	}
	list := ibu.get("/transactions")
	if marked := list.elements("data-refunded"); len(marked) != 1 || marked[0]["id"] != "code-"+back.ID || marked[0]["data-refunded"] != "35000" || strings.Count(list.body, "dikembalikan Rp35.000") != 1 {
		t.Errorf("the list marks %v", marked)
	}
}
