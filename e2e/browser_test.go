package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// browser is the one Chromium of all tests. Each person gets a context of
// their own in it: other cookies, other screen, other language.
var browser struct {
	once     sync.Once
	err      error
	driver   *playwright.Playwright
	chromium playwright.Browser
	axe      string // the source of the accessibility checker
	people   atomic.Int32
}

func openBrowser() error {
	packages, err := filepath.Abs("node_modules")
	if err != nil {
		return err
	}
	axe, err := os.ReadFile(filepath.Join(packages, "axe-core", "axe.min.js"))
	if err != nil {
		return err
	}
	browser.axe = string(axe)
	node, err := exec.LookPath("node")
	if err != nil {
		return err
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return err
	}
	// playwright-go downloads a driver from a place of its own, unless it finds
	// one laid out like this.
	driver := filepath.Join(filepath.Dir(binary), "driver")
	if err := errors.Join(
		os.Mkdir(driver, 0o755),
		os.Symlink(node, filepath.Join(driver, "node")),
		os.Symlink(filepath.Join(packages, "playwright-core"), filepath.Join(driver, "package")),
	); err != nil {
		return err
	}
	browser.driver, err = playwright.Run(&playwright.RunOptions{DriverDirectory: driver, SkipInstallBrowsers: true})
	if err != nil {
		return err
	}
	browser.chromium, err = browser.driver.Chromium.Launch(playwright.BrowserTypeLaunchOptions{
		ExecutablePath: &chromium,
		Args: []string{
			"--no-sandbox", // root has none, and only our own pages are opened
			"--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
		},
	})
	return err
}

func closeBrowser() {
	if browser.chromium != nil {
		browser.chromium.Close()
	}
	if browser.driver != nil {
		browser.driver.Stop()
	}
}

// A device is what a person holds.
type device playwright.BrowserNewContextOptions

// phone is a cashier's or a customer's cheap Android phone.
func phone() device {
	size := playwright.Size{Width: 360, Height: 740}
	return device{
		Viewport: &size, Screen: &size, IsMobile: playwright.Bool(true), HasTouch: playwright.Bool(true),
		DeviceScaleFactor: playwright.Float(2),
	}
}

// withoutWorker keeps the app's service worker out: once it has the page, what
// is asked for goes past whatever a test puts in the network's place.
func withoutWorker(d device) device {
	d.ServiceWorkers = playwright.ServiceWorkerPolicyBlock
	return d
}

// desk is an old PC at the counter.
func desk() device {
	size := playwright.Size{Width: 1280, Height: 800}
	return device{Viewport: &size, Screen: &size}
}

// withoutJavaScript is the same device with JavaScript off.
func (d device) withoutJavaScript() device {
	d.JavaScriptEnabled = playwright.Bool(false)
	return d
}

// A person looks at one page in a browser of their own. When the test ends,
// whatever the page complained about fails it.
type person struct {
	playwright.Page
	t    *testing.T
	home string // the origin that paths are meant on

	mu         sync.Mutex
	complaints []string
	excused    []string
}

// newPerson opens a browser in Jakarta, in Indonesian.
func newPerson(t *testing.T, home string, with device) *person {
	t.Helper()
	if browser.once.Do(func() { browser.err = openBrowser() }); browser.err != nil {
		t.Fatalf("open a browser: %v\n`make test` installs what is missing", browser.err)
	}
	with.Locale, with.TimezoneId = playwright.String("id-ID"), playwright.String("Asia/Jakarta")
	with.ReducedMotion = playwright.ReducedMotionReduce // a colour half faded in has no contrast to speak of
	context, err := browser.chromium.NewContext(playwright.BrowserNewContextOptions(with))
	check(t, err)
	context.SetDefaultTimeout(float64(patience.Milliseconds()))
	page, err := context.NewPage()
	check(t, err)
	p := &person{Page: page, t: t, home: home}
	number := browser.people.Add(1)
	page.OnConsole(func(message playwright.ConsoleMessage) {
		if message.Type() == "error" { // a violation of the CSP is one of these
			p.complain("console: %s", message.Text())
		}
	})
	page.OnPageError(func(err error) { p.complain("script: %v", err) })
	page.OnRequest(func(request playwright.Request) {
		if u, err := url.Parse(request.URL()); err != nil || u.Scheme != "data" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" {
			p.complain("asks a third party: %s", request.URL())
		}
	})
	page.OnRequestFailed(func(request playwright.Request) {
		// Leaving a page aborts its stream and what it was still loading.
		if err := request.Failure(); err == nil || !strings.Contains(err.Error(), "ERR_ABORTED") {
			p.complain("request failed: %s %s: %v", request.Method(), request.URL(), err)
		}
	})
	t.Cleanup(func() {
		p.settle()
		if t.Failed() {
			p.picture(filepath.Join("failures", fmt.Sprintf("%s-%d.png", t.Name(), number)))
		}
		check(t, context.Close())
	})
	return p
}

