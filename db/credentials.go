package db

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kodebayar/payments"
)

// EventCredentials tells that the credentials at DOKU were changed; its detail
// is environment, client_id, and secret_key, which says changed, kept or removed
// and never what it is.
const EventCredentials payments.EventKind = "doku_credentials"

const (
	settingCredentials = "doku_credentials_" // and the environment; sealed
	settingEnvironment = "doku_environment"
)

// ErrSealed says that what was saved cannot be opened with the key at hand.
var ErrSealed = errors.New("sealed with another key")

// Credentials are those that were saved for an environment, zero when none
// were.
func (d *DB) Credentials(ctx context.Context, env payments.Environment) (c payments.Credentials, err error) {
	text, err := d.Setting(ctx, settingCredentials+string(env))
	if err != nil || text == "" {
		return c, err
	}
	return d.openCredentials(env, text)
}

func (d *DB) openCredentials(env payments.Environment, text string) (c payments.Credentials, err error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		sealed, err = d.sealer.Open(nil, nil, sealed, []byte(env))
	}
	if err == nil {
		err = json.Unmarshal(sealed, &c)
	}
	if err != nil {
		return payments.Credentials{}, fmt.Errorf("%w: credentials for %s: %w", ErrSealed, env, err)
	}
	return c, nil
}

// SetCredentials saves those of an environment; the zero ones take them away.
func (d *DB) SetCredentials(ctx context.Context, env payments.Environment, c payments.Credentials, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		name := settingCredentials + string(env)
		text, err := tx.Setting(ctx, name)
		if err != nil {
			return err
		}
		var before payments.Credentials
		sealed := false // with another key: replaced like any other
		if text != "" {
			before, err = d.openCredentials(env, text)
			if sealed = errors.Is(err, ErrSealed); err != nil && !sealed {
				return err
			}
		}
		if before == c && !sealed {
			return nil
		}
		secret := "kept"
		switch {
		case !c.Set():
			secret = "removed"
		case before.SecretKey != c.SecretKey:
			secret = "changed"
		}
		if !c.Set() {
			_, err = tx.Exec(`DELETE FROM settings WHERE name = $1`, name)
		} else {
			var plain []byte
			if plain, err = json.Marshal(c); err != nil {
				return err
			}
			sealed := base64.StdEncoding.EncodeToString(d.sealer.Seal(nil, nil, plain, []byte(env)))
			err = tx.put(name, sealed)
		}
		if err != nil {
			return err
		}
		return tx.Append(payments.Event{At: at, Kind: EventCredentials, Actor: by, Detail: map[string]string{
			"environment": string(env), "client_id": c.ClientID, "secret_key": secret,
		}})
	})
}

// Environment is the one that was chosen on the settings page, empty when none
// was.
func (r reads) Environment(ctx context.Context) (payments.Environment, error) {
	env, err := r.Setting(ctx, settingEnvironment)
	return payments.Environment(env), err
}

// SetEnvironment chooses it.
func (d *DB) SetEnvironment(ctx context.Context, env payments.Environment, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error { return tx.Set(settingEnvironment, string(env), by, at) })
}

const settingMark = "seen_" // and the step

// Mark notes when a step of setting up was last seen to work. A mark is no
// event: it changes nothing.
func (d *DB) Mark(ctx context.Context, step string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		return tx.put(settingMark+step, at.UTC().Format(time.RFC3339))
	})
}

// Marks are the moments of all marks, by their step.
func (r reads) Marks(ctx context.Context) (map[string]time.Time, error) {
	marks := map[string]time.Time{}
	_, err := all(ctx, r, func(row scanner) (none struct{}, err error) {
		var name, value string
		if err := row.Scan(&name, &value); err != nil {
			return none, err
		}
		marks[strings.TrimPrefix(name, settingMark)], err = time.Parse(time.RFC3339, value)
		return none, err
	}, `SELECT name, value FROM settings WHERE substr(name, 1, 5) = $1`, settingMark)
	return marks, err
}
