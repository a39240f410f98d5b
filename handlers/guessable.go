package handlers

import (
	_ "embed"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// passwords are what people choose as passwords, out of breaches, and long words
// of everyday Indonesian: in lower case, sorted by byte, one on a line. It
// stays in the program's file: a search reads the few pages it passes.
// .tools/passwords.mjs makes it.
//
//go:embed passwords.txt
var passwords string

// placeWords are of every shop's context. The names of the shop and of whoever
// chooses the password come to them.
var placeWords = []string{"kodebayar", "doku", "alfamart", "alfamidi", "alfaexpress", "lawson", "toko", "kasir"}

// minWord is how many letters a word of the context must have to be taken out:
// shorter ones are in too many others.
const minWord = 4

// guessable says why somebody who knows the shop would try a password early, nil
// when they would not: it is on the list, a repetition, a date, or nothing but
// words of the context and a few digits. names are the shop's, the person's and
// their e-mail, as they are written.
//
// It is no estimate of strength. What a cashier makes up at a counter passes
// unless it is among the first that anybody would try; more rules than that are
// answered with a note under the keyboard.
func guessable(password string, names ...string) error {
	p := unit(strings.ToLower(password))
	if tooShort(p) || common(p) || isDate(p) {
		return ErrPasswordCommon
	}
	rest := p
	for _, word := range contextWords(names) {
		rest = strings.ReplaceAll(rest, word, "")
	}
	if rest != p && tooShort(rest) && !strings.ContainsFunc(rest, unicode.IsLetter) {
		return ErrPasswordNamed
	}
	return nil
}

func tooShort(password string) bool { return utf8.RuneCountInString(password) < minPassword }

// unit is what a text repeats: "ab" of "ababab", the text itself when it repeats
// nothing.
func unit(text string) string {
	if text == "" {
		return ""
	}
	return text[:1+strings.Index((text + text)[1:], text)]
}

// isDate says whether a text is a day of a living person's years, in digits.
func isDate(text string) bool {
	for _, layout := range []string{"02012006", "20060102"} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() > 1920 && at.Year() < 2100 {
			return true
		}
	}
	return false
}

// contextWords are the words that the shop and its people are known by, the
// longest first, so that none is broken by a shorter one.
func contextWords(names []string) []string {
	words := slices.Clone(placeWords)
	for _, name := range names {
		for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(word) >= minWord {
				words = append(words, word)
			}
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// common says whether a text stands in the list, by halving it.
func common(text string) bool {
	low, high := 0, len(passwords) // both at the beginning of a line
	for low < high {
		start := strings.LastIndexByte(passwords[:(low+high)/2], '\n') + 1
		line, _, _ := strings.Cut(passwords[start:], "\n")
		switch {
		case line == text:
			return true
		case line < text:
			low = start + len(line) + 1
		default:
			high = start
		}
	}
	return false
}
