package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kodebayar/payments"
)

const codeColumns = `id, environment, mode, status, invoice_number, payment_code, amount,
	customer_name, customer_phone, customer_email, note, options, created_by, created_at,
	expires_in, expires_at, token, form_id, how_to_pay_page, how_to_pay_api, refusal,
	replaced_by, status_before, cancelled_at, paid_at, paid_total, paid_count, review, inquired_at,
	check_at, checks, viewed_at, attention, version, blanked_at, aside_total, late`

func scanCode(s scanner) (payments.Code, error) {
	var c payments.Code
	var options string
	err := s.Scan(&c.ID, &c.Environment, &c.Mode, &c.Status, &c.InvoiceNumber, &c.PaymentCode, &c.Amount,
		&c.CustomerName, &c.CustomerPhone, &c.CustomerEmail, &c.Note, &options, &c.CreatedBy, stored{&c.CreatedAt},
		&c.ExpiresIn, stored{&c.ExpiresAt}, &c.Token, &c.FormID, &c.HowToPayPage, &c.HowToPayAPI, &c.Refusal,
		&c.ReplacedBy, &c.StatusBefore, stored{&c.CancelledAt}, stored{&c.PaidAt}, &c.PaidTotal, &c.PaidCount, &c.Review,
		stored{&c.InquiredAt}, stored{&c.CheckAt}, &c.Checks, stored{&c.ViewedAt}, &c.Attention, &c.Version, stored{&c.BlankedAt}, &c.AsideTotal, &c.Late)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(options), &c.Options); err != nil {
		return c, fmt.Errorf("options of code %s: %w", c.ID, err)
	}
	return c, nil
}

// Code finds a code by its id.
func (r reads) Code(ctx context.Context, id string) (payments.Code, error) {
	return first(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes WHERE id = $1`, id)
}

// CodeByToken finds the code of a customer's page.
func (r reads) CodeByToken(ctx context.Context, token string) (payments.Code, error) {
	return first(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes WHERE token = $1`, token)
}

// CodeByForm finds the code that a form made.
func (r reads) CodeByForm(ctx context.Context, formID string) (payments.Code, error) {
	return first(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes WHERE form_id = $1`, formID)
}

// CodeByInvoice finds a code by its invoice number.
func (r reads) CodeByInvoice(ctx context.Context, env payments.Environment, invoice string) (payments.Code, error) {
	return first(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes WHERE environment = $1 AND invoice_number = $2`, env, invoice)
}

// CodeByNumber finds the live code with the number, else the newest.
func (r reads) CodeByNumber(ctx context.Context, env payments.Environment, number string) (payments.Code, error) {
	return first(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes
		WHERE payment_code = $2 AND environment = $1 AND payment_code <> ''
		ORDER BY CASE WHEN `+unpaid+` THEN 0 ELSE 1 END, id DESC
		LIMIT 1`, env, number)
}

// FormerAmounts are the amounts the code had at DOKU before the present one.
func (r reads) FormerAmounts(ctx context.Context, codeID string) ([]int64, error) {
	return all(ctx, r, scanInt, `SELECT amount FROM former_amounts WHERE code_id = $1 ORDER BY amount`, codeID)
}

// DueChecks are the codes that DOKU should be asked about.
func (r reads) DueChecks(ctx context.Context, env payments.Environment, at time.Time, limit int) ([]payments.Code, error) {
	return all(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes
		WHERE check_at > 0 AND check_at <= $1 AND environment = $2 ORDER BY check_at LIMIT $3`, millis(at), env, limit)
}

