package payments

import (
	"context"
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
}

// RefundMethod says how the money went back.
type RefundMethod string

// The methods of a refund.
const (
	RefundCash     RefundMethod = "cash"
	RefundTransfer RefundMethod = "transfer"
)

// Valid says whether m is one of the two.
func (m RefundMethod) Valid() bool { return m == RefundCash || m == RefundTransfer }

// Refundable is how much of the money received has not been given back, in
// rupiah. Money under review is not in it: first somebody decides about it.
// Money set aside is: giving it back is what usually follows.
func Refundable(received []Payment, refunds []Refund) int64 {
	var left int64
	for _, p := range received {
		if p.Standing != Review {
			left += p.Amount
		}
	}
	return left - Refunded(refunds)
}

// Refunded is the sum of refunds, rupiah.
func Refunded(refunds []Refund) (sum int64) {
	for _, r := range refunds {
		sum += r.Amount
	}
	return sum
}

// Refund records money given back. already is how much had been given back
// when the form was opened, nil when that is not known: with another sum by now
// it answers ErrConflict, so that a form sent twice records one refund. More
// than is left is a mistake at the amount.
func (s *Service) Refund(ctx context.Context, by Viewer, r Refund, already *int64) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		if _, err := visible(ctx, tx, by, r.CodeID); err != nil {
			return err
		}
		received, err := tx.Payments(ctx, r.CodeID)
		if err != nil {
			return err
		}
		before, err := tx.Refunds(ctx, r.CodeID)
		if err != nil {
			return err
		}
		if already != nil && *already != Refunded(before) {
			return ErrConflict
		}
		if left := Refundable(received, before); r.Amount <= 0 || r.Amount > left {
			return FieldErrors{doku.FieldError{Field: "amount", Rule: RuleAboveLeft, Limit: int(left), Got: int(r.Amount)}}
		}
		r.ID, r.MadeBy, r.MadeAt = s.NewID(), by.StaffID, s.Now().UTC()
		if err := tx.InsertRefund(r); err != nil {
			return err
		}
		return tx.Append(Event{At: r.MadeAt, CodeID: r.CodeID, Kind: EventRefunded, Actor: StaffActor(by.StaffID), Detail: map[string]string{
			"amount": strconv.FormatInt(r.Amount, 10), "method": string(r.Method), "reason": r.Reason,
		}})
	})
}
