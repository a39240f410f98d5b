package payments_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	. "kodebayar/payments"
	"kodebayar/payments/doku"
)

// What DOKU's guides have, end to end: from an order to DOKU's own register,
// and from an answer of DOKU's to what is known of a code.

// everyOption is an order with all that a code may carry.
func everyOption(s *shop, form string, mode Mode) Order {
	o := order(form)
	o.Mode, o.CustomerEmail = mode, "anton@example.com"
	o.Options = Options{
		Reusable: true, Info: "Toko Melati", FooterMessage: "Call Center 021 555-0525\nTerima kasih",
		Insurance: &doku.Insurance{
			PolicyType: "Dana Pendidikan", PolicyNumber: "9090901234", PolicyAccountName: "Taufik Ismail", PolicyStatus: "aktif",
			BillDueDate: time.Date(2021, 5, 21, 0, 0, 0, 0, time.UTC),
		},
		Settlement: []doku.Settlement{{AccountID: "SBS-0001-1", Value: 10, Type: doku.Percentage}, {AccountID: "SBS-0002-2", Value: 90, Type: doku.Percentage}},
	}
	if mode != DIPC {
		o.OverrideNotificationURL = s.home() + "/doku/notifications"
	}
	return o
}

const (
	insuranceOnTheWire  = `"insurance_info":{"policy_type":"Dana Pendidikan","policy_number":"9090901234","policy_account_name":"Taufik Ismail","policy_status":"aktif","bill_due_date":"21 May 2021"}`
	settlementOnTheWire = `"settlement":[{"bank_account_settlement_id":"SBS-0001-1","value":10,"type":"PERCENTAGE"},{"bank_account_settlement_id":"SBS-0002-2","value":90,"type":"PERCENTAGE"}]`
)

// home is the origin under which DOKU knows the shop.
func (s *shop) home() string {
	s.t.Helper()
	var urls struct{ Notification string }
	s.atDOKU("/simulator/urls", &urls)
	return strings.TrimSuffix(urls.Notification, "/doku/notifications")
}

// sentBody is the newest body that went out, or was answered, of a kind.
func (s *shop) sentBody(id, kind string) string {
	s.t.Helper()
	xs, err := s.store.ExchangesOf(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	body := ""
	for _, x := range xs {
		switch {
		case x.Kind != kind:
		case x.Direction == Incoming && kind == "inquiry":
			body = string(x.ResponseBody)
		default:
			body = string(x.RequestBody)
		}
	}
	return body
}

func TestEveryOptionReachesDOKUInEachMode(t *testing.T) {
	for _, mode := range []Mode{DGPC, MGPC, DIPC} {
		t.Run(string(mode), func(t *testing.T) {
			s := newShop(t)
			code := s.issue(owner, everyOption(s, "form-1", mode))
			if code.Status != Active || code.PaymentCode == "" {
				t.Fatalf("%s because %q", code.Status, code.Refusal)
			}
			if status := s.pay(code); status != 200 {
				t.Fatalf("the till answered %d", status)
			}
			s.until("it is paid", func() bool { return s.code(code.ID).PaidCount == 1 })

			kind := "create"
			if mode == DIPC {
				kind = "inquiry"
			}
			body := s.sentBody(code.ID, kind)
			for _, part := range []string{insuranceOnTheWire, settlementOnTheWire} {
				if !strings.Contains(body, part) {
					t.Errorf("%s lacks %s", body, part)
				}
			}
			if has := strings.Contains(body, `"override_notification_url"`); has != (mode != DIPC) {
				t.Errorf("override in %s: %v", body, has)
			}
			var list struct {
				Codes []struct {
					Mode, Number, Invoice, Name, Email, Info, Footer string
					Amount                                           int64
					Reusable                                         bool
					Insurance                                        struct {
						DueDate string `json:"bill_due_date"`
					}
				}
			}
			s.atDOKU("/simulator/codes", &list)
			if len(list.Codes) != 1 {
				t.Fatalf("DOKU has %+v", list.Codes)
			}
			got := list.Codes[0]
			if got.Mode != string(mode) || got.Number != code.PaymentCode || got.Invoice != code.InvoiceNumber || got.Amount != 150_000 ||
				got.Name != "Anton Budiman" || got.Email != "anton@example.com" || got.Info != "Toko Melati" ||
				got.Footer != "Call Center 021 555-0525                Terima kasih" || got.Insurance.DueDate != "21 May 2021" {
				t.Errorf("DOKU has %+v", got)
			}
			if mode != DIPC && !got.Reusable { // an inquiry has no place for it
				t.Error("DOKU does not know that it is reusable")
			}
			if warned := s.last(code.ID, EventWarned); warned.Seq != 0 {
				t.Errorf("warned: %v", warned.Detail)
			}
			told := s.sentBody(code.ID, "notification")
			if mode == DIPC && !strings.Contains(told, code.ID) {
				t.Errorf("our own data does not come back: %s", told)
			}
		})
	}
}

func TestAnOverrideOfAnotherPathIsRefused(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		by      Viewer
		address string
		rule    doku.Rule
	}{
		{owner, s.home() + "/other", RuleOtherPath},
		{owner, s.home() + "/doku/notifications/", RuleOtherPath},
		{sari, s.home() + "/doku/notifications", RuleOwnerOnly},
		{owner, "ftp://toko.id/doku/notifications", doku.BadURL},
		{owner, s.home() + "/doku/notifications?a=b", doku.BadURL},
	} {
		o := order("form-1")
		o.OverrideNotificationURL = c.address
		var wrong FieldErrors
		if _, err := s.Issue(t.Context(), c.by, o); !errors.As(err, &wrong) || wrong[0].Field != "override_notification_url" || wrong[0].Rule != c.rule {
			t.Errorf("%s by %s: %v", c.address, c.by.Role, err)
		}
	}
}

