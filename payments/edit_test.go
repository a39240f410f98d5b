package payments_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	. "kodebayar/payments"
)

// held keeps DOKU's answers to edits back until it is opened.
type held struct{ sent, open chan struct{} }

func holdEdits(s *shop) held {
	h := held{make(chan struct{}, 8), make(chan struct{})}
	s.Wait = time.Millisecond
	s.wire.through(h)
	return h
}

func (h held) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodPatch && bytes.Contains(body, []byte(`"ACTIVE"`)) {
		h.sent <- struct{}{}
		<-h.open
	}
	return answer, err
}

// DOKU gave the code more time, and its answer comes when the old time is over
// here: the code is payable, and must say so.
func TestAnEditAnsweredAfterTheOldDeadlineIsInForce(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		h := holdEdits(s)
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 180}); err != nil {
			t.Fatal(err)
		}
		<-h.sent
		go s.Run(t.Context())
		s.later(61 * time.Minute)
		s.untilStatus(code.ID, Expired)
		close(h.open)
		s.untilStatus(code.ID, Active)
		got := s.code(code.ID)
		if got.Amount != 175_000 || !got.ExpiresAt.After(s.Now()) || got.CheckAt.IsZero() {
			t.Errorf("%+v", got)
		}
		if s.pay(got) != 200 {
			t.Fatal("the till refuses")
		}
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 175_000 || got.Attention != 0 {
			t.Errorf("paid %d with attention %s", got.PaidTotal, s.attention(code.ID))
		}
	})
}

