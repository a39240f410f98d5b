package views

// FieldError is the sentence for a mistake in a form field. field is the name
// the form posts, rule what was broken ("missing", "too_long", …), limit and
// got are ready text ("40", "Rp10.000"). A rule that has no sentence of its own
// for this field falls back to a general one, never to silence.
func (l Lang) FieldError(field, rule, limit, got string) string {
	switch field + " " + rule {
	case "amount missing":
		return l.T("Isi jumlah yang harus dibayar.", "Enter the amount to be paid.")
	case "amount not_a_number":
		return l.T("Jumlah hanya angka, misalnya 150.000.", "The amount is digits only, for instance 150.000.")
	case "amount not_whole":
		return l.T("Tanpa sen dan tanpa koma: DOKU hanya menerima rupiah bulat.", "No decimals: DOKU takes whole rupiah only.")
	case "amount negative", "amount too_small":
		return l.T("Jumlah harus lebih dari nol.", "The amount must be more than zero.")
	case "amount below":
		return l.T("Gerai Alfa menerima paling sedikit "+limit+" per pembayaran.", "The stores take at least "+limit+" per payment.")
	case "amount above":
		return l.T("Gerai Alfa menerima paling banyak "+limit+" per pembayaran. Bagi menjadi beberapa kode.", "The stores take at most "+limit+" per payment. Split it over several codes.")
	case "amount too_large", "amount too_long":
		return l.T("Paling banyak 12 angka.", "At most 12 digits.")
	case "customer_name missing":
		return l.T("Isi nama pelanggan. Kasir Alfamart membacakannya sebelum dibayar.", "Enter the customer's name. The store's cashier reads it out before payment.")
	case "customer_name too_long":
		return l.T(got+" huruf, paling banyak "+limit+": lebih dari itu DOKU menolak.", got+" letters, at most "+limit+": DOKU refuses more.")
	case "customer_phone bad_phone":
		return l.T("Nomor HP berisi angka, misalnya 0812 3456 7890.", "A phone number is digits, for instance 0812 3456 7890.")
	case "expires_in missing", "expires_in too_small", "expires_in too_large", "expires_in not_a_number":
		return l.T("Pilih salah satu lama berlaku.", "Choose how long the code is valid.")
	case "info too_long":
		return l.T(got+" huruf, layar kasir Alfamart memuat "+limit+".", got+" letters, the till at Alfamart has room for "+limit+".")
	case "footer_message too_long", "footer_message too_many_lines":
		return l.T("Struk memuat tiga baris, masing-masing 40 huruf.", "The receipt has room for three lines of 40 letters each.")
	case "invoice_number bad_invoice":
		return l.T("Hanya huruf A-Z, angka, - dan _.", "Only letters A-Z, digits, - and _.")
	case "invoice_number taken":
		return l.T("Nomor invoice ini sudah dipakai kode lain.", "Another code already has this invoice number.")
	case "payment_code not_digits":
		return l.T("Kode bayar hanya angka dan diawali prefiks toko Anda.", "A payment code is digits only and begins with your shop's prefix.")
	case "payment_code taken":
		return l.T("Kode ini masih berlaku untuk transaksi lain.", "Another sale still uses this code.")
	case "reason missing":
		return l.T("Tulis alasannya, supaya jelas di riwayat.", "Say why, so that the history is clear.")
	case "shop missing":
		return l.T("Isi nama toko.", "Enter the name of the shop.")
	case "name missing":
		return l.T("Isi nama Anda.", "Enter your name.")
	case "email missing":
		return l.T("Isi email Anda.", "Enter your email.")
	case "password missing":
		return l.T("Isi kata sandi.", "Enter the password.")
	case "password too_short":
		return l.T("Paling sedikit "+limit+" huruf.", "At least "+limit+" letters.")
	}
	switch rule {
	case "missing":
		return l.T("Ini harus diisi.", "This must be filled in.")
	case "too_long":
		return l.T("Terlalu panjang, paling banyak "+limit+" huruf.", "Too long, at most "+limit+" letters.")
	case "too_short":
		return l.T("Terlalu pendek, paling sedikit "+limit+" huruf.", "Too short, at least "+limit+" letters.")
	case "not_printable":
		return l.T("Ada huruf yang tidak bisa ditampilkan mesin kasir. Pakai huruf biasa.", "There is a character that a till cannot show. Use plain letters.")
	case "not_digits", "not_a_number":
		return l.T("Hanya angka.", "Digits only.")
	case "bad_email":
		return l.T("Alamat email belum lengkap, misalnya nama@contoh.com.", "The email address is not complete, for instance name@example.com.")
	case "not_offered":
		return l.T("Cara ini belum diaktifkan untuk toko Anda.", "This way is not switched on for your shop.")
	case "taken":
		return l.T("Sudah dipakai.", "Already in use.")
	}
	return l.T("Isian ini tidak bisa dipakai.", "This cannot be used.")
}

// WrongPassword does not say which of the two was wrong, so that nobody learns
// who works here.
func (l Lang) WrongPassword() string {
	return l.T("Email atau kata sandi tidak cocok.", "Email or password do not match.")
}

// TooManyTries says how long to wait, wait being ready text ("5 menit").
func (l Lang) TooManyTries(wait string) string {
	return l.T("Terlalu banyak percobaan. Coba lagi dalam "+wait+".", "Too many tries. Try again in "+wait+".")
}

// SignedOut is the notice on the sign-in page after leaving.
func (l Lang) SignedOut() string {
	return l.T("Anda sudah keluar. Sampai jumpa.", "You are signed out. See you.")
}

// SetupDone is the refusal of a set-up link that has been used or never was.
func (l Lang) SetupDone() string {
	return l.T("Tautan ini sudah dipakai atau tidak berlaku. Masuk saja dengan akun Anda.", "This link has been used or is not valid. Sign in with your account.")
}

// AmountLimits is the line under the amount: what the stores take. All three
// are ready text.
func (l Lang) AmountLimits(least, most, large string) string {
	return l.T(
		least+" sampai "+most+". Di atas "+large+" ada gerai yang menolak.",
		least+" to "+most+". Above "+large+" some stores refuse.")
}
