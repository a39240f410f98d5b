package handlers

import (
	"errors"
	"net/http"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// codes is the short way to the list.
func (s *Server) codes(v *visit) error {
	to := "/transactions"
	if q := v.Request().URL.RawQuery; q != "" {
		to += "?" + q
	}
	return s.redirect(v, to)
}

// visible finds a code for the visitor's eyes.
func (s *Server) visible(v *visit, id string) (payments.Code, error) {
	c, err := s.Store.Code(v.ctx(), id)
	if err == nil && !v.viewer().Sees(c) {
		return payments.Code{}, payments.ErrNotFound
	}
	return c, err
}

// named is the code of the route's {id}.
func (s *Server) named(v *visit) (payments.Code, error) {
	id, err := idOf(v)
	if err != nil {
		return payments.Code{}, err
	}
	return s.visible(v, id)
}

// changeable is the code of the route's {id} while DOKU can still be asked to
// change or cancel it.
func (s *Server) changeable(v *visit) (payments.Code, error) {
	c, err := s.named(v)
	switch {
	case err != nil:
		return c, err
	case c.Environment != s.Service.Environment:
		return c, payments.ErrOtherEnvironment
	case c.Status != payments.Active:
		return c, &payments.NotAllowed{Status: c.Status}
	}
	return c, nil
}

// code is the page of one code.
func (s *Server) code(v *visit) error {
	seq, err := s.Store.LastSeq(v.ctx())
	if err != nil {
		return err
	}
	c, err := s.named(v)
	if err != nil {
		return err
	}
	panel, err := s.panel(v, c)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.Code(views.CodePage{
		Page: s.pageOf(v, c), Code: panel, StreamURL: codeStreamURL(v.lang, seq, c.ID),
	}))
}

// check asks DOKU now and says what it said.
func (s *Server) check(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	before, err := s.named(v)
	if err != nil {
		return err
	}
	doubted, err := s.unsettledOf(v.ctx(), before)
	if err != nil {
		return err
	}
	after, err := s.Service.Check(v.ctx(), v.viewer(), before.ID)
	var edits map[string][]payments.Call
	if err == nil {
		edits, err = s.unsettledOf(v.ctx(), after)
	}
	switch {
	case errors.Is(err, payments.ErrNoCredentials):
		s.say(v, "error", text{"Client ID dan Secret Key DOKU belum diisi.", "DOKU's Client ID and Secret Key are not set."})
	case err != nil:
		return err
	case after.Status != before.Status || after.PaidCount != before.PaidCount || after.Review != before.Review:
		s.say(v, "success", text{"Ada kabar baru dari DOKU.", "There is news from DOKU."})
	case waits(edits[after.ID]):
		s.say(v, "warning", text{
			"DOKU masih belum menjawab perubahannya. Dikirim lagi dengan sendirinya.",
			"DOKU still has not answered the change. It is sent again by itself.",
		})
	case waits(doubted[before.ID]) && len(edits) == 0:
		s.say(v, "success", text{"DOKU sudah menjawab perubahannya.", "DOKU has answered the change."})
	case after.Status == payments.Creating || after.Status == payments.Unknown:
		s.say(v, "warning", text{"DOKU masih belum memberi jawaban pasti.", "DOKU still has no certain answer."})
	default:
		asked, err := s.Store.LastEvent(v.ctx(), before.ID, payments.EventChecked)
		if err != nil {
			return err
		}
		if asked.Detail["status"] == "NO_ANSWER" {
			s.say(v, "warning", text{
				"DOKU tidak menjawab, jadi belum tahu apakah sudah dibayar. Coba lagi sebentar lagi.",
				"DOKU does not answer, so it is not known whether it was paid. Try again in a moment.",
			})
			break
		}
		s.say(v, "info", text{"Sudah ditanyakan ke DOKU, belum ada yang berubah.", "DOKU was asked, nothing has changed."})
	}
	return s.redirect(v, "/codes/"+before.ID)
}

// askCancel asks before a code is cancelled.
func (s *Server) askCancel(v *visit) error {
	c, err := s.changeable(v)
	if err != nil {
		return err
	}
	return s.showCancel(v, http.StatusOK, c, views.CancelPage{})
}

func (s *Server) showCancel(v *visit, status int, c payments.Code, p views.CancelPage) error {
	p.Page, p.ID = s.pageOf(v, c), c.ID
	p.Amount, p.Name, p.PaymentCode, p.Invoice = rupiah(c.Amount), c.CustomerName, c.PaymentCode, c.InvoiceNumber
	if s.atTill(c) {
		p.Warning = v.lang.T(
			"Pelanggan baru saja ada di kasir Alfamart dengan kode ini. Mungkin sedang membayar.",
			"The customer was at the till with this code a moment ago and may be paying now.")
	}
	return s.render(v, status, views.Cancel(p))
}

// atTill says whether the customer may be standing at the till: DOKU has just
// asked about the code.
func (s *Server) atTill(c payments.Code) bool {
	return c.Status == payments.Active && !c.InquiredAt.IsZero() && s.Now().Sub(c.InquiredAt) < askedLately
}

const maxReason = 200 // characters

// cancel cancels a code, with the reason.
func (s *Server) cancel(v *visit) error {
	f, err := readForm(v, "reason")
	if err != nil {
		return err
	}
	c, err := s.named(v)
	if err != nil {
		return err
	}
	reason := f.get("reason")
	p := views.CancelPage{
		Reason:  views.Field{Value: strings.ToValidUTF8(reason, "\ufffd"), Error: wrongReason(reason).in(v.lang)},
		Problem: f.problem.in(v.lang),
	}
	if p.Reason.Error != "" || p.Problem != "" {
		return s.showCancel(v, http.StatusUnprocessableEntity, c, p)
	}
	after, err := s.Service.Cancel(v.ctx(), v.viewer(), c.ID, reason)
	var state *payments.NotAllowed
	switch {
	case errors.As(err, &state):
		// Somebody was faster: the page says who.
		s.say(v, "warning", explain(err).sentence)
	case err != nil:
		return err
	case after.Status == payments.Cancelled:
		s.say(v, "success", text{"Kode dibatalkan.", "The code is cancelled."})
	case after.Status == payments.Cancelling && after.CancelledAt.IsZero():
		s.say(v, "warning", text{
			"Pembatalan dikirim, tetapi DOKU belum menjawab. Dikirim lagi dengan sendirinya; sampai ada jawaban kode ini mungkin masih bisa dibayar.",
			"The cancel was sent, but DOKU has not answered yet. It is sent again by itself; until there is an answer this code may still be paid.",
		})
	case after.Status == payments.Cancelling:
		s.say(v, "info", text{
			"Pembatalan sudah dikirim. Sebentar lagi dicek sekali lagi ke DOKU, siapa tahu keburu dibayar.",
			"The cancel is on its way. DOKU is asked once more shortly, in case the customer was faster.",
		})
	}
	return s.redirect(v, "/codes/"+c.ID)
}

// wrongReason says what is wrong with why something is done: that it is not said,
// first of all.
func wrongReason(reason string) text {
	switch {
	case reason == "":
		return text{"Isi alasannya.", "Enter the reason."}
	case wrongName(reason, maxReason) == (text{}):
		return text{}
	}
	return text{"Alasan paling banyak 200 huruf biasa.", "A reason has at most 200 plain letters."}
}
