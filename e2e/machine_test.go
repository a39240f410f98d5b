package e2e

import (
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHealth answers machines before anybody has set anything up.
func TestHealth(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if answer := newVisitor(t, shop.home).get(path); answer.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", path, answer.status, answer.body)
		}
	}
}

// TestStopsWithOpenStreams ends the program while staff and customers listen.
func TestStopsWithOpenStreams(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	link := owner.customerLink(owner.issue())
	for range 5 {
		owner.listen("/transactions")
		newVisitor(t, shop.home).listen(link)
	}
	shop.app.stop() // expects an end within two seconds
}

// TestRestartKeepsTheSession stops the program and starts it again on what it
// left behind: who was signed in still is, and what was sold is still there.
func TestRestartKeepsTheSession(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	path := owner.issue()
	before := owner.get(path).marks()
	shop.restart()
	answer := owner.get(path)
	if answer.status != http.StatusOK || answer.marks()["data-payment-code"] != before["data-payment-code"] {
		t.Fatalf("after a restart %s answers %d: %v", path, answer.status, answer.marks())
	}
	if strings.Contains(shop.app.printed(), "/setup?token=") {
		t.Error("a set-up link is printed although there is an owner")
	}
	owner.issue()
}

// TestASlowStartIsTold: while the database cannot be opened yet, here because
// somebody else writes to it, the log says what may be going on.
func TestASlowStartIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "kodebayar.db")+"?_pragma=journal_mode(WAL)&_txlock=immediate")
	check(t, err)
	defer pool.Close()
	other, err := pool.Begin()
	check(t, err)
	defer other.Rollback()
	app := start(t, dir, []string{"KODEBAYAR_ADDR=127.0.0.1:0"}, "serve")
	app.waitFor(regexp.MustCompile(`the database is not open yet: it may be locked`))
	check(t, other.Rollback())
	app.waitFor(regexp.MustCompile(`App +http`))
}

// TestSetupLinkDies shows that the link works once.
func TestSetupLinkDies(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	link := shop.setupPath()
	stranger := newVisitor(t, shop.home)
	for _, wrong := range []string{"/setup", "/setup?token=", "/setup?token=wrong"} {
		if answer := stranger.get(wrong); answer.status == http.StatusOK {
			t.Errorf("GET %s shows the set-up", wrong)
		}
	}
	form := url.Values{"shop": {"Toko Maling"}, "name": {"Maling"}, "email": {"maling@example.com"}, "password": {"gembok-patah-subuh-1"}, "token": {"wrong"}}
	if answer := stranger.post("/setup", form); answer.status == http.StatusSeeOther && !strings.Contains(answer.location(), "login") {
		t.Errorf("POST /setup with a wrong token: status %d to %q", answer.status, answer.location())
	}
	for field, value := range map[string]string{"email": "ratna", "password": "short", "name": "", "shop": ""} {
		mistake := url.Values{"shop": {shopName}, "name": {ownerName}, "email": {ownerEmail}, "password": {ownerPassword}, "token": {strings.TrimPrefix(link, "/setup?token=")}}
		mistake.Set(field, value)
		if answer := stranger.post("/setup", mistake); answer.status != http.StatusUnprocessableEntity {
			t.Errorf("set-up with %s=%q: status %d, want 422", field, value, answer.status)
		}
	}
	shop.owner()
	form.Set("token", strings.TrimPrefix(link, "/setup?token="))
	if answer := stranger.post("/setup", form); answer.status == http.StatusOK || answer.status == http.StatusSeeOther && !strings.HasPrefix(answer.location(), "/login") {
		t.Errorf("POST /setup a second time: status %d to %q", answer.status, answer.location())
	}
	if answer := stranger.get(link); answer.status == http.StatusOK {
		t.Error("the set-up link still shows the set-up")
	}
	if answer := stranger.post("/login", url.Values{"email": {"maling@example.com"}, "password": {"gembok-patah-subuh-1"}}); answer.status == http.StatusSeeOther {
		t.Error("a second owner made by the dead link signs in")
	}
}

