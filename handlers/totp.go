package handlers

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

const (
	totpPeriod    = 30 // seconds
	totpSkew      = 1  // steps that a phone's clock may be off
	recoveryCodes = 10
)

const (
	sessionEnrol = "enrol" // the number that the secret being set up follows from
	sessionCodes = "codes" // the set of recovery codes that is still to be shown
)

// sealer encrypts secrets of authenticators; the member's id is bound in.
func (s *Server) sealer() cipher.AEAD { return db.Sealer(s.Key, db.SealAuthenticators) }

func (s *Server) seal(staffID, secret string) []byte {
	return s.sealer().Seal(nil, nil, []byte(secret), []byte(staffID))
}

func (s *Server) unseal(a db.Authenticator) (string, error) {
	secret, err := s.sealer().Open(nil, nil, a.Secret, []byte(a.StaffID))
	if err != nil {
		return "", fmt.Errorf("open the authenticator of %s: %w", a.StaffID, err)
	}
	return string(secret), nil
}

var plainBase32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// secretOf makes a secret that only this app can make again: of a use, a
// member, and a number that stands in their session. The session itself, which
// the database holds, is then worth nothing.
func (s *Server) secretOf(use, staffID, number string, length int) string {
	mac := hmac.New(sha256.New, db.Derive(s.Key, use, 32))
	mac.Write([]byte(staffID + "\n" + number))
	return plainBase32.EncodeToString(mac.Sum(nil)[:length])
}

// recoveryCodes are those of a set, as people read them.
func (s *Server) recoveryCodes(staffID, set string) (codes, digests []string) {
	for i := range recoveryCodes {
		c := strings.ToLower(s.secretOf("kodebayar recovery codes", staffID, set+"\n"+strconv.Itoa(i), 10))
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		digests = append(digests, digestOf(c))
	}
	return codes, digests
}

// stepOf finds the step whose code this is.
func stepOf(secret, code string, now time.Time) (step int64, ok bool, err error) {
	for d := -totpSkew; d <= totpSkew; d++ {
		at := now.Add(time.Duration(d) * totpPeriod * time.Second)
		want, err := totp.GenerateCode(secret, at)
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = at.Unix()/totpPeriod, true
		}
	}
	return step, ok, nil
}

// rightFactor checks a code of the app, or spends a recovery code.
func (s *Server) rightFactor(v *visit, m payments.Staff, typed string) (bool, error) {
	code := strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	if len(code) != 6 {
		return s.Store.UseRecoveryCode(v.ctx(), m.ID, digestOf(code), s.Now().UTC())
	}
	a, err := s.Store.Authenticator(v.ctx(), m.ID)
	if err != nil {
		return false, err
	}
	secret, err := s.unseal(a)
	if err != nil {
		return false, err
	}
	step, ok, err := stepOf(secret, code, s.Now())
	if err != nil || !ok {
		return false, err
	}
	return s.Store.UseStep(v.ctx(), m.ID, step)
}

// enrolment shows the secret of an authenticator to be.
func (s *Server) enrolment(v *visit) error {
	return s.showEnrolment(v, http.StatusOK, mistakes{}, "")
}

