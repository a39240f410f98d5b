package db

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"kodebayar/payments"
)

// settingTallyZone is the zone whose days the tallies are of.
const settingTallyZone = "tally_zone"

// settingTallies tells which way of counting the table was filled by.
const (
	settingTallies = "tallies"
	talliesVersion = "7" // counts up with every change of what is added up
)

// wib is the zone until SetZone names another.
var wib = time.FixedZone("WIB", 7*60*60)

// SetZone says whose days the tallies are of. When the database kept those of
// another zone so far, all of them are counted anew.
func (d *DB) SetZone(ctx context.Context, zone *time.Location) error {
	kept, err := d.Setting(ctx, settingTallyZone)
	if err != nil {
		return err
	}
	way, err := d.Setting(ctx, settingTallies)
	if err != nil {
		return err
	}
	if kept == zone.String() && way == talliesVersion {
		return nil
	}
	return d.Write(ctx, func(tx *Tx) error { return tx.SetZone(zone) })
}

// SetZone counts all anew by the days of a zone.
func (tx *Tx) SetZone(zone *time.Location) error {
	if err := tx.unhurried(); err != nil {
		return err
	}
	if err := tx.put(settingTallyZone, zone.String()); err != nil {
		return err
	}
	if err := tx.put(settingTallies, talliesVersion); err != nil {
		return err
	}
	tx.days = zone // the writes after this one count by it
	return tx.recount()
}

// zone is whose days the tallies are of. It is read inside the transaction, for
// another instance may have changed it.
func (tx *Tx) zone() (_ *time.Location, err error) {
	if tx.days == nil {
		tx.days, err = tx.tallyZone(tx.ctx)
	}
	return tx.days, err
}

// heap names a row of tallies. Its day is one of the shop's zone, 2026-11-20; or
// the month of that, m2026-11, which behind all days is in no stretch of them; or
// empty, for all time.
type heap struct{ environment, staff, day, mode, agent string }

// tally is what a row of tallies adds up, in the order of tallyColumns.
type tally [12]int64

// The places in a tally.
const (
	tCodes = iota
	tUnpaid
	tIssued
	tMissed
	tMissedTotal
	tPaidCodes
	tLateCodes
	tWaited
	tPayments
	tPaid
	tRefunds
	tRefunded
)

var tallyColumns = []string{
	"codes", "unpaid", "issued_total", "missed", "missed_total", "paid_codes", "late_codes", "waited", "payments", "paid_total", "refunds", "refund_total",
}

func (t tally) plus(o tally, sign int64) tally {
	for i := range t {
		t[i] += sign * o[i]
	}
	return t
}

// tallies are what codes and payments add to which rows.
type tallies map[heap]tally

func (ts tallies) add(h heap, t tally, sign int64) { ts[h] = ts[h].plus(t, sign) }

// addOn adds to the day of the zone that a moment lies in, and to its month.
func (ts tallies) addOn(zone *time.Location, at time.Time, h heap, t tally, sign int64) {
	day := at.In(zone).Format(time.DateOnly)
	for _, h.day = range []string{day, monthOf(day)} {
		ts.add(h, t, sign)
	}
}

// monthOf is the key of a day's month.
func monthOf(day string) string { return "m" + day[:len("2006-01")] }

// addCode adds, or with sign -1 takes away, what a code stands for.
func (ts tallies) addCode(zone *time.Location, c payments.Code, sign int64) {
	h := heap{string(c.Environment), c.CreatedBy, "", string(c.Mode), ""}
	now := tally{tCodes: 1, tIssued: c.Amount}
	if c.Unpaid() {
		now[tUnpaid] = 1
	}
	ts.add(h, now, sign)
	if c.Status != payments.Rejected {
		made := tally{tCodes: 1, tIssued: c.Amount}
		if c.PaidAt.IsZero() {
			made[tMissed], made[tMissedTotal] = 1, c.Amount
		}
		ts.addOn(zone, c.CreatedAt, h, made, sign)
	}
	if !c.PaidAt.IsZero() {
		paid := tally{tPaidCodes: 1, tWaited: max(0, (millis(c.PaidAt)-millis(c.CreatedAt))/1000)}
		if c.Late {
			paid[tLateCodes] = 1
		}
		ts.addOn(zone, c.PaidAt, h, paid, sign)
	}
}

// addPayment adds or takes away a payment of a code. What is told by a status
// check has no chain of stores until a notification completes it.
func (ts tallies) addPayment(zone *time.Location, c payments.Code, p payments.Payment, sign int64) {
	if p.Standing == payments.Counted {
		counts := tally{tPayments: 1, tPaid: p.Amount}
		h := heap{string(c.Environment), c.CreatedBy, "", string(c.Mode), ""}
		ts.add(h, counts, sign)
		h.agent = payments.ChainKey(p.Agent)
		ts.addOn(zone, p.Date, h, counts, sign)
	}
}

