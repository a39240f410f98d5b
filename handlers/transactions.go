package handlers

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// pageLength is how many codes a page of the list shows: what 5 KB carry over a
// bad network, TestCounterBudget weighs it.
const pageLength = 30

const maxQuery = 100 // letters of a search; no code has as many to be found by

// tabs are those over the list, by their word in the URL.
var tabs = []struct {
	word string
	tab  db.Tab
}{
	{"unpaid", db.TabUnpaid}, {"paid", db.TabPaidToday}, {"attention", db.TabAttention}, {"all", db.TabAll},
}

// list is what a list's URL asks for.
type list struct {
	word          string // of the tab
	tab           db.Tab
	query         string
	cut           bool // the query was longer
	narrow        narrow
	before, after string
}

// readList reads a list's URL; what makes no sense in it is left out, for a
// link from elsewhere must still show a list.
func readList(q url.Values) list {
	l := list{word: "all", tab: db.TabAll, narrow: readNarrow(q)}
	for _, t := range tabs {
		if q.Get("tab") == t.word {
			l.word, l.tab = t.word, t.tab
		}
	}
	l.query, l.cut = readQuery(q)
	if isPlace(q.Get("before")) {
		l.before = q.Get("before")
	} else if isPlace(q.Get("after")) {
		l.after = q.Get("after")
	}
	return l
}

// readQuery is what a search box asks for: the first maxQuery letters of it, and
// whether there were more. A tab or a line break, of a cell that was copied, is
// a gap between words.
func readQuery(q url.Values) (query string, cut bool) {
	s := q.Get("q")
	if !utf8.ValidString(s) {
		return "", false
	}
	if hasControl(s) {
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if hasControl(string(r)) {
				return ' '
			}
			return r
		}, s))
	}
	if letters := []rune(s); len(letters) > maxQuery {
		return string(letters[:maxQuery]), true
	}
	return s, false
}

// isPlace says whether a list can be read on from there: an id, or a moment and
// an id in the order of payments.
func isPlace(s string) bool {
	paid, id, moment := strings.Cut(s, ".")
	if !moment {
		id = s
	} else if ms, err := strconv.ParseInt(paid, 10, 64); err != nil || ms <= 0 {
		return false
	}
	_, err := plain(id)
	return err == nil
}

func hasControl(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return true
		}
	}
	return false
}

// url is the list's own address with another page or tab.
func (l list) url(change func(*list)) string {
	change(&l)
	q := l.narrow.values()
	set := func(name, value, otherwise string) {
		if value != otherwise {
			q.Set(name, value)
		}
	}
	set("tab", l.word, "all")
	set("q", l.query, "")
	set("before", l.before, "")
	set("after", l.after, "")
	if len(q) == 0 {
		return "/transactions"
	}
	return "/transactions?" + q.Encode()
}

// whole is the address of all that the list finds.
func (l list) whole() string { return l.url(func(l *list) { l.before, l.after = "", "" }) }

// file is the same as a file with this ending.
func (l list) file(ending string) string {
	return strings.Replace(l.whole(), "/transactions", "/transactions."+ending, 1)
}

// part is the address of a part of its page.
func (l list) part(name string) string {
	return l.whole() + map[bool]string{true: "&", false: "?"}[strings.Contains(l.whole(), "?")] + "part=" + name
}

// bar is the tabs with their counts.
func (l list) bar(c db.Counts) []views.Tab {
	out := make([]views.Tab, len(tabs))
	for i, t := range tabs {
		out[i] = views.Tab{
			Key: t.word, Count: grouped(int64(inTab(t.tab, c))), Current: t.word == l.word,
			Href: l.url(func(l *list) { l.word, l.before, l.after = t.word, "", "" }),
		}
	}
	return out
}

// inTab is how many of the counts this tab shows.
func inTab(tab db.Tab, c db.Counts) int {
	return map[db.Tab]int{
		db.TabUnpaid: c.Unpaid, db.TabPaidToday: c.PaidToday, db.TabAttention: c.Attention, db.TabAll: c.All,
	}[tab]
}

