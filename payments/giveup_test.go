package payments_test

import (
	"context"
	"errors"
	"testing"

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
	shift, _, err := s.store.Shift(t.Context(), Simulator, sari.StaffID, 0, must(s.store.LastSeq(t.Context())))
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func(context.Context) error{
		"a recap": func(ctx context.Context) error {
			_, err := s.Close(ctx, owner, sari.StaffID, must(shift.Digest()), "", "recap")
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
		ctx, giveUp := context.WithCancel(t.Context())
		begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- s.store.Write(context.Background(), func(*db.Tx) error { // holds up what comes after it
				close(begun)
				<-end
				return nil
			})
		}()
		<-begun
		go func() { // not by whoever waits: that would put the write behind the giving up
			s.until(name+" waits", func() bool { return s.store.Waiting() > 0 })
			giveUp()
			close(end)
		}()
		if err := ask(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if err := s.store.Write(t.Context(), func(*db.Tx) error { return nil }); err != nil { // what was asked for is done
			t.Fatal(err)
		}
	}
}
