package payments

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kodebayar/payments/doku"
)

// ErrEditPending says that an earlier edit of the code waits for DOKU's answer.
var ErrEditPending = errors.New("an earlier edit waits for its answer")

// Edit changes an active code at DOKU: amount, deadline, name, e-mail, info,
// reusable; and the phone, which is the shop's own and changes at once. version is
// that of the code the editor saw: ErrConflict when it changed since, and
// ErrEditPending while an earlier edit waits for its answer. The change comes into
// force with DOKU's answer; in DIPC at once. The same asked again changes nothing.
func (s *Service) Edit(ctx context.Context, by Viewer, id string, version int64, ch Change) (Code, error) {
	var call *Call
	var code Code
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		call = nil
		if code, err = s.here(ctx, tx, by, id); err != nil {
			return err
		}
		if code.Status != Active {
			return &NotAllowed{code.Status}
		}
		pending, err := tx.PendingCall(ctx, id, CallUpdate)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		waits := err == nil
		if code.Version != version {
			// The form of an edit whose answer was lost is sent once more: what it
			// asked for is so, or DOKU has been asked for it.
			outcome := code.asIs()
			if waits && pending.Change != nil {
				outcome = *pending.Change
			}
			outcome.CustomerPhone, outcome.Known = code.CustomerPhone, false
			asked, err := tx.LastEvent(ctx, id, EventUpdateAsked)
			switch {
			case err != nil && !errors.Is(err, ErrNotFound):
				return err
			case err == nil && ch == outcome && asked.Actor == StaffActor(by.StaffID) && asked.Detail["version"] == strconv.FormatInt(version, 10):
				return nil
			case !waits:
				return ErrConflict
			}
		}
		if waits {
			return ErrEditPending
		}
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		if wrong := code.validateChange(settings, ch); len(wrong) > 0 {
			return wrong
		}
		now := s.Now().UTC()
		asked := Event{At: now, CodeID: id, Kind: EventUpdateAsked, Actor: StaffActor(by.StaffID), Detail: code.Differences(ch)}
		asked.Detail["version"] = strconv.FormatInt(version, 10)
		if err := tx.Append(asked); err != nil {
			return err
		}
		code.CustomerPhone = ch.CustomerPhone
		// From here on DOKU may ask for the one amount or the other, whatever
		// becomes of its answer: money of either is this code's.
		if ch.Amount != code.Amount {
			former, err := tx.FormerAmounts(ctx, id)
			if err != nil {
				return err
			}
			ch.Known = contains(former, ch.Amount)
			if err := tx.InsertFormerAmount(id, ch.Amount); err != nil {
				return err
			}
		}
		if code.Mode == DIPC {
			if err := s.put(tx, &code, ch); err != nil {
				return err
			}
			before := code.ExpiresAt
			code.ExpiresAt = now.Add(time.Duration(ch.ExpiresIn) * time.Minute)
			if err := tx.UpdateCode(&code); err != nil {
				return err
			}
			return tx.Append(Event{At: now, CodeID: id, Kind: EventUpdated, Actor: StaffActor(by.StaffID), Detail: code.deadlineDetail(before)})
		}
		call = &Call{
			RequestID: s.NewID(), CodeID: id, Kind: CallUpdate, MadeBy: StaffActor(by.StaffID), MadeAt: now,
			SentAt: now, Tries: 1, NextAt: now.Add(lease), Change: &ch,
		}
		if call.Body, err = code.updateRequest(ch, doku.Active).Body(); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		if err := tx.InsertCall(*call); err != nil {
			return err
		}
		return tx.UpdateCode(&code) // counts the version up: the next editor sees that somebody was here
	})
	if err != nil {
		return Code{}, err
	}
	if call == nil {
		return code, nil
	}
	s.await(ctx, s.launch(*call))
	return s.Store.Code(ctx, id)
}

// updated puts a change in force that DOKU took. A code that is being cancelled
// goes on being so.
func (s *Service) updated(tx Tx, code *Code, call Call, answer doku.CodeAnswer, now time.Time, note func(EventKind, map[string]string) error) error {
	if code.Status != Active && code.Status != Expired && code.Status != Cancelling {
		return nil // paid or cancelled meanwhile
	}
	before := code.ExpiresAt
	if err := s.put(tx, code, *call.Change); err != nil {
		return err
	}
	// DOKU's words on how to pay are of the code as it was.
	if err := tx.SetInstructions(code.ID, nil); err != nil {
		return err
	}
	clash := s.adopt(code, call, answer)
	if code.Status == Expired && now.Before(code.ExpiresAt) {
		code.Status = Active // it ran out here while DOKU was giving it more time
	}
	if !code.Reusable && code.PaidCount > 0 {
		code.Status = Paid // by money that came while DOKU was making it payable once
	}
	code.CheckAt = nextCheck(*code, now)
	detail := code.deadlineDetail(before)
	if clash {
		detail["deadlines"] = "conflict"
	}
	return note(EventUpdated, detail)
}

