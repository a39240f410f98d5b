package doku

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

const answerBody = `{"order":{"invoice_number":"INV-20260101-0001"},"online_to_offline_info":{"payment_code":"6059000000000205"}}`

// reply is what a server in these tests says. Its zero value is a 200 without
// body.
type reply struct {
	status int
	body   string
	header map[string]string // beside, or instead of, what sign sets
	sign   bool
	key    string // vectorKey when empty

	clientID, requestID string // signed instead of what was asked
}

// sent is a request as the server saw it.
type sent struct {
	method, uri string
	header      http.Header
	body        []byte
}

// serve is a server on a real socket that always says the same, and what it
// was asked.
func serve(t *testing.T, r reply) (*Client, *[]sent) {
	t.Helper()
	var asked []sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		asked = append(asked, sent{q.Method, q.RequestURI, q.Header, body})
		r.write(w, q)
	}))
	t.Cleanup(server.Close)
	return &Client{
		BaseURL: server.URL, ClientID: vectorClientID, SecretKey: vectorKey,
		Now: func() time.Time { return utc("2026-01-01T02:30:00Z") },
	}, &asked
}

// write signs without the code under test.
func (r reply) write(w http.ResponseWriter, q *http.Request) {
	h := w.Header()
	if r.sign {
		key := r.key
		if key == "" {
			key = vectorKey
		}
		client, id, at := vectorClientID, q.Header.Get("Request-Id"), "2026-01-01T02:30:01Z"
		if r.clientID != "" {
			client = r.clientID
		}
		if r.requestID != "" {
			id = r.requestID
		}
		digest := sha256.Sum256([]byte(r.body))
		h.Set("Client-Id", client)
		h.Set("Request-Id", id)
		h.Set("Response-Timestamp", at)
		h.Set("Signature", "HMACSHA256="+hmacOf(key, "Client-Id:"+client+"\nRequest-Id:"+id+
			"\nResponse-Timestamp:"+at+"\nRequest-Target:"+q.URL.EscapedPath()+
			"\nDigest:"+base64.StdEncoding.EncodeToString(digest[:])))
	}
	for name, value := range r.header {
		if value == "" {
			h.Del(name)
		} else {
			h.Set(name, value)
		}
	}
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	_, _ = io.WriteString(w, r.body)
}

const requestID = "11111111-2222-4333-8444-555555555555"

func TestVectorsThroughTheClient(t *testing.T) {
	ctx := context.Background()
	for name, call := range map[string]func(*Client, vector) (Exchange, error){
		"create-request": func(c *Client, v vector) (Exchange, error) {
			_, x, err := c.Create(ctx, v.RequestID, v.body())
			return x, err
		},
		"create-request-docs-path": func(c *Client, v vector) (Exchange, error) {
			c.CreatePath = "/alfa-virtual-account/v2/payment-code"
			_, x, err := c.Create(ctx, v.RequestID, v.body())
			return x, err
		},
		"patch-delete": func(c *Client, v vector) (Exchange, error) {
			_, x, err := c.Update(ctx, v.RequestID, v.body())
			return x, err
		},
		"status-get": func(c *Client, v vector) (Exchange, error) {
			_, x, err := c.Status(ctx, v.RequestID, "INV-20260101-0001")
			return x, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := vectorNamed(t, name)
			c, asked := serve(t, reply{sign: true, body: `{"order":{"invoice_number":"INV-20260101-0001"},
				"transaction":{"status":"PENDING"},"online_to_offline_info":{"payment_code":"6059000000000205"}}`})
			c.Now = func() time.Time { return v.at(t).In(wib) }
			x, err := call(c, v)
			if err != nil || len(*asked) != 1 {
				t.Fatalf("%v, %d requests", err, len(*asked))
			}
			got := (*asked)[0]
			if got.method != v.Method || got.uri != v.Target || !bytes.Equal(got.body, v.body()) {
				t.Errorf("%s %s %s", got.method, got.uri, got.body)
			}
			want := v.header()
			want.Set("Content-Type", "application/json")
			want.Set("Accept", "application/json")
			want.Set("User-Agent", "kodebayar")
			if !reflect.DeepEqual(x.RequestHeader, want) {
				t.Errorf("recorded headers %v, want %v", x.RequestHeader, want)
			}
			for name := range want {
				if got.header.Get(name) != want.Get(name) || len(got.header[name]) != 1 {
					t.Errorf("sent %s: %q, want %q", name, got.header[name], want.Get(name))
				}
			}
		})
	}
}

// The answer of the vector, with its own signature, is believed even strictly.
func TestVectorCreateResponse(t *testing.T) {
	v := vectorNamed(t, "create-response")
	header := map[string]string{}
	for name, values := range v.header() {
		header[name] = values[0]
	}
	c, _ := serve(t, reply{body: *v.Body, header: header})
	c.StrictSignature = true
	got, x, err := c.Create(context.Background(), v.RequestID, vectorNamed(t, "create-request").body())
	if err != nil || got.PaymentCode != "6059000000000205" || got.Warnings != nil || got.Replayed {
		t.Fatalf("%+v, %v", got, err)
	}
	if string(x.ResponseBody) != *v.Body || x.StatusCode != 200 || x.ResponseHeader.Get("Signature") != v.Signature {
		t.Errorf("exchange %+v", x)
	}
}

