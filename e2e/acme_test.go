package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bareHost is the public name of a shop that needs no proxy.
const bareHost = "bayar.toko.example"

// An authority is Pebble, the ACME server that Let's Encrypt tests clients with,
// and a DNS that leads every name to this machine.
type authority struct {
	directory string
	trust     string         // file with the certificate of its API
	roots     *x509.CertPool // of what it issues
	end       context.CancelFunc
}

// startAuthority starts one that validates at two ports: of addresses, or 1,
// where nobody listens. What it issues is valid for so long.
func startAuthority(t *testing.T, httpAt, tlsAt string, valid time.Duration) *authority {
	t.Helper()
	dir := t.TempDir()

	// The API's own certificate is that of Go's test server, 127.0.0.1's.
	template := httptest.NewTLSServer(nil)
	defer template.Close()
	key, err := x509.MarshalPKCS8PrivateKey(template.TLS.Certificates[0].PrivateKey)
	check(t, err)
	a := &authority{trust: filepath.Join(dir, "api.pem"), roots: x509.NewCertPool()}
	for file, block := range map[string]*pem.Block{
		a.trust: {Type: "CERTIFICATE", Bytes: template.Certificate().Raw}, filepath.Join(dir, "api.key"): {Type: "PRIVATE KEY", Bytes: key},
	} {
		check(t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	}
	api, management, dns := freeAddress(t), freeAddress(t), freeAddress(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": api, "managementListenAddress": management, "certificate": a.trust, "privateKey": filepath.Join(dir, "api.key"),
		"httpPort": port(t, httpAt), "tlsPort": port(t, tlsAt), "retryAfter": map[string]int{"authz": 1, "order": 1}, "keyAlgorithm": "ecdsa",
		"profiles": map[string]any{"default": map[string]any{"description": "the only one", "validityPeriod": int(valid.Seconds())}},
	}})
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600))
	ctx, end := context.WithCancel(t.Context())
	a.end = end
	for _, args := range [][]string{
		{"pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dnsserver", dns, "-management", freeAddress(t), "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""},
		{"pebble", "-config", filepath.Join(dir, "config.json"), "-dnsserver", dns},
	} {
		find := exec.Command("go", "tool", "-n", "-modfile=.tools/tools.mod", args[0]) // builds it, once
		find.Dir, find.Env, find.Stderr = root, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		path, err := find.Output()
		check(t, err)
		var said output
		cmd := exec.CommandContext(ctx, strings.TrimSpace(string(path)), args[1:]...)
		cmd.Env = []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0"}
		cmd.Stdout, cmd.Stderr = &said, &said
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		check(t, cmd.Start())
		t.Cleanup(func() {
			end()
			_ = cmd.Wait() // it was killed
			if t.Failed() {
				t.Logf("%s said:\n%s", args[0], said.String())
			}
		})
	}
	a.directory = "https://" + api + "/dir"
	client := template.Client()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		names, err := net.Dial("tcp", dns)
		if err == nil {
			names.Close()
			var answer *http.Response
			if answer, err = client.Get("https://" + management + "/roots/0"); err == nil {
				roots, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				check(t, err)
				if !a.roots.AppendCertsFromPEM(roots) {
					t.Fatalf("Pebble's root is %s", roots)
				}
				return a
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("Pebble does not start: %v", err)
		}
	}
}

func port(t *testing.T, address string) int {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	check(t, err)
	return a.Port
}

// env is that of an app which has its certificate from here.
func (a *authority) env(s *shop, tlsAt, httpAt string) []string {
	return append(without(s.env(), "KODEBAYAR_ADDR"), "KODEBAYAR_ADDR="+tlsAt, "KODEBAYAR_HTTP_ADDR="+httpAt,
		"KODEBAYAR_ACME_DIRECTORY="+a.directory, "SSL_CERT_FILE="+a.trust)
}

