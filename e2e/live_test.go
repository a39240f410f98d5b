package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// busy keeps the page's computer busy for a while, as a cheap phone is by
// itself: what the stream says meanwhile is read all at once afterwards.
func (p *person) busy() {
	p.t.Helper()
	_, err := p.Evaluate(`() => { setTimeout(() => { for (const end = performance.now() + 3000; performance.now() < end;); }, 50); }`)
	check(p.t, err)
	time.Sleep(100 * time.Millisecond)
}

// TestTwoMessagesAtOnce: whatever comes together, a page ends up showing the
// last of it: a code's page, the day at the counter, a list's tabs, rows and
// sums, and the customer's page.
func TestTwoMessagesAtOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	form := owner.codeForm()
	form.Set("reusable", "true")
	code := owner.post("/codes", form).location()
	number := owner.number(code)
	row := `[data-payment-code="` + number + `"]`
	total := func() string { return owner.get(code).marks()["data-paid-total"] }

	paid := 0
	twice := func() {
		t.Helper()
		for range 2 {
			s.pay(number)
			paid++
			owner.eventually("it is paid", func() bool { return total() == fmt.Sprint(paid*150000) })
			time.Sleep(300 * time.Millisecond) // the counts are told four times a second at most
		}
	}
	for _, page := range []struct {
		path  string
		with  device
		shows func(p *person)
	}{
		{code, desk(), func(p *person) {
			check(t, p.expect("#panel").ToHaveAttribute("data-paid-total", total()))
		}},
		{"/", phone(), func(p *person) {
			check(t, p.expect(".today-total").ToHaveText("Rp600.000"))
			check(t, p.expect(row).ToHaveAttribute("data-paid-total", total()))
		}},
		{"/transactions?tab=all", desk(), func(p *person) {
			check(t, p.expect(`#tabs a[href*="tab=paid"] .count`).ToHaveText("1"))
			check(t, p.expect(row).ToHaveAttribute("data-paid-total", total()))
			check(t, p.expect("#foot").ToHaveText("1 kode, diminta Rp150.000, masuk Rp900.000"))
		}},
		{"/transactions?min=100000", phone(), func(p *person) {
			check(t, p.expect("#foot").ToHaveText("1 kode, diminta Rp150.000, masuk Rp1.200.000"))
		}},
		{owner.customerLink(code), phone(), func(p *person) {
			check(t, p.expect("#state").ToContainText(fmt.Sprint(paid, " pembayaran")))
		}},
	} {
		p := newPerson(t, s.home, page.with)
		p.continueAs(owner)
		p.open(page.path, http.StatusOK)
		time.Sleep(500 * time.Millisecond) // the stream has said how things stand
		p.busy()
		twice()
		page.shows(p)
	}

	// Two changes of a list's count, which says something else each time. The paid
	// reusable code is not among the unpaid.
	list := newPerson(t, s.home, phone())
	list.continueAs(owner)
	list.open("/transactions?tab=unpaid", http.StatusOK)
	check(t, list.expect("[data-live-state]").ToHaveText("langsung"))
	time.Sleep(500 * time.Millisecond)
	list.busy()
	for i := range 2 {
		owner.issueTo(fmt.Sprint("Pelanggan ", i), "50000")
		time.Sleep(300 * time.Millisecond)
	}
	check(t, list.expect(`#tabs [aria-current] .count`).ToHaveText("2"))
	check(t, list.expect("[data-fresh]").ToContainText("2 transaksi baru"))

	// Two notes within a moment, on a page that has nothing else to do.
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	p.open(code, http.StatusOK)
	for i := range 6 {
		for _, which := range []string{"awal", "akhir"} {
			if a := owner.post(code+"/notes", url.Values{"note": {fmt.Sprint("catatan ", i, which)}}); a.status != http.StatusSeeOther {
				t.Fatalf("a note: %d", a.status)
			}
		}
		check(t, p.expect("#panel").ToContainText(fmt.Sprint("catatan ", i, "akhir")))
	}
}

// TestAListThatChanges: what comes into a tab by a payment or a decision, and
// leaves it, is announced on the page, and the mark of what needs a look counts
// with it.
func TestAListThatChanges(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	var open []*person
	for _, tab := range []string{"paid", "attention"} {
		p := newPerson(t, s.home, phone())
		p.continueAs(owner)
		p.open("/transactions?tab="+tab, http.StatusOK)
		check(t, p.expect("[data-live-state]").ToHaveText("langsung"))
		check(t, p.expect("[data-fresh]").ToBeHidden())
		check(t, p.expect("[data-look]:visible").ToHaveCount(0))
		open = append(open, p)
	}
	follows := func(p *person, what string, count int) {
		t.Helper()
		check(t, p.expect("[data-fresh]").ToHaveText("Daftar ini sudah berubah, tampilkan"))
		check(t, p.Locator("[data-fresh]").Click())
		check(t, p.expect(what).ToHaveCount(count))
		check(t, p.expect("[data-fresh]").ToBeHidden())
	}
	s.pay(owner.number(code))
	follows(open[0], "tr[data-status]", 1)
	s.saleToLookAt(owner)
	for _, p := range open {
		check(t, p.expect("[data-look]:visible .nav-count").ToHaveText("1"))
	}
	follows(open[1], `form[action$="/done"]`, 1)
	entry := ""
	for _, form := range owner.get("/transactions?tab=attention").having("action") {
		if strings.HasSuffix(form["action"], "/done") {
			entry = form["action"]
		}
	}
	if a := owner.post(entry, url.Values{"decision": {"accept"}}); a.status != http.StatusSeeOther {
		t.Fatalf("POST %s: %d", entry, a.status)
	}
	for _, p := range open {
		check(t, p.expect("[data-look]:visible").ToHaveCount(0))
	}
	follows(open[1], `form[action$="/done"]`, 0)
}

// TestADecisionStays: what somebody chose and wrote about money is still there
// when the page renews itself.
func TestADecisionStays(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := s.saleToLookAt(owner)
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	p.open(code, http.StatusOK)
	check(t, p.Locator("summary", playwright.PageLocatorOptions{HasText: "Putuskan"}).Click())
	choice := p.Locator(`input[name="decision"][value="aside"]`)
	check(t, choice.Check())
	check(t, p.Locator(`[id^="done-"] textarea[name="note"]`).Fill("sudah ditelepon"))
	for i := range 2 {
		said := fmt.Sprint("dari meja lain ", i)
		if a := owner.post(code+"/notes", url.Values{"note": {said}}); a.status != http.StatusSeeOther {
			t.Fatalf("a note: %d", a.status)
		}
		check(t, p.expect("#panel").ToContainText(said))
		check(t, p.expect(`input[name="decision"][value="aside"]`).ToBeChecked())
		check(t, p.expect(`[id^="done-"] textarea[name="note"]`).ToHaveValue("sudah ditelepon"))
	}
}
