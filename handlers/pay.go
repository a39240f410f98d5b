package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

// byToken finds the code of a customer's link. A token that cannot be one never
// reaches the database.
func (s *Server) byToken(v *visit) (payments.Code, error) {
	name, _ := v.payFile()
	token, err := plain(name)
	if err != nil {
		return payments.Code{}, err
	}
	return s.Store.CodeByToken(v.ctx(), token)
}

// errPageIsOver is what a link answers whose customer the shop has forgotten.
var errPageIsOver = &refusal{
	status: http.StatusGone,
	title:  text{"Halaman ini sudah berakhir", "This page is over"},
	sentence: text{
		"Kode ini sudah lama selesai, dan data pelanggannya sudah dihapus sesuai aturan toko. Tanyakan ke toko bila perlu.",
		"This code was finished long ago, and its customer's data was deleted by the shop's rules. Ask the shop if you need to.",
	},
}

// payFile splits what follows /pay/ into the token, which has no dot, and
// which form of the page is asked for: "", "ics" or "png".
func (v *visit) payFile() (token, form string) {
	token, form, _ = strings.Cut(v.Param("token"), ".")
	if strings.Contains(v.Param("token"), ".") && form != "ics" && form != "png" {
		return "", "" // no such form: a token of nobody
	}
	return token, form
}

