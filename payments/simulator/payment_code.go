package simulator

import (
	"net/http"
	"strings"
	"time"
)

type orderInvoice struct {
	InvoiceNumber string `json:"invoice_number"`
}

// codeAnswer is the answer to create and update (guide, "API Response"). Update has no how_to_pay_*.
type codeAnswer struct {
	Order orderInvoice     `json:"order"`
	Info  codeAnswerInfo   `json:"online_to_offline_info"`
	More  *codeAnswerExtra `json:"additional_info,omitempty"`
}

type codeAnswerInfo struct {
	PaymentCode    string `json:"payment_code,omitempty"`
	Payment        string `json:"payment,omitempty"` // the name in the guide's table for merchant-made codes
	HowToPayPage   string `json:"how_to_pay_page,omitempty"`
	HowToPayAPI    string `json:"how_to_pay_api,omitempty"`
	CreatedDate    string `json:"created_date"`
	ExpiredDate    string `json:"expired_date"`
	CreatedDateUTC string `json:"created_date_utc"`
	ExpiredDateUTC string `json:"expired_date_utc"`
}

type codeAnswerExtra struct {
	OverrideNotificationURL string `json:"override_notification_url,omitempty"`
}

func createGenerated(c *call, st *state) ([]byte, *refusal) { return create(c, st, modeDGPC) }

func createMerchant(c *call, st *state) ([]byte, *refusal) { return create(c, st, modeMGPC) }

// create registers a payment code (guide, "Generate payment code").
func create(c *call, st *state, mode string) ([]byte, *refusal) {
	f, err := readFields(c.body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_parameter", "Request body is not a JSON object")
	}
	f.lenient = st.fires(faultLenientTypes, c.op) != nil
	code := &paymentCode{
		Mode:        mode,
		RequestID:   c.requestID,
		Invoice:     f.mandatoryText("order.invoice_number", 64),
		Amount:      f.mandatoryNumber("order.amount", 12),
		Reusable:    f.mandatoryFlag("online_to_offline_info.reusable_status"),
		Info:        f.text("online_to_offline_info.info", 30), // 32 in the old guide
		Name:        f.mandatoryText("customer.name", 64),
		Email:       f.text("customer.email", 128),
		Footer:      f.text(footerField, 120),
		Insurance:   f.insurance(),
		Additional:  f.object("additional_info"),
		OverrideURL: f.overrideURL(c.s.notificationURL),
		CreatedAt:   c.now.Truncate(time.Second), // what the answer can say
	}
	f.settlement()
	code.ExpiresAt = code.CreatedAt.Add(f.lifetime())
	if mode == modeMGPC {
		code.Number = f.mandatoryText("online_to_offline_info.payment_code", 20)
		if code.Number != "" && !digitsOnly(code.Number) {
			f.problem("online_to_offline_info.payment_code", "must be numeric")
		}
	}
	if len(f.problems) > 0 {
		return nil, invalid(f.problems)
	}
	if refused := st.refusedByFault(); refused != nil {
		return nil, refused
	}
	// The guide says unique per request; Checkout was seen to take duplicates, so it can be switched.
	if invoiceUsed(st, code.Invoice) && st.fires(faultDuplicateInvoice, c.op) == nil {
		return nil, refuse(http.StatusBadRequest, "invoice_already_used", "INVOICE ALREADY USED")
	}
	if mode == modeMGPC {
		if old := st.newestByNumber(code.Number); old != nil && old.status(c.now) == statusActive {
			return nil, refuse(http.StatusBadRequest, "payment_code_already_used", "PAYMENT CODE ALREADY USED")
		}
	} else {
		code.Number = st.freshNumber()
	}
	st.Codes = append(st.Codes, code)

	a := code.answer()
	base := c.s.cfg.PublicURL
	if base == "" {
		base = c.host
	}
	base = strings.TrimRight(base, "/")
	a.Info.HowToPayPage = base + pathHowToPayPage + code.Number
	a.Info.HowToPayAPI = base + pathHowToPayAPI + code.Number
	if code.OverrideURL != "" {
		a.More = &codeAnswerExtra{code.OverrideURL}
	}
	return st.distort(a, c.op), nil
}

