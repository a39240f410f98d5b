// Package dbtest opens empty databases for tests, on SQLite and on a
// PostgreSQL server of its own.
package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"kodebayar/db"
	"kodebayar/db/pgtest"
)

// Key is the KODEBAYAR_KEY of the databases opened here.
var Key = bytes.Repeat([]byte{7}, 32)

// Main runs a package's tests and ends the server they started. Use it as the
// TestMain of a package that calls Each.
func Main(m *testing.M) {
	code := m.Run()
	if stop != nil {
		stop()
	}
	os.Exit(code)
}

// Each runs a test on both engines, each with an empty database whose address
// it is given too, so that it can be opened twice.
func Each(t *testing.T, run func(t *testing.T, d *db.DB, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "test.db")
		run(t, Open(t, file), file)
	})
	t.Run("postgres", func(t *testing.T) {
		address := Postgres(t)
		run(t, Open(t, address), address)
	})
}

// Migrations take longer than most tests. A new database is a copy of one that
// went through them.
var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "kodebayar-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "template.db")
	if err := migrate(file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func migrate(address string) error {
	d, err := db.Open(context.Background(), address, Key)
	if err != nil {
		return err
	}
	return d.Close()
}

// Open opens a database, made when there is none, and closes it with the test.
func Open(tb testing.TB, address string) *db.DB {
	tb.Helper()
	if _, err := os.Stat(address); !db.IsPostgres(address) && errors.Is(err, os.ErrNotExist) {
		empty, err := migrated()
		if err == nil {
			err = os.WriteFile(address, empty, 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	d, err := db.Open(tb.Context(), address, Key)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Error(err)
		}
	})
	return d
}

// server is the one PostgreSQL of a package's tests. It need not outlive a power
// cut.
var server = sync.OnceValues(func() (*pgtest.Server, error) {
	s, err := pgtest.Start("", "max_connections=200", "fsync=off")
	if err == nil {
		stop = s.Stop
		err = template(s)
	}
	return s, err
})

var (
	stop    func()       // nil while no server was asked for
	counter atomic.Int32 // of databases made on it
)

// Postgres makes an empty database on the test server and answers its address.
func Postgres(tb testing.TB) string {
	tb.Helper()
	s, err := server()
	if err != nil {
		tb.Fatalf("PostgreSQL for tests: %v", err)
	}
	name := fmt.Sprint("test", counter.Add(1))
	if err := s.Exec("postgres", "CREATE DATABASE "+name+" TEMPLATE migrated"); err != nil {
		tb.Fatal(err)
	}
	return s.Address(name)
}

// template makes the database that others are copies of. It is sorted as a
// dictionary is, like most servers in use: an order that SQLite does not have.
func template(s *pgtest.Server) error {
	err := s.Exec("postgres", `CREATE DATABASE migrated TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'`)
	if err != nil {
		return err
	}
	return migrate(s.Address("migrated"))
}
