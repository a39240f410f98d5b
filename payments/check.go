package payments

import (
	"context"
	"errors"
	"maps"
	"time"

	"kodebayar/payments/doku"
)

// Check asks DOKU about a code now (Cek status sekarang): a call without an
// answer is sent again, and anything else is looked up by its invoice number.
func (s *Service) Check(ctx context.Context, by Viewer, id string) (Code, error) {
	code, err := s.here(ctx, s.Store, by, id)
	if err != nil {
		return Code{}, err
	}
	for _, kind := range []CallKind{CallCreate, CallUpdate, CallCancel} {
		if code, err = s.hurry(ctx, code, kind); err != nil {
			return code, err
		}
	}
	if code.Status == Creating || code.Status == Rejected {
		return code, nil
	}
	if !s.Ready() {
		return code, ErrNoCredentials
	}
	return s.ask(ctx, code, StaffActor(by.StaffID))
}

// ask looks a code up at DOKU and applies what it says. actor is ActorSystem
// for the sweep, which leaves no line on the timeline unless there is news.
func (s *Service) ask(ctx context.Context, code Code, actor string) (Code, error) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
	defer cancel()
	client, err := s.client(call)
	if err != nil {
		return code, err
	}
	answer, x, failure := client.Status(call, s.NewID(), code.InvoiceNumber)
	s.heard(x, failure)
	exchange := s.outgoing("status", code.ID, x, failure, answer.Warnings)
	var effect error
	err = s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		if err := tx.InsertExchange(exchange); err != nil {
			return err
		}
		effect = tx.Savepoint(func() error { return s.learned(ctx, tx, code, answer, failure, exchange, actor) })
		if effect == nil {
			return nil
		}
		// Due as before it would be first again at once, and hold up the others.
		late, err := tx.Code(ctx, code.ID)
		if err != nil {
			return err
		}
		late.CheckAt = s.Now().UTC().Add(maxBackoff)
		return tx.SetChecked(late)
	})
	if err == nil {
		err = effect // which the writer may still write to otherwise
	}
	if err != nil {
		return code, err
	}
	return s.Store.Code(ctx, code.ID)
}

// learned applies a status answer. asked is the code as it was when the question
// went out.
func (s *Service) learned(ctx context.Context, tx Tx, asked Code, answer doku.StatusAnswer, failure error, x Exchange, actor string) error {
	id := asked.ID
	code, err := tx.Code(ctx, id)
	if err != nil {
		return err
	}
	now := s.Now().UTC()
	says := string(answer.Status)
	switch {
	case errors.Is(failure, doku.ErrNotFound):
		says = "NOT_FOUND"
	case failure != nil:
		says = "NO_ANSWER"
	}
	if actor != ActorSystem {
		if err := tx.Append(Event{At: now, CodeID: id, Kind: EventChecked, Actor: actor, Cause: x.ID, Detail: map[string]string{"status": says}}); err != nil {
			return err
		}
	}
	code.Checks++
	before := code.Status
	if says == string(doku.StatusSuccess) || says == string(doku.StatusRefunded) {
		fact := Fact{
			Source: FromCheck, Status: says, Amount: answer.Amount, NoAmount: !answer.HasAmount,
			Date: answer.Date, Heard: now, Agent: answer.Agent, Store: answer.Store, Trx: answer.Trx,
		}
		if err := s.rule(ctx, tx, code, fact, x.ID, now); err != nil {
			return err
		}
		// The news may be of money that is known or does not end the code: then a
		// cancel goes on to its end, and a deadline ends what was never answered.
		if code, err = tx.Code(ctx, id); err != nil || code.Status != Cancelling && (code.Status != Unknown || !code.over(now)) {
			return err
		}
	}
	if failure == nil || errors.Is(failure, doku.ErrNotFound) {
		if err := s.noMoney(tx, &code, asked, answer, x.At, now); err != nil {
			return err
		}
	}
	if code.CheckAt = nextCheck(code, now); code.CheckAt.IsZero() && says == "NO_ANSWER" {
		code.CheckAt = lookAgain(code, now)
	}
	if code.Status == before {
		return tx.SetChecked(code)
	}
	return tx.UpdateCode(&code)
}

// noMoney is what follows when DOKU, asked at a moment about the code as it was
// then, knows of no payment, or of none that ends the code.
func (s *Service) noMoney(tx Tx, code *Code, asked Code, answer doku.StatusAnswer, at, now time.Time) error {
	end := func(status Status, kind EventKind) error {
		code.Status = status
		return tx.Append(Event{At: now, CodeID: code.ID, Kind: kind, Actor: ActorDOKU})
	}
	switch {
	case code.Status == Cancelling && !code.CancelledAt.IsZero() && !at.Before(code.CancelledAt.Add(certainAfter)):
		return end(Cancelled, EventCancelled)
	case code.Status == Cancelling && code.CancelledAt.IsZero() && code.over(now):
		// DOKU never answered the cancel, and the deadline did its work.
		code.CancelledAt = code.ExpiresAt
		if err := s.giveUp(tx, code.ID, CallCancel); err != nil {
			return err
		}
		return end(Cancelled, EventCancelled)
	case code.Status == Unknown && code.over(now):
		if err := s.giveUp(tx, code.ID, CallCreate); err != nil {
			return err
		}
		return end(Expired, EventExpired)
	case code.Status == Active && answer.Status == doku.StatusExpired && code.Mode != DIPC && code.ExpiresAt.Equal(asked.ExpiresAt):
		// In direct inquiry the deadline is ours: what DOKU says there is of an
		// inquiry that came to nothing. And an edit that it took since it was asked
		// has another deadline.
		return end(Expired, EventExpired)
	}
	return nil
}

// over says whether the deadline has passed.
func (c Code) over(now time.Time) bool { return !c.ExpiresAt.IsZero() && now.After(c.ExpiresAt) }

// rule puts a fact through the one door and writes down what follows.
func (s *Service) rule(ctx context.Context, tx Tx, code Code, fact Fact, exchangeID string, now time.Time) error {
	former, err := tx.FormerAmounts(ctx, code.ID)
	if err != nil {
		return err
	}
	so, err := tx.Payments(ctx, code.ID)
	if err != nil {
		return err
	}
	fact.Ahead = s.ClockAhead()
	r := Settle(code, former, so, fact)
	code = r.Code
	if fact.Source == FromCheck && len(r.Events) == 1 && r.Events[0].Kind == EventTold {
		// DOKU says the same whenever it is asked.
		last, err := tx.LastEvent(ctx, code.ID, EventTold)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if maps.Equal(last.Detail, r.Events[0].Detail) {
			r.Events = nil
		}
	}
	paymentID := ""
	if r.Record != nil {
		p := *r.Record
		p.ID, p.CreatedAt, p.ExchangeID = s.NewID(), now, exchangeID
		paymentID = p.ID
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
	}
	if r.Complete != nil {
		paymentID = r.Complete.ID
		if err := tx.UpdatePayment(*r.Complete); err != nil {
			return err
		}
	}
	for _, e := range r.Events {
		e.At, e.Actor, e.Cause = now, ActorDOKU, exchangeID
		if err := tx.Append(e); err != nil {
			return err
		}
	}
	for _, kind := range r.Attention {
		if err := s.alarm(tx, &code, Attention{Kind: kind, PaymentID: paymentID, ExchangeID: exchangeID}, now); err != nil {
			return err
		}
	}
	if fact.Source == FromCheck {
		code.CheckAt = nextCheck(code, now) // not again once it is paid
		if r.Nothing() {
			return tx.SetChecked(code)
		}
	}
	return tx.UpdateCode(&code)
}
