package db

import (
	"context"
	"strconv"
	"strings"

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

// ExchangeFilter says which exchanges a list shows, newest first.
type ExchangeFilter struct {
	Kind    string
	Verdict string
	CodeID  string
	Before  string // older than this id
	Limit   int
}

// Exchanges lists evidence newest first, and says whether older lies beyond.
func (r reads) Exchanges(ctx context.Context, f ExchangeFilter) (list []payments.Exchange, more bool, err error) {
	conditions, args := []string{"TRUE"}, []any{}
	for column, value := range map[string]string{"kind =": f.Kind, "verdict =": f.Verdict, "code_id =": f.CodeID, "id <": f.Before} {
		if value != "" {
			args = append(args, value)
			conditions = append(conditions, column+" $"+strconv.Itoa(len(args)))
		}
	}
	list, err = all(ctx, r, scanExchange, `SELECT `+exchangeColumns+` FROM exchanges WHERE `+strings.Join(conditions, " AND ")+
		` ORDER BY id DESC LIMIT `+strconv.Itoa(f.Limit+1), args...)
	if len(list) > f.Limit {
		list, more = list[:f.Limit], true
	}
	return list, more, err
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
