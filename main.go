// Kodebayar takes DOKU payments at Alfamart, Alfamidi, Lawson and Dan+Dan for
// a small shop.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	_ "time/tzdata" // a phone-sized server may have no zones

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"kodebayar/db"
	"kodebayar/handlers"
	"kodebayar/handlers/config"
	"kodebayar/handlers/shell"
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

// commands of the binary.
type commands struct {
	config.Config

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
	stdout io.Writer
	log    *slog.Logger
	getenv func(string) string
}

// run is the whole program; only main exits.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	p := &program{stdout: stdout, log: slog.New(slog.NewTextHandler(stderr, nil)), getenv: getenv}
	ended := false
	parser, err := kong.New(&p.commands,
		kong.Name("kodebayar"), kong.Description("DOKU payment codes for Alfamart, Alfamidi, Lawson and Dan+Dan."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { ended = true }), kong.UsageOnError(),
		kong.ValueFormatter(config.Help), kong.Resolvers(config.Environment(getenv)))
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
		return shell.Version(stdout, version, commit)
	}
	if chosen.Command() == "demo" {
		return p.demo(ctx)
	}
	if err := p.Check(); err != nil {
		return err
	}
	if p.LogFormat == "json" {
		p.log = slog.New(slog.NewJSONHandler(stderr, nil))
	}
	sh := &shell.Shell{Config: &p.Config, Stdin: stdin, Stdout: stdout, Log: p.log}
	switch chosen.Command() {
	case "serve":
		if p.Serve.PrintConfig {
			return config.Print(stdout, chosen.Model.Flags)
		}
		return p.serve(ctx)
	case "simulator":
		return p.simulator(ctx)
	case "backup <file>":
		return sh.Backup(ctx, p.Backup.File)
	case "restore <file>":
		return sh.Restore(ctx, p.Restore.File)
	case "copy <from> <to>":
		return sh.Copy(ctx, p.Copy.From, p.Copy.To)
	case "doctor":
		return sh.Doctor(ctx, version)
	case "staff add":
		add := p.Staff.Add
		return sh.AddStaff(ctx, payments.Staff{Email: add.Email, Name: add.Name, Role: payments.Role(add.Role)}, add.PasswordStdin)
	case "staff list":
		return sh.ListStaff(ctx)
	default:
		return sh.ResetPassword(ctx, p.Staff.Reset.Email, p.Staff.Reset.PasswordStdin)
	}
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
	if p.Public == nil {
		p.Public = &url.URL{Scheme: "http", Host: handlers.Reachable(listeners[0])}
	}
	a, err := p.app(ctx)
	if err != nil {
		for _, listener := range listeners {
			listener.Close()
		}
		return err
	}
	defer a.close()
	fmt.Fprintf(p.stdout, "Kodebayar %s\n\n  App     %s\n", version, p.Public)
	if link, err := a.setup(ctx); err != nil {
		return err
	} else if link != "" {
		fmt.Fprintf(p.stdout, "  Set up  %s\n\nOpen the set-up link once, to name the shop and make its owner.\n", link)
	}
	if a.service.Environment == payments.Production {
		p.log.Warn("this is production: codes ask for real money", "by", cmp.Or(p.Fixed["environment"], "the settings page"))
	}
	if !a.service.Ready() {
		p.log.Warn("the credentials at DOKU are not set: no codes can be made")
	}
	task := func(ctx context.Context, a *app) error { return a.sweep(ctx, a.shelf.Run) }
	if p.ACMEDirectory == "" {
		return p.live(ctx, a, listeners[0], task)
	}
	certificates := handlers.NewCertificates(a.store, p.log, p.Public, p.ACMEDirectory)
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
		p.log.Info("wired anew", "environment", next.service.Environment, "zone", next.wiring.Zone)
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
		w, err := p.Wiring(ctx, current.store)
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
	wiring   config.Wiring
	store    *db.DB
	service  *payments.Service
	web      *handlers.Server
	shelf    *db.Shelf
	measured http.Handler  // nil when nobody measures
	changed  chan struct{} // says that the wiring may be another now
}

