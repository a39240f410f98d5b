// Kodebayar takes DOKU payments at Alfamart, Alfamidi, Lawson and Dan+Dan for
// a small shop.
package main

import (
	"bufio"
	"cmp"
	"context"
	cryptorand "crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"
	_ "time/tzdata" // a phone-sized server may have no zones

	"github.com/alecthomas/kong"

	"kodebayar/db"
	"kodebayar/handlers"
	"kodebayar/payments"
	"kodebayar/payments/doku"
	"kodebayar/payments/simulator"
	"kodebayar/views"
)

// version and commit are set by the linker; see Makefile.
var version, commit = "development", ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kodebayar:", err)
		os.Exit(1)
	}
}

// settings come from a flag, else from the environment; a secret also from the
// file that NAME_FILE names.
type settings struct {
	Addr             string   `setting:"KODEBAYAR_ADDR" help:"Where to listen; port 0 takes a free one. 127.0.0.1:8080 when empty, with KODEBAYAR_ACME_DIRECTORY :443."`
	Database         string   `setting:"KODEBAYAR_DATABASE" default:"kodebayar.db" help:"A file, or postgres://…"`
	URL              string   `setting:"KODEBAYAR_URL" help:"Public address, as customers and DOKU see it. From the listening address when empty."`
	ACMEDirectory    string   `setting:"KODEBAYAR_ACME_DIRECTORY" name:"acme-directory" help:"Authority to have the certificate from: letsencrypt, or the address of its ACME directory, whose terms are accepted by this. Empty when a proxy in front speaks TLS."`
	HTTPAddr         string   `setting:"KODEBAYAR_HTTP_ADDR" name:"http-addr" help:"Where plain HTTP is led over to https, and the authority's challenges answered. With KODEBAYAR_ACME_DIRECTORY :80 when empty, else unused."`
	Key              string   `setting:"KODEBAYAR_KEY" secret:"" help:"Base64 of 32 bytes that encrypt secrets at rest. With SQLite a file beside the database holds it."`
	KeyPrevious      string   `setting:"KODEBAYAR_KEY_PREVIOUS" secret:"" help:"The key before, while a backup under it is restored: what it sealed is sealed anew."`
	Timezone         string   `setting:"KODEBAYAR_TIMEZONE" help:"The shop's zone. Asia/Jakarta when empty, unless the settings page says otherwise."`
	TrustedProxies   []string `setting:"KODEBAYAR_TRUSTED_PROXIES" help:"Networks whose forwarded headers are believed."`
	NotificationPath string   `setting:"KODEBAYAR_NOTIFICATION_PATH" default:"/doku/notifications" help:"Path of the Notification URL registered at DOKU."`
	InquiryPath      string   `setting:"KODEBAYAR_INQUIRY_PATH" default:"/doku/inquiries" help:"Path of the Inquiry URL registered at DOKU."`
	SimulatorAddr    string   `setting:"KODEBAYAR_SIMULATOR_ADDR" default:"127.0.0.1:8090" help:"Where the simulator listens."`
	Environment      string   `setting:"DOKU_ENVIRONMENT" help:"sandbox or production. sandbox when empty, unless the settings page says otherwise."`
	BaseURL          string   `setting:"DOKU_BASE_URL" help:"Another address of DOKU's API."`
	ClientID         string   `setting:"DOKU_CLIENT_ID" help:"Client-Id of the shop at DOKU."`
	SecretKey        string   `setting:"DOKU_SECRET_KEY" secret:"" help:"Secret Key of the shop at DOKU."`
	PreviousKey      string   `setting:"DOKU_SECRET_KEY_PREVIOUS" secret:"" help:"Key still accepted on callbacks while it is rolled."`
	CreatePath       string   `setting:"DOKU_CREATE_PATH" default:"/alfa-online-to-offline/v2/payment-code" help:"Path of POST."`
	UpdatePath       string   `setting:"DOKU_UPDATE_PATH" default:"/alfa-online-to-offline/v2/payment-code" help:"Path of PATCH."`
	MerchantCodePath string   `setting:"DOKU_MERCHANT_CODE_PATH" default:"/alfa-online-to-offline/v2/merchant-payment-code" help:"Path of POST for merchant-made numbers (unconfirmed)."`
	CodePrefix       string   `setting:"DOKU_CODE_PREFIX" help:"BIN of merchant-made numbers."`
	OverrideURL      string   `setting:"DOKU_OVERRIDE_NOTIFICATION_URL" help:"Sent with every create."`

	LogFormat    string `setting:"KODEBAYAR_LOG" default:"text" help:"text or json."`
	MetricsAddr  string `setting:"KODEBAYAR_METRICS_ADDR" help:"Where /metrics listens, an address of its own; off when empty."`
	BackupFolder string `setting:"KODEBAYAR_BACKUPS" help:"Folder of the nightly backups. The folder backups beside the database when empty."`

	key     []byte // decoded
	before  []byte // the previous key; nil when there is none
	public  *url.URL
	proxies []netip.Prefix
	fixed   map[string]string // settings of the page that are decided here, and by what
}

