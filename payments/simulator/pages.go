package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Simulator) routePages(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.tillPage)
	mux.HandleFunc("GET /till", s.tillPage)
	mux.HandleFunc("POST /till/inquiry", s.postInquiry)
	mux.HandleFunc("POST /till/pay", s.postPay)
	mux.HandleFunc("GET /receipts/{id}", s.receiptPage)
	mux.HandleFunc("GET /codes", s.codesPage)
	mux.HandleFunc("GET /deliveries", s.deliveriesPage)
	mux.HandleFunc("POST /deliveries/resend", s.postResend)
	mux.HandleFunc("GET /faults", s.faultsPage)
	mux.HandleFunc("POST /faults", s.postFault)
	mux.HandleFunc("GET /shop", s.shopPage)
	mux.HandleFunc("POST /shop", s.postShop)
	mux.HandleFunc("GET "+stylePath, serveStyle)
}

// badge is a state told by sign and word, not by colour alone.
type badge struct{ Status, Sign, Word string }

var badgeWords = map[string]struct {
	sign string
	word phrase
}{
	statusActive:       {"◔", phrase{"Belum dibayar", "Unpaid"}},
	statusPaid:         {"✓", phrase{"LUNAS", "PAID"}},
	statusExpired:      {"⌛", phrase{"Kedaluwarsa", "Expired"}},
	statusCancelled:    {"✗", phrase{"Dibatalkan", "Cancelled"}},
	deliveryQueued:     {"…", phrase{"Antre", "Queued"}},
	deliveryHeld:       {"⏸", phrase{"Ditahan", "Held"}},
	deliveryRetrying:   {"↻", phrase{"Akan dicoba lagi", "To be tried again"}},
	deliveryDelivered:  {"✓", phrase{"Diterima toko", "Taken by the shop"}},
	deliveryFailed:     {"✗", phrase{"Gagal, berhenti", "Failed, given up"}},
	deliverySuppressed: {"⊘", phrase{"Tidak dikirim", "Not sent"}},
}

func (p phrases) badge(status string) badge {
	b := badgeWords[status]
	return badge{status, b.sign, p.of(b.word)}
}

var modeWords = map[string]string{modeDGPC: "DGPC", modeMGPC: "MGPC", modeDIPC: "DIPC"}

// codeRow is one registration in a list.
type codeRow struct {
	Code, Grouped, Status, Mode, ModeLabel, Invoice string
	Name, Amount, When, Payments                    string
	Reusable                                        bool
	Badge                                           badge
}

func (p phrases) row(c *paymentCode, now time.Time) codeRow {
	status := c.status(now)
	row := codeRow{
		Code: c.Number, Grouped: grouped(c.Number), Status: status, Mode: c.Mode, ModeLabel: modeWords[c.Mode],
		Invoice: c.Invoice, Name: c.Name, Amount: rupiah(c.Amount), Reusable: c.Reusable, Badge: p.badge(status),
	}
	if n := len(c.Payments); n > 0 {
		row.When = p.when(c.Payments[n-1].Date)
		if c.Reusable {
			row.Payments = fmt.Sprintf(p.T("%d pembayaran", "%d payments"), n)
		}
	} else {
		row.When = p.T("sampai ", "until ") + p.when(c.ExpiresAt)
	}
	return row
}

func (s *Simulator) latestCodes(p phrases, limit int) (rows []codeRow, more bool) {
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		now := s.clockLocked()
		for i := len(st.Codes) - 1; i >= 0 && len(rows) < limit; i-- {
			rows = append(rows, p.row(st.Codes[i], now))
		}
		more = len(st.Codes) > limit
		return nil
	})
	return rows, more
}

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

// form reads a posted form, or answers that it is none.
func (s *Simulator) form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			status = http.StatusRequestEntityTooLarge
		}
		s.message(w, r, status, phrase{"Formulir tidak terbaca", "Form not readable"},
			phrase{"Isi formulir rusak atau terlalu besar. Kembali dan coba lagi.", "The form is broken or too large. Go back and try again."})
		return false
	}
	return true
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

