package e2e

import (
	"bytes"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// A scene is a page in a state worth looking at.
type scene struct {
	name   string
	link   string
	by     *visitor // whose session it is, nil for nobody's
	status int      // 0 stands for 200
	// then brings the page into its state once it is open.
	then func(p *person)
}

// scenes brings a shop into all its states and lists the pages that show them.
func scenes(s *shop) []scene {
	owner := s.owner()
	cashier := s.employ("Sari", "sari@example.com", "cashier")
	cancelled := owner.issueTo("Agus Wijaya", "2500000")
	paid := owner.issueTo("Siti Aminah", "87500")
	active := owner.issueTo("Budi Santoso", "150000")
	activeCode := owner.number(active)
	s.pay(owner.number(paid))
	owner.eventually("the code is paid", func() bool { return owner.get(paid).marks()["data-status"] == "paid" })
	owner.post(cancelled+"/cancel", url.Values{"reason": {"Pelanggan batal membeli"}})

	invitation := owner.post("/staff/invites", url.Values{"name": {"Wati"}, "email": {"wati@example.com"}, "role": {"cashier"}}).location()
	var member, joining string
	for _, link := range owner.get("/staff").having("href") {
		if strings.HasPrefix(link["href"], "/staff/") {
			member = link["href"] // the last of them is Sari
		}
	}
	for _, button := range owner.get(invitation).having("data-copy") {
		joining = strings.TrimPrefix(button["data-copy"], s.home)
	}

	s.employAtTill("Dewi", "dewi@example.com", sarisPIN)
	tiles, counter := s.enrol("Kasir depan"), s.enrol("Kasir belakang")
	waiting := owner.post("/tills/links", url.Values{"till_name": {"Tablet"}}).location()
	opening := ""
	for _, button := range owner.get(waiting).having("data-copy") {
		opening = strings.TrimPrefix(button["data-copy"], s.home)
	}
	chosen := func(p *person) { p.choose("Dewi") }
	come := func(p *person) {
		if there, err := p.Locator(".tiles").Count(); err == nil && there > 0 {
			p.come("Dewi", sarisPIN)
		}
		check(p.t, p.expect(".till-bar").ToBeVisible())
	}

	batch := owner.handIn("jumlah,nama\n150000,Budi Santoso\n5,Siti Aminah\n2500000,Raden Wirjosoebroto Hadikoesoemo\n150000,\"Agus Wijaya\n")
	owner.eventually("the list is done", func() bool { return owner.get(batch).having("data-state")[0]["data-state"] == "done" })
	halted := owner.handIn("jumlah,nama\n" + strings.Repeat("150000,Budi Santoso\n", 40))
	owner.post(halted+"/stop", nil)
	previewed := func(p *person) {
		p.fill("rows", "jumlah;nama;catatan\n150000;Budi Santoso;\n5;Siti Aminah;\n150000;\"Agus Wijaya;\n150000;budi santoso;\"diantar,\nlantai 2\"\n")
		p.press("/codes/bulk")
		check(p.t, p.expect("#bulk-sum").ToBeVisible())
	}

	states := s.customerStates(owner)
	unfolded := func(p *person) { p.unfold("filter") }
	mistaken := func(p *person) {
		p.fill("amount", "5")
		p.fill("customer_name", "Budi Santoso")
		p.excuse("status of 422")
		p.press("/codes")
		check(p.t, p.expect(`[name=amount][aria-invalid=true]`).ToBeVisible())
	}
	backedUp := func(p *person) {
		p.press("/backups")
		check(p.t, p.expect("#backups").ToBeVisible())
	}
	asked := func(p *person) {
		p.inquire(activeCode)
		check(p.t, p.expect("#pay").ToBeVisible())
	}
	refused := func(p *person) {
		p.inquire("6059999999999999")
		check(p.t, p.expect("[data-refused=not_found]").ToBeVisible())
	}
	return []scene{
		{name: "login", link: "/login"},
		{name: "login-wrong", link: "/login", then: func(p *person) {
			p.fill("email", ownerEmail)
			p.fill("password", "salah")
			p.excuse("the server responded with a status of 4")
			p.press("/login")
			check(p.t, p.expect("[role=alert], [aria-invalid=true]").ToBeVisible())
		}},
		{name: "counter", link: "/", by: owner},
		{name: "counter-mistake", link: "/", by: owner, then: mistaken},
		{name: "counter-checklist", link: "/", by: owner, then: func(p *person) { p.unfold("checklist") }},
		{name: "counter-cashier", link: "/", by: cashier},
		{name: "bulk", link: "/codes/bulk", by: owner},
		{name: "bulk-preview", link: "/codes/bulk", by: owner, then: previewed},
		{name: "batch", link: batch, by: owner},
		{name: "batch-stopped", link: halted, by: owner},
		{name: "bulk-wrong", link: "/codes/bulk", by: owner, then: func(p *person) {
			p.fill("rows", "nominal rupiah;nama\n150000;Budi Santoso\n")
			p.excuse("status of 422")
			p.press("/codes/bulk")
			check(p.t, p.expect("[role=alert]").ToBeVisible())
		}},
		{name: "cards", link: batch + "/cards", by: owner},
		{name: "new-code", link: "/codes/new", by: owner},
		{name: "transactions", link: "/transactions", by: owner},
		{name: "transactions-narrowed", link: "/transactions?status=active&status=paid&min=10000&days=week", by: owner, then: unfolded},
		{name: "transactions-empty", link: "/transactions", by: cashier},
		{name: "transactions-nothing-found", link: "/transactions?q=tidak+ada", by: owner},
		{name: "staff", link: "/staff", by: owner},
		{name: "staff-member", link: member, by: owner},
		{name: "invitation", link: invitation, by: owner},
		{name: "closings", link: "/closings", by: owner},
		{name: "closings-empty", link: "/closings", by: cashier},
		{name: "reports", link: "/reports", by: owner},
		{name: "reports-chain", link: "/reports?by=chain&days=week", by: owner},
		{name: "reports-empty", link: "/reports?pick=last_month", by: owner},
		{name: "reports-refunds", link: "/reports/refunds", by: owner},
		{name: "settlement", link: "/reports/settlement", by: owner},
		{name: "attention", link: "/transactions?tab=attention", by: owner},
		{name: "exchanges", link: "/exchanges", by: owner},
		{name: "offline", link: "/offline"},
		{name: "tills", link: "/tills", by: owner},
		{name: "till-link", link: waiting, by: owner},
		{name: "till-open", link: opening},
		{name: "tiles", link: "/login", by: tiles},
		{name: "pin", link: "/login", by: tiles, then: chosen},
		{name: "counter-till", link: "/login", by: counter, then: come},
		{name: "account-till", link: "/login?next=/account", by: counter, then: come},
		{name: "settings", link: "/settings", by: owner},
		{name: "connection", link: "/settings/doku", by: owner},
		{name: "audit", link: "/audit?verify=1", by: owner},
		{name: "diagnostics", link: "/diagnostics", by: owner},
		{name: "backups-empty", link: "/backups", by: owner},
		{name: "backups", link: "/backups", by: owner, then: backedUp},
		{name: "account", link: "/account", by: owner},
		{name: "enrolment", link: "/account/totp", by: owner},
		{name: "join", link: joining},
		{name: "code-active", link: active, by: owner},
		{name: "code-paid", link: paid, by: owner},
		{name: "code-cancelled", link: cancelled, by: owner},
		{name: "edit", link: active + "/edit", by: owner},
		{name: "cancel", link: active + "/cancel", by: owner},
		{name: "slip", link: active + "/slip", by: owner},
		{name: "slip-paid", link: paid + "/slip", by: owner},
		{name: "notes", link: active + "/notes", by: owner},
		{name: "refunds", link: paid + "/refunds", by: owner},
		{name: "check", link: "/check", by: owner},
		{name: "check-yes", link: "/check?code=" + strings.TrimPrefix(paid, "/codes/"), by: owner},
		{name: "check-no", link: "/check?code=" + strings.TrimPrefix(active, "/codes/"), by: owner},
		{name: "customer", link: owner.customerLink(active)},
		{name: "customer-paid", link: owner.customerLink(paid)},
		{name: "customer-cancelled", link: owner.customerLink(cancelled)},
		{name: "customer-review", link: states["review"]},
		{name: "customer-reusable", link: states["reusable"]},
		{name: "customer-till", link: states["till"], then: func(p *person) {
			s.machine("/simulator/inquiry", map[string]any{"code": states["till code"]}) // it is news for two minutes
			check(p.t, p.expect(".is-till").ToBeVisible())
		}},
		{name: "customer-expired", link: states["expired"]},
		{name: "customer-late", link: states["late"]},
		{name: "customer-not-found", link: "/pay/nothing", status: http.StatusNotFound},
		{name: "not-found", link: "/nothing", by: owner, status: http.StatusNotFound},
		{name: "not-found-signed-out", link: "/nothing", status: http.StatusNotFound},
		{name: "till", link: s.till + "/"},
		{name: "till-asked", link: s.till + "/", then: asked},
		{name: "till-refused", link: s.till + "/", then: refused},
	}
}

// lookers are people who are used again from page to page, one for each
// session and device: opening a browser takes longer than opening a page.
type lookers struct {
	t      *testing.T
	s      *shop
	people map[looker]*person
}

type looker struct {
	by     *visitor
	device string
}

// show opens the scene on "phone" or "desk", in a language.
func (l lookers) show(c scene, device, language string) *person {
	l.t.Helper()
	who := looker{c.by, device}
	p := l.people[who]
	if p == nil {
		with := desk()
		if device == "phone" {
			with = phone()
		}
		p = newPerson(l.t, l.s.home, with)
		if c.by != nil {
			p.continueAs(c.by)
		}
		l.people[who] = p
	}
	link := c.link + "?lang=" + language
	if strings.Contains(c.link, "?") {
		link = c.link + "&lang=" + language
	}
	p.open(link, max(c.status, http.StatusOK))
	if c.then != nil {
		c.then(p)
	}
	if got := p.attribute("html", "lang"); got != language {
		l.t.Errorf("%s says it is in %q, want %q", c.name, got, language)
	}
	return p
}

// TestEveryPage looks over every page in both themes: on a phone in both
// languages, at a desk in Indonesian, where words have more room.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	l := lookers{t, s, map[looker]*person{}}
	all := []scene{{name: "setup", link: s.setupPath()}}
	for i := 0; i < len(all); i++ {
		for _, how := range [][2]string{{"phone", "id"}, {"phone", "en"}, {"desk", "id"}} {
			l.show(all[i], how[0], how[1]).lookOver(strings.Join([]string{all[i].name, how[0], how[1]}, ", "))
		}
		if i == 0 { // from here on the set-up page is gone
			all = append(all, scenes(s)...)
		}
	}
}

