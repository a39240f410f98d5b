package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Each fault does what its sentence says, and nothing once it is off again.
var faultTests = map[string]func(t *testing.T, b *bench){
	faultSwitchedOff: func(t *testing.T, b *bench) {
		code := b.create("INV-0")
		b.fault(`{"name":"switched_off","on":true}`)
		b.broken(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		b.broken(http.MethodGet, pathStatus+"INV-0", "")
		b.broken(http.MethodGet, pathHowToPayAPI+code, "")
		b.mustPay(code)
		b.fault(`{"name":"switched_off","on":false}`)
		b.merchant.wait(t, 1)
		if n := len(b.sim.state.Codes); n != 1 {
			t.Errorf("%d codes", n)
		}
		b.create("INV-1")
	},
	faultCutBefore: func(t *testing.T, b *bench) {
		b.fault(`{"name":"cut_before","on":true,"times":1,"operations":["create"]}`)
		b.call(http.MethodGet, pathStatus+"INV-1", "")
		b.broken(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if n := len(b.sim.state.Codes); n != 0 {
			t.Errorf("%d codes", n)
		}
		b.create("INV-1")
	},
	faultServerError: func(t *testing.T, b *bench) {
		b.fault(`{"name":"server_error","on":true,"times":1,"value":503}`)
		if got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1")); got.status != 503 || len(b.sim.state.Codes) != 0 {
			t.Errorf("%d, %d codes", got.status, len(b.sim.state.Codes))
		}
		b.create("INV-1")
	},
	faultTooManyRequests: func(t *testing.T, b *bench) {
		b.fault(`{"name":"too_many_requests","on":true,"times":1,"operations":["GET"]}`)
		b.create("INV-1")
		if got := b.status("INV-1"); got.status != 429 || got.header.Get("Retry-After") != "30" {
			t.Errorf("%d %v", got.status, got.header)
		}
		if got := b.status("INV-1"); got.status != 200 {
			t.Errorf("%d", got.status)
		}
	},
	faultRefuseInvoice: func(t *testing.T, b *bench) { b.refusedInEveryShape(faultRefuseInvoice, "INVOICE ALREADY USED") },
	faultRefuseChannel: func(t *testing.T, b *bench) { b.refusedInEveryShape(faultRefuseChannel, "PAYMENT CHANNEL IS INACTIVE") },

	faultLoseAnswer: func(t *testing.T, b *bench) {
		b.fault(`{"name":"lose_answer","on":true,"times":1,"operations":["create"]}`)
		if _, err := b.do(b.request(http.MethodPost, pathPaymentCode, "lost", createBody("INV-1"))); err == nil {
			t.Error("an answer came")
		}
		again, err := b.do(b.request(http.MethodPost, pathPaymentCode, "lost", createBody("INV-1")))
		if err != nil || again.status != http.StatusConflict || len(again.text(t, "online_to_offline_info.payment_code")) != 16 {
			t.Fatalf("%v %d %s", err, again.status, again.body)
		}
		if n := len(b.sim.state.Codes); n != 1 {
			t.Errorf("%d codes", n)
		}
		// By method: update and cancel, not create.
		b.fault(`{"name":"lose_answer","on":true,"operations":["PATCH"]}`)
		code := b.create("INV-2")
		b.broken(http.MethodPatch, pathPaymentCode, patchBody("INV-2", code, "ACTIVE"))
		b.broken(http.MethodPatch, pathPaymentCode, patchBody("INV-2", code, "DELETE"))
		b.refused(b.pay(code), http.StatusConflict, refusedCancelled)
		// Only the cancel.
		b.fault(`{"name":"lose_answer","on":true,"operations":["cancel"]}`)
		code = b.create("INV-3")
		if got := b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-3", code, "ACTIVE")); got.status != 200 {
			t.Errorf("update: %d", got.status)
		}
		b.broken(http.MethodPatch, pathPaymentCode, patchBody("INV-3", code, "DELETE"))
	},
	faultCutDuring: func(t *testing.T, b *bench) {
		b.fault(`{"name":"cut_during","on":true,"times":1}`)
		got, err := b.do(b.request(http.MethodPost, pathPaymentCode, "half", createBody("INV-1")))
		if err == nil || got.status != 200 || len(got.body) == 0 || json.Valid(got.body) {
			t.Errorf("%v %d %q", err, got.status, got.body)
		}
		if again, err := b.do(b.request(http.MethodPost, pathPaymentCode, "half", createBody("INV-1"))); err != nil || again.status != 409 {
			t.Errorf("%v %d", err, again.status)
		}
	},
	faultDelay: func(t *testing.T, b *bench) {
		b.fault(`{"name":"delay","on":true,"times":1,"value":100,"operations":["create"]}`)
		answered := make(chan result, 1)
		r := b.request(http.MethodPost, pathPaymentCode, "slow", createBody("INV-1"))
		go func() {
			got, _ := b.do(r)
			answered <- got
		}()
		// Applied at once: the till can take money before the merchant has the answer.
		b.until(func() bool {
			b.sim.mu.Lock()
			defer b.sim.mu.Unlock()
			return len(b.sim.state.Codes) == 1
		})
		select {
		case got := <-answered:
			t.Errorf("answered at once: %d", got.status)
		default:
		}
		b.stop() // the end of Run ends the wait
		if got := <-answered; got.status != 200 || !got.verified {
			t.Errorf("%d verified %v", got.status, got.verified)
		}
	},
	faultServerErrorAfter: func(t *testing.T, b *bench) {
		b.fault(`{"name":"server_error_after","on":true,"times":1,"value":502}`)
		if got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1")); got.status != 502 || len(b.sim.state.Codes) != 1 {
			t.Errorf("%d, %d codes", got.status, len(b.sim.state.Codes))
		}
	},
	faultUnsignedAnswer: func(t *testing.T, b *bench) {
		b.fault(`{"name":"unsigned_answer","on":true,"times":1}`)
		got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if got.status != 200 || got.header.Get("Signature") != "" || got.header.Get("Response-Timestamp") != "" {
			t.Errorf("%d %v", got.status, got.header)
		}
		if got := b.status("INV-1"); !got.verified {
			t.Error("the next one is not signed")
		}
	},
	faultWrongAnswerSign: func(t *testing.T, b *bench) {
		b.fault(`{"name":"wrong_answer_signature","on":true,"times":1}`)
		got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if got.status != 200 || got.verified || len(got.header.Get("Signature")) != len("HMACSHA256=")+44 {
			t.Errorf("%d verified %v %v", got.status, got.verified, got.header)
		}
	},
	faultWrongEcho: func(t *testing.T, b *bench) {
		b.fault(`{"name":"wrong_echo","on":true,"times":2}`)
		got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if got.status != 200 || got.text(t, "order.invoice_number") != "INV-1-X" || !got.verified {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := b.status("INV-1").text(t, "order.invoice_number"); got != "INV-1-X" {
			t.Errorf("status of %s", got)
		}
	},
	faultPaymentName: func(t *testing.T, b *bench) {
		b.fault(`{"name":"payment_instead_of_payment_code","on":true,"times":1}`)
		got := b.call(http.MethodPost, pathMerchantPaymentCode, createBody("INV-1", `,"payment_code":"1900600000000046"`))
		if got.text(t, "online_to_offline_info.payment") != "1900600000000046" || got.text(t, "online_to_offline_info.payment_code") != "" {
			t.Errorf("%s", got.body)
		}
	},
	faultConflictingDates: func(t *testing.T, b *bench) {
		b.fault(`{"name":"conflicting_dates","on":true,"times":1}`)
		got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if got.text(t, "online_to_offline_info.expired_date") != "20261120113000" || got.text(t, "online_to_offline_info.expired_date_utc") != "2026-11-20T11:30:00Z" {
			t.Errorf("%s", got.body)
		}
	},
	faultNoHowToPay: func(t *testing.T, b *bench) {
		b.fault(`{"name":"no_how_to_pay","on":true,"times":1}`)
		if got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1")); got.status != 200 || strings.Contains(string(got.body), "how_to_pay") {
			t.Errorf("%s", got.body)
		}
	},
	faultHostileHowToPay: func(t *testing.T, b *bench) {
		code := b.create("INV-1")
		b.fault(`{"name":"hostile_how_to_pay","on":true,"times":1}`)
		if got := b.get(pathHowToPayAPI + code); !strings.Contains(string(got.body), "<script>") {
			t.Errorf("%s", got.body)
		}
		if got := b.get(pathHowToPayAPI + code); strings.Contains(string(got.body), "<script>") {
			t.Errorf("%s", got.body)
		}
	},
	faultStatusNotFound: func(t *testing.T, b *bench) {
		b.create("INV-1")
		b.fault(`{"name":"status_not_found","on":true,"times":1}`)
		b.refused(b.status("INV-1"), 404, "data_not_found")
		if got := b.status("INV-1"); got.status != 200 {
			t.Errorf("%d", got.status)
		}
	},
	faultStatusPending: func(t *testing.T, b *bench) {
		b.mustPay(b.create("INV-1"))
		b.fault(`{"name":"status_pending","on":true,"times":1}`)
		if got := b.status("INV-1").text(t, "transaction.status"); got != "PENDING" {
			t.Errorf("%s", got)
		}
		if got := b.status("INV-1").text(t, "transaction.status"); got != "SUCCESS" {
			t.Errorf("%s", got)
		}
	},

	faultNeverNotify: func(t *testing.T, b *bench) {
		b.fault(`{"name":"never_notify","on":true,"times":1}`)
		b.mustPay(b.create("INV-1"))
		d := b.settled(0, func(d delivery) bool { return d.Status == deliverySuppressed })
		b.mustPay(b.create("INV-2")) // the next one comes, and so would the first
		b.settled(1, func(d delivery) bool { return d.Status == deliveryDelivered })
		if n := len(b.merchant.wait(t, 1)); n != 1 {
			t.Errorf("%d notifications", n)
		}
		b.machine("/simulator/resend", `{"delivery":"`+d.ID+`"}`)
		b.settled(0, func(d delivery) bool { return d.Status == deliveryDelivered && d.Attempts[0].Manual })
	},
	faultDuplicate: func(t *testing.T, b *bench) {
		b.fault(`{"name":"notification_duplicate","on":true,"times":1,"value":2}`)
		b.mustPay(b.create("INV-1"))
		told := b.merchant.wait(t, 3)
		for _, c := range told[1:] {
			if c.header.Get("Request-Id") != told[0].header.Get("Request-Id") || c.header.Get("Signature") != told[0].header.Get("Signature") || string(c.body) != string(told[0].body) {
				t.Errorf("the copy differs: %v %s", c.header, c.body)
			}
		}
	},
	faultDuplicateNewID: func(t *testing.T, b *bench) {
		b.fault(`{"name":"notification_duplicate_new_id","on":true,"times":1}`)
		b.mustPay(b.create("INV-1"))
		told := b.merchant.wait(t, 2)
		if told[0].header.Get("Request-Id") == told[1].header.Get("Request-Id") || string(told[0].body) != string(told[1].body) || !told[1].verified {
			t.Errorf("%v\n%v", told[0], told[1])
		}
	},
	faultLateFailed: func(t *testing.T, b *bench) {
		b.fault(`{"name":"notification_late_failed","on":true,"times":1}`)
		b.mustPay(b.create("INV-1"))
		told := b.merchant.wait(t, 2)
		if !strings.Contains(string(told[0].body), `"SUCCESS"`) || !strings.Contains(string(told[1].body), `"FAILED"`) || !told[1].verified {
			t.Errorf("%s\n%s", told[0].body, told[1].body)
		}
		if got := b.status("INV-1").text(t, "transaction.status"); got != "SUCCESS" {
			t.Errorf("status %s", got)
		}
	},
	faultOutOfOrder: func(t *testing.T, b *bench) {
		b.fault(`{"name":"notification_out_of_order","on":true}`)
		b.mustPay(b.create("INV-1"))
		b.settled(0, func(d delivery) bool { return d.Status == deliveryHeld })
		b.mustPay(b.create("INV-2"))
		told := b.merchant.wait(t, 2)
		if !strings.Contains(string(told[0].body), "INV-2") || !strings.Contains(string(told[1].body), "INV-1") {
			t.Errorf("%s\n%s", told[0].body, told[1].body)
		}
		b.mustPay(b.create("INV-3"))
		b.fault(`{"name":"notification_out_of_order","on":false}`)
		b.merchant.wait(t, 3) // released when switched off
	},
	faultWrongSignature: func(t *testing.T, b *bench) {
		b.fault(`{"name":"notification_wrong_signature","on":true,"times":1}`)
		b.mustPay(b.create("INV-1"))
		d := b.settled(0, func(d delivery) bool { return len(d.Attempts) == 1 })
		b.machine("/simulator/resend", `{"delivery":"`+d.ID+`"}`)
		told := b.merchant.wait(t, 2)
		if told[0].verified || !told[1].verified {
			t.Errorf("verified %v then %v", told[0].verified, told[1].verified)
		}
	},
	faultRetrySignedAnew: func(t *testing.T, b *bench) {
		b.merchant.answerWith(503)
		b.mustPay(b.create("INV-1"))
		b.settled(0, func(d delivery) bool { return len(d.Attempts) == 1 })
		b.fault(`{"name":"notification_retry_signed_anew","on":true}`)
		b.clock.Add(30 * time.Minute)
		told := b.merchant.wait(t, 2)
		for _, name := range []string{"Request-Id", "Request-Timestamp", "Signature"} {
			if told[0].header.Get(name) == told[1].header.Get(name) {
				t.Errorf("%s is the same", name)
			}
		}
		if !told[1].verified || string(told[0].body) != string(told[1].body) {
			t.Errorf("verified %v %s", told[1].verified, told[1].body)
		}
	},
	faultInquiryWrongSignature: func(t *testing.T, b *bench) {
		b.fault(`{"name":"inquiry_wrong_signature","on":true,"times":1}`)
		b.merchant.answerInquiries(401, `{"online_to_offline_info":{"payment_code":"8896512345678123"},"online_to_offline_inquiry":{"status":"invalid_signature"}}`, nil)
		b.refused(b.machine("/simulator/inquiry", `{"code":"8896512345678123"}`), http.StatusConflict, refusedOurSignature)
		if c := b.merchant.all()[0]; c.verified {
			t.Error("the inquiry verifies")
		}
	},

	faultCompact: func(t *testing.T, b *bench) {
		body := b.formOf(faultCompact)
		if !strings.HasPrefix(body, `{"service":{"id":"ONLINE_TO_OFFLINE"},`) || !strings.Contains(body, `"amount":150000}`) {
			t.Error(body)
		}
	},
	faultStringAmount: func(t *testing.T, b *bench) {
		if body := b.formOf(faultStringAmount); !strings.Contains(body, `"amount": "150000.00"`) {
			t.Error(body)
		}
	},
	faultExtraFields: func(t *testing.T, b *bench) {
		if body := b.formOf(faultExtraFields); !strings.Contains(body, "x_unknown") || !strings.Contains(body, "HOST_REFERENCE_NUMBER") || !strings.Contains(body, "50% + 1/2 é") {
			t.Error(body)
		}
	},
	faultEscaped: func(t *testing.T, b *bench) {
		b.fault(`{"name":"notification_extra_fields","on":true}`)
		if body := b.formOf(faultEscaped); !strings.Contains(body, `50% + 1\/2 \u00e9`) {
			t.Error(body)
		}
	},

	faultClock: func(t *testing.T, b *bench) {
		b.fault(`{"name":"clock","on":true,"value":-50}`)
		got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if got.text(t, "online_to_offline_info.created_date_utc") != "2026-11-20T02:40:00Z" || got.header.Get("Response-Timestamp") != "2026-11-20T02:40:00Z" {
			t.Errorf("%s %v", got.body, got.header)
		}
		b.fault(`{"name":"clock","on":true,"value":61}`)
		b.refused(b.call(http.MethodPost, pathPaymentCode, createBody("INV-2")), 400, "request_time_out_of_range")
		if got := b.machine("/simulator/inquiry", `{"code":"`+got.text(t, "online_to_offline_info.payment_code")+`"}`); got.text(t, "error.code") != refusedExpired {
			t.Errorf("%s", got.body)
		}
	},
	faultExpiryFromCreation: func(t *testing.T, b *bench) {
		code := b.create("INV-1")
		b.fault(`{"name":"expiry_from_creation","on":true}`)
		b.clock.Add(30 * time.Minute)
		got := b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "ACTIVE", `,"expired_time":120`))
		if got.text(t, "online_to_offline_info.expired_date_utc") != "2026-11-20T05:30:00Z" {
			t.Errorf("%s", got.body)
		}
	},
	faultDuplicateInvoice: func(t *testing.T, b *bench) {
		b.create("INV-1")
		b.fault(`{"name":"allow_duplicate_invoice","on":true,"times":1}`)
		b.create("INV-1")
		b.refused(b.call(http.MethodPost, pathPaymentCode, createBody("INV-1")), 400, "invoice_already_used")
	},
	faultLenientTypes: func(t *testing.T, b *bench) {
		b.fault(`{"name":"lenient_types","on":true,"times":1}`)
		body := strings.NewReplacer(`150000`, `"150000.00"`, `:false`, `:"true"`, `:60`, `:"60"`).Replace(createBody("INV-1"))
		if got := b.call(http.MethodPost, pathPaymentCode, body); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if c := b.sim.state.Codes[0]; c.Amount != 150000 || !c.Reusable {
			t.Errorf("%+v", c)
		}
		b.refused(b.call(http.MethodPost, pathPaymentCode, body), 400, "invalid_parameter")
	},
}

