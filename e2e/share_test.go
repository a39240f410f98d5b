package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// sheet stands in for a phone's own sheet for sharing, and notes what it is
// given and whether it is in time: some five seconds after a tap a browser has
// forgotten it. It cannot be asked, since the driver's questions count as taps.
const sheet = `
	let tapped;
	document.addEventListener("click", () => { tapped = performance.now(); }, true);
	Object.defineProperty(navigator, "canShare", { value: () => true });
	Object.defineProperty(navigator, "share", { value: async (what) => {
		document.documentElement.dataset.shared = [what.text.includes("/pay/"), what.files?.[0].type ?? "no picture", performance.now() - tapped < 4500 ? "in time" : "too late"].join(", ");
	} });
`

// TestACodeIsShared by the phone's own sheet: also after the page has changed
// by itself, and by its words alone where the picture does not come in time.
func TestACodeIsShared(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	p.open(code, http.StatusOK)
	if visible, err := p.Locator("[data-share]").IsVisible(); visible || err != nil {
		t.Errorf("a browser without such a sheet has the button: %t, %v", visible, err)
	}

	check(t, p.Context().AddInitScript(script(sheet)))
	p.open(code, http.StatusOK)
	for i := range 2 {
		note := fmt.Sprint("catatan ", i)
		if a := owner.post(code+"/notes", url.Values{"note": {note}}); a.status != http.StatusSeeOther {
			t.Fatalf("a note: %d", a.status)
		}
		check(t, p.expect("#panel").ToContainText(note)) // the stream has replaced it
	}
	check(t, p.Locator("[data-share]").Tap())
	check(t, p.expect("html").ToHaveAttribute("data-shared", "true, image/png, in time"))

	held := make(chan playwright.Route, 9)
	check(t, p.Route("**/pay/*.png", func(route playwright.Route) { held <- route }))
	p.excuse("ERR_FAILED")
	check(t, p.Locator("[data-share]").Tap())
	check(t, p.expect("html").ToHaveAttribute("data-shared", "true, no picture, in time"))
	_ = (<-held).Abort("failed") // which the page has given up before
}
