package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// TestBackupIsOneMoment backs up while the writer has all it can do, and holds
// each backup to what was in the log at that length: no more, no less. Each
// write is a code and an event of its own name, so the two must agree.
func TestBackupIsOneMoment(t *testing.T) {
	rounds := 3
	if s := os.Getenv("KODEBAYAR_BACKUP_ROUNDS"); s != "" {
		rounds, _ = strconv.Atoi(s)
	}
	dir := t.TempDir()
	d := dbtest.Open(t, filepath.Join(dir, "busy.db"))
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("c%d-%d", w, i)
				if err := d.Write(t.Context(), func(tx *db.Tx) error {
					if ok, err := tx.InsertCode(payments.Code{ID: id, Environment: payments.Simulator, Mode: payments.DGPC, Status: payments.Paid, InvoiceNumber: id, Amount: 1, CreatedBy: "s", CreatedAt: time.Unix(1, 0), Token: id, FormID: id, Version: 1}); err != nil || !ok {
						return fmt.Errorf("%v %w", ok, err)
					}
					return tx.Append(payments.Event{At: time.Unix(1, 0), CodeID: id, Kind: "note", Actor: payments.ActorShell})
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer writers.Wait()
	defer stop()
	for round := 0; rounds > 0; round++ {
		file, restored := filepath.Join(dir, fmt.Sprint("backup", round)), filepath.Join(dir, fmt.Sprint("restored", round, ".db"))
		before, _ := d.LastSeq(t.Context())
		events, err := d.Backup(t.Context(), dbtest.Key, file)
		if err != nil {
			t.Fatal(err)
		}
		after, _ := d.LastSeq(t.Context())
		if events < before || events > after {
			t.Fatalf("%d events of a log that went from %d to %d", events, before, after)
		}
		if events == after && round < 50 {
			continue // nobody wrote while it was made, which says nothing
		}
		rounds--
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
		if _, err := db.Restore(t.Context(), file, restored, dbtest.Key, nil); err != nil {
			t.Fatal(err)
		}
		r, err := db.Open(t.Context(), restored, dbtest.Key)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := r.Check(t.Context()); err != nil || n != events {
			t.Errorf("restored %d events, %v; want %d", n, err, events)
		}
		log, err := r.EventsAfter(t.Context(), 0, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range log {
			if _, err := r.Code(t.Context(), e.CodeID); err != nil {
				t.Errorf("event %d is there without its code: %v", e.Seq, err)
			}
		}
		if n := count(t, r, `SELECT COUNT(*) FROM codes`); n != events {
			t.Errorf("%d codes with %d events", n, events)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d: %d events while the log grew by %d", round, events, after-before)
	}
}

func count(t *testing.T, d *db.DB, query string) (n int64) {
	t.Helper()
	rows, err := d.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	if err := rows.Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// closed is a filled database that nobody has open, and its backup.
var atDOKU = payments.Credentials{ClientID: "BRN-1", SecretKey: "SK-1"}

func closed(t *testing.T) (file, backup string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "shop.db")
	d, err := db.Open(t.Context(), file, dbtest.Key)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, d)
	seed := db.Sealer(dbtest.Key, db.SealAuthenticators).Seal(nil, nil, []byte("seed"), []byte("s1"))
	sealed := db.Authenticator{StaffID: "s1", Secret: seed, MadeAt: time.Unix(30, 0)}
	if err := d.AddAuthenticator(t.Context(), sealed, []string{"digest"}); err != nil {
		t.Fatal(err)
	}
	if err := d.SetACME(t.Context(), "acme_account+key", []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if err := d.SetCredentials(t.Context(), payments.Sandbox, atDOKU, payments.ActorShell, time.Unix(30, 0)); err != nil {
		t.Fatal(err)
	}
	if err := d.SetPIN(t.Context(), db.PIN{StaffID: "s1", Hash: "hash", MadeAt: time.Unix(30, 0)}, ""); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { // the log knows enough of these already
		for _, statement := range []string{
			`INSERT INTO invites (id, digest, email, name, role, made_by, made_at, expires_at) VALUES ('i1', 'd1', 'budi@toko.id', 'Budi', 'cashier', 's1', 1, 9000000000000)`,
			`INSERT INTO invites (id, digest, staff_id, email, name, role, made_by, made_at, expires_at) VALUES ('i2', 'd2', 's1', 'sari@toko.id', 'Sari', 'cashier', 's1', 1, 9000000000000)`,
			`INSERT INTO tills (id, name, token_hash, created_by, created_at, link_until) VALUES ('t1', 'Depan', 'h1', 's1', 1, 0), ('t2', 'Belakang', 'h2', 's1', 1, 9000000000000)`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	backup = file + ".backup"
	if _, err := d.Backup(t.Context(), dbtest.Key, backup); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Backup(t.Context(), dbtest.Key, backup); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if _, err := db.Restore(t.Context(), backup, file, dbtest.Key, nil); !errors.Is(err, db.ErrInUse) {
		t.Errorf("over a running one: %v", err)
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("later")) }); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return file, backup
}

func events(t *testing.T, file string, key []byte) int64 {
	t.Helper()
	d, err := db.Open(t.Context(), file, key)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	n, err := d.Check(t.Context())
	if err != nil {
		t.Error(err)
	}
	return n
}

// opensWith holds how many there are of what lets somebody in. The till that is
// left has its device.
func opensWith(t *testing.T, d *db.DB, want map[string]int64) {
	t.Helper()
	for table, n := range want {
		if got := count(t, d, `SELECT COUNT(*) FROM `+table); got != n {
			t.Errorf("%d %s, want %d", got, table, n)
		}
	}
	if n := count(t, d, `SELECT COUNT(*) FROM tills WHERE id = 't1' AND link_until = 0`); n != 1 {
		t.Error("the till with its device is gone")
	}
}

func TestRestore(t *testing.T) {
	file, backup := closed(t)
	done, err := db.Restore(t.Context(), backup, file, dbtest.Key, nil)
	if err != nil || done.Events != 24 || done.Key != "" || done.Lacks {
		t.Fatalf("%+v %v", done, err)
	}
	d := opened(t, file, dbtest.Key)
	opensWith(t, d, map[string]int64{"pins": 1, "invites": 2, "tills": 2})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := events(t, file, dbtest.Key); n != 24 {
		t.Errorf("restored: %d events", n)
	}
	if n := events(t, done.Aside, dbtest.Key); n != 25 {
		t.Errorf("kept aside: %d events", n)
	}
}

func TestRestoreWithAnotherKey(t *testing.T) {
	file, backup := closed(t)
	other := bytes.Repeat([]byte{8}, 32)
	done, err := db.Restore(t.Context(), backup, file, other, nil)
	if err != nil || !done.Lacks || done.Key != db.Fingerprint(dbtest.Key) {
		t.Fatalf("%+v %v", done, err)
	}
	if n := events(t, file, other); n != 25 { // and one that tells of it
		t.Errorf("%d events", n)
	}
	d := opened(t, file, other)
	defer d.Close()
	if _, err := d.Authenticator(t.Context(), "s1"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an authenticator that nobody can open was kept: %v", err)
	}
	opensWith(t, d, map[string]int64{"recovery_codes": 0, "pins": 0, "invites": 0, "tills": 1})
	if c, err := d.Credentials(t.Context(), payments.Sandbox); err != nil || c.Set() {
		t.Errorf("credentials %v %v", c, err)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM settings WHERE name LIKE 'acme/%'`); n != 0 {
		t.Errorf("%d sealed settings were kept", n)
	}
}

// TestRestoreReplacesTheKey: with the previous key at hand as well, all that it
// sealed opens with the new one, and with no other.
func TestRestoreReplacesTheKey(t *testing.T) {
	file, backup := closed(t)
	other := bytes.Repeat([]byte{8}, 32)
	done, err := db.Restore(t.Context(), backup, file, other, dbtest.Key)
	if err != nil || done.Lacks || done.Key != db.Fingerprint(dbtest.Key) {
		t.Fatalf("%+v %v", done, err)
	}
	if n := events(t, file, other); n != done.Events {
		t.Errorf("%d events, not %d", n, done.Events)
	}
	d := opened(t, file, other)
	a, err := d.Authenticator(t.Context(), "s1")
	if err != nil {
		t.Fatal(err)
	}
	if seed, err := db.Sealer(other, db.SealAuthenticators).Open(nil, nil, a.Secret, []byte("s1")); err != nil || string(seed) != "seed" {
		t.Errorf("the authenticator: %q %v", seed, err)
	}
	if plain, err := d.ACME(t.Context(), "acme_account+key"); err != nil || string(plain) != "sealed" {
		t.Errorf("the account at the authority: %q %v", plain, err)
	}
	if c, err := d.Credentials(t.Context(), payments.Sandbox); err != nil || c != atDOKU {
		t.Errorf("credentials %v %v", c, err)
	}
	opensWith(t, d, map[string]int64{"recovery_codes": 1, "pins": 0, "invites": 0, "tills": 1})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = opened(t, file, dbtest.Key)
	defer d.Close()
	if _, err := d.VerifyLog(t.Context()); err == nil {
		t.Error("the log still holds under the old key")
	}
	if _, err := d.Credentials(t.Context(), payments.Sandbox); !errors.Is(err, db.ErrSealed) {
		t.Errorf("credentials still open under the old key: %v", err)
	}
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	whole[len(whole)-2] ^= 1 // in the keyed digest, which only the previous key can tell
	if err := os.WriteFile(backup, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Restore(t.Context(), backup, filepath.Join(t.TempDir(), "shop.db"), other, dbtest.Key); !errors.Is(err, db.ErrBadBackup) {
		t.Errorf("altered: %v", err)
	}
}

// TestRestoreRefuses what is not the file that was written, and leaves the old
// database as it was.
func TestRestoreRefuses(t *testing.T) {
	file, backup := closed(t)
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	cases := map[string][]byte{
		"empty": nil, "cut in half": whole[:len(whole)/2], "cut by a byte": whole[:len(whole)-1], "longer": append(bytes.Clone(whole), 0),
		"without its seal": whole[:len(whole)/4096*4096], "another file": bytes.Repeat([]byte("x"), 9000),
		"a name altered": bytes.Replace(whole, []byte("Ibu Sri"), []byte("Ibu Sra"), 1),
	}
	for i := range 40 {
		at := i * len(whole) / 40
		cases[fmt.Sprint("flipped at ", at)] = flipped(at)
	}
	for i := 1; i < 180; i += 7 {
		at := len(whole) - i
		cases[fmt.Sprint("flipped at ", at)] = flipped(at)
	}
	// Altered, and sealed with a key that nobody has.
	other := filepath.Join(t.TempDir(), "other")
	db.Seal(t, other, cases["a name altered"], bytes.Repeat([]byte{9}, 32))
	if cases["sealed anew"], err = os.ReadFile(other); err != nil {
		t.Fatal(err)
	}
	for name, content := range cases {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Restore(t.Context(), bad, file, dbtest.Key, nil); !errors.Is(err, db.ErrBadBackup) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := events(t, file, dbtest.Key); n != 25 {
		t.Errorf("the old database has %d events", n)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*"))
	if len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

// TestBackupOpens holds that a backup is also a plain SQLite file.
func TestBackupOpens(t *testing.T) {
	_, backup := closed(t)
	if n := events(t, backup, dbtest.Key); n != 24 {
		t.Errorf("%d events", n)
	}
}

func TestBackupOfPostgres(t *testing.T) {
	from := dbtest.Open(t, dbtest.Postgres(t))
	fill(t, from)
	backup := filepath.Join(t.TempDir(), "backup")
	if n, err := from.Backup(t.Context(), dbtest.Key, backup); err != nil || n != 21 {
		t.Fatalf("%d events, %v", n, err)
	}
	to := dbtest.Postgres(t)
	if _, err := db.Restore(t.Context(), backup, to, dbtest.Key, nil); err != nil {
		t.Fatal(err)
	}
	if n := events(t, to, dbtest.Key); n != 21 {
		t.Errorf("%d events", n)
	}
	if _, err := db.Restore(t.Context(), backup, to, dbtest.Key, nil); !errors.Is(err, db.ErrNotEmpty) {
		t.Errorf("into a full one: %v", err)
	}
}

// TestSnapshotBeforeMigration takes a database back by one migration, as the
// version before left it, and opens it.
func TestSnapshotBeforeMigration(t *testing.T) {
	file, _ := closed(t)
	d, err := db.Open(t.Context(), file, dbtest.Key)
	if err != nil {
		t.Fatal(err)
	}
	if d.Snapshot != "" {
		t.Errorf("nothing was migrated, yet there is %s", d.Snapshot)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	version := db.Undo(t, file)
	if d, err = db.Open(t.Context(), file, dbtest.Key); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if !strings.HasPrefix(d.Snapshot, fmt.Sprintf("%s.version-%d-", file, version)) {
		t.Fatalf("snapshot %q", d.Snapshot)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	if _, err := db.Restore(t.Context(), d.Snapshot, other, dbtest.Key, nil); err != nil {
		t.Fatal(err)
	}
	if n := events(t, other, dbtest.Key); n != 25 {
		t.Errorf("%d events", n)
	}
}

func opened(t *testing.T, file string, key []byte) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), file, key)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
