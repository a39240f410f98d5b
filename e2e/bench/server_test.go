package bench

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	patience  = 30 * time.Second
	clientID  = "BRN-0003-1700000000003"
	secretKey = "SK-bench-3d91c7be52"
)

// A server is a process that takes notifications, and the database it keeps
// them in.
type server struct {
	name     string
	home     string // host:port
	database string
	process  *os.Process
	commits  func() int64 // so far
	used     int          // codes paid so far
}

// environment is that of every process under test.
func environment(database, address string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(),
		"KODEBAYAR_DATABASE=" + database, "KODEBAYAR_ADDR=" + address,
		"KODEBAYAR_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)),
		// Nobody listens there: nothing here is asked of DOKU.
		"DOKU_BASE_URL=http://127.0.0.1:9", "DOKU_CLIENT_ID=" + clientID, "DOKU_SECRET_KEY=" + secretKey,
	}
}

// startApp runs the real binary.
func startApp(t *testing.T, database string) *server {
	t.Helper()
	// The app prints the address it was given for port 0.
	cmd := exec.Command(app, "serve")
	home := spawn(t, cmd, environment(database, "127.0.0.1:0"), func(line string) string {
		_, rest, ok := strings.Cut(line, "App ")
		if !ok {
			return ""
		}
		return strings.TrimPrefix(strings.TrimSpace(rest), "http://")
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if a, err := http.Get("http://" + home + "/readyz"); err == nil {
			a.Body.Close()
			if a.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the app does not become ready")
		}
	}
	return &server{name: "kodebayar", home: home, database: database, process: cmd.Process}
}

// startBare runs this test's own binary as a bare server, so that it stands
// beside the load as the app does: a process of its own.
func startBare(t *testing.T, name, database, script string, together int) *server {
	t.Helper()
	env := append(environment(database, ""), fmt.Sprintf("%s=%d", bareRole, together), bareScript+"="+script)
	cmd := exec.Command(os.Args[0])
	home := spawn(t, cmd, env, func(line string) string {
		address, _ := strings.CutPrefix(line, "bare ")
		return address
	})
	return &server{name: name, home: home, database: database, process: cmd.Process}
}

// cpu is what the process has used of the machine so far, in user and system
// together. The kernel tells it in hundredths of a second.
func (s *server) cpu(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Pid))
	check(t, err)
	// The second field is a name in brackets that may hold anything.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		check(t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// stop ends the server before the test does.
func (s *server) stop() {
	s.process.Signal(syscall.SIGTERM)
}

// spawn starts a process and answers what pick finds in its first lines.
func spawn(t *testing.T, cmd *exec.Cmd, env []string, pick func(line string) string) string {
	t.Helper()
	cmd.Env = env
	out, err := cmd.StdoutPipe()
	check(t, err)
	var said bytes.Buffer
	cmd.Stderr = nil // to nowhere: a log line costs its writing, not a reader beside it
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if found := pick(lines.Text()); found != "" {
			go io.Copy(io.Discard, out)
			return found
		}
	}
	t.Fatalf("%v ended: %s", cmd.Args, said.String())
	return ""
}
