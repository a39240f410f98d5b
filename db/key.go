package db

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DecodeKey reads a KODEBAYAR_KEY: base64 of 32 bytes.
func DecodeKey(s string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(key) != 32 {
		return nil, errors.New("must be base64 of 32 bytes; `openssl rand -base64 32` makes one")
	}
	return key, nil
}

// KeyBeside reads the key file of a SQLite database and makes it at the first
// start; of two processes that start at once, one makes it.
func KeyBeside(database string) ([]byte, error) {
	file := database + ".key"
	for {
		b, err := os.ReadFile(file)
		if err == nil {
			key, err := DecodeKey(string(b))
			if err != nil {
				return nil, fmt.Errorf("key file %s: %w", file, err)
			}
			return key, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("key file: %w", err)
		}
		key := make([]byte, 32)
		rand.Read(key)
		whole, err := os.CreateTemp(filepath.Dir(file), ".key-*")
		if err != nil {
			return nil, fmt.Errorf("make the key file: %w", err)
		}
		_, err = fmt.Fprintln(whole, base64.StdEncoding.EncodeToString(key))
		err = errors.Join(err, whole.Sync(), whole.Close())
		if err == nil {
			err = os.Link(whole.Name(), file) // fails when another was first: then its key is read
		}
		os.Remove(whole.Name())
		if err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("make the key file: %w", err)
		}
	}
}

// Derive makes a key of its own, of length bytes, for each use of
// KODEBAYAR_KEY.
func Derive(key []byte, use string, length int) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, use, length)
	if err != nil {
		panic(err) // only for a length beyond 8160 bytes
	}
	return out
}

// Fingerprint names a KODEBAYAR_KEY without giving it away: 16 hex digits.
func Fingerprint(key []byte) string {
	return hex.EncodeToString(Derive(key, "kodebayar fingerprint", 32)[:8])
}

// Sealer encrypts what is secret at rest, under a key of its own for each use
// of KODEBAYAR_KEY. Its nonce is random and part of what it seals. Whoever seals
// binds in whose secret it is, so that no row can be put in place of another.
func Sealer(key []byte, use string) cipher.AEAD {
	block, err := aes.NewCipher(Derive(key, use, 32))
	if err != nil {
		panic(err) // only for a key of another length
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for another block size
	}
	return gcm
}
