package doku

import (
	"encoding/json"
	"strings"
	"time"
)

// TransactionStatus is transaction.status, in DOKU's words. The list is open:
// an unknown status is kept as it came.
type TransactionStatus string

// Statuses known from DOKU (HTTP Notification; Check Status API). Only
// StatusSuccess means money. Other channels know more of them.
const (
	StatusSuccess  TransactionStatus = "SUCCESS"
	StatusFailed   TransactionStatus = "FAILED"
	StatusPending  TransactionStatus = "PENDING" // not paid yet
	StatusExpired  TransactionStatus = "EXPIRED"
	StatusRefunded TransactionStatus = "REFUNDED"
	StatusVoided   TransactionStatus = "VOIDED"
)

// Notification is what DOKU says about a payment: pushed, as an HTTP
// Notification, or asked for, inside a [StatusAnswer].
type Notification struct {
	Status            TransactionStatus // transaction.status, never empty
	Date              time.Time         // transaction.date: when the customer paid; zero when absent
	OriginalRequestID string            // transaction.original_request_id: Request-Id of the create call, for what DOKU is worth

	InvoiceNumber string // order.invoice_number; this or PaymentCode is there
	Amount        int64  // order.amount, whole rupiah; always there when Status is SUCCESS, may be 0
	PaymentCode   string // online_to_offline_info.payment_code, digits as sent

	Service, Acquirer, Channel string // ids, like ONLINE_TO_OFFLINE, ALFA, ONLINE_TO_OFFLINE_ALFA; may be empty

	// The till's own words, from the identifiers AGENT_ID, AGENT_STORE_ID and
	// AGENT_TRX_ID. Trx is the only number in the body that belongs to one
	// payment. When a name occurs twice, the first one counts.
	Agent, Store, Trx string
	Identifiers       []Identifier

	AdditionalInfo json.RawMessage // additional_info as received; nil when absent
}

// Identifier is one name and value that the acquirer added. The list is open.
type Identifier struct{ Name, Value string }

// ParseNotification reads the body of an HTTP Notification whose signature has
// been verified. The error is a [ParseError].
//
// A SUCCESS needs a readable amount; every notification needs a status, and an
// invoice number or a payment code. A date that is there must be one.
func ParseNotification(body []byte) (Notification, error) {
	var problem firstProblem
	n, hasAmount := readNotification(readObject(body, problem.fail))
	if n.Status == StatusSuccess && !hasAmount {
		problem.fail(&ParseError{"order.amount", ProblemMissing})
	}
	if n.InvoiceNumber == "" && n.PaymentCode == "" {
		problem.fail(&ParseError{"order.invoice_number", ProblemMissing})
	}
	if err := problem.orNil(); err != nil {
		return Notification{}, err
	}
	return n, nil
}

// Subject tells which sale a body that [ParseNotification] refuses is about, as
// far as that can be read: for asking DOKU about it, never for money.
func Subject(body []byte) (invoiceNumber, paymentCode string) {
	doc := readObject(body, func(*ParseError) {})
	return doc.object("order").text("invoice_number"), doc.object("online_to_offline_info").paymentCode()
}

// readNotification reads what notifications and status answers share.
func readNotification(doc object) (n Notification, hasAmount bool) {
	transaction := doc.object("transaction")
	n.Status = TransactionStatus(transaction.text("status"))
	if n.Status == "" {
		transaction.bad("status", ProblemMissing)
	}
	n.Date = transaction.date("date")
	n.OriginalRequestID = transaction.text("original_request_id")

	order := doc.object("order")
	n.InvoiceNumber = order.text("invoice_number")
	n.Amount, hasAmount = order.amount("amount")

	n.PaymentCode = doc.object("online_to_offline_info").paymentCode()
	n.Service = doc.object("service").text("id")
	n.Acquirer = doc.object("acquirer").text("id")
	n.Channel = doc.object("channel").text("id")
	n.Identifiers = doc.object("online_to_offline_payment").identifiers()
	n.Agent, n.Store, n.Trx = agent(n.Identifiers)
	n.AdditionalInfo, _ = doc.raw("additional_info")
	return n, hasAmount
}

// identifiers reads a list of {"name":…,"value":…}, whatever the acquirer put
// into the values.
func (o object) identifiers() []Identifier {
	const name = "identifier"
	raw, ok := o.raw(name)
	if !ok {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		o.bad(name, ProblemType)
		return nil
	}
	all := make([]Identifier, 0, len(list))
	for _, item := range list {
		entry := openObject(strings.TrimPrefix(o.path+"."+name, "."), item, o.fail)
		all = append(all, Identifier{entry.text("name"), entry.anyText("value")})
	}
	return all
}

// anyText is a string, number or boolean as it is written, with control
// characters turned into spaces so that it fits on a line.
func (o object) anyText(name string) string {
	raw, ok := o.raw(name)
	if !ok {
		return ""
	}
	s := string(raw)
	switch raw[0] {
	case '{', '[':
		o.bad(name, ProblemType)
		return ""
	case '"':
		s, _, _ = o.literal(name)
	}
	if len(s) > maxText {
		o.bad(name, ProblemText)
		return ""
	}
	return oneLine(s)
}

func agent(all []Identifier) (agent, store, trx string) {
	first := func(name string) string {
		for _, i := range all {
			if i.Name == name {
				return i.Value
			}
		}
		return ""
	}
	return first("AGENT_ID"), first("AGENT_STORE_ID"), first("AGENT_TRX_ID")
}
