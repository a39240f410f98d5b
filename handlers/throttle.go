package handlers

import (
	"sync"
	"time"
)

// throttle slows wrong passwords down, by account and by address. Each key has
// a few tries; one comes back with every refill. It remembers in memory only:
// after a restart everybody starts afresh, which costs an attacker more than
// it gives.
type throttle struct {
	now  func() time.Time
	mu   sync.Mutex
	used map[string]*tries
}

type tries struct {
	n  float64   // used up, as of at
	at time.Time // when n was true
}

// allowance is how many wrong passwords a key has, and how soon one is
// forgotten.
type allowance struct {
	tries  float64
	refill time.Duration
}

var (
	// An account from one address is one person: five slips of the hand, then
	// one try a minute.
	ofBoth = allowance{5, time.Minute}
	// An account from everywhere. One stranger who tries without end must not
	// keep its owner out, so this one recovers faster than one address spends.
	ofAccount = allowance{30, 10 * time.Second}
	// An address may be a whole shop behind one connection.
	ofAddress = allowance{20, 15 * time.Second}
)

// maxKeys bounds the memory that strangers can take.
const maxKeys = 20_000

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, used: map[string]*tries{}}
}

// take uses one try up and answers 0, or answers how long to wait for one. It
// is taken before the password is checked, so that many at once get no more.
func (t *throttle) take(key string, a allowance) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	u := t.used[key]
	if u == nil {
		if len(t.used) >= maxKeys {
			t.forget(now)
		}
		u = &tries{at: now}
		t.used[key] = u
	}
	u.n = max(0, u.n-now.Sub(u.at).Seconds()/a.refill.Seconds())
	u.at = now
	if over := u.n + 1 - a.tries; over > 0 {
		return time.Duration(over * float64(a.refill))
	}
	u.n++
	return 0
}

// key is who is counted, and what they are allowed.
type key struct {
	name string
	allowance
}

// takeAll uses one try of every key up, or none and answers how long to wait.
func (t *throttle) takeAll(keys []key) (wait time.Duration) {
	for i, k := range keys {
		if wait := t.take(k.name, k.allowance); wait > 0 {
			t.giveAllBack(keys[:i])
			return wait
		}
	}
	return 0
}

func (t *throttle) giveAllBack(keys []key) {
	for _, k := range keys {
		t.giveBack(k.name)
	}
}

// giveBack returns a try that was a right password.
func (t *throttle) giveBack(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if u := t.used[key]; u != nil {
		u.n = max(0, u.n-1)
	}
}

// forget makes room: those who have had time to recover first, then whoever
// comes, so that a flood of keys never stops anybody.
func (t *throttle) forget(now time.Time) {
	for key, u := range t.used {
		if now.Sub(u.at) > time.Hour {
			delete(t.used, key)
		}
	}
	for key := range t.used {
		if len(t.used) < maxKeys*3/4 {
			return
		}
		delete(t.used, key)
	}
}
