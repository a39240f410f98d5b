package payments_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	. "kodebayar/payments"
	"kodebayar/payments/doku"
)

func TestASaleFromOrderToPaid(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		if d := code.ExpiresAt.Sub(code.CreatedAt.Add(time.Hour)).Abs(); d > 5*time.Second {
			t.Errorf("it expires at %v, made at %v for an hour", code.ExpiresAt, code.CreatedAt)
		}
		if code.HowToPayPage == "" || code.InvoiceNumber == "" || len(code.Token) < 26 {
			t.Errorf("incomplete: %+v", code)
		}
		if status := s.pay(code); status != 200 {
			t.Fatalf("the till answered %d", status)
		}
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 150_000 || got.PaidCount != 1 || got.PaidAt.IsZero() {
			t.Errorf("paid: %+v", got)
		}
		if got := s.timeline(code.ID); got != "created activated paid" {
			t.Errorf("timeline: %s", got)
		}
		xs, err := s.store.ExchangesOf(t.Context(), code.ID)
		xs = slices.DeleteFunc(xs, func(x Exchange) bool { return x.Kind == "how_to_pay" })
		if err != nil || len(xs) != 2 || xs[0].Kind != "create" || xs[1].Kind != "notification" || xs[1].Verdict != "verified" {
			t.Errorf("evidence: %+v, %v", xs, err)
		}
		for _, x := range xs {
			if strings.Contains(x.RequestHeader+string(x.RequestBody)+x.ResponseHeader+x.Remark, "SK-test-") {
				t.Error("the secret key is among the evidence")
			}
		}
	})
}

func TestTheSameFormMakesOneCode(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ids := make([]string, 8)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				o := order("form-1")
				o.Amount += int64(i) // whatever it says
				code, err := s.Issue(t.Context(), sari, o)
				if err != nil {
					t.Error(err)
				}
				ids[i] = code.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one form made the codes %v", ids)
			}
		}
		if n := s.codesAtDOKU(); n != 1 {
			t.Errorf("DOKU has %d codes", n)
		}
		if _, err := s.Issue(t.Context(), budi, order("form-1")); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else's form answered %v", err)
		}
	})
}

// 7 of the list of what must hold: a network that is cut before, during or
// after DOKU's answer to a create leaves exactly one code.
func TestALostCreateEndsAsExactlyOneCode(t *testing.T) {
	for _, fault := range []string{"cut_before", "lose_answer", "cut_during", "server_error", "server_error_after"} {
		t.Run(fault, func(t *testing.T) {
			s := newShop(t)
			s.fault(fault, true, "create")
			code := s.issue(sari, order("form-1"))
			if code.Status != Unknown {
				t.Fatalf("without an answer it is %s", code.Status)
			}
			s.fault(fault, false, "create")
			code = s.issue(sari, order("form-1")) // pressed again
			if code.Status != Active || code.PaymentCode == "" {
				t.Fatalf("pressed again it is %s", code.Status)
			}
			if n := s.codesAtDOKU(); n != 1 {
				t.Errorf("DOKU has %d codes", n)
			}
			if got := s.timeline(code.ID); got != "created unanswered activated" {
				t.Errorf("timeline: %s", got)
			}
			xs, _ := s.store.ExchangesOf(t.Context(), code.ID)
			xs = slices.DeleteFunc(xs, func(x Exchange) bool { return x.Kind == "how_to_pay" })
			if len(xs) != 2 || string(xs[0].RequestBody) != string(xs[1].RequestBody) || xs[0].RequestID != xs[1].RequestID {
				t.Error("the second sending differs from the first")
			}
		})
	}
}

func TestTheSweepTakesUpALostCreate(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.fault("lose_answer", true, "create")
		code := s.issue(sari, order("form-1"))
		s.fault("lose_answer", false, "create")
		go s.Run(t.Context())
		s.untilStatus(code.ID, Active)
		if n := s.codesAtDOKU(); n != 1 {
			t.Errorf("DOKU has %d codes", n)
		}
	})
}

func TestARefusedCreateSaysWhy(t *testing.T) {
	s := newShop(t)
	s.fault("refuse_channel_inactive", true)
	code := s.issue(sari, order("form-1"))
	if code.Status != Rejected || !strings.Contains(code.Refusal, "CHANNEL IS INACTIVE") {
		t.Errorf("it is %s because %q", code.Status, code.Refusal)
	}
}

