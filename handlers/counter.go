package handlers

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// latestCodes is how many of a cashier's own codes stand beside the form.
const latestCodes = 8

// defaultExpiry is DOKU's own default (both guides, expired_time), minutes.
const defaultExpiry = 60

// maxCustomerName is what the till's screen and DOKU's update take, characters.
const maxCustomerName = 40

// posted are the fields of a new code. preview asks for the form once more
// with its preview, and for nothing else; replaces is a code whose create has
// no answer.
var posted = append([]string{
	"form_id", "mode", "amount", "customer_name", "customer_phone", "customer_email", "expires_in", "reusable", "info", "note", "preview", "replaces",
}, optional...)

// counter is the cashier's first page.
func (s *Server) counter(v *visit) error {
	if !v.can(sellers) {
		return s.redirect(v, "/transactions")
	}
	form, err := s.blankForm(v)
	if err != nil {
		return err
	}
	return s.showCounter(v, http.StatusOK, form)
}

// newCode is the form alone.
func (s *Server) newCode(v *visit) error {
	form, err := s.blankForm(v)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.NewCode(views.NewCodePage{Page: s.page(v, "counter"), Form: form}))
}

// blankForm is a form with an id of its own, filled like the code that from=
// names.
func (s *Server) blankForm(v *visit) (views.CodeForm, error) {
	filled := url.Values{}
	if from := v.QueryParam("from"); from != "" {
		id, err := plain(from)
		if err != nil {
			return views.CodeForm{}, err
		}
		c, err := s.visible(v, id)
		if err != nil {
			return views.CodeForm{}, err
		}
		settings, err := s.Store.Settings(v.ctx())
		if err != nil {
			return views.CodeForm{}, err
		}
		filled = asPosted(c)
		postOptions(filled, c, settings, v.member.Role)
		if c.CreatedBy == v.member.ID && s.Service.MayReplace(c) {
			filled.Set("replaces", c.ID)
		}
	} else if err := s.likeLast(v, filled); err != nil {
		return views.CodeForm{}, err
	}
	return s.codeForm(v, form{values: filled}, s.formIDs.mint(v.member.ID), nil), nil
}

