package db

import (
	"context"
	"math"
	"time"

	"kodebayar/payments"
)

// AuditFilter narrows the log. Zero fields do not.
type AuditFilter struct {
	Actor  string
	Kind   payments.EventKind
	From   time.Time // from then on
	To     time.Time // before then
	Before int64     // sequence number: older than it
	Limit  int
}

// Audit is the log, newest first, and whether there is more of it.
func (r reads) Audit(ctx context.Context, f AuditFilter) (list []payments.Event, more bool, err error) {
	low, err := r.seqAt(ctx, f.From)
	if err != nil {
		return nil, false, err
	}
	high := f.Before
	if high == 0 {
		high = math.MaxInt64
	}
	if !f.To.IsZero() {
		end, err := r.seqAt(ctx, f.To)
		if err != nil {
			return nil, false, err
		}
		high = min(high, end)
	}
	query, args := `SELECT `+eventColumns+` FROM events WHERE seq >= $1 AND seq < $2 AND (CAST($3 AS TEXT) = '' OR kind = $3)`,
		[]any{low, high, string(f.Kind), f.Limit + 1}
	if f.Actor != "" {
		query += ` AND actor = $5`
		args = append(args, f.Actor)
		if f.Actor != payments.ActorDOKU && f.Actor != payments.ActorSystem {
			query += ` AND actor <> 'doku' AND actor <> 'system'` // so that the index of people's events serves
		}
	}
	list, err = all(ctx, r, scanEvent, query+` ORDER BY seq DESC LIMIT $4`, args...)
	if len(list) > f.Limit {
		return list[:f.Limit], true, err
	}
	return list, false, err
}

// seqAt is the number of the first event at t or later, found by halving: the
// log has no gap and is in the order of time, as far as clocks are.
func (r reads) seqAt(ctx context.Context, t time.Time) (int64, error) {
	if t.IsZero() {
		return 0, nil
	}
	last, err := r.LastSeq(ctx)
	low, high := int64(1), last+1
	for low < high && err == nil {
		middle := (low + high) / 2
		var at int64
		if at, err = first(ctx, r, scanInt, `SELECT at FROM events WHERE seq = $1`, middle); at < millis(t) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, err
}
