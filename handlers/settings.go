package handlers

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// settings is what the owner decides.
func (s *Server) settings(v *visit) error {
	return s.showSettings(v, http.StatusOK, form{}, form{}, nil)
}

// showSettings shows the settings as they stand, or one of the two forms as it
// was posted.
func (s *Server) showSettings(v *visit, status int, saved, added form, wrong mistakes) error {
	now, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	if saved.values == nil {
		saved.values = asSettings(now)
	}
	logo, err := s.Store.Logo(v.ctx())
	if err != nil {
		return err
	}
	shown := []string{"logo"}
	field := func(f form, name string) views.Field {
		shown = append(shown, name)
		return views.Field{Value: strings.ToValidUTF8(f.get(name), "\ufffd"), Error: wrong[name].in(v.lang)}
	}
	p := views.SettingsPage{
		Page:     s.page(v, "settings"),
		LimitMin: field(saved, "limit_min"), LimitMax: field(saved, "limit_max"), LimitCash: field(saved, "limit_cash"),
		UseInfo1: saved.get("inquiry_info1") == "true", StrictSignature: saved.get("strict_signature") == "true",
		MGPC: saved.get("offer_mgpc") == "true", DIPC: saved.get("offer_dipc") == "true", Prefix: s.Service.CodePrefix,
		WhatsApp: field(saved, "whatsapp"), Logo: logoView(logo), LogoError: wrong["logo"].in(v.lang),
		Problem: saved.problem.in(v.lang),
		NewPreset: views.PresetForm{
			Name: field(added, "preset_name"), Type: added.get("type"), Error: wrong["shares"].in(v.lang), Problem: added.problem.in(v.lang),
		},
	}
	for i := range shareRows {
		p.NewPreset.Rows = append(p.NewPreset.Rows, views.ShareFields{Account: field(added, row("account", i)), Value: field(added, row("value", i))})
	}
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		if name != "shares" && !slices.Contains(shown, name) {
			p.Problem = strings.TrimSpace(p.Problem + " " + wrong[name].in(v.lang))
		}
	}
	for _, preset := range now.Presets {
		view := views.PresetView{ID: preset.ID, Name: preset.Name}
		for _, share := range preset.Shares {
			view.Shares = append(view.Shares, shares([]payments.Settlement{share}))
		}
		p.Presets = append(p.Presets, view)
	}
	return s.render(v, status, views.Settings(p))
}

// asSettings is the form that would save the settings as they stand.
func asSettings(now payments.Settings) map[string][]string {
	f := map[string][]string{"limit_min": {grouped(now.Limits.Min)}, "limit_max": {grouped(now.Limits.Max)}}
	if now.WhatsApp != "" {
		f["whatsapp"] = []string{"+" + now.WhatsApp}
	}
	if now.Limits.CashAbove > 0 {
		f["limit_cash"] = []string{grouped(now.Limits.CashAbove)}
	}
	if now.UseInfo1 {
		f["inquiry_info1"] = []string{"true"}
	}
	if now.StrictSignature {
		f["strict_signature"] = []string{"true"}
	}
	if now.MGPC {
		f["offer_mgpc"] = []string{"true"}
	}
	if now.DIPC {
		f["offer_dipc"] = []string{"true"}
	}
	return f
}

// saveSettings takes the limits, the switches and the shop's WhatsApp.
func (s *Server) saveSettings(v *visit) error {
	f, err := readForm(v, "limit_min", "limit_max", "limit_cash", "inquiry_info1", "strict_signature", "offer_mgpc", "offer_dipc", "whatsapp")
	if err != nil {
		return err
	}
	wrong := mistakes{}
	sum := func(name string) int64 {
		n, unreadable := parseAmount(f.get(name))
		wrong.add(name, unreadable)
		return n
	}
	l := payments.Limits{Min: sum("limit_min"), Max: sum("limit_max")}
	if cash := f.get("limit_cash"); cash != "" && cash != "0" {
		l.CashAbove = sum("limit_cash")
	}
	for _, name := range []string{"inquiry_info1", "strict_signature", "offer_mgpc", "offer_dipc"} {
		if on := f.get(name); on != "" && on != "true" {
			wrong.add(name, text{"Isian “" + name + "” hanya boleh true atau dikosongkan.", "The field “" + name + "” is true or left out."})
		}
	}
	whatsApp, ok := payments.WhatsApp(f.get("whatsapp"))
	if !ok {
		wrong.add("whatsapp", text{"Tulis nomor WhatsApp, misalnya 0812 3456 7890.", "Write a WhatsApp number, for instance +62 812 3456 7890."})
	}
	wrong.learn(l.Validate())
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showSettings(v, http.StatusUnprocessableEntity, f, form{}, wrong)
	}
	err = s.Store.ChangeSettings(v.ctx(), payments.StaffActor(v.member.ID), s.Now().UTC(), func(now *payments.Settings) error {
		now.Limits, now.UseInfo1, now.StrictSignature = l, f.get("inquiry_info1") == "true", f.get("strict_signature") == "true"
		now.MGPC, now.DIPC, now.WhatsApp = f.get("offer_mgpc") == "true", f.get("offer_dipc") == "true", whatsApp
		return nil
	})
	if err != nil {
		return err
	}
	s.say(v, "success", text{"Pengaturan disimpan dan langsung berlaku.", "The settings are saved and in force."})
	return s.redirect(v, "/settings")
}

