package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"kodebayar/db"
	"kodebayar/payments"
)

func TestWhichPINs(t *testing.T) {
	for _, refused := range []string{
		"", "12345", "1234567", "12a456", "١٢٣٤٥٦", "000000", "777777", "121212", "111222", "122221", "123456", "345678", "567890", "890123",
		"654321", "987654", "321098", "123123", "908908", "112233", "774411", "123321", "654456",
	} {
		if wrongPIN(refused) == (text{}) {
			t.Errorf("%q passes", refused)
		}
	}
	for _, fine := range []string{pin, "905172", "123457", "120987", "135790", "018427", "112234"} {
		if wrong := wrongPIN(fine); wrong != (text{}) {
			t.Errorf("%s: %s", fine, wrong.en)
		}
	}
}

// TestSettingAPIN is for cashiers, with their password.
func TestSettingAPIN(t *testing.T) {
	s := newShop(t)
	sari, boss := s.member("sari", payments.Cashier), s.member("ibu", payments.Owner)
	if a := boss.get("/account"); a.field("pin") != nil {
		t.Error("an owner is offered a PIN")
	}
	for field, form := range map[string]url.Values{
		"pin":          {"pin": {"123456"}, "pin_password": {password}},
		"pin_password": {"pin": {pin}, "pin_password": {"salah sekali"}},
	} {
		if a := sari.post("/account/pin", form); a.status != http.StatusUnprocessableEntity || a.mistake(field) == "" || strings.Contains(a.body, pin) {
			t.Errorf("a wrong %s: %v", field, a)
		}
	}
	if _, err := s.Store.PIN(t.Context(), s.idOf("sari")); err == nil {
		t.Fatal("there is a PIN")
	}
	good := url.Values{"pin": {pin}, "pin_password": {password}}
	if a := sari.post("/account/pin", good); a.status != http.StatusSeeOther {
		t.Fatalf("setting it: %v", a)
	}
	kept := must(s.Store.PIN(t.Context(), s.idOf("sari")))
	if right, err := rightPassword(t.Context(), usualLane, pin, kept.Hash); right || err != nil || !strings.HasPrefix(kept.Hash, "$argon2id$") {
		t.Errorf("the hash alone tells the PIN: %v %v", right, err)
	}
	if a := boss.get("/staff/" + s.idOf("sari")); !strings.Contains(a.body, "Hapus PIN-nya") {
		t.Error("the member's page does not say that there is a PIN")
	}
	if a := sari.post("/account/pin/remove", url.Values{"pin_password": {"salah sekali"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("removed without the password: %d", a.status)
	}
	if a := sari.post("/account/pin/remove", url.Values{"pin_password": {password}}); a.status != http.StatusSeeOther {
		t.Errorf("removing: %v", a)
	}
	if _, err := s.Store.PIN(t.Context(), s.idOf("sari")); err == nil {
		t.Error("the PIN is still there")
	}
	if set, gone := s.logged(db.EventPINSet), s.logged(db.EventPINRemoved); len(set) != 1 || len(gone) != 1 {
		t.Errorf("the log tells %v %v", set, gone)
	}
	s.withPIN("budi", pin)
	if must(s.Store.PIN(t.Context(), s.idOf("budi"))).Hash == kept.Hash {
		t.Error("two with the same PIN have the same hash")
	}
}

// TestWrongPINs slow a cashier at a till down, and the till, but keep nobody
// from signing in whole.
func TestWrongPINs(t *testing.T) {
	s := newShop(t)
	sari, budi := s.withPIN("sari", pin), s.withPIN("budi", "905172")
	till, other := s.enrolled("Kasir depan"), s.enrolled("Kasir belakang")
	for i := range int(ofPIN.tries) {
		if a := till.tryPIN(sari, fmt.Sprint(100000+i)); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", i, a.status)
		}
	}
	s.eventually("the log tells of it", func() bool {
		told := s.logged(db.EventSignInFailed)
		return len(told) == 3 && told[0].Detail["staff"] == sari && told[2].Detail["wrong"] == "pin" && told[2].Detail["tries"] == "4" // the 1st, 2nd and 4th
	})
	a := till.tryPIN(sari, pin)
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 120 || !strings.Contains(a.body, strconv.Itoa(wait)+" detik") {
		t.Errorf("one more: %v", a)
	}
	if a := till.tryPIN(budi, "905172"); a.status != http.StatusSeeOther {
		t.Errorf("another at the same till: %d", a.status)
	}
	till.post("/logout", nil)
	if a := other.tryPIN(sari, pin); a.status != http.StatusSeeOther {
		t.Errorf("the same at another till: %d", a.status)
	}
	if a := till.tryPassword("sari@toko.id", password); a.status != http.StatusSeeOther {
		t.Errorf("the password there: %d", a.status)
	}
	till.post("/logout", nil)
	s.ahead.Add(int64(time.Duration(wait) * time.Second))
	if a := till.tryPIN(sari, pin); a.status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.status)
	}
	till.post("/logout", nil)

	// The till as a whole: four more cashiers are tried.
	s.ahead.Add(int64(time.Hour))
	var names []string
	for i := range 5 {
		names = append(names, s.withPIN(fmt.Sprint("kasir", i), pin))
	}
	for i := range int(ofTill.tries) {
		if a := till.tryPIN(names[i/4], "100000"); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: %d", i, a.status)
		}
	}
	if a := till.tryPIN(budi, "905172"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("a till that was played at: %v", a)
	}
	if a := other.tryPIN(budi, "905172"); a.status != http.StatusSeeOther {
		t.Errorf("another till: %d", a.status)
	}
}

