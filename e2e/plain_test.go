package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestADayWithoutJavaScript is all that people do here, on a phone that runs no
// scripts: everything but what comes live and what is heard.
func TestADayWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	p := newPerson(t, s.home, phone().withoutJavaScript())
	p.open("/login", http.StatusOK)
	p.fill("email", ownerEmail)
	p.fill("password", ownerPassword)
	p.press("/login")
	p.arrive(s.home + "/")
	says := func(words string) {
		t.Helper()
		check(t, p.expect("main").ToContainText(words))
	}
	follow := func(selector string) {
		t.Helper()
		check(t, p.Locator(selector+":visible").First().Click())
	}

	// A mistake comes back with what was typed, and then a code is made.
	p.fill("amount", "5")
	p.fill("customer_name", "Siti Aminah")
	p.excuse("status of 422")
	p.press("/codes")
	says("Paling sedikit Rp10.000")
	check(t, p.expect("[name=customer_name]").ToHaveValue("Siti Aminah"))
	p.fill("amount", "75.500")
	check(t, p.Locator(`[name=preview]:visible`).Click())
	check(t, p.expect("[data-preview]").ToBeVisible())
	p.press("/codes")
	p.arrive("**/codes/*-*")
	page := strings.TrimPrefix(p.URL(), s.home)
	check(t, p.expect("[data-status]").ToHaveAttribute("data-status", "active"))

	// Change, note, slip, check.
	follow("#do-edit")
	p.fill("amount", "80.000")
	p.press("/edit")
	p.arrive("**" + page)
	owner.eventually("the new amount is in force", func() bool { p.open(page, http.StatusOK); return p.holds("Rp80.000") })
	follow("#do-note")
	p.fill("note", "diambil besok")
	p.press("/notes")
	p.arrive("**" + page)
	says("diambil besok")
	p.press("/check")
	p.arrive("**" + page)
	says("belum ada yang berubah")
	follow("#print-slip")
	p.arrive("**/slip")
	check(t, p.expect("#code").ToBeVisible())

	// Paid, handed over, given back.
	p.open(page, http.StatusOK)
	number := p.attribute("[data-payment-code]", "data-payment-code")
	s.pay(number)
	owner.eventually("it is paid", func() bool { p.open(page, http.StatusOK); return p.attribute("[data-status]", "data-status") == "paid" })
	p.open("/check", http.StatusOK)
	p.fill("q", number[len(number)-6:])
	check(t, p.Locator(`form[action="/check"] button:visible`).First().Click())
	says("LUNAS")
	p.press("/handover")
	says("sudah diserahkan")
	p.open(page, http.StatusOK)
	follow("#do-refund")
	p.fill("amount", "5.000")
	follow("label:has([name=method])")
	p.fill("reason", "kembalian")
	p.press("/refunds")
	p.arrive("**" + page)
	says("Rp5.000")

	// The like of it, cancelled.
	follow("#do-again")
	p.fill("amount", "90.000")
	p.press("/codes")
	p.arrive("**/codes/*-*")
	follow("#do-cancel")
	p.fill("reason", "salah jumlah")
	p.press("/cancel")
	p.arrive("**/codes/*-*")
	says("salah jumlah")

	// The list: tabs, search, both files.
	p.open("/transactions", http.StatusOK)
	p.fill("q", "siti")
	check(t, p.Locator(`form[action="/transactions"]:visible button:visible`).First().Click())
	p.arrive("**/transactions?*q=siti*")
	check(t, p.expect(`[data-payment-code="`+number+`"]`).ToBeVisible())
	for _, ending := range []string{"csv", "xlsx"} {
		file, err := p.ExpectDownload(func() error { return p.Locator(`a[href^="/transactions.` + ending + `"]`).First().Click() })
		check(t, err)
		if name := file.SuggestedFilename(); !strings.HasSuffix(name, ending) {
			t.Errorf("the file is called %s", name)
		}
	}
	follow(`a[href*="tab=paid"]`)
	p.arrive("**/transactions?*tab=paid*")

	// The shop: somebody new, a setting, the log, the account.
	p.open("/staff", http.StatusOK)
	p.fill("name", "Wati")
	p.fill("email", "wati@example.com")
	follow("label:has([name=role][value=cashier])")
	p.press("/staff/invites")
	p.arrive("**/staff/invites/*")
	says("Wati")
	p.open("/audit", http.StatusOK)
	says("Wati")
	p.open("/account", http.StatusOK)
	p.open("/exchanges", http.StatusOK)
	if over := p.sideways(); over > 0 {
		t.Errorf("the exchanges are %d px too wide", over)
	}
	follow("summary[aria-label=Menu]")
	p.press("/logout")
	p.arrive("**/login*")
	if a := newVisitor(t, s.home).post(page+"/notes", url.Values{"note": {"x"}}); a.status != http.StatusUnauthorized && !a.wantsSignIn() {
		t.Errorf("a note of nobody: %d", a.status)
	}
}

// holds says whether the page shows the words now.
func (p *person) holds(words string) bool {
	p.t.Helper()
	text, err := p.Locator("main").First().InnerText()
	check(p.t, err)
	return strings.Contains(text, words)
}
