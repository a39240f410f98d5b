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

// slip is a code to print.
func (s *Server) slip(v *visit) error {
	c, err := s.named(v)
	if err != nil {
		return err
	}
	if c.PaymentCode == "" { // nothing to pay with
		return &payments.NotAllowed{Status: c.Status}
	}
	if v.Request().Method != http.MethodHead {
		if err := s.Service.Printed(v.ctx(), v.viewer(), c.ID); err != nil {
			return err
		}
	}
	shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
	if err != nil {
		return err
	}
	unsettled, err := s.unsettledOf(v.ctx(), c)
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.SlipPage{
		Lang: v.lang, ID: c.ID, Environment: string(c.Environment), Shop: shop, Name: c.CustomerName,
		Amount: rupiah(due(c)), PaymentCode: c.PaymentCode, Invoice: c.InvoiceNumber,
		Open: payable(c, unsettled[c.ID]), Until: cal.deadline(c.ExpiresAt),
	}
	if p.Barcode, err = barcode.Code128(c.PaymentCode); err != nil {
		return err
	}
	if p.QR, err = barcode.QR(s.link("/pay/" + c.Token)); err != nil {
		return err
	}
	switch {
	case c.Status == payments.Active && c.Review > 0:
		p.State = v.lang.T("PEMBAYARAN SEDANG DICEK, JANGAN BAYAR LAGI", "PAYMENT BEING CHECKED, DO NOT PAY AGAIN")
	case c.Status == payments.Active && !p.Open:
		p.State = v.lang.T("PERUBAHAN BELUM PASTI, TUNGGU JAWABAN DOKU", "CHANGE NOT CERTAIN, WAIT FOR DOKU'S ANSWER")
		p.Remark = orElse(v.lang, c, unsettled[c.ID])
	case !p.Open:
		p.State = strings.ToUpper(v.lang.StatusWord(string(c.Status)))
	}
	if c.Status == payments.Paid {
		received, err := s.Store.Payments(v.ctx(), c.ID)
		if err != nil {
			return err
		}
		p.Remark = cal.deadline(c.PaidAt)
		if i := slices.IndexFunc(received, func(p payments.Payment) bool { return p.Standing == payments.Counted }); i >= 0 {
			if where := place(v.lang, received[i]); where != "" {
				p.Remark += ", " + where
			}
			if trx := received[i].Trx; trx != "" {
				p.Remark += v.lang.T(", transaksi ", ", transaction ") + trx
			}
		}
		if asked := askedFor(v.lang, c); asked != "" {
			p.Remark += ", " + asked
		}
		refunds, err := s.refundsOf(v.ctx(), c)
		if err != nil {
			return err
		}
		if told := givenBack(v.lang, c.Balance(refunds[c.ID])); told != "" { // the slip is for the customer
			p.Remark += ". " + told
		}
	}
	return s.render(v, http.StatusOK, views.Slip(p))
}

// shareText is what a customer is sent: all they need at the till, also when
// the link does not open.
func shareText(cal calendar, shop string, c payments.Code, link string) string {
	t := cal.lang.T
	lines := []string{
		shop + ": " + rupiah(c.Amount),
		t("Kode bayar: ", "Payment code: ") + fours(c.PaymentCode),
		t(`Bayar di Alfamart, bilang "mau bayar DOKU".`, `Pay at Alfamart, say "mau bayar DOKU".`),
	}
	if !c.ExpiresAt.IsZero() {
		lines = append(lines, t("Berlaku sampai ", "Valid until ")+cal.deadline(c.ExpiresAt))
	}
	return strings.Join(append(lines, link), "\n")
}

// whatsApp is the link that opens WhatsApp with a text, at the customer's
// number when it is an Indonesian mobile one; else WhatsApp asks to whom.
func whatsApp(phone, words string) string {
	digits := payments.InternationalPhone(phone)
	if !strings.HasPrefix(digits, "628") {
		digits = ""
	}
	return "https://wa.me/" + digits + "?text=" + strings.ReplaceAll(url.QueryEscape(words), "+", "%20")
}
