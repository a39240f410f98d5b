package handlers

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// What was wrong with a sign-in that failed.
const (
	wrongSecret  = "password"
	wrongStep    = "totp" // a code of the app, or a recovery code
	wrongPasskey = "passkey"
	wrongTillPIN = "pin"      // at a shared till
	wrongAccount = "disabled" // whatever the password was
)

// quietFor is after how long without a failure the next one is the first again.
const quietFor = time.Hour

// failures counts sign-ins that failed, by member and by what was wrong, in
// memory. Every one is a line of the program's log; the shop's log, which is
// kept for ever, hears of the 1st, 2nd, 4th, 8th … in a row, so that nobody
// fills it. Accounts that are none count as one, and what was typed there is
// told to nobody: people type passwords into the wrong field.
type failures struct {
	mu sync.Mutex
	of map[string]map[string]*failing // by member's id, "" for none; then by what was wrong
}

type failing struct {
	n    int
	last time.Time
}

// add counts one more, and says which it is in a row and whether it is to be told.
func (f *failures) add(id, what string, now time.Time) (n int, tell bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[string]map[string]*failing{}
	}
	if f.of[id] == nil {
		f.of[id] = map[string]*failing{}
	}
	one := f.of[id][what]
	if one == nil || now.Sub(one.last) > quietFor {
		one = &failing{}
		f.of[id][what] = one
	}
	one.n++
	one.last = now
	return one.n, one.n&(one.n-1) == 0
}

// end forgets a member's failures, who signed in, and says how many there were.
func (f *failures) end(id string, now time.Time) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.of[id] {
		if now.Sub(one.last) <= quietFor {
			n += one.n
		}
	}
	delete(f.of, id)
	return n
}

// failed notes a sign-in that failed; id is the member's, "" when the account
// is none. The event is written behind the visitor's back: an answer that
// waited for the disk would tell accounts that exist from others.
func (s *Server) failed(v *visit, id, what string) {
	now := s.Now().UTC()
	n, tell := s.failures.add(id, what, now)
	s.Log.LogAttrs(v.ctx(), slog.LevelWarn, "sign-in failed", slog.String("request_id", v.id), slog.String("staff", id),
		slog.String("wrong", what), slog.Int("tries", n), slog.String("address", v.RealIP()))
	if !tell {
		return
	}
	e := payments.Event{At: now, Kind: db.EventSignInFailed, Actor: payments.ActorVisitor, Detail: map[string]string{
		"wrong": what, "tries": strconv.Itoa(n), "address": v.RealIP(), "device": device(v),
	}}
	if id != "" {
		e.Detail["staff"] = id
	}
	if v.member != nil {
		e.Actor = v.actor() // who was asked for the password once more
	}
	request := v.id
	go func() {
		ctx, cancel := context.WithTimeout(s.ending, 10*time.Second)
		defer cancel()
		err := s.Store.Write(ctx, func(tx *db.Tx) error { return tx.Append(e) })
		if err != nil && !errors.Is(err, context.Canceled) {
			s.Log.Error("a failed sign-in is not in the shop's log", "request_id", request, "error", err)
		}
	}()
}
