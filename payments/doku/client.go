package doku

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
// it repeats them at all. StrictSignature believes none of them.
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
		e := c.refusal(got)
		// Only a 404 of the API itself is about the invoice: one for the path
		// means that the settings are wrong.
		unknownPath := len(e.Messages) > 0 && strings.HasPrefix(e.Messages[0], "No static resource")
		if e.Outcome == Refused && got.StatusCode == http.StatusNotFound && !unknownPath {
			e.Outcome = NotFound
		}
		return StatusAnswer{}, e
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
// BaseURL is: anything else is [ErrNotSent]. Cache it; it is the same for
// every code.
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
		e := c.refusal(got)
		if e.Outcome == Refused && got.StatusCode == http.StatusNotFound {
			e.Outcome = NotFound
		}
		return HowToPay{}, got.Exchange, e
	}
	steps, err := parseHowToPay(got.ResponseBody)
	if err != nil {
		return HowToPay{}, got.Exchange, got.unknown(err)
	}
	return steps, got.Exchange, nil
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
	// An update may be answered by the invoice alone: its code is known.
	updated := got.Method == http.MethodPatch && !replay && a.InvoiceNumber == asked.invoice
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

// echoes collects what an answer should have repeated and did not.
type echoes struct {
	warnings []Warning
	differ   bool
}

func (e *echoes) check(field, sent, got string) {
	switch {
	case sent == "" || sent == got:
	case got == "":
		e.warnings = append(e.warnings, Warning{WarnEchoMissing, field, sent, got})
	default:
		e.warnings = append(e.warnings, Warning{WarnEchoDiffers, field, sent, cut(oneLine(got), maxMessageLength)})
		e.differ = true
	}
}

func (c *Client) headerEchoes(got received) echoes {
	var e echoes
	e.check(headerClientID, c.ClientID, got.ResponseHeader.Get(headerClientID))
	e.check(headerRequestID, got.RequestID, got.ResponseHeader.Get(headerRequestID))
	return e
}

// believe decides whether an answer that claims success may be believed.
func (c *Client) believe(got received, e *echoes) error {
	missing, err := c.verify(got)
	switch {
	case err == nil:
		return nil
	case c.StrictSignature, e.differ, !got.private:
		return got.unknown(err)
	case missing:
		e.warnings = append(e.warnings, Warning{Kind: WarnSignatureMissing, Field: headerSignature})
	default:
		e.warnings = append(e.warnings, Warning{Kind: WarnSignatureWrong, Field: headerSignature})
	}
	return nil
}

// verify checks an answer's signature over the path that was called.
func (c *Client) verify(got received) (missing bool, err error) {
	body := got.ResponseBody
	if body == nil {
		body = []byte{}
	}
	if _, err := verify(got.ResponseHeader, headerResponseTimestamp, got.target, body, []string{c.SecretKey}); err != nil {
		return got.ResponseHeader.Get(headerSignature) == "", err
	}
	return false, nil
}

// refusal is an answer that is not a success.
//
// 4xx means that it was not done; everything else means that nobody knows. A
// 409 is DOKU's original answer, so it refuses only if it says why, and not if
// all it says is that the Request-Id was used before. A refusal whose
// signature is wrong is no refusal where a success would not be believed; a
// missing one is allowed, since DOKU may not sign refusals at all.
func (c *Client) refusal(got received) *Error {
	e := got.unknown(nil)
	e.readRefusal(got.ResponseBody)
	status := got.StatusCode
	switch {
	case status == http.StatusTooManyRequests:
		e.Outcome = RateLimited
		return e
	case status < 400, status > 499, status == http.StatusRequestTimeout:
		return e
	case status == http.StatusConflict && (!e.saysWhy() || e.Code == CodeIdempotent):
		return e
	}
	if got.target != "" {
		if missing, err := c.verify(got); err != nil && !missing && (c.StrictSignature || !got.private) {
			e.Err = err
			return e
		}
	}
	e.Outcome = Refused
	return e
}

