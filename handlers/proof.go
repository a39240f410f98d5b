package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// ofProofs is how often one member may look a code up: a queue at the counter,
// not a walk through all endings.
var ofProofs = allowance{30, 2 * time.Second}

const (
	leastDigits = 4  // of a code's end
	mostProofs  = 20 // listed for one ending
)

// checkProof says whether what a customer shows is paid: by the last digits of
// the code, or by the link in the QR code.
func (s *Server) checkProof(v *visit) error {
	v.Response().Header().Set("Permissions-Policy", permissions("(self)"))
	p := views.CheckPage{Page: s.page(v, "check")}
	if id := v.QueryParam("code"); id != "" {
		id, err := plain(id)
		if err != nil {
			return err
		}
		c, err := s.visible(v, id)
		if err == nil && c.Environment != s.Service.Environment {
			err = payments.ErrNotFound // practice proves nothing where money is real
		}
		if err != nil {
			return err
		}
		return s.showProof(v, p, c)
	}
	typed := strings.TrimSpace(v.QueryParam("q"))
	p.Query.Value = strings.ToValidUTF8(typed, "\ufffd")
	if typed == "" {
		return s.render(v, http.StatusOK, views.Check(p))
	}
	if wait := s.throttle.take("check "+v.member.ID, ofProofs); wait > 0 {
		return &refusal{
			status: http.StatusTooManyRequests, retryAfter: wait,
			title:    text{"Terlalu banyak pengecekan", "Too many checks"},
			sentence: text{"Tunggu beberapa detik, lalu cek lagi.", "Wait a few seconds, then check again."},
		}
	}
	found, wrong, err := s.proofs(v, typed)
	switch {
	case err != nil:
		return err
	case wrong != (text{}):
		p.Query.Error = wrong.in(v.lang)
		return s.render(v, http.StatusUnprocessableEntity, views.Check(p))
	case len(found) == 1:
		return s.showProof(v, p, found[0])
	case len(found) == 0:
		p.Nothing = true
		return s.render(v, http.StatusOK, views.Check(p))
	}
	cal := s.calendar(v.lang)
	for _, c := range found {
		p.Found = append(p.Found, views.ProofRow{
			Href: "/check?code=" + c.ID, Amount: rupiah(due(c)), Name: c.CustomerName, Code: fours(c.PaymentCode),
			Made: cal.moment(c.CreatedAt), Status: string(c.Status),
		})
	}
	return s.render(v, http.StatusOK, views.Check(p))
}

// proofs finds the codes that may be meant, of those the visitor may see.
func (s *Server) proofs(v *visit, typed string) (found []payments.Code, wrong text, err error) {
	digits := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(typed)
	if strings.Trim(digits, "0123456789") == "" {
		if len(digits) < leastDigits || len(digits) > 64 {
			return nil, text{"Ketik paling sedikit 4 angka terakhir kodenya.", "Type at least the last 4 digits of the code."}, nil
		}
		found, err = s.Store.CodesEnding(v.ctx(), v.viewer().Scope(), s.Service.Environment, digits, mostProofs)
		return found, text{}, err
	}
	_, token, isLink := strings.Cut(typed, "/pay/")
	if !isLink {
		token = typed
	}
	if end := strings.IndexAny(token, "?#./ "); end >= 0 {
		token = token[:end]
	}
	if token, err = plain(token); err != nil {
		return nil, text{}, nil // the link of nobody
	}
	c, err := s.Store.CodeByToken(v.ctx(), token)
	if errors.Is(err, payments.ErrNotFound) || err == nil && (!v.viewer().Sees(c) || c.Environment != s.Service.Environment) {
		return nil, text{}, nil
	}
	return []payments.Code{c}, text{}, err
}

