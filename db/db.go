// Package db keeps everything in SQLite or PostgreSQL, from one SQL text.
//
// Reads go to a pool. Writes go through [DB.Write]: one goroutine runs the
// waiting ones together and commits them at once, so that a durable write
// costs a share of an fsync and nobody ever meets a locked database.
package db

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // SQLite

	"kodebayar/payments"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is an open, migrated database.
type DB struct {
	reads
	pool     *sql.DB // reads
	postgres bool
	logKey   []byte      // of the log's digests
	sealer   cipher.AEAD // of DOKU's secrets
	acme     cipher.AEAD // of the certificate and its keys
	writer   *writer
	file     string   // of SQLite
	lock     *os.File // held while it is open; nil for a file of our own

	// Snapshot is the backup that was made of an older SQLite file before it
	// was migrated just now; empty when nothing was migrated.
	Snapshot string

	// Observe is told of each commit: how many writes shared it, how long it took
	// from its begin, and whether it failed. Set before the first write; may be
	// nil.
	Observe func(writes int, took time.Duration, failed bool)

	mu          sync.Mutex
	subscribers map[chan struct{}]struct{}
	stop        context.CancelFunc
	done        sync.WaitGroup
}

// Errors that a caller decides on are those of payments.
var (
	ErrNotFound  = payments.ErrNotFound
	ErrNotStored = payments.ErrNotStored
	// ErrTooNew says that the database was written by a newer version.
	ErrTooNew = errors.New("the database belongs to a newer version of kodebayar")
)

// IsPostgres says whether a KODEBAYAR_DATABASE names PostgreSQL rather than a file.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// Open opens the database, creating and migrating it as needed. database is a
// file or a postgres:// address; key is KODEBAYAR_KEY, 32 bytes, from which
// the key of the log's digests is derived.
//
// A SQLite file is locked against a restore while it is open, and backed up
// before it is migrated.
func Open(ctx context.Context, database string, key []byte) (*DB, error) {
	if IsPostgres(database) {
		return open(ctx, database, key)
	}
	held, err := lock(database, false)
	if err != nil {
		return nil, err
	}
	snapshot, err := beforeMigration(ctx, database, key)
	if err != nil {
		held.Close()
		return nil, err
	}
	d, err := open(ctx, database, key)
	if err != nil {
		held.Close()
		return nil, err
	}
	d.lock, d.Snapshot = held, snapshot
	return d, nil
}

func open(ctx context.Context, database string, key []byte) (*DB, error) {
	// A plan that fits most values of a parameter is the wrong one for a list of
	// what few codes have: each reading is planned for its own.
	driver, source, readSource := "pgx", database, database
	if strings.Contains(database, "?") {
		readSource += "&plan_cache_mode=force_custom_plan"
	} else {
		readSource += "?plan_cache_mode=force_custom_plan"
	}
	if !IsPostgres(database) {
		if err := private(database); err != nil {
			return nil, err
		}
		driver, source = "sqlite", dsn(database, "&_pragma=cache_size(-16000)")
		readSource = dsn(database, "&_pragma=query_only(1)")
	}
	w, err := sql.Open(driver, source)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	w.SetMaxIdleConns(1)
	if err := migrate(ctx, w, IsPostgres(database)); err != nil {
		w.Close()
		return nil, err
	}
	r, err := sql.Open(driver, readSource)
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("open database for reading: %w", err)
	}
	r.SetMaxOpenConns(8)
	r.SetMaxIdleConns(8)
	d := &DB{
		reads: reads{r}, pool: r, postgres: IsPostgres(database), logKey: logKey(key), sealer: Sealer(key, sealCredentials), acme: Sealer(key, sealACME),
		file: database, subscribers: map[chan struct{}]struct{}{},
	}
	run, stop := context.WithCancel(context.Background())
	d.stop = stop
	d.writer = newWriter(w, d)
	d.done.Go(func() { d.writer.run(run) })
	d.done.Go(func() { d.watch(run) })
	if d.postgres {
		d.done.Go(func() { d.listen(run) })
	}
	return d, nil
}

// File is where a SQLite database lies, in full; empty for PostgreSQL.
func (d *DB) File() string {
	if d.postgres {
		return ""
	}
	if whole, err := filepath.Abs(d.file); err == nil {
		return whole
	}
	return d.file
}

