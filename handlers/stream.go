package handlers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

const (
	// tickEvery is how often a stream says that it is alive; pages give it up
	// after three missed ticks.
	tickEvery = 15 * time.Second
	// writeWithin is how long a client may take for one message.
	writeWithin = 10 * time.Second
	// caughtUp is how many rows at most a page is brought up to date by when it
	// comes back; it shows pageLength of them. One that missed more is loaded
	// anew, which is less to carry.
	caughtUp = 100
)

// streamURL is the address of a list's stream: where the page stands in the
// log, on which day, and which rows it shows.
func streamURL(lang views.Lang, page string, seq int64, day time.Time, codes []payments.Code, l *list, c db.Counts) string {
	at := strconv.FormatInt(seq, 10)
	q := url.Values{"page": {page}, "after": {at}, "day": {day.Format(time.DateOnly)}, "lang": {lang.Code()}}
	if len(codes) > 0 { // not the last and the first: lists of paid codes go by the payment
		byID := func(a, b payments.Code) int { return strings.Compare(a.ID, b.ID) }
		q.Set("from", slices.MinFunc(codes, byID).ID)
		q.Set("to", slices.MaxFunc(codes, byID).ID)
	}
	if l != nil {
		q.Set("tab", l.word)
		if l.query != "" {
			q.Set("q", l.query)
		}
		if !l.narrow.none() { // under one name: from and to are the rows' here
			q.Set("narrow", l.narrow.values().Encode())
		}
		if l.announces() {
			q.Set("since", at)
		}
		if l.changes() {
			q.Set("shown", strconv.Itoa(l.shows(c)))
		}
	}
	return "/events?" + q.Encode()
}

func codeStreamURL(lang views.Lang, seq int64, id string) string {
	q := url.Values{"page": {"code"}, "after": {strconv.FormatInt(seq, 10)}, "lang": {lang.Code()}, "code": {id}}
	return "/events?" + q.Encode()
}

// A stream outlives the request that asked for it: it takes the connection over
// from the server, whose buffers, headers and goroutines would cost each open
// page several times what its stream needs. With HTTP/2 a connection is that of
// all pages of a browser, so the stream keeps its request. What the stream is
// about to say is subscribed to before follow reads anything: nothing falls
// between.
func (s *Server) stream(v *visit, f *follower, follow func(*visit, *wire) error) error {
	select {
	case <-s.hub.ready:
	case <-v.ctx().Done():
		return v.ctx().Err()
	case <-s.ending.Done():
		return context.Canceled
	}
	h := v.Response().Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx holds a stream back otherwise
	if v.Request().ProtoMajor > 1 {
		v.Response().WriteHeader(http.StatusOK)
		flow, end := s.flow(v, f, shared{v.Response().Writer, http.NewResponseController(v.Response().Writer)}, []byte(retry), follow)
		context.AfterFunc(v.Request().Context(), end)
		v.afterwards = flow
		return nil
	}
	h.Set("Connection", "close") // its end is that of the connection
	h.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	head := bytes.NewBufferString("HTTP/1.1 200 OK\r\n")
	if err := h.Write(head); err != nil {
		return err
	}
	head.WriteString("\r\n" + retry)
	conn, _, err := http.NewResponseController(v.Response().Writer).Hijack()
	if err != nil {
		return fmt.Errorf("take the connection over: %w", err)
	}
	v.Response().Status, v.Response().Committed = http.StatusOK, true
	flow, end := s.flow(v, f, conn, head.Bytes(), follow)
	go func() { // a page that leaves says so by ending its side
		defer end()
		_, _ = conn.Read(make([]byte, 1))
	}()
	go func() {
		defer conn.Close()
		flow()
	}()
	return nil
}

// flow subscribes at once, and answers what runs the stream and what ends it.
func (s *Server) flow(v *visit, f *follower, to writer, head []byte, follow func(*visit, *wire) error) (run, end func()) {
	life, end := context.WithCancel(s.ending)
	open, w, leave := v.outlive(life), &wire{to: to, within: s.within}, s.hub.subscribe(f)
	return func() {
		defer end()
		defer leave()
		began := s.Now()
		err := func() (err error) {
			defer caught(&err) // a panic ends this one stream
			if err := w.write(head); err != nil {
				return err
			}
			return follow(open, w)
		}()
		attrs := []slog.Attr{
			slog.String("request_id", open.id), slog.String("route", open.route.path),
			slog.Int64("bytes", w.written), slog.Duration("took", s.Now().Sub(began)),
		}
		if err != nil && life.Err() == nil {
			attrs = append(attrs, slog.String("error", err.Error()))
		}
		s.Log.LogAttrs(context.Background(), slog.LevelInfo, "stream ended", attrs...)
	}, end
}

// retry is how long a browser waits before it opens a stream again, unless the
// page's script is there first.
const retry = "retry: 2000\n\n"

// writer is where a stream goes to: a connection, or a part of one.
type writer interface {
	io.Writer
	SetWriteDeadline(time.Time) error
}

// shared is a stream's part of a connection that others use too.
type shared struct {
	http.ResponseWriter
	*http.ResponseController
}

