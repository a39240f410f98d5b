package simulator

// faultSpec says what a fault is called and does, for the page and for machines.
type faultSpec struct {
	name  string
	group string
	title phrase
	does  phrase
	value float64 // the default; 0: the fault has none
	low   float64 // the least value allowed
	high  float64 // the greatest
	unit  phrase
	// limited faults can be held to some operations; shaped ones choose the JSON of a refusal.
	limited, shaped bool
}

const (
	groupCall    = "call"
	groupAnswer  = "answer"
	groupNotify  = "notify"
	groupForm    = "form"
	groupReading = "reading"
)

var faultTable = []faultSpec{
	{
		name: faultSwitchedOff, group: groupCall,
		title: phrase{"Mati total", "Switched off"},
		does:  phrase{"Setiap sambungan ke API langsung ditutup dan notifikasi tidak dikirim. Halaman ini tetap hidup.", "Every connection to the API is closed at once and no notification goes out. These pages stay."},
	},
	{
		name: faultCutBefore, group: groupCall, limited: true,
		title: phrase{"Putus sebelum diproses", "Cut before applying"},
		does:  phrase{"Sambungan putus sebelum permintaan diproses: tidak ada yang berubah di sini.", "The connection is cut before the call is applied: nothing changes here."},
	},
	{
		name: faultServerError, group: groupCall, limited: true, value: 500, low: 500, high: 599, unit: phrase{"status HTTP", "HTTP status"},
		title: phrase{"Galat 5xx sebelum diproses", "5xx before applying"},
		does:  phrase{"Dijawab 5xx dan tidak ada yang berubah di sini.", "Answered with a 5xx, and nothing changes here."},
	},
	{
		name: faultTooManyRequests, group: groupCall, limited: true,
		title: phrase{"Terlalu banyak permintaan (429)", "Too many requests (429)"},
		does:  phrase{"Dijawab 429 dengan Retry-After 30 detik, tanpa diproses.", "Answered 429 with Retry-After 30 seconds, not applied."},
	},
	{
		name: faultRefuseInvoice, group: groupCall, shaped: true,
		title: phrase{"Tolak: invoice sudah dipakai", "Refuse: invoice already used"},
		does:  phrase{"Pembuatan kode ditolak dengan INVOICE ALREADY USED, dalam bentuk galat yang dipilih.", "Creating is refused with INVOICE ALREADY USED, in the chosen error shape."},
	},
	{
		name: faultRefuseChannel, group: groupCall, shaped: true,
		title: phrase{"Tolak: kanal tidak aktif", "Refuse: channel inactive"},
		does:  phrase{"Pembuatan kode ditolak dengan PAYMENT CHANNEL IS INACTIVE, dalam bentuk galat yang dipilih.", "Creating is refused with PAYMENT CHANNEL IS INACTIVE, in the chosen error shape."},
	},

	{
		name: faultLoseAnswer, group: groupAnswer, limited: true,
		title: phrase{"Jawaban hilang", "Lose the answer"},
		does:  phrase{"Permintaan diproses, lalu sambungan putus tanpa jawaban.", "The call is applied, then the connection is cut without an answer."},
	},
	{
		name: faultCutDuring, group: groupAnswer, limited: true,
		title: phrase{"Putus di tengah jawaban", "Cut during the answer"},
		does:  phrase{"Permintaan diproses, dan hanya separuh jawaban yang terkirim.", "The call is applied, and only half of the answer is sent."},
	},
	{
		name: faultDelay, group: groupAnswer, limited: true, value: 5, low: 0, high: 120, unit: phrase{"detik", "seconds"},
		title: phrase{"Jawaban lambat", "Slow answer"},
		does:  phrase{"Permintaan diproses, dan jawabannya ditahan sekian detik.", "The call is applied, and its answer is held back for so many seconds."},
	},
	{
		name: faultServerErrorAfter, group: groupAnswer, limited: true, value: 500, low: 500, high: 599, unit: phrase{"status HTTP", "HTTP status"},
		title: phrase{"Galat 5xx setelah diproses", "5xx after applying"},
		does:  phrase{"Permintaan diproses, tetapi dijawab 5xx.", "The call is applied, yet answered with a 5xx."},
	},
	{
		name: faultUnsignedAnswer, group: groupAnswer, limited: true,
		title: phrase{"Jawaban tanpa tanda tangan", "Unsigned answer"},
		does:  phrase{"Jawaban dikirim tanpa Signature dan Response-Timestamp.", "The answer goes without Signature and Response-Timestamp."},
	},
	{
		name: faultWrongAnswerSign, group: groupAnswer, limited: true,
		title: phrase{"Tanda tangan jawaban salah", "Wrong answer signature"},
		does:  phrase{"Jawaban dikirim dengan Signature yang tidak cocok.", "The answer goes with a Signature that does not match."},
	},
	{
		name: faultWrongEcho, group: groupAnswer, limited: true,
		title: phrase{"Gema keliru", "Wrong echo"},
		does:  phrase{"Jawaban menyebut nomor invoice lain dari yang diminta.", "The answer names another invoice number than the request."},
	},
	{
		name: faultPaymentName, group: groupAnswer, limited: true,
		title: phrase{"payment, bukan payment_code", "payment instead of payment_code"},
		does:  phrase{"Jawaban memakai nama payment, seperti tabel panduan untuk kode buatan toko.", "The answer calls the code payment, as the guide's table for merchant-made codes does."},
	},
	{
		name: faultConflictingDates, group: groupAnswer, limited: true,
		title: phrase{"Tanggal bertentangan", "Conflicting dates"},
		does:  phrase{"expired_date_utc berisi jam WIB, sehingga bertentangan dengan expired_date.", "expired_date_utc holds the time of WIB, so it contradicts expired_date."},
	},
	{
		name: faultNoHowToPay, group: groupAnswer, limited: true,
		title: phrase{"Tanpa cara bayar", "No how-to-pay"},
		does:  phrase{"Jawaban tidak memuat how_to_pay_page dan how_to_pay_api.", "The answer lacks how_to_pay_page and how_to_pay_api."},
	},
	{
		name: faultHostileHowToPay, group: groupAnswer,
		title: phrase{"Cara bayar berbahaya", "Hostile how-to-pay"},
		does:  phrase{"API cara bayar mengirim langkah berisi HTML dan skrip.", "The how-to-pay API sends steps that hold HTML and scripts."},
	},
	{
		name: faultStatusNotFound, group: groupAnswer,
		title: phrase{"Cek status: 404", "Check status: 404"},
		does:  phrase{"Cek status menjawab tidak ditemukan, juga untuk kode yang ada.", "A status check answers not found, even for a code that exists."},
	},
	{
		name: faultStatusPending, group: groupAnswer,
		title: phrase{"Cek status: PENDING walau lunas", "Check status: PENDING though paid"},
		does:  phrase{"Cek status menjawab PENDING untuk kode yang sudah dibayar.", "A status check answers PENDING for a code that has been paid."},
	},

	{
		name: faultNeverNotify, group: groupNotify,
		title: phrase{"Tidak pernah memberi tahu", "Never notify"},
		does:  phrase{"Pembayaran diterima, tetapi notifikasinya tidak dikirim sampai dikirim ulang dengan tangan.", "The payment is taken, yet its notification is not sent until resent by hand."},
	},
	{
		name: faultDuplicate, group: groupNotify, value: 1, low: 1, high: 100, unit: phrase{"salinan", "copies"},
		title: phrase{"Notifikasi ganda", "Duplicate notification"},
		does:  phrase{"Notifikasi yang sama, dengan Request-Id yang sama, dikirim beberapa kali bersamaan.", "The same notification under the same Request-Id is sent several times at once."},
	},
	{
		name: faultDuplicateNewID, group: groupNotify, value: 1, low: 1, high: 100, unit: phrase{"salinan", "copies"},
		title: phrase{"Notifikasi ganda, Request-Id baru", "Duplicate notification, new Request-Id"},
		does:  phrase{"Pembayaran yang sama diberitahukan lagi dengan Request-Id lain.", "The same payment is told again under another Request-Id."},
	},
	{
		name: faultLateFailed, group: groupNotify,
		title: phrase{"FAILED menyusul SUCCESS", "Late FAILED after SUCCESS"},
		does:  phrase{"Setelah SUCCESS, datang FAILED untuk pembayaran yang sama.", "After SUCCESS comes a FAILED for the same payment."},
	},
	{
		name: faultOutOfOrder, group: groupNotify,
		title: phrase{"Urutan terbalik", "Out of order"},
		does:  phrase{"Notifikasi ditahan sampai notifikasi pembayaran berikutnya terkirim lebih dulu, atau sampai gangguan ini dimatikan.", "A notification is held until the one of the next payment has gone first, or until this fault is switched off."},
	},
	{
		name: faultWrongSignature, group: groupNotify,
		title: phrase{"Tanda tangan notifikasi salah", "Wrong notification signature"},
		does:  phrase{"Pengiriman memakai Signature yang tidak cocok; kirim ulang setelah dimatikan memakai yang benar.", "Attempts carry a Signature that does not match; once off, the next attempt is right."},
	},
	{
		name: faultRetrySignedAnew, group: groupNotify,
		title: phrase{"Ulangan ditandatangani baru", "Retries signed anew"},
		does:  phrase{"Setiap ulangan memakai Request-Id, waktu dan tanda tangan baru; biasanya tetap yang pertama.", "Each retry has a new Request-Id, time and signature; otherwise it keeps the first ones."},
	},
	{
		name: faultInquiryWrongSignature, group: groupNotify,
		title: phrase{"Tanda tangan inquiry salah", "Wrong inquiry signature"},
		does:  phrase{"Pertanyaan ke toko (DIPC) memakai Signature yang tidak cocok.", "The direct inquiry to the merchant carries a Signature that does not match."},
	},

	{
		name: faultCompact, group: groupForm,
		title: phrase{"Ringkas", "Compact"},
		does:  phrase{"Notifikasi ditulis satu baris dengan jumlah 150000, bukan berindentasi dengan 150000.00.", "Notifications are one line with the amount 150000, not indented with 150000.00."},
	},
	{
		name: faultStringAmount, group: groupForm,
		title: phrase{"Jumlah sebagai teks", "Amount as text"},
		does:  phrase{`Jumlah ditulis "150000.00", dalam tanda kutip.`, `The amount is written "150000.00", in quotes.`},
	},
	{
		name: faultExtraFields, group: groupForm,
		title: phrase{"Isian tak dikenal", "Unknown fields"},
		does:  phrase{"Notifikasi membawa isian dan identifier tambahan yang tidak ada di panduan.", "Notifications carry extra fields and identifiers that no guide names."},
	},
	{
		name: faultEscaped, group: groupForm,
		title: phrase{"Karakter di-escape", "Escaped characters"},
		does:  phrase{`Garis miring ditulis \/ dan huruf di luar ASCII ditulis \u00e9.`, `Slashes are written \/ and letters beyond ASCII \u00e9.`},
	},

	{
		name: faultClock, group: groupReading, value: 10, low: -100000, high: 100000, unit: phrase{"menit (boleh negatif)", "minutes (may be negative)"},
		title: phrase{"Jam meleset", "Clock off"},
		does:  phrase{"Jam simulator meleset sekian menit: header, tanggal dan kedaluwarsa memakainya.", "The simulator's clock is off by so many minutes: headers, dates and expiry use it."},
	},
	{
		name: faultExpiryFromCreation, group: groupReading,
		title: phrase{"expired_time sejak pembuatan", "expired_time from creation"},
		does:  phrase{"Saat diubah, expired_time dihitung sejak kode dibuat; biasanya sejak sekarang.", "On update expired_time counts from the code's creation; otherwise from now."},
	},
	{
		name: faultDuplicateInvoice, group: groupReading,
		title: phrase{"Invoice boleh berulang", "Allow duplicate invoices"},
		does:  phrase{"Nomor invoice yang sudah dipakai diterima lagi, seperti yang pernah terlihat di Checkout.", "A used invoice number is taken again, as Checkout was seen to do."},
	},
	{
		name: faultLenientTypes, group: groupReading,
		title: phrase{"Tipe longgar", "Lenient types"},
		does:  phrase{`Jumlah "150000.00" dan "true" sebagai teks diterima, seperti dari plugin resmi.`, `The amount "150000.00" and "true" as text are taken, as from the official plugins.`},
	},
}

func faultByName(name string) *faultSpec {
	for i := range faultTable {
		if faultTable[i].name == name {
			return &faultTable[i]
		}
	}
	return nil
}
