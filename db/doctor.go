package db

import (
	"context"
	"fmt"
)

// Check reads the whole database and answers an error when it is damaged: a
// page that does not read, a reference into nothing, a log that is not what
// was written, a sum that is not that of its payments. It answers the number
// of events. All of it is read as of one moment, so that an app that goes on
// writing does not look like damage.
func (d *DB) Check(ctx context.Context) (events int64, err error) {
	tx, err := d.moment(ctx)
	if err != nil {
		return 0, fmt.Errorf("begin to read: %w", err)
	}
	defer tx.Rollback()
	return reads{tx}.check(ctx, d.logKey, d.postgres)
}

func (r reads) check(ctx context.Context, logKey []byte, postgres bool) (events int64, err error) {
	if !postgres {
		if err := r.checkPages(ctx); err != nil {
			return 0, err
		}
	}
	wrong, err := first(ctx, r, scanInt, `SELECT COUNT(*) FROM codes WHERE
		paid_total <> (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payments WHERE code_id = codes.id AND standing = 'counted')
		OR paid_count <> (SELECT COUNT(*) FROM payments WHERE code_id = codes.id AND standing = 'counted')
		OR aside_total <> (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payments WHERE code_id = codes.id AND standing = 'aside')`)
	if err != nil {
		return 0, err
	}
	if wrong > 0 {
		return 0, fmt.Errorf("%d codes show a sum that is not that of their payments", wrong)
	}
	if err := r.checkTallies(ctx); err != nil {
		return 0, err
	}
	if err := r.verifyClosings(ctx, logKey); err != nil {
		return 0, err
	}
	return r.VerifyChain(ctx, logKey)
}

// checkPages looks for damage to a SQLite file, whatever version wrote it.
func (r reads) checkPages(ctx context.Context) error {
	verdict, err := first(ctx, r, scanText, `PRAGMA integrity_check`)
	if err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the database file is damaged: %s", verdict)
	}
	orphans, err := first(ctx, r, scanInt, `SELECT COUNT(*) FROM pragma_foreign_key_check`)
	if err != nil {
		return err
	}
	if orphans > 0 {
		return fmt.Errorf("%d rows refer to rows that are not there", orphans)
	}
	return nil
}
