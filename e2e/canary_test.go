package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// A canary is a secret that must be found nowhere but where it belongs.
type canary struct {
	name, value string
	// pages: it belongs on a page too, once.
	pages bool
	// printed: the program prints it at its first start.
	printed bool
	// short: it may be a part of something longer by chance.
	short bool
}

// in says that the secret stands in there, however it is spelled.
func (c canary) in(content []byte) bool {
	spellings := c.spellings()
	if c.short { // as it is, it has to stand alone
		if regexp.MustCompile(`(^|[^0-9A-Za-z.])` + c.value + `([^0-9A-Za-z.]|$)`).Match(content) {
			return true
		}
		spellings = spellings[2:]
	}
	return slices.ContainsFunc(spellings, func(s string) bool { return bytes.Contains(content, []byte(s)) })
}

// spellings are the ways a secret may be written.
func (c canary) spellings() []string {
	return []string{
		c.value, url.QueryEscape(c.value), hex.EncodeToString([]byte(c.value)),
		base64.StdEncoding.EncodeToString([]byte(c.value)), base64.RawURLEncoding.EncodeToString([]byte(c.value)),
	}
}

// A haystack is something that leaves the program or stays on its disk.
type haystack struct {
	name    string
	content []byte
	page    bool // shown to somebody who is signed in
	printed bool // by the program
}