func TestExchangeIsEvidence(t *testing.T) {
	body := vectorNamed(t, "create-request").body()
	c, _ := serve(t, reply{sign: true, body: answerBody, header: map[string]string{"X-Odd": "1"}})
	_, x, err := c.Create(context.Background(), requestID, body)
	if err != nil {
		t.Fatal(err)
	}
	if x.Method != "POST" || x.URL != c.BaseURL+DefaultCreatePath || x.RequestID != requestID ||
		!bytes.Equal(x.RequestBody, body) || !x.SentAt.Equal(utc("2026-01-01T02:30:00Z")) || x.StatusCode != 200 ||
		x.ResponseHeader.Get("X-Odd") != "1" || string(x.ResponseBody) != answerBody || x.Duration <= 0 || x.Failure != "" {
		t.Errorf("%+v", x)
	}
	if strings.Contains(fmt.Sprintf("%+v", x), vectorKey) {
		t.Error("the secret key is in the evidence")
	}
	if skew, ok := x.ClockSkew(); !ok || skew != time.Second {
		t.Errorf("skew %v, %v", skew, ok)
	}
}

func TestClockSkew(t *testing.T) {
	at := utc("2026-01-01T00:00:00Z")
	for _, test := range []struct {
		name string
		x    Exchange
		want time.Duration
		ok   bool
	}{
		{"no answer", Exchange{SentAt: at}, 0, false},
		{"Response-Timestamp", Exchange{SentAt: at, ResponseHeader: http.Header{"Response-Timestamp": {"2026-01-01T00:10:00Z"}, "Date": {"x"}}}, 10 * time.Minute, true},
		{"Date", Exchange{SentAt: at, ResponseHeader: http.Header{"Date": {"Wed, 31 Dec 2025 23:00:00 GMT"}}}, -time.Hour, true},
		{"not sent", Exchange{ResponseHeader: http.Header{"Response-Timestamp": {"2026-01-01T00:10:00Z"}}}, 0, false},
		{"odd", Exchange{SentAt: at, ResponseHeader: http.Header{"Response-Timestamp": {"now"}, "Date": {"now"}}}, 0, false},
		{"after a slow answer", Exchange{SentAt: at, Duration: 8 * time.Second, ResponseHeader: http.Header{"Response-Timestamp": {"2026-01-01T00:00:08Z"}}}, 0, true},
	} {
		if got, ok := test.x.ClockSkew(); got != test.want || ok != test.ok {
			t.Errorf("%s: %v, %v", test.name, got, ok)
		}
	}
}

