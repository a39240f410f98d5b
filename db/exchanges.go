package db

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
)

const exchangeColumns = `id, at, direction, kind, code_id, request_id, method, url, request_header, request_body,
	status, response_header, response_body, duration, verdict, remark`

func scanExchange(s scanner) (payments.Exchange, error) {
	var x payments.Exchange
	err := s.Scan(&x.ID, stored{&x.At}, &x.Direction, &x.Kind, &x.CodeID, &x.RequestID, &x.Method, &x.URL,
		&x.RequestHeader, &x.RequestBody, &x.StatusCode, &x.ResponseHeader, &x.ResponseBody, &x.Duration,
		&x.Verdict, &x.Remark)
	return x, err
}

// Exchange finds one exchange by its id.
func (r reads) Exchange(ctx context.Context, id string) (payments.Exchange, error) {
	return first(ctx, r, scanExchange, `SELECT `+exchangeColumns+` FROM exchanges WHERE id = $1`, id)
}

// ExchangesOf are the exchanges about a code, oldest first.
func (r reads) ExchangesOf(ctx context.Context, codeID string) ([]payments.Exchange, error) {
	return all(ctx, r, scanExchange, `SELECT `+exchangeColumns+` FROM exchanges WHERE code_id = $1 AND code_id <> '' ORDER BY id`, codeID)
}

// ExchangeFilter says which exchanges a list shows, newest first. What is empty
// does not narrow it.
type ExchangeFilter struct {
	Kind      string
	Verdict   string
	Direction payments.Direction
	Query     string // part of a code's number or invoice, or a whole Request-Id
	Before    string // older than this id
	After     string // newer than this id, nearest first
	Limit     int
}

// ExchangeLine is an exchange in a list: without headers and bodies, which may
// be long, and with the names of its code, empty when it belongs to none.
type ExchangeLine struct {
	payments.Exchange
	PaymentCode   string
	InvoiceNumber string
}

func scanExchangeLine(s scanner) (ExchangeLine, error) {
	var x ExchangeLine
	err := s.Scan(&x.ID, stored{&x.At}, &x.Direction, &x.Kind, &x.CodeID, &x.StatusCode, &x.Duration, &x.Verdict,
		&x.PaymentCode, &x.InvoiceNumber)
	return x, err
}

// where builds the condition of a filter; every value is an argument.
func (f ExchangeFilter) where() (string, []any) {
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	conditions := []string{"TRUE"}
	add := func(c string) { conditions = append(conditions, c) }
	// Nearly all exchanges are of a few common kinds and verdicts, of which a walk
	// from the newest soon finds a page. The others have indexes, which the engines
	// use for a query that says, in the words of the index, that it looks there.
	is := func(column, value string, common ...string) {
		if value == "" {
			return
		}
		add(column + " = " + arg(value))
		if !slices.Contains(common, value) {
			add(column + " NOT IN ('" + strings.Join(common, "', '") + "')")
		}
	}
	is("x.kind", f.Kind, "create", "status", "notification")
	is("x.verdict", f.Verdict, "verified", "done")
	if f.Direction != "" {
		add("x.direction = " + arg(string(f.Direction)))
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		named := "lower(invoice_number) LIKE " + arg("%"+likeEscape(strings.ToLower(q))+"%") + ` ESCAPE '\'`
		if digits := strings.NewReplacer(" ", "", "-", "").Replace(q); onlyDigits(digits) {
			named += " OR payment_code LIKE " + arg("%"+digits+"%")
		}
		add("(x.request_id = " + arg(q) + " OR x.code_id IN (SELECT id FROM codes WHERE " + named + "))")
	}
	if f.Before != "" {
		add("x.id < " + arg(f.Before))
	}
	if f.After != "" {
		add("x.id > " + arg(f.After))
	}
	return strings.Join(conditions, " AND "), args
}

// Exchanges lists evidence newest first, and says whether more lies beyond in
// the direction that was read.
func (r reads) Exchanges(ctx context.Context, f ExchangeFilter) (list []ExchangeLine, more bool, err error) {
	where, args := f.where()
	order := "DESC"
	if f.After != "" {
		order = "ASC"
	}
	list, err = all(ctx, r, scanExchangeLine, `SELECT x.id, x.at, x.direction, x.kind, x.code_id, x.status, x.duration, x.verdict,
			COALESCE(c.payment_code, ''), COALESCE(c.invoice_number, '')
		FROM exchanges x LEFT JOIN codes c ON c.id = x.code_id
		WHERE `+where+` ORDER BY x.id `+order+` LIMIT `+strconv.Itoa(f.Limit+1), args...)
	if len(list) > f.Limit {
		list, more = list[:f.Limit], true
	}
	if f.After != "" {
		slices.Reverse(list)
	}
	return list, more, err
}

// BadSignatures counts the callbacks since the given time that were not signed
// with the shop's key: as far as the ring of them reaches.
func (r reads) BadSignatures(ctx context.Context, since time.Time) (int64, error) {
	return first(ctx, r, scanInt, `SELECT COUNT(*) FROM exchanges WHERE verdict = 'bad_signature' AND at >= $1`, millis(since))
}

// InsertExchange keeps evidence.
func (tx *Tx) InsertExchange(x payments.Exchange) error {
	_, err := tx.Exec(`INSERT INTO exchanges (`+exchangeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		x.ID, millis(x.At), x.Direction, x.Kind, x.CodeID, x.RequestID, x.Method, x.URL,
		x.RequestHeader, x.RequestBody, x.StatusCode, x.ResponseHeader, x.ResponseBody, int64(x.Duration),
		x.Verdict, x.Remark)
	return err
}

// InsertUnverified keeps an unsigned callback in a ring of the newest.
func (tx *Tx) InsertUnverified(x payments.Exchange, keep int) error {
	if err := tx.InsertExchange(x); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM exchanges WHERE verdict = 'bad_signature' AND id <= (
		SELECT id FROM exchanges WHERE verdict = 'bad_signature' ORDER BY id DESC LIMIT 1 OFFSET $1)`, keep)
	return err
}

func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