// likeLast fills in how long this member's last code was valid, and the owner's
// defaults. The words of that sale are not among it: they would be printed for
// the next customer, unseen. Nor is paid more than once, which would let that
// customer pay twice.
func (s *Server) likeLast(v *visit, filled url.Values) error {
	page, err := s.Store.Codes(v.ctx(), db.ListFilter{
		Scope: v.member.ID, Environment: s.Service.Environment, Tab: db.TabAll, Limit: 1,
	})
	if err != nil {
		return err
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	minutes := int(settings.Defaults.Minutes)
	if len(page.Codes) > 0 {
		minutes = page.Codes[0].ExpiresIn
	}
	if minutes > 0 {
		filled.Set("expires_in", strconv.Itoa(minutes))
	}
	filled.Set("info", settings.Defaults.Info)
	filled.Set("footer_message", settings.Defaults.Footer)
	return nil
}

// twinWithin is how long a code for the same name and amount is taken for the
// same sale made twice, twinAmong how many newer codes may lie between.
const (
	twinWithin = 15 * time.Minute
	twinAmong  = 50
)

// twin is the id of a code like c made shortly before it, "" when there is
// none, when c no longer waits for money, or when it is no longer fresh. It is
// offered, never forced: two customers may share a name and a price.
func (s *Server) twin(v *visit, c payments.Code) (string, error) {
	waits := c.Status == payments.Creating || c.Status == payments.Unknown || c.Status == payments.Active
	if !waits || s.Now().Sub(c.CreatedAt) > twinWithin {
		return "", nil
	}
	page, err := s.Store.Codes(v.ctx(), db.ListFilter{
		Scope: v.viewer().Scope(), Environment: c.Environment, Tab: db.TabAll, Before: c.ID, Limit: twinAmong,
	})
	if err != nil {
		return "", err
	}
	for _, other := range page.Codes {
		if c.CreatedAt.Sub(other.CreatedAt) > twinWithin {
			break
		}
		if other.Amount != c.Amount || !strings.EqualFold(strings.TrimSpace(other.CustomerName), strings.TrimSpace(c.CustomerName)) {
			continue
		}
		switch other.Status {
		case payments.Creating, payments.Unknown, payments.Active, payments.Paid:
			return other.ID, nil
		}
	}
	return "", nil
}

// asPosted is the form that would make a code like c, but for its options and
// its number: an invoice and a payment code belong to that code.
func asPosted(c payments.Code) url.Values {
	return url.Values{
		"mode": {string(c.Mode)}, "amount": {grouped(c.Amount)}, "customer_name": {c.CustomerName},
		"customer_phone": {c.CustomerPhone}, "customer_email": {c.CustomerEmail},
		"note": {c.Note}, "expires_in": {strconv.Itoa(c.ExpiresIn)},
	}
}

// codeForm shows what was posted, with each mistake at its field, and those
// that have no field on this visitor's form on top.
func (s *Server) codeForm(v *visit, f form, formID string, wrong mistakes) views.CodeForm {
	// An explanation is no reason to fail: without the store the defaults do.
	settings, _ := s.Store.Settings(v.ctx())
	var shown []string
	field := func(name string) views.Field {
		shown = append(shown, name)
		return views.Field{Value: strings.ToValidUTF8(f.get(name), "\ufffd"), Error: wrong[name].in(v.lang)}
	}
	page := views.CodeForm{
		Lang: v.lang, FormID: formID, Replaces: strings.ToValidUTF8(f.get("replaces"), ""), Limits: limits(v.lang, settings.Limits),
		DefaultInfo: settings.Defaults.Info, DefaultFooter: settings.Defaults.Footer,
		Amount: field("amount"), CustomerName: field("customer_name"), CustomerPhone: field("customer_phone"),
		CustomerEmail: field("customer_email"), Note: field("note"), ExpiresIn: field("expires_in"),
	}
	s.showOptions(v, &page, f, settings, field)
	if len(page.Modes) == 1 {
		shown = slices.DeleteFunc(shown, func(name string) bool { return name == "mode" || name == "payment_code" })
	}
	if len(page.Presets) == 0 {
		shown = slices.DeleteFunc(shown, func(name string) bool { return name == "settlement_preset" })
	}
	page.Preview.Shown = f.get("preview") != "" || len(wrong) > 0 && (page.Info.Value != page.DefaultInfo || page.FooterMessage.Value != page.DefaultFooter)
	if _, bad := wrong["replaces"]; bad {
		page.Replaces = "" // what was posted would only be refused again
	}
	page.From, _ = plain(v.QueryParam("from"))
	var problems []string
	if f.problem != (text{}) {
		problems = append(problems, f.problem.in(v.lang))
	}
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		if !slices.Contains(shown, name) {
			problems = append(problems, wrong[name].in(v.lang))
		}
	}
	page.Problem = strings.Join(problems, " ")
	return page
}

// limits explains what the stores take before anybody gets it wrong.
func limits(lang views.Lang, l payments.Limits) views.AmountHint {
	between := rupiah(l.Min) + lang.T(" sampai ", " to ") + rupiah(l.Max) + "."
	if l.CashAbove > 0 && l.CashAbove < l.Max {
		between += lang.T(
			" Di atas "+rupiah(l.CashAbove)+" sebagian gerai meminta kartu atau menolak.",
			" Above "+rupiah(l.CashAbove)+" some stores ask for a card or refuse.")
	}
	return views.AmountHint{Words: between, Least: strconv.FormatInt(l.Min, 10), Most: strconv.FormatInt(l.Max, 10)}
}

