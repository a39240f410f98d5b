package views

import "strings"

// Spelled writes an amount of rupiah in words, to be spoken: "seratus lima
// puluh ribu rupiah". It is for amounts from 0 to 999.999.999.999.
func (l Lang) Spelled(rupiah int64) string {
	if l == English {
		return spelled(rupiah, english) + " rupiah"
	}
	return spelled(rupiah, indonesian) + " rupiah"
}

// spelled puts groups of three digits beside the words of their thousands.
func spelled(n int64, group func(n, thousands int64) string) string {
	if n == 0 {
		return group(0, 0)
	}
	var words []string
	for thousands := int64(3); thousands >= 0; thousands-- {
		size := int64(1)
		for range thousands {
			size *= 1000
		}
		if part := n / size % 1000; part > 0 {
			words = append(words, group(part, thousands))
		}
	}
	return strings.Join(words, " ")
}

var satuan = []string{"nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"}

func indonesian(n, thousands int64) string {
	if n == 1 && thousands == 1 {
		return "seribu"
	}
	return strings.TrimSpace(ratusan(n) + " " + []string{"", "ribu", "juta", "miliar"}[thousands])
}

func ratusan(n int64) string {
	and := func(head string, rest int64) string {
		if rest == 0 {
			return head
		}
		return head + " " + ratusan(rest)
	}
	switch {
	case n < 12:
		return satuan[n]
	case n < 20:
		return satuan[n-10] + " belas"
	case n < 100:
		return and(satuan[n/10]+" puluh", n%10)
	case n < 200:
		return and("seratus", n-100)
	}
	return and(satuan[n/100]+" ratus", n%100)
}

var (
	ones = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
)

func english(n, thousands int64) string {
	return strings.TrimSpace(hundreds(n) + " " + []string{"", "thousand", "million", "billion"}[thousands])
}

func hundreds(n int64) string {
	and := func(head string, rest int64) string {
		if rest == 0 {
			return head
		}
		return head + " " + hundreds(rest)
	}
	switch {
	case n < 20:
		return ones[n]
	case n < 100:
		return and(tens[n/10], n%10)
	}
	return and(ones[n/100]+" hundred", n%100)
}
