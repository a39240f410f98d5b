package payments

import "kodebayar/payments/doku"

// What a code may carry is the wire's to define.
type (
	Insurance      = doku.Insurance
	Settlement     = doku.Settlement
	SettlementType = doku.SettlementType
)

// The two ways to split.
const (
	Percentage = doku.Percentage
	Fix        = doku.Fix
)

// ReceiptFoot is a footer message as the store's receipt prints it: at most
// three lines of 40 letters.
func ReceiptFoot(message string) []string { return doku.WrapFooter(message) }
