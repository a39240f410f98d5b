package handlers

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// narrow is what narrows a list beside its tab and its search.
type narrow struct {
	statuses []payments.Status
	byPaid   bool   // the days are those of the payment
	from, to string // days of the shop's zone, 2026-11-20, both included
	days     string // a stretch by its name, which moves with the day
	cashier  string // staff id
	min, max int64  // rupiah
	mode     payments.Mode
	money    db.Money
	chain    string // of stores, its key
}

// listed are the states that a list can be narrowed to.
var listed = []payments.Status{
	payments.Active, payments.Paid, payments.Expired, payments.Cancelled, payments.Cancelling, payments.Unknown, payments.Rejected, payments.Creating,
}

// readNarrow reads what narrows a list from its URL; what makes no sense in it
// is left out, for a link from elsewhere must still show a list.
func readNarrow(q url.Values) narrow {
	var n narrow
	for _, word := range q["status"] {
		if s := payments.Status(word); slices.Contains(listed, s) && !slices.Contains(n.statuses, s) {
			n.statuses = append(n.statuses, s)
		}
	}
	n.byPaid = q.Get("by") == "paid"
	day := func(name string) string {
		if d, err := time.Parse(time.DateOnly, q.Get(name)); err == nil && d.Year() > 1999 && d.Year() < 10000 {
			return q.Get(name)
		}
		return ""
	}
	stretch := func(name string) string {
		if slices.ContainsFunc(presets, func(p preset) bool { return p.word == q.Get(name) }) {
			return q.Get(name)
		}
		return ""
	}
	// What was pressed just now goes before what stands in the form's fields, and
	// days that were typed before the stretch that was there.
	if n.days = stretch("pick"); n.days == "" {
		if n.from, n.to = day("from"), day("to"); n.from == "" && n.to == "" {
			n.days = stretch("days")
		}
	}
	if id, err := plain(q.Get("cashier")); err == nil {
		n.cashier = id
	}
	sum := func(name string) int64 {
		if amount, wrong := parseAmount(q.Get(name)); wrong == (text{}) {
			return amount
		}
		return 0
	}
	n.min, n.max = sum("min"), sum("max")
	if m := payments.Mode(q.Get("mode")); m == payments.DGPC || m == payments.MGPC || m == payments.DIPC {
		n.mode = m
	}
	if m := db.Money(q.Get("money")); m == db.MoneyLate || m == db.MoneyNone {
		n.money = m
	}
	if c := q.Get("chain"); len(c) <= 40 && utf8.ValidString(c) && !hasControl(c) {
		n.chain = payments.ChainKey(c)
	}
	return n
}

// values are its part of the list's URL.
func (n narrow) values() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, s := range n.statuses {
		q.Add("status", string(s))
	}
	if n.byPaid {
		q.Set("by", "paid")
	}
	set("from", n.from)
	set("to", n.to)
	set("days", n.days)
	set("cashier", n.cashier)
	set("mode", string(n.mode))
	set("money", string(n.money))
	set("chain", n.chain)
	for name, amount := range map[string]int64{"min": n.min, "max": n.max} {
		if amount > 0 {
			q.Set(name, strconv.FormatInt(amount, 10))
		}
	}
	return q
}

func (n narrow) none() bool { return len(n.values()) == 0 }

// stretch is the first and the last day, as dates; empty for none.
func (n narrow) stretch(now time.Time) (from, to string) {
	for _, p := range presets {
		if p.word == n.days {
			first, last := p.of(now)
			return first.Format(time.DateOnly), last.Format(time.DateOnly)
		}
	}
	return n.from, n.to
}

// into puts it into what the store is asked for; now is in the shop's zone.
func (n narrow) into(f *db.ListFilter, now time.Time) {
	from, to := n.stretch(now)
	f.Statuses, f.Maker, f.Mode, f.Min, f.Max, f.ByPaid = n.statuses, n.cashier, n.mode, n.min, n.max, n.byPaid
	f.Money, f.Chain = n.money, n.chain
	if day, err := time.ParseInLocation(time.DateOnly, from, now.Location()); err == nil {
		f.From = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, to, now.Location()); err == nil {
		f.To = day.AddDate(0, 0, 1)
	}
}

// preset is a stretch of days with a name.
type preset struct {
	word string // in the URL
	text
	of func(now time.Time) (from, to time.Time)
}

// presets are the stretches that people ask for most.
var presets = []preset{
	{"today", text{"Hari ini", "Today"}, func(now time.Time) (from, to time.Time) { return now, now }},
	{"yesterday", text{"Kemarin", "Yesterday"}, func(now time.Time) (from, to time.Time) {
		return now.AddDate(0, 0, -1), now.AddDate(0, 0, -1)
	}},
	{"week", text{"7 hari", "7 days"}, func(now time.Time) (from, to time.Time) { return now.AddDate(0, 0, -6), now }},
	{"month", text{"Bulan ini", "This month"}, func(now time.Time) (from, to time.Time) { return monthOf(now), now }},
	{"last_month", text{"Bulan lalu", "Last month"}, func(now time.Time) (from, to time.Time) {
		return monthOf(now).AddDate(0, -1, 0), monthOf(now).AddDate(0, 0, -1)
	}},
}

func monthOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
}

