package payments_test

import (
	"testing"
	"time"

	. "kodebayar/payments"
)

// TestUnsettled: which edits of a code nobody knows the end of.
func TestUnsettled(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	edit := func(outcome Outcome, tries int) Call {
		return Call{Kind: CallUpdate, Outcome: outcome, Tries: tries, MadeAt: now.Add(-2 * time.Hour), Change: &Change{ExpiresIn: 60}}
	}
	long := edit(Pending, 2)
	long.Change = &Change{ExpiresIn: 600}
	blanked := edit(Given, 2)
	blanked.Change = nil
	for name, c := range map[string]struct {
		status Status
		edits  []Call
		want   int
	}{
		"none":                         {Active, nil, 0},
		"waits":                        {Active, []Call{edit(Pending, 3)}, 1},
		"answered":                     {Active, []Call{edit(Done, 3)}, 0},
		"refused at once":              {Active, []Call{edit(Refused, 1)}, 0},
		"refused when sent again":      {Active, []Call{edit(Refused, 2)}, 1},
		"given up":                     {Active, []Call{edit(Given, 2)}, 1},
		"given up before it was sent":  {Active, []Call{edit(Given, 0)}, 0},
		"another was answered since":   {Active, []Call{edit(Given, 2), edit(Done, 1)}, 0},
		"another was refused since":    {Active, []Call{edit(Given, 2), edit(Refused, 1)}, 1},
		"two":                          {Active, []Call{edit(Done, 1), edit(Given, 2), edit(Pending, 1)}, 2},
		"its customer was forgotten":   {Active, []Call{blanked}, 0},
		"paid since":                   {Paid, []Call{edit(Pending, 2)}, 0},
		"being cancelled":              {Cancelling, []Call{edit(Given, 2)}, 0},
		"over, and so is what it asks": {Expired, []Call{edit(Pending, 2)}, 0},
		"over here, maybe not there":   {Expired, []Call{long}, 1},
	} {
		if got := (Code{Status: c.status}).Unsettled(c.edits, now); len(got) != c.want {
			t.Errorf("%s: %d, want %d", name, len(got), c.want)
		}
	}
}
