package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// What a session holds.
const (
	sessionStaff = "staff" // who is signed in
	sessionProof = "proof" // of the password they signed in with
	sessionLogin = "login" // the row that lists where they are signed in
	sessionFlash = "flash" // kind of a sentence to be said once …
	sessionSaid  = "said"  // … and the sentence …
	sessionLead  = "lead"  // … and where its link leads, if it has one …
	sessionLink  = "link"  // … and the words of the link
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
	v.member, v.login, err = s.signedIn(ctx)
	if err != nil {
		return err
	}
	if v.member != nil {
		s.seen(v, &v.login)
	}
	if v.member != nil && v.session {
		return s.remember(v)
	}
	return nil
}

// seenEvery is how exactly it is known when somebody was here last.
const seenEvery = 5 * time.Minute

// signedIn is the member whom the session in ctx belongs to and where they
// signed in, nil when there is none, or not any more.
func (s *Server) signedIn(ctx context.Context) (*payments.Staff, db.Login, error) {
	id := s.sessions.GetString(ctx, sessionStaff)
	if id == "" {
		return nil, db.Login{}, nil
	}
	login, err := s.Store.Login(ctx, s.sessions.GetString(ctx, sessionLogin))
	var m payments.Staff
	if err == nil {
		m, err = s.Store.Staff(ctx, id)
	}
	switch {
	case errors.Is(err, payments.ErrNotFound):
		return nil, db.Login{}, nil
	case err != nil:
		return nil, db.Login{}, err
	case !login.ExpiresAt.After(s.Now()): // after a while without a person
		return nil, db.Login{}, nil
	case login.TillID != "" && login.Till == "":
		return nil, db.Login{}, nil
	case m.Disabled || login.StaffID != id || s.sessions.GetString(ctx, sessionProof) != proof(m):
		return nil, db.Login{}, nil
	}
	return &m, login, nil
}

// proof changes with the password, and tells nothing of it.
func proof(m payments.Staff) string {
	sum := sha256.Sum256([]byte(m.PasswordHash))
	return hex.EncodeToString(sum[:8])
}

// enter signs a member in, under a new token so that one planted before is
// worth nothing. Whoever was signed in here before no longer is. At a till the
// session is the till's, however they came.
func (s *Server) enter(v *visit, m payments.Staff) error { return s.enterBy(v, m, "") }

// enterBy does so by the PIN of this hash.
func (s *Server) enterBy(v *visit, m payments.Staff, pin string) error {
	till, err := s.tillHere(v)
	if err != nil {
		return err
	}
	if v.login.ID != "" {
		if err := s.Store.DropLogin(v.ctx(), v.login.ID); err != nil {
			return err
		}
	}
	now := s.Now().UTC()
	login := db.Login{
		ID: s.Service.NewID(), StaffID: m.ID, Device: device(v), Address: v.RealIP(),
		MadeAt: now, SeenAt: now, ExpiresAt: now.Add(sessionIdle), PIN: pin,
	}
	if till != nil {
		lock, err := s.lockAfter(v.ctx())
		if err != nil {
			return err
		}
		login.TillID, login.Till, login.ExpiresAt = till.ID, till.Name, now.Add(lock)
	}
	if err := s.Store.AddLogin(v.ctx(), login); err != nil {
		return err
	}
	if err := s.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	s.sessions.Put(v.ctx(), sessionStaff, m.ID)
	s.sessions.Put(v.ctx(), sessionProof, proof(m))
	s.sessions.Put(v.ctx(), sessionLogin, login.ID)
	v.member, v.login = &m, login
	return nil
}

// say leaves a sentence for the next page.
func (s *Server) say(v *visit, kind string, t text) {
	s.sessions.Put(v.ctx(), sessionFlash, kind)
	s.sessions.Put(v.ctx(), sessionSaid, t.in(v.lang))
}

// sayOn leaves a sentence with a link after it.
func (s *Server) sayOn(v *visit, kind string, t text, href string, link text) {
	s.say(v, kind, t)
	s.sessions.Put(v.ctx(), sessionLead, href)
	s.sessions.Put(v.ctx(), sessionLink, link.in(v.lang))
}

// said takes that sentence.
func (s *Server) said(v *visit) *views.Flash {
	if !v.session || !s.sessions.Exists(v.ctx(), sessionFlash) {
		return nil
	}
	take := func(key string) string { return s.sessions.PopString(v.ctx(), key) }
	return &views.Flash{Kind: take(sessionFlash), Text: take(sessionSaid), Href: take(sessionLead), Link: take(sessionLink)}
}
