package db_test

import (
	"fmt"
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestCatchingUp holds what a page is told after an absence to what it may see.
func TestCatchingUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		for i, by := range []string{"sari", "budi", "sari", "sari"} {
			id := fmt.Sprintf("c%d", i+1)
			err := d.Write(ctx, func(tx *db.Tx) error {
				ok, err := tx.InsertCode(payments.Code{
					ID: id, Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Active, InvoiceNumber: id, Amount: 10_000,
					CustomerName: "x", CreatedBy: by, CreatedAt: monday, ExpiresIn: 60, Token: "t" + id, FormID: "f" + id, Version: 1,
				})
				if err != nil || !ok {
					return fmt.Errorf("insert %s: %v, %w", id, ok, err)
				}
				return tx.Append(payments.Event{At: monday, CodeID: id, Kind: payments.EventCreated, Actor: payments.StaffActor(by)})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, id := range []string{"c1", "c2", "c1"} {
				if err := tx.Append(payments.Event{At: monday, CodeID: id, Kind: payments.EventNoted, Actor: payments.ActorSystem}); err != nil {
					return err
				}
			}
			return tx.Append(note("staff_changed"))
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			scope, from, to string
			seq             int64
			limit           int
			env             payments.Environment
			changed         string
			created         int
		}{
			{"", "c1", "c4", 0, 10, payments.Sandbox, "c4 c3 c2 c1", 4},
			{"", "c1", "c4", 4, 10, payments.Sandbox, "c2 c1", 0},
			{"", "c1", "c4", 8, 10, payments.Sandbox, "", 0},
			{"", "c2", "c3", 0, 10, payments.Sandbox, "c3 c2", 4},
			{"", "c1", "c4", 0, 3, payments.Sandbox, "c4 c3 c2", 4},
			{"sari", "c1", "c4", 1, 10, payments.Sandbox, "c4 c3 c1", 2},
			{"budi", "c1", "c4", 0, 10, payments.Sandbox, "c2", 1},
			{"", "c1", "c4", 0, 10, payments.Production, "", 0},
			{"", db.BehindIDs, "", 0, 10, payments.Sandbox, "", 4},
		} {
			codes, err := d.ChangedSince(ctx, test.scope, test.env, test.seq, test.from, test.to, test.limit)
			var ids []string
			for _, c := range codes {
				ids = append(ids, c.ID)
			}
			if got := strings.Join(ids, " "); got != test.changed || err != nil {
				t.Errorf("%+v: changed %q, %v", test, got, err)
			}
			if n, err := d.CreatedSince(ctx, test.scope, test.env, test.seq, 8); n != test.created || err != nil {
				t.Errorf("%+v: created %d, %v", test, n, err)
			}
		}
		// What is newer than a page has read so far comes by its stream.
		if n, err := d.CreatedSince(ctx, "", payments.Sandbox, 1, 3); n != 2 || err != nil {
			t.Errorf("codes 2 and 3 are counted as %d, %v", n, err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			for range 3 {
				if err := tx.Append(payments.Event{At: monday, CodeID: "c1", Kind: payments.EventPaid, Actor: payments.ActorSystem}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, last, err := d.PaidSince(ctx, "", payments.Sandbox, 9, 10); n != 1 || last != 10 || err != nil {
			t.Errorf("payment 10 is counted as %d, %v", n, err)
		}
	})
}
