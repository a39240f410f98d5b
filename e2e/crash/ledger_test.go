package crash

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// A ledger is what the outside world was told: every answer that the app gave
// before it was killed, and what was asked without an answer.
type ledger struct {
	mu       sync.Mutex
	sales    []*sale
	told     []*telling
	receipts []payment // of the simulated till
	odd      []string  // answers that nobody should be given
	busy     int       // 503: nothing was promised
	lossy    bool      // the database is being taken away: pages may fail, callbacks must not
}

// A sale is a form for a new code that was posted at least once.
type sale struct {
	form     url.Values
	formID   string
	amount   int64
	mode     string
	reusable bool

	id        string // of the code, once a 303 led there
	invoice   string // once known
	code      string // the payment code, once known
	cancelled bool   // a cancel was answered
}

// A telling is a notification that was sent at least once.
type telling struct {
	*notification
	sale   *sale // nil: money for a code that nobody knows
	stored int   // times it was answered 200
}

func (l *ledger) oddly(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.odd = append(l.odd, fmt.Sprintf(format, args...))
}

// excused says whether a page may answer so.
func (l *ledger) excused(status int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lossy && status >= http.StatusInternalServerError
}

// posted notes a form that is about to be sent.
func (l *ledger) posted(s *sale) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sales = append(l.sales, s)
}

// created notes the answer to a form, or that there was none, and says whether
// it leads to a code.
func (l *ledger) created(s *sale, a answer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.status {
	case 0:
		return false
	case http.StatusServiceUnavailable:
		l.busy++
		return false
	case http.StatusSeeOther:
		if id, ok := strings.CutPrefix(a.header.Get("Location"), "/codes/"); ok {
			if s.id != "" && s.id != id {
				l.odd = append(l.odd, fmt.Sprintf("the form of code %s led to %s later", s.id, id))
			}
			s.id = id
			return true
		}
	}
	if l.lossy && a.status == http.StatusInternalServerError {
		return false
	}
	l.odd = append(l.odd, fmt.Sprintf("POST /codes answers %d to %q: %.300s", a.status, a.header.Get("Location"), a.body))
	return false
}

// tells notes a notification that is about to be sent.
func (l *ledger) tells(n *notification, s *sale) *telling {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &telling{notification: n, sale: s}
	l.told = append(l.told, t)
	return t
}

// answered notes the answer to a notification.
func (l *ledger) answered(t *telling, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.status {
	case 0:
	case http.StatusOK:
		t.stored++
	case http.StatusServiceUnavailable:
		l.busy++
	default:
		l.odd = append(l.odd, fmt.Sprintf("a signed notification is answered %d: %.300s", a.status, a.body))
	}
}

func (l *ledger) took(p payment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.receipts = append(l.receipts, p)
}

// some picks a telling of before.
func (l *ledger) some(dice *rand.Rand) *telling {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.told) == 0 {
		return nil
	}
	// Mostly a recent one: those may still be under way.
	return l.told[len(l.told)-1-dice.IntN(min(len(l.told), 200))]
}

// unanswered are the forms and notifications that wait for their answer.
func (l *ledger) unanswered() (forms []*sale, notifications []*telling) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sales {
		if s.id == "" {
			forms = append(forms, s)
		}
	}
	for _, t := range l.told {
		if t.stored == 0 {
			notifications = append(notifications, t)
		}
	}
	return forms, notifications
}
