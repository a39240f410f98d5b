package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The names of the faults. faultTable says what each does.
const (
	faultSwitchedOff        = "switched_off"
	faultCutBefore          = "cut_before"
	faultLoseAnswer         = "lose_answer"
	faultCutDuring          = "cut_during"
	faultDelay              = "delay"
	faultServerError        = "server_error"
	faultServerErrorAfter   = "server_error_after"
	faultTooManyRequests    = "too_many_requests"
	faultUnsignedAnswer     = "unsigned_answer"
	faultWrongAnswerSign    = "wrong_answer_signature"
	faultWrongEcho          = "wrong_echo"
	faultPaymentName        = "payment_instead_of_payment_code"
	faultConflictingDates   = "conflicting_dates"
	faultNoHowToPay         = "no_how_to_pay"
	faultHostileHowToPay    = "hostile_how_to_pay"
	faultRefuseInvoice      = "refuse_invoice_used"
	faultRefuseChannel      = "refuse_channel_inactive"
	faultDuplicateInvoice   = "allow_duplicate_invoice"
	faultLenientTypes       = "lenient_types"
	faultExpiryFromCreation = "expiry_from_creation"

	faultNeverNotify     = "never_notify"
	faultWrongSignature  = "notification_wrong_signature"
	faultDuplicate       = "notification_duplicate"
	faultDuplicateNewID  = "notification_duplicate_new_id"
	faultLateFailed      = "notification_late_failed"
	faultOutOfOrder      = "notification_out_of_order"
	faultCompact         = "notification_compact"
	faultStringAmount    = "notification_string_amount"
	faultExtraFields     = "notification_extra_fields"
	faultEscaped         = "notification_escaped"
	faultRetrySignedAnew = "notification_retry_signed_anew"

	faultStatusNotFound = "status_not_found"
	faultStatusPending  = "status_pending"

	faultInquiryWrongSignature = "inquiry_wrong_signature"
	faultClock                 = "clock"
)

// faultRule is one fault as it is set.
type faultRule struct {
	Name string `json:"name"`
	On   bool   `json:"on"`
	// Times is how often it is still to happen; 0 while On means until switched off.
	Times int `json:"times,omitempty"`
	// Operations limits faults of API calls: create, update, cancel, status, howtopay. Empty: all.
	Operations []operation `json:"operations,omitempty"`
	// Value is seconds for delay, minutes for clock, copies for the duplicates, HTTP status for server_error.
	Value float64 `json:"value,omitempty"`
	// Shape is the JSON shape of a refusal: error, message or error_messages.
	Shape string `json:"shape,omitempty"`
}

func (st *state) on(name string) bool {
	f := st.Faults[name]
	return f != nil && f.On
}

// fires says whether a fault happens now, and counts it. op "" is for what is not an API call.
func (st *state) fires(name string, op operation) *faultRule {
	f := st.Faults[name]
	if f == nil || !f.On || op != "" && len(f.Operations) > 0 && !slices.Contains(f.Operations, op) {
		return nil
	}
	now := *f
	if f.Times > 0 {
		if f.Times--; f.Times == 0 {
			f.On = false
		}
	}
	return &now
}

// clock is the simulator's own time, which a fault may set wrong by minutes.
func (s *Simulator) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clockLocked()
}

func (s *Simulator) clockLocked() time.Time {
	now := s.cfg.Now().UTC()
	if f := s.state.Faults[faultClock]; f != nil && f.On {
		now = now.Add(time.Duration(f.Value * float64(time.Minute)))
	}
	return now
}

// brokenCall is what faults do to an API call before it is applied.
type brokenCall struct {
	name string
	rule *faultRule
}

var errUnknownFault = errors.New("unknown fault")

// setFault switches a fault on or off after checking its details.
func (s *Simulator) setFault(f faultRule) error {
	spec := faultByName(f.Name)
	if spec == nil {
		return fmt.Errorf("%w %q", errUnknownFault, f.Name)
	}
	ops, err := spelledOperations(f.Operations)
	if err != nil {
		return err
	}
	f.Operations = ops
	if len(ops) > 0 && !spec.limited {
		return fmt.Errorf("%s can not be limited to operations", f.Name)
	}
	if f.Times < 0 {
		return errors.New("times must not be negative")
	}
	if f.Value == 0 || spec.value == 0 {
		f.Value = spec.value
	}
	if !(f.Value >= spec.low && f.Value <= spec.high) { // not a number fails too
		return fmt.Errorf("value must be from %g to %g", spec.low, spec.high)
	}
	switch {
	case spec.shaped && f.Shape == "":
		f.Shape = shapeError
	case !spec.shaped:
		f.Shape = ""
	}
	if spec.shaped && f.Shape != shapeError && f.Shape != shapeMessage && f.Shape != shapeMessages {
		return fmt.Errorf("unknown shape %q", f.Shape)
	}
	err = s.change(func(st *state) error {
		if !f.On {
			delete(st.Faults, f.Name)
			if f.Name == faultOutOfOrder {
				if held := st.held(); held != nil {
					held.Status = deliveryQueued
				}
			}
			return nil
		}
		st.Faults[f.Name] = &f
		return nil
	})
	s.wake()
	return err
}

