package crash

import (
	"bytes"
	"database/sql"
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

	_ "github.com/jackc/pgx/v5/stdlib"
)

// postgres is one server for all tests, of Debian's package, on a unix socket
// in a folder of its own. Whoever needs it first starts it.
var postgres struct {
	once      sync.Once
	err       error
	dir       string
	run       *exec.Cmd
	mu        sync.Mutex
	databases int
}

// newDatabase makes an empty database and answers its address.
func newDatabase(t *testing.T) string {
	t.Helper()
	postgres.once.Do(func() { postgres.err = startPostgres() })
	if postgres.err != nil {
		t.Fatalf("PostgreSQL for tests (Debian package postgresql): %v", postgres.err)
	}
	pool, err := sql.Open("pgx", postgresAddress("postgres"))
	check(t, err)
	defer pool.Close()
	// PostgreSQL copies template1, which two at once may not.
	postgres.mu.Lock()
	defer postgres.mu.Unlock()
	postgres.databases++
	name := "crash" + strconv.Itoa(postgres.databases)
	_, err = pool.Exec("CREATE DATABASE " + name)
	check(t, err)
	return postgresAddress(name)
}

func postgresAddress(name string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", name, postgres.dir)
}

func startPostgres() error {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		return fmt.Errorf("no server under /usr/lib/postgresql")
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp("", "kodebayar-crash-postgres-")
	if err != nil {
		return err
	}
	postgres.dir = dir
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root: its own user does it
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
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=200")
	run.SysProcAttr, run.Dir = as, dir
	var log bytes.Buffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		return err
	}
	postgres.run = run
	pool, err := sql.Open("pgx", postgresAddress("postgres"))
	if err != nil {
		return err
	}
	defer pool.Close()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = pool.Ping(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the server does not answer: %w", err)
}

func stopPostgres() {
	if postgres.run != nil {
		postgres.run.Process.Signal(syscall.SIGINT) // ends connections at once
		postgres.run.Wait()
	}
	if postgres.dir != "" {
		os.RemoveAll(postgres.dir)
	}
}
