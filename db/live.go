package db

import (
	"context"

	"kodebayar/payments"
)

// BehindIDs sorts behind every id, in any collation: ids are of lower-case hex
// digits and dashes.
const BehindIDs = "g"

// ChangedSince lists the codes with ids from … to that events after seq speak
// of, newest first, as far as scope (staff id, or empty) may see them.
func (r reads) ChangedSince(ctx context.Context, scope string, env payments.Environment, seq int64, from, to string, limit int) ([]payments.Code, error) {
	return all(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes
		WHERE id IN (SELECT code_id FROM events WHERE seq > $1 AND code_id >= $2 AND code_id <= $3)
			AND environment = $4 AND (CAST($5 AS TEXT) = '' OR created_by = $5)
		ORDER BY id DESC LIMIT $6`, seq, from, to, env, scope, limit)
}

// PaidSince counts the payments that count, after seq and until another number,
// that one included, on codes that scope may see, and answers the number of the
// last of them.
func (r reads) PaidSince(ctx context.Context, scope string, env payments.Environment, seq, until int64) (n int, last int64, err error) {
	_, err = first(ctx, r, func(s scanner) (struct{}, error) { return struct{}{}, s.Scan(&n, &last) }, `SELECT COUNT(*), COALESCE(MAX(events.seq), 0) FROM events JOIN codes ON codes.id = events.code_id
		WHERE events.seq > $1 AND events.seq <= $4 AND events.kind = 'paid' AND codes.environment = $2
			AND (CAST($3 AS TEXT) = '' OR codes.created_by = $3)`, seq, env, scope, until)
	return n, last, err
}

// CreatedSince counts the codes made after seq and until another number, that one
// included, that scope may see.
func (r reads) CreatedSince(ctx context.Context, scope string, env payments.Environment, seq, until int64) (int, error) {
	n, err := first(ctx, r, scanInt, `SELECT COUNT(*) FROM events JOIN codes ON codes.id = events.code_id
		WHERE events.seq > $1 AND events.seq <= $4 AND events.kind = 'created' AND codes.environment = $2
			AND (CAST($3 AS TEXT) = '' OR codes.created_by = $3)`, seq, env, scope, until)
	return int(n), err
}