// TestNoSecretGetsOut plants secrets of every kind, uses them, and looks for them
// in everything: pages, files to download, exchanges, errors, logs, metrics, the
// database, its backups, and what the commands print.
func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	const (
		previous = "SK-canary-previous-key"
		wrongKey = "SK-canary-wrong-key"
		typo     = "kenari salah ketik"
		renewed  = "kenari kata sandi baru"
		pin      = "018427" // no number is printed like that
		wrongPIN = "027418"
	)
	key := base64.StdEncoding.EncodeToString([]byte("canary key of thirty-two bytes!!"))
	keyBefore := base64.StdEncoding.EncodeToString([]byte("canary key that was here before!"))
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.database = filepath.Join(s.dir, "shop.db")
	s.startSimulator()
	metrics := freeAddress(t)
	env := append(s.env(), "KODEBAYAR_KEY="+key, "KODEBAYAR_KEY_PREVIOUS="+keyBefore, "DOKU_SECRET_KEY_PREVIOUS="+previous, "KODEBAYAR_METRICS_ADDR="+metrics, "KODEBAYAR_LOG=json")
	s.app = start(t, s.dir, env, "serve")
	s.app.waitFor(anyLink)
	setup := strings.TrimPrefix(s.setupPath(), "/setup?token=")
	owner := s.owner()
	canaries := []canary{
		{name: "secret key", value: secretKey},
		{name: "previous key", value: previous},
		{name: "refused key", value: wrongKey},
		{name: "KODEBAYAR_KEY", value: key},
		{name: "KODEBAYAR_KEY_PREVIOUS", value: keyBefore},
		{name: "its bytes", value: "canary key of thirty-two bytes!!"},
		{name: "owner's password", value: ownerPassword},
		{name: "staff's password", value: staffPassword},
		{name: "a typo in a password", value: typo},
		{name: "a new password", value: renewed},
		{name: "set-up token", value: setup, printed: true},
		{name: "PIN", value: pin, short: true},
		{name: "wrong PIN", value: wrongPIN, short: true},
	}
	plant := func(name, value string, pages bool) {
		t.Helper()
		if len(value) < 8 {
			t.Fatalf("%s is %q", name, value)
		}
		canaries = append(canaries, canary{name: name, value: value, pages: pages})
	}
	session := func(name string, v *visitor) {
		for _, c := range v.cookies() {
			if strings.Contains(c.Name, "session") {
				plant(name, c.Value, false)
			}
		}
	}
	session("owner's session", owner)

	// Keys: refused, and sealed with the program stopped from using the
	// environment's for a moment.
	owner.post("/settings/doku/credentials", url.Values{"environment": {"production"}, "client_id": {clientID}, "secret_key": {wrongKey}})
	said := []*program{s.app}
	s.app.stop()
	s.app = start(t, s.dir, without(env, "DOKU_CLIENT_ID", "DOKU_SECRET_KEY", "DOKU_SECRET_KEY_PREVIOUS"), "serve")
	said = append(said, s.app)
	s.app.waitFor(anyLink)
	owner = s.signIn(ownerEmail, ownerPassword)
	owner.post("/settings/doku/credentials", url.Values{"environment": {"production"}, "client_id": {clientID}, "secret_key": {wrongKey}})
	if kept := owner.post("/settings/doku/credentials", url.Values{"environment": {"production"}, "client_id": {clientID}, "secret_key": {secretKey}}); kept.status != http.StatusSeeOther {
		t.Fatalf("keys that DOKU knows: %d", kept.status)
	}
	s.app.stop()
	s.app = start(t, s.dir, env, "serve")
	said = append(said, s.app)
	s.app.waitFor(anyLink)
	owner = s.signIn(ownerEmail, ownerPassword)
	session("owner's second session", owner)

	// People.
	newVisitor(t, s.home).post("/login", url.Values{"email": {ownerEmail}, "password": {typo}})
	newVisitor(t, s.home).post("/login?password="+url.QueryEscape(typo), url.Values{"email": {typo}, "password": {typo}})
	sari := s.employ("Sari", "sari@example.com", "cashier")
	session("cashier's session", sari)
	invitation := owner.post("/staff/invites", url.Values{"name": {"Wati"}, "email": {"wati@example.com"}, "role": {"cashier"}}).location()
	invited := ""
	for _, button := range owner.get(invitation).having("data-copy") {
		invited = strings.TrimPrefix(button["data-copy"], s.home)
	}
	plant("invitation", strings.TrimPrefix(invited, "/invite/"), true)
	wati := newVisitor(t, s.home)
	if joined := wati.post(invited, url.Values{"name": {"Wati"}, "password": {renewed}}); joined.status != http.StatusSeeOther {
		t.Fatalf("joining: %d\n%s", joined.status, joined.body)
	}
	changed := sari.post("/account/password", url.Values{"old_password": {staffPassword}, "password": {renewed}})
	if changed.status != http.StatusSeeOther {
		t.Fatalf("a new password: %d", changed.status)
	}

	// A shared till, and one that waits for its device.
	dewi := s.employ("Dewi", "dewi@example.com", "cashier")
	if set := dewi.post("/account/pin", url.Values{"pin": {pin}, "pin_password": {staffPassword}}); set.status != http.StatusSeeOther {
		t.Fatalf("a PIN: %d", set.status)
	}
	till := s.enrol("Kasir depan")
	for _, c := range till.cookies() {
		if strings.Contains(c.Name, "till") {
			plant("till's token", c.Value, false)
		}
	}
	tile := ""
	for _, link := range till.get("/login").having("href") {
		if strings.HasPrefix(link["href"], "/login/pin?staff=") {
			tile = strings.TrimPrefix(link["href"], "/login/pin?staff=")
		}
	}
	till.post("/login/pin", url.Values{"staff": {tile}, "pin": {wrongPIN}})
	till.post("/login/pin?pin="+pin, url.Values{"staff": {tile}, "pin": {wrongPIN}, "x": {pin}})
	if come := till.post("/login/pin", url.Values{"staff": {tile}, "pin": {pin}}); come.status != http.StatusSeeOther {
		t.Fatalf("by PIN: %d", come.status)
	}
	session("a session by PIN", till)
	till.issueTo("Rini", "70000")
	waiting := owner.post("/tills/links", url.Values{"till_name": {"Tablet"}}).location()
	for _, button := range owner.get(waiting).having("data-copy") {
		plant("link of a till", strings.TrimPrefix(button["data-copy"], s.home+"/till/"), true)
	}

	// The second step.
	secret := ""
	for _, button := range owner.get("/account/totp").having("data-copy") {
		secret = button["data-copy"]
	}
	plant("authenticator's seed", secret, false)
	code, err := totp.GenerateCode(secret, time.Now())
	check(t, err)
	if on := owner.post("/account/totp", url.Values{"totp": {code}}); on.status != http.StatusSeeOther {
		t.Fatalf("the second step: %d", on.status)
	}
	for _, button := range owner.get("/account/codes").having("data-copy") {
		for i, code := range strings.Split(button["data-copy"], "\n") {
			if i < 3 {
				plant("recovery code", code, false)
			}
		}
	}
	other := newVisitor(t, s.home)
	other.post("/login", url.Values{"email": {ownerEmail}, "password": {ownerPassword}})
	other.post("/login", url.Values{"totp": {canaries[len(canaries)-1].value}})
	session("a session by recovery code", other)

	// Codes of all kinds, and DOKU in trouble.
	paid, open := sari.issueTo("Budi", "50000"), owner.issueTo("Siti", "60000")
	s.pay(sari.number(paid))
	sari.eventually("paid", func() bool { return sari.get(paid).marks()["data-status"] == "paid" })
	for _, fault := range []string{"error_500", "timeout", "bad_signature", "our_signature"} {
		_ = newVisitor(t, s.till).send(http.MethodPost, "/simulator/faults", `{"name": "`+fault+`", "on": true}`, http.Header{"Content-Type": {"application/json"}})
		owner.post(open+"/check", nil)
		_ = newVisitor(t, s.till).send(http.MethodPost, "/simulator/faults", `{"name": "`+fault+`", "on": false}`, http.Header{"Content-Type": {"application/json"}})
	}
	owner.post("/backups", nil)
	owner.post("/settings/doku/callbacks", nil)
	owner.post("/closings", nil)

	// Everything there is to see.
	var all []haystack
	look := func(name, content string) {
		all = append(all, haystack{name: name, content: []byte(content), page: true})
	}
	seen := map[string]bool{}
	for queue := []string{"/", "/transactions.csv", "/transactions.xlsx", "/reports.xlsx", "/audit.csv", "/nothing", "/codes/nothing", "/settings/doku"}; len(queue) > 0 && len(seen) < 260; queue = queue[1:] {
		page := owner.get(queue[0])
		look(queue[0], page.body)
		for _, link := range page.having("href") {
			u, err := url.Parse(link["href"])
			if err == nil && u.Host == "" && u.Path != "" && !seen[u.RequestURI()] && u.Path != "/account/totp" && u.Path != "/account/codes" {
				seen[u.RequestURI()] = true
				queue = append(queue, u.RequestURI())
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPost} {
		look(method+" /", owner.send(method, "/", "", nil).body)
	}
	look("metrics", newVisitor(t, "http://"+metrics).get("/metrics").body)
	copied := filepath.Join(s.dir, "copy.backup")
	for _, args := range [][]string{{"backup", copied}, {"doctor"}, {"staff", "list"}, {"serve", "--print-config"}, {"version"}} {
		out, errs, _ := run(t, s.dir, env, "", args...)
		look(strings.Join(args, " "), out+errs)
	}
	s.app.stop()
	for _, program := range said {
		all = append(all, haystack{name: "what the program said", content: []byte(program.output.String()), printed: true})
	}
	check(t, filepath.WalkDir(s.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "simulator.json") {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, haystack{name: path, content: content})
		return err
	}))
	if len(all) < 60 {
		t.Errorf("only %d things were looked at", len(all))
	}
	for _, h := range all {
		for _, content := range h.unpacked(t) {
			for _, c := range canaries {
				if c.pages && h.page || c.printed && h.printed {
					continue
				}
				if c.in(content) {
					t.Errorf("%s holds the %s", h.name, c.name)
				}
			}
		}
	}
}

// unpacked is the content, and what it packs when it is a workbook.
func (h haystack) unpacked(t *testing.T) [][]byte {
	t.Helper()
	parts := [][]byte{h.content}
	archive, err := zip.NewReader(bytes.NewReader(h.content), int64(len(h.content)))
	if err != nil {
		return parts
	}
	for _, file := range archive.File {
		r, err := file.Open()
		check(t, err)
		part, err := io.ReadAll(r)
		check(t, err)
		parts = append(parts, part)
	}
	return parts
}

// without is an environment less some of its variables.
func without(env []string, names ...string) []string {
	var rest []string
next:
	for _, setting := range env {
		for _, name := range names {
			if strings.HasPrefix(setting, name+"=") {
				continue next
			}
		}
		rest = append(rest, setting)
	}
	return rest
}
