package views

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
	SettlementHref                     string
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
)

// bars are the rows as rectangles from the left, the first row leftmost.
func (p ReportPage) bars() (out []bar) {
	if len(p.Rows) == 0 || len(p.Rows) > chartMost {
		return nil
	}
	step := chartWidth / len(p.Rows)
	step = min(step, 48)
	for i, row := range p.Rows {
		height := row.Share * (chartHeight - 8) / 1000
		out = append(out, bar{X: i * step, Y: chartHeight - height, Width: max(step-max(step/5, 1), 1), Height: height, Title: row.Label + ": " + row.Received, Href: row.PaidHref})
	}
	return out
}

type bar struct {
	X, Y, Width, Height int
	Title, Href         string
}
