package handlers

import (
	"fmt"

	"kodebayar/payments"
)

// mistakes are what is wrong with a form, by the names of its fields.
type mistakes map[string]text

// add keeps the first thing that is wrong with a field.
func (m mistakes) add(field string, wrong text) {
	if _, known := m[field]; !known && wrong != (text{}) {
		m[field] = wrong
	}
}

// learn takes the mistakes that the service found.
func (m mistakes) learn(found payments.FieldErrors) {
	for _, e := range found {
		m.add(e.Field, broken(e.Field, string(e.Rule), e.Limit, e.Got))
	}
}

// broken is the sentence for a broken rule. Where the same rule means
// something else in a field of its own, the field's words come first.
func broken(field, rule string, limit, got int) text {
	if t, ok := brokenIn(field, rule, limit, got); ok {
		return t
	}
	switch rule {
	case "missing":
		return text{"Wajib diisi.", "This must be filled in."}
	case "too_long":
		return text{
			fmt.Sprintf("Paling banyak %d huruf, ini %d.", limit, got),
			fmt.Sprintf("At most %d characters, these are %d.", limit, got),
		}
	case "too_many_lines":
		return text{
			fmt.Sprintf("Struk memuat %d baris dari 40 huruf, ini %d baris.", limit, got),
			fmt.Sprintf("The receipt has room for %d lines of 40 letters, these are %d.", limit, got),
		}
	case "not_printable":
		return text{
			fmt.Sprintf("Huruf ke-%d tidak bisa ditampilkan di kasir Alfamart. Pakai huruf dan angka biasa.", got),
			fmt.Sprintf("Character %d cannot be shown at the till. Use plain letters and digits.", got),
		}
	case "too_small":
		return text{"Paling sedikit " + grouped(int64(limit)) + ".", "At least " + grouped(int64(limit)) + "."}
	case "too_large":
		return text{"Paling banyak " + grouped(int64(limit)) + ".", "At most " + grouped(int64(limit)) + "."}
	case "below":
		return text{
			"Paling sedikit " + rupiah(int64(limit)) + ": gerai Alfa tidak menerima kurang dari itu.",
			"At least " + rupiah(int64(limit)) + ": the stores take no less.",
		}
	case "above":
		return text{
			"Paling banyak " + rupiah(int64(limit)) + " untuk satu kode: gerai Alfa tidak menerima lebih dari itu.",
			"At most " + rupiah(int64(limit)) + " for one code: the stores take no more.",
		}
	case "above_left":
		return text{
			"Paling banyak " + rupiah(int64(limit)) + ": sebanyak itu yang sudah diterima dan belum dikembalikan.",
			"At most " + rupiah(int64(limit)) + ": that much was received and not given back yet.",
		}
	case "below_shares":
		return text{
			"Paling sedikit " + rupiah(int64(limit)) + ": sebanyak itu bagian tetap dalam pembagian dana kode ini.",
			"At least " + rupiah(int64(limit)) + ": that much are the fixed shares in which this code's money is split.",
		}
	case "bad_invoice":
		return text{
			"Nomor invoice hanya boleh huruf, angka, - dan _, tanpa spasi.",
			"An invoice number has letters, digits, - and _ only, no spaces.",
		}
	case "taken":
		return text{
			"Nomor invoice ini sudah dipakai kode lain. Pakai nomor lain, atau kosongkan supaya dibuatkan.",
			"Another code has this invoice number. Use another one, or leave it empty to have one made.",
		}
	case "not_digits":
		return text{
			"Kode bayar hanya angka, diawali nomor awal (BIN) dari DOKU.",
			"A payment code is digits only and begins with the prefix (BIN) that DOKU assigned.",
		}
	case "bad_prefix":
		return text{
			"Nomor ini tidak diawali nomor awal (BIN) toko ini dari DOKU.",
			"This number does not begin with the prefix (BIN) that DOKU assigned to this shop.",
		}
	case "bad_email":
		return text{"Ini belum alamat email, contohnya: budi@contoh.id.", "This is not an email address yet, an example: budi@contoh.id."}
	case "bad_phone":
		return text{"Nomor HP berisi 6 sampai 15 angka, misalnya 0812-3456-7890.", "A phone number has 6 to 15 digits, for instance 0812-3456-7890."}
	case "bad_url":
		return text{
			"Ini bukan alamat web lengkap. Tulis seperti https://toko.id/jalur, tanpa tanda ? atau #.",
			"This is not a full web address. Write it like https://shop.id/path, without ? or #.",
		}
	case "other_path":
		return text{
			"Path alamat ini lain dari yang terdaftar di DOKU. DOKU menandatangani path, jadi harus sama; nama hostnya boleh lain.",
			"The path of this address is not the one registered at DOKU. DOKU signs the path, so it must be the same; the host may differ.",
		}
	case "owner_only":
		return text{
			"Alamat notifikasi lain hanya boleh diisi pemilik.",
			"Another notification address may be given by the owner only.",
		}
	case "not_offered":
		return text{
			"Jenis kode ini belum diaktifkan DOKU untuk toko ini.",
			"DOKU has not switched this kind of code on for this shop.",
		}
	case "unknown":
		return text{
			"Pembagian dana ini sudah tidak ada. Pilih yang lain.",
			"This split of the money is no longer there. Choose another.",
		}
	case "repeated":
		return text{"Rekening yang sama ditulis dua kali.", "The same account is there twice."}
	case "bad_type":
		return text{"Satu pembagian memakai persen semua atau rupiah semua.", "A split is all in percent or all in rupiah."}
	case "too_many":
		return text{
			fmt.Sprintf("Paling banyak %d. Hapus dulu yang tidak dipakai.", limit),
			fmt.Sprintf("At most %d. Remove one that is not used first.", limit),
		}
	}
	return text{"Isian ini tidak bisa diterima.", "This cannot be accepted."}
}

