package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// TestAListIsLoadedAnew when the stream says so, as it does to a page of another
// day: what is shown is true again, what was typed and unfolded stays, and the
// page follows the stream of the new list.
func TestAListIsLoadedAnew(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	number := owner.get(code).marks()["data-payment-code"]
	row := `[data-payment-code="` + number + `"]`
	for _, path := range []string{"/", "/transactions?tab=unpaid"} {
		p := newPerson(t, s.home, desk())
		p.continueAs(owner)
		p.open(path, http.StatusOK)
		check(t, p.expect("[data-live-state]").ToHaveText("langsung"))
		title, err := p.Title()
		check(t, err)
		if path == "/" {
			check(t, p.Locator("#f-amount").Fill("77000"))
		} else {
			for i := range 5 { // each search is another list
				check(t, p.Locator("#f-q").Fill(fmt.Sprint("budi", i)))
				check(t, p.expect(".empty").ToBeVisible())
				check(t, p.Locator("#f-q").Fill(""))
				check(t, p.expect(row).ToBeVisible())
			}
			listeners, err := p.Evaluate(`() => stream.listeners.filter(([name]) => name.startsWith("code-")).length`)
			check(t, err)
			if fmt.Sprint(listeners) != "1" {
				t.Errorf("one row is listened for by %v", listeners)
			}
		}
		_, err = p.Evaluate(`(row) => {
			document.querySelector(row).remove();
			const address = new URL(live.getAttribute("sse-connect"), location.href);
			address.searchParams.set("day", "2026-01-01");
			live.setAttribute("sse-connect", address.pathname + address.search);
			stream.connect();
		}`, row)
		check(t, err)
		check(t, p.expect(row).ToBeVisible())
		if again, err := p.Title(); err != nil || again != title {
			t.Errorf("the title is %q now, %v", again, err)
		}
		if path == "/" {
			check(t, p.expect("#f-amount").ToHaveValue("77.000"))
		}
		address, err := p.Evaluate(`() => stream.source.url`)
		check(t, err)
		if u, err := url.Parse(fmt.Sprint(address)); err != nil || u.Query().Get("day") == "" || u.Query().Get("day") == "2026-01-01" {
			t.Errorf("%s follows %v", path, address)
		}
		owner.post(code+"/notes", url.Values{"note": {"x"}}) // as any change of it
		check(t, p.expect(row+".just-changed").ToBeVisible())
	}
}
