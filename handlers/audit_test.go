package handlers

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// TestTheAuditLog says who did what, narrowed, exported, and verified.
func TestTheAuditLog(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		owner := s.member("ibu", payments.Owner)
		s.hire("=sari", payments.Cashier)
		code := s.member("budi", payments.Cashier).issue()
		today := s.Now().In(s.Zone).Format(time.DateOnly)
		for query, want := range map[string]bool{
			"": true, "?kind=created": true, "?kind=setting_changed": false, "?staff=" + s.idOf("budi"): true, "?staff=" + s.idOf("ibu"): false,
			"?from=" + today + "&to=" + today: true, "?to=2020-01-01": false, "?from=2999-01-01": false, "?before=1": false,
		} {
			a := owner.get("/audit" + query)
			if a.status != http.StatusOK || strings.Contains(a.body, "/codes/"+code.ID) != want {
				t.Errorf("%q: %d, the code shown %v", query, a.status, !want)
			}
		}
		if a := owner.get("/audit?kind=created"); !strings.Contains(a.body, "Kode diminta: Rp") {
			t.Error("a code's event is not told in the words of its timeline")
		}
		file := owner.get("/audit.csv")
		if !strings.Contains(file.header.Get("Content-Type"), "text/csv") || !strings.Contains(file.body, code.ID) {
			t.Errorf("the file: %v", file)
		}
		for _, secret := range []string{password, "argon2id"} {
			if strings.Contains(file.body, secret) {
				t.Errorf("the file holds %s", secret)
			}
		}
		if harmless("=1+1") != "'=1+1" || harmless("sari") != "sari" {
			t.Error("a cell that a spreadsheet would run")
		}
		if a := owner.get("/audit?verify=1"); !strings.Contains(a.body, "Rantai utuh") {
			t.Errorf("verified: %d", a.status)
		}
		if err := s.Store.Write(t.Context(), tamper); err != nil {
			t.Fatal(err)
		}
		if a := owner.get("/audit?verify=1"); !strings.Contains(a.body, "putus di nomor 1") {
			t.Errorf("after tampering: %d", a.status)
		}
	})
}

func tamper(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE events SET actor = 'shell2' WHERE seq = 1`)
	return err
}

// TestTheAuditNamesSettings writes each changed setting as the settings page
// calls it, before and after.
func TestTheAuditNamesSettings(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	if err := s.Store.ChangeSettings(t.Context(), payments.StaffActor(s.idOf("ibu")), s.Now(), func(now *payments.Settings) error {
		now.Limits.Max, now.Fee.BasisPoints, now.MGPC, now.Zone, now.Fee.SettlementDays = 6_000_000, 70, true, "Asia/Makassar", 3
		now.Presets = []payments.Preset{{ID: "p1", Name: "Bagi dua"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.SetEnvironment(t.Context(), payments.Production, payments.StaffActor(s.idOf("ibu")), s.Now()); err != nil {
		t.Fatal(err)
	}
	for lang, wants := range map[string][]string{
		"id": {
			"Paling banyak, Rp: Rp5.000.000 → Rp6.000.000", "Potongan persen: 0 → 0,7", "Toko, didaftarkan ke DOKU (MGPC): mati → nyala",
			"Zona waktu: Seperti saat program dijalankan → WITA (Makassar)", "Cair setelah, hari kerja: 2 → 3", "pembagian dana: kosong → Bagi dua", "lingkungan DOKU: kosong → production",
		},
		"en": {"At most, Rp: Rp5.000.000 → Rp6.000.000", "Fee in percent: 0 → 0,7", "The shop, registered at DOKU (MGPC): off → on", "Time zone: As the program was started → WITA (Makassar)", "split settlement: empty → Bagi dua"},
	} {
		page := owner.get("/audit?lang=" + lang)
		for _, want := range wants {
			if !strings.Contains(page.body, want) {
				t.Errorf("%s: no %q", lang, want)
			}
		}
	}
}

// TestEveryKindOfEventHasItsWord and can be filtered by, so that a new one cannot
// be forgotten.
func TestEveryKindOfEventHasItsWord(t *testing.T) {
	kind := regexp.MustCompile(`(?m)^(?:const |\t)Event\w+\s+(?:payments\.)?EventKind\s*= "([a-z_]+)"`)
	seen := map[string]bool{}
	for _, room := range []string{"../payments", "../db"} {
		for _, file := range must(filepath.Glob(room + "/*.go")) {
			for _, m := range kind.FindAllStringSubmatch(string(must(os.ReadFile(file))), -1) {
				if words := called(auditKinds, m[1]); words.id == m[1] || words.en == m[1] {
					t.Errorf("%s: %s has no word", file, m[1])
				}
				seen[m[1]] = true
			}
		}
	}
	if len(seen) != len(auditKinds) || len(seen) < 50 {
		t.Errorf("%d kinds are declared, the filter has %d", len(seen), len(auditKinds))
	}
}
