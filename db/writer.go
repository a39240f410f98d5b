package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"kodebayar/payments"
)

const (
	queueLength  = 4096 // writes that may wait
	batchLength  = 512  // writes that share one commit
	batchTimeout = 30 * time.Second
)

// ErrBusy says that more writes wait than the queue holds.
var ErrBusy = fmt.Errorf("too many writes are waiting: %w", payments.ErrNotStored)

// writer runs waiting writes in one transaction and answers them all after
// its commit.
type writer struct {
	pool  *sql.DB
	db    *DB
	queue chan *job
	conn  *sql.Conn            // the connection that all writes use; nil after it broke
	stmts map[string]*sql.Stmt // prepared on conn once: a third faster than preparing each time
	gone  chan struct{}        // closed when nothing will be written any more
}

type job struct {
	fn   func(*Tx) error
	done chan error
}

func newWriter(pool *sql.DB, d *DB) *writer {
	return &writer{pool: pool, db: d, queue: make(chan *job, queueLength), gone: make(chan struct{})}
}

// Write runs fn in a change of its own, alone or not at all, and answers nil
// once the change is on disk. fn's error comes back as it is and undoes what
// fn did; ErrNotStored says that the disk or the database refused, and that
// nothing is stored, unless a PostgreSQL server took the commit and was lost
// before it could say so. When ctx ends first, the caller is no longer told, but
// the change may well happen: fn runs under the writer's own context, because
// an expired one would tear the transaction that it shares with others.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	j := &job{fn: fn, done: make(chan error, 1)}
	select {
	case d.writer.queue <- j:
	default:
		return ErrBusy
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for the write: %w", ctx.Err())
	case <-d.writer.gone:
		select {
		case err := <-j.done:
			return err
		default:
			return fmt.Errorf("the database is closed: %w", ErrNotStored)
		}
	}
}

// Update is Write in the words of payments.Store.
func (d *DB) Update(ctx context.Context, fn func(payments.Tx) error) error {
	return d.Write(ctx, func(tx *Tx) error { return fn(tx) })
}

func (w *writer) run(ctx context.Context) {
	batch := make([]*job, 0, batchLength)
	for {
		batch = batch[:0]
		select {
		case j := <-w.queue:
			batch = append(batch, j)
		case <-ctx.Done():
			w.finish()
			return
		}
	fill:
		for len(batch) < batchLength {
			select {
			case j := <-w.queue:
				batch = append(batch, j)
			default:
				break fill
			}
		}
		w.commit(batch)
	}
}

// finish writes what waits already and then takes no more.
func (w *writer) finish() {
	for {
		select {
		case j := <-w.queue:
			w.commit([]*job{j})
		default:
			w.release()
			close(w.gone)
			return
		}
	}
}

// commit runs a batch in one transaction and tells each what became of it.
func (w *writer) commit(batch []*job) {
	// Not the run context: what has begun when the program is told to end is
	// finished.
	// Without a deadline: with one, the drivers start a goroutine for every
	// statement, a fifth of all the work. begin bounds the transaction instead.
	ctx := context.Background()
	results := make([]error, len(batch))
	began := time.Now()
	appended, err := w.transact(ctx, batch, results)
	if w.db.Observe != nil {
		w.db.Observe(len(batch), time.Since(began), err != nil)
	}
	if err != nil {
		w.release()
		for _, j := range batch {
			j.done <- fmt.Errorf("%w: %w", ErrNotStored, err)
		}
		return
	}
	for i, j := range batch {
		j.done <- results[i]
	}
	if appended {
		w.db.announce()
	}
}

// transact answers an error when the transaction as a whole is lost; what
// became of each function otherwise is in results.
func (w *writer) transact(ctx context.Context, batch []*job, results []error) (appended bool, err error) {
	if err := w.begin(ctx); err != nil {
		return false, err
	}
	tx := &Tx{w: w, ctx: ctx, seen: map[string]payments.Code{}}
	tx.reads = reads{tx}
	for i, j := range batch {
		results[i] = tx.Savepoint(func() error { return run(j.fn, tx) })
		if tx.lost != nil {
			return false, tx.lost
		}
	}
	if err := tx.flushTallies(); err != nil {
		return false, err
	}
	if tx.head.appended && w.db.postgres {
		if _, err := tx.Exec(`SELECT pg_notify('` + channel + `', '')`); err != nil {
			return false, fmt.Errorf("wake the other instances: %w", err)
		}
	}
	if _, err := w.conn.ExecContext(ctx, `COMMIT`); err != nil {
		return false, fmt.Errorf("commit: %w", err)
	}
	return tx.head.appended, nil
}

