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
	CodeID   string   `json:"code,omitempty"`
	Ours     int64    `json:"ours,omitempty"`     // received here for it
	Standing Standing `json:"standing,omitempty"` // of the payment, of a line in Uncounted
	Expected int64    `json:"expected,omitempty"` // fee by the owner's contract
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
	// The lines of each kind that do not match, up to SettledKept, and how many
	// there are: with those that match they make up the file. Uncounted are lines
	// for money that came and was set aside, or is under review. Twice are lines for
	// a payment that an earlier line named.
	Uncounted, Differs, Twice, Unknown                     []SettledLine
	UncountedCount, DiffersCount, TwiceCount, UnknownCount int
	Missing                                                []SettledLine // of the payments here, no lines of the file
	MissCount                                              int
	MissGross                                              int64
	From, To                                               string // the days of the file; empty when it has none

	// Of the matched lines that say what DOKU kept: that, what the owner expected,
	// and the lines where the two lie further apart than rounding.
	FeeLines             int
	FeeKept, FeeExpected int64
	OtherFee             []SettledLine
	OtherFeeCount        int
}

// SettledKept is how many lines of a kind are kept: all that a file may have.
const SettledKept = 10_000

// feeRounding is by how many rupiah a fee may differ from the expected one, which
// is rounded up.
const feeRounding = 1

// EventSettled tells that a settlement file was held against the payments; its
// detail is file, lines, matched, uncounted, differs, twice, unknown and missing.
const EventSettled EventKind = "settlement_checked"

// SettlementReader finds what a settlement is held against.
type SettlementReader interface {
	CodeByInvoice(ctx context.Context, env Environment, invoice string) (Code, error)
	CodeByNumber(ctx context.Context, env Environment, number string) (Code, error)
	Payments(ctx context.Context, codeID string) ([]Payment, error)
	// PaidBetween are the codes of which a payment that counts may lie from one
	// moment up to another: their newest does, or they have several.
	PaidBetween(ctx context.Context, env Environment, from, to time.Time, use func(Code) error) error
}

// Gross adds lines up, rupiah.
func Gross(lines []SettledLine) (sum int64) {
	for _, l := range lines {
		sum += l.Gross
	}
	return sum
}

// reconciling is a file on its way through Reconcile.
type reconciling struct {
	Reconciliation
	r    SettlementReader
	zone *time.Location
	fee  Fee
	told map[string]bool // payments that a line speaks of
}

func add(list *[]SettledLine, count *int, l SettledLine) {
	if *count++; len(*list) < SettledKept {
		*list = append(*list, l)
	}
}

// Reconcile holds the lines of a file against the payments here. A line matches
// when a payment of its code that counts has its gross amount, each payment once;
// of one that does not count it is Uncounted.
// A payment that came in the days of the file and that no line speaks of is
// missing. What DOKU kept is held against the owner's contract. Nothing is changed.
func Reconcile(ctx context.Context, r SettlementReader, env Environment, zone *time.Location, fee Fee, lines []SettledLine) (Reconciliation, error) {
	s := reconciling{Reconciliation{Environment: env, Lines: len(lines)}, r, zone, fee, map[string]bool{}}
	seen := map[string]bool{}
	var differing []SettledLine
	for _, l := range lines {
		s.Gross, s.Fee, s.Net = s.Gross+l.Gross, s.Fee+l.Fee, s.Net+l.Net
		if l.Day != "" {
			if s.From == "" || l.Day < s.From {
				s.From = l.Day
			}
			s.To = max(s.To, l.Day)
		}
		code, err := s.find(ctx, l)
		if errors.Is(err, ErrNotFound) {
			add(&s.Unknown, &s.UnknownCount, l)
			continue
		}
		if err != nil {
			return s.Reconciliation, err
		}
		seen[code.ID] = true
		l.CodeID, l.Ours = code.ID, code.PaidTotal
		received, err := r.Payments(ctx, code.ID)
		if err != nil {
			return s.Reconciliation, err
		}
		switch p, told := s.speaks(received, l, l.Gross); {
		case p.ID != "" && p.Standing != Counted:
			s.told[p.ID] = true
			l.Ours, l.Standing = p.Amount, p.Standing
			add(&s.Uncounted, &s.UncountedCount, l)
		case p.ID != "":
			s.told[p.ID] = true
			s.Matched++
			s.MatchedGross += l.Gross
			s.charge(l)
		case told:
			add(&s.Twice, &s.TwiceCount, l)
		default:
			add(&s.Differs, &s.DiffersCount, l)
			differing = append(differing, l)
		}
	}
	// A line with another amount speaks of one of those payments that no line
	// matches: it is told of once, not as missing too.
	for _, l := range differing {
		received, err := r.Payments(ctx, l.CodeID)
		if err != nil {
			return s.Reconciliation, err
		}
		if p, _ := s.speaks(received, l, 0); p.ID != "" {
			s.told[p.ID] = true
		}
	}
	return s.Reconciliation, s.missing(ctx, seen)
}

