package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/payments"
)

func saved(more ...string) url.Values {
	f := url.Values{"limit_min": {"10.000"}, "limit_max": {"5.000.000"}, "limit_cash": {"2.500.000"}}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

// TestLimitsOfTheOwner are in force with the next form, explained on it, and
// in the log.
func TestLimitsOfTheOwner(t *testing.T) { eachShop(t, limitsOfTheOwner) }

func limitsOfTheOwner(t *testing.T, s *shop) {
	owner, cashier := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	if page := owner.get("/settings"); page.field("limit_min")["value"] != "10.000" || page.field("limit_max")["value"] != "5.000.000" {
		t.Fatalf("the defaults: %v", page)
	}
	if a := owner.post("/settings", saved("limit_min", "20.000", "limit_max", "6000000", "limit_cash", "")); a.status != http.StatusSeeOther || a.header.Get("Location") != "/settings" {
		t.Fatalf("saving: %v", a)
	}
	if page := owner.get("/settings"); page.field("limit_min")["value"] != "20.000" || page.field("limit_max")["value"] != "6.000.000" || page.field("limit_cash")["value"] != "" {
		t.Errorf("afterwards: %v", page)
	}
	if page := cashier.get("/codes/new"); !strings.Contains(page.body, "Rp20.000 sampai Rp6.000.000.") || strings.Contains(page.body, "meminta kartu") {
		t.Error("the form does not explain the new limits")
	}
	form := cashier.codeForm()
	form.Set("amount", "19.999")
	if a := cashier.post("/codes", form); !strings.Contains(a.mistake("amount"), "Rp20.000") {
		t.Errorf("too little: %d %q", a.status, a.mistake("amount"))
	}
	form.Set("amount", "6.000.000")
	code := cashier.issueWith(form)
	edit := url.Values{"version": {cashier.get("/codes/" + code.ID + "/edit").field("version")["value"]}, "amount": {"19.999"}, "customer_name": {"Budi"}, "expires_in": {"60"}}
	if a := cashier.post("/codes/"+code.ID+"/edit", edit); !strings.Contains(a.mistake("amount"), "Rp20.000") {
		t.Errorf("too little in an edit: %d %q", a.status, a.mistake("amount"))
	}
	told := map[string]string{}
	for _, e := range must(s.Store.EventsAfter(t.Context(), 0, 100)) {
		if e.Kind == db.EventSettingChanged {
			told[e.Detail["setting"]] = e.Detail["after"]
			if !strings.HasPrefix(e.Actor, "staff:") {
				t.Errorf("by %s", e.Actor)
			}
		}
	}
	if len(told) != 3 || told["limit_min"] != "20000" || told["limit_max"] != "6000000" || told["limit_cash"] != "0" {
		t.Errorf("the log tells %v", told)
	}
}

// TestSettingsAreReviewed lists what would change, changes nothing by that, and
// saves exactly what was listed.
func TestSettingsAreReviewed(t *testing.T) {
	s := newShop(t, func(s *Server) { s.Fixed = map[string]string{"timezone": "KODEBAYAR_TIMEZONE"} })
	rewired := 0
	s.Rewire = func() { rewired++ }
	v := s.member("ibu", payments.Owner)
	form := url.Values{}
	page := v.get("/settings")
	for _, e := range append(page.elements("name"), page.elements("selected")...) {
		if _, off := e["type"]; e["name"] != "" && (!off || e["type"] != "checkbox" && e["type"] != "hidden") && slices.Contains(settingFields(), e["name"]) {
			form.Set(e["name"], e["value"])
		}
	}
	if len(form) < 12 || form.Has("timezone") || !strings.Contains(page.body, "KODEBAYAR_TIMEZONE") {
		t.Fatalf("the form has %v", form)
	}
	form.Set("till_lock", "5") // its select bears the name, the option the value
	before := must(s.Store.LastSeq(t.Context()))
	if a := v.post("/settings/review", form); a.status != http.StatusSeeOther {
		t.Errorf("nothing changed: %v", a)
	}
	form.Set("shop", "Toko Melati")
	form.Set("fee_percent", "0,75")
	form.Set("refund_second_above", "500000")
	form.Set("backup_hour", "4")
	form.Set("offer_dipc", "true")
	form.Set("timezone", "Asia/Jayapura") // decided elsewhere
	a := v.post("/settings/review", form)
	for _, want := range []string{"Nama toko", "Toko Melati", "0,75", "Rp500.000", "mati", "nyala"} {
		if a.status != http.StatusOK || !strings.Contains(a.body, want) {
			t.Errorf("the review lacks %q: %v", want, a)
		}
	}
	if n := strings.Count(a.body, "<del>"); n != 5 {
		t.Errorf("%d changes are listed", n)
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before || rewired != 0 {
		t.Error("the review changed something")
	}
	kept := url.Values{}
	for _, e := range a.elements("type") {
		if e["type"] == "hidden" {
			kept.Set(e["name"], e["value"])
		}
	}
	kept.Set("back", "1")
	if again := v.post("/settings/review", kept); again.status != http.StatusOK || again.field("fee_percent")["value"] != "0,75" {
		t.Errorf("changing it again: %v", again)
	}
	kept.Del("back")
	if a := v.post("/settings", kept); a.status != http.StatusSeeOther || rewired != 1 {
		t.Fatalf("saving: %v", a)
	}
	now := must(s.Store.Settings(t.Context()))
	want := payments.DefaultSettings
	want.Shop, want.Fee.BasisPoints, want.SecondAbove, want.BackupHour, want.DIPC = "Toko Melati", 75, 500_000, 4, true
	want.Presets = now.Presets
	if fmt.Sprintf("%+v", now) != fmt.Sprintf("%+v", want) {
		t.Errorf("saved\n%+v, want\n%+v", now, want)
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before+5 {
		t.Errorf("%d events for 5 changes", after-before)
	}
	for field, values := range map[string][]string{
		"fee_percent": {"21", "-1", "0,755", "x", "1,2,3"}, "settlement_days": {"", "31", "-1", "1,5"}, "backup_hour": {"24"}, "till_lock": {"", "3", "x"}, "backups_kept": {"1"},
		"retention_months": {"241"}, "default_info": {strings.Repeat("x", 31)}, "language": {"fr"}, "shop": {""}, "default_expiry": {"100000"},
		"refund_second_above": {"1,5"},
	} {
		for _, value := range values {
			for _, path := range []string{"/settings/review", "/settings"} {
				if a := v.post(path, url.Values{field: {value}, "offer_dipc": {"true"}}); a.status != http.StatusUnprocessableEntity || a.mistake(field) == "" {
					t.Errorf("%s: %s %q: %d %q", path, field, value, a.status, a.mistake(field))
				}
			}
		}
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before+5 {
		t.Error("a mistake changed something")
	}
}

// TestDefaultsOfACode stand in a new cashier's form.
func TestDefaultsOfACode(t *testing.T) {
	s := newShop(t)
	ibu, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	ibu.post("/settings", saved("default_expiry", "180", "default_info", "Toko Melati", "default_footer", "Terima kasih"))
	checked := func(a answer) (minutes string) {
		for _, e := range a.elements("checked") {
			if e["name"] == "expires_in" {
				minutes = e["value"]
			}
		}
		return minutes
	}
	page := sari.get("/")
	if checked(page) != "180" || page.field("info")["value"] != "Toko Melati" || !strings.Contains(page.body, "Terima kasih") {
		t.Errorf("a new form has %s, %v", checked(page), page.field("info"))
	}
	// They are no reason to show all options; another text is.
	unfolded := func(a answer) bool {
		_, rest, _ := strings.Cut(a.body, `id="more"`)
		tag, _, _ := strings.Cut(rest, ">")
		return strings.Contains(tag, "open")
	}
	form := sari.codeForm()
	form.Set("amount", "x")
	form.Set("info", "Toko Melati")
	form.Set("footer_message", "Terima kasih")
	if again := sari.post("/codes", form); unfolded(page) || unfolded(again) {
		t.Errorf("the defaults are in use: at first %v, with a mistake %v", unfolded(page), unfolded(again))
	}
	form.Set("footer_message", "Sampai jumpa")
	if again := sari.post("/codes", form); !unfolded(again) {
		t.Error("another text is folded away")
	}
	form = sari.codeForm()
	form.Set("expires_in", "60")
	sari.issueWith(form)
	if page := sari.get("/"); checked(page) != "60" || page.field("info")["value"] != "Toko Melati" {
		t.Errorf("the next form has %s, %v", checked(page), page.field("info"))
	}
}

// TestTheOwnerSwitchesModesOn one by one, and off again.
func TestTheOwnerSwitchesModesOn(t *testing.T) {
	s := newShop(t, func(s *Server) { s.Service.CodePrefix = "190060" })
	v := s.member("ibu", payments.Owner)
	for _, on := range []map[string]bool{{"offer_mgpc": true}, {"offer_dipc": true}, {}} {
		form := saved()
		for name := range on {
			form.Set(name, "true")
		}
		if a := v.post("/settings", form); a.status != http.StatusSeeOther {
			t.Fatalf("%v: %d", on, a.status)
		}
		page := v.get("/settings?lang=id")
		for _, name := range []string{"offer_mgpc", "offer_dipc"} {
			if _, checked := page.field(name)["checked"]; checked != on[name] {
				t.Errorf("after %v %s is on: %v", on, name, checked)
			}
		}
		now := must(s.Store.Settings(t.Context()))
		if now.MGPC != on["offer_mgpc"] || now.DIPC != on["offer_dipc"] {
			t.Errorf("after %v: MGPC %v, DIPC %v", on, now.MGPC, now.DIPC)
		}
		if !strings.Contains(page.body, "Nomor awal (BIN): 190060.") {
			t.Error("the settings do not tell the BIN")
		}
	}
}

// TestWrongSettings are told at their fields, and change nothing.
func TestWrongSettings(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	v.preset("Titip jual", halves())
	before := must(s.Store.LastSeq(t.Context()))
	for _, m := range []struct {
		field, value, id, en string
	}{
		{"limit_min", "", "Isi jumlahnya", "Enter the amount"},
		{"limit_min", "x", "hanya angka", "digits only"},
		{"limit_max", "9.999", "tidak kurang dari", "not be less than"},
		{"limit_cash", "1,5", "rupiah bulat", "whole rupiah"},
	} {
		for lang, want := range map[string]string{"id": m.id, "en": m.en} {
			if a := v.post("/settings?lang="+lang, saved(m.field, m.value)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake(m.field), want) {
				t.Errorf("%s %q in %s: %d %q", m.field, m.value, lang, a.status, a.mistake(m.field))
			}
		}
	}
	if a := v.post("/settings", saved("strict_signature", "yes")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an odd switch: %d", a.status)
	}
	if a := v.post("/settings", saved("shoe", "x")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a field nobody asked for: %d", a.status)
	}
	for _, m := range []struct {
		change       url.Values
		field        string
		id, en       string
		alsoNameless bool
	}{
		{url.Values{"preset_name": {""}}, "preset_name", "Beri nama", "Give it a name", false},
		{url.Values{"preset_name": {"titip JUAL"}}, "preset_name", "sudah dipakai", "is taken", false},
		{url.Values{"preset_name": {strings.Repeat("x", 41)}}, "preset_name", "paling banyak 40", "at most 40", false},
		{url.Values{"account_1": {""}, "value_1": {""}, "account_2": {""}, "value_2": {""}}, "shares", "satu rekening", "one account", true},
		{url.Values{"account_1": {""}}, "account_1", "ID rekening", "account's id", true},
		{url.Values{"value_1": {""}}, "value_1", "angka bulat", "whole number", true},
		{url.Values{"value_1": {"33,3"}}, "value_1", "angka bulat", "whole number", true},
		{url.Values{"value_1": {"61"}}, "shares", "101 persen", "101 percent", true},
		{url.Values{"account_1": {"SBS-0002-2"}}, "shares", "dua kali", "twice", true},
		{url.Values{"account_1": {"SBS 1"}}, "shares", "tanpa spasi", "without spaces", true},
		{url.Values{"type": {"PART"}}, "shares", "persen semua", "all in percent", true},
		{url.Values{"type": {"FIX"}, "value_1": {"5.000.000"}}, "shares", "lebih dari jumlah terbesar", "more than the largest", true},
	} {
		for lang, want := range map[string]string{"id": m.id, "en": m.en} {
			form := halves()
			form.Set("preset_name", "Lain")
			for name, value := range m.change {
				form[name] = value
			}
			a := v.post("/settings/presets?lang="+lang, form)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake(m.field), want) {
				t.Errorf("%v in %s: %d %q", m.change, lang, a.status, a.mistake(m.field))
			}
			if m.alsoNameless { // the other mistake is told as well
				form.Set("preset_name", "")
				if a := v.post("/settings/presets?lang="+lang, form); a.mistake("preset_name") == "" || a.mistake(m.field) == "" {
					t.Errorf("%v without a name: not both are told", m.change)
				}
			}
		}
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before {
		t.Errorf("%d events came of mistakes", after-before)
	}
}

// TestPresets are chosen by name, and removed without touching the codes made
// with them.
func TestPresets(t *testing.T) {
	s := newShop(t)
	owner, cashier := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	if page := cashier.get("/codes/new"); page.field("settlement_preset") != nil {
		t.Error("a choice without anything to choose")
	}
	if page := owner.get("/codes/new"); !strings.Contains(page.body, "/settings#presets") {
		t.Error("the owner is not led to where splits are made")
	}
	id := owner.preset("Titip jual", halves())
	page := cashier.get("/codes/new")
	if page.field("settlement_preset") == nil || !strings.Contains(page.body, "Titip jual (60% SBS-0001-1, 40% SBS-0002-2)") || strings.Contains(page.body, "/settings") {
		t.Error("the cashier cannot choose it")
	}
	form := cashier.codeForm()
	form.Set("settlement_preset", id)
	code := cashier.issueWith(form)
	if a := owner.post("/settings/presets/"+id+"/remove", nil); a.status != http.StatusSeeOther {
		t.Fatalf("removing: %v", a)
	}
	if page := owner.get("/settings"); strings.Contains(page.body, "SBS-0001-1") {
		t.Error("it is still there")
	}
	if page := owner.get("/codes/" + code.ID); !strings.Contains(page.body, "Titip jual: 60% SBS-0001-1") {
		t.Error("the code has lost its split")
	}
	if a := cashier.post("/codes", func() url.Values { f := cashier.codeForm(); f.Set("settlement_preset", id); return f }()); a.status != http.StatusUnprocessableEntity {
		t.Errorf("one that was removed: %d", a.status)
	}
}

// TestAChangeBelowFixedShares: an amount may not fall below what its split
// gives away.
func TestAChangeBelowFixedShares(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	form := v.codeForm()
	form.Set("settlement_preset", v.preset("Pusat", url.Values{"type": {"FIX"}, "account_1": {"SBS-0003-3"}, "value_1": {"100.000"}}))
	code := v.issueWith(form)
	edit := url.Values{"version": {v.get("/codes/" + code.ID + "/edit").field("version")["value"]}, "amount": {"99.999"}, "customer_name": {"Budi"}, "expires_in": {"60"}}
	for lang, want := range map[string]string{"id": "Paling sedikit Rp100.000", "en": "At least Rp100.000"} {
		if a := v.post("/codes/"+code.ID+"/edit?lang="+lang, edit); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake("amount"), want) {
			t.Errorf("in %s: %d %q", lang, a.status, a.mistake("amount"))
		}
	}
}

// TestStrictSignatures: with the switch on, an unsigned answer is none.
func TestStrictSignatures(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	s.fault("unsigned_answer")
	if code := v.issue(); code.Status != payments.Active {
		t.Errorf("by default: %s", code.Status)
	}
	v.post("/settings", saved("strict_signature", "true"))
	if code := v.issue(); code.Status != payments.Unknown {
		t.Errorf("with the switch on: %s", code.Status)
	}
	v.post("/settings", saved())
	if code := v.issue(); code.Status != payments.Active {
		t.Errorf("with the switch off again: %s", code.Status)
	}
}

// TestInfo1 answers inquiries with the name that the owner chose.
func TestInfo1(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	answered := func() string {
		form := v.codeForm()
		form.Set("mode", "dipc")
		form.Set("info", "Toko Melati")
		code := v.issueWith(form)
		if status, answer := s.machine("/simulator/inquiry", map[string]any{"code": code.PaymentCode}); status != http.StatusOK || !strings.Contains(answer, "Toko Melati") {
			t.Errorf("the till: %d %s", status, answer)
		}
		for _, x := range must(s.Store.ExchangesOf(t.Context(), code.ID)) {
			if x.Kind == "inquiry" {
				return string(x.ResponseBody)
			}
		}
		t.Fatal("no inquiry is kept")
		return ""
	}
	if body := answered(); !strings.Contains(body, `"info":"Toko Melati"`) || strings.Contains(body, "info1") {
		t.Errorf("by default: %s", body)
	}
	v.post("/settings", saved("inquiry_info1", "true"))
	if body := answered(); !strings.Contains(body, `"info1":"Toko Melati"`) || strings.Contains(body, `"info":`) {
		t.Errorf("with the switch on: %s", body)
	}
}
