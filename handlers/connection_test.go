package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// TestCredentials are kept only when DOKU knows them, never shown, and nowhere
// readable.
func TestCredentials(t *testing.T) {
	s := newShop(t)
	rewired := 0
	s.Rewire = func() { rewired++ }
	v := s.member("ibu", payments.Owner)
	form := url.Values{"environment": {"production"}, "client_id": {clientID}, "secret_key": {"SK-wrong"}, "prefix": {"190060"}}
	for change, field := range map[[2]string]string{
		{"secret_key", "SK-wrong"}: "", {"secret_key", ""}: "secret_key", {"client_id", ""}: "client_id", {"client_id", "a b"}: "client_id", {"prefix", "12a"}: "prefix",
		{"client_id", "BRN-other"}: "",
	} {
		f := url.Values{}
		for name, values := range form {
			f[name] = values
		}
		f.Set(change[0], change[1])
		a := v.post("/settings/doku/credentials", f)
		if a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "SK-wrong") {
			t.Errorf("%v: %d", change, a.status)
		}
		if field != "" && !strings.Contains(a.body, `id="f-`+field+`-production-error"`) || field == "" && !strings.Contains(a.body, "DOKU menolak") {
			t.Errorf("%v is not told: %.0s", change, a.body)
		}
	}
	if saved := must(s.Store.Credentials(t.Context(), payments.Production)); saved.Set() || rewired != 0 {
		t.Fatalf("refused ones were kept: %v", saved.ClientID)
	}
	form.Set("secret_key", secretKey)
	if a := v.post("/settings/doku/credentials", form); a.status != http.StatusSeeOther || rewired != 1 {
		t.Fatalf("right ones: %v", a)
	}
	want := payments.Credentials{ClientID: clientID, SecretKey: secretKey, Prefix: "190060"}
	if saved := must(s.Store.Credentials(t.Context(), payments.Production)); saved != want {
		t.Errorf("saved %+v", saved)
	}
	if saved := must(s.Store.Credentials(t.Context(), payments.Sandbox)); saved.Set() {
		t.Error("they are the sandbox's too")
	}
	if page := v.get("/settings/doku"); strings.Contains(page.body, secretKey) || !strings.Contains(page.body, clientID) {
		t.Error("the page shows the key, or does not show the id")
	}
	// A new BIN with the key left as it is; then the key is rolled by one that
	// the simulator does not know, which is refused and changes nothing.
	form.Set("secret_key", "")
	form.Set("prefix", "190061")
	v.post("/settings/doku/credentials", form)
	want.Prefix = "190061"
	form.Set("secret_key", "SK-next")
	v.post("/settings/doku/credentials", form)
	if saved := must(s.Store.Credentials(t.Context(), payments.Production)); saved != want {
		t.Errorf("afterwards %+v", saved)
	}
	told := 0
	for _, e := range must(s.Store.EventsAfter(t.Context(), 0, 100)) {
		for _, value := range e.Detail {
			if strings.Contains(value, secretKey) || strings.Contains(value, "SK-") {
				t.Errorf("event %s tells a key", e.Kind)
			}
		}
		if e.Kind == db.EventCredentials {
			told++
		}
	}
	if told != 2 {
		t.Errorf("the log tells of %d changes, want 2", told)
	}
	if page := v.get("/audit"); !strings.Contains(page.body, "Kredensial DOKU") || strings.Contains(page.body, secretKey) {
		t.Error("the audit does not tell it in words")
	}
	if _, err := s.Store.Backup(t.Context(), s.Key, t.TempDir()+"/copy"); err != nil {
		t.Fatal(err)
	}
	for _, ending := range []string{"", "-wal"} {
		if b := must(os.ReadFile(s.file + ending)); strings.Contains(string(b), secretKey) {
			t.Errorf("the database%s holds the key in plain", ending)
		}
	}
	v.post("/settings/doku/forget", url.Values{"environment": {"production"}, "which": {"all"}})
	if saved := must(s.Store.Credentials(t.Context(), payments.Production)); saved.Set() {
		t.Error("they were not forgotten")
	}
}

