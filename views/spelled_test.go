package views

import "testing"

func TestSpelled(t *testing.T) {
	for n, want := range map[int64][2]string{
		0:               {"nol", "zero"},
		1:               {"satu", "one"},
		10:              {"sepuluh", "ten"},
		11:              {"sebelas", "eleven"},
		19:              {"sembilan belas", "nineteen"},
		20:              {"dua puluh", "twenty"},
		99:              {"sembilan puluh sembilan", "ninety nine"},
		100:             {"seratus", "one hundred"},
		111:             {"seratus sebelas", "one hundred eleven"},
		200:             {"dua ratus", "two hundred"},
		1000:            {"seribu", "one thousand"},
		1001:            {"seribu satu", "one thousand one"},
		11_000:          {"sebelas ribu", "eleven thousand"},
		21_000:          {"dua puluh satu ribu", "twenty one thousand"},
		87_500:          {"delapan puluh tujuh ribu lima ratus", "eighty seven thousand five hundred"},
		150_000:         {"seratus lima puluh ribu", "one hundred fifty thousand"},
		1_000_000:       {"satu juta", "one million"},
		1_001_000:       {"satu juta seribu", "one million one thousand"},
		2_500_000:       {"dua juta lima ratus ribu", "two million five hundred thousand"},
		1_000_000_000:   {"satu miliar", "one billion"},
		999_999_999_999: {"sembilan ratus sembilan puluh sembilan miliar sembilan ratus sembilan puluh sembilan juta sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan", "nine hundred ninety nine billion nine hundred ninety nine million nine hundred ninety nine thousand nine hundred ninety nine"},
	} {
		if got := Indonesian.Spelled(n); got != want[0]+" rupiah" {
			t.Errorf("%d: %q, want %q", n, got, want[0])
		}
		if got := English.Spelled(n); got != want[1]+" rupiah" {
			t.Errorf("%d: %q, want %q", n, got, want[1])
		}
	}
	seen := map[string]int64{}
	for n := range int64(5000) { // no two amounts sound alike
		words := Indonesian.Spelled(n * 137)
		if other, known := seen[words]; known {
			t.Fatalf("%d and %d are both %q", n*137, other, words)
		}
		seen[words] = n * 137
	}
}
