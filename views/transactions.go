package views

// RowView is one code in a list, a row on a desk and a card on a phone.
type RowView struct {
	Lang Lang
	// ID makes the row's id, "code-<ID>", which is also the name of the event
	// that replaces it.
	ID   string
	Href string
	Marks
	// Amount is ready text, "Rp150.000".
	Amount string
	// Name is the customer's name as given.
	Name string
	// Time is when it was made, "14.05 WIB" today, "20 Nov 14.05 WIB" before.
	Time string
	// Detail says what matters now, in a few words: "sampai 15.05 WIB",
	// "dibayar 14.31 WIB", "2 pembayaran masuk". May be empty.
	Detail string
	// Unsettled: nobody knows whether DOKU took a change of it; Detail says so.
	Unsettled bool
	// By is the cashier who made it, empty when it is the reader.
	By string
	// Live rows replace themselves when their event arrives.
	Live bool
}

// Tab is one of the tabs over the list.
type Tab struct {
	// Key is "unpaid", "paid", "attention" or "all".
	Key     string
	Href    string
	Count   string
	Current bool
}

// TransactionsPage is the list, /transactions. Its search box is a GET form
// with the field q.
type TransactionsPage struct {
	Page
	Health
	Tabs []Tab
	// Query is what stands in the search box.
	Query string
	// Cut: more was asked for than a search takes; Query is what it takes.
	Cut bool
	// Keep is what the list's form carries along unseen: the tab.
	Keep []Param
	Rows []RowView
	// Work replaces the rows on the tab of what needs a look, nil elsewhere.
	Work *AttentionList
	// Find: whoever comes wants to search.
	Find bool
	Foot ListFootView
	// Filter is the form that narrows the list.
	Filter ListFilter
	// Further: Older leads to what was not looked at yet, for few codes belong.
	Further bool
	// Newer and Older are the neighbours in the list, empty at its ends.
	Newer, Older string
	// StreamURL is the page's stream, empty turns live off.
	StreamURL string
	// CSV and XLSX are the same list, whole, as files.
	CSV, XLSX string
	// Export is followed while one of them is downloaded.
	Export ExportProgress
}

func (l Lang) tabName(key string) string {
	switch key {
	case "unpaid":
		return l.T("Belum dibayar", "Unpaid")
	case "paid":
		return l.T("Lunas hari ini", "Paid today")
	case "attention":
		return l.T("Perlu dicek", "Needs a look")
	case "all":
		return l.T("Semua", "All")
	}
	return key
}

// nothing: there is nothing to list.
func (p TransactionsPage) nothing() bool {
	if p.Work != nil {
		return p.Work.empty()
	}
	return len(p.Rows) == 0
}

func currentTab(tabs []Tab) string {
	for _, tab := range tabs {
		if tab.Current {
			return tab.Key
		}
	}
	return ""
}

// ListFootView is how many codes match, what they ask for and what was paid on
// them: "23", "Rp4.000.000", "Rp3.450.000".
type ListFootView struct {
	Lang                Lang
	Count, Asked, Total string // "" when they are not here yet
	// Load is where they come from when they are not here: at once, or on a live
	// page by its link.
	Load string
	// Again is where they come from this long after a row or a count changed; ""
	// on a page that stays as it is.
	Again, Wait string
	// CountAll: only so many were counted; here all of them are.
	CountAll string
}

// openIn is the count of what needs a look.
func openIn(tabs []Tab) string {
	for _, tab := range tabs {
		if tab.Key == "attention" {
			return tab.Count
		}
	}
	return ""
}

// ExportProgress is how far a download has come.
type ExportProgress struct {
	Lang Lang
	// First is where its progress is told from the press on its link on, Again
	// where it is told next; empty: no more.
	First, Again string
	// Rows and Total are ready text; Total is empty when it is not known, and
	// Rows before it began. Value and Of are the same for machines.
	Rows, Total, Value, Of string
	// Whole: all of it was sent.
	Whole bool
}

// TotalsPage is the foot alone, for whoever runs no scripts.
type TotalsPage struct {
	Page
	Foot ListFootView
	Back string
}

// ListFilter is the form that narrows a list. It gets status, by, from, to, days,
// cashier, min, max, mode and money, and pick when a stretch is pressed by its name.
type ListFilter struct {
	Statuses []Checked
	// Keep are a stretch that is chosen by its name, and what came by a link.
	Keep     []Param
	From, To string // dates as a browser's date field has them
	ByPaid   bool
	Presets  []FilterPreset
	// Cashier is nil for whoever sees only their own codes.
	Cashier  *Narrowing
	Min, Max string
	Mode     Narrowing
	Money    Narrowing
	// On is what narrows now, AllOff the way to none of it.
	On     []FilterOn
	AllOff string
}

// Checked is a box that may be ticked.
type Checked struct {
	Value, Label string
	On           bool
}

// FilterPreset is a stretch of days to choose by one tap.
type FilterPreset struct {
	Label, Value string
	On           bool
}

// FilterOn is one thing that narrows, and the way without it.
type FilterOn struct{ Label, Off string }
