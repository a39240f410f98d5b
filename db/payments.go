package db

import (
	"context"
	"time"

	"kodebayar/payments"
)

const paymentColumns = `id, COALESCE(code_id, ''), amount, paid_at, agent, store, trx, standing, source, confirmed, late, created_at, exchange_id, sale`

func scanPayment(s scanner) (payments.Payment, error) {
	var p payments.Payment
	err := s.Scan(&p.ID, &p.CodeID, &p.Amount, stored{&p.Date}, &p.Agent, &p.Store, &p.Trx, &p.Standing,
		&p.Source, &p.Confirmed, &p.Late, stored{&p.CreatedAt}, &p.ExchangeID, &p.Sale)
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

// Orphans is the money kept without a code of a sale, and that of a moment whose
// sale is not known: it is from before sales were kept.
func (r reads) Orphans(ctx context.Context, sale string, at time.Time) ([]payments.Payment, error) {
	return all(ctx, r, scanPayment, orphans, sale, millis(at))
}

const orphans = `SELECT ` + paymentColumns + ` FROM payments WHERE code_id IS NULL AND sale = $1
	UNION ALL SELECT ` + paymentColumns + ` FROM payments WHERE code_id IS NULL AND sale = '' AND paid_at = $2`

// InsertPayment records money.
func (tx *Tx) InsertPayment(p payments.Payment) error {
	var code any // an orphan has none
	if p.CodeID != "" {
		code = p.CodeID
	}
	_, err := tx.Exec(`INSERT INTO payments (id, code_id, amount, paid_at, agent, store, trx, standing, source, confirmed, late, created_at, exchange_id, sale)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		p.ID, code, p.Amount, millis(p.Date), p.Agent, p.Store, p.Trx, p.Standing, p.Source, p.Confirmed, p.Late,
		millis(p.CreatedAt), p.ExchangeID, p.Sale)
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
func (tx *Tx) OrphanAttention(paymentID string) ([]payments.Attention, error) {
	return all(tx.ctx, tx.reads, scanAttention, `SELECT `+attentionColumns+` FROM attention
		WHERE done_at = 0 AND code_id = '' AND payment_id = $1 ORDER BY id`, paymentID)
}

// DeleteOrphan forgets money that was kept without a code and has found it.
func (tx *Tx) DeleteOrphan(paymentID string) error {
	_, err := tx.Exec(`DELETE FROM payments WHERE id = $1 AND code_id IS NULL`, paymentID)
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
