package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
	"github.com/pquerna/otp/totp"
)

// unconnected opens a shop that knows where DOKU is, and nothing else of it.
func unconnected(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.database = s.dir + "/shop.db"
	s.startSimulator()
	env := without(s.env(), "DOKU_CLIENT_ID", "DOKU_SECRET_KEY")
	s.app = start(t, s.dir, env, "serve")
	s.app.waitFor(anyLink)
	return s
}

// TestFromSetUpToTheFirstSale opens a shop in production from its pages alone,
// with the second step that real money asks for, and sells one code.
func TestFromSetUpToTheFirstSale(t *testing.T) {
	t.Parallel()
	s := unconnected(t)
	p := newPerson(t, s.home, phone())
	p.open(s.setupPath(), http.StatusOK)
	p.setUp()

	// The list of steps is there and leads on.
	p.unfold("checklist")
	check(t, p.expect("#checklist summary .count").ToHaveText("1/7"))
	p.lookOver("checklist")
	check(t, p.Locator("#checklist a", playwright.PageLocatorOptions{HasText: "Toko: nama dan WhatsApp"}).Click())
	p.arrive("**/settings*")
	p.fill("whatsapp", "0812 3456 7890")
	p.press("/settings/review")
	check(t, p.expect(".setting-changes").ToContainText("WhatsApp"))
	p.lookOver("changes of settings")
	p.press("/settings")
	check(t, p.expect(".note-success").ToBeVisible())

	p.open("/settings/doku", http.StatusOK)
	p.lookOver("connection")
	set := func(environment, key string) {
		t.Helper()
		form := p.Locator(`[data-credentials=` + environment + `] form[action$=credentials]`)
		check(t, form.Locator("[name=client_id]").Fill(clientID))
		check(t, form.Locator("[name=secret_key]").Fill(key))
		check(t, form.Locator("button").Click())
	}
	p.excuse("422")
	set("sandbox", "SK-not-this-one")
	check(t, p.expect(".note-error").ToContainText("DOKU menolak"))
	for _, environment := range []string{"sandbox", "production"} {
		set(environment, secretKey)
		check(t, p.expect(".note-success").ToContainText("DOKU mengenali"))
	}
	check(t, p.submit("/settings/doku/callbacks").Click())
	check(t, p.expect(".findings").ToBeVisible())
	check(t, p.expect(`.findings [data-ok=false]`).ToHaveCount(0))
	check(t, p.submit("/settings/doku/rehearsal").Click())
	check(t, p.expect(".note-success").ToContainText("Berhasil"))
	check(t, p.expect("#environment .list-plain li").ToHaveCount(1)) // the backup
	p.open("/backups", http.StatusOK)
	p.press("/backups")
	check(t, p.expect("[data-backup]").ToBeVisible())
	p.open("/settings/doku", http.StatusOK)
	p.press("/settings/doku/environment")
	s.app.waitFor(regexp.MustCompile(`wired anew.*environment=production`))

	// Real money: the second step comes first, and once only.
	p.open("/", http.StatusOK)
	p.arrive("**/account/totp")
	check(t, p.Locator("details summary").First().Click())
	secret, err := p.Locator("#secret").TextContent()
	check(t, err)
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), time.Now())
	check(t, err)
	p.fill("totp", code)
	p.press("/account/totp")
	p.arrive("**/account/codes")
	recovery, err := p.Locator("#codes li").First().TextContent()
	check(t, err)

	p.open("/", http.StatusOK)
	check(t, p.expect(".env").ToHaveCount(0)) // no bar: this is real
	p.fill("amount", "125000")
	p.fill("customer_name", "Siti Aminah")
	p.press("/codes")
	p.arrive("**/codes/*-*")
	check(t, p.expect("[data-status=active]").ToBeVisible())
	number, err := p.Locator("[data-payment-code]").First().GetAttribute("data-payment-code")
	check(t, err)
	s.pay(number)
	check(t, p.expect("[data-status=paid]").ToBeVisible()) // by itself

	// Another browser needs the second step, or a recovery code, once.
	for _, want := range []bool{true, false} {
		other := newPerson(t, s.home, desk())
		other.open("/login", http.StatusOK)
		other.fill("email", ownerEmail)
		other.fill("password", ownerPassword)
		other.press("/login")
		other.excuse("422")
		other.fill("totp", recovery)
		other.press("/login")
		if want {
			other.arrive(s.home + "/")
		} else {
			check(t, other.expect("[name=totp][aria-invalid]").ToBeVisible())
		}
	}
}

// TestZoneAndLanguageOfTheShop are in force at once, without a restart, and a
// second program on the same database follows.
func TestZoneAndLanguageOfTheShop(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Budi", "50000")
	other := "http://" + freeAddress(t)
	second := start(t, s.dir, append(s.env(), "KODEBAYAR_ADDR="+host(other), "KODEBAYAR_URL="+other), "serve")
	second.waitFor(anyLink)
	if page := owner.get(code); !strings.Contains(page.body, "WIB") || strings.Contains(page.body, "WIT<") {
		t.Fatal("the page is not in WIB")
	}
	if saved := owner.post("/settings", url.Values{"timezone": {"Asia/Jayapura"}, "language": {"en"}}); saved.status != http.StatusSeeOther {
		t.Fatalf("saving: %d", saved.status)
	}
	owner.eventually("the code's page is in WIT", func() bool { return strings.Contains(owner.get(code).body, " WIT") })
	for _, home := range []string{s.home, other} {
		stranger := newVisitor(t, home)
		owner.eventually("a stranger reads English at "+home, func() bool { return strings.Contains(stranger.get("/login").body, `lang="en"`) })
	}
}