func TestARefusalAtTheHeadersDoesNotSettleALostCreate(t *testing.T) {
	s := newShop(t)
	s.fault("lose_answer", true, "create")
	code := s.issue(sari, order("form-1"))
	s.fault("lose_answer", false, "create")
	key := s.DOKU.SecretKey
	s.DOKU.SecretKey = "SK-mistyped"
	if code = s.issue(sari, order("form-1")); code.Status != Unknown {
		t.Fatalf("a signature refused on the second sending made it %s, though the first made a code", code.Status)
	}
	s.DOKU.SecretKey = key
	if code = s.issue(sari, order("form-1")); code.Status != Active {
		t.Errorf("in the end it is %s", code.Status)
	}
}

func TestMistakesInAnOrder(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		field  string
		change func(*Order)
	}{
		{"amount", func(o *Order) { o.Amount = 0 }},
		{"amount", func(o *Order) { o.Amount = -1 }},
		{"amount", func(o *Order) { o.Amount = 9_999 }},
		{"amount", func(o *Order) { o.Amount = 5_000_001 }},
		{"customer_name", func(o *Order) { o.CustomerName = "" }},
		{"customer_name", func(o *Order) { o.CustomerName = strings.Repeat("a", 41) }},
		{"customer_phone", func(o *Order) { o.CustomerPhone = "telepon" }},
		{"customer_email", func(o *Order) { o.CustomerEmail = "anton" }},
		{"expires_in", func(o *Order) { o.ExpiresIn = 0 }},
		{"expires_in", func(o *Order) { o.ExpiresIn = 100_000 }},
		{"info", func(o *Order) { o.Info = strings.Repeat("a", 31) }},
		{"footer_message", func(o *Order) { o.FooterMessage = strings.Repeat("a ", 61) }},
		{"invoice_number", func(o *Order) { o.InvoiceNumber = "INV 1" }},
		{"note", func(o *Order) { o.Note = strings.Repeat("a", 501) }},
		{"mode", func(o *Order) { o.Mode = "other" }},
		{"payment_code", func(o *Order) { o.Mode, o.PaymentCode = MGPC, "12a" }},
	} {
		o := order("form-1")
		c.change(&o)
		_, err := s.Issue(t.Context(), sari, o)
		var wrong FieldErrors
		if !errors.As(err, &wrong) || wrong[0].Field != c.field {
			t.Errorf("%s: answered %v", c.field, err)
		}
	}
	if n := s.codesAtDOKU(); n != 0 {
		t.Errorf("DOKU has %d codes", n)
	}
	if seq, _ := s.store.LastSeq(t.Context()); seq != 0 {
		t.Error("something was written")
	}
	s.active("form-1") // and the form is not spent
	o := order("form-2")
	o.InvoiceNumber = "INV-1"
	s.issue(sari, o)
	o.FormID = "form-3"
	var wrong FieldErrors
	if _, err := s.Issue(t.Context(), sari, o); !errors.As(err, &wrong) || wrong[0].Rule != RuleTaken {
		t.Errorf("an invoice number taken: %v", err)
	}
}

func TestCancel(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		if _, err := s.Cancel(t.Context(), budi, code.ID, ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("another cashier was answered %v", err)
		}
		code, err := s.Cancel(t.Context(), sari, code.ID, "batal beli")
		if err != nil || code.Status != Cancelling || code.CancelledAt.IsZero() {
			t.Fatalf("it is %s, %v", code.Status, err)
		}
		if status := s.pay(code); status == 200 {
			t.Error("the till takes money for it")
		}
		go s.Run(t.Context())
		s.later(91 * time.Second)
		s.untilStatus(code.ID, Cancelled)
		if got := s.timeline(code.ID); got != "created activated cancel_asked cancel_taken cancelled" {
			t.Errorf("timeline: %s", got)
		}
		if again, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil || again.Status != Cancelled {
			t.Errorf("once more: %s, %v", again.Status, err)
		}
	})
}

