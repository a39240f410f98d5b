package handlers

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// longestReport is how many days a report spans: five years.
const longestReport = 5*366 + 1

// breakdown is what a report's rows are of, by its word in the URL.
type breakdown struct {
	word string
	text
	rows db.ReportBy
}

var breakdowns = []breakdown{
	{"day", text{"Hari", "Day"}, db.ReportByDay},
	{"week", text{"Minggu", "Week"}, db.ReportByDay},
	{"month", text{"Bulan", "Month"}, db.ReportByDay},
	{"cashier", text{"Kasir", "Cashier"}, db.ReportByCashier},
	{"mode", text{"Jenis kode", "Kind of code"}, db.ReportByMode},
	{"chain", text{"Gerai", "Stores"}, db.ReportByChain},
}

// report is what a report's URL asks for.
type report struct {
	by       breakdown
	days     string // a stretch by its name, empty for from and to
	from, to time.Time
}

// readReport reads it; what makes no sense is left out.
func (s *Server) readReport(q url.Values) report {
	today := s.today()
	r := report{by: breakdowns[0]}
	for _, b := range breakdowns {
		if q.Get("by") == b.word {
			r.by = b
		}
	}
	n := readNarrow(url.Values{"pick": q["pick"], "days": q["days"], "from": q["from"], "to": q["to"]})
	if n.days == "" && n.from == "" && n.to == "" {
		n.days = "month"
	}
	from, to := n.stretch(today)
	day := func(s string, otherwise time.Time) time.Time {
		if t, err := time.ParseInLocation(time.DateOnly, s, today.Location()); err == nil {
			return t
		}
		return otherwise
	}
	r.days, r.to = n.days, day(to, today)
	r.from = day(from, r.to)
	if r.from.After(r.to) {
		r.from, r.to = r.to, r.from
	}
	if oldest := r.to.AddDate(0, 0, 1-longestReport); r.from.Before(oldest) {
		r.from = oldest
	}
	return r
}

func (r report) values() url.Values {
	q := url.Values{"by": {r.by.word}}
	if r.days != "" {
		q.Set("days", r.days)
	} else {
		q.Set("from", r.from.Format(time.DateOnly))
		q.Set("to", r.to.Format(time.DateOnly))
	}
	return q
}

func (r report) url(path string, change func(*report)) string {
	if change != nil {
		change(&r)
	}
	return path + "?" + r.values().Encode()
}

// shifted is the stretch before or after, as long; of a whole month, the month.
func (r report) shifted(sign int) report {
	r.days = ""
	if r.from.Day() == 1 && (r.to.AddDate(0, 0, 1).Day() == 1 || r.from.Month() == r.to.Month() && r.from.Year() == r.to.Year()) {
		months := (r.to.Year()-r.from.Year())*12 + int(r.to.Month()-r.from.Month()) + 1
		r.from = r.from.AddDate(0, sign*months, 0)
		r.to = r.from.AddDate(0, months, -1)
		return r
	}
	length := int(math.Round(r.to.Sub(r.from).Hours()/24)) + 1
	r.from, r.to = r.from.AddDate(0, 0, sign*length), r.to.AddDate(0, 0, sign*length)
	return r
}

// reportLine is a row of a report with what it is called and which part of the
// list makes it up.
type reportLine struct {
	db.ReportRow
	label    string
	from, to time.Time
	narrow   narrow
	chain    bool // only payments are of it
}

// reportLines reads a report.
func (s *Server) reportLines(v *visit, r report) (lines []reportLine, total reportLine, err error) {
	rows, err := s.Store.Report(v.ctx(), s.Service.Environment, r.from.Format(time.DateOnly), r.to.Format(time.DateOnly), r.by.rows)
	if err != nil {
		return nil, total, err
	}
	names := map[string]string{}
	if r.by.rows == db.ReportByCashier {
		if names, err = s.names(v.ctx()); err != nil {
			return nil, total, err
		}
	}
	cal := s.calendar(v.lang)
	total = reportLine{label: v.lang.T("Semua", "All"), from: r.from, to: r.to, chain: r.by.rows == db.ReportByChain}
	for _, row := range rows {
		total.Add(row)
		line := reportLine{ReportRow: row, from: r.from, to: r.to}
		switch r.by.word {
		case "day", "week", "month":
			day, err := time.ParseInLocation(time.DateOnly, row.Key, s.Zone)
			if err != nil {
				continue
			}
			line.from, line.to = r.bucket(day)
			line.label = daysLabel(cal, r.by.word, line.from, line.to)
		case "cashier":
			line.label = cmp.Or(names[row.Key], v.lang.T("tidak dikenal", "unknown"))
			line.narrow.cashier = row.Key
		case "mode":
			line.label = modeChoice(v.lang, payments.Mode(row.Key)).Label
			line.narrow.mode = payments.Mode(row.Key)
		case "chain":
			line.chain = true
			line.label = cmp.Or(payments.ChainName(row.Key), v.lang.T("gerai belum diketahui", "store not known yet"))
			line.narrow.chain = row.Key
		}
		if n := len(lines); n > 0 && lines[n-1].label == line.label && r.by.rows == db.ReportByDay {
			lines[n-1].Add(row)
			continue
		}
		lines = append(lines, line)
	}
	if r.by.rows != db.ReportByDay {
		slices.SortStableFunc(lines, func(a, b reportLine) int { return cmp.Compare(b.PaidTotal, a.PaidTotal) })
	}
	return lines, total, nil
}