// pay is the customer's page, and its other forms. It sets no cookie.
func (s *Server) pay(v *visit) error {
	c, err := s.byToken(v)
	if err != nil {
		return err
	}
	if !c.BlankedAt.IsZero() {
		return errPageIsOver
	}
	switch _, form := v.payFile(); form {
	case "ics":
		return s.reminder(v, c)
	case "png":
		return s.picture(v, c)
	}
	if v.Request().Method == http.MethodGet && !robot(v.Request().UserAgent()) {
		// A page that cannot be noted as opened must open all the same.
		v.err = s.Service.Viewed(v.ctx(), c)
	}
	state, err := s.payState(v, c)
	if err != nil {
		return err
	}
	logo, err := s.Store.Logo(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	return s.render(v, http.StatusOK, views.Pay(views.PayPage{
		Lang: v.lang, Path: "/pay/" + c.Token, Logo: logoView(logo), Environment: string(c.Environment),
		EventsURL: "/pay/" + c.Token + "/events?lang=" + v.lang.Code(),
		Zone:      s.Zone.String(), ZoneLabel: cal.zoneLabel(cal.now), Preview: s.preview(v.lang, c.Environment, state), Today: cal.day(cal.now), Clock: cal.clock(cal.now), State: state,
	}))
}

// preview is the page in the few words that a chat shows of its link. An amount
// that is not to be paid comes after the word that says so, as on the picture.
func (s *Server) preview(lang views.Lang, env payments.Environment, state views.PayView) string {
	words := s.card(lang, env, state)
	switch {
	case words.Verdict == "" && state.Until != "":
		return state.Amount + lang.T(", bayar sebelum ", ", pay before ") + state.Until
	case words.Verdict == "":
		return state.Amount
	case state.Payments != "":
		return words.Verdict + ". " + state.Payments + ", " + state.PaidTotal + ". " + words.Say
	case words.Say == "":
		return words.Verdict + ", " + state.Amount
	}
	return words.Verdict + ", " + state.Amount + ". " + words.Say
}

// payState is what the customer is told, and no more than that.
func (s *Server) payState(v *visit, c payments.Code) (views.PayView, error) {
	cal := s.calendar(v.lang)
	shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
	if err != nil {
		return views.PayView{}, err
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return views.PayView{}, err
	}
	state := views.PayView{
		Lang: v.lang, Shop: shop, Name: c.CustomerName, Amount: rupiah(due(c)), Asked: askedFor(v.lang, c), PaymentCode: c.PaymentCode,
		Until: cal.deadline(c.ExpiresAt), Reference: c.InvoiceNumber,
		Stores: stores(settings.Limits, c.Amount).in(v.lang), WhatsApp: chat(v.lang, settings.WhatsApp, c.InvoiceNumber),
	}
	if c.Mode != payments.DIPC { // DOKU has no page for a number it does not hold
		state.HowToPayURL = webLink(c.HowToPayPage)
	}
	var received []payments.Payment
	if c.PaidCount > 0 {
		if received, err = s.Store.Payments(v.ctx(), c.ID); err != nil {
			return views.PayView{}, err
		}
	}
	refunds, err := s.refundsOf(v.ctx(), c)
	if err != nil {
		return views.PayView{}, err
	}
	state.GivenBack = givenBack(v.lang, c.Balance(refunds[c.ID]))
	unsettled, err := s.unsettledOf(v.ctx(), c)
	if err != nil {
		return views.PayView{}, err
	}
	edits := unsettled[c.ID]
	state.State = stateFor(c)
	if state.State == "unpaid" && s.atTill(c) {
		state.State = "till"
	}
	if payable := state.State == "unpaid" || state.State == "till" || state.State == "reusable"; payable {
		// Without a barcode there is still the number.
		state.Barcode, _ = barcode.Code128(c.PaymentCode)
		if len(edits) > 0 {
			state.Asked, state.Until = orElse(v.lang, c, edits), cal.deadline(soonest(c, edits))
			state.Unsettled = v.lang.T(
				"Toko sedang mengubah kode ini dan hasilnya belum pasti. Sebelum membayar, pastikan jumlah di layar kasir Alfamart sama dengan kesepakatan Anda dengan toko.",
				"The shop is changing this code and the outcome is not certain yet. Before you pay, make sure that the amount on the till's screen is what you agreed on with the shop.")
		} else if livesLong(c) {
			state.CalendarURL = "/pay/" + c.Token + ".ics?lang=" + v.lang.Code()
		}
	}
	if (state.State == "unpaid" || state.State == "reusable") && v.lang == views.Indonesian && len(edits) == 0 {
		// DOKU's words come in no other language.
		if state.Steps, err = s.Store.Instructions(v.ctx(), c.ID); err != nil {
			return views.PayView{}, err
		}
	}
	switch state.State {
	case "paid":
		state.PaidAt = cal.deadline(c.PaidAt)
		open, err := s.openOn(v.ctx(), c)
		if err != nil {
			return views.PayView{}, err
		}
		var doubts []string
		for _, kind := range payments.Holding(open[c.ID], received) {
			_, customer := holds(kind)
			doubts = append(doubts, customer.in(v.lang))
		}
		state.Doubt = strings.Join(doubts, " ")
		state.QR, _ = barcode.QR(s.link("/pay/" + c.Token)) // without it the shop types the last digits
		if i := slices.IndexFunc(received, func(p payments.Payment) bool { return p.Standing == payments.Counted }); i >= 0 {
			state.PaidWhere, state.Trx = place(v.lang, received[i]), received[i].Trx
		}
	case "reusable", "expired", "cancelled":
		if c.Reusable && c.PaidCount > 0 {
			state.Payments, state.PaidTotal = receivedCount(v.lang, c.PaidCount), rupiah(c.PaidTotal)
		}
	}
	return state, nil
}

// stores says where a code of this amount can be paid.
func stores(l payments.Limits, amount int64) text {
	if l.CashAbove > 0 && amount > l.CashAbove {
		return text{
			"Di atas " + rupiah(l.CashAbove) + " tidak semua gerai Alfa menerima: tanya dulu gerainya, siapkan kartu debit.",
			"Above " + rupiah(l.CashAbove) + " not every Alfa store takes it: ask first, and have a debit card ready.",
		}
	}
	return text{
		"Datang ke Alfamart, Alfamidi, Alfaexpress, Lawson, atau Dan+Dan.",
		"Go to Alfamart, Alfamidi, Alfaexpress, Lawson or Dan+Dan.",
	}
}

// chat is the link to the shop's WhatsApp, with the code's reference already
// written; empty without a number.
func chat(lang views.Lang, number, invoice string) string {
	if number == "" {
		return ""
	}
	words := lang.T("Halo, saya mau bertanya tentang pembayaran ", "Hello, I have a question about payment ") + invoice
	return "https://wa.me/" + number + "?text=" + url.PathEscape(words)
}

// stateFor is a code's state in the customer's eyes. Whoever cannot be sure
// that a payment would count is told not to pay.
func stateFor(c payments.Code) string {
	switch {
	case c.Status == payments.Paid:
		return "paid"
	case c.Review > 0:
		return "review"
	}
	switch c.Status {
	case payments.Creating, payments.Unknown:
		return "wait"
	case payments.Active:
		if c.Reusable {
			return "reusable"
		}
		return "unpaid"
	case payments.Expired:
		return "expired"
	}
	return "cancelled" // also while it is being cancelled, and when DOKU refused it
}

// robot tells those who fetch a page for a preview or an index, as far as they
// say so.
func robot(userAgent string) bool {
	for _, word := range []string{"bot", "crawl", "spider", "preview", "facebookexternalhit", "whatsapp/"} {
		if containsFold(userAgent, word) {
			return true
		}
	}
	return false
}
