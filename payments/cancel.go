package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kodebayar/payments/doku"
)

// Cancel asks DOKU to delete an active code. The code is cancelling until DOKU
// took it and a check afterwards shows that no money came; a refused cancel
// returns to the state before. A DIPC code ends here at once, for DOKU holds
// nothing of it. Asked again while cancelling or cancelled, it changes nothing.
func (s *Service) Cancel(ctx context.Context, by Viewer, id, reason string) (Code, error) {
	var code Code
	var call *Call
	var edit Call
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		call = nil
		if code, err = s.here(ctx, tx, by, id); err != nil {
			return err
		}
		if code.Status == Cancelling || code.Status == Cancelled {
			return nil
		}
		if code.Status != Active {
			return &NotAllowed{code.Status}
		}
		if edit, err = tx.PendingCall(ctx, id, CallUpdate); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		call, err = s.cancel(tx, &code, StaffActor(by.StaffID), reason, s.Now().UTC())
		if err != nil {
			return err
		}
		return tx.UpdateCode(&code)
	})
	if err != nil {
		return Code{}, err
	}
	switch {
	case call != nil:
		s.await(ctx, s.launchAfter(edit, *call))
	case code.Status == Cancelling:
		return s.hurry(ctx, code, CallCancel)
	default:
		return code, nil
	}
	return s.Store.Code(ctx, id)
}

// cancel begins the end of an active code. It writes down what DOKU is to be
// told, claimed for the caller to send; the code itself is the caller's to
// store.
func (s *Service) cancel(tx Tx, code *Code, actor, reason string, now time.Time) (*Call, error) {
	asked := Event{At: now, CodeID: code.ID, Kind: EventCancelAsked, Actor: actor}
	if reason != "" {
		asked.Detail = map[string]string{"reason": reason}
	}
	if err := tx.Append(asked); err != nil {
		return nil, err
	}
	if code.Mode == DIPC {
		code.Status, code.CancelledAt = Cancelled, now
		// Whoever was told the amount may be paying just now: what the inquiry
		// planned to ask is asked all the same.
		if code.InquiredAt.IsZero() {
			code.CheckAt = time.Time{}
		}
		return nil, tx.Append(Event{At: now, CodeID: code.ID, Kind: EventCancelled, Actor: actor})
	}
	// An edit still unanswered must not be sent again: after the delete it
	// could make the code payable once more.
	err := s.giveUp(tx, code.ID, CallUpdate)
	if err != nil {
		return nil, err
	}
	code.StatusBefore, code.Status = code.Status, Cancelling
	code.CheckAt = nextCheck(*code, now)
	call := &Call{
		RequestID: s.NewID(), CodeID: code.ID, Kind: CallCancel, MadeBy: actor, MadeAt: now,
		SentAt: now, Tries: 1, NextAt: now.Add(lease),
	}
	if actor == ActorSystem { // the sweep sends it
		call.SentAt, call.Tries, call.NextAt = time.Time{}, 0, now
	}
	if call.Body, err = code.updateRequest(code.asIs(), doku.Delete).Body(); err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	return call, tx.InsertCall(*call)
}