// addRefund adds a refund of a code.
func (ts tallies) addRefund(zone *time.Location, c payments.Code, r payments.Refund, sign int64) {
	if r.Status != payments.RefundDone {
		return
	}
	h := heap{string(c.Environment), c.CreatedBy, "", string(c.Mode), ""}
	ts.addOn(zone, r.DoneAt, h, tally{tRefunds: 1, tRefunded: r.Amount}, sign)
}

// delta is what one change adds to one row of tallies.
type delta struct {
	heap
	tally
}

// tallyRows is how many rows of tallies one statement writes.
const tallyRows = 8

// keepTallies[n] adds to n rows, or begins them.
var keepTallies = func() (statements [tallyRows + 1]string) {
	sums := make([]string, len(tallyColumns))
	for i, c := range tallyColumns {
		sums[i] = c + " = tallies." + c + " + excluded." + c
	}
	width := 5 + len(tallyColumns)
	for n := range statements {
		rows := make([]string, n)
		for i := range rows {
			rows[i] = "(" + places(i*width, width) + ")"
		}
		statements[n] = `INSERT INTO tallies (environment, staff, day, mode, agent, ` + strings.Join(tallyColumns, ", ") + `) VALUES ` + strings.Join(rows, ", ") + `
			ON CONFLICT (environment, day, staff, mode, agent) DO UPDATE SET ` + strings.Join(sums, ", ")
	}
	return statements
}()

