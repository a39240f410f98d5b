package handlers

import (
	"net/http"
	"slices"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// byToken finds the code of a customer's link. A token that cannot be one never
// reaches the database.
func (s *Server) byToken(v *visit) (payments.Code, error) {
	token, err := plain(v.Param("token"))
	if err != nil {
		return payments.Code{}, err
	}
	return s.Store.CodeByToken(v.ctx(), token)
}

// pay is the customer's page. It sets no cookie.
func (s *Server) pay(v *visit) error {
	c, err := s.byToken(v)
	if err != nil {
		return err
	}
	if v.Request().Method == http.MethodGet && !robot(v.Request().UserAgent()) {
		// A page that cannot be noted as opened must open all the same.
		v.err = s.Service.Viewed(v.ctx(), c)
	}
	state, err := s.payState(v, c)
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	return s.render(v, http.StatusOK, views.Pay(views.PayPage{
		Lang: v.lang, Path: "/pay/" + c.Token, Environment: string(c.Environment),
		EventsURL: "/pay/" + c.Token + "/events?lang=" + v.lang.Code(),
		Zone:      s.Zone.String(), ZoneLabel: cal.zoneLabel(cal.now), Today: cal.day(cal.now), State: state,
	}))
}

// payState is what the customer is told, and no more than that.
func (s *Server) payState(v *visit, c payments.Code) (views.PayView, error) {
	cal := s.calendar(v.lang)
	shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
	if err != nil {
		return views.PayView{}, err
	}
	state := views.PayView{
		Lang: v.lang, Shop: shop, Name: c.CustomerName, Amount: rupiah(c.Amount), PaymentCode: c.PaymentCode,
		Until: cal.deadline(c.ExpiresAt), Reference: c.InvoiceNumber,
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
	state.State = stateFor(c, received)
	if (state.State == "unpaid" || state.State == "reusable") && v.lang == views.Indonesian {
		// DOKU's words come in no other language.
		if state.Steps, err = s.Store.Instructions(v.ctx(), c.ID); err != nil {
			return views.PayView{}, err
		}
	}
	switch state.State {
	case "paid", "late":
		state.PaidAt = cal.deadline(c.PaidAt)
		if i := slices.IndexFunc(received, func(p payments.Payment) bool { return p.Standing == payments.Counted }); i >= 0 {
			state.PaidWhere = strings.TrimSpace(place(v.lang, received[i]) + " " + received[i].Trx)
		}
	case "reusable":
		if c.PaidCount > 0 {
			state.Payments, state.PaidTotal = receivedCount(v.lang, c.PaidCount), rupiah(c.PaidTotal)
		}
	}
	return state, nil
}

// stateFor is a code's state in the customer's eyes. Whoever cannot be sure
// that a payment would count is told not to pay.
func stateFor(c payments.Code, received []payments.Payment) string {
	switch {
	case c.Status == payments.Paid:
		if slices.ContainsFunc(received, func(p payments.Payment) bool { return p.Standing == payments.Counted && p.Late }) {
			return "late"
		}
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
