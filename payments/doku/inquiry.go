package doku

import (
	"net/http"
	"time"
	"unicode/utf8"
)

// Inquiry is DOKU asking about a code that only the merchant knows (DIPC),
// while the customer stands at the till (guide, Receive Inquiry Request from
// DOKU).
type Inquiry struct {
	PaymentCode string    // online_to_offline_info.payment_code, digits as sent, never empty
	Date        time.Time // online_to_offline_inquiry.date; zero when absent or unreadable

	Service, Acquirer, Channel string // ids; may be empty

	Agent, Store, Trx string // as in Notification; empty when the till said nothing
	Identifiers       []Identifier
}

// ParseInquiry reads the body of an inquiry whose signature has been verified.
// The error is a [ParseError]. Only the payment code must be there: everything
// else is for the record.
func ParseInquiry(body []byte) (Inquiry, error) {
	var problem firstProblem
	doc := readObject(body, problem.fail)
	info := doc.object("online_to_offline_info")
	i := Inquiry{PaymentCode: info.paymentCode()}
	if i.PaymentCode == "" {
		info.bad("payment_code", ProblemMissing)
	}
	if err := problem.orNil(); err != nil {
		return Inquiry{}, err
	}

	record := doc.lenient(func(*ParseError) {})
	inquiry := record.object("online_to_offline_inquiry")
	i.Date = inquiry.date("date")
	i.Service = record.object("service").text("id")
	i.Acquirer = record.object("acquirer").text("id")
	i.Channel = record.object("channel").text("id")
	i.Identifiers = inquiry.identifiers()
	i.Agent, i.Store, i.Trx = agent(i.Identifiers)
	return i, nil
}

// InquiryStatus is the answer to an inquiry.
type InquiryStatus string

// The answers (guide, DIPC, API Response).
const (
	InquirySuccess          InquiryStatus = "success"
	InquiryDecline          InquiryStatus = "decline"
	InquiryAlreadyPaid      InquiryStatus = "billing_already_paid"
	InquiryExpired          InquiryStatus = "billing_was_expired"
	InquiryNotFound         InquiryStatus = "billing_not_found"
	InquiryInvalidSignature InquiryStatus = "invalid_signature" // in the guide's HTTP table only
)

// InquiryAnswer answers an [Inquiry]. A refusal needs, and sends, only Status
// and PaymentCode; the guide shows no body for it. Source: guide, DIPC, API
// Response, and Insurance Data.
type InquiryAnswer struct {
	Status      InquiryStatus
	PaymentCode string // as asked; a refusal may leave it empty

	InvoiceNumber string // order.invoice_number, as in CodeRequest
	Amount        int64  // order.amount, whole rupiah
	CustomerName  string // at most MaxName
	CustomerEmail string // optional, at most MaxEmail
	Info          string // optional, at most MaxInfo
	FooterMessage string // see WrapFooter

	Insurance  *Insurance
	Settlement []Settlement
	// Additional comes back in the notification's additional_info.
	Additional map[string]string

	// UseInfo1 sends Info as info1, as the guide's sample has it, instead of
	// info, as its table has it.
	UseInfo1 bool
}

// Validate returns the fields that break a limit; none means valid.
func (a InquiryAnswer) Validate() FieldErrors {
	var e FieldErrors
	if a.Status != InquirySuccess {
		if a.HTTPStatus() == http.StatusInternalServerError {
			e.add("status", BadStatus, 0, 0)
		}
		if a.PaymentCode != "" {
			e.receivedCode(a.PaymentCode)
		}
		return e
	}
	e.invoice(a.InvoiceNumber)
	e.amount(a.Amount)
	e.receivedCode(a.PaymentCode)
	e.required("customer_name", a.CustomerName, MaxName)
	e.email(a.CustomerEmail)
	e.optional("info", a.Info, MaxInfo)
	e.footer(a.FooterMessage)
	e.insurance(a.Insurance)
	e.settlement(a.Settlement, a.Amount)
	for name, value := range a.Additional {
		switch {
		case name == nameInsurance || name == nameSettlement || name == nameOverride:
			e.add("additional_info", ReservedName, 0, 0)
			return e
		case !utf8.ValidString(name + value):
			e.add("additional_info", NotPrintable, 0, 0)
			return e
		}
	}
	return e
}

// Body is the JSON to answer with, or [FieldErrors]. Sign these very bytes
// with [SignResponse].
func (a InquiryAnswer) Body() ([]byte, error) {
	if err := a.Validate().orNil(); err != nil {
		return nil, err
	}
	w := wireCode{
		Info:    wireInfo{PaymentCode: a.PaymentCode},
		Inquiry: &wireInquiry{a.Status},
	}
	if a.Status == InquirySuccess {
		w.Order = &wireOrder{a.InvoiceNumber, a.Amount}
		if a.UseInfo1 {
			w.Info.Info1 = a.Info
		} else {
			w.Info.Info = a.Info
		}
		w.Customer = &wireCustomer{a.CustomerName, a.CustomerEmail}
		w.Alfa = newWireAlfa(a.FooterMessage)
		w.Additional = newWireAdditional(a.Insurance, a.Settlement, "", a.Additional)
	}
	return encode(w)
}

// HTTPStatus is the status the guide demands for a.Status; 500 when there is
// no such status.
func (a InquiryAnswer) HTTPStatus() int {
	switch a.Status {
	case InquirySuccess:
		return http.StatusOK
	case InquiryDecline, InquiryAlreadyPaid, InquiryExpired:
		return http.StatusBadRequest
	case InquiryNotFound:
		return http.StatusNotFound
	case InquiryInvalidSignature:
		return http.StatusUnauthorized
	default:
		return http.StatusInternalServerError
	}
}
