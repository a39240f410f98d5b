package payments

import (
	"cmp"
	"strconv"
	"time"
)

// Fact is what DOKU says of a payment, whoever brought the news: a
// notification, a status check, a replay. All three come through Settle.
type Fact struct {
	Source Source
	Status string // SUCCESS moves money; FAILED, PENDING, EXPIRED, REFUNDED and others are only told
	Amount int64  // rupiah
	// NoAmount: a status answer did not tell it.
	NoAmount bool
	Date     time.Time // when the customer paid, by DOKU's clock; zero when DOKU does not say
	// Ahead is how far DOKU's clock is ahead of ours, negative when behind; a
	// cancel is noted by ours.
	Ahead time.Duration
	Heard time.Time // when it was told; stands in for a Date that nobody told
	Agent string
	Store string
	Trx   string // empty in some status answers
	// Invoice and Number are what a notification calls the sale; one may be empty.
	Invoice string
	Number  string
}

// Ruling is what follows from a fact. Nothing of it has happened yet.
type Ruling struct {
	Code      Code     // as it stands after the fact
	Record    *Payment // a payment not seen before
	Complete  *Payment // a payment seen before, with what is now known of it
	Events    []Event  // kind and detail; the caller knows when, who and why
	Attention []AttentionKind
}

// Nothing says that the fact was known.
func (r Ruling) Nothing() bool {
	return r.Record == nil && r.Complete == nil && len(r.Events) == 0 && len(r.Attention) == 0
}

// Settle is the one door for money: it rules what a fact does to a code, given
// the amounts the code has or may have had at DOKU before and the payments it
// has so far. It has no clock, no store and no memory.
//
// Money wins: a success for the code's amount pays a single-use code from any
// state, and nothing moves it back. Whether money is late or came after a
// cancel is judged by the fact's date, for the news may be twelve hours old.
func Settle(code Code, former []int64, so []Payment, f Fact) Ruling {
	r := Ruling{Code: code}
	if f.Status != "SUCCESS" {
		r.event(EventTold, map[string]string{"status": f.Status, "source": string(f.Source)})
		return r
	}
	if known, ok := witnessed(code, so, f); ok {
		r.confirm(known, so, f)
		if f.bare() && code.Reusable && r.Nothing() {
			// Whoever decides about the money it may be sees how often it was told.
			r.event(EventTold, map[string]string{"status": f.Status, "source": string(f.Source)})
		}
		return r
	}
	if f.NoAmount {
		// Alfa takes nothing but what was asked for. Beside other payments that is
		// said of another transaction alone, and not of a code that had two amounts:
		// its notification will tell.
		if len(so) > 0 && (f.Trx == "" || len(former) > 0) {
			r.event(EventTold, map[string]string{"status": f.Status, "source": string(f.Source)})
			return r
		}
		f.Amount = code.Amount
	}

	p := Payment{
		CodeID: code.ID, Amount: f.Amount, Date: f.at(), Agent: f.Agent, Store: f.Store, Trx: f.Trx,
		Source: f.Source, Confirmed: f.Source != FromCheck, Late: code.late(f), Standing: Counted,
	}
	switch {
	case f.Amount != code.Amount && !contains(former, f.Amount):
		p.Standing = Review
		r.Attention = append(r.Attention, WrongAmount)
	case !code.Reusable && counted(so), code.Reusable && f.bare() && f.repeats(so):
		p.Standing = Review
		r.Attention = append(r.Attention, SecondPayment)
	case f.Amount != code.Amount:
		r.Attention = append(r.Attention, FormerAmount)
	}
	if p.Late {
		r.Attention = append(r.Attention, LatePayment)
	}
	// Nobody can tell whether money that a check found undated came before the
	// cancel: a person looks now, and whether it was late is judged once a
	// notification brings the date.
	if f.undated() && !code.CancelledAt.IsZero() || !f.undated() && code.cancelledAt(f.ours()) {
		r.Attention = append(r.Attention, AfterCancel)
	}

	if f.mixes(code) {
		r.Attention = append(r.Attention, Disagreement)
	}

	r.Record = &p
	detail := map[string]string{
		"amount": strconv.FormatInt(p.Amount, 10), "date": p.Date.UTC().Format(time.RFC3339),
		"agent": p.Agent, "store": p.Store, "trx": p.Trx, "source": string(p.Source),
	}
	if p.Standing == Review {
		r.Code.Review++
		r.event(EventReviewed, detail)
		return r
	}
	r.Code.PaidCount++
	r.Code.PaidTotal += p.Amount
	r.Code.newest(p)
	if !code.Reusable {
		r.Code.Status = Paid
		r.Code.CheckAt = time.Time{}
	}
	r.event(EventPaid, detail)
	return r
}

