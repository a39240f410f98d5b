package payments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kodebayar/payments/doku"
)

// Shift is what happened to a cashier's codes between two places of the log, and
// what the cashier gave back of anybody's. Sums are rupiah. No cash of the money
// that came is in the shop's drawer: it was paid at a store. What was refunded in
// cash left the drawer of who gave it.
type Shift struct {
	Issued      int64 `json:"issued"`
	IssuedTotal int64 `json:"issued_total"`
	Open        int64 `json:"open"` // of those issued, still to be paid at the end: Code.Unpaid
	OpenTotal   int64 `json:"open_total"`
	Ended       int64 `json:"ended"` // of those issued, expired or cancelled unpaid
	EndedTotal  int64 `json:"ended_total,omitempty"`

	Payments  int64 `json:"payments"` // that came for codes of this shift
	PaidTotal int64 `json:"paid_total"`

	// Money that came for codes of shifts frozen before (masuk susulan).
	Later      int64       `json:"later"`
	LaterTotal int64       `json:"later_total"`
	LaterLines []LaterLine `json:"later_lines,omitempty"` // the first of them

	Refunds     int64 `json:"refunds"` // given by this cashier
	RefundTotal int64 `json:"refund_total"`
	// The same by method. Recaps of before this was told apart have neither.
	CashRefunds         int64 `json:"cash_refunds,omitempty"`
	CashRefundTotal     int64 `json:"cash_refund_total,omitempty"`
	TransferRefunds     int64 `json:"transfer_refunds,omitempty"`
	TransferRefundTotal int64 `json:"transfer_refund_total,omitempty"`
	// How much of it was money set aside, which is in no sum of what came. Recaps of
	// before this was told apart have none.
	AsideRefundTotal int64 `json:"aside_refund_total,omitempty"`

	// Money that came in this shift and that nobody has decided about by its end.
	Review      int64 `json:"review,omitempty"`
	ReviewTotal int64 `json:"review_total,omitempty"`
}

// LaterLine is money for a code of an earlier shift.
type LaterLine struct {
	CodeID  string    `json:"code"`
	Invoice string    `json:"invoice"`
	Amount  int64     `json:"amount"`
	At      time.Time `json:"at"` // when it was recorded here
}

// LaterLines are how many of them a shift names one by one.
const LaterLines = 100

// Digest tells two states of a shift apart.
func (s Shift) Digest() (string, error) {
	content, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8]), nil
}

// Empty says that nothing happened.
func (s Shift) Empty() bool {
	return s.Issued == 0 && s.Payments == 0 && s.Later == 0 && s.Refunds == 0 && s.Review == 0
}

// Received is all the money that came, rupiah.
func (s Shift) Received() int64 { return s.PaidTotal + s.LaterTotal }

// AfterRefunds is what came less what was given back of such money, rupiah. It may
// be below zero: what is given back may have come in another shift.
func (s Shift) AfterRefunds() int64 { return s.Received() - s.RefundTotal + s.AsideRefundTotal }

// ByMethod says whether the refunds are told apart by method.
func (s Shift) ByMethod() bool { return s.Refunds == s.CashRefunds+s.TransferRefunds }

// Closing is a shift, frozen (rekap shift).
type Closing struct {
	ID          string
	Environment Environment
	Staff       string // whose shift
	Number      int64  // 1, 2, 3 … of theirs
	After, UpTo int64  // sequence numbers of the log
	BeganAt, At time.Time
	MadeBy      string // staff id
	FormID      string
	Shift       Shift
	Note        string
	Digest      string // keyed, of all of it
}

// Events of closings; the detail is staff, number, received and digest.
const EventClosed EventKind = "shift_closed"

// Why a shift is not frozen.
var (
	ErrNothing    = errors.New("nothing happened since the last closing")
	ErrShiftMoved = errors.New("the shift is not what was shown any more")
)

const maxClosingNote = 500 // characters

// Close freezes the shift of a member of staff: everything that happened to
// their codes, and what they gave back, since the last time. shown is the Digest of
// the shift as whoever closes it has seen it; of another, nothing is frozen. Whoever
// saw none may say "". The same form again answers the closing that it made. A
// cashier closes their own only.
func (s *Service) Close(ctx context.Context, by Viewer, staff, shown, note, formID string) (Closing, error) {
	if scope := by.Scope(); scope != "" && scope != staff {
		return Closing{}, ErrNotFound
	}
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > maxClosingNote {
		return Closing{}, FieldErrors{doku.FieldError{Field: "note", Rule: doku.TooLong, Limit: maxClosingNote, Got: utf8.RuneCountInString(note)}}
	}
	var c Closing
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		if c, err = tx.ClosingByForm(ctx, formID); err == nil || !errors.Is(err, ErrNotFound) {
			return err
		}
		now := s.Now().UTC()
		last, err := LastShift(ctx, tx, s.Environment, staff, now)
		if err != nil {
			return err
		}
		c = Closing{
			ID: s.NewID(), Environment: s.Environment, Staff: staff, Number: last.Number + 1, After: last.UpTo, BeganAt: last.At, At: now,
			MadeBy: by.StaffID, FormID: formID, Note: note,
		}
		if c.UpTo, err = tx.LastSeq(ctx); err != nil {
			return err
		}
		var began time.Time
		if c.Shift, began, err = tx.Shift(ctx, s.Environment, staff, c.After, c.UpTo); err != nil {
			return err
		}
		if c.Shift.Empty() {
			return ErrNothing
		}
		switch now, err := c.Shift.Digest(); {
		case err != nil:
			return err
		case shown != "" && now != shown:
			return ErrShiftMoved
		}
		if c.BeganAt.IsZero() {
			c.BeganAt = began
		}
		if err := tx.InsertClosing(&c); err != nil {
			return err
		}
		return tx.Append(Event{At: now, Kind: EventClosed, Actor: StaffActor(by.StaffID), Detail: map[string]string{
			"staff": staff, "number": strconv.FormatInt(c.Number, 10), "received": strconv.FormatInt(c.Shift.Received(), 10), "digest": c.Digest,
		}})
	})
	if err != nil {
		return Closing{}, err // c may still be written to by the writer
	}
	return c, nil
}

// firstShift is how far a first shift reaches back: who never closed one has no
// use for the years before, and adding them up would hold everybody.
const firstShift = 7 * 24 * time.Hour

// LastShift is the newest closing of a member of staff, after which the running
// shift begins; before the first one it is empty and ends a week ago.
func LastShift(ctx context.Context, r ClosingReader, env Environment, staff string, now time.Time) (Closing, error) {
	last, err := r.LastClosing(ctx, env, staff)
	if errors.Is(err, ErrNotFound) {
		last.UpTo, err = r.SeqBefore(ctx, now.Add(-firstShift))
	}
	return last, err
}

// ClosingReader reads shifts, frozen or running.
type ClosingReader interface {
	ClosingByForm(ctx context.Context, formID string) (Closing, error)
	// LastClosing is the newest of a member of staff.
	LastClosing(ctx context.Context, env Environment, staff string) (Closing, error)
	// LastSeq is the sequence number of the log's newest event.
	LastSeq(ctx context.Context) (int64, error)
	// SeqBefore is that of the newest event before a moment, 0 when there is none.
	SeqBefore(ctx context.Context, at time.Time) (int64, error)
	// Shift adds up what happened to a member's codes and what they gave back after
	// one place of the log up to another, and says when the first of it did.
	Shift(ctx context.Context, env Environment, staff string, after, upTo int64) (Shift, time.Time, error)
}
