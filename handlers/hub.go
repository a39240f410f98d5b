package handlers

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/a-h/templ"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// hub follows the log and tells every open stream what it may know of it. One
// goroutine reads, so that an event costs one reading however many watch; a
// row is rendered once for all who see it alike.
type hub struct {
	s *Server
	// ready closes once last is known: what is committed from then on reaches
	// everybody who subscribed before it.
	ready chan struct{}
	last  int64

	mu        sync.Mutex
	followers map[*follower]struct{}
	came      int // followers so far
}

// customersMost is how many streams of customers one code has at most: phones of
// a family, tabs left open. Nobody signs in for them, so that one link must not
// take all connections there are.
const customersMost = 20

// follower is one open stream.
type follower struct {
	code     string // of this code alone; "" for a list
	lang     views.Lang
	staff    string // whose stream it is; "" for a customer's
	scope    string // staff id whose codes may be seen; "" for everybody's
	from, to string // ids of the oldest and newest row on the page; "" for no rows

	news    chan *news    // of a list; what many are told is there once
	changed chan struct{} // of one code; changes merge
	recheck chan struct{} // whether staff may still be here
	gone    chan struct{} // closed when it was too slow, or one too many
	once    sync.Once
	number  int // in the order of coming
}

// news is one message for a list, of one kind.
type news struct {
	seq    int64
	frame  []byte // ready to be written
	made   int    // codes that the list does not show
	counts *counted
	renew  bool // the page is to be loaded anew
}

// counted are counts that many lists show, drawn once for all that show them
// alike.
type counted struct {
	db.Counts
	mu     sync.Mutex
	frames map[string][]byte
}

func (c *counted) drawn(look string, draw func() ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.frames[look]
	if b != nil {
		return b, nil
	}
	b, err := draw()
	if err == nil {
		if c.frames == nil {
			c.frames = map[string][]byte{}
		}
		c.frames[look] = b
	}
	return b, err
}

// newsLength is how far a list may lag behind before it is dropped. It comes
// back by itself and catches up.
const newsLength = 64

// askedIn is how long a page or its sums take to be made.
const askedIn = 5 * time.Millisecond

// countsEvery bounds how often the counts are read while much happens.
const countsEvery = 250 * time.Millisecond

func newHub(s *Server) *hub {
	return &hub{s: s, ready: make(chan struct{}), followers: map[*follower]struct{}{}}
}

// subscribe adds a stream. leave must be called when it ends.
func (h *hub) subscribe(f *follower) (leave func()) {
	if f.code == "" {
		f.news = make(chan *news, newsLength)
	}
	f.changed = make(chan struct{}, 1)
	f.recheck = make(chan struct{}, 1)
	f.gone = make(chan struct{})
	h.mu.Lock()
	h.came++
	f.number = h.came
	h.followers[f] = struct{}{}
	h.makeRoom(f)
	h.mu.Unlock()
	return func() {
		h.mu.Lock()
		delete(h.followers, f)
		h.mu.Unlock()
	}
}

// makeRoom ends the oldest stream of a code's customers when f is one too many.
// Its page, if anybody still looks at it, comes back and is told how things
// stand; refusing the newest would leave a real customer without an answer.
func (h *hub) makeRoom(f *follower) {
	if f.code == "" || f.staff != "" {
		return
	}
	var oldest *follower
	n := 0
	for other := range h.followers {
		if other.code != f.code || other.staff != "" || other.ended() {
			continue
		}
		n++
		if oldest == nil || other.number < oldest.number {
			oldest = other
		}
	}
	if n > customersMost {
		oldest.end()
	}
}

func (h *hub) snapshot() []*follower {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*follower, 0, len(h.followers))
	for f := range h.followers {
		out = append(out, f)
	}
	return out
}

// tell never waits for a follower.
func (f *follower) tell(n *news) {
	select {
	case f.news <- n:
	default:
		f.end()
	}
}

func (f *follower) end() { f.once.Do(func() { close(f.gone) }) }

func (f *follower) ended() bool {
	select {
	case <-f.gone:
		return true
	default:
		return false
	}
}

