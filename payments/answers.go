package payments

import (
	"context"
	"errors"
	"strings"
	"time"

	"kodebayar/payments/doku"
)

// answered applies what DOKU said, or did not say, to a call and its code.
func (s *Service) answered(ctx context.Context, tx Tx, requestID string, answer doku.CodeAnswer, failure error, x Exchange) error {
	call, err := tx.Call(ctx, requestID)
	if err != nil {
		return err
	}
	// An edit that a cancel gave up while it was under way is in force at DOKU all
	// the same when DOKU took it: should the cancel be refused, the code asks for that.
	takenAnyway := call.Outcome == Given && call.Kind == CallUpdate && failure == nil
	if call.Outcome != Pending && !takenAnyway {
		return nil // a second sender was told the same before, or nobody waits for it
	}
	code, err := tx.Code(ctx, call.CodeID)
	if err != nil {
		return err
	}
	now := s.Now().UTC()
	note := func(kind EventKind, detail map[string]string) error {
		return tx.Append(Event{At: now, CodeID: code.ID, Kind: kind, Actor: ActorDOKU, Cause: x.ID, Detail: detail})
	}
	var refusal *doku.Error
	switch {
	case failure == nil:
		call.Outcome, call.NextAt = Done, time.Time{}
		if len(answer.Warnings) > 0 {
			if err := note(EventWarned, map[string]string{"warnings": x.Remark}); err != nil {
				return err
			}
		}
		if err := s.taken(tx, &code, call, answer, now, note); err != nil {
			return err
		}
	case errors.As(failure, &refusal) && final(refusal, call):
		call.Outcome, call.NextAt = Refused, time.Time{}
		if err := s.refused(tx, &code, call, refusal, now, note); err != nil {
			return err
		}
	default:
		call.NextAt = now.Add(backoff(call.Tries))
		if refusal != nil && refusal.RetryAfter > 0 {
			call.NextAt = now.Add(min(refusal.RetryAfter, maxBackoff))
		}
		if code.Status == Creating {
			code.Status = Unknown
			code.CheckAt = now.Add(certainAfter)
		}
		if err := s.unanswered(ctx, tx, &code, call, x, now, note); err != nil {
			return err
		}
	}
	if err := tx.UpdateCall(call); err != nil {
		return err
	}
	return tx.UpdateCode(&code)
}

// unanswered tells the timeline of a call without an answer, and a person once
// there were many sendings. Each is told once a call, and not by its number of
// sendings: a process may die between one of them and its outcome.
func (s *Service) unanswered(ctx context.Context, tx Tx, code *Code, call Call, x Exchange, now time.Time, note func(EventKind, map[string]string) error) error {
	last, err := tx.LastEvent(ctx, code.ID, EventUnanswered)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil || last.At.Before(call.MadeAt) || last.Detail["call"] != string(call.Kind) {
		if err := note(EventUnanswered, map[string]string{"call": string(call.Kind)}); err != nil {
			return err
		}
	}
	if call.Tries < alarmTries {
		return nil
	}
	told, err := tx.AttentionOf(ctx, code.ID)
	if err != nil {
		return err
	}
	for _, a := range told {
		if a.Kind == OutcomeUnknown && (a.DoneAt.IsZero() || !a.OpenedAt.Before(call.MadeAt)) {
			return nil
		}
	}
	return s.alarm(tx, code, Attention{Kind: OutcomeUnknown, ExchangeID: x.ID}, now)
}

// final says whether a refusal settles the call. One at the headers says
// nothing of an earlier sending, which DOKU may have taken.
func final(e *doku.Error, call Call) bool {
	switch e.Outcome {
	case doku.Refused, doku.NotFound, doku.NotSent:
		return call.Tries == 1 || !e.BeforeBody()
	}
	return false
}

