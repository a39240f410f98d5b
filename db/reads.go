package db

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// reads are the queries that work on the pool and inside a change alike.
type reads struct{ q queryer }

// queryer is the pool, a moment of it, or a change.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// moment begins to read everything as it stands now, on either engine. It keeps
// no writer waiting.
func (d *DB) moment(ctx context.Context) (*sql.Tx, error) {
	how := &sql.TxOptions{ReadOnly: true} // on SQLite a transaction sees one moment anyway
	if d.postgres {
		how.Isolation = sql.LevelRepeatableRead
	}
	return d.pool.BeginTx(ctx, how)
}

// Query reads outside of any change.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.q.QueryContext(ctx, query, args...)
}

// one scans the first row, or answers ErrNotFound.
func (r reads) one(ctx context.Context, scan func(scanner) error, query string, args ...any) error {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return ErrNotFound
	}
	if err := scan(rows); err != nil {
		return err
	}
	return rows.Close()
}

// all scans every row.
func all[T any](ctx context.Context, r reads, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// byCode scans every row about some codes, by the code's id. The query ends
// where their places begin.
func byCode[T any](ctx context.Context, r reads, scan func(scanner) (T, error), of func(T) string, codeIDs []string, query, end string) (map[string][]T, error) {
	found := map[string][]T{}
	if len(codeIDs) == 0 {
		return found, nil
	}
	args := make([]any, len(codeIDs))
	for i, id := range codeIDs {
		args[i] = id
	}
	rows, err := all(ctx, r, scan, query+` IN (`+places(0, len(args))+`)`+end, args...)
	for _, row := range rows {
		found[of(row)] = append(found[of(row)], row)
	}
	return found, err
}

// places are those of n arguments that follow others: $3, $4.
func places(others, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(others+i+1)
	}
	return strings.Join(list, ", ")
}

// first scans one row into a value, or answers ErrNotFound.
func first[T any](ctx context.Context, r reads, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	var v T
	err := r.one(ctx, func(s scanner) (err error) { v, err = scan(s); return err }, query, args...)
	return v, err
}

type scanner interface{ Scan(dest ...any) error }

func scanText(s scanner) (v string, err error) { err = s.Scan(&v); return v, err }
func scanInt(s scanner) (v int64, err error)   { err = s.Scan(&v); return v, err }

// millis and instant turn times into stored milliseconds and back; the zero
// time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// stored scans milliseconds into a time.
type stored struct{ t *time.Time }

// Scan meets sql.Scanner.
func (s stored) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", v)
	}
	*s.t = instant(ms)
	return nil
}

// affected says whether a statement changed a row.
func affected(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
