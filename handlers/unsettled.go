package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// unsettledOf are the edits of some codes of which nobody knows whether DOKU
// took them, by the code's id.
func (s *Server) unsettledOf(ctx context.Context, codes ...payments.Code) (map[string][]payments.Call, error) {
	var ids []string
	for _, c := range codes {
		if c.Status == payments.Active || c.Status == payments.Expired {
			ids = append(ids, c.ID)
		}
	}
	edits, err := s.Store.EditsOf(ctx, ids...)
	if err != nil {
		return nil, err
	}
	open := make(map[string][]payments.Call, len(edits))
	for _, c := range codes {
		if of := c.Unsettled(edits[c.ID], s.Now()); len(of) > 0 {
			open[c.ID] = of
		}
	}
	return open, nil
}

// orElse are the amounts that DOKU may ask for besides the code's: "atau
// Rp175.000"; "" when there is none.
func orElse(lang views.Lang, c payments.Code, unsettled []payments.Call) string {
	var words []string
	seen := []int64{c.Amount}
	for _, e := range unsettled {
		if !slices.Contains(seen, e.Change.Amount) {
			seen = append(seen, e.Change.Amount)
			words = append(words, lang.T("atau ", "or ")+rupiah(e.Change.Amount))
		}
	}
	return strings.Join(words, " ")
}

// soonest is until when a code can be paid for certain, whichever of the edits
// DOKU took.
func soonest(c payments.Code, unsettled []payments.Call) time.Time {
	at := c.ExpiresAt
	for _, e := range unsettled {
		if e.Deadline().Before(at) {
			at = e.Deadline()
		}
	}
	return at
}

// waits says whether an edit is sent again until DOKU answers.
func waits(unsettled []payments.Call) bool {
	return slices.ContainsFunc(unsettled, func(e payments.Call) bool { return e.Outcome == payments.Pending })
}

// doubt is what a code's page says of them, nil when there are none.
func doubt(cal calendar, c payments.Code, unsettled []payments.Call, names map[string]string) *views.Unsettled {
	if len(unsettled) == 0 {
		return nil
	}
	u := &views.Unsettled{Waits: waits(unsettled)}
	for _, e := range unsettled {
		ch := *e.Change
		ch.CustomerPhone = c.CustomerPhone // DOKU has no part in it
		u.Asked = append(u.Asked, cal.moment(e.MadeAt)+", "+actor(cal.lang, e.MadeBy, names)+
			changes(c.Differences(ch), cal.lang)+"; "+cal.lang.T("berlaku sampai ", "valid until ")+cal.moment(e.Deadline()))
	}
	return u
}
