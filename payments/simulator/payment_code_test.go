package simulator

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Each case changes one thing of a good body. want "" means that it is taken.
func TestCreateFields(t *testing.T) {
	b := newBench(t)
	long := func(n int) string { return strings.Repeat("é", n) }
	const (
		order    = "order.invoice_number "
		amount   = "order.amount "
		expired  = "online_to_offline_info.expired_time "
		reusable = "online_to_offline_info.reusable_status "
		info     = "online_to_offline_info.info "
		name     = "customer.name "
		email    = "customer.email "
		footer   = "alfa_info.receipt.footer_message "
		extra    = "additional_info"
		filled   = "must be filled"
	)
	for _, c := range []struct{ from, to, want string }{
		{`"invoice_number":"INV-1"`, `"invoice_number":"` + long(64) + `"`, ""},
		{`"invoice_number":"INV-1"`, `"invoice_number":"` + long(65) + `"`, order + "maximum 64 characters"},
		{`"invoice_number":"INV-1"`, `"invoice_number":""`, order + filled},
		{`"invoice_number":"INV-1"`, `"invoice_number":"  "`, order + filled},
		{`"invoice_number":"INV-1"`, `"invoice_number":12`, order + "must be a string"},
		{`"invoice_number":"INV-1"`, `"invoice_number":null`, order + filled},
		{`"invoice_number":"INV-1",`, ``, order + filled},
		{`"invoice_number":"INV-1"`, `"invoice_number":"a\u0000b"`, order + "has invalid characters"},
		{`,"amount":150000`, ``, amount + filled},
		{`"amount":150000`, `"amount":0`, amount + "must greater than 0"},
		{`"amount":150000`, `"amount":-1`, amount + "must greater than 0"},
		{`"amount":150000`, `"amount":150000.00`, amount + "must be a number without decimal"},
		{`"amount":150000`, `"amount":1e5`, amount + "must be a number without decimal"},
		{`"amount":150000`, `"amount":"150000"`, amount + "must be a number"},
		{`"amount":150000`, `"amount":999999999999`, ""},
		{`"amount":150000`, `"amount":1000000000000`, amount + "maximum 12 digits"},
		{`"amount":150000`, `"amount":99999999999999999999`, amount + "maximum 12 digits"},
		{`"expired_time":60,`, ``, ""},
		{`"expired_time":60`, `"expired_time":99999`, ""},
		{`"expired_time":60`, `"expired_time":100000`, expired + "maximum 5 digits"},
		{`"expired_time":60`, `"expired_time":0`, expired + "must greater than 0"},
		{`"expired_time":60`, `"expired_time":"60"`, expired + "must be a number"},
		{`"reusable_status":false,`, ``, reusable + filled},
		{`"reusable_status":false`, `"reusable_status":"false"`, reusable + "must be true or false"},
		{`"reusable_status":false`, `"reusable_status":1`, reusable + "must be true or false"},
		{`"info":"Toko Contoh"`, `"info":"` + long(30) + `"`, ""},
		{`"info":"Toko Contoh"`, `"info":"` + long(31) + `"`, info + "maximum 30 characters"},
		{`"info":"Toko Contoh"`, `"info":"a\nb"`, info + "has invalid characters"},
		{`"name":"Anton Budiman"`, `"name":"` + long(64) + `"`, ""},
		{`"name":"Anton Budiman"`, `"name":"` + long(65) + `"`, name + "maximum 64 characters"},
		{`"name":"Anton Budiman",`, ``, name + filled},
		{`"email":"anton@example.com"`, `"email":"` + long(128) + `"`, ""},
		{`"email":"anton@example.com"`, `"email":"` + long(129) + `"`, email + "maximum 128 characters"},
		{`"customer":{"name":"Anton Budiman","email":"anton@example.com"}`, `"customer":"Anton"`, name + filled},
		{`"customer":{`, `"alfa_info":{"receipt":{"footer_message":"` + long(119) + `\n"}},"customer":{`, ""},
		{`"customer":{`, `"alfa_info":{"receipt":{"footer_message":"` + long(121) + `"}},"customer":{`, footer + "maximum 120 characters"},
		{`"customer":{`, `"something":{"else":[1]},"customer":{`, ""},
		{`"customer":{`, `"additional_info":[],"customer":{`, extra + " must be an object"},
		{`"customer":{`, `"additional_info":{"insurance_info":{"policy_type":"Dana Pendidikan","policy_number":"9090901234"}},"customer":{`, ""},
		{`"customer":{`, `"additional_info":{"insurance_info":{"policy_number":9090901234}},"customer":{`, extra + ".insurance_info.policy_number must be a string"},
		{`"customer":{`, `"additional_info":{"settlement":[{"bank_account_settlement_id":"SBA-0001","value":10,"type":"PERCENTAGE"}]},"customer":{`, ""},
		{`"customer":{`, `"additional_info":{"settlement":[{"bank_account_settlement_id":"SBA-0001","value":"10","type":"HALF"}]},"customer":{`, extra + ".settlement[0].value must be a number, additional_info.settlement[0].type must be PERCENTAGE or FIX"},
		{`"customer":{`, `"additional_info":{"override_notification_url":"https://other.example.com/doku/notifications"},"customer":{`, ""},
		{`"customer":{`, `"additional_info":{"override_notification_url":"https://other.example.com/another"},"customer":{`, extra + ".override_notification_url must have the path of the configured Notification URL"},
		{`"customer":{`, `"additional_info":{"override_notification_url":"ftp://other.example.com/doku/notifications"},"customer":{`, extra + ".override_notification_url must be a URL"},
	} {
		good := createBody("INV-1")
		body := strings.Replace(good, c.from, c.to, 1)
		if body == good {
			t.Fatalf("%s is not in the body", c.from)
		}
		b.sim.mu.Lock()
		b.sim.state.Codes = nil // the invoice may be used again
		b.sim.mu.Unlock()
		got := b.call(http.MethodPost, pathPaymentCode, body)
		switch {
		case c.want == "" && got.status != http.StatusOK:
			t.Errorf("%s: %d %s", c.to, got.status, got.body)
		case c.want != "":
			if got.status != http.StatusBadRequest || got.text(t, "error.message") != c.want || !got.verified {
				t.Errorf("%s: %d %s, want %q, verified %v", c.to, got.status, got.body, c.want, got.verified)
			}
		}
	}
	for _, body := range []string{"", "[]", "null", "{", "{}{}", "\"x\"", strings.Replace(createBody("INV-1"), "Anton", "\xff", 1), strings.Repeat("[", 20000)} {
		got := b.call(http.MethodPost, pathPaymentCode, body)
		b.refused(got, 400, "invalid_parameter")
		if m := got.text(t, "error.message"); m != "Request body is not a JSON object" {
			t.Errorf("%.40q: %s", body, m)
		}
	}
}

