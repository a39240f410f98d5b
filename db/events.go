package db

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"kodebayar/payments"
)

// head is the end of the log as the transaction under way sees it. It is read
// inside each transaction, never kept over it: the command line and other
// instances write too.
type head struct {
	loaded   bool
	appended bool
	seq      int64
	chain    string
}

const eventColumns = `seq, at, code_id, kind, actor, cause, detail`

func scanEvent(s scanner) (payments.Event, error) {
	var e payments.Event
	var detail string
	err := s.Scan(&e.Seq, stored{&e.At}, &e.CodeID, &e.Kind, &e.Actor, &e.Cause, &detail)
	if err == nil && detail != "" {
		if err = json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			err = fmt.Errorf("detail of event %d: %w", e.Seq, err)
		}
	}
	return e, err
}

// Timeline is what happened to a code, oldest first.
func (r reads) Timeline(ctx context.Context, codeID string) ([]payments.Event, error) {
	return all(ctx, r, scanEvent, `SELECT `+eventColumns+` FROM events WHERE code_id = $1 AND code_id <> '' ORDER BY seq`, codeID)
}

// LastEvent is the newest event of a kind on a code.
func (r reads) LastEvent(ctx context.Context, codeID string, kind payments.EventKind) (payments.Event, error) {
	return first(ctx, r, scanEvent, `SELECT `+eventColumns+` FROM events
		WHERE code_id = $1 AND code_id <> '' AND kind = $2 ORDER BY seq DESC LIMIT 1`, codeID, kind)
}

// EventsAfter is the log after a sequence number, in order.
func (r reads) EventsAfter(ctx context.Context, seq int64, limit int) ([]payments.Event, error) {
	return all(ctx, r, scanEvent, `SELECT `+eventColumns+` FROM events WHERE seq > $1 ORDER BY seq LIMIT $2`, seq, limit)
}

// LastSeq is the sequence number of the newest event; 0 for an empty log.
func (r reads) LastSeq(ctx context.Context) (int64, error) {
	return first(ctx, r, scanInt, `SELECT COALESCE(MAX(seq), 0) FROM events`)
}

// Append adds an event at the end of the log; its sequence number is given
// here. The digest is keyed, so that whoever edits the file cannot mend it.
func (tx *Tx) Append(e payments.Event) error {
	if !tx.head.loaded {
		err := tx.one(tx.ctx, func(s scanner) error { return s.Scan(&tx.head.seq, &tx.head.chain) },
			`SELECT seq, chain FROM events ORDER BY seq DESC LIMIT 1`)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		tx.head.loaded = true
	}
	e.Seq = tx.head.seq + 1
	detail := ""
	if len(e.Detail) > 0 {
		b, err := json.Marshal(e.Detail)
		if err != nil {
			return err
		}
		detail = string(b)
	}
	digest := digestOf(tx.w.db.logKey, detail)
	chain := chainOf(tx.w.db.logKey, tx.head.chain, e, digest)
	_, err := tx.Exec(`INSERT INTO events (seq, at, code_id, kind, actor, cause, detail, digest, chain)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Seq, millis(e.At), e.CodeID, e.Kind, e.Actor, e.Cause, detail, digest, chain)
	if err != nil {
		return err
	}
	tx.head.seq, tx.head.chain, tx.head.appended = e.Seq, chain, true
	return nil
}

func digestOf(key []byte, detail string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(detail))
	return hex.EncodeToString(mac.Sum(nil))
}

// chainOf ties a row to the one before it. Each part is preceded by its
// length, so that no two rows spell the same bytes.
func chainOf(key []byte, before string, e payments.Event, digest string) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range []string{
		before, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(millis(e.At), 10),
		e.CodeID, string(e.Kind), e.Actor, e.Cause, digest,
	} {
		writePart(mac, part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

func writePart(h hash.Hash, part string) {
	fmt.Fprintf(h, "%d:", len(part))
	h.Write([]byte(part))
}

// BrokenChain says where the log is not what was written.
type BrokenChain struct {
	Seq int64
	Why string
}

func (b *BrokenChain) Error() string {
	return fmt.Sprintf("the log is broken at event %d: %s", b.Seq, b.Why)
}

// VerifyChain reads the whole log and answers the number of its events, or a
// *BrokenChain. A blanked detail is no break: its digest stays. The end of the
// log could be cut off unseen; the newest backup tells.
func (r reads) VerifyChain(ctx context.Context, logKey []byte) (int64, error) {
	var seq int64
	before := ""
	rows, err := r.q.QueryContext(ctx, `SELECT seq, at, code_id, kind, actor, cause, detail, digest, chain FROM events ORDER BY seq`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var e payments.Event
		var detail, digest, chain string
		if err := rows.Scan(&e.Seq, stored{&e.At}, &e.CodeID, &e.Kind, &e.Actor, &e.Cause, &detail, &digest, &chain); err != nil {
			return seq, err
		}
		switch {
		case e.Seq != seq+1:
			return seq, &BrokenChain{seq + 1, "it is missing"}
		case detail != "" && !hmac.Equal([]byte(digest), []byte(digestOf(logKey, detail))):
			return seq, &BrokenChain{e.Seq, "its detail was changed"}
		case !hmac.Equal([]byte(chain), []byte(chainOf(logKey, before, e, digest))):
			return seq, &BrokenChain{e.Seq, "it was changed"}
		}
		seq, before = e.Seq, chain
	}
	return seq, rows.Err()
}

// VerifyLog checks the log with this database's own key.
func (d *DB) VerifyLog(ctx context.Context) (int64, error) { return d.VerifyChain(ctx, d.logKey) }
