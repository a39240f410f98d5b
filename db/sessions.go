package db

import (
	"context"
	"errors"
	"time"
)

// Sessions keeps the sessions of signed-in people, so that a restart signs
// nobody out. It has the methods that scs asks of a store with contexts.
type Sessions struct {
	DB  *DB
	Now func() time.Time
}

// FindCtx answers the data of a session that has not ended.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.DB.one(ctx, func(row scanner) error { return row.Scan(&data) },
		`SELECT data FROM sessions WHERE token = $1 AND expires_at > $2`, token, millis(s.Now()))
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx stores a session and sweeps those that have ended.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.DB.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec(`DELETE FROM sessions WHERE expires_at <= $1`, millis(s.Now())); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO sessions (token, data, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
			token, data, millis(expiry))
		return err
	})
}

// DeleteCtx ends a session; one that does not exist is no error.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.DB.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM sessions WHERE token = $1`, token)
		return err
	})
}

// Find is FindCtx without a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}
