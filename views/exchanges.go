package views

// ExchangesPage lists what DOKU sent and was sent, /exchanges. Its filter is a
// GET form with q, kind, verdict and direction.
type ExchangesPage struct {
	Page
	Health
	Query                    string
	Cut                      bool // it was longer
	Kind, Verdict, Direction Narrowing
	Rows                     []ExchangeRow
	// Newer and Older are the neighbours in the list, empty at its ends.
	Newer, Older string
	// Narrowed: a filter is set, so that an empty list means something else.
	Narrowed bool
}

// Narrowing is one filter of a list; the empty value stands for all.
type Narrowing struct {
	Value   string
	Choices []Choice
}

// ExchangeRow is one exchange in the list.
type ExchangeRow struct {
	ID   string
	Href string
	// Time, Kind and Way are ready text: "14.05 WIB", "Pemberitahuan", "dari
	// DOKU".
	Time, Kind, Way string
	Verdict         VerdictView
	// Code is the payment code, or the invoice while there is none, and
	// CodeHref its page; both empty when it belongs to no code.
	Code, CodeHref string
	// Answer is the HTTP status in digits, "-" when no answer came.
	Answer string
	// Duration is ready text, "120 ms", empty when it was not measured.
	Duration string
}

// VerdictView is how an exchange ended.
type VerdictView struct {
	// Key is the machine's word and Word ready text.
	Key, Word string
}

// ExchangePage is one exchange, /exchanges/{id}.
type ExchangePage struct {
	Page
	ID       string
	Kind     string
	Verdict  VerdictView
	Facts    []Fact
	Code     string
	CodeHref string
	// Remarks are what was odd about it, ready sentences.
	Remarks []string
	// Request and Answer stand side by side.
	Request, Answer WireView
	Replay          ReplayView
}

// WireView is one half of an exchange.
type WireView struct {
	// Start is the request's method and address, or the answer's status.
	Start string
	// Headers are lines of name and value, secrets masked.
	Headers string
	// Body is set for reading and Raw as it came; both empty when there was
	// none. Size and Digest say how long it was and what its signature covers.
	Body, Raw, Size, Digest string
	// Empty is a ready sentence in place of all that, when there is nothing.
	Empty string
}

// ReplayView runs a stored notification again.
type ReplayView struct {
	// Hidden: this reader never may.
	Hidden bool
	// WhyNot is a ready sentence when it cannot be run again.
	WhyNot string
	// Forecast is what it would do, ready sentences, empty before it was asked.
	Forecast []string
	// Changes: the forecast is not that nothing happens.
	Changes bool
	// Problem is what is wrong with the form, empty when nothing is.
	Problem string
}

// Health is what stands above the lists when something between DOKU and the
// shop does not work. Its zero value shows nothing.
type Health struct {
	// Silent is a ready sentence while DOKU does not answer.
	Silent string
	// Clock is a ready sentence while the clocks here and at DOKU differ.
	Clock string
	Gap   *Gap
}

// Gap is about payments that no notification told of.
type Gap struct {
	// Sentence says how many.
	Sentence string
	// Causes are the likely ones, the likeliest first, and Cure what to do for
	// the notifications that are missing.
	Causes []GapCause
	Cure   string
	// Open unfolds the causes.
	Open bool
}

// GapCause is one likely cause; Href leads to what proves it, or is empty.
type GapCause struct {
	Text, Href, Link string
}

// look gives a verdict its shape and tone.
func (v VerdictView) look() (picture, tone string) {
	switch v.Key {
	case "verified", "done":
		return "done", "gone"
	case "bad_signature", "refused", "unreadable":
		return "refused", "bad"
	}
	return "question", "doubt"
}

// odd is the verdict of a row that stands out, "" for the others.
func (v VerdictView) odd() string {
	if v.Key == "verified" || v.Key == "done" {
		return ""
	}
	return v.Key
}
