package handlers

import (
	"fmt"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/views"
)

const (
	// gapWithin is how far back payments are looked at that no notification
	// told of, and gapAfter how long a notification may take.
	gapWithin = 24 * time.Hour
	gapAfter  = 2 * time.Minute
)

// health says what does not work between DOKU and the shop: to everybody that
// DOKU is silent, to those who can mend it that its notifications are missing.
// open unfolds the causes.
func (s *Server) health(v *visit, open bool) (views.Health, error) {
	var h views.Health
	if s.Service.Silent() {
		h.Silent = v.lang.T(
			"DOKU sedang tidak menjawab, jadi pengecekan otomatis berhenti sebentar. Yang Anda tekan tetap dicoba.",
			"DOKU is not answering at the moment, so the automatic checks pause. What you press is tried all the same.")
	}
	if !v.can(bosses) {
		return h, nil
	}
	if ahead := s.Service.ClockAhead(); ahead.Abs() >= db.ClockTolerance {
		minutes := grouped(int64(ahead.Abs().Round(time.Minute) / time.Minute))
		h.Clock = fmt.Sprintf(v.lang.T(
			"Jam server ini dan jam DOKU berbeda %s menit. Perbaiki jam server (NTP): batas waktu dan uang terlambat dinilai dengan jam, dan DOKU menolak bila berbeda satu jam.",
			"This server's clock and DOKU's differ by %s minutes. Mend the server's clock (NTP): deadlines and late money are judged by it, and DOKU refuses a difference of an hour."), minutes)
	}
	now := s.Now()
	n, err := s.Store.Unconfirmed(v.ctx(), s.Service.Environment, now.Add(-gapWithin), now.Add(-gapAfter))
	if err != nil || n == 0 {
		return h, err
	}
	forged, err := s.Store.BadSignatures(v.ctx(), now.Add(-gapWithin))
	if err != nil {
		return h, err
	}
	h.Gap = s.gap(v.lang, n, forged)
	h.Gap.Open = open
	return h, nil
}

// gap names the likely causes of missing notifications, the likeliest first.
func (s *Server) gap(lang views.Lang, missing, forged int64) *views.Gap {
	t := lang.T
	address := s.link(s.NotificationPath)
	g := &views.Gap{
		Sentence: fmt.Sprintf(t(
			"%s pembayaran dalam 24 jam terakhir diketahui dari pengecekan, tanpa pemberitahuan dari DOKU.",
			"%s payments of the last 24 hours are known from status checks, without a notification from DOKU."), grouped(missing)),
		Cure: t(
			"Setelah diperbaiki, kirim ulang yang hilang dari DOKU: Back Office → Integration → HTTP Notification, tekan ikon pesawat kertas. Sementara itu status tetap ditanyakan sendiri.",
			"Once it is mended, have DOKU send the missing ones again: Back Office → Integration → HTTP Notification, press the paper plane. Until then the checks go on by themselves."),
	}
	if missing == 1 {
		g.Sentence = t(
			"1 pembayaran dalam 24 jam terakhir diketahui dari pengecekan, tanpa pemberitahuan dari DOKU.",
			"1 payment of the last 24 hours is known from a status check, without a notification from DOKU.")
	}
	see := views.GapCause{
		Text: t("Secret Key di sini berbeda dari yang berlaku di DOKU.", "The Secret Key here differs from the one in force at DOKU."),
		Href: "/exchanges?verdict=bad_signature", Link: t("Lihat kiriman dengan tanda tangan salah", "See what came with a wrong signature"),
	}
	if forged > 0 {
		en := "%s deliveries of the last 24 hours had a wrong signature: the Secret Key here may differ from the one in force at DOKU."
		if forged == 1 {
			en = strings.Replace(en, "deliveries", "delivery", 1)
		}
		see.Text = fmt.Sprintf(t(
			"Ada %s kiriman dengan tanda tangan salah dalam 24 jam terakhir: Secret Key di sini mungkin berbeda dari yang berlaku di DOKU.", en),
			grouped(forged))
		g.Causes = append(g.Causes, see)
	}
	g.Causes = append(g.Causes,
		views.GapCause{Text: fmt.Sprintf(t(
			"Notification URL belum diisi untuk channel Alfa: Back Office → Settings → Payment Settings → Convenience Store → Configure. Isinya %s",
			"The Notification URL is not set for the Alfa channel: Back Office → Settings → Payment Settings → Convenience Store → Configure. It should be %s"), address)},
		views.GapCause{Text: fmt.Sprintf(t(
			"URL di sana berakhir dengan path lain, bukan %s",
			"The URL there ends in another path, not %s"), s.NotificationPath)},
		views.GapCause{Text: t(
			"Alamat itu tidak bisa dicapai dari internet: DNS, sertifikat TLS, firewall, atau aplikasi ini sedang mati waktu itu.",
			"That address cannot be reached from the internet: DNS, TLS certificate, firewall, or this app was down at the time.")},
	)
	if forged == 0 {
		g.Causes = append(g.Causes, see)
	}
	return g
}
