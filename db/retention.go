package db

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"kodebayar/payments"
)

// EventBlanked tells that the personal detail of codes was blanked; its detail is
// codes, how many, and months, the owner's retention time.
const EventBlanked payments.EventKind = "personal_detail_blanked"

const (
	blankedName = "***" // in place of a customer's name: no page has a nameless row
	blankBatch  = 50    // codes in one change, so that others may write between
	retainEvery = time.Hour
)

// Retain blanks, until ctx ends, the personal detail of customers whose codes
// are over for longer than the owner's retention time: name, phone, email, note,
// words for the till, insurance, and what the log, calls, exchanges and lists
// repeat of them; then what never became a code. Money, numbers, times and the log's chain stay: each event
// keeps the digest of its detail.
func (d *DB) Retain(ctx context.Context, now func() time.Time, log *slog.Logger) error {
	for {
		if n, err := d.Blank(ctx, now()); err != nil && ctx.Err() == nil {
			log.Error("personal detail could not be blanked and will be tried again", "error", err)
		} else if n > 0 {
			log.Info("personal detail was blanked", "codes", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retainEvery):
		}
	}
}

// Blank does so once, and answers for how many codes. Stopped in the middle, it
// goes on there the next time.
func (d *DB) Blank(ctx context.Context, now time.Time) (codes int, err error) {
	settings, err := d.Settings(ctx)
	if err != nil || settings.RetentionMonths <= 0 {
		return 0, err
	}
	before := now.AddDate(0, -int(settings.RetentionMonths), 0)
	for last := ""; ctx.Err() == nil; {
		// What somebody still waits for, or has to look at, stays whole.
		due, err := all(ctx, d.reads, scanCode, `SELECT `+codeColumns+` FROM codes
			WHERE blanked_at = 0 AND id > $1 AND id < $2 AND status NOT IN ('creating', 'unknown', 'active', 'cancelling')
				AND attention = 0 AND review = 0 AND paid_at < $3 AND expires_at < $3 AND cancelled_at < $3 ORDER BY id LIMIT $4`,
			last, payments.IDBound(before), millis(before), blankBatch)
		if err != nil {
			return codes, err
		}
		if len(due) == 0 {
			break
		}
		var blanked int
		err = d.Write(ctx, func(tx *Tx) error {
			blanked = 0
			for _, c := range due {
				done, err := tx.blank(c, now)
				if err != nil {
					return fmt.Errorf("blank code %s: %w", c.ID, err)
				}
				if done {
					blanked++
				}
			}
			if blanked == 0 {
				return nil
			}
			return tx.Append(payments.Event{At: now, Kind: EventBlanked, Actor: payments.ActorSystem, Detail: map[string]string{
				"codes": strconv.Itoa(blanked), "months": strconv.FormatInt(settings.RetentionMonths, 10),
			}})
		})
		if err != nil {
			return codes, err
		}
		codes += blanked
		last = due[len(due)-1].ID
	}
	if err := d.blankLines(ctx, before, now); err != nil {
		return codes, fmt.Errorf("blank lines of batches: %w", err)
	}
	if err := d.blankStrays(ctx, before); err != nil {
		return codes, fmt.Errorf("blank exchanges of no code: %w", err)
	}
	return codes, ctx.Err()
}

// blankLines takes the customers out of lines that never became a code. A batch
// that rests since then has ended.
func (d *DB) blankLines(ctx context.Context, before, now time.Time) error {
	const old = `SELECT id FROM batches WHERE state <> 'running' AND made_at < $1`
	due, err := first(ctx, d.reads, scanInt, `SELECT COUNT(*) FROM batch_lines WHERE code_id = '' AND wanted <> '' AND batch_id IN (`+old+`)`, millis(before))
	if err != nil || due == 0 {
		return err
	}
	return d.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`UPDATE batches SET state = 'done', ended_at = $2 WHERE state = 'stopped' AND made_at < $1`, millis(before), millis(now)); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE batch_lines SET wanted = '', mistakes = CASE WHEN mistakes LIKE '{%' THEN '{}' ELSE mistakes END
			WHERE code_id = '' AND wanted <> '' AND batch_id IN (`+old+`)`, millis(before))
		return err
	})
}

// blankStrays takes the customers out of exchanges that were about no code of
// ours, but for those that somebody still has to look at.
func (d *DB) blankStrays(ctx context.Context, before time.Time) error {
	for ctx.Err() == nil {
		due, err := all(ctx, d.reads, scanText, `SELECT id FROM exchanges WHERE code_id = '' AND url <> '' AND id < $1
			AND id NOT IN (SELECT exchange_id FROM attention WHERE done_at = 0) ORDER BY id LIMIT $2`,
			payments.IDBound(before), 10*blankBatch)
		if err != nil || len(due) == 0 {
			return err
		}
		err = d.Write(ctx, func(tx *Tx) error {
			for _, id := range due {
				if _, err := tx.Exec(blankExchange+`id = $1`, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const blankExchange = `UPDATE exchanges SET url = '', request_header = '', request_body = NULL, response_header = '', response_body = NULL, remark = '' WHERE `

// blank takes the customer out of a code, unless the code changed since it was
// read: money may have come that somebody has to look at. If not, the next round
// finds it due again.
func (tx *Tx) blank(due payments.Code, now time.Time) (done bool, err error) {
	id := due.ID
	before, err := tx.Code(tx.ctx, id)
	if err != nil || before.Version != due.Version {
		return false, err
	}
	after := before
	after.CustomerName, after.CustomerPhone, after.CustomerEmail, after.Note, after.BlankedAt = blankedName, "", "", "", now
	after.Options.Info, after.Options.FooterMessage, after.Options.Insurance = "", "", nil
	options, err := json.Marshal(after.Options)
	if err != nil {
		return false, err
	}
	for _, change := range []struct {
		statement string
		args      []any
	}{
		{
			`UPDATE codes SET customer_name = $2, customer_phone = '', customer_email = '', note = '', options = $3, blanked_at = $4, version = version + 1 WHERE id = $1`,
			[]any{id, blankedName, string(options), millis(now)},
		},
		// The detail of events about money is money; a recap reads it. A refund's
		// reason is the shop's own words, and stays.
		{
			`UPDATE events SET detail = '' WHERE code_id = $1 AND code_id <> '' AND kind NOT IN ($2, $3, $4, $5)`,
			[]any{id, payments.EventPaid, payments.EventResolved, payments.EventReviewed, payments.EventRefunded},
		},
		{blankExchange + `code_id = $1 AND code_id <> ''`, []any{id}},
		{`UPDATE calls SET body = $2, change = '' WHERE code_id = $1`, []any{id, []byte{}}},
		{`UPDATE batch_lines SET wanted = '' WHERE code_id = $1 AND code_id <> ''`, []any{id}},
		{`UPDATE attention SET note = '' WHERE code_id = $1`, []any{id}},
		{`DELETE FROM instructions WHERE code_id = $1`, []any{id}},
	} {
		if _, err := tx.Exec(change.statement, change.args...); err != nil {
			return false, err
		}
	}
	after.Version++
	tx.seen[id] = after
	return true, tx.keepTokens(before, after)
}