// showProof is the answer to one code, as large as the screen.
func (s *Server) showProof(v *visit, p views.CheckPage, c payments.Code) error {
	cal, t := s.calendar(v.lang), v.lang.T
	received, err := s.Store.Payments(v.ctx(), c.ID)
	if err != nil {
		return err
	}
	refunds, err := s.Store.Refunds(v.ctx(), c.ID)
	if err != nil {
		return err
	}
	balance := c.Balance(refunds)
	kept := balance.Kept()
	given, err := s.Store.Handover(v.ctx(), c.ID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	open, err := s.Store.OpenAttentionOf(v.ctx(), c.ID)
	if err != nil {
		return err
	}
	var but []string
	for _, kind := range payments.Holding(open[c.ID], received) {
		staff, _ := holds(kind)
		but = append(but, staff.in(v.lang))
	}
	r := views.ProofView{
		Amount: rupiah(c.Amount), Name: c.CustomerName, Code: fours(c.PaymentCode), CodeHref: "/codes/" + c.ID,
		Now: cal.clock(cal.now),
	}
	if c.PaidCount > 0 {
		r.Amount = rupiah(c.PaidTotal)
		if asked := askedFor(v.lang, c); asked != "" {
			r.Facts = append(r.Facts, asked)
		}
		for _, pay := range received {
			if pay.Standing == payments.Counted {
				r.Facts = append(r.Facts, strings.TrimSpace(t("Dibayar ", "Paid ")+cal.moment(pay.Date)+" "+place(v.lang, pay)))
			}
		}
	}
	switch {
	case c.PaidCount > 0 && kept <= 0 && balance.Waiting > 0:
		r.Look, r.Word = "before", t("Uangnya akan dikembalikan", "The money is to go back")
		r.Say = t("Pengembaliannya menunggu orang kedua. Jangan serahkan barangnya.", "Its refund waits for a second person. Do not hand the goods over.")
	case c.PaidCount > 0 && kept <= 0:
		r.Look, r.Word = "before", t("Uangnya sudah dikembalikan", "The money was given back")
		r.Say = t("Jangan serahkan barangnya.", "Do not hand the goods over.")
	case c.PaidCount > 0 && given.Of(c):
		names, err := s.names(v.ctx())
		if err != nil {
			return err
		}
		r.Look = "before"
		r.Word = t("Sudah diserahkan", "Handed over already")
		r.Say = t("sudah diserahkan ", "handed over ") + cal.moment(given.At) + t(" oleh ", " by ") + names[given.Staff]
	case c.PaidCount > 0 && len(but) > 0:
		r.Look, r.Word = "before", t("Perlu dicek", "Needs a look")
		r.Say = t("Lunas, tetapi ", "Paid, but ") + strings.Join(but, ", ") + t(". Buka kodenya; jangan serahkan dulu.", ". Open the code; do not hand over yet.")
	case c.PaidCount > 0:
		r.Look, r.Word = "yes", t("LUNAS", "PAID")
		r.HandOver = "/codes/" + c.ID + "/handover"
	case c.Review > 0:
		r.Look, r.Word = "before", t("Perlu dicek", "Needs a look")
		r.Say = t("Uang masuk tapi belum dihitung. Buka kodenya; jangan serahkan dulu.", "Money came but does not count yet. Open the code; do not hand over yet.")
	default:
		r.Look, r.Word = "no", t("BELUM LUNAS", "NOT PAID")
		r.Say = v.lang.StatusWord(string(c.Status)) + ". " + t("Jangan serahkan barangnya.", "Do not hand the goods over.")
	}
	if beside := besideIncome(v.lang, balance); beside != "" {
		if kept > 0 && kept < c.PaidTotal {
			beside += t(", tersisa ", ", left ") + rupiah(kept)
		}
		r.Facts = append(r.Facts, beside)
	}
	p.Proof = &r
	return s.render(v, http.StatusOK, views.Check(p))
}

// handOver notes that the goods are handed over.
func (s *Server) handOver(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	c, err := s.named(v)
	if err != nil {
		return err
	}
	if c.Environment != s.Service.Environment {
		return payments.ErrNotFound
	}
	switch err := s.Service.HandOver(v.ctx(), v.viewer(), c.ID); {
	case errors.Is(err, payments.ErrNothingPaid):
		s.say(v, "error", text{"Belum lunas, jadi belum boleh diserahkan.", "Not paid, so not to be handed over."})
	case errors.Is(err, payments.ErrGivenBack):
		s.say(v, "error", text{"Uangnya dikembalikan, jadi barangnya tidak diserahkan.", "The money goes back, so the goods are not handed over."})
	case errors.Is(err, payments.ErrHandedBefore):
		s.say(v, "warning", text{"Barangnya sudah diserahkan sebelumnya.", "The goods were handed over before."})
	case err != nil:
		return err
	default:
		s.say(v, "success", text{"Dicatat: sudah diserahkan.", "Noted: handed over."})
	}
	return s.redirect(v, "/check?code="+c.ID)
}
