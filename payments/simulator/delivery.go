package simulator

import (
	"context"
	"errors"
	"sync"
	"time"
)

// What becomes of a notification.
const (
	deliveryQueued     = "queued"     // to be sent now
	deliveryHeld       = "held"       // waits for another notification to go first
	deliveryRetrying   = "retrying"   // failed, to be tried again by schedule
	deliveryDelivered  = "delivered"  // answered 2xx
	deliveryFailed     = "failed"     // given up after the last retry
	deliverySuppressed = "suppressed" // a fault keeps it back; resend sends it
)

// delivery is one notification on its way to the merchant.
type delivery struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"` // transaction.status
	Code    string `json:"code"`
	Invoice string `json:"invoice"`
	Receipt string `json:"receipt"`

	RequestID string `json:"request_id"`
	// Timestamp stays the same for every attempt: whether DOKU signs a retry anew is not known, and
	// an old timestamp is what a receiver must survive.
	Timestamp string `json:"timestamp"`
	Body      string `json:"body"`
	// OverrideURL is empty when the registered address is to be used, as it is at the time of sending.
	OverrideURL string `json:"override_url,omitempty"`

	Status   string    `json:"status"`
	QueuedAt time.Time `json:"queued_at"`
	Due      time.Time `json:"due"`
	After    string    `json:"after,omitempty"` // id of the delivery that must be tried before
	Resend   bool      `json:"resend,omitempty"`
	Attempts []attempt `json:"attempts"`

	underway bool
}

// attempt is one try and its answer. Status 0 means that there was none; Error says why.
type attempt struct {
	At        time.Time     `json:"at"`
	URL       string        `json:"url"`
	Timestamp string        `json:"timestamp"`
	Signature string        `json:"signature"`
	Status    int           `json:"status"`
	Answer    string        `json:"answer"`
	Error     string        `json:"error,omitempty"`
	Took      time.Duration `json:"took_ns"`
	Manual    bool          `json:"manual"`
}

func (d *delivery) settled() bool {
	switch d.Status {
	case deliveryDelivered, deliveryFailed, deliverySuppressed:
		return !d.Resend && !d.underway
	}
	return false
}

func (d *delivery) due(st *state, now time.Time) bool {
	if d.underway {
		return false
	}
	if d.Resend {
		return true
	}
	if d.Status != deliveryQueued && d.Status != deliveryRetrying || now.Before(d.Due) {
		return false
	}
	before := st.delivery(d.After)
	return before == nil || len(before.Attempts) > 0 || before.settled()
}

func (st *state) delivery(id string) *delivery {
	if id == "" {
		return nil
	}
	for i := len(st.Deliveries) - 1; i >= 0; i-- {
		if st.Deliveries[i].ID == id {
			return st.Deliveries[i]
		}
	}
	return nil
}

// notify queues what a payment makes DOKU say, in the form and order the faults ask for.
func (s *Simulator) notify(st *state, r *receipt) []*delivery {
	var as form
	as.compact = st.fires(faultCompact, "") != nil
	as.stringAmount = st.fires(faultStringAmount, "") != nil
	as.extra = st.fires(faultExtraFields, "") != nil
	as.escaped = st.fires(faultEscaped, "") != nil

	first := s.newDelivery("SUCCESS", r, as)
	all := []*delivery{first}
	if f := st.fires(faultDuplicate, ""); f != nil {
		for range max(1, int(f.Value)) {
			again := *first
			again.ID = newID()
			all = append(all, &again)
		}
	}
	if f := st.fires(faultDuplicateNewID, ""); f != nil {
		for range max(1, int(f.Value)) {
			again := *first
			again.ID, again.RequestID = newID(), newID()
			all = append(all, &again)
		}
	}
	if st.fires(faultLateFailed, "") != nil {
		failed := s.newDelivery("FAILED", r, as)
		failed.After = first.ID
		all = append(all, failed)
	}
	held := st.held()
	switch {
	case st.fires(faultNeverNotify, "") != nil:
		for _, d := range all {
			d.Status = deliverySuppressed
		}
	case held != nil: // this one overtakes the payment before
		held.Status, held.After = deliveryQueued, all[len(all)-1].ID
	case st.fires(faultOutOfOrder, "") != nil:
		first.Status = deliveryHeld
	}
	st.Deliveries = append(st.Deliveries, all...)
	return all
}

func (st *state) held() *delivery {
	for _, d := range st.Deliveries {
		if d.Status == deliveryHeld {
			return d
		}
	}
	return nil
}

func (s *Simulator) newDelivery(kind string, r *receipt, as form) *delivery {
	now := s.cfg.Now().UTC()
	return &delivery{
		ID: newID(), Kind: kind, Code: r.Code.Number, Invoice: r.Code.Invoice, Receipt: r.ID,
		RequestID: newID(), Timestamp: timestamp(s.clockLocked()), Body: string(notificationBody(kind, &r.Code, r.Payment, as)),
		OverrideURL: r.Code.OverrideURL,
		Status:      deliveryQueued, QueuedAt: now, Due: now,
	}
}