// commands of the binary.
type commands struct {
	settings

	Serve struct {
		PrintConfig bool `help:"Show the settings, secrets masked, and end."`
	} `cmd:"" default:"withargs" help:"Run the app (the default)."`
	Demo struct {
		Folder  string `default:"demo" help:"Folder of the demo's database."`
		History int    `placeholder:"N" help:"First add N codes of a year that never was, up to 1,000,000."`
	} `cmd:"" help:"Run the app with a simulated DOKU beside it. Needs no setting."`
	Simulator struct {
		Speed float64 `default:"1" help:"How many times faster than DOKU's the clock of retries runs."`
		State string  `help:"File that keeps its codes over a restart."`
	} `cmd:"" help:"Run only the simulated DOKU and till."`
	Staff struct {
		Add struct {
			Email         string `required:"" help:"E-mail to sign in with."`
			Name          string `required:"" help:"Name the shop knows."`
			Role          string `required:"" enum:"owner,manager,cashier,accountant" help:"owner, manager, cashier or accountant."`
			PasswordStdin bool   `help:"Read the password from standard input; without it one is made and printed."`
		} `cmd:"" help:"Add somebody."`
		List  struct{} `cmd:"" help:"List everybody."`
		Reset struct {
			Email         string `arg:"" help:"Whose password."`
			PasswordStdin bool   `help:"Read the password from standard input; without it one is made and printed."`
		} `cmd:"" help:"Set a new password and end all sessions."`
	} `cmd:"" help:"People, from a shell."`
	Backup struct {
		File string `arg:"" help:"A new file."`
	} `cmd:"" help:"Copy the database into a file, verified, also while the app runs."`
	Restore struct {
		File string `arg:"" help:"A file that backup made."`
	} `cmd:"" help:"Bring a backup back, verified. Stop the app first; the old database is kept aside."`
	Copy struct {
		From string `arg:"" help:"A file, or postgres://…"`
		To   string `arg:"" help:"An empty or new one."`
	} `cmd:"" help:"Move everything between SQLite and PostgreSQL, verified. Stop the app first."`
	Doctor  struct{} `cmd:"" help:"Read the whole database and say what is wrong with it."`
	Version struct{} `cmd:"" help:"Show version, commit and Go."`
}

// program is what a command runs with.
type program struct {
	commands
	stdin  io.Reader
	stdout io.Writer
	log    *slog.Logger
	getenv func(string) string
}

// run is the whole program; only main exits.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	p := &program{stdin: stdin, stdout: stdout, log: slog.New(slog.NewTextHandler(stderr, nil)), getenv: getenv}
	ended := false
	parser, err := kong.New(&p.commands,
		kong.Name("kodebayar"), kong.Description("DOKU payment codes for Alfamart, Alfamidi, Lawson and Dan+Dan."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { ended = true }), kong.UsageOnError(),
		kong.ValueFormatter(help), kong.Resolvers(environment(getenv)))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if ended {
		return nil // --help has been printed
	}
	if err != nil {
		return err
	}
	if chosen.Command() == "version" {
		return p.version()
	}
	if chosen.Command() == "demo" {
		return p.demo(ctx)
	}
	if err := p.check(); err != nil {
		return err
	}
	if p.LogFormat == "json" {
		p.log = slog.New(slog.NewJSONHandler(stderr, nil))
	}
	switch chosen.Command() {
	case "serve":
		if p.Serve.PrintConfig {
			return p.printConfig(chosen.Model.Flags)
		}
		return p.serve(ctx)
	case "simulator":
		return p.simulator(ctx)
	case "backup <file>":
		return p.backup(ctx)
	case "restore <file>":
		return p.restore(ctx)
	case "copy <from> <to>":
		return p.copy(ctx)
	case "doctor":
		return p.doctor(ctx)
	case "staff add":
		return p.staffAdd(ctx)
	case "staff list":
		return p.staffList(ctx)
	default:
		return p.staffReset(ctx)
	}
}

// environment resolves what no flag says.
func environment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := flag.Tag.Get("setting")
		if name == "" {
			return nil, nil
		}
		if v := getenv(name); v != "" {
			return v, nil
		}
		if flag.Tag.Has("secret") {
			if file := getenv(name + "_FILE"); file != "" {
				b, err := os.ReadFile(file)
				if err != nil {
					return nil, fmt.Errorf("%s_FILE: %w", name, err)
				}
				return strings.TrimSpace(string(b)), nil
			}
		}
		return nil, nil
	})
}

// help names the environment variable behind each flag.
func help(v *kong.Value) string {
	if name := v.Tag.Get("setting"); name != "" {
		return v.Help + " [" + name + "]"
	}
	return v.Help
}

