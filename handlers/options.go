package handlers

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// optional are the fields of a code beyond amount, name and deadline, but for
// those that an edit can change too.
var optional = []string{
	"payment_code", "invoice_number", "footer_message", "policy_type", "policy_number", "policy_account_name",
	"policy_status", "bill_due_date", "settlement_preset", "override_notification_url",
}

// isoDate is how a browser's date field posts.
const isoDate = "2006-01-02"

// options reads what a code shall carry; what cannot be read is a mistake at
// its field.
func options(f form, wrong mistakes) payments.Options {
	switch f.get("reusable") {
	case "", "true":
	default:
		wrong.add("reusable", text{
			"Isian “reusable” hanya boleh true atau dikosongkan.",
			"The field “reusable” is true or left out.",
		})
	}
	o := payments.Options{
		Reusable: f.get("reusable") == "true", Info: f.get("info"), FooterMessage: f.get("footer_message"),
		OverrideNotificationURL: f.get("override_notification_url"),
	}
	due, unreadable := parseDate(f.get("bill_due_date"))
	wrong.add("bill_due_date", unreadable)
	insurance := payments.Insurance{
		PolicyType: f.get("policy_type"), PolicyNumber: f.get("policy_number"),
		PolicyAccountName: f.get("policy_account_name"), PolicyStatus: f.get("policy_status"), BillDueDate: due,
	}
	if insurance != (payments.Insurance{}) {
		o.Insurance = &insurance
	}
	return o
}

func parseDate(typed string) (time.Time, text) {
	if typed == "" {
		return time.Time{}, text{}
	}
	day, err := time.Parse(isoDate, typed)
	if err != nil || day.Year() < 2000 {
		return time.Time{}, text{
			"Ini bukan tanggal. Tulis tahun-bulan-tanggal, misalnya 2026-12-31.",
			"This is not a date. Write year-month-day, for instance 2026-12-31.",
		}
	}
	return day, text{}
}

// postOptions adds to a form what would make options like those of c.
func postOptions(to url.Values, c payments.Code, settings payments.Settings, by payments.Role) {
	if c.Reusable {
		to.Set("reusable", "true")
	}
	to.Set("info", c.Info)
	to.Set("footer_message", c.FooterMessage)
	if i := c.Insurance; i != nil {
		to.Set("policy_type", i.PolicyType)
		to.Set("policy_number", i.PolicyNumber)
		to.Set("policy_account_name", i.PolicyAccountName)
		to.Set("policy_status", i.PolicyStatus)
		if !i.BillDueDate.IsZero() {
			to.Set("bill_due_date", i.BillDueDate.Format(isoDate))
		}
	}
	if preset, err := settings.PresetNamed(c.SettlementPreset); err == nil {
		to.Set("settlement_preset", preset.ID)
	}
	if by == payments.Owner {
		to.Set("override_notification_url", c.OverrideNotificationURL)
	}
}

// showOptions puts onto the form what lies under Lainnya, and what of it this
// visitor may choose.
func (s *Server) showOptions(v *visit, to *views.CodeForm, f form, settings payments.Settings, field func(string) views.Field) {
	to.Info, to.FooterMessage, to.Reusable = field("info"), field("footer_message"), f.get("reusable") == "true"
	to.InvoiceNumber, to.PaymentCode, to.Prefix = field("invoice_number"), field("payment_code"), s.Service.CodePrefix
	to.PolicyType, to.PolicyNumber = field("policy_type"), field("policy_number")
	to.PolicyAccountName, to.PolicyStatus = field("policy_account_name"), field("policy_status")
	to.BillDueDate = field("bill_due_date")

	modes := s.Service.Modes(settings)
	to.Mode = field("mode")
	if !slices.Contains(modes, payments.Mode(to.Mode.Value)) {
		to.Mode.Value = string(modes[0]) // what was posted would only be refused again
	}
	for _, m := range modes {
		to.Modes = append(to.Modes, modeChoice(v.lang, m))
	}
	to.SettlementPreset = field("settlement_preset")
	for _, p := range settings.Presets {
		to.Presets = append(to.Presets, views.Choice{Value: p.ID, Label: p.Name + " (" + shares(p.Shares) + ")"})
	}
	if v.member.Role == payments.Owner {
		to.PresetsHref = "/settings#presets"
		to.MayOverride, to.OverrideURL = true, field("override_notification_url")
		to.NotificationPath = s.NotificationPath
	}
	to.Preview = views.Preview{
		Name: field("customer_name").Value, Amount: field("amount").Value, Info: to.Info.Value,
		Foot: payments.ReceiptFoot(to.FooterMessage.Value),
	}
	if sum, wrong := parseAmount(f.get("amount")); wrong == (text{}) {
		to.Preview.Amount = rupiah(sum)
	}
}

