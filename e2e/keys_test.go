package e2e

import (
	"net/http"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestFourTaps counts what a cashier taps for a code beyond the digits and the
// name, on a phone.
func TestFourTaps(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	owner.issue() // an experienced cashier has made one before
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	check(t, p.AddInitScript(script(`addEventListener("pointerdown", (event) => {
		if (!event.target.closest("[data-keypad]")) sessionStorage.setItem("taps", Number(sessionStorage.getItem("taps") ?? 0) + 1);
	}, true);`)))
	p.open("/", http.StatusOK)
	main := p.Locator(".sale-go button").First()
	box, err := main.BoundingBox()
	check(t, err)
	if box.Y < 360 || box.Y+box.Height > 740 || box.Height < 44 {
		t.Errorf("the main button is at %+v on a screen of 360x740, out of a thumb's reach", box)
	}
	for _, key := range []string{"8", "7", "5", "000"} {
		check(t, p.Locator(`[data-key="`+key+`"]`).Tap())
	}
	check(t, p.expect("[name=amount]").ToHaveValue("875.000"))
	check(t, p.Locator("[name=customer_name]").Tap())
	check(t, p.Keyboard().Type("Budi"))
	check(t, main.Tap())
	p.arrive("**/codes/*-*")
	check(t, p.expect("[data-status]").ToHaveAttribute("data-status", "active"))
	taps, err := p.Evaluate(`() => Number(sessionStorage.getItem("taps"))`)
	check(t, err)
	if n, _ := taps.(int); n < 1 || n > 4 {
		t.Errorf("a code takes %v taps beyond the digits and the name, at most four", taps)
	}
}

// TestKeysWaitForTheirScript: on a slow network the page's own keys are there
// before what they do, and a digit tapped then would be lost without a word.
func TestKeysWaitForTheirScript(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(s.owner())
	held := make(chan playwright.Route, 1)
	check(t, p.Route("**/counter.*.js", func(route playwright.Route) { held <- route }))
	_, err := p.Goto(s.home+"/", playwright.PageGotoOptions{WaitUntil: playwright.WaitUntilStateCommit})
	check(t, err)
	key := p.expect(`[data-keypad] [data-key="7"]`)
	check(t, key.ToBeDisabled())
	check(t, (<-held).Continue())
	check(t, key.ToBeEnabled())
	check(t, p.Locator(`[data-keypad] [data-key="7"]`).Tap())
	check(t, p.expect("[name=amount]").ToHaveValue("7"))
}

// TestKeys goes through the pages by keyboard alone.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Siti Aminah", "87500")
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	press := func(key string) {
		t.Helper()
		check(t, p.Keyboard().Press(key))
	}
	p.open("/account", http.StatusOK)
	check(t, p.expect(".member-side .member-keys").ToBeVisible())
	small := newPerson(t, s.home, phone())
	small.continueAs(owner)
	small.open("/account", http.StatusOK)
	check(t, small.Locator("summary[aria-label=Menu]").Click())
	check(t, small.expect(".menu-sheet form .member-out").ToBeVisible())
	check(t, small.expect(".menu-sheet .member-keys").ToBeHidden()) // a finger has no keys
	press("?")
	check(t, p.expect("#keys").ToBeVisible())
	p.lookOver("keys")
	press("n") // the list of keys is open: nothing else listens
	press("Escape")
	check(t, p.expect("#keys").Not().ToBeVisible())
	press("/")
	check(t, p.Keyboard().Type("siti n t ?"))
	check(t, p.expect("#f-find").ToHaveValue("siti n t ?"))
	p.open("/account", http.StatusOK)
	press("/")
	check(t, p.Keyboard().Type("siti"))
	press("Enter")
	p.arrive("**/transactions?q=siti")
	check(t, p.expect("[data-status]").ToContainText("Siti Aminah"))
	press("t")
	p.arrive("**/transactions")
	press("n")
	p.arrive(s.home + "/")
	p.open(code, http.StatusOK)
	press("Control+e")
	press("e")
	p.arrive("**/edit")
	p.open(code, http.StatusOK)
	press("k")
	check(t, p.expect("main").ToContainText("belum ada yang berubah"))
	press("p")
	p.arrive("**/slip")
	p.open(code, http.StatusOK)
	press("x")
	p.arrive("**/cancel")
}