func TestALostCancelIsSentAgain(t *testing.T) {
	for _, fault := range []string{"cut_before", "lose_answer", "cut_during", "server_error"} {
		t.Run(fault, func(t *testing.T) {
			s := newShop(t)
			code := s.active("form-1")
			s.fault(fault, true, "update", "cancel")
			code, err := s.Cancel(t.Context(), sari, code.ID, "")
			if err != nil || code.Status != Cancelling || !code.CancelledAt.IsZero() {
				t.Fatalf("it is %s since %v, %v", code.Status, code.CancelledAt, err)
			}
			s.fault(fault, false, "update", "cancel")
			go s.Run(t.Context())
			s.until("DOKU took the cancel", func() bool { return !s.code(code.ID).CancelledAt.IsZero() })
			s.later(91 * time.Second)
			s.untilStatus(code.ID, Cancelled)
		})
	}
}

// A cancel that DOKU took and whose answer was lost is refused when it is sent
// again: there is nothing left to cancel. No till takes the code any more.
func TestALostCancelThatIsRefusedTheSecondTime(t *testing.T) {
	for _, paid := range []bool{false, true} {
		t.Run(fmt.Sprint("paid ", paid), func(t *testing.T) {
			s := newShop(t)
			code := s.active("form-1")
			s.fault("lose_answer", true, "cancel")
			if paid { // beside the cancel: only a check tells
				s.fault("never_notify", true)
				s.pay(code)
			}
			if _, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
				t.Fatal(err)
			}
			s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPatch {
					return denied(r), nil
				}
				return http.DefaultTransport.RoundTrip(r)
			}))
			s.later(time.Minute)
			got, err := s.Cancel(t.Context(), sari, code.ID, "")
			if err != nil || got.Status != Cancelling || got.CancelledAt.IsZero() {
				t.Fatalf("refused, it is %s since %v, %v", got.Status, got.CancelledAt, err)
			}
			go s.Run(t.Context())
			s.later(91 * time.Second)
			if !paid {
				s.untilStatus(code.ID, Cancelled)
				return
			}
			s.untilStatus(code.ID, Paid)
			if got := s.code(code.ID); got.PaidTotal != 150_000 {
				t.Errorf("paid %d", got.PaidTotal)
			}
		})
	}
}

// DOKU answers the same request again with 409 and what it answered at first,
// which for an edit or a cancel may be the invoice alone.
func TestALostCancelIsTakenByItsReplayedAnswer(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("lose_answer", true, "cancel")
	if _, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
		t.Fatal(err)
	}
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPatch {
			res := denied(r)
			res.StatusCode, res.Body = http.StatusConflict, io.NopCloser(strings.NewReader(`{"order":{"invoice_number":"`+code.InvoiceNumber+`"}}`))
			return res, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	s.later(time.Minute)
	got, err := s.Cancel(t.Context(), sari, code.ID, "")
	if err != nil || got.Status != Cancelling || got.CancelledAt.IsZero() || !strings.Contains(s.timeline(code.ID), "cancel_taken") {
		t.Errorf("it is %s since %v, %v: %s", got.Status, got.CancelledAt, err, s.timeline(code.ID))
	}
	if _, err := s.store.PendingCall(t.Context(), code.ID, CallCancel); !errors.Is(err, ErrNotFound) {
		t.Errorf("it would be sent again: %v", err)
	}
}

func TestACancelThatDOKURefusesAtOnce(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPatch {
			return denied(r), nil
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	if got, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil || got.Status != Active || !got.CancelledAt.IsZero() {
		t.Errorf("it is %s since %v, %v", got.Status, got.CancelledAt, err)
	}
}

func TestMoneyThatBeatsTheCancel(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("never_notify", true)
	s.pay(code)
	code, err := s.Cancel(t.Context(), sari, code.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	go s.Run(t.Context())
	s.later(91 * time.Second)
	s.untilStatus(code.ID, Paid)
	if got := s.code(code.ID); got.PaidTotal != 150_000 {
		t.Errorf("paid %d", got.PaidTotal)
	}
}

func TestEdit(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		change := Change{Amount: 175_000, CustomerName: "Anton B", ExpiresIn: 120, Info: "Lunas di Alfamart"}
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version-1, change); !errors.Is(err, ErrConflict) {
			t.Errorf("an old version was answered %v", err)
		}
		edited, err := s.Edit(t.Context(), sari, code.ID, code.Version, change)
		if err != nil || edited.Amount != 175_000 || edited.CustomerName != "Anton B" || edited.Status != Active {
			t.Fatalf("edited: %+v, %v", edited, err)
		}
		if d := edited.ExpiresAt.Sub(s.Now().Add(2 * time.Hour)).Abs(); d > 5*time.Second {
			t.Errorf("it expires at %v", edited.ExpiresAt)
		}
		s.pay(edited)
		s.untilStatus(code.ID, Paid)
		if got := s.code(code.ID); got.PaidTotal != 175_000 || got.Attention != 0 {
			t.Errorf("paid %d with %d attention", got.PaidTotal, got.Attention)
		}
	})
}

