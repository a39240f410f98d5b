package db_test

import (
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestAnOlderDatabaseKnowsWhatWasLate: of the payments that it has, it takes the
// newest that counts. Money without a code that an older program kept is found by
// its moment.
func TestAnOlderDatabaseKnowsWhatWasLate(t *testing.T) {
	file := t.TempDir() + "/test.db"
	d, err := db.Open(t.Context(), file, dbtest.Key)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
	lately := map[string][]payments.Payment{
		"late":   {{Date: noon.Add(2 * time.Hour), Late: true, Standing: payments.Counted}},
		"intime": {{Date: noon, Standing: payments.Counted}},
		"newer":  {{Date: noon, Standing: payments.Counted}, {Date: noon.Add(2 * time.Hour), Late: true, Standing: payments.Counted}},
		"older":  {{Date: noon, Late: true, Standing: payments.Counted}, {Date: noon.Add(time.Hour), Standing: payments.Counted}},
		"review": {{Date: noon, Standing: payments.Counted}, {Date: noon, Late: true, Standing: payments.Review}},
		"unpaid": {{Date: noon, Late: true, Standing: payments.Review}},
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		for id, list := range lately {
			c := payments.Code{ID: id, Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Active, InvoiceNumber: id, Amount: 10_000, Token: id, FormID: id, CreatedAt: noon, Version: 1}
			for _, p := range list {
				if p.Standing == payments.Counted && p.Date.After(c.PaidAt) {
					c.PaidAt = p.Date
				}
			}
			if _, err := tx.InsertCode(c); err != nil {
				return err
			}
			for i, p := range list {
				p.ID, p.CodeID, p.Amount = id+string(rune('0'+i)), id, 10_000
				if err := tx.InsertPayment(p); err != nil {
					return err
				}
			}
		}
		return tx.InsertPayment(payments.Payment{ID: "orphan", Amount: 10_000, Date: noon, Standing: payments.Review})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for db.Undo(t, file) >= 25 {
	}
	if d, err = db.Open(t.Context(), file, dbtest.Key); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for id := range lately {
		if c, err := d.Code(t.Context(), id); err != nil || c.Late != (id == "late" || id == "newer") {
			t.Errorf("%s: late %v, %v", id, c.Late, err)
		}
	}
	for at, want := range map[time.Time]int{noon: 1, noon.Add(time.Second): 0} {
		if list, err := d.Orphans(t.Context(), "INV-1\t7001", at); err != nil || len(list) != want {
			t.Errorf("%d without a code, %v", len(list), err)
		}
	}
}

// TestMoneyWithoutACodeIsFoundByItsSale, however much of it another system that
// shares the account has left here.
func TestMoneyWithoutACodeIsFoundByItsSale(t *testing.T) {
	d := dbtest.Open(t, t.TempDir()+"/test.db")
	plan := d.Plan(t, db.Statement{SQL: db.OrphansQuery, Args: []any{"INV-1\t7001", 1}})
	if strings.Contains(plan, "SCAN") || !strings.Contains(plan, "payments_of_sale (") || !strings.Contains(plan, "payments_without_code (") {
		t.Error(plan)
	}
}
