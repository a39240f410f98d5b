package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestFiltersInTheURL narrows the list by each of its filters: the rows, the
// foot, the export and the way to take each off.
func TestFiltersInTheURL(t *testing.T) {
	s := newShop(t)
	sari, ibu := s.member("sari", payments.Cashier), s.member("ibu", payments.Owner)
	form := sari.codeForm()
	form.Set("amount", "75.000")
	small := sari.issueWith(form)
	form = ibu.codeForm()
	form.Set("mode", "dipc")
	own := ibu.issueWith(form)
	paid := ibu.issue()
	s.buy(paid.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), paid.ID)).Status == payments.Paid })
	day := func(days int) string { return s.Now().In(s.Zone).AddDate(0, 0, days).Format(time.DateOnly) }
	all := []payments.Code{small, own, paid}
	for query, want := range map[string][]payments.Code{
		"":                           {small, own, paid},
		"status=paid":                {paid},
		"status=active&status=paid":  all,
		"status=nonsense":            all,
		"mode=dipc":                  {own},
		"mode=nonsense":              all,
		"min=100.000":                {own, paid},
		"max=100000":                 {small},
		"min=75000&max=75000":        {small},
		"min=-5&max=x":               all,
		"cashier=" + small.CreatedBy: {small},
		"cashier=nobody":             {},
		"days=today":                 all,
		"days=yesterday":             {},
		"days=week":                  all,
		"days=nonsense":              all,
		// A button pressed, with what stands in the form's fields.
		"days=today&from=&to=&pick=yesterday":                        {},
		"days=yesterday&from=&to=&pick=today":                        all,
		"from=" + day(-9) + "&to=" + day(-8) + "&pick=today":         all,
		"days=yesterday&from=" + day(0) + "&to=":                     all,
		"days=today&from=&to=&pick=nonsense":                         all,
		"from=" + day(0):                                             all,
		"from=" + day(1):                                             {},
		"to=" + day(-1):                                              {},
		"from=" + day(0) + "&to=" + day(0):                           all,
		"from=2026-13-45":                                            all,
		"by=paid":                                                    {paid},
		"by=paid&days=today":                                         {paid},
		"by=paid&days=yesterday":                                     {},
		"q=budi&status=paid":                                         {paid},
		"tab=unpaid&status=active&mode=dgpc":                         {small},
		"status=paid&from=" + day(-3) + "&cashier=" + paid.CreatedBy: {paid},
	} {
		a := ibu.get("/transactions?" + query)
		if a.status != http.StatusOK {
			t.Errorf("%s: %d", query, a.status)
			continue
		}
		rows := a.elements("data-invoice")
		for _, c := range all {
			shown, meant := a.textOf("code-"+c.ID) != "", false
			for _, w := range want {
				meant = meant || w.ID == c.ID
			}
			if shown != meant {
				t.Errorf("%s: %s shown %v, want %v", query, c.ID, shown, meant)
			}
		}
		if len(want) > 0 && !strings.HasPrefix(a.textOf("foot"), grouped(int64(len(want)))+" kode") {
			t.Errorf("%s: the foot says %q", query, a.textOf("foot"))
		}
		if sheet := ibu.get("/transactions.csv?"+query).sheetOf(t, "csv"); len(sheet) != len(want)+1 || len(rows) != len(want) {
			t.Errorf("%s: %d rows, %d in the file, want %d", query, len(rows), len(sheet)-1, len(want))
		}
	}

	// Each filter that is on can be taken off, and the rest stays.
	a := ibu.get("/transactions?q=budi&status=paid&status=active&min=10000&days=today&cashier=" + paid.CreatedBy)
	off := map[string]string{}
	for _, e := range a.elements("aria-label") {
		if label, ok := strings.CutPrefix(e["aria-label"], "Lepas saringan "); ok {
			off[label] = e["href"]
		}
	}
	if len(off) != 5 {
		t.Fatalf("%d filters are on: %v", len(off), off)
	}
	for label, href := range off {
		q := must(url.Parse(href)).Query()
		n := len(q["status"]) + len(q["min"]) + len(q["days"]) + len(q["cashier"])
		if n != 4 || q.Get("q") != "budi" {
			t.Errorf("without %s it is %s", label, href)
		}
	}
	if strings.Contains(sari.get("/transactions").body, `name="cashier"`) {
		t.Error("a cashier may choose a cashier")
	}
}

