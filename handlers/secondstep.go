package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// What a session holds between the right password and the second step.
const (
	sessionHalf      = "half"       // who gave the right password …
	sessionHalfProof = "half proof" // … which it was …
	sessionHalfUntil = "half until" // … until when that counts, in ms …
	sessionHalfNext  = "half next"  // … and where they go on to
)

// secondStepFor is how long somebody has from the right password to the code.
const secondStepFor = 10 * time.Minute

// errFactorOwed is what somebody meets who has to set the second step up
// before anything else.
var errFactorOwed = errors.New("the second step is not set up")

// needsFactor says whether the member must have the second step: who may move
// much, once the money is real, or everybody, when the owner says so.
func (s *Server) needsFactor(v *visit) (bool, error) {
	if s.Service.Environment == payments.Production && v.can(bosses) {
		return true, nil
	}
	everybody, err := s.Store.Setting(v.ctx(), db.SettingSecondStep)
	return everybody == "true", err
}

// owesFactor says whether the member must set the second step up first.
func (s *Server) owesFactor(v *visit) (bool, error) {
	if needs, err := s.needsFactor(v); !needs || err != nil {
		return false, err
	}
	_, err := s.Store.Authenticator(v.ctx(), v.member.ID)
	if errors.Is(err, payments.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// admitMember signs in whoever proved to know the password: at once, or after
// the second step when they have one.
func (s *Server) admitMember(v *visit, m payments.Staff, next string) error {
	_, err := s.Store.Authenticator(v.ctx(), m.ID)
	if errors.Is(err, payments.ErrNotFound) {
		return s.come(v, m, next)
	}
	if err != nil {
		return err
	}
	if err := s.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	s.sessions.Remove(v.ctx(), sessionStaff)
	s.sessions.Put(v.ctx(), sessionHalf, m.ID)
	s.sessions.Put(v.ctx(), sessionHalfProof, proof(m))
	s.sessions.Put(v.ctx(), sessionHalfUntil, s.Now().Add(secondStepFor).UnixMilli())
	s.sessions.Put(v.ctx(), sessionHalfNext, next)
	return s.redirect(v, "/login")
}

// half is who has the second step before them, nil for nobody.
func (s *Server) half(v *visit) (*payments.Staff, error) {
	id := s.sessions.GetString(v.ctx(), sessionHalf)
	if id == "" || s.Now().UnixMilli() > s.sessions.GetInt64(v.ctx(), sessionHalfUntil) {
		return nil, nil
	}
	m, err := s.Store.Staff(v.ctx(), id)
	switch {
	case errors.Is(err, payments.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case m.Disabled || proof(m) != s.sessions.GetString(v.ctx(), sessionHalfProof):
		return nil, nil
	}
	return &m, nil
}

// secondStep takes the code of the app, or a recovery code.
func (s *Server) secondStep(v *visit, f form) error {
	m, err := s.half(v)
	if err != nil {
		return err
	}
	p := views.SecondStepPage{}
	again := func(status int) error {
		p.Page = s.page(v, "")
		p.Path = "/login"
		return s.render(v, status, views.SecondStep(p))
	}
	if m == nil {
		return s.render(v, http.StatusUnprocessableEntity, views.Login(views.LoginPage{
			Page:    s.page(v, ""),
			Problem: v.lang.T("Waktunya habis. Masuk lagi dengan email dan kata sandi.", "Time is up. Sign in again with email and password."),
		}))
	}
	typed := f.get("totp")
	if typed == "" || f.problem != (text{}) {
		p.Problem = f.problem.in(v.lang)
		p.Code.Error = v.lang.T("Isi kodenya.", "Enter the code.")
		return again(http.StatusUnprocessableEntity)
	}
	keys := []key{{"step " + m.ID + " " + network(v.RealIP()), ofBoth}, {"step " + m.ID, ofAccount}}
	if wait := s.throttle.takeAll(keys); wait > 0 {
		seconds := v.retryAfter(wait)
		p.Problem = v.lang.T("Terlalu banyak kode salah. Coba lagi "+seconds+" detik lagi.", "Too many wrong codes. Try again in "+seconds+" seconds.")
		return again(http.StatusTooManyRequests)
	}
	right, err := s.rightFactor(v, *m, typed)
	if err != nil {
		s.throttle.giveAllBack(keys)
		return err
	}
	if !right {
		s.failed(v, m.ID, wrongStep)
		p.Code.Error = v.lang.T(
			"Kodenya salah atau sudah dipakai. Tunggu kode berikutnya di aplikasi.",
			"The code is wrong or was used. Wait for the next one in the app.")
		return again(http.StatusUnprocessableEntity)
	}
	s.throttle.giveAllBack(keys)
	next := s.sessions.PopString(v.ctx(), sessionHalfNext)
	for _, key := range []string{sessionHalf, sessionHalfProof, sessionHalfUntil} {
		s.sessions.Remove(v.ctx(), key)
	}
	return s.come(v, *m, cmp.Or(next, "/"))
}
