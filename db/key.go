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

// What is sealed, by the use of the key.
const (
	sealCredentials = "kodebayar doku credentials" // bound to their environment
	sealACME        = "kodebayar acme"             // bound to its name
	// SealAuthenticators is for the secrets of authenticators, each bound to
	// its member's id.
	SealAuthenticators = "kodebayar authenticators"
)

// logKey is that of the log's digests.
func logKey(key []byte) []byte { return Derive(key, "kodebayar log", 32) }

// unseal takes away what another key sealed. Nobody here can open it: left
// behind, it would turn its owner away at the second step for ever.
func (tx *Tx) unseal() error {
	for _, table := range []string{"recovery_codes", "authenticators"} {
		if _, err := tx.Exec(`DELETE FROM ` + table); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM settings WHERE name LIKE $1 OR name LIKE $2`, settingCredentials+"%", settingACME+"%")
	return err
}

// reseal opens what the previous key sealed and seals it with the key at hand.
// Recovery codes stay: their digests have no key.
func (tx *Tx) reseal(key, previous []byte) error {
	type secret struct{ name, sealed string }
	secrets := func(query string, args ...any) ([]secret, error) {
		return all(tx.ctx, tx.reads, func(row scanner) (s secret, err error) { return s, row.Scan(&s.name, &s.sealed) }, query, args...)
	}
	anew := func(use, bound string, sealed []byte) ([]byte, error) {
		plain, err := Sealer(previous, use).Open(nil, nil, sealed, []byte(bound))
		if err != nil {
			return nil, fmt.Errorf("%w: %s of %s", ErrSealed, use, bound)
		}
		return Sealer(key, use).Seal(nil, nil, plain, []byte(bound)), nil
	}
	for prefix, use := range map[string]string{settingCredentials: sealCredentials, settingACME: sealACME} {
		rows, err := secrets(`SELECT name, value FROM settings WHERE name LIKE $1`, prefix+"%")
		if err != nil {
			return err
		}
		for _, s := range rows {
			sealed, err := base64.StdEncoding.DecodeString(s.sealed)
			if err == nil {
				sealed, err = anew(use, strings.TrimPrefix(s.name, prefix), sealed)
			}
			if err != nil {
				return err
			}
			if err := tx.put(s.name, base64.StdEncoding.EncodeToString(sealed)); err != nil {
				return err
			}
		}
	}
	rows, err := secrets(`SELECT staff_id, secret FROM authenticators`)
	if err != nil {
		return err
	}
	for _, s := range rows {
		sealed, err := anew(SealAuthenticators, s.name, []byte(s.sealed))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE authenticators SET secret = $1 WHERE staff_id = $2`, sealed, s.name); err != nil {
			return err
		}
	}
	return nil
}
