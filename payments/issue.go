package payments

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments/doku"
)

// Order is what a form asks for: a new code.
type Order struct {
	FormID        string
	Mode          Mode
	Amount        int64
	InvoiceNumber string // empty: generated
	PaymentCode   string // of MGPC and DIPC; empty: generated
	CustomerName  string
	CustomerPhone string
	CustomerEmail string
	Note          string
	ExpiresIn     int // minutes
	// SettlementPreset is the id of a preset, which fills in Settlement.
	SettlementPreset string
	// Replaces is a code whose create has no answer and which this one is made
	// in place of.
	Replaces string
	Options
}

// Issue makes a code: it is written down as creating, with its Request-Id and
// exact body, and only then DOKU is called. It waits for the answer as long as
// a form may, and returns the code as it then stands: active, rejected, or
// creating or unknown while the answer is missing.
//
// The same form makes one code: called again, with whatever order, it leads to
// the code that the form made, and hurries a lost answer. Mistakes in the
// order are FieldErrors.
func (s *Service) Issue(ctx context.Context, by Viewer, o Order) (Code, error) {
	made, err := s.Store.CodeByForm(ctx, o.FormID)
	switch {
	case err == nil:
		return s.again(ctx, by, made)
	case !errors.Is(err, ErrNotFound):
		return Code{}, err
	}
	settings, err := s.Store.Settings(ctx)
	if err != nil {
		return Code{}, err
	}
	if wrong := s.validate(by, settings, &o); len(wrong) > 0 {
		return Code{}, wrong
	}
	if !s.Ready() {
		return Code{}, ErrNoCredentials
	}

	now := s.Now().UTC()
	code := Code{
		ID: s.NewID(), Environment: s.Environment, Mode: o.Mode, Status: Creating,
		InvoiceNumber: o.InvoiceNumber, PaymentCode: o.PaymentCode, Amount: o.Amount,
		CustomerName: o.CustomerName, CustomerPhone: o.CustomerPhone, CustomerEmail: o.CustomerEmail, Note: o.Note,
		Options: o.Options, CreatedBy: by.StaffID, CreatedAt: now, ExpiresIn: o.ExpiresIn,
		ExpiresAt: now.Add(time.Duration(o.ExpiresIn) * time.Minute),
		Token:     s.NewToken(), FormID: o.FormID, Version: 1,
	}
	if code.OverrideNotificationURL == "" && code.Mode != DIPC {
		code.OverrideNotificationURL = s.OverrideURL
	}
	var call *Call
	err = s.Store.Update(ctx, func(tx Tx) error {
		call = nil
		first, err := tx.CodeByForm(ctx, o.FormID)
		if err == nil { // the other of two presses was quicker
			code = first
			return nil
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := s.number(ctx, tx, &code); err != nil {
			return err
		}
		if code.Mode == DIPC {
			code.Status = Active // DOKU holds nothing of it: payable as soon as it is stored
		}
		if err := s.insert(tx, &code, o); err != nil {
			return err
		}
		if code.Mode != DIPC {
			call = &Call{
				RequestID: s.NewID(), CodeID: code.ID, Kind: CallCreate, MadeBy: StaffActor(by.StaffID), MadeAt: now,
				SentAt: now, Tries: 1, NextAt: now.Add(lease),
			}
			if call.Body, err = code.createRequest().Body(); err != nil {
				return fmt.Errorf("write the request: %w", err)
			}
			if err := tx.InsertCall(*call); err != nil {
				return err
			}
		}
		if o.Replaces != "" {
			if err := s.replace(ctx, tx, by, o.Replaces, code.ID); err != nil {
				return err
			}
		}
		return tx.Append(Event{At: now, CodeID: code.ID, Kind: EventCreated, Actor: StaffActor(by.StaffID), Detail: map[string]string{
			"amount": strconv.FormatInt(code.Amount, 10), "customer_name": code.CustomerName,
			"invoice_number": code.InvoiceNumber, "mode": string(code.Mode),
		}})
	})
	if err != nil {
		return Code{}, err
	}
	if call == nil { // DIPC, or the other press's code
		return s.again(ctx, by, code)
	}
	s.await(ctx, s.launch(*call))
	return s.Store.Code(ctx, code.ID)
}

// again answers a form that made its code already.
func (s *Service) again(ctx context.Context, by Viewer, code Code) (Code, error) {
	if !by.Sees(code) {
		return Code{}, ErrNotFound
	}
	if code.Status != Creating && code.Status != Unknown || code.Environment != s.Environment {
		return code, nil
	}
	return s.hurry(ctx, code, CallCreate)
}

// insert writes the code, with another invoice number when the one generated
// happens to be taken.
func (s *Service) insert(tx Tx, code *Code, o Order) error {
	for range 5 {
		if o.InvoiceNumber == "" {
			code.InvoiceNumber = newInvoice(code.CreatedAt.In(s.Zone))
		}
		ok, err := tx.InsertCode(*code)
		if ok || err != nil {
			return err
		}
		if o.InvoiceNumber != "" {
			return FieldErrors{{Field: "invoice_number", Rule: RuleTaken}}
		}
	}
	return errors.New("no free invoice number was found")
}

// newInvoice makes a number that sorts by day of the shop and says nothing of how many
// sales a shop has.
func newInvoice(at time.Time) string {
	return "INV-" + at.Format("20060102") + "-" + strings.ToUpper(random(5))
}

// number gives a merchant-made code its number, or checks the one typed in:
// it must not belong to a code that can still be paid.
func (s *Service) number(ctx context.Context, tx Tx, code *Code) error {
	if code.Mode == DGPC {
		return nil
	}
	if code.PaymentCode != "" {
		live, err := s.numberIsLive(ctx, tx, code.PaymentCode)
		if err == nil && live {
			return FieldErrors{{Field: "payment_code", Rule: RuleTaken}}
		}
		return err
	}
	prefix := s.CodePrefix
	if prefix == "" {
		prefix = samplePrefix
	}
	width, room := max(16-len(prefix), 4), int64(1)
	for range width {
		room *= 10
	}
	for range room {
		n, err := tx.Count("payment_code " + prefix)
		if err != nil {
			return err
		}
		// From the beginning again at the end: DOKU takes numbers of one length.
		code.PaymentCode = prefix + fmt.Sprintf("%0*d", width, n%room)
		if live, err := s.numberIsLive(ctx, tx, code.PaymentCode); err != nil || !live {
			return err
		}
	}
	return fmt.Errorf("no number is left: all %d that begin with %s belong to codes that can still be paid", room, prefix)
}

// samplePrefix begins the numbers of a shop whose BIN is not set, which only
// the sandbox and the simulator allow: that of the guide's own sample.
const samplePrefix = "190060"

func (s *Service) numberIsLive(ctx context.Context, tx Tx, number string) (bool, error) {
	other, err := tx.CodeByNumber(ctx, s.Environment, number)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && other.Status.Live(), err
}

// createRequest is what DOKU is asked for.
func (c Code) createRequest() doku.CodeRequest {
	r := doku.CodeRequest{
		InvoiceNumber: c.InvoiceNumber, Amount: c.Amount, ExpiresIn: c.ExpiresIn, Reusable: c.Reusable, Info: c.Info,
		CustomerName: c.CustomerName, CustomerEmail: c.CustomerEmail, FooterMessage: c.FooterMessage,
		Insurance: c.Insurance, Settlement: c.Settlement, OverrideNotificationURL: c.OverrideNotificationURL,
	}
	if c.Mode == MGPC {
		r.PaymentCode = c.PaymentCode
	}
	return r
}

// updateRequest is what DOKU is told of a change or a cancel. Everything is
// sent each time: what is left out may be reset (guide: "Default value: 60").
func (c Code) updateRequest(ch Change, status doku.UpdateStatus) doku.UpdateRequest {
	return doku.UpdateRequest{
		InvoiceNumber: c.InvoiceNumber, PaymentCode: c.PaymentCode, Status: status,
		Amount: ch.Amount, ExpiresIn: ch.ExpiresIn, Reusable: ch.Reusable, Info: ch.Info,
		CustomerName: ch.CustomerName, CustomerEmail: ch.CustomerEmail,
	}
}

// asIs is the change that changes nothing.
func (c Code) asIs() Change {
	return Change{
		Amount: c.Amount, CustomerName: c.CustomerName, CustomerEmail: c.CustomerEmail,
		ExpiresIn: c.ExpiresIn, Reusable: c.Reusable, Info: c.Info,
	}
}

// patience is how long a create may be without an answer before another code
// may be made in its place.
const patience = 2 * time.Minute

// MayReplace says whether another code may be made in place of this one.
func (s *Service) MayReplace(c Code) bool {
	return (c.Status == Unknown || c.Status == Creating) && c.ReplacedBy == "" && s.Now().Sub(c.CreatedAt) >= patience
}

// replace gives a lost code up in favour of another. One that was found or
// replaced meanwhile is left as it is.
func (s *Service) replace(ctx context.Context, tx Tx, by Viewer, lost, with string) error {
	old, err := visible(ctx, tx, by, lost)
	if err != nil || !s.MayReplace(old) {
		return err
	}
	old.ReplacedBy = with
	if err := tx.UpdateCode(&old); err != nil {
		return err
	}
	return tx.Append(Event{At: s.Now().UTC(), CodeID: lost, Kind: EventReplaced, Actor: StaffActor(by.StaffID), Detail: map[string]string{"by": with}})
}
