package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// recorder stands in for a loudspeaker and a voice, and counts across pages.
const recorder = `
	const note = (what) => localStorage.setItem("recorded", (localStorage.getItem("recorded") ?? "") + what + "|");
	window.AudioContext = class {
		currentTime = 0;
		destination = {};
		resume() { return Promise.resolve(); }
		createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} }; }
		createOscillator() { return { frequency: {}, connect() {}, start() { note("tone"); }, stop() {} }; }
	};
	const voice = { lang: "id-ID", name: "test" };
	Object.defineProperty(window, "speechSynthesis", { value: { getVoices: () => [voice], speak: (u) => note(u.text) } });
	window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
`

// TestMoneyIsHeard: off until it is turned on, once for two open pages, in
// words, and counted in the title of the page that nobody looks at.
func TestMoneyIsHeard(t *testing.T) {
	t.Parallel()
	s := openDemo(t)
	owner := s.owner()
	cashier := s.employ("Sari", "sari@example.com", "cashier")
	pay := func(by *visitor, amount string) {
		link := by.issueTo("Budi", amount)
		s.pay(by.number(link))
		by.eventually("it is paid", func() bool { return by.get(link).marks()["data-status"] == "paid" })
	}
	first := newPerson(t, s.home, desk())
	first.continueAs(owner)
	check(t, first.Context().AddInitScript(script(recorder)))
	first.open("/", http.StatusOK)
	page, err := first.Context().NewPage()
	check(t, err)
	second := &person{Page: page, t: t, home: s.home}
	second.open("/transactions", http.StatusOK)
	check(t, second.expect("[data-live-state]").ToHaveText("langsung"))
	recorded := func() string {
		text, err := first.Evaluate(`() => localStorage.getItem("recorded") ?? ""`)
		check(t, err)
		return fmt.Sprint(text)
	}

	pay(owner, "87500")
	check(t, second.expect("[data-fresh]").ToBeVisible())
	if got := recorded(); got != "" {
		t.Errorf("heard before anybody turned it on: %q", got)
	}
	check(t, second.Locator("[data-sound]").Click())
	check(t, second.expect("[data-sound]").ToHaveText("Suara nyala"))
	check(t, first.expect("[data-sound]").ToHaveAttribute("aria-pressed", "true"))
	const turnedOn = "tone|tone|"
	if got := recorded(); got != turnedOn {
		t.Errorf("turning it on: %q", got)
	}
	_, err = first.Evaluate(`() => Object.defineProperty(document, "hidden", { value: true })`) // a tab behind
	check(t, err)
	pay(cashier, "150000")
	owner.eventually("the amount is spoken", func() bool { return strings.Contains(recorded(), "rupiah") })
	time.Sleep(500 * time.Millisecond) // for the other page to speak as well, if it does
	if got, want := recorded(), turnedOn+"tone|tone|tone|Lunas, seratus lima puluh ribu rupiah|"; got != want {
		t.Errorf("two open pages: %q, want %q", got, want)
	}
	if title, err := first.Title(); err != nil || !strings.HasPrefix(title, "(1) ") {
		t.Errorf("the title of the page behind is %q, %v", title, err)
	}

	// A page that was away is told of it late, after other things have happened.
	owner.issueTo("Budi", "12000")
	quiet := recorded()
	_, err = second.Evaluate(`() => {
		const address = new URL(live.getAttribute("sse-connect"), location.href);
		address.searchParams.set("after", "1");
		live.setAttribute("sse-connect", address.pathname + address.search);
		document.addEventListener("kodebayar:missed", () => { document.body.dataset.missed = "told"; });
		stream.connect();
	}`)
	check(t, err)
	check(t, second.expect("body[data-missed]").ToBeVisible())
	time.Sleep(300 * time.Millisecond)
	if got := recorded(); got != quiet {
		t.Errorf("heard once more: %q, before %q", got, quiet)
	}

	// A cashier hears nothing of others.
	other := newPerson(t, s.home, phone())
	other.continueAs(cashier)
	check(t, other.Context().AddInitScript(script(recorder)))
	other.open("/", http.StatusOK)
	check(t, other.expect("[data-live-state]").ToHaveText("langsung"))
	check(t, other.Locator("[data-sound]").Click())
	pay(owner, "99000")
	pay(cashier, "11000")
	var text any
	owner.eventually("the cashier hears it", func() bool {
		var err error
		text, err = other.Evaluate(`() => localStorage.getItem("recorded") ?? ""`)
		check(t, err)
		return strings.Contains(fmt.Sprint(text), "rupiah")
	})
	if want := "tone|tone|tone|tone|tone|Lunas, sebelas ribu rupiah|"; text != want {
		t.Errorf("the cashier hears %q, want %q", text, want)
	}
}

