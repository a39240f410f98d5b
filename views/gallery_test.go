package views

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"kodebayar/views/barcode"
)

// picture is one page with data in it.
type picture struct {
	name string
	lang Lang
	page templ.Component
}

var assetURL = regexp.MustCompile(`/static/[a-z.]+[0-9a-f]{12}\.[a-z]+`)

func render(t testing.TB, p picture) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.page.Render(t.Context(), &b); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	return b.String()
}

// The longest a shop may meet: twelve digits of money, names without a space,
// codes of twenty digits.
const (
	hugeAmount = "Rp999.999.999.999"
	hugeName   = "Raden-Mas-Wirjosoebrotohadikoesoemodinoto"
	hugeCode   = "60591234567890123456"
	hugeNumber = "INV-20261120-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789-abcdefghijklmn"
)

// gallery is every page in every state worth looking at, in both languages.
func gallery() []picture {
	var all []picture
	for _, l := range []Lang{Indonesian, English} {
		add := func(name string, c templ.Component) { all = append(all, picture{name, l, c}) }

		add("setup", Setup(SetupPage{Page: visitor(l, "/setup?token=abc"), Token: "abc"}))
		add("setup-mistakes", Setup(SetupPage{
			Page: visitor(l, "/setup?token=abc"), Token: "abc",
			Name: Field{Value: "Bu Ratna"}, Shop: Field{Error: l.T("Isi nama toko.", "Enter the name of the shop.")},
			Email: Field{Value: "ratna@", Error: l.T("Alamat email belum lengkap.", "The email address is not complete.")}, Password: Field{Error: l.T("Paling sedikit 8 huruf.", "At least 8 letters.")},
		}))
		add("login", Login(LoginPage{Page: visitor(l, "/login"), Notice: l.T("Anda sudah keluar.", "You are signed out."), Next: "/transactions"}))
		add("login-wrong", Login(LoginPage{Page: visitor(l, "/login"), Email: Field{Value: "sari@melati.example"}, Problem: l.T("Email atau kata sandi tidak cocok.", "Email or password do not match.")}))
		add("login-too-many", Login(LoginPage{Page: visitor(l, "/login"), Email: Field{Value: "sari@melati.example"}, Problem: l.T("Terlalu banyak percobaan. Coba lagi dalam 5 menit.", "Too many tries. Try again in 5 minutes.")}))

		counter := CounterPage{Page: member(l, "/", "counter"), Form: form(l), Today: today(l), Latest: latest(l), StreamURL: "/events?page=counter&after=117"}
		add("counter", Counter(counter))
		first := counter
		first.Latest, first.Attention = nil, 0
		first.Today = Today{Paid: "0", Total: "Rp0", Open: "0"}
		add("counter-first-day", Counter(first))
		wrong := counter
		wrong.Form.Problem = l.T("Periksa isian yang ditandai.", "Check the marked fields.")
		wrong.Form.Amount = Field{"15,5", l.T("Tanpa sen dan tanpa koma: hanya rupiah bulat.", "No decimals: whole rupiah only.")}
		wrong.Form.CustomerName = Field{hugeName, l.T("41 huruf, paling banyak 40.", "41 letters, at most 40.")}
		wrong.Form.ExpiresIn = Field{"45", l.T("Pilih salah satu lama berlaku.", "Choose how long the code is valid.")}
		wrong.Form.CustomerPhone = Field{"abc", l.T("Nomor HP hanya angka.", "A phone number is digits.")}
		wrong.Form.Info = Field{"Pesanan kue lebaran keluarga besar", l.T("34 huruf, paling banyak 30.", "34 letters, at most 30.")}
		wrong.Form.Reusable = true
		add("counter-mistakes", Counter(wrong))
		full := counter
		full.Form = fullForm(l)
		add("counter-options", Counter(full))
		optionsWrong := full
		optionsWrong.Form = wrongOptions(l)
		add("counter-options-mistakes", Counter(optionsWrong))
		plain := counter
		plain.Form.Modes, plain.Environment = plain.Form.Modes[:1], "production"
		add("counter-production", Counter(plain))
		add("code-new", NewCode(NewCodePage{Page: member(l, "/codes/new", ""), Form: form(l)}))
		instead := form(l)
		instead.Replaces = "k7"
		add("code-instead", NewCode(NewCodePage{Page: member(l, "/codes/new", ""), Form: instead}))

		list := TransactionsPage{
			Page: member(l, "/transactions", "transactions"), Tabs: tabs("all"), Rows: rowsOf(l, 20), Keep: []Param{{"tab", "all"}},
			Foot: ListFootView{Lang: l, Count: "1.204", Asked: hugeAmount, Total: "Rp184.350.000", Again: "/transactions?part=sums", Wait: "1s"}, Filter: filterOf(l), Older: "/transactions?tab=all&before=x", Newer: "/transactions?tab=all&after=y", StreamURL: "/events?page=list&after=117",
		}
		add("transactions", Transactions(list))
		for _, key := range []string{"unpaid", "paid", "attention", "all"} {
			empty := list
			empty.Tabs, empty.Rows = tabs(key), nil
			add("transactions-empty-"+key, Transactions(empty))
		}
		narrowed := list
		narrowed.Filter = narrowedFilter(l)
		narrowed.Further, narrowed.Foot = true, ListFootView{Lang: l, Load: "/transactions?part=foot"}
		add("transactions-narrowed", Transactions(narrowed))
		narrowed.Foot = ListFootView{Lang: l, Count: "10.000", Asked: hugeAmount, Total: hugeAmount, CountAll: "/transactions?part=foot&count=all"}
		add("transactions-many", Transactions(narrowed))
		add("totals", Totals(TotalsPage{Page: member(l, "/transactions", "transactions"), Foot: narrowed.Foot, Back: "/transactions"}))
		nothing := list
		nothing.Rows, nothing.Query = nil, "budi 150"
		add("transactions-nothing-found", Transactions(nothing))
		extreme := list
		extreme.Page.Environment = "sandbox"
		extreme.Page.Shop = "Toko Serba Ada Wirjosoebroto Hadikoesoemo & Anak"
		extreme.Rows, extreme.Foot.Total, extreme.Query = extremeRows(l), hugeAmount, strings.Repeat("w", 60)
		add("transactions-extreme", Transactions(extreme))

		pictureWork(l, list, add)
		pictureExchanges(l, list, add)
		picturePeople(l, add)
		pictureTills(l, add)

		for _, c := range codes(l) {
			add("code-"+c.name, Code(CodePage{Page: member(l, "/codes/k7", "transactions"), Code: c.view, StreamURL: "/events?code=k7&after=117"}))
		}
		flashed := member(l, "/codes/k7", "transactions")
		flashed.Environment = "production"
		flashed.Flash = &Flash{Kind: "success", Text: l.T("Kode siap. Bacakan atau kirim ke pelanggan.", "The code is ready. Read it out or send it.")}
		add("code-flash-production", Code(CodePage{Page: flashed, Code: codes(l)[0].view}))
		flashed.Flash = &Flash{
			Kind: "warning", Text: l.T("Formulir ini sudah menjadi kode ini; isian yang baru tidak dipakai.", "This form has already become this code; what was entered since is not used."),
			Href: "/codes/new", Link: l.T("Buat kode baru?", "Make a new code?"),
		}
		add("code-flash-link", Code(CodePage{Page: flashed, Code: codes(l)[0].view}))

		edit := EditPage{
			Page: member(l, "/codes/k7/edit", "transactions"), ID: "k7", Version: "3", PaymentCode: "6059000000000205", Invoice: "INV-20261120-0012",
			Amount: Field{Value: "150.000"}, CustomerName: Field{Value: "Budi Santoso"}, CustomerPhone: Field{Value: "0812-3456-7890"}, ExpiresIn: Field{Value: "60"}, Limits: limits(l), Until: untilText(l),
		}
		add("edit", Edit(edit))
		edit.Amount = Field{"0", l.T("Jumlah harus lebih dari nol.", "The amount must be more than zero.")}
		edit.Problem, edit.AnewHref = l.T("Kode ini sudah berubah sejak halaman ini dibuka.", "This code has changed since this page was opened."), "/codes/k7/edit"
		add("edit-mistakes", Edit(edit))

		cancel := CancelPage{Page: member(l, "/codes/k7/cancel", "transactions"), ID: "k7", Amount: "Rp150.000", Name: "Budi Santoso", PaymentCode: "6059000000000205", Invoice: "INV-20261120-0012"}
		add("cancel", Cancel(cancel))
		cancel.Amount, cancel.Name, cancel.PaymentCode, cancel.Invoice = hugeAmount, hugeName, "", hugeNumber
		cancel.Warning = l.T("Kasir Alfamart baru saja menanyakan kode ini.", "A till at Alfamart has just asked for this code.")
		cancel.Reason.Error = l.T("Tulis alasannya.", "Say why.")
		add("cancel-mistakes", Cancel(cancel))

		settings := SettingsPage{
			Page: member(l, "/settings", "settings"), Groups: settingGroups(l),
			NewPreset: PresetForm{Type: "PERCENTAGE", Rows: make([]ShareFields, 4)},
		}
		add("settings", Settings(settings))
		check := CheckPage{Page: member(l, "/check", "check")}
		add("check", Check(check))
		check.Nothing, check.Query = true, Field{Value: "12", Error: l.T("Ketik paling sedikit 4 angka.", "Type at least 4 digits.")}
		add("check-mistake", Check(check))
		check.Nothing, check.Query = false, Field{Value: "0205"}
		check.Found = []ProofRow{
			{"/check?code=k1", "Rp150.000", "Budi Santoso", "6059 0000 0000 0205", "14.05 WIB", "paid"},
			{"/check?code=k2", hugeAmount, hugeName, "1234 5678 9012 0205", "19 Nov 14.05 WIB", "active"},
		}
		add("check-several", Check(check))
		check.Found = nil
		for _, look := range []string{"yes", "no", "before"} {
			check.Proof = &ProofView{
				Look: look, Word: l.T("LUNAS", "PAID"), Say: hugeName, Amount: "Rp150.000", Name: hugeName, Code: "6059 0000 0000 0205",
				CodeHref: "/codes/k1", Facts: []string{l.T("Dibayar 14.31 WIB Alfamart", "Paid 14.31 WIB Alfamart")}, Now: "14.35 WIB",
			}
			if look == "yes" {
				check.Proof.HandOver = "/codes/k1/handover"
			}
			add("check-"+look, Check(check))
		}
		for _, by := range []string{"day", "cashier", "chain"} {
			row := ReportRow{Label: l.T("Jumat, 20 November 2026", "Friday, 20 November 2026"), Paid: "12", Received: "Rp1.250.000", Payments: "12", Wait: l.T("25 mnt", "25 min"), Late: "1", Issued: "15", IssuedTotal: "Rp1.500.000", Missed: "3", MissedTotal: "Rp250.000", Refunds: "1", Refunded: "Rp50.000", PaidHref: "/transactions?by=paid", IssuedHref: "/transactions", MissedHref: "/transactions?money=none", LateHref: "/transactions?money=late", RefundsHref: "/reports/refunds", Share: 1000}
			low := row
			low.Share, low.Received = 10, hugeAmount
			report := ReportPage{
				Page: member(l, "/reports", "reports"), Title: "1 – 20 Nov 2026", From: "2026-11-01", To: "2026-11-20", Older: "/reports?x", By: by, Of: l.T("Hari", "Day"), Chains: by == "chain",
				Presets: []FilterPreset{{l.T("Bulan ini", "This month"), "month", true}}, Breakdowns: []FilterOn{{l.T("Hari", "Day"), "/reports?by=day"}, {l.T("Gerai", "Stores"), "/reports?by=chain"}},
				Rows: []ReportRow{row, low}, Total: row, CSV: "/reports.csv", XLSX: "/reports.xlsx", Gross: hugeAmount, Fee: "Rp1", Net: hugeAmount, Transfer: l.T("Selasa, 24 November 2026", "Tuesday, 24 November 2026"), LastDay: row.Label,
			}
			add("report-"+by, Reports(report))
			report.Rows = slices.Repeat([]ReportRow{low}, 20)
			report.Rows[3] = row
			add("report-many-"+by, Reports(report))
			report.Rows, report.Newer = nil, "/reports?y"
			add("report-empty-"+by, Reports(report))
		}
		add("report-refunds", RefundList(RefundListPage{Page: member(l, "/reports/refunds", "reports"), Title: "1 – 20 Nov 2026", Back: "/reports", Older: "/reports/refunds?before=x", Rows: []RefundLine{{"/codes/k1", hugeAmount, hugeName, "INV-1", "14.05 WIB", "Sari", l.T("tunai", "cash"), hugeName}}}))
		shift := []ShiftLine{{Label: l.T("Kode dibuat", "Codes made"), Count: "12", Sum: hugeAmount}, {Label: l.T("Berakhir", "Ended"), Count: "1", Sum: "–"}, {Label: l.T("Semua", "All"), Count: "12", Sum: "Rp1", Total: true}, {Label: l.T("Bersih", "Net"), Sum: "Rp1", Total: true}}
		add("closings", Closings(ClosingsPage{
			Page: member(l, "/closings", "closings"), Running: &RunningShift{Staff: "s1", FormID: "x", Who: hugeName, Since: "14.05 WIB", Lines: shift, Drawer: hugeName},
			Person: &Narrowing{Choices: []Choice{{Value: "s1", Label: hugeName}}}, Rows: []ClosingRow{{"/closings/c1", l.T("Rekap ke-3", "Recap no. 3"), hugeName, "14.05 WIB", hugeAmount, l.T("12 kode", "12 codes")}}, Older: "/closings?before=x",
		}))
		add("closings-empty", Closings(ClosingsPage{Page: member(l, "/closings", "closings"), Running: &RunningShift{Who: "Sari", Nothing: true}}))
		recap := RecapPage{
			Page: member(l, "/closings/c1", "closings"), ID: "c1", Title: l.T("Rekap ke-3", "Recap no. 3"), Who: hugeName, By: "Ibu", From: "14.05 WIB", To: "18.05 WIB", Lines: shift, Drawer: hugeName, Note: hugeName,
			Later: []LaterLine{{"/codes/k1", "INV-1", hugeAmount, "15.05 WIB"}}, LaterMore: l.T("dan 3 lagi", "and 3 more"), Digest: "0123 4567 89ab", Share: "x", ShareHref: "https://wa.me/?text=x",
		}
		add("recap", Recap(recap))
		add("recap-slip", RecapSlip(recap))
		no2 := l.T("Tidak ada yang disimpan.", "Nothing was saved.")
		add("connection", Connection(ConnectionPage{
			Page: member(l, "/settings/doku", "settings"), Environment: "Sandbox", NotificationURL: "https://bayar.example.id/doku/notifications", InquiryURL: "https://bayar.example.id/doku/inquiries", Request: hugeName, CallbacksTested: "14.05 WIB", Rehearsed: "14.05 WIB",
			Sets:    []CredentialSet{{Environment: "sandbox", Title: "Sandbox", Current: true, ClientID: Field{Value: "BRN-1"}, Saved: true, Previous: true, Tested: "14.05 WIB"}, {Environment: "production", Title: "Production", ClientID: Field{hugeName, no2}, SecretKey: Field{Error: no2}, Problem: no2}},
			Missing: []string{l.T("Cadangan pertama", "First backup")}, Problem: no2,
		}))
		add("connection-fixed", Connection(ConnectionPage{
			Page: member(l, "/settings/doku", "settings"), Environment: "Production", Production: true, FixedCredentials: "DOKU_CLIENT_ID", FixedEnvironment: "DOKU_ENVIRONMENT", NotificationURL: "https://x.id/a", InquiryURL: "https://x.id/b", Request: "x",
			Findings: []ProbeFinding{{true, l.T("Nama ditemukan.", "The name is found.")}, {false, no2}},
		}))
		add("settlements", Settlements(SettlementsPage{Page: member(l, "/reports/settlement", "reports"), Rows: []SettlementRow{{"/reports/settlement/r1", hugeName, "14.05 WIB", hugeAmount, l.T("3 dari 4 cocok", "3 of 4 match")}}}))
		add("settlement-columns", Settlements(SettlementsPage{
			Page: member(l, "/reports/settlement", "reports"), Problem: l.T("Pilih kolom.", "Choose a column."), Content: "a,b\n1,2", Name: "x.csv",
			Columns: []ColumnChoice{{"column_gross", l.T("Jumlah", "Amount"), "-1", false}, {"column_fee", l.T("Potongan", "Fee"), "1", true}}, Heads: []Choice{{Value: "0", Label: hugeName}, {Value: "1", Label: "fee"}},
		}))
		add("settlement-result", SettlementResult(SettlementPage{
			Page: member(l, "/reports/settlement/r1", "reports"), Name: hugeName, Time: "14.05 WIB", Days: "1 Nov 2026 – 2 Nov 2026", Parts: []ShiftLine{{Label: l.T("Cocok", "Match"), Count: "3", Sum: hugeAmount}, {Label: l.T("Semua baris", "All lines"), Count: "10.000", Sum: hugeAmount, Total: true}}, Sums: []Param{{l.T("Potongan, semua baris", "Fee, all lines"), hugeAmount}}, CSV: "/reports/settlement/r1/result.csv",
			Groups: []SettlementGroup{{l.T("Berbeda", "Differs"), l.T("Ada di berkas.", "In the file."), "400", l.T("dan 100 lagi", "and 100 more"), []SettlementLine{{"/codes/k1", hugeName, hugeAmount}, {"", "INV-2", "Rp1"}}}, {Title: l.T("Tidak dikenal", "Unknown"), Why: l.T("Bukan kode toko ini.", "Not of this shop."), Count: "0"}},
		}))
		no := l.T("Isian ini tidak bisa diterima.", "This cannot be accepted.")
		settings.Problem, settings.Groups = no, settingGroups(l)
		for i, one := range settings.Groups[0].Settings {
			settings.Groups[0].Settings[i].Field = Field{one.Field.Value + hugeName, no}
		}
		settings.Groups[1].Settings[2].Fixed = "KODEBAYAR_TIMEZONE"
		settings.Groups[1].Settings[0].Warning = no
		add("settings-review", SettingsReview(SettingsReviewPage{
			Page: member(l, "/settings", "settings"), Keep: []Param{{"limit_min", "10.000"}},
			Changes: []SettingChange{{"Toko", l.T("Nama toko", "Name of the shop"), "Toko", hugeName, ""}, {"Uang", l.T("Potongan", "Fee"), l.T("kosong", "empty"), hugeAmount, no}},
		}))
		settings.Presets = []PresetView{{"p1", "Melati 60/40", []string{"60% SBS-0001-1", "40% SBS-0002-2"}}, {"p2", hugeName, []string{hugeAmount + " " + strings.Repeat("S", 64)}}}
		settings.NewPreset = PresetForm{Name: Field{hugeName, no}, Type: "FIX", Error: no, Problem: no, Rows: []ShareFields{{Field{strings.Repeat("S", 64), no}, Field{"1,5", no}}, {}, {}, {}}}
		add("settings-mistakes", Settings(settings))

		for _, status := range []int{400, 403, 404, 405, 413, 415, 500} {
			add(fmt.Sprintf("error-%d", status), Problem(ErrorPage{Page: member(l, "/codes/zzz", ""), Status: status, RequestID: "01JD5Z7Q8M3V"}))
		}
		add("error-404-visitor", Problem(ErrorPage{Page: visitor(l, "/nowhere"), Status: 404, RequestID: "01JD5Z7Q8M3V"}))
		add("error-own-words", Problem(ErrorPage{Page: visitor(l, "/setup"), Status: 404, Sentence: l.T("Tautan ini sudah dipakai atau tidak berlaku. Masuk saja dengan akun Anda.", "This link has been used or is not valid. Sign in with your account."), Title: l.T("Tautan tidak berlaku", "The link is not valid")}))

		for _, s := range pays(l) {
			add("pay-"+s.name, Pay(PayPage{
				Lang: l, Path: "/pay/t0k3n", Environment: s.environment, EventsURL: "/pay/t0k3n/events", Zone: "Asia/Jakarta", ZoneLabel: "WIB",
				Today: l.T("Jumat, 20 November 2026", "Friday, 20 November 2026"), Clock: "14.05 WIB", State: s.view,
			}))
		}
	}
	return all
}