// spelledOperations takes HTTP methods too: POST is create, PATCH is update and cancel, GET is status.
func spelledOperations(in []operation) ([]operation, error) {
	var out []operation
	for _, op := range in {
		switch operation(strings.ToLower(string(op))) {
		case opCreate, "post":
			out = append(out, opCreate)
		case opUpdate:
			out = append(out, opUpdate)
		case opCancel:
			out = append(out, opCancel)
		case "patch":
			out = append(out, opUpdate, opCancel)
		case opStatus, "get":
			out = append(out, opStatus)
		case opHowToPay:
			out = append(out, opHowToPay)
		default:
			return nil, fmt.Errorf("unknown operation %q", op)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// faultsBefore takes what is to happen to a call before it is applied.
func (s *Simulator) faultsBefore(op operation) (b brokenCall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{faultSwitchedOff, faultCutBefore, faultTooManyRequests, faultServerError} {
		if f := s.state.fires(name, op); f != nil {
			return brokenCall{name: name, rule: f}
		}
	}
	return b
}

// pass breaks the call, or lets it through.
func (b brokenCall) pass(w http.ResponseWriter) bool {
	switch b.name {
	case "":
		return true
	case faultTooManyRequests:
		w.Header().Set("Retry-After", "30")
		writeJSON(w, http.StatusTooManyRequests, refuse(0, "too_many_requests", "TOO MANY REQUESTS").body())
	case faultServerError:
		writeJSON(w, int(b.rule.Value), refuse(0, "internal_server_error", "INTERNAL SERVER ERROR").body())
	default:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	return false
}

// brokenAnswer is what faults do to an answer whose call has been applied.
type brokenAnswer struct {
	name            string
	rule            *faultRule
	unsigned, wrong bool
	delay           time.Duration
}

func (s *Simulator) faultsAfter(op operation) (b brokenAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &s.state
	if f := st.fires(faultDelay, op); f != nil {
		b.delay = time.Duration(f.Value * float64(time.Second))
	}
	if op != opHowToPay { // which is never signed
		b.unsigned = st.fires(faultUnsignedAnswer, op) != nil
		b.wrong = st.fires(faultWrongAnswerSign, op) != nil
	}
	for _, name := range []string{faultLoseAnswer, faultCutDuring, faultServerErrorAfter} {
		if f := st.fires(name, op); f != nil {
			b.name, b.rule = name, f
			break
		}
	}
	return b
}

func (b brokenAnswer) spoil(h http.Header) {
	if b.wrong {
		h.Set("Signature", spoiled(h.Get("Signature")))
	}
	if b.unsigned {
		h.Del("Signature")
		h.Del("Response-Timestamp")
	}
}

// refusedByFault says no to a create as DOKU was seen to, in the shape the fault asks for.
func (st *state) refusedByFault() *refusal {
	if f := st.fires(faultRefuseInvoice, opCreate); f != nil {
		return &refusal{http.StatusBadRequest, "invoice_already_used", "INVOICE ALREADY USED", f.Shape}
	}
	if f := st.fires(faultRefuseChannel, opCreate); f != nil {
		return &refusal{http.StatusBadRequest, "channel_inactive", "PAYMENT CHANNEL IS INACTIVE", f.Shape}
	}
	return nil
}

// wrongEcho is put behind an invoice number that is to come back wrong.
const wrongEcho = "-X"

// distort writes an answer about a code, wrong where a fault wants it wrong.
func (st *state) distort(a codeAnswer, op operation) []byte {
	if st.fires(faultWrongEcho, op) != nil {
		a.Order.InvoiceNumber += wrongEcho
	}
	if st.fires(faultPaymentName, op) != nil {
		a.Info.Payment, a.Info.PaymentCode = a.Info.PaymentCode, ""
	}
	if st.fires(faultNoHowToPay, op) != nil {
		a.Info.HowToPayPage, a.Info.HowToPayAPI = "", ""
	}
	if st.fires(faultConflictingDates, op) != nil {
		// As in the guide's merchant-made sample: UTC written as if it were local time.
		t, _ := time.ParseInLocation(localLayout, a.Info.ExpiredDate, time.UTC)
		a.Info.ExpiredDateUTC = timestamp(t)
	}
	return compactJSON(a)
}

// resetFaults switches everything back to how DOKU is on a good day.
func (s *Simulator) resetFaults() error {
	err := s.change(func(st *state) error {
		clear(st.Faults)
		if held := st.held(); held != nil {
			held.Status = deliveryQueued
		}
		return nil
	})
	s.wake()
	return err
}
