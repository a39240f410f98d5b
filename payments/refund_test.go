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

// In pieces a refund needs the second person that it would need whole; what one
// has approved is not counted again.
func TestARefundInPiecesNeedsASecondPerson(t *testing.T) {
	s := newShop(t)
	if err := s.store.ChangeSettings(t.Context(), ActorShell, s.Now(), func(x *Settings) error { x.SecondAbove = 60_000; return nil }); err != nil {
		t.Fatal(err)
	}
	code := s.active("f1")
	s.pay(code)
	s.untilStatus(code.ID, Paid)
	for i, piece := range []struct {
		amount int64
		waits  bool
	}{{50_000, false}, {60_000, true}, {10_000, false}, {1, true}} {
		waits, err := s.Refund(t.Context(), sari, Refund{CodeID: code.ID, Amount: piece.amount, Method: RefundCash, Reason: "x"}, nil)
		if err != nil || waits != piece.waits {
			t.Errorf("piece %d of %d: waits %v, %v", i+1, piece.amount, waits, err)
		}
		if !waits {
			continue
		}
		for _, a := range must(s.store.AttentionOf(t.Context(), code.ID)) {
			if a.DoneAt.IsZero() {
				if _, err := s.MarkDone(t.Context(), owner, a.ID, Accept, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