func visitor(l Lang, path string) Page {
	return Page{Lang: l, Path: path, Environment: "simulator", Shop: "Toko Melati"}
}

func member(l Lang, path, current string) Page {
	m := &Member{Name: "Sari Wulandari", Role: "owner"}
	for _, item := range []NavItem{{Key: "counter", Href: "/"}, {Key: "transactions", Href: "/transactions"}, {Key: "check", Href: "/check"}, {Key: "reports", Href: "/reports"}, {Key: "exchanges", Href: "/exchanges"}, {Key: "closings", Href: "/closings"}, {Key: "staff", Href: "/staff"}, {Key: "audit", Href: "/audit"}, {Key: "settings", Href: "/settings"}, {Key: "account", Href: "/account"}} {
		item.Current = item.Key == current
		m.Nav = append(m.Nav, item)
	}
	return Page{Lang: l, Path: path, Shop: "Toko Melati", Environment: "simulator", Member: m, Attention: 2}
}

func limits(l Lang) AmountHint {
	return AmountHint{Words: l.T("Rp10.000 sampai Rp5.000.000. Di atas Rp2.500.000 ada gerai yang menolak.", "Rp10.000 to Rp5.000.000. Above Rp2.500.000 some stores refuse."), Least: "10000", Most: "5000000"}
}

