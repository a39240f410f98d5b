package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"kodebayar/payments"
	"kodebayar/views"
)

// What a session holds.
const (
	sessionStaff = "staff" // who is signed in
	sessionProof = "proof" // of the password they signed in with
	sessionFlash = "flash" // kind of a sentence to be said once …
	sessionSaid  = "said"  // … and the sentence
)

// identify reads the session and finds out who is there. The member is read
// from the store on each request, so that disabling somebody, or giving them
// another password, ends all their sessions at once.
func (s *Server) identify(v *visit) error {
	if cookie, err := v.Request().Cookie(s.sessions.Cookie.Name); err == nil {
		v.token = cookie.Value
	}
	ctx, err := s.sessions.Load(v.ctx(), v.token)
	if err != nil {
		return err
	}
	v.SetRequest(v.Request().WithContext(ctx))
	v.session = v.route.kind == page
	v.member, err = s.signedIn(ctx)
	if err != nil {
		return err
	}
	if v.member != nil && v.session {
		return s.remember(v)
	}
	return nil
}

// signedIn is the member whom the session in ctx belongs to, nil when there is
// none, or not any more.
func (s *Server) signedIn(ctx context.Context) (*payments.Staff, error) {
	id := s.sessions.GetString(ctx, sessionStaff)
	if id == "" {
		return nil, nil
	}
	m, err := s.Store.Staff(ctx, id)
	switch {
	case errors.Is(err, payments.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case m.Disabled || s.sessions.GetString(ctx, sessionProof) != proof(m):
		return nil, nil
	}
	return &m, nil
}

// proof changes with the password, and tells nothing of it.
func proof(m payments.Staff) string {
	sum := sha256.Sum256([]byte(m.PasswordHash))
	return hex.EncodeToString(sum[:8])
}

// enter signs a member in, under a new token so that one planted before is
// worth nothing.
func (s *Server) enter(v *visit, m payments.Staff) error {
	if err := s.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	s.sessions.Put(v.ctx(), sessionStaff, m.ID)
	s.sessions.Put(v.ctx(), sessionProof, proof(m))
	v.member = &m
	return nil
}

// say leaves a sentence for the next page.
func (s *Server) say(v *visit, kind string, t text) {
	s.sessions.Put(v.ctx(), sessionFlash, kind)
	s.sessions.Put(v.ctx(), sessionSaid, t.in(v.lang))
}

// said takes that sentence.
func (s *Server) said(v *visit) *views.Flash {
	if !v.session || !s.sessions.Exists(v.ctx(), sessionFlash) {
		return nil
	}
	return &views.Flash{Kind: s.sessions.PopString(v.ctx(), sessionFlash), Text: s.sessions.PopString(v.ctx(), sessionSaid)}
}