// After an edit whose answer is lost, DOKU may ask for either amount.
func TestMoneyOfEitherAmountWhileAnEditIsUnanswered(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("lose_answer", true, "update")
	if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
		t.Fatal(err)
	}
	s.pay(code)
	s.untilStatus(code.ID, Paid)
	if got := s.code(code.ID); got.PaidTotal != 175_000 || s.attention(code.ID) != "former_amount" {
		t.Errorf("paid %d, attention %s", got.PaidTotal, s.attention(code.ID))
	}
}

func TestAnEditThatDOKURefuses(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("never_notify", true)
	s.pay(code) // DOKU refuses to change what was paid
	after, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60})
	if err != nil || after.Amount != 150_000 {
		t.Errorf("%+v, %v", after, err)
	}
	if got := s.timeline(code.ID); !strings.HasSuffix(got, "update_asked update_refused") {
		t.Errorf("timeline: %s", got)
	}
	if amounts, _ := s.store.FormerAmounts(t.Context(), code.ID); len(amounts) != 0 {
		t.Errorf("amounts it never had at DOKU: %v", amounts)
	}
}

func TestCheckFindsMoneyThatNoNotificationToldOf(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("never_notify", true)
		s.pay(code)
		if _, err := s.Check(t.Context(), budi, code.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("another cashier was answered %v", err)
		}
		code, err := s.Check(t.Context(), sari, code.ID)
		if err != nil || code.Status != Paid || code.PaidTotal != 150_000 {
			t.Errorf("it is %s with %d, %v", code.Status, code.PaidTotal, err)
		}
	})
}

func TestExpiry(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.later(61 * time.Minute)
	go s.Run(t.Context())
	s.untilStatus(code.ID, Expired)
	if status := s.pay(code); status == 200 {
		t.Error("the till takes money for it")
	}
}

func TestNotificationsOfStrangers(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	body := []byte(`{"order":{"invoice_number":"` + code.InvoiceNumber + `","amount":150000},"transaction":{"status":"SUCCESS","date":"2026-01-01T00:00:00Z"}}`)
	for name, forge := range map[string]func(http.Header){
		"no signature": func(h http.Header) { h.Del("Signature") },
		"another key": func(h http.Header) {
			doku.SignRequest(h, "BRN-0000-TEST", "other", "r", "/doku/notifications", time.Now(), body)
		},
		"another path": func(h http.Header) {
			doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", "r", "/other", time.Now(), body)
		},
		"another client id": func(h http.Header) {
			doku.SignRequest(h, "BRN-1", "SK-test-0000000000000000", "r", "/doku/notifications", time.Now(), body)
		},
		"another body": func(h http.Header) {
			doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", "r", "/doku/notifications", time.Now(), body[1:])
		},
	} {
		h := http.Header{}
		doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", "r", "/doku/notifications", time.Now(), body)
		forge(h)
		if err := s.Notification(t.Context(), Delivery{Header: h, Body: body}); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := s.code(code.ID); got.Status != Active || s.timeline(code.ID) != "created activated" {
		t.Errorf("the code is %s: %s", got.Status, s.timeline(code.ID))
	}
}

func TestMoneyForACodeNobodyKnows(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		body := []byte(`{"order":{"invoice_number":"INV-X","amount":150000},"transaction":{"status":"SUCCESS","date":"2026-01-01T00:00:00Z"},
			"online_to_offline_info":{"payment_code":"999"}}`)
		for _, id := range []string{"r1", "r1", "r2"} { // told, repeated, sent anew
			h := http.Header{}
			doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", id, "/doku/notifications", time.Now(), body)
			if err := s.Notification(t.Context(), Delivery{Header: h, Body: body}); err != nil {
				t.Fatal(err)
			}
		}
		events, err := s.store.EventsAfter(t.Context(), 0, 10)
		if err != nil || len(events) != 1 || events[0].Detail["attention"] != "unknown_code" || events[0].Detail["amount"] != "150000" {
			t.Errorf("%+v, %v", events, err)
		}
	})
}

