// Package payments holds the rules of Kodebayar: how a payment code comes to
// be, changes, is paid and ends, and the service that carries a code through
// that life against DOKU and a store. It knows neither HTTP nor SQL.
package payments

import (
	"time"

	"kodebayar/payments/doku"
)

// Mode says who makes the number the customer reads out at the till.
type Mode string

// The three modes of the Alfa guide, "Integration methods".
const (
	DGPC Mode = "dgpc" // made by DOKU
	MGPC Mode = "mgpc" // made here, registered with DOKU
	DIPC Mode = "dipc" // made here, DOKU asks us at the till
)

// Status is where a code stands. Pages carry these words in data-status.
type Status string

// The states of a code.
const (
	Creating   Status = "creating"   // our row is written, DOKU's answer not yet here
	Unknown    Status = "unknown"    // the answer to the create was lost
	Rejected   Status = "rejected"   // DOKU refused the create
	Active     Status = "active"     // can be paid at a till
	Cancelling Status = "cancelling" // a cancel is asked for but not certain
	Cancelled  Status = "cancelled"
	Expired    Status = "expired"
	Paid       Status = "paid"
)

// Live says whether a customer may still be able to pay the code, so that its
// number must not be given to another.
func (s Status) Live() bool {
	return s == Creating || s == Unknown || s == Active || s == Cancelling
}

// Environment is the DOKU that a code belongs to; codes never change it.
type Environment string

// The environments. A simulator is any DOKU_BASE_URL on this machine.
const (
	Simulator  Environment = "simulator"
	Sandbox    Environment = "sandbox"
	Production Environment = "production"
)

// Code is one payment code. Times are UTC and zero when not known; amounts are
// whole rupiah.
type Code struct {
	ID            string
	Environment   Environment
	Mode          Mode
	Status        Status
	InvoiceNumber string // at most 64 of [A-Za-z0-9_-], unique in its environment
	PaymentCode   string // digits; empty until known
	Amount        int64  // what DOKU asks of the customer now

	CustomerName  string // at most 40 characters, printed at the till
	CustomerPhone string
	CustomerEmail string
	Note          string // for the shop only, never sent
	Options

	CreatedBy string // staff id
	CreatedAt time.Time
	ExpiresIn int       // minutes, as sent
	ExpiresAt time.Time // DOKU's deadline, or sent + ExpiresIn until it is known

	Token  string // of the customer's page
	FormID string // the form that made it; one form makes one code

	HowToPayPage string
	HowToPayAPI  string

	Refusal string // DOKU's words when the create was refused

	// ReplacedBy is the code made in place of this one while its create had no
	// answer. Nobody has seen the lost number: when it is found, it is cancelled.
	ReplacedBy string

	StatusBefore Status    // where a refused cancel returns to
	CancelledAt  time.Time // when DOKU answered the cancel, or when it took effect here

	PaidAt    time.Time // of the newest payment that counts, by DOKU's clock
	Late      bool      // that one came after the deadline that was in force
	PaidTotal int64     // of payments that count
	PaidCount int
	Review    int // payments under review: kept, outside every total
	// AsideTotal is of payments that a person set aside: money that came and does
	// not pay the code. It is outside every total too.
	AsideTotal int64

	InquiredAt time.Time // last accepted direct inquiry
	CheckAt    time.Time // when DOKU is next asked; zero: not again
	Checks     int       // status checks so far
	ViewedAt   time.Time // when the customer's page was last noted as opened
	Attention  int       // open attention entries
	Version    int64     // counts changes; an edit names the one it saw
	// BlankedAt is when the customer's personal detail was blanked; zero: it was
	// not.
	BlankedAt time.Time
}

// Unpaid says whether the code still waits for its money: it can be paid, and
// nothing that counts has come. A reusable code is a paid one from its first
// payment on, though it can be paid again. Tabs, recaps and lists go by this; a
// report asks as well what has ended without money.
func (c Code) Unpaid() bool { return c.Status.Live() && c.PaidAt.IsZero() }

// Options are what DOKU lets a code carry beyond amount and name.
type Options struct {
	Reusable                bool
	Info                    string // at most 30 characters, on the till's screen
	FooterMessage           string // at most 3 lines of 40, on the receipt
	Insurance               *doku.Insurance
	Settlement              []doku.Settlement
	SettlementPreset        string `json:",omitempty"` // what the owner called these shares
	OverrideNotificationURL string
}

