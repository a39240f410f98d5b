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

// TestMoneySetAsideBefore: a database of before codes knew what was set aside of
// their money learns it from their payments; the doctor holds one to the other.
func TestMoneySetAsideBefore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kodebayar.db")
	d := opened(t, file, dbtest.Key)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for n := range 3 {
		if err := sale(t, d, n, at); err != nil {
			t.Fatal(err)
		}
	}
	aside := func(id string, amount int64) {
		t.Helper()
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.InsertPayment(payments.Payment{ID: id, CodeID: "c00001", Amount: amount, Date: at, Standing: payments.Aside, Source: payments.FromCheck})
		}); err != nil {
			t.Fatal(err)
		}
	}
	aside("a1", 7_000)
	aside("a2", 500)
	if _, err := d.Check(t.Context()); err == nil {
		t.Error("the doctor does not see that a code and its payments disagree")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for db.Undo(t, file) >= 24 {
	}
	d = opened(t, file, dbtest.Key)
	defer d.Close()
	for id, want := range map[string]int64{"c00000": 0, "c00001": 7_500, "c00002": 0} {
		if c, err := d.Code(t.Context(), id); err != nil || c.AsideTotal != want {
			t.Errorf("%s: %d set aside, want %d; %v", id, c.AsideTotal, want, err)
		}
	}
	if _, err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