func untilText(l Lang) string {
	return l.T("Jumat 20 November 2026, 15.05 WIB", "Friday 20 November 2026, 15.05 WIB")
}

func form(l Lang) CodeForm {
	return CodeForm{Lang: l, FormID: "f-01", Mode: Field{Value: "dgpc"}, Modes: modeChoices(l), ExpiresIn: Field{Value: "60"}, Limits: limits(l), Names: []string{"Budi Santoso", "Ibu Dewi"}}
}

// fullForm is the owner's, with everything in it.
func fullForm(l Lang) CodeForm {
	f := form(l)
	f.Mode, f.PaymentCode, f.Prefix = Field{Value: "mgpc"}, Field{Value: "1900600000000046"}, "190060"
	f.Amount, f.CustomerName, f.Info = Field{Value: "150.000"}, Field{Value: "Budi Santoso"}, Field{Value: "Toko Melati, polis Desember"}
	f.FooterMessage = Field{Value: "Terima kasih. Simpan struk ini. WA 0812 3456 7890 bila ada pertanyaan."}
	f.PolicyType, f.PolicyNumber, f.PolicyAccountName = Field{Value: "Unit link"}, Field{Value: "POL-000123"}, Field{Value: "Budi Santoso"}
	f.PolicyStatus, f.BillDueDate = Field{Value: "Inforce"}, Field{Value: "2026-12-31"}
	f.Presets, f.SettlementPreset, f.PresetsHref = presetChoices(), Field{Value: "p1"}, "/settings#presets"
	f.MayOverride, f.NotificationPath = true, "/doku/notifications"
	f.OverrideURL = Field{Value: "https://bayar.melati.example/doku/notifications"}
	f.Reusable = true
	f.Preview = Preview{Shown: true, Name: "Budi Santoso", Amount: "Rp150.000", Info: f.Info.Value, Foot: []string{"Terima kasih. Simpan struk ini. WA 0812", "3456 7890 bila ada pertanyaan."}}
	return f
}

