package db

import (
	"database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"
)

// Undo takes a SQLite file back by one migration and answers its version.
func Undo(t *testing.T, file string) int64 {
	t.Helper()
	pool, err := sql.Open("sqlite", dsn(file, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p, _, _, err := versions(t.Context(), pool, goose.DialectSQLite3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, current, _, err := versions(t.Context(), pool, goose.DialectSQLite3)
	if err != nil {
		t.Fatal(err)
	}
	return current
}

// Seal writes a backup that holds what a sealed one does, under another key.
func Seal(t *testing.T, file string, sealed, key []byte) {
	t.Helper()
	plain := file + ".plain"
	if err := os.WriteFile(plain, sealed[:len(sealed)-sealLength], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := place(plain, file, key); err != nil {
		t.Fatal(err)
	}
}
