package doku

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestReadRefusal(t *testing.T) {
	long := strings.Repeat("a", 600)
	for _, test := range []struct {
		body       string
		code, kind string
		messages   []string
	}{
		{`{"error":{"code":"invalid_signature","message":"Invalid Header Signature","type":"invalid_request_error"}}`, "invalid_signature", "invalid_request_error", []string{"Invalid Header Signature"}},
		{`{"error":{"code":"x","message":["a","b"]}}`, "x", "", []string{"a", "b"}},
		{`{"error":{"code":400,"message":null}}`, "400", "", nil},
		{`{"message":["PAYMENT CHANNEL IS INACTIVE"]}`, "", "", []string{"PAYMENT CHANNEL IS INACTIVE"}},
		{`{"message":"No static resource x."}`, "", "", []string{"No static resource x."}},
		{`{"error_messages":["order.invoice_number must be filled","order.amount must greater than 0"]}`, "", "", []string{"order.invoice_number must be filled", "order.amount must greater than 0"}},
		{`{"errors":{"number":"is wrong","name":["is long","is odd"]}}`, "", "", []string{"number: is wrong", "is long", "is odd"}},
		{`{"timestamp":"x","status":404,"error":"Not Found","path":"/x"}`, "", "", []string{"Not Found"}},
		{`{"error":{"code":"a b\nc","type":"<script>","message":"two\r\nlines\u0000"}}`, "", "", []string{"two  lines "}},
		{`{"error":{"code":"` + long + `","message":"` + long + `"}}`, "", "", []string{long[:500]}},
		{`{"error":{"code":"a","code":"b","message":"c"}}`, "", "", []string{"c"}},
		{`{"message":[["a",["b"]],1,true,null,{"x":{"y":"c"}}]}`, "", "", []string{"a", "b", "x: y: c"}},
		{`{}`, "", "", nil},
		{`{"error":null,"message":"","error_messages":[" "],"errors":{}}`, "", "", nil},
		{``, "", "", nil},
		{`<html>Bad Gateway</html>`, "", "", nil},
		{"{\"message\":\"\xff\"}", "", "", nil},
		{strings.Repeat(`{"errors":`, 5000), "", "", nil},
	} {
		var e Error
		e.readRefusal([]byte(test.body))
		if e.Code != test.code || e.Type != test.kind || strings.Join(e.Messages, "|") != strings.Join(test.messages, "|") || len(e.Messages) != len(test.messages) {
			t.Errorf("%.80s: %q %q %q", test.body, e.Code, e.Type, e.Messages)
		}
		if e.saysWhy() != (test.code+test.kind != "" || test.messages != nil) {
			t.Errorf("%.80s: says why: %v", test.body, e.saysWhy())
		}
	}
	var e Error
	e.readRefusal([]byte(`{"message":[` + strings.Repeat(`"a",`, 500) + `"a"]}`))
	if len(e.Messages) != maxMessages {
		t.Errorf("%d messages", len(e.Messages))
	}
}

func TestErrorMatchesItsOutcomeOnly(t *testing.T) {
	sentinels := map[Outcome]error{
		NotSent: ErrNotSent, Unknown: ErrUnknown, Refused: ErrRefused, NotFound: ErrNotFound, RateLimited: ErrRateLimited,
	}
	cause := errors.New("cause")
	for outcome, own := range sentinels {
		err := error(&Error{Outcome: outcome, Err: cause})
		for other, sentinel := range sentinels {
			if errors.Is(err, sentinel) != (outcome == other) {
				t.Errorf("%s matches %v: %v", outcome, sentinel, errors.Is(err, sentinel))
			}
		}
		if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), own.Error()) {
			t.Errorf("%s: %v", outcome, err)
		}
	}
	if !errors.Is(&Error{}, ErrUnknown) {
		t.Error("an outcome nobody set is not unknown")
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"doku: refused: HTTP 400 invalid_signature":                {Outcome: Refused, HTTPStatus: 400, Code: "invalid_signature", Messages: []string{"Anton"}, Raw: []byte("Anton")},
		"doku: outcome unknown: HTTP 502":                          {Outcome: Unknown, HTTPStatus: 502},
		"doku: outcome unknown: cause":                             {Outcome: Unknown, Err: errors.New("cause")},
		"doku: outcome unknown: HTTP 200: body is not JSON":        {Outcome: Unknown, HTTPStatus: 200, Err: &ParseError{"", ProblemJSON}},
		"doku: outcome unknown: HTTP 200: order.amount is missing": {Outcome: Unknown, HTTPStatus: 200, Err: &ParseError{"order.amount", ProblemMissing}},
		"doku: not found: HTTP 404":                                {Outcome: NotFound, HTTPStatus: 404},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestBeforeBody(t *testing.T) {
	for _, test := range []struct {
		e    Error
		want bool
	}{
		{Error{Outcome: Refused, HTTPStatus: 400, Code: CodeInvalidHeader}, true},
		{Error{Outcome: Refused, HTTPStatus: 400, Code: CodeTimeOutOfRange}, true},
		{Error{Outcome: Refused, HTTPStatus: 400, Code: CodeInvalidClientID}, true},
		{Error{Outcome: Refused, HTTPStatus: 400, Code: CodeInvalidSignature}, true},
		{Error{Outcome: Refused, HTTPStatus: 401}, true},
		{Error{Outcome: Refused, HTTPStatus: 403}, true},
		{Error{Outcome: RateLimited, HTTPStatus: 429}, true},
		{Error{Outcome: NotSent}, true},
		{Error{Outcome: Refused, HTTPStatus: 400, Code: "invalid_parameter"}, false},
		{Error{Outcome: Refused, HTTPStatus: 409, Code: "invalid_parameter"}, false},
		{Error{Outcome: Unknown}, false},
	} {
		if got := test.e.BeforeBody(); got != test.want {
			t.Errorf("%+v: %v", test.e, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := utc("2026-01-01T00:00:00Z")
	for in, want := range map[string]time.Duration{
		"": 0, "x": 0, "-5": 0, "0": 0, "7": 7 * time.Second, "99999999": 24 * time.Hour, "9223372037": 24 * time.Hour, "1.5": 0,
		"Thu, 01 Jan 2026 00:01:00 GMT": time.Minute,
		"Wed, 31 Dec 2025 00:01:00 GMT": 0,
		"Fri, 01 Jan 2027 00:01:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {in}}, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}
