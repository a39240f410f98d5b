package e2e

import (
	"net/http"
	"net/url"
	"testing"
)

// TestAnEditWithoutAnAnswer stands on the code's page, in the list and on the
// customer's page, on a phone, until DOKU answers; then it goes by itself.
func TestAnEditWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Siti Aminah", "1500000")
	link := owner.customerLink(code)
	lose := func(on bool) {
		s.machine("/simulator/faults", map[string]any{"name": "cut_before", "on": on, "operations": []string{"update"}})
	}
	lose(true)
	version, _ := owner.get(code + "/edit").field("version")
	made := owner.post(code+"/edit", url.Values{
		"version": {version["value"]}, "amount": {"1750000"}, "customer_name": {"Siti Aminah"}, "expires_in": {"180"},
	})
	if made.status != http.StatusSeeOther {
		t.Fatalf("the edit: %d", made.status)
	}
	list, page, customer := newPerson(t, s.home, phone()), newPerson(t, s.home, phone()), newPerson(t, s.home, phone())
	for _, p := range []*person{list, page} {
		p.continueAs(owner)
	}
	page.open(code, http.StatusOK)
	check(t, page.expect("#unsettled").ToContainText("Perubahan belum pasti"))
	page.lookOver("a code whose edit is unsettled")
	list.open("/transactions", http.StatusOK)
	check(t, list.expect("tr[data-status]").ToContainText("Rp1.500.000 atau Rp1.750.000"))
	check(t, list.expect("tr[data-status] .tone-doubt").ToHaveText("Belum pasti"))
	list.lookOver("a list with a code whose edit is unsettled")
	customer.open(link, http.StatusOK)
	check(t, customer.expect("#state").ToContainText("atau Rp1.750.000"))
	customer.lookOver("a customer's page whose edit is unsettled")
	lose(false)
	check(t, page.Locator("#unsettled button").Click())
	check(t, page.expect("#unsettled").ToBeHidden())
	check(t, page.expect("h1").ToContainText("Rp1.750.000"))
	check(t, list.expect("tr[data-status]").Not().ToContainText("atau"))
	check(t, customer.expect("#state").Not().ToContainText("belum pasti"))
}
