package handlers

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"kodebayar/static"
)

// healthz says that the process answers.
func (s *Server) healthz(v *visit) error { return s.text(v, http.StatusOK, "ok") }

// readyz says that the database answers too.
func (s *Server) readyz(v *visit) error {
	ctx, cancel := context.WithTimeout(v.ctx(), time.Second)
	defer cancel()
	if err := s.Store.Ping(ctx); err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	return s.text(v, http.StatusOK, "ok")
}

// robots keeps customers' pages out of every index.
func (s *Server) robots(v *visit) error {
	return s.text(v, http.StatusOK, "User-agent: *\nDisallow: /")
}

// favicon is asked for by browsers that do not read the page's own link.
func (s *Server) favicon(v *visit) error {
	v.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return s.redirect(v, static.URL("mark.svg"))
}

// asset serves stylesheets, scripts and pictures. None of them is a page and
// loads anything, and a first load carries the policy ten times.
func (s *Server) asset(v *visit) error {
	v.Response().Header().Set("Content-Security-Policy", "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	static.Handler().ServeHTTP(v.Response(), v.Request())
	return nil
}

var errNotReady = &refusal{status: http.StatusServiceUnavailable, retryAfter: 5 * time.Second}
