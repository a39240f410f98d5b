package payments

import (
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"kodebayar/payments/doku"
)

// Of the circuit breaker: how many answers in a row may be missing, and how
// long the sweep then leaves DOKU alone before it tries once.
const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

func newBreaker() circuitbreaker.CircuitBreaker[any] {
	return circuitbreaker.NewBuilder[any]().WithFailureThreshold(breakAfter).WithDelay(breakFor).Build()
}

// Silent says that DOKU has not answered for a while, so that the sweep leaves
// it alone for now. What a person asks for is always tried.
func (s *Service) Silent() bool { return !s.breaker.IsClosed() }

// mayAsk says whether the sweep may call DOKU now: also once the pause is over,
// when the next answer, or its lack, decides.
func (s *Service) mayAsk() bool {
	if !s.breaker.IsOpen() {
		return true
	}
	if s.breaker.RemainingDelay() > 0 {
		return false
	}
	s.breaker.HalfOpen()
	return true
}

// ClockAhead is how far DOKU's clock was ahead of ours in the last answer that
// told the time; negative when it was behind. DOKU refuses what is off by an
// hour, and deadlines and late money are judged across the two clocks.
func (s *Service) ClockAhead() time.Duration { return time.Duration(s.clockAhead.Load()) }

// heard takes from an answer what it tells of DOKU itself: that it answers,
// and what time it has. A refusal is an answer.
func (s *Service) heard(x doku.Exchange, failure error) {
	if ahead, ok := x.ClockSkew(); ok {
		s.clockAhead.Store(int64(ahead))
	}
	if errors.Is(failure, doku.ErrUnknown) || errors.Is(failure, doku.ErrRateLimited) {
		s.breaker.RecordFailure()
	} else {
		s.breaker.RecordSuccess()
	}
}
