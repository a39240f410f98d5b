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
	counted := []payments.Payment{{Standing: payments.Counted}}
	for want, test := range map[string]struct {
		code     payments.Code
		received []payments.Payment
	}{
		"wait":      {payments.Code{Status: payments.Creating}, nil},
		"wait ":     {payments.Code{Status: payments.Unknown}, nil},
		"unpaid":    {payments.Code{Status: payments.Active}, nil},
		"reusable":  {payments.Code{Status: payments.Active, Options: payments.Options{Reusable: true}}, counted},
		"review":    {payments.Code{Status: payments.Active, Review: 1}, nil},
		"review ":   {payments.Code{Status: payments.Expired, Review: 1}, nil},
		"paid":      {payments.Code{Status: payments.Paid}, counted},
		"paid ":     {payments.Code{Status: payments.Paid, Review: 1}, append(counted, payments.Payment{Standing: payments.Review, Late: true})},
		"late":      {payments.Code{Status: payments.Paid}, []payments.Payment{{Standing: payments.Counted, Late: true}}},
		"expired":   {payments.Code{Status: payments.Expired}, nil},
		"cancelled": {payments.Code{Status: payments.Cancelled}, nil}, "cancelled ": {payments.Code{Status: payments.Cancelling}, nil},
		"cancelled  ": {payments.Code{Status: payments.Rejected}, nil},
	} {
		if got := stateFor(test.code, test.received); got != strings.TrimSpace(want) {
			t.Errorf("%s, review %d: %s, want %s", test.code.Status, test.code.Review, got, want)
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