// received is an exchange whose answer came whole, or at least its 4xx status.
type received struct {
	Exchange
	target  string // the signed path; empty when the call was not signed
	private bool   // nobody between DOKU and us could have written it
	now     time.Time
}

func (r received) success() bool { return r.StatusCode >= 200 && r.StatusCode <= 299 }

func (r received) unknown(cause error) *Error {
	return &Error{
		Outcome: Unknown, HTTPStatus: r.StatusCode, Raw: r.ResponseBody, Err: cause,
		RetryAfter: retryAfter(r.ResponseHeader, r.now),
	}
}

func notSent(cause error) *Error { return &Error{Outcome: NotSent, Err: cause} }

// call signs and sends.
func (c *Client) call(ctx context.Context, method, path, requestID string, body []byte) (received, error) {
	switch {
	case c.ClientID == "" || c.SecretKey == "":
		return received{}, notSent(errors.New("client id or secret key is not set"))
	case !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#"):
		return received{}, notSent(fmt.Errorf("path %q is not a path", path))
	case requestID == "" || len(requestID) > MaxRequestID || !isHeaderValue(requestID), !isHeaderValue(c.ClientID):
		return received{}, notSent(errors.New("Request-Id or Client-Id is not a header value"))
	}
	u, err := url.Parse(strings.TrimSuffix(c.BaseURL, "/") + path)
	if err != nil || !isWeb(u) || u.RawQuery != "" || u.Fragment != "" {
		return received{}, notSent(errors.New("base URL is not a web address"))
	}
	request, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return received{}, notSent(err)
	}
	request.Header.Set("Content-Type", "application/json")
	target := u.EscapedPath()
	SignRequest(request.Header, c.ClientID, c.SecretKey, requestID, target, c.now(), body)
	got, err := c.send(request, body)
	got.target = target
	return got, err
}

// isHeaderValue reports whether s arrives in a header exactly as it is.
func isHeaderValue(s string) bool {
	return utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r > unicode.MaxASCII })
}

// send does one exchange. The error is an [Error] of outcome Unknown.
func (c *Client) send(request *http.Request, body []byte) (received, error) {
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "kodebayar")
	got := received{now: c.now(), Exchange: Exchange{
		Method: request.Method, URL: request.URL.String(), RequestID: request.Header.Get(headerRequestID),
		RequestHeader: request.Header.Clone(), RequestBody: body, SentAt: c.now(),
	}}
	start := time.Now()
	response, err := c.http().Do(request)
	if err != nil {
		// The URL around the cause is in the exchange already.
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		got.Duration, got.Failure = time.Since(start), err.Error()
		return got, got.unknown(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, MaxBody+1))
	got.Duration = time.Since(start)
	got.StatusCode, got.ResponseHeader = response.StatusCode, response.Header
	got.ResponseBody = content[:min(len(content), MaxBody)]
	got.private = response.TLS != nil && len(response.TLS.VerifiedChains) > 0 || isLoopback(request.URL.Hostname())
	switch {
	case err != nil:
		got.Failure = "answer cut short: " + err.Error()
	case len(content) > MaxBody:
		err = &ParseError{Problem: ProblemSize}
		got.Failure = "answer larger than 256 KiB, the rest was not read"
		if got.StatusCode >= 400 && got.StatusCode <= 499 {
			err = nil // its status says enough
		}
	}
	if err != nil {
		return got, got.unknown(err)
	}
	return got, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

// ownHTTP is shared, so that all clients share connections. Bodies are taken
// as they are: the signature covers the bytes that were sent.
var ownHTTP = func() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Timeout: 10 * time.Second, Transport: transport, CheckRedirect: noRedirect}
}()

func (c *Client) http() *http.Client {
	if c.HTTP == nil {
		return ownHTTP
	}
	own := *c.HTTP
	own.CheckRedirect = noRedirect
	return &own
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func orDefault(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
