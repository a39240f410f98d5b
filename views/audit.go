package views

// AuditPage is the log for people, /audit. Its form gets staff, kind, from and
// to; verify=1 checks the chain.
type AuditPage struct {
	Page
	Person, Kind Narrowing
	From, To     string
	Rows         []AuditRow
	Newer, Older string
	ExportHref   string // as CSV
	ExcelHref    string
	// Checked says when the chain was last found whole, empty for never.
	Checked string
	// Whole and Broken say what a check of the chain found.
	Whole, Broken, Unsure string
}

// AuditRow is one entry of the log.
type AuditRow struct {
	Seq, Time, Who, What string
	Facts                []string
	// Href leads to what it is about, Link names it, Of says of which entry.
	Href, Link, Of string
}
