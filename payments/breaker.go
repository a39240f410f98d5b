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

// heard tells the breaker how a call ended. A refusal is an answer.
func (s *Service) heard(failure error) {
	if errors.Is(failure, doku.ErrUnknown) || errors.Is(failure, doku.ErrRateLimited) {
		s.breaker.RecordFailure()
	} else {
		s.breaker.RecordSuccess()
	}
}
