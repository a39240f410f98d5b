package handlers

import (
	"testing"
	"time"

	"kodebayar/views"
)

func TestMoney(t *testing.T) {
	for n, want := range map[int64]string{
		0: "Rp0", 7: "Rp7", 999: "Rp999", 1000: "Rp1.000", 150_000: "Rp150.000", 5_000_000: "Rp5.000.000",
		999_999_999_999: "Rp999.999.999.999", -150_000: "-Rp150.000",
	} {
		if got := rupiah(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
	for code, want := range map[string]string{"": "", "123": "123", "6059000000000205": "6059 0000 0000 0205", "12345": "1234 5"} {
		if got := fours(code); got != want {
			t.Errorf("%s is set %s", code, got)
		}
	}
}

func TestTimes(t *testing.T) {
	at := func(s string) time.Time { return must(time.Parse(time.RFC3339, s)) }
	for _, test := range []struct {
		zone               string
		lang               views.Lang
		now, t             string
		moment, deadline   string
		sameDayInThatPlace bool
	}{
		{"Asia/Jakarta", "id", "2026-11-20T07:31:00Z", "2026-11-20T07:05:09Z", "14.05 WIB", "Jumat, 20 November 2026, 14.05 WIB", true},
		{"Asia/Makassar", "id", "2026-11-20T07:31:00Z", "2026-11-19T16:30:00Z", "00.30 WITA", "Jumat, 20 November 2026, 00.30 WITA", true},
		{"Asia/Jakarta", "id", "2026-11-20T07:31:00Z", "2026-11-19T16:30:00Z", "19 Nov 23.30 WIB", "Kamis, 19 November 2026, 23.30 WIB", false},
		{"Asia/Jayapura", "en", "2026-11-20T07:31:00Z", "2026-08-17T01:00:00Z", "17 Aug 10.00 WIT", "Monday, 17 August 2026, 10.00 WIT", false},
		{"Asia/Jakarta", "id", "2026-11-20T07:31:00Z", "2025-08-17T01:00:00Z", "17 Agu 2025 08.00 WIB", "Minggu, 17 Agustus 2025, 08.00 WIB", false},
		{"Asia/Singapore", "en", "2026-11-20T07:31:00Z", "2026-11-20T01:00:00Z", "09.00 UTC+08", "Friday, 20 November 2026, 09.00 UTC+08", true},
		{"UTC", "en", "2026-11-20T07:31:00Z", "2026-11-20T01:00:00Z", "01.00 UTC", "Friday, 20 November 2026, 01.00 UTC", true},
	} {
		zone := must(time.LoadLocation(test.zone))
		cal := calendar{zone, test.lang, at(test.now).In(zone)}
		if got := cal.moment(at(test.t)); got != test.moment {
			t.Errorf("%s in %s: %s, want %s", test.t, test.zone, got, test.moment)
		}
		if got := cal.deadline(at(test.t)); got != test.deadline {
			t.Errorf("%s in %s: %s, want %s", test.t, test.zone, got, test.deadline)
		}
		s := &Server{Zone: zone, Now: func() time.Time { return at(test.now) }}
		if got := !at(test.t).Before(s.today()); got != test.sameDayInThatPlace {
			t.Errorf("%s in %s: today is %v", test.t, test.zone, got)
		}
	}
	for _, test := range []struct{ lang, from, to, want string }{
		{"id", "2026-11-26", "2026-11-26", "26 November 2026"},
		{"id", "2026-11-01", "2026-11-26", "1–26 November 2026"},
		{"id", "2026-11-29", "2026-12-03", "29 November – 3 Desember 2026"},
		{"en", "2025-12-29", "2026-01-04", "29 December 2025 – 4 January 2026"},
		{"en", "2025-12-01", "2026-12-01", "1 December 2025 – 1 December 2026"},
	} {
		day := func(s string) time.Time { return must(time.Parse(time.DateOnly, s)) }
		if got := (calendar{zone: time.UTC, lang: views.Lang(test.lang)}).days(day(test.from), day(test.to)); got != test.want {
			t.Errorf("from %s to %s: %s, want %s", test.from, test.to, got, test.want)
		}
	}
	if got := (calendar{zone: time.UTC}).deadline(time.Time{}); got != "" {
		t.Errorf("no deadline is written %s", got)
	}
}

func TestAmounts(t *testing.T) {
	for typed, want := range map[string]int64{
		"150000": 150_000, "150.000": 150_000, " 1.500.000 ": 1_500_000, "7": 7, "007": 7, "Rp75.000": 75_000, "rp 1.500.000": 1_500_000, "Rp. 75000": 75_000, "Rp1": 1, "999999999999": 999_999_999_999, "12.345": 12_345,
	} {
		if got, wrong := parseAmount(typed); got != want || wrong != (text{}) {
			t.Errorf("%q is %d, %v", typed, got, wrong)
		}
	}
	for _, typed := range []string{"", "0", "-1", "--1", ".", "..", "1.", ".150", "1.50", "15.0000", "1.5000.0", "1,000", "1 000", "1_000", "0x10", "1e3", "Rp", "Rp.", "Rp-1", "-Rp1", "RpRp1", "Rp1,5", "US1", "１５０", "1000000000000", "150.000.000.000.000", "-", "+1", "\x00", "\xff", "0.000"} {
		if got, wrong := parseAmount(typed); got != 0 || wrong.id == "" || wrong.en == "" {
			t.Errorf("%q is %d, %v", typed, got, wrong)
		}
	}
}

func TestFormIDs(t *testing.T) {
	f := formIDs{key: []byte("k")}
	id := f.mint("sari")
	if id == f.mint("sari") || !f.of("sari", id) {
		t.Errorf("%s", id)
	}
	for name, bad := range map[string]bool{
		"another's":   f.of("budi", id),
		"another key": formIDs{key: []byte("l")}.of("sari", id),
		"cut":         f.of("sari", id[:len(id)-1]),
		"longer":      f.of("sari", id+"A"),
		"altered":     f.of("sari", "A"+id[1:]) && id[0] != 'A',
		"empty":       f.of("sari", ""),
		"rubbish":     f.of("sari", "%%%"),
		"nonce alone": f.of("sari", id[:22]),
	} {
		if bad {
			t.Errorf("%s passes", name)
		}
	}
}
