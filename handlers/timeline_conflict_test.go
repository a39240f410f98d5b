package handlers

import (
	"testing"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

func TestConflictingDeadlinesAreSaid(t *testing.T) {
	cal := calendar{lang: views.Indonesian, zone: time.UTC}
	for _, kind := range []payments.EventKind{payments.EventActivated, payments.EventUpdated} {
		e := payments.Event{Kind: kind, Detail: map[string]string{"payment_code": "73", "expires_at": "2026-11-20T10:00:00Z"}}
		_, plain := told(cal, e)
		e.Detail["deadlines"] = "conflict"
		if _, warned := told(cal, e); warned == plain {
			t.Errorf("%s: nobody reads of it", kind)
		}
	}
}
