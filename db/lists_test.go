package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

var jakarta = time.FixedZone("WIB", 7*60*60)

var listDay = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

// stocked fills a database with codes that differ in all that lists ask for.
func stocked(t *testing.T, d *db.DB, n int) []payments.Code {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 8))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	var codes []payments.Code
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for i := range n {
			at := listDay.Add(time.Duration(i) * 7 * time.Minute)
			c := payments.Code{
				ID: payments.NewIDAt(at), Environment: payments.Sandbox, Mode: payments.Mode(pick("dgpc", "dgpc", "dgpc", "mgpc", "dipc")),
				Status:        payments.Status(pick("active", "paid", "paid", "paid", "expired", "cancelled", "unknown", "rejected")),
				InvoiceNumber: fmt.Sprintf("%s-%d-%05d", pick("INV", "Sewa", "ORDER"), 20260301+i/100, i), Amount: int64(10_000 * (1 + random.IntN(30))),
				CustomerName:  pick("Budi", "Buditama", "Siti", "José", "Ni Luh", "O", "Agus") + " " + pick("Santoso", "Aminah", "Sari-Dewi", "Wijaya", ""),
				CustomerPhone: pick("", fmt.Sprintf("0812 %04d %04d", random.IntN(3), i), fmt.Sprintf("+62857%08d", i)),
				PaymentCode:   pick("", fmt.Sprintf("60590000%08d", i)), CreatedBy: pick("sari", "budi", "budi"), CreatedAt: at,
				Token: fmt.Sprint("t", i), FormID: fmt.Sprint("f", i), Version: 1,
			}
			if random.IntN(50) == 0 {
				c.Environment = payments.Simulator
			}
			if random.IntN(20) == 0 {
				c.Attention = 1
			}
			if c.Status == payments.Paid {
				c.PaidAt, c.PaidTotal, c.PaidCount = at.Add(time.Duration(random.IntN(3000))*time.Minute).Truncate(time.Minute), c.Amount, 1
			}
			if ok, err := tx.InsertCode(c); err != nil || !ok {
				return fmt.Errorf("%v %w", ok, err)
			}
			codes = append(codes, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

// filters are combinations of all that narrows a list.
func filters(n int) []db.ListFilter {
	random := rand.New(rand.NewPCG(9, 10))
	words := []string{
		"", "", "", "budi", "bud", "bu", "b", "BUDI", "jose", "José", "luh", "ni", "o", "sari dewi", "dewi", "santoso budi", "bud san", "dew sari", "bud budi", "sant sa", "sari order", "inv budi", "luh sari dewi", "b santoso", "ni luh", "uti", "inv", "INV-20260301-00007",
		"sewa", "ORDER-20260303", "20260302", "00012", "150.000", "Rp 150.000", "150000", "15000", "0812", "08120001", "+62 857-0000", "0007", "6059000000000012",
		"60590000000", "605900000000", "6059", "60590", "6059000000", "605900000001", "budi 6059", "0012", "12", "%", "_", "'", "\\", "budi 150000", "zzz", "- -",
	}
	// Lists of which nothing is left out, whose totals are kept.
	all := []db.ListFilter{{Environment: payments.Sandbox, Limit: 40}, {Environment: payments.Sandbox, Scope: "sari", Limit: 40}, {Environment: payments.Sandbox, Mode: payments.MGPC, Limit: 40}}
	for range n {
		f := db.ListFilter{Environment: payments.Sandbox, Limit: 1 + random.IntN(40), DayStart: listDay.Add(30 * time.Hour), Query: words[random.IntN(len(words))]}
		f.Tab = []db.Tab{db.TabAll, db.TabAll, db.TabUnpaid, db.TabPaidToday, db.TabAttention}[random.IntN(5)]
		f.Scope = []string{"", "", "sari", "budi", "nobody"}[random.IntN(5)]
		if random.IntN(4) == 0 {
			f.Maker = []string{"sari", "budi"}[random.IntN(2)]
		}
		for _, s := range []payments.Status{payments.Active, payments.Paid, payments.Cancelled, payments.Unknown, payments.Rejected} {
			if random.IntN(8) == 0 {
				f.Statuses = append(f.Statuses, s)
			}
		}
		if random.IntN(5) == 0 {
			f.Mode = []payments.Mode{payments.DGPC, payments.MGPC, payments.DIPC}[random.IntN(3)]
		}
		switch random.IntN(6) {
		case 0:
			f.Min, f.Max = 150_000, 150_000
		case 1:
			f.Min = 100_000
		case 2:
			f.Max = 200_000
		}
		if random.IntN(3) == 0 {
			f.From = listDay.Add(time.Duration(random.IntN(3000)) * time.Minute)
		}
		if random.IntN(3) == 0 {
			f.To = listDay.Add(time.Duration(1000+random.IntN(4000)) * time.Minute)
		}
		f.ByPaid = random.IntN(5) == 0
		all = append(all, f)
	}
	return all
}

// TestListsShowWhatMatches pages through lists of every kind, down and up
// again: together their pages are exactly the codes that match, in order, and
// their totals those of them.
func TestListsShowWhatMatches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		codes := stocked(t, d, 600)
		found := 0
		for i, f := range filters(200) {
			var want []payments.Code
			for _, c := range codes {
				if f.Matches(c) {
					want = append(want, c)
				}
			}
			byPaid := (f.ByPaid || f.Tab == db.TabPaidToday) && f.Tab != db.TabAttention && f.Query == ""
			slices.SortFunc(want, func(a, b payments.Code) int {
				if byPaid && !a.PaidAt.Equal(b.PaidAt) {
					return b.PaidAt.Compare(a.PaidAt)
				}
				return strings.Compare(b.ID, a.ID)
			})
			found += len(want)
			f.Look = []int{0, 0, 37}[i%3]
			var down []string
			page, pages := db.CodesPage{More: true}, 0
			var err error
			for g := f; page.More; pages++ {
				if page, err = d.Codes(t.Context(), g); err != nil {
					t.Fatalf("%+v: %v", f, err)
				}
				for _, c := range page.Codes {
					down = append(down, c.ID)
				}
				if g.Before = page.Reached; g.Before == "" && len(page.Codes) > 0 {
					if g.Before = page.Codes[len(page.Codes)-1].ID; i%2 == 0 {
						g.Before = f.Cursor(page.Codes[len(page.Codes)-1])
					}
				}
				if pages > 1000 {
					t.Fatalf("%+v has no end", f)
				}
			}
			if got := strings.Join(down, " "); got != ids(want) {
				t.Errorf("%+v\n got %d: %s\nwant %d: %s", f, len(down), got, len(want), ids(want))
				continue
			}
			totals, err := d.Totals(t.Context(), f, 0)
			var sum db.Totals
			for _, c := range want { // as whoever adds up the rows of a list does, or of its file
				sum.Codes, sum.Asked, sum.Paid = sum.Codes+1, sum.Asked+c.Amount, sum.Paid+c.PaidTotal
			}
			if err != nil || totals != sum {
				t.Errorf("%+v: totals %+v, want %+v, %v", f, totals, sum, err)
			}
			if kept, known, err := d.KeptTotals(t.Context(), f); err != nil || known && (kept.Codes != sum.Codes || kept.Asked != sum.Asked) {
				t.Errorf("%+v: kept %+v, want %+v, %v", f, kept, sum, err)
			}
			if len(want) == 0 {
				continue
			}
			// Up again from the last.
			up := []string{want[len(want)-1].ID}
			for g, page := f, (db.CodesPage{More: true}); page.More; {
				g.Look, g.After = 0, up[len(up)-1]
				if page, err = d.Codes(t.Context(), g); err != nil {
					t.Fatal(err)
				}
				for _, c := range slices.Backward(page.Codes) {
					up = append(up, c.ID)
				}
			}
			slices.Reverse(up)
			if got := strings.Join(up, " "); got != ids(want) {
				t.Errorf("upwards %+v\n got %s\nwant %s", f, got, ids(want))
			}
		}
		if found < 1000 {
			t.Errorf("only %d codes were found in all: the lists say little", found)
		}
		// The list of what was paid on a day is what the counter counts of it,
		// though some was paid later.
		for i := range 4 {
			day := time.Date(2026, 3, 1+i, 0, 0, 0, 0, jakarta)
			counts, err := d.Counts(t.Context(), "", payments.Sandbox, day)
			if err != nil {
				t.Fatal(err)
			}
			f := db.ListFilter{Environment: payments.Sandbox, Tab: db.TabPaidToday, DayStart: day}
			if totals, err := d.Totals(t.Context(), f, 0); err != nil || totals.Codes != counts.PaidToday || totals.Codes == 0 {
				t.Errorf("paid on %s: a list of %d, a count of %d, %v", day, totals.Codes, counts.PaidToday, err)
			}
		}
	})
}

