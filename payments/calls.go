package payments

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"

	"kodebayar/payments/doku"
)

const (
	// lease is how long one sender has a call to itself: longer than a call
	// may take, short enough that a crash delays little.
	lease = 15 * time.Second
	// maxBackoff ends the doubling of 2, 4, 8 … s between sendings.
	maxBackoff = 5 * time.Minute
	// certainAfter is how long after DOKU took a cancel its status is believed:
	// it advises to ask 60 s after a payment.
	certainAfter = 90 * time.Second
	// alarmTries is the number of lost answers after which a person must know.
	alarmTries = 8
)

// flights are the calls under way in this process, so that whoever asks for
// the same thing waits for the one call, and calls about one code go one
// after another.
type flights struct {
	mu    sync.Mutex
	calls map[string]chan struct{} // by Request-Id
	turns [64]sync.Mutex           // by hash of the code
}

// turn is the lock under which a code's calls go out one after another: a
// cancel must not overtake the edit before it.
func (f *flights) turn(codeID string) *sync.Mutex {
	h := fnv.New32a()
	h.Write([]byte(codeID))
	return &f.turns[h.Sum32()%uint32(len(f.turns))]
}

// launch sends a call, already claimed, behind the caller's back; the channel
// closes when its outcome is written down.
func (s *Service) launch(call Call) <-chan struct{} { return s.launchAfter(Call{}, call) }

// launchAfter does so once the call before it, if it has a Request-Id, is not
// under way any more.
func (s *Service) launchAfter(before, call Call) <-chan struct{} {
	done := make(chan struct{})
	s.flights.mu.Lock()
	if _, here := s.flights.calls[before.RequestID]; here {
		before = Call{} // its turn is first
	}
	if s.flights.calls == nil {
		s.flights.calls = map[string]chan struct{}{}
	}
	s.flights.calls[call.RequestID] = done
	s.flights.mu.Unlock()
	go func() {
		s.outlast(before)
		turn := s.flights.turn(call.CodeID)
		turn.Lock()
		s.transmit(call)
		turn.Unlock()
		s.flights.mu.Lock()
		delete(s.flights.calls, call.RequestID)
		s.flights.mu.Unlock()
		close(done)
		s.Wake()
		if call.Kind != CallCancel {
			s.instruct(call.CodeID)
		}
	}()
	return done
}

