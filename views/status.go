package views

import (
	"slices"
	"strconv"
)

// look is how a status shows itself: never by colour alone, always a shape and
// a word as well.
type look struct {
	id, en string
	icon   string
	// tone names the colour: "paid", "open", "busy", "gone", "bad" or "doubt".
	tone string
}

var looks = map[string]look{
	"creating":    {"Sedang dibuat", "Being made", "dots", "busy"},
	"active":      {"Belum dibayar", "Unpaid", "clock", "open"},
	shownReusable: {"Masih berlaku", "Still valid", "clock", "open"},
	"paid":        {"Lunas", "Paid", "done", "paid"},
	"expired":     {"Kedaluwarsa", "Expired", "hourglass", "gone"},
	"cancelled":   {"Dibatalkan", "Cancelled", "stop", "gone"},
	"rejected":    {"Ditolak DOKU", "Refused by DOKU", "refused", "bad"},
	"unknown":     {"Belum pasti", "Not certain", "question", "doubt"},
	"cancelling":  {"Sedang dibatalkan", "Being cancelled", "dots", "busy"},
}

// shownReusable is the look of an active code that money came for: it may be
// paid more than once. It is no state.
const shownReusable = "reusable"

// badge is the look of a code by its marks.
func (m Marks) badge() string {
	if m.Status == "active" && m.PaidTotal != "" && m.PaidTotal != "0" {
		return shownReusable
	}
	return m.Status
}

// lookOf shows a word it does not know as it is, with a question mark.
func lookOf(status string) look {
	if l, ok := looks[status]; ok {
		return l
	}
	return look{status, status, "question", "doubt"}
}

// CodeWord is the word for a code that has this status and received so much,
// rupiah, as its badge shows it.
func (l Lang) CodeWord(status string, received int64) string {
	return l.StatusWord(Marks{Status: status, PaidTotal: strconv.FormatInt(received, 10)}.badge())
}

// StatusWord is the word for a status.
func (l Lang) StatusWord(status string) string {
	look := lookOf(status)
	return l.T(look.id, look.en)
}

// groups cuts a payment code into fours, as people read it aloud.
func groups(code string) []string {
	var out []string
	for part := range slices.Chunk([]rune(code), 4) {
		out = append(out, string(part))
	}
	return out
}

// long tells text that needs smaller digits to stay on one line of a phone.
func long(text string) bool {
	return len([]rune(text)) > 12
}

// longCode tells a code that needs smaller digits: DOKU's own have sixteen, a
// shop's own may have twenty.
func longCode(code string) bool {
	return len(code) > 16
}