func presetChoices() []Choice {
	return []Choice{{Value: "p1", Label: "Melati 60/40 (60% SBS-0001-1, 40% SBS-0002-2)"}, {Value: "p2", Label: "Pusat (Rp5.000 SBS-0003-3)"}}
}

// wrongOptions has a mistake at each field under Lainnya.
func wrongOptions(l Lang) CodeForm {
	f := fullForm(l)
	no := l.T("Isian ini tidak bisa diterima.", "This cannot be accepted.")
	for _, at := range []*Field{
		&f.Mode, &f.PaymentCode, &f.Info, &f.FooterMessage, &f.CustomerEmail, &f.InvoiceNumber, &f.PolicyType, &f.PolicyNumber,
		&f.PolicyAccountName, &f.PolicyStatus, &f.BillDueDate, &f.SettlementPreset, &f.OverrideURL,
	} {
		at.Error = no
	}
	f.FooterMessage.Value = strings.Repeat(hugeName+"\n", 5)
	f.PolicyNumber.Value, f.OverrideURL.Value = strings.Repeat("9", 64), "https://"+strings.Repeat("w", 240)
	f.Preview.Name, f.Preview.Amount, f.Preview.Foot = hugeName, hugeAmount, []string{hugeName[:40], hugeName[:40], hugeName[:40]}
	return f
}

