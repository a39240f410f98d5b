package simulator

// phrase is one sentence in both languages of the pages.
type phrase struct{ ID, EN string }

type language string

const (
	langID language = "id"
	langEN language = "en"
)

// phrases speaks one language.
type phrases language

// T picks the Indonesian or the English of a sentence. Templates write both side by side, so that
// none can be missing.
func (p phrases) T(id, en string) string {
	if language(p) == langEN {
		return en
	}
	return id
}

func (p phrases) of(ph phrase) string { return p.T(ph.ID, ph.EN) }

var refusalWords = map[string]phrase{
	refusedNotFound:     {"Kode pembayaran tidak ditemukan. Periksa lagi angkanya.", "Payment code not found. Check the digits again."},
	refusedPaid:         {"Kode ini sudah dibayar. Jangan terima uang lagi.", "This code has already been paid. Do not take money again."},
	refusedExpired:      {"Kode ini sudah kedaluwarsa. Minta pelanggan menghubungi toko untuk kode baru.", "This code has expired. Ask the customer to get a new one from the shop."},
	refusedCancelled:    {"Kode ini sudah dibatalkan oleh toko.", "This code has been cancelled by the shop."},
	refusedDeclined:     {"Toko menolak kode ini (decline).", "The shop declines this code (decline)."},
	refusedUnreachable:  {"Toko tidak menjawab pertanyaan inquiry.", "The shop did not answer the inquiry."},
	refusedUnsigned:     {"Jawaban toko tidak ditandatangani, jadi tidak dipakai.", "The shop's answer is not signed, so it is not used."},
	refusedBadSignature: {"Tanda tangan jawaban toko tidak cocok, jadi tidak dipakai.", "The signature of the shop's answer does not match, so it is not used."},
	refusedOurSignature: {"Toko menolak tanda tangan inquiry ini (invalid_signature).", "The shop refuses the signature of this inquiry (invalid_signature)."},
	refusedBadAnswer:    {"Jawaban toko tidak sesuai panduan DOKU.", "The shop's answer does not follow DOKU's guide."},
}

func (p phrases) refusal(r *tillRefusal) string {
	words := p.of(refusalWords[r.Reason])
	if r.Detail != "" {
		words += " " + r.Detail
	}
	return words
}
