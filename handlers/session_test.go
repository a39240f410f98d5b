package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

func (v *visitor) signedIn() bool {
	v.s.t.Helper()
	return v.get("/transactions").status == http.StatusOK
}

// TestSignOut replays a session, and a form, after its owner signed out.
func TestSignOut(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	thief := v.copy()
	if !thief.signedIn() {
		t.Fatal("the copy of the cookie should be as good as the cookie")
	}
	live := v.listen(v.get("/").streamOf(), nil)
	live.next("today", "")
	if a := v.post("/logout", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login" {
		t.Fatalf("POST /logout: %v", a)
	}
	live.expectEnd()
	for name, who := range map[string]*visitor{"the member": v, "the copy": thief} {
		if who.signedIn() {
			t.Errorf("%s is still signed in", name)
		}
		a := who.post("/codes", form)
		if a.status != http.StatusUnauthorized || !strings.Contains(a.body, "tidak ada yang dikirim atau disimpan") || a.field("password") == nil {
			t.Errorf("%s posts a form: %d", name, a.status)
		}
		if l := who.listen("/events?page=counter", nil); l.status != http.StatusUnauthorized {
			t.Errorf("%s opens a stream: %d", name, l.status)
		}
	}
	if a := v.post("/logout", nil); a.status != http.StatusSeeOther {
		t.Errorf("signing out twice: %d", a.status)
	}
	v.signIn("sari")
	if a := v.post("/codes", form); a.status != http.StatusSeeOther {
		t.Errorf("the form after signing in again: %d", a.status)
	}
}

// TestWhereSignInLeads keeps the way back inside the app.
func TestWhereSignInLeads(t *testing.T) {
	s := newShop(t)
	s.hire("ibu", payments.Owner)
	v := s.visitor()
	for path, want := range map[string]string{
		"/": "/login", "/transactions?tab=unpaid&lang=en": "/login?next=%2Ftransactions%3Ftab%3Dunpaid", "/codes/abc": "/login?next=%2Fcodes%2Fabc",
	} {
		if a := v.get(path); a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%s leads to %q", path, a.header.Get("Location"))
		}
	}
	a := v.send("GET", "/transactions", "", http.Header{"Hx-Request": {"true"}})
	if a.header.Get("HX-Redirect") != "/login?next=%2Ftransactions" || a.header.Get("Location") != "" {
		t.Errorf("a script is led by %v", a.header)
	}
	for next, want := range map[string]string{
		"/transactions?tab=unpaid": "/transactions?tab=unpaid", "": "/", "https://evil.example": "/", "//evil.example": "/",
		`/\evil.example`: "/", "/\t/evil.example": "/", "javascript:alert(1)": "/", "transactions": "/",
	} {
		fresh := s.visitor()
		a := fresh.post("/login", url.Values{"email": {"ibu@toko.id"}, "password": {password}, "next": {next}})
		if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("next %q leads to %q", next, a.header.Get("Location"))
		}
		if a := fresh.get("/login?next=" + url.QueryEscape(next)); a.header.Get("Location") != want {
			t.Errorf("signed in already, next %q leads to %q", next, a.header.Get("Location"))
		}
	}
}

// TestARestartSignsNobodyOut opens the same database in another process.
func TestARestartSignsNobodyOut(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	again := openShop(t, s.file)
	home := must(url.Parse(s.home))
	other := again.visitor()
	other.client.Jar.SetCookies(must(url.Parse(again.home)), v.client.Jar.Cookies(home))
	if !other.signedIn() {
		t.Fatal("a second process on the same database does not know the session")
	}
	if a := other.post("/codes", form); a.status != http.StatusSeeOther {
		t.Errorf("a form from before the restart: %d", a.status)
	}
}

// TestWhatEndsASession changes a member while they are signed in.
func TestWhatEndsASession(t *testing.T) {
	s := newShop(t)
	change := func(id string, by func(*payments.Staff)) {
		if err := s.Store.ChangeStaff(t.Context(), id, payments.ActorShell, s.Now(), by); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		end  func(id string)
		ends bool
	}{
		"disabled":     {func(id string) { change(id, func(m *payments.Staff) { m.Disabled = true }) }, true},
		"new password": {func(string) { _ = ResetPassword(t.Context(), s.Store, "new.password@toko.id", "lain-sama-sekali") }, true},
		"new name":     {func(id string) { change(id, func(m *payments.Staff) { m.Name = "Sari Dewi" }) }, false},
	} {
		who := strings.ReplaceAll(name, " ", ".")
		v := s.member(who, payments.Cashier)
		live := v.listen(v.get("/").streamOf(), nil)
		live.next("today", "")
		test.end(s.idOf(who))
		if got := v.signedIn(); got == test.ends {
			t.Errorf("%s: signed in %v", name, got)
		}
		if test.ends {
			live.expectEnd()
		} else {
			select {
			case <-live.ended:
				t.Errorf("%s ends the stream", name)
			default:
			}
		}
	}
	if a := s.visitor().tryPassword("disabled@toko.id", password); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a disabled member signs in: %d", a.status)
	}
}

// TestASessionLastsFourteenDays, and no longer.
func TestASessionLastsFourteenDays(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	for at := time.Duration(0); at < sessionLifetime; at += sessionIdle - time.Hour {
		s.ahead.Store(int64(at))
		if !v.signedIn() {
			t.Fatalf("ended after %v", at)
		}
	}
	s.ahead.Store(int64(sessionLifetime) + 1e11)
	if v.signedIn() {
		t.Error("goes on")
	}
}

// TestASessionThatNobodyUsesEnds after three days.
func TestASessionThatNobodyUsesEnds(t *testing.T) {
	s := newShop(t)
	v, other := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
	s.ahead.Store(int64(sessionIdle) - 1e11)
	if !v.signedIn() {
		t.Error("ended early")
	}
	s.ahead.Store(int64(sessionIdle) + 1e11)
	if !v.signedIn() {
		t.Error("ended although it was used")
	}
	if other.signedIn() {
		t.Error("goes on")
	}
}

// TestATokenFromBefore plants a session in somebody's browser before they sign
// in.
func TestATokenFromBefore(t *testing.T) {
	s := newShop(t)
	s.hire("sari", payments.Cashier)
	thief := s.member("maling", payments.Cashier)
	victim := thief.copy()
	before := victim.client.Jar.Cookies(must(url.Parse(s.home)))[0].Value
	victim.signIn("sari")
	if after := victim.client.Jar.Cookies(must(url.Parse(s.home)))[0].Value; after == before {
		t.Error("signing in keeps the token")
	}
	if thief.signedIn() {
		t.Error("the planted token still works")
	}
	stored, err := s.Store.Query(t.Context(), `SELECT token FROM sessions WHERE token = $1`, victim.client.Jar.Cookies(must(url.Parse(s.home)))[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	if stored.Next() {
		t.Error("the database holds a token that a cookie could be made of")
	}
}
