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
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		call = nil
		if code, err = visible(ctx, tx, by, id); err != nil {
			return err
		}
		if code.Status == Cancelling || code.Status == Cancelled {
			return nil
		}
		if code.Status != Active {
			return &NotAllowed{code.Status}
		}
		now := s.Now().UTC()
		asked := Event{At: now, CodeID: code.ID, Kind: EventCancelAsked, Actor: StaffActor(by.StaffID)}
		if reason != "" {
			asked.Detail = map[string]string{"reason": reason}
		}
		if err := tx.Append(asked); err != nil {
			return err
		}
		if code.Mode == DIPC {
			code.Status, code.CancelledAt, code.CheckAt = Cancelled, now, time.Time{}
			if err := tx.UpdateCode(&code); err != nil {
				return err
			}
			return tx.Append(Event{At: now, CodeID: code.ID, Kind: EventCancelled, Actor: StaffActor(by.StaffID)})
		}
		// An edit still unanswered must not be sent again: after the delete it
		// could make the code payable once more.
		if edit, err := tx.PendingCall(ctx, code.ID, CallUpdate); err == nil {
			edit.Outcome, edit.NextAt = Refused, time.Time{}
			if err := tx.UpdateCall(edit); err != nil {
				return err
			}
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		code.StatusBefore, code.Status = code.Status, Cancelling
		code.CheckAt = time.Time{}
		if err := tx.UpdateCode(&code); err != nil {
			return err
		}
		call = &Call{
			RequestID: s.NewID(), CodeID: code.ID, Kind: CallCancel, MadeBy: StaffActor(by.StaffID), MadeAt: now,
			SentAt: now, Tries: 1, NextAt: now.Add(lease),
		}
		if call.Body, err = code.updateRequest(code.asIs(), doku.Delete).Body(); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		return tx.InsertCall(*call)
	})
	if err != nil {
		return Code{}, err
	}
	switch {
	case call != nil:
		s.await(ctx, s.launch(*call))
	case code.Status == Cancelling:
		return s.hurry(ctx, code, CallCancel)
	default:
		return code, nil
	}
	return s.Store.Code(ctx, id)
}
