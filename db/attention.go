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

// Attention finds one entry.
func (r reads) Attention(ctx context.Context, id string) (payments.Attention, error) {
	return first(ctx, r, scanAttention, `SELECT `+attentionColumns+` FROM attention WHERE id = $1`, id)
}

// OpenAttention lists what waits for a person, oldest first: on the codes of a
// scope (staff id; empty: everybody's, and what belongs to no code).
func (r reads) OpenAttention(ctx context.Context, scope string, limit int) ([]payments.Attention, error) {
	return all(ctx, r, scanAttention, `SELECT `+attentionColumns+` FROM attention
		WHERE done_at = 0 AND (CAST($1 AS TEXT) = '' OR EXISTS
			(SELECT 1 FROM codes WHERE codes.id = attention.code_id AND codes.created_by = $1))
		ORDER BY id LIMIT $2`, scope, limit)
}

// CountAttention counts what OpenAttention lists.
func (r reads) CountAttention(ctx context.Context, scope string) (int64, error) {
	return first(ctx, r, scanInt, `SELECT COUNT(*) FROM attention
		WHERE done_at = 0 AND (CAST($1 AS TEXT) = '' OR EXISTS
			(SELECT 1 FROM codes WHERE codes.id = attention.code_id AND codes.created_by = $1))`, scope)
}

// UpdateAttention closes an entry.
func (tx *Tx) UpdateAttention(a payments.Attention) error {
	_, err := tx.Exec(`UPDATE attention SET done_at = $2, done_by = $3, note = $4 WHERE id = $1`, a.ID, millis(a.DoneAt), a.DoneBy, a.Note)
	return err
}
