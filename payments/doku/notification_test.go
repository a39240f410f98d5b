package doku

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

var paid = Notification{
	Status: StatusSuccess, Date: time.Date(2026, 1, 1, 2, 37, 35, 0, time.UTC),
	OriginalRequestID: "11111111-2222-4333-8444-555555555555",
	InvoiceNumber:     "INV-20260101-0001", Amount: 150000, PaymentCode: "6059000000000205",
	Service: "ONLINE_TO_OFFLINE", Acquirer: "ALFA", Channel: "ONLINE_TO_OFFLINE_ALFA",
	Agent: "ALFAMART", Store: "store", Trx: "1246",
	Identifiers: []Identifier{{"AGENT_ID", "ALFAMART"}, {"AGENT_STORE_ID", "store"}, {"AGENT_TRX_ID", "1246"}},
}

func TestParseNotificationVectors(t *testing.T) {
	for _, name := range []string{"notify-compact", "notify-pretty"} {
		got, err := ParseNotification(vectorNamed(t, name).body())
		if err != nil || !reflect.DeepEqual(got, paid) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// change is notify-compact with one piece of it replaced.
func change(t testing.TB, old, new string) []byte {
	t.Helper()
	body := *vectorNamed(t, "notify-compact").Body
	if strings.Count(body, old) != 1 {
		t.Fatalf("%q is not once in the vector", old)
	}
	return []byte(strings.Replace(body, old, new, 1))
}

func TestParseNotificationReadsLiberally(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		want           func(*Notification)
	}{
		{"decimals", `"amount":150000`, `"amount":150000.00`, nil},
		{"a string", `"amount":150000`, `"amount":"150000"`, nil},
		{"a string with decimals", `"amount":150000`, `"amount": "150000.00"`, nil},
		{"nothing paid", `"amount":150000`, `"amount":0`, func(n *Notification) { n.Amount = 0 }},
		{"code as a number", `"6059000000000205"`, `6059000000000205`, nil},
		{"code of 20 digits as a number", `"6059000000000205"`, `99999999999999999999`, func(n *Notification) { n.PaymentCode = "99999999999999999999" }},
		{"code with leading zeros", `"6059000000000205"`, `"00000000000000000073"`, func(n *Notification) { n.PaymentCode = "00000000000000000073" }},
		{"code called payment", `"payment_code"`, `"payment"`, nil},
		{"code under both names", `"payment_code":`, `"payment":"6059000000000205","payment_code":`, nil},
		{"no code", `"payment_code":"6059000000000205"`, ``, func(n *Notification) { n.PaymentCode = "" }},
		{"no invoice", `"invoice_number":"INV-20260101-0001",`, ``, func(n *Notification) { n.InvoiceNumber = "" }},
		{"invoice as a number", `"INV-20260101-0001"`, `20260101`, func(n *Notification) { n.InvoiceNumber = "20260101" }},
		{"escaped slash", `"INV-20260101-0001"`, `"INV\/1\u00e9"`, func(n *Notification) { n.InvoiceNumber = "INV/1é" }},
		{"unknown fields", `{"service"`, `{"new":{"a":[1,{"b":null}]},"new":2,"service"`, nil},
		{"date with offset", `"2026-01-01T02:37:35Z"`, `"2026-01-01T09:37:35+07:00"`, nil},
		{"date in WIB", `"2026-01-01T02:37:35Z"`, `"20260101093735"`, nil},
		{"no date", `"date":"2026-01-01T02:37:35Z",`, ``, func(n *Notification) { n.Date = time.Time{} }},
		{"null date", `"2026-01-01T02:37:35Z"`, `null`, func(n *Notification) { n.Date = time.Time{} }},
		{"null ids", `"service":{"id":"ONLINE_TO_OFFLINE"},"acquirer":{"id":"ALFA"}`, `"service":null,"acquirer":{"id":null}`, func(n *Notification) { n.Service, n.Acquirer = "", "" }},
		{"no request id", `,"original_request_id":"11111111-2222-4333-8444-555555555555"`, ``, func(n *Notification) { n.OriginalRequestID = "" }},
		{"a failure", `"SUCCESS"`, `"FAILED"`, func(n *Notification) { n.Status = StatusFailed }},
		{"a status to come", `"SUCCESS"`, `"SOMETHING_NEW"`, func(n *Notification) { n.Status = "SOMETHING_NEW" }},
		{"additional_info", `{"service"`, `{"additional_info": {"a" : 1} ,"service"`, func(n *Notification) { n.AdditionalInfo = []byte(`{"a" : 1}`) }},
		{"null additional_info", `{"service"`, `{"additional_info":null,"service"`, nil},
		{"no payment", `"online_to_offline_payment"`, `"x"`, func(n *Notification) { n.Identifiers, n.Agent, n.Store, n.Trx = nil, "", "", "" }},
		{"null identifiers", `"online_to_offline_payment":{`, `"online_to_offline_payment":{"identifier":null},"x":{`, func(n *Notification) { n.Identifiers, n.Agent, n.Store, n.Trx = nil, "", "", "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := paid
			if test.want != nil {
				test.want(&want)
			}
			got, err := ParseNotification(change(t, test.old, test.new))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestParseNotificationRefuses(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		want           ParseError
	}{
		{"a negative amount", `"amount":150000`, `"amount":-150000`, ParseError{"order.amount", ProblemAmount}},
		{"half a rupiah", `"amount":150000`, `"amount":150000.5`, ParseError{"order.amount", ProblemAmount}},
		{"an exponent", `"amount":150000`, `"amount":1.5e5`, ParseError{"order.amount", ProblemAmount}},
		{"an overflow", `"amount":150000`, `"amount":18446744073709701616`, ParseError{"order.amount", ProblemAmount}},
		{"thirteen digits", `"amount":150000`, `"amount":1000000000000`, ParseError{"order.amount", ProblemAmount}},
		{"an empty amount", `"amount":150000`, `"amount":""`, ParseError{"order.amount", ProblemAmount}},
		{"a true amount", `"amount":150000`, `"amount":true`, ParseError{"order.amount", ProblemType}},
		{"a list of amounts", `"amount":150000`, `"amount":[150000]`, ParseError{"order.amount", ProblemType}},
		{"a null amount", `"amount":150000`, `"amount":null`, ParseError{"order.amount", ProblemMissing}},
		{"no amount", `,"amount":150000`, ``, ParseError{"order.amount", ProblemMissing}},
		{"two amounts", `"amount":150000`, `"amount":150000,"amount":1`, ParseError{"order.amount", ProblemDuplicate}},
		{"twice the same amount", `"amount":150000`, `"amount":150000,"amount":150000`, ParseError{"order.amount", ProblemDuplicate}},
		{"two orders", `"order":{`, `"order":{"amount":1},"order":{`, ParseError{"order", ProblemDuplicate}},
		{"two invoices", `"amount":150000`, `"amount":150000,"invoice_number":"X"`, ParseError{"order.invoice_number", ProblemDuplicate}},
		{"two codes", `"payment_code":`, `"payment_code":"1","payment_code":`, ParseError{"online_to_offline_info.payment_code", ProblemDuplicate}},
		{"two statuses", `"status":"SUCCESS"`, `"status":"SUCCESS","status":"FAILED"`, ParseError{"transaction.status", ProblemDuplicate}},
		{"two identifier lists", `"identifier":[`, `"identifier":[],"identifier":[`, ParseError{"online_to_offline_payment.identifier", ProblemDuplicate}},
		{"two values", `"value":"1246"`, `"value":"1246","value":"1247"`, ParseError{"online_to_offline_payment.identifier.value", ProblemDuplicate}},
		{"codes that disagree", `"payment_code":`, `"payment":"1","payment_code":`, ParseError{"online_to_offline_info.payment", ProblemConflict}},
		{"code with an exponent", `"6059000000000205"`, `6.059e15`, ParseError{"online_to_offline_info.payment_code", ProblemText}},
		{"a negative code", `"6059000000000205"`, `-73`, ParseError{"online_to_offline_info.payment_code", ProblemText}},
		{"code with a space", `"6059000000000205"`, `"6059 0000"`, ParseError{"online_to_offline_info.payment_code", ProblemText}},
		{"an endless code", `"6059000000000205"`, `"` + strings.Repeat("1", 65) + `"`, ParseError{"online_to_offline_info.payment_code", ProblemText}},
		{"an object for a code", `"6059000000000205"`, `{}`, ParseError{"online_to_offline_info.payment_code", ProblemType}},
		{"invoice with a zero byte", `"INV-20260101-0001"`, `"INV\u0000"`, ParseError{"order.invoice_number", ProblemText}},
		{"invoice of two lines", `"INV-20260101-0001"`, `"INV\n1"`, ParseError{"order.invoice_number", ProblemText}},
		{"an endless invoice", `"INV-20260101-0001"`, `"` + strings.Repeat("1", 1025) + `"`, ParseError{"order.invoice_number", ProblemText}},
		{"a boolean invoice", `"INV-20260101-0001"`, `true`, ParseError{"order.invoice_number", ProblemType}},
		{"no status", `"status":"SUCCESS",`, ``, ParseError{"transaction.status", ProblemMissing}},
		{"an empty status", `"SUCCESS"`, `""`, ParseError{"transaction.status", ProblemMissing}},
		{"a list for a status", `"SUCCESS"`, `["SUCCESS"]`, ParseError{"transaction.status", ProblemType}},
		{"a list for a transaction", `"transaction":{`, `"transaction":[],"x":{`, ParseError{"transaction", ProblemType}},
		{"a text for an order", `"order":{`, `"order":"x","x":{`, ParseError{"order", ProblemType}},
		{"a date that is none", `"2026-01-01T02:37:35Z"`, `"2026-02-30T02:37:35Z"`, ParseError{"transaction.date", ProblemDate}},
		{"a number for a date", `"2026-01-01T02:37:35Z"`, `1767235055`, ParseError{"transaction.date", ProblemDate}},
		{"a text for identifiers", `"identifier":[`, `"identifier":"x","x":[`, ParseError{"online_to_offline_payment.identifier", ProblemType}},
		{"a text for an identifier", `[{"name":"AGENT_ID"`, `["x",{"name":"AGENT_ID"`, ParseError{"online_to_offline_payment.identifier", ProblemType}},
		{"a list for a value", `"value":"1246"`, `"value":["1246"]`, ParseError{"online_to_offline_payment.identifier.value", ProblemType}},
		{"an endless value", `"value":"1246"`, `"value":"` + strings.Repeat("1", 1025) + `"`, ParseError{"online_to_offline_payment.identifier.value", ProblemText}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseNotification(change(t, test.old, test.new))
			var e *ParseError
			if !errors.As(err, &e) || *e != test.want {
				t.Fatalf("%v, want %v", err, &test.want)
			}
			if !reflect.DeepEqual(got, Notification{}) {
				t.Errorf("refused, and yet it says %+v", got)
			}
			if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "INV-2026") {
				t.Errorf("error %q", err)
			}
		})
	}
	for name, body := range map[string]string{
		"neither invoice nor code": `{"transaction":{"status":"FAILED"}}`,
		"an empty object":          `{}`,
		"nothing":                  ``,
		"deep":                     strings.Repeat(`{"order":`, 5000),
	} {
		if _, err := ParseNotification([]byte(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIdentifiers(t *testing.T) {
	got, err := ParseNotification(change(t,
		`{"name":"AGENT_TRX_ID","value":"1246"}`,
		`{"name":"AGENT_TRX_ID","value":1246.50},{"name":"AGENT_TRX_ID","value":"second"},{"name":"FLAG","value":true},`+
			`{"name":"NONE","value":null},{"value":"nameless"},{"name":"TWO LINES","value":"a\r\nb\u0000"}`))
	want := []Identifier{
		{"AGENT_ID", "ALFAMART"},
		{"AGENT_STORE_ID", "store"},
		{"AGENT_TRX_ID", "1246.50"},
		{"AGENT_TRX_ID", "second"},
		{"FLAG", "true"},
		{"NONE", ""},
		{"", "nameless"},
		{"TWO LINES", "a  b "},
	}
	if err != nil || !reflect.DeepEqual(got.Identifiers, want) || got.Trx != "1246.50" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFailedNeedsNoAmount(t *testing.T) {
	n, err := ParseNotification([]byte(`{"transaction":{"status":"FAILED"},"order":{"invoice_number":"INV-1"}}`))
	if err != nil || n.Status != StatusFailed || n.InvoiceNumber != "INV-1" {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestSubjectOfAnUnreadableBody(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"order":{"invoice_number":"INV-1","amount":-1},"online_to_offline_info":{"payment_code":73}}`: {"INV-1", "73"},
		`{"order":{"invoice_number":"INV-1","invoice_number":"INV-2"},"transaction":[]}`:                {"", ""},
		`{"order":{"invoice_number":{}},"online_to_offline_info":{"payment":"73"}}`:                     {"", "73"},
		`{"order":{"invoice_number":"INV-1"}`:                                                           {"", ""},
		"{\"order\":{\"invoice_number\":\"INV-1\"},\"x\":\"\xff\"}":                                     {"", ""},
		"": {"", ""},
	} {
		if invoice, code := Subject([]byte(body)); invoice != want[0] || code != want[1] {
			t.Errorf("%s: %q, %q", body, invoice, code)
		}
	}
}
