package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// formIDs mints the ids that make a form count once. They carry their own
// proof that they were minted here and for whom, so that nothing has to be
// stored for a form that is never sent.
type formIDs struct{ key []byte }

const formNonce = 16 // bytes

func (f formIDs) mint(staffID string) string {
	nonce := make([]byte, formNonce)
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(append(nonce, f.proof(nonce, staffID)...))
}

// of says whether id was minted here for the member.
func (f formIDs) of(staffID, id string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(b) <= formNonce {
		return false
	}
	return hmac.Equal(b[formNonce:], f.proof(b[:formNonce], staffID))
}

func (f formIDs) proof(nonce []byte, staffID string) []byte {
	mac := hmac.New(sha256.New, f.key)
	mac.Write(nonce)
	mac.Write([]byte(staffID))
	return mac.Sum(nil)[:formNonce]
}
