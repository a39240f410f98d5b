package views

import (
	"slices"

	"kodebayar/views/barcode"
)

// CodePage is one code, /codes/{id}.
type CodePage struct {
	Page
	Code CodePanelView
	// StreamURL is the page's stream, empty turns live off.
	StreamURL string
}

// CodePanelView is all of one code that can change: it is the part that the
// stream replaces by the event "panel", and what htmx is answered with.
type CodePanelView struct {
	Lang Lang
	ID   string
	Marks
	// FormID is the form that made the code, for whoever filled it in: their
	// draft of it is over. Empty for others.
	FormID string

	// Amount is ready text, "Rp150.000": what came once it is paid. Asked stands
	// beside it when another was asked for: "diminta Rp180.000".
	Amount, Asked string
	Name          string
	Phone         string
	Note          string
	// Until says until when it can be paid, with day and zone: "Jumat 20
	// November 2026, 15.05 WIB". Empty when not known. It is shown only while
	// it matters.
	Until string
	// Remark is a sentence under the state, for what its word does not say:
	// "Dibayar 14.31 WIB di Alfamart", "Dibayar terlambat", "Keburu dibayar".
	Remark string
	// Beside stands beside the state: "dikembalikan Rp50.000, disisihkan Rp20.000".
	// Mostly empty.
	Beside string
	// Made says when and by whom: "Dibuat 14.05 WIB oleh Sari".
	Made string
	// TwinHref leads to a code for the same name and amount made shortly
	// before this one, mostly empty.
	TwinHref string
	// Facts are further lines of label and value, both ready text.
	Facts []Fact

	// Payable: the customer may be sent to a till with it.
	Payable bool
	// CustomerURL is the absolute address of the customer's page, HowToPayURL
	// DOKU's own page. Either may be empty.
	CustomerURL, HowToPayURL string
	// ShareText is what the customer is sent, how to pay or that it is paid,
	// WhatsAppURL the link that does so, ShareLabel its words. Empty when there is
	// nothing to send.
	ShareText, ShareLabel, WhatsAppURL string
	// Barcode and QR are empty when there is nothing to scan.
	Barcode, QR barcode.Symbol
	// AgainHref opens a form for a code like this one, empty for whoever may
	// not.
	AgainHref string
	// WhyUnpaid answers why no money came, empty when that is no question.
	WhyUnpaid []string

	Check, Edit, Cancel, Refund Action
	// HandOver: it is paid and the goods are still here. Handed says when and by
	// whom they were handed over: "Diserahkan 14.02 WIB oleh Sari".
	HandOver bool
	Handed   string

	// Payments are the receipts of money, newest first.
	Payments []PaymentView
	// Refunds are what was given back, newest first, Left what was not, ready
	// text.
	Refunds []RefundView
	Left    string
	// Work is what a person must look at.
	Work []AttentionView

	// Refusal is set when DOKU refused to make the code.
	Refusal *Refusal
	// Unknown is set while DOKU's answer to the create is lost.
	Unknown *Unknown

	// Unsettled is set while nobody knows whether DOKU took a change.
	Unsettled *Unsettled

	// Timeline is what happened, newest first.
	Timeline []Entry
}

// Fact is a label and its value.
type Fact struct {
	Label, Value string
	// Printed stands in place of Value: lines as a receipt prints them.
	Printed []string
	// Caution is said below the value, set off. May be empty.
	Caution string
}

// Action is something that can be done with a code, or why not.
type Action struct {
	// Hidden: this reader never may.
	Hidden bool
	// WhyNot is empty when it can be done, else a ready sentence.
	WhyNot string
}

// PaymentView is one receipt of money.
type PaymentView struct {
	// Amount, When and Where are ready text.
	Amount, When, Where string
	// Remark is "terlambat", "sedang dicek", "disisihkan, tidak dihitung", or empty.
	Remark string
}

// RefundView is money that the shop gave back. All of it is ready text.
type RefundView struct {
	Amount, How, When, By, Reason string
	// State is what became of one that needed a second person, else empty.
	State string
}

// Refusal is DOKU's no.
type Refusal struct {
	// Reason is the cause in plain words, Advice what to do about it.
	Reason, Advice string
	// Raw is DOKU's answer as it came.
	Raw string
	// AgainHref opens a new form with the same content, empty when there is
	// none.
	AgainHref string
}

// Unknown is a create whose answer is lost.
type Unknown struct {
	// Retry is the form as it was posted, form_id included, so that pressing
	// again leads to the same code.
	Retry []Param
	// NewHref is set once a new code may be made instead.
	NewHref string
	// ReplacedHref leads to the code that was made instead, empty when none
	// was.
	ReplacedHref string
}

// Unsettled are changes of which nobody knows whether DOKU took them.
type Unsettled struct {
	// Asked are ready lines: when, by whom, what from and to.
	Asked []string
	// Waits: they are sent again until DOKU answers.
	Waits bool
}