func nudge(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// run follows the log until ctx ends.
func (h *hub) run(ctx context.Context) {
	wake, cancel := h.s.Store.Subscribe()
	defer cancel()
	pause := time.NewTimer(0) // also the next try after a failed reading
	defer pause.Stop()
	started := false
	dirty := map[string]bool{} // scopes whose counts changed
	var counted time.Time
	day := h.s.today()
	midnight := time.NewTimer(0)
	defer midnight.Stop()
	for {
		midnight.Reset(h.s.tomorrow().Sub(h.s.Now()))
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-pause.C:
		case <-midnight.C:
		}
		if !started {
			last, err := h.s.Store.LastSeq(ctx)
			if err != nil {
				h.failed(ctx, err)
				pause.Reset(time.Second)
				continue
			}
			h.last, started = last, true
			close(h.ready)
		}
		if err := h.follow(ctx, dirty); err != nil {
			h.failed(ctx, err)
			pause.Reset(time.Second)
			continue
		}
		if today := h.s.today(); !today.Equal(day) {
			day = today
			h.turn(dirty)
		}
		if len(dirty) == 0 {
			continue
		}
		if wait := countsEvery - time.Since(counted); wait > 0 {
			pause.Reset(wait)
			continue
		}
		counted = time.Now()
		if err := h.count(ctx, dirty); err != nil {
			h.failed(ctx, err)
			pause.Reset(time.Second)
		}
	}
}

// turn has pages drawn anew for another day: what was paid today was paid
// yesterday, and a time without a day is one of today.
func (h *hub) turn(dirty map[string]bool) {
	for _, f := range h.snapshot() {
		switch {
		case f.code == "":
			f.tell(&news{seq: h.last, renew: true})
			dirty[f.scope] = true
		case f.staff != "": // a customer is told the day of everything
			nudge(f.changed)
		}
	}
}

// spread is over how long open pages ask for what all of them need anew, so
// that none of them waits for the others.
func (h *hub) spread() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Duration(1+len(h.followers)) * askedIn
}

func (h *hub) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		h.s.Log.Error("the log cannot be followed, trying again", slog.Any("error", err))
	}
}

// follow reads what is new and passes it on.
func (h *hub) follow(ctx context.Context, dirty map[string]bool) error {
	const batch = 500
	for {
		events, err := h.s.Store.EventsAfter(ctx, h.last, batch)
		if err != nil {
			return err
		}
		if len(events) > 0 {
			if err := h.pass(ctx, events, dirty); err != nil {
				return err
			}
			h.last = events[len(events)-1].Seq
		}
		if len(events) < batch {
			return nil
		}
	}
}

// A piece is one thing that lists are told of an event.
type piece struct {
	payments.Event
	row bool // the code's row; else of what the event is
}

// piecesOf are what a batch tells lists, in the order of the log: a page comes
// back with the number it was told last, and hears no payment of a lower one. A
// code's row is told at its last event, before what else that has to tell:
// nothing that comes after the row can fail.
func piecesOf(events []payments.Event) []piece {
	last := map[string]int64{}
	for _, e := range events {
		last[e.CodeID] = e.Seq
	}
	var pieces []piece
	for _, e := range events {
		if e.CodeID == "" {
			continue
		}
		if last[e.CodeID] == e.Seq {
			pieces = append(pieces, piece{e, true})
		}
		if e.Kind == payments.EventCreated || e.Kind == payments.EventPaid {
			pieces = append(pieces, piece{e, false})
		}
	}
	return pieces
}

func (h *hub) pass(ctx context.Context, events []payments.Event, dirty map[string]bool) error {
	followers := h.snapshot()
	if len(followers) == 0 {
		return nil
	}
	spoken := map[string]bool{} // ids of codes
	for _, e := range events {
		if e.CodeID == "" {
			h.staffChanged(followers, e)
			h.puzzled(followers, e, dirty)
			continue
		}
		spoken[e.CodeID] = true
	}
	var lists []*follower
	for _, f := range followers {
		switch {
		case f.code == "":
			lists = append(lists, f)
		case spoken[f.code]:
			nudge(f.changed)
		}
	}
	if len(lists) == 0 || len(spoken) == 0 {
		return nil
	}
	names, err := h.s.names(ctx)
	if err != nil {
		return err
	}
	codes := make(map[string]payments.Code, len(spoken))
	for _, p := range piecesOf(events) {
		h.last = p.Seq - 1 // a batch that fails goes on here: nothing is told twice
		c, read := codes[p.CodeID]
		if !read {
			if c, err = h.s.Store.Code(ctx, p.CodeID); err != nil {
				return err
			}
			codes[p.CodeID] = c
		}
		if c.Environment != h.s.Service.Environment {
			continue
		}
		if err := h.tell(ctx, lists, c, p, names, dirty); err != nil {
			return err
		}
	}
	return nil
}

