package doku

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client calls DOKU. Fill BaseURL, ClientID and SecretKey; the rest has
// defaults. It is safe for concurrent use while nobody changes its fields.
//
// Every call returns its [Exchange] beside the answer or the error, so that
// what went over the wire can be kept whichever way it ended. Errors are
// [Error], matched by [ErrUnknown], [ErrRefused], [ErrNotFound],
// [ErrRateLimited] or [ErrNotSent]. No call tries again by itself: who calls
// knows whether the same Request-Id and bytes are stored.
//
// Answers should be signed. Whether DOKU signs all of them is not documented,
// and its own plugins never look, so an answer whose signature is missing or
// wrong is believed, with a [Warning], if it came over verified TLS or
// loopback and repeats our Client-Id, Request-Id, invoice and code, so far as
// it repeats them at all. StrictSignature believes none of them, nor a signed
// answer that repeats another request's.
//
// Print it freely: the secret key is masked.
type Client struct {
	BaseURL             string // like SandboxURL
	ClientID, SecretKey string

	// Paths, empty for DefaultCreatePath, DefaultUpdatePath and
	// DefaultMerchantCodePath.
	CreatePath, UpdatePath, MerchantCodePath string

	// HTTP is the client to call with; nil is one of our own that gives up
	// after 10 seconds. Redirects are followed by neither: a signature is for
	// one path.
	HTTP *http.Client
	Now  func() time.Time // nil is time.Now

	StrictSignature bool
}

// Create asks DOKU for a code (DGPC; guide, section 1). body is
// [CodeRequest.Body], requestID the header Request-Id: unique for ever, at most
// MaxRequestID characters. Sent again with the same two, DOKU answers 409 with
// its original answer: a code comes back as success with Replayed set.
func (c *Client) Create(ctx context.Context, requestID string, body []byte) (CodeAnswer, Exchange, error) {
	return c.code(ctx, http.MethodPost, orDefault(c.CreatePath, DefaultCreatePath), requestID, body)
}

// CreateMerchant registers a code that the merchant numbered (MGPC; guide,
// section 1 of it). As [Client.Create], with CodeRequest.PaymentCode set.
func (c *Client) CreateMerchant(ctx context.Context, requestID string, body []byte) (CodeAnswer, Exchange, error) {
	return c.code(ctx, http.MethodPost, orDefault(c.MerchantCodePath, DefaultMerchantCodePath), requestID, body)
}

// Update changes or cancels a code (guide, Update and Cancel Payment Code
// Data). body is [UpdateRequest.Body].
func (c *Client) Update(ctx context.Context, requestID string, body []byte) (CodeAnswer, Exchange, error) {
	return c.code(ctx, http.MethodPatch, orDefault(c.UpdatePath, DefaultUpdatePath), requestID, body)
}

// Status asks what became of an invoice (DOKU, Check Status API). DOKU's
// advice is to ask not before 60 seconds after a payment. An invoice that DOKU
// does not know is [ErrNotFound].
//
// An answer about another invoice is no answer: it ends in [ErrUnknown].
func (c *Client) Status(ctx context.Context, requestID, invoice string) (StatusAnswer, Exchange, error) {
	if invoice == "" || invoice == "." || invoice == ".." {
		return StatusAnswer{}, Exchange{}, notSent(errors.New("no invoice number"))
	}
	got, err := c.call(ctx, http.MethodGet, StatusPath+url.PathEscape(invoice), requestID, nil)
	if err != nil {
		return StatusAnswer{}, got.Exchange, err
	}
	answer, err := c.readStatus(got, invoice)
	if err != nil {
		return StatusAnswer{}, got.Exchange, err
	}
	return answer, got.Exchange, nil
}

func (c *Client) readStatus(got received, invoice string) (StatusAnswer, error) {
	if !got.success() {
		return StatusAnswer{}, c.lookupFailed(got)
	}
	a, err := parseStatus(got.ResponseBody)
	if err != nil {
		return StatusAnswer{}, got.unknown(err)
	}
	echoes := c.headerEchoes(got)
	if a.OriginalRequestID != invoice { // DOKU may also be asked by Request-Id
		echoes.check("order.invoice_number", invoice, a.InvoiceNumber)
		if a.InvoiceNumber != "" && a.InvoiceNumber != invoice {
			return StatusAnswer{}, got.unknown(errors.New("the answer is about another invoice"))
		}
	}
	if err := c.believe(got, &echoes); err != nil {
		return StatusAnswer{}, err
	}
	a.Warnings = append(echoes.warnings, a.Warnings...)
	return a, nil
}

