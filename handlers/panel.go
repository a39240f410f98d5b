package handlers

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

// askedLately is how long after a direct inquiry the customer may still stand
// at the till.
const askedLately = 2 * time.Minute

// panel is everything about one code, as the visitor sees it.
func (s *Server) panel(v *visit, c payments.Code) (views.CodePanelView, error) {
	var none views.CodePanelView
	ctx, cal, t := v.ctx(), s.calendar(v.lang), v.lang.T
	people, err := s.Store.AllStaff(ctx)
	if err != nil {
		return none, err
	}
	names := namesOf(people)
	events, err := s.Store.Timeline(ctx, c.ID)
	if err != nil {
		return none, err
	}
	if batch := c.Batch(); batch != "" {
		printed, err := s.Store.BatchPrints(ctx, batch, c.CreatedAt)
		if err != nil {
			return none, err
		}
		events = append(events, printed...)
		slices.SortFunc(events, func(a, b payments.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	exchanges, err := s.Store.ExchangesOf(ctx, c.ID)
	if err != nil {
		return none, err
	}
	received, err := s.Store.Payments(ctx, c.ID)
	if err != nil {
		return none, err
	}
	refunds, err := s.Store.Refunds(ctx, c.ID)
	if err != nil {
		return none, err
	}
	entries, err := s.openOn(ctx, c)
	if err != nil {
		return none, err
	}
	open, balance := entries[c.ID], c.Balance(refunds)
	edits, err := s.unsettledOf(ctx, c)
	if err != nil {
		return none, err
	}
	unsettled := edits[c.ID]

	p := views.CodePanelView{
		Lang: v.lang, ID: c.ID, Marks: marks(c, open), Amount: rupiah(due(c)), Asked: askedFor(v.lang, c),
		Name: c.CustomerName, Phone: c.CustomerPhone, Note: shopNote(v.lang, c), Until: cal.deadline(c.ExpiresAt),
		Made:   cal.moment(c.CreatedAt) + t(" oleh ", " by ") + names[c.CreatedBy],
		Remark: remark(cal, c, received, events),
		Facts:  s.optionFacts(cal, c),
		Work:   s.waitingOn(v, open, received, refunds, people), Unsettled: doubt(cal, c, unsettled, names),
		Timeline: timeline(cal, events, exchanges, names, v.can(office)),
	}
	if len(unsettled) > 0 {
		p.Asked = orElse(v.lang, c, unsettled)
	}
	if c.CreatedBy == v.member.ID {
		p.FormID = c.FormID
	}
	if c.PaymentCode != "" {
		p.CustomerURL = s.link("/pay/" + c.Token)
	}
	switch p.Payable = payable(c, unsettled); {
	case p.Payable:
		shop, err := s.Store.Setting(ctx, db.SettingShop)
		if err != nil {
			return none, err
		}
		p.ShareText = shareText(cal, shop, c, p.CustomerURL)
		p.ShareLabel, p.WhatsAppURL = t("Bagikan lewat WhatsApp", "Share by WhatsApp"), whatsApp(c.CustomerPhone, p.ShareText)
		p.HowToPayURL = webLink(c.HowToPayPage)
		// Without them there are still the number and the link.
		p.Barcode, _ = barcode.Code128(c.PaymentCode)
		p.QR, _ = barcode.QR(p.CustomerURL)
	case c.Status == payments.Paid && c.PaymentCode != "":
		shop, err := s.Store.Setting(ctx, db.SettingShop)
		if err != nil {
			return none, err
		}
		p.ShareText = shop + ": " + rupiah(c.PaidTotal) + t(" sudah dibayar, ", " paid, ") + cal.deadline(c.PaidAt) + "\n" + p.CustomerURL
		p.ShareLabel, p.WhatsAppURL = t("Kirim bukti lewat WhatsApp", "Send proof by WhatsApp"), whatsApp(c.CustomerPhone, p.ShareText)
	}
	for _, why := range whyUnpaid(cal, c, events) {
		p.WhyUnpaid = append(p.WhyUnpaid, why.in(v.lang))
	}
	if c.PaidCount > 0 {
		given, err := s.Store.Handover(ctx, c.ID)
		switch {
		case err == nil && given.Of(c):
			p.Handed = t("Diserahkan ", "Handed over ") + cal.moment(given.At) + t(" oleh ", " by ") + names[given.Staff] + "."
		case err != nil && !errors.Is(err, db.ErrNotFound):
			return none, err
		default:
			p.HandOver = v.can(sellers) && c.Environment == s.Service.Environment && balance.Kept() > 0
		}
	}
	if v.can(sellers) && !slices.Contains([]payments.Status{payments.Creating, payments.Unknown, payments.Rejected}, c.Status) {
		p.AgainHref = "/codes/new?from=" + c.ID
	}
	if !v.can(sellers) {
		p.Check.Hidden, p.Edit.Hidden, p.Cancel.Hidden, p.Refund.Hidden = true, true, true, true
	}
	if len(received) == 0 {
		p.Refund.Hidden = true // nobody looks for it on a code without money
	}
	p.Refund.WhyNot = nothingLeft(c, balance).in(v.lang)
	p.Edit.WhyNot, p.Cancel.WhyNot = fixed(v.lang, c.Status), fixed(v.lang, c.Status)
	if p.Edit.WhyNot == "" && waits(unsettled) {
		p.Edit.WhyNot = t("Perubahan sebelumnya masih menunggu jawaban DOKU.", "The change before still waits for DOKU's answer.")
	}
	if c.Status == payments.Rejected {
		p.Check.WhyNot = t("DOKU menolak kode ini, jadi tidak ada yang bisa dicek.", "DOKU refused this code, there is nothing to check.")
	}
	if c.Environment != s.Service.Environment {
		why := v.lang.T(
			"Kode ini dibuat di lingkungan DOKU yang lain, jadi tidak bisa dicek, diubah, atau dibatalkan sekarang.",
			"This code was made in another environment of DOKU, so it cannot be checked, changed or cancelled now.")
		p.Check.WhyNot, p.Edit.WhyNot, p.Cancel.WhyNot = why, why, why
	}
	for _, pay := range slices.Backward(received) {
		p.Payments = append(p.Payments, paymentView(cal, pay))
	}
	for _, r := range slices.Backward(refunds) {
		p.Refunds = append(p.Refunds, views.RefundView{
			Amount: rupiah(r.Amount), How: refundMethod(r.Method).in(v.lang), When: cal.moment(r.MadeAt), By: names[r.MadeBy], Reason: r.Reason,
			State: refundState(r, names).in(v.lang),
		})
	}
	if len(refunds) > 0 {
		p.Refunded = strconv.FormatInt(balance.Refunded, 10)
		p.Left = leftToGive(v.lang, balance)
	}
	p.Beside = besideIncome(v.lang, balance)
	twin, err := s.twin(v, c)
	if err != nil {
		return none, err
	}
	if twin != "" {
		p.TwinHref = "/codes/" + twin
	}
	switch c.Status {
	case payments.Rejected:
		why, advice := reason(c.Refusal)
		p.Refusal = &views.Refusal{Reason: why.in(v.lang), Advice: advice.in(v.lang), Raw: rawRefusal(c, exchanges)}
		if v.can(sellers) {
			p.Refusal.AgainHref = "/codes/new?from=" + c.ID
		}
	case payments.Unknown, payments.Creating:
		p.Unknown = s.lost(v, c)
	}
	return p, nil
}

// payable says whether a customer may be sent to a till with the code: with
// money under review they are told not to pay again, and while an edit is
// unsettled nobody knows what the till will ask for.
func payable(c payments.Code, unsettled []payments.Call) bool {
	return c.PaymentCode != "" && c.Status == payments.Active && c.Review == 0 && len(unsettled) == 0
}

// lost is what may be done about a create whose answer is lost, nil when there
// is nothing: press again, or after a while make another code in its place.
func (s *Server) lost(v *visit, c payments.Code) *views.Unknown {
	var u views.Unknown
	own := c.CreatedBy == v.member.ID && v.can(sellers) && c.Environment == s.Service.Environment
	switch {
	case c.ReplacedBy != "":
		u.ReplacedHref = "/codes/" + c.ReplacedBy
		return &u
	case own && c.Status == payments.Unknown:
		u.Retry = []views.Param{{Name: "form_id", Value: c.FormID}}
	}
	if own && s.Service.MayReplace(c) {
		u.NewHref = "/codes/new?from=" + c.ID
	}
	if u.NewHref == "" && u.Retry == nil {
		return nil
	}
	return &u
}

// remark is a sentence for what the state's word does not say.
func remark(cal calendar, c payments.Code, received []payments.Payment, events []payments.Event) string {
	t := cal.lang.T
	switch {
	case c.Status == payments.Active && !c.InquiredAt.IsZero() && cal.now.Sub(c.InquiredAt) < askedLately:
		return t("Pelanggan sedang di kasir Alfamart.", "The customer is at the till right now.")
	case c.Reusable && c.PaidCount > 0:
		return receivedSum(cal.lang, c)
	case c.Status == payments.Cancelling:
		return t(
			"Pembatalan sedang dipastikan ke DOKU, siapa tahu keburu dibayar.",
			"DOKU is asked whether the customer was faster before this counts as cancelled.")
	case c.Status != payments.Paid:
		return ""
	}
	words := t("Dibayar ", "Paid ") + cal.moment(c.PaidAt)
	if i := slices.IndexFunc(received, func(p payments.Payment) bool { return p.Standing == payments.Counted }); i >= 0 {
		if where := place(cal.lang, received[i]); where != "" {
			words += t(" di ", " at ") + where
		}
		if received[i].Late {
			words += t(", terlambat", ", late")
		}
		if overtaken(events, received[i]) {
			words = t("Keburu dibayar. ", "The customer was faster. ") + words
		}
	}
	return words + "."
}

// overtaken says whether a payment came while a cancel was under way or done. A
// refused one was overtaken by money of before, which may be told of later.
func overtaken(events []payments.Event, p payments.Payment) bool {
	cancelling := false
	var refused time.Time
	for _, e := range events {
		switch e.Kind {
		case payments.EventCancelAsked:
			cancelling = true
		case payments.EventCancelRefused:
			cancelling, refused = false, e.At
		case payments.EventPaid:
			if cancelling || p.Date.Before(refused) {
				return true
			}
		}
	}
	return false
}

func receivedSum(lang views.Lang, c payments.Code) string {
	return receivedCount(lang, c.PaidCount) + ", " + rupiah(c.PaidTotal) + "."
}

// fixed says why a code in that state can be neither changed nor cancelled,
// "" when it can.
func fixed(lang views.Lang, status payments.Status) string {
	switch status {
	case payments.Active:
		return ""
	case payments.Creating, payments.Unknown:
		return lang.T("Menunggu jawaban DOKU dulu.", "DOKU has to answer first.")
	case payments.Paid:
		return lang.T("Sudah lunas, jadi tidak bisa diubah atau dibatalkan.", "It is paid, so it cannot be changed or cancelled.")
	case payments.Cancelling:
		return lang.T("Sedang dibatalkan.", "It is being cancelled.")
	}
	return lang.T(
		"Kode ini sudah tidak berlaku, jadi tidak bisa diubah atau dibatalkan.",
		"This code is over, so it cannot be changed or cancelled.")
}

func paymentView(cal calendar, p payments.Payment) views.PaymentView {
	view := views.PaymentView{Amount: rupiah(p.Amount), When: cal.moment(p.Date), Where: place(cal.lang, p)}
	switch {
	case p.Standing != payments.Counted:
		view.Remark = standingWord(p.Standing).in(cal.lang)
	case p.Late:
		view.Remark = cal.lang.T("terlambat", "late")
	}
	return view
}

// place names the store as people do: Alfamart, gerai A001. A toko is the shop
// itself.
func place(lang views.Lang, p payments.Payment) string {
	where := payments.ChainName(p.Agent)
	if p.Store != "" {
		if where != "" {
			where += ", "
		}
		where += lang.T("gerai ", "store ") + p.Store
	}
	return where
}

// rawRefusal is DOKU's answer as it came.
func rawRefusal(c payments.Code, exchanges []payments.Exchange) string {
	for _, x := range slices.Backward(exchanges) {
		if x.Kind == string(payments.CallCreate) && x.StatusCode != 0 {
			return readable(x.ResponseBody)
		}
	}
	return c.Refusal
}

// webLink answers an address only when a browser may be sent there.
func webLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return address
}
