package db_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

var jayapura, _ = time.LoadLocation("Asia/Jayapura")

// Whatever happens to codes and payments, in whatever order, the kept counts
// are what adding up gives.
func TestTalliesFollowEveryChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		random := rand.New(rand.NewPCG(1, 2))
		statuses := []payments.Status{payments.Creating, payments.Active, payments.Paid, payments.Rejected, payments.Expired, payments.Cancelled}
		day := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC) // 22.00 WIB: two hours later it is another day
		for i := range 120 {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				id := fmt.Sprintf("c%02d", random.IntN(20))
				c, err := tx.Code(t.Context(), id)
				if err != nil {
					c = payments.Code{
						ID: id, Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Creating, InvoiceNumber: id, Amount: 10_000,
						CreatedBy: []string{"sari", "budi"}[random.IntN(2)], CreatedAt: day.Add(time.Duration(i) * time.Hour), Token: id, FormID: id, Version: 1,
					}
					_, err := tx.InsertCode(c)
					return err
				}
				c.Status = statuses[random.IntN(len(statuses))]
				c.Amount += 1000
				c.ExpiresAt = day.Add(time.Duration(random.IntN(120)) * time.Hour)
				if random.IntN(2) == 0 {
					p := payments.Payment{ID: fmt.Sprint("p", i), CodeID: id, Amount: c.Amount, Date: day.Add(time.Duration(i) * time.Hour), Standing: payments.Counted, Source: payments.FromCheck}
					if random.IntN(3) == 0 {
						p.Standing = payments.Review
					} else {
						c.PaidCount++
						c.PaidTotal += p.Amount
						c.PaidAt, c.Late = p.Date, random.IntN(2) == 0
					}
					if err := tx.InsertPayment(p); err != nil {
						return err
					}
					if p.Standing == payments.Review && random.IntN(2) == 0 {
						p.Standing = payments.Counted
						c.PaidCount++
						c.PaidTotal += p.Amount
						if err := tx.UpdatePayment(p); err != nil {
							return err
						}
					}
					if random.IntN(2) == 0 {
						p.Agent = "alfamart " // told later, by the notification
						if err := tx.UpdatePayment(p); err != nil {
							return err
						}
					}
					r := payments.Refund{ID: fmt.Sprint("r", i), CodeID: id, Amount: 1000, Method: payments.RefundCash, Reason: "x", MadeBy: "s", MadeAt: day.Add(time.Duration(i+5) * time.Hour), Status: payments.RefundDone, DoneAt: day.Add(time.Duration(i+5) * time.Hour)}
					if random.IntN(3) == 0 {
						r.Status = payments.RefundWaiting
					}
					if err := tx.InsertRefund(r); err != nil {
						return err
					}
					if r.Status == payments.RefundWaiting && random.IntN(2) == 0 {
						r.Status = payments.RefundDone
						if err := tx.UpdateRefund(r); err != nil {
							return err
						}
					}
				}
				return tx.UpdateCode(&c)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.Check(t.Context()); err != nil {
			t.Error(err)
		}
		counts, err := d.Counts(t.Context(), "", payments.Sandbox, day.Add(72*time.Hour))
		if err != nil || counts.All != 20 || counts.PaidTodayTotal == 0 {
			t.Errorf("%+v, %v", counts, err)
		}
		if err := d.SetZone(t.Context(), jayapura); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Check(t.Context()); err != nil {
			t.Errorf("in another zone: %v", err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE tallies SET paid_total = paid_total + 1`); return err }); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "kept counts") {
			t.Errorf("a wrong tally: %v", err)
		}
	})
}

// TestAReportIsTheSumOfItsDays, also when it takes months for theirs.
func TestAReportIsTheSumOfItsDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		begin := time.Date(2025, 12, 20, 17, 30, 0, 0, time.UTC) // half an hour into the 21st in Jakarta
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i := range 110 {
				id, at := fmt.Sprintf("c%03d", i), begin.Add(time.Duration(i)*25*time.Hour)
				c := payments.Code{
					ID: id, Environment: payments.Sandbox, Mode: []payments.Mode{payments.DGPC, payments.DIPC}[i%2], Status: payments.Active, InvoiceNumber: id,
					Amount: int64(10_000 + i), CreatedBy: []string{"sari", "budi", "ani"}[i%3], CreatedAt: at, ExpiresAt: at.Add(time.Hour), Token: id, FormID: id, Version: 1,
				}
				if _, err := tx.InsertCode(c); err != nil {
					return err
				}
				if i%4 == 0 {
					continue
				}
				p := payments.Payment{ID: id, CodeID: id, Amount: c.Amount, Date: at.Add(40 * time.Hour), Agent: []string{"ALFAMART", "LAWSON"}[i%2], Standing: payments.Counted, Source: payments.FromCheck}
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
				c.Status, c.PaidAt, c.PaidCount, c.PaidTotal = payments.Paid, p.Date, 1, p.Amount
				if err := tx.UpdateCode(&c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		report := func(from, to string, by db.ReportBy) map[string]db.ReportRow {
			rows, err := d.Report(t.Context(), payments.Sandbox, from, to, by)
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]db.ReportRow{}
			for _, row := range rows {
				all[row.Key] = row
			}
			return all
		}
		for _, s := range [][2]string{
			{"2025-12-01", "2026-04-30"},
			{"2025-12-31", "2026-03-01"},
			{"2026-01-01", "2026-01-31"},
			{"2026-01-02", "2026-01-31"},
			{"2026-01-01", "2026-01-30"},
			{"2026-01-15", "2026-02-14"},
			{"2026-01-31", "2026-03-01"},
			{"2026-02-28", "2026-03-31"},
			{"2025-12-25", "2026-04-02"},
			{"2026-03-07", "2026-03-07"},
			{"2026-04-02", "2026-03-01"},
		} {
			for _, by := range []db.ReportBy{db.ReportByDay, db.ReportByCashier, db.ReportByMode, db.ReportByChain} {
				want, paid := map[string]db.ReportRow{}, int64(0)
				for day, _ := time.Parse(time.DateOnly, s[0]); day.Format(time.DateOnly) <= s[1]; day = day.AddDate(0, 0, 1) {
					for key, row := range report(day.Format(time.DateOnly), day.Format(time.DateOnly), by) {
						sum := want[key]
						sum.Key = key
						sum.Add(row)
						want[key] = sum
						paid += row.PaidTotal
					}
				}
				if got := report(s[0], s[1], by); !maps.Equal(got, want) {
					t.Errorf("%v by %s: %+v, want %+v", s, by, got, want)
				}
				if paid == 0 && s[0] < s[1] {
					t.Errorf("nothing was paid in %v", s)
				}
			}
		}
	})
}

// A follower of the log sees every sequence number once and in order, however
// many write, in however many processes.
func TestAFollowerSeesEveryEventOnceAndInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		const writers, each = 8, 50
		other := dbtest.Open(t, address)
		wake, cancel := d.Subscribe()
		defer cancel()
		failures := make(chan error, writers)
		for w := range writers {
			go func() {
				var err error
				for range each {
					if e := []*db.DB{d, other}[w%2].Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("n")) }); e != nil {
						err = e
					}
				}
				failures <- err
			}()
		}
		var last int64
		deadline := time.After(time.Minute)
		for last < writers*each {
			select {
			case <-wake:
			case <-deadline:
				t.Fatalf("it stopped at %d", last)
			}
			for {
				events, err := d.EventsAfter(t.Context(), last, 7)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range events {
					if e.Seq != last+1 {
						t.Fatalf("%d came after %d", e.Seq, last)
					}
					last = e.Seq
				}
				if len(events) < 7 {
					break
				}
			}
		}
		for range writers {
			if err := <-failures; err != nil {
				t.Error(err)
			}
		}
	})
}

// TestAnotherInstanceCountsByTheSameZone: what one instance makes the shop's
// zone, the next write of every other counts by.
func TestAnotherInstanceCountsByTheSameZone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		other := dbtest.Open(t, address)
		evening := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC) // 23.00 WIB, 01.00 WIT
		made := func(by *db.DB, id string, before func(*db.Tx) error) {
			t.Helper()
			err := by.Write(t.Context(), func(tx *db.Tx) error {
				if err := before(tx); err != nil {
					return err
				}
				_, err := tx.InsertCode(payments.Code{
					ID: id, Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Active, InvoiceNumber: id, Amount: 10_000,
					CreatedBy: "sari", CreatedAt: evening, Token: id, FormID: id, Version: 1,
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		nothing := func(*db.Tx) error { return nil }
		made(other, "c1", nothing)
		if err := d.SetZone(t.Context(), jayapura); err != nil {
			t.Fatal(err)
		}
		made(other, "c2", nothing)
		// A change that fails takes its zone back with it.
		made(d, "c3", func(tx *db.Tx) error {
			refused := errors.New("refused")
			if err := tx.Savepoint(func() error { return errors.Join(tx.SetZone(time.UTC), refused) }); !errors.Is(err, refused) {
				return err
			}
			return nil
		})
		for day, want := range map[int]int{1: 0, 2: 3} {
			counts, err := other.Counts(t.Context(), "", payments.Sandbox, time.Date(2026, 3, day, 12, 0, 0, 0, jayapura))
			if err != nil || counts.CreatedToday != want {
				t.Errorf("day %d: %d codes, want %d, %v", day, counts.CreatedToday, want, err)
			}
		}
		if _, err := d.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusedCodesOfBefore: what a list of all codes adds up counts refused ones
// too, also those of a database that left them out.
func TestRefusedCodesOfBefore(t *testing.T) {
	file := t.TempDir() + "/kodebayar.db"
	d := opened(t, file, dbtest.Key)
	for i := range 12 {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			c := payments.Code{
				ID: fmt.Sprint("c", i), Environment: payments.Sandbox, Mode: []payments.Mode{payments.DGPC, payments.MGPC}[i%2],
				Status: []payments.Status{payments.Rejected, payments.Active, payments.Rejected}[i%3], Amount: 10_000 << i, CreatedBy: []string{"sari", "budi"}[i/6],
				InvoiceNumber: fmt.Sprint(i), CreatedAt: listDay, Token: fmt.Sprint(i), FormID: fmt.Sprint(i), Version: 1,
			}
			_, err := tx.InsertCode(c)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := func() db.Totals {
		t.Helper()
		if _, err := d.Check(t.Context()); err != nil {
			t.Error(err)
		}
		totals, known, err := d.KeptTotals(t.Context(), db.ListFilter{Environment: payments.Sandbox, Scope: "sari"})
		if err != nil || !known {
			t.Fatal(known, err)
		}
		return totals
	}
	before := kept()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for db.Undo(t, file) >= 27 {
	}
	d = opened(t, file, dbtest.Key)
	defer d.Close()
	if after := kept(); after != before {
		t.Errorf("%+v, want %+v", after, before)
	}
}
