package db

import (
	"context"

	"kodebayar/payments"
)

const attentionColumns = `id, code_id, payment_id, exchange_id, kind, opened_at, done_at, done_by, note`

func scanAttention(s scanner) (payments.Attention, error) {
	var a payments.Attention
	err := s.Scan(&a.ID, &a.CodeID, &a.PaymentID, &a.ExchangeID, &a.Kind, stored{&a.OpenedAt}, stored{&a.DoneAt}, &a.DoneBy, &a.Note)
	return a, err
}

// AttentionOf lists what a person must look at, or has looked at, on a code.
func (r reads) AttentionOf(ctx context.Context, codeID string) ([]payments.Attention, error) {
	return all(ctx, r, scanAttention, `SELECT `+attentionColumns+` FROM attention WHERE code_id = $1 AND code_id <> '' ORDER BY id`, codeID)
}

// InsertAttention asks for a person's eyes.
func (tx *Tx) InsertAttention(a payments.Attention) error {
	_, err := tx.Exec(`INSERT INTO attention (`+attentionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, a.CodeID, a.PaymentID, a.ExchangeID, a.Kind, millis(a.OpenedAt), millis(a.DoneAt), a.DoneBy, a.Note)
	return err
}
