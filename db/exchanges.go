package db

import (
	"context"

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
