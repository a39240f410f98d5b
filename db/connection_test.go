package db

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func openFile(t *testing.T) *DB {
	t.Helper()
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "a b?#%.db"), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestEveryConnectionIsDurableAndChecked(t *testing.T) {
	d := openFile(t)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "temp_store": "2"} {
		for range 6 {
			conn, err := d.pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close() // kept open: the next one is another connection
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("reading: %s is %s, want %s (%v)", name, got, want, err)
			}
			conn.Close()
		}
		err := d.Write(t.Context(), func(tx *Tx) error {
			got, err := first(t.Context(), tx.reads, scanText, "PRAGMA "+name)
			if got != want {
				t.Errorf("writing: %s is %s, want %s", name, got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestOnlyTheWriterWrites(t *testing.T) {
	d := openFile(t)
	if _, err := d.pool.ExecContext(context.Background(), `DELETE FROM events`); err == nil {
		t.Error("the reading pool can write")
	}
}

func TestADatabaseOfANewerVersionIsRefused(t *testing.T) {
	d := openFile(t)
	if err := d.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), d.writer.pool, false); !errors.Is(err, ErrTooNew) {
		t.Errorf("it answered %v", err)
	}
}
