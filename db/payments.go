package db

import (
	"context"
	"time"

	"kodebayar/payments"
)

const paymentColumns = `id, COALESCE(code_id, ''), amount, paid_at, agent, store, trx, standing, source, confirmed, late, created_at, exchange_id`

func scanPayment(s scanner) (payments.Payment, error) {
	var p payments.Payment
	err := s.Scan(&p.ID, &p.CodeID, &p.Amount, stored{&p.Date}, &p.Agent, &p.Store, &p.Trx, &p.Standing,
		&p.Source, &p.Confirmed, &p.Late, stored{&p.CreatedAt}, &p.ExchangeID)
	return p, err
}

// Payments are a code's receipts of money, oldest record first.
func (r reads) Payments(ctx context.Context, codeID string) ([]payments.Payment, error) {
	return all(ctx, r, scanPayment, `SELECT `+paymentColumns+` FROM payments WHERE code_id = $1 ORDER BY id`, codeID)
}

// PaymentsOf are those of some codes, by the code's id.
func (r reads) PaymentsOf(ctx context.Context, codeIDs ...string) (map[string][]payments.Payment, error) {
	return byCode(ctx, r, scanPayment, func(p payments.Payment) string { return p.CodeID }, codeIDs,
		`SELECT `+paymentColumns+` FROM payments WHERE code_id`, ` ORDER BY id`)
}

// Orphan says whether the same money was kept without a code already.
func (r reads) Orphan(ctx context.Context, p payments.Payment) (bool, error) {
	n, err := first(ctx, r, scanInt, `SELECT COUNT(*) FROM payments WHERE code_id IS NULL
		AND paid_at = $1 AND amount = $2 AND agent = $3 AND store = $4 AND trx = $5`,
		millis(p.Date), p.Amount, p.Agent, p.Store, p.Trx)
	return n > 0, err
}

// InsertPayment records money.
func (tx *Tx) InsertPayment(p payments.Payment) error {
	var code any // an orphan has none
	if p.CodeID != "" {
		code = p.CodeID
	}
	_, err := tx.Exec(`INSERT INTO payments (id, code_id, amount, paid_at, agent, store, trx, standing, source, confirmed, late, created_at, exchange_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		p.ID, code, p.Amount, millis(p.Date), p.Agent, p.Store, p.Trx, p.Standing, p.Source, p.Confirmed, p.Late,
		millis(p.CreatedAt), p.ExchangeID)
	if err != nil {
		return err
	}
	return tx.keepPayment(payments.Payment{}, p)
}

// UpdatePayment completes a payment with what a second witness told of it.
func (tx *Tx) UpdatePayment(p payments.Payment) error {
	before, err := first(tx.ctx, tx.reads, scanPayment, `SELECT `+paymentColumns+` FROM payments WHERE id = $1`, p.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE payments SET paid_at = $2, agent = $3, store = $4, trx = $5, standing = $6, confirmed = $7, late = $8
		WHERE id = $1`, p.ID, millis(p.Date), p.Agent, p.Store, p.Trx, p.Standing, p.Confirmed, p.Late)
	if err != nil {
		return err
	}
	return tx.keepPayment(before, p)
}

// OrphanAttention is what is open about money that was kept without a code.
func (tx *Tx) OrphanAttention(p payments.Payment) ([]payments.Attention, error) {
	return all(tx.ctx, tx.reads, scanAttention, `SELECT `+attentionColumns+` FROM attention WHERE done_at = 0 AND code_id = ''
		AND payment_id IN (SELECT id FROM payments WHERE code_id IS NULL
			AND paid_at = $1 AND amount = $2 AND agent = $3 AND store = $4 AND trx = $5) ORDER BY id`,
		millis(p.Date), p.Amount, p.Agent, p.Store, p.Trx)
}

// DeleteOrphan forgets money that was kept without a code and has found it.
func (tx *Tx) DeleteOrphan(p payments.Payment) error {
	_, err := tx.Exec(`DELETE FROM payments WHERE code_id IS NULL
		AND paid_at = $1 AND amount = $2 AND agent = $3 AND store = $4 AND trx = $5`,
		millis(p.Date), p.Amount, p.Agent, p.Store, p.Trx)
	return err
}

// InsertDelivery remembers a notification; false when it came before.
func (tx *Tx) InsertDelivery(requestID, digest, exchangeID string, at time.Time) (bool, error) {
	return affected(tx.Exec(`INSERT INTO deliveries (request_id, digest, exchange_id, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, requestID, digest, exchangeID, millis(at)))
}

// Unconfirmed counts the payments recorded since the given time of which no
// notification told, and that are at least two minutes old: a notification
// should have come by then. It is how a gap in the callbacks shows.
func (r reads) Unconfirmed(ctx context.Context, env payments.Environment, since, before time.Time) (int64, error) {
	// No join, which would begin with all codes of the environment.
	return first(ctx, r, scanInt, `SELECT COUNT(*) FROM payments
		WHERE NOT confirmed AND created_at >= $2 AND created_at < $3
			AND EXISTS (SELECT 1 FROM codes WHERE codes.id = payments.code_id AND codes.environment = $1)`,
		env, millis(since), millis(before))
}
