package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestReportsAddUp makes codes of all fates over several days: each number of a
// report is what its list holds, and what the file says.
func TestReportsAddUp(t *testing.T) { eachShop(t, reportsAddUp) }

func reportsAddUp(t *testing.T, s *shop) {
	ibu, books, sari := s.member("ibu", payments.Owner), s.member("buku", payments.Accountant), s.member("sari", payments.Cashier)
	ibu.post("/settings", saved("fee_per_payment", "2.500", "fee_percent", "0,5", "settlement_days", "2"))
	for range 2 {
		paid := sari.sold()
		ibu.sold()
		sari.issue() // stays open
		late := ibu.issue()
		ibu.post("/codes/"+paid.ID+"/refunds", url.Values{"amount": {"10.000"}, "method": {"cash"}, "reason": {"rusak"}})
		s.ahead.Add(int64(2 * time.Hour))
		if status, answer := s.machine("/simulator/pay", map[string]any{"code": late.PaymentCode, "agent": "ALFAMIDI", "store": "M001", "amount": late.Amount, "force": true}); status != http.StatusOK {
			t.Fatalf("late: %d %s", status, answer)
		}
		s.eventually("late", func() bool { return must(s.Store.Code(t.Context(), late.ID)).Status == payments.Paid })
		s.ahead.Add(int64(22 * time.Hour))
	}
	number := regexp.MustCompile(`^([\d.]+) kode`)
	follow := func(href string) int {
		t.Helper()
		a := books.get(href)
		if strings.HasPrefix(href, "/reports/refunds") {
			return strings.Count(a.body, `aria-label="Kode `)
		}
		m := number.FindStringSubmatch(a.textOf("foot"))
		if m == nil {
			if strings.Contains(a.body, "Tidak ada yang cocok") {
				return 0
			}
			t.Fatalf("%s: the foot says %q", href, a.textOf("foot"))
		}
		return must(strconv.Atoi(strings.ReplaceAll(m[1], ".", "")))
	}
	// What was not paid: codes that ended so, and those that still may be paid.
	page := books.get("/reports?days=week")
	missed := regexp.MustCompile(`href="([^"]+)"><strong>(Rp[\d.]+)</strong></a>\s*<span class="report-detail">2 kode`).FindStringSubmatch(page.body)
	if missed == nil || !strings.Contains(page.body, "Tidak dibayar") || strings.Contains(page.body, "Belum dibayar") {
		t.Fatal("the report does not tell what was not paid")
	}
	if foot := books.get(strings.ReplaceAll(missed[1], "&amp;", "&")).textOf("foot"); missed[2] != "Rp300.000" || !strings.Contains(foot, "2 kode, diminta Rp300.000 , masuk Rp0") {
		t.Errorf("%s was not paid, its list says %q", missed[2], foot)
	}
	link := regexp.MustCompile(`<a href="([^"]+)">([\d.]+)<span class="sr-only">`)
	for _, by := range []string{"day", "week", "month", "cashier", "mode", "chain"} {
		a := books.get("/reports?days=week&by=" + by)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %v", by, a.status)
		}
		if said := strings.Contains(a.body, "Pengembalian dihitung pada kasir yang membuat kodenya"); said != (by == "cashier") {
			t.Errorf("%s says whose refunds are counted: %v", by, said)
		}
		links := link.FindAllStringSubmatch(a.body, -1)
		if len(links) < 2 || by == "day" && len(links) < 10 {
			t.Errorf("%s: %d linked numbers", by, len(links))
		}
		for _, m := range links {
			href := strings.ReplaceAll(m[1], "&amp;", "&")
			if got := follow(href); strconv.Itoa(got) != m[2] {
				t.Errorf("%s says %s, its list %s holds %d", by, m[2], href, got)
			}
		}
		rows := books.get("/reports.csv?days=week&by="+by).sheetOf(t, "csv")
		if x := books.get("/reports.xlsx?days=week&by="+by).sheetOf(t, "xlsx"); fmt.Sprint(x) != fmt.Sprint(rows) {
			t.Errorf("%s: the files differ", by)
		}
		sums := map[string]int64{}
		for _, row := range rows[1:] {
			for i := 3; i < len(row); i++ {
				sums[rows[0][i]] += must(strconv.ParseInt(row[i], 10, 64))
			}
		}
		want := map[string]int64{"Kode lunas": 6, "Terlambat": 2, "Pembayaran": 6, "Diterima": 6 * 150_000, "Kode dibuat": 8, "Tidak dibayar": 2, "Jumlah tidak dibayar": 2 * 150_000, "Pengembalian": 2, "Jumlah dikembalikan": 20_000}
		if by == "chain" {
			want = map[string]int64{"Pembayaran": 6, "Diterima": 6 * 150_000}
		}
		for name, n := range want {
			if sums[name] != n {
				t.Errorf("%s: %s adds up to %d, want %d", by, name, sums[name], n)
			}
		}
	}
	// 6 payments of Rp150.000: 6 x 2.500 and 0,5 percent of 900.000.
	if a := books.get("/reports?days=week"); !strings.Contains(a.body, "Rp19.500") || !strings.Contains(a.body, "Rp880.500") {
		t.Errorf("fee and net are not told: %s", a.textOf("main"))
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if a := sari.get("/reports"); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
		t.Errorf("a cashier: %d", a.status)
	}
	for _, odd := range []string{"by=x&days=y", "from=2026-99-01&to=x", "from=2030-01-01&to=2020-01-01", "from=1999-01-01", "from=9999-01-01&to=9999-12-31"} {
		if a := books.get("/reports?" + odd); a.status != http.StatusOK {
			t.Errorf("%s: %d", odd, a.status)
		}
	}
}