// TestWhatEndsAPIN: the PIN is gone, and so is who is signed in at a till.
func TestWhatEndsAPIN(t *testing.T) { eachShop(t, whatEndsAPIN) }

func whatEndsAPIN(t *testing.T, s *shop) {
	boss := s.member("bos", payments.Manager)
	till := s.enrolled("Kasir depan")
	change := func(id string, by func(*payments.Staff)) {
		if err := s.Store.ChangeStaff(t.Context(), id, payments.ActorShell, s.Now(), by); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		end  func(id string)
		ends bool
	}{
		"disabled": {func(id string) { boss.post("/staff/"+id+"/disable", nil) }, true},
		"role":     {func(id string) { change(id, func(m *payments.Staff) { m.Role = payments.Manager }) }, true},
		"taken":    {func(id string) { boss.post("/staff/"+id+"/pin", nil) }, true},
		"shell":    {func(string) { _ = ResetPassword(t.Context(), s.Store, "shell@toko.id", "lain-sama-sekali") }, true},
		"reset": {func(id string) {
			link := boss.get(boss.post("/staff/"+id+"/reset", nil).header.Get("Location")).elements("data-copy")[0]["data-copy"]
			s.visitor().post(strings.TrimPrefix(link, s.home), url.Values{"password": {"lain-sama-sekali"}})
		}, true},
		"renamed": {func(id string) { change(id, func(m *payments.Staff) { m.Name = "Sari Dewi" }) }, false},
	} {
		id := s.withPIN(name, pin)
		till.come(id, pin)
		live := till.listen(till.get("/").streamOf(), nil)
		live.next("today", "")
		test.end(id)
		if got := till.signedIn(); got == test.ends {
			t.Errorf("%s: signed in %v", name, got)
		}
		if test.ends {
			live.expectEnd()
		}
		live.close()
		till.post("/logout", nil)
		a := till.tryPIN(id, pin)
		if left := a.status == http.StatusSeeOther; left == test.ends {
			t.Errorf("%s: the PIN answers %d", name, a.status)
		}
		if _, err := s.Store.PIN(t.Context(), id); (err != nil) != test.ends {
			t.Errorf("%s: the PIN is there: %v", name, err)
		}
		till.post("/logout", nil)
	}
	if n := len(s.logged(db.EventPINRemoved)); n != 5 {
		t.Errorf("%d events for 5 PINs", n)
	}
	// One's own new password leaves it: the cashier is the same.
	id := s.withPIN("sendiri", pin)
	own := s.visitor()
	own.signIn("sendiri")
	own.post("/account/password", url.Values{"old_password": {password}, "password": {"lain-sama-sekali"}})
	if a := till.tryPIN(id, pin); a.status != http.StatusSeeOther {
		t.Errorf("after one's own new password: %d", a.status)
	}
	// A new PIN ends what the old one opened.
	if a := own.post("/account/pin", url.Values{"pin": {"905172"}, "pin_password": {"lain-sama-sekali"}}); a.status != http.StatusSeeOther || till.signedIn() || !own.signedIn() {
		t.Errorf("a new PIN: %v", a)
	}
}