// Run delivers notifications, and tries failed ones again, until ctx ends. It must run once at a
// time. What is under way when ctx ends is broken off and sent again by the next Run.
func (s *Simulator) Run(ctx context.Context) error {
	ended := make(chan struct{})
	defer close(ended)
	s.mu.Lock()
	s.ended = ended
	s.mu.Unlock()
	var sending sync.WaitGroup
	defer sending.Wait()
	// So many at once, so that one slow answer does not hold back the rest.
	slots := make(chan struct{}, 16)
	// The clock may be anybody's, so it is looked at rather than waited for.
	const look = 200 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for _, d := range s.takeDue() {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return nil
			}
			sending.Go(func() {
				defer func() { <-slots }()
				s.deliver(ctx, d)
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.woken:
		case <-tick.C:
		}
	}
}

// wake lets Run look at the queue now.
func (s *Simulator) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// takeDue marks what is due as under way and gives a copy of each.
func (s *Simulator) takeDue() []delivery {
	var due []delivery
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		if st.on(faultSwitchedOff) {
			return nil
		}
		now := s.cfg.Now()
		for _, d := range st.Deliveries {
			if d.due(st, now) {
				d.underway = true
				due = append(due, *d)
			}
		}
		return nil
	})
	return due
}

// deliver makes one attempt and stores what came of it.
func (s *Simulator) deliver(ctx context.Context, d delivery) {
	var wrong bool
	var address string
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		if len(d.Attempts) > 0 && st.fires(faultRetrySignedAnew, "") != nil {
			d.RequestID, d.Timestamp = newID(), timestamp(s.clockLocked())
		}
		wrong = st.fires(faultWrongSignature, "") != nil
		address = s.notificationURL
		return nil
	})
	if d.OverrideURL != "" {
		address = d.OverrideURL
	}
	m := signed{s.cfg.ClientID, d.RequestID, "Request-Timestamp", d.Timestamp, targetOf(address), []byte(d.Body)}
	try := attempt{
		At: s.cfg.Now().UTC(), URL: address, Timestamp: d.Timestamp,
		Signature: m.signature(s.cfg.SecretKey), Manual: d.Resend,
	}
	if wrong {
		try.Signature = spoiled(try.Signature)
	}
	if address == "" {
		try.Error = "no Notification URL is registered"
	} else {
		a, err := s.post(ctx, address, m, try.Signature)
		if ctx.Err() != nil && err != nil {
			s.look(func(st *state) error { //nolint:errcheck // fn returns nil
				if kept := st.delivery(d.ID); kept != nil {
					kept.underway = false
				}
				return nil
			})
			return
		}
		try.Status, try.Answer, try.Took = a.status, string(a.body[:min(len(a.body), 4<<10)]), a.took
		if err != nil {
			try.Error = err.Error()
		}
	}
	s.log.Info("notification sent", "request_id", d.RequestID, "status", try.Status, "took", try.Took)
	if err := s.change(func(st *state) error {
		kept := st.delivery(d.ID)
		if kept == nil {
			return errors.New("delivery is gone")
		}
		kept.RequestID, kept.Timestamp = d.RequestID, d.Timestamp
		kept.record(s, try)
		return nil
	}); err != nil {
		s.log.Error("notification not stored", "error", err)
	}
	s.wake()
}

// record notes an attempt and what follows from it.
func (d *delivery) record(s *Simulator, try attempt) {
	d.underway = false
	d.Attempts = append(d.Attempts, try)
	if try.Manual {
		d.Resend = false
	}
	if try.Status >= 200 && try.Status < 300 {
		d.Status = deliveryDelivered
		return
	}
	if try.Manual && d.Status != deliveryQueued {
		return // by hand is beside the schedule
	}
	automatic, first := 0, d.QueuedAt
	for _, a := range d.Attempts {
		if a.Manual {
			continue
		}
		if automatic == 0 {
			first = a.At
		}
		automatic++
	}
	due, more := s.retryAt(first, max(1, automatic))
	if !more {
		d.Status = deliveryFailed
		return
	}
	d.Status, d.Due = deliveryRetrying, due
}

// resend queues one attempt by hand, as the back office's HTTP Notification page does.
func (s *Simulator) resend(id string) bool {
	var found bool
	err := s.change(func(st *state) error {
		d := st.delivery(id)
		if found = d != nil; found {
			d.Resend = true
			if d.Status == deliveryHeld {
				d.Status, d.Due = deliverySuppressed, s.cfg.Now().UTC()
			}
		}
		return nil
	})
	if err != nil {
		s.log.Error("resend not stored", "error", err)
	}
	s.wake()
	return found
}
