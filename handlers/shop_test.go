package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
	"kodebayar/payments/doku"
	"kodebayar/payments/simulator"
)

const (
	clientID  = "BRN-0000-TEST"
	secretKey = "SK-canary-0000000000000000"
	password  = "kata-sandi-rahasia"
)

// patience bounds what hangs and measures nothing.
const patience = 20 * time.Second

// shop is the app with its real routes, a real database, and a simulated DOKU
// and till on a socket of its own.
type shop struct {
	*Server
	t     *testing.T
	file  string
	home  string // origin of the app
	till  string // origin of the simulator
	ahead atomic.Int64
	log   *buffer
}

// buffer takes the log of many goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// eachShop runs a test on both engines.
func eachShop(t *testing.T, run func(t *testing.T, s *shop)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, newShop(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, openShop(t, dbtest.Postgres(t))) })
}

// newShop opens a shop without an owner. adjust may change the server before
// it starts.
func newShop(t *testing.T, adjust ...func(*Server)) *shop {
	t.Helper()
	return openShop(t, filepath.Join(t.TempDir(), "shop.db"), adjust...)
}

func openShop(t *testing.T, file string, adjust ...func(*Server)) *shop {
	t.Helper()
	s := &shop{t: t, file: file, log: &buffer{}}
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	quiet := slog.New(slog.DiscardHandler)

	var web http.Handler
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.ServeHTTP(w, r) }))
	s.home = app.URL
	sim, err := simulator.New(simulator.Config{
		ClientID: clientID, SecretKey: secretKey, Now: now, Logger: quiet,
		NotificationURL: app.URL + "/doku/notifications", InquiryURL: app.URL + "/doku/inquiries",
	})
	if err != nil {
		t.Fatal(err)
	}
	till := httptest.NewServer(sim.Handler())
	s.till = till.URL
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = sim.Run(ctx) })

	store, err := db.Open(ctx, file, dbtest.Key)
	if err != nil {
		t.Fatal(err)
	}
	service := (&payments.Service{
		Store: store, DOKU: &doku.Client{BaseURL: till.URL, ClientID: clientID, SecretKey: secretKey, Now: now},
		Verifier: doku.Verifier{ClientID: clientID, Keys: []string{secretKey}}, Environment: payments.Simulator,
		NotificationPath: "/doku/notifications", InquiryPath: "/doku/inquiries", Log: quiet, Now: now,
	}).Init()
	public, err := url.Parse(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Makassar")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SetZone(ctx, zone); err != nil {
		t.Fatal(err)
	}
	s.Server = &Server{
		Store: store, Service: service, Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: now, PublicURL: public, Zone: zone,
		NotificationPath: "/doku/notifications", InquiryPath: "/doku/inquiries", Key: dbtest.Key, Version: "v-test",
		DOKUAddress: func(payments.Environment) string { return till.URL }, Rehearse: func(context.Context) error { return nil },
		Shelf: &db.Shelf{DB: store, Key: dbtest.Key, Folder: filepath.Join(t.TempDir(), "backups"), Zone: zone, Now: now, Log: quiet},
	}
	s.tick = time.Hour // what has to happen at once must not wait for a tick
	for _, a := range adjust {
		a(s.Server)
	}
	web = s.Handler()
	t.Cleanup(func() {
		s.Shutdown()
		app.Close()
		cancel()
		till.Close()
		running.Wait()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		for _, secret := range []string{secretKey, password, SetupToken(dbtest.Key)} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("the log holds the secret %s", secret)
			}
		}
		if strings.Contains(s.log.String(), "panic") {
			t.Errorf("something panicked:\n%s", s.log)
		}
	})
	return s
}

// behind trusts the test's own address as a proxy, so that a visitor can come
// from anywhere by X-Forwarded-For.
func behind(s *Server) { s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} }

// hire adds a member and answers their id.
func (s *shop) hire(name string, role payments.Role) string {
	s.t.Helper()
	email := name + "@toko.id"
	if err := AddStaff(s.t.Context(), s.Store, payments.Staff{Email: email, Name: name, Role: role}, password); err != nil {
		s.t.Fatal(err)
	}
	m, err := s.Store.StaffByEmail(s.t.Context(), email)
	if err != nil {
		s.t.Fatal(err)
	}
	return m.ID
}

// member is a visitor who works here and is signed in.
func (s *shop) member(name string, role payments.Role) *visitor {
	s.t.Helper()
	s.hire(name, role)
	v := s.visitor()
	v.signIn(name)
	return v
}

