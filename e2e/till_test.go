package e2e

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

const (
	sarisPIN = "481527"
	budisPIN = "905172"
)

// employAtTill adds a cashier who comes by PIN.
func (s *shop) employAtTill(name, email, pin string) *visitor {
	s.t.Helper()
	v := s.employ(name, email, "cashier")
	if set := v.post("/account/pin", url.Values{"pin": {pin}, "pin_password": {staffPassword}}); set.status != http.StatusSeeOther {
		s.t.Fatalf("POST /account/pin answers %d:\n%s", set.status, set.body)
	}
	return v
}

// lockTills has the time of everybody at a till run out.
func (s *shop) lockTills() {
	s.t.Helper()
	pool, err := sql.Open("sqlite", "file:"+s.database+"?_pragma=busy_timeout(5000)")
	check(s.t, err)
	defer pool.Close()
	_, err = pool.Exec(`UPDATE logins SET expires_at = 1 WHERE till_id <> ''`)
	check(s.t, err)
}

// enrol makes a device a till by the hand of an owner.
func (s *shop) enrol(name string) *visitor {
	s.t.Helper()
	v := s.signIn(ownerEmail, ownerPassword)
	if made := v.post("/tills", url.Values{"till_name": {name}}); made.location() != "/login" {
		s.t.Fatalf("POST /tills answers %d:\n%s", made.status, made.body)
	}
	return v
}

// choose picks a name off the tiles.
func (p *person) choose(name string) {
	p.t.Helper()
	check(p.t, p.Locator(".tiles a", playwright.PageLocatorOptions{HasText: name}).Click())
	check(p.t, p.expect("h1").ToHaveText(name))
}

// come picks a name and taps the PIN on the keys.
func (p *person) come(name, pin string) {
	p.t.Helper()
	p.choose(name)
	// A thumb finds the key that erases where the counter has it: bottom right.
	zero, err := p.Locator(`[data-pin-keys] [data-key="0"]`).BoundingBox()
	check(p.t, err)
	erase, err := p.Locator(`[data-pin-keys] [data-key="back"]`).BoundingBox()
	check(p.t, err)
	two, err := p.Locator(`[data-pin-keys] [data-key="2"]`).BoundingBox()
	check(p.t, err)
	if zero.X != two.X || erase.X <= zero.X || erase.Y != zero.Y {
		p.t.Errorf("the zero is at %+v, the key that erases at %+v", zero, erase)
	}
	for _, digit := range pin {
		check(p.t, p.Locator(`[data-pin-keys] [data-key="`+string(digit)+`"]`).Click())
	}
	p.press("/login/pin")
	check(p.t, p.expect(".till-bar").ToContainText(name))
}