// Payment is one receipt of money at a till.
type Payment struct {
	ID         string
	CodeID     string // empty for an orphan
	Amount     int64  // rupiah
	Date       time.Time
	Agent      string // store chain, as DOKU sent it: ALFAMART; see ChainKey
	Store      string
	Trx        string // the till's transaction
	Standing   Standing
	Source     Source    // who told first
	Confirmed  bool      // a notification told of it
	Late       bool      // after the deadline; judged once its date is known
	CreatedAt  time.Time // when it was recorded here
	ExchangeID string
	Sale       string // of an orphan: what DOKU called the sale
}

// Standing says whether a payment counts.
type Standing string

// The standings of a payment.
const (
	Counted Standing = "counted"
	Review  Standing = "review" // waits for a person; outside totals
	Aside   Standing = "aside"  // a person decided that it does not pay the code
)

// Source names the witness of a fact.
type Source string

// The sources of a fact.
const (
	FromNotification Source = "notification"
	FromCheck        Source = "check"
	FromReplay       Source = "replay"
)

// CallKind is what a call asks of DOKU.
type CallKind string

// The calls that change something at DOKU.
const (
	CallCreate CallKind = "create"
	CallUpdate CallKind = "update"
	CallCancel CallKind = "cancel"
)

// Call is a request to DOKU that is written down before it is sent, and sent
// again with the same id and bytes until its outcome is known.
type Call struct {
	RequestID string
	CodeID    string
	Kind      CallKind
	Body      []byte
	MadeBy    string // actor
	MadeAt    time.Time
	SentAt    time.Time // first sending; a deadline counted in minutes starts here
	Tries     int
	NextAt    time.Time // when it is sent next; zero: its outcome is known
	Outcome   Outcome
	Change    *Change // of an update: what the answer puts in force
}

// Outcome of a call.
type Outcome string

// The outcomes of a call.
const (
	Pending Outcome = ""
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Given   Outcome = "given_up" // nobody waits for it any more
)

// Change is what an edit may alter on a code.
type Change struct {
	Amount        int64
	CustomerName  string
	CustomerPhone string `json:"-"` // DOKU never hears of it, so it waits for no answer
	CustomerEmail string
	ExpiresIn     int // minutes
	Reusable      bool
	Info          string
	// Known: the code asked for this amount before the edit too, so that it
	// stays one of its former amounts when DOKU refuses the edit. Set by Edit.
	Known bool `json:",omitempty"`
}

// Exchange is one request and its answer, either way, between DOKU and us,
// kept raw as evidence.
type Exchange struct {
	ID             string
	At             time.Time
	Direction      Direction
	Kind           string // create, update, cancel, status, how_to_pay, notification, inquiry
	CodeID         string
	RequestID      string
	Method         string
	URL            string // or path, of what came in
	RequestHeader  string // one "Name: value" a line
	RequestBody    []byte
	StatusCode     int // zero: no answer came
	ResponseHeader string
	ResponseBody   []byte
	Duration       time.Duration
	Verdict        string // verified, bad_signature, done, refused, unknown, unreadable …
	Remark         string // failures and warnings, for the owner
}

// Direction of an exchange, seen from here.
type Direction string

// The directions.
const (
	Outgoing Direction = "out"
	Incoming Direction = "in"
)

// AttentionKind says why a person must look.
type AttentionKind string

// The kinds of attention.
const (
	LatePayment     AttentionKind = "late_payment"
	AfterCancel     AttentionKind = "after_cancel"
	WrongAmount     AttentionKind = "wrong_amount"
	FormerAmount    AttentionKind = "former_amount"
	UnknownCode     AttentionKind = "unknown_code"
	Disagreement    AttentionKind = "disagreement" // invoice and code name different sales
	SecondPayment   AttentionKind = "second_payment"
	OutcomeUnknown  AttentionKind = "outcome_unknown"
	UnreadableProof AttentionKind = "unreadable"
)

// Attention is something a person must look at (perlu dicek).
type Attention struct {
	ID         string
	CodeID     string
	PaymentID  string
	ExchangeID string
	Kind       AttentionKind
	OpenedAt   time.Time
	DoneAt     time.Time
	DoneBy     string
	Note       string
}
