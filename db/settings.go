package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
)

// SettingShop is the name of the setting that holds the shop's name.
const SettingShop = "shop"

// SettingSecondStep is the name of the setting that asks the second step of
// signing in from everybody: "true" when it is on.
const SettingSecondStep = "second_step_all"

// EventSettingChanged tells of a setting; its detail is setting, before and after.
const EventSettingChanged payments.EventKind = "setting_changed"

// A setting is one of the owner's choices as it is stored: its name and the
// text of its value.
type setting struct {
	name  string
	write func(payments.Settings) string
	read  func(*payments.Settings, string) error
}

// settings are all of payments.Settings. A new one is one line here.
var settings = []setting{
	line(SettingShop, func(s *payments.Settings) *string { return &s.Shop }),
	number("limit_min", func(s *payments.Settings) *int64 { return &s.Limits.Min }),
	number("limit_max", func(s *payments.Settings) *int64 { return &s.Limits.Max }),
	number("limit_cash", func(s *payments.Settings) *int64 { return &s.Limits.CashAbove }),
	boolean("inquiry_info1", func(s *payments.Settings) *bool { return &s.UseInfo1 }),
	boolean("strict_signature", func(s *payments.Settings) *bool { return &s.StrictSignature }),
	boolean("offer_mgpc", func(s *payments.Settings) *bool { return &s.MGPC }),
	boolean("offer_dipc", func(s *payments.Settings) *bool { return &s.DIPC }),
	inJSON("settlement_presets", func(s *payments.Settings) *[]payments.Preset { return &s.Presets }),
	line("whatsapp", func(s *payments.Settings) *string { return &s.WhatsApp }),
	number("refund_second_above", func(s *payments.Settings) *int64 { return &s.SecondAbove }),
	number("fee_per_payment", func(s *payments.Settings) *int64 { return &s.Fee.PerPayment }),
	number("fee_basis_points", func(s *payments.Settings) *int64 { return &s.Fee.BasisPoints }),
	number("settlement_days", func(s *payments.Settings) *int64 { return &s.Fee.SettlementDays }),
	boolean(SettingSecondStep, func(s *payments.Settings) *bool { return &s.SecondStepForAll }),
	number("retention_months", func(s *payments.Settings) *int64 { return &s.RetentionMonths }),
	number("backup_hour", func(s *payments.Settings) *int64 { return &s.BackupHour }),
	number("till_lock", func(s *payments.Settings) *int64 { return &s.TillLock }),
	number("backups_kept", func(s *payments.Settings) *int64 { return &s.BackupsKept }),
	line("timezone", func(s *payments.Settings) *string { return &s.Zone }),
	line("language", func(s *payments.Settings) *string { return &s.Language }),
	number("default_expiry", func(s *payments.Settings) *int64 { return &s.Defaults.Minutes }),
	line("default_info", func(s *payments.Settings) *string { return &s.Defaults.Info }),
	line("default_footer", func(s *payments.Settings) *string { return &s.Defaults.Footer }),
}

// settingsNamed reads those alone: the table holds larger things too.
var settingsNamed = func() string {
	names := make([]string, len(settings))
	for i, one := range settings {
		names[i] = "'" + one.name + "'"
	}
	return "SELECT name, value FROM settings WHERE name IN (" + strings.Join(names, ", ") + ")"
}()

func number(name string, of func(*payments.Settings) *int64) setting {
	return setting{
		name,
		func(s payments.Settings) string { return strconv.FormatInt(*of(&s), 10) },
		func(s *payments.Settings, v string) (err error) {
			*of(s), err = strconv.ParseInt(v, 10, 64)
			return err
		},
	}
}

func boolean(name string, of func(*payments.Settings) *bool) setting {
	return setting{
		name,
		func(s payments.Settings) string { return strconv.FormatBool(*of(&s)) },
		func(s *payments.Settings, v string) (err error) { *of(s), err = strconv.ParseBool(v); return err },
	}
}

func line(name string, of func(*payments.Settings) *string) setting {
	return setting{
		name,
		func(s payments.Settings) string { return *of(&s) },
		func(s *payments.Settings, v string) error { *of(s) = v; return nil },
	}
}

func inJSON[T any](name string, of func(*payments.Settings) *T) setting {
	return setting{
		name,
		func(s payments.Settings) string {
			text, err := json.Marshal(of(&s))
			if err != nil {
				panic(err) // of a type of ours that JSON has no word for
			}
			return string(text)
		},
		func(s *payments.Settings, v string) error { return json.Unmarshal([]byte(v), of(s)) },
	}
}

// Setting reads one setting, "" when it was never set.
func (r reads) Setting(ctx context.Context, name string) (string, error) {
	v, err := first(ctx, r, scanText, `SELECT value FROM settings WHERE name = $1`, name)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return v, err
}

// put stores a value under a name, whatever stood there, and tells nobody.
func (tx *Tx) put(name, value string) error {
	_, err := tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// Set changes a setting and logs it with what it was before.
func (tx *Tx) Set(name, value, by string, at time.Time) error {
	before, err := tx.Setting(tx.ctx, name)
	if err != nil || before == value {
		return err
	}
	if err := tx.put(name, value); err != nil {
		return err
	}
	return tx.Append(payments.Event{
		At: at, Kind: EventSettingChanged, Actor: by,
		Detail: map[string]string{"setting": name, "before": before, "after": value},
	})
}

// Settings are the owner's choices; what was never saved has its default.
func (r reads) Settings(ctx context.Context) (payments.Settings, error) {
	s := payments.DefaultSettings
	pairs, err := all(ctx, r, func(row scanner) (pair [2]string, err error) {
		err = row.Scan(&pair[0], &pair[1])
		return pair, err
	}, settingsNamed)
	if err != nil {
		return s, err
	}
	saved := make(map[string]string, len(pairs))
	for _, p := range pairs {
		saved[p[0]] = p[1]
	}
	for _, one := range settings {
		if value, ok := saved[one.name]; ok {
			if err := one.read(&s, value); err != nil {
				return s, fmt.Errorf("setting %s: %w", one.name, err)
			}
		}
	}
	return s, nil
}

// SettingsOf are the defaults with one setting as the log tells of it: the text
// that was stored, or "" when none was.
func SettingsOf(name, value string) (payments.Settings, error) {
	s := payments.DefaultSettings
	i := slices.IndexFunc(settings, func(one setting) bool { return one.name == name })
	if i < 0 {
		return s, fmt.Errorf("%w: setting %s", ErrNotFound, name)
	}
	if value == "" {
		return s, nil
	}
	err := settings[i].read(&s, value)
	return s, err
}

// ChangeSettings applies change to the settings as they stand and logs each
// that became different.
func (d *DB) ChangeSettings(ctx context.Context, by string, at time.Time, change func(*payments.Settings) error) error {
	return d.Write(ctx, func(tx *Tx) error {
		before, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		after := before
		if err := change(&after); err != nil {
			return err
		}
		for _, one := range settings {
			value := one.write(after)
			if value == one.write(before) {
				continue // a default stays one, and may change with the program
			}
			if err := tx.Set(one.name, value, by, at); err != nil {
				return err
			}
		}
		return nil
	})
}
