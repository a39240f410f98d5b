package doku

import "time"

// wib is DOKU's own zone, for dates that carry none. Indonesia has no summer
// time, so no zone database is needed.
var wib = time.FixedZone("WIB", 7*60*60)

// parseDate reads 2021-08-12T07:06:28Z, the same with an offset, and
// yyyyMMddHHmmss in UTC+7 (both guides, created_date), to the millisecond: a
// payment is known by its date, so that must be what a store of milliseconds gives
// back. Years outside of this century are the mark of an unset field and refused.
func parseDate(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05Z0700", s)
	}
	if err != nil {
		t, err = time.ParseInLocation("20060102150405", s, wib)
	}
	if err != nil || t.Year() < 2000 || t.Year() > 2099 {
		return time.Time{}, false
	}
	return t.UTC().Truncate(time.Millisecond), true
}
