package views

import "strconv"

// SettingsPage is what the owner decides, /settings. Its first form posts
// limit_min, limit_max, limit_cash, inquiry_info1, strict_signature, offer_mgpc,
// offer_dipc and whatsapp to /settings; the second one posts a new preset to /settings/presets:
// preset_name, type (PERCENTAGE or FIX), and account_N and value_N from 1.
type SettingsPage struct {
	Page
	// LimitMin, LimitMax and LimitCash hold rupiah as digits with dots.
	LimitMin, LimitMax, LimitCash Field
	UseInfo1, StrictSignature     bool
	MGPC, DIPC                    bool
	// Prefix is the BIN that DOKU assigned; empty: none yet.
	Prefix string
	// WhatsApp is the shop's number for customers.
	WhatsApp Field
	Problem  string
	// Logo is the shop's picture, LogoError what is wrong with a new one.
	Logo      Logo
	LogoError string

	// Presets are those there are.
	Presets []PresetView
	// NewPreset is the form for one more.
	NewPreset PresetForm
}

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
