package db

import (
	"context"
	"errors"
	"strconv"
	"time"

	"kodebayar/payments"
)

// The kinds of event about the second step of signing in. Their detail is
// staff, and left for a recovery code: how many there still are.
const (
	EventFactorOn     payments.EventKind = "two_factor_on"
	EventFactorOff    payments.EventKind = "two_factor_off"
	EventRecoveryUsed payments.EventKind = "recovery_code_used"
	EventRecoveryMade payments.EventKind = "recovery_codes_made"
)

// Authenticator is a member's app that shows codes.
type Authenticator struct {
	StaffID  string
	Secret   []byte // sealed
	LastStep int64  // the newest step whose code was used, in 30 s since 1970
	MadeAt   time.Time
}

// Authenticator is that of a member; ErrNotFound when they have none.
func (r reads) Authenticator(ctx context.Context, staffID string) (Authenticator, error) {
	return first(ctx, r, func(s scanner) (a Authenticator, err error) {
		err = s.Scan(&a.StaffID, &a.Secret, &a.LastStep, stored{&a.MadeAt})
		return a, err
	}, `SELECT staff_id, secret, last_step, made_at FROM authenticators WHERE staff_id = $1`, staffID)
}

// CountRecoveryCodes is how many a member has left.
func (r reads) CountRecoveryCodes(ctx context.Context, staffID string) (int64, error) {
	return first(ctx, r, scanInt, `SELECT COUNT(*) FROM recovery_codes WHERE staff_id = $1`, staffID)
}

// AddAuthenticator gives a member an authenticator and recovery codes by their
// digests; ErrConflict when they have one already.
func (d *DB) AddAuthenticator(ctx context.Context, a Authenticator, digests []string) error {
	return d.Write(ctx, func(tx *Tx) error {
		ok, err := affected(tx.Exec(`INSERT INTO authenticators (staff_id, secret, last_step, made_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, a.StaffID, a.Secret, a.LastStep, millis(a.MadeAt)))
		if err != nil {
			return err
		}
		if !ok {
			return payments.ErrConflict
		}
		if err := tx.setRecoveryCodes(a.StaffID, digests); err != nil {
			return err
		}
		return tx.Append(payments.Event{
			At: a.MadeAt, Kind: EventFactorOn, Actor: payments.StaffActor(a.StaffID), Detail: map[string]string{"staff": a.StaffID},
		})
	})
}

func (tx *Tx) setRecoveryCodes(staffID string, digests []string) error {
	if _, err := tx.Exec(`DELETE FROM recovery_codes WHERE staff_id = $1`, staffID); err != nil {
		return err
	}
	for _, digest := range digests {
		if _, err := tx.Exec(`INSERT INTO recovery_codes (digest, staff_id) VALUES ($1, $2)`, digest, staffID); err != nil {
			return err
		}
	}
	return nil
}

// RenewRecoveryCodes puts others in place of those a member had.
func (d *DB) RenewRecoveryCodes(ctx context.Context, staffID string, digests []string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Authenticator(ctx, staffID); err != nil {
			return err
		}
		if err := tx.setRecoveryCodes(staffID, digests); err != nil {
			return err
		}
		return tx.Append(payments.Event{
			At: at, Kind: EventRecoveryMade, Actor: payments.StaffActor(staffID), Detail: map[string]string{"staff": staffID},
		})
	})
}

// UseStep spends the code of a step; false when it, or a newer one, was used.
func (d *DB) UseStep(ctx context.Context, staffID string, step int64) (bool, error) {
	var fresh bool
	err := d.Write(ctx, func(tx *Tx) (err error) {
		fresh, err = affected(tx.Exec(`UPDATE authenticators SET last_step = $2 WHERE staff_id = $1 AND last_step < $2`, staffID, step))
		return err
	})
	if err != nil {
		return false, err // fresh may still be written to by the writer
	}
	return fresh, nil
}

// UseRecoveryCode spends a recovery code; false when there is no such one.
func (d *DB) UseRecoveryCode(ctx context.Context, staffID, digest string, at time.Time) (bool, error) {
	var used bool
	err := d.Write(ctx, func(tx *Tx) (err error) {
		used, err = affected(tx.Exec(`DELETE FROM recovery_codes WHERE digest = $1 AND staff_id = $2`, digest, staffID))
		if err != nil || !used {
			return err
		}
		left, err := tx.CountRecoveryCodes(ctx, staffID)
		if err != nil {
			return err
		}
		return tx.Append(payments.Event{
			At: at, Kind: EventRecoveryUsed, Actor: payments.StaffActor(staffID),
			Detail: map[string]string{"staff": staffID, "left": strconv.FormatInt(left, 10)},
		})
	})
	if err != nil {
		return false, err // used may still be written to by the writer
	}
	return used, nil
}

// DropAuthenticator takes the second step from a member; nothing happens when
// they have none.
func (d *DB) DropAuthenticator(ctx context.Context, staffID, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Authenticator(ctx, staffID); errors.Is(err, ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if err := tx.setRecoveryCodes(staffID, nil); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM authenticators WHERE staff_id = $1`, staffID); err != nil {
			return err
		}
		return tx.Append(payments.Event{At: at, Kind: EventFactorOff, Actor: by, Detail: map[string]string{"staff": staffID}})
	})
}