func TestPaths(t *testing.T) {
	ctx, body := context.Background(), vectorNamed(t, "create-request").body()
	for _, test := range []struct {
		want string
		call func(*Client) error
	}{
		{"POST /alfa-online-to-offline/v2/payment-code", func(c *Client) error { _, _, err := c.Create(ctx, "1", body); return err }},
		{"POST /alfa-online-to-offline/v2/merchant-payment-code", func(c *Client) error { _, _, err := c.CreateMerchant(ctx, "1", body); return err }},
		{"PATCH /alfa-online-to-offline/v2/payment-code", func(c *Client) error { _, _, err := c.Update(ctx, "1", body); return err }},
		{"GET /orders/v1/status/INV-20260101-0001", func(c *Client) error { _, _, err := c.Status(ctx, "1", "INV-20260101-0001"); return err }},
		{"POST /a", func(c *Client) error { c.CreatePath = "/a"; _, _, err := c.Create(ctx, "1", body); return err }},
		{"PATCH /b", func(c *Client) error { c.UpdatePath = "/b"; _, _, err := c.Update(ctx, "1", body); return err }},
		{"POST /c", func(c *Client) error {
			c.MerchantCodePath = "/c"
			_, _, err := c.CreateMerchant(ctx, "1", body)
			return err
		}},
		{"POST /prefix/a", func(c *Client) error {
			c.BaseURL, c.CreatePath = c.BaseURL+"/prefix/", "/a"
			_, _, err := c.Create(ctx, "1", body)
			return err
		}},
	} {
		c, asked := serve(t, reply{sign: true, body: `{"order":{"invoice_number":"INV-20260101-0001"},
			"transaction":{"status":"PENDING"},"online_to_offline_info":{"payment_code":"1"}}`})
		c.StrictSignature = true // the answer is signed over the path called
		if err := test.call(c); err != nil {
			t.Errorf("%s: %v", test.want, err)
		}
		if got := (*asked)[0].method + " " + (*asked)[0].uri; got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// An invoice that is not ours may hold anything; the path is signed as it is
// sent.
func TestStatusEscapesTheInvoice(t *testing.T) {
	const invoice = "INV/2021 é%?#"
	c, asked := serve(t, reply{sign: true, body: `{"order":{"invoice_number":"INV/2021 é%?#"},"transaction":{"status":"PENDING"}}`})
	c.StrictSignature = true
	if _, _, err := c.Status(context.Background(), "1", invoice); err != nil {
		t.Fatal(err)
	}
	got := (*asked)[0]
	const target = "/orders/v1/status/INV%2F2021%20%C3%A9%25%3F%23"
	if got.uri != target {
		t.Errorf("called %s", got.uri)
	}
	want := "HMACSHA256=" + hmacOf(vectorKey, "Client-Id:"+vectorClientID+"\nRequest-Id:1\nRequest-Timestamp:2026-01-01T02:30:00Z\nRequest-Target:"+target)
	if got.header.Get("Signature") != want {
		t.Errorf("signed %s", got.header.Get("Signature"))
	}
}

func TestCreateOutcomes(t *testing.T) {
	errorBody := `{"error":{"code":"invalid_parameter","message":"AMOUNT","type":"invalid_request_error"}}`
	huge := `{"x":"` + strings.Repeat("x", MaxBody) + `"}`
	for _, test := range []struct {
		name  string
		reply reply
		want  error // nil: a code
		check func(*testing.T, CodeAnswer, *Error)
	}{
		{name: "a code", reply: reply{sign: true, body: answerBody}},
		{name: "a code with 201", reply: reply{sign: true, status: 201, body: answerBody}},
		{name: "a code called payment, as a number", reply: reply{sign: true, body: `{"online_to_offline_info":{"payment":6059000000000205}}`}},
		{name: "the original code", reply: reply{sign: true, status: 409, body: answerBody}, check: func(t *testing.T, a CodeAnswer, _ *Error) {
			if !a.Replayed {
				t.Error("not told that it is a replay")
			}
		}},
		{name: "the original refusal", reply: reply{sign: true, status: 409, body: errorBody}, want: ErrRefused, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if e.Code != "invalid_parameter" || e.HTTPStatus != 409 || string(e.Raw) != errorBody {
				t.Errorf("%+v", e)
			}
		}},
		{name: "the original refusal, as messages", reply: reply{status: 409, body: `{"message":["NO"]}`}, want: ErrRefused},
		{name: "409 with neither", reply: reply{sign: true, status: 409, body: `{"order":{"invoice_number":"INV-20260101-0001"}}`}, want: ErrUnknown},
		{name: "409 with nothing", reply: reply{status: 409}, want: ErrUnknown},
		{name: "409 that is no JSON", reply: reply{status: 409, body: "<html>"}, want: ErrUnknown},
		{name: "409 that only says used", reply: reply{status: 409, body: `{"error":{"code":"idempotent_request","message":"again"}}`}, want: ErrUnknown},
		{name: "409 with two codes", reply: reply{status: 409, body: `{"online_to_offline_info":{"payment_code":"1","payment_code":"2"}}`}, want: ErrUnknown},
		{name: "409 too large", reply: reply{status: 409, body: huge}, want: ErrUnknown},

		{name: "400", reply: reply{status: 400, body: errorBody}, want: ErrRefused, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if e.Code != "invalid_parameter" || e.Type != "invalid_request_error" || len(e.Messages) != 1 || e.Messages[0] != "AMOUNT" || e.HTTPStatus != 400 {
				t.Errorf("%+v", e)
			}
		}},
		{name: "400 of another shape", reply: reply{status: 400, body: `{"error_messages":["a","b"]}`}, want: ErrRefused, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if len(e.Messages) != 2 {
				t.Errorf("%+v", e)
			}
		}},
		{name: "400 without a word", reply: reply{status: 400}, want: ErrRefused},
		{name: "400 too large", reply: reply{status: 400, body: huge}, want: ErrRefused, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if len(e.Raw) != MaxBody {
				t.Errorf("kept %d bytes", len(e.Raw))
			}
		}},
		{name: "401", reply: reply{status: 401}, want: ErrRefused},
		{name: "403", reply: reply{status: 403}, want: ErrRefused},
		{name: "404", reply: reply{status: 404, body: `{"message":"No static resource x."}`}, want: ErrRefused},
		{name: "422", reply: reply{status: 422}, want: ErrRefused},
		{name: "408", reply: reply{status: 408}, want: ErrUnknown},
		{name: "429", reply: reply{status: 429, header: map[string]string{"Retry-After": "7"}}, want: ErrRateLimited, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if e.RetryAfter != 7*time.Second {
				t.Errorf("%+v", e)
			}
		}},

		{name: "500", reply: reply{status: 500, body: errorBody}, want: ErrUnknown},
		{name: "500 with a code", reply: reply{sign: true, status: 500, body: answerBody}, want: ErrUnknown},
		{name: "502", reply: reply{status: 502, body: "<html>"}, want: ErrUnknown},
		{name: "503", reply: reply{status: 503, header: map[string]string{"Retry-After": "9"}}, want: ErrUnknown, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if e.RetryAfter != 9*time.Second {
				t.Errorf("%+v", e)
			}
		}},
		{name: "a redirect", reply: reply{status: 302, header: map[string]string{"Location": "/elsewhere"}}, want: ErrUnknown},
		{name: "a redirect that keeps the body", reply: reply{status: 308, header: map[string]string{"Location": "/elsewhere"}}, want: ErrUnknown},
		{name: "200 with nothing", reply: reply{}, want: ErrUnknown},
		{name: "204", reply: reply{status: 204}, want: ErrUnknown},
		{name: "200 that is no JSON", reply: reply{body: "OK"}, want: ErrUnknown},
		{name: "200 with a refusal", reply: reply{body: errorBody}, want: ErrUnknown},
		{name: "200 without a code", reply: reply{sign: true, body: `{"order":{"invoice_number":"INV-20260101-0001"}}`}, want: ErrUnknown},
		{name: "200 with a null code", reply: reply{sign: true, body: `{"online_to_offline_info":{"payment_code":null}}`}, want: ErrUnknown},
		{name: "200 with two codes", reply: reply{sign: true, body: `{"online_to_offline_info":{"payment_code":"1","payment_code":"2"}}`}, want: ErrUnknown},
		{name: "200 too large", reply: reply{body: huge}, want: ErrUnknown, check: func(t *testing.T, _ CodeAnswer, e *Error) {
			if len(e.Raw) != MaxBody || !errors.Is(e, ErrMalformed) {
				t.Errorf("kept %d bytes, %v", len(e.Raw), e)
			}
		}},
		{name: "a code, then endless spaces", reply: reply{sign: true, body: answerBody + strings.Repeat(" ", MaxBody)}, want: ErrUnknown},
		{name: "200 too deep", reply: reply{body: strings.Repeat("[", 10000)}, want: ErrUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, asked := serve(t, test.reply)
			body := vectorNamed(t, "create-request").body()
			got, x, err := c.Create(context.Background(), requestID, body)
			if !errors.Is(err, test.want) {
				t.Fatalf("%+v, %v, want %v", got, err, test.want)
			}
			var e *Error
			if err == nil && got.PaymentCode != "6059000000000205" {
				t.Errorf("answer %+v", got)
			}
			if err != nil && (!errors.As(err, &e) || !reflect.DeepEqual(got, CodeAnswer{}) || !bytes.Equal(e.Raw, x.ResponseBody)) {
				t.Errorf("answer %+v beside %#v", got, err)
			}
			if len(*asked) != 1 || x.StatusCode == 0 || x.RequestID != requestID {
				t.Errorf("%d requests, %+v", len(*asked), x)
			}
			if test.check != nil {
				test.check(t, got, e)
			}
		})
	}
}

