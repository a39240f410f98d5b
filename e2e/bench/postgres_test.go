package bench

import (
	"os"
	"testing"

	"kodebayar/db/pgtest"
)

// startPostgres starts a server whose log tells connections apart.
func startPostgres(t *testing.T) *pgtest.Server {
	t.Helper()
	p, err := pgtest.Start(os.Getenv("KODEBAYAR_BENCH_DIR"), "log_line_prefix=%p ")
	check(t, err)
	t.Cleanup(p.Stop)
	return p
}
