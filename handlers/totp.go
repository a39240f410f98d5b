package handlers

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"kodebayar/db"
	"kodebayar/payments"
)

const (
	totpPeriod    = 30 // seconds
	totpSkew      = 1  // steps that a phone's clock may be off
	recoveryCodes = 10
	secondStepFor = 10 * time.Minute // from the right password to the code
)

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
