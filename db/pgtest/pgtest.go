// Package pgtest starts a PostgreSQL of Debian's package for tests. It knows
// nothing of the app, so that the tests which only drive the program may use it
// too, and leaves the server as durable as it is unless a setting says otherwise.
package pgtest

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// patience is how long a server may take to answer for the first time.
const patience = 30 * time.Second

// A Server listens on a unix socket in a folder of its own.
type Server struct {
	Log *os.File // what it says
	dir string
	run *exec.Cmd
}

// Start starts a server with more settings, each like max_connections=200. Its
// folder is made in the one that is named, or where temporary ones are.
func Start(in string, settings ...string) (*Server, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		return nil, fmt.Errorf("no server under /usr/lib/postgresql (Debian package postgresql)")
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp(in, "kodebayar-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.start(bin, settings); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(bin string, settings []string) (err error) {
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root: its own user does it
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
	initdb.SysProcAttr, initdb.Dir = as, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	if s.Log, err = os.Create(filepath.Join(s.dir, "log")); err != nil {
		return err
	}
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir, "-c", "listen_addresses=")
	for _, setting := range settings {
		run.Args = append(run.Args, "-c", setting)
	}
	run.SysProcAttr, run.Dir = as, s.dir
	run.Stdout, run.Stderr = s.Log, s.Log
	if err := run.Start(); err != nil {
		return err
	}
	s.run = run
	pool, err := s.open("postgres")
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

// Stop ends the server with its connections, at once, and removes its folder.
func (s *Server) Stop() {
	if s.run != nil {
		s.run.Process.Signal(syscall.SIGINT)
		s.run.Wait()
	}
	if s.Log != nil {
		s.Log.Close()
	}
	os.RemoveAll(s.dir)
}

// Address is that of one of its databases.
func (s *Server) Address(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", database, s.dir)
}

// Exec runs statements in one of its databases, and leaves no connection.
func (s *Server) Exec(database string, statements ...string) error {
	pool, err := s.open(database)
	if err != nil {
		return err
	}
	defer pool.Close()
	for _, statement := range statements {
		if _, err := pool.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (s *Server) open(database string) (*sql.DB, error) {
	return sql.Open("pgx", s.Address(database))
}