func TestPatchFields(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	for _, c := range []struct{ from, to, want string }{
		{`"status":"ACTIVE"`, `"status":"PAUSE"`, "online_to_offline_info.status must be ACTIVE or DELETE"},
		{`"status":"ACTIVE",`, ``, "online_to_offline_info.status must be filled"},
		{`"payment_code":"` + code + `",`, ``, "online_to_offline_info.payment_code must be filled"},
		{`"invoice_number":"INV-1",`, ``, "order.invoice_number must be filled"},
		{`"invoice_number":"INV-1"`, `"invoice_number":"INV-2"`, "INVOICE NUMBER NOT MATCH"},
		{`"name":"Anton Wijaya"`, `"name":"` + strings.Repeat("x", 41) + `"`, "customer.name maximum 40 characters"},
		{`"name":"Anton Wijaya"`, `"name":"` + strings.Repeat("x", 40) + `"`, ""},
		{`,"reusable_status":false`, ``, "online_to_offline_info.reusable_status must be filled"},
		{`,"amount":175000`, ``, ""},
		{`"amount":175000`, `"amount":0`, "order.amount must greater than 0"},
	} {
		good := patchBody("INV-1", code, "ACTIVE")
		body := strings.Replace(good, c.from, c.to, 1)
		if body == good {
			t.Fatalf("%s is not in the body", c.from)
		}
		got := b.call(http.MethodPatch, pathPaymentCode, body)
		if c.want == "" && got.status != 200 || c.want != "" && (got.status != 400 || got.text(t, "error.message") != c.want) {
			t.Errorf("%s: %d %s, want %q", c.to, got.status, got.body, c.want)
		}
	}
	b.refused(b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", "6059000000000001", "ACTIVE")), 404, "data_not_found")
}

func TestUpdateChangesWhatTheTillShows(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	b.clock.Add(30 * time.Minute)
	got := b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "ACTIVE", `,"info":"Baru","expired_time":120`))
	if got.status != 200 || got.text(t, "online_to_offline_info.expired_date_utc") != "2026-11-20T06:00:00Z" || got.text(t, "online_to_offline_info.created_date_utc") != "2026-11-20T03:30:00Z" {
		t.Errorf("%d %s", got.status, got.body)
	}
	bill := b.machine("/simulator/inquiry", `{"code":"`+code+`"}`)
	if bill.text(t, "amount") != "175000" || bill.text(t, "name") != "Anton Wijaya" || bill.text(t, "info") != "Baru" {
		t.Errorf("%s", bill.body)
	}
	// Leaving expired_time out resets it to the 60 minutes of the table; leaving info out keeps it.
	got = b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "ACTIVE"))
	if got.text(t, "online_to_offline_info.expired_date_utc") != "2026-11-20T05:00:00Z" {
		t.Errorf("%s", got.body)
	}
	if bill := b.machine("/simulator/inquiry", `{"code":"`+code+`"}`); bill.text(t, "info") != "Baru" {
		t.Errorf("%s", bill.body)
	}
}

