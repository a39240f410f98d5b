package shell

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"

	"kodebayar/db"
)

// Backup copies the database into a new file, verified.
func (s *Shell) Backup(ctx context.Context, file string) error {
	store, err := s.OpenExisting(ctx, s.Log)
	if err != nil {
		return err
	}
	defer store.Close()
	events, err := store.Backup(ctx, s.Key, file)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "%s was written, opened and checked: %d events, the log's chain is whole.\nKeep the key too, apart from it: it is not inside. Its fingerprint is %s.\n",
		file, events, db.Fingerprint(s.Key))
	return nil
}

// Restore brings a backup back while the app is stopped.
func (s *Shell) Restore(ctx context.Context, file string) error {
	if err := s.FindKey(); err != nil {
		return err
	}
	done, err := db.Restore(ctx, file, s.Database, s.Key, s.KeyBefore)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "%s was restored: %d events, the log's chain is whole. Everybody signs in again.\n", file, done.Events)
	if done.Lacks {
		fmt.Fprintf(s.Stdout, "The key of this backup, with fingerprint %s, is not here; %s is. Without it secrets, TOTP, PINs and open one-time links were dropped,\nand nobody can tell whether the backup was altered; the log was chained anew. If you find the key, set KODEBAYAR_KEY to it and restore again, or\nKODEBAYAR_KEY_PREVIOUS to replace it by this one.\n",
			done.Key, db.Fingerprint(s.Key))
	} else if done.Key != "" {
		fmt.Fprintf(s.Stdout, "The key with fingerprint %s was replaced by %s: secrets were sealed and the log was chained anew; PINs are set again by whoever\nuses one, and one-time links are made again. Backups from before still need the old key.\n",
			done.Key, db.Fingerprint(s.Key))
	}
	if done.Aside != "" {
		fmt.Fprintf(s.Stdout, "The database that was there before is kept as %s.\n", done.Aside)
	}
	return nil
}

// Copy moves everything from one database to an empty or new one. The key goes
// with it: the log's chain and what is encrypted depend on it.
func (s *Shell) Copy(ctx context.Context, from, to string) error {
	s.Database = from
	old, err := s.OpenExisting(ctx, s.Log)
	if err != nil {
		return err
	}
	defer old.Close()
	s.Database = to
	moved, err := s.Open(ctx, s.Log) // with the key of the first, now in s.Key
	if err != nil {
		return err
	}
	defer moved.Close()
	rows, err := db.Copy(ctx, old, moved)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "%d rows were copied and compared, and the log's chain is whole.\n", rows)
	if db.IsPostgres(to) {
		fmt.Fprintln(s.Stdout, "Start the app with KODEBAYAR_DATABASE set to the new address and KODEBAYAR_KEY to the content of the old key file.")
		return nil
	}
	key := base64.StdEncoding.EncodeToString(s.Key)
	return os.WriteFile(to+".key", []byte(key+"\n"), 0o600)
}
