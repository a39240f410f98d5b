package db_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestTheNightlyBackup is due once a night, made up for when the night was
// missed, kept to a number, and restores.
func TestTheNightlyBackup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		now := time.Date(2026, 3, 2, 1, 0, 0, 0, jayapura)
		shelf := &db.Shelf{DB: d, Key: dbtest.Key, Folder: filepath.Join(t.TempDir(), "backups"), Zone: jayapura, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
		list := func() []db.KeptBackup {
			t.Helper()
			l, err := d.KeptBackups(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		expect := func(when string, n int) {
			t.Helper()
			shelf.Round(t.Context())
			if got := len(list()); got != n {
				t.Fatalf("%s: %d backups, want %d", when, got, n)
			}
		}
		expect("an empty shop", 0)
		if err := sale(t, d, 1, now); err != nil {
			t.Fatal(err)
		}
		expect("before the hour", 0)
		now = now.Add(2*time.Hour + time.Minute)
		expect("after the hour", 1)
		expect("a minute later", 1)
		now = now.Add(23 * time.Hour)
		expect("the next day before the hour", 1)
		now = now.Add(50 * time.Hour)
		expect("two nights were missed", 2)
		for range int(payments.DefaultSettings.BackupsKept) {
			now = now.Add(24 * time.Hour)
			shelf.Round(t.Context())
		}
		kept := list()
		files, err := filepath.Glob(filepath.Join(shelf.Folder, "*.backup"))
		if err != nil || len(kept) != int(payments.DefaultSettings.BackupsKept) || len(files) != int(payments.DefaultSettings.BackupsKept) {
			t.Fatalf("%d rows and %d files are kept: %v", len(kept), len(files), err)
		}
		info, err := os.Stat(files[0])
		folder, _ := os.Stat(shelf.Folder)
		if err != nil || info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
			t.Errorf("the file is %v, the folder %v: %v", info.Mode(), folder.Mode(), err)
		}
		now = now.Add(time.Second)
		if _, err := shelf.Make(t.Context(), "staff:ibu"); err != nil {
			t.Fatal(err)
		}
		if n := len(list()); n != int(payments.DefaultSettings.BackupsKept)+1 {
			t.Errorf("one made by hand pushed a night out: %d", n)
		}
		restored := filepath.Join(t.TempDir(), "restored.db")
		done, err := db.Restore(t.Context(), shelf.File(kept[0].Name), restored, dbtest.Key, nil)
		if err != nil || done.Events != kept[0].Events || kept[0].Events == 0 {
			t.Errorf("restored %+v of %+v: %v", done, kept[0], err)
		}
		for _, name := range []string{"../shop.db", "", "x"} {
			if _, _, err := shelf.Open(t.Context(), name); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%q opens: %v", name, err)
			}
		}
	})
}

// TestABackupThatFails is told, removes nothing, and is tried again after an hour.
func TestABackupThatFails(t *testing.T) {
	d := dbtest.Open(t, filepath.Join(t.TempDir(), "shop.db"))
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, jayapura)
	dir := t.TempDir()
	shelf := &db.Shelf{DB: d, Key: dbtest.Key, Folder: filepath.Join(dir, "backups"), Zone: jayapura, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	if err := sale(t, d, 1, now); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shelf.Folder, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	now = now.Add(3 * time.Hour)
	shelf.Round(t.Context())
	list, err := d.KeptBackups(t.Context())
	if err != nil || len(list) != 1 || list[0].Failure == "" {
		t.Fatalf("the failure is not told: %+v %v", list, err)
	}
	if err := os.Remove(shelf.Folder); err != nil {
		t.Fatal(err)
	}
	now = now.Add(30 * time.Minute)
	shelf.Round(t.Context())
	if _, err := d.LastBackup(t.Context()); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("tried again at once: %v", err)
	}
	now = now.Add(31 * time.Minute)
	shelf.Round(t.Context())
	b, err := d.LastBackup(t.Context())
	if err != nil || b.MadeBy != payments.ActorSystem {
		t.Errorf("after an hour: %+v %v", b, err)
	}
}

