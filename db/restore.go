package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kodebayar/payments"
)

// EventRekeyed tells that a backup of another key was restored; its detail is
// key, the fingerprint of that key.
const EventRekeyed payments.EventKind = "rekeyed"

// Restored says what a restore did.
type Restored struct {
	Events int64  // in the log, now
	Aside  string // where the file that was there before is; empty when there was none
	// Key is the fingerprint of the backup's key when that is not the key at
	// hand. Then the log was chained anew.
	Key string
	// Lacks says that the backup's key is not the previous one either: what it
	// protected is gone, and nobody can tell whether the backup was altered.
	Lacks bool
}

// Restore brings a backup back, as a SQLite file or into an empty PostgreSQL
// database. The backup is verified whole, migrated and checked in a file of
// its own before anything is touched; what was there before is kept aside.
// Everybody signs in again. It answers ErrInUse while anybody works with the
// file, and ErrBadBackup for a backup that is not what was written.
//
// previous may be nil. A backup under that key is restored under key: what it
// sealed is sealed anew, so that a key can be replaced and nothing is lost but
// PINs and one-time links.
func Restore(ctx context.Context, backup, database string, key, previous []byte) (Restored, error) {
	var done Restored
	folder := filepath.Dir(database)
	if IsPostgres(database) {
		folder = ""
	} else {
		held, err := lock(database, true)
		if err != nil {
			return done, err
		}
		defer held.Close()
	}
	work, err := os.MkdirTemp(folder, ".restore-*")
	if err != nil {
		return done, fmt.Errorf("restore: %w", err)
	}
	defer os.RemoveAll(work)
	file := filepath.Join(work, "new.db")
	made, err := unseal(backup, file, key, previous)
	if err != nil {
		return done, err
	}
	verdict := func(r reads) (int64, error) { return 0, r.checkPages(ctx) }
	if _, err := checkFile(ctx, file, verdict); err != nil {
		return done, fmt.Errorf("%w: %w", ErrBadBackup, err)
	}
	if made != Fingerprint(key) {
		done.Key = made
		done.Lacks = previous == nil || made != Fingerprint(previous)
	}
	if done.Events, err = prepare(ctx, file, key, previous, done); err != nil {
		return done, err
	}
	if IsPostgres(database) {
		return done, intoPostgres(ctx, file, database, key)
	}
	done.Aside, err = swap(ctx, file, database)
	return done, err
}

// prepare migrates a restored file, ends its sessions and checks it whole.
// Shared tills stay, as passwords and passkeys do: they are part of the shop as
// it was, and open nothing without a PIN. Who removed one since removes it again.
func prepare(ctx context.Context, file string, key, previous []byte, done Restored) (events int64, err error) {
	d, err := open(ctx, file, key)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if done.Lacks {
		if n, err := d.VerifyLog(ctx); err == nil && n > 0 {
			// The log was chained with the key at hand: the name of another
			// key was put there so that nobody compares.
			return 0, fmt.Errorf("%w: its seal was changed", ErrBadBackup)
		}
	} else if done.Key != "" {
		if _, err := d.check(ctx, logKey(previous), false); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrBadBackup, err)
		}
	}
	err = d.Write(ctx, func(tx *Tx) error {
		if err := tx.leaveTheGap(); err != nil {
			return err
		}
		for _, table := range []string{"sessions", "logins"} {
			if _, err := tx.Exec(`DELETE FROM ` + table); err != nil {
				return err
			}
		}
		if done.Key == "" {
			return nil
		}
		// The key has a part in each PIN's hash, and one-time links follow from it:
		// whoever has seen the old one can open them.
		for _, statement := range []string{`DELETE FROM pins`, `DELETE FROM invites`, `DELETE FROM tills WHERE link_until > 0`} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		if done.Lacks {
			err = tx.unseal()
		} else {
			err = tx.reseal(key, previous)
		}
		if err != nil {
			return err
		}
		return tx.rekey(done.Key)
	})
	if err != nil {
		return 0, err
	}
	events, err = d.Check(ctx)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrBadBackup, err)
	}
	return events, err
}

