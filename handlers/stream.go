package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

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
	// comes back; it shows pageLength of them.
	caughtUp = 500
)

// streamURL is the address of a list's stream: where the page stands in the
// log, and which rows it shows.
func streamURL(lang views.Lang, page string, seq int64, codes []payments.Code, l *list) string {
	at := strconv.FormatInt(seq, 10)
	q := url.Values{"page": {page}, "after": {at}, "lang": {lang.Code()}}
	if len(codes) > 0 {
		q.Set("from", codes[len(codes)-1].ID)
		q.Set("to", codes[0].ID)
	}
	if l != nil {
		q.Set("tab", l.word)
		if l.query != "" {
			q.Set("q", l.query)
		}
		if l.announces() {
			q.Set("since", at)
		}
	}
	return "/events?" + q.Encode()
}

func codeStreamURL(lang views.Lang, seq int64, id string) string {
	q := url.Values{"page": {"code"}, "after": {strconv.FormatInt(seq, 10)}, "lang": {lang.Code()}, "code": {id}}
	return "/events?" + q.Encode()
}

// stream begins a stream: headers first, so that the page knows it is there.
func (s *Server) stream(v *visit) (*wire, error) {
	select {
	case <-s.hub.ready:
	case <-v.ctx().Done():
		return nil, v.ctx().Err()
	case <-s.ending.Done():
		return nil, context.Canceled
	}
	h := v.Response().Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx holds a stream back otherwise
	w := &wire{rc: http.NewResponseController(v.Response().Writer), v: v}
	v.Response().WriteHeader(http.StatusOK)
	return w, w.write([]byte("retry: 2000\n\n"))
}

// wire writes a stream's messages, each with its own deadline.
type wire struct {
	rc *http.ResponseController
	v  *visit
}

func (w *wire) write(b []byte) error {
	// Not every server underneath has deadlines; without them a dead client is
	// noticed later.
	_ = w.rc.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := w.v.Response().Write(b); err != nil {
		return err
	}
	return w.rc.Flush()
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
		q.Set("to", "~")
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

// followList streams rows, counts and how many codes are new.
func (s *Server) followList(v *visit, q url.Values, after int64) error {
	f := &follower{lang: v.lang, staff: v.member.ID, scope: v.viewer().Scope(), from: q.Get("from"), to: q.Get("to")}
	if f.from == "" {
		f.from = "~" // behind every id: the page shows no rows
	}
	announces, since := q.Get("since") != "", number(q.Get("since"))
	l := readList(q)
	leave := s.hub.subscribe(f) // before the first reading: nothing falls between
	defer leave()
	w, err := s.stream(v)
	if err != nil {
		return err
	}
	last, err := s.Store.LastSeq(v.ctx())
	if err != nil {
		return err
	}
	start := last
	made := 0
	if announces {
		if made, err = s.Store.CreatedSince(v.ctx(), f.scope, s.Service.Environment, since); err != nil {
			return err
		}
	}
	codes, err := s.Store.ChangedSince(v.ctx(), f.scope, s.Service.Environment, min(after, last), f.from, f.to, caughtUp)
	if err != nil {
		return err
	}
	rows, err := s.rows(v, codes)
	if err != nil {
		return err
	}
	for _, row := range rows {
		b, err := frame(v.ctx(), last, views.EventCode(row.ID), views.Row(row))
		if err != nil {
			return err
		}
		if err := w.write(b); err != nil {
			return err
		}
	}
	counts, err := s.counts(v)
	if err != nil {
		return err
	}
	say := func(n news) error {
		var b []byte
		switch {
		case n.frame != nil:
			b = n.frame
		case n.counts != nil && q.Get("page") == "counter":
			b, err = frame(v.ctx(), n.seq, views.EventToday, views.TodayPanel(v.lang, s.day(*n.counts), true))
		case n.counts != nil:
			b, err = frame(v.ctx(), n.seq, views.EventTabs, views.TabBar(v.lang, l.bar(*n.counts), true))
		case announces && n.made > 0:
			made += n.made
			b = message(n.seq, views.EventFresh, []byte(strconv.Itoa(made)))
		}
		if err != nil || b == nil {
			return err
		}
		return w.write(b)
	}
	if err := say(news{seq: last, counts: &counts}); err != nil {
		return err
	}
	if made > 0 {
		if err := w.write(message(last, views.EventFresh, []byte(strconv.Itoa(made)))); err != nil {
			return err
		}
	}

	tick := time.NewTicker(s.tick)
	defer tick.Stop()
	for {
		select {
		case <-v.ctx().Done():
			return nil
		case <-s.ending.Done():
			return nil
		case <-f.gone:
			return nil
		case n := <-f.news:
			// Not last: news of one batch comes code by code, not number by number.
			if n.seq <= start && n.counts == nil {
				continue // told by the catch-up
			}
			last = max(last, n.seq)
			if err := say(n); err != nil {
				return err
			}
		case <-f.recheck:
			if !s.still(v) {
				return nil
			}
		case <-tick.C:
			if !s.still(v) {
				return nil
			}
			if err := w.write(message(last, views.EventTick, nil)); err != nil {
				return err
			}
		}
	}
}

// still says whether whoever opened the stream is signed in with the same
// role. When that cannot be read, the stream goes on.
func (s *Server) still(v *visit) bool {
	cookie, err := v.Request().Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return false
	}
	// Not the request's own context, which holds the session as it was.
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	ctx, err = s.sessions.Load(ctx, cookie.Value)
	if err != nil {
		return true
	}
	m, err := s.signedIn(ctx)
	return err != nil || m != nil && m.ID == v.member.ID && m.Role == v.member.Role
}

// followCode streams one code's panel.
func (s *Server) followCode(v *visit, id string) error {
	f := &follower{code: id, lang: v.lang, staff: v.member.ID}
	return s.followOne(v, f, func(c payments.Code, seq int64) ([]byte, error) {
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
	return s.followOne(v, f, func(c payments.Code, seq int64) ([]byte, error) {
		state, err := s.payState(v, c)
		if err != nil {
			return nil, err
		}
		return frame(v.ctx(), seq, views.EventState, views.PayState(state))
	})
}

// followOne streams how one code stands, first of all as it stands now.
func (s *Server) followOne(v *visit, f *follower, show func(payments.Code, int64) ([]byte, error)) error {
	leave := s.hub.subscribe(f)
	defer leave()
	w, err := s.stream(v)
	if err != nil {
		return err
	}
	var last int64
	moves := false // what is shown changes with the clock alone
	now := func() error {
		if last, err = s.Store.LastSeq(v.ctx()); err != nil {
			return err
		}
		c, err := s.Store.Code(v.ctx(), f.code)
		if err != nil {
			return err
		}
		moves = f.staff != "" && (c.Status == payments.Unknown || s.atTill(c))
		b, err := show(c, last)
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
		case <-s.ending.Done():
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
}
