package bench

import (
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"kodebayar/db/pgtest"
)

// codes is how many of them wait to be paid in each server's database.
const codes = 150_000

const invoicePrefix = "INV-20261120-"

// insertCodes is the statement that makes active codes numbered by the column
// n of a source, with defaults for what a notification does not look at.
func insertCodes(source, padded string) string {
	return fmt.Sprintf(`INSERT INTO codes (id, environment, mode, status, invoice_number, payment_code, amount, customer_name,
			created_by, created_at, expires_in, expires_at, token, form_id)
		SELECT '01900000-0000-7000-8000-' || %[2]s, 'simulator', 'dgpc', 'active', '%[3]s' || %[2]s, '6059' || %[2]s, %[4]d, 'Budi Santoso',
			'bench', 1795000000000, 60, 4102444800000, 'bench-token-' || %[2]s, 'bench-form-' || %[2]s
		FROM %[1]s`, source, padded, invoicePrefix, amountOf)
}

const (
	paddedPostgres = `lpad(CAST(n AS TEXT), 12, '0')`
	paddedSQLite   = `printf('%012d', n)`
)

// migrate lets the app make its tables, and start once: codes that come to an
// app which has never started are those of an older one, and it would be
// indexing them while it is measured.
func migrate(t *testing.T, database string) {
	t.Helper()
	cmd := exec.Command(app, "staff", "add", "--email", "bench@example.com", "--name", "Bench", "--role", "owner")
	cmd.Env = environment(database, "127.0.0.1:0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("staff add: %v: %s", err, out)
	}
	s := startApp(t, database)
	s.stop()
	_, err := s.process.Wait()
	check(t, err)
}

func fillPostgres(t *testing.T, p *pgtest.Server, name string, codes int) {
	t.Helper()
	check(t, p.Exec(name, insertCodes(fmt.Sprintf("generate_series(0, %d) AS n", codes-1), paddedPostgres), "ANALYZE"))
}

func fillSQLite(t *testing.T, file string, codes int) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+file)
	check(t, err)
	defer pool.Close()
	for _, s := range []string{
		insertCodes(fmt.Sprintf("(WITH RECURSIVE series (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < %d) SELECT n FROM series)", codes-1), paddedSQLite),
		"PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := pool.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	check(t, err)
	defer in.Close()
	out, err := os.Create(to)
	check(t, err)
	_, err = io.Copy(out, in)
	check(t, err)
	check(t, out.Sync())
	check(t, out.Close())
}
