package db_test

import (
	"maps"
	"testing"

	"kodebayar/db"
	"kodebayar/db/dbtest"
)

func TestSettingsAreLogged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		if v, err := d.Setting(ctx, "shop"); v != "" || err != nil {
			t.Errorf("never set: %q, %v", v, err)
		}
		for _, name := range []string{"Toko A", "Toko A", "Toko B"} {
			if err := d.Write(ctx, func(tx *db.Tx) error { return tx.Set("shop", name, "staff:ibu", monday) }); err != nil {
				t.Fatal(err)
			}
			if v, err := d.Setting(ctx, "shop"); v != name || err != nil {
				t.Errorf("%q, %v, want %q", v, err, name)
			}
		}
		events, err := d.EventsAfter(ctx, 0, 10)
		if err != nil || len(events) != 2 {
			t.Fatalf("the log says %+v, %v", events, err)
		}
		want := map[string]string{"setting": "shop", "before": "Toko A", "after": "Toko B"}
		if e := events[1]; e.Kind != db.EventSettingChanged || e.Actor != "staff:ibu" || !e.At.Equal(monday) || !maps.Equal(e.Detail, want) {
			t.Errorf("the event is %+v", e)
		}
	})
}
