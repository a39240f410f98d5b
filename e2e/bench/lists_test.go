package bench

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// How large the large shop is and the small one.
const (
	manyCodes = 1_000_000
	fewCodes  = 10_000
	asks      = 41 // of each address, in each of the two
)

// TestLists measures how long the first byte of /transactions takes with a
// million codes, by how long it takes with ten thousand: any tab, any filter, a
// search by everything, a page far back, for the owner and for a cashier. It
// then measures what the app holds of memory at rest, and how soon after its
// start it answers, with the million. KODEBAYAR_BENCH_CODES makes it smaller;
// KODEBAYAR_BENCH_HISTORY names a folder that keeps both shops for another run.
func TestLists(t *testing.T) {
	wanted := os.Getenv("KODEBAYAR_BENCH")
	if wanted == "" {
		t.Skip("a benchmark: make bench")
	}
	many := manyCodes
	if n, err := strconv.Atoi(os.Getenv("KODEBAYAR_BENCH_CODES")); err == nil {
		many = n
	}
	began := time.Now()
	buildApp(t)
	dir, err := os.MkdirTemp(os.Getenv("KODEBAYAR_BENCH_DIR"), "kodebayar-bench-lists-")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	out := &report{}
	out.printf("%s, load %s: %d codes beside %d\n", time.Now().UTC().Format("2006-01-02 15:04 MST"), loadAverage(), many, fewCodes)

	large, small := history(t, dir, "large", many), history(t, dir, "small", fewCodes)
	out.printf("a history of %d was written at %.0f codes a second\n", many, float64(many)/time.Since(began).Seconds())
	if wanted != "postgres" {
		out.printf("\nSQLite\n")
		measureLists(t, out, large, small)
		rest(t, out, large)
	}
	if wanted != "sqlite" {
		p := startPostgres(t)
		copied := map[string]string{}
		for name, from := range map[string]string{"large": large, "small": small} {
			check(t, p.Exec("postgres", "CREATE DATABASE "+name))
			copying := time.Now()
			command(t, from, "", "copy", from, p.Address(name))
			out.printf("copied to PostgreSQL and compared in %v: %s\n", time.Since(copying).Round(time.Second), name)
			check(t, p.Exec(name, "ANALYZE"))
			copied[name] = p.Address(name)
		}
		out.printf("\nPostgreSQL\n")
		measureLists(t, out, copied["large"], copied["small"])
		rest(t, out, copied["large"])
	}
	out.printf("\nafterwards: load %s; %v in all\n", loadAverage(), time.Since(began).Round(time.Second))
	out.keep(t)
}

