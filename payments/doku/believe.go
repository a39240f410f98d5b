package doku

import (
	"errors"
	"net/http"
)

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
	case err == nil && e.differ && c.StrictSignature:
		return got.unknown(errors.New("the answer repeats another request's values"))
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
	if _, _, err := verify(got.ResponseHeader, headerResponseTimestamp, got.target, got.ResponseBody, []string{c.SecretKey}); err != nil {
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
