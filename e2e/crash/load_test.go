package crash

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A load is what cashiers, customers and DOKU do to a shop all at once. It is
// bounded in how much it does, by sellings and tellings.
type load struct {
	*shop
	*ledger
	stop chan struct{}
	wg   sync.WaitGroup

	sellings, tellings atomic.Int64 // left
	open               chan *sale   // codes whose customers pay next
	many               chan *sale   // reusable codes, put back after use
}

const (
	sellers = 4
	tellers = 10
)

func newLoad(s *shop, l *ledger) *load {
	return &load{shop: s, ledger: l, open: make(chan *sale, 4096), many: make(chan *sale, 4096)}
}

// begin starts it anew, with new bounds.
func (l *load) begin(dice *rand.Rand) {
	l.stop = make(chan struct{})
	l.sellings.Store(40)
	l.tellings.Store(600)
	for range sellers {
		own := rand.New(rand.NewPCG(dice.Uint64(), dice.Uint64()))
		l.wg.Go(func() { l.work(&l.sellings, own, l.sell) })
	}
	for range tellers {
		own := rand.New(rand.NewPCG(dice.Uint64(), dice.Uint64()))
		l.wg.Go(func() { l.work(&l.tellings, own, l.tell) })
	}
}

func (l *load) end() {
	close(l.stop)
	l.wg.Wait()
}

func (l *load) work(left *atomic.Int64, dice *rand.Rand, do func(*rand.Rand)) {
	for left.Add(-1) >= 0 {
		do(dice)
		select {
		case <-l.stop:
			return
		case <-time.After(time.Duration(dice.IntN(4000)) * time.Microsecond):
		}
	}
}

var formID = regexp.MustCompile(`<input[^>]*name="form_id"[^>]*>`)

// attribute reads one of an element; what it holds here needs no unescaping.
func attribute(element, name string) string {
	_, rest, ok := strings.Cut(element, " "+name+`="`)
	value, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		return ""
	}
	return value
}

// sell makes a code and lets something happen to it.
func (l *load) sell(dice *rand.Rand) {
	at := l.any(dice)
	s := l.form(dice, at)
	if s == nil || !l.order(s, at) {
		return
	}
	if s.invoice, s.code = l.look(s, at); s.code != "" {
		l.happen(s, dice)
	}
}

// form fills a form for a new code; nil when none was to be had.
func (l *load) form(dice *rand.Rand, at *instance) *sale {
	page, err := l.send(http.MethodGet, at.home+"/codes/new", "", nil)
	if err != nil || page.status != http.StatusOK {
		if err == nil && !l.excused(page.status) {
			l.oddly("GET /codes/new answers %d", page.status)
		}
		return nil
	}
	id := attribute(formID.FindString(page.body), "value")
	if id == "" {
		l.oddly("GET /codes/new has no form_id")
		return nil
	}
	s := &sale{
		formID: id, amount: 10_000 + 500*dice.Int64N(2000), reusable: dice.IntN(4) == 0,
		mode: []string{"dgpc", "dgpc", "dgpc", "mgpc", "dipc", "dipc"}[dice.IntN(6)],
	}
	s.form = url.Values{
		"form_id": {id}, "mode": {s.mode}, "amount": {strconv.FormatInt(s.amount, 10)}, "customer_name": {"Budi " + id[:6]},
	}
	if s.reusable {
		s.form.Set("reusable", "true")
	}
	if dice.IntN(2) == 0 {
		s.invoice = "CRASH-" + id
		s.form.Set("invoice_number", s.invoice)
	}
	l.posted(s)
	return s
}

// order posts a sale's form.
func (l *load) order(s *sale, at *instance) bool {
	a, _ := l.post(at.home+"/codes", s.form)
	return l.created(s, a)
}

var marked = regexp.MustCompile(`<[^>]* data-status="[^>]*>`)

// look reads what the code's page says of it: its payment code once DOKU has
// it, for a merchant's own number is there before.
func (l *load) look(s *sale, at *instance) (invoice, code string) {
	page, err := l.send(http.MethodGet, at.home+"/codes/"+s.id, "", nil)
	if err != nil || l.excused(page.status) {
		return s.invoice, ""
	}
	marks := marked.FindString(page.body)
	if page.status != http.StatusOK || marks == "" {
		l.oddly("the page of code %s answers %d", s.id, page.status)
		return s.invoice, ""
	}
	invoice = attribute(marks, "data-invoice")
	if status := attribute(marks, "data-status"); status == "creating" || status == "unknown" {
		return invoice, ""
	}
	return invoice, attribute(marks, "data-payment-code")
}

