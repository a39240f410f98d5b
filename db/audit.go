package db

import (
	"context"
	"math"
	"slices"
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

// commonKinds are nearly all of the log. What is not among them has an index of
// its own, events_rare in the migrations, whose condition rareKinds repeats.
var commonKinds = []payments.EventKind{
	payments.EventCreated, payments.EventActivated, payments.EventPaid, payments.EventViewed, payments.EventHandedOver, payments.EventExpired,
	payments.EventCancelAsked, payments.EventCancelled,
}

const rareKinds = `kind NOT IN ('created', 'activated', 'paid', 'viewed', 'handed_over', 'expired', 'cancel_asked', 'cancelled')`

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
	query, args := f.statement(low, high)
	list, err = all(ctx, r, scanEvent, query, args...)
	if len(list) > f.Limit {
		return list[:f.Limit], true, err
	}
	return list, false, err
}

// statement reads from low on, before high.
func (f AuditFilter) statement(low, high int64) (string, []any) {
	query, args := `SELECT `+eventColumns+` FROM events WHERE seq >= $1 AND seq < $2 `, []any{low, high, string(f.Kind), f.Limit + 1}
	switch {
	case f.Kind == "":
		query += ` AND CAST($3 AS TEXT) = ''`
	case slices.Contains(commonKinds, f.Kind):
		query += ` AND kind = $3`
	default:
		query += ` AND kind = $3 AND ` + rareKinds // so that the index of rare events serves
	}
	if f.Actor != "" {
		query += ` AND actor = $5`
		args = append(args, f.Actor)
		if f.Actor != payments.ActorDOKU && f.Actor != payments.ActorSystem {
			query += ` AND actor <> 'doku' AND actor <> 'system'` // so that the index of people's events serves
		}
	}
	return query + ` ORDER BY seq DESC LIMIT $4`, args
}

// SeqBefore is the number of the newest event before t, 0 when there is none.
func (r reads) SeqBefore(ctx context.Context, t time.Time) (int64, error) {
	next, err := r.seqAt(ctx, t)
	return next - 1, err
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