// showCounter puts the day and the latest codes beside a form.
func (s *Server) showCounter(v *visit, status int, form views.CodeForm) error {
	seq, err := s.Store.LastSeq(v.ctx()) // before the rest: what changes meanwhile comes by the stream
	if err != nil {
		return err
	}
	day := s.today()
	counts, err := s.counts(v)
	if err != nil {
		return err
	}
	page, err := s.Store.Codes(v.ctx(), db.ListFilter{
		Scope: v.member.ID, Environment: s.Service.Environment, Tab: db.TabAll, Limit: latestCodes,
	})
	if err != nil {
		return err
	}
	codes := page.Codes
	rows, err := s.rows(v, codes)
	if err != nil {
		return err
	}
	for _, c := range codes {
		if !slices.Contains(form.Names, c.CustomerName) {
			form.Names = append(form.Names, c.CustomerName)
		}
	}
	steps, err := s.checklist(v)
	if err != nil {
		return err
	}
	p := views.CounterPage{
		Checklist: steps,
		Page:      s.page(v, "counter"), Form: form, Today: s.day(counts), Latest: rows,
		StreamURL: streamURL(v.lang, "counter", seq, day, codes, nil, counts),
	}
	return s.render(v, status, views.Counter(p))
}

func (s *Server) day(c db.Counts) views.Today {
	return views.Today{
		Paid: grouped(int64(c.PaidToday)), Total: rupiah(c.PaidTodayTotal), Open: grouped(int64(c.Unpaid)), Attention: grouped(int64(c.Attention)),
		Href: "/transactions?tab=paid", OpenHref: "/transactions?tab=unpaid",
	}
}

// issue makes a code of a form, once: posted again, with whatever content, the
// form leads to the code it made.
func (s *Server) issue(v *visit) error {
	f, err := readForm(v, posted...)
	if err != nil {
		return err
	}
	formID, wrong := f.get("form_id"), mistakes{}
	mine := s.formIDs.of(v.member.ID, formID)
	if mine {
		switch _, err := s.Store.CodeByForm(v.ctx(), formID); {
		case err == nil:
			// A lost answer is asked for again.
			made, err := s.Service.Issue(v.ctx(), v.viewer(), payments.Order{FormID: formID})
			if err != nil {
				return err
			}
			s.sayUnused(v, f, made)
			return s.redirect(v, "/codes/"+made.ID)
		case !errors.Is(err, payments.ErrNotFound):
			return err
		}
	} else {
		formID = s.formIDs.mint(v.member.ID)
		wrong.add("form_id", text{
			"Formulir ini bukan milik Anda atau sudah tidak berlaku. Isiannya masih ada: periksa, lalu tekan Buat kode sekali lagi.",
			"This form is not yours or no longer valid. What you entered is still here: check it and press Make code once more.",
		})
	}

	order := readOrder(f, wrong)
	order.FormID = formID
	if order.Replaces != "" {
		instead, err := s.replaceable(v, order.Replaces, wrong)
		if err != nil {
			return err
		}
		if instead != "" {
			return s.redirect(v, "/codes/"+instead)
		}
	}
	if len(wrong) > 0 || f.problem != (text{}) || f.get("preview") != "" {
		found, err := s.Service.Validate(v.ctx(), v.viewer(), order)
		if err != nil {
			return err
		}
		wrong.learn(found)
		if len(wrong) == 0 && f.problem == (text{}) {
			return s.showCounter(v, http.StatusOK, s.codeForm(v, f, formID, nil))
		}
		return s.showCounter(v, http.StatusUnprocessableEntity, s.codeForm(v, f, formID, wrong))
	}
	var found payments.FieldErrors
	switch code, err := s.Service.Issue(v.ctx(), v.viewer(), order); {
	case err == nil:
		return s.redirect(v, "/codes/"+code.ID)
	case errors.As(err, &found):
		wrong.learn(found)
	case errors.Is(err, payments.ErrNoCredentials):
		wrong.add("credentials", noCredentials)
	case errors.Is(err, payments.ErrNotStored):
		v.err = err
		v.Response().Header().Set("Retry-After", "5")
		wrong.add("store", explain(err).sentence)
		return s.showCounter(v, http.StatusServiceUnavailable, s.codeForm(v, f, formID, wrong))
	default:
		return err
	}
	return s.showCounter(v, http.StatusUnprocessableEntity, s.codeForm(v, f, formID, wrong))
}

