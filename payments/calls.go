package payments

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	"kodebayar/payments/doku"
)

const (
	// lease is how long one sender has a call to itself: longer than a call
	// may take, short enough that a crash delays little.
	lease = 15 * time.Second
	// maxBackoff ends the doubling of 2, 4, 8 … s between sendings.
	maxBackoff = 5 * time.Minute
	// certainAfter is how long after DOKU took a cancel its status is believed:
	// it advises to ask 60 s after a payment.
	certainAfter = 90 * time.Second
	// alarmTries is the number of lost answers after which a person must know.
	alarmTries = 8
)

// flights are the calls under way in this process, so that whoever asks for
// the same thing waits for the one call, and calls about one code go one
// after another.
type flights struct {
	mu    sync.Mutex
	calls map[string]chan struct{} // by Request-Id
	turns [64]sync.Mutex           // by hash of the code
}

// turn is the lock under which a code's calls go out one after another: a
// cancel must not overtake the edit before it.
func (f *flights) turn(codeID string) *sync.Mutex {
	h := fnv.New32a()
	h.Write([]byte(codeID))
	return &f.turns[h.Sum32()%uint32(len(f.turns))]
}

// launch sends a call, already claimed, behind the caller's back; the channel
// closes when its outcome is written down.
func (s *Service) launch(call Call) <-chan struct{} {
	done := make(chan struct{})
	s.flights.mu.Lock()
	if s.flights.calls == nil {
		s.flights.calls = map[string]chan struct{}{}
	}
	s.flights.calls[call.RequestID] = done
	s.flights.mu.Unlock()
	go func() {
		turn := s.flights.turn(call.CodeID)
		turn.Lock()
		s.transmit(call)
		turn.Unlock()
		s.flights.mu.Lock()
		delete(s.flights.calls, call.RequestID)
		s.flights.mu.Unlock()
		close(done)
		s.Wake()
		if call.Kind == CallCreate {
			s.instruct(call.CodeID)
		}
	}()
	return done
}

// await waits for a flight as long as a form may.
func (s *Service) await(ctx context.Context, done <-chan struct{}) {
	timer := time.NewTimer(s.Wait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hurry sends a code's unanswered call now instead of when it is due, or joins
// the sending under way, and answers the code as it then stands.
func (s *Service) hurry(ctx context.Context, code Code, kind CallKind) (Code, error) {
	call, err := s.Store.PendingCall(ctx, code.ID, kind)
	switch {
	case errors.Is(err, ErrNotFound): // answered meanwhile
		return s.Store.Code(ctx, code.ID)
	case err != nil:
		return code, err
	}
	s.flights.mu.Lock()
	done, flying := s.flights.calls[call.RequestID]
	s.flights.mu.Unlock()
	if flying {
		s.await(ctx, done)
		return s.Store.Code(ctx, code.ID)
	}
	// Early: whatever it waits for, also when the clock was set back since. If
	// another instance sends it just now, DOKU tells both the same, for the
	// Request-Id is the same.
	claimed, err := s.claim(ctx, &call, call.NextAt)
	if err != nil {
		return code, err
	}
	if claimed {
		s.await(ctx, s.launch(call))
	}
	return s.Store.Code(ctx, code.ID)
}

// claim takes a pending call that is due by the given time for this sender.
func (s *Service) claim(ctx context.Context, call *Call, due time.Time) (claimed bool, err error) {
	err = s.Store.Update(ctx, func(tx Tx) error {
		now := s.Now().UTC()
		claimed = false
		code, err := tx.Code(ctx, call.CodeID)
		if err != nil {
			return err
		}
		if call.Kind == CallCreate && now.After(code.ExpiresAt) {
			// Sent now it could make a code that nobody waits for. What became of
			// the earlier sendings a status check tells.
			code.CheckAt = now
			if err := s.giveUp(tx, code.ID, CallCreate); err != nil {
				return err
			}
			return tx.UpdateCode(&code)
		}
		claimed, err = tx.ClaimCall(call.RequestID, due, now, now.Add(lease))
		if err != nil || !claimed {
			return err
		}
		*call, err = tx.Call(ctx, call.RequestID)
		return err
	})
	return claimed, err
}

// giveUp stops sending a call; what it did before stays unknown.
func (s *Service) giveUp(tx Tx, codeID string, kind CallKind) error {
	call, err := tx.PendingCall(context.Background(), codeID, kind)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	call.Outcome, call.NextAt = Given, time.Time{}
	return tx.UpdateCall(call)
}

// transmit sends one claimed call and writes down what came of it. It runs
// under its own context: a cashier who closes the page does not undo a sale.
func (s *Service) transmit(call Call) {
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	code, err := s.Store.Code(ctx, call.CodeID)
	if err != nil {
		s.Log.Error("code of a call cannot be read", "code_id", call.CodeID, "error", err)
		return
	}
	client, err := s.client(ctx)
	if err != nil {
		s.Log.Error("settings of a call cannot be read", "code_id", call.CodeID, "error", err)
		return
	}
	var answer doku.CodeAnswer
	var x doku.Exchange
	var failure error
	switch {
	case call.Kind != CallCreate:
		answer, x, failure = client.Update(ctx, call.RequestID, call.Body)
	case code.Mode == MGPC:
		answer, x, failure = client.CreateMerchant(ctx, call.RequestID, call.Body)
	default:
		answer, x, failure = client.Create(ctx, call.RequestID, call.Body)
	}
	s.heard(failure)
	exchange := s.outgoing(string(call.Kind), call.CodeID, x, failure, answer.Warnings)
	err = s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		if err := tx.InsertExchange(exchange); err != nil {
			return err
		}
		return tx.Savepoint(func() error { return s.answered(ctx, tx, call.RequestID, answer, failure, exchange) })
	})
	if err != nil {
		s.Log.Error("an answer of DOKU could not be stored; the call will be sent again",
			"call", call.Kind, "doku_request_id", call.RequestID, "error", err)
	}
}

