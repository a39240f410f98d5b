package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"kodebayar/db"
	"kodebayar/payments"
)

// enrolled sets the second step up and answers its secret and recovery codes.
func (v *visitor) enrolled() (secret string, codes []string) {
	v.s.t.Helper()
	page := v.get("/account/totp")
	secret = strings.ReplaceAll(page.textOf("secret"), " ", "")
	if a := v.post("/account/totp", url.Values{"totp": {"000000"}}); a.status != http.StatusUnprocessableEntity || a.mistake("totp") == "" {
		v.s.t.Errorf("a wrong first code: %d", a.status)
	}
	if a := v.post("/account/totp", url.Values{"totp": {v.s.code(secret)}}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/account/codes" {
		v.s.t.Fatalf("the first code: %v", a)
	}
	codes = strings.Fields(v.get("/account/codes").textOf("codes"))
	if len(codes) != recoveryCodes {
		v.s.t.Fatalf("%d recovery codes: %v", len(codes), codes)
	}
	if again := v.get("/account/codes"); again.status != http.StatusSeeOther {
		v.s.t.Errorf("the recovery codes a second time: %d", again.status)
	}
	return secret, codes
}

func (s *shop) code(secret string) string { return must(totp.GenerateCode(secret, s.Now())) }

func (v *visitor) second(code string) answer {
	v.s.t.Helper()
	return v.post("/login", url.Values{"totp": {code}})
}

// TestTheSecondStep asks for the code, once each, and takes recovery codes.
func TestTheSecondStep(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		owner := s.member("ibu", payments.Owner)
		secret, codes := owner.enrolled()
		first := s.code(secret)

		row := must(s.Store.Authenticator(t.Context(), s.idOf("ibu")))
		if strings.Contains(string(row.Secret), secret) {
			t.Error("the secret is stored as it is")
		}
		row.StaffID = "another"
		if _, err := s.unseal(row); err == nil {
			t.Error("the secret opens in another's row")
		}

		v := s.visitor()
		if a := v.tryPassword("ibu@toko.id", password); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login" || v.signedIn() {
			t.Fatalf("the password alone: %v", a)
		}
		if a := v.get("/login"); a.field("totp") == nil || a.field("password") != nil {
			t.Errorf("the step of its own: %v", a)
		}
		if a := v.second(first); a.status != http.StatusUnprocessableEntity || v.signedIn() {
			t.Errorf("the code that set it up, again: %d", a.status)
		}
		s.ahead.Add(int64(totpPeriod * time.Second * 2))
		now := s.code(secret)
		if a := v.second(now[:3] + " " + now[3:]); a.status != http.StatusSeeOther || !v.signedIn() {
			t.Fatalf("the right code: %v", a)
		}
		other := s.visitor()
		other.tryPassword("ibu@toko.id", password)
		if a := other.second(now); a.status != http.StatusUnprocessableEntity || other.signedIn() {
			t.Errorf("the code of another sign-in: %d", a.status)
		}
		if a := other.second(strings.ToUpper(codes[3])); a.status != http.StatusSeeOther || !other.signedIn() {
			t.Errorf("a recovery code: %v", a)
		}
		third := s.visitor()
		third.tryPassword("ibu@toko.id", password)
		if a := third.second(codes[3]); a.status != http.StatusUnprocessableEntity || third.signedIn() {
			t.Errorf("a recovery code again: %d", a.status)
		}
		if used := s.events(db.EventRecoveryUsed); len(used) != 1 || used[0].Detail["left"] != "9" {
			t.Errorf("the log: %+v", used)
		}
		if a := s.visitor().second(codes[4]); a.status != http.StatusUnprocessableEntity {
			t.Errorf("a code without a password before: %d", a.status)
		}

		if a := v.post("/account/codes", url.Values{"confirm_password": {"salah"}}); a.status != http.StatusUnprocessableEntity || a.mistake("confirm_password") == "" {
			t.Errorf("new codes with a wrong password: %d", a.status)
		}
		if a := v.post("/account/codes", url.Values{"confirm_password": {password}}); a.status != http.StatusSeeOther {
			t.Errorf("new codes: %v", a)
		}
		if a := third.second(codes[5]); a.status != http.StatusUnprocessableEntity {
			t.Errorf("an old recovery code: %d", a.status)
		}
		if a := v.post("/account/totp/remove", url.Values{"confirm_password": {password}}); a.status != http.StatusSeeOther {
			t.Errorf("turning it off: %v", a)
		}
		s.visitor().signIn("ibu")
		s.keepsSecret(append(codes, secret, now)...)
	})
}

