package db

import (
	"context"
	"time"

	"kodebayar/payments"
)

// Events of passkeys; the detail is staff and name, and for a clone nothing more.
const (
	EventPasskeyAdded   payments.EventKind = "passkey_added"
	EventPasskeyRemoved payments.EventKind = "passkey_removed"
	EventPasskeyCloned  payments.EventKind = "passkey_refused" // its counter went back: there is a copy
)

// Passkey is a key that a member's device holds.
type Passkey struct {
	ID         string // of the credential, base64url
	StaffID    string
	Name       string
	Credential []byte // public key, flags and counter, as JSON
	MadeAt     time.Time
	UsedAt     time.Time // zero: never
}

const passkeyColumns = `id, staff_id, name, credential, made_at, used_at`

func scanPasskey(s scanner) (p Passkey, err error) {
	var credential string
	err = s.Scan(&p.ID, &p.StaffID, &p.Name, &credential, stored{&p.MadeAt}, stored{&p.UsedAt})
	p.Credential = []byte(credential)
	return p, err
}

// Passkeys are those of a member, oldest first.
func (r reads) Passkeys(ctx context.Context, staffID string) ([]Passkey, error) {
	return all(ctx, r, scanPasskey, `SELECT `+passkeyColumns+` FROM passkeys WHERE staff_id = $1 ORDER BY made_at, id`, staffID)
}

// Passkey finds one by the credential's id.
func (r reads) Passkey(ctx context.Context, id string) (Passkey, error) {
	return first(ctx, r, scanPasskey, `SELECT `+passkeyColumns+` FROM passkeys WHERE id = $1`, id)
}

// AddPasskey keeps a new one; ErrConflict when it is known.
func (d *DB) AddPasskey(ctx context.Context, p Passkey) error {
	return d.Write(ctx, func(tx *Tx) error {
		ok, err := affected(tx.Exec(`INSERT INTO passkeys (`+passkeyColumns+`) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING`,
			p.ID, p.StaffID, p.Name, string(p.Credential), millis(p.MadeAt)))
		if err != nil {
			return err
		}
		if !ok {
			return payments.ErrConflict
		}
		return tx.Append(payments.Event{At: p.MadeAt, Kind: EventPasskeyAdded, Actor: payments.StaffActor(p.StaffID), Detail: map[string]string{"staff": p.StaffID, "name": p.Name}})
	})
}

// UsePasskey keeps the counter of one that somebody signed in by.
func (d *DB) UsePasskey(ctx context.Context, id string, credential []byte, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE passkeys SET credential = $2, used_at = $3 WHERE id = $1`, id, string(credential), millis(at))
		return err
	})
}

// RemovePasskey forgets one of a member's; ErrNotFound when they have no such.
func (d *DB) RemovePasskey(ctx context.Context, staffID, id, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		p, err := tx.Passkey(ctx, id)
		if err != nil {
			return err
		}
		if p.StaffID != staffID {
			return ErrNotFound
		}
		return tx.removePasskey(p, by, at)
	})
}

func (tx *Tx) removePasskey(p Passkey, by string, at time.Time) error {
	if _, err := tx.Exec(`DELETE FROM passkeys WHERE id = $1`, p.ID); err != nil {
		return err
	}
	return tx.Append(payments.Event{At: at, Kind: EventPasskeyRemoved, Actor: by, Detail: map[string]string{"staff": p.StaffID, "name": p.Name}})
}

// DropPasskeys forgets all of a member's: they lost their devices.
func (d *DB) DropPasskeys(ctx context.Context, staffID, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		list, err := tx.Passkeys(ctx, staffID)
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := tx.removePasskey(p, by, at); err != nil {
				return err
			}
		}
		return nil
	})
}
