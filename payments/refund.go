package payments

import (
	"context"
	"errors"
	"strconv"
	"time"

	"kodebayar/payments/doku"
)

// Refund is money that the shop gave back itself. Alfamart's tills and DOKU
// cannot: it is recorded, and changes neither the code nor what was paid.
type Refund struct {
	ID     string
	CodeID string
	Amount int64 // rupiah
	Method RefundMethod
	Reason string
	MadeBy string // staff id
	MadeAt time.Time
	Status RefundStatus
	// DecidedBy is the second person, staff id; empty when none was needed.
	DecidedBy string
	DoneAt    time.Time // when it began to count; zero: it does not
}

// RefundStatus says whether a refund counts.
type RefundStatus string

// The states of a refund.
const (
	RefundWaiting  RefundStatus = "waiting" // for a second person
	RefundDone     RefundStatus = "done"
	RefundDeclined RefundStatus = "declined"
)

// RefundWaits says that a refund waits for somebody other than who asked for it.
// The attention's PaymentID is the refund's id.
const RefundWaits AttentionKind = "refund_waits"

// Events of a refund that waits; the detail is amount, method, reason and staff.
const (
	EventRefundAsked    EventKind = "refund_asked"
	EventRefundDeclined EventKind = "refund_declined"
)

// ErrSecondPerson says that who asked for a refund cannot approve it.
var ErrSecondPerson = errors.New("a refund needs a second person")

// RefundMethod says how the money went back.
type RefundMethod string

// The methods of a refund.
const (
	RefundCash     RefundMethod = "cash"
	RefundTransfer RefundMethod = "transfer"
)

// Valid says whether m is one of the two.
func (m RefundMethod) Valid() bool { return m == RefundCash || m == RefundTransfer }

// Balance is the money of a code that was decided about, rupiah: what came, and
// what of it went back. What is told of refunds, to whom ever, comes from here.
// Money under review is not in it: first somebody decides about it.
type Balance struct {
	Counted  int64 // pays the code
	Aside    int64 // set aside; giving it back is what usually follows
	Refunded int64 // went back
	Waiting  int64 // is to go back once a second person approves
}

// Balance is the code's, with all of its refunds.
func (c Code) Balance(refunds []Refund) Balance {
	refunded := Refunded(refunds)
	return Balance{Counted: c.PaidTotal, Aside: c.AsideTotal, Refunded: refunded, Waiting: Reserved(refunds) - refunded}
}

// Refundable is what has not gone back, and is not to.
func (b Balance) Refundable() int64 { return b.Counted + b.Aside - b.Refunded - b.Waiting }

// RefundedAside is what went back of the money set aside, which is taken to go
// back first.
func (b Balance) RefundedAside() int64 { return min(b.Refunded, b.Aside) }

// RefundedCounted is what went back of the money that pays the code.
func (b Balance) RefundedCounted() int64 { return b.Refunded - b.RefundedAside() }

// Kept is how much of the money that pays the code the shop has, and will keep.
func (b Balance) Kept() int64 { return min(b.Counted, b.Refundable()) }

// FromAside is how much each refund in a code's log took from the money set
// aside, by the event's number: that goes back first, as in Balance. What had gone
// back before it was set aside was not of it.
func FromAside(log []Event) map[int64]int64 {
	took, aside := map[int64]int64{}, int64(0)
	for _, e := range log {
		amount, _ := strconv.ParseInt(e.Detail["amount"], 10, 64)
		switch {
		case e.Kind == EventResolved && e.Detail["decision"] == string(SetAside):
			aside += amount
		case e.Kind == EventRefunded:
			took[e.Seq] = min(amount, aside)
			aside -= took[e.Seq]
		}
	}
	return took
}

// Refunded is the sum of refunds that count, rupiah.
func Refunded(refunds []Refund) (sum int64) {
	for _, r := range refunds {
		if r.Status == RefundDone {
			sum += r.Amount
		}
	}
	return sum
}

// Reserved is the sum of those and of what waits, rupiah: it cannot be given
// back once more.
func Reserved(refunds []Refund) (sum int64) {
	for _, r := range refunds {
		if r.Status != RefundDeclined {
			sum += r.Amount
		}
	}
	return sum
}

