package shell

import (
	"context"
	"fmt"
	"time"

	"kodebayar/db"
	"kodebayar/handlers"
)

// Doctor says how the database is. It fails only for what no restart mends:
// damage, a broken chain, no database.
func (s *Shell) Doctor(ctx context.Context, version string) error {
	store, err := s.OpenExisting(ctx, s.Log)
	if err != nil {
		return err
	}
	defer store.Close()
	events, err := store.Check(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "database  whole\nlog       %d events, chain whole\n", events)
	g, err := store.Diagnose(ctx)
	if err == nil && s.ACMEDirectory != "" {
		err = handlers.DiagnoseCertificate(ctx, store, handlers.CertificateName(s.ACMEDirectory, s.Public), &g)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "version   %s, migrations %d\nsize      %d bytes\n", version, g.Version, g.Size)
	if g.Backup.Name != "" {
		fmt.Fprintf(s.Stdout, "backup    %s, tested %s\n", g.Backup.Name, g.Backup.At.UTC().Format("2006-01-02 15.04 MST"))
	}
	if !g.CertificateEnds.IsZero() {
		fmt.Fprintf(s.Stdout, "tls       certificate until %s\n", g.CertificateEnds.UTC().Format("2006-01-02 15.04 MST"))
	}
	for _, c := range g.Concerns(time.Now()) {
		fmt.Fprintf(s.Stdout, "warning   %s\n", doctorsWords(c, g))
	}
	if w, err := s.Wiring(ctx, store); err != nil {
		return err
	} else if !w.Credentials.Set() {
		fmt.Fprintln(s.Stdout, "warning   the credentials at DOKU are not set")
	}
	return nil
}

// doctorsWords are what the doctor says of a concern.
func doctorsWords(c db.Concern, g db.Diagnosis) string {
	switch c {
	case db.DiskNearlyFull:
		return fmt.Sprintf("the disk is nearly full: %d MB are left", g.Free>>20)
	case db.CertificateOld:
		return "the certificate ends soon and was not renewed; the log says why"
	case db.BackupFailed:
		return "the last backup failed: " + g.Failed.Failure
	case db.NoBackup:
		return "the app has made no backup yet"
	case db.BackupOld:
		return "the last backup of the app is more than a day old"
	case db.ClockOff:
		return fmt.Sprintf("DOKU's clock was %s ahead of this machine's", g.Ahead)
	}
	return string(c)
}
