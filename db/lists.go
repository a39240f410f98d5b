package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
)

// ListFilter says which codes a list shows. The zero value shows all of an
// environment, newest first.
type ListFilter struct {
	Scope       string // staff id; empty: everybody's
	Environment payments.Environment
	Tab         Tab
	Query       string    // code, invoice, name, phone or amount
	DayStart    time.Time // of today in the shop's zone, for TabPaidToday: up to the next

	// What narrows the list further; what is zero does not.
	Statuses []payments.Status
	Maker    string // staff id of the cashier
	Mode     payments.Mode
	Min, Max int64     // rupiah asked for, both included
	From, To time.Time // moments, From included
	ByPaid   bool      // From and To are of the newest payment, not of the making
	Money    Money
	Chain    string // of stores that a payment came from, in any spelling
	Since    int64  // codes that events after this number speak of, in the order of making

	Before string // codes older than this place, a Cursor or an id
	After  string // codes newer than this place, nearest first
	Limit  int
	// Look is how many codes are looked at for one page before it is given up
	// and answered as far as it has come; 0: all there are.
	Look int
}

// Money narrows a list by what has come for a code.
type Money string

// What may have come.
const (
	MoneyLate Money = "late" // after the deadline
	MoneyNone Money = "none"
)

// Tab of the transaction list.
type Tab string

// The tabs.
const (
	TabUnpaid    Tab = "unpaid"
	TabPaidToday Tab = "paid_today"
	TabAttention Tab = "attention"
	TabAll       Tab = "all"
)

// unpaid are the states in which a code may wait for its money. Those of reusable
// codes that were paid are among them: see Code.Unpaid.
const unpaid = `status IN ('creating', 'unknown', 'active', 'cancelling')`

// matches says whether a list shows the code, whatever page of it. The query was
// read once for many codes.
func (f ListFilter) matches(c payments.Code, q query) bool {
	day := c.CreatedAt
	if f.ByPaid {
		day = c.PaidAt
	}
	switch {
	case c.Environment != f.Environment,
		f.Scope != "" && c.CreatedBy != f.Scope,
		f.Maker != "" && c.CreatedBy != f.Maker,
		f.Tab == TabUnpaid && !c.Unpaid(),
		f.Tab == TabPaidToday && (c.PaidAt.Before(f.DayStart) || !c.PaidAt.Before(f.dayEnd())),
		f.Tab == TabAttention && c.Attention == 0,
		len(f.Statuses) > 0 && !slices.Contains(f.Statuses, c.Status),
		f.Mode != "" && c.Mode != f.Mode,
		f.Min > 0 && c.Amount < f.Min,
		f.Max > 0 && c.Amount > f.Max,
		f.Money == MoneyLate && !c.Late,
		f.Money == MoneyNone && !c.PaidAt.IsZero(),
		f.ByPaid && c.PaidAt.IsZero(),
		!f.From.IsZero() && day.Before(f.From),
		!f.To.IsZero() && !day.Before(f.To):
		return false
	}
	return strings.TrimSpace(f.Query) == "" || q.fits(c)
}

// dayEnd is when the day after DayStart's begins. The clock of DOKU, whose dates
// payments have, may be ahead of ours: what was paid tomorrow is not of today.
func (f ListFilter) dayEnd() time.Time { return f.DayStart.AddDate(0, 0, 1) }

// byPaid says whether the list is in the order of payments, newest first. What
// a search finds, and what needs a look, is in the order of making.
func (f ListFilter) byPaid() bool {
	return (f.Tab == TabPaidToday || f.ByPaid) && f.Tab != TabAttention && f.Since == 0 && strings.TrimSpace(f.Query) == ""
}

// Moves says whether a code's place in the list changes when it is paid again.
func (f ListFilter) Moves() bool { return f.byPaid() }

// source is a way to read codes in the order of the list: the rows of one
// index, of which Matches takes what belongs.
type source struct {
	from string // what follows FROM, with the conditions of the index
	args []any
	id   string // the column that pages are kept by
}

