package handlers

import (
	"net/http"
	"strings"
	"testing"

	"kodebayar/payments"
)

func (a answer) language() string {
	if found := a.elements("lang"); len(found) > 0 && found[0][""] == "html" {
		return found[0]["lang"]
	}
	return ""
}

func TestLanguageIsRemembered(t *testing.T) {
	s := newShop(t)
	v := s.visitor()
	expect := func(who *visitor, path, want string) {
		t.Helper()
		if got := who.get(path).language(); got != want {
			t.Errorf("%s is in %q, want %q", path, got, want)
		}
	}
	english := http.Header{"Accept-Language": {"en-GB,en;q=0.9"}}
	if got := v.send("GET", "/login", "", english).language(); got != "id" {
		t.Errorf("the staff's pages begin in %q", got)
	}
	expect(v, "/login?lang=en", "en")
	expect(v, "/login", "en")
	expect(v, "/nothing", "en")
	expect(v, "/login?lang=xx", "en")
	expect(v, "/login?lang=id", "id")
	expect(v, "/login", "id")

	sari := s.member("sari", payments.Cashier)
	expect(sari, "/?lang=en", "en")
	// The next device is asked nothing.
	phone := s.visitor()
	phone.signIn("sari")
	expect(phone, "/", "en")
	// A device where somebody chose keeps the choice.
	shared := s.visitor()
	expect(shared, "/login?lang=id", "id")
	shared.signIn("sari")
	expect(shared, "/", "id")
}

func TestLanguageOfACustomer(t *testing.T) {
	s := newShop(t)
	path := "/pay/" + s.member("sari", payments.Cashier).issue().Token
	for name, test := range map[string]struct{ query, accept, want string }{
		"nothing said":      {"", "", "id"},
		"Indonesian":        {"", "id-ID,id;q=0.9,en;q=0.8", "id"},
		"English":           {"", "en-US,en;q=0.9", "en"},
		"something else":    {"", "zh-CN", "id"},
		"asked for":         {"?lang=en", "id-ID", "en"},
		"asked for, id":     {"?lang=id", "en", "id"},
		"asked for rubbish": {"?lang=xx", "en", "en"},
	} {
		v := s.visitor()
		a := v.send("GET", path+test.query, "", http.Header{"Accept-Language": {test.accept}})
		if a.language() != test.want {
			t.Errorf("%s: %q", name, a.language())
		}
		if a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: sets %s", name, a.header.Get("Set-Cookie"))
		}
		if !strings.Contains(a.streamOf(), "lang="+test.want) {
			t.Errorf("%s: the stream is %s", name, a.streamOf())
		}
	}
}
