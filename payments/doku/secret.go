package doku

import (
	"fmt"
	"io"
	"log/slog"
)

// Client and Verifier hold secret keys in plain fields, and sooner or later
// somebody prints one. Every way of printing a value leads to the methods
// below. What they cannot catch is a Client held by value in an unexported
// field of a struct that is printed: fmt reads such fields without asking.

const mask = "(secret)"

func masked(key string) string {
	if key == "" {
		return ""
	}
	return mask
}

// String describes the client without its key.
func (c Client) String() string {
	return fmt.Sprintf("doku.Client{BaseURL:%q ClientID:%q SecretKey:%q}", c.BaseURL, c.ClientID, masked(c.SecretKey))
}

// Format prints String for every verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText is String for JSON, XML and other encoders.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// LogValue is the client for slog, without its key.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String describes the verifier without its keys.
func (v Verifier) String() string {
	return fmt.Sprintf("doku.Verifier{ClientID:%q Keys:%d}", v.ClientID, len(v.Keys))
}

// Format prints String for every verb.
func (v Verifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// MarshalText is String for JSON, XML and other encoders.
func (v Verifier) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue is the verifier for slog, without its keys.
func (v Verifier) LogValue() slog.Value { return slog.StringValue(v.String()) }