// taken applies DOKU's consent.
func (s *Service) taken(tx Tx, code *Code, call Call, answer doku.CodeAnswer, now time.Time, note func(EventKind, map[string]string) error) error {
	switch call.Kind {
	case CallCreate:
		code.PaymentCode = answer.PaymentCode
		code.HowToPayPage, code.HowToPayAPI = answer.HowToPayPage, answer.HowToPayAPI
		detail := map[string]string{"payment_code": answer.PaymentCode}
		if clash := s.adopt(code, call, answer); clash {
			detail["deadlines"] = "conflict"
		}
		detail["expires_at"] = code.ExpiresAt.Format(time.RFC3339)
		if code.Status == Creating || code.Status == Unknown {
			code.Status = Active
			code.CheckAt = nextCheck(*code, now)
		}
		if err := note(EventActivated, detail); err != nil {
			return err
		}
		if code.ReplacedBy != "" && code.Status == Active {
			_, err := s.cancel(tx, code, ActorSystem, "", now)
			return err
		}
		return nil
	case CallUpdate:
		return s.updated(tx, code, call, answer, now, note)
	case CallCancel:
		if code.Status != Cancelling {
			return nil // paid meanwhile: money wins
		}
		code.CancelledAt = now
		code.CheckAt = now.Add(certainAfter)
		return note(EventCancelTaken, nil)
	}
	return nil
}

// refused applies DOKU's refusal.
func (s *Service) refused(tx Tx, code *Code, call Call, refusal *doku.Error, now time.Time, note func(EventKind, map[string]string) error) error {
	words := refusalWords(refusal)
	detail := map[string]string{"refusal": words}
	switch call.Kind {
	case CallCreate:
		if code.Status == Creating || code.Status == Unknown {
			code.Status, code.Refusal = Rejected, words
		}
		return note(EventRejected, detail)
	case CallUpdate:
		// A refusal of another sending says nothing of the first, which DOKU may
		// have taken: money of that amount may still come.
		if !call.Change.Known && call.Tries == 1 {
			if err := tx.DeleteFormerAmount(code.ID, call.Change.Amount); err != nil {
				return err
			}
		}
		return note(EventUpdateRefused, detail)
	case CallCancel:
		if code.Status == Cancelling {
			code.CheckAt = now // perhaps it was paid: ask
			if call.Tries == 1 {
				code.Status = code.StatusBefore
			} else {
				// DOKU may have taken an earlier sending, and then refuses another for
				// want of the code. A check decides as if it had said so now.
				code.CancelledAt = now
			}
		}
		return note(EventCancelRefused, detail)
	}
	return nil
}

// refusalWords is what DOKU said, for people and for the log.
func refusalWords(e *doku.Error) string {
	words := append([]string{}, e.Messages...)
	if e.Code != "" {
		words = append(words, e.Code)
	}
	if len(words) == 0 {
		words = append(words, e.Error())
	}
	return strings.Join(words, " · ")
}

// adopt takes the deadline of an answer, and says whether its two dates
// contradict each other: then the one nearest to sent + minutes is believed.
func (s *Service) adopt(code *Code, call Call, answer doku.CodeAnswer) (clash bool) {
	minutes := code.ExpiresIn
	if call.Change != nil {
		minutes = call.Change.ExpiresIn
	}
	own := call.SentAt.Add(time.Duration(minutes) * time.Minute)
	code.ExpiresAt, clash = deadline(own, answer.ExpiresAtUTC, answer.ExpiresAtWIB)
	return clash
}

func deadline(own, utc, wib time.Time) (at time.Time, clash bool) {
	switch {
	case utc.IsZero() && wib.IsZero():
		return own, false
	case wib.IsZero():
		return utc, false
	case utc.IsZero():
		return wib, false
	case utc.Equal(wib):
		return utc, false
	}
	if own.Sub(utc).Abs() <= own.Sub(wib).Abs() {
		return utc, true
	}
	return wib, true
}

// alarm opens an attention on a code.
func (s *Service) alarm(tx Tx, code *Code, a Attention, now time.Time) error {
	a.ID, a.CodeID, a.OpenedAt = s.NewID(), code.ID, now
	code.Attention++
	if err := tx.InsertAttention(a); err != nil {
		return err
	}
	return tx.Append(Event{
		At: now, CodeID: code.ID, Kind: EventAttention, Actor: ActorSystem, Cause: a.ExchangeID,
		Detail: map[string]string{"attention": string(a.Kind)},
	})
}
