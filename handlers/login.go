package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// login shows the sign-in form, or goes on when somebody is signed in already.
func (s *Server) login(v *visit) error {
	next := localPath(v.QueryParam("next"))
	if v.member != nil {
		return s.redirect(v, cmp.Or(next, "/"))
	}
	if half, err := s.half(v); err != nil {
		return err
	} else if half != nil {
		return s.render(v, http.StatusOK, views.SecondStep(views.SecondStepPage{Page: s.page(v, "")}))
	}
	p := views.LoginPage{Page: s.page(v, ""), Next: next}
	till, err := s.tillHere(v)
	if err != nil {
		return err
	}
	switch ready, err := s.ready(v.ctx()); {
	case err != nil:
		return err
	case !ready:
		p.Notice = v.lang.T(
			"Toko ini belum disiapkan. Buka tautan sekali pakai yang dicetak program saat mulai.",
			"This shop is not set up yet. Open the one-time link that the program prints when it starts.")
	case next != "":
		p.Notice = v.lang.T("Masuk dulu untuk membuka halaman itu.", "Sign in to open that page.")
	}
	if till != nil {
		if v.QueryParam("with") != "password" {
			return s.showTiles(v, http.StatusOK, till, p)
		}
		p.Tiles = true
	}
	return s.render(v, http.StatusOK, views.Login(p))
}

// signIn checks e-mail and password, or the code of the second step.
func (s *Server) signIn(v *visit) error {
	f, err := readForm(v, "email", "password", "next", "totp")
	if err != nil {
		return err
	}
	if _, second := f.values["totp"]; second {
		return s.secondStep(v, f)
	}
	email, password, next := strings.ToLower(f.get("email")), f.values.Get("password"), localPath(f.get("next"))
	p := views.LoginPage{Next: next, Email: views.Field{Value: email}, Problem: f.problem.in(v.lang)}
	again := func(status int) error {
		p.Page = s.page(v, "")
		p.Path = "/login"
		q := url.Values{}
		if next != "" {
			q.Set("next", next)
		}
		if till, err := s.tillHere(v); err == nil && till != nil {
			p.Tiles = true
			q.Set("with", "password")
		}
		if len(q) > 0 {
			p.Path += "?" + q.Encode()
		}
		return s.render(v, status, views.Login(p))
	}
	p.Email.Error = wrongEmail(email).in(v.lang)
	if password == "" {
		p.Password.Error = v.lang.T("Isi kata sandinya.", "Enter the password.")
	}
	if p.Problem != "" || p.Email.Error != "" || p.Password.Error != "" {
		return again(http.StatusUnprocessableEntity)
	}

	member, wait, err := s.authenticate(v, email, password)
	switch {
	case err != nil:
		return err
	case wait > 0:
		seconds := v.retryAfter(wait)
		p.Problem = v.lang.T(
			"Terlalu banyak kata sandi salah. Coba lagi "+seconds+" detik lagi.",
			"Too many wrong passwords. Try again in "+seconds+" seconds.")
		return again(http.StatusTooManyRequests)
	case member == nil:
		p.Problem = v.lang.T("Email atau kata sandi salah.", "Email or password is wrong.")
		return again(http.StatusUnprocessableEntity)
	}
	s.hashAnew(v, member, password)
	return s.admitMember(v, *member, cmp.Or(next, "/"))
}

// come signs a member in, says so in the log, and leads on.
func (s *Server) come(v *visit, m payments.Staff, next string) error {
	return s.comeBy(v, m, db.EventSignedIn, "", next)
}

// comeBy does so by the PIN of this hash, or none.
func (s *Server) comeBy(v *visit, m payments.Staff, kind payments.EventKind, pin, next string) error {
	if was := s.sessions.GetString(v.ctx(), sessionStaff); was != "" && was != m.ID {
		next = "/" // what somebody else had open may be nothing of theirs
	}
	if err := s.note(v, kind, m); err != nil {
		return err
	}
	if err := s.enterBy(v, m, pin); err != nil {
		return err
	}
	if err := s.recall(v); err != nil {
		return err
	}
	return s.redirect(v, next)
}

