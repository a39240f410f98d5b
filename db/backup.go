package db

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// ErrBadBackup says that a file is no backup, or no longer the one that was
// written.
var ErrBadBackup = errors.New("not a whole backup of kodebayar")

// A backup is a SQLite file that ends in one line: the key's fingerprint, a
// digest of everything before, and the same digest keyed. SQLite counts the
// pages by its own head and does not mind the line. The digest shows a file
// that was cut off or lost a bit, to whoever reads it; the keyed one shows one
// that somebody altered, to whoever has the key.
const (
	sealMark   = "\nkodebayar backup 1 "
	sealLength = len(sealMark) + 16 + 1 + 64 + 1 + 64 + 1
)

func sealOf(key, digest []byte) string {
	mac := hmac.New(sha256.New, Derive(key, "kodebayar backup", 32))
	mac.Write(digest)
	return fmt.Sprintf("%s%s %x %x\n", sealMark, Fingerprint(key), digest, mac.Sum(nil))
}

// Backup writes the database as it stands at one moment into a new file, which
// only its owner may read, while others go on writing. It is whole or not
// there: written beside its place, flushed, opened and checked as [DB.Check]
// does, and only then given its name. It answers the number of events. key is
// the one the database was opened with. Of PostgreSQL it makes a SQLite file.
func (d *DB) Backup(ctx context.Context, key []byte, file string) (events int64, err error) {
	if _, err := os.Lstat(file); err == nil {
		return 0, fmt.Errorf("%s: %w", file, os.ErrExist)
	}
	work, err := os.MkdirTemp(filepath.Dir(file), ".backup-*") // 0700
	if err != nil {
		return 0, fmt.Errorf("back up: %w", err)
	}
	defer os.RemoveAll(work)
	source := d.file
	if d.postgres {
		source = filepath.Join(work, "copy.db")
		to, err := open(ctx, source, key)
		if err != nil {
			return 0, err
		}
		_, err = Copy(ctx, d, to)
		if err := errors.Join(err, to.Close()); err != nil {
			return 0, err
		}
	}
	whole := filepath.Join(work, "backup.db")
	if err := vacuumInto(ctx, source, whole); err != nil {
		return 0, err
	}
	if events, err = checkFile(ctx, whole, func(r reads) (int64, error) { return r.check(ctx, d.logKey, false) }); err != nil {
		return 0, fmt.Errorf("the backup does not hold: %w", err)
	}
	return events, place(whole, file, key)
}

// snapshot is a backup of a file as an older version left it, of which only the
// pages and references can be checked.
func snapshot(ctx context.Context, database string, key []byte, file string) error {
	work, err := os.MkdirTemp(filepath.Dir(file), ".backup-*")
	if err != nil {
		return fmt.Errorf("back up before migrating: %w", err)
	}
	defer os.RemoveAll(work)
	whole := filepath.Join(work, "backup.db")
	if err := vacuumInto(ctx, database, whole); err != nil {
		return err
	}
	if _, err := checkFile(ctx, whole, func(r reads) (int64, error) { return 0, r.checkPages(ctx) }); err != nil {
		return fmt.Errorf("back up before migrating: %w", err)
	}
	return place(whole, file, key)
}

// vacuumInto copies a SQLite file, as one reader among others.
func vacuumInto(ctx context.Context, source, file string) error {
	pool, err := sql.Open("sqlite", dsn(source, ""))
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, `VACUUM INTO ?`, file); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// checkFile reads a SQLite file that nobody writes, and leaves nothing beside it.
func checkFile(ctx context.Context, file string, check func(reads) (int64, error)) (int64, error) {
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath()}).String()+"?mode=ro&immutable=1&_dqs=0")
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	return check(reads{tx})
}

// place seals a file, flushes it and gives it its name, unless that is taken.
func place(whole, file string, key []byte) error {
	f, err := os.OpenFile(whole, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	io.WriteString(sum, Fingerprint(key))
	if _, err := io.WriteString(f, sealOf(key, sum.Sum(nil))); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync()); err != nil {
		return err
	}
	// A link is refused where a file is; a rename would go over it.
	if err := os.Link(whole, file); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return syncFolder(filepath.Dir(file))
}

// syncFolder makes a name in a folder outlive a power cut.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// unseal copies what a backup holds into a new file and answers the
// fingerprint of its key. A backup made with one of the keys is compared with
// its keyed digest as well.
func unseal(backup, file string, keys ...[]byte) (fingerprint string, err error) {
	in, err := os.Open(backup)
	if err != nil {
		return "", err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	length := info.Size() - int64(sealLength)
	seal := make([]byte, sealLength)
	if length <= 0 {
		return "", fmt.Errorf("%s: %w", backup, ErrBadBackup)
	}
	if _, err := in.ReadAt(seal, length); err != nil {
		return "", err
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer out.Close()
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(out, sum), in, length); err != nil {
		return "", err
	}
	fingerprint = string(seal[len(sealMark) : len(sealMark)+16])
	io.WriteString(sum, fingerprint)
	digest := sum.Sum(nil)
	public := len(sealMark) + 16 + 1 + 64 // all but the keyed digest
	want := fmt.Sprintf("%s%s %x", sealMark, fingerprint, digest)
	for _, key := range keys {
		if key != nil && fingerprint == Fingerprint(key) {
			want, public = sealOf(key, digest), sealLength
		}
	}
	if !hmac.Equal([]byte(want), seal[:public]) {
		return "", fmt.Errorf("%s: %w: it was cut off or changed", backup, ErrBadBackup)
	}
	return fingerprint, out.Sync()
}
