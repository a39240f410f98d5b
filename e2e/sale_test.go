package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestFirstSale walks from an empty machine to LUNAS on two screens: the owner
// at a desk, the customer with a phone, the cashier of the store at the till.
func TestFirstSale(t *testing.T) {
	t.Parallel()
	demo := openDemo(t)

	owner := newPerson(t, demo.home, desk())
	owner.open(demo.setupPath(), http.StatusOK)
	owner.lookOver("set-up")
	owner.setUp()
	check(t, owner.expect("body").ToContainText(shopName))

	owner.fill("amount", "150000")
	owner.fill("customer_name", "Budi Santoso")
	owner.press("/codes")
	owner.arrive("**/codes/*")
	check(t, owner.expect("[data-status]").ToHaveAttribute("data-status", "active"))
	check(t, owner.expect("body").ToContainText("Rp150.000"))
	code := owner.attribute("[data-payment-code]", "data-payment-code")
	if !regexp.MustCompile(`^\d{8,20}$`).MatchString(code) {
		t.Fatalf("the payment code is %q", code)
	}
	customerLink := owner.attribute(`a[href*="/pay/"]`, "href")

	customer := newPerson(t, demo.home, phone())
	customer.open(customerLink, http.StatusOK)
	customer.lookOver("customer page")
	for _, text := range []string{shopName, "Rp150.000", "WIB"} {
		check(t, customer.expect("body").ToContainText(text))
	}
	groups, err := customer.Locator("#code .digits > *:not(wbr)").AllTextContents()
	check(t, err)
	for i, group := range groups {
		if len(group) > 4 || len(group) < 4 && i < len(groups)-1 {
			t.Errorf("the code is in groups of %q", groups)
		}
	}
	if got := strings.Join(groups, ""); got != code {
		t.Errorf("the customer reads out %q, want %q", got, code)
	}

	// A second browser of the shop has the list open, on a phone.
	list := newPerson(t, demo.home, phone())
	list.signIn(ownerEmail, ownerPassword)
	list.open("/transactions", http.StatusOK)
	row := `[data-payment-code="` + code + `"]`
	check(t, list.expect(row).ToHaveAttribute("data-status", "active"))
	check(t, list.expect(row).ToBeVisible())

	till := newPerson(t, demo.till, desk())
	till.open("/", http.StatusOK)
	till.inquire(code)
	bill := `[data-payment-code="` + code + `"][data-amount="150000"]`
	check(t, till.expect(bill).ToContainText("Budi Santoso"))
	check(t, till.expect(bill).ToContainText("Rp150.000"))
	// Nobody touches these two from here on.
	check(t, till.Locator("#pay").Click())

	check(t, customer.expect("body").ToContainText("LUNAS"))
	check(t, list.expect(row).ToHaveAttribute("data-status", "paid"))
	check(t, list.expect(row).ToContainText("Lunas"))
	check(t, owner.expect("[data-status]").ToHaveAttribute("data-status", "paid"))
	check(t, owner.expect("[data-status]").ToHaveAttribute("data-paid-total", "150000"))
	customer.lookOver("customer page, paid")
	owner.lookOver("code, paid")

	// The program stops at once although all of them still listen.
	for _, p := range []*person{owner, customer, list} {
		p.excuse("net::ERR_") // they ask again, in vain
	}
	demo.app.stop()
}

// TestCancelledCodeIsRefusedAtTheTill cancels a code and tries to pay it.
func TestCancelledCodeIsRefusedAtTheTill(t *testing.T) {
	t.Parallel()
	demo := openDemo(t)
	path := demo.owner().issue()

	owner := newPerson(t, demo.home, phone())
	owner.signIn(ownerEmail, ownerPassword)
	owner.open(path, http.StatusOK)
	code := owner.attribute("[data-payment-code]", "data-payment-code")
	customer := newPerson(t, demo.home, phone())
	customer.open(owner.attribute(`a[href*="/pay/"]`, "href"), http.StatusOK)

	check(t, owner.Locator(`a[href$="/cancel"]`).First().Click())
	owner.arrive("**/cancel")
	owner.lookOver("cancel")
	owner.fill("reason", "Pelanggan batal membeli")
	owner.press("/cancel")
	owner.arrive("**" + path)
	check(t, owner.expect("[data-status]").ToHaveAttribute("data-status", regexp.MustCompile("^cancell(ing|ed)$")))
	check(t, owner.expect("body").ToContainText("Pelanggan batal membeli"))
	check(t, customer.expect("body").ToContainText("batal"))

	till := newPerson(t, demo.till, desk())
	till.open("/", http.StatusOK)
	till.inquire(code)
	check(t, till.expect("[data-refused]").ToHaveAttribute("data-refused", "cancelled"))
	check(t, till.expect("#pay").ToHaveCount(0))
}

// TestFirstSaleWithoutJavaScript is the same sale by plain forms and reloads.
func TestFirstSaleWithoutJavaScript(t *testing.T) {
	t.Parallel()
	demo := openDemo(t)

	owner := newPerson(t, demo.home, phone().withoutJavaScript())
	owner.open(demo.setupPath(), http.StatusOK)
	owner.setUp()
	owner.fill("amount", "75.500")
	owner.fill("customer_name", "Siti Aminah")
	owner.press("/codes")
	owner.arrive("**/codes/*")
	check(t, owner.expect("[data-status]").ToHaveAttribute("data-status", "active"))
	code := owner.attribute("[data-payment-code]", "data-payment-code")

	customer := newPerson(t, demo.home, phone().withoutJavaScript())
	customer.open(owner.attribute(`a[href*="/pay/"]`, "href"), http.StatusOK)
	check(t, customer.expect("body").ToContainText("Rp75.500"))

	till := newPerson(t, demo.till, desk().withoutJavaScript())
	till.open("/", http.StatusOK)
	till.inquire(code)
	check(t, till.Locator("#pay").Click())
	newVisitor(t, demo.home).eventually("the list shows it paid", func() bool {
		owner.open("/transactions", http.StatusOK)
		return owner.attribute(`[data-payment-code="`+code+`"]`, "data-status") == "paid"
	})
	// The customer's page looks again by itself, every 15 seconds.
	check(t, customer.expect("body").ToContainText("LUNAS"))
}
