package handlers

import (
	"strings"
	"testing"
)

// TestPlain lets nothing near a database that could not be an id: PostgreSQL
// answers a zero byte with an error.
func TestPlain(t *testing.T) {
	for _, id := range []string{"01a1f8d5-5934-70ca-b6f2-18507cb9fc40", "gzs5kyp73hsbr3cvrobor3ckvilqve4h", "0"} {
		if got, err := plain(id); got != id || err != nil {
			t.Errorf("%s: %q, %v", id, got, err)
		}
	}
	for _, id := range []string{"", "\x00", "a\x00", "\xff", "A", "a b", "a%", "é", "a/b", strings.Repeat("a", 65)} {
		if got, err := plain(id); err == nil {
			t.Errorf("%q: %q", id, got)
		}
	}
}