// outlast waits until what another instance is sending was answered or lost:
// turns are known to one process only. A sending that ended is an exchange.
func (s *Service) outlast(call Call) {
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	for s.Now().Before(call.NextAt) && ctx.Err() == nil {
		now, err := s.Store.Call(ctx, call.RequestID)
		ended, unread := s.Store.Sendings(ctx, call)
		if err == nil && unread == nil && ended >= int64(now.Tries) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// await waits for a flight as long as a form may.
func (s *Service) await(ctx context.Context, done <-chan struct{}) {
	timer := time.NewTimer(s.Wait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hurry sends a code's unanswered call now instead of when it is due, or joins
// the sending under way, and answers the code as it then stands.
func (s *Service) hurry(ctx context.Context, code Code, kind CallKind) (Code, error) {
	call, err := s.Store.PendingCall(ctx, code.ID, kind)
	switch {
	case errors.Is(err, ErrNotFound): // answered meanwhile
		return s.Store.Code(ctx, code.ID)
	case err != nil:
		return code, err
	}
	s.flights.mu.Lock()
	done, flying := s.flights.calls[call.RequestID]
	s.flights.mu.Unlock()
	if flying {
		s.await(ctx, done)
		return s.Store.Code(ctx, code.ID)
	}
	// Early: whatever it waits for, also when the clock was set back since. If
	// another instance sends it just now, DOKU tells both the same, for the
	// Request-Id is the same.
	claimed, err := s.claim(ctx, &call, call.NextAt)
	if err != nil {
		return code, err
	}
	if claimed {
		s.await(ctx, s.launch(call))
	}
	return s.Store.Code(ctx, code.ID)
}

// claim takes a pending call that is due by the given time for this sender.
func (s *Service) claim(ctx context.Context, call *Call, due time.Time) (bool, error) {
	var claimed bool
	err := s.Store.Update(ctx, func(tx Tx) error {
		now := s.Now().UTC()
		claimed = false
		code, err := tx.Code(ctx, call.CodeID)
		if err != nil {
			return err
		}
		if call.Kind == CallCreate && now.After(code.ExpiresAt) {
			// Sent now it could make a code that nobody waits for. What became of
			// the earlier sendings a status check tells, unless money told it.
			if code.Status != Paid {
				code.CheckAt = now
			}
			if code.Status == Creating {
				code.Status = Unknown
			}
			if err := s.giveUp(tx, code.ID, CallCreate); err != nil {
				return err
			}
			return tx.UpdateCode(&code)
		}
		if call.Kind == CallUpdate && code.Status != Active && code.Status != Expired {
			return s.giveUp(tx, code.ID, CallUpdate) // paid or cancelled since: nothing is left to change
		}
		if call.Kind == CallUpdate && call.over(now) {
			// Sent now it would give the customer time from now on. What became of
			// the earlier sendings a status check tells.
			code.CheckAt = now
			if err := s.giveUp(tx, code.ID, CallUpdate); err != nil {
				return err
			}
			if err := tx.Append(Event{At: now, CodeID: code.ID, Kind: EventUpdateGivenUp, Actor: ActorSystem}); err != nil {
				return err
			}
			return tx.UpdateCode(&code)
		}
		claimed, err = tx.ClaimCall(call.RequestID, due, now, now.Add(lease))
		if err != nil || !claimed {
			return err
		}
		*call, err = tx.Call(ctx, call.RequestID)
		return err
	})
	if err != nil {
		return false, err // claimed and the call may still be written to by the writer
	}
	return claimed, nil
}

// over says whether the time that an edit asks for has passed since it was made.
// One whose change was blanked is older than that.
func (c Call) over(now time.Time) bool { return c.Change == nil || now.After(c.Deadline()) }

// Deadline is until when an edit asks for the code to live, should DOKU take it.
func (c Call) Deadline() time.Time {
	return latest(c.SentAt, c.MadeAt).Add(time.Duration(c.Change.ExpiresIn) * time.Minute)
}

// giveUp stops sending a call; what it did before stays unknown.
func (s *Service) giveUp(tx Tx, codeID string, kind CallKind) error {
	call, err := tx.PendingCall(context.Background(), codeID, kind)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	call.Outcome, call.NextAt = Given, time.Time{}
	return tx.UpdateCall(call)
}

// transmit sends one claimed call and writes down what came of it. It runs
// under its own context: a cashier who closes the page does not undo a sale.
func (s *Service) transmit(call Call) {
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	// Read again: while it waited for its turn it may have been given up. An edit
	// sent after the cancel that ended it would make the code payable once more.
	now, err := s.Store.Call(ctx, call.RequestID)
	if err != nil {
		s.Log.Error("a call cannot be read", "code_id", call.CodeID, "error", err)
		return
	}
	if now.Outcome != Pending {
		s.unsent(ctx, call.RequestID)
		return
	}
	code, err := s.Store.Code(ctx, call.CodeID)
	if err != nil {
		s.Log.Error("code of a call cannot be read", "code_id", call.CodeID, "error", err)
		return
	}
	if code.Environment != s.Environment {
		// It was written down for another DOKU, which is asked once the shop uses
		// that one again.
		s.Log.Error("a call belongs to another environment and is not sent", "code_id", code.ID, "environment", code.Environment)
		return
	}
	client, err := s.client(ctx)
	if err != nil {
		s.Log.Error("settings of a call cannot be read", "code_id", call.CodeID, "error", err)
		return
	}
	var answer doku.CodeAnswer
	var x doku.Exchange
	var failure error
	switch {
	case call.Kind != CallCreate:
		answer, x, failure = client.Update(ctx, call.RequestID, call.Body)
	case code.Mode == MGPC:
		answer, x, failure = client.CreateMerchant(ctx, call.RequestID, call.Body)
	default:
		answer, x, failure = client.Create(ctx, call.RequestID, call.Body)
	}
	s.heard(x, failure)
	exchange := s.outgoing(string(call.Kind), call.CodeID, x, failure, answer.Warnings)
	var effect error
	err = s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		if err := tx.InsertExchange(exchange); err != nil {
			return err
		}
		effect = tx.Savepoint(func() error { return s.answered(ctx, tx, call.RequestID, answer, failure, exchange) })
		if effect == nil {
			return nil
		}
		again, err := tx.Call(ctx, call.RequestID)
		if err != nil || again.Outcome != Pending {
			return err
		}
		again.NextAt = s.Now().UTC().Add(maxBackoff)
		return tx.UpdateCall(again)
	})
	if err == nil {
		err = effect // which the writer may still write to otherwise
	}
	if err != nil {
		s.Log.Error("an answer of DOKU could not be stored; the call will be sent again",
			"call", call.Kind, "doku_request_id", call.RequestID, "error", err)
	}
}

// unsent takes back that a call was counted as sent.
func (s *Service) unsent(ctx context.Context, requestID string) {
	err := s.Store.Update(ctx, func(tx Tx) error {
		call, err := tx.Call(ctx, requestID)
		if err != nil {
			return err
		}
		call.Tries--
		return tx.UpdateCall(call)
	})
	if err != nil {
		s.Log.Error("a call that was not sent counts as sent", "doku_request_id", requestID, "error", err)
	}
}

// backoff is the wait after the given number of sendings: 2, 4, 8 … s.
func backoff(tries int) time.Duration {
	d := 2 * time.Second
	for range tries - 1 {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}
