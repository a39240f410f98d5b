package payments

import (
	"slices"
	"strings"

	"kodebayar/payments/doku"
)

// Settings are the owner's choices that need no restart. They are kept in the
// store and read at each use, so that a change is in force at once, in every
// instance.
type Settings struct {
	Shop   string // its name
	Limits Limits
	// UseInfo1 answers inquiries with info1, as the guide's sample does, in
	// place of info, as its table says.
	UseInfo1 bool
	// StrictSignature refuses answers of DOKU whose signature is missing or
	// wrong; see doku.Client.
	StrictSignature bool
	// MGPC and DIPC offer these modes in production: DOKU's care team switches
	// each on by itself. See Service.Modes.
	MGPC, DIPC bool
	Presets    []Preset
	// WhatsApp is the shop's number for customers: digits with the country's
	// first, "6281234567890"; empty: none.
	WhatsApp string
	Fee      Fee
	Defaults Defaults
	// SecondAbove is the amount, rupiah, above which what is given back of a code
	// waits for a second person; zero: nothing does.
	SecondAbove int64
	// SecondStepForAll has everybody set the second step of signing in up before
	// anything else, not owners and managers in production alone.
	SecondStepForAll bool
	// RetentionMonths is how long a code keeps the personal detail of its
	// customer; zero: for ever.
	RetentionMonths int64
	// Zone is the shop's by its IANA name, Language the one for whoever has
	// chosen none, "en"; empty: as the program was started, and Indonesian.
	Zone, Language string
	// BackupHour is the hour of the shop's day at which a backup is made, 0 to
	// 23; BackupsKept is how many of the night, and as many made by hand, stay.
	BackupHour, BackupsKept int64
	// TillLock is after how many minutes without a person a session at a shared
	// till ends; see TillLocks.
	TillLock int64
}

// Fee is what DOKU is expected to keep of each payment, and when the rest comes:
// an estimate, by the owner's contract.
type Fee struct {
	PerPayment     int64 // rupiah
	BasisPoints    int64 // hundredths of a percent
	SettlementDays int64 // working days from the payment to the transfer
}

// Of is the fee of a payment, rupiah, rounded up, and never more than the
// payment.
func (f Fee) Of(amount int64) int64 { return f.Estimate(1, amount) }

// Estimate is the fee of so many payments of so much together, rupiah.
func (f Fee) Estimate(payments, total int64) int64 {
	// In parts, for a percentage of all the money there is would not fit.
	percent := total/10_000*f.BasisPoints + (total%10_000*f.BasisPoints+9_999)/10_000
	return min(total, payments*f.PerPayment+percent)
}

// MaxExpiresIn is how long a code may live, minutes (both guides, expired_time).
const MaxExpiresIn = doku.MaxExpiresIn

// Defaults are what a new code begins with.
type Defaults struct {
	Minutes int64  // until it expires; zero: the program's own
	Info    string // line of the till screen
	Footer  string // foot of the receipt
}

// TillLocks are the minutes that may be chosen for TillLock.
var TillLocks = []int64{2, 5, 15, 30, 60}

// DefaultSettings are in force until the owner knows better.
var DefaultSettings = Settings{
	Limits: DefaultLimits, Fee: Fee{SettlementDays: 2}, BackupHour: 3, BackupsKept: 14, TillLock: 5,
}

// Limits are what the channel takes, in whole rupiah. DOKU publishes none;
// the defaults are those other gateways print for Alfamart (PPRO, Xendit).
type Limits struct {
	Min int64
	Max int64
	// CashAbove is the amount above which a store may ask for a card, and some
	// stores refuse; zero: nothing is said of it.
	CashAbove int64
}

// DefaultLimits are used until the owner knows better.
var DefaultLimits = Limits{Min: 10_000, Max: 5_000_000, CashAbove: 2_500_000}

// maxRupiah has the twelve digits that both guides give order.amount.
const maxRupiah = 999_999_999_999

