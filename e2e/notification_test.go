package e2e

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// notificationPath is where DOKU calls, and what it signs.
const notificationPath = "/doku/notifications"

// A notification is what DOKU sends when a store took money, see "HTTP
// Notification" of DOKU's non-SNAP guide. It is built and signed here, apart
// from the client's and the simulator's code.
type notification struct {
	clientID, requestID, timestamp, body string
	signature                            string // empty: signed when sent
	without                              string // a header left out
}

// newNotification tells of amount rupiah for a payment code.
func newNotification(code string, amount int64) notification {
	return notification{
		clientID:  clientID,
		requestID: rand.Text(),
		timestamp: time.Now().UTC().Format("2006-01-02T15:04:05Z"),
		body: fmt.Sprintf(`{"service":{"id":"ONLINE_TO_OFFLINE"},"acquirer":{"id":"ALFA"},"channel":{"id":"ONLINE_TO_OFFLINE_ALFA"},
			"transaction":{"status":"SUCCESS","date":"%s","original_request_id":"%s"},
			"order":{"invoice_number":"","amount":%d.00},
			"online_to_offline_info":{"payment_code":"%s"},
			"online_to_offline_payment":{"identifier":[{"name":"AGENT_ID","value":"ALFAMART"},
				{"name":"AGENT_STORE_ID","value":"A001"},{"name":"AGENT_TRX_ID","value":"%s"}]}}`,
			time.Now().UTC().Format("2006-01-02T15:04:05Z"), rand.Text(), amount, code, rand.Text()),
	}
}

// sign computes the Signature header under a secret key, section "Signature
// Component" of the guide: five lines without a line feed at the end.
func (n notification) sign(secret string) string {
	digest := sha256.Sum256([]byte(n.body))
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "Client-Id:%s\nRequest-Id:%s\nRequest-Timestamp:%s\nRequest-Target:%s\nDigest:%s",
		n.clientID, n.requestID, n.timestamp, notificationPath, base64.StdEncoding.EncodeToString(digest[:]))
	return "HMACSHA256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// send delivers it.
func (n notification) send(v *visitor) answer {
	v.t.Helper()
	if n.signature == "" {
		n.signature = n.sign(secretKey)
	}
	header := http.Header{
		"Client-Id": {n.clientID}, "Request-Id": {n.requestID}, "Request-Timestamp": {n.timestamp},
		"Signature": {n.signature}, "Content-Type": {"application/json"},
	}
	header.Del(n.without)
	return v.send(http.MethodPost, notificationPath, n.body, header)
}

// TestSignature shows that nobody but the holder of the key marks a code paid.
func TestSignature(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner, doku := shop.owner(), newVisitor(t, shop.home)
	path := owner.issue()
	code := owner.number(path)
	good := func() notification { return newNotification(code, 150000) }

	bodies := map[string]bool{}
	for name, forge := range map[string]func(n notification) notification{
		"foreign key":    func(n notification) notification { n.signature = n.sign("SK-somebody-else"); return n },
		"empty key":      func(n notification) notification { n.signature = n.sign(""); return n },
		"foreign client": func(n notification) notification { n.clientID = "BRN-9999-other"; return n },
		"truncated": func(n notification) notification {
			n.signature = n.sign(secretKey)
			n.signature = n.signature[:len(n.signature)-8]
			return n
		},
		"prefix alone": func(n notification) notification { n.signature = "HMACSHA256="; return n },
		"without its prefix": func(n notification) notification {
			n.signature = strings.TrimPrefix(n.sign(secretKey), "HMACSHA256=")
			return n
		},
		"no base64":           func(n notification) notification { n.signature = "HMACSHA256=%%%"; return n },
		"of another body":     func(n notification) notification { n.signature = n.sign(secretKey); n.body += " "; return n },
		"of another id":       func(n notification) notification { n.signature = n.sign(secretKey); n.requestID += "1"; return n },
		"without Signature":   func(n notification) notification { n.without = "Signature"; return n },
		"without Client-Id":   func(n notification) notification { n.without = "Client-Id"; return n },
		"without Request-Id":  func(n notification) notification { n.without = "Request-Id"; return n },
		"without a timestamp": func(n notification) notification { n.without = "Request-Timestamp"; return n },
		"of an unknown code": func(n notification) notification {
			n.body = strings.Replace(n.body, code, "6059000000000000", 1)
			n.signature = n.sign("x")
			return n
		},
		"of something no JSON": func(n notification) notification { n.body = "{"; n.signature = n.sign("x"); return n },
	} {
		answer := forge(good()).send(doku)
		if answer.status != http.StatusUnauthorized {
			t.Errorf("%s: status %d, want 401", name, answer.status)
		}
		if strings.Contains(answer.body, code) {
			t.Errorf("%s: the answer names the code:\n%s", name, answer.body)
		}
		bodies[answer.body] = true
	}
	if len(bodies) > 1 {
		t.Errorf("the refusals differ, which tells a stranger what is known here: %v", bodies)
	}
	if marks := owner.get(path).marks(); marks["data-status"] != "active" || marks["data-paid-total"] != "0" {
		t.Fatalf("after forged notifications the code is %v", marks)
	}

	// The same with the right key, so that it was the key that mattered.
	n := good()
	for _, time := range []string{"first", "second"} {
		if answer := n.send(doku); answer.status != http.StatusOK {
			t.Errorf("rightly signed, told a %s time: status %d:\n%s", time, answer.status, answer.body)
		}
	}
	if marks := owner.get(path).marks(); marks["data-status"] != "paid" || marks["data-paid-total"] != "150000" {
		t.Errorf("one payment told twice makes %v", marks)
	}
}

// TestNotificationOfUnknownCode is kept and answered 200: DOKU would only send
// it again.
func TestNotificationOfUnknownCode(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	if answer := newNotification("6059000000009999", 150000).send(newVisitor(t, shop.home)); answer.status != http.StatusOK {
		t.Errorf("status %d, want 200:\n%s", answer.status, answer.body)
	}
	if rows := owner.get("/transactions").having("data-payment-code"); len(rows) != 0 {
		t.Errorf("it made codes: %v", rows)
	}
}

// TestOneNotificationAThousandTimes sends the same notification over fifty
// connections at once, twenty times on each: one payment, one line of the
// timeline, every answer 200.
func TestOneNotificationAThousandTimes(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	path := owner.issue()
	before := owner.get(path)
	n := newNotification(before.marks()["data-payment-code"], 150000)
	n.signature = n.sign(secretKey)
	var all sync.WaitGroup
	for range 50 {
		doku := newVisitor(t, shop.home)
		doku.client.Transport = &http.Transport{MaxConnsPerHost: 1} // of its own
		all.Go(func() {
			for range 20 {
				if a := n.send(doku); a.status != http.StatusOK {
					t.Errorf("answered %d", a.status)
				}
			}
		})
	}
	all.Wait()
	after := owner.get(path)
	if marks := after.marks(); marks["data-status"] != "paid" || marks["data-paid-total"] != "150000" || marks["data-attention"] != "" {
		t.Errorf("the code is %v", marks)
	}
	lines := func(a answer) int {
		_, timeline, _ := strings.Cut(a.body, `class="timeline"`)
		timeline, _, _ = strings.Cut(timeline, "</ol>")
		return strings.Count(timeline, "<li")
	}
	if was, is := lines(before), lines(after); was == 0 || is != was+1 {
		t.Errorf("the timeline had %d lines and has %d", was, is)
	}
}
