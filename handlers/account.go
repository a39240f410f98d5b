package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// account is what everybody decides about themselves.
func (s *Server) account(v *visit) error {
	return s.showAccount(v, http.StatusOK, form{}, mistakes{}, "")
}

// showAccount shows the page; wrong are the mistakes of one of its forms.
func (s *Server) showAccount(v *visit, status int, f form, wrong mistakes, problem string) error {
	logins, err := s.Store.Logins(v.ctx(), v.member.ID, s.Now())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.AccountPage{
		Page: s.page(v, "account"), Email: v.member.Email, Role: string(v.member.Role), Problem: problem,
		Name:        views.Field{Value: v.member.Name, Error: wrong["name"].in(v.lang)},
		OldPassword: views.Field{Error: wrong["old_password"].in(v.lang)}, Password: views.Field{Error: wrong["password"].in(v.lang)},
		Confirm: views.Field{Error: wrong["confirm_password"].in(v.lang)}, Sessions: sessionRows(cal, logins, v.login.ID),
	}
	if p.Required, err = s.needsFactor(v); err != nil {
		return err
	}
	if !strings.HasPrefix(v.route.path, "/account/totp") && v.route.path != "/account/codes" {
		p.Problem, p.Confirm.Error = cmp.Or(p.Problem, p.Confirm.Error), ""
	}
	if p.MayPIN = v.can(cashiers); p.MayPIN {
		if p.PINSince, err = s.pinSince(v, cal, v.member.ID); err != nil {
			return err
		}
		p.PIN, p.PINPassword = views.Field{Error: wrong["pin"].in(v.lang)}, views.Field{Error: wrong["pin_password"].in(v.lang)}
	}
	if name, posted := f.values["name"]; posted {
		p.Name.Value = name[0]
	}
	switch a, err := s.Store.Authenticator(v.ctx(), v.member.ID); {
	case err == nil:
		left, err := s.Store.CountRecoveryCodes(v.ctx(), v.member.ID)
		if err != nil {
			return err
		}
		p.FactorSince, p.CodesLeft = cal.moment(a.MadeAt), strconv.FormatInt(left, 10)
	case !errors.Is(err, payments.ErrNotFound):
		return err
	}
	if !s.passkeysHere() {
		p.NoPasskeys = noPasskeysHere.in(v.lang)
	}
	keys, err := s.Store.Passkeys(v.ctx(), v.member.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		row := views.PasskeyRow{Remove: "/account/passkeys/" + url.PathEscape(k.ID) + "/remove", Name: k.Name, Made: cal.moment(k.MadeAt)}
		if !k.UsedAt.IsZero() {
			row.Used = cal.moment(k.UsedAt)
		}
		p.Passkeys = append(p.Passkeys, row)
	}
	return s.render(v, status, views.Account(p))
}

// rename gives the member another name.
func (s *Server) rename(v *visit) error {
	f, err := readForm(v, "name")
	if err != nil {
		return err
	}
	wrong := mistakes{}
	wrong.add("name", wrongName(f.get("name"), maxName))
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showAccount(v, http.StatusUnprocessableEntity, f, wrong, f.problem.in(v.lang))
	}
	err = s.Store.ChangeStaff(v.ctx(), v.member.ID, v.actor(), s.Now().UTC(), func(m *payments.Staff) { m.Name = f.get("name") })
	if err != nil {
		return err
	}
	s.say(v, "success", text{"Nama disimpan.", "The name is saved."})
	return s.redirect(v, "/account")
}

// confirmed checks the member's own password in a field; what is wrong with it
// is noted, and how long to wait before another try.
func (s *Server) confirmed(v *visit, f form, field string, wrong mistakes) (status int, err error) {
	m, wait, err := s.authenticate(v, v.member.Email, f.values.Get(field))
	switch {
	case err != nil:
		return 0, err
	case wait > 0:
		seconds := v.retryAfter(wait)
		wrong.add(field, text{
			"Terlalu banyak kata sandi salah. Coba lagi " + seconds + " detik lagi.",
			"Too many wrong passwords. Try again in " + seconds + " seconds.",
		})
		return http.StatusTooManyRequests, nil
	case m == nil:
		wrong.add(field, text{"Kata sandi ini salah.", "This password is wrong."})
	}
	return http.StatusUnprocessableEntity, nil
}

// changePassword gives the member another password and ends their other
// sessions.
func (s *Server) changePassword(v *visit) error {
	f, err := readForm(v, "old_password", "password")
	if err != nil {
		return err
	}
	wrong := mistakes{}
	status, err := s.confirmed(v, f, "old_password", wrong)
	if err != nil {
		return err
	}
	hash := ""
	if len(wrong) == 0 {
		shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
		if err != nil {
			return err
		}
		var refused error
		if hash, refused = HashPassword(f.values.Get("password"), shop, v.member.Name, v.member.Email); refused != nil {
			wrong.add("password", wrongPassword(refused))
		}
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showAccount(v, status, f, wrong, f.problem.in(v.lang))
	}
	err = s.Store.ChangeStaff(v.ctx(), v.member.ID, v.actor(), s.Now().UTC(), func(m *payments.Staff) { m.PasswordHash = hash })
	if err != nil {
		return err
	}
	m := *v.member
	m.PasswordHash = hash
	if err := s.enter(v, m); err != nil {
		return err
	}
	s.say(v, "success", text{"Kata sandi diganti. Perangkat lain sudah dikeluarkan.", "The password is changed. Other devices are signed out."})
	return s.redirect(v, "/account")
}

// endOwnSession signs the member out of one other place, after the password: a
// thief with a session must not throw its owner out.
func (s *Server) endOwnSession(v *visit) error {
	id, err := plain(v.Param("login"))
	if err != nil {
		return err
	}
	return s.withPassword(v, "confirm_password", func() (string, error) {
		err := s.Store.EndLogin(v.ctx(), v.member.ID, id, v.actor(), s.Now().UTC())
		if err != nil && !errors.Is(err, payments.ErrNotFound) {
			return "", err
		}
		s.say(v, "success", text{"Perangkat itu sudah tidak masuk lagi.", "That device is not signed in any more."})
		return "/account", nil
	})
}

// endOtherSessions signs the member out everywhere but here, after the password.
func (s *Server) endOtherSessions(v *visit) error {
	return s.withPassword(v, "confirm_password", func() (string, error) {
		s.say(v, "success", text{"Semua perangkat lain dikeluarkan.", "All other devices are signed out."})
		return "/account", s.Store.EndLogins(v.ctx(), v.member.ID, v.login.ID, v.actor(), s.Now().UTC())
	})
}

// withPassword does what needs the member's own password once more, from the
// form's one field.
func (s *Server) withPassword(v *visit, field string, do func() (to string, err error)) error {
	f, err := readForm(v, field)
	if err != nil {
		return err
	}
	wrong := mistakes{}
	status, err := s.confirmed(v, f, field, wrong)
	if err != nil {
		return err
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showAccount(v, status, f, wrong, f.problem.in(v.lang))
	}
	to, err := do()
	if err != nil {
		return err
	}
	return s.redirect(v, to)
}