func TestExpiry(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	b.clock.Add(time.Hour - time.Second)
	if got := b.status("INV-1").text(t, "transaction.status"); got != "PENDING" {
		t.Errorf("a second before: %s", got)
	}
	b.clock.Add(time.Second)
	if got := b.status("INV-1").text(t, "transaction.status"); got != "EXPIRED" {
		t.Errorf("at the deadline: %s", got)
	}
	b.refused(b.pay(code), http.StatusConflict, refusedExpired)
	b.refused(b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "ACTIVE")), 400, "payment_code_already_expired")
}

func TestPaidCodeCanNotBeChanged(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	b.mustPay(code)
	for _, status := range []string{"ACTIVE", "DELETE"} {
		b.refused(b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, status)), 400, "payment_code_already_paid")
	}
}

func TestEveryPathCreates(t *testing.T) {
	b := newBench(t)
	for path, invoice := range map[string]string{pathPaymentCode: "INV-1", pathPaymentCodeNewGuide: "INV-2"} {
		made := b.call(http.MethodPost, path, createBody(invoice))
		code := made.text(t, "online_to_offline_info.payment_code")
		if made.status != 200 || !made.verified {
			t.Errorf("%s: %d %s", path, made.status, made.body)
		}
		got := b.call(http.MethodPatch, path, patchBody(invoice, code, "DELETE"))
		if got.status != 200 || !got.verified {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	b.refused(b.call(http.MethodPost, pathPaymentCode, createBody("INV-1")), 400, "invoice_already_used")
}

func TestMerchantMadeNumbers(t *testing.T) {
	b := newBench(t)
	make := func(invoice, number string) result {
		return b.call(http.MethodPost, pathMerchantPaymentCode, createBody(invoice, `,"payment_code":"`+number+`"`))
	}
	got := make("INV-1", "1900600000000046")
	if got.status != 200 || got.text(t, "online_to_offline_info.payment_code") != "1900600000000046" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	b.refused(make("INV-2", "1900600000000046"), 400, "payment_code_already_used")
	b.refused(make("INV-2", ""), 400, "invalid_parameter")
	b.refused(make("INV-2", "19006A"), 400, "invalid_parameter")
	b.refused(make("INV-2", strings.Repeat("1", 21)), 400, "invalid_parameter")
	if got := make("INV-3", strings.Repeat("1", 20)); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.mustPay("1900600000000046")
	if got := make("INV-4", "1900600000000046"); got.status != 200 {
		t.Errorf("a number no longer live is refused: %d %s", got.status, got.body)
	}
	if bill := b.machine("/simulator/inquiry", `{"code":"1900600000000046"}`); bill.text(t, "invoice") != "INV-4" {
		t.Errorf("the till shows %s", bill.body)
	}
	if got := b.status("INV-1").text(t, "transaction.status"); got != "SUCCESS" {
		t.Errorf("the first is %s", got)
	}
}

func TestReusableCode(t *testing.T) {
	b := newBench(t)
	body := strings.Replace(createBody("INV-1"), `"reusable_status":false`, `"reusable_status":true`, 1)
	code := b.call(http.MethodPost, pathPaymentCode, body).text(t, "online_to_offline_info.payment_code")
	b.mustPay(code)
	b.mustPay(code)
	told := b.merchant.wait(t, 2)
	if string(told[0].body) == string(told[1].body) {
		t.Error("two payments are told alike")
	}
	if got := b.status("INV-1"); got.text(t, "transaction.status") != "SUCCESS" || got.text(t, "online_to_offline_info.reusable_status") != "true" {
		t.Errorf("%s", got.body)
	}
	if got := b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "DELETE")); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.refused(b.pay(code), http.StatusConflict, refusedCancelled)
}

