package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// A choice is one of the owner's settings as the settings page asks for it.
type choice struct {
	name        string
	stored      string // its name in the database, when that is another
	kind        views.SettingKind
	optional    bool // may be empty
	label, hint text
	options     []option                              // of one to choose from
	show        func(payments.Settings) string        // as it stands in the form
	read        func(*payments.Settings, string) text // and what is wrong with what was typed
	// warns says what would not work with it, for these people; may be nil.
	warns func(payments.Settings, []payments.Staff) text
}

type option struct {
	value string
	label text
}

type choiceGroup struct {
	id          string // of its place on the page
	title, lede text
	choices     []choice
}

// choices are the groups of the settings page.
var choices = sync.OnceValue(func() []choiceGroup {
	return []choiceGroup{
		{"shop", text{"Toko", "Shop"}, text{}, []choice{
			{
				name: "shop", kind: views.SettingText, label: text{"Nama toko", "Name of the shop"},
				hint: text{"Tampil di halaman pelanggan, slip dan pesan WhatsApp.", "Shown on the customer's page, slips and WhatsApp messages."},
				show: func(s payments.Settings) string { return s.Shop },
				read: func(s *payments.Settings, v string) text {
					if v == "" && s.Shop == "" {
						return text{} // made from a shell, and not named yet
					}
					s.Shop = v
					return wrongName(v, maxShop)
				},
			},
			{
				name: "whatsapp", kind: views.SettingPhone, optional: true, label: text{"WhatsApp toko", "The shop's WhatsApp"},
				hint: text{"Pelanggan bisa bertanya lewat nomor ini. Kosong: tidak ditampilkan.", "Customers can ask through this number. Empty: not shown."},
				show: func(s payments.Settings) string {
					if s.WhatsApp == "" {
						return ""
					}
					return "+" + s.WhatsApp
				},
				read: func(s *payments.Settings, v string) text {
					number, ok := payments.WhatsApp(v)
					if s.WhatsApp = number; !ok {
						return text{"Tulis nomor WhatsApp, misalnya 0812 3456 7890.", "Write a WhatsApp number, for instance +62 812 3456 7890."}
					}
					return text{}
				},
			},
			picked("timezone", text{"Zona waktu", "Time zone"}, text{"Jam di semua halaman, dan kapan hari berganti. Setelah diganti, jumlah harian dihitung ulang.", "The time on all pages, and when a day ends. After a change the day's sums are counted anew."},
				[]option{{"", text{"Seperti saat program dijalankan", "As the program was started"}}, {"Asia/Jakarta", text{"WIB (Jakarta)", "WIB (Jakarta)"}}, {"Asia/Makassar", text{"WITA (Makassar)", "WITA (Makassar)"}}, {"Asia/Jayapura", text{"WIT (Jayapura)", "WIT (Jayapura)"}}},
				func(s *payments.Settings) *string { return &s.Zone }),
			picked("language", text{"Bahasa", "Language"}, text{"Untuk siapa pun yang belum memilih.", "For whoever has not chosen."},
				[]option{{"", text{"Bahasa Indonesia", "Bahasa Indonesia"}}, {"en", text{"English", "English"}}},
				func(s *payments.Settings) *string { return &s.Language }),
		}},
		{"limits", text{"Batas jumlah di gerai Alfa", "Limits of the stores"}, text{
			"DOKU tidak mengumumkan batasnya. Angka awal ini dipakai gateway lain untuk Alfamart; ganti kalau kontrak Anda berbeda.",
			"DOKU publishes no limits. These are what other gateways state for Alfamart; put in others when your contract says so.",
		}, []choice{
			amountOf("limit_min", false, text{"Paling sedikit, Rp", "At least, Rp"}, text{}, func(s *payments.Settings) *int64 { return &s.Limits.Min }),
			amountOf("limit_max", false, text{"Paling banyak, Rp", "At most, Rp"}, text{}, func(s *payments.Settings) *int64 { return &s.Limits.Max }),
			amountOf("limit_cash", true, text{"Peringatan di atas, Rp", "Warn above, Rp"}, text{
				"Di atas jumlah ini sebagian gerai meminta kartu atau menolak. Kosong: tidak disebut.",
				"Above this amount some stores ask for a card or refuse. Empty: nothing is said.",
			}, func(s *payments.Settings) *int64 { return &s.Limits.CashAbove }),
		}},
		{"codes", text{"Kode baru", "New codes"}, text{
			"Isi awal untuk setiap kode; kasir bisa menggantinya.", "What each code begins with; the cashier can change it.",
		}, []choice{
			wholeOf("default_expiry", text{"Berlaku, menit", "Valid for, minutes"}, text{
				"Untuk kasir yang belum pernah memilih. 0: bawaan DOKU, 60 menit.", "For a cashier who has never chosen. 0: DOKU's own, 60 minutes.",
			}, 0, payments.MaxExpiresIn, func(s *payments.Settings) *int64 { return &s.Defaults.Minutes }),
			lineOf("default_info", text{"Info di layar kasir Alfamart", "Info line on the till's screen"}, text{"Paling banyak 30 huruf.", "At most 30 letters."}, 30,
				func(s *payments.Settings) *string { return &s.Defaults.Info }),
			lineOf("default_footer", text{"Pesan di struk Alfamart", "Foot of the receipt"}, text{"Paling banyak 3 baris x 40 huruf.", "At most 3 lines of 40 letters."}, 120,
				func(s *payments.Settings) *string { return &s.Defaults.Footer }),
		}},
		{"numbers", text{"Nomor buatan toko", "Numbers of the shop's own"}, text{
			"Di production, jenis ini hanya ditawarkan bila dinyalakan di sini, setelah DOKU mengaktifkannya.",
			"In production these are offered only when switched on here, after DOKU has activated them.",
		}, []choice{
			switchOf("offer_mgpc", text{"Toko, didaftarkan ke DOKU (MGPC)", "The shop, registered at DOKU (MGPC)"},
				text{"Setiap nomor didaftarkan ke DOKU saat dibuat.", "Each number is registered at DOKU when it is made."},
				func(s *payments.Settings) *bool { return &s.MGPC }),
			switchOf("offer_dipc", text{"Toko, DOKU bertanya saat dibayar (DIPC)", "The shop, DOKU asks when it is paid (DIPC)"},
				text{"Alamat inquiry toko ini harus sudah terdaftar di DOKU.", "This shop's inquiry address must be registered at DOKU."},
				func(s *payments.Settings) *bool { return &s.DIPC }),
		}},
		{"money", text{"Uang", "Money"}, text{
			"Potongan DOKU hanya perkiraan dari kontrak Anda: dipakai di laporan, tidak mengubah uangnya.",
			"DOKU's fee is an estimate from your contract: reports use it, no money changes by it.",
		}, []choice{
			amountOf("fee_per_payment", true, text{"Potongan per pembayaran, Rp", "Fee for each payment, Rp"}, text{}, func(s *payments.Settings) *int64 { return &s.Fee.PerPayment }),
			{
				name: "fee_percent", stored: "fee_basis_points", kind: views.SettingNumber, label: text{"Potongan persen", "Fee in percent"}, hint: text{"Misalnya 0,7.", "For instance 0.7."},
				show: func(s payments.Settings) string { return percent(s.Fee.BasisPoints) },
				read: func(s *payments.Settings, v string) (wrong text) {
					s.Fee.BasisPoints, wrong = parsePercent(v)
					return wrong
				},
			},
			wholeOf("settlement_days", text{"Cair setelah, hari kerja", "Transferred after, working days"}, text{}, 0, 30, func(s *payments.Settings) *int64 { return &s.Fee.SettlementDays }),
			warned(alone, amountOf("refund_second_above", true, text{"Pengembalian di atas ini perlu orang kedua, Rp", "Refunds above this need a second person, Rp"}, text{
				"Dicatat setelah disetujui pemilik atau manajer lain; beberapa pengembalian satu kode dijumlahkan. Kosong: tidak perlu.", "Recorded once another owner or manager approves; several of one code are added up. Empty: none does.",
			}, func(s *payments.Settings) *int64 { return &s.SecondAbove })),
		}},
		{"doku-answers", text{"Jawaban dari dan ke DOKU", "Answers from and to DOKU"}, text{}, []choice{
			switchOf("strict_signature", text{"Hanya percaya jawaban bertanda tangan", "Believe signed answers only"}, text{
				"Tidak pasti semua jawaban DOKU ditandatangani. Bila dinyalakan, jawaban tanpa tanda tangan dianggap belum pasti dan ditanyakan lagi.",
				"DOKU may not sign all its answers. When on, an answer without a signature counts as uncertain and is asked for again.",
			}, func(s *payments.Settings) *bool { return &s.StrictSignature }),
			switchOf("inquiry_info1", text{"Kirim info sebagai info1 (DIPC)", "Send info as info1 (DIPC)"}, text{
				"Panduan DOKU memakai kedua nama. Nyalakan bila baris info tidak tampil di kasir Alfamart.",
				"DOKU's guide uses both names. Turn it on when the info line does not show at the till.",
			}, func(s *payments.Settings) *bool { return &s.UseInfo1 }),
		}},
		{"signing-in", text{"Masuk", "Signing in"}, text{}, []choice{
			switchOf(db.SettingSecondStep, text{"Verifikasi dua langkah untuk semua staf", "Two-step sign-in for everybody"}, text{
				"Di production pemilik dan manajer selalu wajib. Bila dinyalakan, semua staf harus menyiapkannya di HP masing-masing sebelum membuka halaman lain.",
				"In production owners and managers always need it. When on, everybody has to set it up on their own phone before they open another page.",
			}, func(s *payments.Settings) *bool { return &s.SecondStepForAll }),
		}},
		{"tills", text{"Kasir bersama", "Shared tills"}, text{}, []choice{tillLock()}},
		{"keeping", text{"Penyimpanan", "Keeping"}, text{}, []choice{
			wholeOf("backup_hour", text{"Cadangan malam, jam", "Nightly backup, hour"}, text{"0 sampai 23, jam toko.", "0 to 23, in the shop's time."}, 0, 23, func(s *payments.Settings) *int64 { return &s.BackupHour }),
			wholeOf("backups_kept", text{"Cadangan yang disimpan", "Backups kept"}, text{"Sebanyak ini yang malam, dan sebanyak ini yang dibuat sendiri.", "So many of the night, and so many made by hand."}, 2, 365, func(s *payments.Settings) *int64 { return &s.BackupsKept }),
			wholeOf("retention_months", text{"Simpan data pribadi, bulan", "Keep personal detail, months"}, text{
				"Setelah itu nama, HP dan email pelanggan dihapus; uang dan catatan tetap. 0: selamanya.",
				"After that the customer's name, phone and email are blanked; money and the log stay. 0: for ever.",
			}, 0, 240, func(s *payments.Settings) *int64 { return &s.RetentionMonths }),
		}},
	}
})