func ids(codes []payments.Code) string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.ID
	}
	return strings.Join(all, " ")
}

// TestWhatPeopleSearch holds the words that people type to the codes they mean.
func TestWhatPeopleSearch(t *testing.T) {
	c := payments.Code{
		Environment: payments.Sandbox, InvoiceNumber: "INV-20260301-K7QX2", Amount: 1_500_000, CustomerName: "Ni Luh Andréa Sari-Dewi",
		CustomerPhone: "0812-3456-7890", PaymentCode: "6059123456789012",
	}
	for words, want := range map[string]bool{
		"ni": true, "luh": true, "andrea": true, "ANDRÉA": true, "and": true, "sari": true, "dewi sari": true, "ari": false, "n": true, "s": true, "x": false, "ni l": true,
		"INV-20260301-K7QX2": true, "inv 20260301 k7qx2": true, "k7qx2": true, "K7QX": true, "k7q": false, "20260301": true, "7qx2": false,
		"1500000": true, "1.500.000": true, "Rp1.500.000": true, "rp 1.500.000": true, "150000": false, "15000000": false,
		"081234567890": true, "0812 3456": true, "+62 812-3456-7890": true, "62812345": true, "812345": true, "7890": true, "567890": true, "789": false,
		"6059 1234 5678 9012": true, "6059123456789012": true, "605912345678": true, "60591234567": true, "6059 1234": true, "60591": true, "6059": true, "605": false, "60592": false, "0591": false, "9012": true, "789012": true, "9013": false,
		"sari 1500000": true, "sari 1500001": false, "": true, "%": false,
	} {
		f := db.ListFilter{Environment: payments.Sandbox, Query: words}
		if got := f.Matches(c); got != want {
			t.Errorf("%q: %v, want %v", words, got, want)
		}
	}
}

