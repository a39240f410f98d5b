package handlers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

// A till is a device at the counter that several cashiers share. It holds a
// token in a cookie, so that a PIN is worth something there and nowhere else:
// the device is something one has, the PIN something one knows. That is why
// whoever has a second step set up is not asked for it when they come by PIN.

const (
	tillLifetime = 400 * 24 * time.Hour // as long as browsers keep a cookie; each sign-in begins anew
	linkLifetime = 15 * time.Minute     // of a link that makes a device a till
	maxTillName  = 40                   // characters
	// lockEvery is how exactly it is known when a person was at a till last: a
	// session may end so much earlier than the settings say.
	lockEvery = 5 * time.Second
)

func (s *Server) tillCookie() string {
	if s.https() {
		return "__Host-till"
	}
	return "till"
}

func (s *Server) setTillCookie(v *visit, token string) {
	http.SetCookie(v.Response(), &http.Cookie{
		Name: s.tillCookie(), Value: token, Path: "/", MaxAge: int(tillLifetime.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.https(),
	})
}

// tillHere is the till that this device is, nil when it is none.
func (s *Server) tillHere(v *visit) (*db.Till, error) {
	cookie, err := v.Request().Cookie(s.tillCookie())
	if err != nil || cookie.Value == "" {
		return nil, nil //nolint:nilerr // no cookie, no till
	}
	t, err := s.Store.TillByToken(v.ctx(), digestOf(cookie.Value))
	if errors.Is(err, payments.ErrNotFound) {
		return nil, nil
	}
	return &t, err
}

// newToken is 256 bits that nobody can guess.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) //nolint:errcheck // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// lockAfter is how long a session at a till lasts without a person.
func (s *Server) lockAfter(ctx context.Context) (time.Duration, error) {
	settings, err := s.Store.Settings(ctx)
	return time.Duration(settings.TillLock) * time.Minute, err
}

// unattended says that a page asked for itself: a list that is worked off does,
// every two seconds, one that follows an export, and one that the stream has
// loaded anew, or whose sums follow its rows. Streams are no pages and count for nobody either.
func (v *visit) unattended() bool {
	return v.Request().Header.Get("Kodebayar-Unattended") != "" || v.route.path == "/codes/bulk/:batch" && v.htmx() || v.route.path == "/transactions" && slices.Contains([]string{"export", "sums"}, v.QueryParam("part"))
}

// seen notes that somebody was here, and puts the end of their session off: at
// a till only when it was a person. A store that takes no writes must not keep
// anybody from reading.
func (s *Server) seen(v *visit, l *db.Login) {
	now := s.Now().UTC()
	due := now.Sub(l.SeenAt) > seenEvery
	if l.TillID != "" && v.route.kind == page && !v.unattended() {
		lock, err := s.lockAfter(v.ctx())
		if err != nil {
			return
		}
		later := now.Add(lock).Sub(l.ExpiresAt)
		if later > lockEvery || later < 0 {
			l.ExpiresAt, due = now.Add(lock), true
		}
	}
	if due && l.TillID == "" {
		l.ExpiresAt = l.MadeAt.Add(min(sessionLifetime, now.Sub(l.MadeAt)+sessionIdle))
	}
	if due {
		l.SeenAt, l.Address = now, v.RealIP()
		_ = s.Store.SeeLogin(v.ctx(), *l)
	}
}

// tillLeft tells a page of a till in how many seconds it locks, for its script:
// another tab may have put that off, or have somebody else in it by now. Being a
// stream by kind, it puts off nothing.
func (s *Server) tillLeft(v *visit) error {
	if whose := v.QueryParam("staff"); whose != "" && whose != v.member.ID {
		return s.text(v, http.StatusConflict, "another")
	}
	if v.login.TillID == "" {
		return s.send(v, http.StatusNoContent, "text/plain; charset=utf-8", nil)
	}
	return s.text(v, http.StatusOK, secondsTo(s.Now(), v.login.ExpiresAt))
}

// secondsTo is how many seconds it is from now to then, rounded up.
func secondsTo(now, then time.Time) string {
	return strconv.Itoa(int(max(0, then.Sub(now)+time.Second-1) / time.Second))
}

// tills lists the shared tills.
func (s *Server) tills(v *visit) error {
	return s.showTills(v, http.StatusOK, form{}, mistakes{})
}

func (s *Server) showTills(v *visit, status int, f form, wrong mistakes) error {
	list, err := s.Store.Tills(v.ctx(), s.Now())
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	here, err := s.tillHere(v)
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.TillsPage{
		Page: s.page(v, "staff"), Problem: f.problem.in(v.lang),
		Name: views.Field{Value: strings.ToValidUTF8(f.get("till_name"), "\ufffd"), Error: wrong["till_name"].in(v.lang)},
	}
	if here != nil {
		p.Here = here.Name
	}
	for _, t := range list {
		row := views.TillRow{ID: t.ID, Name: t.Name, By: names[t.MadeBy], Since: cal.moment(t.MadeAt), Here: here != nil && here.ID == t.ID}
		if !t.UsedAt.IsZero() {
			row.Used = cal.moment(t.UsedAt)
		}
		if !t.LinkUntil.IsZero() {
			row.Waits = cal.moment(t.LinkUntil)
		}
		p.Tills = append(p.Tills, row)
	}
	return s.render(v, status, views.Tills(p))
}

// namedTill reads the form for a new till; done says that it was answered.
func (s *Server) namedTill(v *visit) (t db.Till, done bool, err error) {
	f, err := readForm(v, "till_name")
	if err != nil {
		return t, true, err
	}
	wrong := mistakes{}
	wrong.add("till_name", wrongName(f.get("till_name"), maxTillName))
	if len(wrong) > 0 || f.problem != (text{}) {
		return t, true, s.showTills(v, http.StatusUnprocessableEntity, f, wrong)
	}
	return db.Till{ID: s.Service.NewID(), Name: f.get("till_name"), MadeBy: v.member.ID, MadeAt: s.Now().UTC()}, false, nil
}

var errTillAlready = &refusal{
	status: http.StatusConflict,
	title:  text{"Perangkat ini sudah kasir bersama", "This device is a shared till already"},
	sentence: text{
		"Cabut dulu yang lama di halaman kasir bersama, lalu ulangi.",
		"Revoke the old one on the page of shared tills first, then do this again.",
	},
}

// addTill makes this device a till.
func (s *Server) addTill(v *visit) error {
	t, done, err := s.namedTill(v)
	if done || err != nil {
		return err
	}
	return s.become(v, func(hash string) error {
		t.Hash = hash
		return s.Store.AddTill(v.ctx(), t)
	})
}

// become gives this device the token of a till, once keep has kept its hash,
// and signs out whoever is signed in here: a till begins with the cashiers.
func (s *Server) become(v *visit, keep func(hash string) error) error {
	if here, err := s.tillHere(v); err != nil {
		return err
	} else if here != nil {
		return errTillAlready
	}
	token := newToken()
	if err := keep(digestOf(token)); err != nil {
		return err
	}
	s.setTillCookie(v, token)
	return s.signOut(v)
}

// addTillLink makes a one-time link that makes whatever device opens it a till.
func (s *Server) addTillLink(v *visit) error {
	t, done, err := s.namedTill(v)
	if done || err != nil {
		return err
	}
	t.Hash, t.LinkUntil = digestOf(s.linkToken(t.ID)), t.MadeAt.Add(linkLifetime)
	if err := s.Store.AddTill(v.ctx(), t); err != nil {
		return err
	}
	return s.redirect(v, "/tills/"+url.PathEscape(t.ID))
}

// tillLink shows that link to whoever made it.
func (s *Server) tillLink(v *visit) error {
	id, err := idOf(v)
	if err != nil {
		return err
	}
	t, err := s.Store.Till(v.ctx(), id)
	if err != nil && !errors.Is(err, payments.ErrNotFound) {
		return err
	}
	if !t.LinkUntil.After(s.Now()) {
		return s.redirect(v, "/tills") // it has its device, waited in vain, or is gone
	}
	link := s.link("/till/" + s.linkToken(t.ID))
	qr, err := barcode.QR(link)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.TillLink(views.TillLinkPage{
		Page: s.page(v, "staff"), ID: t.ID, Name: t.Name, Link: link, QR: qr, Until: s.calendar(v.lang).deadline(t.LinkUntil),
	}))
}

