package crash

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	usualRounds  = 3  // of each engine, in a plain test
	roundsOfShop = 20 // then a new shop is opened, so that none grows old
	maxRounds    = 10_000
)

// rounds is how often each test kills: KODEBAYAR_CRASH_ROUNDS, divided between
// the engines.
func rounds(t *testing.T) int {
	asked := os.Getenv("KODEBAYAR_CRASH_ROUNDS")
	if asked == "" {
		return usualRounds
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 2 || n > maxRounds {
		t.Fatalf("KODEBAYAR_CRASH_ROUNDS is a number from 2 to %d", maxRounds)
	}
	return n / 2
}

// seed makes a run's decisions repeatable: KODEBAYAR_CRASH_SEED. The moments
// of processes and disks are not, so a failure may need a few tries.
func seed(t *testing.T) uint64 {
	s, err := strconv.ParseUint(os.Getenv("KODEBAYAR_CRASH_SEED"), 10, 64)
	if err != nil {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("KODEBAYAR_CRASH_SEED=%d", s)
	return s
}

// TestKilled kills the app under load, starts it again on the same file, and
// expects every answer kept and nothing done twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	kill(t, 1, func(t *testing.T, dir string) string { return filepath.Join(dir, "shop.db") })
}

// TestKilledOfTwo is the same on PostgreSQL with two instances, one of which
// is killed while the other goes on, and now and then both.
func TestKilledOfTwo(t *testing.T) {
	t.Parallel()
	kill(t, 2, func(t *testing.T, _ string) string { return newDatabase(t) })
}

func kill(t *testing.T, instances int, database func(*testing.T, string) string) {
	dice := rand.New(rand.NewPCG(seed(t), uint64(instances)))
	var sum score
	for left := rounds(t); left > 0 && !t.Failed(); left -= roundsOfShop {
		t.Run("shop", func(t *testing.T) {
			dir := folder(t)
			address := database(t, dir)
			c := &crash{t: t, shop: openShop(t, dir, address, instances), ledger: &ledger{}, dice: dice, score: &sum}
			c.load = newLoad(c.shop, c.ledger)
			for range min(left, roundsOfShop) {
				c.round()
				if t.Failed() {
					return
				}
			}
			c.settle()
		})
	}
	t.Logf("%d rounds, %d kills, %d of them while starting: %d forms, %d notifications (%d answers of 200, %d of 503), %d payments at the till; slowest round %v",
		sum.rounds, sum.kills, sum.early, sum.forms, sum.told, sum.stored, sum.busy, sum.receipts, sum.slowest.Round(time.Millisecond))
}

type score struct {
	rounds, kills, early                int
	forms, told, stored, busy, receipts int
	slowest                             time.Duration
}

// A crash is one shop that is killed again and again.
type crash struct {
	t      *testing.T
	shop   *shop
	ledger *ledger
	load   *load
	dice   *rand.Rand
	score  *score
}

func (c *crash) millis(least, most int) time.Duration {
	return time.Duration(least+c.dice.IntN(most-least)) * time.Millisecond
}

func (c *crash) round() {
	began := time.Now()
	c.score.rounds++
	c.trouble()
	c.load.begin(c.dice)
	time.Sleep(c.millis(20, 450))
	victims := []*instance{c.shop.any(c.dice)}
	if c.dice.IntN(5) == 0 {
		victims = c.shop.instances
	}
	for _, v := range victims {
		v.kill()
		c.score.kills++
	}
	if len(victims) < len(c.shop.instances) {
		time.Sleep(c.millis(20, 200)) // the other goes on alone
	}
	c.load.end()
	c.shop.client.CloseIdleConnections()
	for _, v := range victims {
		if c.dice.IntN(4) == 0 { // killed again before it is up
			c.shop.launch(v)
			time.Sleep(c.millis(1, 150))
			v.kill()
			c.score.kills++
			c.score.early++
		}
		c.shop.start(v)
	}
	c.compare()
	c.again()
	c.score.slowest = max(c.score.slowest, time.Since(began))
}

// trouble makes the simulated DOKU lose an answer or tell twice.
func (c *crash) trouble() {
	what := map[string]any{"on": true, "times": 1 + c.dice.IntN(2)}
	switch c.dice.IntN(8) {
	case 0:
		what["name"], what["operations"] = "lose_answer", []string{"create"}
	case 1:
		what["name"], what["operations"] = "cut_during", []string{"create", "cancel"}
	case 2:
		what["name"], what["operations"] = "cut_before", []string{"create"}
	case 3:
		what["name"] = "notification_duplicate"
	case 4:
		what["name"] = "notification_duplicate_new_id"
	case 5:
		what["name"] = "notification_late_failed"
	default:
		return
	}
	check(c.t, c.shop.machine(http.MethodPost, "/simulator/faults", what, nil))
	// Notifications go to either instance.
	home := c.shop.any(c.dice).home
	check(c.t, c.shop.machine(http.MethodPost, "/simulator/urls",
		map[string]string{"notification": home + notificationPath, "inquiry": home + "/doku/inquiries"}, nil))
}

// compare holds what is stored against what was answered.
func (c *crash) compare() *truth {
	c.t.Helper()
	pool := openTruth(c.t, c.shop.database)
	defer pool.Close()
	if !c.shop.onPostgres() {
		var verdict string
		check(c.t, pool.QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
		if verdict != "ok" {
			c.t.Errorf("the file is damaged: %s", verdict)
		}
	}
	w := readTruth(c.t, pool)
	c.report(w.sound())
	c.report(w.keeps(c.ledger))
	return w
}

func (c *crash) report(wrong complaints) {
	c.t.Helper()
	slices.Sort(wrong)
	wrong = slices.Compact(wrong)
	for i, each := range wrong {
		if i == 20 {
			c.t.Errorf("… and %d more", len(wrong)-i)
			break
		}
		c.t.Error(each)
	}
	if len(wrong) > 0 {
		c.t.Logf("in round %d", c.score.rounds)
	}
}

// again posts forms once more, as a cashier does who got no answer or pressed
// twice, and repeats notifications, as DOKU does.
func (c *crash) again() {
	forms, notifications := c.ledger.unanswered()
	var jobs []func()
	for _, s := range forms {
		if c.dice.IntN(2) == 0 { // the rest is left to the sweep for now
			jobs = append(jobs, c.repost(s))
		}
	}
	for _, t := range notifications {
		if c.dice.IntN(2) == 0 {
			jobs = append(jobs, c.retell(t))
		}
	}
	c.ledger.mu.Lock()
	for range min(3, len(c.ledger.sales)) {
		if s := c.ledger.sales[c.dice.IntN(len(c.ledger.sales))]; s.id != "" {
			jobs = append(jobs, c.repost(s))
		}
	}
	c.ledger.mu.Unlock()
	together(jobs)
}

func (c *crash) repost(s *sale) func() {
	at := c.shop.any(c.dice)
	return func() { c.load.order(s, at) }
}

func (c *crash) retell(t *telling) func() {
	at := c.shop.any(c.dice)
	return func() { c.load.deliver(t, at) }
}

// together runs jobs, some at a time.
func together(jobs []func()) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, 16)
	for _, job := range jobs {
		slots <- struct{}{}
		wg.Go(func() {
			job()
			<-slots
		})
	}
}

