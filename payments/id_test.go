package payments_test

import (
	"testing"
	"time"

	"kodebayar/db"
	. "kodebayar/payments"
)

func TestIDsSortAndStayWithTheClock(t *testing.T) {
	at := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	s := (&Service{Now: func() time.Time { return at }}).Init()
	last := ""
	for range 1000 { // within one reading of the clock
		id := s.NewID()
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
	before := at
	at = at.Add(-2 * time.Millisecond) // as clocks are corrected all day
	if id := s.NewID(); id <= last {
		t.Errorf("%s after %s", id, last)
	}
	seen := map[string]bool{}
	for range 100_000 { // more than a millisecond has room for
		id := s.NewID()
		if seen[id] {
			t.Fatalf("%s twice", id)
		}
		seen[id] = true
		if id < IDBound(at) || id >= IDBound(before.Add(10*time.Millisecond)) {
			t.Fatalf("%s at %v", id, at)
		}
	}
	at = at.Add(-7 * time.Hour) // it was wrong
	if id := s.NewID(); id < IDBound(at) || id >= IDBound(at.Add(time.Millisecond)) {
		t.Errorf("%s at %v", id, at)
	}
}

// TestCodesMadeAfterTheClockWasSetBack are in the list of their day, newest
// first, whatever the clock said before.
func TestCodesMadeAfterTheClockWasSetBack(t *testing.T) {
	s, drift := driftingShop(t)
	drift.Store(int64(7 * time.Hour))
	o := order("form-1")
	o.Mode = DIPC // DOKU refuses a call of such a clock
	wrong := s.issue(sari, o)
	if ahead := time.Until(wrong.CreatedAt); ahead < 6*time.Hour {
		t.Fatalf("the clock is %v ahead", ahead)
	}
	drift.Store(0)
	first, second := s.active("form-2"), s.active("form-3")
	list := func(from, to time.Duration) (ids []string) {
		page := must(s.store.Codes(t.Context(), db.ListFilter{
			Environment: Simulator, Tab: db.TabAll, Limit: 10, From: s.Now().Add(from), To: s.Now().Add(to),
		}))
		for _, c := range page.Codes {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if got := list(-time.Hour, time.Hour); len(got) != 2 || got[0] != second.ID || got[1] != first.ID {
		t.Errorf("the list of now has %q", got)
	}
	if got := list(6*time.Hour, 8*time.Hour); len(got) != 1 || got[0] != wrong.ID {
		t.Errorf("the list of seven hours from now has %q", got)
	}
}
