package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// backupWait is how long the page waits for a backup before it says that one is
// being made; that of a shop is done by then.
const backupWait = 5 * time.Second

// backups is the list of the app's own backups.
func (s *Server) backups(v *visit) error {
	list, err := s.Store.KeptBackups(v.ctx())
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.BackupsPage{
		Page: s.page(v, "diagnostics"), Folder: s.Shelf.Folder, Key: db.Fingerprint(s.Key),
		Rule: fmt.Sprintf(v.lang.T(
			"Setiap malam pukul %02d.00 %s dibuat cadangan, dibuka dan diperiksa. %d malam terakhir disimpan, juga %d terakhir yang dibuat dari sini.",
			"Each night at %02d.00 %s a backup is made, opened and checked. The last %d nights are kept, and the last %d made from here."),
			settings.BackupHour, cal.zoneLabel(cal.now), settings.BackupsKept, settings.BackupsKept),
	}
	if since := s.Shelf.Running(); !since.IsZero() {
		p.Running = v.lang.T("Cadangan sedang dibuat dan diperiksa, sejak ", "A backup is being made and checked, since ") + cal.clock(since) + "."
	}
	for _, b := range list {
		row := views.BackupRow{
			Name: b.Name, Time: cal.deadline(b.At), Who: actor(v.lang, b.MadeBy, names), Size: bytesOf(b.Size), Failure: b.Failure,
			Events: grouped(b.Events) + v.lang.T(" catatan", " entries"),
		}
		if b.Failure == "" && s.Shelf.Here(b.Name) {
			row.Href = "/backups/" + url.PathEscape(b.Name)
			if p.Command == "" { // the newest is what most people want
				p.Command = s.restoreCommand(b.Name)
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Command = cmp.Or(p.Command, s.restoreCommand(v.lang.T("NAMA", "NAME")))
	return s.render(v, http.StatusOK, views.Backups(p))
}

// restoreCommand restores a backup into this database, whatever folder it is
// pasted in. An address of PostgreSQL holds a password, which is not shown.
func (s *Server) restoreCommand(name string) string {
	database := s.Store.File()
	if database == "" {
		database = "postgres://…"
	}
	file := s.Shelf.File(name)
	if whole, err := filepath.Abs(file); err == nil {
		file = whole
	}
	return "KODEBAYAR_DATABASE=" + shellWord(database) + " kodebayar restore " + shellWord(file)
}

// shellWord quotes what a shell would take apart.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:…") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// makeBackup makes one. A long one goes on after the answer.
func (s *Server) makeBackup(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	by, done := v.actor(), make(chan error, 1)
	go func() {
		b, err := s.Shelf.Make(s.ending, by)
		if err != nil && !errors.Is(err, db.ErrBackupRuns) && s.ending.Err() == nil {
			s.Log.Error("a backup failed", "request_id", v.id, "file", b.Name, "error", err)
		}
		done <- err
	}()
	select {
	case err := <-done:
		switch {
		case err == nil:
			s.say(v, "success", text{"Cadangan dibuat, dibuka dan diperiksa.", "The backup was made, opened and checked."})
		case errors.Is(err, db.ErrBackupRuns):
			s.say(v, "info", text{"Satu cadangan sedang dibuat. Tunggu sampai selesai.", "A backup is being made already. Wait until it is done."})
		default:
			s.say(v, "error", text{"Cadangan gagal. Cadangan yang lama masih ada.", "The backup failed. The old ones are still there."})
		}
	case <-time.After(backupWait):
	case <-v.ctx().Done():
	}
	return s.redirect(v, "/backups")
}

// downloadBackup sends the file of a backup, and writes down who took it.
func (s *Server) downloadBackup(v *visit) error {
	name, err := plain(v.Param("name"))
	if err != nil {
		return err
	}
	file, b, err := s.Shelf.Open(v.ctx(), name)
	if err != nil {
		return err
	}
	defer file.Close()
	h := v.Response().Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="kodebayar-`+b.Name+`.backup"`)
	h.Set("Content-Length", strconv.FormatInt(b.Size, 10))
	if v.Request().Method == http.MethodHead {
		v.Response().WriteHeader(http.StatusOK)
		return nil
	}
	if err := s.tookBackup(v.ctx(), b, v.actor()); err != nil {
		return err
	}
	if err := s.save(v); err != nil {
		return err
	}
	v.Response().WriteHeader(http.StatusOK)
	_, _ = io.Copy(&patientWriter{v.Response(), http.NewResponseController(v.Response().Writer)}, file) // who has left cannot be told
	return nil
}

// tookBackup writes to the log that somebody downloads a backup.
func (s *Server) tookBackup(ctx context.Context, b db.KeptBackup, by string) error {
	return s.Store.Write(ctx, func(tx *db.Tx) error {
		return tx.Append(payments.Event{
			At: s.Now().UTC(), Kind: db.EventBackupDownloaded, Actor: by, Detail: map[string]string{"file": b.Name},
		})
	})
}

// bytesOf writes a size as people read it.
func bytesOf(n int64) string {
	switch {
	case n >= 10<<30:
		return grouped(n>>30) + " GB"
	case n >= 10<<20:
		return grouped(n>>20) + " MB"
	case n >= 1<<10:
		return grouped(n>>10) + " KB"
	}
	return grouped(n) + " B"
}
