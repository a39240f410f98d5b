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

func TestKept(t *testing.T) {
	counted, aside, review := Payment{Amount: 150, Standing: Counted}, Payment{Amount: 50, Standing: Aside}, Payment{Amount: 70, Standing: Review}
	back := func(amount int64, status RefundStatus) Refund { return Refund{Amount: amount, Status: status} }
	for _, c := range []struct {
		name     string
		received []Payment
		refunds  []Refund
		kept     int64
	}{
		{"nothing went back", []Payment{counted, review}, nil, 150},
		{"a part", []Payment{counted}, []Refund{back(40, RefundDone)}, 110},
		{"what waits is as good as gone", []Payment{counted}, []Refund{back(40, RefundDone), back(110, RefundWaiting)}, 0},
		{"what was declined is not", []Payment{counted}, []Refund{back(150, RefundDeclined)}, 150},
		{"a second payment, set aside, went back", []Payment{counted, aside}, []Refund{back(50, RefundDone)}, 150},
		{"and more than that", []Payment{counted, aside}, []Refund{back(60, RefundDone)}, 140},
	} {
		if kept := Kept(c.received, c.refunds); kept != c.kept {
			t.Errorf("%s: %d, want %d", c.name, kept, c.kept)
		}
	}
}
