package db

import (
	"context"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
)

// ListFilter says which codes a list shows. The zero value shows all of them,
// newest first.
type ListFilter struct {
	Scope       string // staff id; empty: everybody's
	Environment payments.Environment
	Tab         Tab
	Statuses    []payments.Status
	Query       string    // code, invoice, name, phone or amount
	DayStart    time.Time // of today in the shop's zone, for TabPaidToday
	Before      string    // codes older than this id
	After       string    // codes newer than this id, nearest first
	Limit       int
}

// Tab of the transaction list.
type Tab string

// The tabs.
const (
	TabUnpaid    Tab = "unpaid"
	TabPaidToday Tab = "paid_today"
	TabAttention Tab = "attention"
	TabAll       Tab = "all"
)

// unpaid are the states in which a code still waits for its money.
const unpaid = `status IN ('creating', 'unknown', 'active', 'cancelling')`

// where builds the condition of a filter; every value is an argument.
func (f ListFilter) where() (string, []any) {
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	conditions := []string{"environment = " + arg(f.Environment)}
	add := func(c string) { conditions = append(conditions, c) }
	if f.Scope != "" {
		add("created_by = " + arg(f.Scope))
	}
	switch f.Tab {
	case TabUnpaid:
		add(unpaid)
	case TabPaidToday:
		add("paid_at >= " + arg(millis(f.DayStart)))
	case TabAttention:
		add("attention > 0")
	}
	if len(f.Statuses) > 0 {
		marks := make([]string, len(f.Statuses))
		for i, s := range f.Statuses {
			marks[i] = arg(string(s))
		}
		add("status IN (" + strings.Join(marks, ", ") + ")")
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		like := arg("%" + likeEscape(strings.ToLower(q)) + "%")
		either := []string{
			"lower(customer_name) LIKE " + like + ` ESCAPE '\'`,
			"lower(invoice_number) LIKE " + like + ` ESCAPE '\'`,
		}
		if digits := strings.NewReplacer(".", "", " ", "", "-", "", "rp", "", "Rp", "").Replace(q); onlyDigits(digits) {
			either = append(either,
				"payment_code LIKE "+arg("%"+digits+"%"),
				"customer_phone LIKE "+arg("%"+digits+"%"))
			if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
				either = append(either, "amount = "+arg(n))
			}
		}
		add("(" + strings.Join(either, " OR ") + ")")
	}
	if f.Before != "" {
		add("id < " + arg(f.Before))
	}
	if f.After != "" {
		add("id > " + arg(f.After))
	}
	return strings.Join(conditions, " AND "), args
}

// Codes lists codes newest first, and says whether more lie beyond in the
// direction that was read. Paging is by id, which sorts by time: a page stays
// where it is while new codes arrive.
func (r reads) Codes(ctx context.Context, f ListFilter) (codes []payments.Code, more bool, err error) {
	where, args := f.where()
	order := "DESC"
	if f.After != "" {
		order = "ASC"
	}
	codes, err = all(ctx, r, scanCode, `SELECT `+codeColumns+` FROM codes WHERE `+where+
		` ORDER BY id `+order+` LIMIT `+strconv.Itoa(f.Limit+1), args...)
	if err != nil {
		return nil, false, err
	}
	if len(codes) > f.Limit {
		codes, more = codes[:f.Limit], true
	}
	if f.After != "" {
		for i, j := 0, len(codes)-1; i < j; i, j = i+1, j-1 {
			codes[i], codes[j] = codes[j], codes[i]
		}
	}
	return codes, more, nil
}

// Totals are the number of codes that a filter finds, what they ask for, and
// what was paid on them, in rupiah.
type Totals struct {
	Codes  int
	Amount int64
	Paid   int64
}

// Totals of a filter, whatever page of it is shown.
func (r reads) Totals(ctx context.Context, f ListFilter) (Totals, error) {
	f.Before, f.After = "", ""
	where, args := f.where()
	return first(ctx, r, func(s scanner) (t Totals, err error) {
		err = s.Scan(&t.Codes, &t.Amount, &t.Paid)
		return t, err
	}, `SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT), CAST(COALESCE(SUM(paid_total), 0) AS BIGINT) FROM codes WHERE `+where, args...)
}

func onlyDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
