package db

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"kodebayar/payments"
)

const settingLogo = "logo" // digest, content type and base64, with blanks between

// Logo is the shop's picture as it is sent.
type Logo struct {
	Digest, ContentType string
	Bytes               []byte
}

// Logo is the shop's picture, the zero one when there is none.
func (r reads) Logo(ctx context.Context) (Logo, error) {
	value, err := r.Setting(ctx, settingLogo)
	if err != nil || value == "" {
		return Logo{}, err
	}
	parts := strings.SplitN(value, " ", 3)
	b, err := base64.StdEncoding.DecodeString(parts[2])
	return Logo{parts[0], parts[1], b}, err
}

// SetLogo replaces the shop's picture, by none for the zero one. The log has
// its digest, not its bytes.
func (d *DB) SetLogo(ctx context.Context, l Logo, by string, at time.Time) error {
	return d.Write(ctx, func(tx *Tx) error {
		before, err := tx.Logo(ctx)
		if err != nil || before.Digest == l.Digest {
			return err
		}
		value := ""
		if l.Digest != "" {
			value = l.Digest + " " + l.ContentType + " " + base64.StdEncoding.EncodeToString(l.Bytes)
		}
		if err := tx.put(settingLogo, value); err != nil {
			return err
		}
		return tx.Append(payments.Event{
			At: at, Kind: EventSettingChanged, Actor: by,
			Detail: map[string]string{"setting": settingLogo, "before": before.Digest, "after": l.Digest},
		})
	})
}