// TestDokuGone issues a code while DOKU cannot be reached: nobody knows the
// outcome, the page says so, and pressing again makes no second code.
func TestDokuGone(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	shop.simulator.stop()
	form := owner.codeForm()
	made := owner.post("/codes", form)
	if made.status != http.StatusSeeOther {
		t.Fatalf("POST /codes answers %d", made.status)
	}
	page := owner.get(made.location())
	if page.status != http.StatusOK || page.marks()["data-status"] != "unknown" {
		t.Errorf("status %d, code %v", page.status, page.marks())
	}
	if !strings.Contains(page.body, "Belum ada kepastian dari DOKU") {
		t.Errorf("the page does not say that there is no certainty:\n%s", page.body)
	}
	if again := owner.post("/codes", form); again.location() != made.location() {
		t.Errorf("pressed again: status %d to %q, want %q", again.status, again.location(), made.location())
	}
	shop.startSimulator()
	owner.eventually("the code is active after DOKU is back", func() bool {
		return owner.get(made.location()).marks()["data-status"] == "active"
	})
	if rows := owner.get("/transactions").having("data-status"); len(rows) != 1 {
		t.Errorf("there are %d codes, want one: %v", len(rows), rows)
	}
}

// TestSettings reads the settings from the command line.
func TestSettings(t *testing.T) {
	t.Parallel()
	env := []string{"DOKU_CLIENT_ID=" + clientID, "DOKU_SECRET_KEY=" + secretKey, "DOKU_SECRET_KEY_PREVIOUS=" + secretKey + "-old", "KODEBAYAR_ADDR=127.0.0.1:0"}
	stdout, stderr, err := run(t, t.TempDir(), env, "", "serve", "--print-config")
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if !strings.Contains(stdout, clientID) || strings.Contains(stdout+stderr, secretKey) {
		t.Errorf("--print-config:\n%s%s", stdout, stderr)
	}

	// The same secret out of a file.
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(secretKey+"\n"), 0o600))
	stdout, stderr, err = run(t, dir, []string{"DOKU_CLIENT_ID=" + clientID, "DOKU_SECRET_KEY_FILE=" + filepath.Join(dir, "secret")}, "", "serve", "--print-config")
	if err != nil || strings.Contains(stdout+stderr, secretKey) {
		t.Errorf("with a file: %v\n%s%s", err, stdout, stderr)
	}

	// The address of PostgreSQL has a password in it.
	stdout, stderr, err = run(t, dir, []string{"KODEBAYAR_DATABASE=postgres://kasir:" + secretKey + "@127.0.0.1/toko", "KODEBAYAR_KEY=" + strings.Repeat("A", 43) + "="}, "", "serve", "--print-config")
	if err != nil || strings.Contains(stdout+stderr, secretKey) || !regexp.MustCompile(`KODEBAYAR_DATABASE +\*{8}\n`).MatchString(stdout) {
		t.Errorf("with PostgreSQL: %v\n%s%s", err, stdout, stderr)
	}

	for _, wrong := range []string{
		"KODEBAYAR_ADDR=nowhere", "KODEBAYAR_URL=example.com", "KODEBAYAR_TIMEZONE=Asia/Nowhere", "DOKU_ENVIRONMENT=moon",
		"DOKU_BASE_URL=ftp://example.com", "KODEBAYAR_KEY=short", "DOKU_SECRET_KEY_FILE=/nowhere/secret", "KODEBAYAR_NOTIFICATION_PATH=no-slash",
		"KODEBAYAR_TRUSTED_PROXIES=everybody",
	} {
		dir := t.TempDir()
		stdout, stderr, err := run(t, dir, []string{"KODEBAYAR_ADDR=127.0.0.1:0", wrong}, "", "serve")
		name, _, _ := strings.Cut(wrong, "=")
		if err == nil || !strings.Contains(stderr, name) || strings.Contains(stderr, "goroutine ") {
			t.Errorf("%s: %v\n%s%s", wrong, err, stdout, stderr)
		}
	}
	// With a certificate of its own.
	for _, wrong := range []string{
		"KODEBAYAR_ACME_DIRECTORY=moon", "KODEBAYAR_ACME_DIRECTORY=http://acme.example/dir", "KODEBAYAR_HTTP_ADDR=nowhere",
		"KODEBAYAR_URL=", "KODEBAYAR_URL=http://bayar.example.id", "KODEBAYAR_URL=https://203.0.113.9", "KODEBAYAR_URL=https://[2001:db8::1]",
		"KODEBAYAR_URL=https://localhost", "KODEBAYAR_URL=https://bayar.example.id:8443", "KODEBAYAR_URL=https://Bayar.example.id", "KODEBAYAR_URL=https://warung-kopí.id",
	} {
		env := []string{"KODEBAYAR_ACME_DIRECTORY=letsencrypt", "KODEBAYAR_URL=https://bayar.example.id", wrong}
		_, stderr, err := run(t, t.TempDir(), env, "", "serve", "--print-config")
		name, _, _ := strings.Cut(wrong, "=")
		if err == nil || !strings.Contains(stderr, name+": ") {
			t.Errorf("%s: %v\n%s", wrong, err, stderr)
		}
	}
	stdout, stderr, err = run(t, dir, []string{"KODEBAYAR_ACME_DIRECTORY=letsencrypt", "KODEBAYAR_URL=https://bayar.example.id"}, "", "serve", "--print-config")
	if err != nil || !regexp.MustCompile(`(?s)_ADDR +:443\n.*_DIRECTORY +https://\S+letsencrypt\.org/\S+\n.*HTTP_ADDR +:80\n`).MatchString(stdout) {
		t.Errorf("with a certificate of its own: %v\n%s%s", err, stdout, stderr)
	}
	if _, stderr, err := run(t, t.TempDir(), nil, "", "nonsense"); err == nil || stderr == "" {
		t.Errorf("an unknown command: %v %q", err, stderr)
	}
	if stdout, stderr, err := run(t, t.TempDir(), nil, "", "version"); err != nil || !regexp.MustCompile(`go1\.\d+`).MatchString(stdout) {
		t.Errorf("version: %v %q %q", err, stdout, stderr)
	}
	if stdout, _, err := run(t, t.TempDir(), nil, "", "--help"); err != nil || !strings.Contains(stdout, "serve") || !strings.Contains(stdout, "demo") {
		t.Errorf("--help: %v\n%s", err, stdout)
	}
}