func (w *writer) begin(ctx context.Context) error {
	if w.conn == nil {
		connecting, cancel := context.WithTimeout(ctx, batchTimeout)
		conn, err := w.pool.Conn(connecting)
		cancel()
		if err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		w.conn, w.stmts = conn, map[string]*sql.Stmt{}
	}
	if !w.db.postgres {
		_, err := w.conn.ExecContext(ctx, `BEGIN IMMEDIATE`)
		return err
	}
	// A server that went silent must not hold the writer for ever. SQLite is in
	// this process, and waits for no longer than its busy_timeout.
	if err := w.conn.Raw(func(c any) error {
		return c.(*stdlib.Conn).Conn().PgConn().Conn().SetDeadline(time.Now().Add(batchTimeout))
	}); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, `BEGIN`); err != nil {
		return err
	}
	// Writers of all instances take turns, so that the log's order is the
	// order of commits.
	_, err := w.conn.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(writeLock))
	return err
}

// release gives the connection up, with whatever transaction it was in.
func (w *writer) release() {
	if w.conn == nil {
		return
	}
	for _, s := range w.stmts {
		s.Close()
	}
	// The pool must not hand this connection out again half-way through a
	// transaction: ErrBadConn makes it close the connection for good.
	w.conn.Raw(func(any) error { return driver.ErrBadConn })
	w.conn.Close()
	w.conn, w.stmts = nil, nil
}

// run keeps a panic of one function from the others in its batch.
func run(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

// Tx is one change under way. It is used by the function it was given to,
// in that function's goroutine, and not after it.
type Tx struct {
	reads
	w     *writer
	ctx   context.Context // the writer's, whatever context a caller passes
	depth int
	lost  error // the whole transaction is gone; nothing may run outside it
	spoil error // a statement failed; nothing more until its savepoint is undone
	head  head
	// deltas are what the changes so far add to the tallies. They are summed
	// and written once, before the commit.
	deltas []delta
	days   *time.Location           // see zone; nil: not read yet
	seen   map[string]payments.Code // codes as last read or written in this transaction
}

var savepoints = [...]string{"s0", "s1", "s2", "s3"}

// Savepoint runs fn so that its error undoes what fn did and nothing else.
func (tx *Tx) Savepoint(fn func() error) error {
	if tx.lost != nil {
		return tx.lost
	}
	if tx.spoil != nil {
		return tx.spoil
	}
	if tx.depth == len(savepoints) {
		return errors.New("savepoints nest too deep")
	}
	name, head, deltas := savepoints[tx.depth], tx.head, tx.deltas
	if _, err := tx.Exec(`SAVEPOINT ` + name); err != nil {
		tx.lost = fmt.Errorf("savepoint: %w", err)
		return tx.lost
	}
	depth := tx.depth
	tx.depth++
	err := fn()
	tx.depth = depth // also what a panic inside left deeper
	if tx.lost != nil {
		return tx.lost
	}
	if err == nil {
		err = tx.spoil // fn overlooked a failed statement
	}
	tx.spoil = nil
	if err != nil {
		tx.head, tx.deltas, tx.days = head, deltas, nil
		// When the engine undid the whole transaction by itself (disk full),
		// this fails, and that is how it shows.
		if _, e := tx.Exec(`ROLLBACK TO ` + name); e != nil {
			tx.lost = fmt.Errorf("%w (after: %w)", e, err)
			return tx.lost
		}
	}
	if _, e := tx.Exec(`RELEASE ` + name); e != nil {
		tx.lost = fmt.Errorf("release: %w", e)
		return tx.lost
	}
	return err
}

// stmt answers the statement prepared on the writer's connection.
func (tx *Tx) stmt(query string) (*sql.Stmt, error) {
	if tx.lost != nil {
		return nil, tx.lost
	}
	if tx.spoil != nil {
		return nil, tx.spoil
	}
	if s, ok := tx.w.stmts[query]; ok {
		return s, nil
	}
	s, err := tx.w.conn.PrepareContext(tx.ctx, query)
	if err != nil {
		tx.spoil = fmt.Errorf("prepare: %w", err)
		return nil, tx.spoil
	}
	tx.w.stmts[query] = s
	return s, nil
}

// Exec runs one statement. After a failed one, nothing else runs until the
// enclosing savepoint is undone, on both engines alike.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	s, err := tx.stmt(query)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(tx.ctx, args...)
	if err != nil {
		tx.spoil = err
	}
	return res, err
}

// QueryContext reads within the change; the given context is not used.
func (tx *Tx) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := tx.stmt(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(tx.ctx, args...)
	if err != nil {
		tx.spoil = err
	}
	return rows, err
}

var (
	_ payments.Tx    = (*Tx)(nil)
	_ payments.Store = (*DB)(nil)
)