// history makes a shop with so many codes and two people who can sign in.
func history(t *testing.T, dir, name string, codes int) (database string) {
	t.Helper()
	folder := filepath.Join(dir, name)
	if kept := os.Getenv("KODEBAYAR_BENCH_HISTORY"); kept != "" {
		folder = filepath.Join(kept, name)
		if database = filepath.Join(folder, "kodebayar.db"); fileExists(database) {
			return database
		}
	}
	cmd := exec.Command(app, "demo", "--folder", folder, "--history", strconv.Itoa(codes))
	check(t, os.MkdirAll(folder, 0o700))
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) // that of every program here
	check(t, os.WriteFile(filepath.Join(folder, "kodebayar.db.key"), []byte(key+"\n"), 0o600))
	env := append(environment("", "127.0.0.1:0"), "KODEBAYAR_SIMULATOR_ADDR=127.0.0.1:0")
	spawn(t, cmd, env, func(line string) string {
		if strings.HasPrefix(line, "Ctrl-C") {
			return "ready"
		}
		return ""
	})
	check(t, cmd.Process.Signal(os.Interrupt))
	cmd.Wait()
	database = filepath.Join(folder, "kodebayar.db")
	command(t, database, password+"\n", "staff", "add", "--email", "owner@example.com", "--name", "Ratna", "--role", "owner", "--password-stdin")
	command(t, database, password+"\n", "staff", "reset", "kasir1@demo.invalid", "--password-stdin")
	pool, err := sql.Open("sqlite", "file:"+database)
	check(t, err)
	defer pool.Close()
	// A shop that is a year old and has no backup makes one when it starts, while
	// it is being measured.
	now := time.Now().UTC()
	backup := fmt.Sprintf(`INSERT INTO backups (name, at, size, events, made_by) VALUES ('%s-000', %d, 0, 0, 'system')`, now.Format("20060102-150405"), now.UnixMilli())
	for _, s := range []string{`UPDATE staff SET disabled = FALSE`, backup, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		_, err = pool.Exec(s)
		check(t, err)
	}
	return database
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func command(t *testing.T, database, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command(app, args...)
	cmd.Env, cmd.Stdin = environment(database, "127.0.0.1:0"), strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// place is a shop being asked.
type place struct {
	home    string
	people  map[string]string // cookies
	browser *http.Client
	row     row
}

// A row is a code in the middle of the list, by whose words it is searched.
type row struct{ id, code, invoice, name, amount, phone string }

var rowPattern = regexp.MustCompile(`(?s)id="code-([0-9a-f-]+)"([^>]*)>(.*?)</tr>`)

func openPlace(t *testing.T, database string) *place {
	t.Helper()
	s := startApp(t, database)
	p := &place{home: s.home, people: map[string]string{}, browser: &http.Client{Timeout: patience}}
	for name, email := range map[string]string{"owner": "owner@example.com", "cashier": "kasir1@demo.invalid"} {
		c := colleague{email: email}
		c.signIn(t, s.home)
		p.people[name] = c.cookie
	}
	attribute := func(s, name string) string {
		_, rest, _ := strings.Cut(s, name+`="`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	// One of the cashier's own, half a year back, that was paid and has a phone.
	half := time.Now().AddDate(0, -6, 0).Format(time.DateOnly)
	for _, found := range rowPattern.FindAllStringSubmatch(p.text(t, "cashier", "/transactions?status=paid&to="+half), -1) {
		r := row{id: found[1], code: attribute(found[2], "data-payment-code"), invoice: attribute(found[2], "data-invoice")}
		page := p.text(t, "cashier", "/codes/"+r.id)
		_, rest, ok := strings.Cut(page, "<dt>HP</dt><dd>")
		r.phone, _, _ = strings.Cut(rest, "<")
		_, rest, _ = strings.Cut(found[3], `class="c-amount">`)
		r.amount, _, _ = strings.Cut(rest, "<")
		_, rest, _ = strings.Cut(found[3], `href="/codes/`+r.id+`">`)
		r.name, _, _ = strings.Cut(rest, "<")
		if ok && r.code != "" && r.name != "" {
			p.row = r
			return p
		}
	}
	t.Fatal("no code to search for")
	return nil
}

func (p *place) text(t *testing.T, who, path string) string {
	t.Helper()
	body, _ := p.ask(t, who, path)
	return body
}

// ask answers a page, and how long its first byte took.
func (p *place) ask(t *testing.T, who, path string) (string, time.Duration) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+p.home+path, nil)
	check(t, err)
	r.Header.Set("Cookie", p.people[who])
	began := time.Now()
	a, err := p.browser.Do(r)
	check(t, err)
	defer a.Body.Close()
	reader := bufio.NewReader(a.Body)
	_, err = reader.Peek(1)
	took := time.Since(began)
	check(t, err)
	body, err := io.ReadAll(reader)
	check(t, err)
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%s for the %s: %d", path, who, a.StatusCode)
	}
	return string(body), took
}

// addresses are lists of all kinds.
func (r row) addresses() []struct{ name, path string } {
	q := func(words string) string { return "/transactions?q=" + url.QueryEscape(words) }
	half, year := time.Now().AddDate(0, -6, 0).Format(time.DateOnly), time.Now().AddDate(-1, 0, 0).Format(time.DateOnly)
	return []struct{ name, path string }{
		{"all", "/transactions"},
		{"unpaid", "/transactions?tab=unpaid"},
		{"paid today", "/transactions?tab=paid"},
		{"attention", "/transactions?tab=attention"},
		{"state paid", "/transactions?status=paid"},
		{"state cancelled", "/transactions?status=cancelled"},
		{"state unknown: none", "/transactions?status=unknown"},
		{"two states", "/transactions?status=expired&status=rejected"},
		{"last month", "/transactions?days=last_month"},
		{"a day half a year ago", "/transactions?from=" + half + "&to=" + half},
		{"by day of payment", "/transactions?by=paid&from=" + half + "&to=" + half},
		{"mode MGPC", "/transactions?mode=mgpc"},
		{"amount", "/transactions?min=150000&max=150000"},
		{"amounts", "/transactions?min=100000&max=200000"},
		{"amounts nobody asks", "/transactions?min=4999000&max=4999999"},
		{"cancelled, MGPC, last month", "/transactions?status=cancelled&mode=mgpc&days=last_month"},
		{"search: code", q(r.code)},
		{"search: four digits", q(r.code[len(r.code)-4:])},
		{"search: six digits of a code", q(r.code[:6])},
		{"search: nine digits of a code", q(r.code[:9])},
		{"search: invoice", q(r.invoice)},
		{"search: word of a name", q(strings.Fields(r.name)[0])},
		{"search: beginning of a name", q(r.name[:2])},
		{"search: name", q(r.name)},
		{"search: phone", q(r.phone)},
		{"search: amount", q(r.amount)},
		{"search: nothing", q("qqqq zzzz")},
		{"search and filter", q(strings.Fields(r.name)[0]) + "&status=cancelled&tab=all"},
		{"report of a month by day", "/reports?pick=last_month"},
		{"report of a year by chain", "/reports?by=chain&from=" + year},
		{"a page far back", "/transactions?before=" + r.id},
		{"and up again", "/transactions?after=" + r.id},
	}
}

