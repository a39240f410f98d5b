package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kodebayar/payments"
)

const callColumns = `request_id, code_id, kind, body, change, made_by, made_at, sent_at, tries, next_at, outcome`

func scanCall(s scanner) (payments.Call, error) {
	var c payments.Call
	var change string
	err := s.Scan(&c.RequestID, &c.CodeID, &c.Kind, &c.Body, &change, &c.MadeBy, stored{&c.MadeAt},
		stored{&c.SentAt}, &c.Tries, stored{&c.NextAt}, &c.Outcome)
	if err == nil && change != "" {
		if err = json.Unmarshal([]byte(change), &c.Change); err != nil {
			err = fmt.Errorf("change of call %s: %w", c.RequestID, err)
		}
	}
	return c, err
}

// Call finds a call by its Request-Id.
func (r reads) Call(ctx context.Context, requestID string) (payments.Call, error) {
	return first(ctx, r, scanCall, `SELECT `+callColumns+` FROM calls WHERE request_id = $1`, requestID)
}

// Sendings counts the sendings of a call that have ended: each left an exchange.
func (r reads) Sendings(ctx context.Context, c payments.Call) (int64, error) {
	return first(ctx, r, scanInt, `SELECT COUNT(*) FROM exchanges WHERE code_id = $1 AND code_id <> '' AND request_id = $2 AND direction = $3`,
		c.CodeID, c.RequestID, payments.Outgoing)
}

// PendingCall finds the newest call of a kind whose outcome is not known.
func (r reads) PendingCall(ctx context.Context, codeID string, kind payments.CallKind) (payments.Call, error) {
	return first(ctx, r, scanCall, `SELECT `+callColumns+` FROM calls
		WHERE code_id = $1 AND kind = $2 AND outcome = '' ORDER BY made_at DESC, request_id DESC LIMIT 1`, codeID, kind)
}

// EditsOf are the edits of some codes, by the code's id, in the order of their
// making.
func (r reads) EditsOf(ctx context.Context, codeIDs ...string) (map[string][]payments.Call, error) {
	return byCode(ctx, r, scanCall, func(c payments.Call) string { return c.CodeID }, codeIDs,
		`SELECT `+callColumns+` FROM calls WHERE kind = 'update' AND code_id`, ` ORDER BY made_at, request_id`)
}

// DueCalls are the calls that should be sent, oldest first.
func (r reads) DueCalls(ctx context.Context, env payments.Environment, at time.Time, limit int) ([]payments.Call, error) {
	return all(ctx, r, scanCall, `SELECT `+callColumns+` FROM calls
		WHERE next_at > 0 AND next_at <= $1
			AND EXISTS (SELECT 1 FROM codes WHERE codes.id = calls.code_id AND codes.environment = $2)
		ORDER BY next_at LIMIT $3`, millis(at), env, limit)
}

// InsertCall writes a call down before it is sent.
func (tx *Tx) InsertCall(c payments.Call) error {
	change := ""
	if c.Change != nil {
		b, err := json.Marshal(c.Change)
		if err != nil {
			return err
		}
		change = string(b)
	}
	_, err := tx.Exec(`INSERT INTO calls (`+callColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.RequestID, c.CodeID, c.Kind, c.Body, change, c.MadeBy, millis(c.MadeAt), millis(c.SentAt), c.Tries,
		millis(c.NextAt), c.Outcome)
	return err
}

// UpdateCall writes what became of a call. What was written down to be sent
// never changes.
func (tx *Tx) UpdateCall(c payments.Call) error {
	_, err := tx.Exec(`UPDATE calls SET sent_at = $2, tries = $3, next_at = $4, outcome = $5 WHERE request_id = $1`,
		c.RequestID, millis(c.SentAt), c.Tries, millis(c.NextAt), c.Outcome)
	return err
}

// ClaimCall takes a pending call for one sender until the given time; false
// when another has it or its outcome is known.
func (tx *Tx) ClaimCall(requestID string, due, now, until time.Time) (bool, error) {
	return affected(tx.Exec(`UPDATE calls SET next_at = $4, tries = tries + 1,
			sent_at = CASE WHEN sent_at = 0 THEN $3 ELSE sent_at END
		WHERE request_id = $1 AND outcome = '' AND next_at > 0 AND next_at <= $2`,
		requestID, millis(due), millis(now), millis(until)))
}
