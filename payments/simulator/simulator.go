package simulator

import (
	"crypto/rand"
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
	cfg    Config
	log    *slog.Logger
	client *http.Client
	woken  chan struct{} // one slot: the queue of deliveries has changed

	mu                          sync.Mutex // guards all below
	state                       state
	version                     int64 // counts changes of state
	notificationURL, inquiryURL string
	inquiries                   inquiries
	ended                       chan struct{} // closed when Run ends

	saving sync.Mutex // held while the state file is written
	saved  int64      // the version on disk
}

// New checks cfg and reads the state file when there is one.
func New(cfg Config) (*Simulator, error) {
	if cfg.ClientID == "" || cfg.SecretKey == "" {
		return nil, errors.New("simulator: ClientID and SecretKey must be set")
	}
	if cfg.Speed == 0 {
		cfg.Speed = 1
	}
	if !(cfg.Speed > 0) {
		return nil, errors.New("simulator: Speed must be above 0")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	st, err := readState(cfg.StateFile)
	if err != nil {
		return nil, err
	}
	s := &Simulator{
		cfg: cfg, log: cfg.Logger, state: st,
		client: &http.Client{
			// A connection of its own for each call: a kept one dies with the merchant's restart, and
			// the next notification with it.
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		woken: make(chan struct{}, 1),
		ended: make(chan struct{}),
	}
	s.SetURLs(cfg.NotificationURL, cfg.InquiryURL)
	return s, nil
}

// SetURLs registers the merchant's two callback addresses, as DOKU's staff would. Notifications that
// wait already go to the new address.
func (s *Simulator) SetURLs(notification, inquiry string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notificationURL, s.inquiryURL = notification, inquiry
}

// Handler serves the API, the till, the pages and the machine forms.
func (s *Simulator) Handler() http.Handler {
	api := http.NewServeMux()
	s.routeAPI(api)
	people := http.NewServeMux()
	s.routeMachine(people)
	s.routePages(people)
	// A signed call proves itself; a form of the browser has to come from these pages. What sends no
	// Origin, as a test does, is no browser.
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(s.foreignForm))
	guarded := protection.Handler(people)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := api.Handler(r); pattern != "" {
			api.ServeHTTP(w, r)
			return
		}
		if _, pattern := people.Handler(r); pattern != "" {
			guarded.ServeHTTP(w, r)
			return
		}
		notFound(w, r)
	})
}

func newID() string { return rand.Text() }