// answered applies what DOKU said, or did not say, to a call and its code.
func (s *Service) answered(ctx context.Context, tx Tx, requestID string, answer doku.CodeAnswer, failure error, x Exchange) error {
	call, err := tx.Call(ctx, requestID)
	if err != nil {
		return err
	}
	if call.Outcome != Pending {
		return nil // a second sender was told the same before
	}
	code, err := tx.Code(ctx, call.CodeID)
	if err != nil {
		return err
	}
	now := s.Now().UTC()
	note := func(kind EventKind, detail map[string]string) error {
		return tx.Append(Event{At: now, CodeID: code.ID, Kind: kind, Actor: ActorDOKU, Cause: x.ID, Detail: detail})
	}
	var refusal *doku.Error
	switch {
	case failure == nil:
		call.Outcome, call.NextAt = Done, time.Time{}
		if len(answer.Warnings) > 0 {
			if err := note(EventWarned, map[string]string{"warnings": x.Remark}); err != nil {
				return err
			}
		}
		if err := s.taken(tx, &code, call, answer, now, note); err != nil {
			return err
		}
	case errors.As(failure, &refusal) && final(refusal, call):
		call.Outcome, call.NextAt = Refused, time.Time{}
		if err := s.refused(tx, &code, call, refusal, now, note); err != nil {
			return err
		}
	default:
		call.NextAt = now.Add(backoff(call.Tries))
		if refusal != nil && refusal.RetryAfter > 0 {
			call.NextAt = now.Add(min(refusal.RetryAfter, maxBackoff))
		}
		if code.Status == Creating {
			code.Status = Unknown
			code.CheckAt = now.Add(certainAfter)
		}
		if call.Tries == 1 {
			if err := note(EventUnanswered, map[string]string{"call": string(call.Kind)}); err != nil {
				return err
			}
		}
		if call.Tries == alarmTries {
			if err := s.alarm(tx, &code, Attention{Kind: OutcomeUnknown, ExchangeID: x.ID}, now); err != nil {
				return err
			}
		}
	}
	if err := tx.UpdateCall(call); err != nil {
		return err
	}
	return tx.UpdateCode(&code)
}

// final says whether a refusal settles the call. One at the headers says
// nothing of an earlier sending, which DOKU may have taken.
func final(e *doku.Error, call Call) bool {
	switch e.Outcome {
	case doku.Refused, doku.NotFound, doku.NotSent:
		return call.Tries == 1 || !e.BeforeBody()
	}
	return false
}

// taken applies DOKU's consent.
func (s *Service) taken(tx Tx, code *Code, call Call, answer doku.CodeAnswer, now time.Time, note func(EventKind, map[string]string) error) error {
	switch call.Kind {
	case CallCreate:
		code.PaymentCode = answer.PaymentCode
		code.HowToPayPage, code.HowToPayAPI = answer.HowToPayPage, answer.HowToPayAPI
		detail := map[string]string{"payment_code": answer.PaymentCode}
		if clash := s.adopt(code, call, answer); clash {
			detail["deadlines"] = "conflict"
		}
		detail["expires_at"] = code.ExpiresAt.Format(time.RFC3339)
		if code.Status == Creating || code.Status == Unknown {
			code.Status = Active
			code.CheckAt = nextCheck(*code, now)
		}
		if err := note(EventActivated, detail); err != nil {
			return err
		}
		if code.ReplacedBy != "" && code.Status == Active {
			_, err := s.cancel(tx, code, ActorSystem, "", now)
			return err
		}
		return nil
	case CallUpdate:
		return s.updated(tx, code, call, answer, now, note)
	case CallCancel:
		if code.Status != Cancelling {
			return nil // paid meanwhile: money wins
		}
		code.CancelledAt = now
		code.CheckAt = now.Add(certainAfter)
		return note(EventCancelTaken, nil)
	}
	return nil
}

