package db

import (
	"context"
	"time"

	"kodebayar/payments"
)

// Events of shared tills; the detail is till, its name.
const (
	EventTillAdded   payments.EventKind = "till_added"
	EventTillLink    payments.EventKind = "till_link_made" // for a device that is to become one
	EventTillRemoved payments.EventKind = "till_removed"
)

// Till is a device that several cashiers share.
type Till struct {
	ID, Name  string
	Hash      string // SHA-256 of its token, in hex
	MadeBy    string // a member's id
	MadeAt    time.Time
	UsedAt    time.Time // zero: never
	LinkUntil time.Time // until when its link can be opened; zero: it has its device
}

const tillColumns = `id, name, token_hash, created_by, created_at, last_used_at, link_until`

func scanTill(s scanner) (t Till, err error) {
	err = s.Scan(&t.ID, &t.Name, &t.Hash, &t.MadeBy, stored{&t.MadeAt}, stored{&t.UsedAt}, stored{&t.LinkUntil})
	return t, err
}

// Tills are all that stand and all that wait for their device, oldest first.
func (r reads) Tills(ctx context.Context, now time.Time) ([]Till, error) {
	return all(ctx, r, scanTill, `SELECT `+tillColumns+` FROM tills WHERE link_until = 0 OR link_until > $1 ORDER BY id`, millis(now))
}

// Till finds one by its id; ErrNotFound once it was removed.
func (r reads) Till(ctx context.Context, id string) (Till, error) {
	return first(ctx, r, scanTill, `SELECT `+tillColumns+` FROM tills WHERE id = $1`, id)
}

// TillByToken finds the one whose device has the token of this hash.
func (r reads) TillByToken(ctx context.Context, hash string) (Till, error) {
	return first(ctx, r, scanTill, `SELECT `+tillColumns+` FROM tills WHERE token_hash = $1 AND link_until = 0`, hash)
}

// TillByLink finds the one that waits for whoever opens the link of this hash.
func (r reads) TillByLink(ctx context.Context, hash string, now time.Time) (Till, error) {
	return first(ctx, r, scanTill, `SELECT `+tillColumns+` FROM tills WHERE token_hash = $1 AND link_until > $2`, hash, millis(now))
}

// AddTill adds a till, or one that waits for its device, and sweeps those that
// waited in vain.
func (d *DB) AddTill(ctx context.Context, t Till) error {
	return d.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`DELETE FROM tills WHERE link_until > 0 AND link_until <= $1`, millis(t.MadeAt)); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO tills (`+tillColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			t.ID, t.Name, t.Hash, t.MadeBy, millis(t.MadeAt), millis(t.UsedAt), millis(t.LinkUntil))
		if err != nil {
			return err
		}
		kind := EventTillAdded
		if !t.LinkUntil.IsZero() {
			kind = EventTillLink
		}
		return tx.Append(t.event(kind, payments.StaffActor(t.MadeBy), t.MadeAt))
	})
}

// OpenTill spends a link: the device that has the token of hash is the till
// from here on. Of two at once the second is told ErrNotFound.
func (d *DB) OpenTill(ctx context.Context, link, hash string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		t, err := tx.TillByLink(ctx, link, at)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE tills SET token_hash = $2, link_until = 0 WHERE id = $1`, t.ID, hash); err != nil {
			return err
		}
		return tx.Append(t.event(EventTillAdded, payments.StaffActor(t.MadeBy), at))
	})
}

// RemoveTill makes a device one like any other and ends what is signed in
// there; ErrNotFound when it is so already.
func (d *DB) RemoveTill(ctx context.Context, id, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		t, err := tx.Till(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM logins WHERE till_id = $1`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM tills WHERE id = $1`, id); err != nil {
			return err
		}
		return tx.Append(t.event(EventTillRemoved, by, at))
	})
}

func (t Till) event(kind payments.EventKind, by string, at time.Time) payments.Event {
	return payments.Event{At: at, Kind: kind, Actor: by, Detail: map[string]string{"till": t.Name}}
}
