package doku

import "time"

// CodeRequest asks for a payment code: one that DOKU numbers (DGPC, PaymentCode
// empty, [Client.Create]) or one that the merchant numbers (MGPC, PaymentCode
// set, [Client.CreateMerchant]). Source: guide, section 1 of DGPC and of MGPC;
// the footer from the Jokul guide and the guide's Insurance Data.
type CodeRequest struct {
	InvoiceNumber string // order.invoice_number: letters, digits, - and _, at most MaxInvoice, unique for ever
	Amount        int64  // order.amount: whole rupiah, at most MaxAmountDigits digits; Alfa takes this amount only
	PaymentCode   string // online_to_offline_info.payment_code: MGPC only, digits, at most MaxPaymentCode
	ExpiresIn     int    // online_to_offline_info.expired_time: minutes, 1 to MaxExpiresIn; always sent
	Reusable      bool   // online_to_offline_info.reusable_status: can be paid more than once

	Info          string // online_to_offline_info.info: shown on Alfa's till, at most MaxInfo
	CustomerName  string // customer.name: shown on Alfa's till, at most MaxName
	CustomerEmail string // customer.email: optional, at most MaxEmail
	FooterMessage string // alfa_info.receipt.footer_message: see WrapFooter

	Insurance  *Insurance   // additional_info.insurance_info: optional
	Settlement []Settlement // additional_info.settlement: optional, Aggregator merchants only

	// OverrideNotificationURL is additional_info.override_notification_url:
	// where DOKU sends this code's notifications. Its path must be the path of
	// the URL registered at DOKU, because that path is what DOKU signs.
	OverrideNotificationURL string
}

// Insurance is what an insurer wants on Alfa's till and receipt (guide,
// Insurance Data). All of it is optional; the guide states no lengths.
type Insurance struct {
	PolicyType        string
	PolicyNumber      string
	PolicyAccountName string
	PolicyStatus      string
	// BillDueDate is sent like "21 May 2021". Only the calendar day counts, in
	// the time's own zone; zero is not sent.
	BillDueDate time.Time
}

// SettlementType says how a [Settlement] share is computed.
type SettlementType string

// The two ways to split (DOKU, Split settlement).
const (
	Percentage SettlementType = "PERCENTAGE" // of the net amount, after fees
	Fix        SettlementType = "FIX"        // rupiah
)

// Settlement is one bank account's share of a payment (guide, Split
// Settlement). When DOKU has not switched splitting on for the merchant,
// everything goes to the main account without a word.
type Settlement struct {
	AccountID string // bank_account_settlement_id, like SBS-0002-321321321
	Value     int64  // whole percent or whole rupiah
	Type      SettlementType
}

// Validate returns the fields that break a limit; none means valid.
func (r CodeRequest) Validate() FieldErrors {
	var e FieldErrors
	e.invoice(r.InvoiceNumber)
	e.amount(r.Amount)
	e.merchantCode(r.PaymentCode)
	e.required("customer_name", r.CustomerName, MaxName)
	e.email(r.CustomerEmail)
	e.expiresIn(r.ExpiresIn)
	e.optional("info", r.Info, MaxInfo)
	e.footer(r.FooterMessage)
	e.insurance(r.Insurance)
	e.settlement(r.Settlement, r.Amount)
	e.overrideURL(r.OverrideNotificationURL)
	return e
}

// Body is the JSON to send, or [FieldErrors]. Keep these very bytes: the
// signature covers them, and a request sent again must be identical for DOKU
// to recognise it.
func (r CodeRequest) Body() ([]byte, error) {
	if err := r.Validate().orNil(); err != nil {
		return nil, err
	}
	return encode(wireCode{
		Order:      &wireOrder{r.InvoiceNumber, r.Amount},
		Info:       wireInfo{PaymentCode: r.PaymentCode, ExpiredTime: r.ExpiresIn, Reusable: &r.Reusable, Info: r.Info},
		Customer:   &wireCustomer{r.CustomerName, r.CustomerEmail},
		Alfa:       newWireAlfa(r.FooterMessage),
		Additional: newWireAdditional(r.Insurance, r.Settlement, r.OverrideNotificationURL, nil),
	})
}

// UpdateStatus is what an [UpdateRequest] does to a code.
type UpdateStatus string

// The two things PATCH can do (guide, Update and Cancel Payment Code Data).
const (
	Active UpdateStatus = "ACTIVE" // change it
	Delete UpdateStatus = "DELETE" // cancel it
)

// UpdateRequest changes or cancels a code that DOKU knows. It states the whole
// code, not only what changes: the guide makes name and reusable mandatory,
// and leaving ExpiresIn out might set it back to 60 minutes. Whether DOKU
// counts ExpiresIn from now or from the creation is not documented; adopt the
// deadline of the answer. Source: guide, Update and Cancel Payment Code Data.
type UpdateRequest struct {
	InvoiceNumber string // as in the create request
	Amount        int64  // whole rupiah, more than 0
	PaymentCode   string // the code to change
	Status        UpdateStatus
	ExpiresIn     int // minutes, 1 to MaxExpiresIn
	Reusable      bool

	Info          string // at most MaxInfo
	CustomerName  string // at most MaxName
	CustomerEmail string // optional, at most MaxEmail
}

// Validate returns the fields that break a limit; none means valid.
func (r UpdateRequest) Validate() FieldErrors {
	var e FieldErrors
	e.invoice(r.InvoiceNumber)
	e.amount(r.Amount)
	e.receivedCode(r.PaymentCode)
	if r.Status != Active && r.Status != Delete {
		e.add("status", BadStatus, 0, 0)
	}
	e.required("customer_name", r.CustomerName, MaxName)
	e.email(r.CustomerEmail)
	e.expiresIn(r.ExpiresIn)
	e.optional("info", r.Info, MaxInfo)
	return e
}

// Body is the JSON to send, or [FieldErrors]; see [CodeRequest.Body].
func (r UpdateRequest) Body() ([]byte, error) {
	if err := r.Validate().orNil(); err != nil {
		return nil, err
	}
	return encode(wireCode{
		Order: &wireOrder{r.InvoiceNumber, r.Amount},
		Info: wireInfo{
			PaymentCode: r.PaymentCode, Status: r.Status,
			ExpiredTime: r.ExpiresIn, Reusable: &r.Reusable, Info: r.Info,
		},
		Customer: &wireCustomer{r.CustomerName, r.CustomerEmail},
	})
}
