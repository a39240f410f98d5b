package db

import (
	"context"
	"errors"
	"time"

	"kodebayar/payments"
)

// The names of settings.
const (
	SettingShop = "shop" // the shop's name
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