// TestMerchantMadeModesInProduction need a BIN and the owner's word, each.
func TestMerchantMadeModesInProduction(t *testing.T) {
	s := newShop(t)
	s.Environment = Production
	refused := func(when string, modes ...Mode) {
		t.Helper()
		for _, mode := range modes {
			o := order("form-1")
			o.Mode = mode
			var wrong FieldErrors
			if _, err := s.Issue(t.Context(), sari, o); !errors.As(err, &wrong) || wrong[0] != (doku.FieldError{Field: "mode", Rule: RuleNotOffered}) {
				t.Errorf("%s %s: %v", mode, when, err)
			}
		}
	}
	s.CodePrefix = "889651"
	refused("not switched on", MGPC, DIPC)
	if err := s.store.ChangeSettings(t.Context(), "test", s.Now(), func(c *Settings) error { c.DIPC = true; return nil }); err != nil {
		t.Fatal(err)
	}
	refused("when DIPC alone is switched on", MGPC)
	s.CodePrefix = ""
	refused("without a BIN", MGPC, DIPC)
	s.CodePrefix = "889651"
	o := order("form-1")
	o.Mode = DIPC
	if code := s.issue(sari, o); !strings.HasPrefix(code.PaymentCode, "889651") || len(code.PaymentCode) > doku.MaxPaymentCode {
		t.Errorf("numbered %q", code.PaymentCode)
	}
	o.FormID, o.PaymentCode = "form-2", "190060000000"
	var wrong FieldErrors
	if _, err := s.Issue(t.Context(), sari, o); !errors.As(err, &wrong) || wrong[0].Rule != RuleBadPrefix {
		t.Errorf("a number of another BIN: %v", err)
	}
}

