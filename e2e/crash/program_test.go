// Package crash kills the real binary under load, again and again, and holds
// what is stored against every answer that was given before. It imports
// nothing of ours: it knows the public contract, and reads the truth from the
// database itself.
package crash

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kodebayar/e2e/build"
)

// patience bounds what has no reason to take long. It measures nothing.
const patience = 30 * time.Second

// binary is the kodebayar under test. KODEBAYAR_CRASH_BINARY names one that is
// built already, for instance one broken on purpose.
var binary = os.Getenv("KODEBAYAR_CRASH_BINARY")

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	defer stopPostgres()
	// Most of these tests wait most of the time: for a lease to end, a lock, a
	// retry. As many as there are processors would make a minute of it.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		return 0, err
	}
	if binary == "" {
		var remove func()
		var err error
		if binary, remove, err = build.Kodebayar(filepath.Join("..", "..")); err != nil {
			return 0, err
		}
		defer remove()
	}
	return m.Run(), nil
}

// A program is one running kodebayar, a child of this test.
type program struct {
	cmd   *exec.Cmd
	said  tail
	ended chan struct{} // closed after exit
}

// start runs kodebayar until it is killed or the test ends.
func start(t *testing.T, dir string, env []string, args ...string) *program {
	t.Helper()
	p := &program{cmd: command(dir, env, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	check(t, p.cmd.Start())
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		ran := p.alive()
		p.kill()
		said := p.said.String()
		if strings.Contains(said, "\ngoroutine ") || strings.Contains(said, "panic") {
			t.Errorf("kodebayar %s panicked", strings.Join(args, " "))
		}
		if t.Failed() && ran {
			t.Logf("the last that kodebayar %s said:\n%s", strings.Join(args, " "), said)
		}
	})
	return p
}

func command(dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir()}, env...)
	return cmd
}

// kill is kill -9, and returns when nothing of the process is left.
func (p *program) kill() {
	p.cmd.Process.Kill() // by handle, so that no other process can be hit
	<-p.ended
}

func (p *program) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// run runs a command of kodebayar that ends by itself.
func run(t *testing.T, dir string, env []string, stdin string, args ...string) (said string, err error) {
	t.Helper()
	cmd := command(dir, env, args...)
	cmd.Stdin = strings.NewReader(stdin)
	timer := time.AfterFunc(patience, func() {
		if cmd.Process != nil {
			cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// tail keeps the end of what a program says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 3 << 10

func (o *tail) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if len(o.text) > 4*tailLength {
		o.text = append(o.text[:0], o.text[len(o.text)-tailLength:]...)
	}
	return len(b), nil
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// check ends the test on an error that has nothing to do with what it tests.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
