// Package handlers turns requests into calls of the service and its answers
// into pages. It is the only room that knows Echo.
package handlers

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// Server is the app's web side. All fields must be set before Handler is
// called, except those that say otherwise.
type Server struct {
	Store   *db.DB
	Service *payments.Service
	Log     *slog.Logger
	Now     func() time.Time // time.Now when nil

	// PublicURL is the app's address as customers and DOKU see it. https turns
	// on __Host- cookies and HSTS.
	PublicURL *url.URL
	// Zone is the shop's.
	Zone *time.Location
	// TrustedProxies are those whose X-Forwarded-For is believed. May be empty.
	TrustedProxies []netip.Prefix
	// NotificationPath and InquiryPath are where DOKU calls.
	NotificationPath, InquiryPath string
	// Key is KODEBAYAR_KEY, 32 bytes; the keys of form ids and of the set-up
	// link are derived from it.
	Key []byte

	// Certificate is the name under which this program keeps the certificate of
	// PublicURL; empty when a proxy in front does.
	Certificate string

	// Shelf keeps the app's own backups.
	Shelf *db.Shelf
	// Observe is told of each request once it is answered: method and route's
	// pattern, status, and how long it took. May be nil.
	Observe func(method, route string, status int, took time.Duration)
	// Version is what diagnostics name. May be empty.
	Version string
	// Language is for whoever has chosen none; Indonesian when empty.
	Language views.Lang
	// Fixed are settings that the environment decides, each with the variable
	// that does. May be empty.
	Fixed map[string]string
	// DOKUAddress is DOKU's in an environment.
	DOKUAddress func(payments.Environment) string
	// Rehearse sells a code and pays it in a shop that is thrown away.
	Rehearse func(context.Context) error
	// Rewire is called after a change of what the app is wired with: zone,
	// language, and the connection to DOKU. May be nil.
	Rewire func()

	sessions  *scs.SessionManager
	origins   *http.CrossOriginProtection
	formIDs   formIDs
	throttle  *throttle
	failures  failures
	exports   exports
	hub       *hub
	transport string       // Strict-Transport-Security, where it is https
	drawing   sync.Mutex   // held while a picture is drawn
	hasOwner  atomic.Bool  // once true, true for ever
	callbacks atomic.Int64 // being answered
	once      sync.Once
	handler   http.Handler
	tick      time.Duration // of streams; tickEvery
	within    time.Duration // a stream's message has to arrive; writeWithin
	ending    context.Context
	end       context.CancelFunc
}

// sessionLifetime is how long somebody stays signed in without doing it again,
// sessionIdle how long on a device of their own that nobody uses: not so short
// that a counter loses its form at night, nor that a shop is closed on Sunday.
const (
	sessionLifetime = 14 * 24 * time.Hour
	sessionIdle     = 3 * 24 * time.Hour
)

// Handler answers the app's requests. It starts the goroutine that follows the
// log; Shutdown ends it. It panics when the table of routes is not sound,
// which is a mistake in this program or in the two callback paths.
func (s *Server) Handler() http.Handler {
	s.once.Do(s.build)
	return s.handler
}

// Shutdown ends every open stream, so that an http.Server can stop without
// waiting for them: give it to http.Server.RegisterOnShutdown.
func (s *Server) Shutdown() {
	s.once.Do(s.build)
	s.end()
}

// Streams is how many are open.
func (s *Server) Streams() int {
	s.once.Do(s.build)
	return len(s.hub.snapshot())
}

// Answering says whether a callback of DOKU's is being answered just now.
func (s *Server) Answering() bool { return s.callbacks.Load() > 0 }

func (s *Server) build() {
	if s.Now == nil {
		s.Now = time.Now
	}
	s.tick, s.within = cmp.Or(s.tick, tickEvery), cmp.Or(s.within, writeWithin)
	s.ending, s.end = context.WithCancel(context.Background())

	s.sessions = scs.New()
	s.sessions.Store = &db.Sessions{DB: s.Store, Now: s.Now}
	s.sessions.Lifetime = sessionLifetime
	s.sessions.HashTokenInStore = true
	if s.https() {
		s.sessions.Cookie.Name = "__Host-session"
		s.sessions.Cookie.Secure = true
	}

	s.origins = http.NewCrossOriginProtection()
	// Behind a proxy that changes Host, an old browser without Sec-Fetch-Site
	// can only be known by the public address.
	if err := s.origins.AddTrustedOrigin(s.PublicURL.Scheme + "://" + s.PublicURL.Host); err != nil {
		panic(fmt.Sprintf("handlers: public address %s: %v", s.PublicURL, err))
	}
	s.formIDs = formIDs{key: db.Derive(s.Key, "kodebayar form ids", 32)}
	s.throttle = newThrottle(s.Now)
	s.hub = newHub(s)
	s.transport = strictTransport(s.PublicURL.Hostname())

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard) // everything is logged by Server.Log
	e.IPExtractor = addresses(s.TrustedProxies)
	table := routes(s.NotificationPath, s.InquiryPath)
	if err := sound(table); err != nil {
		panic("handlers: " + err.Error())
	}
	for i := range table {
		rt := &table[i]
		handle := func(c echo.Context) error { return s.serve(c, rt) }
		e.Add(rt.method, rt.path, handle)
		if rt.method == http.MethodGet && rt.kind != stream {
			e.Add(http.MethodHead, rt.path, handle)
		}
	}
	// What the router does not know goes the same way as a page that fails, so
	// that it looks like one.
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		_ = s.serve(c, &route{kind: page, public: true, handle: func(*Server, *visit) error { return err }})
	}
	s.handler = e
	go s.hub.run(s.ending)
}

func (s *Server) rewire() {
	if s.Rewire != nil {
		s.Rewire()
	}
}

func (s *Server) https() bool { return s.PublicURL.Scheme == "https" }

// link makes an absolute address of a path, as customers see it.
func (s *Server) link(path string) string {
	return strings.TrimSuffix(s.PublicURL.String(), "/") + path
}