// machine asks the simulator's machine interface.
func (s *shop) machine(path string, in any) (status int, answer string) {
	s.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.Post(s.till+path, "application/json", bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// buy pays a code at the till.
func (s *shop) buy(paymentCode string) {
	s.t.Helper()
	if status, answer := s.machine("/simulator/pay", map[string]any{"code": paymentCode, "agent": "ALFAMART", "store": "T001"}); status != http.StatusOK {
		s.t.Fatalf("the till answered %d: %s", status, answer)
	}
}

// fault switches a fault of the simulator on.
func (s *shop) fault(name string) {
	s.t.Helper()
	if status, answer := s.machine("/simulator/faults", map[string]any{"name": name, "on": true}); status != http.StatusOK {
		s.t.Fatalf("fault %s: %d %s", name, status, answer)
	}
}

// eventually waits for something that another goroutine brings about.
func (s *shop) eventually(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	s.t.Fatalf("never: %s", what)
}

// visitor is a browser reduced to HTTP: cookies, and no redirect followed
// unasked.
type visitor struct {
	s      *shop
	client *http.Client
	header http.Header // sent with every request
}

func (s *shop) visitor() *visitor {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &visitor{s: s, header: http.Header{}, client: &http.Client{
		Jar: jar, Transport: &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what the app answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func (v *visitor) request(method, path string, body io.Reader, header http.Header) *http.Request {
	v.s.t.Helper()
	r, err := http.NewRequestWithContext(v.s.t.Context(), method, v.s.home+path, body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	maps.Copy(r.Header, v.header)
	maps.Copy(r.Header, header)
	return r
}

func (v *visitor) send(method, path, body string, header http.Header) answer {
	v.s.t.Helper()
	ctx, cancel := context.WithTimeout(v.s.t.Context(), patience)
	defer cancel()
	res, err := v.client.Do(v.request(method, path, strings.NewReader(body), header).WithContext(ctx))
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(read)}
}

func (v *visitor) get(path string) answer { v.s.t.Helper(); return v.send("GET", path, "", nil) }

var formHeader = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

func (v *visitor) post(path string, form url.Values) answer {
	v.s.t.Helper()
	return v.send("POST", path, form.Encode(), formHeader)
}

func (v *visitor) tryPassword(email, password string) answer {
	v.s.t.Helper()
	return v.post("/login", url.Values{"email": {email}, "password": {password}})
}

func (v *visitor) signIn(name string) {
	v.s.t.Helper()
	if a := v.tryPassword(name+"@toko.id", password); a.status != http.StatusSeeOther {
		v.s.t.Fatalf("%s signs in: %d\n%s", name, a.status, a.body)
	}
}

// cookies copies the jar into another visitor: a thief, or a replay.
func (v *visitor) copy() *visitor {
	other := v.s.visitor()
	home, err := url.Parse(v.s.home)
	if err != nil {
		v.s.t.Fatal(err)
	}
	other.client.Jar.SetCookies(home, v.client.Jar.Cookies(home))
	return other
}

// codeForm is a filled form for a new code.
func (v *visitor) codeForm() url.Values {
	v.s.t.Helper()
	a := v.get("/codes/new")
	id := a.field("form_id")["value"]
	if a.status != http.StatusOK || id == "" {
		v.s.t.Fatalf("/codes/new: %d without a form_id", a.status)
	}
	return url.Values{"form_id": {id}, "amount": {"150.000"}, "customer_name": {"Budi Santoso"}, "mode": {"dgpc"}}
}

// issue makes a code and answers it as stored.
func (v *visitor) issue() payments.Code {
	v.s.t.Helper()
	return v.issueWith(v.codeForm())
}

func (v *visitor) issueWith(form url.Values) payments.Code {
	v.s.t.Helper()
	a := v.post("/codes", form)
	id, ok := strings.CutPrefix(a.header.Get("Location"), "/codes/")
	if a.status != http.StatusSeeOther || !ok {
		v.s.t.Fatalf("POST /codes: %d to %q\n%s", a.status, a.header.Get("Location"), a.body)
	}
	c, err := v.s.Store.Code(v.s.t.Context(), id)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return c
}

// elements lists the attributes of every element that has the attribute name;
// under "" stands the element's own name.
func (a answer) elements(name string) []map[string]string {
	var found []map[string]string
	tokens := html.NewTokenizer(strings.NewReader(a.body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			attributes := map[string]string{"": token.Data}
			for _, x := range token.Attr {
				attributes[x.Key] = x.Val
			}
			if _, has := attributes[name]; has {
				found = append(found, attributes)
			}
		}
	}
}

func (a answer) field(name string) map[string]string {
	for _, e := range a.elements("name") {
		if e["name"] == name {
			return e
		}
	}
	return nil
}

// mistake is the message tied to a field.
func (a answer) mistake(name string) string {
	if a.field(name)["aria-invalid"] != "true" && !strings.Contains(a.body, `id="f-`+name+`-error"`) {
		return ""
	}
	return a.textOf("f-" + name + "-error")
}

// textOf is the text inside the element with the id.
func (a answer) textOf(id string) string {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		return ""
	}
	var find func(*html.Node) *html.Node
	find = func(n *html.Node) *html.Node {
		if slices.ContainsFunc(n.Attr, func(x html.Attribute) bool { return x.Key == "id" && x.Val == id }) {
			return n
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if f := find(c); f != nil {
				return f
			}
		}
		return nil
	}
	var words []string
	var gather func(*html.Node)
	gather = func(n *html.Node) {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(n.Data)...)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			gather(c)
		}
	}
	if n := find(doc); n != nil {
		gather(n)
	}
	return strings.Join(words, " ")
}

// marks are the data- marks of a code's page or of the first row.
func (a answer) marks() map[string]string {
	if found := a.elements("data-status"); len(found) > 0 {
		return found[0]
	}
	return nil
}

// streamOf is the address of a page's stream.
func (a answer) streamOf() string {
	for _, name := range []string{"sse-connect", "data-events"} {
		if found := a.elements(name); len(found) > 0 {
			return found[0][name]
		}
	}
	return ""
}

func (a answer) String() string { return fmt.Sprintf("%d %v\n%s", a.status, a.header, a.body) }
