package handlers

import (
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestTheBareStreamTellsOfEveryOwnCode follows without a page: what is there
// first, then what changes, and nothing of another cashier's.
func TestTheBareStreamTellsOfEveryOwnCode(t *testing.T) {
	s := newShop(t)
	sari, budi := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
	mine, other := sari.issue(), budi.issue()
	l := sari.listen("/events", nil)
	l.next("code-"+mine.ID, `data-status="active"`)
	s.buy(other.PaymentCode)
	later := sari.issue()
	l.next("code-"+later.ID, `data-status="active"`)
	s.buy(mine.PaymentCode)
	l.next("code-"+mine.ID, `data-status="paid"`)
	for _, e := range l.heard() {
		if strings.Contains(e.name+e.data, other.ID) {
			t.Errorf("it tells of another's code: %s", e.name)
		}
	}
}