// brokenIn are the sentences that only one field has.
func brokenIn(field, rule string, limit, got int) (text, bool) {
	switch field + " " + rule {
	case "customer_name missing":
		return text{"Isi nama pelanggan, ini tampil di layar kasir Alfamart.", "Enter the customer's name, it shows at the till of Alfamart."}, true
	case "payment_code too_long":
		return text{
			fmt.Sprintf("Kode bayar paling banyak %d angka, ini %d.", limit, got),
			fmt.Sprintf("A payment code has at most %d digits, this one has %d.", limit, got),
		}, true
	case "payment_code taken":
		return text{
			"Kode bayar ini masih dipakai kode yang bisa dibayar. Tunggu sampai kode itu selesai, atau kosongkan supaya dibuatkan.",
			"A code that can still be paid has this payment code. Wait until it is over, or leave it empty to have one made.",
		}, true
	case "payment_code not_in_mode":
		return text{
			"DOKU yang membuat nomor untuk jenis DGPC. Kosongkan nomor ini, atau pilih MGPC atau DIPC.",
			"In DGPC it is DOKU that makes the number. Leave it empty, or choose MGPC or DIPC.",
		}, true
	case "override_notification_url not_in_mode":
		return text{
			"DIPC tidak mengenal alamat notifikasi lain: nomornya tidak didaftarkan ke DOKU.",
			"DIPC knows no other notification address: its number is not registered at DOKU.",
		}, true
	case "footer_message not_printable":
		return text{
			fmt.Sprintf("Huruf ke-%d tidak bisa dicetak di struk. Pakai huruf, angka, dan tanda baca biasa.", got),
			fmt.Sprintf("Character %d cannot be printed on a receipt. Use plain letters, digits and signs.", got),
		}, true
	case "expires_in too_small", "expires_in too_large":
		_, t := parseMinutes("0")
		return t, true
	case "settlement_preset too_large":
		return text{
			"Bagian tetapnya " + rupiah(int64(got)) + ", lebih dari jumlah kode ini " + rupiah(int64(limit)) + ".",
			"Its fixed shares are " + rupiah(int64(got)) + ", more than the amount of this code, " + rupiah(int64(limit)) + ".",
		}, true
	case "reusable paid":
		return text{
			"Kode ini sudah dibayar, jadi tetap bisa dibayar berkali-kali. Kalau tidak boleh dibayar lagi, batalkan kodenya.",
			"This code was paid already, so it stays one that can be paid more than once. If it must not be paid again, cancel it.",
		}, true
	case "preset_name missing":
		return text{"Beri nama, supaya kasir tahu mana yang dipilih.", "Give it a name, so that the cashier knows which to choose."}, true
	case "preset_name taken":
		return text{"Nama ini sudah dipakai. Beri nama lain.", "This name is taken. Give another."}, true
	case "shares missing":
		return text{"Isi paling sedikit satu rekening dan bagiannya.", "Enter at least one account and its share."}, true
	case "shares not_printable":
		return text{
			"ID rekening hanya huruf, angka, dan tanda biasa tanpa spasi, persis seperti di DOKU.",
			"An account id is plain letters, digits and signs without spaces, exactly as at DOKU.",
		}, true
	case "shares too_small":
		return text{"Setiap bagian paling sedikit 1.", "Each share is at least 1."}, true
	case "shares too_large":
		if limit == 100 {
			return text{
				fmt.Sprintf("Semua bagian bersama %d persen. Paling banyak 100.", got),
				fmt.Sprintf("The shares together are %d percent. At most 100.", got),
			}, true
		}
		return text{
			"Semua bagian bersama " + rupiah(int64(got)) + ", lebih dari jumlah terbesar satu kode " + rupiah(int64(limit)) + ".",
			"The shares together are " + rupiah(int64(got)) + ", more than the largest amount of a code, " + rupiah(int64(limit)) + ".",
		}, true
	case "limit_max too_small":
		return text{
			"Harus tidak kurang dari jumlah paling sedikit, " + rupiah(int64(limit)) + ".",
			"It must not be less than the smallest amount, " + rupiah(int64(limit)) + ".",
		}, true
	}
	return text{}, false
}

