package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const directCode = "8896512345678123"

func (m *merchant) answerInquiries(status int, body string, spoil func(http.Header)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inquiry = func(*http.Request, []byte) (int, []byte, func(http.Header)) { return status, []byte(body), spoil }
}

func directBody(extra ...string) string {
	return fmt.Sprintf(`{"order":{"invoice_number":"MINV1","amount":75000},"online_to_offline_info":{"payment_code":%q,"info":"Terima kasih"},"online_to_offline_inquiry":{"status":"success"},"customer":{"name":"Taufik Ismail"},"additional_info":{"shelf":"A-7","insurance_info":{"policy_number":"9090901234"}}%s}`,
		directCode, strings.Join(extra, ""))
}

func refusingBody(status string) string {
	return fmt.Sprintf(`{"online_to_offline_info":{"payment_code":%q},"online_to_offline_inquiry":{"status":%q}}`, directCode, status)
}

func TestDirectInquirySale(t *testing.T) {
	b := newBench(t)
	b.merchant.answerInquiries(200, directBody(), nil)
	bill := b.machine("/simulator/inquiry", `{"code":"`+directCode+`","agent":"ALFAMIDI","store":"M1"}`)
	if bill.status != 200 || bill.text(t, "amount") != "75000" || bill.text(t, "name") != "Taufik Ismail" || bill.text(t, "info") != "Terima kasih" || bill.text(t, "mode") != modeDIPC {
		t.Fatalf("%d %s", bill.status, bill.body)
	}
	asked := b.merchant.all()[0]
	want := `{"service":{"id":"ONLINE_TO_OFFLINE"},"acquirer":{"id":"ALFA"},"channel":{"id":"ONLINE_TO_OFFLINE_ALFA"},"online_to_offline_info":{"payment_code":"8896512345678123"},"online_to_offline_inquiry":{"date":"2026-11-20T03:30:00Z","identifier":[{"name":"AGENT_ID","value":"ALFAMIDI"},{"name":"AGENT_STORE_ID","value":"M1"}]}}`
	if !asked.verified || string(asked.body) != want {
		t.Errorf("verified %v\n got %s\nwant %s", asked.verified, asked.body, want)
	}
	b.refused(b.status("MINV1"), 404, "data_not_found") // nothing is kept before money comes
	paid := b.mustPay(directCode, `,"inquiry":"`+bill.text(t, "inquiry")+`"`)
	told := b.merchant.wait(t, 1)[0]
	for _, part := range []string{`"invoice_number": "MINV1"`, `"amount": 75000.00`, `"shelf": "A-7"`, directCode, asked.header.Get("Request-Id")} {
		if !strings.Contains(string(told.body), part) {
			t.Errorf("no %s in %s", part, told.body)
		}
	}
	if got := b.status("MINV1").text(t, "transaction.status"); got != "SUCCESS" {
		t.Errorf("status %s", got)
	}
	// A second press of the same till session is the same payment.
	again := b.mustPay(directCode, `,"inquiry":"`+bill.text(t, "inquiry")+`"`)
	if again.text(t, "receipt") != paid.text(t, "receipt") {
		t.Errorf("%s\n%s", paid.body, again.body)
	}
	// A new session asks the merchant again.
	b.merchant.answerInquiries(400, refusingBody("billing_already_paid"), nil)
	b.refused(b.pay(directCode), http.StatusConflict, refusedPaid)
	if n := len(b.merchant.wait(t, 1)); n != 1 {
		t.Errorf("%d notifications", n)
	}
}

func TestDirectInquiryIsAskedWhenPaidAtOnce(t *testing.T) {
	b := newBench(t)
	b.merchant.answerInquiries(200, directBody(), nil)
	b.mustPay(directCode)
	if c := b.merchant.all()[0]; !c.inquiring {
		t.Errorf("%s came first", c.path)
	}
}

