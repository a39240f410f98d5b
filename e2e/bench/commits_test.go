package bench

import (
	"context"
	"encoding/binary"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// sqliteCommits counts from outside: the shared index of the write-ahead log
// begins with two numbers of its version and then iChange, which SQLite counts
// up at each commit (wal.c, "struct WalIndexHdr").
func sqliteCommits(t *testing.T, database string) func() int64 {
	return func() int64 {
		f, err := os.Open(database + "-shm")
		check(t, err)
		defer f.Close()
		var head [12]byte
		_, err = f.ReadAt(head[:], 0)
		check(t, err)
		return int64(binary.NativeEndian.Uint32(head[8:]))
	}
}

// postgresCommits counts the wake-up that each commit sends: the server's own
// statistics come ten seconds late.
func postgresCommits(t *testing.T, address string) func() int64 {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	check(t, err)
	_, err = c.Exec(t.Context(), `LISTEN kodebayar_log`)
	check(t, err)
	var commits atomic.Int64
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if _, err := c.WaitForNotification(ctx); err != nil {
				return
			}
			commits.Add(1)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		c.Close(context.Background())
	})
	return commits.Load
}
