package handlers

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// pinLength is how many digits a PIN has. Most phones ask for as many.
const pinLength = 6

// Wrong PINs are counted apart from wrong passwords: whoever plays at a till
// keeps no cashier from signing in whole.
var (
	ofPIN  = allowance{5, 2 * time.Minute} // of one cashier at one till
	ofTill = allowance{20, 30 * time.Second}
)

// wrongPIN says why a PIN is refused: those that everybody tries first.
func wrongPIN(pin string) text {
	if len(pin) != pinLength || strings.Trim(pin, "0123456789") != "" {
		return text{"PIN berisi tepat 6 angka.", "A PIN is exactly 6 digits."}
	}
	different := map[byte]bool{}
	for i := range pinLength {
		different[pin[i]] = true
	}
	switch {
	case len(different) == 1:
		return text{"Angka yang sama semua mudah ditebak.", "The same digit throughout is easily guessed."}
	case len(different) == 2:
		return text{"Hanya dua macam angka mudah ditebak.", "Two different digits are easily guessed."}
	case run(pin, 1), run(pin, 9):
		return text{"Angka yang berurutan mudah ditebak.", "Digits that count up or down are easily guessed."}
	case pin[:3] == pin[3:], pin[0] == pin[1] && pin[2] == pin[3] && pin[4] == pin[5], mirrored(pin) && (run(pin[:3], 1) || run(pin[:3], 9)):
		return text{"Pola yang berulang mudah ditebak.", "A pattern that repeats is easily guessed."}
	}
	return text{}
}

// run says that each digit follows the one before by step, 9 being one down;
// 0 follows 9.
func run(digits string, step byte) bool {
	for i := 1; i < len(digits); i++ {
		if (digits[i]-digits[i-1]+10)%10 != step {
			return false
		}
	}
	return true
}

func mirrored(pin string) bool {
	return pin[0] == pin[5] && pin[1] == pin[4] && pin[2] == pin[3]
}

// pinned is what stands for a member's PIN when it is hashed. There are only a
// million PINs, so that no hash alone would hold against whoever has the
// database or a backup: the key, which is in neither, has a part in it.
func (s *Server) pinned(staffID, pin string) string {
	mac := hmac.New(sha256.New, db.Derive(s.Key, "kodebayar PINs", 32))
	mac.Write([]byte(staffID + " " + pin))
	return hex.EncodeToString(mac.Sum(nil))
}

// setPIN gives the cashier a PIN, after the password.
func (s *Server) setPIN(v *visit) error {
	f, err := readForm(v, "pin", "pin_password")
	if err != nil {
		return err
	}
	wrong, status := mistakes{}, http.StatusUnprocessableEntity
	wrong.add("pin", wrongPIN(f.get("pin")))
	if len(wrong) == 0 && f.problem == (text{}) {
		if status, err = s.confirmed(v, f, "pin_password", wrong); err != nil {
			return err
		}
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showAccount(v, status, f, wrong, f.problem.in(v.lang))
	}
	usualLane <- struct{}{}
	hash, err := argon2id.CreateHash(s.pinned(v.member.ID, f.get("pin")), hashing)
	<-usualLane
	if err != nil {
		return err
	}
	if err := s.Store.SetPIN(v.ctx(), db.PIN{StaffID: v.member.ID, Hash: hash, MadeAt: s.Now().UTC()}, v.login.ID); err != nil {
		return err
	}
	s.say(v, "success", text{"PIN disimpan. Pakai di kasir bersama.", "The PIN is saved. Use it at a shared till."})
	return s.redirect(v, "/account")
}

// removePIN takes the cashier's own PIN, after the password.
func (s *Server) removePIN(v *visit) error {
	return s.withPassword(v, "pin_password", func() (string, error) {
		err := s.Store.DropPIN(v.ctx(), v.member.ID, v.actor(), s.Now().UTC())
		if err == nil {
			s.say(v, "success", text{"PIN dihapus.", "The PIN is removed."})
		}
		return "/account", err
	})
}