// unseen is the sum of refunds that count though no second person saw them.
func unseen(refunds []Refund) (sum int64) {
	for _, r := range refunds {
		if r.Status == RefundDone && r.DecidedBy == "" {
			sum += r.Amount
		}
	}
	return sum
}

// ErrUndecided says that money of the code waits for a decision: until then nobody
// knows what a refund would be of.
var ErrUndecided = errors.New("money of the code is under review")

// Refund records money given back, or has it wait for a second person when it is
// above what the owner set, together with what was given back of the code before
// without one. already is how much had been given back
// when the form was opened, nil when that is not known: with another sum by now
// it answers ErrConflict, so that a form sent twice records one refund. More
// than is left is a mistake at the amount. While money of the code is under review
// it answers ErrUndecided.
func (s *Service) Refund(ctx context.Context, by Viewer, r Refund, already *int64) (waits bool, err error) {
	var waiting bool
	err = s.Store.Update(ctx, func(tx Tx) error {
		code, err := visible(ctx, tx, by, r.CodeID)
		if err != nil {
			return err
		}
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		before, err := tx.Refunds(ctx, r.CodeID)
		if err != nil {
			return err
		}
		if already != nil && *already != Reserved(before) {
			return ErrConflict
		}
		if code.Review > 0 {
			return ErrUndecided
		}
		if left := code.Balance(before).Refundable(); r.Amount <= 0 || r.Amount > left {
			return FieldErrors{doku.FieldError{Field: "amount", Rule: RuleAboveLeft, Limit: int(left), Got: int(r.Amount)}}
		}
		r.ID, r.MadeBy, r.MadeAt = s.NewID(), by.StaffID, s.Now().UTC()
		r.Status, r.DoneAt = RefundDone, r.MadeAt
		// With what went back of this sale before and no second person saw: in small
		// pieces a large refund would need nobody.
		if waiting = settings.SecondAbove > 0 && unseen(before)+r.Amount > settings.SecondAbove; waiting {
			r.Status, r.DoneAt = RefundWaiting, time.Time{}
		}
		if err := tx.InsertRefund(r); err != nil {
			return err
		}
		if !waiting {
			return tx.Append(r.event(EventRefunded, by, r.MadeAt))
		}
		code.Attention++
		err = tx.InsertAttention(Attention{ID: s.NewID(), CodeID: r.CodeID, PaymentID: r.ID, Kind: RefundWaits, OpenedAt: r.MadeAt})
		if err != nil {
			return err
		}
		if err := tx.UpdateCode(&code); err != nil {
			return err
		}
		return tx.Append(r.event(EventRefundAsked, by, r.MadeAt))
	})
	if err != nil {
		return false, err // waiting may still be written to by the writer
	}
	return waiting, nil
}

// event is the refund's line of the log. Its staff is who asked for it and hands
// the money over, also when somebody else approved it.
func (r Refund) event(kind EventKind, by Viewer, at time.Time) Event {
	return Event{At: at, CodeID: r.CodeID, Kind: kind, Actor: StaffActor(by.StaffID), Detail: map[string]string{
		"amount": strconv.FormatInt(r.Amount, 10), "method": string(r.Method), "reason": r.Reason, "staff": r.MadeBy,
	}}
}

// decideRefund ends the waiting of a refund. Who asked for it cannot.
func decideRefund(ctx context.Context, tx Tx, a Attention, decision Decision, by Viewer, now time.Time) error {
	refunds, err := tx.Refunds(ctx, a.CodeID)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		switch {
		case r.ID != a.PaymentID || r.Status != RefundWaiting:
			continue
		case decision == "":
			return FieldErrors{doku.FieldError{Field: "decision", Rule: doku.Missing}}
		case decision == Accept && r.MadeBy == by.StaffID:
			return ErrSecondPerson
		}
		kind := EventRefundDeclined
		r.Status, r.DecidedBy = RefundDeclined, by.StaffID
		if decision == Accept {
			kind, r.Status, r.DoneAt = EventRefunded, RefundDone, now
		}
		if err := tx.UpdateRefund(r); err != nil {
			return err
		}
		return tx.Append(r.event(kind, by, now))
	}
	return nil
}
