package payments

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxHistory is how many codes a history may have.
const MaxHistory = 1_000_000

// historyBatch is how many codes of a history share one change.
const historyBatch = 1000

// History is a year of a shop that never was, for lists and reports to be seen
// alive: codes at the hours of a shop, with payments, late ones, cancels,
// refunds, handovers, and the events that real ones leave behind. What DOKU and
// the shop would have sent each other is not part of it.
type History struct {
	Codes int
	Staff []string // ids of whose codes they are
	Zone  *time.Location
	Until time.Time // codes end here; they begin a year before
	Rand  *rand.Rand
	// Progress is told how many codes are stored, after each batch; may be nil.
	Progress func(done int)
}

// FillHistory stores a history in batches, until all of it is there or ctx
// ends; what was stored by then stays, and another history adds to it.
func (s *Service) FillHistory(ctx context.Context, h History) error {
	if h.Codes < 0 || h.Codes > MaxHistory {
		return fmt.Errorf("a history has from 0 to %d codes", MaxHistory)
	}
	y := &year{History: h, service: s, moments: h.moments()}
	for done := 0; done < h.Codes; {
		if ended := ctx.Err(); ended != nil {
			// What is stored is to be whole: what happened to it later belongs to it.
			err := s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
				return y.flush(tx, h.Until.AddDate(1, 0, 0))
			})
			return errors.Join(ended, err)
		}
		n := min(historyBatch, h.Codes-done)
		var lives []life
		for i := range n {
			lives = append(lives, y.live(y.moments[done+i]))
		}
		last := done+n == h.Codes
		err := s.Store.Update(ctx, func(tx Tx) error {
			for _, l := range lives {
				if err := y.store(tx, l); err != nil {
					return err
				}
			}
			if last {
				return y.flush(tx, h.Until.AddDate(1, 0, 0))
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("store a history: %w", err)
		}
		if done += n; h.Progress != nil {
			h.Progress(done)
		}
	}
	return nil
}

// year is a history being written.
type year struct {
	History
	service *Service
	moments []time.Time
	waiting agenda // events that lie after the code being stored
}

// agenda is a heap of events by their time.
type agenda []Event

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].At.Before(a[j].At) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(e any)        { *a = append(*a, e.(Event)) }
func (a *agenda) Pop() any {
	old := *a
	e := old[len(old)-1]
	*a = old[:len(old)-1]
	return e
}

// busy is how much a shop sells in each hour of its day.
var busy = [24]float64{8: 1, 9: 3, 10: 5, 11: 7, 12: 8, 13: 6, 14: 4, 15: 4, 16: 5, 17: 7, 18: 8, 19: 7, 20: 4}

