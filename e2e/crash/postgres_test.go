package crash

import (
	"strconv"
	"sync"
	"testing"

	"kodebayar/db/pgtest"
)

// shared is one server for all tests. Whoever needs it first starts it.
var shared struct {
	once      sync.Once
	err       error
	server    *pgtest.Server
	mu        sync.Mutex
	databases int
}

// newDatabase makes an empty database and answers its address.
func newDatabase(t *testing.T) string {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = pgtest.Start("", "max_connections=200") })
	if shared.err != nil {
		t.Fatalf("PostgreSQL for tests: %v", shared.err)
	}
	// PostgreSQL copies template1, which two at once may not.
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.databases++
	name := "crash" + strconv.Itoa(shared.databases)
	check(t, shared.server.Exec("postgres", "CREATE DATABASE "+name))
	return shared.server.Address(name)
}

func stopPostgres() {
	if shared.server != nil {
		shared.server.Stop()
	}
}
