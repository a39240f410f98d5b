package payments_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"kodebayar/db"

	. "kodebayar/payments"
)

// TestAHistoryIsBelievable: whole by the doctor, in the hours of a shop, with
// every outcome, and found by its list.
func TestAHistoryIsBelievable(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		zone := time.FixedZone("WIB", 7*60*60)
		until := time.Date(2026, 3, 4, 8, 30, 0, 0, time.UTC)
		fill := func(n int) error {
			return s.FillHistory(t.Context(), History{Codes: n, Staff: []string{"sari", "budi"}, Zone: zone, Until: until, Rand: rand.New(rand.NewPCG(3, 4))})
		}
		if err := fill(2500); err != nil {
			t.Fatal(err)
		}
		if err := fill(500); err != nil { // adds to what is there, by the same chance
			t.Fatal(err)
		}
		if events, err := s.store.Check(t.Context()); err != nil || events < 6000 {
			t.Fatalf("the doctor: %d events, %v", events, err)
		}
		page, err := s.store.Codes(t.Context(), db.ListFilter{Environment: Simulator, Limit: 5000})
		if err != nil || len(page.Codes) != 3000 {
			t.Fatalf("%d codes, %v", len(page.Codes), err)
		}
		seen := map[Status]int{}
		late, handed := 0, 0
		for _, c := range page.Codes {
			seen[c.Status]++
			if hour := c.CreatedAt.In(zone).Hour(); hour < 8 || hour > 20 || c.CreatedAt.After(until) || c.CreatedAt.Before(until.AddDate(-1, 0, 0)) {
				t.Errorf("a code was made at %v", c.CreatedAt.In(zone))
			}
			if !c.CheckAt.IsZero() || c.PaidAt.After(until) {
				t.Errorf("%+v", c)
			}
			payments, _ := s.store.Payments(t.Context(), c.ID)
			for _, p := range payments {
				if p.Late {
					late++
				}
			}
			if _, err := s.store.Handover(t.Context(), c.ID); err == nil {
				handed++
			}
		}
		for _, status := range []Status{Paid, Expired, Cancelled, Rejected} {
			if seen[status] < 10 {
				t.Errorf("%d codes are %s", seen[status], status)
			}
		}
		if seen[Paid] < 2300 || late < 5 || handed < 1000 {
			t.Errorf("%v, %d late, %d handed over", seen, late, handed)
		}
		counts, err := s.store.Counts(t.Context(), "", Simulator, until.In(zone))
		if err != nil || counts.All != 3000 || counts.Unpaid != seen[Active] {
			t.Errorf("%+v, %v", counts, err)
		}
		var last time.Time
		events, err := s.store.EventsAfter(t.Context(), 0, 2000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.At.Before(last) {
				t.Fatalf("the log goes back in time at %d", e.Seq)
			}
			last = e.At
		}
	})
}

func TestAHistoryThatEndsEarly(t *testing.T) {
	s := newShop(t)
	ctx, stop := context.WithCancel(t.Context())
	h := History{Codes: 5000, Staff: []string{"sari"}, Zone: time.UTC, Until: s.Now(), Rand: rand.New(rand.NewPCG(1, 1)), Progress: func(int) { stop() }}
	if err := s.FillHistory(ctx, h); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := s.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if counts, err := s.store.Counts(t.Context(), "", Simulator, s.Now()); err != nil || counts.All == 0 || counts.All == 5000 {
		t.Errorf("%+v, %v", counts, err)
	}
	page, err := s.store.Codes(t.Context(), db.ListFilter{Environment: Simulator, Statuses: []Status{Paid}, Limit: 5000})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range page.Codes {
		if _, err := s.store.LastEvent(t.Context(), c.ID, EventPaid); err != nil {
			t.Fatalf("a paid code has no event of it: %v", err)
		}
	}
	for _, n := range []int{-1, MaxHistory + 1} {
		h.Codes = n
		if err := s.FillHistory(t.Context(), h); err == nil {
			t.Errorf("%d codes are taken", n)
		}
	}
}
