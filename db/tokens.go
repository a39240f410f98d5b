package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kodebayar/payments"
)

// settingTokens tells which way of making tokens the table was filled by.
const (
	settingTokens = "tokens"
	tokensVersion = "7" // counts up with every change of tokens
)

// keepTokens writes what a code is found by; before is the code as it was, zero
// for a new one.
func (tx *Tx) keepTokens(before, after payments.Code) error {
	if before.ID != "" && before.CustomerName == after.CustomerName && before.CustomerPhone == after.CustomerPhone &&
		before.Amount == after.Amount && before.PaymentCode == after.PaymentCode && before.InvoiceNumber == after.InvoiceNumber &&
		(before.Status == after.Status || !rare(before.Status) && !rare(after.Status)) {
		return nil // a payment comes through here
	}
	var had []int64
	if before.ID != "" {
		had = tokens(before)
	}
	has := tokens(after)
	for _, t := range has {
		if slices.Contains(had, t) {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO code_tokens (hash, code_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, t, after.ID); err != nil {
			return fmt.Errorf("keep what the code is found by: %w", err)
		}
	}
	for _, t := range had {
		if slices.Contains(has, t) {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM code_tokens WHERE hash = $1 AND code_id = $2`, t, after.ID); err != nil {
			return fmt.Errorf("forget what the code was found by: %w", err)
		}
	}
	return nil
}

// BeginTokens notes of a database without codes that each one is found:
// IndexTokens then has nothing to make up for.
func (d *DB) BeginTokens(ctx context.Context) error {
	n, err := first(ctx, d.reads, scanInt, `SELECT COUNT(*) FROM (SELECT 1 FROM codes LIMIT 1) one`)
	if err != nil || n > 0 {
		return err
	}
	return d.IndexTokens(ctx)
}

// IndexTokens fills the table of tokens of a database that an older version
// wrote, in small pieces and with as much time between them: whoever sells
// meanwhile waits for one of them at the most. Until it is done a search finds
// the part that is.
func (d *DB) IndexTokens(ctx context.Context) error {
	version, err := d.Setting(ctx, settingTokens)
	if err != nil || version == tokensVersion {
		return err
	}
	for last := ""; ; {
		codes, err := all(ctx, d.reads, scanCode, `SELECT `+codeColumns+` FROM codes WHERE id > $1 ORDER BY id LIMIT 50`, last)
		if err != nil {
			return err
		}
		if len(codes) == 0 {
			return d.Write(ctx, func(tx *Tx) error {
				return tx.put(settingTokens, tokensVersion)
			})
		}
		began := time.Now()
		err = d.Write(ctx, func(tx *Tx) error {
			for _, c := range codes {
				now, err := tx.Code(ctx, c.ID) // as it is by now
				if err != nil {
					return err
				}
				if err := tx.keepTokens(payments.Code{}, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		last = codes[len(codes)-1].ID
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Since(began)):
		}
	}
}