// TestTotalsOfALongList come after the page, and of a very long one on request.
func TestTotalsOfALongList(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	s.stock(countTo + 200)
	if got := ibu.get("/transactions").textOf("foot"); !strings.HasPrefix(got, "10.200 kode") {
		t.Errorf("what is kept: %q", got)
	}
	page := ibu.get("/transactions?status=expired&status=cancelled&max=9999999")
	load := ""
	for _, e := range page.elements("hx-get") {
		if strings.Contains(e["hx-get"], "part=foot") {
			load = e["hx-get"]
		}
	}
	if load == "" || strings.Contains(page.textOf("foot"), "kode") {
		t.Fatalf("the foot is not loaded later: %q", page.textOf("foot"))
	}
	part := ibu.send("GET", load, "", http.Header{"Hx-Request": {"true"}})
	if strings.Contains(part.body, "<html") || !strings.HasPrefix(part.textOf("foot"), "Lebih dari 10.000 kode") {
		t.Errorf("the part: %q", part.textOf("foot"))
	}
	// A page that asks by itself is not counted for at length.
	sums := func(list string) answer {
		return ibu.send("GET", list+"part=sums", "", http.Header{"Hx-Request": {"true"}})
	}
	if got := sums("/transactions?").textOf("foot"); !strings.HasPrefix(got, "10.200 kode") {
		t.Errorf("what is kept, again: %q", got)
	}
	if got := sums("/transactions?status=expired&status=cancelled&max=9999999&"); got.textOf("foot") != "Hitung jumlahnya" || got.elements("hx-get")[1]["hx-get"] != load {
		t.Errorf("what is much: %q, %v", got.textOf("foot"), got.elements("hx-get"))
	}
	if got := sums("/transactions?q=" + url.QueryEscape("stock-000007") + "&").textOf("foot"); !strings.Contains(got, "kode, diminta") {
		t.Errorf("what is little: %q", got)
	}
	whole := ibu.get(load + "&count=all")
	if !strings.Contains(whole.body, "<html") || !strings.HasPrefix(whole.textOf("foot"), "10.200 kode") {
		t.Errorf("all of it without scripts: %q", whole.textOf("foot"))
	}
}

// TestNumbersLeadToWhatTheyCount: the day's counts on the counter are the totals
// of the lists they lead to, and a list, its foot and its file speak of the same
// codes: of refused ones too, which a report leaves out and says so.
func TestNumbersLeadToWhatTheyCount(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		sari := s.member("sari", payments.Cashier)
		s.member("budi", payments.Cashier).issue()
		for range 3 {
			c := sari.issue()
			s.buy(c.PaymentCode)
			s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), c.ID)).Status == payments.Paid })
		}
		for range 2 {
			sari.issue()
		}
		a := sari.get("/")
		for name, want := range map[string]string{"today-paid": "3", "today-open": "2"} {
			href := ""
			for _, e := range a.elements("id") {
				if e["id"] == name {
					href = e["href"]
				}
			}
			if got := a.textOf(name); got != want {
				t.Errorf("%s says %q, want %s", name, got, want)
			}
			if foot := sari.get(href).textOf("foot"); href == "" || !strings.HasPrefix(foot, want+" kode") {
				t.Errorf("%s leads to %q with %q", name, href, foot)
			}
		}
		s.fault("refuse_channel_inactive")
		sari.issue()
		for query, want := range map[string]int64{"?tab=all": 6, "?tab=all&status=rejected": 1} {
			rows := sari.get("/transactions.csv"+query).sheetOf(t, "csv")
			asked, column := int64(0), slices.Index(rows[0], "Jumlah")
			for _, row := range rows[1:] {
				asked += must(strconv.ParseInt(row[column], 10, 64))
			}
			said := grouped(want) + " kode, diminta " + rupiah(asked)
			if foot := sari.get("/transactions" + query).textOf("foot"); int64(len(rows)-1) != want || !strings.HasPrefix(foot, said) {
				t.Errorf("%s: %d rows, the foot %q, want %q", query, len(rows)-1, foot, said)
			}
		}
		report := s.member("ibu", payments.Owner).get("/reports")
		if !strings.Contains(report.body, "6 kode") || !strings.Contains(report.body, "Kode yang ditolak DOKU tidak ikut dihitung") {
			t.Error("the report does not say that it leaves refused codes out")
		}
	})
}