// sayUnused tells that a form which has made its code was posted with another
// order: after a step back, say, with the next customer's name typed over the
// last one's.
func (s *Server) sayUnused(v *visit, f form, made payments.Code) {
	amount, unreadable := parseAmount(f.get("amount"))
	other := f.values.Has("amount") && (unreadable != (text{}) || amount != made.Amount) ||
		f.values.Has("customer_name") && f.get("customer_name") != made.CustomerName
	if !other || !made.BlankedAt.IsZero() {
		return
	}
	s.sayOn(v, "warning", text{
		"Formulir ini sudah menjadi kode ini; isian yang baru tidak dipakai.",
		"This form has already become this code; what was entered since is not used.",
	}, "/codes/new", text{"Buat kode baru?", "Make a new code?"})
}

// replaceable looks at the code that another is made in place of. When its
// answer has come meanwhile, or another stands in its place already, that one
// is to be used and not a second: its id is answered.
func (s *Server) replaceable(v *visit, id string, wrong mistakes) (instead string, err error) {
	notYours := text{
		"Kode yang mau diganti tidak ada di antara kode Anda. Isiannya masih ada: tekan Buat kode sekali lagi untuk kode biasa.",
		"The code to be replaced is not among yours. What you entered is still here: press Make code once more for an ordinary one.",
	}
	if id, err = plain(id); err != nil {
		wrong.add("replaces", notYours)
		return "", nil
	}
	c, err := s.visible(v, id)
	switch {
	case errors.Is(err, payments.ErrNotFound), err == nil && c.CreatedBy != v.member.ID:
		wrong.add("replaces", notYours)
		return "", nil
	case err != nil:
		return "", err
	case c.ReplacedBy != "":
		s.say(v, "info", text{"Kode penggantinya sudah dibuat, ini dia.", "The code in its place was made before, here it is."})
		return c.ReplacedBy, nil
	case c.Status == payments.Active || c.Status == payments.Paid:
		s.say(v, "success", text{
			"Jawaban DOKU sudah datang: pakai kode ini, tidak perlu kode baru.",
			"DOKU's answer has come: use this code, no other is needed.",
		})
		return c.ID, nil
	case (c.Status == payments.Creating || c.Status == payments.Unknown) && !s.Service.MayReplace(c):
		wrong.add("replaces", text{
			"Jawaban DOKU untuk kode itu masih ditunggu. Kode pengganti bisa dibuat setelah dua menit.",
			"DOKU's answer for that code is still waited for. Another can be made in its place after two minutes.",
		})
	}
	return "", nil
}

// readOrder reads what was posted; what cannot be read is a mistake at its
// field.
func readOrder(f form, wrong mistakes) payments.Order {
	amount, unreadable := parseAmount(f.get("amount"))
	wrong.add("amount", unreadable)
	wrong.add("customer_name", wrongName(f.get("customer_name"), maxCustomerName))
	minutes, unreadable := parseMinutes(f.get("expires_in"))
	wrong.add("expires_in", unreadable)
	return payments.Order{
		Mode: payments.Mode(f.get("mode")), Amount: amount, ExpiresIn: minutes,
		InvoiceNumber: f.get("invoice_number"), PaymentCode: f.get("payment_code"),
		CustomerName: f.get("customer_name"), CustomerPhone: f.get("customer_phone"), CustomerEmail: f.get("customer_email"),
		Note: f.get("note"), Options: options(f, wrong), SettlementPreset: f.get("settlement_preset"),
		Replaces: f.get("replaces"),
	}
}

// parseMinutes reads how long a code is payable; DOKU takes five digits.
func parseMinutes(typed string) (int, text) {
	if typed == "" {
		return defaultExpiry, text{}
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 || n > 99_999 || strings.Trim(typed, "0123456789") != "" {
		return 0, text{
			"Masa berlaku dalam menit, dari 1 sampai 99999.",
			"How long it is valid, in minutes from 1 to 99999.",
		}
	}
	return n, text{}
}