// numberGap is how far a restore counts the shop's own numbers on: more than
// were given out between the backup and now. Numbers begin again after ten
// thousand when the BIN leaves four digits, and later when it leaves more: the
// gap, also of several restores, stays wide in each such room.
const numberGap = 136_180

// leaveTheGap keeps apart what happened after the backup and is forgotten here.
// A number that a customer holds is not given to the next one, and a list of
// orders does not go on by itself, for its codes may all be there at DOKU.
func (tx *Tx) leaveTheGap() error {
	if _, err := tx.Exec(`INSERT INTO counters (name, value) VALUES ($1, 0) ON CONFLICT DO NOTHING`, restoredCounter); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE counters SET value = value + $1`, numberGap); err != nil {
		return err
	}
	running, err := all(tx.ctx, tx.reads, scanText, `SELECT id FROM batches WHERE state = $1 ORDER BY id`, payments.BatchRunning)
	if err != nil {
		return err
	}
	for _, id := range running {
		if _, err := tx.SetBatchState(id, payments.BatchRunning, payments.BatchStopped, time.Time{}); err != nil {
			return err
		}
		err := tx.Append(payments.Event{At: time.Now(), Kind: payments.EventBatchStopped, Actor: payments.ActorShell, Detail: map[string]string{"batch": id}})
		if err != nil {
			return err
		}
	}
	return nil
}

// rekey chains the log anew under the key at hand, and says so at its end. A
// detail that was blanked keeps its digest, which nothing can be held to.
func (tx *Tx) rekey(from string) error {
	type row struct {
		e              payments.Event
		detail, digest string
	}
	before := ""
	for seq := int64(0); ; {
		rows, err := all(tx.ctx, tx.reads, func(s scanner) (r row, err error) {
			err = s.Scan(&r.e.Seq, stored{&r.e.At}, &r.e.CodeID, &r.e.Kind, &r.e.Actor, &r.e.Cause, &r.detail, &r.digest)
			return r, err
		}, `SELECT seq, at, code_id, kind, actor, cause, detail, digest FROM events WHERE seq > $1 ORDER BY seq LIMIT 1000`, seq)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			if r.detail != "" {
				r.digest = digestOf(tx.w.db.logKey, r.detail)
			}
			before = chainOf(tx.w.db.logKey, before, r.e, r.digest)
			if _, err := tx.Exec(`UPDATE events SET digest = $1, chain = $2 WHERE seq = $3`, r.digest, before, r.e.Seq); err != nil {
				return err
			}
			seq = r.e.Seq
		}
	}
	if err := tx.rekeyClosings(); err != nil {
		return err
	}
	return tx.Append(payments.Event{At: time.Now(), Kind: EventRekeyed, Actor: payments.ActorShell, Detail: map[string]string{"key": from}})
}

func intoPostgres(ctx context.Context, file, database string, key []byte) error {
	from, err := open(ctx, file, key)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := open(ctx, database, key)
	if err != nil {
		return err
	}
	_, err = Copy(ctx, from, to)
	return errors.Join(err, to.Close())
}

// swap puts a file in the place of the database, in one step, and keeps what
// was there. At every moment there is a whole database in the place.
func swap(ctx context.Context, file, database string) (aside string, err error) {
	if _, err := os.Stat(database); err == nil {
		aside = database + time.Now().UTC().Format(".before-20060102-150405.000")
		// What the old file's log still holds goes into the file. An old file
		// that is too damaged for that keeps its log beside it.
		if old, err := sql.Open("sqlite", dsn(database, "")); err == nil {
			old.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
			old.Close()
		}
		if err := os.Link(database, aside); err != nil {
			return "", fmt.Errorf("keep the old database: %w", err)
		}
		for _, more := range []string{"-wal", "-shm"} {
			if err := os.Rename(database+more, aside+more); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", fmt.Errorf("keep the old database: %w", err)
			}
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return aside, err
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Rename(file, database)); err != nil {
		return aside, err
	}
	return aside, syncFolder(filepath.Dir(database))
}