// confirm adds a witness to a payment. The first notification completes what
// a check could not tell; whatever says the same again changes nothing.
func (r *Ruling) confirm(p Payment, so []Payment, f Fact) {
	if p.Confirmed || f.Source == FromCheck {
		return
	}
	p.Confirmed = true
	if f.mixes(r.Code) {
		r.Attention = append(r.Attention, Disagreement)
	}
	p.Agent, p.Store, p.Trx = cmp.Or(f.Agent, p.Agent), cmp.Or(f.Store, p.Store), cmp.Or(f.Trx, p.Trx)
	if !f.Date.IsZero() && !p.Date.Equal(f.Date) {
		// A check without a date was dated by its arrival, which judges nothing:
		// now it can be judged.
		late := r.Code.late(f)
		if late && !p.Late {
			r.Attention = append(r.Attention, LatePayment)
		}
		if r.Code.cancelledAt(f.ours()) && !r.Code.cancelledAt(p.Date) {
			r.Attention = append(r.Attention, AfterCancel)
		}
		p.Date, p.Late = f.Date, late
		if p.Standing == Counted {
			r.Code.PaidAt, r.Code.Late = p.Date, p.Late
			for _, other := range so {
				if other.Standing == Counted && other.ID != p.ID {
					r.Code.newest(other)
				}
			}
		}
	}
	r.Complete = &p
	r.event(EventConfirmed, map[string]string{"amount": strconv.FormatInt(p.Amount, 10), "trx": p.Trx, "source": string(f.Source)})
}

func (r *Ruling) event(kind EventKind, detail map[string]string) {
	for k, v := range detail {
		if v == "" {
			delete(detail, k)
		}
	}
	r.Events = append(r.Events, Event{Kind: kind, CodeID: r.Code.ID, Detail: detail})
}

// witnessed finds the payment that a fact speaks of. A payment is its code,
// agent, store, till transaction and date; without a date it is the same one
// whenever it is told. Without a transaction too it may be another one only of a
// reusable code, and then it does not count until a person has looked: see bare.
// A status answer may leave agent and store out, and the transaction as well; then
// it speaks of the payment of that amount which no other witness has told apart.
// Without an amount it speaks of the payment of any, of a
// single-use code whatever else it says: money that is guessed must not count
// beside money that is known.
func witnessed(code Code, so []Payment, f Fact) (Payment, bool) {
	if f.NoAmount && !code.Reusable && len(so) > 0 {
		return so[0], true
	}
	for _, p := range so {
		sameAmount := f.NoAmount || p.Amount == f.Amount
		checked := f.Source == FromCheck || !p.Confirmed
		if p.Trx != "" && f.Trx != "" {
			if p.Trx == f.Trx && sameAmount && sameTill(p.Agent, f.Agent, checked) && sameTill(p.Store, f.Store, checked) &&
				(p.Date.Equal(f.Date) || checked || f.Date.IsZero()) {
				return p, true
			}
			continue
		}
		if !sameAmount {
			continue
		}
		// One of the two knows no transaction.
		switch {
		case p.Date.Equal(f.at()) && (checked || f.near(p)):
			return p, true
		case f.bare() && f.near(p) && !(code.Reusable && p.Standing == Counted):
			return p, true
		case !code.Reusable && checked:
			return p, true
		case code.Reusable && !p.Confirmed && p.Trx == "":
			return p, true // what a check could not tell apart
		case code.Reusable && f.Source == FromCheck && f.Date.IsZero():
			return p, true
		}
	}
	return Payment{}, false
}

