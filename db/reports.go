package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kodebayar/payments"
)

// ReportBy is what a report's rows are of.
type ReportBy string

// The ways to break a report down. Weeks and months are made of days.
const (
	ReportByDay     ReportBy = "day"
	ReportByCashier ReportBy = "staff"
	ReportByMode    ReportBy = "mode"
	ReportByChain   ReportBy = "agent"
)

// ReportRow is what a stretch of days brought. Sums are rupiah.
type ReportRow struct {
	Key string // a day 2026-11-20, a staff id, a mode, or the key of a chain of stores; empty for a chain nobody told

	Issued      int64 // codes made and not refused
	IssuedTotal int64
	Missed      int64 // of those, without any payment so far
	MissedTotal int64

	PaidCodes int64 // codes whose newest payment is of the stretch
	LateCodes int64 // of those, paid after their deadline
	Waited    int64 // seconds from making to payment, of PaidCodes together
	Payments  int64 // that count
	PaidTotal int64

	Refunds     int64
	RefundTotal int64
}

// Add adds another stretch.
func (r *ReportRow) Add(o ReportRow) {
	r.Issued, r.IssuedTotal = r.Issued+o.Issued, r.IssuedTotal+o.IssuedTotal
	r.Missed, r.MissedTotal = r.Missed+o.Missed, r.MissedTotal+o.MissedTotal
	r.PaidCodes, r.LateCodes, r.Waited = r.PaidCodes+o.PaidCodes, r.LateCodes+o.LateCodes, r.Waited+o.Waited
	r.Payments, r.PaidTotal = r.Payments+o.Payments, r.PaidTotal+o.PaidTotal
	r.Refunds, r.RefundTotal = r.Refunds+o.Refunds, r.RefundTotal+o.RefundTotal
}

// Report adds up the days from and to, both included, in the shop's zone; from
// the counts that the writer keeps, so that it costs as much with a million codes
// as with ten thousand. By chain only payments are told.
func (r reads) Report(ctx context.Context, env payments.Environment, from, to string, by ReportBy) ([]ReportRow, error) {
	if by != ReportByDay && by != ReportByCashier && by != ReportByMode && by != ReportByChain {
		by = ReportByDay
	}
	column, more := string(by), ""
	sum := func(column string) string { return ", CAST(COALESCE(SUM(" + column + "), 0) AS BIGINT)" }
	ofCodes := sum
	if by == ReportByChain { // only payments are of a chain
		more = " AND payments > 0"
		ofCodes = func(string) string { return ", 0" }
	}
	var rows []string // each stretch by itself: SQLite seeks one, and walks all for one or another
	args := []any{env}
	for _, d := range stretches(from, to, by != ReportByDay) {
		rows = append(rows, fmt.Sprintf(`SELECT * FROM tallies WHERE environment = $1 AND day BETWEEN $%d AND $%d%s`, len(args)+1, len(args)+2, more))
		args = append(args, d[0], d[1])
	}
	return all(ctx, r, func(s scanner) (row ReportRow, err error) {
		err = s.Scan(&row.Key, &row.Issued, &row.IssuedTotal, &row.Missed, &row.MissedTotal, &row.PaidCodes, &row.LateCodes, &row.Waited,
			&row.Payments, &row.PaidTotal, &row.Refunds, &row.RefundTotal)
		return row, err
	}, `SELECT `+column+ofCodes("codes")+ofCodes("issued_total")+ofCodes("missed")+ofCodes("missed_total")+ofCodes("paid_codes")+ofCodes("late_codes")+ofCodes("waited")+
		sum("payments")+sum("paid_total")+ofCodes("refunds")+ofCodes("refund_total")+`
		FROM (`+strings.Join(rows, " UNION ALL ")+`) AS stretches GROUP BY `+column+` ORDER BY `+column, args...)
}

// stretches are the rows of tallies that make up the days from and to, both
// included: days, and the months that lie between whole when they may stand for
// theirs.
func stretches(from, to string, months bool) [][2]string {
	first, err := time.Parse(time.DateOnly, from)
	last, wrong := time.Parse(time.DateOnly, to)
	if err != nil || wrong != nil || !months {
		return [][2]string{{from, to}}
	}
	// The months that begin from here on, and end before there.
	begin, end := first, last.AddDate(0, 0, 1)
	if begin.Day() > 1 {
		begin = time.Date(first.Year(), first.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	}
	end = end.AddDate(0, 0, 1-end.Day())
	if !begin.Before(end) {
		return [][2]string{{from, to}}
	}
	before, after := begin.AddDate(0, 0, -1).Format(time.DateOnly), end.Format(time.DateOnly)
	all := [][2]string{{monthOf(begin.Format(time.DateOnly)), monthOf(end.AddDate(0, 0, -1).Format(time.DateOnly))}}
	if from <= before {
		all = append(all, [2]string{from, before})
	}
	if after <= to {
		all = append(all, [2]string{after, to})
	}
	return all
}

// RefundLine is a refund in a list, with its code.
type RefundLine struct {
	payments.Refund
	Invoice, Customer string
}

// RefundsBetween are those that began to count from one moment up to another, newest first,
// older than the id before unless that is empty: of codes that staff made and of
// that mode, of all for "".
func (r reads) RefundsBetween(ctx context.Context, env payments.Environment, staff string, mode payments.Mode, from, to time.Time, before string, limit int) ([]RefundLine, error) {
	return all(ctx, r, func(s scanner) (l RefundLine, err error) {
		err = s.Scan(&l.ID, &l.CodeID, &l.Amount, &l.Method, &l.Reason, &l.MadeBy, stored{&l.MadeAt}, &l.Invoice, &l.Customer)
		return l, err
	}, `SELECT refunds.id, refunds.code_id, refunds.amount, refunds.method, refunds.reason, refunds.made_by, refunds.done_at, codes.invoice_number, codes.customer_name
		FROM refunds JOIN codes ON codes.id = refunds.code_id
		WHERE refunds.done_at >= $1 AND refunds.done_at < $2 AND codes.environment = $3 AND (CAST($4 AS TEXT) = '' OR refunds.id < $4)
			AND (CAST($5 AS TEXT) = '' OR codes.created_by = $5) AND (CAST($6 AS TEXT) = '' OR codes.mode = $6)
		ORDER BY refunds.id DESC LIMIT $7`, millis(from), millis(to), env, before, staff, mode, limit)
}
