package views

import "kodebayar/views/barcode"

// SlipPage is a code on paper, /codes/{id}/slip. All words are ready text.
type SlipPage struct {
	Lang        Lang
	ID          string
	Environment string // of the code
	Shop, Name  string
	Amount      string
	PaymentCode string
	Invoice     string
	// Open: it can be paid, so it bears the code to scan and how to pay.
	Open  bool
	Until string
	// State is said large when it cannot be paid: LUNAS; Remark says when and
	// where.
	State, Remark string
	Barcode, QR   barcode.Symbol
}

func (p SlipPage) mark() string {
	switch p.Environment {
	case "simulator":
		return p.Lang.T("SIMULATOR: bukan uang sungguhan", "SIMULATOR: not real money")
	case "sandbox":
		return p.Lang.T("SANDBOX: bukan uang sungguhan", "SANDBOX: not real money")
	}
	return ""
}