// tillLock is after how long without a person a shared till locks.
func tillLock() choice {
	var options []option
	for _, minutes := range payments.TillLocks {
		n := strconv.FormatInt(minutes, 10)
		options = append(options, option{n, text{n + " menit", n + " minutes"}})
	}
	return choice{
		name: "till_lock", kind: views.SettingPicked, options: options, label: text{"Kunci layar kasir bersama setelah", "Lock the screen of a shared till after"},
		hint: text{
			"Tanpa ada yang memakainya. Setelah itu kasir memilih namanya dan mengisi PIN lagi.",
			"Without anybody using it. After that the cashier chooses the name and enters the PIN again.",
		},
		show: func(s payments.Settings) string { return strconv.FormatInt(s.TillLock, 10) },
		read: func(s *payments.Settings, v string) text {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || !slices.Contains(payments.TillLocks, n) {
				return text{"Pilih salah satu.", "Choose one of them."}
			}
			s.TillLock = n
			return text{}
		},
	}
}

// amountOf asks for rupiah; an optional one may be empty, which is none.
func amountOf(name string, optional bool, label, hint text, of func(*payments.Settings) *int64) choice {
	return choice{
		name: name, kind: views.SettingAmount, optional: optional, label: label, hint: hint,
		show: func(s payments.Settings) string {
			if n := *of(&s); n > 0 {
				return grouped(n)
			}
			return ""
		},
		read: func(s *payments.Settings, v string) (wrong text) {
			if optional && (v == "" || v == "0") {
				*of(s) = 0
				return text{}
			}
			*of(s), wrong = parseAmount(v)
			return wrong
		},
	}
}

