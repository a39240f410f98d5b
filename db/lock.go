package db

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrInUse says that somebody else works with the database file.
var ErrInUse = errors.New("the database is in use: stop the app first")

// lock takes the lock beside a database file: shared by all who work with it,
// alone by a restore. It is not taken on the file itself, where closing it
// would let go of SQLite's own locks, and a restore puts another file there.
// The system lets go of it when the process dies, however it dies.
func lock(database string, alone bool) (*os.File, error) {
	f, err := os.OpenFile(database+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		switch {
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, fmt.Errorf("lock the database: %w", err)
		case alone:
			return nil, ErrInUse
		default:
			return nil, errors.New("a backup is being restored into this database: wait until it is done")
		}
	}
	return f, nil
}
