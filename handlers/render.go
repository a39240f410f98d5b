package handlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
)

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// render writes a page once all of it is there, so that a page that fails
// half-way never goes out half.
func (s *Server) render(v *visit, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(v.ctx(), &b); err != nil {
		return fmt.Errorf("render a page: %w", err)
	}
	h := v.Response().Header()
	h.Add("Vary", "Cookie, HX-Request")
	return s.send(v, status, "text/html; charset=utf-8", b.Bytes())
}

// text answers a machine.
func (s *Server) text(v *visit, status int, words string) error {
	return s.send(v, status, "text/plain; charset=utf-8", []byte(words+"\n"))
}

// redirect leads to a path of this app. A script is told by a header, because
// a browser would follow a 303 on its own and show the page inside the part
// that the script asked for.
func (s *Server) redirect(v *visit, to string) error {
	if v.htmx() {
		v.Response().Header().Set("HX-Redirect", to)
		return s.send(v, http.StatusOK, "text/plain; charset=utf-8", nil)
	}
	v.Response().Header().Set("Location", to)
	return s.send(v, http.StatusSeeOther, "text/plain; charset=utf-8", nil)
}

// small is the length below which compressing saves less than its own frame.
const small = 1024

// send is the one way out for everything but streams and files: it saves the
// session, if it changed, before the first byte.
func (s *Server) send(v *visit, status int, contentType string, body []byte) error {
	if err := s.save(v); err != nil {
		return err
	}
	w, h := v.Response(), v.Response().Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= small && contentType != "image/png" && strings.Contains(v.Request().Header.Get("Accept-Encoding"), "gzip") {
		body = gzipped(body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if v.Request().Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who has left cannot be told
	}
	return nil
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&b)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// save stores a changed session and sets its cookie.
func (s *Server) save(v *visit) error {
	if !v.session || v.committed {
		return nil
	}
	v.committed = true
	switch ctx := v.ctx(); s.sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.sessions.Commit(ctx)
		if err != nil {
			v.session = false // the page that says so has none to save
			return fmt.Errorf("save the session: %w", err)
		}
		s.sessions.WriteSessionCookie(ctx, v.Response(), token, expiry)
	case scs.Destroyed:
		s.sessions.WriteSessionCookie(ctx, v.Response(), "", time.Time{})
	}
	// scs adds a weaker rule for caches beside ours.
	v.Response().Header().Set("Cache-Control", "no-store")
	return nil
}
