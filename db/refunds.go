package db

import (
	"context"
	"strconv"
	"strings"

	"kodebayar/payments"
)

const refundColumns = `id, code_id, amount, method, reason, made_by, made_at, status, decided_by, done_at`

func scanRefund(s scanner) (payments.Refund, error) {
	var r payments.Refund
	err := s.Scan(&r.ID, &r.CodeID, &r.Amount, &r.Method, &r.Reason, &r.MadeBy, stored{&r.MadeAt}, &r.Status, &r.DecidedBy, stored{&r.DoneAt})
	return r, err
}

// Refunds are what was given back of a code's money, oldest first.
func (r reads) Refunds(ctx context.Context, codeID string) ([]payments.Refund, error) {
	return all(ctx, r, scanRefund, `SELECT `+refundColumns+` FROM refunds WHERE code_id = $1 ORDER BY id`, codeID)
}

// RefundedOf are the sums of refunds that count, rupiah, by the ids of those codes
// that have any.
func (r reads) RefundedOf(ctx context.Context, codeIDs ...string) (map[string]int64, error) {
	sums := map[string]int64{}
	if len(codeIDs) == 0 {
		return sums, nil
	}
	places, args := make([]string, len(codeIDs)), make([]any, len(codeIDs))
	for i, id := range codeIDs {
		places[i], args[i] = "$"+strconv.Itoa(i+1), id
	}
	_, err := all(ctx, r, func(s scanner) (none struct{}, err error) {
		var id string
		var amount int64
		err = s.Scan(&id, &amount)
		sums[id] += amount
		return none, err
	}, `SELECT code_id, amount FROM refunds WHERE status = 'done' AND code_id IN (`+strings.Join(places, ", ")+`)`, args...)
	return sums, err
}

// InsertRefund records money given back, or asked for to be.
func (tx *Tx) InsertRefund(r payments.Refund) error {
	_, err := tx.Exec(`INSERT INTO refunds (`+refundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.ID, r.CodeID, r.Amount, r.Method, r.Reason, r.MadeBy, millis(r.MadeAt), r.Status, r.DecidedBy, millis(r.DoneAt))
	if err != nil {
		return err
	}
	return tx.keepRefund(r)
}

// UpdateRefund ends a refund's waiting; ErrConflict when it does not wait.
func (tx *Tx) UpdateRefund(r payments.Refund) error {
	ok, err := affected(tx.Exec(`UPDATE refunds SET status = $2, decided_by = $3, done_at = $4 WHERE id = $1 AND status = 'waiting'`,
		r.ID, r.Status, r.DecidedBy, millis(r.DoneAt)))
	if err != nil {
		return err
	}
	if !ok {
		return payments.ErrConflict
	}
	return tx.keepRefund(r)
}