func TestFaults(t *testing.T) {
	for _, spec := range faultTable {
		test := faultTests[spec.name]
		if test == nil {
			t.Errorf("no test for %s", spec.name)
			continue
		}
		for _, text := range []string{spec.title.ID, spec.title.EN, spec.does.ID, spec.does.EN} {
			if text == "" {
				t.Errorf("%s lacks a word in one language", spec.name)
			}
		}
		t.Run(spec.name, func(t *testing.T) { test(t, newBench(t)) })
	}
	if len(faultTests) != len(faultTable) {
		t.Errorf("%d tests for %d faults", len(faultTests), len(faultTable))
	}
}

func TestFaultsAreCheckedAndListed(t *testing.T) {
	b := newBench(t)
	for _, bad := range []string{
		`{"name":"nothing","on":true}`,
		`{"on":true}`,
		`{"name":"delay","on":true,"value":-1}`,
		`{"name":"delay","on":true,"value":100000}`,
		`{"name":"delay","on":true,"times":-1}`,
		`{"name":"server_error","on":true,"value":200}`,
		`{"name":"delay","on":true,"operations":["delete"]}`,
		`{"name":"clock","on":true,"operations":["create"]}`,
		`{"name":"refuse_invoice_used","on":true,"shape":"xml"}`,
	} {
		if got := b.machine("/simulator/faults", bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", bad, got.status, got.body)
		}
	}
	if got := b.machine("/simulator/faults", `{"nome":"delay"}`); got.status != http.StatusBadRequest {
		t.Errorf("%d", got.status)
	}
	b.fault(`{"name":"delay","on":true,"times":2,"value":0.5,"operations":["patch"]}`)
	var list struct{ Faults []faultRule }
	if err := json.Unmarshal(b.get("/simulator/faults").body, &list); err != nil {
		t.Fatal(err)
	}
	on := 0
	for _, f := range list.Faults {
		if f.On {
			on++
			if f.Name != faultDelay || f.Times != 2 || f.Value != 0.5 || len(f.Operations) != 2 {
				t.Errorf("%+v", f)
			}
		}
	}
	if on != 1 || len(list.Faults) != len(faultTable) {
		t.Errorf("%d on of %d", on, len(list.Faults))
	}
	b.fault(`{"reset":true}`)
	if n := len(b.sim.state.Faults); n != 0 {
		t.Errorf("%d after reset", n)
	}
}

