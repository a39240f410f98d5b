package crash

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// TestConnectionsLost ends the app's connections to PostgreSQL under load, in
// the midst of transactions. Whatever was answered 200 is there; the rest was
// answered 503, and lands when it comes again.
func TestConnectionsLost(t *testing.T) {
	t.Parallel()
	s := openShop(t, folder(t), newDatabase(t), 1)
	c := &crash{t: t, shop: s, ledger: &ledger{}, dice: rand.New(rand.NewPCG(seed(t), 3)), score: &score{}}
	c.load = newLoad(s, c.ledger)
	c.ledger.lossy = true
	pool := openTruth(t, s.database)
	c.load.begin(c.dice)
	for range 10 {
		time.Sleep(c.millis(20, 120))
		_, err := pool.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		check(t, err)
	}
	c.load.end()
	c.ledger.lossy = false
	if !s.instances[0].alive() {
		t.Fatal("the app ended")
	}
	s.ready(s.instances[0])
	c.compare()
	c.settle()
	if c.ledger.busy == 0 {
		t.Log("no answer was 503: the connections were lost between transactions only")
	}
}

// TestSurvivorSweeps kills the one of two instances that sweeps, with a create
// under way whose answer was lost. Nobody asks again: the other instance finds
// the code by itself.
func TestSurvivorSweeps(t *testing.T) {
	t.Parallel()
	s := openShop(t, folder(t), newDatabase(t), 2)
	book := &ledger{}
	l := newLoad(s, book)
	for _, dies := range []*instance{s.instances[0], s.instances[1]} {
		check(t, s.machine(http.MethodPost, "/simulator/faults", map[string]any{
			"name": "lose_answer", "on": true, "times": 1, "operations": []string{"create"},
		}, nil))
		sold := l.form(rand.New(rand.NewPCG(seed(t), 4)), dies)
		if sold == nil {
			t.Fatalf("no form: %q", book.odd)
		}
		sold.mode = "dgpc"
		sold.form.Set("mode", sold.mode)
		if !l.order(sold, dies) {
			t.Fatalf("no code: %q", book.odd)
		}
		dies.kill()
		for _, other := range s.alive() {
			if !eventually(t.Context(), patience, func() bool { _, code := l.look(sold, other); return code != "" }) {
				t.Error("the create was never sent again")
			}
		}
		s.start(dies)
	}
	c := &crash{t: t, shop: s, ledger: book, dice: rand.New(rand.NewPCG(1, 2)), score: &score{}}
	c.compare()
}
