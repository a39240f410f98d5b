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
	"slices"
	"strings"
	"testing"
	"time"

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
		if at := slices.Index(rows[0], "Dikembalikan"); at < 0 || rows[1][at] != "0" || rows[2][at] != "35000" {
			t.Errorf("%s: %q", ending, rows)
		}
	}
	list := ibu.get("/transactions")
	if marked := list.elements("data-refunded"); len(marked) != 1 || marked[0]["id"] != "code-"+back.ID || marked[0]["data-refunded"] != "35000" || strings.Count(list.body, "dikembalikan Rp35.000") != 1 {
		t.Errorf("the list marks %v", marked)
	}
}

// paidAgain moves codes to the top of the order of payments.
func (s *shop) paidAgain(ids ...string) {
	s.t.Helper()
	if err := s.Store.Update(s.t.Context(), func(tx payments.Tx) error {
		for _, id := range ids {
			c, err := tx.Code(s.t.Context(), id)
			if err != nil {
				return err
			}
			if c.PaidAt.IsZero() {
				c.PaidAt = s.Now().Add(-time.Hour)
			} else {
				c.PaidAt = s.Now()
			}
			c.PaidTotal, c.PaidCount = c.PaidTotal+c.Amount, c.PaidCount+1
			if err := tx.UpdateCode(&c); err != nil {
				return err
			}
			if err := tx.Append(payments.Event{At: s.Now(), CodeID: id, Kind: payments.EventPaid, Actor: payments.ActorDOKU}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// TestAnExportKeepsItsPlace: in the order of payments every code is in it once,
// though some are paid again meanwhile: those that it reads on from, and others
// that it has read or not.
func TestAnExportKeepsItsPlace(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	const rows = 4 * exportBatch // more than a socket holds
	s.stockNoted(rows, func() string { return strings.Repeat("catatan ", 160) })
	var all, last []string
	for i := range rows {
		all = append(all, fmt.Sprintf("stock-%06d", i))
		if i%exportBatch < 2 || i%exportBatch > exportBatch-2 { // newest first: the ends of each batch
			last = append(last, all[i])
		}
	}
	s.paidAgain(all...)
	a, err := ibu.client.Do(ibu.request("GET", "/transactions.csv?by=paid", strings.NewReader(""), http.Header{"Accept-Encoding": {"identity"}}))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	start := make([]byte, 1000)
	if _, err := io.ReadFull(a.Body, start); err != nil {
		t.Fatal(err)
	}
	s.paidAgain(last...)
	rest, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	seen, twice := map[string]bool{}, 0
	for _, row := range (answer{status: a.StatusCode, header: a.Header, body: string(start) + string(rest)}).sheetOf(t, "csv")[1:] {
		if seen[row[3]] {
			twice++
		}
		seen[row[3]] = true
	}
	if twice > 0 || len(seen) != rows {
		t.Errorf("%d rows twice, %d codes of %d", twice, len(seen), rows)
	}
}

// TestAPageKeepsItsPlace: in the order of payments the next page begins where
// the one before ended, though the code it ended with was paid again; a plain id
// is still understood, and what is no place is left out.
func TestAPageKeepsItsPlace(t *testing.T) { eachShop(t, aPageKeepsItsPlace) }

func aPageKeepsItsPlace(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	const rows = 2*pageLength + 10
	s.stock(rows)
	var all []string
	for i := range rows {
		all = append(all, fmt.Sprintf("stock-%06d", i))
	}
	s.paidAgain(all...)
	shown := func(a answer) (ids []string) {
		for _, e := range a.elements("data-invoice") {
			ids = append(ids, strings.TrimPrefix(e["id"], "code-"))
		}
		return ids
	}
	link := func(a answer, which string) string {
		for _, e := range a.elements("href") {
			if strings.Contains(e["href"], which+"=") && strings.HasPrefix(e["href"], "/transactions?") {
				return e["href"]
			}
		}
		t.Fatalf("no link to the page %s: %s", which, a.body)
		return ""
	}
	first := ibu.get("/transactions?by=paid")
	one, older := shown(first), link(first, "before")
	s.paidAgain(one[len(one)-1])
	second := ibu.get(older)
	two := shown(second)
	if len(one) != pageLength || len(two) != pageLength || slices.ContainsFunc(two, func(id string) bool { return slices.Contains(one, id) }) {
		t.Errorf("the first page shows %v, the second %v", one, two)
	}
	s.paidAgain(two[0])
	if back := shown(ibu.get(link(second, "after"))); len(back) != pageLength || back[len(back)-1] != one[len(one)-2] {
		t.Errorf("back again: %v, first there was %v", back, one)
	}
	if plain := shown(ibu.get("/transactions?by=paid&before=" + two[5])); len(plain) != pageLength || plain[0] != two[6] {
		t.Errorf("from a plain id: %v", plain)
	}
	for _, odd := range []string{"x.y.z", ".", "1.", ".a", "-1.a", "99999999999999999999.a", "1.A", "%00"} {
		if a := ibu.get("/transactions?by=paid&before=" + odd); a.status != http.StatusOK || len(shown(a)) != pageLength {
			t.Errorf("%s: %d", odd, a.status)
		}
	}
}

// TestAskingForTheHeadOfAnExport begins none.
func TestAskingForTheHeadOfAnExport(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	list := exportOf{must(s.Store.StaffByEmail(t.Context(), "ibu@toko.id")).ID, "/transactions"}
	for _, ending := range []string{"csv", "xlsx"} {
		if a := ibu.send("HEAD", "/transactions."+ending, "", nil); a.status != http.StatusOK || a.header.Get("Content-Disposition") == "" {
			t.Errorf("%s: %d %v", ending, a.status, a.header)
		}
		if s.exports.look(list) != nil {
			t.Errorf("%s: an export runs", ending)
		}
	}
	ibu.get("/transactions.csv")
	if s.exports.look(list) == nil {
		t.Error("one that was asked for is not followed")
	}
}
