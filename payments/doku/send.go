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
	case !strings.HasPrefix(path, "/"): // it would become part of the host
		return received{}, notSent(fmt.Errorf("path %q does not begin with a slash", path))
	case requestID == "" || len(requestID) > MaxRequestID || !isHeaderValue(requestID), !isHeaderValue(c.ClientID):
		return received{}, notSent(errors.New("Request-Id or Client-Id is not a header value"))
	}
	address := strings.TrimSuffix(c.BaseURL, "/") + path
	u, err := url.Parse(address)
	if err != nil || !isWeb(u) || strings.ContainsAny(address, "?#") {
		return received{}, notSent(errors.New("base URL and path are not a web address"))
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

// HTTP is a copy of the client that a [Client] without one calls with, to put
// something around its transport.
func HTTP() http.Client { return *ownHTTP }

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