// TestListsReadAnIndex shows that no list walks a table or sorts: each reads one
// index in its order.
func TestListsReadAnIndex(t *testing.T) {
	file := t.TempDir() + "/test.db"
	d := dbtest.Open(t, file)
	stocked(t, d, 50)
	seen := map[string]bool{}
	for _, f := range filters(700) {
		for _, query := range f.Queries() {
			plan := d.Plan(t, query)
			seen[query.SQL] = true
			// A plan does not tell which of two lower bounds is the one that is
			// sought, so there must be one.
			bounds := strings.Count(query.SQL, "paid_at > ") + strings.Count(query.SQL, "paid_at >= ") + strings.Count(query.SQL, "(paid_at, id) > ")
			if byPaid := strings.Contains(query.SQL, "ORDER BY paid_at"); byPaid != (bounds == 1) || bounds > 1 {
				t.Errorf("%d lower bounds of payment: %s", bounds, query.SQL)
			}
			if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\n%s", query.SQL, plan)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d queries were seen", len(seen))
	}
}

// TestAListOfWhatChanged is read from the log, not from all codes, in the order of
// making though the list is by payment.
func TestAListOfWhatChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		f := db.ListFilter{Environment: payments.Sandbox, ByPaid: true, Limit: 2}
		var changed []payments.Code
		for i, c := range stocked(t, d, 60) {
			if i%2 == 0 {
				continue
			}
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				return tx.Append(payments.Event{At: listDay, CodeID: c.ID, Kind: payments.EventNoted, Actor: payments.ActorSystem})
			}); err != nil {
				t.Fatal(err)
			}
			if i > 10 && f.Matches(c) {
				changed = append(changed, c)
			}
		}
		f.Since = 5 // those of 1, 3, 5, 7, 9
		var got []payments.Code
		for page := (db.CodesPage{More: true}); page.More; f.Before = f.Cursor(got[len(got)-1]) {
			var err error
			if page, err = d.Codes(t.Context(), f); err != nil || len(page.Codes) == 0 {
				t.Fatal(page, err)
			}
			got = append(got, page.Codes...)
		}
		slices.Reverse(changed)
		if ids(got) != ids(changed) {
			t.Errorf("got %s, want %s", ids(got), ids(changed))
		}
		if strings.HasPrefix(address, "postgres") {
			return
		}
		for _, query := range f.Queries() {
			if plan := d.Plan(t, query); strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "AND id=?") {
				t.Errorf("%s\n%s", query.SQL, plan)
			}
		}
	})
}