// visitor trusts the authority alone, and finds the name at these addresses.
func (a *authority) visitor(t *testing.T, tlsAt, httpAt string, http2 bool) *visitor {
	t.Helper()
	v := newVisitor(t, "https://"+bareHost)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.roots}, ForceAttemptHTTP2: http2,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			at := map[string]string{bareHost + ":443": tlsAt, bareHost + ":80": httpAt}[address]
			return (&net.Dialer{}).DialContext(ctx, "tcp", at)
		},
	}
	if !http2 {
		transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	}
	t.Cleanup(transport.CloseIdleConnections)
	v.client.Transport = transport
	return v
}

// bareShop has a name, but is not started.
func bareShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir(), home: "https://" + bareHost, till: "http://" + freeAddress(t)}
	s.database = filepath.Join(s.dir, "shop.db")
	return s
}

// leaf is the certificate that is shown for a name.
func (a *authority) leaf(t *testing.T, address, name string) (*x509.Certificate, error) {
	t.Helper()
	dialer := &net.Dialer{Timeout: patience}
	conn, err := tls.DialWithDialer(dialer, "tcp", address, &tls.Config{ServerName: name, RootCAs: a.roots})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// TestABareServer has its certificate from an authority by tls-alpn-01, on
// sockets that outlive it, and is used as by a browser.
func TestABareServer(t *testing.T) {
	t.Parallel()
	s := bareShop(t)
	var sockets []*os.File
	var at []string
	for range 2 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		socket, err := listener.(*net.TCPListener).File()
		check(t, err)
		defer socket.Close()
		sockets, at = append(sockets, socket), append(at, listener.Addr().String())
		check(t, listener.Close()) // the socket stays
	}
	tlsAt, httpAt := at[0], at[1]
	a := startAuthority(t, "127.0.0.1:1", tlsAt, 90*24*time.Hour)
	env := a.env(s, tlsAt, httpAt)
	s.simulator = start(t, s.dir, env, "simulator")
	s.startOn(env, sockets...)
	v := a.visitor(t, tlsAt, httpAt, true)

	if page := v.get("/login"); page.status != http.StatusOK || page.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("GET /login: %d, HSTS %q", page.status, page.header.Get("Strict-Transport-Security"))
	}
	first, err := a.leaf(t, tlsAt, bareHost)
	check(t, err)
	for _, name := range []string{"", "other.toko.example", "toko.example"} {
		if _, err := a.leaf(t, tlsAt, name); err == nil || strings.Contains(err.Error(), "x509") {
			t.Errorf("for %q: %v", name, err)
		}
	}
	if conn, err := tls.Dial("tcp", tlsAt, &tls.Config{ServerName: bareHost, RootCAs: a.roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	for link, want := range map[string]string{"http://" + bareHost + "/pay/x?lang=en": "https://" + bareHost + "/pay/x?lang=en", "http://" + bareHost: "https://" + bareHost + "/"} {
		if led := v.get(link); led.status != http.StatusPermanentRedirect || led.header.Get("Location") != want {
			t.Errorf("%s: %d to %q", link, led.status, led.header.Get("Location"))
		}
	}
	if led := v.post("http://"+bareHost+notificationPath, url.Values{}); led.status != http.StatusForbidden {
		t.Errorf("a callback over http: %d", led.status)
	}

	// The owner signs in and sells, and hears of it over both versions of HTTP.
	setup := strings.TrimPrefix(s.setupPath(), "/setup?token=")
	if made := v.post("/setup", url.Values{"token": {setup}, "shop": {shopName}, "name": {ownerName}, "email": {ownerEmail}, "password": {ownerPassword}}); made.status != http.StatusSeeOther {
		t.Fatalf("POST /setup: %d\n%s", made.status, made.body)
	}
	older := a.visitor(t, tlsAt, httpAt, false)
	in := older.post("/login", url.Values{"email": {ownerEmail}, "password": {ownerPassword}})
	if cookies := strings.Join(in.header.Values("Set-Cookie"), "\n"); in.status != http.StatusSeeOther || !regexp.MustCompile(`__Host-\S*session\S*=.*Secure`).MatchString(cookies) {
		t.Fatalf("POST /login: %d, cookies %q", in.status, cookies)
	}
	list := []*output{v.listen("/transactions"), older.listen("/transactions")}
	v.issue()
	for i, heard := range list {
		v.eventually("a stream tells of the code", func() bool { return strings.Contains(heard.String(), "event: fresh") })
		if i == 0 && strings.Contains(heard.String(), "HTTP/1.1") {
			t.Error("an answer of HTTP/1.1 within HTTP/2")
		}
	}

	// Keys are nowhere in the open, and the doctor knows the certificate.
	stdout, stderr, err := run(t, s.dir, env, "", "doctor")
	if until := first.NotAfter.UTC().Format("2006-01-02 15.04"); err != nil || !strings.Contains(stdout, until) {
		t.Errorf("doctor: %v, no %s in\n%s%s", err, until, stdout, stderr)
	}
	said := s.app.output.String()
	check(t, filepath.WalkDir(s.dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var content []byte
			content, err = os.ReadFile(path)
			said += string(content)
		}
		return err
	}))
	if leak := regexp.MustCompile(`PRIVATE KEY|UFJJVkFURS|QUklWQVRF|BSSVZBVE`).FindString(said); leak != "" || !strings.Contains(said, "/dir/"+bareHost) {
		t.Errorf("a key lies open: %q", leak)
	}

	// Started again it has the certificate, without the authority; who calls
	// meanwhile waits.
	a.end()
	s.app.stop()
	waiting := make(chan error, 1)
	go func() {
		again, err := a.leaf(t, tlsAt, bareHost)
		if err == nil && !again.Equal(first) {
			err = x509.CertificateInvalidError{Cert: again, Detail: "another certificate"}
		}
		waiting <- err
	}()
	s.startOn(env, sockets...)
	if err := <-waiting; err != nil {
		t.Errorf("over a restart: %v", err)
	}
	if page := a.visitor(t, tlsAt, httpAt, true).get("/healthz"); page.status != http.StatusOK {
		t.Errorf("after it: %d", page.status)
	}
}