// tellAfter is how long a start may take without a word.
const tellAfter = 3 * time.Second

// app opens the store and puts the app together.
func (p *program) app(ctx context.Context) (*app, error) {
	slow := time.AfterFunc(tellAfter, func() {
		p.log.Info("the database is not open yet: it may be locked or far away, or of an older version and being backed up, migrated and counted anew")
	})
	defer slow.Stop()
	store, err := p.Open(ctx, p.log)
	if err != nil {
		return nil, err
	}
	w, err := p.Wiring(ctx, store)
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
func (p *program) assemble(ctx context.Context, store *db.DB, w config.Wiring) (*app, error) {
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	if w.Unreadable {
		p.log.Error("the saved credentials at DOKU cannot be opened with this key: enter them again")
	}
	if err := store.SetZone(ctx, zone); err != nil {
		return nil, err
	}
	caller := &doku.Client{
		BaseURL: w.BaseURL, ClientID: w.Credentials.ClientID, SecretKey: w.Credentials.SecretKey,
		CreatePath: p.CreatePath, UpdatePath: p.UpdatePath, MerchantCodePath: p.MerchantCodePath,
	}
	service := (&payments.Service{
		Store: store, DOKU: caller, Verifier: w.Credentials.Verifier(), Environment: w.Environment,
		NotificationPath: p.NotificationPath, InquiryPath: p.InquiryPath,
		CodePrefix: w.Credentials.Prefix, OverrideURL: p.OverrideURL, Zone: zone, Log: p.log,
	}).Init()
	shelf := &db.Shelf{DB: store, Key: p.Key, Folder: p.Backups(), Zone: zone, Now: time.Now, Log: p.log}
	a := &app{program: p, wiring: w, store: store, service: service, shelf: shelf, changed: make(chan struct{}, 1)}
	a.web = &handlers.Server{
		Store: store, Service: service, Log: p.log, PublicURL: p.Public, Zone: zone, TrustedProxies: p.Proxies, Language: views.Lang(w.Language),
		NotificationPath: p.NotificationPath, InquiryPath: p.InquiryPath, Key: p.Key, Shelf: shelf, Version: version,
		Fixed: p.Fixed, DOKUAddress: p.Address, Rehearse: p.rehearse, Rewire: func() {
			select {
			case a.changed <- struct{}{}:
			default:
			}
		},
	}
	if p.ACMEDirectory != "" {
		a.web.Certificate = handlers.CertificateName(p.ACMEDirectory, p.Public)
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
	return a.Public.String() + "/setup?token=" + handlers.SetupToken(a.Key), nil
}

// demo runs the app and a simulated DOKU in one process, in a folder of its
// own, whatever the settings say of databases and DOKU.
func (p *program) demo(ctx context.Context) error {
	if err := os.MkdirAll(p.Demo.Folder, 0o700); err != nil {
		return err
	}
	p.Database, p.EncodedKey, p.Environment = filepath.Join(p.Demo.Folder, "kodebayar.db"), "", ""
	p.ClientID, p.SecretKey, p.PreviousKey = "BRN-0000-DEMO", "SK-demo-not-real-money", ""
	p.CreatePath, p.UpdatePath, p.MerchantCodePath = doku.DefaultCreatePath, doku.DefaultUpdatePath, doku.DefaultMerchantCodePath
	p.CodePrefix, p.OverrideURL, p.BaseURL, p.ACMEDirectory = "", "", "http://127.0.0.1", ""
	if err := p.Check(); err != nil {
		return err
	}
	p.Fixed["environment"], p.Fixed["credentials"] = "kodebayar demo", "kodebayar demo"
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
	if p.Public == nil {
		p.Public = &url.URL{Scheme: "http", Host: handlers.Local(listener)}
	}
	p.BaseURL = "http://" + handlers.Reachable(till)
	sim, err := p.simulated(till, "http://"+handlers.Reachable(listener), filepath.Join(p.Demo.Folder, "simulator.json"), 1)
	if err != nil {
		return err
	}
	running, err := p.app(ctx)
	if err != nil {
		return err
	}
	defer running.close()

	if err := shell.FillHistory(ctx, p.stdout, running.store, running.service, p.Demo.History); err != nil || ctx.Err() != nil {
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
		fmt.Fprintf(p.stdout, "  1. The shop has its owner. Sign in:      %s/login\n", p.Public)
	}
	fmt.Fprintf(p.stdout, "  2. Make a payment code at the counter:   %s/\n", p.Public)
	fmt.Fprintf(p.stdout, "  3. Pay it at the simulated Alfamart:     http://%s/\n\nCtrl-C ends it.\n", handlers.Local(till))

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
	q.Config = p.Config
	q.Key, q.Proxies, q.BackupFolder, q.MetricsAddr, q.URL, q.OverrideURL, q.ACMEDirectory = nil, nil, "", "", "", "", ""
	q.Database, q.EncodedKey, q.Environment, q.LogFormat = filepath.Join(folder, "shop.db"), "", "", "text"
	q.ClientID, q.SecretKey, q.PreviousKey, q.CodePrefix, q.BaseURL = "BRN-0000-REHEARSAL", "SK-rehearsal", "", "", "http://"+till.Addr().String()
	q.Public = &url.URL{Scheme: "http", Host: shop.Addr().String()}
	if err := q.Check(); err != nil {
		return err
	}
	sim, err := q.simulated(till, q.Public.String(), "", 1)
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
	if err := sim.Pay(ctx, code.PaymentCode); err != nil {
		return fmt.Errorf("pay the code: %w", err)
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

func (p *program) simulator(ctx context.Context) error {
	if p.ClientID == "" {
		p.ClientID, p.SecretKey = "BRN-0000-DEMO", "SK-demo-not-real-money"
	}
	till, err := net.Listen("tcp", p.SimulatorAddr)
	if err != nil {
		return err
	}
	merchant := "http://" + p.Addr
	if p.Public != nil {
		merchant = strings.TrimSuffix(p.Public.String(), "/")
	}
	sim, err := p.simulated(till, merchant, p.Simulator.State, p.Simulator.Speed)
	if err != nil {
		return errors.Join(err, till.Close())
	}
	fmt.Fprintf(p.stdout, "Simulated DOKU and Alfamart till\n\n  Till and API      http://%s/\n  DOKU_BASE_URL     http://%s\n  DOKU_CLIENT_ID    %s\n  Notifications to  %s\n  Inquiries to      %s\n",
		handlers.Local(till), handlers.Reachable(till), p.ClientID, merchant+p.NotificationPath, merchant+p.InquiryPath)
	return together(ctx, sim.Run, p.listen(till, sim.Handler()))
}

// simulated is a DOKU and its till at a listener, for a merchant at an address.
func (p *program) simulated(at net.Listener, merchant, state string, speed float64) (*simulator.Simulator, error) {
	return simulator.New(simulator.Config{
		ClientID: p.ClientID, SecretKey: p.SecretKey, PublicURL: "http://" + handlers.Local(at),
		NotificationURL: merchant + p.NotificationPath, InquiryURL: merchant + p.InquiryPath,
		StateFile: state, Speed: speed, Logger: p.log,
	})
}

// listen serves what has neither streams to end nor callbacks to wait for.
func (p *program) listen(listener net.Listener, handler http.Handler) func(context.Context) error {
	return func(ctx context.Context) error {
		return handlers.Listen(ctx, p.log, listener, handler, func() {}, func() bool { return false })
	}
}

// together runs tasks until ctx ends or one fails, and ends them all.
func together(ctx context.Context, tasks ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range tasks {
		group.Go(func() error { return task(ctx) })
	}
	return group.Wait()
}