func TestOverrideURL(t *testing.T) {
	b := newBench(t)
	other := newMerchant(t)
	address := other.url + "/doku/notifications"
	body := strings.Replace(createBody("INV-1"), `"customer":{`, `"additional_info":{"override_notification_url":"`+address+`"},"customer":{`, 1)
	made := b.call(http.MethodPost, pathPaymentCode, body)
	if made.text(t, "additional_info.override_notification_url") != address {
		t.Errorf("%s", made.body)
	}
	b.mustPay(made.text(t, "online_to_offline_info.payment_code"))
	if told := other.wait(t, 1)[0]; !told.verified || !strings.Contains(string(told.body), address) {
		t.Errorf("verified %v %s", told.verified, told.body)
	}
	if got := b.status("INV-1"); got.text(t, "additional_info.override_notification_url") != address {
		t.Errorf("%s", got.body)
	}
	if len(b.merchant.all()) != 0 {
		t.Error("the registered address was told too")
	}
}

func TestHowToPay(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	r, err := http.Get(b.url + pathHowToPayAPI + code)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != 200 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	page := b.get(pathHowToPayPage + code)
	if page.status != 200 || !strings.Contains(string(page.body), `data-payment-code="`+code+`"`) || !strings.Contains(string(page.body), "Rp150.000") {
		t.Errorf("%d %s", page.status, page.body)
	}
	api := b.get(pathHowToPayAPI + code)
	if !strings.Contains(string(api.body), `{"payment_instruction":[{"channel":"ALFAMART","step":["Datang ke `) {
		t.Errorf("%s", api.body)
	}
	if got := b.get(pathHowToPayAPI + "6059000000000000"); got.status != 404 {
		t.Errorf("%d", got.status)
	}
}

func TestPublicURL(t *testing.T) {
	b := newBench(t, func(c *Config) { c.PublicURL = "https://sim.example.com/" })
	got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
	if !strings.HasPrefix(got.text(t, "online_to_offline_info.how_to_pay_page"), "https://sim.example.com/how-to-pay/") {
		t.Errorf("%s", got.body)
	}
}
