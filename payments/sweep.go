package payments

import (
	"context"
	"sync"
	"time"
)

const (
	sweepBatch   = 50
	sweepWorkers = 4
	sweepIdle    = 30 * time.Second // a look even when nothing seems planned
)

// Run sends calls that are due, asks about codes that should have news, and
// lets codes expire, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	// At the start also what another process had claimed: it may be the one
	// that died. DOKU tells two senders of one Request-Id the same.
	ahead := lease
	for {
		err := s.sweep(ctx, ahead)
		ahead = 0
		if err != nil && ctx.Err() == nil {
			s.Log.Error("the sweep failed and will try again", "error", err)
		}
		timer := time.NewTimer(s.pause(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-s.wake:
			timer.Stop()
		}
	}
}

// Wake makes the sweep look now instead of when it planned to.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// pause is how long the sweep may sleep: until something is due, between one
// second and sweepIdle.
func (s *Service) pause(ctx context.Context) time.Duration {
	due, err := s.Store.NextDue(ctx, s.Environment)
	if err != nil || due.IsZero() {
		return sweepIdle
	}
	return min(max(due.Sub(s.Now()), time.Second), sweepIdle)
}

// sweep does what is due; calls also when they are due a while ahead.
func (s *Service) sweep(ctx context.Context, ahead time.Duration) error {
	now := s.Now().UTC()
	expired, err := s.Store.DueExpiries(ctx, now, sweepBatch)
	if err != nil {
		return err
	}
	for _, c := range expired {
		if err := s.expire(ctx, c.ID); err != nil {
			return err
		}
	}
	if !s.Ready() {
		return nil
	}
	calls, err := s.Store.DueCalls(ctx, s.Environment, now.Add(ahead), sweepBatch)
	if err != nil {
		return err
	}
	checks, err := s.Store.DueChecks(ctx, s.Environment, now, sweepBatch)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	workers := make(chan struct{}, sweepWorkers)
	start := func(work func()) {
		workers <- struct{}{}
		// Told to end, it finishes what it has begun; the rest is due next time.
		if ctx.Err() != nil || !s.mayAsk() {
			<-workers
			return
		}
		wg.Go(func() { defer func() { <-workers }(); work() })
	}
	for _, call := range calls {
		start(func() {
			if claimed, err := s.claim(ctx, &call, now.Add(ahead)); err == nil && claimed {
				<-s.launch(call)
			}
		})
	}
	for _, code := range checks {
		start(func() {
			if _, err := s.ask(ctx, code, ActorSystem); err != nil && ctx.Err() == nil {
				s.Log.Error("a status check could not be stored", "code_id", code.ID, "error", err)
			}
		})
	}
	wg.Wait()
	return nil
}

// expire ends a code whose deadline has passed here; DOKU is asked to confirm
// it, for money may be under way.
func (s *Service) expire(ctx context.Context, id string) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		code, err := tx.Code(ctx, id)
		if err != nil {
			return err
		}
		now := s.Now().UTC()
		if code.Status != Active || code.ExpiresAt.IsZero() || now.Before(code.ExpiresAt) {
			return nil
		}
		code.Status = Expired
		if code.CheckAt = nextCheck(code, now); code.CheckAt.IsZero() {
			code.CheckAt = now // nobody looked in all that time: late is better than never
		}
		if err := tx.Append(Event{At: now, CodeID: id, Kind: EventExpired, Actor: ActorSystem}); err != nil {
			return err
		}
		return tx.UpdateCode(&code)
	})
}

// nextCheck plans the next question to DOKU about a code, as a function of its
// state and age; the zero time when nothing more is expected. DOKU's guidance
// is to ask 60 s after a payment at the earliest, and its own retries of a
// notification end after twelve hours.
func nextCheck(c Code, now time.Time) time.Time {
	switch c.Status {
	case Active:
		age := now.Sub(c.CreatedAt)
		every := 6 * time.Hour
		switch {
		case !c.InquiredAt.IsZero() && now.Sub(c.InquiredAt) < 15*time.Minute:
			every = 90 * time.Second
		case age < 15*time.Minute:
			every = 3 * time.Minute
		case age < 2*time.Hour:
			every = 15 * time.Minute
		case age < 24*time.Hour:
			every = time.Hour
		}
		return now.Add(every)
	case Creating, Unknown:
		return now.Add(maxBackoff)
	case Cancelling:
		if c.CancelledAt.IsZero() {
			// The cancel has no answer yet; the deadline ends the code as well.
			return latest(c.ExpiresAt.Add(certainAfter), now.Add(maxBackoff))
		}
		if certain := c.CancelledAt.Add(certainAfter); now.Before(certain) {
			return certain
		}
		return now.Add(30 * time.Second)
	case Expired:
		end := c.ExpiresAt
		for _, after := range []time.Duration{certainAfter, 45 * time.Minute, 7 * time.Hour, 13 * time.Hour} {
			if at := end.Add(after); at.After(now) {
				return at
			}
		}
	case Cancelled:
		for _, after := range []time.Duration{time.Hour, 13 * time.Hour} {
			if at := c.CancelledAt.Add(after); at.After(now) {
				return at
			}
		}
	}
	return time.Time{}
}

// lookAgain plans the question anew that should have been the last and was not
// answered. It waits for a tenth of the time since the end, so that a DOKU that
// never answers is asked ever more rarely.
func lookAgain(c Code, now time.Time) time.Time {
	end := c.ExpiresAt
	switch c.Status {
	case Expired:
	case Cancelled:
		end = c.CancelledAt
	default:
		return time.Time{}
	}
	return now.Add(max(maxBackoff, now.Sub(end)/10))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
