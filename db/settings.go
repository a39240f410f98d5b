package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kodebayar/payments"
)

// The names of settings.
const (
	SettingShop = "shop" // the shop's name

	settingMin     = "limit_min" // rupiah, as are the next two
	settingMax     = "limit_max"
	settingCash    = "limit_cash"
	settingInfo1   = "inquiry_info1"      // true or false
	settingStrict  = "strict_signature"   // true or false
	settingMGPC    = "offer_mgpc"         // true or false
	settingDIPC    = "offer_dipc"         // true or false
	settingPresets = "settlement_presets" // JSON

	settingWhatsApp = "whatsapp" // digits, the country's first
)

// EventSettingChanged tells of a setting; its detail is setting, before and after.
const EventSettingChanged payments.EventKind = "setting_changed"

// Setting reads one setting, "" when it was never set.
func (r reads) Setting(ctx context.Context, name string) (string, error) {
	v, err := first(ctx, r, scanText, `SELECT value FROM settings WHERE name = $1`, name)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return v, err
}

// Set changes a setting and logs it with what it was before.
func (tx *Tx) Set(name, value, by string, at time.Time) error {
	before, err := tx.Setting(tx.ctx, name)
	if err != nil || before == value {
		return err
	}
	_, err = tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
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
	}, `SELECT name, value FROM settings WHERE name IN ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		settingMin, settingMax, settingCash, settingInfo1, settingStrict, settingPresets, settingWhatsApp, settingMGPC, settingDIPC)
	if err != nil {
		return s, err
	}
	for _, p := range pairs {
		var err error
		switch name, value := p[0], p[1]; name {
		case settingMin:
			s.Limits.Min, err = strconv.ParseInt(value, 10, 64)
		case settingMax:
			s.Limits.Max, err = strconv.ParseInt(value, 10, 64)
		case settingCash:
			s.Limits.CashAbove, err = strconv.ParseInt(value, 10, 64)
		case settingInfo1:
			s.UseInfo1, err = strconv.ParseBool(value)
		case settingStrict:
			s.StrictSignature, err = strconv.ParseBool(value)
		case settingMGPC:
			s.MGPC, err = strconv.ParseBool(value)
		case settingDIPC:
			s.DIPC, err = strconv.ParseBool(value)
		case settingPresets:
			err = json.Unmarshal([]byte(value), &s.Presets)
		case settingWhatsApp:
			s.WhatsApp = value
		}
		if err != nil {
			return s, fmt.Errorf("setting %s: %w", p[0], err)
		}
	}
	return s, nil
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
		was, err := written(before)
		if err != nil {
			return err
		}
		is, err := written(after)
		if err != nil {
			return err
		}
		for i, s := range is {
			if s == was[i] {
				continue // a default stays one, and may change with the program
			}
			if err := tx.Set(s.name, s.value, by, at); err != nil {
				return err
			}
		}
		return nil
	})
}

type setting struct{ name, value string }

// written are the settings as they are stored.
func written(s payments.Settings) ([]setting, error) {
	presets, err := json.Marshal(s.Presets)
	return []setting{
		{settingMin, strconv.FormatInt(s.Limits.Min, 10)},
		{settingMax, strconv.FormatInt(s.Limits.Max, 10)},
		{settingCash, strconv.FormatInt(s.Limits.CashAbove, 10)},
		{settingInfo1, strconv.FormatBool(s.UseInfo1)},
		{settingStrict, strconv.FormatBool(s.StrictSignature)},
		{settingMGPC, strconv.FormatBool(s.MGPC)},
		{settingDIPC, strconv.FormatBool(s.DIPC)},
		{settingPresets, string(presets)},
		{settingWhatsApp, s.WhatsApp},
	}, err
}
