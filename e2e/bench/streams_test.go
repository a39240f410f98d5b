package bench

import (
	"bufio"
	"bytes"
	"database/sql"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	openPages = 2_000 // at once
	changes   = 20    // one after another, each measured on every page
	password  = "bench-sandi-panjang-sekali"
)

// TestStreams holds thousands of pages open and pays one code after another:
// how long until every list that may see it has it, and the customer's own
// page; and what an open page costs the app in memory.
func TestStreams(t *testing.T) {
	if os.Getenv("KODEBAYAR_BENCH") == "" {
		t.Skip("a benchmark: make bench")
	}
	buildApp(t)
	database := filepath.Join(t.TempDir(), "kodebayar.db")
	migrate(t, database)
	fillSQLite(t, database, 1_000)
	staff := []*colleague{{role: "owner"}, {role: "manager"}, {role: "accountant"}, {role: "cashier"}, {role: "cashier"}, {role: "cashier"}}
	for i, c := range staff {
		c.email = fmt.Sprintf("%s-%d@example.com", c.role, i)
		c.add(t, database)
	}
	shareOut(t, database, staff)
	s := startApp(t, database)
	customers := startApp(t, database) // an app of its own: memory given back is not seen
	out := &report{}
	out.printf("%s, load %s: %d open pages, %d payments one after another\n",
		time.Now().UTC().Format("2006-01-02 15:04 MST"), loadAverage(), openPages, changes)

	for _, c := range staff {
		c.signIn(t, s.home)
	}
	listed := lists(t, s.home, staff)
	watch := openAll(t, s, out, "lists of mixed roles, languages and filters", openPages, func(i int) (string, string) {
		l := listed[i%len(listed)]
		return l.stream, l.cookie
	})
	var all []time.Duration
	for i := range changes {
		n := 999 - i
		all = append(all, watch.change(t, s, n, fmt.Sprintf("code-01900000-0000-7000-8000-%012d", n), func(page int) bool {
			return listed[page%len(listed)].shows(n)
		})...)
	}
	slices.Sort(all)
	out.printf("  a row is on all of them, ms: p50 %.1f, p99 %.1f, most %.1f\n", ms(all, 50), ms(all, 99), ms(all, 100))
	watch.close()

	watch = openAll(t, customers, out, "customers' pages", openPages, func(i int) (string, string) {
		return fmt.Sprintf("/pay/bench-token-%012d/events?lang=id", i%500), ""
	})
	all = nil
	for i := range changes {
		all = append(all, watch.change(t, customers, i, "state", func(page int) bool { return page%500 == i })...)
	}
	slices.Sort(all)
	out.printf("  the news is on the pages of its code, ms: p50 %.1f, p99 %.1f, most %.1f\n", ms(all, 50), ms(all, 99), ms(all, 100))
	out.keep(t)
}

func ms(sorted []time.Duration, percent int) float64 {
	return sorted[(len(sorted)-1)*percent/100].Seconds() * 1000
}

// A colleague is somebody of the shop who is signed in.
type colleague struct{ role, email, id, cookie string }

func (c *colleague) add(t *testing.T, database string) {
	t.Helper()
	cmd := exec.Command(app, "staff", "add", "--email", c.email, "--name", "Bench "+c.role, "--role", c.role, "--password-stdin")
	cmd.Env = environment(database, "127.0.0.1:0")
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("staff add: %v: %s", err, out)
	}
}

// shareOut gives the newest codes to the cashiers in turn.
func shareOut(t *testing.T, database string, staff []*colleague) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+database)
	check(t, err)
	defer pool.Close()
	for i, c := range staff {
		check(t, pool.QueryRow(`SELECT id FROM staff WHERE email = $1`, c.email).Scan(&c.id))
		_, err := pool.Exec(`UPDATE codes SET created_by = $1 WHERE CAST(substr(id, 25) AS INTEGER) % $2 = $3`, c.id, len(staff), i)
		check(t, err)
	}
}

