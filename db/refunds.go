package db

import (
	"context"

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

// RefundsOf are those of some codes, by the code's id.
func (r reads) RefundsOf(ctx context.Context, codeIDs ...string) (map[string][]payments.Refund, error) {
	return byCode(ctx, r, scanRefund, func(g payments.Refund) string { return g.CodeID }, codeIDs, `SELECT `+refundColumns+` FROM refunds WHERE code_id`, ` ORDER BY id`)
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
