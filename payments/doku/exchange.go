package doku

import (
	"net/http"
	"time"
)

// Exchange is one request and its answer as they went over the wire, to be
// kept as evidence. It never holds the secret key. It is filled as far as the
// call came, also when the call ended in an error; its URL is empty when
// nothing was sent.
type Exchange struct {
	Method, URL, RequestID string
	RequestHeader          http.Header
	RequestBody            []byte
	SentAt                 time.Time

	StatusCode     int // 0: no answer came
	ResponseHeader http.Header
	ResponseBody   []byte // at most MaxBody bytes
	Duration       time.Duration
	Failure        string // why there is no answer, or no whole one
}

// ClockSkew is how far DOKU's clock is ahead of ours, to the second and the
// length of the call; ok is false when the answer carries no time. DOKU
// refuses requests that are off by an hour.
func (x Exchange) ClockSkew() (ahead time.Duration, ok bool) {
	theirs, err := time.Parse(time.RFC3339, x.ResponseHeader.Get(headerResponseTimestamp))
	if err != nil {
		theirs, err = http.ParseTime(x.ResponseHeader.Get("Date"))
	}
	if err != nil || x.SentAt.IsZero() {
		return 0, false
	}
	return theirs.Sub(x.SentAt.Add(x.Duration)).Round(time.Second), true
}
