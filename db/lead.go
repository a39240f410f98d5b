package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// leadLock is the PostgreSQL advisory lock of the one instance that sweeps.
const leadLock = 0x6b6f64656263

// leadEvery is how often an instance that does not lead tries to, and one that
// does makes sure that it still holds the lock.
const leadEvery = time.Second

// Lead runs work while this instance is the one that leads, until ctx ends or
// work fails. On SQLite there is one instance. On PostgreSQL the lock belongs
// to a connection: when its instance dies, so does the lock, and another
// leads.
func (d *DB) Lead(ctx context.Context, work func(context.Context) error) error {
	if !d.postgres {
		return work(ctx)
	}
	for {
		if err := d.leadOnce(ctx, work); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(leadEvery):
		}
	}
}

// leadOnce answers nil when the lock is another's or the connection was lost.
func (d *DB) leadOnce(ctx context.Context, work func(context.Context) error) error {
	conn, err := d.writer.pool.Conn(ctx)
	if err != nil {
		return nil // the next try finds the database back
	}
	defer conn.Close()
	var mine bool
	if conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(leadLock)).Scan(&mine) != nil || !mine {
		return nil
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(leadLock))
	leading, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- work(leading) }()
	tick := time.NewTicker(leadEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if _, err := conn.ExecContext(ctx, `SELECT 1`); err != nil {
				stop()
				return <-done
			}
		}
	}
}

// channel is what instances on one PostgreSQL wake each other with. It is a
// wake-up only: the log is the truth, and watch looks each second anyway.
const channel = "kodebayar_log"

// listen wakes the subscribers when another instance commits.
func (d *DB) listen(ctx context.Context) {
	for ctx.Err() == nil {
		conn, err := d.pool.Conn(ctx)
		if err == nil {
			err = conn.Raw(func(c any) error {
				pg := c.(*stdlib.Conn).Conn()
				if _, err := pg.Exec(ctx, `LISTEN `+channel); err != nil {
					return err
				}
				for {
					if _, err := pg.WaitForNotification(ctx); err != nil {
						return err
					}
					d.announce()
				}
			})
			conn.Close()
		}
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}