// settle lets everything come to its end, with one of two instances dead for
// good, and then expects DOKU and the shop to agree.
func (c *crash) settle() {
	if len(c.shop.instances) > 1 {
		dead := c.dice.IntN(len(c.shop.instances))
		c.shop.instances[dead].kill()
		c.score.kills++
		c.shop.instances = slices.Delete(c.shop.instances, dead, dead+1)
		home := c.shop.instances[0].home
		check(c.t, c.shop.machine(http.MethodPost, "/simulator/urls",
			map[string]string{"notification": home + notificationPath, "inquiry": home + "/doku/inquiries"}, nil))
	}
	check(c.t, c.shop.machine(http.MethodPost, "/simulator/faults", map[string]bool{"reset": true}, nil))
	// What the till told while nobody listened comes again by itself, or is
	// resent from DOKU's back office.
	var lists struct {
		Deliveries []struct{ ID, Status string }
		Codes      []registration
	}
	undelivered := func() (ids []string) {
		check(c.t, c.shop.machine(http.MethodGet, "/simulator/deliveries", nil, &lists))
		for _, d := range lists.Deliveries {
			if d.Status != "delivered" {
				ids = append(ids, d.ID)
			}
		}
		return ids
	}
	for _, id := range undelivered() {
		check(c.t, c.shop.machine(http.MethodPost, "/simulator/resend", map[string]string{"delivery": id}, nil))
	}
	if !eventually(c.t.Context(), patience, func() bool { return len(undelivered()) == 0 }) {
		c.t.Error("notifications of the till are still not delivered")
	}

	// Calls that a killed process had claimed are free again after its lease.
	pool := openTruth(c.t, c.shop.database)
	defer pool.Close()
	if !eventually(c.t.Context(), patience, func() bool {
		var waiting int
		check(c.t, pool.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM calls WHERE outcome = ''`).Scan(&waiting))
		return waiting == 0
	}) {
		c.t.Error("calls to DOKU are still without an outcome")
	}
	// Only now the forms that got no answer are posted again: what came of
	// them so far the sweep did alone.
	forms, notifications := c.ledger.unanswered()
	var jobs []func()
	for _, s := range forms {
		jobs = append(jobs, c.repost(s))
	}
	for _, t := range notifications {
		jobs = append(jobs, c.retell(t))
	}
	together(jobs)
	check(c.t, c.shop.machine(http.MethodGet, "/simulator/codes", nil, &lists))
	w := c.compare()
	c.report(w.agrees(c.ledger, lists.Codes))
	c.doctor()
	c.happened(w, lists.Codes)

	c.score.forms += len(c.ledger.sales)
	c.score.told += len(c.ledger.told)
	c.score.receipts += len(c.ledger.receipts)
	c.score.busy += c.ledger.busy
	for _, t := range c.ledger.told {
		c.score.stored += t.stored
	}
}

// doctor lets the app check its own chain, which needs its key.
func (c *crash) doctor() {
	env := c.shop.env(c.shop.instances[0])
	if help, err := run(c.t, c.shop.dir, env, "", "--help"); err != nil || !strings.Contains(help, "doctor") {
		return
	}
	if said, err := run(c.t, c.shop.dir, env, "", "doctor"); err != nil {
		c.t.Errorf("doctor: %v: %s", err, said)
	}
}

// happened makes sure that something was put to the test.
func (c *crash) happened(w *truth, doku []registration) {
	if len(w.payments) == 0 || len(w.deliveries) == 0 || len(doku) == 0 {
		c.t.Errorf("nothing happened: %d payments, %d deliveries, %d codes at DOKU", len(w.payments), len(w.deliveries), len(doku))
	}
}
