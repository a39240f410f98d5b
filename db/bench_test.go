package db_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
	"kodebayar/payments/doku"
)

// BenchmarkNotification takes signed notifications, each of which pays a code
// of its own, without HTTP around it: what is left is the rules, the
// statements and the commit. cpu-µs/op is of this whole process, and steadier
// than time on a machine that others use too.
func BenchmarkNotification(b *testing.B) {
	engines := []struct {
		name string
		open func(b *testing.B) *db.DB
	}{
		{"sqlite", func(b *testing.B) *db.DB { return dbtest.Open(b, b.TempDir()+"/bench.db") }},
		{"postgres", func(b *testing.B) *db.DB { return dbtest.Open(b, dbtest.Postgres(b)) }},
	}
	for _, engine := range engines {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/callers=%d", engine.name, callers), func(b *testing.B) {
				takeNotifications(b, engine.open(b), callers)
			})
		}
	}
}

const (
	benchClient = "BRN-0004-1700000000004"
	benchKey    = "SK-bench-0e4c71"
)

func takeNotifications(b *testing.B, d *db.DB, callers int) {
	service := (&payments.Service{
		Store: d, Environment: payments.Simulator, NotificationPath: "/doku/notifications",
		Verifier: doku.Verifier{ClientID: benchClient, Keys: []string{benchKey}}, Log: slog.New(slog.DiscardHandler),
	}).Init()
	deliveries := make([]payments.Delivery, b.N)
	for from := 0; from < b.N; from += 500 {
		err := d.Write(b.Context(), func(tx *db.Tx) error {
			for n := from; n < min(from+500, b.N); n++ {
				deliveries[n] = delivery(n)
				ok, err := tx.InsertCode(payments.Code{
					ID: payments.NewID(), Environment: payments.Simulator, Mode: payments.DGPC, Status: payments.Active,
					InvoiceNumber: invoice(n), PaymentCode: fmt.Sprintf("6059%012d", n), Amount: 150_000, CustomerName: "Budi Santoso",
					CreatedBy: "bench", CreatedAt: time.Now(), ExpiresIn: 60, ExpiresAt: time.Now().Add(time.Hour),
					Token: payments.NewToken(), FormID: payments.NewToken(), Version: 1,
				})
				if err != nil || !ok {
					return fmt.Errorf("insert a code: %t %w", ok, err)
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	used := processTime()
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
				if err := service.Notification(b.Context(), deliveries[n]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((processTime()-used).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "notifications/s")
}

func invoice(n int) string { return fmt.Sprintf("INV-20261120-%012d", n) }

func delivery(n int) payments.Delivery {
	now := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	body := fmt.Appendf(nil, `{"service":{"id":"ONLINE_TO_OFFLINE"},"acquirer":{"id":"ALFA"},"channel":{"id":"ONLINE_TO_OFFLINE_ALFA"},
"transaction":{"status":"SUCCESS","date":"%s","original_request_id":"%012d"},
"order":{"invoice_number":"%s","amount":150000.00},
"online_to_offline_info":{"payment_code":"6059%012d"},
"online_to_offline_payment":{"identifier":[{"name":"AGENT_ID","value":"ALFAMART"},{"name":"AGENT_STORE_ID","value":"K001"},{"name":"AGENT_TRX_ID","value":"%012d"}]}}`,
		now, n, invoice(n), n, n)
	digest := sha256.Sum256(body)
	id := fmt.Sprintf("bench-%012d", n)
	mac := hmac.New(sha256.New, []byte(benchKey))
	fmt.Fprintf(mac, "Client-Id:%s\nRequest-Id:%s\nRequest-Timestamp:%s\nRequest-Target:%s\nDigest:%s",
		benchClient, id, now, "/doku/notifications", base64.StdEncoding.EncodeToString(digest[:]))
	return payments.Delivery{
		Method: http.MethodPost, Path: "/doku/notifications", Body: body, From: "127.0.0.1",
		Header: http.Header{
			"Client-Id": {benchClient}, "Request-Id": {id}, "Request-Timestamp": {now}, "Content-Type": {"application/json"},
			"Signature": {"HMACSHA256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		},
	}
}

// processTime is what this process has used of the machine so far.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