// broken expects a call to end without an answer.
func (b *bench) broken(method, path, body string) {
	b.t.Helper()
	if got, err := b.do(b.request(method, path, b.nextID(), body)); err == nil {
		b.t.Errorf("%s %s answered %d %s", method, path, got.status, got.body)
	}
}

func (b *bench) until(ok func() bool) {
	b.t.Helper()
	for limit := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			b.t.Fatal("never happened")
		}
	}
}

func (b *bench) refusedInEveryShape(fault, message string) {
	for shape, want := range map[string]string{
		"":            `"message":"` + message + `"`,
		shapeError:    `"message":"` + message + `"`,
		shapeMessage:  `{"message":["` + message + `"]}`,
		shapeMessages: `{"error_messages":["` + message + `"]}`,
	} {
		b.fault(`{"name":"` + fault + `","on":true,"times":1,"shape":"` + shape + `"}`)
		got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
		if got.status != 400 || !strings.Contains(string(got.body), want) || !got.verified {
			b.t.Errorf("%q: %d %s", shape, got.status, got.body)
		}
	}
	b.create("INV-1")
}

// formOf pays under a form fault and gives the notification, which must still verify and parse.
func (b *bench) formOf(fault string) string {
	b.t.Helper()
	b.fault(`{"name":"` + fault + `","on":true}`)
	b.mustPay(b.create("INV-1"))
	told := b.merchant.wait(b.t, 1)[0]
	if !told.verified || !json.Valid(told.body) {
		b.t.Errorf("verified %v %s", told.verified, told.body)
	}
	return string(told.body)
}
