package handlers

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxShop  = 40  // characters; has to fit a phone's page beside the amount
	maxName  = 80  // characters
	maxEmail = 128 // characters
)

// wrongName says what is wrong with a name of at most max characters.
func wrongName(name string, max int) text {
	n := utf8.RuneCountInString(name)
	switch {
	case name == "":
		return text{"Isi namanya.", "Enter the name."}
	case n > max:
		return text{
			fmt.Sprintf("Nama paling banyak %d huruf, ini %d.", max, n),
			fmt.Sprintf("A name has at most %d letters, this one has %d.", max, n),
		}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return text{
			"Nama berisi huruf yang tidak bisa ditampilkan.",
			"The name has a character that cannot be shown.",
		}
	}
	return text{}
}

// wrongEmail says what is wrong with an address, as far as can be told without
// writing to it.
func wrongEmail(email string) text {
	local, domain, found := strings.Cut(email, "@")
	switch {
	case email == "":
		return text{"Isi alamat emailnya.", "Enter the email address."}
	case len(email) > maxEmail:
		return text{"Alamat email paling banyak 128 huruf.", "An email address has at most 128 letters."}
	case !found || local == "" || domain == "" || strings.Contains(domain, "@"),
		strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r > '~' }):
		return text{
			"Ini belum alamat email, contohnya: sari@toko.id.",
			"This is not an email address yet, an example: sari@toko.id.",
		}
	}
	return text{}
}

// wrongPassword says why HashPassword refused.
func wrongPassword(err error) text {
	switch err {
	case ErrPasswordLong:
		return text{"Kata sandi terlalu panjang.", "The password is too long."}
	case ErrPasswordCommon:
		return text{
			"Kata sandi ini gampang ditebak: banyak dipakai orang, tanggal, atau berulang. Pakai beberapa kata yang tidak berhubungan.",
			"This password is easy to guess: many people use it, or it is a date or a repetition. Use a few words that have nothing to do with each other.",
		}
	case ErrPasswordNamed:
		return text{
			"Kata sandi ini gampang ditebak: hanya nama toko, nama Anda, email, atau nama aplikasi. Tambahkan kata lain.",
			"This password is easy to guess: it is only the shop's name, yours, your email or this app's name. Add other words.",
		}
	}
	return text{
		fmt.Sprintf("Kata sandi paling sedikit %d huruf.", minPassword),
		fmt.Sprintf("A password has at least %d characters.", minPassword),
	}
}
