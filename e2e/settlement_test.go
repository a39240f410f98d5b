package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestSettlementFile uploads a file whose columns nobody has named yet, names
// them, and reads what was found; the next file is understood at once.
func TestSettlementFile(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Budi Santoso", "150000")
	marks := owner.get(code).marks()
	s.pay(marks["data-payment-code"])
	owner.eventually("paid", func() bool { return owner.get(code).marks()["data-status"] == "paid" })
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	hand := func(content string) {
		t.Helper()
		p.open("/reports/settlement", http.StatusOK)
		check(t, p.Locator("[name=file]").SetInputFiles([]playwright.InputFile{{Name: "settle.csv", MimeType: "text/csv", Buffer: []byte(content)}}))
		p.press("/reports/settlement")
	}
	day := time.Now().Format("02/01/2006")
	hand("Order;Nilai;Tgl\n" + marks["data-invoice"] + ";150.000;" + day + "\nINV-LAIN;10.000;" + day + "\n")
	check(t, p.expect("#columns").ToBeVisible())
	p.lookOver("columns of a settlement file")
	for name, label := range map[string]string{"column_invoice": "Order", "column_gross": "Nilai", "column_day": "Tgl"} {
		_, err := p.Locator("[name=" + name + "]").SelectOption(playwright.SelectOptionValues{Labels: &[]string{label}})
		check(t, err)
	}
	p.press("/reports/settlement")
	p.arrive("**/reports/settlement/*-*")
	check(t, p.expect("#sums").ToContainText("Cocok1 Rp150.000"))
	check(t, p.expect("#sums").ToContainText("Semua baris2 Rp160.000"))
	check(t, p.expect("main").ToContainText("INV-LAIN"))
	p.lookOver("settlement result")

	hand("Order;Nilai;Tgl\n" + marks["data-invoice"] + ";150.000;" + day + "\n")
	p.arrive("**/reports/settlement/*-*")
	check(t, p.expect("#sums").ToContainText("Semua baris1 Rp150.000"))
}
