package db

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"kodebayar/payments"
)

const closingColumns = `id, environment, staff, number, after_seq, up_to_seq, began_at, at, made_by, form_id, content, digest`

// frozen is a closing's content as it is stored.
type frozen struct {
	payments.Shift
	Note string `json:"note,omitempty"`
}

// closingRow is a closing with the text of its content, which its digest is of.
type closingRow struct {
	payments.Closing
	content string
}

func scanClosingRow(s scanner) (r closingRow, err error) {
	c := &r.Closing
	err = s.Scan(&c.ID, &c.Environment, &c.Staff, &c.Number, &c.After, &c.UpTo, stored{&c.BeganAt}, stored{&c.At}, &c.MadeBy, &c.FormID, &r.content, &c.Digest)
	return r, err
}

func scanClosing(s scanner) (payments.Closing, error) {
	r, err := scanClosingRow(s)
	if err != nil {
		return r.Closing, err
	}
	return r.thaw()
}

// thaw reads the content.
func (r closingRow) thaw() (payments.Closing, error) {
	var f frozen
	if err := json.Unmarshal([]byte(r.content), &f); err != nil {
		return r.Closing, fmt.Errorf("closing %s: %w", r.ID, err)
	}
	r.Shift, r.Note = f.Shift, f.Note
	return r.Closing, nil
}

// ErrClosingChanged says that a frozen shift is not what was frozen.
var ErrClosingChanged = errors.New("a frozen shift was changed")

// verify holds the row to its digest.
func (r closingRow) verify(key []byte) error {
	if r.digest(key) != r.Digest {
		return fmt.Errorf("%w: number %d of %s", ErrClosingChanged, r.Number, r.Staff)
	}
	return nil
}

func (r closingRow) digest(key []byte) string {
	return digestOf(key, fmt.Sprintf("closing\n%s\n%s\n%s\n%d\n%d\n%d\n%d\n%d\n%s\n%s\n%s",
		r.ID, r.Environment, r.Staff, r.Number, r.After, r.UpTo, millis(r.BeganAt), millis(r.At), r.MadeBy, r.FormID, r.content))
}

// Closing is a frozen shift by its id. One that does not fit its digest comes
// as it is now, and with ErrClosingChanged.
func (d *DB) Closing(ctx context.Context, id string) (payments.Closing, error) {
	r, err := first(ctx, d.reads, scanClosingRow, `SELECT `+closingColumns+` FROM closings WHERE id = $1`, id)
	if err != nil {
		return r.Closing, err
	}
	c, err := r.thaw()
	return c, errors.Join(r.verify(d.logKey), err)
}

// ClosingByForm is the one that a form made.
func (r reads) ClosingByForm(ctx context.Context, formID string) (payments.Closing, error) {
	return first(ctx, r, scanClosing, `SELECT `+closingColumns+` FROM closings WHERE form_id = $1`, formID)
}

// LastClosing is the newest of a member of staff.
func (r reads) LastClosing(ctx context.Context, env payments.Environment, staff string) (payments.Closing, error) {
	return first(ctx, r, scanClosing, `SELECT `+closingColumns+` FROM closings WHERE environment = $1 AND staff = $2 ORDER BY number DESC LIMIT 1`, env, staff)
}

// Closings are frozen shifts, newest first, older than an id unless that is
// empty; of one member of staff unless that is empty.
func (r reads) Closings(ctx context.Context, env payments.Environment, staff, before string, limit int) ([]payments.Closing, error) {
	return all(ctx, r, scanClosing, `SELECT `+closingColumns+` FROM closings
		WHERE environment = $1 AND (CAST($2 AS TEXT) = '' OR staff = $2) AND (CAST($3 AS TEXT) = '' OR id < $3) ORDER BY id DESC LIMIT $4`, env, staff, before, limit)
}

// CROSS JOIN makes SQLite begin with the stretch of the log. Left to itself it
// takes each of the member's codes and walks the stretch for it: more than ten
// minutes with 200,000 codes.
const (
	shiftIssued = `SELECT c.status, c.paid_at > 0, COUNT(*), CAST(SUM(c.amount) AS BIGINT), MIN(e.at) FROM events e CROSS JOIN codes c
	WHERE c.id = e.code_id AND e.seq > $1 AND e.seq <= $2 AND e.kind = $3 AND c.created_by = $4 AND c.environment = $5 GROUP BY c.status, c.paid_at > 0`
	// Refunds are read whoever's code they are of: the log says who gave them.
	shiftMoney = `SELECT e.seq, e.kind, c.id, c.invoice_number, c.created_by, e.detail, e.at,
	EXISTS (SELECT 1 FROM events m WHERE m.code_id = e.code_id AND m.code_id <> '' AND m.kind = $3 AND m.seq > $1)
	FROM events e CROSS JOIN codes c
	WHERE c.id = e.code_id AND e.seq > $1 AND e.seq <= $2 AND (e.kind IN ($6, $7, $8) AND c.created_by = $4 OR e.kind = $9) AND c.environment = $5
	ORDER BY e.seq`
)