func TestDirectInquiryRefusals(t *testing.T) {
	b := newBench(t)
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	drop := func(name string) func(http.Header) { return func(h http.Header) { h.Del(name) } }
	for _, c := range []struct {
		name   string
		status int
		body   string
		spoil  func(http.Header)
		reason string
	}{
		{"decline", 400, refusingBody("decline"), nil, refusedDeclined},
		{"paid", 400, refusingBody("billing_already_paid"), nil, refusedPaid},
		{"expired", 400, refusingBody("billing_was_expired"), nil, refusedExpired},
		{"not found", 404, refusingBody("billing_not_found"), nil, refusedNotFound},
		{"our signature", 401, refusingBody("invalid_signature"), nil, refusedOurSignature},
		{"status of another word", 200, refusingBody("billing_not_found"), nil, refusedBadAnswer},
		{"success with 400", 400, directBody(), nil, refusedBadAnswer},
		{"unknown word", 400, refusingBody("perhaps"), nil, refusedBadAnswer},
		{"unsigned", 200, directBody(), drop("Signature"), refusedUnsigned},
		{"no timestamp", 200, directBody(), drop("Response-Timestamp"), refusedUnsigned},
		{"wrong signature", 200, directBody(), func(h http.Header) { h.Set("Signature", spoiled(h.Get("Signature"))) }, refusedBadSignature},
		{"refusal with wrong signature", 404, refusingBody("billing_not_found"), set("Signature", "HMACSHA256=x"), refusedBadSignature},
		{"other client", 200, directBody(), set("Client-Id", "X"), refusedBadAnswer},
		{"other id", 200, directBody(), set("Request-Id", "X"), refusedBadAnswer},
		{"other code", 200, strings.Replace(directBody(), directCode, "8896512345678124", 1), nil, refusedBadAnswer},
		{"no invoice", 200, strings.Replace(directBody(), `"invoice_number":"MINV1",`, "", 1), nil, refusedBadAnswer},
		{"text amount", 200, strings.Replace(directBody(), `75000`, `"75000"`, 1), nil, refusedBadAnswer},
		{"zero amount", 200, strings.Replace(directBody(), `75000`, `0`, 1), nil, refusedBadAnswer},
		{"long info", 200, strings.Replace(directBody(), "Terima kasih", strings.Repeat("x", 31), 1), nil, refusedBadAnswer},
		{"not JSON", 200, "oops", nil, refusedBadAnswer},
		{"too large", 200, directBody(`,"x":"` + strings.Repeat("x", maxReply) + `"`), nil, refusedUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.merchant.answerInquiries(c.status, c.body, c.spoil)
			got := b.machine("/simulator/inquiry", `{"code":"`+directCode+`"}`)
			want := http.StatusConflict
			if c.reason == refusedNotFound {
				want = http.StatusNotFound
			}
			b.refused(got, want, c.reason)
			b.refused(b.pay(directCode), want, c.reason)
		})
	}
	// info1, as in the guide's sample.
	b.merchant.answerInquiries(200, strings.Replace(directBody(), `"info"`, `"info1"`, 1), nil)
	if got := b.machine("/simulator/inquiry", `{"code":"`+directCode+`"}`); got.text(t, "info") != "Terima kasih" {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.sim.SetURLs("", "http://127.0.0.1:1/doku/inquiries")
	b.refused(b.machine("/simulator/inquiry", `{"code":"`+directCode+`"}`), 409, refusedUnreachable)
	b.sim.SetURLs("", "")
	b.refused(b.machine("/simulator/inquiry", `{"code":"`+directCode+`"}`), 404, refusedNotFound)
}

func TestEveryRefusalHasWords(t *testing.T) {
	for _, reason := range []string{
		refusedNotFound, refusedPaid, refusedExpired, refusedCancelled, refusedDeclined, refusedUnreachable,
		refusedUnsigned, refusedBadSignature, refusedOurSignature, refusedBadAnswer,
	} {
		if w := refusalWords[reason]; w.ID == "" || w.EN == "" {
			t.Errorf("%s has no words", reason)
		}
	}
}

func TestInquiryVectorIsWhatIsSent(t *testing.T) {
	v := readVectors(t)
	for i, one := range v.Vectors {
		if one.Name != "inquiry-response-utf8" {
			continue
		}
		// The vector's answer, read as a merchant's.
		b := newBench(t)
		m := v.message(i)
		a := reply{200, http.Header{}, m.Body, 0}
		a.header.Set("Client-Id", m.ClientID)
		a.header.Set("Request-Id", m.RequestID)
		a.header.Set("Response-Timestamp", m.Timestamp)
		a.header.Set("Signature", one.Signature)
		bill, refused := b.sim.readDirectAnswer(&inquiry{number: "1900600000000046"}, m, a)
		if refused != nil || bill.Name != "Ibu Sri Ayuningsih é" || bill.Amount != 150000 {
			t.Errorf("%v %+v", refused, bill)
		}
	}
}
