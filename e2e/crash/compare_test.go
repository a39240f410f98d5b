package crash

import (
	"fmt"
	"slices"
	"time"
)

// complaints are what is wrong, in words.
type complaints []string

func (c *complaints) add(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

// sound says what of the stored rows does not fit together: every commit must
// leave them whole, so no kill may leave a half.
func (w *truth) sound() (wrong complaints) {
	for i, e := range w.events {
		if e.seq != int64(i+1) {
			wrong.add("the log has %d where %d belongs", e.seq, i+1)
			break
		}
	}

	type identity struct {
		code, agent, store, trx string
		amount, date            int64
	}
	type tally struct{ count, total, review int64 }
	seen, money := map[identity]bool{}, map[string]tally{}
	for _, p := range w.payments {
		same := identity{p.code, p.agent, p.store, p.trx, p.amount, p.date}
		if seen[same] {
			wrong.add("the payment %s of code %q is there twice", p.trx, p.code)
		}
		seen[same] = true
		if _, ok := w.exchanges[p.exchange]; !ok {
			wrong.add("the payment %s has no evidence", p.trx)
		}
		if p.code == "" {
			continue
		}
		if _, ok := w.codes[p.code]; !ok {
			wrong.add("the payment %s is of code %s, which is not there", p.trx, p.code)
		}
		sum := money[p.code]
		if p.standing == "counted" {
			sum.count++
			sum.total += p.amount
		} else {
			sum.review++
		}
		money[p.code] = sum
	}

	type happening struct{ code, kind string }
	events := map[happening]int64{}
	for _, e := range w.events {
		events[happening{e.code, e.kind}]++
		if _, ok := w.exchanges[e.cause]; !ok && slices.Contains([]string{"paid", "in_review", "told", "confirmed", "activated"}, e.kind) {
			wrong.add("event %d (%s) has no evidence", e.seq, e.kind)
		}
		if _, ok := w.codes[e.code]; !ok && e.code != "" {
			wrong.add("event %d (%s) is about code %s, which is not there", e.seq, e.kind, e.code)
		}
	}
	calls := map[happening][]callRow{}
	for _, c := range w.calls {
		calls[happening{c.code, c.kind}] = append(calls[happening{c.code, c.kind}], c)
		if (c.outcome == "") != (c.next > 0) {
			wrong.add("a %s of code %s has the outcome %q and is due at %d", c.kind, c.code, c.outcome, c.next)
		}
	}
	open := map[string]int64{}
	for _, a := range w.attention {
		if a.open {
			open[a.code]++
		}
		if _, ok := w.exchanges[a.exchange]; !ok && a.exchange != "" {
			wrong.add("an attention on code %q has no evidence", a.code)
		}
	}

	for id, c := range w.codes {
		sum := money[id]
		if sum != (tally{c.paidCount, c.paidTotal, c.review}) {
			wrong.add("code %s says %d paid (%d) and %d under review, its payments say %+v", id, c.paidCount, c.paidTotal, c.review, sum)
		}
		if !c.reusable && sum.count > 1 {
			wrong.add("code %s, for one use, has %d payments that count", id, sum.count)
		}
		if (c.status == "paid") != (!c.reusable && sum.count == 1) {
			wrong.add("code %s is %s with %d payments", id, c.status, sum.count)
		}
		if n := events[happening{id, "paid"}]; n != sum.count {
			wrong.add("code %s has %d payments and %d events that say so", id, sum.count, n)
		}
		if n := events[happening{id, "in_review"}]; n != sum.review {
			wrong.add("code %s has %d payments under review and %d events that say so", id, sum.review, n)
		}
		if n := events[happening{id, "created"}]; n != 1 {
			wrong.add("code %s was created %d times", id, n)
		}
		if open[id] != c.attention {
			wrong.add("code %s says %d open attentions, there are %d", id, c.attention, open[id])
		}
		creates := calls[happening{id, "create"}]
		switch {
		case c.mode == "dipc" && len(creates) == 0:
		case c.mode == "dipc" || len(creates) != 1:
			wrong.add("code %s (%s) has %d calls to create it", id, c.mode, len(creates))
		case c.status == "rejected":
			wrong.add("DOKU refused to make code %s: it was asked for it twice", id)
		default:
			done := creates[0].outcome == "done"
			if waits := c.status == "creating" || c.status == "unknown"; waits && done || !waits && !done && c.status != "paid" {
				wrong.add("code %s is %s while its create is %q", id, c.status, creates[0].outcome)
			}
			if n := events[happening{id, "activated"}]; done != (n == 1) {
				wrong.add("code %s was activated %d times, its create is %q", id, n, creates[0].outcome)
			}
			if done && c.code == "" {
				wrong.add("code %s has no payment code, and its create is done", id)
			}
		}
		if asked := events[happening{id, "cancel_asked"}]; asked == 0 && (c.status == "cancelling" || c.status == "cancelled") {
			wrong.add("code %s is %s and nobody asked for it", id, c.status)
		} else if n := int64(len(calls[happening{id, "cancel"}])); c.mode != "dipc" && n != asked {
			wrong.add("code %s was to be cancelled %d times, in %d calls", id, asked, n)
		}
	}

	for d, exchange := range w.deliveries {
		x, ok := w.exchanges[exchange]
		if !ok || x.requestID != d.requestID || x.digest != d.digest || x.verdict != "verified" {
			wrong.add("the delivery %s has no evidence that is its own", d.requestID)
		}
	}
	for id, x := range w.exchanges {
		if x.kind != "notification" || x.verdict != "verified" {
			continue
		}
		if _, ok := w.deliveries[delivered{x.requestID, x.digest}]; !ok && x.status == 200 {
			wrong.add("the notification %s is evidence of 200 (%s) and was never taken", x.requestID, id)
		}
	}
	return wrong
}

// keeps says which answers the stored rows do not keep.
func (w *truth) keeps(l *ledger) (wrong complaints) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wrong = append(wrong, l.odd...)

	// One event for each payment, whoever told of it and how often.
	events := map[string]int{}
	told := map[string]int{}
	for _, e := range w.events {
		switch e.kind {
		case "paid", "in_review":
			events[e.detail["trx"]]++
		case "told":
			told[w.exchanges[e.cause].requestID]++
		}
	}
	for _, t := range l.told {
		if n := len(w.byTrx[t.payment.trx]); n > 1 {
			wrong.add("the payment %s is stored %d times", t.payment.trx, n)
		}
		if t.stored == 0 {
			continue
		}
		if _, ok := w.deliveries[delivered{t.requestID, t.digest()}]; !ok {
			wrong.add("the notification %s was answered 200 and is not there", t.requestID)
		}
		if n := w.verified[t.requestID]; n < t.stored {
			wrong.add("the notification %s was answered 200 %d times, %d are in evidence", t.requestID, t.stored, n)
		}
		if t.status == "FAILED" {
			if n := told[t.requestID]; n != 1 {
				wrong.add("the failure %s was written down %d times", t.requestID, n)
			}
			continue
		}
		found := w.byTrx[t.payment.trx]
		if len(found) != 1 {
			wrong.add("the notification %s was answered 200, its payment is there %d times", t.requestID, len(found))
			continue
		}
		p := found[0]
		switch {
		case t.sale == nil:
			if p.code != "" || p.standing != "review" {
				wrong.add("money for nobody's code was given to %q as %s", p.code, p.standing)
			}
			continue
		case p.code != w.byForm[t.sale.formID].id:
			wrong.add("the payment %s is of code %q instead of %q", p.trx, p.code, w.byForm[t.sale.formID].id)
		case p.amount != t.payment.amount || p.date != t.payment.date.UnixMilli() || p.agent != t.payment.agent || p.store != t.payment.store:
			wrong.add("the payment %+v is stored as %+v", t.payment, p)
		case (p.standing == "counted") != (t.payment.amount == t.sale.amount):
			wrong.add("the payment %s of %d for a code of %d is %s", p.trx, p.amount, t.sale.amount, p.standing)
		}
		if n := events[p.trx]; n != 1 {
			wrong.add("the payment %s has %d events", p.trx, n)
		}
	}
	for _, r := range l.receipts {
		if n := len(w.byTrx[r.trx]); n > 1 {
			wrong.add("the payment %s of the till is stored %d times", r.trx, n)
		}
	}
	for _, s := range l.sales {
		c, ok := w.byForm[s.formID]
		if s.id == "" {
			continue // checked once its form is posted again
		}
		switch {
		case !ok || c.id != s.id:
			wrong.add("the form %s led to code %s and is stored as %q", s.formID, s.id, c.id)
		case c.amount != s.amount || c.mode != s.mode || c.reusable != s.reusable || c.name != s.form.Get("customer_name"):
			wrong.add("the code %s is stored as %+v", s.id, c)
		case s.invoice != "" && s.invoice != c.invoice:
			wrong.add("the invoice of code %s was %s and is %s", s.id, s.invoice, c.invoice)
		case s.code != "" && s.code != c.code:
			wrong.add("the payment code of %s was %s and is %q", s.id, s.code, c.code)
		case s.cancelled && !slices.Contains([]string{"cancelling", "cancelled", "paid"}, c.status) && !cancelRefused(w, s.id):
			wrong.add("the cancel of code %s was answered, and the code is %s", s.id, c.status)
		}
	}
	return wrong
}

