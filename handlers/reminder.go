package handlers

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"kodebayar/db"
	"kodebayar/payments"
)

// livesLong says whether a code lives long enough for its deadline to be worth
// an entry in a calendar.
func livesLong(c payments.Code) bool { return c.ExpiresAt.Sub(c.CreatedAt) > 24*time.Hour }

// reminder is the deadline as a calendar file (RFC 5545), with an alarm three
// hours before. A code that lives a day or less has none.
func (s *Server) reminder(v *visit, c payments.Code) error {
	if !livesLong(c) || c.PaymentCode == "" {
		return payments.ErrNotFound
	}
	shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
	if err != nil {
		return err
	}
	const stamp = "20060102T150405Z"
	title := v.lang.T("Batas bayar ", "Pay ") + rupiah(c.Amount) + v.lang.T(" ke ", " to ") + shop
	status := "CONFIRMED"
	unsettled, err := s.unsettledOf(v.ctx(), c)
	switch {
	case err != nil:
		return err
	case c.Status != payments.Active:
		status = "CANCELLED" // a calendar that reads again takes it away
	case len(unsettled) > 0:
		status = "TENTATIVE"
	}
	var b strings.Builder
	for _, line := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kodebayar//Kodebayar//ID", "METHOD:PUBLISH",
		"BEGIN:VEVENT", "UID:" + calendarText(c.InvoiceNumber+"@"+s.PublicURL.Host), "DTSTAMP:" + s.Now().UTC().Format(stamp),
		"DTSTART:" + c.ExpiresAt.UTC().Format(stamp), "DTEND:" + c.ExpiresAt.UTC().Format(stamp), "STATUS:" + status,
		"SUMMARY:" + calendarText(title),
		"DESCRIPTION:" + calendarText(v.lang.T("Kode pembayaran ", "Payment code ")+fours(c.PaymentCode)+
			v.lang.T("\nBilang ke kasir Alfamart: mau bayar DOKU, lalu sebutkan kodenya.", "\nTell the cashier “mau bayar DOKU”, then read out the code.")),
		"URL:" + s.link("/pay/"+c.Token),
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT3H", "DESCRIPTION:" + calendarText(title), "END:VALARM",
		"END:VEVENT", "END:VCALENDAR",
	} {
		b.WriteString(folded(line))
	}
	v.Response().Header().Set("Content-Disposition", `inline; filename="kodebayar.ics"`)
	return s.send(v, http.StatusOK, "text/calendar; charset=utf-8", []byte(b.String()))
}

// calendarText escapes a value of type TEXT.
func calendarText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(s)
}

// folded breaks a line into pieces of at most 75 bytes, never within a letter.
func folded(line string) string {
	var b strings.Builder
	room := 75
	for _, r := range line {
		if n := utf8.RuneLen(r); n > room {
			b.WriteString("\r\n ")
			room = 74
		}
		b.WriteRune(r)
		room -= utf8.RuneLen(r)
	}
	return b.String() + "\r\n"
}