// bucket is the stretch of days that a day's row stands for, within the report.
func (r report) bucket(day time.Time) (from, to time.Time) {
	from, to = day, day
	switch r.by.word {
	case "week": // from Monday
		from = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		to = from.AddDate(0, 0, 6)
	case "month":
		from = monthOf(day)
		to = from.AddDate(0, 1, -1)
	}
	if from.Before(r.from) {
		from = r.from
	}
	if to.After(r.to) {
		to = r.to
	}
	return from, to
}

func daysLabel(cal calendar, by string, from, to time.Time) string {
	if by == "day" {
		return cal.day(from)
	}
	return cal.days(from, to)
}

// reports is what a stretch of days brought.
func (s *Server) reports(v *visit) error {
	r := s.readReport(v.QueryParams())
	lines, total, err := s.reportLines(v, r)
	if err != nil {
		return err
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.ReportPage{
		Page: s.page(v, "reports"), Title: daysLabel(cal, "", r.from, r.to), From: r.from.Format(time.DateOnly), To: r.to.Format(time.DateOnly),
		Newer: r.shifted(1).url("/reports", nil), Older: r.shifted(-1).url("/reports", nil), By: r.by.word,
		CSV: r.url("/reports.csv", nil), XLSX: r.url("/reports.xlsx", nil), Chains: r.by.word == "chain",
	}
	if r.to.After(s.today().AddDate(0, 0, -1)) {
		p.Newer = "" // there is nothing after today
	}
	for _, b := range breakdowns {
		p.Breakdowns = append(p.Breakdowns, views.FilterOn{Label: b.in(v.lang), Off: r.url("/reports", func(r *report) { r.by = b })})
		if b.word == r.by.word {
			p.Of, p.Current = b.in(v.lang), len(p.Breakdowns)-1
		}
	}
	for _, preset := range presets {
		p.Presets = append(p.Presets, views.FilterPreset{Label: preset.in(v.lang), Value: preset.word, On: preset.word == r.days})
	}
	most := int64(0)
	for _, l := range lines {
		most = max(most, l.PaidTotal)
	}
	for _, l := range lines {
		row := s.reportRow(v.lang, l)
		row.Share = share(l.PaidTotal, most)
		p.Rows = append(p.Rows, row)
	}
	p.Total = s.reportRow(v.lang, total)
	fee := settings.Fee.Estimate(total.Payments, total.PaidTotal)
	p.Gross, p.Fee, p.Net = rupiah(total.PaidTotal), rupiah(fee), rupiah(total.PaidTotal-fee)
	last := r.to
	if last.After(s.today()) {
		last = s.today()
	}
	p.Transfer = cal.day(workingDays(last, int(settings.Fee.SettlementDays)))
	p.LastDay = cal.day(last)
	return s.render(v, http.StatusOK, views.Reports(p))
}

// share is how long a bar is, in thousandths of the longest.
func share(n, most int64) int {
	if most <= 0 {
		return 0
	}
	return int(n * 1000 / most)
}

// workingDays is the day so many working days, Monday to Friday, later.
// Holidays are not known here.
func workingDays(day time.Time, n int) time.Time {
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if w := day.Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return day
}

// listOf is the part of the list that makes a number up.
func (l reportLine) listOf(change func(*narrow)) string {
	n := l.narrow
	n.from, n.to = l.from.Format(time.DateOnly), l.to.Format(time.DateOnly)
	change(&n)
	return list{word: "all", narrow: n}.url(func(*list) {})
}

// issuedStates are those that a report counts as issued: all but refused ones.
var issuedStates = slices.DeleteFunc(slices.Clone(listed), func(s payments.Status) bool { return s == payments.Rejected })

func (s *Server) reportRow(lang views.Lang, l reportLine) views.ReportRow {
	row := views.ReportRow{
		Label: l.label, Paid: grouped(l.PaidCodes), Received: rupiah(l.PaidTotal), Payments: grouped(l.Payments), Issued: grouped(l.Issued), IssuedTotal: rupiah(l.IssuedTotal),
		Missed: grouped(l.Missed), MissedTotal: rupiah(l.MissedTotal), Late: grouped(l.LateCodes), Refunds: grouped(l.Refunds), Refunded: rupiah(l.RefundTotal), Wait: "–",
		PaidHref: l.listOf(func(n *narrow) { n.byPaid = true }),
	}
	if l.PaidCodes > 0 {
		row.Wait = longs(lang, time.Duration(l.Waited/l.PaidCodes)*time.Second)
	}
	if l.chain {
		if l.narrow.chain == "" && l.label != lang.T("Semua", "All") {
			row.PaidHref = ""
		}
		return row
	}
	row.IssuedHref = l.listOf(func(n *narrow) { n.statuses = issuedStates })
	row.MissedHref = l.listOf(func(n *narrow) { n.money, n.statuses = db.MoneyNone, issuedStates })
	row.LateHref = l.listOf(func(n *narrow) { n.byPaid, n.money = true, db.MoneyLate })
	row.RefundsHref = "/reports/refunds?" + narrow{from: l.from.Format(time.DateOnly), to: l.to.Format(time.DateOnly), cashier: l.narrow.cashier, mode: l.narrow.mode}.values().Encode()
	return row
}

// longs writes how long something took, roughly: "25 mnt", "3 jam 10 mnt", "2 hari".
func longs(lang views.Lang, d time.Duration) string {
	minutes := int64(d.Round(time.Minute) / time.Minute)
	switch {
	case minutes < 1:
		return lang.T("< 1 mnt", "< 1 min")
	case minutes < 60:
		return strconv.FormatInt(minutes, 10) + lang.T(" mnt", " min")
	case minutes < 48*60:
		return strconv.FormatInt(minutes/60, 10) + lang.T(" jam ", " h ") + strconv.FormatInt(minutes%60, 10) + lang.T(" mnt", " min")
	}
	return strconv.FormatInt(minutes/(24*60), 10) + lang.T(" hari", " days")
}

// reportCSV and reportXLSX are the same report as a file.
func (s *Server) reportCSV(v *visit) error  { return s.reportFile(v, "csv") }
func (s *Server) reportXLSX(v *visit) error { return s.reportFile(v, "xlsx") }

func (s *Server) reportFile(v *visit, ending string) error {
	r := s.readReport(v.QueryParams())
	lines, _, err := s.reportLines(v, r)
	if err != nil {
		return err
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	t := v.lang.T
	d := download{"laporan", s.Now(), ending, t("Laporan", "Report"), []any{
		r.by.in(v.lang), t("Dari", "From"), t("Sampai", "To"), t("Kode dibuat", "Codes made"), t("Jumlah dibuat", "Amount made"), t("Tidak dibayar", "Not paid"), t("Jumlah tidak dibayar", "Amount not paid"),
		t("Kode lunas", "Codes paid"), t("Terlambat", "Late"), t("Rata-rata detik sampai lunas", "Mean seconds until paid"), t("Pembayaran", "Payments"), t("Diterima", "Received"),
		t("Perkiraan potongan", "Estimated fee"), t("Perkiraan bersih", "Estimated net"), t("Pengembalian", "Refunds"), t("Jumlah dikembalikan", "Amount refunded"),
	}}
	return s.download(v, d, nil, func(put func([]any) error) error {
		for _, l := range lines {
			wait := int64(0)
			if l.PaidCodes > 0 {
				wait = l.Waited / l.PaidCodes
			}
			fee := settings.Fee.Estimate(l.Payments, l.PaidTotal)
			if err := put([]any{
				l.label, l.from.Format(time.DateOnly), l.to.Format(time.DateOnly), l.Issued, l.IssuedTotal, l.Missed, l.MissedTotal,
				l.PaidCodes, l.LateCodes, wait, l.Payments, l.PaidTotal, fee, l.PaidTotal - fee, l.Refunds, l.RefundTotal,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// reportRefunds lists the refunds of a stretch of days, of one cashier's codes or
// one kind of code when its URL says so.
func (s *Server) reportRefunds(v *visit) error {
	r, n := s.readReport(v.QueryParams()), readNarrow(v.QueryParams())
	before, err := plain(v.QueryParam("before"))
	if err != nil {
		before = ""
	}
	list, err := s.Store.RefundsBetween(v.ctx(), s.Service.Environment, n.cashier, n.mode, r.from, r.to.AddDate(0, 0, 1), before, pageLength+1)
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.RefundListPage{Page: s.page(v, "reports"), Title: daysLabel(cal, "", r.from, r.to), Back: r.url("/reports", nil)}
	if n.cashier != "" {
		p.Title += " · " + cmp.Or(names[n.cashier], v.lang.T("kasir tidak dikenal", "unknown cashier"))
	}
	if n.mode != "" {
		p.Title += " · " + modeChoice(v.lang, n.mode).Label
	}
	if len(list) > pageLength {
		list = list[:pageLength]
		q := narrow{cashier: n.cashier, mode: n.mode}.values()
		maps.Copy(q, r.values())
		q.Set("before", list[pageLength-1].ID)
		p.Older = "/reports/refunds?" + q.Encode()
	}
	for _, l := range list {
		p.Rows = append(p.Rows, views.RefundLine{
			Href: "/codes/" + l.CodeID, Amount: rupiah(l.Amount), Name: l.Customer, Invoice: l.Invoice, Time: cal.moment(l.MadeAt), Who: names[l.MadeBy],
			How: refundMethod(l.Method).in(v.lang), Reason: l.Reason,
		})
	}
	return s.render(v, http.StatusOK, views.RefundList(p))
}
