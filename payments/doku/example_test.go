package doku_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"kodebayar/payments/doku"
)

// A sale: ask for a code with bytes that are kept, so that a lost answer can be
// asked for again.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"order":{"invoice_number":"INV-1"},
			"online_to_offline_info":{"payment_code":"6059000000000205","expired_date_utc":"2026-01-01T03:30:00Z"}}`)
	}))
	defer api.Close()
	client := &doku.Client{BaseURL: api.URL, ClientID: "BRN-0000-1700000000000", SecretKey: "SK-secret"}

	body, err := doku.CodeRequest{InvoiceNumber: "INV-1", Amount: 150000, ExpiresIn: 60, CustomerName: "Anton Budiman"}.Body()
	if err != nil {
		fmt.Println(err) // doku.FieldErrors
		return
	}
	const requestID = "11111111-2222-4333-8444-555555555555" // kept beside the body before it is sent
	code, exchange, err := client.Create(context.Background(), requestID, body)
	switch {
	case errors.Is(err, doku.ErrUnknown):
		fmt.Println("send the same again", err)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(code.PaymentCode, "until", code.ExpiresAtUTC.Format(time.RFC3339))
		fmt.Println("answered", exchange.StatusCode)
	}
	// Output:
	// 6059000000000205 until 2026-01-01T03:30:00Z
	// answered 200
}

// Limits are known before anything is sent, without a sentence in any language.
func ExampleCodeRequest_Validate() {
	r := doku.CodeRequest{
		InvoiceNumber: "INV-1", ExpiresIn: 60,
		CustomerName: "Raden Ajeng Siti Kusumaningrum Wijayakusumah",
	}
	for _, e := range r.Validate() {
		fmt.Println(e.Field, e.Rule, e.Got, "of", e.Limit)
	}
	// Output:
	// amount missing 0 of 1
	// customer_name too_long 44 of 40
}

// A notification is verified over the bytes received before it is read.
func ExampleVerifier_Verify() {
	verifier := doku.Verifier{ClientID: "BRN-0000-1700000000000", Keys: []string{"SK-new", "SK-old"}}
	body := []byte(`{"transaction":{"status":"SUCCESS"},"order":{"invoice_number":"INV-1","amount":150000.00}}`)
	header := http.Header{}
	doku.SignRequest(header, "BRN-0000-1700000000000", "SK-old", "33333333", "/doku/notifications", time.Now(), body)

	if err := verifier.Verify(header, "/doku/notifications", body); err != nil {
		fmt.Println(err) // answer 401
		return
	}
	paid, err := doku.ParseNotification(body)
	fmt.Println(paid.InvoiceNumber, paid.Status, paid.Amount, err)
	fmt.Println(verifier.Verify(header, "/doku/notifications", append(body, '\n')))
	// Output:
	// INV-1 SUCCESS 150000 <nil>
	// doku: signature refused: signature does not match
}

// An inquiry is answered while the customer waits, with a signature of our own.
func ExampleInquiryAnswer() {
	inquiry, err := doku.ParseInquiry([]byte(`{"online_to_offline_info":{"payment_code":"8896512345678123"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := doku.InquiryAnswer{Status: doku.InquiryExpired, PaymentCode: inquiry.PaymentCode}
	body, err := answer.Body()
	if err != nil {
		fmt.Println(err)
		return
	}
	header := http.Header{}
	at := time.Date(2026, 1, 1, 9, 30, 0, 0, time.FixedZone("WIB", 7*60*60))
	doku.SignResponse(header, "BRN-0000-1700000000000", "SK-secret", "44444444", "/doku/inquiries", at, body)
	fmt.Println(answer.HTTPStatus(), header.Get("Response-Timestamp"), string(body))
	// Output:
	// 400 2026-01-01T02:30:00Z {"online_to_offline_info":{"payment_code":"8896512345678123"},"online_to_offline_inquiry":{"status":"billing_was_expired"}}
}