// TestWrongCodesAreSlowedDown, from one address; the owner comes in from
// another.
func TestWrongCodesAreSlowedDown(t *testing.T) {
	s := newShop(t, behind)
	owner := s.member("ibu", payments.Owner)
	secret, _ := owner.enrolled()
	thief := s.visitor()
	thief.header.Set("X-Forwarded-For", "192.0.2.1")
	thief.tryPassword("ibu@toko.id", password)
	for range 5 {
		if a := thief.second("123456"); a.status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong code: %d", a.status)
		}
	}
	s.ahead.Add(int64(2 * time.Second))
	if a := thief.second(s.code(secret)); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("after five: %v", a)
	}
	s.ahead.Add(int64(totpPeriod * time.Second * 2))
	v := s.visitor()
	v.header.Set("X-Forwarded-For", "192.0.2.2")
	v.tryPassword("ibu@toko.id", password)
	if a := v.second(s.code(secret)); a.status != http.StatusSeeOther {
		t.Errorf("the owner elsewhere: %d", a.status)
	}
}

// TestTheSecondStepForEverybody: the owner asks it of cashiers too, wherever the
// money is practised, and takes that back.
func TestTheSecondStepForEverybody(t *testing.T) {
	s := newShop(t)
	owner, cashier, books := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier), s.member("buku", payments.Accountant)
	if a := owner.post("/settings", saved("second_step_all", "true")); a.status != http.StatusSeeOther {
		t.Fatalf("saving: %v", a)
	}
	for name, v := range map[string]*visitor{"owner": owner, "cashier": cashier, "accountant": books} {
		if a := v.get("/transactions"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/account/totp" {
			t.Errorf("%s: %d to %s", name, a.status, a.header.Get("Location"))
		}
	}
	if a := cashier.post("/codes", url.Values{"amount": {"50000"}}); a.status != http.StatusForbidden || !strings.Contains(a.body, "dua langkah") {
		t.Errorf("a code: %d", a.status)
	}
	if a := cashier.get("/account/totp"); a.status != http.StatusOK || !strings.Contains(a.body, "mewajibkan") {
		t.Errorf("the page that asks for it: %d", a.status)
	}
	cashier.enrolled()
	if a := cashier.get("/"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
	if a := cashier.get("/account"); !strings.Contains(a.body, "Ganti aplikasi atau HP") {
		t.Error("it can be turned off by who must have it")
	}
	owner.enrolled()
	if page := owner.get("/settings"); page.status != http.StatusOK || page.field("second_step_all") == nil {
		t.Fatalf("the switch: %d", page.status)
	}
	owner.post("/settings", saved())
	if a := books.get("/transactions"); a.status != http.StatusOK {
		t.Errorf("switched off again: %d", a.status)
	}
}

