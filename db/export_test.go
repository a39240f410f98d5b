package db

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"kodebayar/payments"
)

// Undo takes a SQLite file back by one migration and answers its version.
func Undo(t *testing.T, file string) int64 {
	t.Helper()
	pool, err := sql.Open("sqlite", dsn(file, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p, _, _, err := versions(t.Context(), pool, goose.DialectSQLite3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, current, _, err := versions(t.Context(), pool, goose.DialectSQLite3)
	if err != nil {
		t.Fatal(err)
	}
	return current
}

// Seal writes a backup that holds what a sealed one does, under another key.
func Seal(t *testing.T, file string, sealed, key []byte) {
	t.Helper()
	plain := file + ".plain"
	if err := os.WriteFile(plain, sealed[:len(sealed)-sealLength], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := place(plain, file, key); err != nil {
		t.Fatal(err)
	}
}

// Statement is one that a list may read by.
type Statement struct {
	SQL  string
	Args []any
}

// Queries are all statements that the pages of a list may read by.
func (f ListFilter) Queries() []Statement {
	var list []Statement
	for _, s := range f.sources(readQuery(f.Query)) {
		for _, after := range []string{"", "x"} {
			f.After = after
			for _, from := range []at{{}, {paid: 1, id: "x"}} {
				q, args := f.query(s, from, 31)
				list = append(list, Statement{q, args})
			}
		}
	}
	return list
}

// Plan is how SQLite goes about a statement.
func (d *DB) Plan(t *testing.T, s Statement) string {
	t.Helper()
	rows, err := d.q.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+s.SQL, s.Args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var a, b, c int
		var words string
		if err := rows.Scan(&a, &b, &c, &words); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(words + "\n")
	}
	return plan.String()
}

// AuditQuery reads the whole log by a filter.
func AuditQuery(f AuditFilter) Statement {
	query, args := f.statement(0, 1<<40)
	return Statement{query, args}
}

// Where is the condition that a list of exchanges is read by.
func (f ExchangeFilter) Where() (string, []any) { return f.where() }

// OrphansQuery is what money without a code is found by.
const OrphansQuery = orphans

// ShiftQueries are what a shift is added up by.
var ShiftQueries = []string{shiftIssued, shiftMoney}

// Round makes a backup when one is due.
func (s *Shelf) Round(ctx context.Context) { s.round(ctx) }

// Matches says whether a list shows the code, whatever page of it.
func (f ListFilter) Matches(c payments.Code) bool { return f.matches(c, readQuery(f.Query)) }
