package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// Who works in the shop of these tests.
const (
	shopName      = "Toko Sumber Rejeki"
	ownerName     = "Ibu Ratna"
	ownerEmail    = "ratna@example.com"
	ownerPassword = "kopi-tubruk-pagi-7"
	staffPassword = "teh-botol-siang-4"
	clientID      = "BRN-0001-1700000000001"
	secretKey     = "SK-canary-5b1f0c7d9a"
)

// secrets must never be printed, logged or shown.
var secrets = []string{ownerPassword, staffPassword, secretKey}

// A link counts once its line is complete, lest half of it is read.
var (
	setupLink  = regexp.MustCompile(`https?://\S+/setup\?token=\S+\s`)
	anyLink    = regexp.MustCompile(`https?://\S+\s`)
	threeLinks = regexp.MustCompile(`(?s)(https?://\S+\s.*){3}`)
)

// A shop is a running app with a simulated DOKU and its till.
type shop struct {
	t         *testing.T
	app       *program
	simulator *program // nil when it runs in the app's process
	dir       string
	database  string
	home      string // origin of the app
	till      string // origin of the simulator
}

// openDemo starts `kodebayar demo` in an empty folder, where it chooses its
// addresses, and reads from the three links it prints which is which.
func openDemo(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir()}
	s.database = filepath.Join(s.dir, "demo", "kodebayar.db")
	s.app = start(t, s.dir, []string{"KODEBAYAR_ADDR=127.0.0.1:0", "KODEBAYAR_SIMULATOR_ADDR=127.0.0.1:0"}, "demo")
	s.home = origin(t, s.app.waitFor(setupLink))
	for _, link := range anyLink.FindAllString(s.app.waitFor(threeLinks), -1) {
		if other := origin(t, link); other != s.home {
			s.till = other
		}
	}
	if s.till == "" {
		t.Fatalf("no link to the till in:\n%s", s.app.output.String())
	}
	return s
}

// openShop starts `kodebayar serve` and `kodebayar simulator`, two programs
// that share a key which the tests know.
func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.database = filepath.Join(s.dir, "shop.db")
	s.startSimulator()
	s.startApp()
	return s
}

func (s *shop) env() []string {
	return []string{
		"KODEBAYAR_ADDR=" + host(s.home), "KODEBAYAR_URL=" + s.home, "KODEBAYAR_DATABASE=" + s.database,
		"KODEBAYAR_SIMULATOR_ADDR=" + host(s.till),
		"DOKU_BASE_URL=" + s.till, "DOKU_CLIENT_ID=" + clientID, "DOKU_SECRET_KEY=" + secretKey,
	}
}

// startApp starts the app, also after it was stopped.
func (s *shop) startApp() {
	s.t.Helper()
	if s.app == nil {
		s.app = start(s.t, s.dir, s.env(), "serve")
	} else {
		s.app.again()
	}
	s.app.waitFor(anyLink)
}

func (s *shop) startSimulator() {
	s.t.Helper()
	s.simulator = start(s.t, s.dir, s.env(), "simulator")
	s.simulator.waitFor(anyLink)
}

// machine calls a form of the simulator that is made for tests.
func (s *shop) machine(path string, what map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(what)
	check(s.t, err)
	answer := newVisitor(s.t, s.till).send(http.MethodPost, path, string(body), http.Header{"Content-Type": {"application/json"}})
	if answer.status != http.StatusOK {
		s.t.Fatalf("%s answers %d: %s", path, answer.status, answer.body)
	}
}

// pay pays a code at the till.
func (s *shop) pay(code string) {
	s.t.Helper()
	s.machine("/simulator/pay", map[string]any{"code": code})
}

// saleToLookAt makes a code that is paid with another amount than it asks for,
// so that somebody must look at it, and answers the path of its page.
func (s *shop) saleToLookAt(by *visitor) string {
	s.t.Helper()
	code := by.issue()
	s.machine("/simulator/pay", map[string]any{"code": by.number(code), "amount": 99_000, "force": true})
	by.eventually("it is to be looked at", func() bool { return by.get(code).marks()["data-attention"] != "" })
	return code
}

// restart stops the app and starts it again at the same address.
func (s *shop) restart() {
	s.t.Helper()
	s.app.stop()
	s.startApp()
}

// freeAddress is one that nobody listens at. A program could choose one by
// itself, but two that have to know each other cannot both begin.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func host(origin string) string { return strings.TrimPrefix(origin, "http://") }

// setupPath is the one-time link that the first start prints.
func (s *shop) setupPath() string {
	s.t.Helper()
	u, err := url.Parse(strings.TrimSpace(s.app.waitFor(setupLink)))
	check(s.t, err)
	return u.RequestURI()
}

// owner makes the owner by the set-up link and returns them, signed in.
func (s *shop) owner() *visitor {
	s.t.Helper()
	v := newVisitor(s.t, s.home)
	token := strings.TrimPrefix(s.setupPath(), "/setup?token=")
	made := v.post("/setup", url.Values{
		"token": {token}, "shop": {shopName}, "name": {ownerName}, "email": {ownerEmail}, "password": {ownerPassword},
	})
	if made.status != http.StatusSeeOther {
		s.t.Fatalf("POST /setup answers %d:\n%s", made.status, made.body)
	}
	return v
}

// employ adds a member of staff from the command line, while the app runs, and
// returns them, signed in.
func (s *shop) employ(name, email, role string) *visitor {
	s.t.Helper()
	_, stderr, err := run(s.t, s.dir, s.env(), staffPassword+"\n",
		"staff", "add", "--email", email, "--name", name, "--role", role, "--password-stdin")
	if err != nil {
		s.t.Fatalf("staff add: %v: %s", err, stderr)
	}
	return s.signIn(email, staffPassword)
}

// signIn signs somebody in.
func (s *shop) signIn(email, password string) *visitor {
	s.t.Helper()
	v := newVisitor(s.t, s.home)
	if answer := v.post("/login", url.Values{"email": {email}, "password": {password}}); answer.status != http.StatusSeeOther {
		s.t.Fatalf("POST /login as %s answers %d:\n%s", email, answer.status, answer.body)
	}
	return v
}

// signIn signs in on the page.
func (p *person) signIn(email, password string) {
	p.t.Helper()
	p.open("/login", http.StatusOK)
	p.fill("email", email)
	p.fill("password", password)
	p.press("/login")
	p.arrive(p.home + "/")
}

// setUp names the shop and makes its owner on the set-up page that is open.
func (p *person) setUp() {
	p.t.Helper()
	p.fill("shop", shopName)
	p.fill("name", ownerName)
	p.fill("email", ownerEmail)
	p.fill("password", ownerPassword)
	p.press("/setup")
	p.arrive(p.home + "/")
}

// continueAs gives the person the session of somebody who has signed in.
func (p *person) continueAs(v *visitor) {
	p.t.Helper()
	var cookies []playwright.OptionalCookie
	for _, cookie := range v.cookies() {
		cookies = append(cookies, playwright.OptionalCookie{Name: cookie.Name, Value: cookie.Value, URL: &p.home})
	}
	check(p.t, p.Context().AddCookies(cookies))
}

// inquire types a payment code at the till that is open, and asks what is to
// be paid.
func (p *person) inquire(code string) {
	p.t.Helper()
	p.fill("code", code)
	check(p.t, p.Locator("#inquire").Click())
}
