package bench

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// A postgres is a server of Debian's package with its own durability settings
// untouched, on a unix socket in a folder of its own.
type postgres struct {
	dir string
	log *os.File
}

func startPostgres(t *testing.T) *postgres {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Fatal("no server under /usr/lib/postgresql (Debian package postgresql)")
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp(os.Getenv("KODEBAYAR_BENCH_DIR"), "kodebayar-bench-postgres-")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root: its own user does it
		u, err := user.Lookup("postgres")
		check(t, err)
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		check(t, os.Chown(dir, uid, gid))
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	p := &postgres{dir: dir}
	p.log, err = os.Create(filepath.Join(dir, "log"))
	check(t, err)
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "max_connections=100", "-c", "log_line_prefix=%p ")
	run.SysProcAttr, run.Dir = as, dir
	run.Stdout, run.Stderr = p.log, p.log
	check(t, run.Start())
	t.Cleanup(func() {
		run.Process.Signal(syscall.SIGINT) // ends connections at once
		run.Wait()
		p.log.Close()
	})
	pool := p.open(t, "postgres")
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if err = pool.Ping(); err == nil {
			return p
		} else if time.Now().After(deadline) {
			t.Fatalf("the server does not answer: %v", err)
		}
	}
}

func (p *postgres) address(name string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", name, p.dir)
}

func (p *postgres) open(t *testing.T, name string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("pgx", p.address(name))
	check(t, err)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// exec runs statements in the database of that name, and leaves no connection.
func (p *postgres) exec(t *testing.T, name string, statements ...string) {
	t.Helper()
	pool, err := sql.Open("pgx", p.address(name))
	check(t, err)
	defer pool.Close()
	for _, s := range statements {
		if _, err := pool.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
