package handlers

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"kodebayar/db"
	"kodebayar/payments"
)

// TestGuessable names what is guessed first, and what only looks like it.
func TestGuessable(t *testing.T) {
	names := []string{"Toko Melati Jaya", "Sari Dewi Lestari", "sari.dewi@warungmelati.id"}
	for password, want := range map[string]error{
		"password": ErrPasswordCommon, "12345678": ErrPasswordCommon, "1q2w3e4r": ErrPasswordCommon, "iloveyou": ErrPasswordCommon, "P@ssw0rd": ErrPasswordCommon,
		"Bismillah": ErrPasswordCommon, "terimakasih": ErrPasswordCommon, // Indonesian
		"aaaaaaaaaaaa": ErrPasswordCommon, "kopikopikopi": ErrPasswordCommon, "xyxyxyxyxyxyxyxy": ErrPasswordCommon, "ééééééééé": ErrPasswordCommon,
		"17081945": ErrPasswordCommon, "19900817": ErrPasswordCommon,

		"melati-jaya": ErrPasswordNamed, "TokoMelati99": ErrPasswordNamed, "sarilestari": ErrPasswordNamed, "warungmelati": ErrPasswordNamed,
		"kodebayar1": ErrPasswordNamed, "alfamart-2026": ErrPasswordNamed, "kasirdoku!": ErrPasswordNamed,

		"kopi-tubruk-pagi-7": nil, "kuda baterai benar": nil, "sunshine-83920175": nil, "toko melati buka pukul enam": nil, "g7#kq!2z": nil,
		"rahasia123": nil, "Sayang-2024": nil, "melati-wangi": nil, "saridjlkw": nil, "melati12345678": nil,
		"39182745": nil, "99999998": nil, "ömür boyu": nil, "saridjlkwq7f": nil,
	} {
		if err := guessable(password, names...); err != want {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
	told := string(must(os.ReadFile("../deploy/README.md")))
	for _, word := range placeWords {
		if !strings.Contains(told, word) {
			t.Errorf("%q is written down nowhere", word)
		}
	}
	if err := guessable("melati-jaya"); err != nil {
		t.Errorf("the names of another shop: %v", err)
	}
}

// TestListOfPasswords holds the list to what a search and the standard need:
// order, and at least three thousand that are long enough to be chosen.
func TestListOfPasswords(t *testing.T) {
	list := strings.Split(strings.TrimSuffix(passwords, "\n"), "\n")
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Error("the list is not in order, or has one twice")
	}
	long := 0
	for _, password := range list {
		if !common(password) || password != strings.ToLower(password) {
			t.Errorf("%q is not found", password)
		}
		if common(password + "\n") {
			t.Errorf("%q is found with the end of its line", password)
		}
		if !tooShort(password) {
			long++
		}
	}
	if long < 20_000 {
		t.Errorf("%d passwords of at least %d letters", long, minPassword)
	}
	for _, none := range []string{"", "\n", "!", "~~~~~~~~~", list[0][1:], list[9] + "\n" + list[10]} {
		if common(none) {
			t.Errorf("%q is found", none)
		}
	}
}

// TestGuessablePasswordsAreRefused wherever somebody sets one, and only there:
// who has one already goes on signing in.
func TestGuessablePasswordsAreRefused(t *testing.T) {
	s := newShop(t)
	err := s.Store.Write(t.Context(), func(tx *db.Tx) error { return tx.Set(db.SettingShop, "Melati Jaya", payments.ActorShell, s.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	form := setupForm("ratna@toko.id")
	form.Set("shop", "Melati Jaya")
	setup := func(chosen string) answer { form.Set("password", chosen); return s.visitor().post("/setup", form) }
	for chosen, says := range map[string]string{"password123": "gampang ditebak", "melatijaya!": "nama toko", "melati-ratna1": "nama toko"} {
		if a := setup(chosen); a.status != http.StatusUnprocessableEntity || !strings.Contains(strings.ToLower(a.mistake("password")), says) {
			t.Errorf("set-up with %s: %d, says %q", chosen, a.status, a.mistake("password"))
		}
	}

	owner, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	_, invitation := owner.linkFor("/staff/invites", invitationFor("budi", "cashier"))
	_, reset := owner.linkFor("/staff/"+s.idOf("sari")+"/reset", nil)
	for _, chosen := range []string{"password123", "melatijaya!"} {
		for name, post := range map[string]func() answer{
			"an invitation": func() answer { return s.visitor().post(invitation, url.Values{"name": {"Budi"}, "password": {chosen}}) },
			"a reset":       func() answer { return s.visitor().post(reset, url.Values{"password": {chosen}}) },
			"a change": func() answer {
				return sari.post("/account/password", url.Values{"old_password": {password}, "password": {chosen}})
			},
			"one in other words": func() answer {
				return sari.post("/account/password?lang=en", url.Values{"old_password": {password}, "password": {chosen}})
			},
		} {
			a := post()
			says := "ditebak"
			if strings.Contains(name, "words") {
				says = "easy to guess"
			}
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake("password"), says) {
				t.Errorf("%s with %s: %d, says %q", name, chosen, a.status, a.mistake("password"))
			}
			sari.get("/account?lang=id")
		}
		if err := AddStaff(t.Context(), s.Store, payments.Staff{Email: "x@toko.id", Name: "X", Role: payments.Cashier}, chosen); err == nil {
			t.Errorf("a shell adds somebody with %s", chosen)
		}
		if err := ResetPassword(t.Context(), s.Store, "sari@toko.id", chosen); err == nil {
			t.Errorf("a shell resets to %s", chosen)
		}
	}
	if a := s.visitor().post(invitation, url.Values{"name": {"Lestari"}, "password": {"lestari77"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("one's own name, as typed just now: %d", a.status)
	}

	old := must(argon2id.CreateHash("password123", hashing))
	err = s.Store.ChangeStaff(t.Context(), s.idOf("sari"), payments.ActorShell, s.Now(), func(m *payments.Staff) { m.PasswordHash = old })
	if err != nil {
		t.Fatal(err)
	}
	if a := s.visitor().tryPassword("sari@toko.id", "password123"); a.status != http.StatusSeeOther {
		t.Errorf("somebody who has one already: %d", a.status)
	}
}

func BenchmarkGuessable(b *testing.B) {
	for b.Loop() {
		_ = guessable("kopi-tubruk-pagi-7", "Toko Melati", "Sari Dewi", "sari@toko.id")
	}
}