func (s shared) Write(b []byte) (int, error) {
	n, err := s.ResponseWriter.Write(b)
	if err == nil {
		err = s.Flush()
	}
	if err == nil {
		err = s.SetWriteDeadline(time.Time{}) // or it ends the stream though nothing waits
	}
	return n, err
}

// wire writes a stream's messages, each with its own deadline.
type wire struct {
	to      writer
	within  time.Duration
	written int64
}

func (w *wire) write(b []byte) error {
	if err := w.to.SetWriteDeadline(time.Now().Add(w.within)); err != nil {
		return err
	}
	n, err := w.to.Write(b)
	w.written += int64(n)
	return err
}

// events is the staff's stream: of the counter, of a list, or of one code.
func (s *Server) events(v *visit) error {
	q := v.QueryParams()
	after := max(number(q.Get("after")), number(v.Request().Header.Get("Last-Event-ID")))
	switch q.Get("page") {
	case "code":
		id, err := plain(q.Get("code"))
		if err != nil {
			return err
		}
		c, err := s.visible(v, id)
		if err != nil {
			return err
		}
		return s.followCode(v, c.ID)
	case "counter", "transactions":
		return s.followList(v, q, after)
	case "": // no page of ours: whoever follows wants every row
		q.Set("from", "0")
		q.Set("to", db.BehindIDs)
		return s.followList(v, q, after)
	}
	return payments.ErrNotFound
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// A listStream is the stream of a list as its page asked for it.
type listStream struct {
	*follower
	page      string
	list      list
	after     int64  // where the page stands in the log
	day       string // on which it was drawn, 2026-11-20; "" when it does not say
	announces bool   // it says how many codes are new since
	since     int64
	look      string // alike for all whose counts are drawn alike
	made      int    // codes that the page does not show
	shown     int    // of what its tab counts; -1 when it is no matter
	last      int64  // number it was told last
}

// followList streams rows, counts and how many codes are new.
func (s *Server) followList(v *visit, q url.Values, after int64) error {
	f := &follower{lang: v.lang, staff: v.member.ID, scope: v.viewer().Scope(), from: q.Get("from"), to: q.Get("to")}
	if f.from == "" {
		f.from = db.BehindIDs // behind every id: the page shows no rows
	}
	l := &listStream{
		follower: f, page: q.Get("page"), list: readList(q), after: after, day: q.Get("day"),
		announces: q.Get("since") != "", since: number(q.Get("since")), shown: -1,
	}
	if q.Get("shown") != "" {
		l.shown = int(number(q.Get("shown")))
	}
	narrowed, _ := url.ParseQuery(q.Get("narrow")) // what cannot be read is left out
	l.list.narrow = readNarrow(narrowed)
	// What is left of the address says what the counts are drawn from.
	for _, own := range []string{"after", "since", "shown", "day", "from", "to"} {
		q.Del(own)
	}
	q.Set("lang", v.lang.Code())
	l.look = q.Encode()
	return s.stream(v, f, func(v *visit, w *wire) error {
		start, err := s.catchUp(v, w, l)
		if err != nil {
			return err
		}
		return s.goOn(v, w, l, start)
	})
}

// catchUp tells a list what it missed, and answers how far that reaches. Until
// all of its rows are told it stands where it stood: one that is cut off in
// between is told the rest when it comes back.
func (s *Server) catchUp(v *visit, w *wire, l *listStream) (start int64, err error) {
	if start, err = s.Store.LastSeq(v.ctx()); err != nil {
		return 0, err
	}
	l.last = start
	stood := min(l.after, start)
	if l.announces {
		if l.made, err = s.Store.CreatedSince(v.ctx(), l.scope, s.Service.Environment, l.since, start); err != nil {
			return 0, err
		}
	}
	codes, err := s.Store.ChangedSince(v.ctx(), l.scope, s.Service.Environment, stood, l.from, l.to, caughtUp)
	if err != nil {
		return 0, err
	}
	if len(codes) == caughtUp || l.day != "" && l.day < s.today().Format(time.DateOnly) {
		codes = nil
		if err := w.write(message(stood, views.EventRenew, nil)); err != nil {
			return 0, err
		}
	}
	rows, err := s.rows(v, codes)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		b, err := frame(v.ctx(), stood, views.EventCode(row.ID), views.Row(row))
		if err != nil {
			return 0, err
		}
		if err := w.write(b); err != nil {
			return 0, err
		}
	}
	missed, last, err := s.Store.PaidSince(v.ctx(), l.scope, s.Service.Environment, stood, start)
	if err != nil {
		return 0, err
	}
	if missed > 0 {
		if err := w.write(message(start, views.EventMissed, fmt.Appendf(nil, `{"count":%d,"seq":%d}`, missed, last))); err != nil {
			return 0, err
		}
	}
	counts, err := s.counts(v)
	if err != nil {
		return 0, err
	}
	if err := s.tell(v, w, l, &news{seq: start, counts: &counted{Counts: counts}}); err != nil {
		return 0, err
	}
	if l.made == 0 {
		return start, nil
	}
	return start, w.write(message(start, views.EventFresh, []byte(strconv.Itoa(l.made))))
}

