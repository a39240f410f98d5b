package payments

import (
	"context"
	"errors"
	"strings"
	"time"

	"kodebayar/payments/doku"
)

// Forecast is what running a stored notification again does, or would do.
type Forecast struct {
	CodeID    string // empty: it belongs to no code known here
	Status    Status // of the code before
	After     Status // and after
	Records   bool   // a payment that is not here yet
	Completes bool   // a payment that only a status check told of
	Amount    int64
	Attention []AttentionKind
}

// Nothing says that the replay would change nothing.
func (f Forecast) Nothing() bool { return !f.Records && !f.Completes && f.Status == f.After }

// ErrNotReplayable says that an exchange is not a verified, readable
// notification.
var ErrNotReplayable = errors.New("only a verified notification can be run again")

// Replay runs a stored notification again, through the same door as the first
// time: a dry run says what it would do, the real one does it under the name
// of who pressed. ErrOtherEnvironment when it came from another DOKU than the one
// that the shop uses now.
func (s *Service) Replay(ctx context.Context, by Viewer, exchangeID string, dry bool) (Forecast, error) {
	x, err := s.Store.Exchange(ctx, exchangeID)
	if err != nil {
		return Forecast{}, err
	}
	if x.Kind != "notification" || x.Direction != Incoming || x.Verdict != "verified" {
		return Forecast{}, ErrNotReplayable
	}
	n, err := doku.ParseNotification(x.RequestBody)
	if err != nil {
		return Forecast{}, ErrNotReplayable
	}
	fact := factOf(n, x.At)
	fact.Source = FromReplay
	if dry {
		f, _, err := s.forecast(ctx, s.Store, x, n, fact)
		return f, err
	}
	var f Forecast
	err = s.Store.Update(ctx, func(tx Tx) error {
		var code Code
		var err error
		if f, code, err = s.forecast(ctx, tx, x, n, fact); err != nil || f.Nothing() {
			return err
		}
		now := s.Now().UTC()
		if err := tx.Append(Event{At: now, CodeID: code.ID, Kind: EventReplayed, Actor: StaffActor(by.StaffID), Cause: x.ID}); err != nil {
			return err
		}
		if err := s.adoptOrphan(ctx, tx, by, fact, now); err != nil {
			return err
		}
		return s.rule(ctx, tx, code, fact, x.ID, now)
	})
	if err != nil {
		return Forecast{}, err // f may still be written to by the writer
	}
	return f, nil
}

// adoptOrphan is for money that was kept without a code and has found it: whoever
// ran its notification again has looked at it.
func (s *Service) adoptOrphan(ctx context.Context, tx Tx, by Viewer, f Fact, now time.Time) error {
	p, known, err := orphaned(ctx, tx, f)
	if err != nil || !known {
		return err
	}
	open, err := tx.OrphanAttention(p.ID)
	if err != nil {
		return err
	}
	for _, a := range open {
		a.DoneAt, a.DoneBy = now, by.StaffID
		if err := tx.UpdateAttention(a); err != nil {
			return err
		}
		e := Event{At: now, Kind: EventAttentionDone, Actor: StaffActor(by.StaffID), Cause: a.ExchangeID, Detail: map[string]string{"attention": string(a.Kind)}}
		if err := tx.Append(e); err != nil {
			return err
		}
	}
	return tx.DeleteOrphan(p.ID)
}

// rematch finds the code of a stored notification: the one that it was about when it
// came, or the one that has come to be since. Invoice numbers repeat in other
// environments, whose money must not pay here.
func (s *Service) rematch(ctx context.Context, r Reader, x Exchange, n doku.Notification) (Code, error) {
	if x.CodeID == "" {
		for line := range strings.Lines(x.RequestHeader) {
			id, told := strings.CutPrefix(strings.TrimSpace(line), "Client-Id: ")
			if told && s.Verifier.ClientID != "" && id != s.Verifier.ClientID {
				return Code{}, ErrOtherEnvironment
			}
		}
		return s.match(ctx, r, n.InvoiceNumber, n.PaymentCode)
	}
	code, err := r.Code(ctx, x.CodeID)
	if err == nil && code.Environment != s.Environment {
		return Code{}, ErrOtherEnvironment
	}
	return code, err
}

// forecast rules without writing anything down.
func (s *Service) forecast(ctx context.Context, r Reader, x Exchange, n doku.Notification, fact Fact) (Forecast, Code, error) {
	code, err := s.rematch(ctx, r, x, n)
	if errors.Is(err, ErrNotFound) {
		return Forecast{Amount: fact.Amount}, Code{}, nil
	} else if err != nil {
		return Forecast{}, Code{}, err
	}
	former, err := r.FormerAmounts(ctx, code.ID)
	if err != nil {
		return Forecast{}, code, err
	}
	so, err := r.Payments(ctx, code.ID)
	if err != nil {
		return Forecast{}, code, err
	}
	fact.Ahead = s.ClockAhead()
	ruling := Settle(code, former, so, fact)
	return Forecast{
		CodeID: code.ID, Status: code.Status, After: ruling.Code.Status,
		Records: ruling.Record != nil, Completes: ruling.Complete != nil, Amount: fact.Amount, Attention: ruling.Attention,
	}, code, nil
}
