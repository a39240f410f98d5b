package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheShiftEnds freezes a cashier's shift on a phone; money that comes for it
// afterwards is in the next one.
func TestTheShiftEnds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.owner()
	sari := s.employ("Sari", "sari@example.com", "cashier")
	first, second := sari.issueTo("Budi Santoso", "150000"), sari.issueTo("Siti Aminah", "87500")
	pay := func(code string) {
		t.Helper()
		s.pay(sari.number(code))
		sari.eventually("paid", func() bool { return sari.get(code).marks()["data-status"] == "paid" })
	}
	pay(first)

	p := newPerson(t, s.home, phone())
	p.continueAs(sari)
	p.open("/closings", http.StatusOK)
	check(t, p.expect("#running").ToContainText("Rp237.500")) // made
	p.lookOver("running shift")
	p.fill("note", "Laci dikunci")
	p.press("/closings")
	p.arrive("**/closings/*-*")
	check(t, p.expect("#recap").ToContainText("Rp150.000"))
	check(t, p.expect("#recap").ToContainText("Laci dikunci"))
	p.lookOver("recap")
	recap := p.URL()
	pay(second)
	p.open(recap, http.StatusOK)
	check(t, p.expect("#recap").Not().ToContainText("Rp87.500Rp")) // it is frozen

	p.open("/closings", http.StatusOK)
	check(t, p.expect("#running").ToContainText("Masuk susulan"))
	p.press("/closings")
	p.arrive("**/closings/*-*")
	check(t, p.expect("#later li").ToHaveCount(1))
	check(t, p.expect("#later").ToContainText("Rp87.500"))
	share, err := p.Locator("#copy-recap").GetAttribute("data-copy")
	check(t, err)
	for _, want := range []string{shopName, "Rekap ke-2", "Sari", "Masuk susulan: 1  Rp87.500", "LATIHAN"} {
		if !strings.Contains(share, want) {
			t.Errorf("the message lacks %q:\n%s", want, share)
		}
	}
	p.open(p.URL()+"/slip", http.StatusOK)
	check(t, p.expect("body").ToContainText("Masuk susulan"))
	check(t, p.expect(".mark").ToContainText("SIMULATOR"))
	p.lookOver("recap on paper")
}