// waitingTill is the till that waits for whoever opened the link.
func (s *Server) waitingTill(v *visit) (db.Till, error) {
	t, err := s.Store.TillByLink(v.ctx(), digestOf(v.Param("token")), s.Now())
	if errors.Is(err, payments.ErrNotFound) {
		err = errLinkOver
	}
	return t, err
}

// openTill asks whether this device shall be the till. Looking spends nothing;
// see opened.
func (s *Server) openTill(v *visit) error {
	t, err := s.waitingTill(v)
	if err != nil {
		return err
	}
	p := views.TillOpenPage{Page: s.page(v, ""), Token: v.Param("token"), Name: t.Name}
	if v.member != nil {
		p.SignedIn = v.member.Name
	}
	return s.render(v, http.StatusOK, views.TillOpen(p))
}

// useTill spends the link.
func (s *Server) useTill(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	if _, err := s.waitingTill(v); err != nil {
		return err
	}
	err := s.become(v, func(hash string) error {
		return s.Store.OpenTill(v.ctx(), digestOf(v.Param("token")), hash, s.Now().UTC())
	})
	if errors.Is(err, payments.ErrNotFound) {
		return errLinkOver
	}
	return err
}

// removeTill makes a device one like any other. Its cookie means nothing from
// here on.
func (s *Server) removeTill(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	id, err := idOf(v)
	if err != nil {
		return err
	}
	t, err := s.Store.Till(v.ctx(), id)
	if errors.Is(err, payments.ErrNotFound) {
		return s.redirect(v, "/tills") // pressed twice
	}
	if err != nil {
		return err
	}
	if err := s.Store.RemoveTill(v.ctx(), id, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	s.say(v, "success", text{t.Name + " bukan kasir bersama lagi.", t.Name + " is no shared till any more."})
	return s.redirect(v, "/tills")
}
