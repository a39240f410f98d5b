package payments_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kodebayar/db/dbtest"
	. "kodebayar/payments"
	"kodebayar/payments/doku"
)

// Money of another system that shares the account often tells no till and no
// transaction: two sales of one second and amount are two, and the same one told
// again, with or without a date, is one.
func TestMoneyOfUnknownCodesIsToldApartByTheSale(t *testing.T) {
	for _, dated := range []bool{true, false} {
		t.Run(fmt.Sprint("dated ", dated), func(t *testing.T) {
			eachShop(t, func(t *testing.T, s *shop) {
				at := s.Now()
				waiting := func() []string {
					list, _, err := s.store.Puzzles(t.Context(), 10)
					if err != nil {
						t.Fatal(err)
					}
					var exchanges []string
					for _, p := range list {
						exchanges = append(exchanges, p.ExchangeID)
					}
					return exchanges
				}
				tell := func(requestID string, c Code) {
					t.Helper()
					body := success(c, "150000", "", at)
					if !dated {
						body = dateless(body)
					}
					if err := s.notify(requestID, body); err != nil {
						t.Fatal(err)
					}
				}
				one, other := Code{InvoiceNumber: "INV-1", PaymentCode: "7001"}, Code{InvoiceNumber: "INV-2", PaymentCode: "7002"}
				tell("r1", one)
				tell("r2", other)
				if n := len(waiting()); n != 2 {
					t.Errorf("two sales of one second wait as %d", n)
				}
				s.later(30 * time.Minute)
				tell("r3", one)
				tell("r4", other)
				tell("r5", Code{InvoiceNumber: "INV-2", PaymentCode: "7001"}) // named as no other
				if n := len(waiting()); n != 3 {
					t.Errorf("told again, they and another one wait as %d", n)
				}

				// The code that the second is for comes to be; the others go on waiting.
				o := order("form-1")
				o.InvoiceNumber = other.InvoiceNumber
				code := s.issue(sari, o)
				list, _, err := s.store.Exchanges(t.Context(), exchangesOf("verified"))
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range list {
					if full := must(s.store.Exchange(t.Context(), x.ID)); full.RequestID == "r4" {
						if _, err := s.Replay(t.Context(), owner, x.ID, false); err != nil {
							t.Fatal(err)
						}
					}
				}
				if c := s.code(code.ID); c.Status != Paid || c.PaidTotal != 150_000 {
					t.Errorf("%s with %d", c.Status, c.PaidTotal)
				}
				if left := waiting(); len(left) != 2 {
					t.Errorf("%d go on waiting", len(left))
				}
				tell("r6", one)
				if n := len(waiting()); n != 2 {
					t.Errorf("told once more, %d wait", n)
				}
			})
		})
	}
}

// A notification without a date and a transaction cannot be told from the same
// one told again. On a single-use code it is the payment there is; on a reusable
// one it counts once, and a person sees what may have been a second.
func TestANotificationThatNamesNeitherDateNorTransactionCountsOnce(t *testing.T) {
	for _, reusable := range []bool{false, true} {
		eachShop(t, func(t *testing.T, s *shop) {
			o := order("form-1")
			o.Reusable, o.ExpiresIn = reusable, 600
			code := s.issue(sari, o)
			body := dateless(success(code, "150000", "", s.Now()))
			tell := func(requestID, body string) {
				t.Helper()
				if err := s.notify(requestID, body); err != nil {
					t.Fatal(err)
				}
				s.later(30 * time.Minute)
			}
			state := func() string {
				c := s.code(code.ID)
				return fmt.Sprintf("%d in %d, %d in review, %s", c.PaidTotal, c.PaidCount, c.Review, s.attention(code.ID))
			}
			expect := func(when, single, again string) {
				t.Helper()
				want := single
				if reusable {
					want = again
				}
				if got := state(); got != want {
					t.Errorf("reusable %v, %s: %s, want %s", reusable, when, got, want)
				}
			}
			tell("r1", body)
			expect("told once", "150000 in 1, 0 in review, ", "150000 in 1, 0 in review, ")
			tell("r2", body)
			expect("told twice", "150000 in 1, 0 in review, ", "150000 in 1, 1 in review, second_payment")
			tell("r3", body)
			expect("told three times", "150000 in 1, 0 in review, ", "150000 in 1, 1 in review, second_payment")
			if told := strings.Count(s.timeline(code.ID), "told"); told != 0 && !reusable || told != 1 && reusable {
				t.Errorf("reusable %v: the timeline is %s", reusable, s.timeline(code.ID))
			}
			for _, x := range must(s.store.ExchangesOf(t.Context(), code.ID)) {
				if x.Kind != "notification" {
					continue
				}
				if f, err := s.Replay(t.Context(), owner, x.ID, false); err != nil || !f.Nothing() {
					t.Errorf("reusable %v: run again it was %+v, %v", reusable, f, err)
				}
			}
			// Another till's is another payment.
			tell("r4", strings.Replace(body, "T001", "T002", 1))
			expect("at another till", "150000 in 1, 1 in review, second_payment", "300000 in 2, 1 in review, second_payment")
		})
	}
}