// TestWhatAPINMayNotDo: whoever knows it takes the account from nobody.
func TestWhatAPINMayNotDo(t *testing.T) {
	s := newShop(t)
	sari := s.withPIN("sari", pin)
	till := s.enrolled("Kasir depan")
	till.come(sari, pin)
	before := must(s.Store.Staff(t.Context(), sari))
	for path, form := range map[string]url.Values{
		"/account/password":           {"old_password": {pin}, "password": {"lain-sama-sekali"}},
		"/account/pin":                {"pin": {"905172"}, "pin_password": {pin}},
		"/account/pin/remove":         {"pin_password": {pin}},
		"/account/passkeys/begin":     {"passkey_name": {"x"}, "confirm_password": {pin}},
		"/account/passkeys/k1/remove": {"confirm_password": {""}},
	} {
		if a := till.post(path, form); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v", path, a)
		}
		s.ahead.Add(int64(2 * time.Minute)) // a wrong password is forgotten after a while
	}
	secret := strings.ReplaceAll(till.get("/account/totp").textOf("secret"), " ", "")
	code := must(totp.GenerateCode(secret, s.Now()))
	for _, form := range []url.Values{{"totp": {code}}, {"totp": {code}, "confirm_password": {pin}}} {
		if a := till.post("/account/totp", form); a.status != http.StatusUnprocessableEntity || a.mistake("confirm_password") == "" {
			t.Errorf("a second step: %v", a)
		}
	}
	kept := must(s.Store.PIN(t.Context(), sari))
	if now := must(s.Store.Staff(t.Context(), sari)); now != before || !kept.MadeAt.Before(s.Now()) || len(s.logged(db.EventPINSet)) != 1 {
		t.Error("something changed")
	}
	if a := till.post("/account/totp", url.Values{"totp": {must(totp.GenerateCode(secret, s.Now()))}, "confirm_password": {password}}); a.status != http.StatusSeeOther {
		t.Fatalf("with the password: %v", a)
	}
	// The device is the second thing: at a till the PIN is enough.
	till.post("/logout", nil)
	till.come(sari, pin)
	if !till.signedIn() {
		t.Error("the second step is asked for at a till")
	}
	till.post("/logout", nil)
	if a := till.tryPassword("sari@toko.id", password); a.header.Get("Location") != "/login" || till.signedIn() {
		t.Errorf("and not by password: %v", a)
	}
}

// TestAPINTakenWhileItIsTyped: what was checked a moment ago counts no more.
func TestAPINTakenWhileItIsTyped(t *testing.T) {
	s := newShop(t)
	sari := s.withPIN("sari", pin)
	till := s.enrolled("Kasir depan")
	one := must(s.Store.Tills(t.Context(), s.Now()))[0]
	kept := must(s.Store.PIN(t.Context(), sari))
	login := db.Login{ID: "l9", StaffID: sari, TillID: one.ID, PIN: kept.Hash, MadeAt: s.Now(), SeenAt: s.Now(), ExpiresAt: s.Now().Add(time.Minute)}
	other := kept
	other.Hash = "another"
	if err := s.Store.SetPIN(t.Context(), other, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.AddLogin(t.Context(), login); err == nil {
		t.Error("by a PIN that was replaced")
	}
	if err := s.Store.DropPIN(t.Context(), sari, payments.ActorShell, s.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.AddLogin(t.Context(), login); err == nil {
		t.Error("by a PIN that was taken")
	}
	login.PIN = ""
	if err := s.Store.RemoveTill(t.Context(), one.ID, payments.ActorShell, s.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.AddLogin(t.Context(), login); err == nil {
		t.Error("at a till that was removed")
	}
	if till.signedIn() {
		t.Error("somebody is signed in")
	}
}