// dropPIN takes the PIN of somebody whom the visitor manages.
func (s *Server) dropPIN(v *visit) error {
	m, err := s.posted(v)
	if err != nil {
		return err
	}
	if err := s.Store.DropPIN(v.ctx(), m.ID, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	s.say(v, "success", text{"PIN " + m.Name + " dihapus.", "The PIN of " + m.Name + " is removed."})
	return s.redirect(v, "/staff/"+url.PathEscape(m.ID))
}

// pinSince is since when a member has a PIN, empty when they have none.
func (s *Server) pinSince(v *visit, cal calendar, staffID string) (string, error) {
	p, err := s.Store.PIN(v.ctx(), staffID)
	if errors.Is(err, payments.ErrNotFound) {
		return "", nil
	}
	return cal.moment(p.MadeAt), err
}

// showTiles shows who may come by PIN at this till.
func (s *Server) showTiles(v *visit, status int, t *db.Till, p views.LoginPage) error {
	people, err := s.Store.PINHolders(v.ctx())
	if err != nil {
		return err
	}
	q := url.Values{}
	if p.Next != "" {
		q.Set("next", p.Next)
	}
	tiles := views.TilesPage{Page: p.Page, Till: t.Name, Notice: p.Notice, Problem: p.Problem}
	for _, m := range people {
		q.Set("staff", m.ID)
		tiles.People = append(tiles.People, views.Tile{Name: m.Name, Href: "/login/pin?" + q.Encode()})
	}
	q.Del("staff")
	q.Set("with", "password")
	tiles.Password = "/login?" + q.Encode()
	return s.render(v, status, views.Tiles(tiles))
}

// comer finds the till that this device is and the cashier who is to come, and
// answers the request itself when there is no such pair.
func (s *Server) comer(v *visit, staffID, next string) (t *db.Till, m payments.Staff, done bool, err error) {
	if t, err = s.tillHere(v); err != nil {
		return nil, m, true, err
	}
	p := views.LoginPage{Page: s.page(v, ""), Next: next}
	p.Path = "/login"
	if t == nil {
		p.Problem = v.lang.T(
			"Perangkat ini bukan kasir bersama, jadi PIN tidak berlaku. Masuk dengan email dan kata sandi.",
			"This device is no shared till, so a PIN counts nothing. Sign in with email and password.")
		return nil, m, true, s.render(v, http.StatusNotFound, views.Login(p))
	}
	if staffID, err = plain(staffID); err == nil {
		m, err = s.Store.PINHolder(v.ctx(), staffID)
	}
	if errors.Is(err, payments.ErrNotFound) {
		p.Problem = v.lang.T("Orang itu tidak punya PIN lagi. Pilih nama, atau masuk dengan kata sandi.", "They have no PIN any more. Choose a name, or sign in with a password.")
		return t, m, true, s.showTiles(v, http.StatusNotFound, t, p)
	}
	return t, m, err != nil, err
}

func (s *Server) pinPage(v *visit, t *db.Till, m payments.Staff, next string) views.PINPage {
	p := views.PINPage{Page: s.page(v, ""), Till: t.Name, Staff: m.ID, Name: m.Name, Next: next, Back: "/login"}
	q := url.Values{"staff": {m.ID}}
	if next != "" {
		p.Back += "?" + url.Values{"next": {next}}.Encode()
		q.Set("next", next)
	}
	p.Path = "/login/pin?" + q.Encode()
	return p
}

// askPIN asks the cashier whose name was chosen for their PIN.
func (s *Server) askPIN(v *visit) error {
	next := localPath(v.QueryParam("next"))
	t, m, done, err := s.comer(v, v.QueryParam("staff"), next)
	if done || err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.PIN(s.pinPage(v, t, m, next)))
}

// signInByPIN takes the PIN of a cashier at a till.
func (s *Server) signInByPIN(v *visit) error {
	f, err := readForm(v, "staff", "pin", "next")
	if err != nil {
		return err
	}
	next := localPath(f.get("next"))
	t, m, done, err := s.comer(v, f.get("staff"), next)
	if done || err != nil {
		return err
	}
	p := s.pinPage(v, t, m, next)
	p.Problem = f.problem.in(v.lang)
	pin := f.get("pin")
	if pin == "" {
		p.PIN.Error = v.lang.T("Isi PIN-nya.", "Enter the PIN.")
	}
	if p.Problem != "" || p.PIN.Error != "" {
		return s.render(v, http.StatusUnprocessableEntity, views.PIN(p))
	}
	keys := []key{{"pin " + m.ID + " " + t.ID, ofPIN}, {"till " + t.ID, ofTill}}
	if wait := s.throttle.takeAll(keys); wait > 0 {
		seconds := v.retryAfter(wait)
		p.Problem = v.lang.T(
			"Terlalu banyak PIN salah. Coba lagi "+seconds+" detik lagi, atau masuk dengan kata sandi.",
			"Too many wrong PINs. Try again in "+seconds+" seconds, or sign in with the password.")
		return s.render(v, http.StatusTooManyRequests, views.PIN(p))
	}
	kept, err := s.Store.PIN(v.ctx(), m.ID)
	right := false
	if err == nil {
		turn, cancel := context.WithTimeout(v.ctx(), 5*time.Second)
		defer cancel()
		right, err = rightPassword(turn, usualLane, s.pinned(m.ID, pin), kept.Hash)
	}
	if err != nil {
		s.throttle.giveAllBack(keys)
		return fmt.Errorf("check a PIN: %w", err)
	}
	if !right {
		s.failed(v, m.ID, wrongTillPIN)
		p.PIN.Error = v.lang.T("PIN ini salah.", "This PIN is wrong.")
		return s.render(v, http.StatusUnprocessableEntity, views.PIN(p))
	}
	s.throttle.giveAllBack(keys)
	if cookie, err := v.Request().Cookie(s.tillCookie()); err == nil {
		s.setTillCookie(v, cookie.Value) // it lives from here on
	}
	return s.comeBy(v, m, db.EventPINSignedIn, kept.Hash, cmp.Or(next, "/"))
}
