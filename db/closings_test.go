package db_test

import (
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestAShiftReadsItsStretchOfTheLog and from there the codes, never the stretch
// again for each code.
func TestAShiftReadsItsStretchOfTheLog(t *testing.T) {
	d := dbtest.Open(t, t.TempDir()+"/test.db")
	args := []any{0, 10, "created", "sari", "sandbox", "paid", "resolved", "refunded", "in_review"}
	for _, query := range db.ShiftQueries {
		plan := d.Plan(t, db.Statement{SQL: query, Args: args[:min(len(args), strings.Count(query, "$"))]})
		if !strings.HasPrefix(plan, "SEARCH e ") || strings.Contains(plan, "SCAN") {
			t.Errorf("%s\n%s", query, plan)
		}
	}
}

// TestSeqBefore finds the place of a moment in the log.
func TestSeqBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		for i := range int64(9) { // 1 to 8 written a minute apart, two of them at once
			if got, err := d.SeqBefore(t.Context(), start.Add(time.Hour)); err != nil || got != i {
				t.Fatalf("the end of %d events: %d, %v", i, got, err)
			}
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				return tx.Append(payments.Event{At: start.Add(time.Duration(i/2) * time.Minute), Kind: "note", Actor: payments.ActorSystem})
			}); err != nil {
				t.Fatal(err)
			}
		}
		for after, want := range map[time.Duration]int64{-time.Hour: 0, 0: 0, time.Second: 2, time.Minute: 2, 90 * time.Second: 4, 4 * time.Minute: 8, time.Hour: 9} {
			if got, err := d.SeqBefore(t.Context(), start.Add(after)); err != nil || got != want {
				t.Errorf("before %s: %d, want %d, %v", after, got, want, err)
			}
		}
	})
}
