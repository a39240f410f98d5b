package payments

import (
	"context"
	"errors"
	"time"
)

// SettledLine is a line of DOKU's settlement file. Sums are rupiah.
type SettledLine struct {
	Line        int    `json:"line"` // in the file, the first is 1
	Invoice     string `json:"invoice,omitempty"`
	PaymentCode string `json:"payment_code,omitempty"`
	Gross       int64  `json:"gross"`
	Fee         int64  `json:"fee,omitempty"`
	Net         int64  `json:"net,omitempty"`
	Day         string `json:"day,omitempty"` // of the payment, 2026-11-20, when the file says

	// What it was held against.
	CodeID string `json:"code,omitempty"`
	Ours   int64  `json:"ours,omitempty"` // received here for it
}

// Reconciliation is a settlement file held against the payments here.
type Reconciliation struct {
	ID          string
	Environment Environment
	Name        string // of the file
	Digest      string // of its content
	MadeBy      string // staff id
	MadeAt      time.Time

	Lines           int   `json:"lines"`
	Gross, Fee, Net int64 // of all lines
	Matched         int   `json:"matched"`
	MatchedGross    int64 `json:"matched_gross"`
	// The first of each kind that does not match, and how many there are.
	Differs, Unknown, Missing             []SettledLine
	DiffersCount, UnknownCount, MissCount int
	MissGross                             int64
	From, To                              string // the days of the file; empty when it has none
}

// settlementShown is how many lines of a kind are kept to be shown.
const settlementShown = 300

// EventSettled tells that a settlement file was held against the payments; its
// detail is file, lines, matched, differs, unknown and missing.
const EventSettled EventKind = "settlement_checked"

// SettlementReader finds what a settlement is held against.
type SettlementReader interface {
	CodeByInvoice(ctx context.Context, env Environment, invoice string) (Code, error)
	CodeByNumber(ctx context.Context, env Environment, number string) (Code, error)
	Payments(ctx context.Context, codeID string) ([]Payment, error)
	// PaidBetween are the codes whose newest payment lies between two moments.
	PaidBetween(ctx context.Context, env Environment, from, to time.Time, use func(Code) error) error
}

// Reconcile holds the lines of a file against the payments here. A line matches
// when a payment of its code that counts has its gross amount, each payment once.
// What came in the days of the file and is in none of its lines is missing.
// Nothing is changed.
func Reconcile(ctx context.Context, r SettlementReader, env Environment, zone *time.Location, lines []SettledLine) (s Reconciliation, err error) {
	s.Environment, s.Lines = env, len(lines)
	used, seen := map[string]bool{}, map[string]bool{}
	add := func(list *[]SettledLine, count *int, l SettledLine) {
		if *count++; len(*list) < settlementShown {
			*list = append(*list, l)
		}
	}
	for _, l := range lines {
		s.Gross, s.Fee, s.Net = s.Gross+l.Gross, s.Fee+l.Fee, s.Net+l.Net
		if l.Day != "" {
			if s.From == "" || l.Day < s.From {
				s.From = l.Day
			}
			if l.Day > s.To {
				s.To = l.Day
			}
		}
		var code Code
		err := ErrNotFound
		if l.Invoice != "" {
			code, err = r.CodeByInvoice(ctx, env, l.Invoice)
		}
		if errors.Is(err, ErrNotFound) && l.PaymentCode != "" {
			code, err = r.CodeByNumber(ctx, env, l.PaymentCode)
		}
		if errors.Is(err, ErrNotFound) {
			add(&s.Unknown, &s.UnknownCount, l)
			continue
		}
		if err != nil {
			return s, err
		}
		seen[code.ID] = true
		l.CodeID, l.Ours = code.ID, code.PaidTotal
		received, err := r.Payments(ctx, code.ID)
		if err != nil {
			return s, err
		}
		matched := false
		for _, p := range received {
			if matched = p.Standing == Counted && p.Amount == l.Gross && !used[p.ID]; matched {
				used[p.ID] = true
				break
			}
		}
		if !matched {
			add(&s.Differs, &s.DiffersCount, l)
			continue
		}
		s.Matched++
		s.MatchedGross += l.Gross
	}
	from, err := time.ParseInLocation(time.DateOnly, s.From, zone)
	if err != nil {
		return s, nil //nolint:nilerr // without days nothing can be missing
	}
	to, err := time.ParseInLocation(time.DateOnly, s.To, zone)
	if err != nil {
		return s, err
	}
	err = r.PaidBetween(ctx, env, from, to.AddDate(0, 0, 1), func(c Code) error {
		if !seen[c.ID] {
			s.MissGross += c.PaidTotal
			add(&s.Missing, &s.MissCount, SettledLine{Invoice: c.InvoiceNumber, PaymentCode: c.PaymentCode, CodeID: c.ID, Ours: c.PaidTotal, Day: c.PaidAt.In(zone).Format(time.DateOnly)})
		}
		return nil
	})
	return s, err
}
