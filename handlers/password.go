package handlers

import (
	"context"
	"errors"

	"github.com/alexedwards/argon2id"
)

// Of a password. The upper bound keeps hashing from being work for its own
// sake; nobody types more.
const (
	minPassword = 8   // characters
	maxPassword = 256 // bytes
)

// What HashPassword refuses.
var (
	ErrPasswordShort = errors.New("a password has at least 8 characters")
	ErrPasswordLong  = errors.New("a password has at most 256 bytes")
	// ErrPasswordCommon: it is on the list that guessing begins with.
	ErrPasswordCommon = errors.New("this password is guessed at once: it is a common one, a date or a repetition")
	// ErrPasswordNamed: it is nothing but words of the context.
	ErrPasswordNamed = errors.New("a password has more in it than the names of the shop, the person or this program")
)

// hashing costs 19 MiB and about 50 ms (OWASP's second choice for argon2id).
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is the hash that an unknown e-mail address is compared with, so that
// it takes as long as a known one. No password has it.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Hashing is bounded by lanes, 19 MiB each. Whoever comes from an address that
// tried too often has one lane of their own, so that they do not hold up the
// others.
var (
	usualLane     = make(chan struct{}, 2)
	throttledLane = make(chan struct{}, 1)
)

// HashPassword checks a new password and hashes it, in PHC form. names are what
// whoever guesses knows: the shop's, the person's, their e-mail. It answers one
// of the errors above for a password that it does not take.
func HashPassword(password string, names ...string) (string, error) {
	switch {
	case tooShort(password):
		return "", ErrPasswordShort
	case len(password) > maxPassword:
		return "", ErrPasswordLong
	}
	if err := guessable(password, names...); err != nil {
		return "", err
	}
	usualLane <- struct{}{}
	defer func() { <-usualLane }()
	return argon2id.CreateHash(password, hashing)
}

// rightPassword compares, waiting for its turn in a lane as long as ctx lasts.
func rightPassword(ctx context.Context, lane chan struct{}, password, hash string) (bool, error) {
	if len(password) > maxPassword {
		password = "" // as wrong as any other, and as quick
	}
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}