func modeChoices(l Lang) []Choice {
	return []Choice{
		{Value: "dgpc", Label: "DOKU (DGPC)", Explain: l.T("Nomor dibuat DOKU.", "DOKU makes the number.")},
		{Value: "mgpc", Label: l.T("Toko, didaftarkan ke DOKU (MGPC)", "The shop, registered at DOKU (MGPC)"), Explain: l.T("Nomor dari toko, misalnya untuk isi ulang.", "A number of the shop's, for top-ups."), Caution: l.T("Alamat API-nya belum dipastikan DOKU.", "Its API path is not confirmed by DOKU.")},
		{Value: "dipc", Label: l.T("Toko, DOKU bertanya saat dibayar (DIPC)", "The shop, DOKU asks at the till (DIPC)"), Explain: l.T("Nomor hanya ada di sini.", "The number is known here only.")},
	}
}

func today(l Lang) Today {
	return Today{Paid: "12", Total: "Rp1.450.000", Open: "3", Href: "/transactions?tab=paid"}
}

func tabs(current string) []Tab {
	out := []Tab{{Key: "unpaid", Count: "3"}, {Key: "paid", Count: "12"}, {Key: "attention", Count: "2"}, {Key: "all", Count: "1.204"}}
	for i := range out {
		out[i].Href = "/transactions?tab=" + out[i].Key
		out[i].Current = out[i].Key == current
	}
	return out
}

func marks(status, code string) Marks {
	return Marks{Status: status, PaymentCode: code, Invoice: "INV-20261120-0012", Mode: "dgpc", Expires: "2026-11-20T08:05:00Z", PaidTotal: "0"}
}

