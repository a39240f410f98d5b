package simulator

import (
	"strconv"
	"strings"
)

// rupiah writes an amount as Rp150.000.
func rupiah(amount int64) string { return "Rp" + thousands(amount) }

func thousands(amount int64) string {
	digits := strconv.FormatInt(amount, 10)
	sign := ""
	if amount < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// grouped writes a payment code in groups of four, as people read it out.
func grouped(code string) string {
	var b strings.Builder
	for i, d := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}
