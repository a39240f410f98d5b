package views

import "strings"

// CodeForm is the form that issues a code. It posts to /codes the fields
// form_id, mode, amount, customer_name, customer_phone, customer_email,
// invoice_number, expires_in, reusable, info, footer_message and note.
type CodeForm struct {
	Lang Lang
	// FormID is minted by the server and makes the form count once.
	FormID string
	// Mode is dgpc, mgpc or dipc; a hidden field.
	Mode string

	Amount, CustomerName, CustomerPhone, CustomerEmail Field
	InvoiceNumber, Info, FooterMessage, Note           Field
	// ExpiresIn holds minutes in plain digits, "" stands for the default. A
	// value that is none of the four chips gets a chip of its own.
	ExpiresIn Field
	// Reusable: the code may be paid more than once.
	Reusable bool

	// Limits is a ready sentence on what the stores take, shown under the
	// amount: "Rp10.000 sampai Rp5.000.000. Di atas Rp2.500.000 …".
	Limits string
	// Names are recent customers of this cashier, offered while typing.
	Names []string
	// Problem is what is wrong with the whole form, empty when nothing is.
	Problem string
}

// Today is what the counter shows of the day. All of it is ready text.
type Today struct {
	// Paid is how many payments came today, "12".
	Paid string
	// Total is the sum of those, "Rp1.450.000".
	Total string
	// Open is how many codes wait for their payment, "3".
	Open string
	// Href leads to the list that makes up these numbers.
	Href string
}

// CounterPage is the cashier's first page, "/". A form with mistakes renders
// the same page with status 422.
type CounterPage struct {
	Page
	Form  CodeForm
	Today Today
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

// optionsInUse keeps "Lainnya" unfolded when something stands in it or is
// wrong in it.
func (f CodeForm) optionsInUse() bool {
	if f.Reusable {
		return true
	}
	for _, field := range []Field{f.CustomerEmail, f.InvoiceNumber, f.Info, f.FooterMessage} {
		if field != (Field{}) {
			return true
		}
	}
	return false
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
		{"info", f.Info},
		{"footer_message", f.FooterMessage},
		{"customer_email", f.CustomerEmail},
		{"invoice_number", f.InvoiceNumber},
	} {
		if at.field.Error != "" {
			return at.name
		}
	}
	return "amount"
}

func amountDescribedBy(amount Field, limits string) string {
	var ids []string
	if amount.Error != "" {
		ids = append(ids, "f-amount-error")
	}
	if limits != "" {
		ids = append(ids, "f-amount-hint")
	}
	return strings.Join(ids, " ")
}