func rowsOf(l Lang, n int) []RowView {
	names := []string{"Budi Santoso", "Ibu Dewi", "Agus Prasetyo", "Siti Nurhaliza", "Pak Hendra", "Lestari", "Yohanes", "Rina Marlina"}
	states := []struct{ status, id, en, attention string }{
		{"active", "sampai 15.05 WIB", "until 15.05 WIB", ""},
		{"paid", "dibayar 14.31 WIB", "paid 14.31 WIB", ""},
		{"paid", "dibayar 13.58 WIB", "paid 13.58 WIB", ""},
		{"expired", "lewat 12.40 WIB", "over 12.40 WIB", ""},
		{"active", "2 pembayaran masuk", "2 payments received", ""},
		{"cancelled", "salah jumlah", "wrong amount", ""},
		{"paid", "terlambat, 12.59 WIB", "late, 12.59 WIB", "late_payment"},
		{"rejected", "invoice sudah dipakai", "invoice in use", ""},
		{"unknown", "menunggu jawaban DOKU", "waiting for DOKU", ""},
		{"creating", "", "", ""},
		{"cancelling", "menunggu kepastian", "waiting to be certain", ""},
	}
	amounts := []string{"Rp150.000", "Rp75.500", "Rp1.250.000", "Rp20.000", "Rp4.999.000"}
	var out []RowView
	for i := range n {
		s := states[i%len(states)]
		code := fmt.Sprintf("605900000000%04d", 205+i)
		if s.status == "rejected" || s.status == "unknown" || s.status == "creating" {
			code = ""
		}
		m := marks(s.status, code)
		m.Attention = s.attention
		out = append(out, RowView{
			Lang: l, ID: fmt.Sprintf("k%d", i), Href: fmt.Sprintf("/codes/k%d", i), Marks: m, Amount: amounts[i%len(amounts)], Name: names[i%len(names)],
			Time: fmt.Sprintf("%02d.%02d WIB", 14-i/6, 59-(i*7)%60), Detail: l.T(s.id, s.en), By: []string{"", "Joko"}[i%2], Live: true,
		})
	}
	return out
}

func latest(l Lang) []RowView { return rowsOf(l, 6) }

func extremeRows(l Lang) []RowView {
	out := rowsOf(l, 11)
	for i := range out {
		out[i].Name, out[i].Amount, out[i].Attention = hugeName, hugeAmount, "late_payment wrong_amount"
		out[i].Time, out[i].By = "20 Nov 14.05 WITA", hugeName
		out[i].Detail = l.T("2.143 pembayaran masuk", "2,143 payments received")
		if out[i].PaymentCode != "" {
			out[i].PaymentCode = hugeCode
		}
		out[i].Invoice = hugeNumber
	}
	return out
}

type namedCode struct {
	name string
	view CodePanelView
}