func measureLists(t *testing.T, out *report, large, small string) {
	t.Helper()
	a, b := openPlace(t, large), openPlace(t, small)
	worst := 0.0
	out.printf("%-8s %-30s %-12s %-12s %s\n", "", "first byte, median ms", "many", "few", "ratio: least / median / most of thirds")
	for _, who := range []string{"owner", "cashier"} {
		in, from := a.row.addresses(), b.row.addresses()
		for i := range in {
			if who == "cashier" && strings.HasPrefix(in[i].path, "/reports") {
				continue // not theirs to see
			}
			var many, few []figure
			rows := func(p *place, path string) int {
				return shown(p.text(t, who, path))
			}
			manyRows, fewRows := rows(a, in[i].path), rows(b, from[i].path)
			for n := range asks {
				if n%2 == 0 {
					_, took := a.ask(t, who, in[i].path)
					many = append(many, figure{rate: took.Seconds() * 1000})
				}
				_, took := b.ask(t, who, from[i].path)
				few = append(few, figure{rate: took.Seconds() * 1000})
				if n%2 == 1 {
					_, took := a.ask(t, who, in[i].path)
					many = append(many, figure{rate: took.Seconds() * 1000})
				}
			}
			var thirds []figure
			for third := range 3 {
				lo, hi := third*asks/3, (third+1)*asks/3
				thirds = append(thirds, figure{rate: median(many[lo:hi]) / median(few[lo:hi])})
			}
			ratio := median(many) / median(few)
			mark := ""
			switch {
			case manyRows != fewRows: // drawing thirty rows takes longer than drawing three
				mark = fmt.Sprintf("  of %d rows and %d", manyRows, fewRows)
			case ratio > 1.5:
				mark = "  over"
				fallthrough
			default:
				worst = max(worst, ratio)
			}
			out.printf("%-8s %-30s %-12.2f %-12.2f %s%s\n", who, in[i].name, median(many), median(few), spread(thirds, "%.2f", func(f figure) float64 { return f.rate }), mark)
		}
	}
	out.printf("worst ratio of medians of pages with as many rows %.2f (aim 1.5 or less)\n", worst)
}

// shown counts the codes on a page, and the things to look at.
func shown(page string) int {
	return strings.Count(page, `<td role="cell" class="c-amount"`) + strings.Count(page, `id="attention-`)
}

func median(all []figure) float64 {
	v := make([]float64, len(all))
	for i, f := range all {
		v[i] = f.rate
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// rest measures memory at rest and how soon after its start the app answers.
func rest(t *testing.T, out *report, database string) {
	t.Helper()
	var health, page []figure
	var resident, anonymous float64
	for range 7 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		address := listener.Addr().String()
		check(t, listener.Close())
		cmd := exec.Command(app, "serve")
		cmd.Env = environment(database, address)
		began := time.Now()
		check(t, cmd.Start())
		first := func(path string) time.Duration {
			for {
				a, err := http.Get("http://" + address + path)
				if err == nil {
					a.Body.Close()
					return time.Since(began)
				}
				if time.Since(began) > patience {
					t.Fatal("the app does not answer")
				}
				time.Sleep(time.Millisecond)
			}
		}
		health = append(health, figure{rate: first("/healthz").Seconds() * 1000})
		page = append(page, figure{rate: first("/login").Seconds() * 1000})
		time.Sleep(2 * time.Second)
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		check(t, err)
		resident, anonymous = megabytes(string(status), "VmRSS:"), megabytes(string(status), "RssAnon:")
		check(t, cmd.Process.Signal(os.Interrupt))
		cmd.Wait()
	}
	ms := func(f figure) float64 { return f.rate }
	out.printf("from the start of the process to its first answer: %s ms, to the sign-in page: %s ms (least / median / most of 7; aim 60)\n", spread(health, "%.0f", ms), spread(page, "%.0f", ms))
	out.printf("resident at rest: %.1f MB, of which %.1f are not pages of the program's own file (aim 30)\n", resident, anonymous)
}

func megabytes(status, name string) float64 {
	_, rest, _ := strings.Cut(status, name)
	kB, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kB / 1024
}
