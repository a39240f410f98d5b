package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestTheListOnADesk shows twenty rows at once, and narrows them by the form.
func TestTheListOnADesk(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	for i := range 22 {
		owner.issueTo(fmt.Sprintf("Pelanggan %02d", i), fmt.Sprint(50_000+i*1000))
	}
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	p.open("/transactions", http.StatusOK)
	visible, err := p.Evaluate(`() => [...document.querySelectorAll("[data-status]")].filter((row) => {
		const box = row.getBoundingClientRect();
		return box.top >= 0 && box.bottom <= 800;
	}).length`)
	check(t, err)
	if n, ok := visible.(int); !ok || n < 20 {
		t.Errorf("%v rows are in view at 1280x800, want 20", visible)
	}

	// A day that is told with its date, by somebody with a long name, is not cut.
	cut, err := p.Evaluate(`() => {
		for (const time of document.querySelectorAll(".c-time")) time.firstChild.data = "25 Nov 18.28 WIB ";
		for (const detail of document.querySelectorAll("td.c-detail")) detail.textContent = "dibatalkan 25 Nov 16.27 WIB";
		return [...document.querySelectorAll("td.c-time, td.c-detail, td.c-amount, td.c-code")].filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent).join("; ") +
			(document.querySelector(".rows table").scrollWidth > document.querySelector(".rows").clientWidth ? " the table" : "");
	}`)
	check(t, err)
	if cut != "" {
		t.Errorf("cut off: %v", cut)
	}

	check(t, p.Locator("#filter > summary").Click())
	p.fill("min", "60.000")
	check(t, p.Locator(`label:has([name=status][value=active])`).Click())
	check(t, p.Locator(`.filter-form .btn-primary`).Click())
	p.arrive("**/transactions?*min=60.000*")
	rows := p.Locator("[data-status]")
	if n, err := rows.Count(); n != 12 || err != nil {
		t.Errorf("%d rows from Rp60.000, want 12, %v", n, err)
	}
	check(t, p.expect("#foot").ToContainText("12 kode"))
	// A search keeps what narrows.
	check(t, p.Locator("#f-q").Fill("pelanggan 1"))
	p.arrive("**/transactions?*q=pelanggan*min=60.000*")
	check(t, p.expect("#foot").ToContainText("10 kode"))
	// One stretch of days, then another, then days of their own, then a stretch.
	picked := func(label, address string) {
		t.Helper()
		check(t, p.Locator("#filter:not([open]) > summary, #filter[open] .filter-days").First().WaitFor())
		if open, err := p.Locator("#filter[open]").Count(); err == nil && open == 0 {
			check(t, p.Locator("#filter > summary").Click())
		}
		check(t, p.Locator(".filter-days button", playwright.PageLocatorOptions{HasText: label}).Click())
		p.arrive(address)
	}
	picked("Kemarin", "**/transactions?*pick=yesterday*")
	check(t, p.expect("#list .empty").ToBeVisible())
	picked("Hari ini", "**/transactions?*pick=today*")
	check(t, p.expect("#foot").ToContainText("10 kode"))
	check(t, p.expect(".filter-days [aria-current]").ToHaveText("Hari ini"))
	p.lookOver("narrowed list")
	check(t, p.Locator(".filter-on a").First().Click())
	p.arrive("**/transactions?*q=pelanggan*")

	small := newPerson(t, s.home, phone())
	small.continueAs(owner)
	small.open("/transactions?status=active&min=50000&days=today&cashier=x", http.StatusOK)
	// The field and what narrows are one line, and the field's hint is whole.
	if field, more := small.box("#f-q"), small.box("#filter > summary"); field.Y > more.Y+2 || more.Y > field.Y+2 {
		t.Errorf("the search is at %v, the filter at %v", field, more)
	}
	room, err := small.Evaluate(`() => {
		const field = document.querySelector("#f-q"), style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
		pen.font = getComputedStyle(field, "::placeholder").fontSize + " " + style.fontFamily;
		return field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - pen.measureText(field.placeholder).width;
	}`)
	check(t, err)
	if fmt.Sprint(room)[0] == '-' {
		t.Errorf("the hint is %v pixels too long", room)
	}
	check(t, small.Locator("#filter > summary").Click())
	small.lookOver("filter on a phone")
}

// TestBackFromASearch shows the list as it was before, and leaves the page with
// one stream: a browser has six connections to a host.
func TestBackFromASearch(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	owner.issueTo("Budi", "50000")
	owner.issueTo("Siti", "75000")
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	check(t, p.Context().AddInitScript(script(`
		const Real = window.EventSource;
		const streams = [];
		window.EventSource = class extends Real { constructor(...how) { super(...how); streams.push(this); } };
		window.streamsOpen = () => streams.filter((stream) => stream.readyState !== Real.CLOSED).length;
	`)))
	p.open("/transactions", http.StatusOK)
	rows := playwright.NewPlaywrightAssertions(float64(patience.Milliseconds())).Locator(p.Locator("tr[data-status]"))
	for range 3 {
		check(t, p.expect("[data-live-state]").ToHaveText("langsung"))
		check(t, p.Locator("#f-q").Fill("budi"))
		p.arrive("**/transactions?*q=budi*")
		check(t, rows.ToHaveCount(1))
		_, err := p.Evaluate(`() => history.back()`)
		check(t, err)
		p.arrive("**/transactions")
		check(t, rows.ToHaveCount(2))
		check(t, p.expect("#f-q").ToHaveValue(""))
	}
	check(t, p.expect("[data-live-state]").ToHaveText("langsung"))
	if open, err := p.Evaluate(`() => streamsOpen()`); open != 1 || err != nil {
		t.Errorf("%v streams are open, %v", open, err)
	}
	owner.issueTo("Tono", "99000")
	check(t, p.expect("[data-fresh]").ToContainText("1 transaksi baru"))
}

// TestTheSideOnADesk: the way out is on the screen, also when something is to be
// looked at, which stands under the list it is in; and the page is no higher
// than the screen.
func TestTheSideOnADesk(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	s.saleToLookAt(owner)
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	p.open("/staff", http.StatusOK)
	check(t, p.expect(`.nav-side a[href="/transactions"] + a`).ToHaveAttribute("href", "/transactions?tab=attention"))
	if box := p.box(`.member-side form[action="/logout"] button`); box == nil || box.Y+box.Height > 800 {
		t.Errorf("the way out is at %v", box)
	}
	p.open("/check", http.StatusOK)
	small := newPerson(t, s.home, phone())
	small.continueAs(owner)
	small.open("/check", http.StatusOK)
	if cut, err := small.Evaluate(`() => { const e = document.querySelector(".brand-shop"); return e.scrollWidth > e.clientWidth; }`); err != nil || cut != false {
		t.Errorf("the shop's name is cut on a phone with something to look at, %v", err)
	}
	small.lookOver("header with something to look at")
	if height, err := p.Evaluate(`() => document.documentElement.scrollHeight`); err != nil || height != 800 {
		t.Errorf("a short page is %v high on a screen of 800, %v", height, err)
	}
}
