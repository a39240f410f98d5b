package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// A sale writes a code that is paid at once.
func sale(t *testing.T, d *db.DB, n int, at time.Time) error {
	return d.Write(t.Context(), func(tx *db.Tx) error {
		id := fmt.Sprintf("c%05d", n)
		c := payments.Code{
			ID: id, Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Active, InvoiceNumber: id, Amount: 10_000,
			CreatedBy: "sari", CreatedAt: at, Token: id, FormID: id, Version: 1,
		}
		if _, err := tx.InsertCode(c); err != nil {
			return err
		}
		if err := tx.InsertPayment(payments.Payment{ID: "p" + id, CodeID: id, Amount: 10_000, Date: at, Standing: payments.Counted, Source: payments.FromCheck}); err != nil {
			return err
		}
		c.Status, c.PaidCount, c.PaidTotal, c.PaidAt = payments.Paid, 1, 10_000, at
		if err := tx.UpdateCode(&c); err != nil {
			return err
		}
		return tx.Append(payments.Event{At: at, CodeID: id, Kind: payments.EventPaid, Actor: payments.ActorDOKU})
	})
}

// A shop in the east has other days than Jakarta. Whoever opens its database
// without saying so, as the doctor does, must not take that for damage.
func TestTheDoctorCountsInTheShopsOwnZone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, database string) {
		if err := d.SetZone(t.Context(), jayapura); err != nil {
			t.Fatal(err)
		}
		if err := sale(t, d, 1, time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)); err != nil { // the second in Jayapura, the first in Jakarta
			t.Fatal(err)
		}
		doctor := dbtest.Open(t, database)
		if _, err := doctor.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The doctor looks while the shop sells.
func TestTheDoctorLooksAtOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, database string) {
		doctor := dbtest.Open(t, database)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := sale(t, d, n, time.Now()); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for sold := int64(0); sold < 150; { // each of them may fall between two of its readings
			var err error
			if sold, err = doctor.Check(t.Context()); err != nil {
				t.Error(err)
				break
			}
		}
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// What is damaged is called so.
func TestTheDoctorSeesASumThatIsOff(t *testing.T) {
	d := dbtest.Open(t, filepath.Join(t.TempDir(), "shop.db"))
	if err := sale(t, d, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE tallies SET paid_total = paid_total + 1 WHERE day <> ''`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Check(t.Context()); err == nil {
		t.Error("a count that is off by one rupiah passes")
	}
}
