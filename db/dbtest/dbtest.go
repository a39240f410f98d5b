// Package dbtest opens empty databases for tests, on SQLite and on a
// PostgreSQL server of its own.
package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"kodebayar/db"
)

// Key is the KODEBAYAR_KEY of the databases opened here.
var Key = bytes.Repeat([]byte{7}, 32)

// Main runs a package's tests and ends the server they started. Use it as the
// TestMain of a package that calls Each.
func Main(m *testing.M) {
	code := m.Run()
	if server.stop != nil {
		server.stop()
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

var server struct {
	once    sync.Once
	err     error
	socket  string
	stop    func()
	counter int
	mu      sync.Mutex
}

// Postgres makes an empty database on the test server and answers its address.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server.once.Do(func() {
		if server.err = start(); server.err == nil {
			server.err = template()
		}
	})
	if server.err != nil {
		tb.Fatalf("PostgreSQL for tests (Debian package postgresql): %v", server.err)
	}
	server.mu.Lock()
	server.counter++
	name := "test" + strconv.Itoa(server.counter)
	server.mu.Unlock()
	pool, err := sql.Open("pgx", address("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec("CREATE DATABASE " + name + " TEMPLATE migrated"); err != nil {
		tb.Fatal(err)
	}
	return address(name)
}

// template makes the database that others are copies of. It is sorted as a
// dictionary is, like most servers in use: an order that SQLite does not have.
func template() error {
	pool, err := sql.Open("pgx", address("postgres"))
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(`CREATE DATABASE migrated TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'`); err != nil {
		return err
	}
	return migrate(address("migrated"))
}

func address(name string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", name, server.socket)
}

// start runs a server of Debian's package on a unix socket in a folder of its
// own. PostgreSQL refuses to run as root: then its own user does it.
func start() error {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		return fmt.Errorf("no server under /usr/lib/postgresql")
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp("", "kodebayar-postgres-")
	if err != nil {
		return err
	}
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(dir, uid, gid); err != nil {
			return err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "fsync=off")
	run.SysProcAttr, run.Dir = as, dir
	var log bytes.Buffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		return err
	}
	server.socket = dir
	server.stop = func() {
		run.Process.Signal(syscall.SIGINT) // ends connections at once
		run.Wait()
		os.RemoveAll(dir)
	}
	for range 100 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		pool, err := sql.Open("pgx", address("postgres"))
		if err == nil {
			err = pool.PingContext(ctx)
			pool.Close()
		}
		cancel()
		if err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	server.stop()
	return fmt.Errorf("the server does not answer: %s", log.String())
}
