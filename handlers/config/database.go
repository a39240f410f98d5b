package config

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"kodebayar/db"
)

// Open opens the database, made and migrated when it has to be, with the key
// that belongs to it.
func (c *Config) Open(ctx context.Context, log *slog.Logger) (*db.DB, error) {
	if err := c.FindKey(); err != nil {
		return nil, err
	}
	store, err := db.Open(ctx, c.Database, c.Key)
	if err == nil && store.Snapshot != "" {
		log.Info("the database was backed up and then migrated; with the version before, `kodebayar restore` of this file brings it back", "file", store.Snapshot)
	}
	return store, err
}

// OpenExisting opens a database that is there: a command that reads it makes none.
func (c *Config) OpenExisting(ctx context.Context, log *slog.Logger) (*db.DB, error) {
	if !db.IsPostgres(c.Database) {
		if _, err := os.Stat(c.Database); err != nil {
			return nil, err
		}
	}
	return c.Open(ctx, log)
}

// FindKey reads the key beside the database when no setting has it.
func (c *Config) FindKey() (err error) {
	if c.Key == nil {
		c.Key, err = db.KeyBeside(c.Database)
	}
	return err
}

// Backups is the folder of the app's own backups.
func (c *Config) Backups() string {
	switch {
	case c.BackupFolder != "":
		return c.BackupFolder
	case db.IsPostgres(c.Database):
		return "backups"
	}
	return filepath.Join(filepath.Dir(c.Database), "backups")
}
