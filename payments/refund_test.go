package payments_test

import (
	"testing"

	. "kodebayar/payments"
)

// Money that waits for a decision cannot be given back yet; what was decided
// about can, whichever way, less what was given back before.
func TestRefundable(t *testing.T) {
	received := []Payment{
		{Amount: 100_000, Standing: Counted}, {Amount: 30_000, Standing: Aside}, {Amount: 5_000, Standing: Review},
	}
	if left := Refundable(received, nil); left != 130_000 {
		t.Errorf("%d can be given back, want 130000", left)
	}
	if left := Refundable(received, []Refund{{Amount: 20_000}, {Amount: 10_000}}); left != 100_000 {
		t.Errorf("%d are left, want 100000", left)
	}
	if left := Refundable(received[2:], nil); left != 0 {
		t.Errorf("%d of money under review can be given back", left)
	}
}
