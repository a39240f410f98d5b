package db

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kodebayar/payments"
)

// A code is found by pieces of what people know of it:
//
//	a word of the name        from its beginning; one letter alone has no token
//	                          and is looked for in the newest codes first. Two
//	                          words have a token together: many have the one and
//	                          many the other, and few have both
//	the invoice               whole, or a part between its dashes from its
//	                          beginning, four letters at least
//	the amount                exactly, with dots or without
//	the phone                 from its beginning, six digits at least (0812 and
//	                          +62812 are the same), or its last four or more
//	the payment code          from its beginning, four digits at least, or its
//	                          last four or more
//
// A table of tokens leads to the codes that may be meant; what is found there is
// held to the query once more, so that a token may be coarser than the query.
// A token is a hash: rows stay short, and one that collides costs a look.
const (
	wordPrefix    = 4  // letters of a longer word that make a second token
	leastWord     = 2  // letters of a word, that make the first
	pairPrefix    = 3  // letters of each of two words, that make one together
	leastPart     = 4  // letters of a part of an invoice
	leastPhone    = 6  // digits, the country's first
	leastNumber   = 4  // digits of a payment code from its beginning
	leastEnding   = 4  // digits of a phone or payment code from its end
	longPhone     = 9  // digits of a phone that nearly tell it
	longEnding    = 8  // digits of an ending that nearly tell it
	longestAmount = 12 // digits
)

// numberSteps are how many digits of the beginning of a payment code make its
// tokens, the most first. All codes of a shop begin alike and then differ, so a
// beginning is looked for among those that share all but its last digit: one in
// ten of them is meant, however many codes there are.
var numberSteps = []int{12, 10, 8, 6, leastNumber}

// fold makes letters alike that people take for the same.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

