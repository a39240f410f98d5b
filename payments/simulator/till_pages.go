package simulator

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// tillView is the till in any of its moments: ready, with a bill, or refusing.
type tillView struct {
	Fresh           bool
	Grouped, Forced string
	Bill            *billView
	Refused         *refusedView
	Direct          *directView
	Chains          []chainView
	Store, Amount   string
	Problems        map[string]string
	Codes           []codeRow
	More            bool
}

type billView struct {
	Code, Grouped, Inquiry, Mode, ModeLabel, Name, Info, Amount, Until string
	RawAmount                                                          int64
	Extra                                                              []labelled
}

type labelled struct{ Label, Value string }

type refusedView struct{ Reason, Words, Detail string }

type directView struct {
	URL, Request, Answer, Took string
	Status                     int
	Verified                   bool
}

type chainView struct {
	Name, Class string
	Chosen      bool
}

var tillTitle = phrase{"Kasir Alfamart", "Alfamart till"}

func (s *Simulator) tillPage(w http.ResponseWriter, r *http.Request) {
	code := bareCode(r.URL.Query().Get("code"))
	v := tillView{Grouped: grouped(code), Fresh: true}
	s.mu.Lock()
	if q := s.inquiries.byID(r.URL.Query().Get("inquiry")); q != nil && q.number == code {
		v.Fresh = false
		v.show(speak(w, r), q)
	}
	s.mu.Unlock()
	s.renderTill(w, r, http.StatusOK, v, chains[0])
}

// show fills in what the till was told. A bill that has been paid since is refused like any other.
func (v *tillView) show(p phrases, q *inquiry) {
	refused := q.refused
	if q.receipt != "" {
		refused = &tillRefusal{Reason: refusedPaid}
	}
	if refused != nil {
		v.Refused = &refusedView{refused.Reason, p.of(refusalWords[refused.Reason]), refused.Detail}
		switch refused.Reason {
		case refusedPaid, refusedExpired, refusedCancelled:
			if q.direct == nil {
				v.Forced = q.number
			}
		}
	} else {
		b := q.bill
		v.Bill = &billView{
			Code: b.Number, Grouped: grouped(b.Number), Inquiry: q.id, Mode: b.Mode, ModeLabel: modeWords[b.Mode],
			Name: b.Name, Info: b.Info, Amount: rupiah(b.Amount), RawAmount: b.Amount, Extra: b.Insurance.lines(),
		}
		if b.Mode != modeDIPC {
			v.Bill.Until = p.when(b.ExpiresAt)
		}
	}
	if d := q.direct; d != nil {
		v.Direct = &directView{d.URL, d.Request, d.Answer, d.Took.Round(time.Millisecond).String(), d.Status, d.Verified}
	}
}

func (s *Simulator) renderTill(w http.ResponseWriter, r *http.Request, status int, v tillView, agent string) {
	if v.Store == "" {
		v.Store = "A001"
	}
	for _, name := range chains {
		v.Chains = append(v.Chains, chainView{name, strings.ToLower(strings.ReplaceAll(name, "+", "")), name == agent})
	}
	v.Codes, v.More = s.latestCodes(speak(w, r), 8)
	s.render(w, r, status, "till", tillTitle, v)
}

// bareCode drops the spaces and dashes people put between groups.
func bareCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' || r == '\t' {
			return -1
		}
		return r
	}, typed)
}

// codeProblem says what is wrong with a typed code, or "".
func (p phrases) codeProblem(code string) string {
	switch {
	case code == "":
		return p.T("Ketik kode pembayarannya dulu.", "Type the payment code first.")
	case !digitsOnly(code):
		return p.T("Kode pembayaran hanya terdiri dari angka.", "A payment code has digits only.")
	case len(code) > 20:
		return p.T("Kode pembayaran paling panjang 20 angka.", "A payment code has at most 20 digits.")
	}
	return ""
}

func tillAddress(code, inquiry string) string {
	return "/till?" + url.Values{"code": {code}, "inquiry": {inquiry}}.Encode()
}

func (s *Simulator) postInquiry(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	code := bareCode(r.PostForm.Get("code"))
	if problem := speak(w, r).codeProblem(code); problem != "" {
		s.renderTill(w, r, http.StatusUnprocessableEntity, tillView{Grouped: grouped(code), Fresh: true, Problems: map[string]string{"code": problem}}, chains[0])
		return
	}
	q := s.inquire(r.Context(), code, r.PostForm.Get("agent"), r.PostForm.Get("store"))
	http.Redirect(w, r, tillAddress(code, q.id), http.StatusSeeOther)
}

func (s *Simulator) postPay(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p := speak(w, r)
	in := purchase{
		Code: bareCode(r.PostForm.Get("code")), Agent: r.PostForm.Get("agent"), Store: strings.TrimSpace(r.PostForm.Get("store")),
		Force: r.PostForm.Get("force") == "true", Inquiry: r.PostForm.Get("inquiry"),
	}
	problems := map[string]string{}
	if problem := p.codeProblem(in.Code); problem != "" {
		problems["code"] = problem
	}
	if in.Agent == "" {
		in.Agent = chains[0]
	}
	if !slices.Contains(chains, in.Agent) {
		problems["agent"] = p.T("Pilih salah satu jaringan toko.", "Choose one of the store chains.")
	}
	if utf8.RuneCountInString(in.Store) > 20 {
		problems["store"] = p.T("Kode toko paling panjang 20 huruf.", "A store code has at most 20 characters.")
	}
	written := strings.NewReplacer(".", "", " ", "").Replace(strings.TrimPrefix(strings.TrimSpace(r.PostForm.Get("amount")), "Rp"))
	if written != "" {
		amount, err := strconv.ParseInt(written, 10, 64)
		if err != nil || !digitsOnly(written) || amount <= 0 || len(written) > 12 {
			problems["amount"] = p.T("Jumlah harus angka rupiah bulat, lebih dari nol, paling banyak 12 angka.", "The amount must be whole rupiah above zero, at most 12 digits.")
		}
		in.Amount = amount
	}
	if len(problems) > 0 {
		v := tillView{Grouped: grouped(in.Code), Store: in.Store, Amount: r.PostForm.Get("amount"), Problems: problems}
		s.mu.Lock()
		if q := s.inquiries.usable(in.Code, in.Inquiry, s.cfg.Now()); q != nil {
			v.show(p, q)
		}
		s.mu.Unlock()
		s.renderTill(w, r, http.StatusUnprocessableEntity, v, in.Agent)
		return
	}
	made, err := s.pay(r.Context(), in)
	var refused *tillRefusal
	switch {
	case errors.As(err, &refused):
		q := &inquiry{id: newID(), number: in.Code, refused: refused, at: s.cfg.Now()}
		s.mu.Lock()
		s.inquiries.add(q)
		s.mu.Unlock()
		http.Redirect(w, r, tillAddress(in.Code, q.id), http.StatusSeeOther)
	case err != nil:
		s.log.Error("payment not stored", "error", err)
		s.message(w, r, http.StatusInternalServerError, phrase{"Tidak tersimpan", "Not stored"},
			phrase{"Pembayaran ini tidak bisa disimpan oleh simulator.", "The simulator could not store this payment."})
	default:
		s.await(r.Context(), made.Deliveries)
		http.Redirect(w, r, "/receipts/"+made.ID, http.StatusSeeOther)
	}
}
