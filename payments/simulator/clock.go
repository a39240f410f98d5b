package simulator

import "time"

const (
	timestampLayout = "2006-01-02T15:04:05Z"
	localLayout     = "20060102150405"
)

// wib is the UTC+7 in which DOKU writes created_date and expired_date.
var wib = time.FixedZone("WIB", 7*60*60)

func timestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

func localDate(t time.Time) string { return t.In(wib).Format(localLayout) }

// parseTimestamp takes the one form DOKU takes. The length is checked apart because time.Parse
// accepts a fraction of a second that its layout does not have.
func parseTimestamp(v string) (time.Time, bool) {
	if len(v) != len(timestampLayout) {
		return time.Time{}, false
	}
	t, err := time.Parse(timestampLayout, v)
	return t, err == nil
}

// retryAfter is when DOKU tries a failed notification again, counted from the first attempt.
// Its page says 30 minutes, 6 hours and 12 hours; another sentence of it could mean 11 h 30.
var retryAfter = []time.Duration{30 * time.Minute, 6 * time.Hour, 12 * time.Hour}

func (s *Simulator) retryAt(first time.Time, attempt int) (time.Time, bool) {
	if attempt < 1 || attempt > len(retryAfter) {
		return time.Time{}, false
	}
	return first.Add(time.Duration(float64(retryAfter[attempt-1]) / s.cfg.Speed)), true
}