func TestEchoes(t *testing.T) {
	ctx := context.Background()
	r := sale()
	r.OverrideNotificationURL = "https://a.id/n"
	create := bodyOf(t, r)
	r.PaymentCode = "6059000000000205"
	merchant := bodyOf(t, r)
	const override = `,"additional_info":{"override_notification_url":"https://a.id/n"}}`
	full := strings.TrimSuffix(answerBody, "}") + override
	for _, test := range []struct {
		name     string
		reply    reply
		merchant bool
		want     []Warning
	}{
		{"all", reply{body: full}, true, nil},
		{"another client", reply{body: full, clientID: "BRN-other"}, false, []Warning{{WarnEchoDiffers, "Client-Id", vectorClientID, "BRN-other"}}},
		{"another request", reply{body: full, requestID: "other"}, false, []Warning{{WarnEchoDiffers, "Request-Id", requestID, "other"}}},
		{"no override", reply{body: answerBody}, false, []Warning{{WarnEchoMissing, "additional_info.override_notification_url", "https://a.id/n", ""}}},
		{"another override", reply{body: strings.Replace(full, "a.id", "b.id", 1)}, false, []Warning{{WarnEchoDiffers, "additional_info.override_notification_url", "https://a.id/n", "https://b.id/n"}}},
		{"another invoice", reply{body: strings.Replace(full, "-0001", "-0002", 1)}, false, []Warning{{WarnEchoDiffers, "order.invoice_number", "INV-20260101-0001", "INV-20260101-0002"}}},
		{"no invoice", reply{body: `{"online_to_offline_info":{"payment_code":"6059000000000205"}` + override}, false, []Warning{{WarnEchoMissing, "order.invoice_number", "INV-20260101-0001", ""}}},
		{"another code than the merchant's", reply{body: strings.Replace(full, "0205", "0206", 1)}, true, []Warning{{WarnEchoDiffers, "online_to_offline_info.payment_code", "6059000000000205", "6059000000000206"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.reply.sign = true
			c, _ := serve(t, test.reply)
			call, body := c.Create, create
			if test.merchant {
				call, body = c.CreateMerchant, merchant
			}
			got, _, err := call(ctx, requestID, body)
			if err != nil || !reflect.DeepEqual(got.Warnings, test.want) {
				t.Errorf("%v, %v", got.Warnings, err)
			}
			// A notification URL is a wish; the rest says whose answer it is.
			foreign := len(test.want) > 0 && test.want[0].Kind == WarnEchoDiffers && !strings.HasPrefix(test.want[0].Field, "additional_info.")
			c.StrictSignature = true
			if _, _, err := call(ctx, requestID, body); errors.Is(err, ErrUnknown) != foreign {
				t.Errorf("strictly: %v", err)
			}
		})
	}
}

// An update may be answered without the code it names; a code is what a create
// is for.
func TestUpdateAnswerWithoutCode(t *testing.T) {
	c, _ := serve(t, reply{sign: true, body: `{"order":{"invoice_number":"INV-20260101-0001"}}`})
	got, _, err := c.Update(context.Background(), requestID, vectorNamed(t, "patch-delete").body())
	want := []Warning{{WarnEchoMissing, "online_to_offline_info.payment_code", "6059000000000205", ""}}
	if err != nil || got.PaymentCode != "" || !reflect.DeepEqual(got.Warnings, want) {
		t.Errorf("%+v, %v", got, err)
	}
	// Sent again it is answered with the same, as 409.
	c, _ = serve(t, reply{sign: true, status: 409, body: `{"order":{"invoice_number":"INV-20260101-0001"}}`})
	got, _, err = c.Update(context.Background(), requestID, vectorNamed(t, "patch-delete").body())
	if err != nil || !got.Replayed || !reflect.DeepEqual(got.Warnings, want) {
		t.Errorf("replayed: %+v, %v", got, err)
	}
	for _, r := range []reply{
		{sign: true, body: `{"order":{"invoice_number":"INV-OTHER"}}`},
		{sign: true, body: `{}`},
		{sign: true, status: 409, body: `{"order":{"invoice_number":"INV-OTHER"}}`},
		{sign: true, status: 409, body: `{}`},
		{sign: true, status: 409, body: `{"order":{"invoice_number":"INV-20260101-0001"},"error":{"code":"idempotent_request"}}`},
	} {
		c, _ := serve(t, r)
		if got, _, err := c.Update(context.Background(), requestID, vectorNamed(t, "patch-delete").body()); !errors.Is(err, ErrUnknown) {
			t.Errorf("%+v: %+v, %v", r, got, err)
		}
	}
}

// A body that names nothing cannot be repeated.
func TestUpdateOfNothing(t *testing.T) {
	c, _ := serve(t, reply{sign: true, body: `{}`})
	if got, _, err := c.Update(context.Background(), requestID, []byte(`{}`)); !errors.Is(err, ErrUnknown) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUpdateRefused(t *testing.T) {
	for _, r := range []reply{
		{status: 400, body: `{"error":{"code":"already_paid"}}`},
		{status: 409, body: `{"order":{"invoice_number":"INV-20260101-0001"},"error":{"code":"already_paid"}}`},
	} {
		c, _ := serve(t, r)
		_, _, err := c.Update(context.Background(), requestID, vectorNamed(t, "patch-delete").body())
		var e *Error
		if !errors.As(err, &e) || e.Outcome != Refused || e.Code != "already_paid" || e.BeforeBody() {
			t.Errorf("%d: %v", r.status, err)
		}
	}
}

// roads are the ways an answer may come: what may be believed depends on them.
func TestAnswerSignatures(t *testing.T) {
	type road int
	const (
		loopback road = iota
		plain         // http to another host
		verified      // https to another host
		anyone        // https that checks no certificate
	)
	signedReply := reply{sign: true, body: answerBody}
	unsigned := reply{body: answerBody}
	noEchoes := map[string]string{"Client-Id": "", "Request-Id": ""}
	foreignKey := reply{sign: true, key: "SK-foreign", body: answerBody}
	refusal := `{"error":{"code":"invalid_parameter"}}`
	missing := Warning{Kind: WarnSignatureMissing, Field: "Signature"}
	wrong := Warning{Kind: WarnSignatureWrong, Field: "Signature"}
	for _, test := range []struct {
		name   string
		reply  reply
		road   road
		strict bool
		want   error
		warns  []Warning // in addition to missing header echoes
	}{
		{"signed, loopback", signedReply, loopback, false, nil, nil},
		{"signed, plain", signedReply, plain, false, nil, nil},
		{"signed, strict", signedReply, plain, true, nil, nil},
		{"unsigned, loopback", unsigned, loopback, false, nil, []Warning{missing}},
		{"unsigned, verified", unsigned, verified, false, nil, []Warning{missing}},
		{"unsigned, any certificate", unsigned, anyone, false, ErrUnknown, nil},
		{"unsigned, plain", unsigned, plain, false, ErrUnknown, nil},
		{"unsigned, strict", unsigned, verified, true, ErrUnknown, nil},
		{"wrong, loopback", foreignKey, loopback, false, nil, []Warning{wrong}},
		{"wrong, verified", foreignKey, verified, false, nil, []Warning{wrong}},
		{"wrong, plain", foreignKey, plain, false, ErrUnknown, nil},
		{"wrong, any certificate", foreignKey, anyone, false, ErrUnknown, nil},
		{"wrong, strict", foreignKey, loopback, true, ErrUnknown, nil},
		{"wrong, no echoes at all", reply{sign: true, key: "x", body: answerBody, header: noEchoes}, loopback, false, nil, []Warning{wrong}},
		{"unsigned, another client", reply{body: answerBody, header: map[string]string{"Client-Id": "BRN-other"}}, loopback, false, ErrUnknown, nil},
		{"unsigned, another request", reply{body: answerBody, header: map[string]string{"Request-Id": "other"}}, loopback, false, ErrUnknown, nil},
		{"unsigned, another invoice", reply{body: strings.Replace(answerBody, "-0001", "-0002", 1)}, loopback, false, ErrUnknown, nil},

		{"refusal unsigned, plain", reply{status: 400, body: refusal}, plain, false, ErrRefused, nil},
		{"refusal unsigned, strict", reply{status: 400, body: refusal}, plain, true, ErrRefused, nil},
		{"refusal signed, strict", reply{sign: true, status: 400, body: refusal}, plain, true, ErrRefused, nil},
		{"refusal wrong, loopback", reply{sign: true, key: "x", status: 400, body: refusal}, loopback, false, ErrRefused, nil},
		{"refusal wrong, plain", reply{sign: true, key: "x", status: 400, body: refusal}, plain, false, ErrUnknown, nil},
		{"refusal wrong, strict", reply{sign: true, key: "x", status: 400, body: refusal}, loopback, true, ErrUnknown, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := httptest.NewServer
			if test.road >= verified {
				start = httptest.NewTLSServer
			}
			server := start(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { test.reply.write(w, q) }))
			t.Cleanup(server.Close)
			c := &Client{BaseURL: server.URL, ClientID: vectorClientID, SecretKey: vectorKey, StrictSignature: test.strict}
			if test.road != loopback {
				transport := server.Client().Transport.(*http.Transport).Clone()
				transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
				}
				if test.road == anyone {
					transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // that is the case under test
				}
				c.HTTP = &http.Client{Transport: transport}
				t.Cleanup(transport.CloseIdleConnections)
				c.BaseURL = map[road]string{plain: "http://example.com", verified: "https://example.com", anyone: "https://example.com"}[test.road]
			}
			got, _, err := c.Create(context.Background(), requestID, vectorNamed(t, "create-request").body())
			if !errors.Is(err, test.want) {
				t.Fatalf("%+v, %v, want %v", got, err, test.want)
			}
			var warns []Warning
			for _, w := range got.Warnings {
				if w.Kind != WarnEchoMissing {
					warns = append(warns, w)
				}
			}
			if !reflect.DeepEqual(warns, test.warns) {
				t.Errorf("warned %v, want %v", got.Warnings, test.warns)
			}
		})
	}
}