// TestADirectInquiryIsAnsweredByTheStateOfItsCode asks as DOKU does; the till
// checks signature, status and HTTP status of each answer.
func TestADirectInquiryIsAnsweredByTheStateOfItsCode(t *testing.T) {
	s := newShop(t)
	ask := func(number string) (status int, why, info string) {
		t.Helper()
		var out struct {
			Info  string
			Error struct{ Code string }
		}
		status = s.post("/simulator/inquiry", map[string]string{"code": number, "agent": "ALFAMART", "store": "T001"}, &out)
		return status, out.Error.Code, out.Info
	}
	direct := func(form string) Code {
		o := order(form)
		o.Mode, o.Info = DIPC, "Toko Melati"
		return s.issue(sari, o)
	}
	held := func(code Code, want string) {
		t.Helper()
		if _, why, _ := ask(code.PaymentCode); why != want {
			t.Errorf("the till says %q, want %q", why, want)
		}
	}

	code := direct("form-1")
	if status, _, info := ask(code.PaymentCode); status != 200 || info != "Toko Melati" {
		t.Errorf("success: %d, info %q", status, info)
	}
	if d := s.last(code.ID, EventInquired).Detail; d["answer"] != "success" || d["agent"] != "ALFAMART" || d["store"] != "T001" || d["amount"] != "150000" {
		t.Errorf("the timeline says %v", d)
	}
	if s.code(code.ID).InquiredAt.IsZero() {
		t.Error("nobody sees that the customer is at the till")
	}
	s.fault("inquiry_wrong_signature", true)
	held(code, "our_signature")
	s.fault("inquiry_wrong_signature", false)
	s.pay(code)
	s.untilStatus(code.ID, Paid)
	held(code, "paid")

	code = direct("form-2")
	if _, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
		t.Fatal(err)
	}
	held(code, "declined")
	if d := s.last(code.ID, EventInquired).Detail; d["answer"] != "decline" {
		t.Errorf("the timeline says %v", d)
	}

	code = direct("form-3")
	changed, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 30, Info: "Toko Baru"})
	if _, _, info := ask(changed.PaymentCode); err != nil || info != "Toko Baru" {
		t.Errorf("after a change the till reads %q, %v", info, err)
	}
	s.later(31 * time.Minute)
	held(code, "expired")
	held(Code{PaymentCode: "190060999999"}, "not_found")
	held(s.active("form-4"), "") // registered: DOKU does not ask us
}

func TestInfoIsCalledInfo1WhereTheOwnerWantsIt(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Mode, o.Info = DIPC, "Toko Melati"
	code := s.issue(sari, o)
	for name, on := range map[string]bool{`"info":"Toko Melati"`: false, `"info1":"Toko Melati"`: true} {
		if err := s.store.ChangeSettings(t.Context(), "test", s.Now(), func(c *Settings) error { c.UseInfo1 = on; return nil }); err != nil {
			t.Fatal(err)
		}
		s.post("/simulator/inquiry", map[string]string{"code": code.PaymentCode}, nil)
		if body := s.sentBody(code.ID, "inquiry"); !strings.Contains(body, name) {
			t.Errorf("%s lacks %s", body, name)
		}
	}
}

func TestUpdateAndCancelStateTheWholeCode(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Reusable, o.Info, o.CustomerEmail = true, "Toko Melati", "anton@example.com"
	code := s.issue(sari, o)
	code, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{
		Amount: 175_000, CustomerName: "Anton B", CustomerEmail: "b@example.com", ExpiresIn: 90, Info: "Toko Baru",
	})
	if err != nil {
		t.Fatal(err)
	}
	if code, err = s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
		t.Fatal(err)
	}
	for kind, status := range map[string]string{"update": "ACTIVE", "cancel": "DELETE"} {
		var got, want any
		json.Unmarshal([]byte(s.sentBody(code.ID, kind)), &got)
		json.Unmarshal([]byte(`{"order":{"invoice_number":"`+code.InvoiceNumber+`","amount":175000},
			"online_to_offline_info":{"payment_code":"`+code.PaymentCode+`","status":"`+status+`","expired_time":90,"reusable_status":false,"info":"Toko Baru"},
			"customer":{"name":"Anton B","email":"b@example.com"}}`), &want)
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		if string(g) != string(w) {
			t.Errorf("%s sent\n%s\nwant\n%s", kind, g, w)
		}
	}
}