// Close ends the writer after what it has begun and closes the database.
func (d *DB) Close() error {
	d.stop()
	d.done.Wait()
	err := errors.Join(d.pool.Close(), d.writer.pool.Close())
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
		d.lock = nil // closed once more, it is closed
	}
	return err
}

// Waiting is how many writes wait for a commit.
func (d *DB) Waiting() int { return len(d.writer.queue) }

// Ping answers nil when the database can be read.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.pool.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
}

// dsn gives every connection of a pool the same PRAGMAs; sent by Exec they
// would reach one connection only. synchronous=FULL is what makes an
// acknowledged write survive a power cut; _txlock=immediate lets busy_timeout
// do its work for a transaction that reads before it writes. temp_store=MEMORY
// keeps in memory what a savepoint would need to undo itself: in a file, as is
// the default, it was a fifth of a write's work, and nothing of it outlives the
// transaction.
func dsn(file, more string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}
	return u.String() + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_txlock=immediate&_dqs=0" + more
}

// private makes a new database file readable by its owner only: it holds
// people's names and what they paid.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return f.Close()
}

// migrateLock is the PostgreSQL advisory lock under which one process at a
// time migrates; writeLock the one under which it commits.
const (
	migrateLock = 0x6b6f64656261 // "kodeba"
	writeLock   = 0x6b6f64656262
)

func migrate(ctx context.Context, pool *sql.DB, postgres bool) error {
	dialect := goose.DialectSQLite3
	if postgres {
		dialect = goose.DialectPostgres
		conn, err := pool.Conn(ctx)
		if err != nil {
			return fmt.Errorf("connect to the database: %w", err)
		}
		defer conn.Close()
		if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrateLock)); err != nil {
			return fmt.Errorf("wait for another process to migrate: %w", err)
		}
		defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrateLock))
	}
	provider, current, target, err := versions(ctx, pool, dialect)
	if err != nil {
		return err
	}
	if current > target {
		return fmt.Errorf("%w: it is at %d, this one knows %d", ErrTooNew, current, target)
	}
	// Two command lines may start on one fresh file; SQLite has no advisory
	// lock, so the one that comes second looks again.
	for try := 0; ; try++ {
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
		if try == 20 || ctx.Err() != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// versions are where a database stands and where this program's migrations end.
func versions(ctx context.Context, pool *sql.DB, dialect goose.Dialect) (p *goose.Provider, current, target int64, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, 0, 0, err
	}
	if p, err = goose.NewProvider(dialect, pool, files); err != nil {
		return nil, 0, 0, fmt.Errorf("read migrations: %w", err)
	}
	if current, target, err = p.GetVersions(ctx); err != nil {
		return nil, 0, 0, fmt.Errorf("read the database's version: %w", err)
	}
	return p, current, target, nil
}

// beforeMigration backs up a SQLite file that is about to be migrated and
// answers where to. The version that wrote the file can restore it.
func beforeMigration(ctx context.Context, database string, key []byte) (string, error) {
	if info, err := os.Stat(database); err != nil || info.Size() == 0 {
		return "", nil // nothing to keep
	}
	pool, err := sql.Open("sqlite", dsn(database, ""))
	if err != nil {
		return "", fmt.Errorf("open database: %w", err)
	}
	defer pool.Close()
	_, current, target, err := versions(ctx, pool, goose.DialectSQLite3)
	if err != nil || current == 0 || current >= target {
		return "", err
	}
	file := fmt.Sprintf("%s.version-%d-%s", database, current, time.Now().UTC().Format("20060102-150405.000"))
	return file, snapshot(ctx, database, key, file)
}

// Subscribe answers a channel that wakes after each change of the log, here
// and, within a second, by another process. Wake-ups merge: the receiver reads
// the log for what is new.
func (d *DB) Subscribe() (wake <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	d.mu.Lock()
	d.subscribers[ch] = struct{}{}
	d.mu.Unlock()
	return ch, func() {
		d.mu.Lock()
		delete(d.subscribers, ch)
		d.mu.Unlock()
	}
}

func (d *DB) announce() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ch := range d.subscribers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// watch looks each second for events of other processes: the command line,
// a second instance.
func (d *DB) watch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if seq, err := d.LastSeq(ctx); err == nil && seq != last {
				last = seq
				d.announce()
			}
		}
	}
}