// TestStaffFromAShell makes the first person where there is no database yet.
func TestStaffFromAShell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"KODEBAYAR_DATABASE=" + filepath.Join(dir, "new.db")}
	if _, stderr, err := run(t, dir, env, ownerPassword+"\n", "staff", "add", "--email", ownerEmail, "--name", ownerName, "--role", "owner", "--password-stdin"); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	stdout, stderr, err := run(t, dir, env, "", "staff", "list")
	if err != nil || !strings.Contains(stdout, ownerEmail) || !strings.Contains(stdout, "owner") {
		t.Errorf("staff list: %v\n%s%s", err, stdout, stderr)
	}
	for name, args := range map[string][]string{
		"twice":        {"--email", ownerEmail, "--name", "Ratna", "--role", "owner"},
		"unknown role": {"--email", "a@example.com", "--name", "A", "--role", "king"},
		"no e-mail":    {"--name", "A", "--role", "cashier"},
		"bad e-mail":   {"--email", "a", "--name", "A", "--role", "cashier"},
	} {
		if _, stderr, err := run(t, dir, env, ownerPassword+"\n", append(append([]string{"staff", "add"}, args...), "--password-stdin")...); err == nil || stderr == "" {
			t.Errorf("%s: no error: %q", name, stderr)
		}
	}
	for password, says := range map[string]string{"short": "8 characters", "password123": "guessed at once", "kodebayar-1": "names of the shop"} {
		for _, args := range [][]string{{"add", "--email", "b@example.com", "--name", "B", "--role", "cashier"}, {"reset", ownerEmail}} {
			_, stderr, err := run(t, dir, env, password+"\n", append(append([]string{"staff"}, args...), "--password-stdin")...)
			if err == nil || !strings.Contains(stderr, says) {
				t.Errorf("staff %s with %s: %v, says %q", args[0], password, err, stderr)
			}
		}
	}
}
