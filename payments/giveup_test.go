package payments_test

import (
	"context"
	"testing"
	"time"

	"kodebayar/db"
	. "kodebayar/payments"
)

// TestWhoeverGivesUpIsToldNothing: a write goes on after its caller has stopped
// waiting for it, and what it finds out is not the caller's any more. The race
// detector sees it where it is read all the same.
func TestWhoeverGivesUpIsToldNothing(t *testing.T) {
	s := newShop(t)
	code := s.active("given-up")
	s.pay(code)
	s.untilStatus(code.ID, Paid)
	for name, ask := range map[string]func(context.Context) error{
		"a recap": func(ctx context.Context) error {
			_, err := s.Close(ctx, owner, sari.StaffID, "", "recap")
			return err
		},
		"a refund": func(ctx context.Context) error {
			_, err := s.Refund(ctx, owner, Refund{CodeID: code.ID, Amount: 1000, Method: "cash", Reason: "retur"}, nil)
			return err
		},
		"the money of nobody": func(ctx context.Context) error {
			_, err := s.CloseUnknown(ctx, owner, "")
			return err
		},
		"a batch": func(ctx context.Context) error {
			_, err := s.StartBatch(ctx, owner, Batch{FormID: "batch"}, []BatchLine{{Line: 1, Order: order("line")}})
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		go s.store.Write(context.WithoutCancel(ctx), func(*db.Tx) error { // holds up what comes after it
			time.Sleep(60 * time.Millisecond)
			return nil
		})
		time.Sleep(10 * time.Millisecond)
		if err := ask(ctx); err == nil {
			t.Errorf("%s: done before its turn", name)
		}
		cancel()
		time.Sleep(100 * time.Millisecond)
	}
}