// wordsOf are the runs of letters and digits in a text.
func wordsOf(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// joined is a text without what stands between its letters.
func joined(s string) string { return strings.Join(wordsOf(s), "") }

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func prefix(s string, letters int) string {
	if r := []rune(s); len(r) > letters {
		return string(r[:letters])
	}
	return s
}

func ending(s string, letters int) string { return s[max(0, len(s)-letters):] }

func length(s string) int { return len([]rune(s)) }

// tokenOf hashes a piece. The environment is part of it: a search never leaves
// its own.
func tokenOf(env payments.Environment, kind byte, piece string) int64 {
	h := fnv.New64a()
	h.Write([]byte(env))
	h.Write([]byte{0, kind})
	h.Write([]byte(piece))
	return int64(h.Sum64())
}

// The kinds of token.
const (
	ofWord    = 'w' // the beginning of a word of the name
	ofPair    = 'b' // the beginnings of two of its words
	ofPart    = 'i' // the beginning of a part of the invoice
	ofInvoice = 'I' // all of it
	ofAmount  = 'a'
	ofPhone   = 'p'
	ofNumber  = 'c'
	ofEnding  = 'e' // of a phone or payment code

	// What narrows a list has tokens too, to be looked up beside a word: the
	// cashier, and a state or mode that few codes have, in each combination.
	ofFacets = 'f'
)

// rare says whether a state has tokens: those that codes end in unpaid.
func rare(s payments.Status) bool {
	return s == payments.Expired || s == payments.Cancelled || s == payments.Rejected
}

// facets are what narrows a list and few codes have; what is empty does not.
type facets struct {
	maker  string // staff id of the cashier
	status payments.Status
	mode   payments.Mode
}

// piece is "" when nothing narrows.
func (f facets) piece() string {
	if f == (facets{}) {
		return ""
	}
	return f.maker + " " + string(f.status) + " " + string(f.mode)
}

// many says whether more than one of them narrows.
func (f facets) many() bool {
	n := 0
	for _, set := range []bool{f.maker != "", f.status != "", f.mode != ""} {
		if set {
			n++
		}
	}
	return n > 1
}

// tokens are those of a code, each once.
func tokens(c payments.Code) []int64 {
	var all []int64
	add := func(kind byte, piece string) {
		if t := tokenOf(c.Environment, kind, piece); piece != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	for i := range 8 {
		f := facets{}
		if i&1 != 0 {
			f.maker = c.CreatedBy
		}
		if i&2 != 0 && rare(c.Status) {
			f.status = c.Status
		}
		if i&4 != 0 && c.Mode != payments.DGPC {
			f.mode = c.Mode
		}
		add(ofFacets, f.piece())
	}
	words := wordsOf(c.CustomerName)
	for i, w := range words {
		if length(w) >= leastWord {
			add(ofWord, prefix(w, leastWord))
		}
		if length(w) >= wordPrefix {
			add(ofWord, prefix(w, wordPrefix))
		}
		for _, other := range words[:i] {
			add(ofPair, pairOf(w, other))
		}
	}
	for _, p := range wordsOf(c.InvoiceNumber) {
		if length(p) >= leastPart {
			add(ofPart, prefix(p, leastPart))
		}
	}
	add(ofInvoice, joined(c.InvoiceNumber))
	add(ofAmount, strconv.FormatInt(c.Amount, 10))
	if phone := payments.InternationalPhone(c.CustomerPhone); len(phone) >= leastPhone {
		add(ofPhone, prefix(phone, leastPhone))
		if len(phone) >= longPhone {
			add(ofPhone, prefix(phone, longPhone))
		}
		endings(phone, add)
	}
	endings(c.PaymentCode, add)
	for _, n := range numberSteps {
		if len(c.PaymentCode) >= n {
			add(ofNumber, c.PaymentCode[:n])
		}
	}
	return all
}

// pairOf is the piece of two words in either order, "" when one is too short, or
// both may be the same word.
func pairOf(a, b string) string {
	if length(a) < pairPrefix || length(b) < pairPrefix {
		return ""
	}
	a, b = prefix(a, pairPrefix), prefix(b, pairPrefix)
	if a == b {
		return ""
	}
	return min(a, b) + " " + max(a, b)
}

func endings(digits string, add func(kind byte, piece string)) {
	if len(digits) >= leastEnding {
		add(ofEnding, ending(digits, leastEnding))
	}
	if len(digits) >= longEnding {
		add(ofEnding, ending(digits, longEnding))
	}
}

// query is a search as it is understood: all of its words must fit.
type query struct{ words []string }

// readQuery takes a search apart. A number that is written in groups, a phone,
// a payment code, an amount with its Rp, is one word.
func readQuery(s string) query {
	whole := strings.TrimSpace(s)
	bare := strings.TrimSpace(strings.TrimPrefix(fold(whole), "rp"))
	if digits := digitsOf(bare); digits != "" && strings.Trim(bare, "0123456789 .-+()") == "" {
		return query{[]string{digits}}
	}
	return query{wordsOf(whole)}
}

func (q query) empty() bool { return len(q.words) == 0 }

// ways are the tokens that one word may be found by, none when it is too short
// for any.
func (q query) ways(env payments.Environment, word string) []int64 {
	return append(inName(env, word), beyondName(env, word)...)
}

// inName is the token of a word of a name.
func inName(env payments.Environment, word string) []int64 {
	switch n := length(word); {
	case n >= wordPrefix:
		return []int64{tokenOf(env, ofWord, prefix(word, wordPrefix))}
	case n >= leastWord:
		return []int64{tokenOf(env, ofWord, prefix(word, leastWord))}
	}
	return nil
}

// beyondName are the tokens of what else a word may be of.
func beyondName(env payments.Environment, word string) []int64 {
	var all []int64
	add := func(kind byte, piece string) { all = append(all, tokenOf(env, kind, piece)) }
	n := length(word)
	if n >= leastPart {
		add(ofPart, prefix(word, leastPart))
	}
	add(ofInvoice, word)
	if !onlyDigits(word) {
		return all
	}
	if n <= longestAmount {
		add(ofAmount, strings.TrimLeft(word, "0"))
	}
	switch phone := payments.InternationalPhone(word); {
	case len(phone) >= longPhone:
		add(ofPhone, prefix(phone, longPhone))
	case len(phone) >= leastPhone:
		add(ofPhone, prefix(phone, leastPhone))
	}
	switch {
	case n >= longEnding:
		add(ofEnding, ending(word, longEnding))
	case n >= leastEnding:
		add(ofEnding, ending(word, leastEnding))
	}
	if i := slices.IndexFunc(numberSteps, func(step int) bool { return step <= n }); i >= 0 {
		add(ofNumber, prefix(word, numberSteps[i]))
	}
	return all
}

// fits says whether the query means the code.
func (q query) fits(c payments.Code) bool {
	if q.empty() {
		return false
	}
	all := joined(strings.Join(q.words, ""))
	if all == joined(c.InvoiceNumber) {
		return true
	}
	for _, w := range q.words {
		if !fits(w, c) {
			return false
		}
	}
	return true
}

func fits(word string, c payments.Code) bool {
	n := length(word)
	if slices.ContainsFunc(wordsOf(c.CustomerName), func(w string) bool { return strings.HasPrefix(w, word) }) {
		return true
	}
	if n >= leastPart && slices.ContainsFunc(wordsOf(c.InvoiceNumber), func(p string) bool { return strings.HasPrefix(p, word) }) {
		return true
	}
	if word == joined(c.InvoiceNumber) {
		return true
	}
	if !onlyDigits(word) {
		return false
	}
	if n <= longestAmount && strings.TrimLeft(word, "0") == strconv.FormatInt(c.Amount, 10) {
		return true
	}
	phone, asked := payments.InternationalPhone(c.CustomerPhone), payments.InternationalPhone(word)
	switch {
	case len(phone) >= leastPhone && len(asked) >= leastPhone && strings.HasPrefix(phone, asked):
		return true
	case len(phone) >= leastPhone && n >= leastEnding && strings.HasSuffix(phone, word):
		return true
	case n >= leastEnding && strings.HasSuffix(c.PaymentCode, word):
		return true
	}
	return n >= leastNumber && strings.HasPrefix(c.PaymentCode, word)
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func onlyDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