// mixes says that the invoice and the payment code that DOKU names are not those
// of one sale.
func (f Fact) mixes(c Code) bool {
	return f.Invoice != "" && f.Invoice != c.InvoiceNumber || f.Number != "" && c.PaymentCode != "" && f.Number != c.PaymentCode
}

// sale is what DOKU calls it: the invoice and the code, neither of which can have
// a tab.
func (f Fact) sale() string { return f.Invoice + "\t" + f.Number }

// sameTill compares what two witnesses say of where it was. A check may leave that
// out, and then contradicts nobody.
func sameTill(a, b string, checked bool) bool {
	return a == b || checked && (a == "" || b == "")
}

// near says that nothing tells the fact's till from the payment's.
func (f Fact) near(p Payment) bool {
	return sameTill(p.Agent, f.Agent, true) && sameTill(p.Store, f.Store, true)
}

// bare says that DOKU told of money, and neither when it came nor by which
// transaction: told again, nothing tells it apart. Of the two mistakes it is worse
// to count money that did not come, for goods go out against it; the other is
// made good by who looks.
func (f Fact) bare() bool { return f.Source != FromCheck && f.Trx == "" && f.Date.IsZero() }

// repeats says whether a bare fact may be another telling of money that is known.
func (f Fact) repeats(so []Payment) bool {
	for _, p := range so {
		if p.Amount == f.Amount && f.near(p) {
			return true
		}
	}
	return false
}

// rounding is what two clocks that tell whole seconds, and the way between
// them, may differ by though they agree.
const rounding = 3 * time.Second

// skew is what lies between the clocks beyond that.
func (f Fact) skew() time.Duration {
	if f.Ahead.Abs() <= rounding {
		return 0
	}
	return f.Ahead
}

// at is the best that is known of when the customer paid.
func (f Fact) at() time.Time {
	if f.Date.IsZero() {
		return f.Heard
	}
	return f.Date
}

// undated says that nothing tells when the customer paid. DOKU tells of money at
// once, so that without a date it is the moment of the telling; a check tells
// when it is asked, which judges nothing.
func (f Fact) undated() bool { return f.Date.IsZero() && f.Source == FromCheck }

// ours is when the customer paid by our clock, which is the one that heard.
func (f Fact) ours() time.Time {
	if f.Date.IsZero() {
		return f.Heard
	}
	return f.Date.Add(-f.skew())
}

// theirs is when the customer paid by DOKU's clock.
func (f Fact) theirs() time.Time {
	if f.Date.IsZero() {
		return f.Heard.Add(f.skew())
	}
	return f.Date
}

// late says whether money came after the deadline, by the clock that the deadline
// was set by. Nothing else judges that: what asks later reads what was found here,
// for the deadline may have moved since.
func (c Code) late(f Fact) bool {
	paid := f.theirs()
	if c.Mode == DIPC {
		paid = f.ours()
	}
	return !f.undated() && !c.ExpiresAt.IsZero() && paid.After(c.ExpiresAt)
}

// newest makes p the newest payment that counts, unless there is a newer: news of
// an older one may come last.
func (c *Code) newest(p Payment) {
	if !p.Date.Before(c.PaidAt) {
		c.PaidAt, c.Late = p.Date, p.Late
	}
}

// cancelledAt says whether the code was cancelled by then, also when money has
// made it paid since. DOKU's dates have whole seconds: within the same one, a
// person had better look.
func (c Code) cancelledAt(t time.Time) bool {
	return !c.CancelledAt.IsZero() && !t.Before(c.CancelledAt.Truncate(time.Second))
}

func counted(so []Payment) bool {
	for _, p := range so {
		if p.Standing == Counted {
			return true
		}
	}
	return false
}

func contains(amounts []int64, a int64) bool {
	for _, x := range amounts {
		if x == a {
			return true
		}
	}
	return false
}
