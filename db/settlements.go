package db

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"kodebayar/payments"
)

const (
	settlementColumns        = `id, environment, name, digest, made_by, made_at, content`
	settingSettlementColumns = "settlement_columns" // which columns a file has, as JSON
)

func scanSettlement(s scanner) (out payments.Reconciliation, err error) {
	var row payments.Reconciliation
	var content string
	if err := s.Scan(&row.ID, &row.Environment, &row.Name, &row.Digest, &row.MadeBy, stored{&row.MadeAt}, &content); err != nil {
		return out, err
	}
	err = json.Unmarshal([]byte(content), &out)
	out.ID, out.Environment, out.Name, out.Digest, out.MadeBy, out.MadeAt = row.ID, row.Environment, row.Name, row.Digest, row.MadeBy, row.MadeAt
	return out, err
}

// Settlement finds a file that was held against the payments.
func (r reads) Settlement(ctx context.Context, id string) (payments.Reconciliation, error) {
	return first(ctx, r, scanSettlement, `SELECT `+settlementColumns+` FROM settlements WHERE id = $1`, id)
}

// Settlements are the newest.
func (r reads) Settlements(ctx context.Context, env payments.Environment, limit int) ([]payments.Reconciliation, error) {
	return all(ctx, r, scanSettlement, `SELECT `+settlementColumns+` FROM settlements WHERE environment = $1 ORDER BY id DESC LIMIT $2`, env, limit)
}

// PaidBetween hands over the codes of which a payment that counts may lie from one
// moment up to another: their newest does, or is later and there are several.
func (r reads) PaidBetween(ctx context.Context, env payments.Environment, from, to time.Time, use func(payments.Code) error) error {
	for at, last := millis(from), ""; ; {
		codes, err := all(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes
			WHERE environment = $1 AND (paid_at, id) > ($2, $3) AND (paid_at < $4 OR paid_count > 1) ORDER BY paid_at, id LIMIT 500`, env, at, last, millis(to))
		if err != nil {
			return err
		}
		for _, c := range codes {
			if err := use(c); err != nil {
				return err
			}
		}
		if len(codes) < 500 {
			return nil
		}
		at, last = millis(codes[len(codes)-1].PaidAt), codes[len(codes)-1].ID
	}
}

// KeepSettlement keeps what was found, and which columns the file had. The same
// file again leads to what was kept before: its id comes back.
func (d *DB) KeepSettlement(ctx context.Context, s payments.Reconciliation, columns string) (string, error) {
	content, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var id string
	err = d.Write(ctx, func(tx *Tx) (err error) {
		// Codes may have been paid since: the newest look is what counts.
		id, err = first(tx.ctx, tx.reads, scanText, `SELECT id FROM settlements WHERE environment = $1 AND digest = $2`, s.Environment, s.Digest)
		switch {
		case err == nil:
			_, err = tx.Exec(`UPDATE settlements SET content = $2, made_by = $3, made_at = $4 WHERE id = $1`, id, string(content), s.MadeBy, millis(s.MadeAt))
		case errors.Is(err, ErrNotFound):
			id = s.ID
			_, err = tx.Exec(`INSERT INTO settlements (`+settlementColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				s.ID, s.Environment, s.Name, s.Digest, s.MadeBy, millis(s.MadeAt), string(content))
		}
		if err != nil {
			return err
		}
		if err := tx.put(settingSettlementColumns, columns); err != nil {
			return err
		}
		return tx.Append(payments.Event{At: s.MadeAt, Kind: payments.EventSettled, Actor: payments.StaffActor(s.MadeBy), Detail: map[string]string{
			"file": s.Name, "lines": strconv.Itoa(s.Lines), "matched": strconv.Itoa(s.Matched), "differs": strconv.Itoa(s.DiffersCount),
			"twice": strconv.Itoa(s.TwiceCount), "uncounted": strconv.Itoa(s.UncountedCount),
			"unknown": strconv.Itoa(s.UnknownCount), "missing": strconv.Itoa(s.MissCount),
		}})
	})
	if err != nil {
		return "", err // id may still be written to by the writer
	}
	return id, nil
}

// SettlementColumns are those of the last file, as JSON; empty for none.
func (r reads) SettlementColumns(ctx context.Context) (string, error) {
	return r.Setting(ctx, settingSettlementColumns)
}
