package payments_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	. "kodebayar/payments"
	"kodebayar/payments/doku"
)

// notify sends the shop a notification as DOKU would sign it.
func (s *shop) notify(requestID, body string) error {
	h := http.Header{}
	doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", requestID, "/doku/notifications", s.Now(), []byte(body))
	return s.Notification(s.t.Context(), Delivery{Method: "POST", Path: "/doku/notifications", Header: h, Body: []byte(body), From: "test"})
}

// success is a notification of money.
func success(code Code, amount, trx string, at time.Time) string {
	return `{"order":{"invoice_number":"` + code.InvoiceNumber + `","amount":` + amount + `},
		"transaction":{"status":"SUCCESS","date":"` + at.UTC().Format(time.RFC3339) + `"},
		"online_to_offline_info":{"payment_code":"` + code.PaymentCode + `"},
		"online_to_offline_payment":{"identifier":[{"name":"AGENT_ID","value":"ALFAMART"},{"name":"AGENT_STORE_ID","value":"T001"},{"name":"AGENT_TRX_ID","value":"` + trx + `"}]}}`
}

func TestAWrongAmountWaitsForADecision(t *testing.T) {
	for _, c := range []struct {
		decision Decision
		status   Status
		total    int64
	}{{"", Active, 0}, {Accept, Paid, 99_000}, {SetAside, Active, 0}} {
		t.Run("decided "+string(c.decision), func(t *testing.T) {
			eachShop(t, func(t *testing.T, s *shop) {
				code := s.active("form-1")
				if err := s.notify("r1", success(code, "99000.00", "7", s.Now())); err != nil {
					t.Fatal(err)
				}
				if got := s.code(code.ID); got.Status != Active || got.PaidTotal != 0 || got.Review != 1 || got.Attention != 1 {
					t.Fatalf("%+v", got)
				}
				list, err := s.store.AttentionOf(t.Context(), code.ID)
				if err != nil || len(list) != 1 || list[0].Kind != WrongAmount || list[0].PaymentID == "" {
					t.Fatalf("%+v, %v", list, err)
				}
				if _, err := s.MarkDone(t.Context(), budi, list[0].ID, c.decision, ""); !errors.Is(err, ErrNotFound) {
					t.Errorf("another cashier was answered %v", err)
				}
				for range 2 { // the second time changes nothing
					if _, err := s.MarkDone(t.Context(), owner, list[0].ID, c.decision, "sudah ditelepon"); err != nil {
						t.Fatal(err)
					}
				}
				got := s.code(code.ID)
				if got.Status != c.status || got.PaidTotal != c.total || got.Attention != 0 {
					t.Errorf("%+v", got)
				}
				if n := strings.Count(s.timeline(code.ID), "attention_done"); n != 1 {
					t.Errorf("done %d times", n)
				}
			})
		})
	}
}