// warned is a choice that is allowed and may need a word.
func warned(warns func(payments.Settings, []payments.Staff) text, c choice) choice {
	c.warns = warns
	return c
}

// warning is that word, nothing when there is none.
func (c choice) warning(lang views.Lang, s payments.Settings, people []payments.Staff) string {
	if c.warns == nil {
		return ""
	}
	return c.warns(s, people).in(lang)
}

// wholeOf asks for a number between two.
func wholeOf(name string, label, hint text, least, most int64, of func(*payments.Settings) *int64) choice {
	return choice{
		name: name, kind: views.SettingNumber, label: label, hint: hint,
		show: func(s payments.Settings) string { return strconv.FormatInt(*of(&s), 10) },
		read: func(s *payments.Settings, v string) text {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || n < least || n > most {
				return text{fmt.Sprintf("Isi angka dari %d sampai %d.", least, most), fmt.Sprintf("Enter a number from %d to %d.", least, most)}
			}
			*of(s) = n
			return text{}
		},
	}
}

func lineOf(name string, label, hint text, most int, of func(*payments.Settings) *string) choice {
	return choice{
		name: name, kind: views.SettingText, optional: true, label: label, hint: hint,
		show: func(s payments.Settings) string { return *of(&s) },
		read: func(s *payments.Settings, v string) text {
			if !utf8.ValidString(v) || hasControl(v) || utf8.RuneCountInString(v) > most {
				return text{fmt.Sprintf("Paling banyak %d huruf biasa.", most), fmt.Sprintf("At most %d plain letters.", most)}
			}
			*of(s) = v
			return text{}
		},
	}
}

