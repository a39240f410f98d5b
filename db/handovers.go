package db

import (
	"context"
	"strings"

	"kodebayar/payments"
)

// Handover is the newest handing over of what a code paid for, ErrNotFound when
// there was none.
func (r reads) Handover(ctx context.Context, codeID string) (payments.Handover, error) {
	return first(ctx, r, func(s scanner) (h payments.Handover, err error) {
		err = s.Scan(&h.CodeID, &h.Payments, stored{&h.At}, &h.Staff)
		return h, err
	}, `SELECT code_id, payments, at, staff FROM handovers WHERE code_id = $1 ORDER BY payments DESC LIMIT 1`, codeID)
}

// InsertHandover notes a handing over; false when somebody was first.
func (tx *Tx) InsertHandover(h payments.Handover) (bool, error) {
	return affected(tx.Exec(`INSERT INTO handovers (code_id, payments, at, staff) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		h.CodeID, h.Payments, millis(h.At), h.Staff))
}

// CodesEnding finds codes by the last digits of their number, four at least,
// newest first.
func (r reads) CodesEnding(ctx context.Context, scope string, env payments.Environment, digits string, limit int) (found []payments.Code, err error) {
	f := ListFilter{Scope: scope, Environment: env, Query: digits, Limit: limit}
	_, _, err = r.walk(ctx, f, func(c payments.Code) bool {
		if strings.HasSuffix(c.PaymentCode, digits) {
			found = append(found, c)
		}
		return len(found) == limit
	})
	return found, err
}
