package handlers

import (
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestClocksThatDifferAreSaid moves DOKU's clock by ten minutes: who looks
// after the shop reads of it, and a sale goes on.
func TestClocksThatDifferAreSaid(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	ibu.issue()
	if a := ibu.get("/transactions"); strings.Contains(a.body, "NTP") {
		t.Error("a clock that is right is complained of")
	}
	if status, answer := s.machine("/simulator/faults", map[string]any{"name": "clock", "on": true, "value": 10}); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	if code := ibu.issue(); code.Status != payments.Active {
		t.Errorf("with DOKU's clock ten minutes ahead a code is %s", code.Status)
	}
	if a := ibu.get("/transactions"); !strings.Contains(a.body, "10 menit") || !strings.Contains(a.body, "NTP") {
		t.Error("nobody reads of it")
	}
}