// narrowing is the form that narrows a list, filled in, and what is on, each
// with the way to take it off.
func (s *Server) narrowing(v *visit, l list) (views.ListFilter, error) {
	n, cal := l.narrow, s.calendar(v.lang)
	form := views.ListFilter{From: n.from, To: n.to, ByPaid: n.byPaid, Mode: views.Narrowing{Value: string(n.mode)}}
	if n.min > 0 {
		form.Min = grouped(n.min)
	}
	if n.max > 0 {
		form.Max = grouped(n.max)
	}
	off := func(label string, change func(*narrow)) {
		form.On = append(form.On, views.FilterOn{Label: label, Off: l.url(func(l *list) {
			l.before, l.after = "", ""
			change(&l.narrow)
		})})
	}
	for _, status := range listed {
		on := slices.Contains(n.statuses, status)
		label := stateWord(status).in(v.lang)
		form.Statuses = append(form.Statuses, views.Checked{Value: string(status), Label: label, On: on})
		if on {
			off(label, func(n *narrow) {
				n.statuses = slices.DeleteFunc(slices.Clone(n.statuses), func(s payments.Status) bool { return s == status })
			})
		}
	}
	for _, p := range presets {
		form.Presets = append(form.Presets, views.FilterPreset{Label: p.in(v.lang), Value: p.word, On: n.days == p.word})
	}
	if n.days != "" {
		form.Keep = append(form.Keep, views.Param{Name: "days", Value: n.days})
	}
	if from, to := n.stretch(cal.now); from != "" || to != "" {
		off(daysWords(v.lang, from, to, n.byPaid), func(n *narrow) { n.from, n.to, n.days, n.byPaid = "", "", "", false })
	} else if n.byPaid {
		off(v.lang.T("Sudah ada pembayaran", "Has a payment"), func(n *narrow) { n.byPaid = false })
	}
	for _, m := range s.listedModes(v) {
		form.Mode.Choices = append(form.Mode.Choices, views.Choice{Value: string(m), Label: modeChoice(v.lang, m).Label})
	}
	form.Money.Value = string(n.money)
	for _, m := range []db.Money{db.MoneyNone, db.MoneyLate} {
		form.Money.Choices = append(form.Money.Choices, views.Choice{Value: string(m), Label: moneyWords(m).in(v.lang)})
	}
	if n.money != "" {
		off(moneyWords(n.money).in(v.lang), func(n *narrow) { n.money = "" })
	}
	if n.chain != "" {
		form.Keep = append(form.Keep, views.Param{Name: "chain", Value: n.chain})
		off(payments.ChainName(n.chain), func(n *narrow) { n.chain = "" })
	}
	if n.mode != "" {
		off(modeChoice(v.lang, n.mode).Label, func(n *narrow) { n.mode = "" })
	}
	switch {
	case n.min > 0 && n.min == n.max:
		off(rupiah(n.min), func(n *narrow) { n.min, n.max = 0, 0 })
	case n.min > 0 && n.max > 0:
		off(rupiah(n.min)+" – "+rupiah(n.max), func(n *narrow) { n.min, n.max = 0, 0 })
	case n.min > 0:
		off(v.lang.T("mulai ", "from ")+rupiah(n.min), func(n *narrow) { n.min = 0 })
	case n.max > 0:
		off(v.lang.T("sampai ", "up to ")+rupiah(n.max), func(n *narrow) { n.max = 0 })
	}
	if v.viewer().Scope() == "" {
		people, err := s.names(v.ctx())
		if err != nil {
			return form, err
		}
		form.Cashier = &views.Narrowing{Value: n.cashier}
		for _, id := range slices.SortedFunc(maps.Keys(people), byName(people)) {
			form.Cashier.Choices = append(form.Cashier.Choices, views.Choice{Value: id, Label: people[id]})
		}
		if n.cashier != "" {
			label := people[n.cashier]
			if label == "" {
				label = v.lang.T("kasir tidak dikenal", "unknown cashier")
			}
			off(label, func(n *narrow) { n.cashier = "" })
		}
	}
	if len(form.On) > 1 {
		form.AllOff = l.url(func(l *list) { l.before, l.after, l.narrow = "", "", narrow{} })
	}
	return form, nil
}

// stateWord is what a list narrowed to a state is called. Codes that can be paid
// may be paid ones already, reusable ones: they are not all unpaid, as the tab of
// those says and a row's badge.
func stateWord(s payments.Status) text {
	if s == payments.Active {
		return text{"Bisa dibayar", "Can be paid"}
	}
	return text{views.Indonesian.StatusWord(string(s)), views.English.StatusWord(string(s))}
}

func moneyWords(m db.Money) text {
	if m == db.MoneyLate {
		return text{"Dibayar terlambat", "Paid late"}
	}
	return text{"Belum ada uang masuk", "No money so far"}
}

func byName(names map[string]string) func(a, b string) int {
	return func(a, b string) int { return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b)) }
}

// listedModes are the modes that codes of this shop may have.
func (s *Server) listedModes(v *visit) []payments.Mode {
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return []payments.Mode{payments.DGPC}
	}
	return s.Service.Modes(settings)
}

// daysWords says which days a list is of.
func daysWords(lang views.Lang, from, to string, byPaid bool) string {
	cal := calendar{zone: time.UTC, lang: lang}
	first, _ := time.Parse(time.DateOnly, from) // an end that is open is not shown
	last, _ := time.Parse(time.DateOnly, to)
	what := lang.T("Dibuat ", "Made ")
	if byPaid {
		what = lang.T("Dibayar ", "Paid ")
	}
	switch {
	case from == "":
		return what + lang.T("sampai ", "until ") + cal.day(last)
	case to == "":
		return what + lang.T("sejak ", "since ") + cal.day(first)
	case from == to:
		return what + cal.day(first)
	}
	return what + cal.days(first, last)
}
