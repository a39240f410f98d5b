package crash

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestDatabaseLocked lets another process hold the file's write lock for
// longer than DOKU would wait. Callbacks are answered 503 while the lock is
// still held, pages are still read, and afterwards all goes on.
func TestDatabaseLocked(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := openShop(t, dir, filepath.Join(dir, "shop.db"), 1)
	locked(t, s, `BEGIN IMMEDIATE`, `ROLLBACK`)
}

// TestTableLocked is the same on PostgreSQL.
func TestTableLocked(t *testing.T) {
	t.Parallel()
	s := openShop(t, folder(t), newDatabase(t), 1)
	locked(t, s, `BEGIN; LOCK TABLE exchanges IN EXCLUSIVE MODE`, `ROLLBACK`)
}

func locked(t *testing.T, s *shop, lock, unlock string) {
	at, book := s.instances[0], &ledger{}
	l := newLoad(s, book)
	reusable := oneSale(t, l, true)

	pool := openTruth(t, s.database)
	holder, err := pool.Conn(t.Context())
	check(t, err)
	defer holder.Close()
	must(t, holder, lock)

	const many = 200
	var all []*telling
	for range many {
		all = append(all, book.tells(newNotification("SUCCESS", newPayment(reusable.invoice, reusable.code, reusable.amount)), reusable))
	}
	began := time.Now()
	var wg sync.WaitGroup
	for _, n := range all {
		wg.Go(func() { l.deliver(n, at) })
	}
	for _, path := range []string{"/healthz", "/readyz", "/transactions", "/codes/" + reusable.id} {
		if a, err := s.send(http.MethodGet, at.home+path, "", nil); err != nil || a.status != http.StatusOK {
			t.Errorf("while the database is locked %s answers %d %v", path, a.status, err)
		}
	}
	wg.Wait() // with the lock held: an app that waits for it ends here in vain
	took := time.Since(began)
	if book.busy != many || len(book.odd) > 0 {
		t.Errorf("while the database is locked %d of %d notifications are answered 503, others: %q", book.busy, many, book.odd)
	}
	t.Logf("%d callbacks were refused within %v", many, took.Round(time.Millisecond))
	// The limit is five seconds; twice that leaves room for a busy machine.
	if took > 10*time.Second {
		t.Errorf("the refusals took %v", took)
	}
	must(t, holder, unlock)

	if !eventually(t.Context(), patience, func() bool { l.deliver(all[0], at); return all[0].stored > 0 }) {
		t.Fatal("the lock is gone, and a notification is still refused")
	}
	for _, n := range all[1:] {
		wg.Go(func() { l.deliver(n, at) })
	}
	wg.Wait()
	for _, n := range all {
		if n.stored == 0 {
			t.Error("a notification is refused although the lock is gone")
		}
	}
	(&crash{t: t, shop: s, ledger: book, dice: rand.New(rand.NewPCG(1, 2)), score: &score{}}).compare()
}

func must(t *testing.T, c *sql.Conn, query string) {
	t.Helper()
	_, err := c.ExecContext(context.Background(), query)
	check(t, err)
}