// DueExpiries are the active codes whose deadline has passed.
func (r reads) DueExpiries(ctx context.Context, at time.Time, limit int) ([]payments.Code, error) {
	return all(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes
		WHERE status = 'active' AND expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2`, millis(at), limit)
}

// NextDue is the next moment at which the sweep has something to do.
func (r reads) NextDue(ctx context.Context, env payments.Environment) (time.Time, error) {
	ms, err := first(ctx, r, scanInt, `SELECT COALESCE(MIN(at), 0) FROM (
		SELECT MIN(check_at) AS at FROM codes WHERE check_at > 0 AND environment = $1
		UNION ALL SELECT MIN(expires_at) FROM codes WHERE status = 'active' AND expires_at > 0
		UNION ALL SELECT MIN(next_at) FROM calls WHERE next_at > 0
			AND EXISTS (SELECT 1 FROM codes WHERE codes.id = calls.code_id AND codes.environment = $1)) AS due`, env)
	return instant(ms), err
}

// saw remembers a code that the change has read, for the tallies.
func (tx *Tx) saw(c payments.Code, err error) (payments.Code, error) {
	if err == nil {
		tx.seen[c.ID] = c
	}
	return c, err
}

// Code finds a code by its id.
func (tx *Tx) Code(ctx context.Context, id string) (payments.Code, error) {
	return tx.saw(tx.reads.Code(ctx, id))
}

// CodeByInvoice finds a code by its invoice number.
func (tx *Tx) CodeByInvoice(ctx context.Context, env payments.Environment, invoice string) (payments.Code, error) {
	return tx.saw(tx.reads.CodeByInvoice(ctx, env, invoice))
}

// CodeByNumber finds the live code with the number, else the newest.
func (tx *Tx) CodeByNumber(ctx context.Context, env payments.Environment, number string) (payments.Code, error) {
	return tx.saw(tx.reads.CodeByNumber(ctx, env, number))
}

// InsertCode writes a new code; false when its form or invoice number is taken.
func (tx *Tx) InsertCode(c payments.Code) (bool, error) {
	options, err := json.Marshal(c.Options)
	if err != nil {
		return false, err
	}
	ok, err := affected(tx.Exec(`INSERT INTO codes (`+codeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
			$22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37)
		ON CONFLICT DO NOTHING`,
		c.ID, c.Environment, c.Mode, c.Status, c.InvoiceNumber, c.PaymentCode, c.Amount,
		c.CustomerName, c.CustomerPhone, c.CustomerEmail, c.Note, string(options), c.CreatedBy, millis(c.CreatedAt),
		c.ExpiresIn, millis(c.ExpiresAt), c.Token, c.FormID, c.HowToPayPage, c.HowToPayAPI, c.Refusal,
		c.ReplacedBy, c.StatusBefore, millis(c.CancelledAt), millis(c.PaidAt), c.PaidTotal, c.PaidCount, c.Review,
		millis(c.InquiredAt), millis(c.CheckAt), c.Checks, millis(c.ViewedAt), c.Attention, c.Version, millis(c.BlankedAt), c.AsideTotal, c.Late))
	if err != nil || !ok {
		return false, err
	}
	if err := tx.keepCode(payments.Code{}, c); err != nil {
		return false, err
	}
	tx.seen[c.ID] = c
	return true, tx.keepTokens(payments.Code{}, c)
}

