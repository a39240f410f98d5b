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
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return err
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
		Page: s.page(v, "settings"), Prefix: s.Service.CodePrefix, Logo: logoView(logo), LogoError: wrong["logo"].in(v.lang),
		Problem: saved.problem.in(v.lang),
		NewPreset: views.PresetForm{
			Name: field(added, "preset_name"), Type: added.get("type"), Error: wrong["shares"].in(v.lang), Problem: added.problem.in(v.lang),
		},
	}
	for _, g := range choices() {
		group := views.SettingGroup{ID: g.id, Title: g.title.in(v.lang), Lede: g.lede.in(v.lang)}
		for _, c := range g.choices {
			one := views.Setting{Name: c.name, Kind: c.kind, Optional: c.optional, Label: c.label.in(v.lang), Hint: c.hint.in(v.lang), Field: views.Field{Value: c.show(now)}, Fixed: s.Fixed[c.name], Warning: c.warning(v.lang, now, people)}
			if saved.values != nil && one.Fixed == "" {
				one.Field = field(saved, c.name)
			}
			shown = append(shown, c.name)
			for _, o := range c.options {
				one.Options = append(one.Options, views.Choice{Value: o.value, Label: o.label.in(v.lang)})
			}
			group.Settings = append(group.Settings, one)
		}
		p.Groups = append(p.Groups, group)
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

// readSettings puts what was posted into the settings. A switch that is left
// out is off, as a browser sends it; anything else left out stays as it is, and
// so does what the environment decides.
func (s *Server) readSettings(f form, to *payments.Settings) mistakes {
	wrong := mistakes{}
	for _, g := range choices() {
		for _, c := range g.choices {
			if _, given := f.values[c.name]; s.Fixed[c.name] != "" || !given && c.kind != views.SettingSwitch {
				continue
			}
			wrong.add(c.name, c.read(to, f.get(c.name)))
		}
	}
	if wrong["limit_min"] == (text{}) && wrong["limit_max"] == (text{}) && wrong["limit_cash"] == (text{}) {
		wrong.learn(to.Limits.Validate())
	}
	return wrong
}

// settingFields are the names that the form has.
func settingFields(more ...string) []string {
	for _, g := range choices() {
		for _, c := range g.choices {
			more = append(more, c.name)
		}
	}
	return more
}

// reviewSettings lists what would change before it does.
func (s *Server) reviewSettings(v *visit) error {
	f, err := readForm(v, settingFields("back")...)
	if err != nil {
		return err
	}
	now, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	next := now
	wrong := s.readSettings(f, &next)
	switch {
	case len(wrong) > 0 || f.problem != (text{}):
		return s.showSettings(v, http.StatusUnprocessableEntity, f, form{}, wrong)
	case f.get("back") != "":
		return s.showSettings(v, http.StatusOK, f, form{}, nil)
	}
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return err
	}
	p := views.SettingsReviewPage{Page: s.page(v, "settings")}
	for _, g := range choices() {
		for _, c := range g.choices {
			if value := c.show(next); value != "" || c.kind != views.SettingSwitch {
				p.Keep = append(p.Keep, views.Param{Name: c.name, Value: value})
			}
			if c.show(next) != c.show(now) {
				p.Changes = append(p.Changes, views.SettingChange{
					Group: g.title.in(v.lang), Label: c.label.in(v.lang), Before: c.shown(v.lang, now), After: c.shown(v.lang, next),
					Warning: c.warning(v.lang, next, people),
				})
			}
		}
	}
	if len(p.Changes) == 0 {
		s.say(v, "info", text{"Tidak ada yang berubah.", "Nothing has changed."})
		return s.redirect(v, "/settings")
	}
	return s.render(v, http.StatusOK, views.SettingsReview(p))
}

// saveSettings takes what the owner decides.
func (s *Server) saveSettings(v *visit) error {
	f, err := readForm(v, settingFields()...)
	if err != nil {
		return err
	}
	var wrong mistakes
	refused := errors.New("the settings have mistakes")
	err = s.Store.ChangeSettings(v.ctx(), v.actor(), s.Now().UTC(), func(now *payments.Settings) error {
		if wrong = s.readSettings(f, now); len(wrong) > 0 || f.problem != (text{}) {
			return refused
		}
		return nil
	})
	switch {
	case errors.Is(err, refused):
		return s.showSettings(v, http.StatusUnprocessableEntity, f, form{}, wrong)
	case err != nil:
		return err
	}
	s.rewire()
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
	err = s.Store.ChangeSettings(v.ctx(), v.actor(), s.Now().UTC(), func(now *payments.Settings) error {
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
	err = s.Store.ChangeSettings(v.ctx(), v.actor(), s.Now().UTC(), func(now *payments.Settings) error {
		now.RemovePreset(id)
		return nil
	})
	if err != nil {
		return err
	}
	s.say(v, "success", text{"Pembagian dana dihapus. Kode yang sudah dibuat tetap memakainya.", "The split was removed. Codes made with it keep it."})
	return s.redirect(v, "/settings")
}
