package bench

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/db/pgtest"
)

// A script is what the app asks of its database for one notification: the bare
// servers ask the same, so that the table compares like with like whatever the
// app learns to store.
type script []statement

type statement struct {
	SQL    string
	Values []value
	// Once marks what a whole batch needs once: its first notification reads
	// the end of the log. Last is what follows the last of them.
	Once, Last bool
}

// A value is what a parameter is made of.
type value struct {
	Kind string // null, int, bool, bytes, text, seq
	Text string
}

// traced is the code whose notification is watched. Its number stands out in
// whatever is written down because of it.
const traced = 987_654_321

var (
	tracedDigits = fmt.Sprintf("%012d", traced)
	anID         = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	logLine      = regexp.MustCompile(`^(\d+) ([A-Z]+):  (.*)$`)
	parameter    = regexp.MustCompile(`\$(\d+) = (NULL|'(?:[^']|'')*')`)
	endOfLog     = regexp.MustCompile(`(?s)FROM events ORDER BY seq DESC LIMIT 1`)
	ofBatch      = regexp.MustCompile(`(?i)^\s*(BEGIN|COMMIT|SELECT pg_advisory_xact_lock|SELECT pg_notify)`)
)

// trace lets PostgreSQL write down what the app asks of it for one
// notification that pays a code.
func trace(t *testing.T, p *pgtest.Server) script {
	t.Helper()
	const name = "trace"
	check(t, p.Exec("postgres", "CREATE DATABASE "+name))
	migrate(t, p.Address(name))
	fillPostgres(t, p, name, 1)
	check(t, p.Exec(name, insertCodes(fmt.Sprintf("generate_series(%d, %d) AS n", traced, traced), paddedPostgres)))
	check(t, p.Exec("postgres", "ALTER DATABASE "+name+" SET log_statement = 'all'"))
	own := startApp(t, p.Address(name))
	defer own.stop()
	from, err := p.Log.Seek(0, io.SeekEnd)
	check(t, err)
	for _, n := range []int{0, traced} { // the first one makes ready what is made once
		from, err = p.Log.Seek(0, io.SeekEnd)
		check(t, err)
		c, err := net.Dial("tcp", own.home)
		check(t, err)
		l := &link{c, bufio.NewReader(c)}
		if err := l.send(request(own.home, n)); err != nil {
			t.Fatal(err)
		}
		c.Close()
		time.Sleep(200 * time.Millisecond) // until the server's log has it
	}
	all, err := os.ReadFile(p.Log.Name())
	check(t, err)
	s := readTrace(string(all[from:]))
	if len(s) < 5 {
		t.Fatalf("the trace of a notification is %d statements long:\n%s", len(s), all[from:])
	}
	return s
}

// readTrace picks the statements of the one connection that wrote the
// notification down.
func readTrace(log string) script {
	type entry struct{ pid, level, text string }
	var entries []entry
	for line := range strings.Lines(log) {
		if m := logLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			entries = append(entries, entry{m[1], m[2], m[3]})
		} else if len(entries) > 0 { // a further line begins with a tab
			last := &entries[len(entries)-1]
			last.text += "\n" + strings.TrimSuffix(strings.TrimPrefix(line, "\t"), "\n")
		}
	}
	writer := ""
	for _, e := range entries {
		if strings.Contains(e.text, "INSERT INTO deliveries") {
			writer = e.pid
		}
	}
	var s script
	ids := map[string]string{}
	for _, e := range entries {
		if e.pid != writer {
			continue
		}
		switch e.level {
		case "LOG":
			_, sql, ok := strings.Cut(e.text, ": ")
			if ok && (strings.HasPrefix(e.text, "execute ") || strings.HasPrefix(e.text, "statement: ")) {
				s = append(s, statement{SQL: sql, Once: endOfLog.MatchString(sql)})
			}
		case "DETAIL":
			if len(s) > 0 {
				s[len(s)-1].Values = values(e.text, strings.HasPrefix(s[len(s)-1].SQL, "INSERT INTO events"), ids)
			}
		}
	}
	var own script
	depth := 0 // of savepoints: what stands outside of them belongs to the batch
	for _, each := range s {
		if ofBatch.MatchString(each.SQL) {
			continue
		}
		switch {
		case strings.HasPrefix(each.SQL, "SAVEPOINT"):
			depth++
		case strings.HasPrefix(each.SQL, "RELEASE"):
			depth--
		case depth == 0:
			each.Last = true
		}
		own = append(own, each)
	}
	return own
}

func values(detail string, ofLog bool, ids map[string]string) []value {
	var all []value
	for _, m := range parameter.FindAllStringSubmatch(detail, -1) {
		v := value{Kind: "text"}
		if m[2] == "NULL" {
			v.Kind = "null"
		} else {
			v.Text = strings.ReplaceAll(m[2][1:len(m[2])-1], "''", "'")
		}
		switch {
		case v.Kind == "null":
		case ofLog && len(all) == 0:
			v.Kind = "seq"
		case v.Text == "t" || v.Text == "f":
			v.Kind = "bool"
		case strings.HasPrefix(v.Text, `\x`):
			raw, err := hex.DecodeString(v.Text[2:])
			if err == nil {
				v.Kind, v.Text = "bytes", string(raw)
			}
		default:
			if _, err := strconv.ParseInt(v.Text, 10, 64); err == nil && !strings.Contains(v.Text, tracedDigits) {
				v.Kind = "int"
			}
		}
		// {n} is the number of the code, {a}, {b} … are ids made for this notification.
		v.Text = strings.ReplaceAll(v.Text, tracedDigits, "{n}")
		v.Text = anID.ReplaceAllStringFunc(v.Text, func(id string) string {
			if ids[id] == "" {
				ids[id] = "{" + string(rune('a'+len(ids))) + "}"
			}
			return ids[id]
		})
		all = append(all, v)
	}
	return all
}
