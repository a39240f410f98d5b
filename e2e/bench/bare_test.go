package bench

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	_ "modernc.org/sqlite"
)

// bareRole tells this test's binary that it is a bare server, and how many
// notifications may share a commit; bareScript names the file of statements.
const (
	bareRole   = "KODEBAYAR_BENCH_BARE"
	bareScript = "KODEBAYAR_BENCH_SCRIPT"
)

// bare is the least that could be done: net/http, a queue, one connection with
// statements prepared once, and the same statements. It checks no signature,
// reads no JSON, computes no digest.
type bare struct {
	db       *sql.Conn
	postgres bool
	script   script
	prepared []*sql.Stmt
	begin    []*sql.Stmt
	commit   []*sql.Stmt
	queue    chan *job
	together int
	made     int64 // ids
	seq      int64 // of the log
}

type job struct {
	n    string // twelve digits of the code
	body []byte
	done chan error
}

func runBare(together string) error {
	database := os.Getenv("KODEBAYAR_DATABASE")
	b := &bare{queue: make(chan *job, 4096), postgres: strings.HasPrefix(database, "postgres://")}
	var err error
	if b.together, err = strconv.Atoi(together); err != nil {
		return err
	}
	text, err := os.ReadFile(os.Getenv(bareScript))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &b.script); err != nil {
		return err
	}
	driver, source := "sqlite", "file:"+database+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_txlock=immediate&_dqs=0"
	begin, commit := []string{"BEGIN IMMEDIATE"}, []string{"COMMIT"}
	if b.postgres {
		driver, source = "pgx", database
		begin = []string{"BEGIN", "SELECT pg_advisory_xact_lock(7)"}
		commit = []string{"SELECT pg_notify('kodebayar_log', '')", "COMMIT"}
	}
	ctx := context.Background()
	pool, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	if b.db, err = pool.Conn(ctx); err != nil {
		return err
	}
	prepare := func(texts []string) (all []*sql.Stmt, err error) {
		for _, text := range texts {
			s, err := b.db.PrepareContext(ctx, text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", text, err)
			}
			all = append(all, s)
		}
		return all, nil
	}
	if b.begin, err = prepare(begin); err != nil {
		return err
	}
	if b.commit, err = prepare(commit); err != nil {
		return err
	}
	var texts []string
	for _, s := range b.script {
		texts = append(texts, s.SQL)
	}
	if b.prepared, err = prepare(texts); err != nil {
		return err
	}
	go b.write()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	http.HandleFunc("POST "+notificationPath, b.take)
	fmt.Println("bare", listener.Addr())
	go http.Serve(listener, nil)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
	return nil
}

var invoiceKey = []byte(`"invoice_number": "` + invoicePrefix)

func (b *bare) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	at := bytes.Index(body, invoiceKey)
	if err != nil || at < 0 {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	at += len(invoiceKey)
	j := &job{n: string(body[at : at+12]), body: body, done: make(chan error, 1)}
	b.queue <- j
	if err := <-j.done; err != nil {
		fmt.Fprintln(os.Stderr, err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "OK\n")
}

// write commits what waits, so much at once as is allowed.
func (b *bare) write() {
	batch := make([]*job, 0, b.together)
	for j := range b.queue {
		batch = append(batch[:0], j)
	fill:
		for len(batch) < b.together {
			select {
			case j := <-b.queue:
				batch = append(batch, j)
			default:
				break fill
			}
		}
		err := b.store(batch)
		for _, j := range batch {
			j.done <- err
		}
	}
}

func (b *bare) store(batch []*job) error {
	ctx := context.Background()
	if err := runAll(ctx, b.begin); err != nil {
		return err
	}
	for i, j := range batch {
		first := b.made
		for k, s := range b.script {
			if s.Once && i > 0 || s.Last && i < len(batch)-1 {
				continue
			}
			if err := b.ask(ctx, b.prepared[k], s, j, first); err != nil {
				return fmt.Errorf("%s: %w", s.SQL, err)
			}
		}
		b.made = first + 10
	}
	return runAll(ctx, b.commit)
}

func runAll(ctx context.Context, all []*sql.Stmt) error {
	for _, s := range all {
		if _, err := s.ExecContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ask runs one statement for one notification.
func (b *bare) ask(ctx context.Context, prepared *sql.Stmt, s statement, j *job, first int64) error {
	args := make([]any, len(s.Values))
	for i, v := range s.Values {
		switch v.Kind {
		case "int":
			n, err := strconv.ParseInt(v.Text, 10, 64)
			if err != nil {
				return err
			}
			args[i] = n
		case "bool":
			args[i] = v.Text == "t"
		case "bytes":
			args[i] = j.body
		case "seq":
			b.seq++
			args[i] = b.seq
		case "text":
			args[i] = b.fill(v.Text, j.n, first)
		}
	}
	if !strings.HasPrefix(s.SQL, "SELECT") {
		_, err := prepared.ExecContext(ctx, args...)
		return err
	}
	rows, err := prepared.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	row := make([]any, len(columns))
	for i := range row {
		row[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(row...); err != nil {
			return err
		}
		if s.Once {
			b.seq = (*row[0].(*any)).(int64)
		}
	}
	return rows.Err()
}

// fill puts the code's number and the ids of this notification into a text.
func (b *bare) fill(text, n string, first int64) string {
	for {
		before, rest, ok := strings.Cut(text, "{")
		if !ok || len(rest) < 2 || rest[1] != '}' {
			return text
		}
		with := n
		if rest[0] != 'n' {
			// Ascending, as ids that begin with the time are.
			with = fmt.Sprintf("01a00000-0000-7000-8000-%012x", first+int64(rest[0]-'a'))
		}
		text = before + with + rest[2:]
	}
}
