package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kodebayar/payments"
)

// What the log says of the app's own backups. Their detail is file, and events
// and bytes, or failure.
const (
	EventBackupMade       payments.EventKind = "backup_made"
	EventBackupFailed     payments.EventKind = "backup_failed"
	EventBackupDownloaded payments.EventKind = "backup_downloaded"
)

const (
	// backupRetry is how long a failed backup waits for the next try.
	backupRetry = time.Hour
	// nameLayout makes names of when a backup began, in UTC, and a dash with
	// milliseconds after it.
	nameLayout = "20060102-150405"
)

// ErrBackupRuns says that one backup is being made already.
var ErrBackupRuns = errors.New("a backup is being made already")

// KeptBackup is one copy that the app made of itself.
type KeptBackup struct {
	Name    string    // when it began, in UTC: 20261125-200000-000
	At      time.Time // when it was done and checked, or failed
	Size    int64     // bytes
	Events  int64     // in it, or in the log when it failed
	MadeBy  string    // an actor; payments.ActorSystem at night
	Failure string    // why there is none; empty for a good one
}

func scanKept(s scanner) (b KeptBackup, err error) {
	err = s.Scan(&b.Name, stored{&b.At}, &b.Size, &b.Events, &b.MadeBy, &b.Failure)
	return b, err
}

const keptColumns = `name, at, size, events, made_by, failure`

// KeptBackups are the backups of the app itself, newest first, failed ones too.
// The log only grows, whatever the clock said when one was made.
func (r reads) KeptBackups(ctx context.Context) ([]KeptBackup, error) {
	return all(ctx, r, scanKept, `SELECT `+keptColumns+` FROM backups ORDER BY events DESC, name DESC`)
}

// LastBackup is the newest good backup, or ErrNotFound.
func (r reads) LastBackup(ctx context.Context) (KeptBackup, error) {
	return first(ctx, r, scanKept, `SELECT `+keptColumns+` FROM backups WHERE failure = '' ORDER BY events DESC, name DESC LIMIT 1`)
}

// Shelf is the folder of the app's own backups. All fields must be set.
type Shelf struct {
	DB     *DB
	Key    []byte // the database's
	Folder string // made when there is none
	Zone   *time.Location
	Now    func() time.Time
	Log    *slog.Logger

	mu      sync.Mutex // held while a backup is made
	stateMu sync.Mutex
	since   time.Time
}

// Running answers since when a backup is being made here, zero when none is.
func (s *Shelf) Running() time.Time {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	return s.since
}

func (s *Shelf) setRunning(t time.Time) {
	s.stateMu.Lock()
	s.since = t
	s.stateMu.Unlock()
}