// settle fails the test with what the page complained about so far, but for
// what was excused, and forgets both.
func (p *person) settle() {
	p.t.Helper()
	for _, complaint := range p.unexcused() {
		p.t.Error(complaint)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints, p.excused = nil, nil
}

func (p *person) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...)+" (on "+p.URL()+")")
}

// excuse accepts complaints that contain the text: the ones a test provokes.
func (p *person) excuse(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excused = append(p.excused, text)
}

func (p *person) unexcused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var rest []string
next:
	for _, complaint := range p.complaints {
		for _, text := range p.excused {
			if strings.Contains(complaint, text) {
				continue next
			}
		}
		rest = append(rest, complaint)
	}
	return rest
}

// open goes to a path of the person's home, or to a whole link, and expects
// the status.
func (p *person) open(link string, status int) {
	p.t.Helper()
	if strings.HasPrefix(link, "/") {
		link = p.home + link
	}
	if status >= 400 {
		p.excuse(fmt.Sprintf("the server responded with a status of %d", status))
	}
	// Never wait for an idle network: a stream keeps it busy for ever.
	response, err := p.Goto(link, playwright.PageGotoOptions{WaitUntil: playwright.WaitUntilStateDomcontentloaded})
	if err != nil {
		p.t.Fatalf("open %s: %v", link, err)
	}
	if got := response.Status(); got != status {
		p.t.Fatalf("open %s: status %d, want %d", link, got, status)
	}
}

// fill types into the field of that name.
func (p *person) fill(name, value string) {
	p.t.Helper()
	check(p.t, p.Locator(`[name="`+name+`"]:visible`).First().Fill(value))
}

// unfold opens what is folded; the counter remembers what was in use and has
// it open already.
func (p *person) unfold(id string) {
	p.t.Helper()
	summary := p.Locator("#" + id + ":not([open]) > summary")
	folded, err := summary.Count()
	check(p.t, err)
	if folded > 0 {
		check(p.t, summary.Click())
	}
}

// submit is the button of the form that posts to a path with this ending, with a
// query or without.
func (p *person) submit(action string) playwright.Locator {
	return p.Locator(`form:is([action$="` + action + `"], [action*="` + action + `?"]) button:not([type=button]):visible`).First()
}

// loseAnswer has the next request to what the glob matches arrive, and its answer
// not.
func (p *person) loseAnswer(glob string) {
	p.t.Helper()
	check(p.t, p.Route(glob, func(route playwright.Route) {
		_, err := route.Fetch()
		check(p.t, err)
		check(p.t, route.Abort("internetdisconnected"))
	}, 1))
}

// press presses that button.
func (p *person) press(action string) {
	p.t.Helper()
	check(p.t, p.submit(action).Click())
}

// arrive waits until the page of a URL that matches the glob (* is any run of
// letters) can be read. The browser itself is asked, again and again: the
// driver's own waiting looks first and listens afterwards, and misses a page
// that arrives in between.
func (p *person) arrive(glob string) {
	p.t.Helper()
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(strings.ReplaceAll(glob, "**", "*")), `\*`, ".*") + "$"
	page := playwright.NewPlaywrightAssertions(float64(patience.Milliseconds())).Page(p.Page)
	if err := page.ToHaveURL(regexp.MustCompile(pattern)); err != nil {
		p.t.Fatalf("is on %s, not on %s: %v", p.URL(), glob, err)
	}
	// Nor can the driver wait for a condition: what it repeats is text to be
	// evaluated, which the pages' policy forbids.
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		state, err := p.Evaluate(`() => document.readyState`)
		if err == nil && state != "loading" {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s is still %v: %v", p.URL(), state, err)
		}
	}
}

// expect looks at what matches the selector; its assertions try again until
// they hold.
func (p *person) expect(selector string) playwright.LocatorAssertions {
	return playwright.NewPlaywrightAssertions(float64(patience.Milliseconds())).Locator(p.Locator(selector).First())
}

// attribute reads an attribute of the first match.
func (p *person) attribute(selector, name string) string {
	p.t.Helper()
	value, err := p.Locator(selector).First().GetAttribute(name)
	check(p.t, err)
	return value
}