// check turns the settings into what they mean and refuses what cannot work,
// before anything listens.
func (p *program) check() (err error) {
	refuse := func(name, why string) error { return fmt.Errorf("%s: %s", name, why) }
	if p.ACMEDirectory != "" {
		p.Addr, p.HTTPAddr = cmp.Or(p.Addr, ":443"), cmp.Or(p.HTTPAddr, ":80")
		if _, _, err := net.SplitHostPort(p.HTTPAddr); err != nil {
			return refuse("KODEBAYAR_HTTP_ADDR", "must be host:port")
		}
		if p.ACMEDirectory == "letsencrypt" {
			p.ACMEDirectory = handlers.LetsEncrypt
		}
		if u, err := webAddress(p.ACMEDirectory); err != nil || u.Scheme != "https" {
			return refuse("KODEBAYAR_ACME_DIRECTORY", "must be letsencrypt, or the https address of an ACME directory")
		}
	}
	p.Addr = cmp.Or(p.Addr, "127.0.0.1:8080")
	if _, _, err := net.SplitHostPort(p.Addr); err != nil {
		return refuse("KODEBAYAR_ADDR", "must be host:port")
	}
	if p.LogFormat != "text" && p.LogFormat != "json" {
		return refuse("KODEBAYAR_LOG", "must be text or json")
	}
	if _, _, err := net.SplitHostPort(p.MetricsAddr); err != nil && p.MetricsAddr != "" {
		return refuse("KODEBAYAR_METRICS_ADDR", "must be host:port, or empty")
	}
	if _, _, err := net.SplitHostPort(p.SimulatorAddr); err != nil {
		return refuse("KODEBAYAR_SIMULATOR_ADDR", "must be host:port")
	}
	p.fixed = map[string]string{}
	for page, by := range map[string][2]string{
		"timezone": {p.Timezone, "KODEBAYAR_TIMEZONE"}, "environment": {p.Environment, "DOKU_ENVIRONMENT"},
		"credentials": {p.ClientID, "DOKU_CLIENT_ID"}, "prefix": {p.CodePrefix, "DOKU_CODE_PREFIX"},
	} {
		if by[0] != "" {
			p.fixed[page] = by[1]
		}
	}
	p.Timezone, p.Environment = cmp.Or(p.Timezone, "Asia/Jakarta"), cmp.Or(p.Environment, "sandbox")
	if _, err := time.LoadLocation(p.Timezone); err != nil {
		return refuse("KODEBAYAR_TIMEZONE", "no such zone; Asia/Jakarta, Asia/Makassar and Asia/Jayapura are Indonesia's")
	}
	if p.URL != "" {
		if p.public, err = webAddress(p.URL); err != nil {
			return refuse("KODEBAYAR_URL", err.Error())
		}
	}
	if p.ACMEDirectory != "" {
		if p.public == nil {
			return refuse("KODEBAYAR_URL", "must be set with KODEBAYAR_ACME_DIRECTORY: it names the host that the certificate is for")
		}
		if err := handlers.CheckCertifiable(p.public); err != nil {
			return refuse("KODEBAYAR_URL", "with KODEBAYAR_ACME_DIRECTORY "+err.Error())
		}
	}
	for name, address := range map[string]string{"DOKU_BASE_URL": p.BaseURL, "DOKU_OVERRIDE_NOTIFICATION_URL": p.OverrideURL} {
		if address != "" {
			if _, err := webAddress(address); err != nil {
				return refuse(name, err.Error())
			}
		}
	}
	if p.OverrideURL != "" {
		// DOKU signs the path, and takes an override only when it is the same.
		if u, _ := url.Parse(p.OverrideURL); u.EscapedPath() != p.NotificationPath {
			return refuse("DOKU_OVERRIDE_NOTIFICATION_URL", "its path must be "+p.NotificationPath+", that of KODEBAYAR_NOTIFICATION_PATH")
		}
	}
	for name, path := range map[string]string{
		"KODEBAYAR_NOTIFICATION_PATH": p.NotificationPath, "KODEBAYAR_INQUIRY_PATH": p.InquiryPath,
		"DOKU_CREATE_PATH": p.CreatePath, "DOKU_UPDATE_PATH": p.UpdatePath, "DOKU_MERCHANT_CODE_PATH": p.MerchantCodePath,
	} {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#:* ") {
			return refuse(name, "must be a plain path that begins with /")
		}
	}
	if err := handlers.CheckCallbacks(p.NotificationPath, p.InquiryPath); err != nil {
		return refuse("KODEBAYAR_NOTIFICATION_PATH and KODEBAYAR_INQUIRY_PATH", err.Error())
	}
	for _, proxy := range p.TrustedProxies {
		prefix, err := netip.ParsePrefix(proxy)
		if err != nil {
			address, err := netip.ParseAddr(proxy)
			if err != nil {
				return refuse("KODEBAYAR_TRUSTED_PROXIES", "must be addresses or networks like 10.0.0.0/8, with commas between")
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		p.proxies = append(p.proxies, prefix)
	}
	if strings.Trim(p.CodePrefix, "0123456789") != "" || len(p.CodePrefix) > 16 {
		return refuse("DOKU_CODE_PREFIX", "must be at most 16 digits")
	}
	if (p.ClientID == "") != (p.SecretKey == "") {
		return refuse("DOKU_CLIENT_ID and DOKU_SECRET_KEY", "must be set together")
	}
	if p.Environment != "sandbox" && p.Environment != "production" {
		return refuse("DOKU_ENVIRONMENT", "must be sandbox or production")
	}
	if p.Key != "" {
		if p.key, err = db.DecodeKey(p.Key); err != nil {
			return refuse("KODEBAYAR_KEY", err.Error())
		}
	} else if db.IsPostgres(p.Database) {
		return refuse("KODEBAYAR_KEY", "must be set when the database is PostgreSQL")
	}
	if p.KeyPrevious != "" {
		if p.before, err = db.DecodeKey(p.KeyPrevious); err != nil {
			return refuse("KODEBAYAR_KEY_PREVIOUS", err.Error())
		}
	}
	return nil
}

func webAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("must be an address like https://bayar.example.id")
	}
	return u, nil
}

func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

// open opens the database, with the key that belongs to it.
func (p *program) open(ctx context.Context) (*db.DB, error) {
	if err := p.findKey(); err != nil {
		return nil, err
	}
	store, err := db.Open(ctx, p.Database, p.key)
	if err == nil && store.Snapshot != "" {
		p.log.Info("the database was backed up and then migrated; with the version before, `kodebayar restore` of this file brings it back", "file", store.Snapshot)
	}
	return store, err
}

