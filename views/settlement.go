package views

// SettlementsPage takes DOKU's settlement file, /reports/settlement. Its form
// posts file, or rows and file_name with column_invoice, column_payment_code,
// column_gross, column_fee, column_net and column_day.
type SettlementsPage struct {
	Page
	Rows    []SettlementRow
	Problem string
	// Columns asks which column is which, of the Heads of the file, whose content
	// is carried along; empty when a file is asked for.
	Columns       []ColumnChoice
	Heads         []Choice
	Content, Name string
}

// ColumnChoice asks for one column.
type ColumnChoice struct {
	Name, Label, Value string
	Optional           bool
}

// SettlementRow is a file that was held against the payments.
type SettlementRow struct{ Href, Name, Time, Gross, Matched string }

// SettlementPage is what a file was found to hold.
type SettlementPage struct {
	Page
	Name, Time, Days, CSV string
	// Parts are the lines of the file by what became of them, and all of them.
	Parts []ShiftLine
	// Sums are of lines that their names say.
	Sums   []Param
	Groups []SettlementGroup
}

// SettlementGroup are lines that do not match, and why.
type SettlementGroup struct {
	Title, Why, Count, More string
	Lines                   []SettlementLine
}

// SettlementLine is one of them.
type SettlementLine struct{ Href, Name, Detail string }
