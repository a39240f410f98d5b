package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

// How long a one-time link lives. One for a new password opens an account that
// may see everything, so it is short.
const (
	inviteLifetime = 7 * 24 * time.Hour
	resetLifetime  = 24 * time.Hour
)

var errLinkOver = &refusal{
	status: http.StatusGone,
	title:  text{"Tautan tidak berlaku lagi", "The link is no longer valid"},
	sentence: text{
		"Tautan ini sudah dipakai, dibatalkan, atau lewat waktunya. Minta tautan baru kepada pemilik toko.",
		"This link was used, withdrawn or is out of date. Ask the owner of the shop for a new one.",
	},
}

// linkToken is the secret of a one-time link. It follows from KODEBAYAR_KEY and
// the link's id, so that the link can be shown again while nothing in the
// database opens it.
func (s *Server) linkToken(id string) string {
	mac := hmac.New(sha256.New, db.Derive(s.Key, "kodebayar one-time links", 32))
	mac.Write([]byte(id))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:20]))
}

func digestOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// addLink makes a one-time link and answers its page.
func (s *Server) addLink(v *visit, i db.Invite, lifetime time.Duration) (to string, err error) {
	i.ID, i.MadeBy, i.MadeAt = s.Service.NewID(), v.member.ID, s.Now().UTC()
	i.Digest, i.ExpiresAt = digestOf(s.linkToken(i.ID)), i.MadeAt.Add(lifetime)
	return "/staff/invites/" + i.ID, s.Store.AddInvite(v.ctx(), i)
}

// managedInvite is the open link of the route's {id}, if the member may manage
// whom it is for.
func (s *Server) managedInvite(v *visit) (db.Invite, error) {
	id, err := idOf(v)
	if err != nil {
		return db.Invite{}, err
	}
	i, err := s.Store.Invite(v.ctx(), id, s.Now())
	switch {
	case errors.Is(err, payments.ErrNotFound):
		return i, errLinkOver
	case err == nil && !manages(v.member.Role, i.Role):
		return i, errForbidden
	}
	return i, err
}

// invitation shows a one-time link to whoever made it, to be handed over.
func (s *Server) invitation(v *visit) error {
	i, err := s.managedInvite(v)
	if err != nil {
		return err
	}
	link := s.link("/invite/" + s.linkToken(i.ID))
	qr, err := barcode.QR(link)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.Invitation(views.InvitationPage{
		Page: s.page(v, "staff"), ID: i.ID, Reset: i.StaffID != "", Name: i.Name, Email: i.Email,
		Role: string(i.Role), Link: link, QR: qr, Until: s.calendar(v.lang).deadline(i.ExpiresAt),
	}))
}

// withdraw makes a one-time link worthless.
func (s *Server) withdraw(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	i, err := s.managedInvite(v)
	if err != nil {
		return err
	}
	if err := s.Store.WithdrawInvite(v.ctx(), i.ID, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	s.say(v, "success", text{"Tautan untuk " + i.Name + " dibatalkan.", "The link for " + i.Name + " was withdrawn."})
	return s.redirect(v, "/staff")
}

// opened finds the one-time link that somebody opened. Looking spends nothing:
// messengers fetch links too, to show what is behind them.
func (s *Server) opened(v *visit) (db.Invite, error) {
	token := v.Param("token")
	i, err := s.Store.InviteByDigest(v.ctx(), digestOf(token), s.Now())
	if errors.Is(err, payments.ErrNotFound) {
		return i, errLinkOver
	}
	return i, err
}

func (s *Server) joinPage(v *visit, i db.Invite) views.JoinPage {
	p := views.JoinPage{
		Page: s.page(v, ""), Token: v.Param("token"), Reset: i.StaffID != "", Email: i.Email, Role: string(i.Role),
		Name: views.Field{Value: i.Name},
	}
	p.Path = "/invite/" + url.PathEscape(p.Token)
	if v.member != nil {
		p.SignedIn = v.member.Name
	}
	return p
}

// openLink shows the form behind a one-time link.
func (s *Server) openLink(v *visit) error {
	i, err := s.opened(v)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.Join(s.joinPage(v, i)))
}

// useLink spends a one-time link: somebody joins, or has a new password, and
// is signed in.
func (s *Server) useLink(v *visit) error {
	i, err := s.opened(v)
	if err != nil {
		return err
	}
	names := []string{"name", "password"}
	if i.StaffID != "" {
		names = names[1:]
	}
	f, err := readForm(v, names...)
	if err != nil {
		return err
	}
	p := s.joinPage(v, i)
	p.Problem = f.problem.in(v.lang)
	if i.StaffID == "" {
		name := f.get("name")
		p.Name = views.Field{Value: name, Error: wrongName(name, maxName).in(v.lang)}
	}
	shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
	if err != nil {
		return err
	}
	hash, wrong := HashPassword(f.values.Get("password"), shop, p.Name.Value, i.Email)
	if wrong != nil {
		p.Password.Error = wrongPassword(wrong).in(v.lang)
	}
	if p.Problem != "" || p.Name.Error != "" || p.Password.Error != "" {
		return s.render(v, http.StatusUnprocessableEntity, views.Join(p))
	}
	var m payments.Staff
	if i.StaffID == "" {
		m, err = s.Store.Join(v.ctx(), i.Digest, payments.Staff{
			ID: s.Service.NewID(), Name: p.Name.Value, PasswordHash: hash, CreatedAt: s.Now().UTC(),
		})
	} else {
		m, err = s.Store.SpendReset(v.ctx(), i.Digest, hash, s.Now().UTC())
	}
	switch {
	case errors.Is(err, payments.ErrNotFound), errors.Is(err, db.ErrEmailTaken):
		return errLinkOver
	case err != nil:
		return err
	}
	return s.admitMember(v, m, "/")
}
