package handlers

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// listener reads a stream as a browser does.
type listener struct {
	t      *testing.T
	events chan event
	ended  chan struct{}
	close  context.CancelFunc
	status int
}

// event is one message of a stream.
type event struct{ id, name, data string }

// listen opens a stream and expects the status.
func (v *visitor) listen(path string, header http.Header) *listener {
	v.s.t.Helper()
	ctx, cancel := context.WithCancel(v.s.t.Context())
	l := &listener{t: v.s.t, events: make(chan event, 1000), ended: make(chan struct{}), close: cancel}
	v.s.t.Cleanup(cancel)
	res, err := v.client.Do(v.request("GET", path, nil, header).WithContext(ctx))
	if err != nil {
		v.s.t.Fatal(err)
	}
	l.status = res.StatusCode
	if l.status == http.StatusOK && !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		v.s.t.Fatalf("%s is %s", path, res.Header.Get("Content-Type"))
	}
	go func() {
		defer close(l.ended)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		var e event
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case lines.Text() == "":
				if e.name != "" {
					l.events <- e
				}
				e = event{}
			case name == "id":
				e.id = value
			case name == "event":
				e.name = value
			case name == "data":
				e.data += value + "\n"
			}
		}
	}()
	return l
}

// next waits for an event of that name, or of any for "", whose data has the
// words; others are passed over.
func (l *listener) next(name, words string) event {
	l.t.Helper()
	for end := time.After(patience); ; {
		select {
		case e := <-l.events:
			if (name == "" || e.name == name) && strings.Contains(e.data, words) {
				return e
			}
		case <-l.ended:
			l.t.Fatalf("the stream ended before %s with %q", name, words)
		case <-end:
			l.t.Fatalf("no %s with %q came", name, words)
		}
	}
}

// expectEnd waits for the stream to end by itself.
func (l *listener) expectEnd() {
	l.t.Helper()
	for end := time.After(patience); ; {
		select {
		case <-l.events:
		case <-l.ended:
			return
		case <-end:
			l.t.Fatal("the stream goes on")
		}
	}
}

// heard are the events so far.
func (l *listener) heard() []event {
	var out []event
	for {
		select {
		case e := <-l.events:
			out = append(out, e)
		default:
			return out
		}
	}
}
