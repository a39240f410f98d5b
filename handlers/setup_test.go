package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

func setupForm(email string) url.Values {
	return url.Values{
		"token": {SetupToken(dbtest.Key)}, "shop": {"Toko Melati"}, "name": {"Ratna"}, "email": {email}, "password": {password},
	}
}

func TestMistakesInTheSetUp(t *testing.T) {
	s := newShop(t)
	v := s.visitor()
	for name, test := range map[string]struct{ field, value, says string }{
		"no shop":        {"shop", "", "Isi namanya"},
		"long shop":      {"shop", strings.Repeat("x", 41), "40 huruf"},
		"no name":        {"name", " ", "Isi namanya"},
		"no email":       {"email", "", "Isi alamat email"},
		"email of words": {"email", "ratna", "belum alamat email"},
		"short password": {"password", "1234567", "paling sedikit 8"},
		"long password":  {"password", strings.Repeat("x", 257), "terlalu panjang"},
	} {
		form := setupForm("ratna@toko.id")
		form.Set(test.field, test.value)
		a := v.post("/setup", form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake(test.field), test.says) {
			t.Errorf("%s: %d, says %q", name, a.status, a.mistake(test.field))
		}
		if strings.Contains(a.body, password) {
			t.Errorf("%s: the password is written back", name)
		}
		if a.field("token")["value"] == "" {
			t.Errorf("%s: the token is lost", name)
		}
	}
	extra := setupForm("ratna@toko.id")
	extra.Set("role", "owner")
	if a := v.post("/setup", extra); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "“role”") {
		t.Errorf("a field nobody asked for: %d", a.status)
	}
	for name, token := range map[string]string{"none": "", "wrong": strings.Repeat("a", 32), "cut": SetupToken(dbtest.Key)[:31]} {
		form := setupForm("ratna@toko.id")
		form.Set("token", token)
		if a := v.post("/setup", form); a.status != http.StatusNotFound {
			t.Errorf("token %s: %d", name, a.status)
		}
		if a := v.get("/setup?token=" + token); a.status != http.StatusNotFound {
			t.Errorf("link with token %s: %d", name, a.status)
		}
	}
	if has, err := s.Store.HasOwner(t.Context()); has || err != nil {
		t.Errorf("an owner was made: %v, %v", has, err)
	}
}

// TestTheLinkDies opens the one-time link after an owner exists, made here or
// from the shell.
func TestTheLinkDies(t *testing.T) {
	for name, own := range map[string]func(s *shop){
		"by the link": func(s *shop) {
			if a := s.visitor().post("/setup", setupForm("ratna@toko.id")); a.status != http.StatusSeeOther {
				t.Fatal(a)
			}
		},
		"from the shell": func(s *shop) { s.hire("ratna", payments.Owner) },
	} {
		s := newShop(t)
		v := s.visitor()
		if a := v.get("/login"); a.status != http.StatusOK || !strings.Contains(a.body, "belum disiapkan") || strings.Contains(a.body, SetupToken(dbtest.Key)) {
			t.Errorf("before it is set up: %v", a)
		}
		own(s)
		for _, a := range []answer{v.get("/setup?token=" + SetupToken(dbtest.Key)), v.get("/setup"), v.post("/setup", setupForm("maling@toko.id"))} {
			if a.status != http.StatusGone || !strings.Contains(a.body, "sudah dipakai") {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		if a := v.get("/login"); strings.Contains(a.body, "belum disiapkan") {
			t.Errorf("%s: the sign-in page still says that the shop is not set up", name)
		}
		if people, err := s.Store.AllStaff(t.Context()); len(people) != 1 || err != nil {
			t.Errorf("%s: the staff is %v, %v", name, people, err)
		}
	}
}

// TestTwoSetUpsAtOnce leaves one owner, and tells the others.
func TestTwoSetUpsAtOnce(t *testing.T) {
	s := newShop(t)
	statuses := make([]int, 4)
	var wg sync.WaitGroup
	for i := range statuses {
		v := s.visitor()
		wg.Go(func() { statuses[i] = v.post("/setup", setupForm(string(rune('a'+i))+"@toko.id")).status })
	}
	wg.Wait()
	won := 0
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			won++
		case http.StatusGone:
		default:
			t.Errorf("status %d", status)
		}
	}
	people, err := s.Store.AllStaff(t.Context())
	if won != 1 || len(people) != 1 || err != nil {
		t.Errorf("%d won, the staff is %v, %v", won, people, err)
	}
}

// TestTheTokenFollowsFromTheKey, so that a restart prints the same link.
func TestTheTokenFollowsFromTheKey(t *testing.T) {
	other := append([]byte{8}, dbtest.Key[1:]...)
	if a, b := SetupToken(dbtest.Key), SetupToken(dbtest.Key); a != b || len(a) != 32 || a == SetupToken(other) {
		t.Errorf("tokens %q, %q, %q", a, b, SetupToken(other))
	}
}
