package handlers

import (
	"net/http"
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