// The signature of an answer covers its path, its own timestamp and its bytes.
func TestAnswerSignatureCoversEverything(t *testing.T) {
	v := vectorNamed(t, "create-response")
	for name, change := range map[string]func(*reply, *Client){
		"path":      func(_ *reply, c *Client) { c.CreatePath = "/other" },
		"timestamp": func(r *reply, _ *Client) { r.header["Response-Timestamp"] = "2026-01-01T02:30:02Z" },
		"header": func(r *reply, _ *Client) {
			r.header["Request-Timestamp"], r.header["Response-Timestamp"] = v.Timestamp, ""
		},
		"body": func(r *reply, _ *Client) { r.body += "\n" },
		"key":  func(_ *reply, c *Client) { c.SecretKey = "other" },
	} {
		r := reply{body: *v.Body, header: map[string]string{}}
		for name, values := range v.header() {
			r.header[name] = values[0]
		}
		c := &Client{ClientID: vectorClientID, SecretKey: vectorKey, StrictSignature: true}
		change(&r, c)
		server, _ := serve(t, r)
		c.BaseURL = server.BaseURL
		_, _, err := c.Create(context.Background(), v.RequestID, vectorNamed(t, "create-request").body())
		if !errors.Is(err, ErrUnknown) || !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStatusOutcomes(t *testing.T) {
	const success = `{"order":{"invoice_number":"INV-1","amount":5},"transaction":{"status":"SUCCESS"}}`
	for _, test := range []struct {
		name  string
		reply reply
		want  error
	}{
		{"success", reply{sign: true, body: success}, nil},
		{"unsigned", reply{body: success}, nil},
		{"no invoice", reply{sign: true, body: `{"transaction":{"status":"PENDING"}}`}, nil},
		{"asked by Request-Id", reply{sign: true, body: `{"order":{"invoice_number":"INV-9"},"transaction":{"status":"SUCCESS","original_request_id":"INV-1"}}`}, nil},
		{"another invoice", reply{sign: true, body: strings.Replace(success, "INV-1", "INV-2", 1)}, ErrUnknown},
		{"not known", reply{status: 404}, ErrNotFound},
		{"not known, with words", reply{status: 404, body: `{"message":["TRANSACTION NOT FOUND"]}`}, ErrNotFound},
		{"no such path", reply{status: 404, body: `{"message":"No static resource orders/v1/status/INV-1."}`}, ErrRefused},
		{"refused", reply{status: 400, body: `{"error":{"code":"invalid_signature"}}`}, ErrRefused},
		{"rate limited", reply{status: 429}, ErrRateLimited},
		{"broken", reply{status: 500}, ErrUnknown},
		{"used before", reply{status: 409, body: success}, ErrUnknown},
		{"empty", reply{}, ErrUnknown},
		{"no status", reply{sign: true, body: `{"order":{"invoice_number":"INV-1"}}`}, ErrUnknown},
		{"a wrong sum", reply{sign: true, body: strings.Replace(success, "5", "-5", 1)}, ErrUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _ := serve(t, test.reply)
			got, x, err := c.Status(context.Background(), "1", "INV-1")
			if !errors.Is(err, test.want) || x.StatusCode == 0 {
				t.Fatalf("%+v, %v, want %v", got, err, test.want)
			}
			if err != nil && !reflect.DeepEqual(got, StatusAnswer{}) {
				t.Errorf("answer %+v beside %v", got, err)
			}
		})
	}
}

func TestStatusWarns(t *testing.T) {
	c, _ := serve(t, reply{body: `{"transaction":{"status":"PENDING"},"online_to_offline_info":{"created_date":"x"}}`})
	got, _, err := c.Status(context.Background(), "1", "INV-1")
	want := []Warning{
		{WarnEchoMissing, "Client-Id", vectorClientID, ""},
		{WarnEchoMissing, "Request-Id", "1", ""},
		{WarnEchoMissing, "order.invoice_number", "INV-1", ""},
		{Kind: WarnSignatureMissing, Field: "Signature"},
		{Kind: WarnUnreadable, Field: "online_to_offline_info.created_date"},
	}
	if err != nil || !reflect.DeepEqual(got.Warnings, want) {
		t.Errorf("%v, %v", got.Warnings, err)
	}
}

// A network that breaks, at any moment, leaves the outcome unknown.
func TestBrokenNetwork(t *testing.T) {
	hijack := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"cut before the answer": hijack(""),
		"cut in the headers":    hijack("HTTP/1.1 200 OK\r\nContent-Le"),
		"cut in the body":       hijack("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + answerBody),
		"cut in a refusal":      hijack("HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n{"),
		"not HTTP":              hijack("SSH-2.0-OpenSSH\r\n"),
		"endless headers":       hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n"),
		"too slow": func(_ http.ResponseWriter, q *http.Request) {
			_, _ = io.Copy(io.Discard, q.Body) // else the server would not see the client go
			<-q.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			c := &Client{BaseURL: server.URL, ClientID: "A", SecretKey: "k"}
			ctx := context.Background()
			if name == "too slow" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
			}
			got, x, err := c.Create(ctx, requestID, vectorNamed(t, "create-request").body())
			if !errors.Is(err, ErrUnknown) || !reflect.DeepEqual(got, CodeAnswer{}) {
				t.Fatalf("%+v, %v", got, err)
			}
			if x.Failure == "" || x.RequestID != requestID || len(x.RequestBody) == 0 {
				t.Errorf("exchange %+v", x)
			}
			if inBody := name == "cut in the body" || name == "cut in a refusal"; (x.StatusCode != 0) != inBody || (len(x.ResponseBody) != 0) != inBody {
				t.Errorf("status %d, body %q", x.StatusCode, x.ResponseBody)
			}
			if name == "too slow" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("cause %v", err)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		c := &Client{BaseURL: server.URL, ClientID: "A", SecretKey: "k"}
		_, x, err := c.Create(context.Background(), requestID, vectorNamed(t, "create-request").body())
		if !errors.Is(err, ErrUnknown) || x.StatusCode != 0 || x.Failure == "" || strings.Contains(x.Failure, "http://") {
			t.Errorf("%+v, %v", x, err)
		}
	})
}