// refused applies DOKU's refusal.
func (s *Service) refused(tx Tx, code *Code, call Call, refusal *doku.Error, now time.Time, note func(EventKind, map[string]string) error) error {
	words := refusalWords(refusal)
	detail := map[string]string{"refusal": words}
	switch call.Kind {
	case CallCreate:
		if code.Status == Creating || code.Status == Unknown {
			code.Status, code.Refusal = Rejected, words
		}
		return note(EventRejected, detail)
	case CallUpdate:
		if err := tx.DeleteFormerAmount(code.ID, call.Change.Amount); err != nil {
			return err
		}
		return note(EventUpdateRefused, detail)
	case CallCancel:
		if code.Status == Cancelling {
			code.Status = code.StatusBefore
			code.CheckAt = now // perhaps it was paid: ask
		}
		return note(EventCancelRefused, detail)
	}
	return nil
}

// refusalWords is what DOKU said, for people and for the log.
func refusalWords(e *doku.Error) string {
	words := append([]string{}, e.Messages...)
	if e.Code != "" {
		words = append(words, e.Code)
	}
	if len(words) == 0 {
		words = append(words, e.Error())
	}
	return strings.Join(words, " · ")
}

// adopt takes the deadline of an answer, and says whether its two dates
// contradict each other: then the one nearest to sent + minutes is believed.
func (s *Service) adopt(code *Code, call Call, answer doku.CodeAnswer) (clash bool) {
	minutes := code.ExpiresIn
	if call.Change != nil {
		minutes = call.Change.ExpiresIn
	}
	own := call.SentAt.Add(time.Duration(minutes) * time.Minute)
	code.ExpiresAt, clash = deadline(own, answer.ExpiresAtUTC, answer.ExpiresAtWIB)
	return clash
}

func deadline(own, utc, wib time.Time) (at time.Time, clash bool) {
	switch {
	case utc.IsZero() && wib.IsZero():
		return own, false
	case wib.IsZero():
		return utc, false
	case utc.IsZero():
		return wib, false
	case utc.Equal(wib):
		return utc, false
	}
	if own.Sub(utc).Abs() <= own.Sub(wib).Abs() {
		return utc, true
	}
	return wib, true
}

// alarm opens an attention on a code.
func (s *Service) alarm(tx Tx, code *Code, a Attention, now time.Time) error {
	a.ID, a.CodeID, a.OpenedAt = s.NewID(), code.ID, now
	code.Attention++
	if err := tx.InsertAttention(a); err != nil {
		return err
	}
	return tx.Append(Event{At: now, CodeID: code.ID, Kind: EventAttention, Actor: ActorSystem, Cause: a.ExchangeID,
		Detail: map[string]string{"attention": string(a.Kind)}})
}

// backoff is the wait after the given number of sendings: 2, 4, 8 … s.
func backoff(tries int) time.Duration {
	d := 2 * time.Second
	for range tries - 1 {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

// outgoing is the evidence of a call that was made.
func (s *Service) outgoing(kind, codeID string, x doku.Exchange, failure error, warnings []doku.Warning) Exchange {
	verdict := "done"
	switch {
	case errors.Is(failure, doku.ErrNotFound):
		verdict = "not_found"
	case errors.Is(failure, doku.ErrRefused):
		verdict = "refused"
	case failure != nil:
		verdict = "unknown"
	}
	remarks := make([]string, 0, len(warnings)+1)
	for _, w := range warnings {
		remarks = append(remarks, w.String())
	}
	if x.Failure != "" {
		remarks = append(remarks, x.Failure)
	}
	return Exchange{
		ID: s.NewID(), At: x.SentAt, Direction: Outgoing, Kind: kind, CodeID: codeID, RequestID: x.RequestID,
		Method: x.Method, URL: x.URL, RequestHeader: headerLines(x.RequestHeader), RequestBody: x.RequestBody,
		StatusCode: x.StatusCode, ResponseHeader: headerLines(x.ResponseHeader), ResponseBody: x.ResponseBody,
		Duration: x.Duration, Verdict: verdict, Remark: strings.Join(remarks, "\n"),
	}
}

// storable is s as text that every engine takes: PostgreSQL refuses a NUL and
// broken UTF-8, and a header from outside may hold either.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// headerLines writes headers as sorted "Name: value" lines.
func headerLines(h http.Header) string {
	lines := make([]string, 0, len(h))
	for name, values := range h {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	sort.Strings(lines)
	return storable(strings.Join(lines, "\n"))
}
