package handlers

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"kodebayar/db/dbtest"
)

var production = *hashing

// TestMain makes hashing cheap: under the race detector one password would
// take half a second, and these tests sign in hundreds of times.
func TestMain(m *testing.M) {
	hashing.Memory, hashing.Iterations = 64, 1
	dbtest.Main(m)
}

// TestCostOfAPassword is what OWASP asks of argon2id, and the same for an
// account that does not exist.
func TestCostOfAPassword(t *testing.T) {
	hash, err := argon2id.CreateHash(password, &production)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%s, %v", hash, err)
	}
	if params, salt, key, err := argon2id.DecodeHash(nobody); err != nil || *params != production || len(salt) != 16 || len(key) != 32 {
		t.Errorf("nobody: %+v, %v", params, err)
	}
}
