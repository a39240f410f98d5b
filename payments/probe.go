package payments

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments/doku"
)

// A probe is a callback that the app sends to itself over its public address,
// signed as DOKU signs, to see whether DOKU's would arrive as they were sent.
// Its Request-Id is sealed with the app's own key: nobody else can ask for its
// answer.
const (
	probeMark = "kodebayar-probe-"
	probeLife = 5 * time.Minute
)

// ProbeReport is how a probe arrived.
type ProbeReport struct {
	Signed bool   `json:"signed"`         // the signature verifies over the bytes that came
	Path   string `json:"path"`           // as it was asked for here
	From   string `json:"from"`           // whose address the caller's is taken for
	Scheme string `json:"scheme"`         // what a proxy says it was asked by, may be empty
	Proof  string `json:"proof"`          // that this app answers
	Remark string `json:"why,omitempty"`  // why it is not signed
	Host   string `json:"host,omitempty"` // it was asked for
}

// Probe makes the request to send; path is the one that DOKU signs.
func (s *Service) Probe(ctx context.Context, key []byte, address, path string) (*http.Request, error) {
	nonce := make([]byte, 8)
	rand.Read(nonce)
	id := probeMark + strconv.FormatInt(s.Now().Unix(), 36) + "-" + hex.EncodeToString(nonce)
	id += "-" + probeSeal(key, "request", id)
	// As DOKU's bodies come: what a proxy writes anew breaks the signature.
	body := []byte("{\n  \"order\" : { \"amount\" : 10000.00 },\n  \"probe\" : \"50% + \\/ \\u00e9\"\n}\n")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	doku.SignRequest(r.Header, s.Verifier.ClientID, s.DOKU.SecretKey, id, path, s.Now(), body)
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

// Probed answers a delivery that is a probe of this app; false when it is none.
func (s *Service) Probed(key []byte, d Delivery, path, scheme, host string) (ProbeReport, bool) {
	id := d.Header.Get("Request-Id")
	sent, found := s.probe(key, id)
	if !found || s.Now().Sub(sent).Abs() > probeLife {
		return ProbeReport{}, false
	}
	report := ProbeReport{Signed: true, Path: d.Path, From: d.From, Scheme: scheme, Host: host, Proof: probeSeal(key, "answer", id)}
	if err := s.Verifier.Verify(d.Header, path, d.Body); err != nil {
		report.Signed, report.Remark = false, err.Error()
	}
	return report, true
}

// Proves says whether a report answers the request.
func (r ProbeReport) Proves(key []byte, request *http.Request) bool {
	return hmac.Equal([]byte(r.Proof), []byte(probeSeal(key, "answer", request.Header.Get("Request-Id"))))
}

// probe reads a probe's Request-Id.
func (s *Service) probe(key []byte, id string) (sent time.Time, ok bool) {
	rest, marked := strings.CutPrefix(id, probeMark)
	if !marked {
		return sent, false
	}
	i := strings.LastIndexByte(id, '-')
	if !hmac.Equal([]byte(id[i+1:]), []byte(probeSeal(key, "request", id[:i]))) {
		return sent, false
	}
	stamp, _, _ := strings.Cut(rest, "-")
	seconds, err := strconv.ParseInt(stamp, 36, 64)
	return time.Unix(seconds, 0), err == nil
}

func probeSeal(key []byte, use, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("kodebayar probe " + use + "\n" + id))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// JSON is the report as it travels.
func (r ProbeReport) JSON() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // of plain text
	}
	return b
}
