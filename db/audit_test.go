package db_test

import (
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestTheAuditReadsAnIndex: what happens seldom is found without walking the
// log, whether it is asked for by its kind or by who did it.
func TestTheAuditReadsAnIndex(t *testing.T) {
	d := dbtest.Open(t, t.TempDir()+"/test.db")
	for kind, index := range map[payments.EventKind]string{
		"": "sqlite_autoindex_events_1", payments.EventPaid: "sqlite_autoindex_events_1", payments.EventRefunded: "events_rare", db.EventPasskeyCloned: "events_rare",
	} {
		plan := d.Plan(t, db.AuditQuery(db.AuditFilter{Kind: kind, Limit: 50}))
		if !strings.Contains(plan, "USING INDEX "+index+" ") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%q reads %s", kind, plan)
		}
	}
	if plan := d.Plan(t, db.AuditQuery(db.AuditFilter{Actor: "staff:sari", Limit: 50})); !strings.Contains(plan, "events_of_people") {
		t.Errorf("what a person did reads %s", plan)
	}
}