// TestCredentialsOfAnotherKey cannot be opened, and are entered anew.
func TestCredentialsOfAnotherKey(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	if err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ('doku_credentials_sandbox', 'c2VhbGVkIHdpdGggYW5vdGhlciBrZXkgYWx0b2dldGhlcg==')`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.Credentials(t.Context(), payments.Sandbox); !errors.Is(err, db.ErrSealed) {
		t.Errorf("opening: %v", err)
	}
	if page := v.get("/settings/doku"); page.status != http.StatusOK || !strings.Contains(page.body, "tidak bisa dibuka dengan kunci ini") {
		t.Errorf("the page: %d", page.status)
	}
	if a := v.post("/settings/doku/forget", url.Values{"environment": {"sandbox"}, "which": {"previous"}}); a.status != http.StatusSeeOther {
		t.Errorf("forgetting the key before: %d", a.status)
	}
	if a := v.post("/settings/doku/forget", url.Values{"environment": {"sandbox"}, "which": {"all", "previous"}}); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, errEnvironment.in(views.Indonesian)) {
		t.Errorf("a field twice is told as a wrong environment: %d", a.status)
	}
	if a := v.post("/settings/doku/credentials", url.Values{"environment": {"sandbox"}, "client_id": {clientID}, "secret_key": {secretKey}}); a.status != http.StatusSeeOther {
		t.Fatalf("anew: %d", a.status)
	}
	if c := must(s.Store.Credentials(t.Context(), payments.Sandbox)); c.SecretKey != secretKey {
		t.Error("they were not replaced")
	}
}

// TestARolledKey keeps the one before, until it is forgotten.
func TestARolledKey(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	at := s.Now()
	old := payments.Credentials{ClientID: clientID, SecretKey: "SK-before"}
	if err := s.Store.SetCredentials(t.Context(), payments.Sandbox, old, payments.ActorShell, at); err != nil {
		t.Fatal(err)
	}
	v.post("/settings/doku/credentials", url.Values{"environment": {"sandbox"}, "client_id": {clientID}, "secret_key": {secretKey}})
	if now := must(s.Store.Credentials(t.Context(), payments.Sandbox)); now.SecretKey != secretKey || now.PreviousKey != "SK-before" {
		t.Fatalf("after the roll: %+v", now)
	}
	for _, which := range []string{"", "prev", "ALL"} {
		a := v.post("/settings/doku/forget", url.Values{"environment": {"sandbox"}, "which": {which}})
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Tidak jelas apa yang mau dilupakan") {
			t.Errorf("forgetting %q: %d", which, a.status)
		}
	}
	if now := must(s.Store.Credentials(t.Context(), payments.Sandbox)); now.PreviousKey != "SK-before" {
		t.Fatalf("after what is no choice: %+v", now)
	}
	v.post("/settings/doku/forget", url.Values{"environment": {"sandbox"}, "which": {"previous"}})
	if now := must(s.Store.Credentials(t.Context(), payments.Sandbox)); now.SecretKey != secretKey || now.PreviousKey != "" {
		t.Errorf("after forgetting: %+v", now)
	}
}

// TestSelfTest sees its own callbacks arrive, leaves no trace of them, and names
// what a proxy does to them.
func TestSelfTest(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	a := v.post("/settings/doku/callbacks", nil)
	if n := strings.Count(a.body, `data-ok="true"`); a.status != http.StatusOK || n < 4 || strings.Contains(a.body, `data-ok="false"`) {
		t.Fatalf("%d fine: %v", n, a)
	}
	if marks := must(s.Store.Marks(t.Context())); marks[markCallbacks+"sandbox"].IsZero() {
		t.Error("it was not marked")
	}
	if kept, _, err := s.Store.Exchanges(t.Context(), db.ExchangeFilter{Limit: 10}); len(kept) != 0 || err != nil {
		t.Errorf("%d exchanges of probes are kept, %v", len(kept), err)
	}
	// A probe that nobody here sent is a callback like any other.
	r := must(s.Service.Probe(t.Context(), []byte("another key"), s.home+"/doku/notifications", "/doku/notifications"))
	if a := must(http.DefaultClient.Do(r)); a.Header.Get("Content-Type") == "application/json" {
		t.Error("a stranger's probe is answered")
	}

	for name, c := range map[string]struct {
		proxy http.HandlerFunc
		want  string
	}{
		"another path": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "jalurnya tidak ditemukan"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://x.example/", http.StatusMovedPermanently)
		}, "dialihkan ke"},
		"a parking page":      {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("welcome")) }, "bukan aplikasi ini"},
		"an app that is down": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, "tidak bisa mencapai aplikasi"},
		"another body": {func(w http.ResponseWriter, r *http.Request) {
			again := must(http.NewRequest("POST", s.home+r.URL.Path, strings.NewReader(`{"order":{"amount":10000}}`)))
			again.Header = r.Header
			pass(w, again)
		}, "proxy mengubah isi"},
		"a header less": {func(w http.ResponseWriter, r *http.Request) {
			again := must(http.NewRequest("POST", s.home+r.URL.Path, r.Body))
			again.Header = r.Header
			again.Header.Del("Signature")
			pass(w, again)
		}, "proxy mengubah isi"},
	} {
		proxy := newServer(t, c.proxy)
		s.PublicURL = must(url.Parse(proxy))
		found := s.testCallbacks(t.Context())
		said := ""
		for _, f := range found {
			if !f.ok {
				said += f.id + "\n"
			}
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: it says %q", name, said)
		}
	}
	s.PublicURL = must(url.Parse("http://127.0.0.1:1"))
	if found := s.testCallbacks(t.Context()); !strings.Contains(found[len(found)-2].id, "tidak ada yang mendengarkan") {
		t.Errorf("nothing there: %v", found)
	}
	s.PublicURL = must(url.Parse("http://no-such-shop.invalid"))
	if found := s.testCallbacks(t.Context()); !strings.Contains(found[0].id, "DNS") || found[0].ok {
		t.Errorf("no name: %v", found)
	}
	s.PublicURL = must(url.Parse(strings.Replace(s.home, "http://", "https://", 1)))
	if found := s.testCallbacks(t.Context()); !strings.Contains(found[2].id, "TLS") || found[2].ok {
		t.Errorf("no https there: %v", found)
	}
}

// TestSelfTestOfABareServer finds nothing to mend where the app speaks TLS itself,
// though it calls from an address of its own network.
func TestSelfTestOfABareServer(t *testing.T) {
	s := newShop(t)
	home, client := s.overTLS()
	usual := http.DefaultTransport
	http.DefaultTransport = client.Transport
	defer func() { http.DefaultTransport = usual }()
	s.PublicURL = must(url.Parse(home))
	wrong := func() (said string) {
		for _, f := range s.testCallbacks(t.Context()) {
			if !f.ok {
				said += f.id + "\n"
			}
		}
		return said
	}
	if said := wrong(); !strings.Contains(said, "KODEBAYAR_TRUSTED_PROXIES") {
		t.Errorf("as if behind a proxy: %q", said)
	}
	s.Certificate = "127.0.0.1"
	if said := wrong(); said != "" {
		t.Errorf("bare: %q", said)
	}
}

// TestFirstRun stays on the owner's counter until all is green, and production
// waits for it; nobody else sees it.
func TestFirstRun(t *testing.T) {
	s := newShop(t)
	ibu, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	if !strings.Contains(ibu.get("/").body, `id="checklist"`) || strings.Contains(sari.get("/").body, `id="checklist"`) {
		t.Fatal("the checklist is not the owner's alone")
	}
	ibu.issue() // it stops nobody
	unfolded := func() bool { return strings.Contains(ibu.get("/").body, `id="checklist" open`) }
	if !unfolded() {
		t.Error("nothing is sold yet, and it is folded away")
	}
	sari.sold()
	if unfolded() {
		t.Error("the shop sells, and it is still unfolded")
	}
	on := url.Values{"environment": {"production"}}
	if a := ibu.post("/settings/doku/environment", on); a.status != http.StatusUnprocessableEntity {
		t.Fatalf("production at once: %d", a.status)
	}
	ibu.post("/settings", saved("shop", "Toko Melati", "whatsapp", "081234567890"))
	for _, env := range []string{"sandbox", "production"} {
		if a := ibu.post("/settings/doku/credentials", url.Values{"environment": {env}, "client_id": {clientID}, "secret_key": {secretKey}}); a.status != http.StatusSeeOther {
			t.Fatalf("credentials: %v", a.status)
		}
	}
	ibu.post("/settings/doku/callbacks", nil)
	s.Rehearse = func(context.Context) error { return errors.New("no") }
	ibu.post("/settings/doku/rehearsal", nil)
	if a := ibu.post("/settings/doku/environment", on); a.status != http.StatusUnprocessableEntity || !strings.Contains(ibu.get("/settings/doku").body, "Uji coba di simulator") {
		t.Fatalf("without the rehearsal: %d", a.status)
	}
	s.Rehearse = func(context.Context) error { return nil }
	ibu.post("/settings/doku/rehearsal", nil)
	if a := ibu.post("/settings/doku/environment", on); a.status != http.StatusUnprocessableEntity {
		t.Fatalf("without a backup: %d", a.status)
	}
	if _, err := s.Shelf.Make(t.Context(), payments.ActorShell); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(ibu.get("/").body, `id="checklist"`) {
		t.Errorf("all is green, and it is still there")
	}
	if a := ibu.post("/settings/doku/environment", on); a.status != http.StatusSeeOther {
		t.Errorf("production: %v", a.status)
	}
	if env := must(s.Store.Environment(t.Context())); env != payments.Production {
		t.Errorf("the environment is %q", env)
	}
	s.Fixed = map[string]string{"environment": "DOKU_ENVIRONMENT", "credentials": "DOKU_CLIENT_ID"}
	if a := ibu.post("/settings/doku/environment", url.Values{"environment": {"sandbox"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "DOKU_ENVIRONMENT") {
		t.Errorf("against the environment: %d", a.status)
	}
	if a := ibu.post("/settings/doku/credentials", url.Values{"environment": {"sandbox"}, "client_id": {clientID}, "secret_key": {secretKey}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("credentials against the environment: %d", a.status)
	}
}

// pass hands a request on and its answer back.
func pass(w http.ResponseWriter, r *http.Request) {
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer a.Body.Close()
	w.WriteHeader(a.StatusCode)
	_, _ = io.Copy(w, a.Body)
}

func newServer(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
