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

// broken is the sentence for a broken rule.
func broken(field, rule string, limit, got int) text {
	switch rule {
	case "missing":
		if field == "customer_name" {
			return text{"Isi nama pelanggan, ini tampil di layar kasir Alfamart.", "Enter the customer's name, it shows at the till of Alfamart."}
		}
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
		return text{
			"Paling sedikit " + grouped(int64(limit)) + ".",
			"At least " + grouped(int64(limit)) + ".",
		}
	case "too_large":
		return text{
			"Paling banyak " + grouped(int64(limit)) + ".",
			"At most " + grouped(int64(limit)) + ".",
		}
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
	case "bad_invoice":
		return text{
			"Nomor invoice hanya boleh huruf, angka, - dan _, tanpa spasi.",
			"An invoice number has letters, digits, - and _ only, no spaces.",
		}
	case "taken":
		return text{
			"Nomor ini sudah dipakai kode lain. Pakai nomor lain, atau kosongkan supaya dibuatkan.",
			"Another code has this number. Use another one, or leave it empty to have one made.",
		}
	case "not_digits":
		return text{
			"Kode bayar hanya angka, diawali nomor awal (BIN) dari DOKU.",
			"A payment code is digits only and begins with the prefix (BIN) that DOKU assigned.",
		}
	case "bad_email":
		return text{"Ini belum alamat email, contohnya: budi@contoh.id.", "This is not an email address yet, an example: budi@contoh.id."}
	case "bad_phone":
		return text{"Nomor HP berisi 6 sampai 15 angka, misalnya 0812-3456-7890.", "A phone number has 6 to 15 digits, for instance 0812-3456-7890."}
	case "not_offered":
		return text{
			"Jenis kode ini belum diaktifkan DOKU untuk toko ini.",
			"DOKU has not switched this kind of code on for this shop.",
		}
	}
	return text{"Isian ini tidak bisa diterima.", "This cannot be accepted."}
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

// attention is the sentence for each reason to look at a code.
func attention(kind payments.AttentionKind) text {
	switch kind {
	case payments.LatePayment:
		return text{
			"Uang masuk setelah batas waktu. Pastikan barang atau jasanya masih bisa diberikan, atau kembalikan uangnya.",
			"Money came after the deadline. Make sure the order can still be met, or give the money back.",
		}
	case payments.AfterCancel:
		return text{
			"Uang masuk setelah kode dibatalkan. Hubungi pelanggan: serahkan pesanannya atau kembalikan uangnya.",
			"Money came after the code was cancelled. Call the customer: hand the order over or give the money back.",
		}
	case payments.WrongAmount:
		return text{
			"Uang masuk dengan jumlah lain dari yang diminta. Uangnya disimpan terpisah sampai ada yang memutuskan.",
			"Money came with another amount than was asked for. It is kept aside until somebody decides.",
		}
	case payments.FormerAmount:
		return text{
			"Dibayar dengan jumlah sebelum diubah. Cocokkan selisihnya dengan pelanggan.",
			"Paid with the amount from before the change. Settle the difference with the customer.",
		}
	case payments.UnknownCode:
		return text{
			"Uang masuk untuk kode yang tidak dikenal di sini.",
			"Money came for a code that is not known here.",
		}
	case payments.Disagreement:
		return text{
			"Nomor invoice dan kode bayar dari DOKU menunjuk penjualan yang berbeda. Cocokkan dengan struk pelanggan.",
			"The invoice and the payment code that DOKU named belong to different sales. Compare with the customer's receipt.",
		}
	case payments.SecondPayment:
		return text{
			"Dibayar dua kali. Pembayaran kedua disimpan terpisah; kembalikan ke pelanggan bila memang dobel.",
			"Paid twice. The second payment is kept aside; give it back if it is one too many.",
		}
	case payments.OutcomeUnknown:
		return text{
			"DOKU sudah lama tidak memberi jawaban pasti. Tekan Cek status sekarang, atau tanyakan ke DOKU.",
			"DOKU has not given a certain answer for long. Press Check status now, or ask DOKU.",
		}
	case payments.UnreadableProof:
		return text{
			"Pemberitahuan DOKU yang sah tidak bisa dibaca. Cek status kode ini ke DOKU.",
			"A genuine notification of DOKU could not be read. Check this code at DOKU.",
		}
	}
	return text{"Ada yang perlu dilihat pada kode ini.", "Something about this code needs a look."}
}
