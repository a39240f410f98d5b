package db_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// fill writes some of everything.
func fill(t *testing.T, d *db.DB) {
	t.Helper()
	if err := d.AddStaff(t.Context(), payments.Staff{ID: "s1", Email: "sari@toko.id", Name: "Sari", Role: payments.Cashier, PasswordHash: "x", CreatedAt: time.Unix(5, 0)}, payments.ActorShell); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			c := payments.Code{
				ID: fmt.Sprintf("c%02d", i), Environment: payments.Simulator, Mode: payments.DGPC, Status: payments.Paid,
				InvoiceNumber: fmt.Sprint("INV-", i), PaymentCode: fmt.Sprint(6059, i), Amount: 150_000, CustomerName: "Ibu Sri é",
				CreatedBy: "s1", CreatedAt: time.Unix(10, 0), ExpiresIn: 60, Token: fmt.Sprint("t", i), FormID: fmt.Sprint("f", i),
				PaidTotal: 150_000, PaidCount: 1, PaidAt: time.Unix(20, 0), Version: 1,
			}
			if ok, err := tx.InsertCode(c); err != nil || !ok {
				return fmt.Errorf("%v %w", ok, err)
			}
			p := payments.Payment{ID: fmt.Sprint("p", i), CodeID: c.ID, Amount: 150_000, Date: time.Unix(20, 0), Standing: payments.Counted, Source: payments.FromCheck, Confirmed: i%2 == 0}
			if i == 7 {
				p.CodeID, p.Standing = "", payments.Review
				extra := p
				extra.ID, extra.CodeID, extra.Standing = "px", c.ID, payments.Counted
				if err := tx.InsertPayment(extra); err != nil {
					return err
				}
			}
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
			if err := tx.InsertExchange(payments.Exchange{ID: fmt.Sprint("x", i), At: time.Unix(20, 0), Direction: payments.Incoming, Kind: "notification", Method: "POST", URL: "/", RequestBody: []byte{0, 255, byte(i)}, Verdict: "verified"}); err != nil {
				return err
			}
			if err := tx.InsertCall(payments.Call{RequestID: fmt.Sprint("r", i), CodeID: c.ID, Kind: payments.CallUpdate, Body: []byte("{}"), MadeBy: "staff:s1", Change: &payments.Change{Amount: 1}}); err != nil {
				return err
			}
			return tx.Append(payments.Event{At: time.Unix(20, 0), CodeID: c.ID, Kind: payments.EventPaid, Actor: payments.ActorDOKU, Detail: map[string]string{"amount": "150000"}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// Ids that a device made, which no two collations sort alike.
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, id := range []string{"aXdK3_x", "B7-pQ2z", "b7-aQ2z"} {
			if _, err := tx.Exec(`INSERT INTO passkeys (id, staff_id, name, credential, made_at) VALUES ($1, 's1', 'HP', '{}', 1)`, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCopyBetweenEngines(t *testing.T) {
	file := func() string { return filepath.Join(t.TempDir(), "x.db") }
	for name, pair := range map[string][2]string{
		"sqlite to postgres": {file(), dbtest.Postgres(t)},
		"postgres to sqlite": {dbtest.Postgres(t), file()},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := dbtest.Open(t, pair[0]), dbtest.Open(t, pair[1])
			fill(t, from)
			rows, err := db.Copy(t.Context(), from, to)
			if err != nil || rows != 1+20+21+20+20+21+3+180+3 {
				t.Fatalf("%d rows, %v", rows, err)
			}
			if n, err := to.Check(t.Context()); err != nil || n != 21 {
				t.Errorf("%d events, %v", n, err)
			}
			want, _ := from.Code(t.Context(), "c03")
			if got, err := to.Code(t.Context(), "c03"); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
			if _, err := db.Copy(t.Context(), from, to); !errors.Is(err, db.ErrNotEmpty) {
				t.Errorf("over a full one: %v", err)
			}
			// The log goes on where it was.
			if err := to.Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("n")) }); err != nil {
				t.Fatal(err)
			}
			if n, err := to.VerifyLog(t.Context()); err != nil || n != 22 {
				t.Errorf("%d events, %v", n, err)
			}
		})
	}
}

func TestCheckFindsASumThatIsNotThatOfItsPayments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		fill(t, d)
		if _, err := d.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE codes SET paid_total = 1 WHERE id = 'c03'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Check(t.Context()); err == nil {
			t.Error("a wrong sum was not found")
		}
	})
}
