package handlers

import (
	"net/http"

	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/card"
)

// picture is the customer's page as a picture for a chat. It says when it was
// made, for it stays what it was then.
func (s *Server) picture(v *visit, c payments.Code) error {
	state, err := s.payState(v, c)
	if err != nil {
		return err
	}
	// One at a time: drawing is what costs most of all that a stranger can ask for.
	s.drawing.Lock()
	defer s.drawing.Unlock()
	b, err := card.PNG(s.card(v.lang, c.Environment, state))
	if err != nil {
		return err
	}
	v.Response().Header().Set("Content-Disposition", `inline; filename="kodebayar.png"`)
	return s.send(v, http.StatusOK, "image/png", b)
}

// card is a customer's page in the words of its picture, with the bar of the
// code's environment.
func (s *Server) card(lang views.Lang, env payments.Environment, state views.PayView) card.Card {
	cal := s.calendar(lang)
	c := card.Card{
		Shop: state.Shop, AmountLabel: lang.T("Jumlah", "Amount"), Amount: state.Amount,
		Made: lang.T("Gambar dibuat ", "Picture made ") + cal.deadline(cal.now) + lang.T(". Kabar terbaru ada di tautannya.", ". The link has the latest."),
	}
	if state.Name != "" {
		c.Name = lang.T("untuk ", "for ") + state.Name
	}
	switch env {
	case payments.Simulator:
		c.Bar = lang.T("SIMULATOR: latihan, bukan uang sungguhan", "SIMULATOR: practice, not real money")
	case payments.Sandbox:
		c.Bar = lang.T("SANDBOX: uji coba, bukan uang sungguhan", "SANDBOX: a test, not real money")
	}
	switch state.State {
	case "paid":
		c.Verdict, c.Good = lang.T("LUNAS", "PAID"), true
		c.Facts = []string{state.PaidAt}
		if state.PaidWhere != "" {
			c.Facts = append(c.Facts, state.PaidWhere)
		}
		c.Facts = append(c.Facts, state.Reference)
		if state.Asked != "" {
			c.Facts = append(c.Facts, state.Asked)
		}
		if state.Doubt != "" {
			c.Say = state.Doubt + lang.T(" Hubungi toko tentang pesanan Anda.", " Ask the shop about your order.")
		}
	case "review":
		c.Verdict = lang.T("Sedang dicek toko", "The shop is checking")
		c.Say = lang.T("Pembayaran Anda sedang dicek toko, jangan bayar lagi.", "The shop is checking your payment, do not pay again.")
		c.Facts = []string{state.Reference}
	case "expired":
		c.Verdict = lang.T("Kedaluwarsa", "Expired")
		c.Say = lang.T("Jangan dibayar; minta kode baru ke toko.", "Do not pay; ask the shop for a new code.")
	case "cancelled":
		c.Verdict = lang.T("Dibatalkan", "Cancelled")
		c.Say = lang.T("Jangan dibayar; tanyakan ke toko bila perlu.", "Do not pay; ask the shop if you need to.")
	case "wait":
		c.Verdict = lang.T("Sedang disiapkan", "Being made")
		c.Say = lang.T("Kodenya belum ada. Buka tautannya sebentar lagi.", "The code is not there yet. Open the link in a moment.")
	default:
		if state.Unsettled != "" { // the picture would stay as it is
			c.Verdict = lang.T("Sedang diubah toko", "The shop is changing it")
			c.Say = lang.T("Perubahannya belum pasti. Buka tautannya sebelum membayar.", "The change is not certain yet. Open the link before you pay.")
			if state.Asked != "" {
				c.Facts = []string{state.Asked}
			}
			break
		}
		c.CodeLabel, c.Code, c.Barcode = lang.T("Kode pembayaran", "Payment code"), fours(state.PaymentCode), state.Barcode
		c.Unreadable = lang.T("Kalau tidak terbaca, sebutkan kodenya.", "If it cannot be read, read the code out.")
		if state.Until != "" {
			c.Until = lang.T("Bayar sebelum ", "Pay before ") + state.Until
		}
		c.Steps = []string{
			state.Stores,
			lang.T("Bilang ke kasir Alfamart: “mau bayar DOKU”, lalu sebutkan kodenya.", "Tell the cashier “mau bayar DOKU”, then read out the code."),
			lang.T("Cek nama dan jumlah, bayar, simpan struk.", "Check the name and the amount, pay, keep the receipt."),
		}
	}
	if ended := state.State == "expired" || state.State == "cancelled"; ended && state.Payments != "" {
		c.Facts = []string{state.Payments, state.PaidTotal, state.Reference}
		c.Say = state.Ended()
	}
	if state.GivenBack != "" {
		c.Facts = append(c.Facts, state.GivenBack)
	}
	return c
}