func codes(l Lang) []namedCode {
	base := CodePanelView{
		Lang: l, ID: "k7", Marks: marks("active", "6059000000000205"), Amount: "Rp150.000", Name: "Budi Santoso", Phone: "0812 3456 7890", Note: l.T("Kue ulang tahun, diambil sore", "Birthday cake, collected this afternoon"),
		Until: untilText(l), Made: l.T("14.05 WIB oleh Sari", "14.05 WIB by Sari"),
		Payable: true, ShareText: "x", ShareLabel: l.T("Bagikan lewat WhatsApp", "Share by WhatsApp"), WhatsAppURL: "https://wa.me/?text=x",
		CustomerURL: "http://localhost:8080/pay/4fJ7kQ2mZx9TnB3vR8wLcA", HowToPayURL: "http://localhost:8090/how-to-pay/v2/alfa-online-to-offline/6059000000000205",
		Timeline: []Entry{
			{ID: "3", Kind: "doku", Time: "14.05.02 WIB", Text: l.T("DOKU memberi kode 6059 0000 0000 0205", "DOKU gave the code 6059 0000 0000 0205"), Detail: "{\n  \"order\": {\"invoice_number\": \"INV-20261120-0012\"},\n  \"online_to_offline_info\": {\"payment_code\": \"6059000000000205\"}\n}"},
			{ID: "1", Kind: "created", Time: "14.05.01 WIB", Text: l.T("Dibuat, Rp150.000", "Made, Rp150.000"), By: "Sari"},
		},
	}
	over := func(c CodePanelView) CodePanelView { // no longer for a till
		c.Payable, c.HowToPayURL, c.ShareText, c.ShareLabel, c.WhatsAppURL = false, "", "", "", ""
		return c
	}
	paid := over(base)
	paid.ShareText, paid.ShareLabel, paid.WhatsAppURL = "x", l.T("Kirim bukti lewat WhatsApp", "Send proof by WhatsApp"), "https://wa.me/?text=x"
	paid.Marks.Status, paid.Marks.PaidTotal = "paid", "150000"
	paid.Remark = l.T("Dibayar 14.31 WIB di Alfamart", "Paid 14.31 WIB at Alfamart")
	paid.Until = ""
	paid.Payments = []PaymentView{{"Rp150.000", "20 Nov 14.31 WIB", "ALFAMART · store · 1246", ""}}
	why := l.T("Sudah lunas, jadi tidak bisa diubah atau dibatalkan.", "It is paid, so it cannot be changed or cancelled.")
	paid.Edit.WhyNot, paid.Cancel.WhyNot = why, why
	paid.Timeline = append([]Entry{{ID: "9", Kind: "paid", Time: "14.31.07 WIB", Text: l.T("LUNAS. Notifikasi DOKU, tanda tangan cocok", "PAID. DOKU's notification, signature verified"), Detail: "{}"}, {ID: "8", Kind: "inquiry", Time: "14.30 WIB", Text: l.T("Pelanggan di kasir Alfamart", "Customer at the till")}, {ID: "7", Kind: "warning", Time: "14.29 WIB", Text: l.T("Jumlah lain ditanyakan", "Asked with another amount")}}, base.Timeline...)

	late := paid
	late.Marks.Attention = "late_payment"
	late.Remark = l.T("Dibayar terlambat, 16.40 WIB", "Paid late, 16.40 WIB")
	late.Asked = l.T("diminta Rp180.000", "asked for Rp180.000")
	late.Beside, late.Refunded = l.T("dikembalikan Rp50.000, disisihkan Rp1.000.000 (dikembalikan Rp50.000)", "given back Rp50.000, set aside Rp1.000.000 (given back Rp50.000)"), "50000"
	late.Work = []AttentionView{lateWork(l), reviewWork(l)}
	late.Timeline[0].Href, late.Timeline[0].Link = "/exchanges/x1", l.T("Permintaan dan jawaban", "Request and answer")

	refused := over(base)
	refused.Marks.Status, refused.Marks.PaymentCode, refused.Marks.Expires = "rejected", "", ""
	refused.CustomerURL, refused.Until = "", ""
	refused.Refusal = &Refusal{
		Reason: l.T("Nomor invoice sudah pernah dipakai di DOKU.", "DOKU has seen this invoice number before."), Advice: l.T("Kosongkan nomor invoice, lalu buat lagi.", "Leave the invoice number empty and make it again."),
		Raw: `{"error":{"code":"invalid_invoice","message":"INVOICE ALREADY USED","type":"invalid_request_error"}}`, AgainHref: "/codes/new?from=k7",
	}
	refused.Check.Hidden, refused.Edit.Hidden, refused.Cancel.Hidden = true, true, true

	unknown := refused
	unknown.Marks.Status = "unknown"
	unknown.Refusal = nil
	unknown.Unknown = &Unknown{Retry: []Param{{"form_id", "f-01"}, {"mode", "dgpc"}, {"amount", "150000"}, {"customer_name", "Budi Santoso"}, {"expires_in", "60"}}, NewHref: "/codes/new?from=k7"}
	unknown.Check.Hidden = false
	replaced := unknown
	replaced.Unknown = &Unknown{ReplacedHref: "/codes/k8"}

	unsettled := base
	unsettled.Payable, unsettled.ShareText, unsettled.WhatsAppURL = false, "", ""
	unsettled.Asked = l.T("atau Rp175.000", "or Rp175.000")
	unsettled.Unsettled = &Unsettled{Asked: []string{l.T("14.05 WIB, Sari: jumlah Rp150.000 → Rp175.000; berlaku sampai 17.05 WIB", "14.05 WIB, Sari: amount Rp150.000 → Rp175.000; valid until 17.05 WIB")}, Waits: true}
	unsettled.Edit.WhyNot = l.T("Perubahan sebelumnya masih menunggu jawaban DOKU.", "The change before still waits for DOKU's answer.")
	doubtful := unsettled
	doubtful.Unsettled, doubtful.Edit.WhyNot = &Unsettled{Asked: unsettled.Unsettled.Asked}, ""

	cancelled := over(base)
	cancelled.Marks.Status = "cancelled"
	cancelled.Remark = l.T("Dibatalkan 14.20 WIB oleh Sari: salah jumlah", "Cancelled 14.20 WIB by Sari: wrong amount")
	gone := l.T("Kode ini sudah dibatalkan.", "This code is cancelled.")
	cancelled.Edit.WhyNot, cancelled.Cancel.WhyNot = gone, gone

	expired := cancelled
	expired.Marks.Status, expired.Remark = "expired", ""

	busy := over(base)
	busy.Marks.Status = "cancelling"
	creating := refused
	creating.Marks.Status, creating.Refusal = "creating", nil

	reusable := base
	reusable.Remark = l.T("2 pembayaran masuk, Rp300.000", "2 payments received, Rp300.000")
	reusable.Payments = append(paid.Payments, PaymentView{"Rp150.000", "20 Nov 14.50 WIB", "ALFAMIDI · store · 99", l.T("sedang dicek", "under review")})
	reusable.Facts = []Fact{{Label: l.T("Sifat", "Kind"), Value: l.T("bisa dibayar berkali-kali", "can be paid more than once")}}

	options := base
	options.Mode = "dipc"
	options.Remark = l.T("Pelanggan sedang di kasir Alfamart.", "The customer is at the till right now.")
	options.HowToPayURL = ""
	options.Facts = []Fact{
		{Label: l.T("Pesan di struk Alfamart", "Foot of the receipt"), Printed: []string{strings.Repeat("w", 40), "3456 7890 bila ada pertanyaan.", strings.Repeat("9", 40)}},
		{Label: l.T("Nomor dibuat", "Number made by"), Value: l.T("Toko, DOKU bertanya saat dibayar (DIPC)", "The shop, DOKU asks when it is paid (DIPC)")},
		{Label: l.T("Nomor polis", "Policy number"), Value: strings.Repeat("9", 64)},
		{Label: l.T("Pembagian dana", "Split settlement"), Value: "Melati: 60% SBS-0001-1, 40% SBS-0002-2", Caution: l.T("Belum diaktifkan DOKU = semua masuk rekening utama.", "Not switched on by DOKU = all goes to the main account.")},
		{Label: l.T("Notifikasi ke", "Notified at"), Value: "https://lain.example/doku/notifications", Caution: l.T("Alamat ini bukan milik toko: status hanya lewat pengecekan.", "This address is not the shop's: the status is known by asking only.")},
	}

	extreme := late
	extreme.Amount, extreme.Name, extreme.Note, extreme.Until = hugeAmount, hugeName, strings.Repeat("panjang", 30), untilText(l)
	extreme.Marks.PaymentCode, extreme.Marks.Invoice = hugeCode, hugeNumber

	return []namedCode{{"active", base}, {"paid", paid}, {"late", late}, {"rejected", refused}, {"unknown", unknown}, {"replaced", replaced}, {"unsettled", unsettled}, {"doubtful", doubtful}, {"cancelled", cancelled}, {"expired", expired}, {"cancelling", busy}, {"creating", creating}, {"reusable", reusable}, {"options", options}, {"extreme", extreme}}
}

