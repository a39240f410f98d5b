package handlers

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"net/http"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// SetupToken is the secret of the one-time set-up link. It follows from
// KODEBAYAR_KEY, so that it is the same after a restart and on every instance.
func SetupToken(key []byte) string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(db.Derive(key, "kodebayar set-up link", 20)))
}

var errIsSetUp = &refusal{
	status: http.StatusGone,
	title:  text{"Toko sudah disiapkan", "The shop is set up already"},
	sentence: text{
		"Tautan ini hanya berlaku sekali dan sudah dipakai. Silakan masuk dengan email dan kata sandi.",
		"This link works once and has been used. Please sign in with email and password.",
	},
}

// ready says whether the shop has an owner.
func (s *Server) ready(ctx context.Context) (bool, error) {
	if s.hasOwner.Load() {
		return true, nil
	}
	has, err := s.Store.HasOwner(ctx)
	if has {
		s.hasOwner.Store(true)
	}
	return has, err
}

// maySetUp checks a set-up link.
func (s *Server) maySetUp(ctx context.Context, token string) error {
	has, err := s.ready(ctx)
	switch {
	case err != nil:
		return err
	case has:
		return errIsSetUp
	case subtle.ConstantTimeCompare([]byte(token), []byte(SetupToken(s.Key))) != 1:
		return payments.ErrNotFound
	}
	return nil
}

// setup shows the form of the one-time link.
func (s *Server) setup(v *visit) error {
	token := v.QueryParam("token")
	if err := s.maySetUp(v.ctx(), token); err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.Setup(views.SetupPage{Page: s.page(v, ""), Token: token}))
}

// setUp makes the owner and the shop.
func (s *Server) setUp(v *visit) error {
	f, err := readForm(v, "token", "name", "shop", "email", "password")
	if err != nil {
		return err
	}
	if err := s.maySetUp(v.ctx(), f.get("token")); err != nil {
		return err
	}
	owner := payments.Staff{
		ID: s.Service.NewID(), Name: f.get("name"), Email: strings.ToLower(f.get("email")),
		Role: payments.Owner, CreatedAt: s.Now().UTC(),
	}
	shop := f.get("shop")
	field := func(value string, wrong text) views.Field { return views.Field{Value: value, Error: wrong.in(v.lang)} }
	p := views.SetupPage{
		Token:   f.get("token"),
		Shop:    field(shop, wrongName(shop, maxShop)),
		Name:    field(owner.Name, wrongName(owner.Name, maxName)),
		Email:   field(owner.Email, wrongEmail(owner.Email)),
		Problem: f.problem.in(v.lang),
	}
	var wrong error
	if owner.PasswordHash, wrong = HashPassword(f.values.Get("password"), shop, owner.Name, owner.Email); wrong != nil {
		p.Password.Error = wrongPassword(wrong).in(v.lang)
	}
	if p.Problem == "" && p.Shop.Error == "" && p.Name.Error == "" && p.Email.Error == "" && p.Password.Error == "" {
		switch err := s.Store.SetUp(v.ctx(), owner, shop); {
		case err == nil:
			s.hasOwner.Store(true)
			if err := s.enter(v, owner); err != nil {
				return err
			}
			return s.redirect(v, "/")
		case errors.Is(err, db.ErrSetUp):
			return errIsSetUp
		case errors.Is(err, db.ErrEmailTaken):
			p.Email.Error = v.lang.T("Alamat email ini sudah dipakai staf lain.", "Another member of staff has this email address.")
		default:
			return err
		}
	}
	p.Page = s.page(v, "")
	p.Path = "/setup?token=" + p.Token
	return s.render(v, http.StatusUnprocessableEntity, views.Setup(p))
}
