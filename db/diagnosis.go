package db

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
)

// Diagnosis is how the database and its surroundings are, as far as can be seen
// at a glance: nothing in it reads the database whole, which [DB.Check] does.
// What is not known is zero.
type Diagnosis struct {
	Engine  string // sqlite or postgres
	Version int64  // of the migrations
	Size    int64  // bytes, with SQLite's own log
	// Free and Disk are the bytes left and in all where the SQLite file lies;
	// zero for PostgreSQL, whose disk is not ours to see.
	Free, Disk int64
	Events     int64

	// Heard is when a callback came last, and Verified when a signed one did;
	// both among the newest exchanges only.
	Heard, Verified time.Time
	// Answered is when DOKU last answered with the time, and Ahead how far its
	// clock was ahead of ours then.
	Answered time.Time
	Ahead    time.Duration

	// Backup is the newest good backup of the app's own, and Failed the newest
	// failure that no good one followed; zero when there is none.
	Backup, Failed KeptBackup

	// CertificateEnds is when the certificate does that the program keeps, and
	// CertificateLate when it should long have been renewed; zero when it keeps
	// none. Diagnose does not look: it knows no host.
	CertificateEnds, CertificateLate time.Time
}

// lookBack is how many exchanges a diagnosis reads: in a shop whose callbacks
// never came it would otherwise read them all.
const lookBack = 2000

// Diagnose looks.
func (d *DB) Diagnose(ctx context.Context) (g Diagnosis, err error) {
	g.Engine = "sqlite"
	dialect := goose.DialectSQLite3
	size := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if d.postgres {
		g.Engine, dialect, size = "postgres", goose.DialectPostgres, `SELECT pg_database_size(current_database())`
	} else {
		g.Free, g.Disk = space(filepath.Dir(d.file))
	}
	// With the writer's pool: that of the reads may not make goose's table.
	if _, g.Version, _, err = versions(ctx, d.writer.pool, dialect); err != nil {
		return g, err
	}
	if g.Size, err = first(ctx, d.reads, scanInt, size); err != nil {
		return g, fmt.Errorf("size of the database: %w", err)
	}
	if info, err := os.Stat(d.file + "-wal"); err == nil && !d.postgres {
		g.Size += info.Size()
	}
	if g.Events, err = d.LastSeq(ctx); err != nil {
		return g, err
	}
	last := fmt.Sprintf(`SELECT COALESCE(MAX(at), 0) FROM (SELECT at, kind, verdict FROM exchanges ORDER BY id DESC LIMIT %d) x
		WHERE kind IN ('notification', 'inquiry')`, lookBack)
	heard, err := first(ctx, d.reads, scanInt, last)
	if err != nil {
		return g, err
	}
	verified, err := first(ctx, d.reads, scanInt, last+` AND verdict <> 'bad_signature'`)
	if err != nil {
		return g, err
	}
	g.Heard, g.Verified = instant(heard), instant(verified)
	if err := d.clocks(ctx, &g); err != nil {
		return g, err
	}
	list, err := d.KeptBackups(ctx)
	for _, b := range list {
		if b.Failure == "" {
			g.Backup = b
			break
		}
		if g.Failed.Name == "" {
			g.Failed = b
		}
	}
	return g, err
}

// clocks finds the newest answer of DOKU that tells the time.
func (d *DB) clocks(ctx context.Context, g *Diagnosis) error {
	type answer struct {
		at     time.Time
		took   int64
		header string
	}
	a, err := first(ctx, d.reads, func(s scanner) (a answer, err error) {
		err = s.Scan(stored{&a.at}, &a.took, &a.header)
		return a, err
	}, fmt.Sprintf(`SELECT at, duration, response_header FROM (SELECT id, at, duration, direction, response_header FROM exchanges ORDER BY id DESC LIMIT %d) x
		WHERE direction = 'out' AND response_header <> '' ORDER BY id DESC LIMIT 1`, lookBack))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(a.header) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !strings.EqualFold(name, "Date") {
			continue
		}
		if theirs, err := http.ParseTime(value); err == nil {
			g.Answered = a.at.Add(time.Duration(a.took))
			g.Ahead = theirs.Sub(g.Answered).Round(time.Second)
		}
	}
	return nil
}

// space is how much room a folder's disk has, zeros when it does not tell.
func space(folder string) (free, all int64) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, 0
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize)
}

// Concern names something about a diagnosis that somebody should look at.
type Concern string

// The concerns, in the order of their weight.
const (
	DiskNearlyFull Concern = "disk_nearly_full"
	CertificateOld Concern = "certificate_old"
	BackupFailed   Concern = "backup_failed"
	NoBackup       Concern = "no_backup"
	BackupOld      Concern = "backup_old"
	ClockOff       Concern = "clock_off"
)

const (
	// freeEnough is what the disk should have left: room for a backup is asked
	// for on top of it.
	freeEnough = 256 << 20
	// backupOldAfter gives the night's backup a day and some hours to retry.
	backupOldAfter = 30 * time.Hour
	// ClockTolerance is how far DOKU's clock may be from ours unsaid.
	ClockTolerance = 2 * time.Minute
	// quietEvents is how long the log of a shop may be before it should have a
	// backup: setting up writes a few.
	quietEvents = 20
)

// Concerns are what somebody should look at, the weightiest first.
func (g Diagnosis) Concerns(now time.Time) []Concern {
	var list []Concern
	if g.Disk > 0 && g.Free < freeEnough+g.Size {
		list = append(list, DiskNearlyFull)
	}
	if !g.CertificateLate.IsZero() && now.After(g.CertificateLate) {
		list = append(list, CertificateOld)
	}
	switch {
	case g.Failed.Name != "":
		list = append(list, BackupFailed)
	case g.Backup.Name == "" && g.Events > quietEvents:
		list = append(list, NoBackup)
	case g.Backup.Name != "" && now.Sub(g.Backup.At) > backupOldAfter:
		list = append(list, BackupOld)
	}
	if !g.Answered.IsZero() && g.Ahead.Abs() >= ClockTolerance {
		list = append(list, ClockOff)
	}
	return list
}
