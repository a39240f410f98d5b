package doku

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParseCodeAnswerVector(t *testing.T) {
	got, err := parseCodeAnswer(vectorNamed(t, "create-response").body())
	want := CodeAnswer{
		InvoiceNumber: "INV-20260101-0001", PaymentCode: "6059000000000205",
		HowToPayPage: "https://sandbox.doku.com/how-to-pay/v2/alfa-online-to-offline/6059000000000205",
		HowToPayAPI:  "https://api-sandbox.doku.com/alfa-online-to-offline/v2/how-to-pay-api/6059000000000205",
		CreatedAtUTC: utc("2026-01-01T02:30:00Z"), ExpiresAtUTC: utc("2026-01-01T03:30:00Z"),
		CreatedAtWIB: utc("2026-01-01T02:30:00Z"), ExpiresAtWIB: utc("2026-01-01T03:30:00Z"),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// The guide's sample for codes that the merchant numbers contradicts itself:
// both readings are handed on.
func TestParseCodeAnswerDatesMayDisagree(t *testing.T) {
	got, err := parseCodeAnswer([]byte(`{"order":{"invoice_number":"INV-1"},"online_to_offline_info":{"payment":1900600000000046,
		"created_date":"20200313095850","expired_date":"20200313155850",
		"created_date_utc":"2020-03-31T09:58:50Z","expired_date_utc":"2020-03-31T15:58:50Z"},
		"additional_info":{"override_notification_url":"https://a.id/n"}}`))
	want := CodeAnswer{
		InvoiceNumber: "INV-1", PaymentCode: "1900600000000046", OverrideNotificationURL: "https://a.id/n",
		CreatedAtUTC: utc("2020-03-31T09:58:50Z"), ExpiresAtUTC: utc("2020-03-31T15:58:50Z"),
		CreatedAtWIB: utc("2020-03-13T02:58:50Z"), ExpiresAtWIB: utc("2020-03-13T08:58:50Z"),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParseCodeAnswerWarnsOfDecoration(t *testing.T) {
	got, err := parseCodeAnswer([]byte(`{"online_to_offline_info":{"payment_code":"73","how_to_pay_page":"javascript:alert(1)",
		"how_to_pay_api":["x"],"created_date":"20200231000000","expired_date":"x","created_date_utc":5,
		"expired_date_utc":"2021-01-01T00:00:00Z","expired_date_utc":"2022-01-01T00:00:00Z"},"additional_info":"x"}`))
	if err != nil || got.PaymentCode != "73" {
		t.Fatalf("%+v, %v", got, err)
	}
	var fields []string
	for _, w := range got.Warnings {
		if w.Kind != WarnUnreadable {
			t.Errorf("warning %v", w)
		}
		fields = append(fields, strings.TrimPrefix(w.Field, "online_to_offline_info."))
	}
	if want := "how_to_pay_page how_to_pay_api created_date_utc expired_date_utc created_date expired_date additional_info"; strings.Join(fields, " ") != want {
		t.Errorf("warned of %q", fields)
	}
	got.Warnings = nil
	if !reflect.DeepEqual(got, CodeAnswer{PaymentCode: "73"}) {
		t.Errorf("unreadable fields say %+v", got)
	}
}

func TestParseCodeAnswerRefuses(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{"order":[]}`, `{"order":{"invoice_number":{}}}`,
		`{"online_to_offline_info":{"payment_code":"1","payment_code":"2"}}`,
		`{"online_to_offline_info":{"payment_code":"1","payment":"2"}}`,
		`{"online_to_offline_info":{"payment_code":"<b>"}} x`,
		`{"online_to_offline_info":{"payment_code":"7 3"}}`,
	} {
		if got, err := parseCodeAnswer([]byte(body)); !errors.Is(err, ErrMalformed) || got.PaymentCode != "" {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

// The Alfa sample of the Check Status page.
const statusSample = `{"order":{"invoice_number":"INV-67220100000","amount":120000},
 "transaction":{"status":"SUCCESS","date":"2021-12-29T02:37:35Z","original_request_id":"INV-67220100000"},
 "service":{"id":"ONLINE_TO_OFFLINE"},"acquirer":{"id":"ALFA"},"channel":{"id":"ONLINE_TO_OFFLINE_ALFA"},
 "online_to_offline_info":{"created_date":"20211229093735","expired_date":"20211229100732","reusable_status":"false"},
 "online_to_offline_payment":{"identifier":[{"name":"AGENT_ID","value":"ALFAMART"},{"name":"AGENT_STORE_ID","value":"store"},{"name":"AGENT_TRX_ID","value":"1246"}]}}`

func TestParseStatusSample(t *testing.T) {
	got, err := parseStatus([]byte(statusSample))
	want := StatusAnswer{
		Notification: Notification{
			Status: StatusSuccess, Date: utc("2021-12-29T02:37:35Z"), OriginalRequestID: "INV-67220100000",
			InvoiceNumber: "INV-67220100000", Amount: 120000,
			Service: "ONLINE_TO_OFFLINE", Acquirer: "ALFA", Channel: "ONLINE_TO_OFFLINE_ALFA",
			Agent: "ALFAMART", Store: "store", Trx: "1246",
			Identifiers: []Identifier{{"AGENT_ID", "ALFAMART"}, {"AGENT_STORE_ID", "store"}, {"AGENT_TRX_ID", "1246"}},
		},
		HasAmount: true, CreatedAt: utc("2021-12-29T02:37:35Z"), ExpiresAt: utc("2021-12-29T03:07:32Z"),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

func TestParseStatusForms(t *testing.T) {
	only := func(status TransactionStatus) StatusAnswer {
		return StatusAnswer{Notification: Notification{Status: status}}
	}
	for _, test := range []struct {
		name, body string
		want       StatusAnswer
	}{
		{"pending", `{"transaction":{"status":"PENDING"}}`, only(StatusPending)},
		{"failed", `{"transaction":{"status":"FAILED"}}`, only(StatusFailed)},
		{"expired", `{"transaction":{"status":"EXPIRED"}}`, only(StatusExpired)},
		{"refunded", `{"transaction":{"status":"REFUNDED"}}`, only(StatusRefunded)},
		{"voided", `{"transaction":{"status":"VOIDED"}}`, only(StatusVoided)},
		{"unknown", `{"transaction":{"status":"REDIRECT"}}`, only("REDIRECT")},
		{"everything null", `{"order":null,"transaction":{"status":"PENDING","date":null},"service":{"id":null},"acquirer":null,"online_to_offline_info":null}`, only(StatusPending)},
		{"order.status is of another product", `{"order":{"status":"ORDER_GENERATED"},"transaction":{"status":"SUCCESS"}}`, only(StatusSuccess)},
		{"reusable", `{"transaction":{"status":"PENDING"},"online_to_offline_info":{"reusable_status":"true"}}`, StatusAnswer{Notification: Notification{Status: StatusPending}, Reusable: true}},
		{"reusable boolean", `{"transaction":{"status":"PENDING"},"online_to_offline_info":{"reusable_status":true}}`, StatusAnswer{Notification: Notification{Status: StatusPending}, Reusable: true}},
		{"code and amount", `{"transaction":{"status":"PENDING"},"order":{"amount":"7.00"},"online_to_offline_info":{"payment_code":73}}`, StatusAnswer{Notification: Notification{Status: StatusPending, Amount: 7, PaymentCode: "73"}, HasAmount: true}},
		{"UTC before WIB", `{"transaction":{"status":"PENDING"},"online_to_offline_info":{"expired_date":"20211229100732","expired_date_utc":"2022-01-01T00:00:00Z"}}`, StatusAnswer{Notification: Notification{Status: StatusPending}, ExpiresAt: utc("2022-01-01T00:00:00Z")}},
		{
			"decoration that is none", `{"transaction":{"status":"PENDING"},"online_to_offline_info":{"created_date":"x","reusable_status":"yes"}}`,
			StatusAnswer{Notification: Notification{Status: StatusPending}, Warnings: []Warning{
				{Kind: WarnUnreadable, Field: "online_to_offline_info.reusable_status"},
				{Kind: WarnUnreadable, Field: "online_to_offline_info.created_date"},
			}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseStatus([]byte(test.body))
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestParseStatusRefuses(t *testing.T) {
	for body, want := range map[string]ParseError{
		`{}`:                                     {"transaction.status", ProblemMissing},
		`{"order":{"status":"ORDER_GENERATED"}}`: {"transaction.status", ProblemMissing},
		`{"transaction":{"status":"SUCCESS"},"order":{"amount":-1}}`:         {"order.amount", ProblemAmount},
		`{"transaction":{"status":"SUCCESS"},"order":{"amount":1.5}}`:        {"order.amount", ProblemAmount},
		`{"transaction":{"status":"SUCCESS","status":"PENDING"}}`:            {"transaction.status", ProblemDuplicate},
		`{"transaction":{"status":"SUCCESS","date":"2021-02-29T00:00:00Z"}}`: {"transaction.date", ProblemDate},
	} {
		_, err := parseStatus([]byte(body))
		var e *ParseError
		if !errors.As(err, &e) || *e != want {
			t.Errorf("%s: %v, want %v", body, err, &want)
		}
	}
}

func TestParseHowToPay(t *testing.T) {
	long := strings.Repeat("é", 600)
	got, err := parseHowToPay([]byte(`{"payment_instruction":[
		{"channel":"ALFAMART","step":[" Datang ke gerai ","","<b>Sampaikan\u0000 kode</b>","` + long + `"],"language":"ID"},
		{"channel":"EMPTY","step":[" "]},{"step":["Bayar"]}]}`))
	want := HowToPay{[]Instruction{
		{"ALFAMART", []string{"Datang ke gerai", "<b>Sampaikan  kode</b>", strings.Repeat("é", 500)}},
		{"", []string{"Bayar"}},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	many, err := parseHowToPay([]byte(`{"payment_instruction":[` +
		strings.Repeat(`{"step":[`+strings.Repeat(`"a",`, 99)+`"a"]},`, 50) + `{"step":["a"]}]}`))
	if err != nil || len(many.Instructions) != maxInstructions || len(many.Instructions[0].Steps) != maxSteps {
		t.Errorf("endless instructions: %d, %v", len(many.Instructions), err)
	}
	for _, body := range []string{
		``, `[]`, `{}`, `{"payment_instruction":null}`, `{"payment_instruction":{}}`, `{"payment_instruction":[]}`, `{"payment_instruction":["x"]}`,
		`{"payment_instruction":[{"step":"x"}]}`, `{"payment_instruction":[{"step":[1]}]}`, `{"payment_instruction":[{"channel":[],"step":["x"]}]}`,
		`{"payment_instruction":` + strings.Repeat("[", 100),
	} {
		if got, err := parseHowToPay([]byte(body)); !errors.Is(err, ErrMalformed) || got.Instructions != nil {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestWarningString(t *testing.T) {
	for want, w := range map[string]Warning{
		`signature_missing Signature`:                         {Kind: WarnSignatureMissing, Field: "Signature"},
		`echo_differs Client-Id: sent "A", got "B"`:           {WarnEchoDiffers, "Client-Id", "A", "B"},
		`echo_missing order.invoice_number: sent "A", got ""`: {WarnEchoMissing, "order.invoice_number", "A", ""},
	} {
		if got := w.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
