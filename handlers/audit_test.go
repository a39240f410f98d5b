package handlers

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// TestEveryFactHasItsWord or stays unsaid, by the keys that the rooms below
// write into the log.
func TestEveryFactHasItsWord(t *testing.T) {
	detail := regexp.MustCompile(`(?s)map\[string\]string\{(.*?)\}|[Dd]etail\[("[a-z_]+")\] = `)
	key := regexp.MustCompile(`"([a-z_]+)"(?::|$)`)
	seen := map[string]bool{}
	for _, room := range []string{"../payments", "../db"} {
		for _, file := range must(filepath.Glob(room + "/*.go")) {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range detail.FindAllStringSubmatch(string(must(os.ReadFile(file))), -1) {
				for _, k := range key.FindAllStringSubmatch(m[1]+m[2], -1) {
					name := strings.TrimSuffix(k[1], "_before")
					seen[name] = true
					if _, known := factNames[name]; !known && !factsUnsaid[name] && !slices.Contains([]string{"setting", "before", "after", "code"}, name) {
						t.Errorf("%s: %q has no word", file, name)
					}
				}
			}
		}
	}
	for _, k := range []string{"batch", "refusal", "lines", "call", "staff", "digest", "agent", "status"} {
		if !seen[k] {
			t.Errorf("%q is no longer found where events are written", k)
		}
	}
}

// TestTheAuditSpeaksTheLanguage of whoever reads it: no key, no id, no browser's
// name of itself.
func TestTheAuditSpeaksTheLanguage(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		for _, e := range []payments.Event{
			{Kind: payments.EventBatchStarted, Detail: map[string]string{"batch": "0198-b", "file": "sewa.csv", "lines": "12"}},
			{Kind: payments.EventSettled, Detail: map[string]string{"file": "create", "lines": "9", "matched": "7", "differs": "2", "unknown": "0", "missing": "1"}},
			{Kind: db.EventSignedIn, Detail: map[string]string{"device": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36", "address": "10.0.0.1"}},
			{Kind: payments.EventUnanswered, Detail: map[string]string{"call": "create"}},
			{Kind: payments.EventRejected, Detail: map[string]string{"refusal": "Invalid customer name"}},
			{Kind: payments.EventPaid, Detail: map[string]string{"agent": "DANDAN"}},
		} {
			e.At, e.Actor = s.Now(), payments.ActorSystem
			if err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page := owner.get("/audit?lang=id")
	for _, want := range []string{
		"baris: 12", "berkas: create", "cocok: 7", "jumlahnya berbeda: 2", "tidak ada di berkas: 1", "perangkat: Chrome, Windows", "permintaan: pembuatan kode",
		"kata DOKU: Invalid customer name", "jaringan gerai: Dan+Dan", `href="/codes/bulk/0198-b"`,
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, raw := range []string{"Mozilla/5.0", "batch:", "refusal:", "lines:", "matched:", "differs:", "call:"} {
		if strings.Contains(page.body, raw) {
			t.Errorf("the page shows %q", raw)
		}
	}
}
