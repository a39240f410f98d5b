package e2e

import (
	"net/http"
	"testing"

	"github.com/playwright-community/playwright-go"
)

func script(text string) playwright.Script { return playwright.Script{Content: &text} }

// TestInstalled: a browser finds all it needs to install the app, shows a page
// of ours without a network, and the page that was wanted with it.
func TestInstalled(t *testing.T) {
	t.Parallel()
	s := openShop(t) // on this machine, where browsers allow it
	owner := s.owner()
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	p.open("/", http.StatusOK)
	owner.eventually("the worker is there", func() bool {
		there, err := p.Evaluate(`() => navigator.serviceWorker.controller !== null`)
		check(t, err)
		return there == true
	})
	wrong, err := p.Evaluate(`async () => {
		const manifest = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
		const wrong = [];
		for (const icon of manifest.icons) {
			const picture = new Image();
			picture.src = icon.src;
			await picture.decode();
			if (icon.sizes !== "any" && icon.sizes !== picture.naturalWidth + "x" + picture.naturalHeight) wrong.push(icon.src);
		}
		if (manifest.start_url !== "/" || manifest.display !== "standalone") wrong.push("manifest");
		for (const name of await caches.keys()) {
			for (const request of await (await caches.open(name)).keys()) {
				const path = new URL(request.url).pathname;
				if (path !== "/offline" && !path.startsWith("/static/")) wrong.push("keeps " + path);
			}
		}
		return wrong.join(" ");
	}`)
	check(t, err)
	if wrong != "" {
		t.Errorf("%v", wrong)
	}
	p.excuse("ERR_")
	s.app.stop()
	_, err = p.Goto(s.home+"/transactions", playwright.PageGotoOptions{WaitUntil: playwright.WaitUntilStateDomcontentloaded})
	check(t, err)
	check(t, p.expect("[data-offline] h1").ToHaveText("Tidak ada jaringan"))
	p.lookOver("offline")
	s.startApp()
	check(t, p.Locator("[data-offline] .btn").Click())
	check(t, p.expect("h1").ToHaveText("Transaksi"))
}

// TestTheNetworkDiesAtTheCounter: what was typed stays, is pressed again, and
// makes one code, whether or not the first press arrived.
func TestTheNetworkDiesAtTheCounter(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	other := owner.issueTo("Orang Lain", "50000")
	for _, arrives := range []bool{false, true} {
		p := newPerson(t, s.home, phone())
		p.continueAs(s.signIn(ownerEmail, ownerPassword))
		p.excuse("ERR_")
		p.open("/", http.StatusOK)
		p.fill("amount", "125.000")
		p.fill("customer_name", "Siti Aminah")
		cut := true
		check(t, p.Route("**/codes", func(route playwright.Route) {
			if !cut {
				check(t, route.Continue())
				return
			}
			if arrives { // and only the answer is lost
				_, err := route.Fetch()
				check(t, err)
			}
			check(t, route.Abort("internetdisconnected"))
		}))
		before := len(owner.get("/transactions").having("data-status"))
		check(t, p.submit("/codes").Click())
		check(t, p.expect("[data-offline]").ToBeVisible())
		check(t, p.expect("[name=customer_name]").ToHaveValue("Siti Aminah"))

		// Somebody looks at another code meanwhile, and comes back: it is all there.
		p.open(other, http.StatusOK)
		p.open("/", http.StatusOK)
		check(t, p.expect("[name=amount]").ToHaveValue("125.000"))
		check(t, p.expect("[name=customer_name]").ToHaveValue("Siti Aminah"))
		cut = false
		check(t, p.submit("/codes").Click())
		p.arrive("**/codes/*-*")
		if made := len(owner.get("/transactions").having("data-status")) - before; made != 1 {
			t.Errorf("arrived %v: %d codes were made", arrives, made)
		}
		p.open("/", http.StatusOK)
		check(t, p.expect("[name=customer_name]").ToHaveValue("")) // there is a code: no draft
		p.fill("customer_name", "Rahasia")
		check(t, p.Locator("summary[aria-label=Menu]").Click())
		p.press("/logout")
		p.arrive("**/login*")
		if draft, err := p.Evaluate(`() => sessionStorage.getItem("draft")`); err != nil || draft != nil {
			t.Errorf("the next at this phone finds %v, %v", draft, err)
		}
	}
}