// flushTallies writes what a whole batch of changes adds up to.
func (tx *Tx) flushTallies() error {
	sum := tallies{}
	for _, d := range tx.deltas {
		sum[d.heap] = sum[d.heap].plus(d.tally, 1)
	}
	tx.deltas = nil
	var args []any
	rows := 0
	flush := func() error {
		if rows == 0 {
			return nil
		}
		_, err := tx.Exec(keepTallies[rows], args...)
		if err != nil {
			return fmt.Errorf("keep the counts: %w", err)
		}
		args, rows = args[:0], 0
		return nil
	}
	for h, t := range sum {
		if t == (tally{}) {
			continue
		}
		args = append(args, h.environment, h.staff, h.day, h.mode, h.agent)
		for _, n := range t {
			args = append(args, n)
		}
		if rows++; rows == tallyRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// keep remembers what changed until the batch is whole.
func (tx *Tx) keep(ts tallies) {
	for h, t := range ts {
		if t != (tally{}) {
			tx.deltas = append(tx.deltas, delta{h, t})
		}
	}
}

// keepCode keeps the difference between a code as it was and as it is.
func (tx *Tx) keepCode(before, after payments.Code) error {
	zone, err := tx.zone()
	if err != nil {
		return err
	}
	ts := tallies{}
	if before.ID != "" {
		ts.addCode(zone, before, -1)
	}
	ts.addCode(zone, after, 1)
	tx.keep(ts)
	return nil
}

// keepPayment keeps the difference that a payment makes; one without a code
// counts nowhere.
func (tx *Tx) keepPayment(before, after payments.Payment) error {
	if after.CodeID == "" || before.Standing != payments.Counted && after.Standing != payments.Counted {
		return nil
	}
	c, known := tx.seen[after.CodeID]
	if !known {
		var err error
		if c, err = tx.Code(tx.ctx, after.CodeID); err != nil {
			return err
		}
	}
	zone, err := tx.zone()
	if err != nil {
		return err
	}
	ts := tallies{}
	ts.addPayment(zone, c, before, -1)
	ts.addPayment(zone, c, after, 1)
	tx.keep(ts)
	return nil
}

// keepRefund keeps what a refund adds.
func (tx *Tx) keepRefund(r payments.Refund) error {
	c, err := tx.Code(tx.ctx, r.CodeID)
	if err != nil {
		return err
	}
	zone, err := tx.zone()
	if err != nil {
		return err
	}
	ts := tallies{}
	ts.addRefund(zone, c, r, 1)
	tx.keep(ts)
	return nil
}

// count adds up every code, payment and refund. It reads just what counts: with
// a million codes the writer waits for it.
func (r reads) count(ctx context.Context, zone *time.Location) (tallies, error) {
	ts := tallies{}
	_, err := all(ctx, r, func(s scanner) (none struct{}, err error) {
		var c payments.Code
		err = s.Scan(&c.Environment, &c.CreatedBy, &c.Mode, &c.Status, &c.Amount, stored{&c.CreatedAt}, stored{&c.PaidAt}, &c.Late)
		ts.addCode(zone, c, 1)
		return none, err
	}, `SELECT environment, created_by, mode, status, amount, created_at, paid_at, late FROM codes`)
	if err != nil {
		return nil, err
	}
	_, err = all(ctx, r, func(s scanner) (none struct{}, err error) {
		var c payments.Code
		var p payments.Payment
		err = s.Scan(&c.Environment, &c.CreatedBy, &c.Mode, &p.Amount, stored{&p.Date}, &p.Agent, &p.Standing)
		ts.addPayment(zone, c, p, 1)
		return none, err
	}, `SELECT c.environment, c.created_by, c.mode, p.amount, p.paid_at, p.agent, p.standing FROM payments p JOIN codes c ON c.id = p.code_id`)
	if err != nil {
		return nil, err
	}
	_, err = all(ctx, r, func(s scanner) (none struct{}, err error) {
		var c payments.Code
		var g payments.Refund
		err = s.Scan(&c.Environment, &c.CreatedBy, &c.Mode, &g.Amount, &g.Status, stored{&g.DoneAt})
		ts.addRefund(zone, c, g, 1)
		return none, err
	}, `SELECT c.environment, c.created_by, c.mode, g.amount, g.status, g.done_at FROM refunds g JOIN codes c ON c.id = g.code_id`)
	return ts, err
}

func (tx *Tx) recount() error {
	zone, err := tx.zone()
	if err != nil {
		return err
	}
	ts, err := tx.count(tx.ctx, zone)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM tallies`); err != nil {
		return err
	}
	tx.deltas = nil // what the batch did so far has been counted too
	tx.keep(ts)
	return nil
}

// tallyZone is the zone whose days the kept counts are of, whoever asks.
func (r reads) tallyZone(ctx context.Context) (*time.Location, error) {
	name, err := r.Setting(ctx, settingTallyZone)
	if err != nil || name == "" {
		return wib, err
	}
	return location(name)
}

// locations are the zones read so far, by name: reading one is slow.
var locations sync.Map

func location(name string) (*time.Location, error) {
	if known, ok := locations.Load(name); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		locations.Store(name, zone)
	}
	return zone, err
}

// checkTallies says where the kept counts are not what adding up gives.
func (r reads) checkTallies(ctx context.Context) error {
	way, err := r.Setting(ctx, settingTallies)
	if err != nil || way != "" && way != talliesVersion {
		return err // an older program's, to be counted anew at the next start
	}
	zone, err := r.tallyZone(ctx)
	if err != nil {
		return err
	}
	want, err := r.count(ctx, zone)
	if err != nil {
		return err
	}
	rows, err := r.q.QueryContext(ctx, `SELECT environment, staff, day, mode, agent, `+strings.Join(tallyColumns, ", ")+` FROM tallies`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var h heap
		var t tally
		into := []any{&h.environment, &h.staff, &h.day, &h.mode, &h.agent}
		for i := range t {
			into = append(into, &t[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		want[h] = want[h].plus(t, -1)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for h, t := range want {
		if t != (tally{}) {
			return fmt.Errorf("the kept counts of %v are off by %+v", h, t)
		}
	}
	return nil
}

// Counts are the numbers on the tabs and the counter. Sums are rupiah.
type Counts struct {
	Unpaid         int
	PaidToday      int // codes
	PaidTodayTotal int64
	Attention      int // codes with open entries, and entries that belong to no code
	Entries        int // all that are open
	All            int
	CreatedToday   int
	CreatedTotal   int64 // asked for by the codes created today
}

// Counts for a scope (staff id, or empty for everybody's). today is any moment
// of the day that is counted, in the shop's zone.
func (r reads) Counts(ctx context.Context, scope string, env payments.Environment, today time.Time) (Counts, error) {
	c, err := first(ctx, r, func(s scanner) (c Counts, err error) {
		err = s.Scan(&c.All, &c.Unpaid, &c.CreatedToday, &c.CreatedTotal, &c.PaidToday, &c.PaidTodayTotal)
		return c, err
	}, `SELECT CAST(COALESCE(SUM(CASE WHEN day = '' THEN codes END), 0) AS BIGINT),
			CAST(COALESCE(SUM(unpaid), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN day <> '' THEN codes END), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN day <> '' THEN issued_total END), 0) AS BIGINT),
			CAST(COALESCE(SUM(paid_codes), 0) AS BIGINT),
			CAST(COALESCE(SUM(CASE WHEN day <> '' THEN paid_total END), 0) AS BIGINT)
		FROM tallies WHERE environment = $1 AND day IN ('', $2) AND (CAST($3 AS TEXT) = '' OR staff = $3)`,
		env, today.Format(time.DateOnly), scope)
	if err != nil {
		return c, err
	}
	open, err := r.openAttention(ctx, scope, env)
	c.Attention, c.Entries = int(open[0]), int(open[1])
	return c, err
}
