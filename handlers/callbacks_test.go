package handlers

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// signed is a notification of money that came just now, as it goes over the wire.
func (s *shop) signed(c payments.Code, requestID string) string {
	return s.signedAt(c, requestID, s.Now())
}

func (s *shop) signedAt(c payments.Code, requestID string, paid time.Time) string {
	body := fmt.Sprintf(`{"order":{"invoice_number":"%s","amount":%d},"transaction":{"status":"SUCCESS","date":"%s"},`+
		`"online_to_offline_info":{"payment_code":"%s"}}`, c.InvoiceNumber, c.Amount, paid.UTC().Format(time.RFC3339), c.PaymentCode)
	at := s.Now().UTC().Format("2006-01-02T15:04:05Z")
	digest := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte(secretKey))
	fmt.Fprintf(mac, "Client-Id:%s\nRequest-Id:%s\nRequest-Timestamp:%s\nRequest-Target:/doku/notifications\nDigest:%s",
		clientID, requestID, at, base64.StdEncoding.EncodeToString(digest[:]))
	return fmt.Sprintf("POST /doku/notifications HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nClient-Id: %s\r\nRequest-Id: %s\r\n"+
		"Request-Timestamp: %s\r\nSignature: HMACSHA256=%s\r\nContent-Length: %d\r\n\r\n%s",
		clientID, requestID, at, base64.StdEncoding.EncodeToString(mac.Sum(nil)), len(body), body)
}

// notify has DOKU tell of the code's amount, paid at a time.
func (s *shop) notify(c payments.Code, paid time.Time) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.home, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, s.signedAt(c, "told "+c.ID+paid.String(), paid))
	a, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || a.StatusCode != http.StatusOK {
		s.t.Fatal(a, err)
	}
	a.Body.Close()
}

// TestACallbackWhoseSenderClosesItsSideIsAnsweredTheTruth: to the server such a
// sender looks like one that left, and a request that nobody answers is a 200.
func TestACallbackWhoseSenderClosesItsSideIsAnsweredTheTruth(t *testing.T) {
	for name, want := range map[string]int{"stored": http.StatusOK, "refused": http.StatusServiceUnavailable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			code := s.member("sari", payments.Cashier).issue()
			// The writer is busy until the sender has closed its side; then the
			// database is gone, or is not.
			free, busy := make(chan struct{}), make(chan struct{})
			go func() {
				_ = s.Store.Write(t.Context(), func(*db.Tx) error { close(busy); <-free; return nil })
			}()
			<-busy
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.home, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, s.signed(code, "half-closed"))
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond) // for the server to see it
			if name == "stored" {
				close(free)
			} else {
				defer close(free) // not before the answer: nothing is stored in time
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("answered %d, want %d", answer.StatusCode, want)
			}
			if c := must(s.Store.Code(t.Context(), code.ID)); (c.Status == payments.Paid) != (want == http.StatusOK) {
				t.Errorf("answered %d, and the code is %s", answer.StatusCode, c.Status)
			}
		})
	}
}