// sources are the ways to the codes of a filter, one or a few whose rows are
// merged: those of the condition that leaves the fewest to look at. The words
// of q are in the order of how few codes have them.
func (f ListFilter) sources(q query) []source {
	one := func(where string, args ...any) []source {
		return []source{{from: "codes WHERE " + where, args: args, id: "codes.id"}}
	}
	if f.Since > 0 {
		return one("environment = $1 AND codes.id IN (SELECT code_id FROM events WHERE seq > $2)", f.Environment, f.Since)
	}
	maker := cmp.Or(f.Scope, f.Maker)
	if strings.TrimSpace(f.Query) != "" {
		if q.empty() {
			return nil
		}
		long := slices.DeleteFunc(slices.Clone(q.words), func(w string) bool { return length(w) < leastWord })
		whole := tokenOf(f.Environment, ofInvoice, strings.Join(readQuery(f.Query).words, ""))
		if len(long) == 0 {
			f.Query, f.ByPaid = "", false
			if f.Tab == TabPaidToday {
				f.Tab = TabAll // in the order of making, as all that a search finds
			}
			return f.sources(query{})
		}
		all := tokenSources(whole)
		for _, s := range f.led(q, long[:min(len(long), mostWords)]) {
			if s.args[0] != any(whole) {
				all = append(all, s)
			}
		}
		return all
	}
	switch {
	case f.Tab == TabAttention:
		return one("environment = $1 AND attention > 0", f.Environment)
	case f.byPaid() && maker != "":
		return one("environment = $1 AND created_by = $2", f.Environment, maker)
	case f.byPaid():
		return one("environment = $1", f.Environment)
	case f.Min > 0 && f.Min == f.Max:
		return narrowed(tokenSources(tokenOf(f.Environment, ofAmount, strconv.FormatInt(f.Min, 10))), f.beside())
	case f.Tab != TabUnpaid && f.facets()[0].many():
		return tokenSources(f.beside()[0]...)
	case f.Tab == TabUnpaid && len(f.Statuses) == 0 && maker != "":
		return one("environment = $1 AND created_by = $2 AND "+unpaid, f.Environment, maker)
	case f.Tab == TabUnpaid && len(f.Statuses) == 0:
		return one("environment = $1 AND "+unpaid, f.Environment)
	case f.Mode != "" && f.Mode != payments.DGPC:
		return one("environment = $1 AND mode = $2 AND mode <> 'dgpc'", f.Environment, f.Mode)
	case len(f.Statuses) > 0 && maker != "":
		return f.each(func(status payments.Status) []source {
			return one("environment = $1 AND created_by = $2 AND status = $3", f.Environment, maker, status)
		})
	case len(f.Statuses) > 0:
		return f.each(func(status payments.Status) []source {
			return one("environment = $1 AND status = $2", f.Environment, status)
		})
	case maker != "":
		return one("environment = $1 AND created_by = $2", f.Environment, maker)
	}
	return one("environment = $1", f.Environment)
}

// led are the ways to the codes of a search: its first word leads, the others
// are looked up beside it.
func (f ListFilter) led(q query, words []string) []source {
	beside := f.beside()
	for _, w := range words[1:] {
		beside = append(beside, q.ways(f.Environment, w))
	}
	first := words[0]
	if len(words) == 1 || hasDigit(first) || hasDigit(words[1]) || pairOf(first, words[1]) == "" {
		return narrowed(tokenSources(q.ways(f.Environment, first)...), beside)
	}
	// Two words of a name lead together. That one of them is something else, a
	// part of an invoice, is rare, and so that one leads.
	second, rest := words[1], slices.Delete(slices.Clone(beside), len(f.beside()), len(f.beside())+1)
	pair := tokenSources(tokenOf(f.Environment, ofPair, pairOf(first, second)))
	all := narrowed(pair, rest)
	all = append(all, narrowed(tokenSources(beyondName(f.Environment, first)...), beside)...)
	return append(all, narrowed(tokenSources(beyondName(f.Environment, second)...), append(rest, inName(f.Environment, first)))...)
}

// facets are what narrows the list and has tokens, one for each of its states.
func (f ListFilter) facets() (all []facets) {
	one := facets{maker: cmp.Or(f.Scope, f.Maker)}
	if f.Mode != payments.DGPC {
		one.mode = f.Mode
	}
	if len(f.Statuses) > 0 && !slices.ContainsFunc(f.Statuses, func(s payments.Status) bool { return !rare(s) }) {
		for _, one.status = range f.Statuses {
			all = append(all, one)
		}
		return all
	}
	return []facets{one}
}

