package views

import "strings"

// Inputs that the counter and the edit page share.

func noteInput(lang Lang, f Field, focus string) input {
	return input{
		Lang: lang, Name: "note", Key: "g", Autofocus: focus == "note", Label: lang.T("Catatan untuk toko", "Note for the shop"), Field: f, Optional: true, Autocomplete: "off", Max: 500,
		Over: lang.T("Catatan paling banyak 500 huruf.", "A note has at most 500 letters."), Hint: lang.T("Pelanggan tidak melihatnya.", "The customer does not see it."),
	}
}

func infoInput(lang Lang, f Field, focus string) input {
	return input{
		Lang: lang, Name: "info", Autofocus: focus == "info", Label: lang.T("Info di layar kasir Alfamart", "Info line on the till's screen"), Field: f, Optional: true, Autocomplete: "off", Max: 30,
		Over: lang.T("Layar kasir Alfamart memuat 30 huruf.", "The till at Alfamart has room for 30 letters."),
	}
}

func insuranceInput(f CodeForm, name, label string, value Field) input {
	return input{
		Lang: f.Lang, Name: name, Autofocus: f.focus() == name, Label: label, Field: value, Optional: true, Autocomplete: "off", Max: 64,
		Over: f.Lang.T("Paling banyak 64 huruf.", "At most 64 letters."),
	}
}

func (f CodeForm) ownNumberHint() string {
	hint := f.Lang.T("Hanya untuk MGPC dan DIPC. Kosong: dibuatkan.", "For MGPC and DIPC only. Empty: made for you.")
	if f.Prefix != "" {
		hint += f.Lang.T(" Diawali ", " It begins with ") + f.Prefix + "."
	}
	return hint
}

// printed are the lines of a receipt's foot as one text.
func printed(lines []string) string { return strings.Join(lines, "\n") }
