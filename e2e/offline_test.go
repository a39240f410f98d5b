package e2e

import (
	"fmt"
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
		p := newPerson(t, s.home, withoutWorker(phone()))
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
		check(t, p.expect("[data-sent]").ToContainText("jawabannya tidak datang"))
		check(t, p.expect("[data-restored]").ToBeHidden())
		p.lookOver("a form without an answer")
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
		if left := p.drafts(); len(left) > 0 {
			t.Errorf("the next at this phone finds %v", left)
		}
	}
}

// TestTheServerIsBusyAtTheCounter: a proxy that restarts the app, or a full
// queue, answers a press. What was typed stays and is pressed again, and the
// next customer's form is their own.
func TestTheServerIsBusyAtTheCounter(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.owner()
	for _, status := range []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		p := newPerson(t, s.home, withoutWorker(phone()))
		p.continueAs(s.signIn(ownerEmail, ownerPassword))
		p.excuse(fmt.Sprintf("status of %d", status))
		p.open("/", http.StatusOK)
		busy := true
		check(t, p.Route("**/codes", func(route playwright.Route) {
			if !busy {
				check(t, route.Continue())
				return
			}
			check(t, route.Fulfill(playwright.RouteFulfillOptions{Status: playwright.Int(status), Body: "busy"}))
		}))
		p.fill("amount", "125.000")
		p.fill("customer_name", "Siti Aminah")
		p.press("/codes")
		check(t, p.expect("[data-unable]").ToBeVisible())
		check(t, p.expect("[data-offline]").ToBeHidden())
		p.open("/", http.StatusOK)
		note := "[data-sent]"
		if status == http.StatusTooManyRequests { // it was not taken
			note = "[data-restored]"
		}
		check(t, p.expect(note).ToBeVisible())
		busy = false
		p.press("/codes")
		p.arrive("**/codes/*-*")
		first := p.URL()
		p.open("/", http.StatusOK)
		check(t, p.expect("[name=customer_name]").ToHaveValue(""))
		p.fill("amount", "900.000")
		p.fill("customer_name", "Budi")
		p.press("/codes")
		p.arrive("**/codes/*-*")
		check(t, p.expect("#panel").ToContainText("Rp900.000"))
		if p.URL() == first {
			t.Errorf("%d: Budi is led to Siti's code", status)
		}
	}
}

// TestADraftEndsWithItsCode: a press whose answer was lost made a code. Whoever
// finds it on the list and opens it begins anew at the counter.
func TestADraftEndsWithItsCode(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	p.excuse("ERR_")
	p.open("/", http.StatusOK)
	p.loseAnswer("**/codes")
	p.fill("amount", "125.000")
	p.fill("customer_name", "Siti Aminah")
	p.press("/codes")
	check(t, p.expect("[data-offline]").ToBeVisible())
	p.open("/transactions", http.StatusOK)
	check(t, p.Locator(".c-name a").First().Click())
	p.arrive("**/codes/*-*")
	owner.eventually("the code's page has said that it was seen", func() bool { return len(p.drafts()) == 0 })
	p.open("/", http.StatusOK)
	check(t, p.expect("[name=customer_name]").ToHaveValue(""))
	check(t, p.expect("[name=amount]").ToHaveValue(""))
}

// TestADraftThatComesBackIsSeen: what was chosen under a fold must not go to the
// next customer without a word.
func TestADraftThatComesBackIsSeen(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	p := newPerson(t, s.home, phone())
	p.continueAs(s.owner())
	p.open("/", http.StatusOK)
	check(t, p.expect("[data-restored]").ToBeHidden())
	p.fill("customer_name", "Siti Aminah")
	p.unfold("more")
	check(t, p.Locator("[name=mode][value=dipc]").Check())
	p.fill("payment_code", "1900600000777777")
	p.open("/", http.StatusOK)
	check(t, p.expect("[data-restored]").ToBeVisible())
	check(t, p.expect("[data-sent]").ToBeHidden())
	check(t, p.expect("#more").ToHaveAttribute("open", ""))
	check(t, p.expect("[name=payment_code]").ToBeVisible())
	check(t, p.expect("[name=payment_code]").ToHaveValue("1900600000777777"))
	check(t, p.Locator("[data-restored] [data-clear]").Click())
	check(t, p.expect("[data-restored]").ToBeHidden())
	check(t, p.expect("[name=customer_name]").ToHaveValue(""))
	check(t, p.expect("[name=mode][value=dgpc]").ToBeChecked())
}

// TestTheNetworkDiesAfterAMistake: a form that came back is held like the first.
func TestTheNetworkDiesAfterAMistake(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	p.excuse("ERR_")
	p.excuse("status of 422")
	p.open("/", http.StatusOK)
	p.fill("amount", "125")
	p.fill("customer_name", "Siti Aminah")
	p.press("/codes")
	check(t, p.expect("[name=amount]").ToHaveAttribute("aria-invalid", "true"))
	p.fill("amount", "125.000")
	p.fill("customer_phone", "081234567890")
	check(t, p.Context().SetOffline(true))
	p.press("/codes")
	check(t, p.expect("[data-offline]").ToBeVisible())
	check(t, p.expect("[name=customer_phone]").ToHaveValue("081234567890"))
	check(t, p.Context().SetOffline(false))
	p.open("/", http.StatusOK) // whatever the browser did meanwhile
	check(t, p.expect("[name=amount]").ToHaveValue("125.000"))
	check(t, p.expect("[name=customer_phone]").ToHaveValue("081234567890"))
	p.press("/codes")
	p.arrive("**/codes/*-*")
	if made := len(owner.get("/transactions").having("data-status")); made != 1 {
		t.Errorf("%d codes were made", made)
	}
}