// cancelRefused says whether DOKU had money already, and said so before its
// notification came.
func cancelRefused(w *truth, id string) bool {
	return slices.ContainsFunc(w.events, func(e eventRow) bool { return e.code == id && e.kind == "cancel_refused" })
}

// A registration is a code as the simulated DOKU has it.
type registration struct {
	Number, Mode, Invoice, Status string
	Amount                        int64
	Reusable                      bool
	Payments                      []struct {
		Trx  string
		Date time.Time
	}
}

// agrees says where the stored rows and DOKU differ once nothing is under way
// any more.
func (w *truth) agrees(l *ledger, doku []registration) (wrong complaints) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := map[string]registration{}
	for _, r := range doku {
		if other, twice := at[r.Invoice]; twice {
			wrong.add("DOKU has %s and %s for the invoice %s", other.Number, r.Number, r.Invoice)
		}
		at[r.Invoice] = r
	}
	known := map[string]bool{}
	for id, c := range w.codes {
		known[c.invoice] = true
		r, there := at[c.invoice]
		switch {
		case c.status == "creating", c.status == "unknown":
			wrong.add("code %s is still %s", id, c.status)
			continue
		case !there && c.mode == "dipc":
			continue // DOKU hears of it when it is paid
		case !there:
			wrong.add("DOKU does not have code %s (%s, %s)", id, c.status, c.invoice)
			continue
		case r.Number != c.code || r.Amount != c.amount || r.Mode != c.mode:
			wrong.add("code %s is %s of %d at DOKU, %s of %d here", id, r.Number, r.Amount, c.code, c.amount)
		}
		switch r.Status {
		case "cancelled":
			if !slices.Contains([]string{"cancelling", "cancelled", "paid"}, c.status) {
				wrong.add("code %s is cancelled at DOKU and %s here", id, c.status)
			}
		case "active":
			if !slices.Contains([]string{"active", "paid"}, c.status) { // paid by a notification of our own
				wrong.add("code %s is active at DOKU and %s here", id, c.status)
			}
		case "paid":
			if c.status != "paid" && !c.reusable { // of a number asked for at the till DOKU does not know that it is reusable
				wrong.add("code %s is paid at DOKU and %s here", id, c.status)
			}
		}
		for _, p := range r.Payments {
			if found := w.byTrx[p.Trx]; len(found) != 1 || found[0].code != id {
				wrong.add("DOKU has the payment %s of code %s, it is stored %d times", p.Trx, id, len(found))
			}
		}
	}
	for invoice, r := range at {
		if !known[invoice] {
			wrong.add("DOKU has %s for the invoice %s, and nobody here knows of it", r.Number, invoice)
		}
	}
	for _, s := range l.sales {
		if s.id == "" {
			wrong.add("the form %s never got an answer", s.formID)
		}
	}
	for _, t := range l.told {
		if t.stored == 0 {
			wrong.add("the notification %s never got its 200", t.requestID)
		}
	}
	for _, c := range w.calls {
		if c.outcome == "" {
			wrong.add("a %s of code %s has no outcome", c.kind, c.code)
		}
	}
	return wrong
}
