package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func note(kind string) payments.Event {
	return payments.Event{At: time.Unix(1, 0), Kind: payments.EventKind(kind), Actor: payments.ActorSystem}
}

func kinds(t *testing.T, d *db.DB) []string {
	t.Helper()
	events, err := d.EventsAfter(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has sequence number %d", i+1, e.Seq)
		}
		out = append(out, string(e.Kind))
	}
	return out
}

func TestAnErrorOrPanicUndoesOnlyItsOwnFunction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		mine := errors.New("mine")
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if err := tx.Append(note(fmt.Sprint("e", i%3))); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return mine
					case 2:
						panic("in the middle")
					}
					return nil
				})
				switch i % 3 {
				case 0:
					if err != nil {
						t.Errorf("a good write: %v", err)
					}
				case 1:
					if !errors.Is(err, mine) {
						t.Errorf("its own error came back as %v", err)
					}
				case 2:
					if err == nil || !strings.Contains(err.Error(), "in the middle") {
						t.Errorf("a panic came back as %v", err)
					}
				}
			})
		}
		wg.Wait()
		got := kinds(t, d)
		if len(got) != 20 {
			t.Errorf("%d events are stored, want the 20 good ones", len(got))
		}
		for _, k := range got {
			if k != "e0" {
				t.Errorf("an undone event %q is stored", k)
			}
		}
		if n, err := d.VerifyLog(t.Context()); err != nil || n != 20 {
			t.Errorf("the chain: %d, %v", n, err)
		}
	})
}

func TestAnOverlookedStatementErrorUndoesTheFunction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.Append(note("before"))
			tx.Exec(`INSERT INTO no_such_table VALUES (1)`)
			tx.Append(note("after"))
			return nil
		})
		if err == nil {
			t.Error("a function with a failed statement was stored")
		}
		if got := kinds(t, d); len(got) != 0 {
			t.Errorf("stored: %v", got)
		}
	})
}

func TestASavepointKeepsWhatWasBeforeIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		failure := errors.New("the effect failed")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Append(note("evidence")); err != nil {
				return err
			}
			err := tx.Savepoint(func() error {
				if err := tx.Append(note("effect")); err != nil {
					return err
				}
				tx.Exec(`INSERT INTO no_such_table VALUES (1)`)
				return failure
			})
			if !errors.Is(err, failure) {
				t.Errorf("the savepoint answered %v", err)
			}
			return tx.Append(note("verdict"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(kinds(t, d), " "); got != "evidence verdict" {
			t.Errorf("stored: %s", got)
		}
		if _, err := d.VerifyLog(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestACallersDeadlineEndsOnlyItsWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx, cancel := context.WithCancel(t.Context())
		running := make(chan struct{})
		gone := make(chan struct{})
		result := make(chan error)
		go func() {
			result <- d.Write(ctx, func(tx *db.Tx) error {
				close(running)
				<-gone
				if _, err := tx.LastSeq(ctx); err != nil { // a read under the dead context
					return err
				}
				return tx.Append(note("kept"))
			})
		}()
		<-running
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller was told %v", err)
		}
		close(gone)
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("next")) }); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(kinds(t, d), " "); got != "kept next" {
			t.Errorf("stored: %s", got)
		}
	})
}

func TestAVanishedTransactionTellsEverybodyNotStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		first := make(chan struct{})
		hold := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			d.Write(t.Context(), func(*db.Tx) error { close(first); <-hold; return nil })
		})
		<-first
		// These three wait together and so share the next transaction.
		results := make([]error, 3)
		for i := range results {
			ready := make(chan struct{})
			wg.Go(func() {
				close(ready)
				results[i] = d.Write(t.Context(), func(tx *db.Tx) error {
					if err := tx.Append(note("lost")); err != nil {
						return err
					}
					if i == 1 {
						tx.Exec(`ROLLBACK`) // as the engine does by itself when the disk is full
					}
					return nil
				})
			})
			<-ready
			time.Sleep(20 * time.Millisecond)
		}
		close(hold)
		wg.Wait()
		for i, err := range results {
			if !errors.Is(err, db.ErrNotStored) {
				t.Errorf("write %d was told %v", i, err)
			}
		}
		if got := kinds(t, d); len(got) != 0 {
			t.Errorf("stored: %v", got)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("later")) }); err != nil {
			t.Errorf("the writer did not recover: %v", err)
		}
	})
}

func TestCloseStoresWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, _ *db.DB, address string) {
		d, err := db.Open(t.Context(), address, dbtest.Key)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		results := make(chan error, 50)
		for range 50 {
			wg.Go(func() {
				results <- d.Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("last")) })
			})
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		close(results)
		good := 0
		for err := range results {
			if err == nil {
				good++
			} else if !errors.Is(err, db.ErrNotStored) {
				t.Errorf("told %v", err)
			}
		}
		again := dbtest.Open(t, address)
		if got := kinds(t, again); len(got) != good {
			t.Errorf("%d were told stored, %d are", good, len(got))
		}
	})
}

func TestTheLogIsOneSequenceOverTwoProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		other := dbtest.Open(t, address)
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				if err := []*db.DB{d, other}[i%2].Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("n")) }); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := d.VerifyLog(t.Context()); err != nil || n != 200 {
			t.Errorf("%d events, %v", n, err)
		}
	})
}

func TestTamperingWithTheLogShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, _ *db.DB, address string) {
		for _, c := range []struct{ name, sql string }{
			{"detail changed", `UPDATE events SET detail = '{"amount":"1"}' WHERE seq = 2`},
			{"actor changed", `UPDATE events SET actor = 'staff:x' WHERE seq = 2`},
			{"row deleted", `DELETE FROM events WHERE seq = 2`},
			{"rows swapped", `UPDATE events SET seq = -2 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = -2`},
		} {
			t.Run(c.name, func(t *testing.T) {
				name := t.TempDir() + "/tamper.db"
				if db.IsPostgres(address) {
					name = dbtest.Postgres(t)
				}
				d := dbtest.Open(t, name)
				for range 4 {
					if err := d.Write(t.Context(), func(tx *db.Tx) error {
						e := note("n")
						e.Detail = map[string]string{"amount": "150000"}
						return tx.Append(e)
					}); err != nil {
						t.Fatal(err)
					}
				}
				if err := d.Write(t.Context(), func(tx *db.Tx) error {
					for _, s := range strings.Split(c.sql, ";") {
						if _, err := tx.Exec(s); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				var broken *db.BrokenChain
				if _, err := d.VerifyLog(t.Context()); !errors.As(err, &broken) {
					t.Errorf("the chain is said to be whole: %v", err)
				}
			})
		}
		t.Run("a blanked detail is no break", func(t *testing.T) {
			d := dbtest.Open(t, address)
			d.Write(t.Context(), func(tx *db.Tx) error {
				e := note("n")
				e.Detail = map[string]string{"name": "Budi"}
				return tx.Append(e)
			})
			d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE events SET detail = ''`); return err })
			if _, err := d.VerifyLog(t.Context()); err != nil {
				t.Error(err)
			}
		})
	})
}
