package views

// ClosingsPage is the running shift and the frozen ones, /closings. Its form
// posts form_id, staff and note.
type ClosingsPage struct {
	Page
	// Running is nil for whoever sells nothing.
	Running *RunningShift
	// Person chooses whose shift it is; nil for whoever sees only their own.
	Person  *Narrowing
	Rows    []ClosingRow
	Older   string
	Problem string
}

// RunningShift is what would be frozen now.
type RunningShift struct {
	Staff, FormID, Who, Since string
	Shown                     string // which numbers, for the form to send back
	Lines                     []ShiftLine
	Drawer                    string // what it did to the shop's drawer
	Nothing                   bool
	Note                      Field
}

// ShiftLine is one number of a shift, as ready text; Count may be empty.
type ShiftLine struct {
	Label, Count, Sum string
	Total             bool
}

// ClosingRow is a frozen shift in the list.
type ClosingRow struct{ Href, Title, Who, Time, Received, Detail string }

// RecapPage is one frozen shift.
type RecapPage struct {
	Page
	ID, Title, Who, By, From, To string
	Lines                        []ShiftLine
	Drawer                       string // empty: not known
	Later                        []LaterLine
	LaterMore                    string
	Note                         string
	// Digest is the beginning of the keyed digest; Changed says that it does not
	// fit.
	Digest, Changed string
	// Share is the same as a message, ShareHref opens WhatsApp with it.
	Share, ShareHref string
}

// LaterLine is money for a code of an earlier shift.
type LaterLine struct{ Href, Invoice, Amount, Time string }

// mark is what practice wears on paper.
func (p RecapPage) mark() string { return SlipPage{Lang: p.Lang, Environment: p.Environment}.mark() }
