package payments

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"kodebayar/payments/doku"
)

// Decision is what a person makes of a payment under review.
type Decision string

// The decisions. The empty one leaves a payment as it is: what there was to
// see has been seen.
const (
	Accept   Decision = "accept" // it pays the code
	SetAside Decision = "aside"  // it does not: refunded, or another sale's
)

// Holding are the kinds of the open entries for which goods wait: the money counts,
// but whether the sale still stands is for a person to say. Money that does not
// count holds nothing back that other money paid for.
func Holding(open []Attention, received []Payment) (kinds []AttentionKind) {
	for _, a := range open {
		switch a.Kind {
		case LatePayment, AfterCancel, FormerAmount, Disagreement:
		default:
			continue
		}
		apart := slices.ContainsFunc(received, func(p Payment) bool { return p.ID == a.PaymentID && p.Standing != Counted })
		if !apart && !slices.Contains(kinds, a.Kind) {
			kinds = append(kinds, a.Kind)
		}
	}
	return kinds
}

// MarkDone closes an attention with a note by whom (Sudah ditangani) and, when
// a payment waits for it, decides about the payment. Closed already, nothing
// changes.
func (s *Service) MarkDone(ctx context.Context, by Viewer, id string, decision Decision, note string) (Attention, error) {
	if n := utf8.RuneCountInString(note); n > maxNote {
		return Attention{}, FieldErrors{{Field: "note", Rule: doku.TooLong, Limit: maxNote, Got: n}}
	}
	var a Attention
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		if a, err = tx.Attention(ctx, id); err != nil {
			return err
		}
		var code Code
		if a.CodeID != "" {
			if code, err = visible(ctx, tx, by, a.CodeID); err != nil {
				return err
			}
		} else if !by.Role.SeesAll() {
			return ErrNotFound
		}
		if !a.DoneAt.IsZero() {
			return nil
		}
		now := s.Now().UTC()
		if a.Kind == RefundWaits {
			if err := decideRefund(ctx, tx, a, decision, by, now); err != nil {
				return err
			}
			decision = ""
		}
		a.DoneAt, a.DoneBy, a.Note = now, by.StaffID, note
		if err := tx.UpdateAttention(a); err != nil {
			return err
		}
		detail := map[string]string{"attention": string(a.Kind)}
		if note != "" {
			detail["note"] = note
		}
		if err := tx.Append(Event{At: now, CodeID: a.CodeID, Kind: EventAttentionDone, Actor: StaffActor(by.StaffID), Detail: detail}); err != nil {
			return err
		}
		if a.CodeID == "" {
			return nil
		}
		code.Attention--
		if decision != "" && a.PaymentID != "" {
			if err := s.resolve(ctx, tx, &code, a.PaymentID, decision, by, now); err != nil {
				return err
			}
		}
		return tx.UpdateCode(&code)
	})
	if err != nil {
		return Attention{}, err // a may still be written to by the writer
	}
	return a, nil
}

// resolve ends the review of a payment. Accepted money counts, like any other.
func (s *Service) resolve(ctx context.Context, tx Tx, code *Code, paymentID string, decision Decision, by Viewer, now time.Time) error {
	so, err := tx.Payments(ctx, code.ID)
	if err != nil {
		return err
	}
	for _, p := range so {
		if p.ID != paymentID || p.Standing != Review {
			continue
		}
		code.Review--
		if decision != Accept {
			p.Standing = Aside
			code.AsideTotal += p.Amount
		} else {
			p.Standing = Counted
			code.PaidCount++
			code.PaidTotal += p.Amount
			code.newest(p)
			if !code.Reusable {
				code.Status, code.CheckAt = Paid, time.Time{}
			}
		}
		if err := tx.UpdatePayment(p); err != nil {
			return err
		}
		return tx.Append(Event{
			At: now, CodeID: code.ID, Kind: EventResolved, Actor: StaffActor(by.StaffID),
			Detail: map[string]string{"decision": string(decision), "amount": strconv.FormatInt(p.Amount, 10)},
		})
	}
	return nil
}

// CloseUnknown closes everything about money for codes not known here at once,
// with a note: that of another system which shares the DOKU account comes every
// day. It answers how many entries that were; none changes nothing.
func (s *Service) CloseUnknown(ctx context.Context, by Viewer, note string) (int64, error) {
	if n := utf8.RuneCountInString(note); n > maxNote {
		return 0, FieldErrors{{Field: "note", Rule: doku.TooLong, Limit: maxNote, Got: n}}
	}
	if !by.Role.SeesAll() {
		return 0, ErrNotFound
	}
	var closed int64
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		now := s.Now().UTC()
		if closed, err = tx.CloseUnknown(now, by.StaffID, note); err != nil || closed == 0 {
			return err
		}
		detail := map[string]string{"attention": string(UnknownCode), "entries": strconv.FormatInt(closed, 10)}
		if note != "" {
			detail["note"] = note
		}
		return tx.Append(Event{At: now, Kind: EventAttentionDone, Actor: StaffActor(by.StaffID), Detail: detail})
	})
	if err != nil {
		return 0, err // closed may still be written to by the writer
	}
	return closed, nil
}
