package handlers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// AddStaff adds a member with a password, for the command line; m brings name,
// e-mail and role. It works while the app runs, and it is one way to set a
// shop up: with an owner, the set-up link dies.
func AddStaff(ctx context.Context, store *db.DB, m payments.Staff, password string) error {
	m.Email, m.Name = strings.ToLower(strings.TrimSpace(m.Email)), strings.TrimSpace(m.Name)
	if wrong := wrongEmail(m.Email); wrong != (text{}) {
		return fmt.Errorf("%q: %s", m.Email, wrong.en)
	}
	if wrong := wrongName(m.Name, maxName); wrong != (text{}) {
		return fmt.Errorf("%q: %s", m.Name, wrong.en)
	}
	if !m.Role.Valid() {
		return fmt.Errorf("%q is no role: owner, manager, cashier or accountant", m.Role)
	}
	shop, err := store.Setting(ctx, db.SettingShop)
	if err != nil {
		return err
	}
	hash, err := HashPassword(password, shop, m.Name, m.Email)
	if err != nil {
		return err
	}
	m.ID, m.PasswordHash, m.CreatedAt = payments.NewID(), hash, time.Now().UTC()
	return store.AddStaff(ctx, m, payments.ActorShell)
}

// ResetPassword gives a member another password, which ends all their
// sessions, and takes PIN, passkeys and the second step from them: nobody is
// locked out who has the machine.
func ResetPassword(ctx context.Context, store *db.DB, email, password string) error {
	m, err := store.StaffByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if errors.Is(err, payments.ErrNotFound) {
		return fmt.Errorf("nobody has the e-mail address %q", email)
	}
	if err != nil {
		return err
	}
	shop, err := store.Setting(ctx, db.SettingShop)
	if err != nil {
		return err
	}
	hash, err := HashPassword(password, shop, m.Name, m.Email)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	if err := store.DropAuthenticator(ctx, m.ID, payments.ActorShell, now); err != nil {
		return err
	}
	if err := store.DropPIN(ctx, m.ID, payments.ActorShell, now); err != nil {
		return err
	}
	if err := store.DropPasskeys(ctx, m.ID, payments.ActorShell, now); err != nil {
		return err
	}
	return store.ChangeStaff(ctx, m.ID, payments.ActorShell, now, func(m *payments.Staff) { m.PasswordHash = hash })
}
