package views

import (
	"strconv"

	"kodebayar/views/barcode"
)

// BulkPage is where a list of codes is handed in, /codes/bulk.
type BulkPage struct {
	Page
	Name string // of the file that the rows were in, may be empty
	// Rows is the text field, with what is wrong with the list.
	Rows Field
	// Expiry is for lines that name no minutes.
	Expiry Field
	// Columns names what the first line may have; Most is how many lines.
	Columns, Most string
	Batches       []BatchItem
}

// BatchItem is a list handed in before. By is empty when that was the reader.
type BatchItem struct {
	Href, Name, Time, State, Count, By string
}

// BulkPreviewPage shows what a list would make.
type BulkPreviewPage struct {
	Page
	Problem string // why it was not handed in, mostly empty
	Name    string // of the file, may be empty
	Keep    []Param
	Rows    string
	Lines   []BulkLine
	// Good and Bad count lines, Hidden those good ones that are not shown.
	Good, Bad, Hidden int
	Total             string // of the good ones
	// SameHref leads to a batch of the same list, empty when there is none.
	SameHref, SameTime string
}

// BulkLine is one line of a list.
type BulkLine struct {
	Line, Name, Amount string
	Mistakes           []string
	// Alike says that another line looks the same; no mistake.
	Alike string
	// Href, Status and Marks are of the code, once there is one.
	Href, Status string
	Marks        Marks
}

// BatchPage tells how far a list has come, /codes/bulk/{batch}.
type BatchPage struct {
	Page
	ID, Name, Time, By      string
	State, Word             string
	Made, Refused, Left, Of int
	Running                 bool
	Silent                  bool // DOKU does not answer; it goes on by itself
	Lines                   []BulkLine
}

func (p BatchPage) value() string { return strconv.Itoa(p.Made + p.Refused) }

// CardsPage is a sheet of cards on paper, to be cut apart.
type CardsPage struct {
	Lang              Lang
	Shop, Environment string
	Back              string
	Cards             []PrintedCard
	Left              int // codes of the list that cannot be paid, which have no card
}

// PrintedCard is one of them.
type PrintedCard struct {
	Name, Amount, PaymentCode, Until string
	Barcode                          barcode.Symbol
}

func (p CardsPage) leftOut() string {
	if p.Left == 1 {
		return p.Lang.T("1 kode tidak ikut karena tidak bisa dibayar", "1 code is left out, for it cannot be paid")
	}
	return strconv.Itoa(p.Left) + p.Lang.T(" kode tidak ikut karena tidak bisa dibayar", " codes are left out, for they cannot be paid")
}

func (p CardsPage) mark() string { return SlipPage{Lang: p.Lang, Environment: p.Environment}.mark() }