// TestStretchesOfAReport go back and forth by as much as they are.
func TestStretchesOfAReport(t *testing.T) {
	day := func(s string) time.Time { return must(time.Parse(time.DateOnly, s)) }
	for _, c := range []struct{ from, to, before, until string }{
		{"2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"},
		{"2026-11-01", "2026-11-20", "2026-10-01", "2026-10-31"},
		{"2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"},
		{"2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"},
		{"2026-11-19", "2026-11-25", "2026-11-12", "2026-11-18"},
		{"2026-11-25", "2026-11-25", "2026-11-24", "2026-11-24"},
	} {
		r := report{from: day(c.from), to: day(c.to)}.shifted(-1)
		if r.from.Format(time.DateOnly) != c.before || r.to.Format(time.DateOnly) != c.until {
			t.Errorf("before %s to %s comes %s to %s", c.from, c.to, r.from.Format(time.DateOnly), r.to.Format(time.DateOnly))
		}
	}
	for from, want := range map[string]string{"2026-11-20": "2026-11-24", "2026-11-21": "2026-11-24", "2026-11-23": "2026-11-25"} {
		if got := workingDays(day(from), 2).Format(time.DateOnly); got != want {
			t.Errorf("two working days after %s: %s, want %s", from, got, want)
		}
	}
}

// TestAChainIsOneStore however its name is spelled: one row of the report, under
// the name that the chain writes, and its list holds them all.
func TestAChainIsOneStore(t *testing.T) { eachShop(t, aChainIsOneStore) }

func aChainIsOneStore(t *testing.T, s *shop) {
	ibu := s.member("ibu", payments.Owner)
	for _, agent := range []string{"DAN+DAN", "DANDAN", "dan dan", "Toko Baru"} {
		c := ibu.issue()
		if status, answer := s.machine("/simulator/pay", map[string]any{"code": c.PaymentCode, "agent": agent, "store": "D001"}); status != http.StatusOK {
			t.Fatal(answer)
		}
		s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), c.ID)).Status == payments.Paid })
		if page, want := ibu.get("/codes/"+c.ID), payments.ChainName(agent)+", gerai D001"; !strings.Contains(page.body, want) {
			t.Errorf("the page of a payment at %s does not say %s", agent, want)
		}
	}
	rows := ibu.get("/reports.csv?days=week&by=chain").sheetOf(t, "csv")
	if len(rows) != 3 || rows[1][0] != "Dan+Dan" || rows[1][10] != "3" || rows[2][0] != "TOKO BARU" {
		t.Errorf("the report by store: %q", rows)
	}
	for _, chain := range []string{"DAN%2BDAN", "dandan"} {
		if list := ibu.get("/transactions?chain=" + chain); !strings.Contains(list.textOf("foot"), "3 kode") || !strings.Contains(list.body, "Lepas saringan Dan+Dan") {
			t.Errorf("the list of %s: %q", chain, list.textOf("foot"))
		}
	}
	if _, err := s.Store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRefundsOfAReportsRow are those of its cashier or its kind of code, as many
// as it says, also on the pages after the first.
func TestRefundsOfAReportsRow(t *testing.T) { eachShop(t, refundsOfAReportsRow) }

func refundsOfAReportsRow(t *testing.T, s *shop) {
	ibu, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	form := sari.codeForm()
	form.Set("mode", "mgpc")
	other := sari.issueWith(form)
	s.buy(other.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), other.ID)).PaidCount == 1 })
	refund := func(c payments.Code, n int) {
		for range n {
			if a := ibu.post("/codes/"+c.ID+"/refunds", url.Values{"amount": {"1.000"}, "method": {"cash"}, "reason": {"rusak"}}); a.status != http.StatusSeeOther {
				t.Fatalf("a refund: %d", a.status)
			}
		}
	}
	refund(other, 1)
	refund(sari.sold(), pageLength+1)
	refund(ibu.sold(), 3)
	link := regexp.MustCompile(`<a href="(/reports/refunds[^"]+)">([\d.]+)<span class="sr-only">`)
	older := regexp.MustCompile(`rel="next" href="(/reports/refunds[^"]*before=[^"]+)"`)
	names := map[string]string{"cashier": "sari", "mode": "MGPC", "day": ""}
	for by, who := range names {
		var counts []int
		titled := false
		for _, m := range link.FindAllStringSubmatch(ibu.get("/reports?days=today&by="+by).body, -1) {
			listed := 0
			for next := m[1]; next != ""; {
				a := ibu.get(strings.ReplaceAll(next, "&amp;", "&"))
				listed += strings.Count(a.body, `aria-label="Kode `)
				titled = titled || who == "" || strings.Contains(a.textOf("main"), who)
				if next = ""; older.MatchString(a.body) {
					next = older.FindStringSubmatch(a.body)[1]
				}
			}
			if strconv.Itoa(listed) != m[2] {
				t.Errorf("%s says %s refunds, %s lists %d", by, m[2], m[1], listed)
			}
			counts = append(counts, listed)
		}
		if len(counts) < 2 && by != "day" || !titled {
			t.Errorf("%s: linked are %v, whose they are is told: %v", by, counts, titled)
		}
	}
}
