package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
	"kodebayar/views"
)

// TestABackupFromThePage is made, shown, downloaded, written down, and restores.
func TestABackupFromThePage(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		owner := s.member("ibu", payments.Owner)
		code := s.member("sari", payments.Cashier).issue()
		if a := owner.get("/backups"); a.status != http.StatusOK || !strings.Contains(a.body, "Belum ada cadangan") {
			t.Fatalf("before: %d", a.status)
		}
		if a := owner.post("/backups", url.Values{}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/backups" {
			t.Fatalf("made: %d %s", a.status, a.body)
		}
		b := must(s.Store.LastBackup(t.Context()))
		page := owner.get("/backups")
		if !strings.Contains(page.body, `data-backup="`+b.Name+`"`) || !strings.Contains(page.body, "Teruji · "+s.calendar(views.Indonesian).deadline(b.At)) || !strings.Contains(page.body, "KODEBAYAR_DATABASE="+cmp.Or(s.Store.File(), "postgres://…")+" kodebayar restore /") {
			t.Errorf("the page does not show %s", b.Name)
		}
		file := owner.get("/backups/" + b.Name)
		if int64(len(file.body)) != b.Size || !strings.HasPrefix(file.body, "SQLite format 3") || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
			t.Fatalf("the download has %d bytes of %d, %v", len(file.body), b.Size, file.header)
		}
		for _, secret := range []string{password, secretKey} {
			if strings.Contains(file.body, secret) {
				t.Errorf("the backup holds %s", secret)
			}
		}
		there := filepath.Join(t.TempDir(), "there.backup")
		if err := os.WriteFile(there, []byte(file.body), 0o600); err != nil {
			t.Fatal(err)
		}
		restored := filepath.Join(t.TempDir(), "there.db")
		if _, err := db.Restore(t.Context(), there, restored, dbtest.Key, nil); err != nil {
			t.Fatal(err)
		}
		if c, err := dbtest.Open(t, restored).Code(t.Context(), code.ID); err != nil || c.Amount != code.Amount {
			t.Errorf("the code is not in what was restored: %v", err)
		}
		audit := owner.get("/audit?kind=" + string(db.EventBackupDownloaded))
		if !strings.Contains(audit.body, b.Name) {
			t.Error("the download is not in the audit log")
		}
		for _, path := range []string{"/backups/" + b.Name + "x", "/backups/..%2Fshop.db", "/backups/%2e%2e"} {
			if a := owner.get(path); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		for _, role := range []payments.Role{payments.Manager, payments.Cashier, payments.Accountant} {
			if a := s.member("some-"+string(role), role).get("/backups/" + b.Name); a.status < 400 {
				t.Errorf("%s downloads: %d", role, a.status)
			}
		}
	})
}

// shelve puts a backup on the list that was never made.
func (s *shop) shelve(name string) {
	s.t.Helper()
	err := s.Store.Write(s.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO backups (name, at, size, events, made_by) VALUES ($1, 1, 1, 1, 'shell')`, name)
		return err
	})
	if err == nil {
		err = os.MkdirAll(s.Shelf.Folder, 0o700)
	}
	if err == nil {
		err = os.WriteFile(s.Shelf.File(name), []byte("x"), 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// TestDiagnostics tells what is wrong, and its support text names nobody.
func TestDiagnostics(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		owner := s.member("ibu", payments.Owner)
		code := owner.issue()
		a := owner.get("/diagnostics?lang=en")
		if a.status != http.StatusOK || !strings.Contains(a.body, "v-test") || !strings.Contains(a.body, "The same as DOKU") {
			t.Fatalf("%d: no version or clock", a.status)
		}
		_, support, _ := strings.Cut(a.body, `id="support"`)
		support, _, _ = strings.Cut(support, "</pre>")
		if !strings.Contains(support, "kodebayar") {
			t.Fatal("no support text")
		}
		for _, private := range []string{"ibu", "toko.id", code.PaymentCode, code.CustomerName, clientID, s.home, string(dbtest.Key), "127.0.0.1"} {
			if private != "" && strings.Contains(support, private) {
				t.Errorf("the support text holds %q", private)
			}
		}
		if err := os.WriteFile(s.Shelf.Folder, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if a := owner.post("/backups", url.Values{}); a.status != http.StatusSeeOther {
			t.Errorf("a backup that fails: %d", a.status)
		}
		if a := owner.get("/diagnostics?lang=en"); !strings.Contains(a.body, "The last backup failed") {
			t.Error("the failed backup is not told")
		}
		if err := os.Remove(s.Shelf.Folder); err != nil {
			t.Fatal(err)
		}
		s.ahead.Add(int64(time.Second))
		owner.post("/backups", url.Values{})
		if a := owner.get("/diagnostics?lang=en"); strings.Contains(a.body, "The last backup failed") {
			t.Error("the failure is told after a good one")
		}
		if a := owner.send(http.MethodGet, "/diagnostics?lang=en", "", http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"http"}}); !strings.Contains(a.body, "KODEBAYAR_TRUSTED_PROXIES=127.0.0.1") {
			t.Error("the untrusted proxy is not told")
		}
	})
}
