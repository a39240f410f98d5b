package views

import (
	"slices"
	"strings"
)

// ReportPage is what a stretch of days brought, /reports. Its form gets by, from
// and to, and pick when a stretch is pressed by its name.
type ReportPage struct {
	Page
	// Title is the stretch of days, ready text.
	Title    string
	From, To string // as a browser's date field has them
	Presets  []FilterPreset
	// Newer and Older lead to the stretch after and before, empty for none.
	Newer, Older string
	// Breakdowns lead to the same days by something else; By is the present
	// one's word, Of its label, Current its place.
	Breakdowns []FilterOn
	By, Of     string
	Current    int
	Rows       []ReportRow
	Total      ReportRow
	// Chains: the rows are of stores, of which only payments are.
	Chains    bool
	CSV, XLSX string
	// Gross, Fee and Net are what came, what DOKU is expected to keep and what it
	// is expected to transfer; Transfer is the day for what came on LastDay.
	Gross, Fee, Net, Transfer, LastDay string
}

// ReportRow is one row of numbers as ready text, each with the list that makes it
// up; an empty address: there is none.
type ReportRow struct {
	Label                            string
	Paid, Received, Payments, Wait   string
	Late, Issued, IssuedTotal        string
	Missed, MissedTotal              string
	Refunds, Refunded                string
	PaidHref, IssuedHref, MissedHref string
	LateHref, RefundsHref            string
	Share                            int // of the longest bar, in thousandths
}

// RefundListPage are the refunds of a stretch of days.
type RefundListPage struct {
	Page
	Title, Back, Older string
	Rows               []RefundLine
}

// RefundLine is one of them.
type RefundLine struct {
	Href, Amount, Name, Invoice, Time, Who, How, Reason string
}

// The chart's measures, in its own units.
const (
	chartWidth  = 720
	chartHeight = 160
	chartMost   = 92 // bars; more are too thin to tell apart
	chartNamed  = 12 // bars that have room for a line each, with name and number
)

// named says that there are so few rows that each bar bears its name and number.
func (p ReportPage) named() bool { return len(p.Rows) > 1 && len(p.Rows) <= chartNamed }

// bars are the rows as rectangles from the left, the first row leftmost, over
// the whole width; none when they have names, or are too many.
func (p ReportPage) bars() (out []bar) {
	if len(p.Rows) <= chartNamed || len(p.Rows) > chartMost {
		return nil
	}
	for i, row := range p.Rows {
		left, right := i*chartWidth/len(p.Rows), (i+1)*chartWidth/len(p.Rows)
		height := row.Share * (chartHeight - 8) / 1000
		out = append(out, bar{X: left, Y: chartHeight - height, Width: max(right-left-max((right-left)/5, 1), 1), Height: height, Title: row.Label + ": " + row.Received})
	}
	return out
}

type bar struct {
	X, Y, Width, Height int
	Title               string
}

// highest is the row of the longest bar.
func (p ReportPage) highest() ReportRow {
	return slices.MaxFunc(p.Rows, func(a, b ReportRow) int { return a.Share - b.Share })
}

// of is what the rows are of, within a sentence.
func (p ReportPage) of() string { return strings.ToLower(p.Of) }
