package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestABackupBringsTheShopBack sells, backs up while the app runs, loses the
// database and restores it: never over a running app, and never from a file
// that is not what was written.
func TestABackupBringsTheShopBack(t *testing.T) {
	s := openShop(t)
	owner := s.owner()
	sold := owner.issueTo("Budi Santoso", "120000")
	file := filepath.Join(s.dir, "away.backup")
	if out, errs, err := run(t, s.dir, s.env(), "", "backup", file); err != nil || !strings.Contains(out, "checked") {
		t.Fatalf("backup: %v %s %s", err, out, errs)
	}
	later := owner.issueTo("Sari Dewi", "75000")
	if made := owner.post("/backups", url.Values{}); made.status != http.StatusSeeOther {
		t.Fatalf("POST /backups answers %d", made.status)
	}
	if _, errs, err := run(t, s.dir, s.env(), "", "restore", file); err == nil || !strings.Contains(errs, "stop the app") {
		t.Errorf("restored over a running app: %v %s", err, errs)
	}
	if answer := owner.get(later); answer.status != http.StatusOK {
		t.Errorf("the refused restore left %d", answer.status)
	}
	s.app.stop()

	whole, err := os.ReadFile(file)
	check(t, err)
	before, err := os.ReadFile(s.database)
	check(t, err)
	altered := append([]byte(nil), whole...)
	altered[len(altered)/2] ^= 1
	for name, content := range map[string][]byte{"altered": altered, "cut off": whole[:len(whole)-4096], "empty": nil} {
		bad := filepath.Join(s.dir, "bad.backup")
		check(t, os.WriteFile(bad, content, 0o600))
		if _, errs, err := run(t, s.dir, s.env(), "", "restore", bad); err == nil {
			t.Errorf("a backup that is %s was restored: %s", name, errs)
		}
		if now, err := os.ReadFile(s.database); err != nil || string(now) != string(before) {
			t.Errorf("a backup that is %s changed the database: %v", name, err)
		}
	}
	if out, errs, err := run(t, s.dir, s.env(), "", "restore", file); err != nil || !strings.Contains(out, "kept as") {
		t.Fatalf("restore: %v %s %s", err, out, errs)
	}
	s.startApp()
	owner = s.signIn(ownerEmail, ownerPassword)
	if answer := owner.get(sold); answer.status != http.StatusOK {
		t.Errorf("what was sold before the backup answers %d", answer.status)
	}
	if answer := owner.get(later); answer.status != http.StatusNotFound {
		t.Errorf("what was sold after the backup answers %d", answer.status)
	}
	kept, err := filepath.Glob(filepath.Join(s.dir, "backups", "*.backup"))
	if err != nil || len(kept) != 1 {
		t.Errorf("the backup made from the page: %v %v", kept, err)
	}
	if out, errs, err := run(t, s.dir, s.env(), "", "doctor"); err != nil || !strings.Contains(out, "chain whole") {
		t.Errorf("the doctor: %v %s %s", err, out, errs)
	}
}
