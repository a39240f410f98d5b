// Package views holds the pages of Kodebayar and every sentence a person reads.
//
// Each page is one templ that takes one struct of ready text: amounts, times
// and counts arrive written out, in the reader's language and the shop's zone.
// Nothing here reads a clock, adds up money or knows a type of another room.
//
// Two things arrive as plain machine words on purpose, because how they look
// is decided here: the status of a code ("active", "paid", …), which becomes
// an icon, a colour and a word, and the payment code itself, whose digits are
// set in groups of four.
package views

// Lang is the language a page is written in: "id" or "en". Any other value,
// the empty one included, reads as Indonesian.
type Lang string

// The two languages. Indonesian is the default.
const (
	Indonesian Lang = "id"
	English    Lang = "en"
)

// T picks the sentence of the reader's language. Both stand side by side at
// the place of use, so that neither can be forgotten.
func (l Lang) T(id, en string) string {
	if l == English {
		return en
	}
	return id
}

// other is the language beside it.
func (l Lang) other() Lang {
	if l == English {
		return Indonesian
	}
	return English
}

// Code gives the value of the page's lang attribute.
func (l Lang) Code() string {
	return l.T("id", "en")
}
