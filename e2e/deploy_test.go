package e2e

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestUnits has systemd read the units, alone and as of a bare server, and rate
// what the service may do. That they start is left to a machine with systemd.
func TestUnits(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile(filepath.Join(root, "deploy", "kodebayar.service"))
	check(t, err)
	socket, err := os.ReadFile(filepath.Join(root, "deploy", "kodebayar.socket"))
	check(t, err)
	bare, err := os.ReadFile(filepath.Join(root, "deploy", "bare.conf"))
	check(t, err)
	const installed = "/usr/local/bin/kodebayar"
	if !strings.Contains(string(unit), "ExecStart="+installed+" ") {
		t.Fatalf("the service does not start %s", installed)
	}
	for name, dropIn := range map[string][]byte{"alone": nil, "bare": bare} {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, "kodebayar.service"), []byte(strings.ReplaceAll(string(unit), installed, binary)), 0o600))
		check(t, os.WriteFile(filepath.Join(dir, "kodebayar.socket"), socket, 0o600))
		if dropIn != nil {
			check(t, os.Mkdir(filepath.Join(dir, "kodebayar.socket.d"), 0o700))
			check(t, os.WriteFile(filepath.Join(dir, "kodebayar.socket.d", "bare.conf"), dropIn, 0o600))
		}
		for _, args := range [][]string{
			{"verify", "--man=no", "--recursive-errors=no", filepath.Join(dir, "kodebayar.service"), filepath.Join(dir, "kodebayar.socket")},
			{"security", "--offline=true", "--threshold=20", filepath.Join(dir, "kodebayar.service")}, // 2 of 10, "OK"
		} {
			out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
			if err != nil || args[0] == "verify" && strings.Contains(string(out), "kodebayar") {
				t.Errorf("%s, %s: %v\n%s", name, args[0], err, out)
			}
		}
	}
}

// A container is what the last stage of the Containerfile makes, as far as it
// matters here: a root with what is copied into it, and how the program is run.
type container struct {
	root, folder, entry string
	env                 []string
	user                uint32
}

// buildContainer does what the file says, line by line; what it does not know
// ends the test.
func buildContainer(t *testing.T, certificates []byte) *container {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(root, "deploy", "Containerfile"))
	check(t, err)
	_, last, ok := strings.Cut(string(file), "\nFROM scratch\n")
	if !ok {
		t.Fatal("the image is not made from scratch")
	}
	c := &container{root: t.TempDir()}
	put := func(path string, content []byte, mode os.FileMode) {
		check(t, os.MkdirAll(filepath.Join(c.root, filepath.Dir(path)), 0o755))
		check(t, os.WriteFile(filepath.Join(c.root, path), content, mode))
	}
	for line := range strings.Lines(last) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#" || words[0] == "ARG" || words[0] == "EXPOSE":
		case words[0] == "COPY" && words[1] == "--from=base" && strings.HasSuffix(words[2], "/ca-certificates.crt"):
			put(words[3], certificates, 0o644)
		case words[0] == "COPY" && strings.HasPrefix(words[1], "dist/kodebayar-linux-"):
			program, err := os.ReadFile(binary)
			check(t, err)
			put(words[2], program, 0o755)
		case words[0] == "USER":
			id, _, _ := strings.Cut(words[1], ":")
			n, err := strconv.ParseUint(id, 10, 32)
			if err != nil || n == 0 || words[1] != id+":"+id {
				t.Fatalf("USER %s: there are no names in an empty root, and it must not be root", words[1])
			}
			c.user = uint32(n)
		case words[0] == "WORKDIR":
			c.folder = words[1]
		case words[0] == "VOLUME" && words[1] == c.folder: // which an engine gives to the user
			check(t, os.Mkdir(filepath.Join(c.root, c.folder), 0o700))
			if os.Getuid() == 0 {
				check(t, os.Chown(filepath.Join(c.root, c.folder), int(c.user), int(c.user)))
			}
		case words[0] == "ENV":
			c.env = append(c.env, words[1:]...)
		case words[0] == "ENTRYPOINT":
			c.entry = strings.Trim(words[1], `["]`)
		default:
			t.Fatalf("the Containerfile has a line that this test does not know: %s", line)
		}
	}
	// Nothing but the volume can be written to.
	check(t, os.Chmod(c.root, 0o555))
	t.Cleanup(func() { _ = os.Chmod(c.root, 0o755) })
	return c
}

// command runs the program in it. Root becomes its user; others, who may not,
// are it in a namespace of their own.
func (c *container) command(env []string, args ...string) *exec.Cmd {
	cmd := &exec.Cmd{Path: c.entry, Args: append([]string{c.entry}, args...), Dir: c.folder, Env: append(c.env, env...)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: c.user, Gid: c.user}}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: int(c.user), HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: int(c.user), HostID: os.Getgid(), Size: 1}}
		cmd.SysProcAttr.Credential.NoSetGroups = true
	}
	return cmd
}

// TestContainer runs the program as the Containerfile does: with nothing around
// it, as nobody, and only its volume to write to.
func TestContainer(t *testing.T) {
	t.Parallel()
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.startSimulator()
	till, err := url.Parse(s.till)
	check(t, err)
	// DOKU by https, from an issuer that is in the copied file alone.
	doku := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(till))
	t.Cleanup(doku.Close)
	c := buildContainer(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: doku.Certificate().Raw}))
	listens := false
	for _, setting := range c.env {
		listens = listens || setting == "KODEBAYAR_ADDR=0.0.0.0:8080"
	}
	if !listens {
		t.Errorf("it does not listen at the port that is exposed: %v", c.env)
	}
	env := []string{
		"KODEBAYAR_ADDR=" + host(s.home), "KODEBAYAR_URL=" + s.home, "DOKU_BASE_URL=" + doku.URL,
		"DOKU_CLIENT_ID=" + clientID, "DOKU_SECRET_KEY=" + secretKey,
	}
	s.app = launch(t, c.command(env, "serve"), "serve, in a container")
	s.app.waitFor(setupLink)
	owner := s.owner()
	page := owner.get(owner.issue())
	if marks := page.marks(); marks["data-status"] != "active" || !strings.Contains(page.body, "WIB") {
		t.Errorf("a code by https: %v", marks)
	}
	if made := owner.post("/backups", nil); made.status != http.StatusSeeOther || len(owner.get("/backups").having("data-backup")) != 1 {
		t.Errorf("no backup: %d", made.status)
	}
	if tried := owner.post("/settings/doku/rehearsal", nil); tried.status != http.StatusSeeOther || !strings.Contains(owner.get("/settings/doku").body, "Berhasil") {
		t.Errorf("the rehearsal, which needs room of its own: %d", tried.status)
	}
	if xlsx := owner.get("/transactions.xlsx"); xlsx.status != http.StatusOK || !strings.HasPrefix(xlsx.body, "PK") {
		t.Errorf("a sheet: %d", xlsx.status)
	}
	uid := regexp.MustCompile(`(?m)^Uid:\s+(\d+)`)
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.app.cmd.Process.Pid) + "/status")
	check(t, err)
	if found := uid.FindSubmatch(status); os.Getuid() == 0 && (found == nil || string(found[1]) != strconv.Itoa(int(c.user))) {
		t.Errorf("it runs as %s", found)
	}
}