func TestMerchantMadeNumbers(t *testing.T) {
	s := newShop(t)
	for _, mode := range []Mode{MGPC, DIPC} {
		o := order("generated " + string(mode))
		o.Mode = mode
		code := s.issue(sari, o)
		if code.Status != Active || len(code.PaymentCode) != 16 {
			t.Fatalf("%s: %s with %q", mode, code.Status, code.PaymentCode)
		}
		o.FormID, o.PaymentCode = "again "+string(mode), code.PaymentCode
		var wrong FieldErrors
		if _, err := s.Issue(t.Context(), sari, o); !errors.As(err, &wrong) || wrong[0].Field != "payment_code" {
			t.Errorf("%s: a live number was given again: %v", mode, err)
		}
		if status := s.pay(code); status != 200 {
			t.Fatalf("%s: the till answered %d", mode, status)
		}
		s.untilStatus(code.ID, Paid)
		if again := s.issue(sari, o); again.PaymentCode != code.PaymentCode || again.Status != Active {
			t.Errorf("%s: a number that is no longer live: %s %q", mode, again.Status, again.PaymentCode)
		}
		if mode == DIPC && !strings.Contains(s.timeline(code.ID), "inquired") {
			t.Errorf("timeline: %s", s.timeline(code.ID))
		}
	}
}