// Two tills of one second are two payments of a reusable code, though no
// transaction is told; a check may spell a till differently and is still one.
func TestTwoTillsOfOneSecondAreTwoPayments(t *testing.T) {
	code := Code{ID: "c", Status: Active, Amount: 150_000, ExpiresAt: deadline, Options: Options{Reusable: true}}
	fact := func(by Source, agent, store string) Fact {
		return Fact{Source: by, Status: "SUCCESS", Amount: 150_000, Date: noon, Agent: agent, Store: store, Heard: noon.Add(time.Second)}
	}
	for _, c := range []struct {
		name          string
		first, second Fact
		two           bool
	}{
		{"two stores", fact(FromNotification, "ALFAMART", "T001"), fact(FromNotification, "ALFAMART", "T002"), true},
		{"two chains", fact(FromNotification, "ALFAMART", "T001"), fact(FromReplay, "LAWSON", "T001"), true},
		{"one store", fact(FromNotification, "ALFAMART", "T001"), fact(FromNotification, "ALFAMART", "T001"), false},
		{"one that leaves the store out", fact(FromNotification, "ALFAMART", "T001"), fact(FromNotification, "ALFAMART", ""), false},
		{"a check with other words", fact(FromNotification, "ALFAMART", "T001"), fact(FromCheck, "Alfamart", "1"), false},
		{"the notification after such a check", fact(FromCheck, "Alfamart", "1"), fact(FromNotification, "ALFAMART", "T001"), false},
	} {
		r := Settle(code, nil, nil, c.first)
		so := []Payment{*r.Record}
		so[0].ID = "p"
		r = Settle(r.Code, nil, so, c.second)
		if (r.Record != nil) != c.two {
			t.Errorf("%s: recorded %+v", c.name, r.Record)
		}
		if r.Complete != nil {
			so[0] = *r.Complete
		}
		if r.Record != nil {
			so = append(so, *r.Record)
		}
		for _, again := range []Fact{c.first, c.second} {
			if r := Settle(r.Code, nil, so, again); r.Record != nil {
				t.Errorf("%s: told again, recorded %+v", c.name, r.Record)
			}
		}
	}
}

// Two instances of the app hear of one payment at once, by notifications and by
// checks, while somebody cancels: it is one payment, noted once.
func TestTwoInstancesAreToldOfOnePayment(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "shop.db"), "postgres": dbtest.Postgres(t)} {
		s := openShop(t, database)
		other := s.twin(database)
		for round := range 5 {
			code := s.active(fmt.Sprint("form-", engine, round))
			full := success(code, "150000", "777", s.Now().Add(-time.Minute)) // before the cancel
			s.sayStatus(full)
			told := func(by *Service, requestID string) {
				h := http.Header{}
				doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", requestID, "/doku/notifications", s.Now(), []byte(full))
				if err := by.Notification(t.Context(), Delivery{Method: "POST", Path: "/doku/notifications", Header: h, Body: []byte(full), From: "test"}); err != nil {
					t.Error(err)
				}
			}
			var all sync.WaitGroup
			for i, by := range []*Service{s.Service, other, s.Service, other} {
				all.Go(func() { told(by, fmt.Sprint(code.ID, i)) })
				all.Go(func() {
					if _, err := by.Check(t.Context(), sari, code.ID); err != nil {
						t.Error(err)
					}
				})
			}
			all.Go(func() {
				var not *NotAllowed
				if _, err := other.Cancel(t.Context(), sari, code.ID, ""); err != nil && !errors.As(err, &not) {
					t.Error(err)
				}
			})
			all.Wait()
			c := s.code(code.ID)
			if c.Status != Paid || c.PaidCount != 1 || c.PaidTotal != 150_000 || c.Review != 0 || s.attention(code.ID) != "" {
				t.Errorf("%s: %s with %d in %d, %d in review, attention %q", engine, c.Status, c.PaidTotal, c.PaidCount, c.Review, s.attention(code.ID))
			}
			if p := s.payments(code.ID); len(p) != 1 || !p[0].Confirmed || strings.Count(s.timeline(code.ID), "paid") != 1 {
				t.Errorf("%s: %d payments, the timeline is %s", engine, len(p), s.timeline(code.ID))
			}
		}
		if _, err := s.store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
