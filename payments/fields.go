package payments

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"kodebayar/payments/doku"
)

// FieldErrors are mistakes in a form, each tied to its field and rule; the
// pages turn them into sentences.
type FieldErrors = doku.FieldErrors

// The rules beside those of the wire.
const (
	RuleTaken      doku.Rule = "taken"       // belongs to another code
	RuleBelow      doku.Rule = "below"       // less than the channel takes
	RuleAbove      doku.Rule = "above"       // more than the channel takes
	RuleNotOffered doku.Rule = "not_offered" // this mode is not switched on
	RuleBadPhone   doku.Rule = "bad_phone"
	RuleBadPrefix  doku.Rule = "bad_prefix" // a merchant's number begins with its BIN
)

const (
	maxPhone = 20
	maxNote  = 500
)

// validate holds an order to the wire's limits, the channel's, and ours.
func (s *Service) validate(o Order) FieldErrors {
	var wrong FieldErrors
	add := func(field string, rule doku.Rule, limit, got int) {
		wrong = append(wrong, doku.FieldError{Field: field, Rule: rule, Limit: limit, Got: got})
	}
	switch o.Mode {
	case DGPC:
	case MGPC, DIPC:
		if s.Environment == Production && s.CodePrefix == "" {
			add("mode", RuleNotOffered, 0, 0)
		}
		if o.PaymentCode != "" && !strings.HasPrefix(o.PaymentCode, s.CodePrefix) {
			add("payment_code", RuleBadPrefix, 0, 0)
		}
	default:
		add("mode", RuleNotOffered, 0, 0)
	}
	sample := Code{Mode: o.Mode, InvoiceNumber: o.InvoiceNumber, PaymentCode: o.PaymentCode, Amount: o.Amount,
		CustomerName: o.CustomerName, CustomerEmail: o.CustomerEmail, ExpiresIn: o.ExpiresIn, Options: o.Options}
	if sample.InvoiceNumber == "" {
		sample.InvoiceNumber = "INV-1" // generated later, always well formed
	}
	if sample.Mode == MGPC && sample.PaymentCode == "" {
		sample.PaymentCode = "1"
	}
	var wire FieldErrors
	if errors.As(sample.createRequest().Validate(), &wire) {
		wrong = append(wrong, wire...)
	}
	wrong = append(wrong, s.amount(o.Amount)...)
	if o.CustomerPhone != "" && !phone(o.CustomerPhone) {
		add("customer_phone", RuleBadPhone, maxPhone, utf8.RuneCountInString(o.CustomerPhone))
	}
	if n := utf8.RuneCountInString(o.Note); n > maxNote {
		add("note", doku.TooLong, maxNote, n)
	}
	return wrong
}

// amount holds a sum to what the channel takes.
func (s *Service) amount(a int64) FieldErrors {
	switch {
	case a <= 0: // the wire's rules say so already
	case a < s.Limits.Min:
		return FieldErrors{{Field: "amount", Rule: RuleBelow, Limit: int(s.Limits.Min), Got: int(a)}}
	case a > s.Limits.Max:
		return FieldErrors{{Field: "amount", Rule: RuleAbove, Limit: int(s.Limits.Max), Got: int(a)}}
	}
	return nil
}

// phone takes what people write: +62 812-3456-7890.
func phone(s string) bool {
	n := 0
	for i, r := range s {
		switch {
		case unicode.IsDigit(r) && r < 128:
			n++
		case r == '+' && i == 0, r == ' ', r == '-', r == '(', r == ')', r == '.':
		default:
			return false
		}
	}
	return n >= 6 && n <= 15 && len(s) <= maxPhone
}
