package db_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestTillsMove with everything else to another engine and into a backup, and
// out of it again. PINs stay behind where the key is another: nobody could come
// by them. What is signed in at a till moves nowhere.
func TestTillsMove(t *testing.T) {
	dir := t.TempDir()
	d := dbtest.Open(t, filepath.Join(dir, "shop.db"))
	at := time.Unix(1_700_000_000, 0).UTC()
	sari := payments.Staff{ID: "s1", Email: "sari@toko.id", Name: "Sari", Role: payments.Cashier, PasswordHash: "x", CreatedAt: at}
	if err := errors.Join(
		d.AddStaff(t.Context(), sari, payments.ActorShell),
		d.SetPIN(t.Context(), db.PIN{StaffID: "s1", Hash: "h", MadeAt: at}, ""),
		d.AddTill(t.Context(), db.Till{ID: "t1", Name: "Kasir depan", Hash: "token", MadeBy: "s1", MadeAt: at}),
		d.AddLogin(t.Context(), db.Login{ID: "l1", StaffID: "s1", TillID: "t1", PIN: "h", MadeAt: at, SeenAt: at, ExpiresAt: at.Add(time.Minute)}),
	); err != nil {
		t.Fatal(err)
	}
	has := func(name string, d *db.DB, pin bool) {
		t.Helper()
		till, err := d.TillByToken(t.Context(), "token")
		if err != nil || till.Name != "Kasir depan" || !till.MadeAt.Equal(at) || !till.UsedAt.Equal(at) {
			t.Errorf("%s: the till is %+v, %v", name, till, err)
		}
		if p, err := d.PIN(t.Context(), "s1"); pin != (err == nil) || pin && p.Hash != "h" {
			t.Errorf("%s: the PIN is %+v, %v", name, p, err)
		}
		if _, err := d.Login(t.Context(), "l1"); (name == "here") != (err == nil) {
			t.Errorf("%s: signed in: %v", name, err)
		}
	}
	has("here", d, true)
	to := dbtest.Open(t, dbtest.Postgres(t))
	if _, err := db.Copy(t.Context(), d, to); err != nil {
		t.Fatal(err)
	}
	has("copied", to, true)
	backup := filepath.Join(dir, "backup")
	if _, err := d.Backup(t.Context(), dbtest.Key, backup); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{"restored": dbtest.Key, "with another key": bytes.Repeat([]byte{8}, 32)} {
		file := filepath.Join(dir, name+".db")
		if _, err := db.Restore(t.Context(), backup, file, key, nil); err != nil {
			t.Fatal(err)
		}
		r := opened(t, file, key)
		has(name, r, name == "restored")
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