// denied is an answer of DOKU's that refuses.
func denied(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode: http.StatusBadRequest, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"invalid_parameter","message":"NOT NOW","type":"invalid_request_error"}}`)),
	}
}

// A cancel that is pressed while an edit is under way, and refused, leaves what
// DOKU has: the code as the edit made it.
func TestAnEditUnderARefusedCancelIsInForce(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		h := holdEdits(s)
		s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPatch {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				if bytes.Contains(body, []byte(`"DELETE"`)) {
					return denied(r), nil
				}
			}
			return h.RoundTrip(r)
		}))
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 120_000, CustomerName: "Anton", ExpiresIn: 180}); err != nil {
			t.Fatal(err)
		}
		<-h.sent
		if got, err := s.Cancel(t.Context(), sari, code.ID, "batal"); err != nil || got.Status != Cancelling {
			t.Fatalf("%s, %v", got.Status, err)
		}
		close(h.open)
		s.until("the cancel is refused", func() bool { return strings.HasSuffix(s.timeline(code.ID), "cancel_refused") })
		got := s.code(code.ID)
		if got.Status != Active || got.Amount != 120_000 || got.CustomerName != "Anton" || got.ExpiresAt.Before(s.Now().Add(179*time.Minute)) {
			t.Errorf("%s for %d of %s until %v", got.Status, got.Amount, got.CustomerName, got.ExpiresAt)
		}
		if got := s.timeline(code.ID); got != "created activated update_asked cancel_asked updated cancel_refused" {
			t.Errorf("timeline: %s", got)
		}
		if s.pay(got) != 200 {
			t.Fatal("the till refuses")
		}
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 120_000 || got.Attention != 0 {
			t.Errorf("paid %d with attention %s", got.PaidTotal, s.attention(code.ID))
		}
	})
}

// An edit that waits to be sent again ends with what ends the code.
func TestAnEditOfACodeThatWasPaidIsNotSentAgain(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("cut_before", true, "update")
	if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
		t.Fatal(err)
	}
	s.fault("cut_before", false, "update")
	s.pay(code)
	s.untilStatus(code.ID, Paid)
	go s.Run(t.Context())
	s.later(time.Minute)
	s.until("the edit is given up", func() bool {
		_, err := s.store.PendingCall(t.Context(), code.ID, CallUpdate)
		return err != nil
	})
	if n := strings.Count(s.timeline(code.ID), "update_refused"); n != 0 {
		t.Error("DOKU was asked to change what is paid")
	}
}

// What was asked for before a night off is not sent in the morning: an hour more
// would begin then.
func TestALostEditIsNotSentAfterItsDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		lives int // minutes
		ends  Status
	}{"of a code that is over": {60, Expired}, "of one that is not": {1440, Active}} {
		t.Run(name, func(t *testing.T) {
			eachShop(t, func(t *testing.T, s *shop) {
				o := order("form-1")
				o.ExpiresIn = c.lives
				code := s.issue(sari, o)
				s.fault("cut_before", true, "update")
				if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 90}); err != nil {
					t.Fatal(err)
				}
				s.fault("cut_before", false, "update")
				call := must(s.store.PendingCall(t.Context(), code.ID, CallUpdate))
				s.later(8 * time.Hour)
				go s.Run(t.Context())
				s.until("the edit is given up", func() bool { return must(s.store.Call(t.Context(), call.RequestID)).Outcome == Given })
				s.until("DOKU is asked", func() bool { return s.code(code.ID).Checks > 0 })
				if got := s.code(code.ID); got.Status != c.ends || got.Amount != 150_000 {
					t.Errorf("%s for %d", got.Status, got.Amount)
				}
				var list struct{ Codes []struct{ Amount int64 } }
				if s.atDOKU("/simulator/codes", &list); len(list.Codes) != 1 || list.Codes[0].Amount != 150_000 {
					t.Errorf("DOKU has %+v", list.Codes)
				}
			})
		})
	}
}

// An edit that waits for its turn while a cancel ends it must not go out after
// the cancel: it would make the code payable once more.
func TestAnEditGivenUpWhileItWaitedForItsTurnIsNotSent(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("cut_before", true, "update")
	if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
		t.Fatal(err)
	}
	s.fault("cut_before", false, "update")
	call, err := s.store.PendingCall(t.Context(), code.ID, CallUpdate)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cancel(t.Context(), sari, code.ID, "batal"); err != nil {
		t.Fatal(err)
	}
	before := len(must(s.store.ExchangesOf(t.Context(), code.ID)))
	Transmit(s.Service, call) // its turn comes
	if after := len(must(s.store.ExchangesOf(t.Context(), code.ID))); after != before {
		t.Error("it was sent")
	}
	if _, status := s.registered(code.InvoiceNumber); status != "cancelled" {
		t.Errorf("at DOKU the code is %s", status)
	}
}

// DOKU may have taken an edit whose answer was lost, whatever it says to the
// same edit sent again: money of the new amount is this code's.
func TestMoneyOfAnEditThatIsRefusedTheSecondTime(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("lose_answer", true, "update")
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
			t.Fatal(err)
		}
		s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPatch {
				return denied(r), nil
			}
			return http.DefaultTransport.RoundTrip(r)
		}))
		if got, err := s.Check(t.Context(), sari, code.ID); err != nil || got.Amount != 150_000 || !strings.Contains(s.timeline(code.ID), "update_refused") {
			t.Fatalf("%d, %v, timeline: %s", got.Amount, err, s.timeline(code.ID))
		}
		if s.pay(code) != 200 { // at the till it is 175.000
			t.Fatal("the till refuses")
		}
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 175_000 || s.attention(code.ID) != "former_amount" {
			t.Errorf("paid %d, attention %s", got.PaidTotal, s.attention(code.ID))
		}
	})
}

// A code that was paid and can be paid again stays so: payable once, it would
// wait for money that does not count, or end as expired.
func TestAPaidCodeDoesNotBecomePayableOnce(t *testing.T) {
	for _, mode := range []Mode{DGPC, DIPC} {
		t.Run(string(mode), func(t *testing.T) {
			eachShop(t, func(t *testing.T, s *shop) {
				o := order("form-1")
				o.Mode, o.Reusable = mode, true
				code := s.issue(sari, o)
				s.pay(code)
				s.until("paid once", func() bool { return s.code(code.ID).PaidCount == 1 })
				code = s.code(code.ID)
				ch := Change{Amount: 150_000, CustomerName: "Anton", ExpiresIn: 60}
				var wrong FieldErrors
				if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, ch); !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != "reusable" || wrong[0].Rule != RulePaid {
					t.Errorf("answered %v", err)
				}
				ch.Reusable = true
				if got, err := s.Edit(t.Context(), sari, code.ID, code.Version, ch); err != nil || got.Status != Active || got.CustomerName != "Anton" {
					t.Errorf("left as it is: %s, %v", got.Status, err)
				}
				s.pay(code)
				s.until("paid twice", func() bool { return s.code(code.ID).PaidCount == 2 })
			})
		})
	}
}

// Money may come while DOKU is making the code payable once: that was the once.
func TestACodeThatIsPaidWhileItBecomesPayableOnceIsPaid(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		o := order("form-1")
		o.Reusable = true
		code := s.issue(sari, o)
		h := holdEdits(s)
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 150_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
			t.Fatal(err)
		}
		<-h.sent
		s.pay(code)
		s.until("paid once", func() bool { return s.code(code.ID).PaidCount == 1 })
		close(h.open)
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.Reusable || got.PaidTotal != 150_000 || got.Attention != 0 || !got.CheckAt.IsZero() {
			t.Errorf("%+v", got)
		}
	})
}

// A refused edit to an amount the code once had leaves that amount known.
func TestARefusedEditKeepsTheAmountsOfBefore(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	code, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60})
	if err != nil || code.Amount != 175_000 {
		t.Fatal(code.Amount, err)
	}
	s.fault("never_notify", true)
	s.pay(code) // DOKU refuses to change what was paid
	if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 150_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
		t.Fatal(err)
	}
	if got := s.timeline(code.ID); !strings.HasSuffix(got, "update_refused") {
		t.Fatalf("timeline: %s", got)
	}
	if amounts := must(s.store.FormerAmounts(t.Context(), code.ID)); !slices.Equal(amounts, []int64{150_000}) {
		t.Errorf("former amounts: %v", amounts)
	}
}

// A check without news is nothing that an open edit form must be told of.
func TestACheckWithoutNewsDoesNotDisturbAnEdit(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		checked, err := s.Check(t.Context(), sari, code.ID)
		if err != nil || checked.Checks != 1 || checked.Version != code.Version {
			t.Fatalf("checked %d times, version %d after %d, %v", checked.Checks, checked.Version, code.Version, err)
		}
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 160_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
			t.Error(err)
		}
	})
}

// DOKU's words on how to pay name the amount and the customer: after an edit they
// are those of the code as it is.
func TestHowToPayFollowsAnEdit(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	say := func(what string) bool {
		steps, err := s.store.Instructions(t.Context(), code.ID)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(strings.Join(steps, " "), what)
	}
	s.until("the steps name the amount", func() bool { return say("150.000") })
	if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton Baru", ExpiresIn: 60}); err != nil {
		t.Fatal(err)
	}
	s.until("the steps name the new one", func() bool { return say("175.000") && say("Anton Baru") })
	if say("150.000") {
		t.Error("they name the old one too")
	}
	// When DOKU does not tell them anew, those of before are not kept.
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return nil, errors.New("no answer")
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	code = s.code(code.ID)
	if code, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 185_000, CustomerName: "Anton Baru", ExpiresIn: 60}); err != nil || code.Amount != 185_000 {
		t.Fatal(code.Amount, err)
	}
	if say("175.000") {
		t.Error("they name an amount that is not asked for any more")
	}
}
