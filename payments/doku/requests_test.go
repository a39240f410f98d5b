package doku

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// sale is a valid request, to be broken one field at a time.
func sale() CodeRequest {
	return CodeRequest{
		InvoiceNumber: "INV-20260101-0001", Amount: 150000, ExpiresIn: 60,
		Info: "Toko Contoh", CustomerName: "Anton Budiman", CustomerEmail: "anton@example.com",
	}
}

func bodyOf(t testing.TB, r interface{ Body() ([]byte, error) }) []byte {
	t.Helper()
	body, err := r.Body()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// The typed requests write the very bytes of the vectors.
func TestVectorBodies(t *testing.T) {
	create := sale()
	create.FooterMessage = "Terima kasih"
	for name, request := range map[string]interface{ Body() ([]byte, error) }{
		"create-request": create,
		"patch-delete": UpdateRequest{
			InvoiceNumber: "INV-20260101-0001", Amount: 175000, PaymentCode: "6059000000000205", Status: Delete,
			ExpiresIn: 60, Info: "Toko Contoh", CustomerName: "Anton Budiman", CustomerEmail: "anton@example.com",
		},
		"inquiry-response-utf8": InquiryAnswer{
			Status: InquirySuccess, PaymentCode: "1900600000000046", InvoiceNumber: "INV-20260101-0001", Amount: 150000,
			Info: "Toko Contoh", CustomerName: "Ibu Sri Ayuningsih é", CustomerEmail: "sri@example.com",
		},
	} {
		if got, want := string(bodyOf(t, request)), *vectorNamed(t, name).Body; got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestBodyWithEveryOption(t *testing.T) {
	r := sale()
	r.PaymentCode = "00190060000000000046"
	r.Reusable = true
	r.FooterMessage = "Call Center 021 555-0525\nTerima kasih"
	r.Insurance = &Insurance{
		PolicyType: "Dana Pendidikan", PolicyNumber: "9090901234", PolicyAccountName: "Taufik Ismail", PolicyStatus: "aktif",
		BillDueDate: time.Date(2021, 5, 21, 23, 59, 0, 0, wib),
	}
	r.Settlement = []Settlement{{"SBA-0001-123123123", 10, Percentage}, {"SBS-0002-321321321", 90, Percentage}}
	r.OverrideNotificationURL = "https://another.example.com/payments/notifications"
	want := `{"order":{"invoice_number":"INV-20260101-0001","amount":150000},` +
		`"online_to_offline_info":{"payment_code":"00190060000000000046","expired_time":60,"reusable_status":true,"info":"Toko Contoh"},` +
		`"customer":{"name":"Anton Budiman","email":"anton@example.com"},` +
		`"alfa_info":{"receipt":{"footer_message":"Call Center 021 555-0525                Terima kasih"}},` +
		`"additional_info":{"insurance_info":{"policy_type":"Dana Pendidikan","policy_number":"9090901234",` +
		`"policy_account_name":"Taufik Ismail","policy_status":"aktif","bill_due_date":"21 May 2021"},` +
		`"override_notification_url":"https://another.example.com/payments/notifications",` +
		`"settlement":[{"bank_account_settlement_id":"SBA-0001-123123123","value":10,"type":"PERCENTAGE"},` +
		`{"bank_account_settlement_id":"SBS-0002-321321321","value":90,"type":"PERCENTAGE"}]}}`
	if got := string(bodyOf(t, r)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBodyIsPlainJSON(t *testing.T) {
	r := sale()
	r.CustomerEmail, r.Info = "", ""
	r.CustomerName = `A & B <"\'/é>`
	r.Insurance = &Insurance{}
	body := bodyOf(t, r)
	if !json.Valid(body) || body[len(body)-1] != '}' {
		t.Fatalf("body %q", body)
	}
	want := `{"order":{"invoice_number":"INV-20260101-0001","amount":150000},` +
		`"online_to_offline_info":{"expired_time":60,"reusable_status":false},"customer":{"name":"A & B <\"\\'/é>"}}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
}

func TestCodeRequestLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for _, test := range []struct {
		name   string
		change func(*CodeRequest)
		want   FieldError // its zero value: valid
	}{
		{"as it is", func(*CodeRequest) {}, FieldError{}},

		{"invoice of 64", func(r *CodeRequest) { r.InvoiceNumber = long(64) }, FieldError{}},
		{"invoice of 65", func(r *CodeRequest) { r.InvoiceNumber = long(65) }, FieldError{"invoice_number", TooLong, 64, 65}},
		{"no invoice", func(r *CodeRequest) { r.InvoiceNumber = "" }, FieldError{"invoice_number", Missing, 0, 0}},
		{"invoice of all kinds", func(r *CodeRequest) { r.InvoiceNumber = "azAZ09-_" }, FieldError{}},
		{"invoice with a slash", func(r *CodeRequest) { r.InvoiceNumber = "INV/1" }, FieldError{"invoice_number", BadInvoice, 0, 0}},
		{"invoice with a space", func(r *CodeRequest) { r.InvoiceNumber = "INV 1" }, FieldError{"invoice_number", BadInvoice, 0, 0}},
		{"invoice with a dot", func(r *CodeRequest) { r.InvoiceNumber = ".." }, FieldError{"invoice_number", BadInvoice, 0, 0}},
		{"invoice with é", func(r *CodeRequest) { r.InvoiceNumber = "é" }, FieldError{"invoice_number", BadInvoice, 0, 0}},

		{"one rupiah", func(r *CodeRequest) { r.Amount = 1 }, FieldError{}},
		{"twelve digits", func(r *CodeRequest) { r.Amount = 999_999_999_999 }, FieldError{}},
		{"thirteen digits", func(r *CodeRequest) { r.Amount = 1_000_000_000_000 }, FieldError{"amount", TooLong, 12, 13}},
		{"no amount", func(r *CodeRequest) { r.Amount = 0 }, FieldError{"amount", Missing, 1, 0}},
		{"less than nothing", func(r *CodeRequest) { r.Amount = -5 }, FieldError{"amount", TooSmall, 1, -5}},

		{"code of 20 digits", func(r *CodeRequest) { r.PaymentCode = strings.Repeat("0", 20) }, FieldError{}},
		{"code of 21 digits", func(r *CodeRequest) { r.PaymentCode = strings.Repeat("0", 21) }, FieldError{"payment_code", TooLong, 20, 21}},
		{"code with a letter", func(r *CodeRequest) { r.PaymentCode = "19006O" }, FieldError{"payment_code", NotDigits, 0, 0}},
		{"code in other digits", func(r *CodeRequest) { r.PaymentCode = "١٢٣" }, FieldError{"payment_code", NotDigits, 0, 0}},

		{"one minute", func(r *CodeRequest) { r.ExpiresIn = 1 }, FieldError{}},
		{"five digits of minutes", func(r *CodeRequest) { r.ExpiresIn = 99999 }, FieldError{}},
		{"six digits of minutes", func(r *CodeRequest) { r.ExpiresIn = 100000 }, FieldError{"expires_in", TooLarge, 99999, 100000}},
		{"no minutes", func(r *CodeRequest) { r.ExpiresIn = 0 }, FieldError{"expires_in", TooSmall, 1, 0}},
		{"minutes ago", func(r *CodeRequest) { r.ExpiresIn = -1 }, FieldError{"expires_in", TooSmall, 1, -1}},

		{"info of 30", func(r *CodeRequest) { r.Info = long(30) }, FieldError{}},
		{"info of 31", func(r *CodeRequest) { r.Info = long(31) }, FieldError{"info", TooLong, 30, 31}},
		{"info of two lines", func(r *CodeRequest) { r.Info = "a\nb" }, FieldError{"info", NotPrintable, 0, 2}},

		{"name of 40 letters in 80 bytes", func(r *CodeRequest) { r.CustomerName = strings.Repeat("é", 40) }, FieldError{}},
		{"name of 41", func(r *CodeRequest) { r.CustomerName = long(41) }, FieldError{"customer_name", TooLong, 40, 41}},
		{"no name", func(r *CodeRequest) { r.CustomerName = "" }, FieldError{"customer_name", Missing, 40, 0}},
		{"name with signs", func(r *CodeRequest) { r.CustomerName = `Sri "Yuni" O'Neil & Co. <3 + 50% @ #1` }, FieldError{}},
		{"name in another alphabet", func(r *CodeRequest) { r.CustomerName = "스리" }, FieldError{}},
		{"name with a tab", func(r *CodeRequest) { r.CustomerName = "Sri\tYuni" }, FieldError{"customer_name", NotPrintable, 0, 4}},
		{"name with a zero byte", func(r *CodeRequest) { r.CustomerName = "\x00" }, FieldError{"customer_name", NotPrintable, 0, 1}},
		{"name that is not UTF-8", func(r *CodeRequest) { r.CustomerName = "Sri\xff" }, FieldError{"customer_name", NotPrintable, 0, 4}},
		{"name with a face", func(r *CodeRequest) { r.CustomerName = "Sri 😀" }, FieldError{"customer_name", NotPrintable, 0, 5}},
		{"name in letters of two units", func(r *CodeRequest) { r.CustomerName = "Sri 𠀀" }, FieldError{"customer_name", NotPrintable, 0, 5}},
		{"name with a heart", func(r *CodeRequest) { r.CustomerName = "Sri ❤" }, FieldError{"customer_name", NotPrintable, 0, 5}},
		{"name turned around", func(r *CodeRequest) { r.CustomerName = "a\u202eb" }, FieldError{"customer_name", NotPrintable, 0, 2}},

		{"no e-mail", func(r *CodeRequest) { r.CustomerEmail = "" }, FieldError{}},
		{"e-mail of 128", func(r *CodeRequest) { r.CustomerEmail = long(126) + "@b" }, FieldError{}},
		{"e-mail of 129", func(r *CodeRequest) { r.CustomerEmail = long(127) + "@b" }, FieldError{"customer_email", TooLong, 128, 129}},
		{"e-mail without at", func(r *CodeRequest) { r.CustomerEmail = "sri" }, FieldError{"customer_email", BadEmail, 0, 0}},
		{"e-mail without name", func(r *CodeRequest) { r.CustomerEmail = "@b.id" }, FieldError{"customer_email", BadEmail, 0, 0}},
		{"e-mail without domain", func(r *CodeRequest) { r.CustomerEmail = "a@" }, FieldError{"customer_email", BadEmail, 0, 0}},
		{"e-mail with two ats", func(r *CodeRequest) { r.CustomerEmail = "a@b@c" }, FieldError{"customer_email", BadEmail, 0, 0}},
		{"e-mail with a space", func(r *CodeRequest) { r.CustomerEmail = "a b@c" }, FieldError{"customer_email", BadEmail, 0, 0}},
		{"e-mail with é", func(r *CodeRequest) { r.CustomerEmail = "é@c" }, FieldError{"customer_email", BadEmail, 0, 0}},

		{"footer of 120", func(r *CodeRequest) { r.FooterMessage = long(120) }, FieldError{}},
		{"footer of 121", func(r *CodeRequest) { r.FooterMessage = long(121) }, FieldError{"footer_message", TooLong, 120, 121}},
		{"footer of four lines", func(r *CodeRequest) { r.FooterMessage = "a\nb\r\nc\nd" }, FieldError{"footer_message", TooManyLines, 3, 4}},
		{"footer that wraps into four", func(r *CodeRequest) {
			r.FooterMessage = strings.TrimSpace(strings.Repeat(long(21)+" ", 4))
		}, FieldError{"footer_message", TooManyLines, 3, 4}},
		{"footer with é", func(r *CodeRequest) { r.FooterMessage = "ab\ncé" }, FieldError{"footer_message", NotPrintable, 0, 5}},
		{"footer with a tab", func(r *CodeRequest) { r.FooterMessage = "a\tb" }, FieldError{"footer_message", NotPrintable, 0, 2}},

		{"policy type", func(r *CodeRequest) { r.Insurance = &Insurance{PolicyType: long(65)} }, FieldError{"policy_type", TooLong, 64, 65}},
		{"policy number", func(r *CodeRequest) { r.Insurance = &Insurance{PolicyNumber: "1\n2"} }, FieldError{"policy_number", NotPrintable, 0, 2}},
		{"policy name", func(r *CodeRequest) { r.Insurance = &Insurance{PolicyAccountName: long(65)} }, FieldError{"policy_account_name", TooLong, 64, 65}},
		{"policy status", func(r *CodeRequest) { r.Insurance = &Insurance{PolicyStatus: long(65)} }, FieldError{"policy_status", TooLong, 64, 65}},

		{"percent to 100", shares(Settlement{"A", 40, Percentage}, Settlement{"B", 60, Percentage}), FieldError{}},
		{"percent to 101", shares(Settlement{"A", 41, Percentage}, Settlement{"B", 60, Percentage}), FieldError{"settlement_preset", TooLarge, 100, 101}},
		{"fix to the amount", shares(Settlement{"A", 150000, Fix}), FieldError{}},
		{"fix beyond the amount", shares(Settlement{"A", 150000, Fix}, Settlement{"B", 1, Fix}), FieldError{"settlement_preset", TooLarge, 150000, 150001}},
		{"a share of nothing", shares(Settlement{"A", 0, Fix}), FieldError{"settlement_preset", TooSmall, 1, 0}},
		{"a share of less", shares(Settlement{"A", -1, Percentage}), FieldError{"settlement_preset", TooSmall, 1, -1}},
		{"shares that overflow", shares(Settlement{"A", 1 << 62, Fix}, Settlement{"B", 1 << 62, Fix}), FieldError{"settlement_preset", TooLarge, 150000, maxAmount}},
		{"no account", shares(Settlement{"", 1, Fix}), FieldError{"settlement_preset", Missing, 0, 0}},
		{"account with a space", shares(Settlement{"A B", 1, Fix}), FieldError{"settlement_preset", NotPrintable, 0, 0}},
		{"account of 65", shares(Settlement{long(65), 1, Fix}), FieldError{"settlement_preset", TooLong, 64, 65}},
		{"account twice", shares(Settlement{"A", 1, Fix}, Settlement{"A", 2, Fix}), FieldError{"settlement_preset", Repeated, 0, 0}},
		{"both types", shares(Settlement{"A", 1, Fix}, Settlement{"B", 2, Percentage}), FieldError{"settlement_preset", BadType, 0, 0}},
		{"no type", shares(Settlement{"A", 1, ""}), FieldError{"settlement_preset", BadType, 0, 0}},
		{"type in small letters", shares(Settlement{"A", 1, "fix"}), FieldError{"settlement_preset", BadType, 0, 0}},

		{"https override", override("https://a.id/n"), FieldError{}},
		{"http override", override("http://127.0.0.1:8080/n"), FieldError{}},
		{"override without host", override("https:///n"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override of a path", override("/n"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override by script", override("javascript:alert(1)"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override with query", override("https://a.id/n?x=1"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override with empty query", override("https://a.id/n?"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override with fragment", override("https://a.id/n#x"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override with password", override("https://u:p@a.id/n"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override broken", override("https://a.id/%zz"), FieldError{"override_notification_url", BadURL, 0, 0}},
		{"override of 256", override("https://a.id/" + long(243)), FieldError{"override_notification_url", TooLong, 255, 256}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := sale()
			test.change(&r)
			got := r.Validate()
			body, err := r.Body()
			if test.want == (FieldError{}) {
				if len(got) != 0 || err != nil || !json.Valid(body) {
					t.Fatalf("refused: %v, %v", got, err)
				}
				return
			}
			if len(got) != 1 || got[0] != test.want {
				t.Fatalf("got %+v, want %+v", got, test.want)
			}
			var fields FieldErrors
			if body != nil || !errors.As(err, &fields) || fields[0] != test.want {
				t.Errorf("Body gave %q, %v", body, err)
			}
		})
	}
}

func shares(all ...Settlement) func(*CodeRequest) {
	return func(r *CodeRequest) { r.Settlement = all }
}

func override(url string) func(*CodeRequest) {
	return func(r *CodeRequest) { r.OverrideNotificationURL = url }
}

func TestValidateNamesEveryField(t *testing.T) {
	e := CodeRequest{CustomerEmail: "x"}.Validate()
	var got []string
	for _, f := range e {
		got = append(got, f.Field)
	}
	if want := "invoice_number amount customer_name customer_email expires_in"; strings.Join(got, " ") != want {
		t.Errorf("fields %q, want %q", got, want)
	}
	const text = "doku: invalid request: invoice_number missing, amount missing (0, limit 1), " +
		"customer_name missing (0, limit 40), customer_email bad_email, expires_in too_small (0, limit 1)"
	if e.Error() != text {
		t.Errorf("error text %q", e)
	}
}

func TestUpdateRequestLimits(t *testing.T) {
	valid := UpdateRequest{
		InvoiceNumber: "INV-1", Amount: 1, PaymentCode: "73", Status: Active, ExpiresIn: 60, CustomerName: "Sri",
	}
	for _, test := range []struct {
		name   string
		change func(*UpdateRequest)
		want   FieldError
	}{
		{"as it is", func(*UpdateRequest) {}, FieldError{}},
		{"delete", func(r *UpdateRequest) { r.Status = Delete }, FieldError{}},
		{"DOKU's code has letters", func(r *UpdateRequest) { r.PaymentCode = "AB-73" }, FieldError{}},
		{"no code", func(r *UpdateRequest) { r.PaymentCode = "" }, FieldError{"payment_code", Missing, 0, 0}},
		{"endless code", func(r *UpdateRequest) { r.PaymentCode = strings.Repeat("1", 65) }, FieldError{"payment_code", TooLong, 64, 65}},
		{"code of two words", func(r *UpdateRequest) { r.PaymentCode = "7 3" }, FieldError{"payment_code", NotPrintable, 0, 0}},
		{"no status", func(r *UpdateRequest) { r.Status = "" }, FieldError{"status", BadStatus, 0, 0}},
		{"no invoice", func(r *UpdateRequest) { r.InvoiceNumber = "" }, FieldError{"invoice_number", Missing, 0, 0}},
		{"no amount", func(r *UpdateRequest) { r.Amount = 0 }, FieldError{"amount", Missing, 1, 0}},
		{"no name", func(r *UpdateRequest) { r.CustomerName = "" }, FieldError{"customer_name", Missing, 40, 0}},
		{"no minutes", func(r *UpdateRequest) { r.ExpiresIn = 0 }, FieldError{"expires_in", TooSmall, 1, 0}},
		{"endless info", func(r *UpdateRequest) { r.Info = strings.Repeat("1", 31) }, FieldError{"info", TooLong, 30, 31}},
		{"e-mail", func(r *UpdateRequest) { r.CustomerEmail = "x" }, FieldError{"customer_email", BadEmail, 0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := valid
			test.change(&r)
			body, err := r.Body()
			if test.want == (FieldError{}) {
				if err != nil || !strings.Contains(string(body), `"expired_time":60`) {
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

func TestWrapFooter(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, test := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{" \n ", nil},
		{"Terima kasih", []string{"Terima kasih"}},
		{"satu  dua", []string{"satu dua"}},
		{"satu\ndua", []string{"satu", "dua"}},
		{"satu\r\n\r\ndua\r\n", []string{"satu", "", "dua"}},
		{a(40), []string{a(40)}},
		{a(41), []string{a(40), "a"}},
		{a(120), []string{a(40), a(40), a(40)}},
		{a(30) + " " + a(9), []string{a(30) + " " + a(9)}},
		{a(30) + " " + a(10), []string{a(30), a(10)}},
		{"b " + a(50), []string{"b", a(40), a(10)}},
		{"1\n2\n3\n4", []string{"1", "2", "3"}},
	} {
		got := WrapFooter(test.in)
		if strings.Join(got, "|") != strings.Join(test.want, "|") || len(got) != len(test.want) {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}

// What is sent, cut every 40 characters as the printer does, is what the
// preview shows.
func TestFooterPrintsAsPreviewed(t *testing.T) {
	for _, message := range []string{
		"Terima kasih", "satu\ndua\ntiga", "satu\n\ntiga",
		"Barang yang sudah dibeli tidak dapat ditukar. Call Center 021 555-0525", strings.Repeat("a", 120),
	} {
		r := sale()
		r.FooterMessage = message
		var sent struct {
			Alfa struct {
				Receipt struct {
					Footer string `json:"footer_message"`
				}
			} `json:"alfa_info"`
		}
		if err := json.Unmarshal(bodyOf(t, r), &sent); err != nil {
			t.Fatal(err)
		}
		footer := sent.Alfa.Receipt.Footer
		if len(footer) == 0 || len(footer) > MaxFooter {
			t.Errorf("%q: sent %d characters", message, len(footer))
		}
		var printed []string
		for ; len(footer) > FooterLine; footer = footer[FooterLine:] {
			printed = append(printed, strings.TrimRight(footer[:FooterLine], " "))
		}
		printed = append(printed, footer)
		if preview := WrapFooter(message); strings.Join(printed, "|") != strings.Join(preview, "|") {
			t.Errorf("printed %q, previewed %q", printed, preview)
		}
	}
}

func TestInsuranceDueDate(t *testing.T) {
	for due, want := range map[time.Time]string{
		time.Date(2021, 5, 21, 0, 0, 0, 0, time.UTC):  `{"bill_due_date":"21 May 2021"}`,
		time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC): `{"bill_due_date":"1 December 2026"}`,
	} {
		r := sale()
		r.Insurance = &Insurance{BillDueDate: due}
		if body := string(bodyOf(t, r)); !strings.Contains(body, `"insurance_info":`+want) {
			t.Errorf("%v: %s", due, body)
		}
	}
}
