package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// tables in an order that respects their references, each with what its rows
// are written in the order of. Sessions and logins stay behind: everybody signs
// in again at the new place.
var tables = []struct{ name, order string }{
	{"staff", "id"},
	{"invites", "id"},
	{"authenticators", "staff_id"},
	{"recovery_codes", "digest"},
	{"passkeys", "id"},
	{"pins", "staff_id"},
	{"tills", "id"},
	{"settings", "name"},
	{"backups", "name"},
	{"codes", "id"},
	{"batches", "id"},
	{"batch_lines", "batch_id, line"},
	{"code_tokens", "hash, code_id"},
	{"former_amounts", "code_id, amount"},
	{"calls", "request_id"},
	{"counters", "name"},
	{"instructions", "code_id"},
	{"handovers", "code_id, payments"},
	{"payments", "id"},
	{"refunds", "id"},
	{"closings", "id"},
	{"settlements", "id"},
	{"deliveries", "request_id, digest"},
	{"exchanges", "id"},
	{"attention", "id"},
	{"tallies", "environment, day, staff, mode, agent"},
	{"events", "seq"},
}

// ErrNotEmpty says that a copy would go over something.
var ErrNotEmpty = errors.New("the database to copy to is not empty")

// Copy copies everything of one database into another, empty one, on whatever
// engines, in one transaction on either side: the state of one moment, whole
// or not at all. Afterwards it reads both and compares every row, and the
// chain of the log. Both are opened with the same key, which the chain depends
// on. It answers the number of rows.
func Copy(ctx context.Context, from, to *DB) (rows int64, err error) {
	source, err := from.moment(ctx)
	if err != nil {
		return 0, fmt.Errorf("begin to read: %w", err)
	}
	defer source.Rollback()
	err = to.Write(ctx, func(tx *Tx) error {
		if err := tx.unhurried(); err != nil {
			return err
		}
		rows = 0
		for _, t := range tables {
			n, err := copyTable(ctx, source, tx, t.name, t.order)
			if err != nil {
				return fmt.Errorf("copy %s: %w", t.name, err)
			}
			rows += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, t := range tables {
		want, err := digestTable(ctx, source, t.name)
		if err != nil {
			return 0, err
		}
		got, err := digestTable(ctx, to.pool, t.name)
		if err != nil {
			return 0, err
		}
		if got != want {
			return 0, fmt.Errorf("the copy of %s differs from its original", t.name)
		}
	}
	if _, err := to.VerifyLog(ctx); err != nil {
		return 0, err
	}
	return rows, nil
}

func copyTable(ctx context.Context, source queryer, tx *Tx, name, order string) (int64, error) {
	there, err := first(ctx, tx.reads, scanInt, `SELECT COUNT(*) FROM `+name)
	if err != nil {
		return 0, err
	}
	if there > 0 {
		return 0, ErrNotEmpty
	}
	rows, err := source.QueryContext(ctx, `SELECT * FROM `+name+` ORDER BY `+order)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	if tx.w.db.postgres {
		return tx.pour(rows, name, columns)
	}
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	insert := `INSERT INTO ` + name + ` (` + strings.Join(columns, ", ") + `) VALUES (` + strings.Join(marks, ", ") + `)`
	var n int64
	err = eachRow(rows, func(values []any) error {
		n++
		_, err := tx.Exec(insert, values...)
		return err
	})
	return n, err
}

// unhurried lets the transaction last as long as it takes; begin bounds others.
func (tx *Tx) unhurried() error {
	if !tx.w.db.postgres {
		return nil
	}
	return tx.w.conn.Raw(func(c any) error {
		return c.(*stdlib.Conn).Conn().PgConn().Conn().SetDeadline(time.Time{})
	})
}

// pour copies rows by PostgreSQL's COPY, thirty times faster than one INSERT
// after another.
func (tx *Tx) pour(rows *sql.Rows, name string, columns []string) (n int64, err error) {
	read, stop := iter.Pull2(func(yield func([]any, error) bool) {
		err := eachRow(rows, func(values []any) error {
			if !yield(values, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	})
	defer stop()
	source := pgx.CopyFromFunc(func() ([]any, error) {
		values, err, more := read()
		if !more {
			return nil, err
		}
		return values, err
	})
	err = tx.w.conn.Raw(func(c any) (err error) {
		n, err = c.(*stdlib.Conn).Conn().CopyFrom(tx.ctx, pgx.Identifier{name}, columns, source)
		return err
	})
	if err != nil {
		tx.spoil = err // the transaction is aborted
	}
	return n, err
}

var errStopped = errors.New("nobody reads on")

// tableDigest is the sum of its rows' digests: the order in which two engines, or
// two collations, put the rows does not matter.
type tableDigest struct {
	rows int64
	sum  [4]uint64
}

func (d *tableDigest) add(row []byte) {
	d.rows++
	carry := uint64(0)
	for i := range d.sum {
		d.sum[i], carry = bits.Add64(d.sum[i], binary.LittleEndian.Uint64(row[8*i:]), carry)
	}
}

// digestTable is a digest over every value of a table, each preceded by its
// kind and length.
func digestTable(ctx context.Context, q queryer, name string) (d tableDigest, err error) {
	rows, err := q.QueryContext(ctx, `SELECT * FROM `+name)
	if err != nil {
		return d, err
	}
	defer rows.Close()
	row := sha256.New()
	err = eachRow(rows, func(values []any) error {
		row.Reset()
		for _, v := range values {
			switch v := v.(type) {
			case nil:
				row.Write([]byte{'n'})
			case int64:
				row.Write(binary.BigEndian.AppendUint64([]byte{'i'}, uint64(v)))
			case bool:
				row.Write(strconv.AppendBool([]byte{'b'}, v))
			case string:
				writePart(row, v)
			case []byte:
				writePart(row, string(v))
			default:
				return fmt.Errorf("%s holds a %T", name, v)
			}
		}
		d.add(row.Sum(nil))
		return nil
	})
	return d, err
}

// eachRow hands over every row, the values alike on both engines.
func eachRow(rows *sql.Rows, use func([]any) error) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	values, pointers := make([]any, len(types)), make([]any, len(types))
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		for i, t := range types {
			// SQLite keeps a boolean as 0 or 1.
			if n, ok := values[i].(int64); ok && t.DatabaseTypeName() == "BOOLEAN" {
				values[i] = n != 0
			}
		}
		if err := use(values); err != nil {
			return err
		}
	}
	return rows.Err()
}
