package crash

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	ownerEmail    = "ratna@example.com"
	ownerPassword = "kopi-tubruk-pagi-7"
)

// A shop is a database, one or two instances of the app on it, and a simulated
// DOKU beside them that is never killed.
type shop struct {
	t         *testing.T
	dir       string
	database  string
	till      string // origin of the simulator
	instances []*instance
	client    *http.Client // signed in as the owner
}

// An instance is one app at an address that it keeps when it starts again.
type instance struct {
	home string
	*program
}

// openShop starts a shop with so many instances. The database is a file in dir
// or a postgres:// address.
func openShop(t *testing.T, dir, database string, instances int) *shop {
	t.Helper()
	jar, err := cookiejar.New(nil)
	check(t, err)
	s := &shop{
		t: t, dir: dir, database: database, till: "http://" + freeAddress(t),
		client: &http.Client{
			Jar: jar, Timeout: patience,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	t.Cleanup(s.client.CloseIdleConnections)
	for range instances {
		s.instances = append(s.instances, &instance{home: "http://" + freeAddress(t)})
	}
	if said, err := run(t, dir, s.env(s.instances[0]), ownerPassword+"\n",
		"staff", "add", "--email", ownerEmail, "--name", "Ratna", "--role", "owner", "--password-stdin"); err != nil {
		t.Fatalf("staff add: %v: %s", err, said)
	}
	// DOKU tries again after 30 minutes, 6 hours and 12 hours: here after 0.5,
	// 6 and 12 seconds.
	start(t, dir, s.env(s.instances[0]), "simulator", "--speed", "3600", "--state", filepath.Join(dir, "simulator.json"))
	for _, each := range s.instances {
		s.start(each)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if _, err := s.send(http.MethodGet, s.till+"/simulator/urls", "", nil); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("the simulator does not answer: %v", err)
		}
	}
	a, err := s.post(s.instances[0].home+"/login", url.Values{"email": {ownerEmail}, "password": {ownerPassword}})
	check(t, err)
	if a.status != http.StatusSeeOther {
		t.Fatalf("POST /login answers %d:\n%s", a.status, a.body)
	}
	return s
}

func (s *shop) env(i *instance) []string {
	database := s.database
	env := []string{
		"KODEBAYAR_ADDR=" + host(i.home), "KODEBAYAR_URL=" + i.home,
		"KODEBAYAR_SIMULATOR_ADDR=" + host(s.till),
		"DOKU_BASE_URL=" + s.till, "DOKU_CLIENT_ID=" + clientID, "DOKU_SECRET_KEY=" + secretKey,
	}
	if s.onPostgres() {
		env = append(env, "KODEBAYAR_KEY="+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	}
	return append(env, "KODEBAYAR_DATABASE="+database)
}

func (s *shop) onPostgres() bool { return strings.HasPrefix(s.database, "postgres://") }

// launch starts an instance without waiting for it.
func (s *shop) launch(i *instance) {
	s.t.Helper()
	i.program = start(s.t, s.dir, s.env(i), "serve")
}

// start starts an instance and waits until it answers.
func (s *shop) start(i *instance) {
	s.t.Helper()
	s.launch(i)
	s.ready(i)
}

func (s *shop) ready(i *instance) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if a, err := s.send(http.MethodGet, i.home+"/readyz", "", nil); err == nil && a.status == http.StatusOK {
			return
		}
		if !i.alive() {
			s.t.Fatalf("the app did not start:\n%s", i.said.String())
		}
	}
	s.t.Fatal("the app does not become ready")
}

// alive are the instances that run.
func (s *shop) alive() []*instance {
	var running []*instance
	for _, each := range s.instances {
		if each.alive() {
			running = append(running, each)
		}
	}
	return running
}

// any picks an instance that ought to run.
func (s *shop) any(dice *rand.Rand) *instance { return s.instances[dice.IntN(len(s.instances))] }

// An answer is what came back; status 0 is none.
type answer struct {
	status int
	header http.Header
	body   string
}

func (s *shop) post(link string, form url.Values) (answer, error) {
	return s.send(http.MethodPost, link, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (s *shop) send(method, link, body string, header http.Header) (answer, error) {
	r, err := http.NewRequest(method, link, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name, values := range header {
		r.Header[name] = values
	}
	return s.do(r)
}

func (s *shop) do(r *http.Request) (answer, error) {
	response, err := s.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	// A status line is an answer, even when the rest of it was cut off.
	return answer{response.StatusCode, response.Header, string(body)}, err
}

// machine calls a form of the simulator that is made for tests, and reads its
// answer into out unless that is nil.
func (s *shop) machine(method, path string, what, out any) error {
	var body []byte
	if what != nil {
		var err error
		if body, err = json.Marshal(what); err != nil {
			return err
		}
	}
	a, err := s.send(method, s.till+path, string(body), http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		return err
	}
	if a.status >= 300 {
		return fmt.Errorf("%s answers %d: %s: %w", path, a.status, a.body, errRefused)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal([]byte(a.body), out)
}

var errRefused = errors.New("refused")

// eventually waits for what happens by itself.
func eventually(ctx context.Context, limit time.Duration, happened func() bool) bool {
	for deadline := time.Now().Add(limit); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// freeAddress is one that nobody listens at, below the ports that systems give
// to callers: somebody who asks again and again whether the app is back could
// otherwise be given its very port, and find himself.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := "127.0.0.1:" + strconv.Itoa(12000+rand.IntN(18000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no free address")
	return ""
}

func host(origin string) string { return strings.TrimPrefix(origin, "http://") }

// folder is a temporary one that stays when the test fails, to be looked at.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kodebayar-crash-shop-")
	check(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("kept to be looked at: %s", dir)
			return
		}
		os.RemoveAll(dir)
	})
	return dir
}