// shows is how much of the counts this list shows: of a code that needs a look
// each reason.
func (l list) shows(c db.Counts) int {
	if l.tab == db.TabAttention {
		return c.Entries
	}
	return inTab(l.tab, c)
}

// top says whether it is the first page of all that its tab has.
func (l list) top() bool {
	return l.query == "" && l.narrow.none() && l.before == "" && l.after == ""
}

// changes says whether codes come into this list and leave it by what happens to
// them, so that the counts tell that it is not what the page shows.
func (l list) changes() bool {
	return (l.tab == db.TabPaidToday || l.tab == db.TabAttention) && l.top()
}

// announces says whether a code that was just made belongs on top of this
// list.
func (l list) announces() bool {
	return (l.tab == db.TabAll || l.tab == db.TabUnpaid) && l.top()
}

// transactions is the list of codes.
func (s *Server) transactions(v *visit) error {
	l := readList(v.QueryParams())
	seq, err := s.Store.LastSeq(v.ctx()) // before the rest: what changes meanwhile comes by the stream
	if err != nil {
		return err
	}
	filter := s.filter(v, l)
	switch v.QueryParam("part") {
	case "foot":
		return s.foot(v, l, filter)
	case "sums":
		return s.sums(v, l, filter)
	case "export":
		return s.exportState(v, l)
	}
	page, err := s.Store.Codes(v.ctx(), filter)
	if err != nil {
		return err
	}
	codes := page.Codes
	foot, err := s.quickFoot(v, l, filter, page)
	if err != nil {
		return err
	}
	form, err := s.narrowing(v, l)
	if err != nil {
		return err
	}
	counts, err := s.counts(v)
	if err != nil {
		return err
	}
	rows, err := s.rows(v, codes)
	if err != nil {
		return err
	}
	health, err := s.health(v, false)
	if err != nil {
		return err
	}
	p := views.TransactionsPage{
		Page: s.page(v, "transactions"), Health: health, Tabs: l.bar(counts), Query: l.query, Cut: l.cut, Find: v.QueryParam("find") != "", Rows: rows, Filter: form,
		Foot:      foot,
		StreamURL: streamURL(v.lang, "transactions", seq, filter.DayStart, codes, &l, counts), CSV: l.file("csv"), XLSX: l.file("xlsx"),
		Export: views.ExportProgress{Lang: v.lang, First: l.part("export")},
	}
	if l.tab == db.TabAttention {
		if p.Work, err = s.work(v, l, codes, rows); err != nil {
			return err
		}
	}
	if l.word != "all" {
		p.Keep = []views.Param{{Name: "tab", Value: l.word}}
	}
	p.Newer, p.Older = neighbours(l, filter, codes, page.More)
	if page.Reached != "" {
		p.Newer, p.Older, p.Further = further(l, filter, codes, page.Reached)
	}
	if v.htmx() {
		return s.render(v, http.StatusOK, views.TransactionsList(p))
	}
	return s.render(v, http.StatusOK, views.Transactions(p))
}

const (
	// lookAt bounds how many codes are looked at for one page of a list whose
	// conditions few of them meet.
	lookAt = 3000
	// countTo is how many codes a list's totals are counted of unasked.
	countTo = 10_000
	// followTo is the same for a page that asks by itself.
	followTo = 300
)

// filter is what a list reads.
func (s *Server) filter(v *visit, l list) db.ListFilter {
	f := db.ListFilter{
		Scope: v.viewer().Scope(), Environment: s.Service.Environment, Tab: l.tab, Query: l.query,
		DayStart: s.today(), Before: l.before, After: l.after, Limit: pageLength, Look: lookAt,
	}
	l.narrow.into(&f, s.Now().In(s.Zone))
	return f
}