// TestTwoAtATill: the owner makes a phone at the counter a till, two cashiers
// take turns at it, it locks by itself, and is one no more when it is revoked.
func TestTwoAtATill(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	s.employAtTill("Sari", "sari@example.com", sarisPIN)
	s.employAtTill("Budi", "budi@example.com", budisPIN)
	p := newPerson(t, s.home, phone())
	// Five minutes are over in three seconds.
	check(t, p.AddInitScript(script(`const wait = setTimeout; setTimeout = (does, ms, ...rest) => wait(does, ms > 100_000 ? ms / 100 : ms, ...rest);`)))
	p.signIn(ownerEmail, ownerPassword)
	p.open("/staff", http.StatusOK)
	check(t, p.Locator(`main a[href="/tills"]`).Click())
	p.fill("till_name", "Kasir depan")
	p.lookOver("tills, none")
	p.press("/tills")
	p.arrive("**/login")
	check(t, p.expect(".tiles").ToContainText("Sari"))
	check(t, p.expect("main").ToContainText("Kasir depan"))
	p.lookOver("tiles")

	// Wrong, then right.
	p.choose("Sari")
	p.lookOver("PIN")
	p.fill("pin", budisPIN)
	p.excuse("status of 422")
	p.press("/login/pin")
	check(t, p.expect("#f-pin-error").ToBeVisible())
	p.lookOver("PIN, wrong")
	check(t, p.Locator(`main a[href="/login"]`).Click())
	p.come("Sari", sarisPIN)
	p.lookOver("counter at a till")
	p.fill("amount", "50000")
	p.fill("customer_name", "Siti Aminah")
	p.press("/codes")
	p.arrive("**/codes/*-*")
	saris := strings.TrimPrefix(p.URL(), s.home)

	// It locks by itself, and the same one goes on where they were.
	locks := func() {
		t.Helper()
		s.lockTills()
		p.excuse("401")
		p.arrive("**/login*")
		check(t, p.expect(".tiles").ToBeVisible())
	}
	p.open(saris, http.StatusOK)
	asked, err := p.ExpectResponse("**/till/left?*", func() error { return nil })
	check(t, err)
	if left, err := asked.Text(); err != nil || left == "" { // it is not over yet, so the page stays
		t.Errorf("left: %q, %v", left, err)
	}
	check(t, p.expect(".till-bar").ToContainText("Sari"))
	locks()
	p.come("Sari", sarisPIN)
	p.arrive("**" + saris)
	p.open("/", http.StatusOK)
	p.fill("customer_name", "Rahasia Sari")
	locks()
	p.come("Sari", sarisPIN)
	check(t, p.expect("[name=customer_name]").ToHaveValue("Rahasia Sari"))
	p.open(saris+"/notes", http.StatusOK)
	p.fill("note", "Rahasia Sari juga")
	locks()
	p.come("Sari", sarisPIN)
	check(t, p.expect("[name=note]").ToHaveValue("Rahasia Sari juga"))
	p.open("/transactions", http.StatusOK)
	locks()

	// The next one finds nothing of it.
	p.come("Budi", budisPIN)
	check(t, p.expect("[name=customer_name]").ToHaveValue(""))
	if left := p.drafts(); len(left) > 0 {
		t.Errorf("budi finds %v", left)
	}
	p.open("/transactions", http.StatusOK)
	check(t, p.expect("tr[data-status]").ToHaveCount(0))
	p.open(saris, http.StatusNotFound)
	p.open("/", http.StatusOK)
	p.fill("customer_name", "Rahasia Budi")
	check(t, p.Locator(".till-bar button").Click())
	p.arrive("**/login")
	if left := p.drafts(); len(left) > 0 {
		t.Errorf("after a switch there is %v", left)
	}
	p.come("Sari", sarisPIN)
	p.open("/transactions", http.StatusOK)
	check(t, p.expect("tr[data-status]").ToHaveCount(1))
	p.open("/account", http.StatusOK)
	p.lookOver("account at a till")

	// In another tab is the next one: the page of the one before leaves.
	tab, err := p.Context().NewPage()
	check(t, err)
	other := &person{Page: tab, t: t, home: s.home}
	other.open("/", http.StatusOK)
	check(t, other.Locator(".till-bar button").Click())
	other.arrive("**/login")
	other.come("Budi", budisPIN)
	p.excuse("409")
	p.excuse("401")
	check(t, p.expect(`.till-bar:has-text("Sari")`).ToHaveCount(0))
	check(t, tab.Close())

	// Revoked from the office.
	revoked := ""
	for _, form := range owner.get("/tills").having("action") {
		if strings.HasSuffix(form["action"], "/remove") {
			revoked = form["action"]
		}
	}
	if gone := owner.post(revoked, nil); gone.status != http.StatusSeeOther {
		t.Fatalf("POST %s answers %d", revoked, gone.status)
	}
	p.open("/", http.StatusOK) // led to the form
	check(t, p.expect("[name=password]").ToBeVisible())
	check(t, p.expect(".tiles").ToHaveCount(0))
}

// TestATillWithoutJavaScript becomes one by the square on the office's screen,
// and does all a till does.
func TestATillWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	office := newPerson(t, s.home, desk())
	office.continueAs(s.owner())
	s.employAtTill("Sari", "sari@example.com", sarisPIN)
	s.employAtTill("Budi", "budi@example.com", budisPIN)
	office.open("/tills", http.StatusOK)
	office.fill("till_name", "Tablet")
	check(t, office.Locator(`[formaction="/tills/links"]`).Click())
	check(t, office.expect("#f-link").ToBeVisible())
	office.lookOver("link for a till")
	screen := filepath.Join(t.TempDir(), "screen.png")
	office.picture(screen)
	link := strings.TrimPrefix(scanned(t, screen), "QR-Code:")

	p := newPerson(t, s.home, phone().withoutJavaScript())
	p.open(link, http.StatusOK)
	p.press(strings.TrimPrefix(link, s.home))
	p.arrive("**/login")
	come := func(name, pin string) {
		t.Helper()
		p.choose(name)
		p.fill("pin", pin)
		p.press("/login/pin")
		check(t, p.expect(".till-bar").ToContainText(name))
	}
	come("Sari", sarisPIN)
	p.fill("amount", "50000")
	p.fill("customer_name", "Siti Aminah")
	p.press("/codes")
	p.arrive("**/codes/*-*")
	saris := strings.TrimPrefix(p.URL(), s.home)
	p.press("/logout")
	p.arrive("**/login")
	come("Budi", budisPIN)
	p.open(saris, http.StatusNotFound)
	s.lockTills()
	p.open("/transactions", http.StatusOK) // led to the tiles
	come("Budi", budisPIN)
	p.arrive("**/transactions")
	p.press("/logout")
	check(t, p.Locator(`a[href*="with=password"]`).Click())
	p.fill("email", ownerEmail)
	p.fill("password", ownerPassword)
	p.press("/login")
	check(t, p.expect(".till-bar").ToContainText(ownerName))
}
