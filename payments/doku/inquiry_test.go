package doku

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseInquiry(t *testing.T) {
	want := Inquiry{
		PaymentCode: "1900600000000046", Date: time.Date(2026, 1, 1, 2, 30, 0, 0, time.UTC),
		Service: "ONLINE_TO_OFFLINE", Acquirer: "ALFA", Channel: "ONLINE_TO_OFFLINE_ALFA",
		Agent: "ALFAMART", Identifiers: []Identifier{{"AGENT_ID", "ALFAMART"}},
	}
	got, err := ParseInquiry(vectorNamed(t, "inquiry-request").body())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// While the customer waits, only the code matters.
func TestParseInquiryNeedsOnlyTheCode(t *testing.T) {
	for name, body := range map[string]string{
		"nothing else":        `{"online_to_offline_info":{"payment_code":"73"}}`,
		"a number":            `{"online_to_offline_info":{"payment_code":73}}`,
		"payment":             `{"online_to_offline_info":{"payment":"73"}}`,
		"a date that is none": `{"online_to_offline_info":{"payment_code":"73"},"online_to_offline_inquiry":{"date":"yesterday"}}`,
		"odd identifiers":     `{"online_to_offline_info":{"payment_code":"73"},"online_to_offline_inquiry":{"identifier":"x"},"service":1}`,
		"everything null":     `{"online_to_offline_info":{"payment_code":"73"},"online_to_offline_inquiry":null,"service":null}`,
	} {
		got, err := ParseInquiry([]byte(body))
		if err != nil || !reflect.DeepEqual(got, Inquiry{PaymentCode: "73"}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestParseInquiryRefuses(t *testing.T) {
	const field = "online_to_offline_info.payment_code"
	for body, want := range map[string]ParseError{
		`{}`:                              {field, ProblemMissing},
		`{"online_to_offline_info":null}`: {field, ProblemMissing},
		`{"online_to_offline_info":{"payment_code":""}}`:                      {field, ProblemMissing},
		`{"online_to_offline_info":{"payment_code":null}}`:                    {field, ProblemMissing},
		`{"online_to_offline_info":{"payment_code":["73"]}}`:                  {field, ProblemType},
		`{"online_to_offline_info":{"payment_code":7.3e1}}`:                   {field, ProblemText},
		`{"online_to_offline_info":{"payment_code":"7\u00003"}}`:              {field, ProblemText},
		`{"online_to_offline_info":{"payment_code":"73","payment_code":"1"}}`: {field, ProblemDuplicate},
		`{"online_to_offline_info":[]}`:                                       {"online_to_offline_info", ProblemType},
		`[]`:                                                                  {"", ProblemType},
		`{`:                                                                   {"", ProblemJSON},
	} {
		got, err := ParseInquiry([]byte(body))
		var e *ParseError
		if !errors.As(err, &e) || *e != want || !reflect.DeepEqual(got, Inquiry{}) {
			t.Errorf("%s: %+v, %v, want %v", body, got, err, &want)
		}
	}
}

func TestVectorInquiryAnswer(t *testing.T) {
	v := vectorNamed(t, "inquiry-response-utf8")
	body := bodyOf(t, InquiryAnswer{
		Status: InquirySuccess, PaymentCode: "1900600000000046", InvoiceNumber: "INV-20260101-0001", Amount: 150000,
		Info: "Toko Contoh", CustomerName: "Ibu Sri Ayuningsih é", CustomerEmail: "sri@example.com",
	})
	h := http.Header{}
	SignResponse(h, vectorClientID, vectorKey, v.RequestID, v.Target, v.at(t), body)
	if !reflect.DeepEqual(h, v.header()) {
		t.Errorf("headers %v, want %v", h, v.header())
	}
}

func TestInquiryRefusals(t *testing.T) {
	for status, http := range map[InquiryStatus]int{
		InquiryDecline: 400, InquiryAlreadyPaid: 400, InquiryExpired: 400, InquiryNotFound: 404, InquiryInvalidSignature: 401,
	} {
		a := InquiryAnswer{ // nothing of a sale goes out with a refusal
			Status: status, PaymentCode: "73", InvoiceNumber: "INV-1", Amount: 1, CustomerName: "Sri", Info: "x",
			FooterMessage: "x", Insurance: &Insurance{PolicyNumber: "1"}, Additional: map[string]string{"a": "b"},
		}
		if got := a.HTTPStatus(); got != http {
			t.Errorf("%s: HTTP %d, want %d", status, got, http)
		}
		want := `{"online_to_offline_info":{"payment_code":"73"},"online_to_offline_inquiry":{"status":"` + string(status) + `"}}`
		if got := string(bodyOf(t, a)); got != want {
			t.Errorf("%s: %s", status, got)
		}
	}
	want := `{"online_to_offline_inquiry":{"status":"invalid_signature"}}`
	if got := string(bodyOf(t, InquiryAnswer{Status: InquiryInvalidSignature})); got != want {
		t.Errorf("without a code: %s", got)
	}
	if got := (InquiryAnswer{Status: InquirySuccess}).HTTPStatus(); got != 200 {
		t.Errorf("success: HTTP %d", got)
	}
}

func TestInquiryAnswerOptions(t *testing.T) {
	a := InquiryAnswer{
		Status: InquirySuccess, PaymentCode: "73", InvoiceNumber: "INV-1", Amount: 1, CustomerName: "Sri", Info: "Toko", UseInfo1: true,
		FooterMessage: "Terima kasih", Insurance: &Insurance{PolicyNumber: "9"}, Settlement: []Settlement{{"A", 100, Percentage}},
		Additional: map[string]string{"code_id": "x", "a": "b"},
	}
	want := `{"order":{"invoice_number":"INV-1","amount":1},"online_to_offline_info":{"payment_code":"73","info1":"Toko"},` +
		`"online_to_offline_inquiry":{"status":"success"},"customer":{"name":"Sri"},` +
		`"alfa_info":{"receipt":{"footer_message":"Terima kasih"}},` +
		`"additional_info":{"a":"b","code_id":"x","insurance_info":{"policy_number":"9"},` +
		`"settlement":[{"bank_account_settlement_id":"A","value":100,"type":"PERCENTAGE"}]}}`
	if got := string(bodyOf(t, a)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestInquiryAnswerLimits(t *testing.T) {
	valid := InquiryAnswer{Status: InquirySuccess, PaymentCode: "73", InvoiceNumber: "INV-1", Amount: 1, CustomerName: "Sri"}
	for _, test := range []struct {
		name   string
		change func(*InquiryAnswer)
		want   FieldError
	}{
		{"as it is", func(*InquiryAnswer) {}, FieldError{}},
		{"no status", func(a *InquiryAnswer) { a.Status = "" }, FieldError{"status", BadStatus, 0, 0}},
		{"own status", func(a *InquiryAnswer) { a.Status = "maybe" }, FieldError{"status", BadStatus, 0, 0}},
		{"refusal of no code", func(a *InquiryAnswer) { a.Status, a.PaymentCode = InquiryDecline, "a b" }, FieldError{"payment_code", NotPrintable, 0, 0}},
		{"no code", func(a *InquiryAnswer) { a.PaymentCode = "" }, FieldError{"payment_code", Missing, 0, 0}},
		{"no invoice", func(a *InquiryAnswer) { a.InvoiceNumber = "" }, FieldError{"invoice_number", Missing, 0, 0}},
		{"no amount", func(a *InquiryAnswer) { a.Amount = 0 }, FieldError{"amount", Missing, 1, 0}},
		{"no name", func(a *InquiryAnswer) { a.CustomerName = "" }, FieldError{"customer_name", Missing, 40, 0}},
		{"e-mail", func(a *InquiryAnswer) { a.CustomerEmail = "x" }, FieldError{"customer_email", BadEmail, 0, 0}},
		{"info", func(a *InquiryAnswer) { a.Info = strings.Repeat("x", 31) }, FieldError{"info", TooLong, 30, 31}},
		{"footer", func(a *InquiryAnswer) { a.FooterMessage = "é" }, FieldError{"footer_message", NotPrintable, 0, 1}},
		{"insurance", func(a *InquiryAnswer) { a.Insurance = &Insurance{PolicyNumber: "\n"} }, FieldError{"policy_number", NotPrintable, 0, 1}},
		{"settlement", func(a *InquiryAnswer) { a.Settlement = []Settlement{{"A", 2, Fix}} }, FieldError{"settlement_preset", TooLarge, 1, 2}},
		{"a name of DOKU's", func(a *InquiryAnswer) { a.Additional = map[string]string{"settlement": "x"} }, FieldError{"additional_info", ReservedName, 0, 0}},
		{"no UTF-8", func(a *InquiryAnswer) { a.Additional = map[string]string{"a": "\xff"} }, FieldError{"additional_info", NotPrintable, 0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := valid
			test.change(&a)
			body, err := a.Body()
			if test.want == (FieldError{}) {
				if err != nil || !json.Valid(body) {
					t.Fatalf("%s, %v", body, err)
				}
				return
			}
			var got FieldErrors
			if !errors.As(err, &got) || len(got) != 1 || got[0] != test.want {
				t.Errorf("got %v, want %+v", err, test.want)
			}
		})
	}
}
