package payments_test

import (
	"testing"

	. "kodebayar/payments"
)

func TestChains(t *testing.T) {
	for sent, want := range map[string][2]string{
		"ALFAMART": {"ALFAMART", "Alfamart"}, " alfamidi ": {"ALFAMIDI", "Alfamidi"}, "Alfaexpress": {"ALFAEXPRESS", "Alfaexpress"}, "LAWSON": {"LAWSON", "Lawson"},
		"DAN+DAN": {"DAN+DAN", "Dan+Dan"}, "DANDAN": {"DAN+DAN", "Dan+Dan"}, "Dan Dan": {"DAN+DAN", "Dan+Dan"},
		"Toko Baru": {"TOKO BARU", "Toko Baru"}, "": {"", ""},
	} {
		if key, name := ChainKey(sent), ChainName(sent); key != want[0] || name != want[1] {
			t.Errorf("%q: %q %q, want %q", sent, key, name, want)
		}
		for _, s := range ChainSpellings(sent) {
			if ChainKey(s) != want[0] {
				t.Errorf("%q is spelled %q, whose key is %q", sent, s, ChainKey(s))
			}
		}
	}
}