// tell writes a piece of news as the list needs it.
func (s *Server) tell(v *visit, w *wire, l *listStream, n *news) error {
	switch {
	case n.frame != nil:
		return w.write(n.frame)
	case n.renew:
		return w.write(message(l.last, views.EventRenew, strconv.AppendInt(nil, s.hub.spread().Milliseconds(), 10)))
	case n.counts != nil:
		seq := max(n.seq, l.last) // read before what the catch-up told
		b, err := n.counts.drawn(strconv.FormatInt(seq, 10)+l.look, func() ([]byte, error) {
			if l.page == "counter" {
				return frame(v.ctx(), seq, views.EventToday, views.TodayPanel(v.lang, s.day(n.counts.Counts), true))
			}
			return frame(v.ctx(), seq, views.EventTabs, views.TabBar(v.lang, l.list.bar(n.counts.Counts), true))
		})
		if err != nil {
			return err
		}
		if l.shown >= 0 && l.shown != l.list.shows(n.counts.Counts) {
			l.shown = -1 // said once
			b = append(slices.Clip(b), message(seq, views.EventFresh, []byte("changed"))...)
		}
		return w.write(b)
	case l.announces && n.made > 0:
		l.made += n.made
		return w.write(message(n.seq, views.EventFresh, []byte(strconv.Itoa(l.made))))
	}
	return nil
}

// goOn passes on what happens after start until the stream ends.
func (s *Server) goOn(v *visit, w *wire, l *listStream, start int64) error {
	tick := time.NewTicker(s.tick)
	defer tick.Stop()
	for {
		select {
		case <-v.ctx().Done():
			return nil
		case <-l.gone:
			return nil
		case n := <-l.news:
			if n.seq <= start && n.counts == nil && !n.renew {
				continue // told by the catch-up
			}
			if err := s.tell(v, w, l, n); err != nil {
				return err
			}
			l.last = max(l.last, n.seq)
		case <-l.recheck:
			if !s.still(v) {
				return nil
			}
		case <-tick.C:
			if !s.still(v) {
				return nil
			}
			if err := w.write(message(l.last, views.EventTick, nil)); err != nil {
				return err
			}
		}
	}
}

// still says whether whoever opened the stream is signed in with the same
// role. When that cannot be read, the stream goes on.
func (s *Server) still(v *visit) bool {
	ctx, cancel := context.WithTimeout(v.ctx(), writeWithin)
	defer cancel()
	ctx, err := s.sessions.Load(ctx, v.token)
	if err != nil {
		return true
	}
	m, _, err := s.signedIn(ctx)
	return err != nil || m != nil && m.ID == v.member.ID && m.Role == v.member.Role
}

// followCode streams one code's panel.
func (s *Server) followCode(v *visit, id string) error {
	f := &follower{code: id, lang: v.lang, staff: v.member.ID}
	return s.followOne(v, f, func(v *visit, c payments.Code, seq int64) ([]byte, error) {
		panel, err := s.panel(v, c)
		if err != nil {
			return nil, err
		}
		return frame(v.ctx(), seq, views.EventPanel, views.CodePanel(panel, true))
	})
}

// payEvents is the customer's stream.
func (s *Server) payEvents(v *visit) error {
	c, err := s.byToken(v)
	if err != nil {
		return err
	}
	f := &follower{code: c.ID, lang: v.lang}
	return s.followOne(v, f, func(v *visit, c payments.Code, seq int64) ([]byte, error) {
		state, err := s.payState(v, c)
		if err != nil {
			return nil, err
		}
		return frame(v.ctx(), seq, views.EventState, views.PayState(state))
	})
}

// followOne streams how one code stands, first of all as it stands now.
func (s *Server) followOne(v *visit, f *follower, show func(*visit, payments.Code, int64) ([]byte, error)) error {
	return s.stream(v, f, func(v *visit, w *wire) error {
		var last int64
		moves := false // what is shown changes with the clock alone
		now := func() (err error) {
			if last, err = s.Store.LastSeq(v.ctx()); err != nil {
				return err
			}
			c, err := s.Store.Code(v.ctx(), f.code)
			if err != nil {
				return err
			}
			moves = s.atTill(c) || f.staff != "" && c.Status == payments.Unknown
			b, err := show(v, c, last)
			if err != nil {
				return err
			}
			return w.write(b)
		}
		if err := now(); err != nil {
			return err
		}
		tick := time.NewTicker(s.tick)
		defer tick.Stop()
		for {
			select {
			case <-v.ctx().Done():
				return nil
			case <-f.gone:
				return nil
			case <-f.changed:
				if err := now(); err != nil {
					return err
				}
			case <-f.recheck:
				if f.staff != "" && !s.still(v) {
					return nil
				}
			case <-tick.C:
				if f.staff != "" && !s.still(v) {
					return nil
				}
				tell := func() error { return w.write(message(last, views.EventTick, nil)) }
				if moves {
					tell = now
				}
				if err := tell(); err != nil {
					return err
				}
			}
		}
	})
}