// reason says in plain words why DOKU refused, and what to do about it. words
// are DOKU's own.
func reason(words string) (why, advice text) {
	for _, known := range refusals {
		if containsFold(words, known.words) {
			return known.why, known.advice
		}
	}
	return text{"DOKU tidak menerima permintaan ini.", "DOKU did not accept this request."},
		text{
			"Periksa isiannya dan buat lagi. Kalau tetap ditolak, kirim jawaban asli di bawah ini ke DOKU.",
			"Check what was entered and make it again. If it is refused again, send the answer below to DOKU.",
		}
}

// refusals are the answers of DOKU that were seen, by a part of their words.
var refusals = []struct {
	words       string
	why, advice text
}{
	{
		"invalid_signature",
		text{"DOKU tidak mengenali tanda tangan toko ini.", "DOKU does not recognise this shop's signature."},
		text{"Minta pemilik memeriksa Secret Key DOKU.", "Ask the owner to check DOKU's Secret Key."},
	},
	{
		"invalid_client_id",
		text{"DOKU tidak mengenal Client ID toko ini.", "DOKU does not know this shop's Client ID."},
		text{"Minta pemilik memeriksa Client ID dan lingkungannya (sandbox atau production).", "Ask the owner to check the Client ID and its environment (sandbox or production)."},
	},
	{
		"request_time_out_of_range",
		text{"Jam komputer toko terlalu jauh dari jam DOKU.", "The clock of the shop's computer is too far from DOKU's."},
		text{"Betulkan jamnya, lalu buat lagi.", "Set the clock right and make it again."},
	},
	{
		"CHANNEL IS INACTIVE",
		text{"Pembayaran di gerai Alfa belum aktif untuk toko ini.", "Paying at the Alfa stores is not switched on for this shop."},
		text{"Minta pemilik mengaktifkannya di DOKU.", "Ask the owner to switch it on at DOKU."},
	},
	{
		"INVOICE ALREADY USED",
		text{"Nomor invoice ini sudah pernah dipakai di DOKU.", "This invoice number has been used at DOKU before."},
		text{"Kosongkan nomor invoice supaya dibuatkan yang baru.", "Leave the invoice number empty to have a new one made."},
	},
}