type namedPay struct {
	name, environment string
	view              PayView
}

func pays(l Lang) []namedPay {
	base := PayView{
		Lang: l, State: "unpaid", Shop: "Toko Melati", Name: "Budi Santoso", Amount: "Rp150.000", PaymentCode: "6059000000000205",
		Until: untilText(l), HowToPayURL: "http://localhost:8090/how-to-pay/v2/alfa-online-to-offline/6059000000000205", Reference: "INV-20261120-0012",
	}
	base.Barcode, _ = barcode.Code128(base.PaymentCode)
	base.Stores = l.T("Datang ke Alfamart, Alfamidi, Alfaexpress, Lawson, atau Dan+Dan.", "Go to Alfamart, Alfamidi, Alfaexpress, Lawson or Dan+Dan.")
	base.CalendarURL = "/pay/t0k3n.ics"
	out := []namedPay{{"unpaid", "simulator", base}}
	for _, state := range []string{"till", "wait", "paid", "late", "review", "expired", "cancelled", "reusable"} {
		v := base
		v.State = state
		v.WhatsApp = "https://wa.me/6281234567890"
		if state == "late" {
			v.State = "paid"
		}
		if v.State == "paid" {
			v.PaidAt, v.PaidWhere = l.T("20 November 2026, 14.31 WIB", "20 November 2026, 14.31 WIB"), "Alfamart"
			v.Trx = "1246"
		}
		if state == "late" {
			v.Asked = l.T("diminta Rp180.000", "asked for Rp180.000")
			v.Doubt = l.T("Pembayaran masuk setelah batas waktu.", "The payment came after the deadline.")
			v.GivenBack = l.T("Toko sudah mengembalikan Rp50.000.", "The shop has given Rp50.000 back.")
		}
		if state == "reusable" {
			v.Payments, v.PaidTotal = l.T("2 pembayaran masuk", "2 payments received"), "Rp300.000"
		}
		out = append(out, namedPay{state, "simulator", v})
	}
	ended := base
	ended.State, ended.Payments, ended.PaidTotal = "expired", l.T("2 pembayaran masuk", "2 payments received"), "Rp300.000"
	ended.GivenBack = l.T("Toko sudah mengembalikan Rp50.000.", "The shop has given Rp50.000 back.")
	out = append(out, namedPay{"reusable-ended", "simulator", ended})
	if l == Indonesian { // DOKU's words come in no other language
		steps, short := base, base
		steps.Steps = []string{"Datang ke gerai Alfamart terdekat.", "Sampaikan kode pembayaran kepada kasir.", "Bayar sesuai jumlah.", "Simpan struknya.", strings.Repeat("Sangat panjang. ", 30)}
		short.Steps = []string{"Datang ke Alfamart terdekat.", `<script>alert("x")</script><b>Bayar</b>`}
		out = append(out, namedPay{"doku-steps", "sandbox", steps}, namedPay{"doku-steps-short", "sandbox", short})
	}
	extreme := base
	extreme.Shop = "Toko Serba Ada Wirjosoebroto Hadikoesoemo & Anak"
	extreme.Amount, extreme.Name, extreme.PaymentCode = hugeAmount, hugeName, hugeCode
	extreme.Barcode, _ = barcode.Code128(hugeCode)
	extreme.Stores = l.T("Di atas Rp2.500.000 sebagian gerai Alfa menolak atau minta kartu; tanya dulu.", "Above Rp2.500.000 some stores refuse or ask for a card; ask first.")
	return append(out, namedPay{"extreme", "production", extreme})
}

func settingGroups(l Lang) []SettingGroup {
	return []SettingGroup{
		{ID: "limits", Title: l.T("Batas", "Limits"), Lede: l.T("DOKU tidak mengumumkan.", "DOKU publishes none."), Settings: []Setting{
			{Name: "limit_min", Kind: SettingAmount, Label: l.T("Paling sedikit", "At least"), Field: Field{Value: "10.000"}},
			{Name: "limit_cash", Kind: SettingAmount, Optional: true, Label: l.T("Peringatan", "Warning"), Hint: l.T("Kosong: tidak disebut.", "Empty: not said.")},
			{Name: "backup_hour", Kind: SettingNumber, Label: l.T("Jam", "Hour"), Field: Field{Value: "3"}},
		}},
		{ID: "shop", Title: l.T("Toko", "Shop"), Settings: []Setting{
			{Name: "shop", Kind: SettingText, Label: l.T("Nama toko", "Name"), Field: Field{Value: "Toko Melati"}},
			{Name: "whatsapp", Kind: SettingPhone, Label: "WhatsApp"},
			{Name: "timezone", Kind: SettingPicked, Label: l.T("Zona", "Zone"), Hint: l.T("Jam di semua halaman.", "The time."), Options: []Choice{{Value: "", Label: "WIB"}, {Value: "x", Label: "WIT"}}},
			{Name: "offer_mgpc", Kind: SettingSwitch, Label: "MGPC", Hint: l.T("Didaftarkan.", "Registered."), Field: Field{Value: "true"}},
		}},
	}
}