// TestTheSwitchOfTheSound says what is, and works, also after a search has
// replaced the part of the list that it stands in.
func TestTheSwitchOfTheSound(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	owner.issue()
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	check(t, p.Context().AddInitScript(script(recorder)))
	p.open("/transactions", http.StatusOK)
	check(t, p.Locator("[data-sound]").Click())
	check(t, p.expect("[data-sound]").ToHaveText("Suara nyala"))
	check(t, p.Locator("#f-q").Fill("budi"))
	p.arrive("**/transactions?*q=budi*")
	check(t, p.expect("[data-sound]").ToHaveText("Suara nyala"))
	check(t, p.expect("[data-sound]").ToHaveAttribute("aria-pressed", "true"))
	check(t, p.Locator("[data-sound]").Click())
	check(t, p.expect("[data-sound]").ToHaveText("Suara mati"))
	check(t, p.Locator("[data-sound]").Click())
	check(t, p.expect("[data-sound]").ToHaveAttribute("aria-pressed", "true"))
}

// TestMoneyIsHeardAfterARestore: what the device has heard of a log that had
// come further does not silence what comes now; but a page that is told late of
// what was heard says nothing.
func TestMoneyIsHeardAfterARestore(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	number := owner.number(owner.issueTo("Budi", "87500"))
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	check(t, p.Context().AddInitScript(script(recorder)))
	check(t, p.Clock().Install())
	p.open("/transactions", http.StatusOK)
	check(t, p.Locator("[data-sound]").Click())
	recorded := func() string {
		text, err := p.Evaluate(`() => localStorage.getItem("recorded")`)
		check(t, err)
		return fmt.Sprint(text)
	}
	before := `document.dispatchEvent(new CustomEvent("kodebayar:paid", { detail: { seq: 1_000_000, data: { say: "Dulu" } } }))`
	_, err := p.Evaluate(before)
	check(t, err)
	const heard = "tone|tone|tone|tone|tone|Dulu|"
	owner.eventually("it is heard before", func() bool { return recorded() == heard })
	check(t, p.Clock().FastForward("05:00"))
	_, err = p.Evaluate(before)
	check(t, err)
	p.open("/transactions", http.StatusOK) // as after a restore, which ends all sessions
	check(t, p.expect("[data-live-state]").ToHaveText("langsung"))
	if got := recorded(); got != heard {
		t.Errorf("told late: %q", got)
	}
	s.pay(number)
	owner.eventually("it is heard after", func() bool { return strings.HasPrefix(recorded(), heard+"tone|tone|tone|Lunas, ") })
}

// TestTheCheckIsHeard where the browser lets it be: after a press, and not on a
// page that was only opened, where it would complain.
func TestTheCheckIsHeard(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	number := owner.number(owner.issue())
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	var mu sync.Mutex
	var warned []string
	p.OnConsole(func(message playwright.ConsoleMessage) {
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(message.Text(), "AudioContext") {
			warned = append(warned, message.Text())
		}
	})
	check(t, p.Context().AddInitScript(script(`
		const Real = window.AudioContext;
		window.AudioContext = class extends Real { constructor() { super(); document.documentElement.dataset.heard = this.state; } };
	`)))
	p.open("/check?q="+number, http.StatusOK)
	check(t, p.expect("[data-proof=no]").ToBeVisible())
	if heard := p.attribute("html", "data-heard"); heard != "" {
		t.Errorf("a page that was only opened sounds: %s", heard)
	}
	p.open("/check", http.StatusOK)
	p.fill("q", number)
	check(t, p.Locator(`form[action="/check"] button:visible`).First().Click())
	check(t, p.expect("[data-proof=no]").ToBeVisible())
	if heard := p.attribute("html", "data-heard"); heard != "running" {
		t.Errorf("after a press it is %q", heard)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(warned) > 0 {
		t.Errorf("the browser complains: %v", warned)
	}
}
