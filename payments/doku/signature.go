package doku

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
	"unicode"
)

const (
	headerClientID          = "Client-Id"
	headerRequestID         = "Request-Id"
	headerRequestTimestamp  = "Request-Timestamp"
	headerResponseTimestamp = "Response-Timestamp"
	headerSignature         = "Signature"

	signaturePrefix = "HMACSHA256="

	// timestampLayout is UTC to the second: DOKU refuses milliseconds.
	timestampLayout = "2006-01-02T15:04:05Z"
)

// signed is what a signature covers (DOKU, Signature component, non-SNAP).
type signed struct {
	clientID, requestID        string
	timestampHeader, timestamp string // Request-Timestamp, or in an answer Response-Timestamp
	target                     string // the path alone, as it stands in the URL
	body                       []byte // exactly as sent; nil in a GET, which has no Digest line
}

// text is the string to sign: four or five lines, no space behind the colon,
// no line feed at the end.
func (s signed) text() string {
	text := headerClientID + ":" + s.clientID +
		"\n" + headerRequestID + ":" + s.requestID +
		"\n" + s.timestampHeader + ":" + s.timestamp +
		"\nRequest-Target:" + s.target
	if s.body != nil {
		digest := sha256.Sum256(s.body)
		text += "\nDigest:" + base64.StdEncoding.EncodeToString(digest[:])
	}
	return text
}

func mac(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func (s signed) set(h http.Header, key string) {
	h.Set(headerClientID, s.clientID)
	h.Set(headerRequestID, s.requestID)
	h.Set(s.timestampHeader, s.timestamp)
	h.Set(headerSignature, signaturePrefix+base64.StdEncoding.EncodeToString(mac(key, s.text())))
}

// SignRequest sets Client-Id, Request-Id, Request-Timestamp and Signature on h.
// target is the escaped path of the URL, without query. A nil body is a GET:
// its signature has no Digest line. [Client] does this by itself; what is left
// is to call one's own callbacks the way DOKU will.
func SignRequest(h http.Header, clientID, secret, requestID, target string, at time.Time, body []byte) {
	signed{
		clientID, requestID, headerRequestTimestamp, at.UTC().Format(timestampLayout), target, body,
	}.set(h, secret)
}

// SignResponse sets Client-Id, Request-Id, Response-Timestamp and Signature on
// h, for the answer to an inquiry (guide, DIPC, API Response). requestID is
// that of the inquiry, target the path of the registered Inquiry URL, body the
// answer exactly as it will be sent.
func SignResponse(h http.Header, clientID, secret, requestID, target string, at time.Time, body []byte) {
	if body == nil {
		body = []byte{} // an answer always has a Digest line
	}
	signed{
		clientID, requestID, headerResponseTimestamp, at.UTC().Format(timestampLayout), target, body,
	}.set(h, secret)
}

// Verifier checks that DOKU sent what it claims to have sent: notifications
// and inquiries (guide, sections "Receive Inquiry Request" and "Acknowledge
// payment result"). Print it freely: its keys are masked.
type Verifier struct {
	ClientID string
	Keys     []string // the current secret key, then the previous one while it is rolled
}

// Verify checks the headers h and the body, exactly as received, of a request
// that DOKU sent to target: the escaped path, without query, of the URL that is
// registered at DOKU. Call it before looking at anything else.
//
// It compares in constant time and accepts any age: DOKU tries again for
// twelve hours and may keep the first timestamp. The error is a
// [SignatureError], which never holds the signature that would have been right.
func (v Verifier) Verify(h http.Header, target string, body []byte) error {
	_, err := v.Key(h, target, body)
	return err
}

// Key does what [Verifier.Verify] does, and tells which of the keys the request
// was signed with: what DOKU will check the answer to an inquiry with.
func (v Verifier) Key(h http.Header, target string, body []byte) (string, error) {
	if body == nil {
		body = []byte{}
	}
	clientID, key, err := verify(h, headerRequestTimestamp, target, body, v.Keys)
	if err == nil && clientID != v.ClientID {
		err = &SignatureError{ReasonClient, headerClientID}
	}
	if err != nil {
		return "", err
	}
	return key, nil
}

// SignatureReason says why a signature was refused.
type SignatureReason string

// The reasons.
const (
	ReasonMissing   SignatureReason = "header missing"
	ReasonRepeated  SignatureReason = "header repeated"
	ReasonMalformed SignatureReason = "header malformed"
	ReasonMismatch  SignatureReason = "signature does not match" // key, path, headers or body differ
	ReasonClient    SignatureReason = "signed for another client"
	ReasonNoKey     SignatureReason = "no key to check with"
)

// SignatureError matches [ErrSignature]. It is for the log: whoever sent the
// request learns nothing but that it was refused.
type SignatureError struct {
	Reason SignatureReason
	Header string // the header in question, if it is one
}

func (e *SignatureError) Error() string {
	text := ErrSignature.Error() + ": " + string(e.Reason)
	if e.Header != "" {
		text += " (" + e.Header + ")"
	}
	return text
}

// Is matches [ErrSignature].
func (e *SignatureError) Is(target error) bool { return target == ErrSignature }

// verify checks h and body against each key and returns the Client-Id that was
// signed, and the key.
func verify(h http.Header, timestampHeader, target string, body []byte, keys []string) (clientID, key string, err *SignatureError) {
	s := signed{timestampHeader: timestampHeader, target: target, body: body}
	var signature string
	for _, part := range []struct {
		header string
		value  *string
	}{
		{headerClientID, &s.clientID},
		{headerRequestID, &s.requestID},
		{timestampHeader, &s.timestamp},
		{headerSignature, &signature},
	} {
		values := h.Values(part.header)
		switch {
		case len(values) == 0 || values[0] == "":
			return "", "", &SignatureError{ReasonMissing, part.header}
		case len(values) > 1:
			return "", "", &SignatureError{ReasonRepeated, part.header}
		case len(values[0]) > MaxRequestID, strings.ContainsFunc(values[0], unicode.IsControl):
			// A line feed would let one signed line pass for two.
			return "", "", &SignatureError{ReasonMalformed, part.header}
		}
		*part.value = values[0]
	}
	encoded, found := strings.CutPrefix(signature, signaturePrefix)
	// One sample of DOKU's is printed without the padding.
	got, decodeErr := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(encoded, "="))
	if !found || decodeErr != nil || len(got) != sha256.Size {
		return "", "", &SignatureError{ReasonMalformed, headerSignature}
	}
	text, tried := s.text(), false
	for _, k := range keys {
		if k == "" {
			continue // an empty setting must not become a key that everybody knows
		}
		tried = true
		if hmac.Equal(got, mac(k, text)) {
			key = k
		}
	}
	switch {
	case !tried:
		return "", "", &SignatureError{Reason: ReasonNoKey}
	case key == "":
		return "", "", &SignatureError{Reason: ReasonMismatch}
	}
	return s.clientID, key, nil
}
