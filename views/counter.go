package views

import (
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// CodeForm is the form that issues a code. It posts to /codes the fields
// form_id, mode, amount, customer_name, customer_phone, customer_email,
// invoice_number, payment_code, expires_in, reusable, info, footer_message,
// note, policy_type, policy_number, policy_account_name, policy_status,
// bill_due_date, settlement_preset and override_notification_url, and preview
// when it shall only be shown again with its preview.
type CodeForm struct {
	Lang Lang
	// FormID is minted by the server and makes the form count once.
	FormID string
	// From is the code it was filled in like, mostly empty.
	From string
	// Replaces is the code in whose place this one is made, mostly empty.
	Replaces string
	// Modes are the ways in which the number may be made. With one there is
	// nothing to choose and nothing shown.
	Modes []Choice
	// Mode holds the value of one of Modes.
	Mode Field

	Amount, CustomerName, CustomerPhone, CustomerEmail Field
	InvoiceNumber, Info, FooterMessage, Note           Field
	// ExpiresIn holds minutes in plain digits, "" stands for the default. A
	// value that is none of the four chips gets a chip of its own.
	ExpiresIn Field
	// DefaultInfo and DefaultFooter are what the owner lets stand in Info and
	// FooterMessage.
	DefaultInfo, DefaultFooter string
	// Reusable: the code may be paid more than once.
	Reusable bool

	// PaymentCode is a number made by the shop, Prefix what it begins with,
	// empty when any will do.
	PaymentCode Field
	Prefix      string

	PolicyType, PolicyNumber, PolicyAccountName, PolicyStatus Field
	// BillDueDate is an ISO date.
	BillDueDate Field

	// Presets are the owner's splits of the money; the choice is not shown
	// when there are none. PresetsHref leads to where they are made, for who
	// may make them.
	Presets          []Choice
	SettlementPreset Field
	PresetsHref      string

	// MayOverride shows OverrideURL, whose path must be NotificationPath.
	MayOverride      bool
	OverrideURL      Field
	NotificationPath string

	// Preview is what till and receipt will say. Shown at once when Preview is
	// not empty, else as soon as a script fills it.
	Preview Preview

	// Limits say what the stores take: "Rp10.000 sampai Rp5.000.000. Di atas
	// Rp2.500.000 …".
	Limits AmountHint
	// Names are recent customers of this cashier, offered while typing.
	Names []string
	// Problem is what is wrong with the whole form, empty when nothing is.
	Problem string
}

// action is an address of its own for the form made from a code: what was begun
// for another customer is kept under the other.
func (f CodeForm) action() templ.SafeURL {
	if f.From == "" {
		return "/codes"
	}
	return templ.SafeURL("/codes?from=" + f.From)
}

// AmountHint is what always stands under an amount. It stands out when somebody
// has entered less than Least or more than Most and gone on; both are digits, or
// empty for no limits.
type AmountHint struct{ Words, Least, Most string }

// Choice is one of several values of a field.
type Choice struct {
	Value, Label string
	// Explain is a ready sentence under the label, may be empty.
	Explain string
	// Caution is said besides, set off: what is not certain about it. May be
	// empty.
	Caution string
}

// Preview is what Alfamart's till will show and print.
type Preview struct {
	Shown              bool
	Name, Amount, Info string
	// Foot are the lines of the receipt's foot, at most three of 40 letters.
	Foot []string
}

// Today is what the counter shows of the day. All of it is ready text.
type Today struct {
	// Paid is how many payments came today, "12".
	Paid string
	// Total is the sum of those, "Rp1.450.000".
	Total string
	// Open is how many codes wait for their payment, "3", Attention what needs a
	// look.
	Open, Attention string
	// Href and OpenHref lead to the lists that make up these numbers.
	Href, OpenHref string
}

// CounterPage is the cashier's first page, "/". A form with mistakes renders
// the same page with status 422.
type CounterPage struct {
	Page
	// Checklist is what is left of setting up; nil for all but the owner.
	Checklist *Checklist
	Form      CodeForm
	Today     Today
	// Latest are this member's newest codes, newest first.
	Latest []RowView
	// StreamURL is the page's stream, for instance "/events?page=counter&after=117".
	// Empty turns live off.
	StreamURL string
}

// NewCodePage is the form alone, "/codes/new".
type NewCodePage struct {
	Page
	Form CodeForm
}

// optionsInUse keeps "Lainnya" unfolded when something stands in it that is no
// default, or is wrong in it.
func (f CodeForm) optionsInUse() bool {
	return f.Reusable || f.Preview.Shown || f.insuranceInUse() || len(f.Modes) > 0 && f.Mode.Value != f.Modes[0].Value ||
		f.Info != Field{Value: f.DefaultInfo} || f.FooterMessage != Field{Value: f.DefaultFooter} ||
		inUse(f.CustomerEmail, f.InvoiceNumber, f.PaymentCode, f.SettlementPreset, f.OverrideURL)
}

func (f CodeForm) insuranceInUse() bool {
	return inUse(f.PolicyType, f.PolicyNumber, f.PolicyAccountName, f.PolicyStatus, f.BillDueDate)
}

func inUse(fields ...Field) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f != Field{} })
}

// focus names the field to begin in: the first with a mistake, else the amount.
func (f CodeForm) focus() string {
	for _, at := range []struct {
		name  string
		field Field
	}{
		{"amount", f.Amount},
		{"customer_name", f.CustomerName},
		{"customer_phone", f.CustomerPhone},
		{"note", f.Note},
		{"payment_code", f.PaymentCode},
		{"info", f.Info},
		{"footer_message", f.FooterMessage},
		{"customer_email", f.CustomerEmail},
		{"invoice_number", f.InvoiceNumber},
		{"policy_type", f.PolicyType},
		{"policy_number", f.PolicyNumber},
		{"policy_account_name", f.PolicyAccountName},
		{"policy_status", f.PolicyStatus},
		{"bill_due_date", f.BillDueDate},
		{"settlement_preset", f.SettlementPreset},
		{"override_notification_url", f.OverrideURL},
	} {
		if at.field.Error != "" {
			return at.name
		}
	}
	return "amount"
}

func amountDescribedBy(amount Field, hint AmountHint) string {
	var ids []string
	if amount.Error != "" {
		ids = append(ids, "f-amount-error")
	}
	if hint.Words != "" {
		ids = append(ids, "f-amount-hint")
	}
	return strings.Join(ids, " ")
}
