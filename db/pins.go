package db

import (
	"context"
	"errors"
	"time"

	"kodebayar/payments"
)

// Events of PINs. The detail is staff, and for a sign-in what that of
// EventSignedIn is; never the PIN or its hash.
const (
	EventPINSet      payments.EventKind = "pin_set"
	EventPINRemoved  payments.EventKind = "pin_removed"
	EventPINSignedIn payments.EventKind = "signed_in_by_pin"
)

// PIN is by what a cashier comes at a shared till.
type PIN struct {
	StaffID string
	Hash    string
	MadeAt  time.Time
}

// PIN is that of a member; ErrNotFound when they have none.
func (r reads) PIN(ctx context.Context, staffID string) (PIN, error) {
	return first(ctx, r, func(s scanner) (p PIN, err error) {
		err = s.Scan(&p.StaffID, &p.Hash, stored{&p.MadeAt})
		return p, err
	}, `SELECT staff_id, hash, made_at FROM pins WHERE staff_id = $1`, staffID)
}

// holders are those who may come by PIN, whatever rows there are.
const holders = ` FROM staff WHERE role = 'cashier' AND NOT disabled AND id IN (SELECT staff_id FROM pins)`

// PINHolders are the cashiers who have one, in the order they came to the shop.
func (r reads) PINHolders(ctx context.Context) ([]payments.Staff, error) {
	return all(ctx, r, scanStaff, `SELECT `+staffColumns+holders+` ORDER BY id`)
}

// PINHolder finds one of them; ErrNotFound for everybody else.
func (r reads) PINHolder(ctx context.Context, staffID string) (payments.Staff, error) {
	return first(ctx, r, scanStaff, `SELECT `+staffColumns+holders+` AND id = $1`, staffID)
}

// SetPIN gives a cashier a PIN, in place of one they had, and ends what is
// signed in at tills in their name, but not at keep. ErrNotFound when they are
// no active cashier.
func (d *DB) SetPIN(ctx context.Context, p PIN, keep string) error {
	return d.Write(ctx, func(tx *Tx) error {
		m, err := tx.Staff(ctx, p.StaffID)
		if err != nil {
			return err
		}
		if m.Role != payments.Cashier || m.Disabled {
			return ErrNotFound
		}
		if err := tx.endAtTills(p.StaffID, keep); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO pins (staff_id, hash, made_at) VALUES ($1, $2, $3)
			ON CONFLICT (staff_id) DO UPDATE SET hash = excluded.hash, made_at = excluded.made_at`, p.StaffID, p.Hash, millis(p.MadeAt))
		if err != nil {
			return err
		}
		return tx.Append(payments.Event{
			At: p.MadeAt, Kind: EventPINSet, Actor: payments.StaffActor(p.StaffID), Detail: map[string]string{"staff": p.StaffID},
		})
	})
}

// DropPIN takes the PIN from a member and ends what is signed in at tills in
// their name; nothing happens when they have none.
func (d *DB) DropPIN(ctx context.Context, staffID, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error { return tx.dropPIN(staffID, by, at) })
}

func (tx *Tx) dropPIN(staffID, by string, at time.Time) error {
	if _, err := tx.PIN(tx.ctx, staffID); errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if err := tx.endAtTills(staffID, ""); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM pins WHERE staff_id = $1`, staffID); err != nil {
		return err
	}
	return tx.Append(payments.Event{At: at, Kind: EventPINRemoved, Actor: by, Detail: map[string]string{"staff": staffID}})
}

func (tx *Tx) endAtTills(staffID, keep string) error {
	_, err := tx.Exec(`DELETE FROM logins WHERE staff_id = $1 AND till_id <> '' AND id <> $2`, staffID, keep)
	return err
}
