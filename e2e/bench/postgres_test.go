package bench

import (
	"os"
	"testing"

	"kodebayar/e2e/postgres"
)

// startPostgres starts a server whose log tells connections apart.
func startPostgres(t *testing.T) *postgres.Server {
	t.Helper()
	p, err := postgres.Start(os.Getenv("KODEBAYAR_BENCH_DIR"), "log_line_prefix=%p ")
	check(t, err)
	t.Cleanup(p.Stop)
	return p
}

// execute runs statements in the database of that name, and leaves no connection.
func execute(t *testing.T, p *postgres.Server, name string, statements ...string) {
	t.Helper()
	pool, err := p.Open(name)
	check(t, err)
	defer pool.Close()
	for _, s := range statements {
		if _, err := pool.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