// TestNumbersOfOneLength begin again at their end, past those that can still be
// paid.
func TestNumbersOfOneLength(t *testing.T) {
	s := newShop(t)
	s.CodePrefix = "190060123456" // four digits are left
	made := func(form string) string {
		o := order(form)
		o.Mode = DIPC
		return s.issue(sari, o).PaymentCode
	}
	first := made("form-1")
	if err := s.store.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE counters SET value = 9999`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if first != "1900601234560001" {
		t.Errorf("the first is %s", first)
	}
	for _, want := range []string{"1900601234560000", "1900601234560002"} {
		if got := made("form of " + want); got != want {
			t.Errorf("at the end comes %s, want %s", got, want)
		}
	}
}

// Customers hold the numbers that a restored backup knows nothing of.
func TestARestoreGivesNoNumberTwice(t *testing.T) {
	for _, prefix := range []string{"190060123456", "19006012345", "190060"} { // four, five and ten digits are left
		s := newShop(t)
		given := map[string]bool{}
		for generation := range 5 {
			backup := filepath.Join(t.TempDir(), "backup")
			must(s.store.Backup(t.Context(), dbtest.Key, backup))
			s.CodePrefix = prefix
			for i := range 3 {
				o := order(fmt.Sprint("form ", generation, i))
				o.Mode = DIPC
				number := s.issue(sari, o).PaymentCode
				if given[number] {
					t.Errorf("%s was given again after restore %d", number, generation)
				}
				given[number] = true
			}
			file := filepath.Join(t.TempDir(), "restored.db")
			must(db.Restore(t.Context(), backup, file, dbtest.Key, nil))
			s = openShop(t, file)
		}
	}
}

// crowded is a store all of whose numbers belong to codes that can be paid.
type crowded struct{ Store }

type crowdedTx struct{ Tx }

func (c crowded) Update(ctx context.Context, change func(Tx) error) error {
	return c.Store.Update(ctx, func(tx Tx) error { return change(crowdedTx{tx}) })
}

func (crowdedTx) CodeByNumber(context.Context, Environment, string) (Code, error) {
	return Code{Status: Active}, nil
}

func TestNoNumberIsLeft(t *testing.T) {
	s := newShop(t)
	s.CodePrefix, s.Store = "190060123456", crowded{s.store}
	o := order("form-1")
	o.Mode = DIPC
	if _, err := s.Issue(t.Context(), sari, o); err == nil || !strings.Contains(err.Error(), "no number is left") {
		t.Errorf("%v", err)
	}
}

func TestADirectInquiryIsDeclinedAfterACancel(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Mode = DIPC
	code := s.issue(sari, o)
	code, err := s.Cancel(t.Context(), sari, code.ID, "")
	if err != nil || code.Status != Cancelled {
		t.Fatalf("%s, %v", code.Status, err)
	}
	if status := s.pay(code); status == 200 {
		t.Error("the till takes money for it")
	}
}

// A customer who was told the amount may be paying while the shop cancels: DOKU is
// asked all the same. Of a number that no till has asked for, it holds nothing.
func TestACancelAtTheTillIsStillAskedAbout(t *testing.T) {
	s := newShop(t)
	o := order("form-1")
	o.Mode = DIPC
	quiet := s.issue(sari, o)
	o.FormID = "form-2"
	code := s.issue(sari, o)
	body := `{"online_to_offline_info":{"payment_code":"` + code.PaymentCode + `"}}`
	h := http.Header{}
	doku.SignRequest(h, "BRN-0000-TEST", "SK-test-0000000000000000", "inquiry", "/doku/inquiries", s.Now(), []byte(body))
	if reply, err := s.Inquiry(t.Context(), Delivery{Method: "POST", Path: "/doku/inquiries", Header: h, Body: []byte(body)}); err != nil || reply.StatusCode != 200 {
		t.Fatalf("the inquiry: %d %s, %v", reply.StatusCode, reply.Body, err)
	}
	asked := func(id string) (n int) {
		for _, x := range must(s.store.ExchangesOf(t.Context(), id)) {
			if x.Kind == "status" {
				n++
			}
		}
		return n
	}
	for _, id := range []string{quiet.ID, code.ID} {
		if c, err := s.Cancel(t.Context(), sari, id, "batal"); err != nil || c.Status != Cancelled {
			t.Fatalf("%s, %v", c.Status, err)
		}
	}
	for _, after := range []struct {
		wait  time.Duration
		times int
	}{{2 * time.Minute, 1}, {time.Hour, 2}, {12 * time.Hour, 3}, {24 * time.Hour, 3}} {
		s.ahead.Add(int64(after.wait))
		if err := Sweep(t.Context(), s.Service); err != nil {
			t.Fatal(err)
		}
		if n := asked(code.ID); n != after.times {
			t.Errorf("after another %v DOKU was asked %d times, want %d", after.wait, n, after.times)
		}
	}
	if n := asked(quiet.ID); n != 0 {
		t.Errorf("DOKU was asked %d times about what it never heard of", n)
	}
}

func TestALostCreateThatWasReplacedIsCancelledWhenFound(t *testing.T) {
	s := newShop(t)
	s.fault("lose_answer", true, "create")
	lost := s.issue(sari, order("form-1"))
	s.fault("lose_answer", false, "create")
	o := order("form-2")
	o.Replaces = lost.ID
	if early := s.issue(sari, o); s.code(lost.ID).ReplacedBy != "" || early.Status != Active {
		t.Error("it was given up before two minutes had passed")
	}
	s.later(2 * time.Minute)
	o.FormID = "form-3"
	fresh := s.issue(sari, o)
	if s.code(lost.ID).ReplacedBy != fresh.ID {
		t.Fatal("it was not given up")
	}
	go s.Run(t.Context())
	s.until("DOKU took the cancel", func() bool { return !s.code(lost.ID).CancelledAt.IsZero() })
	s.later(91 * time.Second)
	s.untilStatus(lost.ID, Cancelled)
	if got := s.timeline(lost.ID); got != "created unanswered replaced activated cancel_asked cancel_taken cancelled" {
		t.Errorf("timeline: %s", got)
	}
}

func TestALostCreateIsNotSentAfterItsDeadline(t *testing.T) {
	s := newShop(t)
	s.fault("cut_before", true, "create")
	code := s.issue(sari, order("form-1"))
	s.fault("cut_before", false, "create")
	s.later(2 * time.Hour)
	go s.Run(t.Context())
	s.untilStatus(code.ID, Expired)
	if n := s.codesAtDOKU(); n != 0 {
		t.Errorf("DOKU made %d codes that nobody waits for", n)
	}
}

// Sendings whose process died count too: a person is told with the first that
// comes back without an answer after many, and once.
func TestACallThatNobodyAnswersIsToldOnce(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		code := s.active("form-1")
		s.fault("cut_before", true, "update")
		s.Wait = time.Millisecond
		var edits atomic.Int32
		sent, dead := make(chan struct{}), make(chan struct{})
		s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPatch && edits.Add(1) == 1 {
				close(sent)
				<-dead
			}
			return http.DefaultTransport.RoundTrip(r)
		}))
		if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 600}); err != nil {
			t.Fatal(err)
		}
		<-sent
		call := must(s.store.PendingCall(t.Context(), code.ID, CallUpdate))
		claim := func() {
			t.Helper()
			if err := s.store.Update(t.Context(), func(tx Tx) error {
				until := s.Now().Add(24 * time.Hour)
				if ok, err := tx.ClaimCall(call.RequestID, until, s.Now(), until); err != nil || !ok {
					return errors.Join(err, errors.New("it was not claimed"))
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		for range 7 { // with the first that makes eight, and nobody learns what became of them
			claim()
		}
		for range 3 {
			claim()
			Transmit(s.Service, call)
		}
		if got := s.timeline(code.ID); got != "created activated update_asked unanswered attention" {
			t.Errorf("timeline: %s", got)
		}
		if got := s.attention(code.ID); got != "outcome_unknown" {
			t.Fatalf("attention %q", got)
		}
		list := must(s.store.AttentionOf(t.Context(), code.ID))
		if _, err := s.MarkDone(t.Context(), owner, list[0].ID, "", "sudah dilihat"); err != nil {
			t.Fatal(err)
		}
		claim()
		Transmit(s.Service, call)
		if got := s.code(code.ID).Attention; got != 0 {
			t.Errorf("it was told again after somebody looked: %d", got)
		}
		close(dead)
		s.until("the first is back", func() bool {
			edits := slices.DeleteFunc(must(s.store.ExchangesOf(t.Context(), code.ID)), func(x Exchange) bool { return x.Kind != "update" })
			return len(edits) == 5
		})
	})
}

func TestALostCancelEndsWithTheDeadline(t *testing.T) {
	s := newShop(t)
	code := s.active("form-1")
	s.fault("cut_before", true, "update", "cancel")
	if _, err := s.Cancel(t.Context(), sari, code.ID, ""); err != nil {
		t.Fatal(err)
	}
	s.later(3 * time.Hour)
	go s.Run(t.Context())
	s.untilStatus(code.ID, Cancelled)
}

func TestDOKUsOwnStepsAreKept(t *testing.T) {
	for fault, want := range map[string]bool{"": true, "no_how_to_pay": false, "hostile_how_to_pay": true} {
		s := newShop(t)
		if fault != "" {
			s.fault(fault, true)
		}
		code := s.active("form-1")
		if !want {
			time.Sleep(300 * time.Millisecond)
		} else {
			s.until("the steps are kept", func() bool { steps, _ := s.store.Instructions(t.Context(), code.ID); return len(steps) > 0 })
		}
		steps, err := s.store.Instructions(t.Context(), code.ID)
		if err != nil || (len(steps) > 0) != want || len(steps) > 8 {
			t.Errorf("%s: %q, %v", fault, steps, err)
		}
	}
}

// What a killed process had claimed is sent at the start of the next one, not
// when the claim runs out.
func TestAtTheStartALostCallIsSentAtOnce(t *testing.T) {
	s := newShop(t)
	s.fault("lose_answer", true, "create")
	code := s.issue(sari, order("form-1"))
	s.fault("lose_answer", false, "create")
	if err := s.store.Update(t.Context(), func(tx Tx) error { // as if it were under way
		call, err := tx.PendingCall(t.Context(), code.ID, CallCreate)
		if err != nil {
			return err
		}
		call.NextAt = s.Now().Add(14 * time.Second)
		return tx.UpdateCall(call)
	}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	go s.Run(t.Context())
	s.untilStatus(code.ID, Active)
	if took := time.Since(began); took > 9*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestALostEditIsSentAgain(t *testing.T) {
	for _, fault := range []string{"cut_before", "lose_answer", "cut_during", "server_error"} {
		t.Run(fault, func(t *testing.T) {
			s := newShop(t)
			code := s.active("form-1")
			s.fault(fault, true, "update")
			if _, err := s.Edit(t.Context(), sari, code.ID, code.Version, Change{Amount: 175_000, CustomerName: "Anton", ExpiresIn: 60}); err != nil {
				t.Fatal(err)
			}
			if got := s.code(code.ID); got.Amount != 150_000 || got.Status != Active {
				t.Fatalf("without an answer it asks for %d and is %s", got.Amount, got.Status)
			}
			s.fault(fault, false, "update")
			go s.Run(t.Context())
			s.until("the edit is in force", func() bool { return s.code(code.ID).Amount == 175_000 })
			if s.pay(code) != 200 {
				t.Fatal("the till refuses")
			}
			s.untilStatus(code.ID, Paid)
			if got := s.code(code.ID); got.PaidTotal != 175_000 || got.Attention != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
}