// Validate holds limits to sense. The fields are limit_min, limit_max and
// limit_cash.
func (l Limits) Validate() FieldErrors {
	var wrong FieldErrors
	between := func(field string, n, least, most int64) {
		switch {
		case n < least:
			wrong = append(wrong, doku.FieldError{Field: field, Rule: doku.TooSmall, Limit: int(least), Got: int(n)})
		case n > most:
			wrong = append(wrong, doku.FieldError{Field: field, Rule: doku.TooLarge, Limit: int(most), Got: int(n)})
		}
	}
	between("limit_min", l.Min, 1, maxRupiah)
	between("limit_max", l.Max, max(l.Min, 1), maxRupiah)
	between("limit_cash", l.CashAbove, 0, maxRupiah)
	return wrong
}

// InternationalPhone is a phone's digits with the country's first, whatever
// stands between them: a number that begins with 0, or with the 8 of a mobile
// phone and no +, is Indonesia's.
func InternationalPhone(typed string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, typed)
	switch {
	case strings.HasPrefix(strings.TrimSpace(typed), "+"):
		return digits
	case strings.HasPrefix(digits, "0"):
		return "62" + digits[1:]
	case strings.HasPrefix(digits, "8"):
		return "62" + digits
	}
	return digits
}

// WhatsApp reads a number as people write it; spaces, dashes, dots and brackets
// count for nothing. False when it cannot be a number that WhatsApp has.
func WhatsApp(typed string) (number string, ok bool) {
	number = InternationalPhone(typed)
	if strings.Trim(typed, "0123456789 -.()+") != "" || strings.LastIndex(strings.TrimSpace(typed), "+") > 0 {
		return "", false
	}
	if number == "" {
		return "", typed == ""
	}
	if number[0] == '0' || len(number) < 9 || len(number) > 15 {
		return "", false
	}
	return number, true
}

// Preset is a split of the money between bank accounts, made by the owner to
// choose from (DOKU, split settlement).
type Preset struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"` // unique, whatever the case of its letters
	Shares []doku.Settlement `json:"shares"`
}

const (
	maxPresets    = 20
	maxPresetName = 40 // characters
)

// AddPreset adds a preset. What is wrong with it comes back under the fields
// preset_name and shares, and nothing is added.
func (s *Settings) AddPreset(p Preset) FieldErrors {
	var wrong FieldErrors
	add := func(field string, e doku.FieldError) {
		e.Field = field
		wrong = append(wrong, e)
	}
	sameName := func(other Preset) bool { return strings.EqualFold(other.Name, p.Name) }
	switch n := len([]rune(p.Name)); {
	case p.Name == "":
		add("preset_name", doku.FieldError{Rule: doku.Missing})
	case n > maxPresetName:
		add("preset_name", doku.FieldError{Rule: doku.TooLong, Limit: maxPresetName, Got: n})
	case slices.ContainsFunc(s.Presets, sameName):
		add("preset_name", doku.FieldError{Rule: RuleTaken})
	case len(s.Presets) >= maxPresets:
		add("preset_name", doku.FieldError{Rule: RuleTooMany, Limit: maxPresets})
	}
	if len(p.Shares) == 0 {
		add("shares", doku.FieldError{Rule: doku.Missing})
	}
	// Of the largest sum there may be; a code of less is held to its own.
	sample := doku.CodeRequest{Amount: s.Limits.Max, Settlement: p.Shares}
	for _, e := range sample.Validate() {
		if e.Field == "settlement_preset" {
			add("shares", e)
		}
	}
	if len(wrong) == 0 {
		s.Presets = append(slices.Clone(s.Presets), p)
	}
	return wrong
}

// RemovePreset forgets a preset; codes made with it keep their shares.
func (s *Settings) RemovePreset(id string) {
	s.Presets = slices.DeleteFunc(slices.Clone(s.Presets), func(p Preset) bool { return p.ID == id })
}

// Preset finds a preset by its id.
func (s Settings) Preset(id string) (Preset, error) {
	i := slices.IndexFunc(s.Presets, func(p Preset) bool { return p.ID == id })
	if i < 0 {
		return Preset{}, ErrNotFound
	}
	return s.Presets[i], nil
}

// PresetNamed finds a preset by its name.
func (s Settings) PresetNamed(name string) (Preset, error) {
	i := slices.IndexFunc(s.Presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, ErrNotFound
	}
	return s.Presets[i], nil
}
