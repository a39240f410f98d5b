package simulator

import (
	"crypto/rand"
	"encoding/json"
	"math/big"
	"strconv"
	"time"
)

// The three ways a payment code comes to be.
const (
	modeDGPC = "dgpc" // made here
	modeMGPC = "mgpc" // made by the merchant, registered here
	modeDIPC = "dipc" // known only to the merchant; kept here once paid, so that Check Status finds it
)

// What a payment code can be at the till.
const (
	statusActive    = "active"
	statusPaid      = "paid"
	statusExpired   = "expired"
	statusCancelled = "cancelled"
)

// paymentCode is one registration. A merchant's number may be registered again once it is no longer
// live, so a number can have several of these; the newest counts.
type paymentCode struct {
	Number    string    `json:"number"`
	Mode      string    `json:"mode"`
	RequestID string    `json:"request_id"` // of the create call
	Invoice   string    `json:"invoice"`
	Amount    int64     `json:"amount"` // rupiah
	Name      string    `json:"name"`
	Email     string    `json:"email,omitempty"`
	Info      string    `json:"info,omitempty"`
	Footer    string    `json:"footer,omitempty"`
	Insurance insurance `json:"insurance"`
	Reusable  bool      `json:"reusable"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Cancelled bool      `json:"cancelled"`

	// Additional is the merchant's additional_info as it came, for the notification of a
	// direct-inquiry payment.
	Additional  json.RawMessage `json:"additional,omitempty"`
	OverrideURL string          `json:"override_url,omitempty"`

	Payments []payment `json:"payments,omitempty"`
}

// payment is one receipt of money, with the identifiers the till gives it.
type payment struct {
	Amount int64     `json:"amount"`
	Agent  string    `json:"agent"`
	Store  string    `json:"store"`
	Trx    string    `json:"trx"`
	Date   time.Time `json:"date"`
}

// insurance is additional_info.insurance_info: free text for the POS and the receipt.
type insurance struct {
	PolicyType        string `json:"policy_type,omitempty"`
	PolicyNumber      string `json:"policy_number,omitempty"`
	PolicyAccountName string `json:"policy_account_name,omitempty"`
	PolicyStatus      string `json:"policy_status,omitempty"`
	BillDueDate       string `json:"bill_due_date,omitempty"`
}

// status judges by the clock: a code expires at the instant of ExpiresAt.
func (c *paymentCode) status(now time.Time) string {
	switch {
	case len(c.Payments) > 0 && !c.Reusable:
		return statusPaid
	case c.Cancelled:
		return statusCancelled
	case !now.Before(c.ExpiresAt):
		return statusExpired
	}
	return statusActive
}

func (st *state) newestByNumber(number string) *paymentCode {
	for i := len(st.Codes) - 1; i >= 0; i-- {
		if st.Codes[i].Number == number {
			return st.Codes[i]
		}
	}
	return nil
}

// newestByOrder finds a code by its invoice number or by the Request-Id that created it.
func (st *state) newestByOrder(id string) *paymentCode {
	for i := len(st.Codes) - 1; i >= 0; i-- {
		if c := st.Codes[i]; c.Invoice == id || c.RequestID == id {
			return c
		}
	}
	return nil
}

// bin is the prefix of the numbers made here, the one in DOKU's own sample.
const bin = "6059"

// freshNumber makes 16 digits that no registration has had. Random, so that a customer who mistypes
// one digit seldom pays for somebody else.
func (st *state) freshNumber() string {
	limit := big.NewInt(1_000_000_000_000)
	for {
		n, err := rand.Int(rand.Reader, limit)
		if err != nil {
			panic(err) // crypto/rand never fails on a supported system
		}
		digits := strconv.FormatInt(n.Int64()+limit.Int64(), 10)[1:]
		if number := bin + digits; st.newestByNumber(number) == nil {
			return number
		}
	}
}

func digitsOnly(v string) bool {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return v != ""
}