// TestOldDatabasesAreIndexed: codes of a version without tokens are found once
// they are indexed, and only then; a new database has nothing to index.
func TestOldDatabasesAreIndexed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		indexed := func() string {
			version, err := d.Setting(t.Context(), "tokens")
			if err != nil {
				t.Fatal(err)
			}
			return version
		}
		if err := d.BeginTokens(t.Context()); err != nil || indexed() == "" {
			t.Fatalf("a new database is to be indexed, %v", err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM settings WHERE name = 'tokens'`); return err }); err != nil {
			t.Fatal(err)
		}
		codes := stocked(t, d, 700)
		if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM code_tokens`); return err }); err != nil {
			t.Fatal(err)
		}
		f := db.ListFilter{Environment: payments.Sandbox, Query: "budi", Limit: 1000}
		count := func() int {
			page, err := d.Codes(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Codes)
		}
		if n := count(); n != 0 {
			t.Fatalf("%d are found without tokens", n)
		}
		if err := d.BeginTokens(t.Context()); err != nil || indexed() != "" {
			t.Fatalf("an old database counts as indexed: %q, %v", indexed(), err)
		}
		for range 2 {
			if err := d.IndexTokens(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want := 0
		for _, c := range codes {
			if f.Matches(c) {
				want++
			}
		}
		if n := count(); n != want || want == 0 {
			t.Errorf("%d are found, want %d", n, want)
		}
	})
}

// TestWhatIsChangedIsFound by what it is now, not by what it was.
func TestWhatIsChangedIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		c := stocked(t, d, 1)[0]
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			c, err := tx.Code(t.Context(), c.ID)
			if err != nil {
				return err
			}
			c.CustomerName, c.CustomerPhone, c.Amount, c.PaymentCode = "Wahyu Baru", "0899 7777 1234", 765_000, "7777000011112222"
			return tx.UpdateCode(&c)
		})
		if err != nil {
			t.Fatal(err)
		}
		for words, want := range map[string]int{"wahyu": 1, "0899 7777": 1, "765000": 1, "2222": 1, "777700001111": 1, "7777": 1, "77770": 1, "777700": 1, "7777000011": 1, "6059": 0, strings.Fields(c.CustomerName)[0]: 0} {
			page, err := d.Codes(t.Context(), db.ListFilter{Environment: c.Environment, Query: words, Limit: 5})
			if err != nil || len(page.Codes) != want {
				t.Errorf("%q finds %d, want %d, %v", words, len(page.Codes), want, err)
			}
		}
		var left int
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			rows, err := tx.QueryContext(t.Context(), `SELECT COUNT(*) FROM code_tokens`)
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			return rows.Scan(&left)
		}); err != nil || left > 26 {
			t.Errorf("%d tokens of one code, %v", left, err)
		}
	})
}
