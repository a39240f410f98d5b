package db

import (
	"context"
	"time"

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

// OpenAttentionOf are the open entries about some codes, oldest first, by the
// code's id.
func (r reads) OpenAttentionOf(ctx context.Context, codeIDs ...string) (map[string][]payments.Attention, error) {
	return byCode(ctx, r, scanAttention, func(a payments.Attention) string { return a.CodeID }, codeIDs,
		`SELECT `+attentionColumns+` FROM attention WHERE done_at = 0 AND code_id <> '' AND code_id`, ` ORDER BY id`)
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

// Puzzle is an attention that belongs to no code, with the money it is about,
// if it is about money.
type Puzzle struct {
	payments.Attention
	Payment payments.Payment
}

// Puzzles lists the open attention that belongs to no code, newest first, and
// says whether there is more: money without a code, notifications that could
// not be read.
func (r reads) Puzzles(ctx context.Context, limit int) (list []Puzzle, more bool, err error) {
	list, err = all(ctx, r, func(s scanner) (p Puzzle, err error) {
		err = s.Scan(&p.ID, &p.PaymentID, &p.ExchangeID, &p.Kind, stored{&p.OpenedAt},
			&p.Payment.Amount, stored{&p.Payment.Date}, &p.Payment.Agent, &p.Payment.Store)
		return p, err
	}, `SELECT a.id, a.payment_id, a.exchange_id, a.kind, a.opened_at,
			COALESCE(p.amount, 0), COALESCE(p.paid_at, 0), COALESCE(p.agent, ''), COALESCE(p.store, '')
		FROM attention a LEFT JOIN payments p ON p.id = a.payment_id
		WHERE a.done_at = 0 AND a.code_id = '' ORDER BY a.id DESC LIMIT $1`, limit+1)
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, err
}

// openAttention counts what TabAttention lists: codes that have something open,
// however much, and for those who see everything the entries that belong to no
// code, and so to every environment; then all entries. $1 environment, $2 scope.
const openAttention = `SELECT COUNT(DISTINCT COALESCE(NULLIF(attention.code_id, ''), attention.id)), COUNT(*) FROM attention WHERE attention.done_at = 0 AND (EXISTS
	(SELECT 1 FROM codes WHERE codes.id = attention.code_id AND codes.environment = $1
		AND (CAST($2 AS TEXT) = '' OR codes.created_by = $2))
	OR attention.code_id = '' AND CAST($2 AS TEXT) = '')`

// CountAttention counts what waits for a person: the codes of a scope (staff id;
// empty: everybody's, and what belongs to no code) in an environment.
func (r reads) CountAttention(ctx context.Context, scope string, env payments.Environment) (int64, error) {
	open, err := r.openAttention(ctx, scope, env)
	return open[0], err
}

func (r reads) openAttention(ctx context.Context, scope string, env payments.Environment) ([2]int64, error) {
	return first(ctx, r, func(s scanner) (n [2]int64, err error) {
		err = s.Scan(&n[0], &n[1])
		return n, err
	}, openAttention, env, scope)
}

// CloseUnknown closes all open entries about money for codes not known here.
func (tx *Tx) CloseUnknown(at time.Time, by, note string) (int64, error) {
	res, err := tx.Exec(`UPDATE attention SET done_at = $1, done_by = $2, note = $3 WHERE done_at = 0 AND code_id = '' AND kind = $4`,
		millis(at), by, note, payments.UnknownCode)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// UpdateAttention closes an entry.
func (tx *Tx) UpdateAttention(a payments.Attention) error {
	_, err := tx.Exec(`UPDATE attention SET done_at = $2, done_by = $3, note = $4 WHERE id = $1`, a.ID, millis(a.DoneAt), a.DoneBy, a.Note)
	return err
}
