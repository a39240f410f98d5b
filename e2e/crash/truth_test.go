package crash

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// A truth is everything that is stored, at one moment.
type truth struct {
	codes      map[string]codeRow // by id
	byForm     map[string]codeRow
	deliveries map[delivered]string // exchange id
	exchanges  map[string]exchangeRow
	verified   map[string]int // exchanges by Request-Id that were answered 200
	payments   []paymentRow
	byTrx      map[string][]paymentRow
	events     []eventRow
	calls      []callRow
	attention  []attentionRow
}

type (
	delivered struct{ requestID, digest string }
	codeRow   struct {
		id, form, status, mode, invoice, code, name string
		amount, paidTotal, paidCount, review        int64
		attention                                   int64
		reusable                                    bool
	}
	exchangeRow struct {
		requestID, kind, verdict, digest string
		status                           int64
	}
	paymentRow struct {
		id, code, agent, store, trx, standing, exchange string
		amount, date                                    int64
	}
	eventRow struct {
		seq               int64
		code, kind, cause string
		detail            map[string]string
	}
	callRow struct {
		requestID, code, kind, outcome string
		next                           int64
	}
	attentionRow struct {
		code, exchange string
		open           bool
	}
)

// openTruth opens a shop's database beside the app.
func openTruth(t *testing.T, database string) *sql.DB {
	t.Helper()
	driver, source := "pgx", database
	if !strings.HasPrefix(database, "postgres://") {
		file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: database}).EscapedPath()}
		driver, source = "sqlite", file.String()+"?_pragma=busy_timeout(5000)"
	}
	pool, err := sql.Open(driver, source)
	check(t, err)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// readTruth reads all in one transaction, so that a running app changes
// nothing under its eyes.
func readTruth(t *testing.T, pool *sql.DB) *truth {
	t.Helper()
	tx, err := pool.BeginTx(t.Context(), nil)
	check(t, err)
	defer tx.Rollback()
	// PostgreSQL's default would show each query another moment; SQLite's only
	// kind of transaction does not, and does not know the sentence.
	if _, ok := pool.Driver().(*stdlib.Driver); ok {
		_, err = tx.Exec(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`)
		check(t, err)
	}
	w := &truth{
		codes: map[string]codeRow{}, byForm: map[string]codeRow{}, deliveries: map[delivered]string{},
		exchanges: map[string]exchangeRow{}, verified: map[string]int{}, byTrx: map[string][]paymentRow{},
	}
	each := func(query string, scan func(*sql.Rows) error) {
		t.Helper()
		rows, err := tx.Query(query)
		check(t, err)
		defer rows.Close()
		for rows.Next() {
			check(t, scan(rows))
		}
		check(t, rows.Err())
	}
	each(`SELECT id, form_id, status, mode, invoice_number, payment_code, customer_name, amount, paid_total, paid_count, review, attention, options FROM codes`,
		func(r *sql.Rows) error {
			var c codeRow
			var options string
			if err := r.Scan(&c.id, &c.form, &c.status, &c.mode, &c.invoice, &c.code, &c.name, &c.amount, &c.paidTotal, &c.paidCount,
				&c.review, &c.attention, &options); err != nil {
				return err
			}
			var o struct{ Reusable bool }
			if err := json.Unmarshal([]byte(options), &o); err != nil {
				return err
			}
			c.reusable = o.Reusable
			w.codes[c.id], w.byForm[c.form] = c, c
			return nil
		})
	each(`SELECT request_id, digest, exchange_id FROM deliveries`, func(r *sql.Rows) error {
		var d delivered
		var exchange string
		if err := r.Scan(&d.requestID, &d.digest, &exchange); err != nil {
			return err
		}
		w.deliveries[d] = exchange
		return nil
	})
	each(`SELECT id, request_id, kind, verdict, status, CASE WHEN direction = 'in' THEN request_body END FROM exchanges`,
		func(r *sql.Rows) error {
			var x exchangeRow
			var id string
			var body []byte
			if err := r.Scan(&id, &x.requestID, &x.kind, &x.verdict, &x.status, &body); err != nil {
				return err
			}
			sum := sha256.Sum256(body)
			x.digest = hex.EncodeToString(sum[:])
			w.exchanges[id] = x
			if x.kind == "notification" && x.verdict == "verified" && x.status == 200 {
				w.verified[x.requestID]++
			}
			return nil
		})
	each(`SELECT id, COALESCE(code_id, ''), amount, paid_at, agent, store, trx, standing, exchange_id FROM payments`,
		func(r *sql.Rows) error {
			var p paymentRow
			if err := r.Scan(&p.id, &p.code, &p.amount, &p.date, &p.agent, &p.store, &p.trx, &p.standing, &p.exchange); err != nil {
				return err
			}
			w.payments = append(w.payments, p)
			w.byTrx[p.trx] = append(w.byTrx[p.trx], p)
			return nil
		})
	each(`SELECT seq, code_id, kind, cause, detail FROM events ORDER BY seq`, func(r *sql.Rows) error {
		var e eventRow
		var detail string
		if err := r.Scan(&e.seq, &e.code, &e.kind, &e.cause, &detail); err != nil {
			return err
		}
		if detail != "" {
			if err := json.Unmarshal([]byte(detail), &e.detail); err != nil {
				return err
			}
		}
		w.events = append(w.events, e)
		return nil
	})
	each(`SELECT request_id, code_id, kind, outcome, next_at FROM calls`, func(r *sql.Rows) error {
		var c callRow
		if err := r.Scan(&c.requestID, &c.code, &c.kind, &c.outcome, &c.next); err != nil {
			return err
		}
		w.calls = append(w.calls, c)
		return nil
	})
	each(`SELECT code_id, exchange_id, done_at = 0 FROM attention`, func(r *sql.Rows) error {
		var a attentionRow
		if err := r.Scan(&a.code, &a.exchange, &a.open); err != nil {
			return err
		}
		w.attention = append(w.attention, a)
		return nil
	})
	return w
}