// TestKeysAtTheCounter sells by keyboard alone, from the amount on, which has the
// focus: letters are no digits, so there they are keys.
func TestKeysAtTheCounter(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	owner.issueTo("Siti Aminah", "87500")
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	write := func(text string) {
		t.Helper()
		check(t, p.Keyboard().Type(text))
	}
	press := func(key string) {
		t.Helper()
		check(t, p.Keyboard().Press(key))
	}
	p.open("/", http.StatusOK)
	check(t, p.expect("[name=amount]").ToBeFocused())
	press("?")
	check(t, p.expect("#keys").ToBeVisible())
	p.lookOver("keys at the counter")
	press("Escape")
	check(t, p.expect("[name=amount]").ToBeFocused())
	write("125000")
	check(t, p.expect("[name=amount]").ToHaveValue("125.000"))
	press("Tab") // the keypad is for whoever has no keys
	check(t, p.expect("[name=customer_name]").ToBeFocused())
	press("Shift+Tab")
	for _, to := range []struct{ key, field string }{
		{"a", "[name=customer_name]"}, {"j", "[name=amount]"}, {"h", "[name=customer_phone]"}, {"j", "[name=amount]"}, {"w", "[name=expires_in]:checked"}, {"g", "[name=note]"},
	} {
		press(to.key)
		check(t, p.expect(to.field).ToBeFocused())
		if to.field != "[name=amount]" && to.field != "[name=expires_in]:checked" {
			write("n t ?")
			check(t, p.expect(to.field).ToHaveValue("n t ?")) // text is text
			check(t, p.Locator(to.field).Fill(""))
			press("Escape") // and this leaves it
			check(t, p.expect(to.field).Not().ToBeFocused())
		}
	}
	press("o")
	check(t, p.expect("tr[data-status] a").ToBeFocused())
	press("v")
	check(t, p.expect("[data-sound]").ToHaveAttribute("aria-pressed", "true"))
	press("l")
	check(t, p.expect("#more").ToHaveAttribute("open", ""))
	press("j")
	press("/")
	check(t, p.expect("#f-find").ToBeFocused())
	press("Escape")
	press("j")
	press("t")
	p.arrive("**/transactions")
	press("n")
	p.arrive(s.home + "/")
	check(t, p.expect("[name=amount]").ToHaveValue("125.000"))
	press("a")
	write("Budi")
	press("Enter")
	p.arrive("**/codes/*-*")
	press("d") // no action of this code: nothing happens
	press("m")
	p.arrive("**/codes/new?from=*")
	check(t, p.expect("[name=amount]").ToHaveValue("125.000"))
}

// TestLettersDoNotEnterTheAmount, typed or pasted, and a word is said of it; what
// people copy does.
func TestLettersDoNotEnterTheAmount(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	paste := func(text string) {
		t.Helper()
		check(t, p.Keyboard().InsertText(text))
	}
	for _, page := range []string{"/", code + "/edit"} {
		p.open(page, http.StatusOK)
		amount := p.Locator("[name=amount]")
		check(t, amount.Fill(""))
		for _, key := range []string{"1", "z", "2", "Shift+Q", "5"} { // letters that are bound to nothing
			check(t, p.Keyboard().Press(key))
		}
		check(t, p.expect("[name=amount]").ToHaveValue("125"))
		check(t, p.Keyboard().Press("z"))
		check(t, p.expect("[data-amount-letters]").ToBeVisible())
		check(t, p.Keyboard().Press("0"))
		check(t, p.expect("[data-amount-letters]").ToBeHidden())
		for text, want := range map[string]string{"Rp 150.000": "150.000", "rp175000": "175.000", " 20.000 ": "20.000", "150rb": "", "abc": "", "Rp abc": ""} {
			check(t, amount.Fill(""))
			check(t, amount.Focus())
			paste(text)
			check(t, p.expect("[name=amount]").ToHaveValue(want))
		}
		check(t, p.expect("[data-amount-letters]").Not().ToHaveText(""))
		check(t, amount.Fill("9"))
		check(t, p.Keyboard().Press("Home"))
		paste("Rp 15")
		check(t, p.expect("[name=amount]").ToHaveValue("159"))
		check(t, amount.Fill("15,5")) // the server tells of it
		check(t, p.expect("[name=amount]").ToHaveValue("15,5"))
		// The limits stand out when one has gone on, not while digits come.
		for sum, out := range map[string]bool{"9999": true, "10000": false, "5000000": false, "5000001": true, "": false} {
			check(t, amount.Fill(sum))
			check(t, p.expect("#f-amount-hint[data-out]").ToHaveCount(0))
			check(t, p.Locator("[name=customer_name]").Focus())
			if n, err := p.Locator("#f-amount-hint[data-out]").Count(); err != nil || (n == 1) != out {
				t.Errorf("%s: after %q the limits stand out: %v %v", page, sum, n == 1, err)
			}
			check(t, amount.Focus())
		}
	}
}
