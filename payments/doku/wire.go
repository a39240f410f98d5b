package doku

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The JSON that goes out, in the order of the guide's samples. Creating,
// updating and answering an inquiry share it, as they do in the guide.
type (
	wireCode struct {
		Order      *wireOrder      `json:"order,omitempty"`
		Info       wireInfo        `json:"online_to_offline_info,omitzero"`
		Inquiry    *wireInquiry    `json:"online_to_offline_inquiry,omitempty"`
		Customer   *wireCustomer   `json:"customer,omitempty"`
		Alfa       *wireAlfa       `json:"alfa_info,omitempty"`
		Additional *wireAdditional `json:"additional_info,omitempty"`
	}
	wireOrder struct {
		InvoiceNumber string `json:"invoice_number"`
		Amount        int64  `json:"amount"`
	}
	wireInfo struct {
		PaymentCode string       `json:"payment_code,omitempty"`
		Status      UpdateStatus `json:"status,omitempty"`
		ExpiredTime int          `json:"expired_time,omitempty"`
		Reusable    *bool        `json:"reusable_status,omitempty"`
		Info        string       `json:"info,omitempty"`
		Info1       string       `json:"info1,omitempty"`
	}
	wireInquiry struct {
		Status InquiryStatus `json:"status"`
	}
	wireCustomer struct {
		Name  string `json:"name"`
		Email string `json:"email,omitempty"`
	}
	wireAlfa struct {
		Receipt wireReceipt `json:"receipt"`
	}
	wireReceipt struct {
		FooterMessage string `json:"footer_message"`
	}
	wireInsurance struct {
		PolicyType        string `json:"policy_type,omitempty"`
		PolicyNumber      string `json:"policy_number,omitempty"`
		PolicyAccountName string `json:"policy_account_name,omitempty"`
		PolicyStatus      string `json:"policy_status,omitempty"`
		BillDueDate       string `json:"bill_due_date,omitempty"`
	}
	wireSettlement struct {
		AccountID string         `json:"bank_account_settlement_id"`
		Value     int64          `json:"value"`
		Type      SettlementType `json:"type"`
	}
)

func newWireAlfa(footer string) *wireAlfa {
	if message := footerMessage(footer); message != "" {
		return &wireAlfa{wireReceipt{message}}
	}
	return nil
}

// wireAdditional is additional_info: DOKU's own names, and in an inquiry
// answer the merchant's beside them.
type wireAdditional map[string]any

// Names in additional_info that mean something to DOKU.
const (
	nameInsurance  = "insurance_info"
	nameSettlement = "settlement"
	nameOverride   = "override_notification_url"
)

func newWireAdditional(insurance *Insurance, shares []Settlement, override string, own map[string]string) *wireAdditional {
	all := wireAdditional{}
	for name, value := range own {
		all[name] = value
	}
	if insurance != nil {
		w := wireInsurance{
			PolicyType: insurance.PolicyType, PolicyNumber: insurance.PolicyNumber,
			PolicyAccountName: insurance.PolicyAccountName, PolicyStatus: insurance.PolicyStatus,
		}
		if !insurance.BillDueDate.IsZero() {
			w.BillDueDate = insurance.BillDueDate.Format("2 January 2006")
		}
		if w != (wireInsurance{}) {
			all[nameInsurance] = w
		}
	}
	if len(shares) > 0 {
		list := make([]wireSettlement, len(shares))
		for i, s := range shares {
			list[i] = wireSettlement(s)
		}
		all[nameSettlement] = list
	}
	if override != "" {
		all[nameOverride] = override
	}
	if len(all) == 0 {
		return nil
	}
	return &all
}

// encode writes v without HTML escapes and without the encoder's line feed:
// both would be right, since what is signed is what is sent, but the exchange
// is read by people.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("doku: encode request: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