func TestNotSent(t *testing.T) {
	ctx := context.Background()
	body := vectorNamed(t, "create-request").body()
	for name, change := range map[string]func(c *Client, id *string, body *[]byte){
		"no client id":         func(c *Client, _ *string, _ *[]byte) { c.ClientID = "" },
		"odd client id":        func(c *Client, _ *string, _ *[]byte) { c.ClientID = "A\nB" },
		"no key":               func(c *Client, _ *string, _ *[]byte) { c.SecretKey = "" },
		"no address":           func(c *Client, _ *string, _ *[]byte) { c.BaseURL = "" },
		"address of a file":    func(c *Client, _ *string, _ *[]byte) { c.BaseURL = "file:///etc" },
		"address with query":   func(c *Client, _ *string, _ *[]byte) { c.BaseURL += "?x=" },
		"address with secret":  func(c *Client, _ *string, _ *[]byte) { c.BaseURL = "https://u:p@a.id" },
		"path without slash":   func(c *Client, _ *string, _ *[]byte) { c.CreatePath = "a" },
		"path to another host": func(c *Client, _ *string, _ *[]byte) { c.CreatePath = "@evil.id/" },
		"path into the host": func(c *Client, _ *string, _ *[]byte) {
			c.BaseURL, c.CreatePath = "http://doku.invalid", ".evil.invalid/"
		},
		"path with empty query": func(c *Client, _ *string, _ *[]byte) { c.CreatePath = "/a?" },
		"path with fragment":    func(c *Client, _ *string, _ *[]byte) { c.CreatePath = "/a#b" },
		"path with query":       func(c *Client, _ *string, _ *[]byte) { c.CreatePath = "/a?b" },
		"broken path":           func(c *Client, _ *string, _ *[]byte) { c.CreatePath = "/%zz" },
		"no request id":         func(_ *Client, id *string, _ *[]byte) { *id = "" },
		"endless request id":    func(_ *Client, id *string, _ *[]byte) { *id = strings.Repeat("a", 129) },
		"two lines":             func(_ *Client, id *string, _ *[]byte) { *id = "a\r\nb: c" },
		"spaces around":         func(_ *Client, id *string, _ *[]byte) { *id = " a" },
		"no body":               func(_ *Client, _ *string, body *[]byte) { *body = nil },
		"half a body":           func(_ *Client, _ *string, body *[]byte) { *body = (*body)[:20] },
		"endless body":          func(_ *Client, _ *string, body *[]byte) { *body = bytes.Repeat([]byte("a"), MaxBody+1) },
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := serve(t, reply{sign: true, body: answerBody})
			id, content := requestID, body
			change(c, &id, &content)
			_, x, err := c.Create(ctx, id, content)
			if !errors.Is(err, ErrNotSent) || len(*asked) != 0 || x.URL != "" {
				t.Errorf("%v, %d requests, %+v", err, len(*asked), x)
			}
			if strings.Contains(err.Error(), vectorKey) {
				t.Error("the error tells the key")
			}
		})
	}
	for _, invoice := range []string{"", ".", ".."} {
		c, asked := serve(t, reply{})
		if _, _, err := c.Status(ctx, "1", invoice); !errors.Is(err, ErrNotSent) || len(*asked) != 0 {
			t.Errorf("status of %q: %v", invoice, err)
		}
	}
}

