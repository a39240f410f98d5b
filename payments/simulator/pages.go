package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
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

func (s *Simulator) codesPage(w http.ResponseWriter, r *http.Request) {
	rows, _ := s.latestCodes(speak(w, r), 200)
	s.render(w, r, http.StatusOK, "codes", phrase{"Kode bayar", "Payment codes"}, struct{ Codes []codeRow }{rows})
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
