// Package bench measures how many durable notifications a second the real
// binary takes, beside bare servers that ask the same of the same database.
// It imports nothing of ours. `make bench` runs it; a plain test does not.
package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/db/pgtest"
	"kodebayar/e2e/build"
)

// app is the kodebayar under test. KODEBAYAR_BENCH_BINARY names one that is
// built already.
var (
	app       = os.Getenv("KODEBAYAR_BENCH_BINARY")
	removeApp = func() {}
)

func TestMain(m *testing.M) {
	if together := os.Getenv(bareRole); together != "" {
		if err := runBare(together); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	removeApp()
	os.Exit(code)
}

const (
	repeats = 3
	long    = 2 * time.Second // of one cell of one repeat
	most    = 40_000          // notifications in it
)

var connections = []int{1, 64, 256}

// TestThroughput prints the table and keeps it in figures/. Every cell is
// measured several times, the servers in turn, so that what else the machine
// does falls on all of them; ratios are of neighbours in time.
func TestThroughput(t *testing.T) {
	wanted := os.Getenv("KODEBAYAR_BENCH") // sqlite, postgres, or anything for both
	if wanted == "" {
		t.Skip("a benchmark: make bench")
	}
	began := time.Now()
	buildApp(t)
	dir, err := os.MkdirTemp(os.Getenv("KODEBAYAR_BENCH_DIR"), "kodebayar-bench-")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := startPostgres(t)
	asked := trace(t, p)
	script := filepath.Join(dir, "script.json")
	text, err := json.Marshal(asked)
	check(t, err)
	check(t, os.WriteFile(script, text, 0o600))

	out := &report{}
	out.printf("%s, %s %s/%s, %d CPUs, load %s\n", time.Now().UTC().Format("2006-01-02 15:04 MST"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), loadAverage())
	out.printf("fsync of 4 KiB: %s\n", fsyncs(t, dir))
	out.printf("one notification is %d statements:\n", len(asked))
	for _, s := range asked {
		mark := ""
		if s.Once || s.Last {
			mark = "once a commit: "
		}
		out.printf("  %s%.100s\n", mark, strings.Join(strings.Fields(s.SQL), " "))
	}

	if wanted != "postgres" {
		engine(t, out, "SQLite", sqliteServers(t, dir, script))
	}
	if wanted != "sqlite" {
		engine(t, out, "PostgreSQL", postgresServers(t, p, script))
	}

	out.printf("\nafterwards: load %s, fsync of 4 KiB: %s; %v in all\n", loadAverage(), fsyncs(t, dir), time.Since(began).Round(time.Second))
	out.keep(t)
}

// sqliteServers are the app and two bare servers, each with a file of its own.
func sqliteServers(t *testing.T, dir, script string) []*server {
	t.Helper()
	first := filepath.Join(dir, "kodebayar.db")
	migrate(t, first)
	fillSQLite(t, first, codes)
	files := []string{first}
	for _, name := range []string{"grouped.db", "single.db"} {
		file := filepath.Join(dir, name)
		copyFile(t, first, file)
		files = append(files, file)
	}
	all := []*server{
		startApp(t, files[0]),
		startBare(t, "bare, grouped", files[1], script, 512),
		startBare(t, "bare, one each", files[2], script, 1),
	}
	for _, s := range all {
		s.commits = sqliteCommits(t, s.database)
	}
	return all
}

func postgresServers(t *testing.T, p *pgtest.Server, script string) []*server {
	t.Helper()
	const name = "kodebayar"
	check(t, p.Exec("postgres", "CREATE DATABASE "+name))
	migrate(t, p.Address(name))
	fillPostgres(t, p, name, codes)
	addresses := []string{p.Address(name)}
	for _, copied := range []string{"grouped", "single"} {
		check(t, p.Exec("postgres", "CREATE DATABASE "+copied+" TEMPLATE "+name+" STRATEGY FILE_COPY"))
		addresses = append(addresses, p.Address(copied))
	}
	check(t, p.Exec("postgres", "CHECKPOINT"))
	all := []*server{
		startApp(t, addresses[0]),
		startBare(t, "bare, grouped", addresses[1], script, 512),
		startBare(t, "bare, one each", addresses[2], script, 1),
	}
	for _, s := range all {
		s.commits = postgresCommits(t, s.database)
	}
	return all
}

// engine measures all servers of one engine and prints their table.
func engine(t *testing.T, out *report, name string, servers []*server) {
	t.Helper()
	cells := map[string][]figure{}
	key := func(s *server, n int) string { return fmt.Sprint(s.name, " ", n) }
	for repeat := range repeats {
		for _, n := range connections {
			order := slices.Clone(servers)
			if repeat%2 == 1 {
				slices.Reverse(order)
			}
			for _, s := range order {
				cells[key(s, n)] = append(cells[key(s, n)], measure(t, s, n, long, most))
			}
		}
	}
	out.printf("\n%s: least / median / most of %d\n", name, repeats)
	out.printf("%-15s %5s  %-22s %-22s %-22s %-18s %s\n", "", "conns", "notifications/s", "p50 ms", "p99 ms", "commits/s", "CPU µs each")
	for _, n := range connections {
		for _, s := range servers {
			c := cells[key(s, n)]
			out.printf("%-15s %5d  %-22s %-22s %-22s %-18s %s\n", s.name, n,
				spread(c, "%.0f", func(f figure) float64 { return f.rate }),
				spread(c, "%.2f", func(f figure) float64 { return f.p50.Seconds() * 1000 }),
				spread(c, "%.2f", func(f figure) float64 { return f.p99.Seconds() * 1000 }),
				spread(c, "%.0f", func(f figure) float64 { return f.commits }),
				spread(c, "%.0f", func(f figure) float64 { return f.cpu.Seconds() * 1e6 }))
		}
	}
	own, grouped := servers[0], servers[1]
	ratio := func(n int, of func(figure) float64) string {
		a, b := cells[key(own, n)], cells[key(grouped, n)]
		all := make([]figure, repeats)
		for i := range all {
			all[i].rate = of(a[i]) / of(b[i])
		}
		return spread(all, "%.2f", func(f figure) float64 { return f.rate })
	}
	rate := func(f figure) float64 { return f.rate }
	cpu := func(f figure) float64 { return f.cpu.Seconds() }
	out.printf("of the bare grouped server: rate at 64 %s (aim 0.85 or more), at 256 %s; p50 at 1 %s (aim 1.25 or less)\n",
		ratio(64, rate), ratio(256, rate), ratio(1, func(f figure) float64 { return f.p50.Seconds() }))
	// On a machine that others use too this is the steadier comparison.
	out.printf("CPU of its process for one notification, by that of the bare grouped server: at 1 %s, at 64 %s, at 256 %s\n",
		ratio(1, cpu), ratio(64, cpu), ratio(256, cpu))
}

// spread is the least, the median and the most.
func spread(all []figure, format string, of func(figure) float64) string {
	var v []float64
	for _, f := range all {
		v = append(v, of(f))
	}
	slices.Sort(v)
	return fmt.Sprintf(format+" / "+format+" / "+format, v[0], v[len(v)/2], v[len(v)-1])
}

// buildApp builds the binary that all benchmarks share.
func buildApp(t *testing.T) {
	t.Helper()
	if app != "" {
		return
	}
	var err error
	app, removeApp, err = build.Kodebayar(filepath.Join("..", ".."))
	check(t, err)
}

// A report is printed and kept.
type report struct{ text strings.Builder }

func (r *report) printf(format string, args ...any) {
	fmt.Printf(format, args...)
	fmt.Fprintf(&r.text, format, args...)
}

func (r *report) keep(t *testing.T) {
	t.Helper()
	check(t, os.MkdirAll("figures", 0o755))
	file := filepath.Join("figures", time.Now().UTC().Format("2006-01-02T1504")+"-"+strings.ToLower(strings.TrimPrefix(t.Name(), "Test"))+".txt")
	check(t, os.WriteFile(file, []byte(r.text.String()), 0o644))
	fmt.Printf("kept in e2e/bench/%s\n", file)
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// fsyncs says what the disk does to one small durable write.
func fsyncs(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "probe"))
	check(t, err)
	defer f.Close()
	var all []figure
	for i := range 200 {
		_, err := f.WriteAt(make([]byte, 4<<10), int64(i)*4<<10)
		check(t, err)
		began := time.Now()
		check(t, f.Sync())
		all = append(all, figure{rate: time.Since(began).Seconds() * 1000})
	}
	return spread(all, "%.2f", func(f figure) float64 { return f.rate }) + " ms"
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