// A given client keeps its transport and time-out, but follows no redirect.
func TestGivenHTTPClient(t *testing.T) {
	c, asked := serve(t, reply{status: 307, header: map[string]string{"Location": "/elsewhere"}})
	given := &http.Client{Timeout: time.Minute}
	c.HTTP = given
	if _, _, err := c.Create(context.Background(), requestID, vectorNamed(t, "create-request").body()); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if len(*asked) != 1 || given.CheckRedirect != nil {
		t.Errorf("%d requests; the given client was changed: %v", len(*asked), given.CheckRedirect != nil)
	}
	if own := (&Client{}).http(); own.Timeout != 10*time.Second {
		t.Errorf("own time-out %v", own.Timeout)
	}
}

// The same request again differs only in its time, so that DOKU sees that it
// is the same.
func TestSendAgain(t *testing.T) {
	c, asked := serve(t, reply{sign: true, status: 409, body: answerBody})
	now := utc("2026-01-01T02:30:00Z")
	c.Now = func() time.Time { now = now.Add(2 * time.Hour); return now }
	body := vectorNamed(t, "create-request").body()
	for range 2 {
		if a, _, err := c.Create(context.Background(), requestID, body); err != nil || !a.Replayed {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	one, two := (*asked)[0], (*asked)[1]
	if !bytes.Equal(one.body, two.body) || one.header.Get("Request-Id") != two.header.Get("Request-Id") {
		t.Error("body or Request-Id changed")
	}
	if one.header.Get("Request-Timestamp") == two.header.Get("Request-Timestamp") || one.header.Get("Signature") == two.header.Get("Signature") {
		t.Error("the time is not fresh")
	}
}

func TestHowToPay(t *testing.T) {
	const steps = `{"payment_instruction":[{"channel":"ALFAMART","step":["Datang","Bayar"]}]}`
	for _, test := range []struct {
		name  string
		reply reply
		want  error
	}{
		{"steps", reply{body: steps}, nil},
		{"hostile", reply{body: `{"payment_instruction":"x"}`}, ErrUnknown},
		{"endless", reply{body: strings.Repeat(" ", MaxBody) + steps}, ErrUnknown},
		{"deep", reply{body: strings.Repeat("[", 5000)}, ErrUnknown},
		{"gone", reply{status: 404}, ErrNotFound},
		{"forbidden", reply{status: 403}, ErrRefused},
		{"broken", reply{status: 500}, ErrUnknown},
		{"elsewhere", reply{status: 302, header: map[string]string{"Location": "http://169.254.169.254/"}}, ErrUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, asked := serve(t, test.reply)
			got, x, err := c.HowToPay(context.Background(), c.BaseURL+"/alfa-online-to-offline/v2/how-to-pay-api/73?x=1")
			if !errors.Is(err, test.want) {
				t.Fatalf("%+v, %v", got, err)
			}
			if err == nil && !reflect.DeepEqual(got, HowToPay{[]Instruction{{"ALFAMART", []string{"Datang", "Bayar"}}}}) {
				t.Errorf("%+v", got)
			}
			if len(*asked) != 1 || x.StatusCode == 0 || x.Method != "GET" {
				t.Fatalf("%d requests, %+v", len(*asked), x)
			}
			for _, name := range []string{"Signature", "Client-Id", "Request-Id"} {
				if (*asked)[0].header.Get(name) != "" {
					t.Errorf("sends %s", name)
				}
			}
		})
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestHowToPayAsksOnlyDOKU(t *testing.T) {
	c := &Client{BaseURL: "http://127.0.0.1:8090"}
	base := mustURL(t, c.BaseURL)
	for _, address := range []string{
		"https://doku.com/x", "https://api-sandbox.doku.com/x", "https://API.DOKU.COM/x", "http://127.0.0.1:8090/x", "http://localhost:8090/x",
	} {
		if !mayFetch(mustURL(t, address), base) {
			t.Errorf("%s may not be fetched", address)
		}
	}
	for _, address := range []string{
		"", "/x", "http://doku.com/x", "https://doku.com:8443/x", "https://evildoku.com/x", "https://doku.com.evil.id/x", "https://doku.com@evil.id/x",
		"https://u:p@doku.com/x", "ftp://doku.com/x", "file:///etc/passwd", "javascript:alert(1)", "http://127.0.0.1:8091/x", "https://127.0.0.1:8090/x",
		"http://127.0.0.1/x", "http://169.254.169.254/x", "http://[::1]/x", "https://evil.id/doku.com", "https://evil.id#.doku.com", "http://%zz", "//doku.com/x",
	} {
		_, x, err := c.HowToPay(context.Background(), address)
		if !errors.Is(err, ErrNotSent) || x.URL != "" {
			t.Errorf("%s: %v, %+v", address, err, x)
		}
	}
}
