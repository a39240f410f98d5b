package db

import (
	"context"
	"errors"
	"strconv"
	"time"

	"kodebayar/payments"
)

// What a change of staff may be refused for.
var (
	ErrEmailTaken = errors.New("another member of staff has this e-mail address")
	ErrLastOwner  = errors.New("the last owner must stay")
	ErrSetUp      = errors.New("the shop has an owner already")
)

// The kinds of event about staff. Their detail names the member as "staff".
const (
	EventStaffAdded   payments.EventKind = "staff_added"
	EventStaffChanged payments.EventKind = "staff_changed"
	EventSignedIn     payments.EventKind = "signed_in"
	EventSignedOut    payments.EventKind = "signed_out"
	EventSignInFailed payments.EventKind = "signin_failed" // without "staff" for an account that is none
)

const staffColumns = `id, email, name, role, password_hash, disabled, created_at`

func scanStaff(s scanner) (payments.Staff, error) {
	var m payments.Staff
	err := s.Scan(&m.ID, &m.Email, &m.Name, &m.Role, &m.PasswordHash, &m.Disabled, stored{&m.CreatedAt})
	return m, err
}

// Staff finds a member by id, disabled ones too.
func (r reads) Staff(ctx context.Context, id string) (payments.Staff, error) {
	return first(ctx, r, scanStaff, `SELECT `+staffColumns+` FROM staff WHERE id = $1`, id)
}

// StaffByEmail finds a member by the lower-case address, disabled ones too.
func (r reads) StaffByEmail(ctx context.Context, email string) (payments.Staff, error) {
	return first(ctx, r, scanStaff, `SELECT `+staffColumns+` FROM staff WHERE email = $1`, email)
}

// AllStaff lists everybody in the order they came, disabled ones too.
func (r reads) AllStaff(ctx context.Context) ([]payments.Staff, error) {
	return all(ctx, r, scanStaff, `SELECT `+staffColumns+` FROM staff ORDER BY id`)
}

// HasOwner says whether the shop was set up.
func (r reads) HasOwner(ctx context.Context) (bool, error) {
	n, err := first(ctx, r, scanInt, `SELECT COUNT(*) FROM staff WHERE role = 'owner'`)
	return n > 0, err
}

// SetUp makes the first owner and names the shop. Of several at once one wins
// and the others are told ErrSetUp.
func (d *DB) SetUp(ctx context.Context, owner payments.Staff, shop string) error {
	return d.Write(ctx, func(tx *Tx) error {
		has, err := tx.HasOwner(ctx)
		if err != nil {
			return err
		}
		if has {
			return ErrSetUp
		}
		by := payments.StaffActor(owner.ID)
		if err := tx.addStaff(owner, by); err != nil {
			return err
		}
		return tx.Set(SettingShop, shop, by, owner.CreatedAt)
	})
}

// AddStaff adds a member. by is the actor who does it.
func (d *DB) AddStaff(ctx context.Context, m payments.Staff, by string) error {
	return d.Write(ctx, func(tx *Tx) error { return tx.addStaff(m, by) })
}

func (tx *Tx) addStaff(m payments.Staff, by string) error {
	ok, err := affected(tx.Exec(`INSERT INTO staff (`+staffColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, m.ID, m.Email, m.Name, m.Role, m.PasswordHash, m.Disabled, millis(m.CreatedAt)))
	if err != nil {
		return err
	}
	if !ok {
		return ErrEmailTaken
	}
	return tx.Append(payments.Event{
		At: m.CreatedAt, Kind: EventStaffAdded, Actor: by,
		Detail: map[string]string{"staff": m.ID, "name": m.Name, "email": m.Email, "role": string(m.Role)},
	})
}

// ChangeStaff applies change to a member as it stands and logs what became
// different; of a password only that it did.
func (d *DB) ChangeStaff(ctx context.Context, id, by string, at time.Time, change func(*payments.Staff)) error {
	return d.Write(ctx, func(tx *Tx) error { return tx.changeStaff(id, by, at, change) })
}

func (tx *Tx) changeStaff(id, by string, at time.Time, change func(*payments.Staff)) error {
	ctx := tx.ctx
	before, err := tx.Staff(ctx, id)
	if err != nil {
		return err
	}
	after := before
	change(&after)
	detail := map[string]string{"staff": id}
	differ := func(what, was, is string) {
		if was != is {
			detail[what+"_before"], detail[what] = was, is
		}
	}
	differ("name", before.Name, after.Name)
	differ("email", before.Email, after.Email)
	differ("role", string(before.Role), string(after.Role))
	differ("disabled", strconv.FormatBool(before.Disabled), strconv.FormatBool(after.Disabled))
	if before.PasswordHash != after.PasswordHash {
		detail["password"] = "changed"
	}
	if len(detail) == 1 {
		return nil
	}
	if after.Email != before.Email {
		if _, err := tx.StaffByEmail(ctx, after.Email); err == nil {
			return ErrEmailTaken
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	_, err = tx.Exec(`UPDATE staff SET email = $2, name = $3, role = $4, password_hash = $5, disabled = $6 WHERE id = $1`,
		id, after.Email, after.Name, after.Role, after.PasswordHash, after.Disabled)
	if err != nil {
		return err
	}
	owners, err := first(ctx, tx.reads, scanInt, `SELECT COUNT(*) FROM staff WHERE role = 'owner' AND NOT disabled`)
	if err != nil {
		return err
	}
	if wasOwner := before.Role == payments.Owner && !before.Disabled; wasOwner && owners == 0 {
		return ErrLastOwner
	}
	lost := before.Role != after.Role || after.Disabled
	if lost || before.PasswordHash != after.PasswordHash || before.Email != after.Email {
		if err := tx.dropInvites(id, lost); err != nil {
			return err
		}
	}
	if lost {
		if err := tx.dropPIN(id, by, at); err != nil {
			return err
		}
		// At a till they were the cashier, also by password.
		if err := tx.endAtTills(id, ""); err != nil {
			return err
		}
	}
	if after.Disabled || before.PasswordHash != after.PasswordHash {
		if _, err := tx.endLogins(id, ""); err != nil {
			return err
		}
	}
	return tx.Append(payments.Event{At: at, Kind: EventStaffChanged, Actor: by, Detail: detail})
}

// Rehash keeps another hash of the same password; ErrConflict when that has
// changed meanwhile. Nobody did anything, so the log does not tell of it.
func (d *DB) Rehash(ctx context.Context, staffID, before, after string) error {
	return d.Write(ctx, func(tx *Tx) error {
		there, err := affected(tx.Exec(`UPDATE staff SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, staffID, before, after))
		if err == nil && !there {
			return payments.ErrConflict
		}
		return err
	})
}

// Language is the language a member chose last, "" when none was.
func (r reads) Language(ctx context.Context, staffID string) (string, error) {
	return first(ctx, r, scanText, `SELECT language FROM staff WHERE id = $1`, staffID)
}

// SetLanguage remembers a member's language. It is a taste, not a change of
// the shop, so the log does not tell of it.
func (d *DB) SetLanguage(ctx context.Context, staffID, language string) error {
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE staff SET language = $2 WHERE id = $1`, staffID, language)
		return err
	})
}
