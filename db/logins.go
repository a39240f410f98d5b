package db

import (
	"context"
	"strconv"
	"time"

	"kodebayar/payments"
)

// EventSessionsEnded tells that somebody was signed out elsewhere; its detail
// is staff and count, and the device when it was one.
const EventSessionsEnded payments.EventKind = "sessions_ended"

// Login is one place where a member is signed in.
type Login struct {
	ID, StaffID string
	Device      string // what the browser calls itself
	Address     string
	MadeAt      time.Time
	SeenAt      time.Time // within a few minutes
	ExpiresAt   time.Time
	// TillID is the shared till that they sit at, empty for a device of their
	// own; Till is its name, empty when it was removed.
	TillID, Till string
	// PIN is the hash of the PIN they come by, for AddLogin alone.
	PIN string
}

const loginColumns = `id, staff_id, device, address, made_at, seen_at, expires_at, till_id`

const selectLogin = `SELECT ` + loginColumns + `, COALESCE((SELECT name FROM tills WHERE tills.id = logins.till_id), '') FROM logins`

func scanLogin(s scanner) (l Login, err error) {
	err = s.Scan(&l.ID, &l.StaffID, &l.Device, &l.Address, stored{&l.MadeAt}, stored{&l.SeenAt}, stored{&l.ExpiresAt}, &l.TillID, &l.Till)
	return l, err
}

// Login finds a place where somebody is signed in; ErrNotFound when it ended.
func (r reads) Login(ctx context.Context, id string) (Login, error) {
	return first(ctx, r, scanLogin, selectLogin+` WHERE id = $1`, id)
}

// Logins are the places where a member is signed in, the newest first.
func (r reads) Logins(ctx context.Context, staffID string, now time.Time) ([]Login, error) {
	return all(ctx, r, scanLogin, selectLogin+` WHERE staff_id = $1 AND expires_at > $2 ORDER BY id DESC`,
		staffID, millis(now))
}

// AddLogin notes that somebody signed in, and sweeps what has run out.
// ErrNotFound when their till, or the PIN they come by, was taken away
// meanwhile.
func (d *DB) AddLogin(ctx context.Context, l Login) error {
	return d.Write(ctx, func(tx *Tx) error {
		if l.TillID != "" {
			there, err := affected(tx.Exec(`UPDATE tills SET last_used_at = $2 WHERE id = $1`, l.TillID, millis(l.MadeAt)))
			if err != nil {
				return err
			}
			if !there {
				return ErrNotFound
			}
		}
		if l.PIN != "" {
			if p, err := tx.PIN(ctx, l.StaffID); err != nil {
				return err
			} else if p.Hash != l.PIN {
				return ErrNotFound
			}
		}
		if _, err := tx.Exec(`DELETE FROM logins WHERE expires_at <= $1`, millis(l.MadeAt)); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO logins (`+loginColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			l.ID, l.StaffID, l.Device, l.Address, millis(l.MadeAt), millis(l.SeenAt), millis(l.ExpiresAt), l.TillID)
		return err
	})
}

// SeeLogin notes that somebody was here, where from, and until when they stay
// signed in: SeenAt, Address and ExpiresAt of l.
func (d *DB) SeeLogin(ctx context.Context, l Login) error {
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE logins SET seen_at = $2, address = $3, expires_at = $4 WHERE id = $1`,
			l.ID, millis(l.SeenAt), l.Address, millis(l.ExpiresAt))
		if err != nil || l.TillID == "" {
			return err
		}
		_, err = tx.Exec(`UPDATE tills SET last_used_at = $2 WHERE id = $1`, l.TillID, millis(l.SeenAt))
		return err
	})
}

// DropLogin forgets a login whose session was ended by who had it.
func (d *DB) DropLogin(ctx context.Context, id string) error {
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM logins WHERE id = $1`, id)
		return err
	})
}

// EndLogin signs a member out of one place; ErrNotFound when they are not
// signed in there.
func (d *DB) EndLogin(ctx context.Context, staffID, id, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		l, err := tx.Login(ctx, id)
		if err != nil {
			return err
		}
		if l.StaffID != staffID {
			return ErrNotFound
		}
		if _, err := tx.Exec(`DELETE FROM logins WHERE id = $1`, id); err != nil {
			return err
		}
		return tx.Append(payments.Event{
			At: at, Kind: EventSessionsEnded, Actor: by,
			Detail: map[string]string{"staff": staffID, "count": "1", "device": l.Device},
		})
	})
}

// EndLogins signs a member out everywhere but at keep, which may be empty.
func (d *DB) EndLogins(ctx context.Context, staffID, keep, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		n, err := tx.endLogins(staffID, keep)
		if err != nil || n == 0 {
			return err
		}
		return tx.Append(payments.Event{
			At: at, Kind: EventSessionsEnded, Actor: by,
			Detail: map[string]string{"staff": staffID, "count": strconv.FormatInt(n, 10)},
		})
	})
}

func (tx *Tx) endLogins(staffID, keep string) (int64, error) {
	res, err := tx.Exec(`DELETE FROM logins WHERE staff_id = $1 AND id <> $2`, staffID, keep)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
