package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestPasskey adds a passkey on a phone that asks for a finger, signs in with it
// alone, and cannot any more once it is removed.
func TestPasskey(t *testing.T) {
	t.Parallel()
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + strings.Replace(freeAddress(t), "127.0.0.1", "localhost", 1), till: "http://" + freeAddress(t)}
	s.database = s.dir + "/shop.db"
	s.startSimulator()
	s.startApp()
	owner := s.owner()
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	wire, err := p.Context().NewCDPSession(p.Page)
	check(t, err)
	_, err = wire.Send("WebAuthn.enable", map[string]any{})
	check(t, err)
	_, err = wire.Send("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{
		"protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true,
	}})
	check(t, err)

	p.open("/account", http.StatusOK)
	form := p.Locator("form[data-passkey=add]")
	p.excuse("422")
	check(t, form.Locator("[name=passkey_name]").Fill("HP Ibu"))
	check(t, form.Locator("[name=confirm_password]").Fill("bukan ini"))
	check(t, form.Locator("button").Click())
	check(t, p.expect("form[data-passkey=add] [data-problem]").ToBeVisible())
	check(t, form.Locator("[name=confirm_password]").Fill(ownerPassword))
	check(t, form.Locator("button").Click())
	check(t, p.expect("#passkey-list").ToContainText("HP Ibu"))
	p.lookOver("account with a passkey")

	signOut := func() {
		t.Helper()
		p.open("/", http.StatusOK)
		check(t, p.Locator("summary[aria-label=Menu]").Click())
		p.press("/logout")
		p.arrive("**/login*")
	}
	signOut()
	p.lookOver("sign-in with passkeys")
	check(t, p.Locator("form[data-passkey=sign-in] button").Click())
	p.arrive(s.home + "/")
	check(t, p.expect("[name=amount]").ToBeVisible())

	// A press after the session ended leads through the passkey back to the form.
	p.fill("amount", "150000")
	p.fill("customer_name", "Budi Santoso")
	check(t, p.Context().ClearCookies())
	p.excuse("401")
	p.press("/codes")
	check(t, p.Locator("form[data-passkey=sign-in] button").Click())
	p.arrive(s.home + "/")
	check(t, p.expect("[name=customer_name]").ToHaveValue("Budi Santoso"))
	p.open("/account", http.StatusOK)
	check(t, p.expect("#passkey-list").ToContainText("Dipakai"))

	check(t, p.Locator("#passkey-list summary").Click())
	check(t, p.Locator("#passkey-list [name=confirm_password]").Fill(ownerPassword))
	check(t, p.Locator("#passkey-list .btn-danger").Click())
	check(t, p.expect("#passkey-list").ToHaveCount(0))
	signOut()
	p.excuse("422")
	check(t, p.Locator("form[data-passkey=sign-in] button").Click())
	check(t, p.expect("form[data-passkey=sign-in] [data-problem]").ToBeVisible())
	if path := p.URL(); !strings.Contains(path, "/login") {
		t.Errorf("a passkey that was removed leads to %s", path)
	}
}