// Entry is one line of the timeline.
type Entry struct {
	// ID is unique on the page, for instance the sequence number.
	ID string
	// Kind picks the mark before the line: "created", "doku", "paid",
	// "inquiry", "check", "cancelled", "changed", "warning" or "note".
	Kind string
	// Time, Text and By are ready text; By may be empty.
	Time, Text, By string
	// Detail is folded raw text, empty when there is none.
	Detail string
	// Href leads to more about it, with the words of Link; both may be empty.
	Href, Link string
}

// EditPage changes a code, /codes/{id}/edit. It posts amount, customer_name, customer_phone,
// customer_email, expires_in, info, note, reusable and version.
type EditPage struct {
	Page
	ID string
	// Version is the state the form was made from.
	Version                             string
	PaymentCode, Invoice                string
	Amount, CustomerName, CustomerEmail Field
	CustomerPhone, Info, Note           Field
	// ExpiresIn holds minutes from now.
	ExpiresIn Field
	Reusable  bool
	Limits    AmountHint
	// Until is the present deadline as ready text.
	Until   string
	Problem string
	// AnewHref loads the form with what is there now; empty while that is what it has.
	AnewHref string
}

// CancelPage asks before a code is cancelled, /codes/{id}/cancel. It posts
// reason.
type CancelPage struct {
	Page
	ID                                 string
	Amount, Name, PaymentCode, Invoice string
	Reason                             Field
	// Warning is a ready sentence, for instance when an inquiry was just
	// accepted. Empty when there is none.
	Warning string
	Problem string
}

// NotePage adds a note to a code's timeline, /codes/{id}/notes. It posts note.
type NotePage struct {
	Page
	ID      string
	Name    string
	Amount  string
	Note    Field
	Problem string
}

// RefundPage records money given back, /codes/{id}/refunds. It posts amount,
// method, reason, and already.
type RefundPage struct {
	Page
	ID       string
	Name     string
	How      string // in which order: money and note
	Received string // ready text, as How and Left
	Left     string
	Already  string // given back when the form was made, plain digits
	Amount   Field
	Method   Field // "cash" or "transfer"
	Reason   Field
	Problem  string
	AnewHref string // leads to the form as it is now, which is not shown; mostly empty
	Nothing  string // why nothing can be given back; empty when something can
	Alone    string // that nobody could approve what this reader asks for; empty: somebody can
}

// untilLabel introduces the deadline; it is empty once the deadline decides
// nothing any more.
func (c CodePanelView) untilLabel() string {
	if c.Until == "" {
		return ""
	}
	switch c.Status {
	case "active", "cancelling":
		return c.Lang.T("Berlaku sampai", "Valid until")
	case "expired":
		return c.Lang.T("Batas waktunya", "The deadline was")
	}
	return ""
}

// whyNots are the reasons under the buttons, each once.
func (c CodePanelView) whyNots() []string {
	var out []string
	for _, a := range []Action{c.Check, c.Edit, c.Cancel, c.Refund} {
		if !a.Hidden && a.WhyNot != "" && !slices.Contains(out, a.WhyNot) {
			out = append(out, a.WhyNot)
		}
	}
	return out
}

func entryIcon(kind string) string {
	switch kind {
	case "created":
		return "plus"
	case "doku":
		return "exchanges"
	case "paid":
		return "done"
	case "inquiry":
		return "store"
	case "check":
		return "refresh"
	case "cancelled":
		return "stop"
	case "changed":
		return "edit"
	case "warning":
		return "warning"
	}
	return "note"
}

// idle: this reader can do nothing with the code, not even later.
func (c CodePanelView) idle() bool {
	return c.Check.Hidden && c.Edit.Hidden && c.Cancel.Hidden
}

func (p NotePage) note() input {
	return input{
		Lang: p.Lang, Name: "note", Label: p.Lang.T("Catatan", "Note"), Field: p.Note, Autocomplete: "off", Autofocus: true, Rows: 4, Max: 500,
		Over: p.Lang.T("Catatan paling banyak 500 huruf.", "A note has at most 500 letters."),
		Hint: p.Lang.T("Masuk riwayat kode dengan nama Anda. Pelanggan tidak melihatnya.", "Kept in the code's history with your name. The customer does not see it."),
	}
}

// reasons are those that one tap gives.
func (p CancelPage) reasons() []string {
	return []string{p.Lang.T("Salah jumlah", "Wrong amount"), p.Lang.T("Pelanggan batal membeli", "Customer changed their mind"), p.Lang.T("Dibayar dengan cara lain", "Paid another way")}
}

func (p RefundPage) methods() []Param {
	return []Param{{"cash", p.Lang.T("Tunai", "Cash")}, {"transfer", p.Lang.T("Transfer", "Transfer")}}
}