// openExisting opens a database that is there: a command that reads it makes none.
func (p *program) openExisting(ctx context.Context) (*db.DB, error) {
	if !db.IsPostgres(p.Database) {
		if _, err := os.Stat(p.Database); err != nil {
			return nil, err
		}
	}
	return p.open(ctx)
}

// findKey reads the key beside the database when no setting has it.
func (p *program) findKey() (err error) {
	if p.key == nil {
		p.key, err = db.KeyBeside(p.Database)
	}
	return err
}

func (p *program) serve(ctx context.Context) error {
	addresses := []string{p.Addr}
	if p.ACMEDirectory != "" {
		addresses = append(addresses, p.HTTPAddr)
	}
	listeners, err := handlers.Inherited(p.getenv, len(addresses))
	if err == nil && listeners == nil {
		listeners, err = handlers.Open(addresses...)
	}
	if err != nil {
		return err
	}
	if p.public == nil {
		p.public = &url.URL{Scheme: "http", Host: handlers.Reachable(listeners[0])}
	}
	a, err := p.app(ctx)
	if err != nil {
		for _, listener := range listeners {
			listener.Close()
		}
		return err
	}
	defer a.close()
	fmt.Fprintf(p.stdout, "Kodebayar %s\n\n  App     %s\n", version, p.public)
	if link, err := a.setup(ctx); err != nil {
		return err
	} else if link != "" {
		fmt.Fprintf(p.stdout, "  Set up  %s\n\nOpen the set-up link once, to name the shop and make its owner.\n", link)
	}
	if a.service.Environment == payments.Production {
		p.log.Warn("this is production: codes ask for real money", "by", cmp.Or(p.fixed["environment"], "the settings page"))
	}
	if !a.service.Ready() {
		p.log.Warn("the credentials at DOKU are not set: no codes can be made")
	}
	task := func(ctx context.Context, a *app) error { return a.sweep(ctx, a.shelf.Run) }
	if p.ACMEDirectory == "" {
		return p.live(ctx, a, listeners[0], task)
	}
	certificates := handlers.NewCertificates(a.store, p.log, p.public, p.ACMEDirectory)
	plain := certificates.Plain() // before Run: it is what makes http-01 possible
	return together(ctx, certificates.Run,
		func(ctx context.Context) error { return p.live(ctx, a, certificates.TLS(listeners[0]), task) },
		p.listen(listeners[1], plain))
}

// live serves the app, and puts it together anew when what it is wired with was
// changed on the settings page, here or in another instance. Requests that are
// being answered then end with what they began with.
func (p *program) live(ctx context.Context, first *app, listener net.Listener, task func(context.Context, *app) error) error {
	var now atomic.Pointer[app]
	now.Store(first)
	all := []func(context.Context) error{
		func(ctx context.Context) error { return p.generations(ctx, &now, task) },
		func(ctx context.Context) error {
			serve := func(w http.ResponseWriter, r *http.Request) { now.Load().web.Handler().ServeHTTP(w, r) }
			return handlers.Listen(ctx, p.log, listener, http.HandlerFunc(serve),
				func() { now.Load().web.Shutdown() }, func() bool { return now.Load().web.Answering() })
		},
	}
	if first.measured != nil {
		listener, err := net.Listen("tcp", p.MetricsAddr)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "  Metrics http://%s/metrics\n", handlers.Reachable(listener))
		all = append(all, p.listen(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			now.Load().measured.ServeHTTP(w, r)
		})))
	}
	return together(ctx, all...)
}

// rewireEvery is how often the wiring is looked at: what another instance or a
// shell changed is in force within it.
const rewireEvery = time.Second

// generations runs the app's task, and takes the next app in place of it
// whenever its wiring is another.
func (p *program) generations(ctx context.Context, now *atomic.Pointer[app], task func(context.Context, *app) error) error {
	for {
		current := now.Load()
		run, end := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			err := task(run, current)
			end() // a task that ends by itself ends the program
			done <- err
		}()
		next := p.rewired(run, current)
		if next == nil { // the end of all
			end()
			return <-done
		}
		now.Store(next)
		current.web.Shutdown()
		end()
		if err := <-done; err != nil && ctx.Err() == nil {
			return err
		}
		p.log.Info("wired anew", "environment", next.service.Environment, "zone", next.wiring.zone)
	}
}

// rewired waits for another wiring and answers an app with it; nil when ctx
// ends first.
func (p *program) rewired(ctx context.Context, current *app) *app {
	ticker := time.NewTicker(rewireEvery)
	defer ticker.Stop()
	told := false // of what cannot be read, once
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-current.changed:
		case <-ticker.C:
		}
		w, err := p.wire(ctx, current.store)
		if err == nil && w == current.wiring {
			told = false
			continue
		}
		var next *app
		if err == nil {
			next, err = p.assemble(ctx, current.store, w)
		}
		if err == nil {
			return next
		}
		if ctx.Err() == nil && !told {
			told = true
			p.log.Error("what the app is wired with cannot be read; it goes on as it was", "error", err)
		}
	}
}

// app is the running product: pages, service and store.
type app struct {
	*program
	wiring   wiring
	store    *db.DB
	service  *payments.Service
	web      *handlers.Server
	shelf    *db.Shelf
	measured http.Handler  // nil when nobody measures
	changed  chan struct{} // says that the wiring may be another now
}

// wiring is what the app is put together with and the settings page may change
// while it runs. What the environment says goes before what was saved.
type wiring struct {
	environment payments.Environment
	credentials payments.Credentials
	baseURL     string
	zone        string
	language    views.Lang
	unreadable  bool // credentials are saved that this key does not open
}

