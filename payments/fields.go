package payments

import (
	"context"
	"errors"
	"net/url"
	"slices"
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
	RuleAboveLeft  doku.Rule = "above_left"  // more than was not given back yet
	RuleNotOffered doku.Rule = "not_offered" // this mode is not switched on
	RuleBadPhone   doku.Rule = "bad_phone"
	RuleBadPrefix  doku.Rule = "bad_prefix"  // a merchant's number begins with its BIN
	RuleNotInMode  doku.Rule = "not_in_mode" // means nothing in the chosen mode
	RuleUnknown    doku.Rule = "unknown"     // there is no such preset
	RuleOwnerOnly  doku.Rule = "owner_only"
	RuleOtherPath  doku.Rule = "other_path" // not the path that DOKU signs
	RuleTooMany    doku.Rule = "too_many"
	RulePaid       doku.Rule = "paid" // money came for it already
	// RuleBelowShares: less than the fixed shares of its split settlement.
	RuleBelowShares doku.Rule = "below_shares"
)

const (
	maxPhone = 20
	maxNote  = 500
)

// Modes are the ways to make a number that this shop may use. In production
// DOKU's care team switches MGPC and DIPC on and assigns the BIN, and the owner
// says which; elsewhere nobody is harmed by trying them.
func (s *Service) Modes(settings Settings) []Mode {
	all, own := s.Environment != Production, s.CodePrefix != ""
	modes := []Mode{DGPC}
	if all || own && settings.MGPC {
		modes = append(modes, MGPC)
	}
	if all || own && settings.DIPC {
		modes = append(modes, DIPC)
	}
	return modes
}

// Validate tells all mistakes of an order without making a code. What cannot
// be told without the store's numbers, a number taken, shows when it is made.
func (s *Service) Validate(ctx context.Context, by Viewer, o Order) (FieldErrors, error) {
	settings, err := s.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return s.validate(by, settings, &o), nil
}

// validate holds an order to the wire's limits, the channel's, and ours, and
// fills in what it leaves to defaults: the mode, and the shares of a preset.
func (s *Service) validate(by Viewer, settings Settings, o *Order) FieldErrors {
	var wrong FieldErrors
	add := func(field string, rule doku.Rule, limit, got int) {
		wrong = append(wrong, doku.FieldError{Field: field, Rule: rule, Limit: limit, Got: got})
	}
	if o.Mode == "" {
		o.Mode = DGPC
	}
	if !slices.Contains(s.Modes(settings), o.Mode) {
		add("mode", RuleNotOffered, 0, 0)
	}
	if o.SettlementPreset != "" {
		preset, err := settings.Preset(o.SettlementPreset)
		if err != nil {
			add("settlement_preset", RuleUnknown, 0, 0)
		}
		o.Settlement, o.Options.SettlementPreset = preset.Shares, preset.Name
	}
	sample := Code{
		Mode: o.Mode, InvoiceNumber: o.InvoiceNumber, PaymentCode: o.PaymentCode, Amount: o.Amount,
		CustomerName: o.CustomerName, CustomerEmail: o.CustomerEmail, ExpiresIn: o.ExpiresIn, Options: o.Options,
	}
	if sample.InvoiceNumber == "" {
		sample.InvoiceNumber = "INV-1" // generated later, always well formed
	}
	if sample.Mode == DIPC {
		sample.Mode = MGPC // a number of our own is digits, whoever keeps it
	}
	if sample.Amount <= 0 {
		sample.Settlement = nil // shares of an amount that is wrong itself
	}
	var wire FieldErrors
	if errors.As(sample.createRequest().Validate(), &wire) {
		wrong = append(wrong, wire...)
	}
	switch {
	case o.PaymentCode == "":
	case o.Mode == DGPC:
		add("payment_code", RuleNotInMode, 0, 0)
	case !strings.HasPrefix(o.PaymentCode, s.CodePrefix):
		add("payment_code", RuleBadPrefix, 0, 0)
	}
	if o.OverrideNotificationURL != "" {
		u, err := url.Parse(o.OverrideNotificationURL)
		switch {
		case by.Role != Owner:
			add("override_notification_url", RuleOwnerOnly, 0, 0)
		case o.Mode == DIPC: // the answer to an inquiry has no place for it
			add("override_notification_url", RuleNotInMode, 0, 0)
		case err == nil && u.EscapedPath() != s.NotificationPath:
			add("override_notification_url", RuleOtherPath, 0, 0)
		}
	}
	wrong = append(wrong, settings.Limits.amount(o.Amount)...)
	if o.CustomerPhone != "" && !phone(o.CustomerPhone) {
		wrong = append(wrong, badPhone(o.CustomerPhone))
	}
	return append(wrong, ValidateNote(o.Note)...)
}

// ValidateNote holds the shop's own note to its length.
func ValidateNote(note string) FieldErrors {
	if n := utf8.RuneCountInString(note); n > maxNote {
		return FieldErrors{{Field: "note", Rule: doku.TooLong, Limit: maxNote, Got: n}}
	}
	return nil
}

// amount holds a sum to what the channel takes.
func (l Limits) amount(a int64) FieldErrors {
	switch {
	case a <= 0: // the wire's rules say so already
	case a < l.Min:
		return FieldErrors{{Field: "amount", Rule: RuleBelow, Limit: int(l.Min), Got: int(a)}}
	case a > l.Max:
		return FieldErrors{{Field: "amount", Rule: RuleAbove, Limit: int(l.Max), Got: int(a)}}
	}
	return nil
}

func badPhone(s string) doku.FieldError {
	return doku.FieldError{Field: "customer_phone", Rule: RuleBadPhone, Limit: maxPhone, Got: utf8.RuneCountInString(s)}
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