// find is the code that a line names.
func (s *reconciling) find(ctx context.Context, l SettledLine) (code Code, err error) {
	err = ErrNotFound
	if l.Invoice != "" {
		code, err = s.r.CodeByInvoice(ctx, s.Environment, l.Invoice)
	}
	if errors.Is(err, ErrNotFound) && l.PaymentCode != "" {
		code, err = s.r.CodeByNumber(ctx, s.Environment, l.PaymentCode)
	}
	return code, err
}

// speaks is the payment of that amount, any that counts when 0, which a line speaks
// of, without an id when there is none: one of its day before another, and then one
// that counts before one that does not. taken says that there is one, of which other
// lines spoke.
func (s *reconciling) speaks(received []Payment, l SettledLine, amount int64) (best Payment, taken bool) {
	most := -1
	for _, p := range received {
		if amount == 0 && p.Standing != Counted || amount != 0 && p.Amount != amount {
			continue
		}
		if s.told[p.ID] {
			taken = true
			continue
		}
		fits := 0
		if l.Day == s.day(p.Date) {
			fits += 2
		}
		if p.Standing == Counted {
			fits++
		}
		if fits > most {
			best, most = p, fits
		}
	}
	return best, taken
}

func (s *reconciling) day(t time.Time) string { return t.In(s.zone).Format(time.DateOnly) }

// charge holds what DOKU kept of a line against the owner's contract, when both
// are known. The net amount is what arrives, so it goes before the fee, which some
// files write below zero.
func (s *reconciling) charge(l SettledLine) {
	kept := max(l.Fee, -l.Fee)
	if l.Net != 0 {
		kept = l.Gross - l.Net
	}
	if l.Fee == 0 && l.Net == 0 || s.fee.PerPayment == 0 && s.fee.BasisPoints == 0 {
		return
	}
	l.Fee, l.Expected = kept, s.fee.Of(l.Gross)
	s.FeeLines++
	s.FeeKept += kept
	s.FeeExpected += l.Expected
	if apart := kept - l.Expected; apart < -feeRounding || apart > feeRounding {
		add(&s.OtherFee, &s.OtherFeeCount, l)
	}
}

// missing finds the payments in the days of the file of which no line speaks. seen
// are the codes that lines name.
func (s *reconciling) missing(ctx context.Context, seen map[string]bool) error {
	from, err := time.ParseInLocation(time.DateOnly, s.From, s.zone)
	if err != nil {
		return nil //nolint:nilerr // without days nothing can be missing
	}
	to, err := time.ParseInLocation(time.DateOnly, s.To, s.zone)
	if err != nil {
		return err
	}
	to = to.AddDate(0, 0, 1)
	return s.r.PaidBetween(ctx, s.Environment, from, to, func(c Code) error {
		alone := c.PaidCount == 1 && c.AsideTotal == 0 && c.Review == 0
		if alone && seen[c.ID] {
			return nil // a line spoke of its only payment
		}
		received := []Payment{{Amount: c.PaidTotal, Date: c.PaidAt, Standing: Counted}}
		if !alone {
			var err error
			if received, err = s.r.Payments(ctx, c.ID); err != nil {
				return err
			}
		}
		for _, p := range received {
			if p.Standing != Counted || s.told[p.ID] || p.Date.Before(from) || !p.Date.Before(to) {
				continue
			}
			s.MissGross += p.Amount
			add(&s.Missing, &s.MissCount, SettledLine{Invoice: c.InvoiceNumber, PaymentCode: c.PaymentCode, CodeID: c.ID, Ours: p.Amount, Day: s.day(p.Date)})
		}
		return nil
	})
}
