package doku

import (
	"fmt"
	"net/url"
	"time"
)

// WarningKind says what is odd about an answer that is believed all the same.
type WarningKind string

// The kinds.
const (
	WarnSignatureMissing WarningKind = "signature_missing"
	WarnSignatureWrong   WarningKind = "signature_wrong"
	WarnEchoMissing      WarningKind = "echo_missing" // DOKU should have repeated our value
	WarnEchoDiffers      WarningKind = "echo_differs" // DOKU repeated another value
	WarnUnreadable       WarningKind = "unreadable"   // an optional field, left out of the answer
)

// Warning is something odd in an answer: to be recorded and shown to who looks
// after the connection to DOKU, not to the cashier.
type Warning struct {
	Kind  WarningKind
	Field string // a header, like "Client-Id", or a field, like "order.invoice_number"
	Sent  string // of an echo: what we sent
	Got   string // of an echo: what came back
}

// String is the warning on one line, like "echo_differs Client-Id: sent "A", got "B"".
func (w Warning) String() string {
	s := string(w.Kind) + " " + w.Field
	if w.Sent != "" || w.Got != "" {
		s += fmt.Sprintf(": sent %q, got %q", w.Sent, w.Got)
	}
	return s
}

// CodeAnswer is what DOKU says about a code that was created, changed or
// cancelled (guide, API Response).
type CodeAnswer struct {
	InvoiceNumber string // order.invoice_number; empty when DOKU left it out
	PaymentCode   string // what the customer says at the till, as text; never empty after Create

	HowToPayPage string // an http(s) page for customers; empty when absent or not such an address
	HowToPayAPI  string // for Client.HowToPay; empty when absent or not such an address

	OverrideNotificationURL string // as DOKU repeats it

	// The same two moments twice, from created_date_utc and expired_date_utc
	// and from created_date and expired_date, which DOKU writes in WIB. All are
	// instants in UTC, zero when absent; samples show that they may disagree.
	CreatedAtUTC, ExpiresAtUTC time.Time
	CreatedAtWIB, ExpiresAtWIB time.Time

	// Replayed: the answer came with 409 and is the original one, to an earlier
	// send of the same request.
	Replayed bool
	Warnings []Warning
}

// parseCodeAnswer reads an answer to create or update. Identity must be
// readable; what only decorates becomes a warning.
func parseCodeAnswer(body []byte) (CodeAnswer, error) {
	var a CodeAnswer
	var problem firstProblem
	doc := readObject(body, problem.fail)
	a.InvoiceNumber = doc.object("order").text("invoice_number")
	info := doc.object("online_to_offline_info")
	a.PaymentCode = info.paymentCode()
	if err := problem.orNil(); err != nil {
		return CodeAnswer{}, err
	}

	info = info.lenient(a.warnUnreadable)
	a.HowToPayPage = info.link("how_to_pay_page")
	a.HowToPayAPI = info.link("how_to_pay_api")
	a.CreatedAtUTC = info.date("created_date_utc")
	a.ExpiresAtUTC = info.date("expired_date_utc")
	a.CreatedAtWIB = info.date("created_date")
	a.ExpiresAtWIB = info.date("expired_date")
	a.OverrideNotificationURL = doc.lenient(a.warnUnreadable).object("additional_info").text(nameOverride)
	return a, nil
}

func (a *CodeAnswer) warnUnreadable(err *ParseError) {
	a.Warnings = append(a.Warnings, Warning{Kind: WarnUnreadable, Field: err.Field})
}

// link is a web address that may be shown to a customer.
func (o object) link(name string) string {
	s := o.text(name)
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || !isWeb(u) {
		o.bad(name, ProblemText)
		return ""
	}
	return s
}

// StatusAnswer is what DOKU says about an invoice when it is asked (DOKU,
// Check Status API). It reads like a notification in which anything but the
// status may be absent; PaymentCode usually is.
type StatusAnswer struct {
	Notification
	HasAmount bool // order.amount was there
	Reusable  bool // online_to_offline_info.reusable_status
	// From created_date and expired_date, or their _utc forms; zero when absent.
	CreatedAt, ExpiresAt time.Time
	Warnings             []Warning
}

// parseStatus reads an answer to a status check. It never reads order.status,
// which belongs to another product and says ORDER_GENERATED beside a payment
// that succeeded.
func parseStatus(body []byte) (StatusAnswer, error) {
	var a StatusAnswer
	var problem firstProblem
	doc := readObject(body, problem.fail)
	a.Notification, a.HasAmount = readNotification(doc)
	if err := problem.orNil(); err != nil {
		return StatusAnswer{}, err
	}

	info := doc.object("online_to_offline_info").lenient(func(err *ParseError) {
		a.Warnings = append(a.Warnings, Warning{Kind: WarnUnreadable, Field: err.Field})
	})
	a.Reusable = info.flag("reusable_status")
	if a.CreatedAt = info.date("created_date_utc"); a.CreatedAt.IsZero() {
		a.CreatedAt = info.date("created_date")
	}
	if a.ExpiresAt = info.date("expired_date_utc"); a.ExpiresAt.IsZero() {
		a.ExpiresAt = info.date("expired_date")
	}
	return a, nil
}
