package handlers

import (
	"strconv"
	"strings"
)

// maxAmountDigits is how many digits DOKU takes (both guides, order.amount).
const maxAmountDigits = 12

// parseAmount reads whole rupiah: digits, with dots between thousands or
// without, and Rp before them or not. What is wrong comes back as a sentence.
func parseAmount(typed string) (rupiah int64, wrong text) {
	s := strings.TrimSpace(typed)
	if len(s) > 2 && strings.EqualFold(s[:2], "rp") { // as the app itself writes money
		s = strings.TrimSpace(strings.TrimPrefix(s[2:], "."))
	}
	digits := strings.ReplaceAll(s, ".", "")
	switch {
	case s == "":
		return 0, text{"Isi jumlahnya.", "Enter the amount."}
	case strings.HasPrefix(s, "-") && isAmount(s[1:]):
		return 0, text{"Jumlah tidak boleh kurang dari nol.", "The amount must not be below zero."}
	case strings.ContainsFunc(s, func(r rune) bool { return r != '.' && r != ',' && (r < '0' || r > '9') }):
		return 0, text{
			"Jumlah hanya angka, misalnya 150000 atau 150.000.",
			"The amount is digits only, for instance 150000 or 150.000.",
		}
	case strings.Contains(s, ",") || !isAmount(s):
		return 0, text{
			"Jumlah harus rupiah bulat tanpa sen. Titik hanya untuk ribuan, misalnya 150.000.",
			"The amount must be whole rupiah. Dots stand between thousands only, for instance 150.000.",
		}
	case len(digits) > maxAmountDigits:
		return 0, text{
			"Jumlah terlalu panjang: paling banyak 12 angka.",
			"The amount is too long: at most 12 digits.",
		}
	}
	rupiah, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || rupiah == 0 {
		return 0, text{"Jumlah harus lebih dari nol.", "The amount must be above zero."}
	}
	return rupiah, text{}
}

// isAmount says whether s is digits alone, or digits with dots in threes.
func isAmount(s string) bool {
	groups := strings.Split(s, ".")
	for i, g := range groups {
		if g == "" || strings.Trim(g, "0123456789") != "" ||
			len(groups) > 1 && (len(g) > 3 || i > 0 && len(g) != 3) {
			return false
		}
	}
	return true
}

// digitsOf is what somebody typed without all that is no digit.
func digitsOf(typed string) string {
	var b []rune
	for _, r := range typed {
		if r >= '0' && r <= '9' {
			b = append(b, r)
		}
	}
	return string(b)
}