// tell tells one piece to the lists that may see its code.
func (h *hub) tell(ctx context.Context, lists []*follower, c payments.Code, p piece, names map[string]string, dirty map[string]bool) (err error) {
	type variant struct {
		lang views.Lang
		own  bool
	}
	told := map[variant]*news{} // once for all who are told alike
	for _, f := range lists {
		if f.scope != "" && f.scope != c.CreatedBy {
			continue
		}
		look := variant{lang: f.lang}
		if p.row {
			dirty[f.scope] = true
			if c.ID < f.from || c.ID > f.to {
				continue
			}
			look.own = f.staff == c.CreatedBy
		}
		if told[look] == nil {
			switch {
			case p.row:
				told[look], err = h.row(ctx, c, look.lang, look.own, p.Seq, names)
			case p.Kind == payments.EventPaid:
				told[look], err = heardNews(f.lang, p.Event)
			default:
				told[look] = &news{seq: p.Seq, made: 1}
			}
			if err != nil {
				return err
			}
		}
		f.tell(told[look])
	}
	return nil
}

func (h *hub) row(ctx context.Context, c payments.Code, lang views.Lang, own bool, seq int64, names map[string]string) (*news, error) {
	by := ""
	if !own {
		by = names[c.CreatedBy]
	}
	b, err := h.s.rowFrame(ctx, lang, c, by, seq)
	return &news{seq: seq, frame: b}, err
}

// staffChanged has the streams of whoever an event is about look again at
// whether they may go on.
func (h *hub) staffChanged(followers []*follower, e payments.Event) {
	switch e.Kind {
	case db.EventStaffChanged, db.EventSignedOut, db.EventSessionsEnded, db.EventPINSet, db.EventPINRemoved, db.EventTillRemoved:
	default:
		return
	}
	for _, f := range followers {
		if f.staff != "" && (e.Detail["staff"] == "" || e.Detail["staff"] == f.staff) {
			nudge(f.recheck)
		}
	}
}

// puzzled has the counts read again of those who see what belongs to no code.
func (h *hub) puzzled(followers []*follower, e payments.Event, dirty map[string]bool) {
	if e.Kind != payments.EventAttention && e.Kind != payments.EventAttentionDone {
		return
	}
	for _, f := range followers {
		if f.code == "" && f.scope == "" {
			dirty[""] = true
		}
	}
}

// count tells the lists the counts of their scope.
func (h *hub) count(ctx context.Context, dirty map[string]bool) error {
	followers := h.snapshot()
	for scope := range dirty {
		counts, err := h.s.Store.Counts(ctx, scope, h.s.Service.Environment, h.s.today())
		if err != nil {
			return err
		}
		delete(dirty, scope)
		shared := &news{seq: h.last, counts: &counted{Counts: counts}}
		for _, f := range followers {
			if f.code == "" && f.scope == scope {
				f.tell(shared)
			}
		}
	}
	return nil
}

// rowFrame is the message that replaces a code's row.
func (s *Server) rowFrame(ctx context.Context, lang views.Lang, c payments.Code, by string, seq int64) ([]byte, error) {
	refunds, err := s.refundsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	open, err := s.openOn(ctx, c)
	if err != nil {
		return nil, err
	}
	unsettled, err := s.unsettledOf(ctx, c)
	if err != nil {
		return nil, err
	}
	row := rowOf(s.calendar(lang), c, open[c.ID], unsettled[c.ID], refunds[c.ID], by)
	return frame(ctx, seq, views.EventCode(c.ID), views.Row(row))
}

// frame is one message of a stream that carries a part of a page.
func frame(ctx context.Context, seq int64, event string, part templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := part.Render(ctx, &b); err != nil {
		return nil, err
	}
	return message(seq, event, b.Bytes()), nil
}

// message writes one server-sent event: each line of data has its own prefix,
// or a line break in a name would end the message (HTML standard, section
// 9.2.6).
func message(seq int64, event string, data []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(data) + 64)
	b.WriteString("id: " + strconv.FormatInt(seq, 10) + "\nevent: " + event + "\n")
	data = bytes.ReplaceAll(data, []byte("\r"), nil)
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
