package payments_test

import (
	"maps"
	"testing"

	. "kodebayar/payments"
)

// TestBalance: what was set aside goes back first, what waits is as good as gone.
func TestBalance(t *testing.T) {
	back := func(amount int64, status RefundStatus) Refund { return Refund{Amount: amount, Status: status} }
	paid, twice, odd := Code{PaidTotal: 150, Review: 1}, Code{PaidTotal: 150, AsideTotal: 50}, Code{AsideTotal: 50}
	for _, c := range []struct {
		name    string
		code    Code
		refunds []Refund

		kept, refundable, ofCounted, ofAside int64
	}{
		{"nothing came", Code{}, nil, 0, 0, 0, 0},
		{"nothing went back", paid, nil, 150, 150, 0, 0},
		{"a part", paid, []Refund{back(40, RefundDone)}, 110, 110, 40, 0},
		{"what waits", paid, []Refund{back(40, RefundDone), back(110, RefundWaiting)}, 0, 0, 40, 0},
		{"what was declined", paid, []Refund{back(150, RefundDeclined)}, 150, 150, 0, 0},
		{"a second payment, set aside", twice, nil, 150, 200, 0, 0},
		{"of that, a part", twice, []Refund{back(30, RefundDone)}, 150, 170, 0, 30},
		{"all of it", twice, []Refund{back(20, RefundDone), back(30, RefundDone)}, 150, 150, 0, 50},
		{"and more than that", twice, []Refund{back(60, RefundDone)}, 140, 140, 10, 50},
		{"more than that waits", twice, []Refund{back(60, RefundWaiting)}, 140, 140, 0, 0},
		{"all", twice, []Refund{back(200, RefundDone)}, 0, 0, 150, 50},
		{"nothing pays the code", odd, []Refund{back(50, RefundDone)}, 0, 0, 0, 50},
	} {
		b := c.code.Balance(c.refunds)
		if b.Kept() != c.kept || b.Refundable() != c.refundable || b.RefundedCounted() != c.ofCounted || b.RefundedAside() != c.ofAside {
			t.Errorf("%s: kept %d, refundable %d, refunded %d and %d", c.name, b.Kept(), b.Refundable(), b.RefundedCounted(), b.RefundedAside())
		}
	}
}

// TestFromAside: a refund takes what is set aside by then, and no more.
func TestFromAside(t *testing.T) {
	log := []Event{
		{Seq: 1, Kind: EventRefunded, Detail: map[string]string{"amount": "40"}},
		{Seq: 2, Kind: EventResolved, Detail: map[string]string{"amount": "150", "decision": string(SetAside)}},
		{Seq: 3, Kind: EventResolved, Detail: map[string]string{"amount": "70", "decision": string(Accept)}},
		{Seq: 4, Kind: EventRefundAsked, Detail: map[string]string{"amount": "60"}},
		{Seq: 5, Kind: EventRefunded, Detail: map[string]string{"amount": "60"}},
		{Seq: 6, Kind: EventRefunded, Detail: map[string]string{"amount": "100"}},
		{Seq: 7, Kind: EventRefunded, Detail: map[string]string{"amount": "5"}},
	}
	if got, want := FromAside(log), map[int64]int64{1: 0, 5: 60, 6: 90, 7: 0}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
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
