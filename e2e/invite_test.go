package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestInviteByQR invites a cashier at a desk, whose phone reads the square off the
// screen and is in the shop a minute later.
func TestInviteByQR(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := newPerson(t, s.home, desk())
	owner.continueAs(s.owner())
	owner.open("/staff", http.StatusOK)
	check(t, owner.Locator(`form[action$="/staff/invites"] [name=name]`).Fill("Wati"))
	check(t, owner.Locator(`form[action$="/staff/invites"] [name=email]`).Fill("wati@example.com"))
	owner.press("/staff/invites")
	check(t, owner.expect("#f-link").ToBeVisible())
	screen := filepath.Join(t.TempDir(), "screen.png")
	owner.picture(screen)
	link := strings.TrimPrefix(scanned(t, screen), "QR-Code:")
	if want, err := owner.Locator("#f-link").InputValue(); err != nil || link != want {
		t.Fatalf("the square says %q, the link is %q, %v", link, want, err)
	}

	wati := newPerson(t, s.home, phone())
	wati.open(link, http.StatusOK)
	wati.fill("password", "bebek goreng sambal")
	wati.press(strings.TrimPrefix(link, s.home))
	wati.arrive(s.home + "/")
	check(t, wati.expect("[name=amount]").ToBeVisible())
	check(t, wati.expect("#checklist").ToHaveCount(0)) // that is the owner's
	wati.fill("amount", "50000")
	wati.fill("customer_name", "Siti Aminah")
	wati.press("/codes")
	wati.arrive("**/codes/*-*")

	again := newPerson(t, s.home, phone())
	again.open(link, http.StatusGone) // it works once
}