// TestProductionNeedsTheSecondStep of those who may move much, and the shell
// opens the way for somebody without a phone.
func TestProductionNeedsTheSecondStep(t *testing.T) {
	s := newShop(t, func(s *Server) { s.Service.Environment = payments.Production })
	owner, cashier := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	if !cashier.signedIn() {
		t.Error("a cashier is held up")
	}
	for _, path := range []string{"/", "/transactions", "/staff", "/settings"} {
		if a := owner.get(path); a.status != http.StatusSeeOther || a.header.Get("Location") != "/account/totp" {
			t.Errorf("%s: %d to %s", path, a.status, a.header.Get("Location"))
		}
	}
	if a := owner.post("/staff/invites", invitationFor("x", "owner")); a.status != http.StatusForbidden {
		t.Errorf("an invitation: %d", a.status)
	}
	if l := owner.listen("/events?page=counter", nil); l.status != http.StatusForbidden {
		t.Errorf("a stream: %d", l.status)
	}
	owner.enrolled()
	if a := owner.get("/staff"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
	if err := ResetPassword(t.Context(), s.Store, "ibu@toko.id", chosen); err != nil {
		t.Fatal(err)
	}
	v := s.visitor()
	if a := v.tryPassword("ibu@toko.id", chosen); a.header.Get("Location") != "/" {
		t.Errorf("after a reset from the shell: %v", a)
	}
	v.enrolled()
}

// TestOnesOwnAccount: name, password, and where one is signed in.
func TestOnesOwnAccount(t *testing.T) {
	s := newShop(t)
	here := s.member("sari", payments.Cashier)
	elsewhere, third := s.visitor(), s.visitor()
	elsewhere.header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Safari/537.36")
	elsewhere.signIn("sari")
	third.signIn("sari")
	page := here.get("/account")
	if !strings.Contains(page.body, "Chrome, Android") {
		t.Error("the other device is not listed")
	}
	ends := 0
	for _, e := range page.elements("action") {
		if strings.HasSuffix(e["action"], "/end") {
			ends++
		}
	}
	if ends != 2 {
		t.Errorf("%d places can be ended, want 2", ends)
	}
	theirs := must(s.Store.Logins(t.Context(), s.idOf("sari"), s.Now()))
	budi := s.member("budi", payments.Cashier)
	for _, l := range theirs {
		budi.post("/account/sessions/"+l.ID+"/end", url.Values{"confirm_password": {password}})
	}
	if !here.signedIn() || !elsewhere.signedIn() {
		t.Error("somebody else ended a session")
	}
	for _, l := range theirs {
		if strings.Contains(l.Device, "Android") {
			path := "/account/sessions/" + l.ID + "/end"
			for _, wrong := range []string{"", "salah"} {
				if a := here.post(path, url.Values{"confirm_password": {wrong}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Kata sandi ini salah") || !elsewhere.signedIn() {
					t.Errorf("ending one place with the password %q: %d", wrong, a.status)
				}
			}
			here.post(path, url.Values{"confirm_password": {password}})
		}
	}
	if a := here.post("/account/sessions", url.Values{"confirm_password": {"salah"}}); a.status != http.StatusUnprocessableEntity || !third.signedIn() {
		t.Errorf("ending all others with a wrong password: %d", a.status)
	}
	if elsewhere.signedIn() || !third.signedIn() {
		t.Error("ending one place")
	}
	fourth := s.visitor()
	fourth.signIn("sari")
	if a := here.post("/account/sessions", url.Values{"confirm_password": {password}}); a.status != http.StatusSeeOther || third.signedIn() || fourth.signedIn() || !here.signedIn() {
		t.Errorf("ending all others: %d", a.status)
	}
	third.signIn("sari")
	for name, form := range map[string]url.Values{
		"old_password": {"old_password": {"salah"}, "password": {chosen}},
		"password":     {"old_password": {password}, "password": {"pendek"}},
	} {
		if a := here.post("/account/password", form); a.status != http.StatusUnprocessableEntity || a.mistake(name) == "" {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := here.post("/account/password", url.Values{"old_password": {password}, "password": {chosen}}); a.status != http.StatusSeeOther || !here.signedIn() || third.signedIn() {
		t.Errorf("a new password: %v", a)
	}
	if a := here.post("/account", url.Values{"name": {"Sari Dewi"}}); a.status != http.StatusSeeOther || !strings.Contains(here.get("/account").body, "Sari Dewi") {
		t.Errorf("a new name: %d", a.status)
	}
	s.keepsSecret(password, chosen)
}