// happen does to a new code what is done to codes.
func (l *load) happen(s *sale, dice *rand.Rand) {
	at := l.any(dice)
	if s.reusable {
		l.many <- s
		if dice.IntN(2) == 0 {
			l.pay(s)
		}
		return
	}
	var both sync.WaitGroup
	switch dice.IntN(8) {
	case 0, 1, 2:
		l.open <- s
	case 3:
		l.pay(s)
	case 4:
		l.cancel(s, at)
	case 5: // the customer is at the till while the cashier cancels
		both.Go(func() { l.pay(s) })
		l.cancel(s, at)
	case 6:
		n := l.tells(newNotification("SUCCESS", newPayment(s.invoice, s.code, s.amount)), s)
		other := l.any(dice)
		both.Go(func() { l.deliver(n, other) })
		l.cancel(s, at)
	}
	both.Wait()
}

// pay pays at the simulated till, which then notifies.
func (l *load) pay(s *sale) {
	var receipt struct {
		Invoice, Code, Agent, Store, Trx string
		Amount                           int64
		Date                             time.Time
	}
	err := l.machine(http.MethodPost, "/simulator/pay", map[string]any{"code": s.code}, &receipt)
	if errors.Is(err, errRefused) {
		return // cancelled, or the app could not be asked about its own number
	}
	if err != nil {
		l.oddly("the till: %v", err)
		return
	}
	l.took(payment{
		invoice: receipt.Invoice, code: receipt.Code, amount: receipt.Amount,
		agent: receipt.Agent, store: receipt.Store, trx: receipt.Trx, date: receipt.Date.UTC().Truncate(time.Second),
	})
}

func (l *load) cancel(s *sale, at *instance) {
	a, _ := l.post(at.home+"/codes/"+s.id+"/cancel", url.Values{"reason": {"salah jumlah"}})
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.status {
	case 0:
	case http.StatusSeeOther:
		s.cancelled = true
	case http.StatusServiceUnavailable:
		l.busy++
	default:
		if l.lossy && a.status == http.StatusInternalServerError {
			return
		}
		l.odd = append(l.odd, "POST /codes/{id}/cancel answers "+strconv.Itoa(a.status))
	}
}

// deliver sends a notification and notes the answer.
func (l *load) deliver(t *telling, at *instance) {
	r, err := t.request(at.home)
	if err != nil {
		l.oddly("%v", err)
		return
	}
	a, _ := l.do(r)
	l.answered(t, a)
}

// tell sends one notification, of one of the kinds that DOKU sends.
func (l *load) tell(dice *rand.Rand) {
	at := l.any(dice)
	take := func(from chan *sale) *sale {
		select {
		case s := <-from:
			return s
		default:
			return nil
		}
	}
	success := func(s *sale, amount int64) {
		l.deliver(l.tells(newNotification("SUCCESS", newPayment(s.invoice, s.code, amount)), s), at)
	}
	switch kind := dice.IntN(20); {
	case kind < 7: // a single-use code is paid
		if s := take(l.open); s != nil {
			success(s, s.amount)
			return
		}
	case kind < 13: // a reusable code is paid once more
		if s := take(l.many); s != nil {
			l.many <- s
			success(s, s.amount)
			return
		}
	case kind < 16: // the same notification comes again
		if t := l.some(dice); t != nil {
			l.deliver(t, at)
			return
		}
	case kind < 18: // the same payment is told under another Request-Id
		if t := l.some(dice); t != nil {
			l.deliver(l.tells(newNotification(t.status, t.payment), t.sale), at)
			return
		}
	case kind < 19: // a payment failed, or brought another amount
		if s := take(l.many); s != nil {
			l.many <- s
			if dice.IntN(2) == 0 {
				success(s, s.amount+1000)
			} else {
				l.deliver(l.tells(newNotification("FAILED", newPayment(s.invoice, s.code, s.amount)), s), at)
			}
			return
		}
	}
	// Money for a code that nobody knows here.
	number := strconv.FormatInt(7_000_000_000_000_000+dice.Int64N(1_000_000_000), 10)
	l.deliver(l.tells(newNotification("SUCCESS", newPayment("ELSEWHERE-"+number, number, 25_000)), nil), at)
}
