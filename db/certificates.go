package db

import (
	"context"
	"encoding/base64"
	"fmt"
)

// settingACME begins the names of what the certificate authority's client keeps:
// its account's key, the certificate with its key, and answers to challenges that
// are under way. Backups and copies take them along, sealed as they are.
const settingACME = "acme/"

// ACME reads what was kept under a name. ErrNotFound also when another key
// sealed it: it is asked for anew.
func (d *DB) ACME(ctx context.Context, name string) ([]byte, error) {
	text, err := d.Setting(ctx, settingACME+name)
	if err != nil {
		return nil, err
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		sealed, err = d.acme.Open(nil, nil, sealed, []byte(name))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s%s", ErrNotFound, settingACME, name)
	}
	return sealed, nil
}

// SetACME keeps something under a name; nil takes it away. It is no event:
// nobody did it.
func (d *DB) SetACME(ctx context.Context, name string, plain []byte) error {
	return d.Write(ctx, func(tx *Tx) (err error) {
		if plain == nil {
			_, err = tx.Exec(`DELETE FROM settings WHERE name = $1`, settingACME+name)
			return err
		}
		return tx.put(settingACME+name, base64.StdEncoding.EncodeToString(d.acme.Seal(nil, nil, plain, []byte(name))))
	})
}
