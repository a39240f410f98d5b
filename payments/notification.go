package payments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"kodebayar/payments/doku"
)

// Delivery is a callback as it arrived.
type Delivery struct {
	Method string
	Path   string // as the client asked for it, for the record
	Header http.Header
	Body   []byte // the bytes received
	From   string // address
}

// unverifiedBytes is how much is kept of what nobody signed.
const unverifiedBytes = 4 << 10

// Notification takes DOKU's HTTP Notification. Nil means that it is stored,
// with its effect, and may be answered 200; ErrSignature that it is not
// DOKU's, 401; anything else that DOKU should try again, 503.
//
// The signature is checked before anything is looked up. The bytes received
// are kept in the same commit as their effect; when the effect fails, they
// stay.
func (s *Service) Notification(ctx context.Context, d Delivery) error {
	x := s.incoming("notification", d)
	if err := s.Verifier.Verify(d.Header, s.NotificationPath, d.Body); err != nil {
		s.keepUnverified(ctx, x, err)
		return ErrSignature
	}
	x.Verdict = "verified"
	x.StatusCode = http.StatusOK
	n, unreadable := doku.ParseNotification(d.Body)
	if unreadable != nil {
		x.Verdict, x.Remark = "unreadable", unreadable.Error()
		n.InvoiceNumber, n.PaymentCode = doku.Subject(d.Body)
	}
	digest := sha256.Sum256(d.Body)
	var effect error
	err := s.Store.Update(ctx, func(tx Tx) error {
		// Which code it is about belongs to the evidence.
		code, err := s.match(ctx, tx, n.InvoiceNumber, n.PaymentCode)
		found := err == nil
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if found {
			x.CodeID = code.ID
		}
		effect = tx.Savepoint(func() error {
			fresh, err := tx.InsertDelivery(x.RequestID, hex.EncodeToString(digest[:]), x.ID, x.At)
			if err != nil || !fresh {
				return err // told before: nothing changes
			}
			now := s.Now().UTC()
			switch {
			case unreadable != nil && found:
				return s.unreadable(tx, code, x.ID, now)
			case unreadable != nil:
				return s.puzzle(tx, Attention{Kind: UnreadableProof, ExchangeID: x.ID}, now)
			case !found:
				return s.orphan(ctx, tx, n, x, now)
			}
			return s.rule(ctx, tx, code, factOf(n, x.At), x.ID, now)
		})
		if effect != nil {
			x.StatusCode, x.Remark = http.StatusServiceUnavailable, "its effect could not be stored"
		}
		return tx.InsertExchange(x)
	})
	if err != nil {
		return err // effect may still be written to by the writer
	}
	return effect
}

// unreadable asks a person to look at a code of which DOKU told something that
// cannot be read, and the sweep to ask what it was.
func (s *Service) unreadable(tx Tx, code Code, exchangeID string, now time.Time) error {
	if err := s.alarm(tx, &code, Attention{Kind: UnreadableProof, ExchangeID: exchangeID}, now); err != nil {
		return err
	}
	if code.Status != Paid {
		code.CheckAt = now
	}
	return tx.UpdateCode(&code)
}

// match finds the code that DOKU speaks of: by invoice first, then by payment
// code.
func (s *Service) match(ctx context.Context, r Reader, invoice, number string) (Code, error) {
	if invoice != "" {
		if code, err := r.CodeByInvoice(ctx, s.Environment, invoice); !errors.Is(err, ErrNotFound) {
			return code, err
		}
	}
	if number == "" {
		return Code{}, ErrNotFound
	}
	return r.CodeByNumber(ctx, s.Environment, number)
}

// factOf is what a notification says. One without a date is dated by its
// arrival, which is that of its exchange also when it is run again.
func factOf(n doku.Notification, arrived time.Time) Fact {
	return Fact{
		Source: FromNotification, Status: string(n.Status), Amount: n.Amount, Date: n.Date, Heard: arrived,
		Agent: n.Agent, Store: n.Store, Trx: n.Trx, Invoice: n.InvoiceNumber, Number: n.PaymentCode,
	}
}

