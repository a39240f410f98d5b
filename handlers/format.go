package handlers

import (
	"strconv"
	"strings"
	"time"

	"kodebayar/views"
)

// grouped writes a number with dots between its thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// rupiah writes money: Rp150.000.
func rupiah(n int64) string {
	if n < 0 {
		return "-Rp" + grouped(-n)
	}
	return "Rp" + grouped(n)
}

// fours sets a payment code in groups of four.
func fours(code string) string {
	var b strings.Builder
	for i, d := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// calendar writes moments in the shop's zone and the reader's language.
type calendar struct {
	zone *time.Location
	lang views.Lang
	now  time.Time
}

func (s *Server) calendar(lang views.Lang) calendar {
	return calendar{s.Zone, lang, s.Now().In(s.Zone)}
}

var (
	days = [2][7]string{
		{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"},
		{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
	months = [2][12]string{
		{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
		{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
	shortMonths = [2][12]string{
		{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"},
		{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	}
)

func (c calendar) words() int {
	if c.lang == views.English {
		return 1
	}
	return 0
}

// zoneLabel is WIB, WITA or WIT, or what another zone is called; a zone
// without letters is told by its distance from UTC.
func (c calendar) zoneLabel(t time.Time) string {
	label := t.In(c.zone).Format("MST")
	if label != "" && (label[0] == '+' || label[0] == '-') {
		return "UTC" + label
	}
	return label
}

// clock is the time of day: 14.05 WIB.
func (c calendar) clock(t time.Time) string {
	return t.In(c.zone).Format("15.04") + " " + c.zoneLabel(t)
}

// moment is as short as it can be without doubt: the time today, with the day
// before that, with the year before this one.
func (c calendar) moment(t time.Time) string {
	t = t.In(c.zone)
	if t.Year() == c.now.Year() && t.YearDay() == c.now.YearDay() {
		return c.clock(t)
	}
	day := strconv.Itoa(t.Day()) + " " + shortMonths[c.words()][t.Month()-1]
	if t.Year() != c.now.Year() {
		day += " " + strconv.Itoa(t.Year())
	}
	return day + " " + c.clock(t)
}

// day is a date in full: Jumat, 20 November 2026.
func (c calendar) day(t time.Time) string {
	t = t.In(c.zone)
	return days[c.words()][t.Weekday()] + ", " + strconv.Itoa(t.Day()) + " " + months[c.words()][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// days is a stretch of them, in as few words as tell it: 20 November 2026,
// 1–26 November 2026, 29 November – 3 Desember 2026.
func (c calendar) days(from, to time.Time) string {
	from, to = from.In(c.zone), to.In(c.zone)
	first := strconv.Itoa(from.Day())
	month := func(t time.Time) string { return " " + months[c.words()][t.Month()-1] }
	last := strconv.Itoa(to.Day()) + month(to) + " " + strconv.Itoa(to.Year())
	switch {
	case from.Year() != to.Year():
		return first + month(from) + " " + strconv.Itoa(from.Year()) + " – " + last
	case from.Month() != to.Month():
		return first + month(from) + " – " + last
	case from.Day() != to.Day():
		return first + "–" + last
	}
	return last
}

// date is a day of a file, 2026-11-20, as people write it: 20 Nov 2026.
func (c calendar) date(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return strconv.Itoa(t.Day()) + " " + shortMonths[c.words()][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// deadline is a date in full with its time: Jumat, 20 November 2026, 15.05 WIB.
func (c calendar) deadline(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.day(t) + ", " + c.clock(t)
}