// authenticate answers the member whose password it is, or nil, or how long to
// wait before another try.
//
// An account that was tried too often from one address, or from everywhere
// together, has to wait. An address that tried too often has not: a right
// password passes, for it may be a whole shop behind one connection, and only
// wrong ones are told to wait. An unknown account is treated like a known one.
func (s *Server) authenticate(v *visit, email, password string) (*payments.Staff, time.Duration, error) {
	from := network(v.RealIP())
	keys := []key{{"both " + email + " " + from, ofBoth}, {"account " + email, ofAccount}}
	if wait := s.throttle.takeAll(keys); wait > 0 {
		return nil, wait, nil
	}
	lane := usualLane
	wait := s.throttle.take("address "+from, ofAddress)
	if wait > 0 {
		lane = throttledLane
	}
	giveBack := func() {
		s.throttle.giveAllBack(keys)
		if wait == 0 {
			s.throttle.giveBack("address " + from)
		}
	}

	member, err := s.Store.StaffByEmail(v.ctx(), email)
	known := err == nil && !member.Disabled
	if err != nil && !errors.Is(err, payments.ErrNotFound) {
		giveBack()
		return nil, 0, err
	}
	hash := nobody
	if known {
		hash = member.PasswordHash
	}
	turn, cancel := context.WithTimeout(v.ctx(), 5*time.Second)
	defer cancel()
	right, err := rightPassword(turn, lane, password, hash)
	switch {
	case err != nil:
		giveBack()
		return nil, 0, fmt.Errorf("check a password: %w", err)
	case member.Disabled:
		s.failed(v, member.ID, wrongAccount)
		return nil, wait, nil
	case !right || !known:
		s.failed(v, member.ID, wrongSecret)
		return nil, wait, nil
	}
	giveBack()
	return &member, 0, nil
}

// hashAnew replaces a hash that was made another way than one is made today:
// only whoever types the password can. Sessions elsewhere, which have the old
// one's proof, end with it. It keeps nobody out when it fails.
func (s *Server) hashAnew(v *visit, m *payments.Staff, password string) {
	params, _, _, err := argon2id.DecodeHash(m.PasswordHash)
	if err == nil && *params == *hashing {
		return
	}
	var hash string
	if err == nil {
		usualLane <- struct{}{}
		hash, err = argon2id.CreateHash(password, hashing)
		<-usualLane
	}
	if err == nil {
		err = s.Store.Rehash(v.ctx(), m.ID, m.PasswordHash, hash)
	}
	if err != nil {
		s.Log.Error("a password could not be hashed anew", "staff", m.ID, "error", err)
		return
	}
	m.PasswordHash = hash
}

// network is what an address is throttled by: a household with IPv6 has a
// whole /64 of them.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// signOut ends the session; the token is worth nothing from here on. The log
// is told afterwards, because that is what has open streams look whether they
// may go on.
func (s *Server) signOut(v *visit) error {
	if s.sessions.Token(v.ctx()) != "" {
		if err := s.sessions.Destroy(v.ctx()); err != nil {
			return err
		}
	}
	if v.member != nil {
		if err := s.Store.DropLogin(v.ctx(), v.login.ID); err != nil {
			return err
		}
		if err := s.note(v, db.EventSignedOut, *v.member); err != nil {
			return err
		}
	}
	return s.redirect(v, "/login")
}

// note logs that somebody came or went, at which till if it was one, and what
// failed before they came.
func (s *Server) note(v *visit, kind payments.EventKind, m payments.Staff) error {
	detail := map[string]string{"staff": m.ID, "address": v.RealIP(), "device": device(v)}
	till, err := s.tillHere(v)
	if err != nil {
		return err
	}
	if till != nil {
		detail["till"] = till.Name
	}
	if kind == db.EventSignedIn || kind == db.EventPINSignedIn {
		if n := s.failures.end(m.ID, s.Now()); n > 0 {
			detail["failed"] = strconv.Itoa(n)
		}
	}
	return s.Store.Write(v.ctx(), func(tx *db.Tx) error {
		return tx.Append(payments.Event{At: s.Now().UTC(), Kind: kind, Actor: payments.StaffActor(m.ID), Detail: detail})
	})
}

// device is what a browser calls itself, no longer than is worth keeping.
func device(v *visit) string {
	name := v.Request().UserAgent()
	return strings.ToValidUTF8(name[:min(len(name), 200)], "")
}
