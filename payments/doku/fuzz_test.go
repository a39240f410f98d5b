package doku

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// The seeds here are the forms that are known; what fuzzing found beside them
// is in testdata/fuzz and runs with every test.

// FuzzVerify: whoever does not know the key never gets past, whatever the
// headers; and what was signed properly always does.
func FuzzVerify(f *testing.F) {
	all, _ := readVectors(f)
	for _, v := range all {
		f.Add(vectorClientID, v.RequestID, v.Timestamp, v.Target, v.Signature, v.body())
	}
	f.Add("", "", "", "", "HMACSHA256=", []byte{})
	f.Add("a", "b\nRequest-Timestamp:c", "d", "/", "HMACSHA256====", []byte("\xff"))
	f.Fuzz(func(t *testing.T, clientID, requestID, timestamp, target, signature string, body []byte) {
		h := http.Header{
			"Client-Id": {clientID}, "Request-Id": {requestID}, "Request-Timestamp": {timestamp}, "Signature": {signature},
		}
		v := Verifier{ClientID: clientID, Keys: []string{vectorKey}}
		digest := signed{body: append([]byte{}, body...)}.text()
		_, digest, _ = strings.Cut(digest, "\nDigest:")
		right := hmacOf(vectorKey, "Client-Id:"+clientID+"\nRequest-Id:"+requestID+
			"\nRequest-Timestamp:"+timestamp+"\nRequest-Target:"+target+"\nDigest:"+digest)

		err := v.Verify(h, target, body)
		given, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimPrefix(signature, "HMACSHA256="), "="))
		want, _ := base64.StdEncoding.DecodeString(right)
		if err == nil && !bytes.Equal(given, want) {
			t.Fatalf("%q passes", signature)
		}
		if err != nil && (!errors.Is(err, ErrSignature) || strings.Contains(err.Error(), right)) {
			t.Fatalf("error %q", err)
		}

		h.Set("Signature", "HMACSHA256="+right)
		proper := func(s string) bool {
			return s != "" && len(s) <= MaxRequestID && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 })
		}
		if err := v.Verify(h, target, body); (err == nil) != (proper(clientID) && proper(requestID) && proper(timestamp)) {
			t.Fatalf("properly signed: %v", err)
		}
		if err := v.Verify(h, target, append(append([]byte{}, body...), ' ')); err == nil {
			t.Fatal("another body passes")
		}
		if err := v.Verify(h, target+"x", body); err == nil {
			t.Fatal("another target passes")
		}
	})
}

// seedBodies are the JSON bodies of all vectors and samples.
func seedBodies(f *testing.F) {
	all, _ := readVectors(f)
	for _, v := range all {
		if v.Body != nil {
			f.Add([]byte(*v.Body))
		}
	}
	for _, body := range []string{
		statusSample, `{}`, `[]`, `null`, ``, `{"order":{"amount":"150000.00"}}`, strings.Repeat(`{"order":`, 40),
		`{"transaction":{"status":"SUCCESS","date":"20260101093735"},"order":{"invoice_number":1,"amount":1e5},"online_to_offline_info":{"payment":7}}`,
		`{"transaction":{"status":"SUCCESS"},"order":{"invoice_number":"a","amount":1,"amount":2}}`,
		`{"error":{"code":"invalid_signature","message":"Invalid Header Signature","type":"invalid_request_error"}}`,
		`{"message":["PAYMENT CHANNEL IS INACTIVE"]}`, `{"error_messages":["a"]}`, `{"errors":{"a":"b"}}`,
		`{"payment_instruction":[{"channel":"ALFAMART","step":["a","b"]}]}`,
	} {
		f.Add([]byte(body))
	}
}

// reference reads a path as encoding/json does, for comparison.
func reference(t *testing.T, body []byte, path ...string) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("accepted, but encoding/json says %v", err)
	}
	for _, name := range path {
		v = v.(map[string]any)[name]
	}
	return v
}

// checkPayment holds what was read to what encoding/json reads.
func checkPayment(t *testing.T, body []byte, n Notification, hasAmount bool) {
	t.Helper()
	if n.Status == "" || n.Amount < 0 || n.Amount > maxAmount || !hasAmount && n.Amount != 0 {
		t.Fatalf("%+v", n)
	}
	if hasAmount {
		var written string
		switch v := reference(t, body, "order", "amount").(type) {
		case json.Number:
			written = v.String()
		case string:
			written = v
		}
		exact, ok := new(big.Rat).SetString(written)
		if !ok || exact.Cmp(new(big.Rat).SetInt64(n.Amount)) != 0 {
			t.Fatalf("amount %q became %d", written, n.Amount)
		}
	}
	if n.InvoiceNumber != "" {
		switch v := reference(t, body, "order", "invoice_number").(type) {
		case json.Number:
			if v.String() != n.InvoiceNumber {
				t.Fatalf("invoice %v became %q", v, n.InvoiceNumber)
			}
		case string:
			if v != n.InvoiceNumber {
				t.Fatalf("invoice %q became %q", v, n.InvoiceNumber)
			}
		default:
			t.Fatalf("invoice %v became %q", v, n.InvoiceNumber)
		}
	}
	if !n.Date.IsZero() && (n.Date.Location() != time.UTC || n.Date.Year() < 1999 || n.Date.Year() > 2100) {
		t.Fatalf("date %v", n.Date)
	}
	for _, s := range []string{n.InvoiceNumber, n.PaymentCode, n.OriginalRequestID, n.Agent, n.Store, n.Trx, string(n.Status)} {
		if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\r") {
			t.Fatalf("text %q", s)
		}
	}
	if n.AdditionalInfo != nil && !json.Valid(n.AdditionalInfo) {
		t.Fatalf("additional_info %s", n.AdditionalInfo)
	}
}

