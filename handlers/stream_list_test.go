package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
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

// TestACatchUpIsCutOff between its rows: the page comes back with the number that
// it was told last, and is told the rest.
func TestACatchUpIsCutOff(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	codes := []payments.Code{v.issue(), v.issue(), v.issue()}
	stream := v.get("/transactions").streamOf()
	for _, c := range codes {
		v.post("/codes/"+c.ID+"/notes", url.Values{"note": {"x"}})
	}
	l := v.listen(stream, nil)
	cut := l.next("code-"+codes[2].ID, "").id // the newest comes first
	l.close()
	l = v.listen(stream, http.Header{"Last-Event-ID": {cut}})
	for _, c := range slices.Backward(codes) {
		l.next("code-"+c.ID, "")
	}
	all := l.next("tabs", "").id
	if e := v.listen(stream, http.Header{"Last-Event-ID": {all}}).next("", ""); e.name != "tabs" {
		t.Errorf("who was told all is told %s again", e.name)
	}
}

// TestAPageThatMissedMuchIsLoadedAnew instead of being told row by row, and is not
// said to know what it missed before it is.
func TestAPageThatMissedMuchIsLoadedAnew(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	s.stock(caughtUp)
	stream, err := url.Parse(v.get("/transactions").streamOf())
	if err != nil {
		t.Fatal(err)
	}
	q := stream.Query()
	q.Set("from", "stock-000000")
	var all []string
	for i := range caughtUp {
		all = append(all, fmt.Sprintf("stock-%06d", i))
	}
	s.paidAgain(all...)
	l := v.listen("/events?"+q.Encode(), nil)
	if e := l.next("", ""); e.name != "renew" || e.id != q.Get("after") {
		t.Errorf("told %s %s, it stood at %s", e.name, e.id, q.Get("after"))
	}
	l.next("tabs", "")
	for _, e := range l.heard() {
		if strings.HasPrefix(e.name, "code-") {
			t.Errorf("a row too: %s", e.name)
		}
	}
}

// TestAPageOfYesterdayIsLoadedAnew, whether it is open at midnight or comes back
// after it; the new one is of today.
func TestAPageOfYesterdayIsLoadedAnew(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	code := v.issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	paths := map[string]answer{}
	var open []*listener
	for _, path := range []string{"/", "/transactions?tab=paid"} {
		page := v.get(path)
		if !strings.Contains(page.body, "code-"+code.ID) {
			t.Fatalf("%s does not show the code", path)
		}
		paths[path] = page
		l := v.listen(page.streamOf(), nil)
		l.next(map[string]string{"/": "today"}[path], "")
		open = append(open, l)
	}
	panel := v.listen(v.get("/codes/"+code.ID).streamOf(), nil)
	panel.next("panel", "")
	s.ahead.Store(int64(s.tomorrow().Sub(s.Now()) + time.Second))
	if err := s.Store.Write(t.Context(), func(tx *db.Tx) error { // the clock is looked at when something happens
		return tx.Append(payments.Event{At: s.Now(), Kind: payments.EventNoted, Actor: payments.ActorSystem})
	}); err != nil {
		t.Fatal(err)
	}
	for _, l := range open {
		l.next("renew", "")
	}
	panel.next("panel", "")
	for path, page := range paths {
		again := v.listen(page.streamOf(), nil)
		again.next("renew", "")
		page = v.get(path)
		if path != "/" && strings.Contains(page.body, "code-"+code.ID) {
			t.Errorf("%s shows what was paid yesterday", path)
		}
		if e := v.listen(page.streamOf(), nil).next("", ""); e.name == "renew" {
			t.Errorf("%s has no end", path)
		}
	}
}