// quickFoot is the foot of a page as far as it costs nothing: what the page
// itself holds, or what is kept. Else it is loaded after the page, or by a link.
func (s *Server) quickFoot(v *visit, l list, f db.ListFilter, page db.CodesPage) (views.ListFootView, error) {
	if !page.More && l.before == "" && l.after == "" {
		var t db.Totals
		for _, c := range page.Codes {
			t.Add(c)
		}
		return s.footOf(v, l, t), nil
	}
	t, kept, err := s.Store.KeptTotals(v.ctx(), f)
	if !kept {
		return views.ListFootView{Lang: v.lang, Load: l.part("foot")}, err
	}
	return s.footOf(v, l, t), err
}

func (s *Server) footOf(v *visit, l list, t db.Totals) views.ListFootView {
	foot := views.ListFootView{
		Lang: v.lang, Count: grouped(int64(t.Codes)), Asked: rupiah(t.Asked), Total: rupiah(t.Paid),
		Load: l.part("foot"), Again: l.part("sums"), Wait: (time.Second + rand.N(s.hub.spread())).String(),
	}
	if t.More {
		foot.CountAll = foot.Load + "&count=all"
	}
	return foot
}

// foot answers the totals alone: what is kept, else counted up to countTo, or
// all when asked for. Without scripts it is a page of its own.
func (s *Server) foot(v *visit, l list, f db.ListFilter) error {
	most := countTo
	if v.QueryParam("count") == "all" {
		most = 0
	}
	t, err := s.totals(v, f, most)
	if err != nil {
		return err
	}
	foot := s.footOf(v, l, t)
	if v.htmx() {
		return s.render(v, http.StatusOK, views.ListFoot(foot))
	}
	foot.Again = ""
	return s.render(v, http.StatusOK, views.Totals(views.TotalsPage{Page: s.page(v, "transactions"), Foot: foot, Back: l.url(func(*list) {})}))
}

// sums answers a page that asks for its foot itself, after each change: what
// would be dear to count gives way to the link that counts it.
func (s *Server) sums(v *visit, l list, f db.ListFilter) error {
	t, err := s.totals(v, f, followTo)
	if err != nil {
		return err
	}
	foot := s.footOf(v, l, t)
	if t.More {
		foot.Count = ""
	}
	return s.render(v, http.StatusOK, views.ListFoot(foot))
}

// totals are what is kept, else counted up to most; 0 is all.
func (s *Server) totals(v *visit, f db.ListFilter, most int) (db.Totals, error) {
	t, kept, err := s.Store.KeptTotals(v.ctx(), f)
	if err == nil && !kept {
		t, err = s.Store.Totals(v.ctx(), f, most)
	}
	return t, err
}

// further are the neighbours of a page that was given up before it was full:
// what has not been looked at yet lies beyond reached.
func further(l list, f db.ListFilter, codes []payments.Code, reached string) (newer, older string, beyond bool) {
	newer, older = neighbours(l, f, codes, true)
	if l.after != "" {
		return l.url(func(l *list) { l.before, l.after = "", reached }), older, false
	}
	return newer, l.url(func(l *list) { l.before, l.after = reached, "" }), true
}

// neighbours are the addresses of the pages before and after this one.
func neighbours(l list, f db.ListFilter, codes []payments.Code, more bool) (newer, older string) {
	if len(codes) == 0 {
		if l.before != "" || l.after != "" {
			newer = l.url(func(l *list) { l.before, l.after = "", "" })
		}
		return newer, ""
	}
	first, last := f.Cursor(codes[0]), f.Cursor(codes[len(codes)-1])
	toNewer := l.url(func(l *list) { l.before, l.after = "", first })
	toOlder := l.url(func(l *list) { l.before, l.after = last, "" })
	switch {
	case l.after != "":
		// Read upwards: there is always something below.
		if older = toOlder; more {
			newer = toNewer
		}
	default:
		if l.before != "" {
			newer = toNewer
		}
		if more {
			older = toOlder
		}
	}
	return newer, older
}
