package db

import (
	"context"

	"kodebayar/payments"
)

const refundColumns = `id, code_id, amount, method, reason, made_by, made_at`

func scanRefund(s scanner) (payments.Refund, error) {
	var r payments.Refund
	err := s.Scan(&r.ID, &r.CodeID, &r.Amount, &r.Method, &r.Reason, &r.MadeBy, stored{&r.MadeAt})
	return r, err
}

// Refunds are what was given back of a code's money, oldest first.
func (r reads) Refunds(ctx context.Context, codeID string) ([]payments.Refund, error) {
	return all(ctx, r, scanRefund, `SELECT `+refundColumns+` FROM refunds WHERE code_id = $1 ORDER BY id`, codeID)
}

// InsertRefund records money given back.
func (tx *Tx) InsertRefund(r payments.Refund) error {
	_, err := tx.Exec(`INSERT INTO refunds (`+refundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`, r.ID, r.CodeID, r.Amount, r.Method, r.Reason, r.MadeBy, millis(r.MadeAt))
	if err != nil {
		return err
	}
	return tx.keepRefund(r)
}