// beside are the tokens of what narrows the list, of which a code has one; none
// when nothing does.
func (f ListFilter) beside() (groups [][]int64) {
	var tokens []int64
	for _, one := range f.facets() {
		if piece := one.piece(); piece != "" {
			tokens = append(tokens, tokenOf(f.Environment, ofFacets, piece))
		}
	}
	if tokens == nil {
		return nil
	}
	return [][]int64{tokens}
}

// with is a source of tokens whose codes have one of each group of others too.
func (s source) with(groups [][]int64) source {
	s.args = slices.Clone(s.args)
	for _, group := range groups {
		var marks []string
		for _, t := range group {
			s.args = append(s.args, t)
			marks = append(marks, "$"+strconv.Itoa(len(s.args)))
		}
		s.from += " AND EXISTS (SELECT 1 FROM code_tokens AS other WHERE other.code_id = code_tokens.code_id AND other.hash IN (" + strings.Join(marks, ", ") + "))"
	}
	return s
}

func narrowed(sources []source, groups [][]int64) []source {
	for i := range sources {
		sources[i] = sources[i].with(groups)
	}
	return sources
}

// each are the sources of all states of the filter.
func (f ListFilter) each(of func(payments.Status) []source) (all []source) {
	for _, status := range f.Statuses {
		all = append(all, of(status)...)
	}
	return all
}

// mostWords is how many words of a search are looked up; the rest only has to
// fit.
const mostWords = 4

func tokenSources(tokens ...int64) []source {
	slices.Sort(tokens)
	var all []source
	for _, t := range slices.Compact(tokens) {
		all = append(all, source{
			from: "code_tokens JOIN codes ON codes.id = code_tokens.code_id WHERE code_tokens.hash = $1", args: []any{t}, id: "code_tokens.code_id",
		})
	}
	return all
}

// at is a place in the order of a list.
type at struct {
	paid int64 // milliseconds, in the order of payments
	id   string
}

// compare is negative when a stands before b, newest first.
func (a at) compare(b at) int {
	if a.paid != b.paid {
		return cmp.Compare(b.paid, a.paid)
	}
	return strings.Compare(b.id, a.id)
}

func (f ListFilter) place(c payments.Code) at {
	if f.byPaid() {
		return at{millis(c.PaidAt), c.ID}
	}
	return at{id: c.ID}
}

// Cursor is the code's place in the list, to read on from: it stays where it is
// though the code is paid again.
func (f ListFilter) Cursor(c payments.Code) string { return f.place(c).String() }

// String is an id, and in the order of payments the moment before it.
func (a at) String() string {
	if a.paid == 0 {
		return a.id
	}
	return strconv.FormatInt(a.paid, 10) + "." + a.id
}

// begin is the place from which a page is read. In the order of payments an id
// alone stands for where its code is now.
func (r reads) begin(ctx context.Context, f ListFilter) (at, error) {
	place := cmp.Or(f.After, f.Before)
	paid, id, moment := strings.Cut(place, ".")
	if !moment {
		id = place
	}
	if !f.byPaid() || id == "" {
		return at{id: id}, nil
	}
	if moment {
		ms, err := strconv.ParseInt(paid, 10, 64)
		return at{ms, id}, err
	}
	c, err := r.Code(ctx, id)
	if err != nil {
		return at{}, err
	}
	return f.place(c), nil
}

