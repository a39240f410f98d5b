package payments

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"golang.org/x/time/rate"

	"kodebayar/payments/doku"
)

// Service carries codes through their life: it writes each intention down,
// talks to DOKU, and writes down what came of it.
type Service struct {
	Store       Store
	DOKU        *doku.Client
	Verifier    doku.Verifier
	Environment Environment
	// NotificationPath and InquiryPath are the paths registered at DOKU: what
	// DOKU signs, whatever a proxy made of them.
	NotificationPath string
	InquiryPath      string
	CodePrefix       string         // BIN that merchant-made numbers begin with
	OverrideURL      string         // notification URL sent with every create; empty: the one registered
	Zone             *time.Location // the shop's, whose day an invoice number begins with; UTC when nil
	Log              *slog.Logger

	Now      func() time.Time
	NewID    func() string // sorts by time; nil: by Now
	NewToken func() string // of a customer's page: at least 128 random bits

	// Wait is how long a form waits for DOKU before it leads to the code's
	// page; the call goes on behind it.
	Wait time.Duration

	flights    flights
	strangers  *rate.Limiter // of what is kept of unsigned callbacks
	breaker    circuitbreaker.CircuitBreaker[any]
	clockAhead atomic.Int64
	wake       chan struct{}
	batches    chan struct{} // wakes RunBatches
}

// Init gives what was left empty its default. Call it once, before use.
func (s *Service) Init() *Service {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.NewID == nil {
		var ids idClock
		s.NewID = func() string { return ids.next(s.Now()) }
	}
	if s.NewToken == nil {
		s.NewToken = NewToken
	}
	if s.Wait == 0 {
		s.Wait = 8 * time.Second
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	s.breaker = newBreaker()
	s.strangers = rate.NewLimiter(5, 50)
	s.wake, s.batches = make(chan struct{}, 1), make(chan struct{}, 1)
	return s
}

// What a caller decides on beside the errors of the store.
var (
	// ErrNoCredentials says that DOKU cannot be called: client id or secret
	// key are not set.
	ErrNoCredentials = errors.New("no DOKU credentials are set")
	// ErrOtherEnvironment says that a code belongs to another environment than the
	// one that the shop uses now: its DOKU is not the one that would be asked.
	ErrOtherEnvironment = errors.New("the code belongs to another environment")
	// ErrRefused says that DOKU said no.
	ErrRefused = doku.ErrRefused
	// ErrSignature says that what came in was not signed by DOKU.
	ErrSignature = doku.ErrSignature
)

// NotAllowed says that a code's state forbids what was asked.
type NotAllowed struct{ Status Status }

func (e *NotAllowed) Error() string { return "not allowed while the code is " + string(e.Status) }

// NewToken makes the secret part of a customer's link: 160 random bits in 32
// lower-case letters and digits.
func NewToken() string {
	return random(20)
}

func random(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// Ready says whether DOKU can be called at all.
func (s *Service) Ready() bool {
	return s.DOKU != nil && s.DOKU.ClientID != "" && s.DOKU.SecretKey != ""
}

// client calls DOKU as the owner's settings want it.
func (s *Service) client(ctx context.Context) (*doku.Client, error) {
	settings, err := s.Store.Settings(ctx)
	c := *s.DOKU
	c.StrictSignature = settings.StrictSignature
	return &c, err
}

// here finds a code for somebody who means to ask DOKU about it:
// ErrOtherEnvironment when that would be another DOKU than the code's.
func (s *Service) here(ctx context.Context, r Reader, by Viewer, id string) (Code, error) {
	c, err := visible(ctx, r, by, id)
	if err == nil && c.Environment != s.Environment {
		return Code{}, ErrOtherEnvironment
	}
	return c, err
}

// visible finds a code for somebody's eyes; what they may not see is not
// found.
func visible(ctx context.Context, r Reader, by Viewer, id string) (Code, error) {
	c, err := r.Code(ctx, id)
	if err == nil && !by.Sees(c) {
		return Code{}, ErrNotFound
	}
	return c, err
}