func TestReplayOfMoneyThatFoundNoCode(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		o := order("form-1")
		o.InvoiceNumber = "INV-LATER"
		future := Code{InvoiceNumber: "INV-LATER"}
		if err := s.notify("r1", success(future, "150000.00", "7", s.Now())); err != nil {
			t.Fatal(err)
		}
		events, _ := s.store.EventsAfter(t.Context(), 0, 10)
		evidence := events[0].Cause
		if f, err := s.Replay(t.Context(), owner, evidence, true); err != nil || !f.Nothing() || f.CodeID != "" {
			t.Errorf("before there is a code: %+v, %v", f, err)
		}
		code := s.issue(sari, o)
		before, _ := s.store.LastSeq(t.Context())
		f, err := s.Replay(t.Context(), owner, evidence, true)
		if err != nil || f.Nothing() || f.After != Paid || f.CodeID != code.ID {
			t.Errorf("the dry run says %+v, %v", f, err)
		}
		if after, _ := s.store.LastSeq(t.Context()); after != before || s.code(code.ID).Status != Active {
			t.Error("the dry run changed something")
		}
		if _, err := s.Replay(t.Context(), owner, evidence, false); err != nil {
			t.Fatal(err)
		}
		if got := s.code(code.ID); got.Status != Paid || got.PaidTotal != 150_000 {
			t.Errorf("%+v", got)
		}
		if f, err := s.Replay(t.Context(), owner, evidence, false); err != nil || !f.Nothing() {
			t.Errorf("once more: %+v, %v", f, err)
		}
		if got := s.timeline(code.ID); !strings.HasSuffix(got, "activated replayed paid") {
			t.Errorf("timeline: %s", got)
		}
		// Whoever ran it again has looked at the money, and it is no puzzle any more.
		if list, _, err := s.store.Puzzles(t.Context(), 10); err != nil || len(list) != 0 {
			t.Errorf("still to be looked at: %+v, %v", list, err)
		}
		done := 0
		for _, e := range must(s.store.EventsAfter(t.Context(), before, 100)) {
			if e.Kind == EventAttentionDone && e.CodeID == "" && e.Actor == StaffActor(owner.StaffID) {
				done++
			}
		}
		if done != 1 {
			t.Errorf("the log tells %d times that it was looked at", done)
		}
	})
}

func TestOnlyVerifiedNotificationsAreReplayed(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.Notification(t.Context(), Delivery{Header: http.Header{"Signature": {"HMACSHA256=x"}}, Body: []byte(success(code, "150000", "7", s.Now()))})
	list, _, err := s.store.Exchanges(t.Context(), exchangesOf("bad_signature"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%d exchanges, %v", len(list), err)
	}
	if _, err := s.Replay(t.Context(), owner, list[0].ID, false); !errors.Is(err, ErrNotReplayable) {
		t.Errorf("answered %v", err)
	}
	if s.code(code.ID).Status != Active {
		t.Error("a forged notification paid a code")
	}
}

// What nobody signed is kept in small, at a bounded rate, in a ring.
func TestStrangersCannotFillTheDisk(t *testing.T) {
	s := newShop(t)
	for range 200 {
		s.Notification(t.Context(), Delivery{Header: http.Header{"Request-Id": {strings.Repeat("x", 9000)}}, Path: "/doku/notifications", Body: make([]byte, 1<<20)})
	}
	list, _, err := s.store.Exchanges(t.Context(), exchangesOf("bad_signature"))
	if err != nil || len(list) < 10 || len(list) > 60 {
		t.Fatalf("%d are kept, %v", len(list), err)
	}
	for _, x := range list {
		if n := len(x.RequestBody) + len(x.RequestHeader) + len(x.RequestID); n > 10<<10 {
			t.Fatalf("%d bytes of one are kept", n)
		}
	}
}

func TestOneNotificationAThousandTimesInParallel(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		body := success(code, "150000.00", "7", s.Now())
		failures := make(chan error, 1000)
		for range 50 {
			go func() {
				for range 20 {
					failures <- s.notify("r1", body)
				}
			}()
		}
		for range 1000 {
			if err := <-failures; err != nil {
				t.Fatal(err)
			}
		}
		paid, err := s.store.Payments(t.Context(), code.ID)
		if err != nil || len(paid) != 1 {
			t.Errorf("%d payments, %v", len(paid), err)
		}
		if got := s.timeline(code.ID); got != "created activated paid" {
			t.Errorf("timeline: %s", got)
		}
	})
}

func TestTheBreakerLeavesASilentDOKUAlone(t *testing.T) {
	s := newShop(t)
	s.fault("switched_off", true)
	for i := range 5 {
		s.issue(sari, order("form-"+string(rune('a'+i))))
	}
	if !s.Silent() {
		t.Error("after five lost answers the breaker is still closed")
	}
	s.fault("switched_off", false)
	if code := s.issue(sari, order("form-z")); code.Status != Active {
		t.Errorf("what a person asks for is %s", code.Status)
	}
}
