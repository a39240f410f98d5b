package crash

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	notificationPath = "/doku/notifications"
	clientID         = "BRN-0002-1700000000002"
	secretKey        = "SK-crash-8f6a2e10c4"
)

// A payment is what a till took, by the identity DOKU gives it.
type payment struct {
	invoice, code string
	amount        int64
	agent, store  string
	trx           string
	date          time.Time // whole seconds
}

// newPayment is money for a code, at a till transaction of its own.
func newPayment(invoice, code string, amount int64) payment {
	return payment{
		invoice: invoice, code: code, amount: amount,
		agent: "ALFAMART", store: "K001", trx: rand.Text(), date: time.Now().UTC().Truncate(time.Second),
	}
}

// A notification is DOKU's HTTP Notification, built and signed here, apart
// from the client's and the simulator's code.
type notification struct {
	requestID, timestamp string
	body                 string
	status               string // SUCCESS or FAILED
	payment              payment
}

func newNotification(status string, p payment) *notification {
	return &notification{
		requestID: rand.Text(), timestamp: time.Now().UTC().Format("2006-01-02T15:04:05Z"), status: status, payment: p,
		body: fmt.Sprintf(`{
  "service": {"id": "ONLINE_TO_OFFLINE"}, "acquirer": {"id": "ALFA"}, "channel": {"id": "ONLINE_TO_OFFLINE_ALFA"},
  "transaction": {"status": %q, "date": %q, "original_request_id": %q},
  "order": {"invoice_number": %q, "amount": %d.00},
  "online_to_offline_info": {"payment_code": %q},
  "online_to_offline_payment": {"identifier": [
    {"name": "AGENT_ID", "value": %q}, {"name": "AGENT_STORE_ID", "value": %q}, {"name": "AGENT_TRX_ID", "value": %q}]}
}`, status, p.date.Format("2006-01-02T15:04:05Z"), rand.Text(), p.invoice, p.amount, p.code, p.agent, p.store, p.trx),
	}
}

// digest is what tells two bodies under one Request-Id apart.
func (n *notification) digest() string {
	sum := sha256.Sum256([]byte(n.body))
	return hex.EncodeToString(sum[:])
}

// request signs it (guide, "Signature Component": five lines, no line feed at
// the end) for the app at home.
func (n *notification) request(home string) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, home+notificationPath, strings.NewReader(n.body))
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(n.body))
	mac := hmac.New(sha256.New, []byte(secretKey))
	fmt.Fprintf(mac, "Client-Id:%s\nRequest-Id:%s\nRequest-Timestamp:%s\nRequest-Target:%s\nDigest:%s",
		clientID, n.requestID, n.timestamp, notificationPath, base64.StdEncoding.EncodeToString(digest[:]))
	r.Header = http.Header{
		"Client-Id": {clientID}, "Request-Id": {n.requestID}, "Request-Timestamp": {n.timestamp},
		"Signature":    {"HMACSHA256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		"Content-Type": {"application/json"},
	}
	return r, nil
}