func (s *Server) showEnrolment(v *visit, status int, wrong mistakes, problem string) error {
	switch _, err := s.Store.Authenticator(v.ctx(), v.member.ID); {
	case err == nil:
		return s.redirect(v, "/account")
	case !errors.Is(err, payments.ErrNotFound):
		return err
	}
	number := s.sessions.GetString(v.ctx(), sessionEnrol)
	if number == "" {
		number = rand.Text()
		s.sessions.Put(v.ctx(), sessionEnrol, number)
	}
	secret := s.enrolSecret(v, number)
	shop, err := s.Store.Setting(v.ctx(), db.SettingShop)
	if err != nil {
		return err
	}
	raw, err := plainBase32.DecodeString(secret)
	if err != nil {
		return err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Kodebayar " + shop, AccountName: v.member.Email, Secret: raw})
	if err != nil {
		return err
	}
	qr, err := barcode.QR(key.URL())
	if err != nil {
		return err
	}
	required, err := s.owesFactor(v)
	if err != nil {
		return err
	}
	return s.render(v, status, views.Enrolment(views.EnrolmentPage{
		Page: s.page(v, "account"), Secret: fours(secret), QR: qr, Code: views.Field{Error: wrong["totp"].in(v.lang)}, Problem: problem, Required: required,
		AtTill: v.login.TillID != "", Confirm: views.Field{Error: wrong["confirm_password"].in(v.lang)},
	}))
}

func (s *Server) enrolSecret(v *visit, number string) string {
	return s.secretOf("kodebayar enrolment", v.member.ID, number, 20)
}

// enrol takes the first code of the new authenticator. At a till it asks for the
// password: whoever knows a PIN must not lock its owner out.
func (s *Server) enrol(v *visit) error {
	fields := []string{"totp"}
	if v.login.TillID != "" {
		fields = append(fields, "confirm_password")
	}
	f, err := readForm(v, fields...)
	if err != nil {
		return err
	}
	if v.login.TillID != "" {
		wrong := mistakes{}
		status, err := s.confirmed(v, f, "confirm_password", wrong)
		if err != nil {
			return err
		}
		if len(wrong) > 0 {
			return s.showEnrolment(v, status, wrong, f.problem.in(v.lang))
		}
	}
	number := s.sessions.GetString(v.ctx(), sessionEnrol)
	secret := s.enrolSecret(v, number)
	step, ok, err := stepOf(secret, digitsOf(f.get("totp")), s.Now())
	if err != nil {
		return err
	}
	if !ok || number == "" || f.problem != (text{}) {
		return s.showEnrolment(v, http.StatusUnprocessableEntity, mistakes{"totp": {
			"Kode ini tidak cocok. Periksa jam HP Anda, lalu isi kode yang sedang tampil.",
			"This code does not match. Check the phone's clock, then enter the code it shows now.",
		}}, f.problem.in(v.lang))
	}
	set := rand.Text()
	_, digests := s.recoveryCodes(v.member.ID, set)
	err = s.Store.AddAuthenticator(v.ctx(), db.Authenticator{
		StaffID: v.member.ID, Secret: s.seal(v.member.ID, secret), LastStep: step, MadeAt: s.Now().UTC(),
	}, digests)
	if err != nil {
		return err
	}
	s.sessions.Remove(v.ctx(), sessionEnrol)
	s.sessions.Put(v.ctx(), sessionCodes, set)
	return s.redirect(v, "/account/codes")
}

// recoveryPage shows new recovery codes, once.
func (s *Server) recoveryPage(v *visit) error {
	set := s.sessions.PopString(v.ctx(), sessionCodes)
	if set == "" {
		return s.redirect(v, "/account")
	}
	codes, _ := s.recoveryCodes(v.member.ID, set)
	return s.render(v, http.StatusOK, views.RecoveryCodes(views.RecoveryCodesPage{Page: s.page(v, "account"), Codes: codes}))
}

// renewCodes makes new recovery codes; the old ones are worth nothing.
func (s *Server) renewCodes(v *visit) error {
	return s.withPassword(v, "confirm_password", func() (string, error) {
		set := rand.Text()
		_, digests := s.recoveryCodes(v.member.ID, set)
		err := s.Store.RenewRecoveryCodes(v.ctx(), v.member.ID, digests, s.Now().UTC())
		if errors.Is(err, payments.ErrNotFound) {
			return "/account/totp", nil
		}
		s.sessions.Put(v.ctx(), sessionCodes, set)
		return "/account/codes", err
	})
}

// removeFactor takes the second step away.
func (s *Server) removeFactor(v *visit) error {
	return s.withPassword(v, "confirm_password", func() (string, error) {
		s.say(v, "success", text{"Verifikasi dua langkah dimatikan.", "Two-step sign-in is off."})
		return "/account", s.Store.DropAuthenticator(v.ctx(), v.member.ID, v.actor(), s.Now().UTC())
	})
}

// dropFactor takes the second step from somebody who lost their phone.
func (s *Server) dropFactor(v *visit) error {
	m, err := s.posted(v)
	if err != nil {
		return err
	}
	if err := s.Store.DropAuthenticator(v.ctx(), m.ID, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	if err := s.Store.DropPasskeys(v.ctx(), m.ID, v.actor(), s.Now().UTC()); err != nil { // they were on the same phone
		return err
	}
	s.say(v, "success", text{"Verifikasi dua langkah " + m.Name + " dimatikan.", "Two-step sign-in of " + m.Name + " is off."})
	return s.redirect(v, "/staff/"+url.PathEscape(m.ID))
}
