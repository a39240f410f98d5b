package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestRowsOfAListByPaymentAreLive: the newest payment is on top, whichever code
// is older.
func TestRowsOfAListByPaymentAreLive(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	older, newer := v.issue(), v.issue()
	for _, c := range []payments.Code{newer, older} {
		s.buy(c.PaymentCode)
		s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), c.ID)).Status == payments.Paid })
		s.ahead.Add(int64(2 * time.Second)) // DOKU tells the second
	}
	for _, path := range []string{"/transactions?tab=paid", "/transactions?by=paid"} {
		page := v.get(path)
		live := v.listen(page.streamOf(), nil)
		live.next("tabs", "")
		for _, c := range []payments.Code{older, newer} {
			form := url.Values{"amount": {"1000"}, "method": {"cash"}, "reason": {"x"}}
			if a := v.post("/codes/"+c.ID+"/refunds", form); a.status != http.StatusSeeOther {
				t.Fatalf("%v", a)
			}
			live.next("code-"+c.ID, "")
			v.listen(page.streamOf(), nil).next("code-"+c.ID, "") // and caught up with
		}
	}
}

// TestTabsKeepWhatNarrowsTheList: those that the stream brings lead where the
// page's own do.
func TestTabsKeepWhatNarrowsTheList(t *testing.T) {
	s := newShop(t)
	sari, ibu := s.member("sari", payments.Cashier), s.member("ibu", payments.Owner)
	made := sari.issue()
	tabs := func(body string) (hrefs []string) {
		_, bar, _ := strings.Cut(body, `id="tabs"`)
		bar, _, _ = strings.Cut(bar, "</nav>")
		for _, a := range (answer{body: bar[strings.Index(bar, "<a"):]}).elements("href") {
			hrefs = append(hrefs, a["href"]+" "+a["aria-current"])
		}
		return hrefs
	}
	for _, query := range []string{
		"", "tab=unpaid", "min=100000&status=active", "status=active&status=paid&tab=unpaid&q=budi", "by=paid&days=week&tab=all",
		"from=2026-11-01&to=2026-11-30&max=200000", "mode=dgpc&money=none&chain=alfamart", "cashier=" + made.CreatedBy, "before=" + made.ID + "&days=today",
	} {
		for _, v := range []*visitor{sari, ibu} {
			page := v.get("/transactions?" + query)
			want := tabs(page.body)
			if len(want) != 4 {
				t.Fatalf("%q has the tabs %q", query, want)
			}
			if got := tabs(v.listen(page.streamOf(), nil).next("tabs", "").data); !slices.Equal(got, want) {
				t.Errorf("%q: the page's tabs lead to %q, the stream's to %q", query, want, got)
			}
		}
	}
}