// HowToPay fetches the customer's steps from a CodeAnswer.HowToPayAPI. The
// call is not signed, and goes only to DOKU's domain over https or to where
// BaseURL is: anything else is [ErrNotSent]. Cache it for the code: the steps
// may name it.
func (c *Client) HowToPay(ctx context.Context, address string) (HowToPay, Exchange, error) {
	u, err := url.Parse(address)
	base, baseErr := url.Parse(c.BaseURL)
	if err != nil || baseErr != nil || !mayFetch(u, base) {
		return HowToPay{}, Exchange{}, notSent(errors.New("not an address of DOKU's"))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return HowToPay{}, Exchange{}, notSent(err)
	}
	got, err := c.send(request, nil)
	if err != nil {
		return HowToPay{}, got.Exchange, err
	}
	if !got.success() {
		return HowToPay{}, got.Exchange, c.lookupFailed(got)
	}
	steps, err := parseHowToPay(got.ResponseBody)
	if err != nil {
		return HowToPay{}, got.Exchange, got.unknown(err)
	}
	return steps, got.Exchange, nil
}

// lookupFailed is the refusal of a GET. A 404 is about what was looked up,
// unless it is about the path: then the settings are wrong.
func (c *Client) lookupFailed(got received) *Error {
	e := c.refusal(got)
	wrongPath := len(e.Messages) > 0 && strings.HasPrefix(e.Messages[0], "No static resource")
	if e.Outcome == Refused && e.HTTPStatus == http.StatusNotFound && !wrongPath {
		e.Outcome = NotFound
	}
	return e
}

// code does a call that a CodeAnswer answers.
func (c *Client) code(ctx context.Context, method, path, requestID string, body []byte) (CodeAnswer, Exchange, error) {
	asked, err := parseAsked(body)
	if err != nil {
		return CodeAnswer{}, Exchange{}, notSent(err)
	}
	got, err := c.call(ctx, method, path, requestID, body)
	if err != nil {
		return CodeAnswer{}, got.Exchange, err
	}
	answer, err := c.readCode(got, asked)
	if err != nil {
		return CodeAnswer{}, got.Exchange, err
	}
	return answer, got.Exchange, nil
}

// asked is what a request's answer should repeat.
type asked struct{ invoice, code, override string }

func parseAsked(body []byte) (asked, error) {
	a, err := parseCodeAnswer(body) // a request names them as an answer does
	return asked{a.InvoiceNumber, a.PaymentCode, a.OverrideNotificationURL}, err
}

func (c *Client) readCode(got received, asked asked) (CodeAnswer, error) {
	replay := got.StatusCode == http.StatusConflict
	if !got.success() && !replay {
		return CodeAnswer{}, c.refusal(got)
	}
	a, err := parseCodeAnswer(got.ResponseBody)
	// An update may be answered by the invoice alone, also once more: its code is
	// known.
	updated := got.Method == http.MethodPatch && asked.invoice != "" && a.InvoiceNumber == asked.invoice
	if updated && replay {
		var e Error
		e.readRefusal(got.ResponseBody)
		updated = !e.saysWhy()
	}
	if err == nil && a.PaymentCode == "" && !updated {
		err = &ParseError{"online_to_offline_info.payment_code", ProblemMissing}
	}
	switch {
	case err != nil && replay:
		return CodeAnswer{}, c.refusal(got)
	case err != nil:
		return CodeAnswer{}, got.unknown(err)
	}

	a.Replayed = replay
	echoes := c.headerEchoes(got)
	echoes.check("order.invoice_number", asked.invoice, a.InvoiceNumber)
	echoes.check("online_to_offline_info.payment_code", asked.code, a.PaymentCode)
	if err := c.believe(got, &echoes); err != nil {
		return CodeAnswer{}, err
	}
	echoes.check("additional_info."+nameOverride, asked.override, a.OverrideNotificationURL)
	a.Warnings = append(echoes.warnings, a.Warnings...)
	return a, nil
}
