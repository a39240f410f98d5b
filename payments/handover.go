package payments

import (
	"context"
	"errors"
	"time"
)

// Handover says that the goods of a code were handed over.
type Handover struct {
	CodeID   string
	Payments int // that counted then
	At       time.Time
	Staff    string // who did, by id
}

// Of says whether this was the handing over for the payment that a code has
// now: a reusable code that was paid again waits for another one.
func (h Handover) Of(c Code) bool {
	return h.CodeID == c.ID && h.Payments >= c.PaidCount && c.PaidCount > 0
}

// Why a code's goods cannot be handed over.
var (
	ErrNothingPaid  = errors.New("nothing was paid that counts")
	ErrGivenBack    = errors.New("the money was given back, or is about to be")
	ErrHandedBefore = errors.New("handed over before")
)

// HandOver notes that what a code paid for was handed over: once for each
// payment that counts, and not once all of the money goes back.
func (s *Service) HandOver(ctx context.Context, by Viewer, id string) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		code, err := visible(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if code.PaidCount == 0 {
			return ErrNothingPaid
		}
		refunds, err := tx.Refunds(ctx, id)
		if err != nil {
			return err
		}
		if code.Balance(refunds).Kept() <= 0 {
			return ErrGivenBack
		}
		now := s.Now().UTC()
		fresh, err := tx.InsertHandover(Handover{CodeID: id, Payments: code.PaidCount, At: now, Staff: by.StaffID})
		if err != nil {
			return err
		}
		if !fresh {
			return ErrHandedBefore
		}
		return tx.Append(Event{At: now, CodeID: id, Kind: EventHandedOver, Actor: StaffActor(by.StaffID)})
	})
}
