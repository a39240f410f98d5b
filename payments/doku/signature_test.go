package doku

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// vector is one entry of testdata/vectors.json: made without this package and
// reproduced with other tools and DOKU's own libraries.
type vector struct {
	Name            string
	Method          string
	TimestampHeader string `json:"timestamp_header"`
	RequestID       string `json:"request_id"`
	Timestamp       string
	Target          string
	Body            *string
	Digest          *string
	StringToSign    string `json:"string_to_sign"`
	Signature       string
}

func (v vector) body() []byte {
	if v.Body == nil {
		return nil
	}
	return []byte(*v.Body)
}

func (v vector) at(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.Timestamp)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (v vector) header() http.Header {
	h := http.Header{}
	h.Set("Client-Id", vectorClientID)
	h.Set("Request-Id", v.RequestID)
	h.Set(v.TimestampHeader, v.Timestamp)
	h.Set("Signature", v.Signature)
	return h
}

const (
	vectorClientID = "BRN-0000-1700000000000"
	vectorKey      = "SK-test-0000000000000000"
)

func readVectors(t testing.TB) (map[string]vector, []thirdParty) {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		ClientID   string `json:"client_id"`
		SecretKey  string `json:"secret_key"`
		Vectors    []vector
		ThirdParty []thirdParty `json:"third_party_reproduced"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if file.ClientID != vectorClientID || file.SecretKey != vectorKey || len(file.Vectors) != 9 || len(file.ThirdParty) != 4 {
		t.Fatalf("vectors.json is not the file these tests know")
	}
	all := map[string]vector{}
	for _, v := range file.Vectors {
		all[v.Name] = v
	}
	return all, file.ThirdParty
}

type thirdParty struct {
	SecretKey    string `json:"secret_key"`
	StringToSign string `json:"string_to_sign"`
	Signature    string
	DigestOf     *string `json:"digest_of"`
	Digest       string
}

func vectorNamed(t testing.TB, name string) vector {
	t.Helper()
	all, _ := readVectors(t)
	v, ok := all[name]
	if !ok {
		t.Fatalf("no vector %q", name)
	}
	return v
}

func TestVectorsStringToSign(t *testing.T) {
	all, _ := readVectors(t)
	for name, v := range all {
		s := signed{vectorClientID, v.RequestID, v.TimestampHeader, v.Timestamp, v.Target, v.body()}
		if got := s.text(); got != v.StringToSign {
			t.Errorf("%s: string to sign\n%q\nwant\n%q", name, got, v.StringToSign)
		}
		if got := "HMACSHA256=" + base64.StdEncoding.EncodeToString(mac(vectorKey, s.text())); got != v.Signature {
			t.Errorf("%s: signature %s, want %s", name, got, v.Signature)
		}
	}
}

func TestVectorsSign(t *testing.T) {
	all, _ := readVectors(t)
	for name, v := range all {
		sign := SignRequest
		if v.TimestampHeader == "Response-Timestamp" {
			sign = SignResponse
		}
		h := http.Header{}
		// Any zone: the header is UTC.
		sign(h, vectorClientID, vectorKey, v.RequestID, v.Target, v.at(t).In(wib), v.body())
		for header, want := range v.header() {
			if got := h.Get(header); got != want[0] {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want[0])
			}
		}
		if len(h) != 4 {
			t.Errorf("%s: headers %v, want four", name, h)
		}
	}
}

func TestVectorsVerify(t *testing.T) {
	all, _ := readVectors(t)
	verifier := Verifier{ClientID: vectorClientID, Keys: []string{vectorKey}}
	checked := 0
	for name, v := range all {
		if v.TimestampHeader == "Response-Timestamp" || v.Body == nil {
			continue
		}
		checked++
		if err := verifier.Verify(v.header(), v.Target, v.body()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := verifier.Verify(v.header(), v.Target+"/", v.body()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: another target gave %v", name, err)
		}
		if err := verifier.Verify(v.header(), v.Target, append(v.body(), '\n')); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: a line feed behind the body gave %v", name, err)
		}
	}
	if checked != 6 {
		t.Errorf("checked %d vectors, want 6", checked)
	}
}

func TestVectorsOfThirdParties(t *testing.T) {
	_, others := readVectors(t)
	signatures, digests := 0, 0
	for _, o := range others {
		if o.DigestOf != nil {
			digests++
			text := signed{body: []byte(*o.DigestOf)}.text()
			if !strings.HasSuffix(text, "\nDigest:"+o.Digest) {
				t.Errorf("digest of %q: %q", *o.DigestOf, text)
			}
			continue
		}
		signatures++
		// Their body was never published, only its digest: take the lines apart
		// and check that ours, put together, lead to the same text but for it.
		lines := strings.Split(o.StringToSign, "\n")
		value := func(i int) string { _, v, _ := strings.Cut(lines[i], ":"); return v }
		s := signed{value(0), value(1), "Request-Timestamp", value(2), value(3), nil}
		if got := s.text() + "\n" + lines[4]; got != o.StringToSign {
			t.Errorf("string to sign %q, want %q", got, o.StringToSign)
		}
		if got := "HMACSHA256=" + base64.StdEncoding.EncodeToString(mac(o.SecretKey, o.StringToSign)); got != o.Signature {
			t.Errorf("signature %s, want %s", got, o.Signature)
		}
	}
	if signatures != 1 || digests != 3 {
		t.Errorf("saw %d signatures and %d digests", signatures, digests)
	}
}

// Two signed lines that trade places are another text: the order is part of
// what is signed.
func TestSwappedLinesDoNotVerify(t *testing.T) {
	v := vectorNamed(t, "notify-compact")
	lines := strings.Split(v.StringToSign, "\n")
	verifier := Verifier{ClientID: vectorClientID, Keys: []string{vectorKey}}
	for i := range lines {
		for j := range i {
			swapped := append([]string{}, lines...)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			h := v.header()
			h.Set("Signature", "HMACSHA256="+hmacOf(vectorKey, strings.Join(swapped, "\n")))
			if err := verifier.Verify(h, v.Target, v.body()); reasonOf(err) != ReasonMismatch {
				t.Errorf("lines %d and %d swapped: %v, want %s", j, i, err, ReasonMismatch)
			}
		}
	}
	h := v.header()
	h.Set("Signature", "HMACSHA256="+hmacOf(vectorKey, strings.Join(lines, "\n")))
	if err := verifier.Verify(h, v.Target, v.body()); err != nil {
		t.Errorf("lines in order: %v", err)
	}
}

func reasonOf(err error) SignatureReason {
	var e *SignatureError
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

func TestVerify(t *testing.T) {
	v := vectorNamed(t, "notify-pretty")
	const previous = "SK-previous"
	sign := func(key, clientID, timestamp string) func(http.Header) {
		return func(h http.Header) {
			s := signed{clientID, v.RequestID, "Request-Timestamp", timestamp, v.Target, v.body()}
			s.set(h, key)
		}
	}
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	raw := strings.TrimPrefix(v.Signature, "HMACSHA256=")
	for _, test := range []struct {
		name   string
		change func(http.Header)
		want   SignatureReason
		header string
	}{
		{"as signed", func(http.Header) {}, "", ""},
		{"the previous key", sign(previous, vectorClientID, v.Timestamp), "", ""},
		{"without padding", set("Signature", strings.TrimSuffix(v.Signature, "=")), "", ""},
		{"years old", sign(vectorKey, vectorClientID, "2019-01-01T00:00:00Z"), "", ""},
		{"years ahead", sign(vectorKey, vectorClientID, "2099-01-01T00:00:00Z"), "", ""},

		{"a foreign key", sign("SK-foreign", vectorClientID, v.Timestamp), ReasonMismatch, ""},
		{"the empty key", sign("", vectorClientID, v.Timestamp), ReasonMismatch, ""},
		{"another client", sign(vectorKey, "BRN-other", v.Timestamp), ReasonClient, "Client-Id"},
		{"another request id", set("Request-Id", "other"), ReasonMismatch, ""},
		{"another timestamp", set("Request-Timestamp", "2026-01-01T02:37:37Z"), ReasonMismatch, ""},
		{"stray bits behind the last byte", set("Signature", v.Signature[:len(v.Signature)-2]+"p="), ReasonMalformed, "Signature"},
		{"one bit", set("Signature", "HMACSHA256=Y"+raw[1:]), ReasonMismatch, ""},
		{"no signature", func(h http.Header) { h.Del("Signature") }, ReasonMissing, "Signature"},
		{"no client", func(h http.Header) { h.Del("Client-Id") }, ReasonMissing, "Client-Id"},
		{"no request id", func(h http.Header) { h.Del("Request-Id") }, ReasonMissing, "Request-Id"},
		{"no timestamp", func(h http.Header) { h.Del("Request-Timestamp") }, ReasonMissing, "Request-Timestamp"},
		{"empty signature", set("Signature", ""), ReasonMissing, "Signature"},
		{"two signatures", func(h http.Header) { h.Add("Signature", v.Signature) }, ReasonRepeated, "Signature"},
		{"two clients", func(h http.Header) { h.Add("Client-Id", "BRN-other") }, ReasonRepeated, "Client-Id"},
		{"truncated", set("Signature", v.Signature[:len(v.Signature)-4]), ReasonMalformed, "Signature"},
		{"too long", set("Signature", "HMACSHA256=AAAA"+raw), ReasonMalformed, "Signature"},
		{"no prefix", set("Signature", raw), ReasonMalformed, "Signature"},
		{"another algorithm", set("Signature", "HMACSHA512="+raw), ReasonMalformed, "Signature"},
		{"not base64", set("Signature", "HMACSHA256=!"+raw[1:]), ReasonMalformed, "Signature"},
		{"a line feed in a header", set("Request-Id", "a\nRequest-Timestamp:b"), ReasonMalformed, "Request-Id"},
		{"an endless header", set("Request-Id", strings.Repeat("a", 129)), ReasonMalformed, "Request-Id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := v.header()
			test.change(h)
			err := Verifier{vectorClientID, []string{vectorKey, previous, ""}}.Verify(h, v.Target, v.body())
			if test.want == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var e *SignatureError
			if !errors.As(err, &e) || !errors.Is(err, ErrSignature) {
				t.Fatalf("error %v, want a SignatureError", err)
			}
			if e.Reason != test.want || e.Header != test.header {
				t.Errorf("%q (%s), want %q (%s)", e.Reason, e.Header, test.want, test.header)
			}
			if strings.Contains(err.Error(), raw) || strings.Contains(err.Error(), hmacOf(vectorKey, v.StringToSign)) {
				t.Errorf("%q tells a signature", err)
			}
		})
	}
}

func TestVerifyNeedsAKey(t *testing.T) {
	v := vectorNamed(t, "notify-compact")
	s := signed{vectorClientID, v.RequestID, "Request-Timestamp", v.Timestamp, v.Target, v.body()}
	h := http.Header{}
	s.set(h, "")
	for _, keys := range [][]string{nil, {}, {""}, {"", ""}} {
		if err := (Verifier{vectorClientID, keys}).Verify(h, v.Target, v.body()); reasonOf(err) != ReasonNoKey {
			t.Errorf("keys %q: %v, want %s", keys, err, ReasonNoKey)
		}
	}
}

// Each byte of a signature counts.
func TestVerifyComparesEveryByte(t *testing.T) {
	v := vectorNamed(t, "notify-compact")
	verifier := Verifier{vectorClientID, []string{vectorKey}}
	mac, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v.Signature, "HMACSHA256="))
	if err != nil {
		t.Fatal(err)
	}
	for i := range mac {
		mac[i] ^= 1
		h := v.header()
		h.Set("Signature", "HMACSHA256="+base64.StdEncoding.EncodeToString(mac))
		if err := verifier.Verify(h, v.Target, v.body()); reasonOf(err) != ReasonMismatch {
			t.Errorf("byte %d changed: %v", i, err)
		}
		mac[i] ^= 1
	}
}

func TestSignResponseOfNothing(t *testing.T) {
	h := http.Header{}
	SignResponse(h, "A", "k", "1", "/x", time.Unix(0, 0), nil)
	want := "HMACSHA256=" + hmacOf("k", "Client-Id:A\nRequest-Id:1\nResponse-Timestamp:1970-01-01T00:00:00Z\nRequest-Target:/x"+
		"\nDigest:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	if got := h.Get("Signature"); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// An empty body has a digest too; only a GET has none.
func TestVerifyEmptyBody(t *testing.T) {
	h := http.Header{}
	SignRequest(h, vectorClientID, vectorKey, "id", "/x", time.Unix(0, 0), []byte{})
	verifier := Verifier{vectorClientID, []string{vectorKey}}
	for _, body := range [][]byte{nil, {}} {
		if err := verifier.Verify(h, "/x", body); err != nil {
			t.Errorf("body %#v: %v", body, err)
		}
	}
	SignRequest(h, vectorClientID, vectorKey, "id", "/x", time.Unix(0, 0), nil)
	if err := verifier.Verify(h, "/x", nil); reasonOf(err) != ReasonMismatch {
		t.Errorf("a signature without digest: %v", err)
	}
}

// The bytes as they arrived are what counts: every form of the same JSON
// verifies with its own signature and with no other.
func TestVerifyRawBytes(t *testing.T) {
	verifier := Verifier{vectorClientID, []string{vectorKey}}
	bodies := []string{
		`{"a":"100%"}`, `{"a":"1+1"}`, `{"a":"\/x"}`, `{"a":"/x"}`, `{"a":"\u00e9"}`, `{"a":"é"}`,
		`{ "a" : 1 }`, "{\r\n\"a\":1}\r\n", "{\"a\":1}\n", `{"a":19000.00}`, `{"a":"19000.00"}`, "\xff\xfe", "",
	}
	for i, signedBody := range bodies {
		h := http.Header{}
		SignRequest(h, vectorClientID, vectorKey, "id", "/n", time.Unix(1700000000, 0), []byte(signedBody))
		for j, body := range bodies {
			if err := verifier.Verify(h, "/n", []byte(body)); (err == nil) != (i == j) {
				t.Errorf("signed %q, received %q: %v", signedBody, body, err)
			}
		}
	}
}

// hmacOf is written out here so that the tests do not ask the code under test
// what is right.
func hmacOf(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