// picture saves what the person sees, the whole page of it.
func (p *person) picture(path string) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Log(err)
	}
	if _, err := p.Screenshot(playwright.PageScreenshotOptions{Path: &path, FullPage: playwright.Bool(true)}); err != nil {
		p.t.Logf("picture %s: %v", path, err)
	}
}

// lookOver holds the page on the screen to what holds for every page: no
// violation that axe knows in either theme, nothing that scrolls sideways, no
// complaint.
func (p *person) lookOver(name string) {
	p.t.Helper()
	p.settle()
	for _, scheme := range []*playwright.ColorScheme{playwright.ColorSchemeDark, playwright.ColorSchemeLight} {
		p.theme(scheme)
		violations := p.violations()
		for _, violation := range violations {
			p.t.Errorf("%s, %s: %s", name, *scheme, violation)
		}
		if len(violations) > 0 {
			p.picture(filepath.Join("failures", strings.ReplaceAll(name, ", ", "-")+"-"+string(*scheme)+".png"))
		}
	}
	if pixels := p.sideways(); pixels > 0 {
		p.t.Errorf("%s scrolls sideways by %d pixels", name, pixels)
	}
	// What is pressed keeps its words inside of it: beside it stands the next.
	spilled, err := p.Evaluate(`() => [...document.querySelectorAll(".masthead > *, .btn, .nav-item, .tab-link, .chip")]
		.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map((e) => e.className + ": " + e.textContent.trim()).join("; ")`)
	check(p.t, err)
	if spilled != "" {
		p.t.Errorf("%s: words spill out of %v", name, spilled)
	}
	// What is pressed with a thumb is 44 pixels high and wide. A link that is
	// laid over its whole card is as large as the card.
	small, err := p.Evaluate(`() => matchMedia("(pointer: coarse)").matches ? [...document.querySelectorAll("a[href], button:enabled, summary, select, textarea, label:has(input), input:not([type=hidden], label input)")]
		.filter((e) => e.checkVisibility() && !e.matches(".skip") && getComputedStyle(e, "::after").position !== "absolute")
		.map((e) => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.height < 43.5 || r.width < 43.5)
		.map(([e, r]) => e.outerHTML + " is " + r.width + " x " + r.height).join("; ") : ""`)
	check(p.t, err)
	if small != "" {
		p.t.Errorf("%s: too small for a thumb: %v", name, small)
	}
}

// theme switches between light and dark, and waits until no colour is on its
// way from one to the other. A colour that is inherited sets out anew at every
// level of the page, hence the patience of some frames.
func (p *person) theme(scheme *playwright.ColorScheme) {
	p.t.Helper()
	check(p.t, p.EmulateMedia(playwright.PageEmulateMediaOptions{ColorScheme: scheme}))
	for try := 1; ; try++ {
		_, err := p.Evaluate(`async () => {
			for (let calm = 0; calm < 4; calm++) {
				await new Promise(requestAnimationFrame);
				if (document.getAnimations().some(a => a instanceof CSSTransition)) calm = 0;
			}
		}`)
		// A page without scripts loads itself again now and then.
		if try < 3 && err != nil && strings.Contains(err.Error(), "context was destroyed") {
			continue
		}
		check(p.t, err)
		return
	}
}

// sideways is by how many pixels the page is wider than the screen.
func (p *person) sideways() int {
	p.t.Helper()
	// Not innerWidth: on a phone it grows with what overflows, and hides it.
	wider, err := p.Evaluate(`() => document.documentElement.scrollWidth - screen.width`)
	check(p.t, err)
	pixels, ok := wider.(int)
	if !ok {
		p.t.Fatalf("the width of the page is %v", wider)
	}
	return max(pixels, 0)
}

// violations asks axe about the page, with the rule on the size of targets
// that it leaves off by default.
func (p *person) violations() []string {
	p.t.Helper()
	// Evaluated, not added as a script: the CSP would block that, rightly.
	loaded, err := p.Evaluate(`() => typeof axe !== "undefined"`)
	check(p.t, err)
	if loaded == false {
		_, err := p.Evaluate(browser.axe)
		check(p.t, err)
	}
	found, err := p.Evaluate(`async () => {
		const result = await axe.run(document, {resultTypes: ["violations"], elementRef: false, rules: {"target-size": {enabled: true}}});
		return result.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + "\n" + n.failureSummary));
	}`)
	check(p.t, err)
	var violations []string
	for _, each := range found.([]any) {
		violations = append(violations, each.(string))
	}
	return violations
}