func (p *program) wire(ctx context.Context, store *db.DB) (w wiring, err error) {
	settings, err := store.Settings(ctx)
	if err != nil {
		return w, err
	}
	w.environment = payments.Environment(p.Environment)
	if p.fixed["environment"] == "" {
		saved, err := store.Environment(ctx)
		if err != nil {
			return w, err
		}
		w.environment = cmp.Or(saved, w.environment)
	}
	w.credentials = payments.Credentials{ClientID: p.ClientID, SecretKey: p.SecretKey, PreviousKey: p.PreviousKey}
	if p.fixed["credentials"] == "" {
		w.credentials, err = store.Credentials(ctx, w.environment)
		switch {
		case errors.Is(err, db.ErrSealed):
			w.unreadable = true // selling stops, the pages that mend it do not
		case err != nil:
			return w, err
		}
	}
	w.credentials.Prefix = cmp.Or(p.CodePrefix, w.credentials.Prefix)
	w.baseURL = p.address(w.environment)
	if w.environment == payments.Sandbox && p.BaseURL != "" && onThisMachine(p.BaseURL) {
		w.environment = payments.Simulator
	}
	w.zone, w.language = p.Timezone, views.Lang(settings.Language)
	if p.fixed["timezone"] == "" {
		w.zone = cmp.Or(settings.Zone, p.Timezone)
	}
	return w, nil
}

// address is DOKU's in an environment.
func (p *program) address(env payments.Environment) string {
	switch {
	case p.BaseURL != "":
		return strings.TrimSuffix(p.BaseURL, "/")
	case env == payments.Production:
		return doku.ProductionURL
	}
	return doku.SandboxURL
}