// TestEveryLink follows the links of the owner's pages as far as they go.
func TestEveryLink(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	owner.issue()
	seen := map[string]bool{}
	for queue := []string{"/"}; len(queue) > 0 && len(seen) < 200; queue = queue[1:] {
		from := queue[0]
		page := owner.get(from)
		if page.status >= 400 {
			t.Errorf("GET %s: status %d", from, page.status)
		}
		for element := range page.elements() {
			href := attributes(element)["href"]
			u, err := url.Parse(href)
			if href == "" || err != nil || u.Host != "" && "http://"+u.Host != s.home || u.Scheme != "" && u.Scheme != "http" {
				continue
			}
			if link := u.RequestURI(); u.Path != "" && !seen[link] {
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %d links: %v", len(seen), seen)
	}
}

// TestLanguage switches by the page's own link, and finds it remembered.
func TestLanguage(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.owner()
	p := newPerson(t, s.home, desk())
	p.open("/login", http.StatusOK)
	check(t, p.expect("html").ToHaveAttribute("lang", "id"))
	check(t, p.Locator(`a[href*="lang=en"]:visible`).First().Click())
	check(t, p.expect("html").ToHaveAttribute("lang", "en"))
	p.signIn(ownerEmail, ownerPassword)
	check(t, p.expect("html").ToHaveAttribute("lang", "en"))
	p.open("/transactions", http.StatusOK)
	check(t, p.expect("html").ToHaveAttribute("lang", "en"))
	check(t, p.Locator(`a[href*="lang=id"]:visible`).First().Click())
	check(t, p.expect("html").ToHaveAttribute("lang", "id"))
	p.open("/", http.StatusOK)
	check(t, p.expect("html").ToHaveAttribute("lang", "id"))
}

// TestPressedTwice presses the button twice, goes back, refreshes, and sends
// the form again: it is one code.
func TestPressedTwice(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	form := owner.codeForm()
	first := owner.post("/codes", form)
	form.Set("amount", "999999")
	if second := owner.post("/codes", form); second.status != http.StatusSeeOther || second.location() != first.location() {
		t.Errorf("the form posted again leads to %q with %d, want %q", second.location(), second.status, first.location())
	}

	p := newPerson(t, s.home, phone())
	p.signIn(ownerEmail, ownerPassword)
	p.fill("amount", "150000")
	p.fill("customer_name", "Budi Santoso")
	check(t, p.submit("/codes").Dblclick())
	p.arrive("**/codes/*")
	made := p.URL()
	_, err := p.Reload()
	check(t, err)
	if p.URL() != made {
		t.Errorf("a refresh leads from %s to %s", made, p.URL())
	}
	if _, err := p.GoBack(); err != nil {
		t.Fatal(err)
	}
	if rows := owner.get("/transactions").having("data-status"); len(rows) != 2 {
		t.Errorf("there are %d codes, want 2: %v", len(rows), rows)
	}
}

// TestPictures takes a picture of every page, for people to look at, and the
// two of the README. It is `make pictures`, not a part of the tests. ONLY names
// the pages by a pattern.
func TestPictures(t *testing.T) {
	if os.Getenv("KODEBAYAR_PICTURES") == "" {
		t.Skip("make pictures takes them")
	}
	only, err := regexp.Compile(os.Getenv("ONLY"))
	check(t, err)
	check(t, os.RemoveAll("pictures"))
	s := openDemo(t)
	l := lookers{t, s, map[looker]*person{}}
	readme := map[string]string{"counter": "desk", "customer": "phone"}
	all := []scene{{name: "setup", link: s.setupPath()}}
	for i := 0; i < len(all); i++ {
		for _, device := range []string{"phone", "desk"} {
			for _, language := range []string{"en", "id"} {
				if !only.MatchString(all[i].name) {
					continue
				}
				p := l.show(all[i], device, language)
				for _, scheme := range []*playwright.ColorScheme{playwright.ColorSchemeDark, playwright.ColorSchemeLight} {
					p.theme(scheme)
					p.picture(filepath.Join("pictures", strings.Join([]string{all[i].name, device, language, string(*scheme)}, "-")+".png"))
				}
				if readme[all[i].name] == device && language == "id" {
					p.readmePicture(filepath.Join("readme", all[i].name+".png"))
				}
			}
		}
		if i == 0 { // from here on the set-up page is gone
			all = append(all, scenes(s)...)
		}
	}
}

// readmePicture saves the screen as it is for the README, one pixel a dot and
// packed tighter than Chromium does: it is in the repository for ever.
func (p *person) readmePicture(path string) {
	p.t.Helper()
	taken, err := p.Screenshot(playwright.PageScreenshotOptions{Scale: playwright.ScreenshotScaleCss})
	check(p.t, err)
	picture, err := png.Decode(bytes.NewReader(taken))
	check(p.t, err)
	var packed bytes.Buffer
	check(p.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&packed, picture))
	check(p.t, os.WriteFile(path, packed.Bytes(), 0o644))
	if packed.Len() > 200_000 {
		p.t.Errorf("%s has %d bytes, which is much for a README", path, packed.Len())
	}
}