// moments are when the codes were made, oldest first: in the shop's hours, more
// at noon, in the evening, at the end of the week, and towards today.
func (h History) moments() []time.Time {
	var sum float64
	for _, b := range busy {
		sum += b
	}
	all := make([]time.Time, 0, h.Codes)
	until := h.Until.In(h.Zone)
	for len(all) < h.Codes {
		// The square root makes the newest days twice as frequent as the mean.
		age := time.Duration((1 - math.Sqrt(0.25+0.75*h.Rand.Float64())) * 2 * 365 * 24 * float64(time.Hour))
		day := until.Add(-age)
		if weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday; !weekend && h.Rand.IntN(4) == 0 {
			continue
		}
		hour, left := 0, h.Rand.Float64()*sum
		for left > busy[hour] {
			left -= busy[hour]
			hour++
		}
		at := time.Date(day.Year(), day.Month(), day.Day(), hour, h.Rand.IntN(60), h.Rand.IntN(60), h.Rand.IntN(1e9), h.Zone)
		if at.Before(until) && at.After(until.AddDate(-1, 0, 0)) {
			all = append(all, at.UTC())
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

var (
	firstNames = strings.Fields("Agus Ahmad Andi Anisa Ayu Bambang Bayu Budi Citra Dedi Dewi Dian Eko Endang Fajar Fitri Gita Hadi Hendra Indah Indra Intan Joko Kartika Lestari Made Maya Mega Nia Novi Nur Putri Rahmat Rani Ratna Rina Rizki Rudi Sari Siti Slamet Sri Tono Tri Udin Wahyu Wati Wawan Yanti Yudi Yuni Zainal")
	lastNames  = strings.Fields("Aminah Anggraini Firmansyah Gunawan Halim Handayani Hidayat Kurniawan Kusuma Lestari Maharani Nugroho Permata Prasetyo Pratama Purnama Rahayu Ramadhan Saputra Santoso Setiawan Siregar Suharto Sulistyo Susanto Utami Wibowo Widodo Wijaya Wulandari Yulianti")
	stores     = []struct{ agent, prefix string }{{"ALFAMART", "A"}, {"ALFAMART", "T"}, {"ALFAMART", "B"}, {"ALFAMIDI", "M"}, {"ALFAEXPRESS", "X"}, {"LAWSON", "L"}, {"DAN+DAN", "D"}}
	lifetimes  = []int{60, 60, 180, 1440, 1440, 4320} // minutes
	reasons    = []string{"Pelanggan batal membeli", "Salah jumlah", "Salah nama", "Diganti kode baru", "Stok habis"}
	notes      = []string{"diambil besok", "lewat kurir", "pelanggan lama", "minta struk", "titip di kasir"}
)

// life is a code with all that became of it.
type life struct {
	code       Code
	events     []Event
	payments   []Payment
	attention  []Attention
	refund     *Refund
	handedOver time.Time
}

// live makes up a code made at the moment.
func (y *year) live(at time.Time) life {
	r, s := y.Rand, y.service
	one := func(words []string) string { return words[r.IntN(len(words))] }
	c := Code{
		ID: NewIDAt(at), Environment: s.Environment, Mode: DGPC, Status: Expired, InvoiceNumber: newInvoice(at.In(y.Zone)),
		PaymentCode: fmt.Sprintf("6059%012d", r.Int64N(1e12)), Amount: max(int64(math.Exp(r.NormFloat64()*0.8+11.6))/1000*1000, 10_000),
		CustomerName: one(firstNames) + " " + one(lastNames), CreatedBy: y.Staff[r.IntN(len(y.Staff))], CreatedAt: at,
		ExpiresIn: lifetimes[r.IntN(len(lifetimes))], Token: s.NewToken(), FormID: "history:" + NewIDAt(at), Version: 1,
	}
	c.Amount = min(c.Amount, DefaultLimits.Max)
	c.ExpiresAt = at.Add(time.Duration(c.ExpiresIn) * time.Minute)
	if r.IntN(10) < 7 {
		c.CustomerPhone = fmt.Sprintf("08%02d%04d%04d", 11+r.IntN(48), r.IntN(1e4), r.IntN(1e4))
	}
	if r.IntN(50) == 0 {
		c.Note = one(notes)
	}
	switch n := r.IntN(100); {
	case n < 2:
		c.Mode, c.PaymentCode = MGPC, fmt.Sprintf("190060%010d", r.Int64N(1e10))
	case n < 3:
		c.Mode, c.PaymentCode = DIPC, fmt.Sprintf("190060%010d", r.Int64N(1e10))
	}
	l := life{code: c}
	staff := StaffActor(c.CreatedBy)
	tell := func(at time.Time, kind EventKind, actor string, detail ...string) {
		e := Event{At: at, CodeID: c.ID, Kind: kind, Actor: actor}
		for i := 0; i+1 < len(detail); i += 2 {
			if e.Detail == nil {
				e.Detail = map[string]string{}
			}
			e.Detail[detail[i]] = detail[i+1]
		}
		l.events = append(l.events, e)
	}
	tell(at, EventCreated, staff, "amount", strconv.FormatInt(c.Amount, 10), "customer_name", c.CustomerName, "invoice_number", c.InvoiceNumber, "mode", string(c.Mode))
	if r.IntN(120) == 0 {
		l.code.Status, l.code.PaymentCode, l.code.Refusal = Rejected, "", "Invalid customer name"
		tell(at.Add(time.Second), EventRejected, ActorDOKU, "refusal", l.code.Refusal)
		return l
	}
	if c.Mode != DIPC {
		tell(at.Add(700*time.Millisecond), EventActivated, ActorDOKU, "payment_code", c.PaymentCode, "expires_at", c.ExpiresAt.UTC().Format(time.RFC3339))
	}
	if r.IntN(2) == 0 {
		l.code.ViewedAt = at.Add(time.Duration(1+r.IntN(300)) * time.Second)
		if l.code.ViewedAt.Before(y.Until) {
			tell(l.code.ViewedAt, EventViewed, ActorCustomer)
		} else {
			l.code.ViewedAt = time.Time{}
		}
	}
	y.end(&l, tell)
	return l
}

// end makes up how a code ended.
func (y *year) end(l *life, tell func(at time.Time, kind EventKind, actor string, detail ...string)) {
	r, c := y.Rand, &l.code
	staff := StaffActor(c.CreatedBy)
	life := c.ExpiresAt.Sub(c.CreatedAt)
	// Most pay within the hour, few at the very end.
	paid := c.CreatedAt.Add(min(time.Duration(math.Exp(r.NormFloat64()*1.1+3.2)*float64(time.Minute))+2*time.Minute, life-time.Second)).Truncate(time.Second)
	outcome := r.IntN(1000)
	switch {
	case outcome < 845: // paid
	case outcome < 851: // paid late
		paid = c.ExpiresAt.Add(time.Duration(1+r.IntN(90)) * time.Minute).Truncate(time.Second)
	case outcome < 853: // another amount
	case outcome < 900: // cancelled
		asked := c.CreatedAt.Add(time.Duration(2+r.IntN(30)) * time.Minute)
		if asked = minTime(asked, c.ExpiresAt.Add(-time.Second)); asked.Add(95 * time.Second).Before(y.Until) {
			c.Status, c.CancelledAt = Cancelled, asked
			tell(asked, EventCancelAsked, staff, "reason", reasons[r.IntN(len(reasons))])
			tell(asked.Add(95*time.Second), EventCancelled, ActorDOKU)
			return
		}
		fallthrough
	default:
		y.lapse(c, tell)
		return
	}
	if paid.After(y.Until) {
		y.lapse(c, tell)
		return
	}
	p := Payment{
		ID: NewIDAt(paid), CodeID: c.ID, Amount: c.Amount, Date: paid, Standing: Counted, Source: FromNotification, Confirmed: true,
		Late: paid.After(c.ExpiresAt), CreatedAt: minTime(paid.Add(time.Duration(2+r.IntN(20))*time.Second), y.Until),
	}
	shop := stores[r.IntN(len(stores))]
	p.Agent, p.Store, p.Trx = shop.agent, fmt.Sprintf("%s%03d", shop.prefix, 1+r.IntN(400)), fmt.Sprintf("%06d", r.IntN(1e6))
	detail := []string{
		"amount", strconv.FormatInt(p.Amount, 10), "date", p.Date.UTC().Format(time.RFC3339), "agent", p.Agent, "store", p.Store, "trx", p.Trx, "source", string(p.Source),
	}
	if c.Mode == DIPC {
		c.InquiredAt = paid.Add(-30 * time.Second)
		tell(c.InquiredAt, EventInquired, ActorDOKU, "answer", "success", "agent", p.Agent, "store", p.Store, "amount", detail[1])
	}
	if p.Late {
		tell(c.ExpiresAt, EventExpired, ActorSystem)
	}
	if outcome >= 851 { // another amount: somebody decided about it
		p.Amount += 1000
		detail[1] = strconv.FormatInt(p.Amount, 10)
		p.Standing = Aside
		tell(p.CreatedAt, EventReviewed, ActorDOKU, detail...)
		if recent := y.Until.Sub(p.CreatedAt) < 72*time.Hour; recent {
			p.Standing = Review
			c.Review, c.Attention = 1, 1
			l.attention = append(l.attention, Attention{ID: NewIDAt(p.CreatedAt), CodeID: c.ID, PaymentID: p.ID, Kind: WrongAmount, OpenedAt: p.CreatedAt})
		} else {
			c.AsideTotal = p.Amount
			tell(p.CreatedAt.Add(time.Hour), EventResolved, staff, "decision", string(SetAside), "amount", detail[1])
		}
		l.payments = append(l.payments, p)
		y.lapse(c, tell)
		return
	}
	c.Status, c.PaidAt, c.Late, c.PaidTotal, c.PaidCount = Paid, p.Date, p.Late, p.Amount, 1
	l.payments = append(l.payments, p)
	tell(p.CreatedAt, EventPaid, ActorDOKU, detail...)
	if p.Late && y.Until.Sub(p.CreatedAt) < 72*time.Hour {
		c.Attention = 1
		l.attention = append(l.attention, Attention{ID: NewIDAt(p.CreatedAt), CodeID: c.ID, PaymentID: p.ID, Kind: LatePayment, OpenedAt: p.CreatedAt})
	}
	if given := p.CreatedAt.Add(time.Duration(1+r.IntN(240)) * time.Minute); r.IntN(10) < 6 && given.Before(y.Until) {
		l.handedOver = given
		tell(given, EventHandedOver, staff)
	}
	if back := p.CreatedAt.Add(time.Duration(1+r.IntN(48)) * time.Hour); r.IntN(150) == 0 && back.Before(y.Until) {
		l.refund = &Refund{ID: NewIDAt(back), CodeID: c.ID, Amount: c.Amount, Method: RefundCash, Reason: reasons[r.IntN(len(reasons))], MadeBy: c.CreatedBy, MadeAt: back, Status: RefundDone, DoneAt: back}
		tell(back, EventRefunded, staff, "amount", detail[1], "method", string(RefundCash), "reason", l.refund.Reason, "staff", l.refund.MadeBy)
	}
}

// lapse lets a code that nobody paid end, or wait on when its time is not over.
func (y *year) lapse(c *Code, tell func(at time.Time, kind EventKind, actor string, detail ...string)) {
	if c.ExpiresAt.After(y.Until) {
		c.Status = Active
		return
	}
	tell(c.ExpiresAt, EventExpired, ActorSystem)
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// store writes a code, after what happened to others before it was made.
func (y *year) store(tx Tx, l life) error {
	if err := y.flush(tx, l.code.CreatedAt); err != nil {
		return err
	}
	ok, err := tx.InsertCode(l.code)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("the invoice number %s is taken", l.code.InvoiceNumber)
	}
	for _, p := range l.payments {
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
	}
	for _, a := range l.attention {
		if err := tx.InsertAttention(a); err != nil {
			return err
		}
	}
	if l.refund != nil {
		if err := tx.InsertRefund(*l.refund); err != nil {
			return err
		}
	}
	if !l.handedOver.IsZero() {
		if _, err := tx.InsertHandover(Handover{CodeID: l.code.ID, Payments: l.code.PaidCount, At: l.handedOver, Staff: l.code.CreatedBy}); err != nil {
			return err
		}
	}
	for _, e := range l.events {
		heap.Push(&y.waiting, e)
	}
	return nil
}

// flush appends the events up to a moment.
func (y *year) flush(tx Tx, until time.Time) error {
	for len(y.waiting) > 0 && !y.waiting[0].At.After(until) {
		if err := tx.Append(heap.Pop(&y.waiting).(Event)); err != nil {
			return err
		}
	}
	return nil
}
