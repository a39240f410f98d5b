package db_test

import (
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/db/dbtest"
)

// TestMoneyWithoutACodeIsFoundByItsSale, however much of it another system that
// shares the account has left here.
func TestMoneyWithoutACodeIsFoundByItsSale(t *testing.T) {
	d := dbtest.Open(t, t.TempDir()+"/test.db")
	plan := d.Plan(t, db.Statement{SQL: db.OrphansQuery, Args: []any{"INV-1\t7001", 1}})
	if strings.Contains(plan, "SCAN") || !strings.Contains(plan, "payments_of_sale (") || !strings.Contains(plan, "payments_without_code (") {
		t.Error(plan)
	}
}
