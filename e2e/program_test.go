// Package e2e builds the real binary and drives it the way people and DOKU
// do: through pages, forms, the command line and signed calls. It imports
// nothing of ours, so what it knows is the public contract alone.
package e2e

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kodebayar/e2e/build"
)

// patience is how long something may take that has no reason to take long. It
// bounds a hanging test and measures nothing.
const patience = 20 * time.Second

// binary is the path of the built kodebayar.
var binary string

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (int, error) {
	var remove func()
	var err error
	if binary, remove, err = build.Kodebayar(root); err != nil {
		return 0, err
	}
	defer remove()
	defer closeBrowser()
	return m.Run(), nil
}

// A program is one running kodebayar.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	output output        // of every start
	before int           // bytes of it that were printed before the last start
	ended  chan struct{} // closed after exit
	err    error         // of the exit
}

// start runs kodebayar in dir, with a clean environment and env on top. When
// the test ends the program is stopped, has to end well, and must have printed
// none of the secrets that the tests use.
func start(t *testing.T, dir string, env []string, args ...string) *program {
	t.Helper()
	return launch(t, command(dir, env, args...), strings.Join(args, " "))
}

// launch starts a command that is ready, with a name for messages.
func launch(t *testing.T, cmd *exec.Cmd, name string) *program {
	t.Helper()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // nothing is left behind when the tests are killed
	p := &program{t: t}
	p.begin(cmd)
	t.Cleanup(func() {
		p.stop()
		said := p.output.String()
		for _, secret := range secrets {
			if strings.Contains(said, secret) {
				t.Errorf("kodebayar %s printed the secret %q", name, secret)
			}
		}
		if strings.Contains(said, "\ngoroutine ") || strings.Contains(said, "panic") {
			t.Errorf("kodebayar %s panicked", name)
		}
		if t.Failed() {
			t.Logf("kodebayar %s said:\n%s", name, said)
		}
	})
	return p
}

func (p *program) begin(cmd *exec.Cmd) {
	p.t.Helper()
	p.cmd, p.before, p.ended = cmd, len(p.output.String()), make(chan struct{})
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	check(p.t, cmd.Start())
	ended := p.ended
	go func() {
		p.err = cmd.Wait()
		close(ended)
	}()
}

// again starts the program once more after it has ended. It keeps its place
// among what is cleaned up: a page that was opened in between closes before
// it, and has no reason to complain that nobody answers.
func (p *program) again() {
	p.t.Helper()
	cmd := exec.Command(p.cmd.Path, p.cmd.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = p.cmd.Dir, p.cmd.Env, p.cmd.SysProcAttr
	p.begin(cmd)
}

// command is a kodebayar that is not started yet.
func command(dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir()}, env...)
	return cmd
}

// stop sends SIGTERM, as a service manager does, and expects a good end within
// two seconds, whatever streams are open. A program that has been stopped
// already is left alone.
func (p *program) stop() {
	p.t.Helper()
	select {
	case <-p.ended:
		return
	default:
	}
	check(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
		if p.err != nil {
			p.t.Errorf("after SIGTERM: %v", p.err)
		}
	case <-time.After(2 * time.Second):
		p.t.Error("still running two seconds after SIGTERM")
		p.cmd.Process.Kill()
		<-p.ended
	}
}

// printed is what the program printed since it was last started.
func (p *program) printed() string { return p.output.String()[p.before:] }

// waitFor returns the first match of pattern in what the program prints.
func (p *program) waitFor(pattern *regexp.Regexp) string {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := pattern.FindString(p.printed()); found != "" {
			return found
		}
		select {
		case <-p.ended:
			p.t.Fatalf("ended with %v before it printed %s", p.err, pattern)
		default:
		}
	}
	p.t.Fatalf("did not print %s", pattern)
	return ""
}

// output keeps all that a program prints.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run runs a command of kodebayar that ends by itself, and returns what it
// printed. stdin may be empty.
func run(t *testing.T, dir string, env []string, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := command(dir, env, args...)
	var out, errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	check(t, cmd.Start())
	defer time.AfterFunc(patience, func() { cmd.Process.Kill() }).Stop()
	err = cmd.Wait()
	return out.String(), errs.String(), err
}

// origin cuts a link down to scheme and host.
func origin(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(strings.TrimSpace(link))
	check(t, err)
	return u.Scheme + "://" + u.Host
}

// check ends the test on an error that has nothing to do with what it tests.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
