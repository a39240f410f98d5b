package handlers

import (
	"net/http"
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestWhatTheCustomerIsTold: whoever cannot be sure that a payment would count
// is told not to pay.
func TestWhatTheCustomerIsTold(t *testing.T) {
	for want, code := range map[string]payments.Code{
		"wait":      {Status: payments.Creating},
		"wait ":     {Status: payments.Unknown},
		"unpaid":    {Status: payments.Active},
		"reusable":  {Status: payments.Active, Options: payments.Options{Reusable: true}},
		"review":    {Status: payments.Active, Review: 1},
		"review ":   {Status: payments.Expired, Review: 1},
		"paid":      {Status: payments.Paid},
		"paid ":     {Status: payments.Paid, Review: 1},
		"expired":   {Status: payments.Expired},
		"cancelled": {Status: payments.Cancelled}, "cancelled ": {Status: payments.Cancelling},
		"cancelled  ": {Status: payments.Rejected},
	} {
		if got := stateFor(code); got != strings.TrimSpace(want) {
			t.Errorf("%s, review %d: %s, want %s", code.Status, code.Review, got, want)
		}
	}
}

// TestOpeningTheCustomersPage is a line on the timeline, once, and not for
// those who fetch a preview.
func TestOpeningTheCustomersPage(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	opened := func() (n int) {
		for _, e := range must(s.Store.Timeline(t.Context(), code.ID)) {
			if e.Kind == payments.EventViewed {
				n++
			}
		}
		return n
	}
	customer := s.visitor()
	for _, agent := range []string{"WhatsApp/2.23.20", "Mozilla/5.0 (compatible; Googlebot/2.1)", "facebookexternalhit/1.1"} {
		a := customer.send("GET", "/pay/"+code.Token, "", http.Header{"User-Agent": {agent}})
		if a.status != http.StatusOK || !strings.Contains(a.body, "Rp150.000") || opened() != 0 {
			t.Errorf("%s: %d, opened %d times", agent, a.status, opened())
		}
	}
	customer.send("HEAD", "/pay/"+code.Token, "", nil)
	for range 3 {
		customer.get("/pay/" + code.Token)
	}
	if opened() != 1 {
		t.Errorf("opened %d times", opened())
	}
	if page := v.get("/codes/" + code.ID); !strings.Contains(page.body, "Halaman pelanggan dibuka") {
		t.Error("the timeline does not tell")
	}
}
