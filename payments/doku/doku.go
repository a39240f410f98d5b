// Package doku speaks DOKU's (formerly Jokul's) non-SNAP API for the Alfa
// group: Alfamart, Alfamidi, Alfaexpress, Lawson and Dan+Dan. It signs,
// verifies, calls and parses, and decides nothing about money.
//
// Outgoing, everything goes through [Client]:
//
//	create    POST   a code DOKU numbers (DGPC) or the shop numbers (MGPC)
//	update    PATCH  change or cancel a code
//	status    GET    what became of an invoice
//	how to pay GET   steps for the customer
//
// Incoming, a [Verifier] checks the signature over the bytes received, before
// anything is parsed; then [ParseNotification] or [ParseInquiry] read them. An
// inquiry is answered with an [InquiryAnswer] signed by [SignResponse].
//
// Two guides describe the wire: the present one by DOKU, in docstrings "guide",
// and the older one by Jokul, "Jokul guide". They contradict each other in
// paths, lengths and types, so this package sends the strict form and reads
// liberally: an amount may be 150000, 150000.00 or "150000.00", a boolean may
// be "false", a payment code may be a number. What cannot be read for certain
// is a [ParseError], never a guess.
//
// Money is whole rupiah in int64. Times are instants in UTC; a zero
// [time.Time] means that DOKU did not say. Nothing here logs.
package doku

// The two addresses of the API (guide, API Request).
const (
	SandboxURL    = "https://api-sandbox.doku.com"
	ProductionURL = "https://api.doku.com"
)

// Paths used where the client's settings are empty.
//
// The guide prints /alfa-virtual-account/v2/payment-code for POST, but
// /alfa-online-to-offline/v2/payment-code for PATCH and in every link; the
// Jokul guide and DOKU's own collections use the latter for both. The path for
// codes that the merchant numbers is printed nowhere: it is derived from
// DOKU's virtual accounts and unconfirmed.
const (
	DefaultCreatePath       = "/alfa-online-to-offline/v2/payment-code"
	DefaultUpdatePath       = "/alfa-online-to-offline/v2/payment-code"
	DefaultMerchantCodePath = "/alfa-online-to-offline/v2/merchant-payment-code"
	StatusPath              = "/orders/v1/status/" // then the invoice number
)