// Make makes a backup, opened and checked as [DB.Backup] does and then read
// once more as a restore would read it, and removes those beyond the
// owner's number once the new one is there. A failure is kept in the list too;
// being told to end, as by a restart, is none.
func (s *Shelf) Make(ctx context.Context, by string) (KeptBackup, error) {
	if !s.mu.TryLock() {
		return KeptBackup{}, ErrBackupRuns
	}
	defer s.mu.Unlock()
	began := s.Now().UTC()
	s.setRunning(began)
	defer s.setRunning(time.Time{})
	b := KeptBackup{Name: fmt.Sprintf("%s-%03d", began.Format(nameLayout), began.Nanosecond()/1e6), MadeBy: by}
	s.tidy(began)
	failure := s.write(ctx, &b)
	if failure != nil && ctx.Err() != nil {
		return b, failure
	}
	b.At = s.Now().UTC()
	e := payments.Event{At: b.At, Kind: EventBackupMade, Actor: by, Detail: map[string]string{
		"file": b.Name, "events": fmt.Sprint(b.Events), "bytes": fmt.Sprint(b.Size),
	}}
	if failure != nil {
		b.Failure = failure.Error()
		b.Events, _ = s.DB.LastSeq(ctx) // its place among the others; the write below tells more of a database that fails
		e.Kind, e.Detail = EventBackupFailed, map[string]string{"file": b.Name, "failure": b.Failure}
	}
	err := s.DB.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO backups (`+keptColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
			b.Name, millis(b.At), b.Size, b.Events, b.MadeBy, b.Failure)
		if err != nil {
			return err
		}
		return tx.Append(e)
	})
	if err := errors.Join(failure, err); err != nil {
		return b, err
	}
	return b, s.prune(ctx)
}

// write makes the file and tries it.
func (s *Shelf) write(ctx context.Context, b *KeptBackup) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return err
	}
	file := s.File(b.Name)
	events, err := s.DB.Backup(ctx, s.Key, file)
	if err != nil {
		return err
	}
	if err := try(file, s.Key); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	b.Events, b.Size = events, info.Size()
	return nil
}

// tidy removes what a power cut left of backups under way: whole copies of the
// database. A day old, they are nobody's any more.
func (s *Shelf) tidy(now time.Time) {
	for _, pattern := range []string{".backup-*", ".try-*"} {
		left, _ := filepath.Glob(filepath.Join(s.Folder, pattern)) // fails only for a bad pattern
		for _, folder := range left {
			if info, err := os.Stat(folder); err != nil || now.Sub(info.ModTime()) < 24*time.Hour {
				continue
			}
			if err := os.RemoveAll(folder); err != nil {
				s.Log.Warn("what is left of a backup cannot be removed", "folder", folder, "error", err)
			}
		}
	}
}

// try reads a backup from the disk as a restore would, and holds it to its seal.
func try(backup string, key []byte) error {
	work, err := os.MkdirTemp(filepath.Dir(backup), ".try-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	file := filepath.Join(work, "new.db")
	if _, err := unseal(backup, file, key); err != nil {
		return err
	}
	_, err = checkFile(context.Background(), file, func(r reads) (int64, error) { return r.LastSeq(context.Background()) })
	return err
}

// prune keeps the newest of each night and the newest of those made by hand:
// somebody who presses the button again and again does not push out the nights.
// Of failures the last few stay.
func (s *Shelf) prune(ctx context.Context) error {
	list, err := s.DB.KeptBackups(ctx)
	if err != nil {
		return err
	}
	settings, err := s.DB.Settings(ctx)
	if err != nil {
		return err
	}
	var gone []string
	seen := map[string]int64{}
	for _, b := range list {
		group := "by hand"
		switch {
		case b.Failure != "":
			group = "failed"
		case b.MadeBy == payments.ActorSystem:
			group = "night"
		}
		if seen[group]++; seen[group] > settings.BackupsKept {
			gone = append(gone, b.Name)
		}
	}
	for _, name := range gone {
		if err := os.Remove(s.File(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *Tx) error {
		for _, name := range gone {
			if _, err := tx.Exec(`DELETE FROM backups WHERE name = $1`, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Open opens the file of a backup, or answers ErrNotFound. It takes only names
// that the list has, so that no other file can be asked for.
func (s *Shelf) Open(ctx context.Context, name string) (*os.File, KeptBackup, error) {
	b, err := first(ctx, s.DB.reads, scanKept, `SELECT `+keptColumns+` FROM backups WHERE name = $1 AND failure = ''`, name)
	if err != nil {
		return nil, b, err
	}
	f, err := os.Open(s.File(b.Name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, b, ErrNotFound
	}
	return f, b, err
}

// File is where the backup of a name is.
func (s *Shelf) File(name string) string { return filepath.Join(s.Folder, name+".backup") }

// Here says whether the file of a backup is in this folder.
func (s *Shelf) Here(name string) bool {
	_, err := os.Lstat(s.File(name))
	return err == nil
}

// Run makes a backup each night until ctx ends; one night that was missed is
// made up for at the start. It is for the instance that leads.
func (s *Shelf) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		s.round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// round makes a backup when one is due.
func (s *Shelf) round(ctx context.Context) {
	due, err := s.due(ctx)
	if err == nil && due {
		var b KeptBackup
		if b, err = s.Make(ctx, payments.ActorSystem); err == nil {
			s.Log.Info("a backup was made and checked", "file", b.Name, "events", b.Events, "bytes", b.Size)
		}
	}
	if err != nil && !errors.Is(err, ErrBackupRuns) && ctx.Err() == nil {
		s.Log.Error("the nightly backup failed and will be tried again", "error", err)
	}
}

// due says whether the newest hour for a backup has passed without one. A shop
// that is younger than that hour needs none yet, and after a failure an hour
// passes.
func (s *Shelf) due(ctx context.Context) (bool, error) {
	settings, err := s.DB.Settings(ctx)
	if err != nil {
		return false, err
	}
	now := s.Now().In(s.Zone)
	hour := time.Date(now.Year(), now.Month(), now.Day(), int(settings.BackupHour), 0, 0, 0, s.Zone)
	if hour.After(now) {
		hour = hour.AddDate(0, 0, -1)
	}
	born, err := first(ctx, s.DB.reads, scanInt, `SELECT at FROM events ORDER BY seq LIMIT 1`)
	if errors.Is(err, ErrNotFound) || err == nil && !instant(born).Before(hour) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	list, err := s.DB.KeptBackups(ctx)
	if err != nil {
		return false, err
	}
	for _, b := range list {
		// By its name, which has when it began: one that began before the hour
		// lacks what came until then. One from the future was made while the clock
		// was wrong.
		began, err := time.Parse(nameLayout, b.Name[:min(len(b.Name), len(nameLayout))])
		if err != nil || began.After(now) || b.At.After(now) {
			continue
		}
		if b.Failure == "" && !began.Before(hour) || b.Failure != "" && now.Sub(b.At) < backupRetry {
			return false, nil
		}
	}
	return true, nil
}
