package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/payments"
)

// TestPasskeysAreRefused without the password, at a bare address, with nonsense,
// and when a challenge is answered twice. What a right one does is shown in a
// browser.
func TestPasskeysAreRefused(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	good := url.Values{"passkey_name": {"HP"}, "confirm_password": {password}}
	if a := v.post("/account/passkeys/begin", good); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "https") {
		t.Errorf("at a bare address: %d %s", a.status, a.body)
	}
	if page := s.visitor().get("/login"); strings.Contains(page.body, "data-passkey") {
		t.Error("at a bare address they are offered")
	}
	s.PublicURL = must(url.Parse(strings.Replace(s.home, "127.0.0.1", "localhost", 1)))
	for name, a := range map[string]answer{
		"the page":                   s.visitor().get("/login"),
		"with a wrong password":      s.visitor().tryPassword("ibu@toko.id", "salah sekali"),
		"a form signed out":          s.visitor().post("/codes", url.Values{"amount": {"150000"}}),
		"a PIN elsewhere":            s.visitor().get("/login/pin?staff=x"),
		"a second step without time": s.visitor().post("/login", url.Values{"totp": {"123456"}}),
	} {
		if n := len(a.elements("data-passkey")); n != 1 {
			t.Errorf("%s offers %d passkeys: %d", name, n, a.status)
		}
	}
	for name, f := range map[string]url.Values{
		"a wrong password": {"passkey_name": {"HP"}, "confirm_password": {"salah sekali"}},
		"no password":      {"passkey_name": {"HP"}},
		"no name":          {"confirm_password": {password}},
		"a field more":     {"passkey_name": {"HP"}, "confirm_password": {password}, "id": {"x"}},
	} {
		if a := v.post("/account/passkeys/begin", f); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "challenge") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := v.post("/account/passkeys/begin", good); a.status != http.StatusOK || !strings.Contains(a.body, `"challenge"`) || !strings.Contains(a.body, `"userVerification":"required"`) {
		t.Fatalf("right: %d %s", a.status, a.body)
	}
	for _, path := range []string{"/account/passkeys", "/login/passkey"} {
		for _, credential := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("x", 70_000)} {
			if a := v.post(path, url.Values{"credential": {credential}}); a.status < 400 || a.status >= 500 {
				t.Errorf("%s with %.20q: %d", path, credential, a.status)
			}
		}
	}
	stranger := s.visitor()
	if a := stranger.post("/login/passkey/begin", nil); a.status != http.StatusOK || strings.Contains(a.body, "allowCredentials") {
		t.Errorf("a stranger begins: %d %s", a.status, a.body)
	}
	// Another member's key is not theirs to remove.
	sari := s.member("sari", payments.Cashier)
	if err := s.Store.AddPasskey(t.Context(), db.Passkey{ID: "k1", StaffID: s.idOf("ibu"), Name: "HP Ibu", Credential: []byte("{}"), MadeAt: s.Now()}); err != nil {
		t.Fatal(err)
	}
	if a := sari.post("/account/passkeys/k1/remove", url.Values{"confirm_password": {password}}); a.status != http.StatusNotFound {
		t.Errorf("somebody else's: %d", a.status)
	}
	if a := v.post("/account/passkeys/k1/remove", url.Values{"confirm_password": {"salah sekali"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("with a wrong password: %d", a.status)
	}
	if err := ResetPassword(t.Context(), s.Store, "ibu@toko.id", "kata sandi baru"); err != nil {
		t.Fatal(err)
	}
	if left := must(s.Store.Passkeys(t.Context(), s.idOf("ibu"))); len(left) != 0 {
		t.Error("a reset leaves passkeys")
	}
	limited := 0
	for range 40 {
		if stranger.post("/login/passkey/begin", nil).status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited == 0 {
		t.Error("a stranger may begin without end")
	}
}
