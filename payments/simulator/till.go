package simulator

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// The store chains of the Alfa group, as AGENT_ID.
var chains = []string{"ALFAMART", "ALFAMIDI", "LAWSON", "DAN+DAN"}

// What a till may say instead of showing a bill or taking money. The words are in phrases.go.
const (
	refusedNotFound     = "not_found"
	refusedPaid         = "paid"
	refusedExpired      = "expired"
	refusedCancelled    = "cancelled"
	refusedDeclined     = "declined"
	refusedUnreachable  = "unreachable"
	refusedUnsigned     = "unsigned"
	refusedBadSignature = "bad_signature"
	refusedOurSignature = "our_signature"
	refusedBadAnswer    = "bad_answer"
)

// tillRefusal is an error that a person at the till is told. Detail is technical, in English.
type tillRefusal struct{ Reason, Detail string }

func (r *tillRefusal) Error() string { return strings.TrimSuffix(r.Reason+": "+r.Detail, ": ") }

// inquiry is what the till was told about one number, and what became of it. A till session is not
// worth keeping over a restart.
type inquiry struct {
	id      string
	number  string
	bill    *paymentCode // nil when refused; a copy, never the registration itself
	refused *tillRefusal
	at      time.Time
	receipt string // once paid
	direct  *directExchange
}

// inquiryLifetime is how long money can be taken on what a merchant answered to a direct inquiry.
// DOKU states no limit; a till session is short.
const inquiryLifetime = 15 * time.Minute

// inquire asks what is to be paid for number: from the registrations here, else from the merchant.
func (s *Simulator) inquire(ctx context.Context, number, agent, store string) *inquiry {
	q := &inquiry{id: newID(), number: number, at: s.cfg.Now()}
	known, url := false, ""
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		url = s.inquiryURL
		code := st.newestByNumber(number)
		if code == nil || code.Mode == modeDIPC {
			return nil
		}
		known = true
		if q.refused = refusalFor(code.status(s.clockLocked())); q.refused == nil {
			bill := *code
			q.bill = &bill
		}
		return nil
	})
	switch {
	case known:
	case url == "":
		q.refused = &tillRefusal{Reason: refusedNotFound}
	default:
		s.inquireMerchant(ctx, q, url, agent, store)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inquiries.add(q)
	return q
}

func refusalFor(status string) *tillRefusal {
	switch status {
	case statusPaid:
		return &tillRefusal{Reason: refusedPaid}
	case statusExpired:
		return &tillRefusal{Reason: refusedExpired}
	case statusCancelled:
		return &tillRefusal{Reason: refusedCancelled}
	}
	return nil
}

// purchase is what the till's cashier, or a test, wants done. Only Code is needed.
type purchase struct {
	Code   string
	Agent  string
	Store  string
	Trx    string    // empty: counted
	Amount int64     // 0: the bill's
	Date   time.Time // zero: now, by the simulator's clock
	Force  bool      // take money though the code is cancelled, expired or paid
	// Inquiry is the inquiry this payment follows, so that a second press leads to the same receipt.
	Inquiry string
}

// receipt is a payment as the store prints it.
type receipt struct {
	ID         string      `json:"id"`
	Code       paymentCode `json:"code"`
	Payment    payment     `json:"payment"`
	Deliveries []string    `json:"deliveries"`
}

// pay takes the money and queues the notification. Both are on disk when it returns without error.
func (s *Simulator) pay(ctx context.Context, p purchase) (*receipt, error) {
	if p.Agent == "" {
		p.Agent = chains[0]
	}
	if p.Store == "" {
		p.Store = "A001"
	}
	var earlier *receipt
	var asked *inquiry
	var direct bool
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		asked = s.inquiries.usable(p.Code, p.Inquiry, s.cfg.Now())
		if asked != nil && asked.receipt != "" {
			earlier = st.receipt(asked.receipt)
		}
		code := st.newestByNumber(p.Code)
		direct = code == nil || code.Mode == modeDIPC
		return nil
	})
	if earlier != nil {
		return earlier, nil
	}
	if direct && (asked == nil || asked.bill == nil) {
		if asked = s.inquire(ctx, p.Code, p.Agent, p.Store); asked.refused != nil {
			return nil, asked.refused
		}
	}
	var made *receipt
	err := s.change(func(st *state) error {
		if asked != nil && asked.receipt != "" {
			if made = st.receipt(asked.receipt); made == nil { // long ago, and no longer kept
				return &tillRefusal{Reason: refusedPaid}
			}
			return nil // another press was first
		}
		code := st.newestByNumber(p.Code)
		if direct {
			bill := *asked.bill
			code = &bill
		} else if refused := refusalFor(code.status(s.clockLocked())); refused != nil && !p.Force {
			return refused
		}
		if p.Amount == 0 {
			p.Amount = code.Amount
		}
		if p.Date.IsZero() {
			p.Date = s.clockLocked()
		}
		if p.Trx == "" {
			p.Trx = strconv.FormatInt(100000+st.next(), 10)
		}
		paid := payment{p.Amount, p.Agent, p.Store, p.Trx, p.Date.UTC().Truncate(time.Second)}
		code.Payments = append(code.Payments[:len(code.Payments):len(code.Payments)], paid)
		if direct {
			st.Codes = append(st.Codes, code)
		}
		made = &receipt{ID: newID(), Code: *code, Payment: paid}
		made.Code.Payments = nil
		for _, d := range s.notify(st, made) {
			made.Deliveries = append(made.Deliveries, d.ID)
		}
		st.Receipts = append(st.Receipts, made)
		if asked != nil {
			asked.receipt = made.ID
		}
		copied := *made
		made = &copied
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.wake()
	return made, nil
}

func (st *state) receipt(id string) *receipt {
	for i := len(st.Receipts) - 1; i >= 0; i-- {
		if st.Receipts[i].ID == id {
			copied := *st.Receipts[i]
			return &copied
		}
	}
	return nil
}

// inquiries holds the latest till sessions, oldest first.
type inquiries []*inquiry

func (qs *inquiries) add(q *inquiry) {
	const keep = 200
	*qs = append(*qs, q)
	if over := len(*qs) - keep; over > 0 {
		*qs = append(inquiries(nil), (*qs)[over:]...)
	}
}

func (qs inquiries) byID(id string) *inquiry {
	for _, q := range qs {
		if q.id == id {
			return q
		}
	}
	return nil
}

// usable finds the named inquiry, or the newest unpaid one about number that is fresh enough.
func (qs inquiries) usable(number, id string, now time.Time) *inquiry {
	if id != "" {
		if q := qs.byID(id); q != nil && q.number == number && (q.receipt != "" || now.Sub(q.at) < inquiryLifetime) {
			return q
		}
		return nil
	}
	for i := len(qs) - 1; i >= 0; i-- {
		if q := qs[i]; q.number == number && q.receipt == "" && now.Sub(q.at) < inquiryLifetime {
			return q
		}
	}
	return nil
}
