package handlers

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/publicsuffix"

	"kodebayar/payments"
)

// maxBody is how much a form or a callback may bring.
const maxBody = 1 << 20

// serve takes a request through everything that holds for each of them, in
// the order it is written here, to the route's own method.
func (s *Server) serve(c echo.Context, rt *route) error {
	v := &visit{Context: c, route: rt, id: strings.ToLower(rand.Text()[:16])}
	if rt.kind == callback {
		s.callbacks.Add(1)
		defer s.callbacks.Add(-1)
	}
	began := s.Now()
	header := c.Response().Header()
	s.secure(header, rt.kind)
	header.Set("X-Request-Id", v.id)
	s.choose(v)
	if err := s.try(v); err != nil {
		s.fail(v, err)
	}
	s.log(v, s.Now().Sub(began))
	if v.afterwards != nil {
		v.afterwards()
	}
	return nil
}

// try is the part of serve that may fail or panic.
func (s *Server) try(v *visit) (err error) {
	defer caught(&err)
	r := v.Request()
	if r.Body != nil {
		r.Body = http.MaxBytesReader(v.Response().Writer, r.Body, v.route.mostBody())
	}
	if v.route.kind != callback {
		if err := s.origins.Check(r); err != nil {
			return errCrossOrigin
		}
	}
	if v.route.kind == page || v.route.kind == stream && !v.route.public {
		if err := s.identify(v); err != nil {
			return err
		}
	}
	if err := s.admit(v); err != nil {
		return err
	}
	return v.route.handle(s, v)
}

// admit consults the table of routes.
func (s *Server) admit(v *visit) error {
	if v.route.public {
		return nil
	}
	if v.member == nil {
		return errSignedOut
	}
	switch use, know := v.route.may(v.member.Role); {
	case use:
		if strings.HasPrefix(v.route.path, "/account") {
			return nil
		}
		owes, err := s.owesFactor(v)
		if owes {
			err = errFactorOwed
		}
		return err
	case know:
		return errForbidden
	}
	return payments.ErrNotFound
}

// policy is what a page may load and do. Nothing inline, nothing from
// elsewhere; data: pictures are those inside the stylesheet.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"

// permissions are what a page may ask the browser for: nothing, but on one page
// the camera.
func permissions(camera string) string {
	return "camera=" + camera + ", geolocation=(), microphone=(), payment=(), usb=()"
}

// secure sets the headers that every answer carries.
func (s *Server) secure(h http.Header, k kind) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// The staff's forms need their own Origin header, which no-referrer would
	// turn into "null": over plain HTTP it is all that tells them from forms of
	// another site. A customer's page has no form, and its address is a secret.
	h.Set("Referrer-Policy", "same-origin")
	if k == customer {
		h.Set("Referrer-Policy", "no-referrer")
	}
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions("()"))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	if s.https() {
		h.Set("Strict-Transport-Security", s.transport)
	}
}

// strictTransport is how long browsers are to know a host by https alone: a
// year, with all that is below it. At a name that was itself registered, as in
// toko.id, that would be the shop's other hosts, which are not ours to decide
// about.
func strictTransport(host string) string {
	const year = "max-age=31536000"
	registered, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || net.ParseIP(host) != nil || registered == host {
		return year
	}
	return year + "; includeSubDomains"
}

// log writes the request's one line. The address is the route's pattern: the
// real one may hold the token of a customer's page, the query that of the
// set-up link.
func (s *Server) log(v *visit, took time.Duration) {
	status, pattern := v.Response().Status, v.route.path
	if pattern == "" {
		pattern = "none"
	}
	if s.Observe != nil {
		s.Observe(v.Request().Method, pattern, status, took)
	}
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", v.id),
		slog.String("method", v.Request().Method),
		slog.String("route", pattern),
		slog.Int("status", status),
		slog.Int64("bytes", v.Response().Size),
		slog.Duration("took", took),
		slog.String("address", v.RealIP()),
	}
	if v.member != nil {
		attrs = append(attrs, slog.String("staff", v.member.ID))
	}
	if id := v.Param("id"); id != "" && status != http.StatusNotFound {
		attrs = append(attrs, slog.String("code", id))
	}
	if v.err != nil {
		attrs = append(attrs, slog.String("error", v.err.Error()))
		if status >= 500 {
			level = slog.LevelError
		}
	}
	s.Log.LogAttrs(v.ctx(), level, "request", attrs...)
}

// addresses reads a client's address: from the connection, or from what
// trusted proxies say of it.
func addresses(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		bits := p.Addr().BitLen()
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), bits)}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// localPath answers next when it is a path of this app, else "".
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return ""
	}
	return next
}

var errCrossOrigin = errors.New("posted from another site")