// Shift adds up what happened to a member's codes and what they gave back after
// one place of the log up to another, and says when the first of it did.
func (r reads) Shift(ctx context.Context, env payments.Environment, staff string, after, upTo int64) (s payments.Shift, began time.Time, err error) {
	// What was issued, by how it stands now.
	type issued struct {
		status     payments.Status
		paid       bool
		n, sum, at int64
	}
	made, err := all(ctx, r, func(row scanner) (i issued, err error) {
		err = row.Scan(&i.status, &i.paid, &i.n, &i.sum, &i.at)
		return i, err
	}, shiftIssued,
		after, upTo, payments.EventCreated, staff, env)
	if err != nil {
		return s, began, err
	}
	first := func(at int64) {
		if t := instant(at); began.IsZero() || t.Before(began) {
			began = t
		}
	}
	for _, i := range made {
		if i.status == payments.Rejected {
			continue
		}
		first(i.at)
		s.Issued, s.IssuedTotal = s.Issued+i.n, s.IssuedTotal+i.sum
		switch {
		case i.paid: // also a reusable code that can be paid again: see Code.Unpaid
		case i.status.Live():
			s.Open, s.OpenTotal = s.Open+i.n, s.OpenTotal+i.sum
		default:
			s.Ended, s.EndedTotal = s.Ended+i.n, s.EndedTotal+i.sum
		}
	}
	// Money, and what was given back, by what the log says of it. undecided is
	// what came for each code and waits for a decision, which names its amount.
	undecided := map[string][]int64{}
	gave := map[string][]int64{} // the refunds of each code, by their place in the log
	type moved struct {
		kind                       payments.EventKind
		code, invoice, maker, text string
		seq, at                    int64
		here                       bool
	}
	_, err = all(ctx, r, func(row scanner) (none struct{}, err error) {
		var m moved
		if err := row.Scan(&m.seq, &m.kind, &m.code, &m.invoice, &m.maker, &m.text, &m.at, &m.here); err != nil {
			return none, err
		}
		var detail map[string]string
		if err := json.Unmarshal([]byte(m.text), &detail); err != nil {
			return none, fmt.Errorf("an event of money without its detail: %w", err)
		}
		amount, err := strconv.ParseInt(detail["amount"], 10, 64)
		if err != nil {
			return none, fmt.Errorf("an event of money: %w", err)
		}
		if m.kind == payments.EventResolved {
			if i := slices.Index(undecided[m.code], amount); i >= 0 {
				undecided[m.code] = slices.Delete(undecided[m.code], i, i+1)
				s.Review, s.ReviewTotal = s.Review-1, s.ReviewTotal-amount
			}
		}
		// Lines of the log from before that was said stand where they stood: with the
		// code's maker.
		if m.kind == payments.EventRefunded && cmp.Or(detail["staff"], m.maker) != staff {
			return none, nil
		}
		switch {
		case m.kind == payments.EventRefunded:
			gave[m.code] = append(gave[m.code], m.seq)
			s.Refunds, s.RefundTotal = s.Refunds+1, s.RefundTotal+amount
			if detail["method"] == string(payments.RefundCash) {
				s.CashRefunds, s.CashRefundTotal = s.CashRefunds+1, s.CashRefundTotal+amount
			} else {
				s.TransferRefunds, s.TransferRefundTotal = s.TransferRefunds+1, s.TransferRefundTotal+amount
			}
		case m.kind == payments.EventReviewed:
			undecided[m.code] = append(undecided[m.code], amount)
			s.Review, s.ReviewTotal = s.Review+1, s.ReviewTotal+amount
		case m.kind == payments.EventResolved && detail["decision"] == string(payments.SetAside):
			return none, nil
		case m.here:
			s.Payments, s.PaidTotal = s.Payments+1, s.PaidTotal+amount
		default:
			s.Later, s.LaterTotal = s.Later+1, s.LaterTotal+amount
			if len(s.LaterLines) < payments.LaterLines {
				s.LaterLines = append(s.LaterLines, payments.LaterLine{CodeID: m.code, Invoice: m.invoice, Amount: amount, At: instant(m.at)})
			}
		}
		first(m.at)
		return none, nil
	}, shiftMoney, after, upTo, payments.EventCreated, staff, env, payments.EventPaid, payments.EventResolved, payments.EventReviewed, payments.EventRefunded)
	if err != nil {
		return s, began, err
	}
	for code, refunds := range gave {
		// From its beginning: what went back may have been set aside long before, and
		// somebody else may have given a part of it back.
		log, err := r.Timeline(ctx, code)
		if err != nil {
			return s, began, err
		}
		took := payments.FromAside(log)
		for _, seq := range refunds {
			s.AsideRefundTotal += took[seq]
		}
	}
	return s, began, nil
}

// InsertClosing freezes a shift and gives it its digest.
func (tx *Tx) InsertClosing(c *payments.Closing) error {
	content, err := json.Marshal(frozen{c.Shift, c.Note})
	if err != nil {
		return err
	}
	c.Digest = closingRow{*c, string(content)}.digest(tx.w.db.logKey)
	_, err = tx.Exec(`INSERT INTO closings (`+closingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		c.ID, c.Environment, c.Staff, c.Number, c.After, c.UpTo, millis(c.BeganAt), millis(c.At), c.MadeBy, c.FormID, string(content), c.Digest)
	return err
}

// verifyClosings holds all of them to their digests.
func (r reads) verifyClosings(ctx context.Context, key []byte) error {
	_, err := all(ctx, r, func(s scanner) (none struct{}, err error) {
		row, err := scanClosingRow(s)
		if err == nil {
			err = row.verify(key)
		}
		return none, err
	}, `SELECT `+closingColumns+` FROM closings ORDER BY id`)
	return err
}

// rekeyClosings gives them digests under the key at hand.
func (tx *Tx) rekeyClosings() error {
	rows, err := all(tx.ctx, tx.reads, scanClosingRow, `SELECT `+closingColumns+` FROM closings`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := tx.Exec(`UPDATE closings SET digest = $2 WHERE id = $1`, r.ID, r.digest(tx.w.db.logKey)); err != nil {
			return err
		}
	}
	return nil
}
