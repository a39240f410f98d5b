package db

import (
	"context"
	"errors"
	"time"

	"kodebayar/payments"
)

// The kinds of event about one-time links. Their detail names the link as
// "invite", never its token.
const (
	EventInvited         payments.EventKind = "staff_invited"    // a link to join was made
	EventResetLink       payments.EventKind = "reset_link_made"  // a link for a new password was made
	EventInviteWithdrawn payments.EventKind = "invite_withdrawn" // either was withdrawn
)

// Invite is a one-time link, to join or for a new password.
type Invite struct {
	ID      string
	Digest  string // of its token
	StaffID string // whose new password it is for; empty: to join
	Email   string // lower case
	Name    string
	Role    payments.Role
	MadeBy  string // a member's id

	MadeAt, ExpiresAt time.Time
}

const inviteColumns = `id, digest, staff_id, email, name, role, made_by, made_at, expires_at`

func scanInvite(s scanner) (i Invite, err error) {
	err = s.Scan(&i.ID, &i.Digest, &i.StaffID, &i.Email, &i.Name, &i.Role, &i.MadeBy, stored{&i.MadeAt}, stored{&i.ExpiresAt})
	return i, err
}

// Invite finds an open link by its id.
func (r reads) Invite(ctx context.Context, id string, now time.Time) (Invite, error) {
	return first(ctx, r, scanInvite, `SELECT `+inviteColumns+` FROM invites WHERE id = $1 AND expires_at > $2`, id, millis(now))
}

// InviteByDigest finds an open link by the digest of its token.
func (r reads) InviteByDigest(ctx context.Context, digest string, now time.Time) (Invite, error) {
	return first(ctx, r, scanInvite, `SELECT `+inviteColumns+` FROM invites WHERE digest = $1 AND expires_at > $2`, digest, millis(now))
}

// Invites are the open links, the newest first.
func (r reads) Invites(ctx context.Context, now time.Time) ([]Invite, error) {
	return all(ctx, r, scanInvite, `SELECT `+inviteColumns+` FROM invites WHERE expires_at > $1 ORDER BY id DESC`, millis(now))
}

// AddInvite makes a link, in place of an older one for the same person. One to
// join is refused with ErrEmailTaken when the address has a member already.
func (d *DB) AddInvite(ctx context.Context, i Invite) error {
	return d.Write(ctx, func(tx *Tx) error {
		kind := EventResetLink
		if i.StaffID == "" {
			kind = EventInvited
			if _, err := tx.StaffByEmail(ctx, i.Email); err == nil {
				return ErrEmailTaken
			} else if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM invites WHERE expires_at <= $1 OR email = $2 AND staff_id = $3`, millis(i.MadeAt), i.Email, i.StaffID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO invites (`+inviteColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			i.ID, i.Digest, i.StaffID, i.Email, i.Name, i.Role, i.MadeBy, millis(i.MadeAt), millis(i.ExpiresAt))
		if err != nil {
			return err
		}
		return tx.Append(payments.Event{At: i.MadeAt, Kind: kind, Actor: payments.StaffActor(i.MadeBy), Detail: i.detail()})
	})
}

func (i Invite) detail() map[string]string {
	m := map[string]string{"invite": i.ID, "name": i.Name, "email": i.Email, "role": string(i.Role)}
	if i.StaffID != "" {
		m["staff"] = i.StaffID
	}
	return m
}

// WithdrawInvite makes a link worthless; ErrNotFound when it is so already.
func (d *DB) WithdrawInvite(ctx context.Context, id, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		i, err := tx.Invite(ctx, id, at)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM invites WHERE id = $1`, id); err != nil {
			return err
		}
		return tx.Append(payments.Event{At: at, Kind: EventInviteWithdrawn, Actor: by, Detail: i.detail()})
	})
}

// Join spends a link to join: m becomes a member, under the address and role
// of the link. Of two at once the second is told ErrNotFound.
func (d *DB) Join(ctx context.Context, digest string, m payments.Staff) (payments.Staff, error) {
	err := d.Write(ctx, func(tx *Tx) error {
		i, err := tx.InviteByDigest(ctx, digest, m.CreatedAt)
		if err != nil {
			return err
		}
		if i.StaffID != "" {
			return ErrNotFound
		}
		if _, err := tx.Exec(`DELETE FROM invites WHERE id = $1`, i.ID); err != nil {
			return err
		}
		m.Email, m.Role = i.Email, i.Role
		return tx.addStaff(m, payments.StaffActor(m.ID))
	})
	if err != nil {
		return payments.Staff{}, err // m may still be written to by the writer
	}
	return m, nil
}

// SpendReset spends a link for a new password and gives that to its member,
// which ends all their sessions and takes their PIN. A disabled member gets none.
func (d *DB) SpendReset(ctx context.Context, digest, passwordHash string, at time.Time) (payments.Staff, error) {
	var m payments.Staff
	err := d.Write(ctx, func(tx *Tx) error {
		i, err := tx.InviteByDigest(ctx, digest, at)
		if err != nil {
			return err
		}
		if m, err = tx.Staff(ctx, i.StaffID); err != nil {
			return err
		}
		if m.Disabled {
			return ErrNotFound
		}
		m.PasswordHash = passwordHash
		if err := tx.dropPIN(m.ID, payments.StaffActor(m.ID), at); err != nil {
			return err
		}
		return tx.changeStaff(m.ID, payments.StaffActor(m.ID), at, func(m *payments.Staff) { m.PasswordHash = passwordHash })
	})
	if err != nil {
		return payments.Staff{}, err // m may still be written to by the writer
	}
	return m, nil
}

// dropInvites makes links worthless that a change of a member leaves without
// ground: those for the member, and those of a member who may have lost the
// right to make them.
func (tx *Tx) dropInvites(staffID string, madeToo bool) error {
	if _, err := tx.Exec(`DELETE FROM invites WHERE staff_id = $1`, staffID); err != nil || !madeToo {
		return err
	}
	_, err := tx.Exec(`DELETE FROM invites WHERE made_by = $1`, staffID)
	return err
}