// switchOf is on or off.
func switchOf(name string, label, hint text, of func(*payments.Settings) *bool) choice {
	return choice{
		name: name, kind: views.SettingSwitch, label: label, hint: hint,
		show: func(s payments.Settings) string {
			if *of(&s) {
				return "true"
			}
			return ""
		},
		read: func(s *payments.Settings, v string) text {
			if *of(s) = v == "true"; v != "" && v != "true" {
				return text{"Isian “" + name + "” hanya boleh true atau dikosongkan.", "The field “" + name + "” is true or left out."}
			}
			return text{}
		},
	}
}

// picked is one of a few.
func picked(name string, label, hint text, options []option, of func(*payments.Settings) *string) choice {
	return choice{
		name: name, kind: views.SettingPicked, label: label, hint: hint, options: options,
		show: func(s payments.Settings) string { return *of(&s) },
		read: func(s *payments.Settings, v string) text {
			if !slices.ContainsFunc(options, func(o option) bool { return o.value == v }) {
				return text{"Pilih salah satu.", "Choose one of them."}
			}
			*of(s) = v
			return text{}
		},
	}
}

// shown is a value as a list of changes tells it.
func (c choice) shown(lang views.Lang, s payments.Settings) string {
	value := c.show(s)
	switch c.kind {
	case views.SettingSwitch:
		if value == "true" {
			return lang.T("nyala", "on")
		}
		return lang.T("mati", "off")
	case views.SettingPicked:
		for _, o := range c.options {
			if o.value == value {
				return o.label.in(lang)
			}
		}
	case views.SettingAmount:
		if value != "" {
			return "Rp" + value
		}
	}
	if value == "" {
		return lang.T("kosong", "empty")
	}
	return value
}

// percent writes hundredths of a percent, "0,7".
func percent(basisPoints int64) string {
	s := fmt.Sprintf("%d,%02d", basisPoints/100, basisPoints%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ",")
}

// parsePercent reads a percentage with up to two decimals, in hundredths of a
// percent.
func parsePercent(typed string) (basisPoints int64, wrong text) {
	wrong = text{"Isi persen dari 0 sampai 20, paling banyak dua angka di belakang koma.", "Enter a percentage from 0 to 20, with two decimals at most."}
	whole, rest, _ := strings.Cut(strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(typed), "%"), ".", ","), ",")
	if len(rest) > 2 || len(whole) > 2 || strings.Trim(whole+rest, "0123456789") != "" {
		return 0, wrong
	}
	n, err := strconv.ParseInt("0"+whole+(rest + "00")[:2], 10, 64)
	if err != nil || n > 2000 {
		return 0, wrong
	}
	return n, text{}
}