// TestACertificateByHTTP falls back to http-01 when port 443 is not reached, says
// what failed, and renews at two thirds of the time; and says it when http-01
// fails too.
func TestACertificateByHTTP(t *testing.T) {
	t.Parallel()
	tlsAt, httpAt := freeAddress(t), freeAddress(t)
	a := startAuthority(t, httpAt, "127.0.0.1:1", 12*time.Second)
	s := bareShop(t)
	s.app = start(t, s.dir, a.env(s, tlsAt, httpAt), "serve")
	s.app.waitFor(anyLink)
	v := a.visitor(t, tlsAt, httpAt, true)
	if page := v.get("/healthz"); page.status != http.StatusOK {
		t.Errorf("GET /healthz: %d", page.status)
	}
	first, err := a.leaf(t, tlsAt, bareHost)
	check(t, err)
	for deadline := time.Now().Add(3 * patience); ; time.Sleep(100 * time.Millisecond) {
		if second, err := a.leaf(t, tlsAt, bareHost); err == nil && !second.Equal(first) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not renewed")
		}
	}
	s.app.waitFor(regexp.MustCompile(`level=WARN .*challenge=tls-alpn-01 detail="Failed to connect`))
	s.app.stop()

	other := bareShop(t)
	tlsAt = freeAddress(t)
	other.app = start(t, other.dir, a.env(other, tlsAt, freeAddress(t)), "serve")
	other.app.waitFor(regexp.MustCompile(`level=WARN .*challenge=http-01 detail=.*connection refused`))
	other.app.waitFor(regexp.MustCompile(`level=ERROR msg="no certificate was issued.*\n`))
	if leaf, err := a.leaf(t, tlsAt, bareHost); err == nil {
		t.Errorf("it shows %v", leaf.Subject)
	}
}