// modeChoice says what a mode is.
func modeChoice(lang views.Lang, m payments.Mode) views.Choice {
	c := views.Choice{Value: string(m)}
	switch m {
	case payments.DGPC:
		c.Label = lang.T("DOKU (DGPC)", "DOKU (DGPC)")
		c.Explain = lang.T("Nomor dibuat DOKU. Berlaku untuk semua toko.", "DOKU makes the number. Works for every shop.")
	case payments.MGPC:
		c.Label = lang.T("Toko, didaftarkan ke DOKU (MGPC)", "The shop, registered at DOKU (MGPC)")
		c.Explain = lang.T(
			"Nomor dari toko, misalnya nomor pelanggan untuk isi ulang. DOKU mengaktifkannya dan memberi nomor awal (BIN).",
			"A number of the shop's, for instance a customer number for top-ups. DOKU switches it on and assigns the prefix (BIN).")
		c.Caution = lang.T("Alamat API-nya belum dipastikan DOKU.", "Its API path is not confirmed by DOKU.")
	case payments.DIPC:
		c.Label = lang.T("Toko, DOKU bertanya saat dibayar (DIPC)", "The shop, DOKU asks when it is paid (DIPC)")
		c.Explain = lang.T(
			"Nomor hanya ada di sini; DOKU menanyakannya saat pelanggan di kasir Alfamart. DOKU mengaktifkannya dan mendaftarkan alamat inquiry.",
			"The number is known here only; DOKU asks while the customer is at the till. DOKU switches it on and registers the inquiry address.")
	}
	return c
}

// shares are a split in short: 60% SBS-1, 40% SBS-2.
func shares(list []payments.Settlement) string {
	parts := make([]string, len(list))
	for i, s := range list {
		value := rupiah(s.Value)
		if s.Type == payments.Percentage {
			value = grouped(s.Value) + "%"
		}
		parts[i] = value + " " + s.AccountID
	}
	return strings.Join(parts, ", ")
}

// optionFacts are the lines of a code's page on what it carries.
func (s *Server) optionFacts(cal calendar, c payments.Code) []views.Fact {
	var out []views.Fact
	lang := cal.lang
	add := func(label, value string) {
		if value != "" {
			out = append(out, views.Fact{Label: label, Value: value})
		}
	}
	add("Email", c.CustomerEmail)
	if c.Reusable {
		add(lang.T("Bisa dibayar", "Can be paid"), lang.T("lebih dari sekali", "more than once"))
	}
	add(lang.T("Info di layar kasir Alfamart", "Info line on the till's screen"), c.Info)
	if foot := payments.ReceiptFoot(c.FooterMessage); len(foot) > 0 {
		out = append(out, views.Fact{Label: lang.T("Pesan di struk Alfamart", "Foot of the receipt"), Printed: foot})
	}
	if c.Mode != payments.DGPC {
		m := modeChoice(lang, c.Mode)
		add(lang.T("Nomor dibuat", "Number made by"), m.Label)
	}
	if i := c.Insurance; i != nil {
		add(lang.T("Jenis polis", "Type of policy"), i.PolicyType)
		add(lang.T("Nomor polis", "Policy number"), i.PolicyNumber)
		add(lang.T("Pemegang polis", "Policy holder"), i.PolicyAccountName)
		add(lang.T("Status polis", "Policy status"), i.PolicyStatus)
		if !i.BillDueDate.IsZero() {
			// A day of the calendar, the same in every zone.
			add(lang.T("Jatuh tempo", "Due date"), calendar{zone: time.UTC, lang: lang}.day(i.BillDueDate))
		}
	}
	if len(c.Settlement) > 0 {
		words := shares(c.Settlement)
		if c.SettlementPreset != "" {
			words = c.SettlementPreset + ": " + words
		}
		out = append(out, views.Fact{
			Label: lang.T("Pembagian dana", "Split settlement"), Value: words,
			Caution: lang.T("Belum diaktifkan DOKU = semua masuk rekening utama.", "Not switched on by DOKU = all goes to the main account."),
		})
	}
	if c.OverrideNotificationURL != "" {
		fact := views.Fact{Label: lang.T("Notifikasi ke", "Notified at"), Value: c.OverrideNotificationURL}
		if s.foreign(c.OverrideNotificationURL) {
			fact.Caution = lang.T("Alamat ini bukan milik toko: status hanya lewat pengecekan.", "This address is not the shop's: the status is known by asking only.")
		}
		out = append(out, fact)
	}
	return out
}

// foreign says whether a notification address is another system's: what DOKU
// tells there is not heard here.
func (s *Server) foreign(address string) bool {
	u, err := url.Parse(address)
	return err != nil || !strings.EqualFold(u.Host, s.PublicURL.Host)
}