// await gives notifications a moment to be answered, so that the page which follows shows the answer
// without a script.
func (s *Simulator) await(ctx context.Context, ids []string) {
	limit := time.NewTimer(2 * time.Second)
	defer limit.Stop()
	for {
		pending := false
		s.look(func(st *state) error { //nolint:errcheck // fn returns nil
			for _, id := range ids {
				if d := st.delivery(id); d != nil && (d.Resend || d.underway || d.Status == deliveryQueued) {
					pending = true
				}
			}
			return nil
		})
		if !pending {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Simulator) codesPage(w http.ResponseWriter, r *http.Request) {
	rows, _ := s.latestCodes(speak(w, r), 200)
	s.render(w, r, http.StatusOK, "codes", phrase{"Kode bayar", "Payment codes"}, struct{ Codes []codeRow }{rows})
}

// deliveryView is one notification with its attempts.
type deliveryView struct {
	P                                                               phrases
	ID, Kind, Status, Code, Grouped, Invoice, Receipt, Queued, Next string
	Raw                                                             string
	FromReceipt                                                     bool
	Badge                                                           badge
	Attempts                                                        []attemptView
}

type attemptView struct {
	At, URL, Took, Answer, Error string
	Status                       int
	OK, Manual                   bool
}

func (s *Simulator) deliveryView(p phrases, d *delivery, fromReceipt bool) deliveryView {
	v := deliveryView{
		P: p, ID: d.ID, Kind: d.Kind, Status: d.Status, Code: d.Code, Grouped: grouped(d.Code), Invoice: d.Invoice,
		Receipt: d.Receipt, Queued: p.clock(d.QueuedAt), FromReceipt: fromReceipt, Badge: p.badge(d.Status),
	}
	if d.Status == deliveryRetrying {
		v.Next = p.when(d.Due)
	}
	address, signature := d.OverrideURL, "…"
	if address == "" {
		address = s.notificationURL
	}
	for _, a := range d.Attempts {
		v.Attempts = append(v.Attempts, attemptView{
			p.clock(a.At), a.URL, a.Took.Round(time.Millisecond).String(), a.Answer, a.Error,
			a.Status, a.Status >= 200 && a.Status < 300, a.Manual,
		})
		address, signature = a.URL, a.Signature
	}
	v.Raw = fmt.Sprintf("POST %s\nClient-Id: %s\nRequest-Id: %s\nRequest-Timestamp: %s\nSignature: %s\n\n%s",
		targetOf(address), s.cfg.ClientID, d.RequestID, d.Timestamp, signature, d.Body)
	return v
}

func (s *Simulator) deliveriesPage(w http.ResponseWriter, r *http.Request) {
	p := speak(w, r)
	var v struct {
		Deliveries []deliveryView
		Schedule   string
	}
	var steps []string
	for _, after := range retryAfter {
		steps = append(steps, "+"+shortDuration(time.Duration(float64(after)/s.cfg.Speed)))
	}
	v.Schedule = strings.Join(steps, ", ")
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		for i := len(st.Deliveries) - 1; i >= 0 && len(v.Deliveries) < 100; i-- {
			v.Deliveries = append(v.Deliveries, s.deliveryView(p, st.Deliveries[i], false))
		}
		return nil
	})
	s.render(w, r, http.StatusOK, "deliveries", phrase{"Notifikasi", "Notifications"}, v)
}

// shortDuration writes 30m0s as 30m.
func shortDuration(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (s *Simulator) postResend(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PostForm.Get("delivery")
	if !s.resend(id) {
		s.message(w, r, http.StatusNotFound, phrase{"Notifikasi tidak ada", "No such notification"},
			phrase{"Notifikasi itu tidak ada atau sudah lama dihapus.", "That notification does not exist or was dropped long ago."})
		return
	}
	s.await(r.Context(), []string{id})
	to := "/deliveries#d-" + id
	if receipt := r.PostForm.Get("receipt"); receipt != "" {
		to = "/receipts/" + url.PathEscape(receipt) + "#d-" + id
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Simulator) receiptPage(w http.ResponseWriter, r *http.Request) {
	p := speak(w, r)
	var made *receipt
	var v struct {
		ID, Code, Invoice, Paper string
		Deliveries               []deliveryView
	}
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		if made = st.receipt(r.PathValue("id")); made == nil {
			return nil
		}
		for _, id := range made.Deliveries {
			if d := st.delivery(id); d != nil {
				v.Deliveries = append(v.Deliveries, s.deliveryView(p, d, true))
			}
		}
		return nil
	})
	if made == nil {
		s.message(w, r, http.StatusNotFound, phrase{"Struk tidak ada", "No such receipt"},
			phrase{"Struk itu tidak ada atau sudah lama dihapus.", "That receipt does not exist or was dropped long ago."})
		return
	}
	v.ID, v.Code, v.Invoice, v.Paper = made.ID, made.Code.Number, made.Code.Invoice, made.paper()
	s.render(w, r, http.StatusOK, "receipt", phrase{"Struk", "Receipt"}, v)
}

func (s *Simulator) howToPayPage(w http.ResponseWriter, r *http.Request) {
	code, _ := s.howToPay(w, r)
	if code == nil {
		s.message(w, r, http.StatusNotFound, phrase{"Kode tidak ada", "No such code"},
			phrase{"Kode pembayaran ini tidak ditemukan.", "This payment code was not found."})
		return
	}
	p := speak(w, r)
	s.render(w, r, http.StatusOK, "howtopay", phrase{"Cara bayar", "How to pay"}, struct {
		codeRow
		Instructions []instruction
	}{p.row(code, s.clock()), instructionsFor(code).PaymentInstruction})
}

// callable says whether address is empty or one that can be posted to.
func callable(address string) bool {
	if address == "" {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
