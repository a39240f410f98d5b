package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestSignedOut asks for everything that is the shop's own without signing in.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	path := owner.issue()
	code := owner.number(path)
	stranger := newVisitor(t, shop.home)
	for _, link := range []string{"/", "/transactions", "/codes", "/codes/new", path, path + "/cancel", path + "/edit", "/events", "/account"} {
		answer := stranger.get(link)
		if !answer.wantsSignIn() && answer.status != http.StatusNotFound {
			t.Errorf("GET %s: status %d to %q", link, answer.status, answer.location())
		}
		if strings.Contains(answer.body, code) || strings.Contains(answer.body, "Budi") {
			t.Errorf("GET %s tells of the code:\n%s", link, answer.body)
		}
	}
	for _, link := range []string{"/codes", path + "/cancel", path + "/check", path + "/edit", "/logout"} {
		answer := stranger.post(link, url.Values{"reason": {"x"}})
		if !answer.wantsSignIn() && answer.status != http.StatusNotFound {
			t.Errorf("POST %s: status %d to %q", link, answer.status, answer.location())
		}
	}
	if status := owner.get(path).marks()["data-status"]; status != "active" {
		t.Errorf("a stranger made the code %s", status)
	}
}

// TestRoles walks the four roles: a cashier touches only what that cashier
// made, the accountant touches nothing.
func TestRoles(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	owners := owner.issue()
	ownersCode := owner.number(owners)
	customerLink := owner.customerLink(owners)

	manager := shop.employ("Pak Hendra", "hendra@example.com", "manager")
	sari := shop.employ("Sari", "sari@example.com", "cashier")
	dewi := shop.employ("Dewi", "dewi@example.com", "cashier")
	accountant := shop.employ("Bu Lina", "lina@example.com", "accountant")
	saris := sari.issue()

	for name, cashier := range map[string]*visitor{"of the owner's": sari, "of another cashier's": dewi} {
		theirs := owners
		if cashier == dewi {
			theirs = saris
		}
		for _, link := range []string{theirs, theirs + "/cancel", theirs + "/edit"} {
			if answer := cashier.get(link); answer.status != http.StatusNotFound {
				t.Errorf("GET %s, %s: status %d, want 404", link, name, answer.status)
			}
		}
		for _, link := range []string{theirs + "/cancel", theirs + "/check"} {
			if answer := cashier.post(link, url.Values{"reason": {"x"}}); answer.status != http.StatusNotFound {
				t.Errorf("POST %s, %s: status %d, want 404", link, name, answer.status)
			}
		}
	}
	for name, seen := range map[string]struct {
		by   *visitor
		rows int
	}{
		"owner": {owner, 2}, "manager": {manager, 2}, "accountant": {accountant, 2}, "the cashier who made one": {sari, 1}, "the other": {dewi, 0},
	} {
		for _, link := range []string{"/transactions", "/transactions?q=" + ownersCode, "/transactions?q=Budi", "/"} {
			rows := seen.by.get(link).having("data-status")
			for _, row := range rows {
				if seen.by == dewi || seen.by == sari && row["data-payment-code"] == ownersCode {
					t.Errorf("%s sees another's code on %s: %v", name, link, row)
				}
			}
			if link == "/transactions" && len(rows) != seen.rows {
				t.Errorf("%s sees %d rows, want %d", name, len(rows), seen.rows)
			}
		}
	}
	if answer := manager.get(saris); answer.status != http.StatusOK {
		t.Errorf("a manager opens a cashier's code: status %d", answer.status)
	}
	if answer := accountant.get(saris); answer.status != http.StatusOK {
		t.Errorf("an accountant opens a code: status %d", answer.status)
	}
	for _, link := range []string{"/codes", saris + "/cancel"} {
		if answer := accountant.post(link, url.Values{"reason": {"x"}}); answer.status != http.StatusForbidden {
			t.Errorf("POST %s by an accountant: status %d, want 403", link, answer.status)
		}
	}

	// A stream tells its listener of no other's code.
	deaf, listening := dewi.listen("/transactions"), sari.listen("/transactions")
	sarisCode := sari.number(saris)
	for _, code := range []string{ownersCode, sarisCode} {
		if answer := newNotification(code, 150000).send(newVisitor(t, shop.home)); answer.status != http.StatusOK {
			t.Fatalf("notification: status %d", answer.status)
		}
	}
	sari.eventually("the stream tells of the payment", func() bool { return strings.Contains(listening.String(), sarisCode) })
	if heard := listening.String(); strings.Contains(heard, ownersCode) {
		t.Errorf("a cashier's stream tells of the owner's code:\n%s", heard)
	}
	if heard := deaf.String(); strings.Contains(heard, ownersCode) || strings.Contains(heard, sarisCode) || strings.Contains(heard, "Budi") {
		t.Errorf("a cashier's stream tells of others' codes:\n%s", heard)
	}

	// The customer's page needs nobody to be signed in, and names no staff.
	page := newVisitor(t, shop.home).get(customerLink)
	if page.status != http.StatusOK || strings.Contains(page.body, ownerName) || page.header.Get("Set-Cookie") != "" {
		t.Errorf("customer's page: status %d, cookie %q", page.status, page.header.Get("Set-Cookie"))
	}
}

// TestWrongPasswords are refused in one sentence, whoever they are for.
func TestWrongPasswords(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	shop.owner()
	v := newVisitor(t, shop.home)
	wrong := v.post("/login", url.Values{"email": {ownerEmail}, "password": {"wrong"}})
	nobody := v.post("/login", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}})
	if wrong.status != http.StatusUnprocessableEntity && wrong.status != http.StatusUnauthorized || nobody.status != wrong.status {
		t.Errorf("a wrong password: status %d, an unknown person: %d", wrong.status, nobody.status)
	}
	if a, b := strings.ReplaceAll(wrong.body, ownerEmail, ""), strings.ReplaceAll(nobody.body, "nobody@example.com", ""); a != b {
		t.Errorf("the answers tell who works here:\n%s\n---\n%s", a, b)
	}
	var last answer
	for range 30 {
		if last = v.post("/login", url.Values{"email": {ownerEmail}, "password": {"wrong"}}); last.status == http.StatusTooManyRequests {
			break
		}
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("after 30 wrong passwords: status %d, Retry-After %q", last.status, last.header.Get("Retry-After"))
	}
	shop.employ("Sari", "sari@example.com", "cashier") // signs in from the same address
}