// A code that DOKU ended without telling us ends here by the next check.
func TestAStatusCheckEndsWhatDOKUEnded(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	for says, want := range map[string]Status{"PENDING": Active, "NOT_FOUND": Active} {
		s.fault("status_not_found", says == "NOT_FOUND")
		if got, err := s.Check(t.Context(), sari, code.ID); err != nil || got.Status != want {
			t.Errorf("%s: %s, %v", says, got.Status, err)
		}
		if d := s.last(code.ID, EventChecked).Detail; d["status"] != says {
			t.Errorf("the timeline says %v, want %s", d, says)
		}
	}
	s.fault("status_not_found", false)
	body, err := doku.UpdateRequest{
		InvoiceNumber: code.InvoiceNumber, Amount: 150_000, PaymentCode: code.PaymentCode, Status: doku.Delete, ExpiresIn: 60, CustomerName: "A",
	}.Body()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.DOKU.Update(t.Context(), "by somebody else", body); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Check(t.Context(), sari, code.ID); err != nil || got.Status != Expired || got.PaidCount != 0 {
		t.Errorf("EXPIRED: %s, %v", got.Status, err)
	}
}

// Odd answers are believed, and whoever looks after the connection reads what
// was odd; where the owner is strict, they are not.
func TestOddAnswersAreWarnedOf(t *testing.T) {
	for fault, want := range map[string]string{
		"unsigned_answer": "signature_missing Signature", "wrong_answer_signature": "signature_wrong Signature",
		"wrong_echo": `echo_differs order.invoice_number`,
	} {
		s := newShop(t)
		s.fault(fault, true)
		code := s.active("form-1")
		if d := s.last(code.ID, EventWarned).Detail; !strings.Contains(d["warnings"], want) {
			t.Errorf("%s: warned of %v", fault, d)
		}
		if err := s.store.ChangeSettings(t.Context(), "test", s.Now(), func(c *Settings) error { c.StrictSignature = true; return nil }); err != nil {
			t.Fatal(err)
		}
		if code := s.issue(sari, order("form-2")); code.Status != Unknown {
			t.Errorf("%s, strictly: %s", fault, code.Status)
		}
	}
}

// TestADirectInquiryUnderThePreviousKeyIsAnsweredUnderIt while the key is
// rolled: DOKU checks the answer with the key that it asked with.
func TestADirectInquiryUnderThePreviousKeyIsAnsweredUnderIt(t *testing.T) {
	s := newShop(t)
	const id, current, rolled = "BRN-0000-TEST", "SK-new", "SK-test-0000000000000000" // DOKU still has this one
	o := order("form-1")
	o.Mode = DIPC
	code := s.issue(sari, o)
	s.DOKU.SecretKey = current
	s.Verifier = doku.Verifier{ClientID: id, Keys: []string{current, rolled}}
	for _, key := range []string{rolled, current, "SK-wrong"} {
		h, body := http.Header{}, []byte(`{"online_to_offline_info":{"payment_code":"`+code.PaymentCode+`"}}`)
		doku.SignRequest(h, id, key, "inquiry-1", s.InquiryPath, s.Now(), body)
		r, err := s.Inquiry(t.Context(), Delivery{Method: "POST", Path: s.InquiryPath, Header: h, Body: body, From: "test"})
		want := key
		if key == "SK-wrong" {
			want = current // a stranger's question says nothing of the key
		}
		check, at := http.Header{}, must(time.Parse(time.RFC3339, r.Header.Get("Response-Timestamp")))
		doku.SignResponse(check, id, want, "inquiry-1", s.InquiryPath, at, r.Body)
		if err != nil || r.Header.Get("Signature") != check.Get("Signature") {
			t.Errorf("asked with %s and answered %d: %v, not signed with %s", key, r.StatusCode, err, want)
		}
	}
	if status := s.pay(code); status != 200 {
		t.Errorf("the till answered %d", status)
	}
	s.untilStatus(code.ID, Paid)
}
