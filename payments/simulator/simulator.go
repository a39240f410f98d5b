package simulator

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Config says whom the simulator serves and how it keeps time.
type Config struct {
	// ClientID and SecretKey are the one merchant account of this simulator. Both must be set.
	ClientID, SecretKey string

	// NotificationURL and InquiryURL are what DOKU's staff would register for the merchant.
	// They may be empty and set later with SetURLs.
	NotificationURL, InquiryURL string

	// PublicURL is the simulator's own base URL, printed in how_to_pay_page and how_to_pay_api.
	// Empty: taken from the Host of the request that asks.
	PublicURL string

	// StateFile keeps codes, answers, deliveries and faults over a restart, as JSON. Empty: memory only.
	StateFile string

	// Speed divides DOKU's retry schedule of 30 minutes, 6 hours and 12 hours. 0 means 1, the real schedule.
	Speed float64

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Logger takes one line per API call and delivery, without bodies and secrets; nil discards.
	Logger *slog.Logger
}

// Simulator is one merchant's DOKU and the Alfa till beside it. It is safe for concurrent use.
type Simulator struct {
	cfg Config
	log *slog.Logger

	mu                          sync.Mutex
	notificationURL, inquiryURL string
}

// New checks cfg and reads the state file when there is one.
func New(cfg Config) (*Simulator, error) {
	if cfg.ClientID == "" || cfg.SecretKey == "" {
		return nil, errors.New("simulator: ClientID and SecretKey must be set")
	}
	if cfg.Speed == 0 {
		cfg.Speed = 1
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Simulator{cfg: cfg, log: cfg.Logger}
	s.SetURLs(cfg.NotificationURL, cfg.InquiryURL)
	return s, nil
}

// SetURLs registers the merchant's two callback addresses, as DOKU's staff would.
func (s *Simulator) SetURLs(notification, inquiry string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notificationURL, s.inquiryURL = notification, inquiry
}

// Handler serves the API, the till, the pages and the machine forms.
func (s *Simulator) Handler() http.Handler {
	return http.NewServeMux()
}

// Run delivers notifications, and tries failed ones again, until ctx ends.
func (s *Simulator) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
