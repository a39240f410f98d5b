package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"kodebayar/payments"
)

// from makes a visitor come from an address, by the proxy that the shop trusts.
func (v *visitor) from(address string) *visitor {
	v.header.Set("X-Forwarded-For", address)
	return v
}

func TestWrongPasswords(t *testing.T) {
	s := newShop(t)
	s.hire("sari", payments.Cashier)
	v := s.visitor()
	known, unknown := v.tryPassword("sari@toko.id", "salah"), v.tryPassword("siapa@toko.id", "salah")
	for name, a := range map[string]answer{"known": known, "unknown": unknown} {
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Email atau kata sandi salah") || len(a.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %v", name, a)
		}
	}
	if strings.ReplaceAll(unknown.body, "siapa@", "sari@") != known.body {
		t.Error("the answers tell a known address from an unknown one")
	}
	for field, a := range map[string]answer{"email": v.tryPassword("", "x"), "password": v.tryPassword("sari@toko.id", "")} {
		if a.status != http.StatusUnprocessableEntity || a.mistake(field) == "" {
			t.Errorf("no %s: %d", field, a.status)
		}
	}
	if a := v.tryPassword(" SARI@Toko.ID ", password); a.status != http.StatusSeeOther {
		t.Errorf("capitals and blanks around the address: %d", a.status)
	}
	if right, err := rightPassword(t.Context(), usualLane, "", nobody); right || err != nil {
		t.Errorf("the hash of nobody: %v, %v", right, err)
	}
}

// TestAnAccountIsThrottled from the address that guesses; others go on.
func TestAnAccountIsThrottled(t *testing.T) {
	s := newShop(t, behind)
	s.hire("sari", payments.Cashier)
	s.hire("budi", payments.Cashier)
	thief := s.visitor().from("203.0.113.1")
	for i := range int(ofBoth.tries) {
		if a := thief.tryPassword("sari@toko.id", fmt.Sprint("tebak", i)); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", i, a.status)
		}
	}
	a := thief.tryPassword("sari@toko.id", password)
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 || !strings.Contains(a.body, strconv.Itoa(wait)+" detik") {
		t.Errorf("one more: %v", a)
	}
	if a := thief.tryPassword("siapa@toko.id", "salah"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("another account from there: %d", a.status)
	}
	if a := s.visitor().from("203.0.113.1").tryPassword("budi@toko.id", password); a.status != http.StatusSeeOther {
		t.Errorf("a right password of another account from there: %d", a.status)
	}
	if a := s.visitor().from("203.0.113.2").tryPassword("sari@toko.id", password); a.status != http.StatusSeeOther {
		t.Errorf("the right password from elsewhere: %d", a.status)
	}
	s.ahead.Add(int64(time.Duration(wait) * time.Second))
	if a := thief.tryPassword("sari@toko.id", password); a.status != http.StatusSeeOther {
		t.Errorf("the right password after the wait: %d", a.status)
	}
}

// TestAnAddressIsThrottled: wrong passwords are told to wait, right ones pass.
func TestAnAddressIsThrottled(t *testing.T) {
	s := newShop(t, behind)
	s.hire("sari", payments.Cashier)
	shop := s.visitor().from("203.0.113.1")
	for i := range int(ofAddress.tries) {
		if a := shop.tryPassword(fmt.Sprintf("siapa%d@toko.id", i), "salah"); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", i, a.status)
		}
	}
	if a := shop.tryPassword("siapa@toko.id", "salah"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("one more: %v", a)
	}
	if a := shop.tryPassword("sari@toko.id", password); a.status != http.StatusSeeOther {
		t.Errorf("a right password from there: %d", a.status)
	}
	if a := s.visitor().from("203.0.113.2").tryPassword("siapa@toko.id", "salah"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("from elsewhere: %d", a.status)
	}
}

// TestAnAccountFromEverywhere has a bound of its own.
func TestAnAccountFromEverywhere(t *testing.T) {
	s := &Server{throttle: newThrottle(time.Now)}
	fixed := time.Now()
	s.throttle.now = func() time.Time { return fixed }
	tries := 0
	for ; tries < 1000; tries++ {
		if s.throttle.take("account x", ofAccount) > 0 {
			break
		}
	}
	if tries != int(ofAccount.tries) {
		t.Errorf("%d tries", tries)
	}
}

// TestWhoseAddress believes X-Forwarded-For of trusted proxies alone.
func TestWhoseAddress(t *testing.T) {
	for name, test := range map[string]struct {
		adjust func(*Server)
		header string
		want   string
	}{
		"no proxy trusted":      {func(*Server) {}, "203.0.113.9", "127.0.0.1"},
		"trusted":               {behind, "203.0.113.9", "203.0.113.9"},
		"forged before a proxy": {behind, "1.2.3.4, 203.0.113.9", "203.0.113.9"},
		"nothing forwarded":     {behind, "", "127.0.0.1"},
	} {
		s := newShop(t, test.adjust)
		s.visitor().from(test.header).get("/healthz")
		s.eventually("a line in the log", func() bool { return strings.Contains(s.log.String(), "route=/healthz") })
		if !strings.Contains(s.log.String(), "address="+test.want) {
			t.Errorf("%s: want %s in\n%s", name, test.want, s.log)
		}
	}
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "@": "@",
	} {
		if got := network(address); got != want {
			t.Errorf("%s is throttled as %s, want %s", address, got, want)
		}
	}
}

func TestThrottle(t *testing.T) {
	now := time.Unix(0, 0)
	th := newThrottle(func() time.Time { return now })
	a := allowance{2, time.Minute}
	take := func(want time.Duration) {
		t.Helper()
		if got := th.take("k", a); got.Round(time.Millisecond) != want {
			t.Errorf("wait %v, want %v", got, want)
		}
	}
	take(0)
	take(0)
	take(time.Minute)
	now = now.Add(30 * time.Second)
	take(30 * time.Second)
	now = now.Add(30 * time.Second)
	take(0)
	take(time.Minute)
	th.giveBack("k")
	take(0)
	now = now.Add(time.Hour)
	take(0)
	take(0)
	take(time.Minute) // an hour saves up no more than the allowance
	for i := range maxKeys * 2 {
		th.take(strconv.Itoa(i), a)
	}
	if n := len(th.used); n > maxKeys {
		t.Errorf("%d keys are kept", n)
	}
}

// TestAPasswordIsHashedAnew at the sign-in after the way of hashing changed.
func TestAPasswordIsHashedAnew(t *testing.T) {
	s := newShop(t)
	s.hire("sari", payments.Cashier)
	hash := func() string { return must(s.Store.Staff(t.Context(), s.idOf("sari"))).PasswordHash }
	cheap := *hashing
	cheap.Memory /= 2
	old := must(argon2id.CreateHash(password, &cheap))
	if err := s.Store.Rehash(t.Context(), s.idOf("sari"), hash(), old); err != nil {
		t.Fatal(err)
	}
	if s.visitor().tryPassword("sari@toko.id", "salah sekali"); hash() != old {
		t.Error("a wrong password was hashed anew")
	}
	here := s.visitor()
	if here.signIn("sari"); !here.signedIn() {
		t.Error("who signs in then is out again")
	}
	anew := hash()
	if params, _, _, err := argon2id.DecodeHash(anew); err != nil || *params != *hashing {
		t.Errorf("%s, %v", anew, err)
	}
	if s.visitor().signIn("sari"); hash() != anew {
		t.Error("hashed anew without need")
	}
}
