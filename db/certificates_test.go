package db_test

import (
	"bytes"
	"errors"
	"testing"

	"kodebayar/db"
	"kodebayar/db/dbtest"
)

// TestKeysOfCertificates are sealed, each for its name, and with another key they
// are not there.
func TestKeysOfCertificates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		ctx, plain := t.Context(), []byte("-----BEGIN EC PRIVATE KEY-----")
		if _, err := d.ACME(ctx, "a.example"); !errors.Is(err, db.ErrNotFound) {
			t.Fatalf("before: %v", err)
		}
		for _, data := range [][]byte{[]byte("an older one"), plain} {
			if err := d.SetACME(ctx, "a.example", data); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := d.ACME(ctx, "a.example"); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%q, %v", got, err)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO settings (name, value) SELECT 'acme/b.example', value FROM settings WHERE name = 'acme/a.example'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.ACME(ctx, "b.example"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("under another name: %q, %v", got, err)
		}
		other, err := db.Open(ctx, address, bytes.Repeat([]byte{8}, 32))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if got, err := other.ACME(ctx, "a.example"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("with another key: %q, %v", got, err)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM settings WHERE value LIKE '%PRIVATE%' OR value LIKE '%UFJJVkFURS%'`); n != 0 {
			t.Error("it lies open")
		}
		if err := d.SetACME(ctx, "a.example", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ACME(ctx, "a.example"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("taken away: %v", err)
		}
	})
}