// pretty is body in another form that means the same.
func pretty(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// twice is body with an order put in front, so that there are two.
func twice(body []byte) []byte {
	rest := bytes.TrimLeft(body, " \t\r\n")[1:]
	return append([]byte(`{"order":{"invoice_number":"forged","amount":1},`), rest...)
}

func FuzzParseNotification(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := ParseNotification(body)
		if invoice, code := Subject(body); err == nil && (invoice != n.InvoiceNumber || code != n.PaymentCode) {
			t.Fatalf("about %q and %q, not %+v", invoice, code, n)
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(n, Notification{}) {
				t.Fatalf("%+v, %v", n, err)
			}
			return
		}
		if n.InvoiceNumber == "" && n.PaymentCode == "" {
			t.Fatal("about nothing")
		}
		checkPayment(t, body, n, n.Amount != 0)

		other, err := ParseNotification(pretty(t, body))
		n.AdditionalInfo, other.AdditionalInfo = nil, nil
		if len(pretty(t, body)) <= MaxBody && (err != nil || !reflect.DeepEqual(n, other)) {
			t.Fatalf("indented: %+v, %v", other, err)
		}
		if reference(t, body, "order") != nil {
			if n, err := ParseNotification(twice(body)); err == nil {
				t.Fatalf("two orders: %+v", n)
			}
		}
	})
}

func FuzzParseInquiry(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		i, err := ParseInquiry(body)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(i, Inquiry{}) {
				t.Fatalf("%+v, %v", i, err)
			}
			return
		}
		if !isCode(i.PaymentCode) {
			t.Fatalf("code %q", i.PaymentCode)
		}
		// Whatever was asked can be refused in words that parse again.
		answer, err := InquiryAnswer{Status: InquiryNotFound, PaymentCode: i.PaymentCode}.Body()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseInquiry(answer); err != nil || again.PaymentCode != i.PaymentCode {
			t.Fatalf("%s: %+v, %v", answer, again, err)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parseStatus(body)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(a, StatusAnswer{}) {
				t.Fatalf("%+v, %v", a, err)
			}
			return
		}
		checkPayment(t, body, a.Notification, a.HasAmount)
		if reference(t, body, "order") != nil {
			if a, err := parseStatus(twice(body)); err == nil {
				t.Fatalf("two orders: %+v", a)
			}
		}
	})
}

// FuzzAnswers: bodies that are no notification, read by all who read them.
func FuzzAnswers(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parseCodeAnswer(body)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		for _, link := range []string{a.HowToPayPage, a.HowToPayAPI} {
			if link != "" && !strings.HasPrefix(strings.ToLower(link), "http") {
				t.Fatalf("link %q", link)
			}
		}
		if a.PaymentCode != "" && !isCode(a.PaymentCode) {
			t.Fatalf("code %q", a.PaymentCode)
		}
		h, err := parseHowToPay(body)
		if (err == nil) != (len(h.Instructions) > 0) || err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatalf("%+v, %v", h, err)
		}
	})
}

func FuzzParseError(f *testing.F) {
	seedBodies(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		e := Error{Outcome: Refused, HTTPStatus: 400}
		e.readRefusal(body)
		if len(e.Messages) > maxMessages {
			t.Fatalf("%d messages", len(e.Messages))
		}
		for _, m := range e.Messages {
			if utf8.RuneCountInString(m) > maxMessageLength || strings.ContainsAny(m, "\x00\r\n\x1b") {
				t.Fatalf("message %q", m)
			}
		}
		if text := e.Error(); len(text) > 100 || strings.ContainsAny(text, "\x00\r\n\x1b<\"") {
			t.Fatalf("text %q", text)
		}
	})
}

// FuzzParseAmount compares with arithmetic that cannot overflow.
func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{
		"0", "150000", "150000.00", "19000.0", "-1", "1.5", "1e5", "1E-2", "01", "999999999999", "1000000000000", "9223372036854775808",
		"", ".", "1.", ".1", "+1", " 1", "0x1", "1_000", "1/2", "Inf",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseAmount(s)
		if !ok {
			if got != 0 {
				t.Fatalf("%q refused as %d", s, got)
			}
			// A plain number of up to twelve digits is never refused.
			if len(s) <= MaxAmountDigits && s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == "" {
				t.Fatalf("%q refused", s)
			}
			return
		}
		exact, valid := new(big.Rat).SetString(s)
		if !valid || exact.Cmp(new(big.Rat).SetInt64(got)) != 0 || got < 0 || got > maxAmount {
			t.Fatalf("%q became %d", s, got)
		}
	})
}

// FuzzWrapFooter: no line too long, nothing lost, nothing added.
func FuzzWrapFooter(f *testing.F) {
	for _, s := range []string{"", "Terima kasih", "a\r\n\r\nb", strings.Repeat("a", 130), "a  b", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all := wrap(s)
		for _, line := range all {
			if n := utf8.RuneCountInString(line); n > FooterLine {
				t.Fatalf("line of %d: %q", n, line)
			}
		}
		if len(WrapFooter(s)) > FooterLines || utf8.RuneCountInString(footerMessage(s)) > MaxFooter {
			t.Fatalf("%q is sent as %q", s, footerMessage(s))
		}
		if !utf8.ValidString(s) {
			return
		}
		visible := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if visible(strings.Join(all, "")) != visible(s) {
			t.Fatalf("%q became %q", s, all)
		}
	})
}
