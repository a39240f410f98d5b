package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestRowsOfAListByPaymentAreLive: the newest payment is on top, whichever code
// is older.
func TestRowsOfAListByPaymentAreLive(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	older, newer := v.issue(), v.issue()
	for _, c := range []payments.Code{newer, older} {
		s.buy(c.PaymentCode)
		s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), c.ID)).Status == payments.Paid })
		s.ahead.Add(int64(2 * time.Second)) // DOKU tells the second
	}
	for _, path := range []string{"/transactions?tab=paid", "/transactions?by=paid"} {
		page := v.get(path)
		live := v.listen(page.streamOf(), nil)
		live.next("tabs", "")
		for _, c := range []payments.Code{older, newer} {
			form := url.Values{"amount": {"1000"}, "method": {"cash"}, "reason": {"x"}}
			if a := v.post("/codes/"+c.ID+"/refunds", form); a.status != http.StatusSeeOther {
				t.Fatalf("%v", a)
			}
			live.next("code-"+c.ID, "")
			v.listen(page.streamOf(), nil).next("code-"+c.ID, "") // and caught up with
		}
	}
}