// TestAClockThatWasAhead leaves backups of the future. They keep no night from
// its own, and are neither the newest nor what stays when others go.
func TestAClockThatWasAhead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		now := time.Date(2026, 3, 2, 1, 0, 0, 0, jayapura)
		shelf := &db.Shelf{DB: d, Key: dbtest.Key, Folder: filepath.Join(t.TempDir(), "backups"), Zone: jayapura, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
		if err := d.ChangeSettings(t.Context(), payments.ActorShell, now, func(s *payments.Settings) error { s.BackupsKept = 3; return nil }); err != nil {
			t.Fatal(err)
		}
		right := now.Add(3 * time.Hour)
		now = right.AddDate(0, 1, 0)
		for range 3 {
			now = now.Add(24 * time.Hour)
			shelf.Round(t.Context())
		}
		now = now.Add(24 * time.Hour)
		aside := shelf.Folder + ".aside"
		if err := errors.Join(os.Rename(shelf.Folder, aside), os.WriteFile(shelf.Folder, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		shelf.Round(t.Context()) // fails
		if err := errors.Join(os.Remove(shelf.Folder), os.Rename(aside, shelf.Folder)); err != nil {
			t.Fatal(err)
		}
		if g, err := d.Diagnose(t.Context()); err != nil || g.Failed.Failure == "" {
			t.Fatalf("the diagnosis does not know that one failed: %+v, %v", g.Failed, err)
		}
		// And of two during which it was set, one way and the other.
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO backups (name, at, size, events, made_by, failure) VALUES
				('20260301-180000-000', $1, 0, 1, 'system', 'no room'), ('20260401-180000-000', $2, 0, 1, 'system', '')`, now.UnixMilli(), right.UnixMilli())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		ahead, err := d.LastBackup(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var made []string
		for now = right; len(made) < 3; now = now.Add(24 * time.Hour) {
			shelf.Round(t.Context())
			last, err := d.LastBackup(t.Context())
			if err != nil || last.Name == ahead.Name || !last.At.Equal(now) {
				t.Fatalf("the night of %v made %+v, %v", now, last, err)
			}
			made = append(made, last.Name)
			shelf.Round(t.Context()) // once a night
		}
		list, err := d.KeptBackups(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var good []string
		for _, b := range list {
			if b.Failure == "" {
				good = append(good, b.Name)
			}
		}
		slices.Reverse(good)
		if !slices.Equal(good, made) {
			t.Errorf("kept are %q of the nights %q", good, made)
		}
		for _, name := range made {
			if !shelf.Here(name) {
				t.Errorf("the file of %s is gone", name)
			}
		}
		if g, err := d.Diagnose(t.Context()); err != nil || g.Backup.Name != made[2] || g.Failed.Failure != "" {
			t.Errorf("the diagnosis knows %+v and the failure %+v, %v", g.Backup, g.Failed, err)
		}
	})
}

// TestABackupThatIsToldToEnd, as by a restart, is no failure; and what a power
// cut left behind goes with the next one.
func TestABackupThatIsToldToEnd(t *testing.T) {
	d := dbtest.Open(t, filepath.Join(t.TempDir(), "shop.db"))
	fill(t, d)
	shelf := &db.Shelf{DB: d, Key: dbtest.Key, Folder: t.TempDir(), Zone: jayapura, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	for name, age := range map[string]time.Duration{".backup-old": 25 * time.Hour, ".try-old": 25 * time.Hour, ".backup-now": time.Hour} {
		folder := filepath.Join(shelf.Folder, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "new.db"), []byte("names"), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := time.Now().Add(-age); os.Chtimes(folder, at, at) != nil {
			t.Fatal("the age cannot be set")
		}
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	if _, err := shelf.Make(ctx, payments.ActorSystem); err == nil {
		t.Error("it was made")
	}
	if list, err := d.KeptBackups(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the owner is told of %+v, %v", list, err)
	}
	left, err := filepath.Glob(filepath.Join(shelf.Folder, ".*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != ".backup-now" {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if _, err := shelf.Make(t.Context(), payments.ActorSystem); err != nil {
		t.Error(err)
	}
}
