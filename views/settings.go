package views

import "strconv"

// SettingsPage is what the owner decides, /settings. Its first form posts the
// settings of its groups to /settings/review, or to /settings at once; the
// second one posts a new preset to /settings/presets: preset_name, type
// (PERCENTAGE or FIX), and account_N and value_N from 1.
type SettingsPage struct {
	Page
	Groups []SettingGroup
	// Prefix is the BIN that DOKU assigned; empty: none yet.
	Prefix  string
	Problem string
	// Logo is the shop's picture, LogoError what is wrong with a new one.
	Logo      Logo
	LogoError string

	// Presets are those there are.
	Presets []PresetView
	// NewPreset is the form for one more.
	NewPreset PresetForm
}

// SettingGroup are settings that belong together.
type SettingGroup struct {
	ID, Title, Lede string
	Settings        []Setting
}

// SettingKind is how a setting is asked for.
type SettingKind int

// The kinds of setting: a line of text, a phone number, rupiah with dots, a
// number, on or off ("true" or nothing), and one of a few.
const (
	SettingText SettingKind = iota
	SettingPhone
	SettingAmount
	SettingNumber
	SettingSwitch
	SettingPicked
)

// Setting is one of them, with what stands in its field.
type Setting struct {
	Name        string
	Kind        SettingKind
	Optional    bool // may be empty
	Label, Hint string
	Field       Field
	Options     []Choice
	// Fixed is the variable of the environment that decides it; empty: none.
	Fixed string
	// Warning is a ready sentence about it as it stands; empty: none.
	Warning string
}

// SettingsReviewPage lists what would change. Its form posts Keep to /settings,
// or to /settings/review with back.
type SettingsReviewPage struct {
	Page
	Changes []SettingChange
	Keep    []Param
}

// SettingChange is one of them, as ready text, with a warning if there is one.
type SettingChange struct{ Group, Label, Before, After, Warning string }

// PresetView is one split settlement.
type PresetView struct {
	ID, Name string
	// Shares are ready text, "60% SBS-0001-1".
	Shares []string
}

// PresetForm is the form for a split settlement.
type PresetForm struct {
	Name Field
	// Type is PERCENTAGE or FIX.
	Type string
	// Rows are its accounts, at least one.
	Rows []ShareFields
	// Error is what is wrong with the shares together.
	Error   string
	Problem string
}

// ShareFields are one account and its share.
type ShareFields struct{ Account, Value Field }

func rowName(name string, row int) string { return name + "_" + strconv.Itoa(row+1) }

func rowLabel(label string, row int) string { return label + " " + strconv.Itoa(row+1) }

// inputMode is the keyboard that a phone shows.
func (k SettingKind) inputMode() string {
	switch k {
	case SettingPhone:
		return "tel"
	case SettingAmount:
		return "numeric"
	case SettingNumber:
		return "decimal"
	}
	return ""
}
