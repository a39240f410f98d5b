package doku

import "strings"

// parseAmount reads rupiah as DOKU writes them: digits, and behind a point
// nothing but zeros. Signs, exponents, leading zeros, grouping and more than
// MaxAmountDigits digits are refused: a wrong sum is worse than none. The limit
// also means that millions of amounts can be added up without overflow.
func parseAmount(s string) (rupiah int64, ok bool) {
	whole, fraction, pointed := strings.Cut(s, ".")
	if pointed && (fraction == "" || strings.Trim(fraction, "0") != "") {
		return 0, false
	}
	if whole == "" || len(whole) > MaxAmountDigits || len(whole) > 1 && whole[0] == '0' {
		return 0, false
	}
	for _, r := range whole {
		if !isDigit(r) {
			return 0, false
		}
		rupiah = rupiah*10 + int64(r-'0')
	}
	return rupiah, true
}