func (c *colleague) signIn(t *testing.T, home string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	check(t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := browser.PostForm("http://"+home+"/login", url.Values{"email": {c.email}, "password": {password}})
	check(t, err)
	a.Body.Close()
	u, err := url.Parse("http://" + home)
	check(t, err)
	for _, cookie := range jar.Cookies(u) {
		c.cookie += cookie.Name + "=" + cookie.Value + "; "
	}
	if a.StatusCode != http.StatusSeeOther || c.cookie == "" {
		t.Fatalf("%s cannot sign in: %d", c.email, a.StatusCode)
	}
}

// A listed page is a list as somebody has it open.
type listed struct {
	stream, cookie string
	rows           string // its page
}

func (l listed) shows(n int) bool { return strings.Contains(l.rows, numberOf(n)) }

var streamOf = regexp.MustCompile(`sse-connect="([^"]+)"`)

// lists opens every tab and some searches as everybody, in both languages.
func lists(t *testing.T, home string, staff []*colleague) (all []listed) {
	t.Helper()
	for _, query := range []string{"", "?tab=all", "?q=budi", "?tab=unpaid"} {
		for _, c := range staff {
			for _, lang := range []string{"id", "en"} {
				r, err := http.NewRequest(http.MethodGet, "http://"+home+"/transactions"+query, nil)
				check(t, err)
				r.Header.Set("Cookie", c.cookie+"lang="+lang)
				a, err := http.DefaultClient.Do(r)
				check(t, err)
				body, err := io.ReadAll(a.Body)
				a.Body.Close()
				check(t, err)
				found := streamOf.FindSubmatch(body)
				if found == nil {
					t.Fatalf("%s sees no live list at %q: %d", c.role, query, a.StatusCode)
				}
				all = append(all, listed{html.UnescapeString(string(found[1])), c.cookie, string(body)})
			}
		}
	}
	return all
}

// A watch is many open pages, waiting for one word at a time.
type watch struct {
	links   []net.Conn
	word    atomic.Pointer[[]byte]
	arrived chan int
	times   []atomic.Int64 // Unix ns of the word's arrival, by page
}

// openAll opens so many streams and says what each costs the app.
func openAll(t *testing.T, s *server, out *report, what string, n int, stream func(i int) (path, cookie string)) *watch {
	t.Helper()
	before := s.resident(t)
	w := &watch{times: make([]atomic.Int64, n), arrived: make(chan int, 4*n)}
	ready := make(chan error, n)
	for i := range n {
		c, err := net.Dial("tcp", s.home)
		check(t, err)
		w.links = append(w.links, c)
		path, cookie := stream(i)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nAccept: text/event-stream\r\n\r\n", path, s.home, cookie)
		go w.read(i, c, ready)
		if i%50 == 49 { // not a stampede, but a morning
			for range 50 {
				check(t, <-ready)
			}
		}
	}
	t.Cleanup(w.close)
	time.Sleep(2 * time.Second)
	out.printf("%s: %.1f KB of the app's memory each\n", what, float64(s.resident(t)-before)/float64(n)/1024)
	return w
}

// read waits for the page's word, whatever else comes.
func (w *watch) read(i int, c net.Conn, ready chan<- error) {
	r := bufio.NewReaderSize(c, 512)
	line, err := r.ReadString('\n')
	if err == nil && !strings.Contains(line, "200") {
		err = fmt.Errorf("a stream answers %q", line)
	}
	ready <- err
	for {
		line, err := r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
		if word := w.word.Load(); word != nil && bytes.HasPrefix(line, *word) {
			if w.times[i].CompareAndSwap(0, time.Now().UnixNano()) {
				w.arrived <- i
			}
		}
	}
}

// change pays a code and answers how long each page that may see it took to
// have it, from the sending of DOKU's notification.
func (w *watch) change(t *testing.T, s *server, n int, event string, sees func(page int) bool) (took []time.Duration) {
	t.Helper()
	time.Sleep(400 * time.Millisecond) // the change before is over, its counts too
	expected := 0
	for i := range w.times {
		w.times[i].Store(0)
		if sees(i) {
			expected++
		}
	}
	if expected == 0 {
		return nil
	}
	word := []byte("event: " + event)
	w.word.Store(&word)
	c, err := net.Dial("tcp", s.home)
	check(t, err)
	defer c.Close()
	l := &link{c, bufio.NewReader(c)}
	began := time.Now()
	check(t, l.send(request(s.home, n)))
	late := time.After(patience)
	for range expected {
		select {
		case i := <-w.arrived:
			took = append(took, time.Duration(w.times[i].Load()-began.UnixNano()))
		case <-late:
			t.Fatalf("after %v code %d is on %d of %d pages", patience, n, len(took), expected)
		}
	}
	w.word.Store(nil)
	return took
}

func (w *watch) close() {
	for _, c := range w.links {
		c.Close()
	}
}

// resident is the memory of the server's process, in bytes.
func (s *server) resident(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Pid))
	check(t, err)
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	check(t, err)
	return kilobytes << 10
}