// query is the statement for up to limit rows of a source beyond a place, away
// from it.
func (f ListFilter) query(s source, from at, limit int) (statement string, args []any) {
	args = slices.Clone(s.args)
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where, order, beyond := "", "DESC", "<"
	if f.After != "" {
		order, beyond = "ASC", ">"
	}
	if f.byPaid() {
		if from != (at{}) {
			where += fmt.Sprintf(" AND (paid_at, id) %s (%s, %s)", beyond, arg(from.paid), arg(from.id))
		}
		if from == (at{}) || f.After == "" {
			// One lower bound and no more, for SQLite may seek either of two. Upwards
			// the place where a page begins is one.
			least := int64(1)
			if f.Tab == TabPaidToday {
				least = max(least, millis(f.DayStart))
			}
			if f.ByPaid && !f.From.IsZero() {
				least = max(least, millis(f.From))
			}
			where += " AND paid_at >= " + arg(least)
		}
		if f.Tab == TabPaidToday {
			where += " AND paid_at < " + arg(millis(f.dayEnd()))
		}
		if f.ByPaid && !f.To.IsZero() {
			where += " AND paid_at < " + arg(millis(f.To))
		}
		order = "paid_at " + order + ", id " + order
	} else {
		if from.id != "" {
			where += " AND " + s.id + " " + beyond + " " + arg(from.id)
		}
		if !f.ByPaid {
			// Ids begin with the moment of their making, give or take what lies
			// between two readings of a clock.
			if !f.From.IsZero() {
				where += " AND " + s.id + " >= " + arg(payments.IDBound(f.From.Add(-time.Minute)))
			}
			if !f.To.IsZero() {
				where += " AND " + s.id + " < " + arg(payments.IDBound(f.To.Add(time.Minute)))
			}
		}
		order = s.id + " " + order
	}
	if f.Chain != "" {
		var marks []string
		for _, s := range payments.ChainSpellings(f.Chain) {
			marks = append(marks, arg(s))
		}
		where += " AND EXISTS (SELECT 1 FROM payments WHERE payments.code_id = codes.id AND payments.standing = 'counted' AND UPPER(TRIM(payments.agent)) IN (" + strings.Join(marks, ", ") + "))"
	}
	return `SELECT ` + codeColumns + ` FROM ` + s.from + where + ` ORDER BY ` + order + ` LIMIT ` + strconv.Itoa(limit), args
}

// CodesPage is a page of a list.
type CodesPage struct {
	Codes []payments.Code
	// More: there are codes beyond, in the direction that was read.
	More bool
	// Reached is the Cursor up to which was looked when the looking was given up
	// after ListFilter.Look codes; empty: it was not.
	Reached string
}

// enough is how many codes of a token are counted at most.
const enough = 300

// upToEnough answers how many codes have one of some tokens, up to enough.
func (r reads) upToEnough(ctx context.Context, tokens []int64) (int64, error) {
	args := make([]any, len(tokens))
	for i, t := range tokens {
		args[i] = t
	}
	return first(ctx, r, scanInt, `SELECT COUNT(*) FROM (SELECT 1 FROM code_tokens WHERE hash IN (`+places(0, len(args))+`) LIMIT `+strconv.Itoa(enough)+`) AS few`, args...)
}

// sources are those of the filter, led by what narrows the list where few codes
// have that: a word, or the beginning of a number, may be of all there are.
func (r reads) sources(ctx context.Context, f ListFilter, q query) ([]source, error) {
	beside := f.beside()
	if strings.TrimSpace(f.Query) == "" || q.empty() || beside == nil {
		return f.sources(q), nil
	}
	n, err := r.upToEnough(ctx, beside[0])
	if err != nil || n == enough {
		return f.sources(q), err
	}
	return tokenSources(beside[0]...), nil
}

// rarest puts the words of a search in the order of how many codes have them, as
// far as that is soon told.
func (r reads) rarest(ctx context.Context, env payments.Environment, q query) (query, error) {
	if len(q.words) < 2 {
		return q, nil
	}
	many := map[string]int64{}
	for _, w := range q.words {
		n, err := r.upToEnough(ctx, q.ways(env, w))
		if err != nil {
			return q, err
		}
		if many[w] = n; n == enough {
			many[w] += int64(enough - min(length(w), enough)) // of two that many have, the longer
		}
	}
	sorted := slices.Clone(q.words)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(many[a], many[b]) })
	return query{sorted}, nil
}