// UpdateCode writes what may change of a code, if nobody changed it since it
// was read; then c.Version counts up. ErrConflict otherwise.
func (tx *Tx) UpdateCode(c *payments.Code) error {
	options, err := json.Marshal(c.Options)
	if err != nil {
		return err
	}
	before, known := tx.seen[c.ID]
	if !known || before.Version != c.Version {
		if before, err = tx.Code(tx.ctx, c.ID); err != nil {
			return err
		}
	}
	ok, err := affected(tx.Exec(`UPDATE codes SET status = $3, payment_code = $4, amount = $5,
			customer_name = $6, customer_email = $7, options = $8, expires_in = $9, expires_at = $10,
			how_to_pay_page = $11, how_to_pay_api = $12, refusal = $13, status_before = $14, cancelled_at = $15,
			paid_at = $16, paid_total = $17, paid_count = $18, review = $19, inquired_at = $20, check_at = $21,
			checks = $22, attention = $23, note = $24, customer_phone = $25, replaced_by = $26, aside_total = $27, late = $28, blanked_at = 0, version = version + 1
		WHERE id = $1 AND version = $2`,
		c.ID, c.Version, c.Status, c.PaymentCode, c.Amount,
		c.CustomerName, c.CustomerEmail, string(options), c.ExpiresIn, millis(c.ExpiresAt),
		c.HowToPayPage, c.HowToPayAPI, c.Refusal, c.StatusBefore, millis(c.CancelledAt),
		millis(c.PaidAt), c.PaidTotal, c.PaidCount, c.Review, millis(c.InquiredAt), millis(c.CheckAt),
		c.Checks, c.Attention, c.Note, c.CustomerPhone, c.ReplacedBy, c.AsideTotal, c.Late))
	if err != nil {
		return err
	}
	if !ok {
		return payments.ErrConflict
	}
	c.Version++
	c.BlankedAt = time.Time{} // what changed it may have brought the customer back
	if err := tx.keepCode(before, *c); err != nil {
		return err
	}
	tx.seen[c.ID] = *c
	return tx.keepTokens(before, *c)
}

// SetChecked writes when a code was and will be checked, and nothing else.
func (tx *Tx) SetChecked(c payments.Code) error {
	_, err := tx.Exec(`UPDATE codes SET checks = $2, check_at = $3 WHERE id = $1`, c.ID, c.Checks, millis(c.CheckAt))
	if seen, known := tx.seen[c.ID]; known {
		seen.Checks, seen.CheckAt = c.Checks, c.CheckAt
		tx.seen[c.ID] = seen
	}
	return err
}

// SetViewed notes that the customer's page was opened, unless that was noted
// after the given time.
func (tx *Tx) SetViewed(codeID string, at, notAfter time.Time) (bool, error) {
	return affected(tx.Exec(`UPDATE codes SET viewed_at = $2 WHERE id = $1 AND viewed_at <= $3`, codeID, millis(at), millis(notAfter)))
}

// InsertFormerAmount remembers an amount that the code had at DOKU.
func (tx *Tx) InsertFormerAmount(codeID string, amount int64) error {
	_, err := tx.Exec(`INSERT INTO former_amounts (code_id, amount) VALUES ($1, $2) ON CONFLICT DO NOTHING`, codeID, amount)
	return err
}

// DeleteFormerAmount forgets an amount that DOKU refused to take.
func (tx *Tx) DeleteFormerAmount(codeID string, amount int64) error {
	_, err := tx.Exec(`DELETE FROM former_amounts WHERE code_id = $1 AND amount = $2`, codeID, amount)
	return err
}

// restoredCounter is where names that are counted for the first time begin.
const restoredCounter = "*"

// Count counts a name up and answers its new number: 1, 2, 3 … in a database
// that was never restored.
func (tx *Tx) Count(name string) (int64, error) {
	return first(tx.ctx, tx.reads, scanInt, `INSERT INTO counters (name, value)
		VALUES ($1, COALESCE((SELECT value FROM counters WHERE name = $2), 0) + 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, name, restoredCounter)
}

// Instructions are DOKU's own words on how to pay a code; none when it gave
// none. They are a stranger's text.
func (r reads) Instructions(ctx context.Context, codeID string) ([]string, error) {
	text, err := first(ctx, r, scanText, `SELECT steps FROM instructions WHERE code_id = $1`, codeID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var steps []string
	return steps, json.Unmarshal([]byte(text), &steps)
}

// SetInstructions keeps DOKU's words in place of those before; none takes them away.
func (tx *Tx) SetInstructions(codeID string, steps []string) error {
	text, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO instructions (code_id, steps) VALUES ($1, $2)
		ON CONFLICT (code_id) DO UPDATE SET steps = excluded.steps`, codeID, string(text))
	return err
}
