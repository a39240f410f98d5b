package db

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"kodebayar/payments"
)

const selectBatch = `SELECT id, environment, name, digest, form_id, state, made_by, made_at, ended_at, lines,
	(SELECT COUNT(*) FROM batch_lines WHERE batch_id = batches.id AND code_id <> ''),
	(SELECT COUNT(*) FROM batch_lines WHERE batch_id = batches.id AND mistakes <> ''),
	EXISTS (SELECT 1 FROM staff WHERE staff.id = made_by AND disabled)
	FROM batches `

func scanBatch(s scanner) (payments.Batch, error) {
	var b payments.Batch
	err := s.Scan(&b.ID, &b.Environment, &b.Name, &b.Digest, &b.FormID, &b.State, &b.MadeBy, stored{&b.MadeAt}, stored{&b.EndedAt}, &b.Lines,
		&b.Made, &b.Refused, &b.Barred)
	return b, err
}

// Batch finds a batch by its id.
func (r reads) Batch(ctx context.Context, id string) (payments.Batch, error) {
	return first(ctx, r, scanBatch, selectBatch+`WHERE id = $1`, id)
}

// BatchByForm finds the batch that a form made.
func (r reads) BatchByForm(ctx context.Context, formID string) (payments.Batch, error) {
	return first(ctx, r, scanBatch, selectBatch+`WHERE form_id = $1`, formID)
}

// Batches are the newest of a scope: a staff id, or empty for everybody's.
func (r reads) Batches(ctx context.Context, scope string, env payments.Environment, limit int) ([]payments.Batch, error) {
	return all(ctx, r, scanBatch, selectBatch+`WHERE environment = $1 AND ($2 = '' OR made_by = $2) ORDER BY id DESC LIMIT $3`, env, scope, limit)
}

// BatchAlike is the newest batch of a scope with the same orders since a
// moment, ErrNotFound when there is none.
func (r reads) BatchAlike(ctx context.Context, scope string, env payments.Environment, digest string, since time.Time) (payments.Batch, error) {
	return first(ctx, r, scanBatch, selectBatch+`WHERE environment = $1 AND ($2 = '' OR made_by = $2) AND digest = $3 AND made_at >= $4
		ORDER BY id DESC LIMIT 1`, env, scope, digest, millis(since))
}

// SpentBatches are the running batches that have no open line.
func (r reads) SpentBatches(ctx context.Context, env payments.Environment) ([]payments.Batch, error) {
	return all(ctx, r, scanBatch, selectBatch+`WHERE environment = $1 AND state = 'running' AND NOT EXISTS (
		SELECT 1 FROM batch_lines WHERE batch_id = batches.id AND code_id = '' AND mistakes = '') ORDER BY id`, env)
}

const selectLine = `SELECT batch_id, line, batch_lines.form_id, wanted, made_by, code_id, mistakes
	FROM batch_lines JOIN batches ON batches.id = batch_id `

func scanLine(s scanner) (payments.BatchLine, error) {
	var l payments.BatchLine
	var formID, wanted, mistakes string
	err := s.Scan(&l.BatchID, &l.Line, &formID, &wanted, &l.By, &l.CodeID, &mistakes)
	if err == nil && wanted != "" {
		err = json.Unmarshal([]byte(wanted), &l.Order)
	}
	switch {
	case err != nil || mistakes == "":
	case mistakes[0] == '{': // a line that was rejected at once
		err = json.Unmarshal([]byte(mistakes), &l.NotTaken)
	default:
		err = json.Unmarshal([]byte(mistakes), &l.Mistakes)
	}
	if wanted == "" && l.CodeID == "" {
		l.Order.CustomerName = blankedName
	}
	l.Order.FormID = formID
	return l, err
}

// OpenBatchLines are the lines to issue next.
func (r reads) OpenBatchLines(ctx context.Context, env payments.Environment, limit int) ([]payments.BatchLine, error) {
	return all(ctx, r, scanLine, selectLine+`JOIN staff ON staff.id = made_by
		WHERE environment = $1 AND state = 'running' AND NOT disabled AND code_id = '' AND mistakes = ''
		ORDER BY batch_id, line LIMIT $2`, env, limit)
}

// BatchLines are all lines of a batch, as they stand in its file.
func (r reads) BatchLines(ctx context.Context, batchID string) ([]payments.BatchLine, error) {
	return all(ctx, r, scanLine, selectLine+`WHERE batch_id = $1 ORDER BY line`, batchID)
}

// BatchCodes are the codes that a batch made, by id.
func (r reads) BatchCodes(ctx context.Context, batchID string) (map[string]payments.Code, error) {
	list, err := all(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes
		WHERE id IN (SELECT code_id FROM batch_lines WHERE batch_id = $1 AND code_id <> '')`, batchID)
	byID := make(map[string]payments.Code, len(list))
	for _, c := range list {
		byID[c.ID] = c
	}
	return byID, err
}

// BatchPrints are the openings of a batch's cards since a moment, newest first.
func (r reads) BatchPrints(ctx context.Context, batchID string, since time.Time) ([]payments.Event, error) {
	list, _, err := r.Audit(ctx, AuditFilter{Kind: payments.EventBatchPrinted, From: since, Limit: math.MaxInt32})
	return slices.DeleteFunc(list, func(e payments.Event) bool { return e.Detail["batch"] != batchID }), err
}

// InsertBatch writes a new batch.
func (tx *Tx) InsertBatch(b payments.Batch) error {
	_, err := tx.Exec(`INSERT INTO batches (id, environment, name, digest, form_id, state, made_by, made_at, lines)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		b.ID, b.Environment, b.Name, b.Digest, b.FormID, b.State, b.MadeBy, millis(b.MadeAt), b.Lines)
	return err
}

// InsertBatchLine writes a line of it.
func (tx *Tx) InsertBatchLine(l payments.BatchLine) error {
	wanted, err := json.Marshal(l.Order)
	if err != nil {
		return err
	}
	var mistakes []byte
	if l.NotTaken != nil {
		if mistakes, err = json.Marshal(l.NotTaken); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO batch_lines (batch_id, line, form_id, wanted, mistakes) VALUES ($1, $2, $3, $4, $5)`,
		l.BatchID, l.Line, l.Order.FormID, string(wanted), string(mistakes))
	return err
}

// SetBatchState moves a batch on; false when it has been moved already.
func (tx *Tx) SetBatchState(id string, from, to payments.BatchState, ended time.Time) (bool, error) {
	return affected(tx.Exec(`UPDATE batches SET state = $3, ended_at = $4 WHERE id = $1 AND state = $2`, id, from, to, millis(ended)))
}

// SettleBatchLine writes the outcome of an open line. What was wanted is in the
// code now; of a line without one it stays, to be mended.
func (tx *Tx) SettleBatchLine(l payments.BatchLine) error {
	mistakes := ""
	if len(l.Mistakes) > 0 {
		b, err := json.Marshal(l.Mistakes)
		if err != nil {
			return err
		}
		mistakes = string(b)
	}
	_, err := tx.Exec(`UPDATE batch_lines SET code_id = $3, mistakes = $4, wanted = CASE WHEN $3 = '' THEN wanted ELSE '' END
		WHERE batch_id = $1 AND line = $2 AND code_id = '' AND mistakes = ''`, l.BatchID, l.Line, l.CodeID, mistakes)
	return err
}