// walk hands the codes of a filter over in the order of the list, from where
// its page begins, until use says stop or there are none left. It answers the
// last place looked at, and whether it gave up after f.Look.
func (r reads) walk(ctx context.Context, f ListFilter, use func(payments.Code) (stop bool)) (last at, gaveUp bool, err error) {
	from, err := r.begin(ctx, f)
	if err != nil {
		return last, false, err
	}
	sign := 1
	if f.After != "" {
		sign = -1
	}
	q := readQuery(f.Query)
	rarest, err := r.rarest(ctx, f.Environment, q)
	if err != nil {
		return last, false, err
	}
	type stream struct {
		source
		rows []payments.Code
		from at
		done bool
	}
	var streams []*stream
	sources, err := r.sources(ctx, f, rarest)
	if err != nil {
		return last, false, err
	}
	for _, s := range sources {
		streams = append(streams, &stream{source: s, from: from})
	}
	chunk, looked := f.Limit+1, 0
	for {
		var next *stream
		for _, s := range streams {
			if len(s.rows) == 0 && !s.done {
				statement, args := f.query(s.source, s.from, chunk)
				if s.rows, err = all(ctx, r, scanCode, statement, args...); err != nil {
					return last, false, err
				}
				if s.done = len(s.rows) < chunk; len(s.rows) > 0 {
					s.from = f.place(s.rows[len(s.rows)-1])
				}
			}
			if len(s.rows) > 0 && (next == nil || sign*f.place(s.rows[0]).compare(f.place(next.rows[0])) < 0) {
				next = s
			}
		}
		if next == nil {
			return last, false, nil
		}
		c := next.rows[0]
		next.rows = next.rows[1:]
		here := f.place(c)
		if here == last {
			continue // found by another piece too
		}
		last = here
		if f.matches(c, q) && use(c) {
			return last, false, nil
		}
		if looked++; f.Look > 0 && looked >= f.Look {
			return last, true, nil
		}
		if looked > chunk {
			chunk = min(chunk*4, 1000) // few of them belong: read more at a time
		}
	}
}

// Codes lists codes newest first. Paging is by Cursor: a page stays where it is
// while new codes arrive.
func (r reads) Codes(ctx context.Context, f ListFilter) (p CodesPage, err error) {
	last, gaveUp, err := r.walk(ctx, f, func(c payments.Code) bool {
		if len(p.Codes) == f.Limit {
			p.More = true
			return true
		}
		p.Codes = append(p.Codes, c)
		return false
	})
	if err != nil {
		return CodesPage{}, err
	}
	if gaveUp {
		p.More, p.Reached = true, last.String()
	}
	if f.After != "" {
		slices.Reverse(p.Codes)
	}
	return p, nil
}

// Totals are the number of codes that a filter finds, what they ask for and what
// was paid on them, in rupiah: of all that it finds, refused codes too.
type Totals struct {
	Codes int
	Asked int64
	Paid  int64
	// More: there are more than were counted.
	More bool
}

// Add counts a code.
func (t *Totals) Add(c payments.Code) {
	t.Codes++
	t.Asked += c.Amount
	t.Paid += c.PaidTotal
}

// Totals of a filter, whatever page of it is shown, counted up to most codes;
// 0: all of them.
func (r reads) Totals(ctx context.Context, f ListFilter, most int) (t Totals, err error) {
	f.Before, f.After, f.Limit, f.Look = "", "", 500, 0
	_, _, err = r.walk(ctx, f, func(c payments.Code) bool {
		if most > 0 && t.Codes == most {
			t.More = true
			return true
		}
		t.Add(c)
		return false
	})
	return t, err
}

// KeptTotals are the totals that the tallies know without counting: of a list
// narrowed by nothing but its cashier and mode. False for any other.
func (r reads) KeptTotals(ctx context.Context, f ListFilter) (t Totals, kept bool, err error) {
	if f.Tab != TabAll && f.Tab != "" || f.Query != "" || len(f.Statuses) > 0 || f.Min > 0 || f.Max > 0 || f.Money != "" || f.Chain != "" || !f.From.IsZero() || !f.To.IsZero() || f.ByPaid {
		return t, false, nil
	}
	if f.Scope != "" && f.Maker != "" && f.Scope != f.Maker {
		return t, true, nil
	}
	t, err = first(ctx, r, func(s scanner) (t Totals, err error) {
		err = s.Scan(&t.Codes, &t.Asked, &t.Paid)
		return t, err
	}, `SELECT CAST(COALESCE(SUM(codes), 0) AS BIGINT), CAST(COALESCE(SUM(issued_total), 0) AS BIGINT), CAST(COALESCE(SUM(paid_total), 0) AS BIGINT)
		FROM tallies WHERE environment = $1 AND day = '' AND (CAST($2 AS TEXT) = '' OR staff = $2) AND (CAST($3 AS TEXT) = '' OR mode = $3)`,
		f.Environment, cmp.Or(f.Scope, f.Maker), f.Mode)
	return t, err == nil, err
}