// deadlineDetail tells of a new deadline, and of the one before when that was
// later.
func (c Code) deadlineDetail(before time.Time) map[string]string {
	detail := map[string]string{"expires_at": c.ExpiresAt.Format(time.RFC3339)}
	if c.ExpiresAt.Before(before) {
		detail["shortened"] = before.Format(time.RFC3339)
	}
	return detail
}

// put writes a change into the code.
func (s *Service) put(tx Tx, code *Code, ch Change) error {
	if ch.Amount != code.Amount {
		if err := tx.InsertFormerAmount(code.ID, code.Amount); err != nil {
			return err
		}
		if err := tx.DeleteFormerAmount(code.ID, ch.Amount); err != nil {
			return err
		}
	}
	code.Amount, code.CustomerName, code.CustomerEmail = ch.Amount, ch.CustomerName, ch.CustomerEmail
	code.ExpiresIn, code.Reusable, code.Info = ch.ExpiresIn, ch.Reusable, ch.Info
	return nil
}

// ValidateChange tells all mistakes of a change without making it.
func (s *Service) ValidateChange(ctx context.Context, code Code, ch Change) (FieldErrors, error) {
	settings, err := s.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return code.validateChange(settings, ch), nil
}

// validateChange holds a change to the limits of a new order.
func (c Code) validateChange(settings Settings, ch Change) FieldErrors {
	wrong := settings.Limits.amount(ch.Amount)
	if ch.CustomerPhone != "" && !phone(ch.CustomerPhone) {
		wrong = append(wrong, badPhone(ch.CustomerPhone))
	}
	if c.Reusable && !ch.Reusable && c.PaidCount > 0 {
		// Payable once, it would wait for money that then does not count.
		wrong = append(wrong, doku.FieldError{Field: "reusable", Rule: RulePaid, Got: c.PaidCount})
	}
	var wire FieldErrors
	if errors.As(c.updateRequest(ch, doku.Active).Validate(), &wire) {
		wrong = append(wrong, wire...)
	}
	// The shares were agreed on at the create; fixed ones may not outgrow the
	// new amount.
	split := doku.CodeRequest{Amount: ch.Amount, Settlement: c.Settlement}
	for _, e := range split.Validate() {
		if e.Field == "settlement_preset" && ch.Amount > 0 {
			wrong = append(wrong, doku.FieldError{Field: "amount", Rule: RuleBelowShares, Limit: e.Got, Got: int(ch.Amount)})
		}
	}
	return wrong
}

// Unsettled are those edits of a code, of all its edits in the order of their
// making, of which nobody knows whether DOKU took them: without an answer, or
// refused only when they were sent again. An answered one settles those before.
// A code that has ended has none, but for one that DOKU may have given more
// time.
func (c Code) Unsettled(edits []Call, now time.Time) (open []Call) {
	if c.Status != Active && c.Status != Expired {
		return nil
	}
	for _, e := range edits {
		switch {
		case e.Outcome == Done:
			open = nil
		case e.Outcome == Refused && e.Tries == 1, e.Tries == 0, e.Change == nil, c.Status == Expired && e.over(now):
		default:
			open = append(open, e)
		}
	}
	return open
}

// Differences are the before and after of each field that a change alters.
func (c Code) Differences(ch Change) map[string]string {
	d := map[string]string{"expires_in": strconv.Itoa(ch.ExpiresIn)}
	was := func(field, before, after string) {
		if before != after {
			d[field+"_before"], d[field] = before, after
		}
	}
	was("amount", strconv.FormatInt(c.Amount, 10), strconv.FormatInt(ch.Amount, 10))
	was("customer_name", c.CustomerName, ch.CustomerName)
	was("customer_phone", c.CustomerPhone, ch.CustomerPhone)
	was("customer_email", c.CustomerEmail, ch.CustomerEmail)
	was("reusable", strconv.FormatBool(c.Reusable), strconv.FormatBool(ch.Reusable))
	was("info", c.Info, ch.Info)
	return d
}
