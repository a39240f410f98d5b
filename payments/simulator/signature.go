package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

const signaturePrefix = "HMACSHA256="

// signed is what one DOKU signature covers (non-SNAP, "Signature Component"). TimestampHeader is
// Request-Timestamp for a request and Response-Timestamp for its answer. Target is the path alone,
// never the query. Body nil means a request without a Digest line, which only a GET is.
type signed struct {
	ClientID, RequestID        string
	TimestampHeader, Timestamp string
	Target                     string
	Body                       []byte
}

func (m signed) lines() string {
	lines := []string{
		"Client-Id:" + m.ClientID,
		"Request-Id:" + m.RequestID,
		m.TimestampHeader + ":" + m.Timestamp,
		"Request-Target:" + m.Target,
	}
	if m.Body != nil {
		lines = append(lines, "Digest:"+digest(m.Body))
	}
	return strings.Join(lines, "\n")
}

func (m signed) signature(secretKey string) string {
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(m.lines()))
	return signaturePrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (m signed) matches(secretKey, signature string) bool {
	return hmac.Equal([]byte(m.signature(secretKey)), []byte(signature))
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// spoiled turns a good signature into one of the same form that can not match.
func spoiled(signature string) string {
	const at = len(signaturePrefix)
	flipped := byte('A')
	if signature[at] == 'A' {
		flipped = 'B'
	}
	return signature[:at] + string(flipped) + signature[at+1:]
}