// maxPresetName is what the service takes, characters.
const maxPresetName = 40

// shareRows is how many accounts the form has room for.
const shareRows = 4

func row(name string, i int) string { return name + "_" + strconv.Itoa(i+1) }

// addPreset adds a split settlement to choose from.
func (s *Server) addPreset(v *visit) error {
	names := []string{"preset_name", "type"}
	for i := range shareRows {
		names = append(names, row("account", i), row("value", i))
	}
	f, err := readForm(v, names...)
	if err != nil {
		return err
	}
	wrong := mistakes{}
	preset := payments.Preset{ID: s.Service.NewID(), Name: f.get("preset_name"), Shares: readShares(f, wrong)}
	if preset.Name != "" {
		wrong.add("preset_name", wrongName(preset.Name, maxPresetName))
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		now, err := s.Store.Settings(v.ctx())
		if err != nil {
			return err
		}
		rowsWrong := len(wrong) > 0
		for _, e := range now.AddPreset(preset) { // tells the rest as well; nothing is saved
			if e.Field != "shares" || !rowsWrong {
				wrong.learn(payments.FieldErrors{e})
			}
		}
		return s.showSettings(v, http.StatusUnprocessableEntity, form{}, f, wrong)
	}
	var found payments.FieldErrors
	err = s.Store.ChangeSettings(v.ctx(), payments.StaffActor(v.member.ID), s.Now().UTC(), func(now *payments.Settings) error {
		if found := now.AddPreset(preset); len(found) > 0 {
			return found
		}
		return nil
	})
	switch {
	case errors.As(err, &found):
		wrong.learn(found)
		return s.showSettings(v, http.StatusUnprocessableEntity, form{}, f, wrong)
	case err != nil:
		return err
	}
	s.say(v, "success", text{"Pembagian dana ditambahkan: " + preset.Name + ".", "The split was added: " + preset.Name + "."})
	return s.redirect(v, "/settings")
}

// readShares reads the filled rows; a row half filled is a mistake at the
// other half.
func readShares(f form, wrong mistakes) []payments.Settlement {
	kind := payments.SettlementType(f.get("type"))
	var list []payments.Settlement
	for i := range shareRows {
		account, value := f.get(row("account", i)), f.get(row("value", i))
		if account == "" && value == "" {
			continue
		}
		if account == "" {
			wrong.add(row("account", i), text{"Isi ID rekeningnya.", "Enter the account's id."})
		}
		n, unreadable := parseAmount(value)
		if unreadable != (text{}) {
			unreadable = text{"Isi bagiannya dengan angka bulat.", "Enter the share as a whole number."}
		}
		wrong.add(row("value", i), unreadable)
		list = append(list, payments.Settlement{AccountID: account, Value: n, Type: kind})
	}
	return list
}

// removePreset forgets a split settlement.
func (s *Server) removePreset(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	id, err := plain(v.Param("preset"))
	if err != nil {
		return err
	}
	err = s.Store.ChangeSettings(v.ctx(), payments.StaffActor(v.member.ID), s.Now().UTC(), func(now *payments.Settings) error {
		now.RemovePreset(id)
		return nil
	})
	if err != nil {
		return err
	}
	s.say(v, "success", text{"Pembagian dana dihapus. Kode yang sudah dibuat tetap memakainya.", "The split was removed. Codes made with it keep it."})
	return s.redirect(v, "/settings")
}
