package doku

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// What a caller decides on. Every error of [Client] matches exactly one of the
// first five.
var (
	// ErrNotSent: the request never left this machine, because it or the
	// client's settings make no sense.
	ErrNotSent = errors.New("doku: not sent")
	// ErrUnknown: DOKU may or may not have done it. Send the same Request-Id and
	// the same bytes again, or ask for the status.
	ErrUnknown = errors.New("doku: outcome unknown")
	// ErrRefused: DOKU said no. See [Error.BeforeBody] before concluding from
	// it that an earlier send of the same request did nothing either.
	ErrRefused = errors.New("doku: refused")
	// ErrNotFound: a status check, or how to pay, about something DOKU does not know.
	ErrNotFound = errors.New("doku: not found")
	// ErrRateLimited: too many calls; nothing was done. See [Error.RetryAfter].
	ErrRateLimited = errors.New("doku: rate limited")

	// ErrSignature: see [SignatureError].
	ErrSignature = errors.New("doku: signature refused")
	// ErrMalformed: see [ParseError].
	ErrMalformed = errors.New("doku: malformed")
)

// Outcome is how a call ended when it did not succeed.
type Outcome string

// The outcomes, each matched by the sentinel of its name.
const (
	NotSent     Outcome = "not_sent"
	Unknown     Outcome = "unknown"
	Refused     Outcome = "refused"
	NotFound    Outcome = "not_found"
	RateLimited Outcome = "rate_limited"
)

// Values of [Error.Code] seen from DOKU. The list is open: DOKU publishes none
// for payment codes.
const (
	CodeInvalidHeader    = "invalid_header_request"
	CodeTimeOutOfRange   = "request_time_out_of_range" // our clock is more than an hour off
	CodeInvalidClientID  = "invalid_client_id"
	CodeInvalidSignature = "invalid_signature"
	CodeIdempotent       = "idempotent_request" // this Request-Id was used before
)

// Error is what DOKU said when it did not do what was asked, or that nobody
// knows whether it did. Its text names no customer and repeats no message; the
// fields do.
type Error struct {
	Outcome    Outcome
	HTTPStatus int           // 0: no answer came
	Code, Type string        // error.code and error.type, if DOKU sent them
	Messages   []string      // DOKU's sentences, untrusted, at most 20
	RetryAfter time.Duration // what DOKU asked to wait, 0 if it did not say
	Raw        []byte        // the answer's body as received
	Err        error         // the cause, if there is one beside the answer
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.sentinel().Error())
	if e.HTTPStatus != 0 {
		b.WriteString(": HTTP " + strconv.Itoa(e.HTTPStatus))
		if e.Code != "" {
			b.WriteString(" " + e.Code)
		}
	}
	if e.Err != nil {
		b.WriteString(": " + strings.TrimPrefix(e.Err.Error(), "doku: "))
	}
	return b.String()
}

// Is matches the sentinel of the outcome.
func (e *Error) Is(target error) bool { return target == e.sentinel() }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// BeforeBody reports whether DOKU turned the request away at its headers, or
// to slow us down, before looking at what it asked. Such a refusal says nothing
// about an earlier send of the same Request-Id: that one may have made a code.
func (e *Error) BeforeBody() bool {
	switch e.Code {
	case CodeInvalidHeader, CodeTimeOutOfRange, CodeInvalidClientID, CodeInvalidSignature:
		return true
	}
	return e.Outcome == RateLimited || e.Outcome == NotSent ||
		e.HTTPStatus == http.StatusUnauthorized || e.HTTPStatus == http.StatusForbidden
}

func (e *Error) sentinel() error {
	switch e.Outcome {
	case NotSent:
		return ErrNotSent
	case Refused:
		return ErrRefused
	case NotFound:
		return ErrNotFound
	case RateLimited:
		return ErrRateLimited
	default:
		return ErrUnknown
	}
}

const (
	maxMessages      = 20
	maxMessageLength = 500 // characters
)

// readRefusal fills Code, Type and Messages from an error body in any of
// DOKU's shapes:
//
//	{"error":{"code":"…","message":"…","type":"…"}}
//	{"message":["…"]}  {"message":"…"}
//	{"error_messages":["…"]}
//	{"errors":{"field":"…"}}
//
// A body in none of them leaves all three empty.
func (e *Error) readRefusal(body []byte) {
	doc := readObject(body, func(*ParseError) {}) // whatever can be read is welcome
	if inner := doc.object("error"); inner.fields != nil {
		e.Code = plainWord(inner.text("code"))
		e.Type = plainWord(inner.text("type"))
		e.addMessages(inner.fields["message"])
	} else {
		e.addMessages(doc.fields["error"])
	}
	e.addMessages(doc.fields["message"])
	e.addMessages(doc.fields["error_messages"])
	e.addMessages(doc.fields["errors"])
}

// saysWhy reports whether readRefusal found anything.
func (e *Error) saysWhy() bool { return e.Code != "" || e.Type != "" || len(e.Messages) > 0 }

// addMessages collects the texts of a string, a list or an object of them.
func (e *Error) addMessages(raw json.RawMessage) {
	if len(raw) == 0 || len(e.Messages) >= maxMessages {
		return
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) != "" {
			e.Messages = append(e.Messages, cut(oneLine(s), maxMessageLength))
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for _, item := range list {
				e.addMessages(item)
			}
		}
	case '{':
		inner := readObject(raw, func(*ParseError) {})
		for _, name := range inner.names {
			before := len(e.Messages)
			e.addMessages(inner.fields[name])
			if len(e.Messages) == before+1 {
				e.Messages[before] = cut(oneLine(name)+": "+e.Messages[before], maxMessageLength)
			}
		}
	}
}

// plainWord is s if it is a word that may stand in a log line, else nothing.
func plainWord(s string) string {
	odd := func(r rune) bool { return !isInvoiceRune(r) && r != '.' }
	if len(s) > 64 || strings.ContainsFunc(s, odd) {
		return ""
	}
	return s
}

// oneLine is s with control characters turned into spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// cut is the first n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// retryAfter reads a Retry-After header in seconds or as a date, at most a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, 24*60*60)) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, 24*time.Hour))
}
