package config

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/payments/doku"
)

// Wiring is what the app is put together with and the settings page may change
// while it runs. What the environment says goes before what was saved.
type Wiring struct {
	Environment payments.Environment
	Credentials payments.Credentials
	BaseURL     string // of DOKU's API
	Zone        string
	Language    string // of whoever has chosen none
	Unreadable  bool   // credentials are saved that this key does not open
}

// Wiring reads how the app is to be wired now.
func (c *Config) Wiring(ctx context.Context, store *db.DB) (w Wiring, err error) {
	settings, err := store.Settings(ctx)
	if err != nil {
		return w, err
	}
	w.Environment = payments.Environment(c.Environment)
	if c.Fixed["environment"] == "" {
		saved, err := store.Environment(ctx)
		if err != nil {
			return w, err
		}
		w.Environment = cmp.Or(saved, w.Environment)
	}
	w.Credentials = payments.Credentials{ClientID: c.ClientID, SecretKey: c.SecretKey, PreviousKey: c.PreviousKey}
	if c.Fixed["credentials"] == "" {
		w.Credentials, err = store.Credentials(ctx, w.Environment)
		switch {
		case errors.Is(err, db.ErrSealed):
			w.Unreadable = true // selling stops, the pages that mend it do not
		case err != nil:
			return w, err
		}
	}
	w.Credentials.Prefix = cmp.Or(c.CodePrefix, w.Credentials.Prefix)
	w.BaseURL = c.Address(w.Environment)
	if w.Environment == payments.Sandbox && c.BaseURL != "" && onThisMachine(c.BaseURL) {
		w.Environment = payments.Simulator
	}
	w.Zone, w.Language = c.Timezone, settings.Language
	if c.Fixed["timezone"] == "" {
		w.Zone = cmp.Or(settings.Zone, c.Timezone)
	}
	return w, nil
}

// Address is DOKU's in an environment.
func (c *Config) Address(env payments.Environment) string {
	switch {
	case c.BaseURL != "":
		return strings.TrimSuffix(c.BaseURL, "/")
	case env == payments.Production:
		return doku.ProductionURL
	}
	return doku.SandboxURL
}

func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}