// lifetime reads expired_time in minutes, 60 when absent, on update as on create: the update table
// gives the same default, so leaving it out there resets the deadline.
func (f *fields) lifetime() time.Duration {
	minutes, ok := f.number("online_to_offline_info.expired_time", 5)
	if !ok {
		minutes = 60
	}
	return time.Duration(minutes) * time.Minute
}

func invoiceUsed(st *state, invoice string) bool {
	for _, c := range st.Codes {
		if c.Invoice == invoice {
			return true
		}
	}
	return false
}

func (c *paymentCode) answer() codeAnswer {
	return codeAnswer{
		Order: orderInvoice{c.Invoice},
		Info: codeAnswerInfo{
			PaymentCode:    c.Number,
			CreatedDate:    localDate(c.CreatedAt),
			ExpiredDate:    localDate(c.ExpiresAt),
			CreatedDateUTC: timestamp(c.CreatedAt),
			ExpiredDateUTC: timestamp(c.ExpiresAt),
		},
	}
}

// patchCode updates (ACTIVE) or cancels (DELETE) a code (guide, "Update and Cancel Payment Code
// Data"). What DOKU says to a code that is paid, expired or cancelled is not known; here it refuses.
func patchCode(c *call, st *state) ([]byte, *refusal) {
	f, err := readFields(c.body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_parameter", "Request body is not a JSON object")
	}
	f.lenient = st.fires(faultLenientTypes, c.op) != nil
	const statusField = "online_to_offline_info.status"
	var (
		invoice        = f.mandatoryText("order.invoice_number", 64)
		amount, priced = f.number("order.amount", 12)
		number         = f.mandatoryText("online_to_offline_info.payment_code", 20)
		status         = f.mandatoryText(statusField, 6)
		reusable       = f.mandatoryFlag("online_to_offline_info.reusable_status")
		info           = f.text("online_to_offline_info.info", 30)
		name           = f.mandatoryText("customer.name", 40) // 64 on create
		email          = f.text("customer.email", 128)
		footer         = f.text(footerField, 120)
		insured        = f.insurance()
		lifetime       = f.lifetime()
	)
	if status != "" && status != "ACTIVE" && status != "DELETE" {
		f.problem(statusField, "must be ACTIVE or DELETE")
	}
	if len(f.problems) > 0 {
		return nil, invalid(f.problems)
	}
	code := st.newestByNumber(number)
	if code == nil || code.Mode == modeDIPC {
		return nil, refuse(http.StatusNotFound, "data_not_found", "PAYMENT CODE NOT FOUND")
	}
	if code.Invoice != invoice {
		return nil, refuse(http.StatusBadRequest, "invalid_parameter", "INVOICE NUMBER NOT MATCH")
	}
	switch code.status(c.now) {
	case statusPaid:
		return nil, refuse(http.StatusBadRequest, "payment_code_already_paid", "PAYMENT CODE ALREADY PAID")
	case statusCancelled:
		return nil, refuse(http.StatusBadRequest, "payment_code_already_deleted", "PAYMENT CODE ALREADY DELETED")
	case statusExpired:
		return nil, refuse(http.StatusBadRequest, "payment_code_already_expired", "PAYMENT CODE ALREADY EXPIRED")
	}
	if status == "DELETE" {
		code.Cancelled = true
		return st.distort(code.answer(), c.op), nil
	}
	if priced {
		code.Amount = amount
	}
	code.Name, code.Reusable = name, reusable
	// Optional texts change only when sent. The effect of footer and insurance on an update is not
	// documented; their section says "in such a body", so they are taken.
	for _, set := range []struct {
		to    *string
		value string
	}{{&code.Info, info}, {&code.Email, email}, {&code.Footer, footer}} {
		if set.value != "" {
			*set.to = set.value
		}
	}
	if insured != (insurance{}) {
		code.Insurance = insured
	}
	from := c.now.Truncate(time.Second)
	if st.fires(faultExpiryFromCreation, c.op) != nil {
		from = code.CreatedAt
	}
	code.ExpiresAt = from.Add(lifetime)
	return st.distort(code.answer(), c.op), nil
}
