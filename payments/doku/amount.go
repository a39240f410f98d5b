package doku

import "strings"

// parseAmount reads rupiah as DOKU writes them: digits, and behind a point
// nothing but zeros. Signs, exponents, leading zeros, grouping and more than
// MaxAmountDigits digits are refused: a wrong sum is worse than none. So is
// 150.000, which an Indonesian reads as a thousand times 150. The limit also
// means that millions of amounts can be added up without overflow.
func parseAmount(s string) (rupiah int64, ok bool) {
	whole, fraction, pointed := strings.Cut(s, ".")
	if pointed && (fraction == "" || strings.Trim(fraction, "0") != "" || len(whole) <= 3 && len(fraction) == 3) {
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