// app opens the store and puts the app together.
func (p *program) app(ctx context.Context) (*app, error) {
	store, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	w, err := p.wire(ctx, store)
	if err == nil {
		err = store.BeginTokens(ctx)
	}
	var a *app
	if err == nil {
		a, err = p.assemble(ctx, store, w)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return a, nil
}

// assemble puts the app together on an open store.
func (p *program) assemble(ctx context.Context, store *db.DB, w wiring) (*app, error) {
	zone, err := time.LoadLocation(w.zone)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	if w.unreadable {
		p.log.Error("the saved credentials at DOKU cannot be opened with this key: enter them again")
	}
	if err := store.SetZone(ctx, zone); err != nil {
		return nil, err
	}
	keys := []string{}
	for _, k := range []string{w.credentials.SecretKey, w.credentials.PreviousKey} {
		if k != "" {
			keys = append(keys, k)
		}
	}
	caller := &doku.Client{
		BaseURL: w.baseURL, ClientID: w.credentials.ClientID, SecretKey: w.credentials.SecretKey,
		CreatePath: p.CreatePath, UpdatePath: p.UpdatePath, MerchantCodePath: p.MerchantCodePath,
	}
	service := (&payments.Service{
		Store: store, DOKU: caller,
		Verifier:         doku.Verifier{ClientID: w.credentials.ClientID, Keys: keys},
		Environment:      w.environment,
		NotificationPath: p.NotificationPath, InquiryPath: p.InquiryPath,
		CodePrefix: w.credentials.Prefix, OverrideURL: p.OverrideURL, Zone: zone, Log: p.log,
	}).Init()
	folder := p.BackupFolder
	if folder == "" && !db.IsPostgres(p.Database) {
		folder = filepath.Join(filepath.Dir(p.Database), "backups")
	}
	shelf := &db.Shelf{DB: store, Key: p.key, Folder: cmp.Or(folder, "backups"), Zone: zone, Now: time.Now, Log: p.log}
	a := &app{program: p, wiring: w, store: store, service: service, shelf: shelf, changed: make(chan struct{}, 1)}
	a.web = &handlers.Server{
		Store: store, Service: service, Log: p.log, PublicURL: p.public, Zone: zone, TrustedProxies: p.proxies, Language: w.language,
		NotificationPath: p.NotificationPath, InquiryPath: p.InquiryPath, Key: p.key, Shelf: shelf, Version: version,
		Fixed: p.fixed, DOKUAddress: p.address, Rehearse: p.rehearse, Rewire: func() {
			select {
			case a.changed <- struct{}{}:
			default:
			}
		},
	}
	if p.ACMEDirectory != "" {
		a.web.Certificate = handlers.CertificateName(p.ACMEDirectory, p.public)
	}
	if p.MetricsAddr != "" {
		client := doku.HTTP()
		caller.HTTP = &client
		a.measured = handlers.Metrics{Server: a.web, Version: version, Commit: commit, Client: &client}.Handler()
	}
	return a, nil
}

func (a *app) close() {
	if err := a.store.Close(); err != nil {
		a.log.Error("the database did not close cleanly", "error", err)
	}
}

// sweep runs in one instance at a time, with what else only one may do.
func (a *app) sweep(ctx context.Context, more ...func(context.Context) error) error {
	return a.store.Lead(ctx, func(ctx context.Context) error {
		retain := func(ctx context.Context) error { return a.store.Retain(ctx, time.Now, a.log) }
		// A database of an older version: its codes are found one after another
		// while the shop goes on selling.
		index := func(ctx context.Context) error {
			if err := a.store.IndexTokens(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("not all codes can be found by a search; the next start goes on", "error", err)
			}
			return nil
		}
		return together(ctx, append(more, a.service.Run, a.service.RunBatches, retain, index)...)
	})
}

// setup is the link that makes the owner; empty once there is one.
func (a *app) setup(ctx context.Context) (string, error) {
	has, err := a.store.HasOwner(ctx)
	if has || err != nil {
		return "", err
	}
	return a.public.String() + "/setup?token=" + handlers.SetupToken(a.key), nil
}

// demo runs the app and a simulated DOKU in one process, in a folder of its
// own, whatever the settings say of databases and DOKU.
func (p *program) demo(ctx context.Context) error {
	if err := os.MkdirAll(p.Demo.Folder, 0o700); err != nil {
		return err
	}
	p.Database, p.Key, p.Environment = filepath.Join(p.Demo.Folder, "kodebayar.db"), "", ""
	p.ClientID, p.SecretKey, p.PreviousKey = "BRN-0000-DEMO", "SK-demo-not-real-money", ""
	p.CreatePath, p.UpdatePath, p.MerchantCodePath = doku.DefaultCreatePath, doku.DefaultUpdatePath, doku.DefaultMerchantCodePath
	p.CodePrefix, p.OverrideURL, p.BaseURL, p.ACMEDirectory = "", "", "http://127.0.0.1", ""
	if err := p.check(); err != nil {
		return err
	}
	p.fixed["environment"], p.fixed["credentials"] = "kodebayar demo", "kodebayar demo"
	listener, err := net.Listen("tcp", p.Addr)
	if err != nil {
		return fmt.Errorf("%w (KODEBAYAR_ADDR=127.0.0.1:0 takes a free port)", err)
	}
	defer listener.Close()
	till, err := net.Listen("tcp", p.SimulatorAddr)
	if err != nil {
		return fmt.Errorf("%w (KODEBAYAR_SIMULATOR_ADDR=127.0.0.1:0 takes a free port)", err)
	}
	defer till.Close()
	if p.public == nil {
		p.public = &url.URL{Scheme: "http", Host: handlers.Local(handlers.Reachable(listener))}
	}
	p.BaseURL = "http://" + handlers.Reachable(till)
	sim, err := simulator.New(simulator.Config{
		ClientID: p.ClientID, SecretKey: p.SecretKey, PublicURL: "http://" + handlers.Local(handlers.Reachable(till)),
		NotificationURL: "http://" + handlers.Reachable(listener) + p.NotificationPath,
		InquiryURL:      "http://" + handlers.Reachable(listener) + p.InquiryPath,
		StateFile:       filepath.Join(p.Demo.Folder, "simulator.json"), Logger: p.log,
	})
	if err != nil {
		return err
	}
	running, err := p.app(ctx)
	if err != nil {
		return err
	}
	defer running.close()

	if err := running.history(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	link, err := running.setup(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Kodebayar %s, demo. No real money moves here; everything is kept in %s.\n\n", version, p.Demo.Folder)
	if link != "" {
		fmt.Fprintf(p.stdout, "  1. Set up the shop and its owner, once:  %s\n", link)
	} else {
		fmt.Fprintf(p.stdout, "  1. The shop has its owner. Sign in:      %s/login\n", p.public)
	}
	fmt.Fprintf(p.stdout, "  2. Make a payment code at the counter:   %s/\n", p.public)
	fmt.Fprintf(p.stdout, "  3. Pay it at the simulated Alfamart:     http://%s/\n\nCtrl-C ends it.\n", handlers.Local(handlers.Reachable(till)))

	// What is kept here is not worth a backup each night.
	sweep := func(ctx context.Context, a *app) error { return a.sweep(ctx) }
	return together(ctx, sim.Run,
		func(ctx context.Context) error { return p.live(ctx, running, listener, sweep) },
		p.listen(till, sim.Handler()))
}

// rehearse sells a code in a shop of its own, pays it at a simulated till, and
// waits until the notification has made it paid: all of the product but DOKU and
// the network to it. Nothing of it stays.
func (p *program) rehearse(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "kodebayar-rehearsal-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	shop, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer shop.Close()
	till, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer till.Close()
	q := &program{stdout: io.Discard, log: slog.New(slog.DiscardHandler), getenv: func(string) string { return "" }}
	q.settings = p.settings
	q.key, q.proxies, q.BackupFolder, q.MetricsAddr, q.URL, q.OverrideURL, q.ACMEDirectory = nil, nil, "", "", "", "", ""
	q.Database, q.Key, q.Environment, q.LogFormat = filepath.Join(folder, "shop.db"), "", "", "text"
	q.ClientID, q.SecretKey, q.PreviousKey, q.CodePrefix, q.BaseURL = "BRN-0000-REHEARSAL", "SK-rehearsal", "", "", "http://"+till.Addr().String()
	q.public = &url.URL{Scheme: "http", Host: shop.Addr().String()}
	if err := q.check(); err != nil {
		return err
	}
	sim, err := simulator.New(simulator.Config{
		ClientID: q.ClientID, SecretKey: q.SecretKey, NotificationURL: q.public.String() + q.NotificationPath, InquiryURL: q.public.String() + q.InquiryPath,
	})
	if err != nil {
		return err
	}
	a, err := q.app(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	run, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- together(run, sim.Run,
			func(ctx context.Context) error {
				return handlers.Listen(ctx, q.log, shop, a.web.Handler(), a.web.Shutdown, a.web.Answering)
			},
			q.listen(till, sim.Handler()))
	}()
	defer func() { end(); err = errors.Join(err, <-done) }()
	code, err := a.service.Issue(ctx, payments.Viewer{}, payments.Order{FormID: "rehearsal", Amount: 50_000, CustomerName: "Latihan", ExpiresIn: 60})
	if err != nil {
		return fmt.Errorf("make a code: %w", err)
	}
	body := strings.NewReader(`{"code": "` + code.PaymentCode + `", "agent": "ALFAMART", "store": "T001"}`)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, q.BaseURL+"/simulator/pay", body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("pay the code: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("pay the code: the till answers %s", answer.Status)
	}
	for code.Status != payments.Paid {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the code is %s: %w", code.Status, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
		if code, err = a.store.Code(ctx, code.ID); err != nil {
			return err
		}
	}
	return nil
}

// history fills the demo with codes of a year that never was.
func (a *app) history(ctx context.Context) error {
	n := a.Demo.History
	if n < 0 || n > payments.MaxHistory {
		return fmt.Errorf("--history: must be from 0 to %d", payments.MaxHistory)
	}
	if n == 0 {
		return nil
	}
	staff, err := handlers.DemoStaff(ctx, a.store)
	if err != nil {
		return err
	}
	began, told := time.Now(), time.Now()
	progress := func(done int) {
		if done < n && time.Since(told) < 2*time.Second {
			return
		}
		told = time.Now()
		fmt.Fprintf(a.stdout, "history   %d of %d codes (%d%%), %.0f a second\n", done, n, 100*done/n, float64(done)/time.Since(began).Seconds())
	}
	err = a.service.FillHistory(ctx, payments.History{
		Codes: n, Staff: staff, Zone: a.service.Zone, Until: time.Now(), Rand: rand.New(rand.NewPCG(uint64(began.UnixNano()), 0)), Progress: progress,
	})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.stdout, "history   stopped; what was stored stays, and --history adds to it.")
		return nil
	}
	return err
}

func (p *program) simulator(ctx context.Context) error {
	if p.ClientID == "" {
		p.ClientID, p.SecretKey = "BRN-0000-DEMO", "SK-demo-not-real-money"
	}
	till, err := net.Listen("tcp", p.SimulatorAddr)
	if err != nil {
		return err
	}
	merchant := "http://" + p.Addr
	if p.public != nil {
		merchant = strings.TrimSuffix(p.public.String(), "/")
	}
	sim, err := simulator.New(simulator.Config{
		ClientID: p.ClientID, SecretKey: p.SecretKey, PublicURL: "http://" + handlers.Local(handlers.Reachable(till)),
		NotificationURL: merchant + p.NotificationPath, InquiryURL: merchant + p.InquiryPath,
		StateFile: p.Simulator.State, Speed: p.Simulator.Speed, Logger: p.log,
	})
	if err != nil {
		return errors.Join(err, till.Close())
	}
	fmt.Fprintf(p.stdout, "Simulated DOKU and Alfamart till\n\n  Till and API      http://%s/\n  DOKU_BASE_URL     http://%s\n  DOKU_CLIENT_ID    %s\n  Notifications to  %s\n  Inquiries to      %s\n",
		handlers.Local(handlers.Reachable(till)), handlers.Reachable(till), p.ClientID, merchant+p.NotificationPath, merchant+p.InquiryPath)
	return together(ctx, sim.Run, p.listen(till, sim.Handler()))
}

// listen serves what has neither streams to end nor callbacks to wait for.
func (p *program) listen(listener net.Listener, handler http.Handler) func(context.Context) error {
	return func(ctx context.Context) error {
		return handlers.Listen(ctx, p.log, listener, handler, func() {}, func() bool { return false })
	}
}

// together runs tasks until ctx ends or one fails, and ends them all.
func together(ctx context.Context, tasks ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan error, len(tasks))
	for _, task := range tasks {
		go func() { results <- task(ctx) }()
	}
	var first error
	for range tasks {
		if err := <-results; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	return first
}

func (p *program) staffAdd(ctx context.Context) error {
	store, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	a := p.Staff.Add
	password, made, err := p.password(a.PasswordStdin)
	if err != nil {
		return err
	}
	err = handlers.AddStaff(ctx, store, payments.Staff{Email: a.Email, Name: a.Name, Role: payments.Role(a.Role)}, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s was added as %s.\n", a.Email, a.Role)
	p.show(made, password)
	return nil
}

func (p *program) staffList(ctx context.Context) error {
	store, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	everybody, err := store.AllStaff(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tSTATE")
	for _, s := range everybody {
		state := "active"
		if s.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Email, s.Name, s.Role, state)
	}
	return w.Flush()
}

func (p *program) staffReset(ctx context.Context) error {
	store, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	password, made, err := p.password(p.Staff.Reset.PasswordStdin)
	if err != nil {
		return err
	}
	if err := handlers.ResetPassword(ctx, store, p.Staff.Reset.Email, password); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s has a new password; all sessions ended.\n", p.Staff.Reset.Email)
	p.show(made, password)
	return nil
}

// password reads one line from standard input, or makes a password up.
func (p *program) password(stdin bool) (password string, made bool, err error) {
	if !stdin {
		return strings.ToLower(cryptorand.Text()[:16]), true, nil
	}
	line, err := bufio.NewReader(io.LimitReader(p.stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	return strings.TrimRight(line, "\r\n"), false, nil
}

func (p *program) show(made bool, password string) {
	if made {
		fmt.Fprintf(p.stdout, "Password: %s\n", password)
	}
}

func (p *program) backup(ctx context.Context) error {
	store, err := p.openExisting(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	events, err := store.Backup(ctx, p.key, p.Backup.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s was written, opened and checked: %d events, the log's chain is whole.\nKeep the key too, apart from it: it is not inside. Its fingerprint is %s.\n",
		p.Backup.File, events, db.Fingerprint(p.key))
	return nil
}

func (p *program) restore(ctx context.Context) error {
	if err := p.findKey(); err != nil {
		return err
	}
	done, err := db.Restore(ctx, p.Restore.File, p.Database, p.key, p.before)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s was restored: %d events, the log's chain is whole. Everybody signs in again.\n", p.Restore.File, done.Events)
	if done.Lacks {
		fmt.Fprintf(p.stdout, "The key of this backup, with fingerprint %s, is not here; %s is. Without it secrets, TOTP, PINs and open one-time links were dropped,\nand nobody can tell whether the backup was altered; the log was chained anew. If you find the key, set KODEBAYAR_KEY to it and restore again, or\nKODEBAYAR_KEY_PREVIOUS to replace it by this one.\n",
			done.Key, db.Fingerprint(p.key))
	} else if done.Key != "" {
		fmt.Fprintf(p.stdout, "The key with fingerprint %s was replaced by %s: secrets were sealed and the log was chained anew; PINs are set again by whoever\nuses one, and one-time links are made again. Backups from before still need the old key.\n",
			done.Key, db.Fingerprint(p.key))
	}
	if done.Aside != "" {
		fmt.Fprintf(p.stdout, "The database that was there before is kept as %s.\n", done.Aside)
	}
	return nil
}

// copy moves everything to another database. The key goes with it: the log's
// chain and what is encrypted depend on it.
func (p *program) copy(ctx context.Context) error {
	p.Database = p.Copy.From
	from, err := p.openExisting(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	p.Database = p.Copy.To
	to, err := p.open(ctx) // with the key of the first, now in p.key
	if err != nil {
		return err
	}
	defer to.Close()
	rows, err := db.Copy(ctx, from, to)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%d rows were copied and compared, and the log's chain is whole.\n", rows)
	if db.IsPostgres(p.Copy.To) {
		fmt.Fprintln(p.stdout, "Start the app with KODEBAYAR_DATABASE set to the new address and KODEBAYAR_KEY to the content of the old key file.")
		return nil
	}
	key := base64.StdEncoding.EncodeToString(p.key)
	return os.WriteFile(p.Copy.To+".key", []byte(key+"\n"), 0o600)
}

// doctor fails only for what no restart mends: damage, a broken chain, no
// database.
func (p *program) doctor(ctx context.Context) error {
	store, err := p.openExisting(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	events, err := store.Check(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "database  whole\nlog       %d events, chain whole\n", events)
	g, err := store.Diagnose(ctx)
	if err == nil && p.ACMEDirectory != "" {
		err = handlers.DiagnoseCertificate(ctx, store, handlers.CertificateName(p.ACMEDirectory, p.public), &g)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "version   %s, migrations %d\nsize      %d bytes\n", version, g.Version, g.Size)
	if g.Backup.Name != "" {
		fmt.Fprintf(p.stdout, "backup    %s, tested %s\n", g.Backup.Name, g.Backup.At.UTC().Format("2006-01-02 15.04 MST"))
	}
	if !g.CertificateEnds.IsZero() {
		fmt.Fprintf(p.stdout, "tls       certificate until %s\n", g.CertificateEnds.UTC().Format("2006-01-02 15.04 MST"))
	}
	for _, c := range g.Concerns(time.Now()) {
		fmt.Fprintf(p.stdout, "warning   %s\n", doctorsWords(c, g))
	}
	if w, err := p.wire(ctx, store); err != nil {
		return err
	} else if !w.credentials.Set() {
		fmt.Fprintln(p.stdout, "warning   the credentials at DOKU are not set")
	}
	return nil
}

// doctorsWords are what the doctor says of a concern.
func doctorsWords(c db.Concern, g db.Diagnosis) string {
	switch c {
	case db.DiskNearlyFull:
		return fmt.Sprintf("the disk is nearly full: %d MB are left", g.Free>>20)
	case db.CertificateOld:
		return "the certificate ends soon and was not renewed; the log says why"
	case db.BackupFailed:
		return "the last backup failed: " + g.Failed.Failure
	case db.NoBackup:
		return "the app has made no backup yet"
	case db.BackupOld:
		return "the last backup of the app is more than a day old"
	case db.ClockOff:
		return fmt.Sprintf("DOKU's clock was %s ahead of this machine's", g.Ahead)
	}
	return string(c)
}

func (p *program) printConfig(flags []*kong.Flag) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, f := range flags {
		name := f.Tag.Get("setting")
		if name == "" {
			continue
		}
		value := fmt.Sprint(f.Target.Interface())
		if list, ok := f.Target.Interface().([]string); ok {
			value = strings.Join(list, ",")
		}
		if f.Tag.Has("secret") && value != "" || name == "KODEBAYAR_DATABASE" && db.IsPostgres(value) {
			value = "********"
		}
		fmt.Fprintf(w, "%s\t%s\n", name, value)
	}
	return w.Flush()
}

func (p *program) version() error {
	hash := commit
	if info, ok := debug.ReadBuildInfo(); ok && hash == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				hash = s.Value
			}
		}
	}
	if hash == "" {
		hash = "unknown"
	}
	_, err := fmt.Fprintf(p.stdout, "kodebayar %s\ncommit %s\n%s %s/%s\n", version, hash, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