// orphan keeps money that belongs to no code known here.
func (s *Service) orphan(ctx context.Context, tx Tx, n doku.Notification, x Exchange, now time.Time) error {
	if n.Status != doku.StatusSuccess {
		return nil
	}
	f := factOf(n, x.At)
	if _, known, err := orphaned(ctx, tx, f); err != nil || known {
		return err
	}
	p := Payment{
		ID: s.NewID(), Amount: f.Amount, Date: f.at(), Agent: f.Agent, Store: f.Store, Trx: f.Trx,
		Standing: Review, Source: f.Source, Confirmed: true, CreatedAt: now, ExchangeID: x.ID, Sale: f.sale(),
	}
	if err := tx.InsertPayment(p); err != nil {
		return err
	}
	return s.puzzle(tx, Attention{Kind: UnknownCode, PaymentID: p.ID, ExchangeID: x.ID}, now,
		"amount", strconv.FormatInt(p.Amount, 10), "invoice_number", n.InvoiceNumber, "payment_code", n.PaymentCode)
}

// orphaned finds the money without a code that a notification speaks of. Nobody
// knows here whether that sale can be paid more than once.
func orphaned(ctx context.Context, r Reader, f Fact) (Payment, bool, error) {
	so, err := r.Orphans(ctx, f.sale(), f.at())
	if err != nil {
		return Payment{}, false, err
	}
	p, known := witnessed(Code{Options: Options{Reusable: true}}, so, f)
	return p, known, nil
}

// puzzle opens an attention that belongs to no code.
func (s *Service) puzzle(tx Tx, a Attention, now time.Time, detail ...string) error {
	a.ID, a.OpenedAt = s.NewID(), now
	if err := tx.InsertAttention(a); err != nil {
		return err
	}
	e := Event{At: now, Kind: EventAttention, Actor: ActorSystem, Cause: a.ExchangeID, Detail: map[string]string{"attention": string(a.Kind)}}
	for i := 0; i+1 < len(detail); i += 2 {
		if detail[i+1] != "" {
			e.Detail[detail[i]] = detail[i+1]
		}
	}
	return tx.Append(e)
}

// incoming is the evidence of a callback.
func (s *Service) incoming(kind string, d Delivery) Exchange {
	return Exchange{
		ID: s.NewID(), At: s.Now().UTC(), Direction: Incoming, Kind: kind, RequestID: storable(d.Header.Get("Request-Id")),
		Method: storable(d.Method), URL: storable(d.Path), RequestHeader: headerLines(evidence(d.Header)), RequestBody: d.Body, Remark: "from " + d.From,
	}
}

// evidence leaves out what callbacks carry by accident and nobody should keep.
func evidence(h http.Header) http.Header {
	kept := h.Clone()
	kept.Del("Cookie")
	kept.Del("Authorization")
	return kept
}

// keepUnverified records what was not signed by DOKU: a little of it, and not
// without bounds, for anybody can send it.
func (s *Service) keepUnverified(ctx context.Context, x Exchange, why error) {
	if !s.strangers.Allow() {
		return
	}
	x.Verdict, x.StatusCode = "bad_signature", http.StatusUnauthorized
	x.Remark += fmt.Sprintf("\n%v", why)
	x.RequestBody = x.RequestBody[:min(len(x.RequestBody), unverifiedBytes)]
	cut := func(s string, n int) string { return storable(s[:min(len(s), n)]) } // perhaps in the middle of a letter
	x.RequestHeader = cut(x.RequestHeader, unverifiedBytes)
	x.RequestID, x.URL = cut(x.RequestID, 128), cut(x.URL, 256)
	if err := s.Store.Update(ctx, func(tx Tx) error { return tx.InsertUnverified(x, unverifiedKept) }); err != nil {
		s.Log.Warn("an unsigned callback could not be recorded", "error", err)
	}
}

// unverifiedKept is the length of the ring of unsigned callbacks.
const unverifiedKept = 1000
