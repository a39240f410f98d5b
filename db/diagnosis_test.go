package db_test

import (
	"slices"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

func TestADiagnosis(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
		none, err := d.Diagnose(t.Context())
		if err != nil || none.Version == 0 || none.Size == 0 || !none.Heard.IsZero() || !none.Answered.IsZero() || len(none.Concerns(at)) > 0 {
			t.Fatalf("an empty shop: %+v, %v, %v", none, none.Concerns(at), err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			for _, x := range []payments.Exchange{
				{ID: "x1", At: at, Direction: payments.Incoming, Kind: "notification", Verdict: "verified"},
				{ID: "x2", At: at.Add(time.Hour), Direction: payments.Incoming, Kind: "notification", Verdict: "bad_signature"},
				{ID: "x3", At: at, Direction: payments.Outgoing, Kind: "status", Verdict: "done", Duration: time.Second, ResponseHeader: "Content-Type: text/plain\nDate: Mon, 02 Mar 2026 01:10:01 GMT"},
			} {
				if err := tx.InsertExchange(x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		g, err := d.Diagnose(t.Context())
		if err != nil || !g.Verified.Equal(at) || !g.Heard.Equal(at.Add(time.Hour)) || g.Ahead != 10*time.Minute {
			t.Errorf("%+v, %v", g, err)
		}
		if c := g.Concerns(at); !slices.Equal(c, []db.Concern{db.ClockOff}) {
			t.Errorf("concerns %v", c)
		}
	})
}

func TestConcerns(t *testing.T) {
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	good := db.Diagnosis{Disk: 1 << 40, Free: 1 << 39, Events: 5000, Backup: db.KeptBackup{Name: "b", At: now.Add(-20 * time.Hour)}}
	for name, test := range map[string]struct {
		change func(*db.Diagnosis)
		want   []db.Concern
	}{
		"nothing":              {func(*db.Diagnosis) {}, nil},
		"no room":              {func(g *db.Diagnosis) { g.Free = 1 << 20 }, []db.Concern{db.DiskNearlyFull}},
		"no room for a backup": {func(g *db.Diagnosis) { g.Size = 1 << 39 }, []db.Concern{db.DiskNearlyFull}},
		"failed":               {func(g *db.Diagnosis) { g.Failed.Name = "f" }, []db.Concern{db.BackupFailed}},
		"never":                {func(g *db.Diagnosis) { g.Backup = db.KeptBackup{} }, []db.Concern{db.NoBackup}},
		"a new shop":           {func(g *db.Diagnosis) { g.Backup, g.Events = db.KeptBackup{}, 3 }, nil},
		"old":                  {func(g *db.Diagnosis) { g.Backup.At = now.Add(-31 * time.Hour) }, []db.Concern{db.BackupOld}},
		"clock behind":         {func(g *db.Diagnosis) { g.Answered, g.Ahead = now, -3*time.Minute }, []db.Concern{db.ClockOff}},
		"certificate":          {func(g *db.Diagnosis) { g.CertificateLate = now.Add(-time.Hour) }, []db.Concern{db.CertificateOld}},
		"a young one":          {func(g *db.Diagnosis) { g.CertificateLate = now.Add(time.Hour) }, nil},
		"clock nearly":         {func(g *db.Diagnosis) { g.Answered, g.Ahead = now, 90*time.Second }, nil},
	} {
		g := good
		test.change(&g)
		if got := g.Concerns(now); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
