package db_test

import (
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
)

func TestSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		now := monday
		s := &db.Sessions{DB: d, Now: func() time.Time { return now }}
		expect := func(token, want string) {
			t.Helper()
			data, found, err := s.Find(token)
			if err != nil || found != (want != "") || string(data) != want {
				t.Errorf("%s is %q, %v, %v, want %q", token, data, found, err, want)
			}
		}
		commit := func(token, data string, lasts time.Duration) {
			t.Helper()
			if err := s.Commit(token, []byte(data), now.Add(lasts)); err != nil {
				t.Fatal(err)
			}
		}
		expect("a", "")
		commit("a", "one\x00", time.Hour)
		commit("b", "two", 2*time.Hour)
		commit("a", "three", time.Hour)
		expect("a", "three")

		// Another process, or this one after a restart, sees the same.
		again := &db.Sessions{DB: dbtest.Open(t, address), Now: s.Now}
		if data, found, err := again.Find("b"); string(data) != "two" || !found || err != nil {
			t.Errorf("opened again: %q, %v, %v", data, found, err)
		}

		now = now.Add(time.Hour) // the moment it ends is after its end
		expect("a", "")
		expect("b", "two")
		commit("c", "four", time.Hour)
		rows, err := d.Query(t.Context(), `SELECT token FROM sessions ORDER BY token`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		kept := ""
		for rows.Next() {
			var token string
			if err := rows.Scan(&token); err != nil {
				t.Fatal(err)
			}
			kept += token
		}
		if kept != "bc" {
			t.Errorf("kept %q: the ended one should be swept", kept)
		}

		for range 2 {
			if err := s.Delete("b"); err != nil {
				t.Fatal(err)
			}
		}
		expect("b", "")
		expect("c", "four")
	})
}
