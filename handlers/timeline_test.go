package handlers

import (
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// TestHowANotificationCame is part of its line: which attempt, and how late.
func TestHowANotificationCame(t *testing.T) {
	at := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
	first := payments.Exchange{ID: "x1", Kind: "notification", RequestID: "r"}
	second := payments.Exchange{ID: "x2", Kind: "notification", RequestID: "r"}
	check := payments.Exchange{ID: "x3", Kind: "status", RequestID: "r"}
	other := payments.Exchange{ID: "x0", Kind: "notification", RequestID: "q"}
	for name, c := range map[string]struct {
		cause  payments.Exchange
		late   time.Duration
		id, en string
	}{
		"at once":      {first, time.Second, "(tanda tangan DOKU cocok)", "(signed by DOKU)"},
		"second, late": {second, 31*time.Minute + 5*time.Second, "(tanda tangan DOKU cocok, percobaan ke-2, 31 menit setelah dibayar)", "(signed by DOKU, attempt 2, 31 min after the payment)"},
		"half a day":   {first, 12*time.Hour + 3*time.Minute, "(tanda tangan DOKU cocok, 12 jam 3 menit setelah dibayar)", "12 h 3 min after"},
		"days":         {first, 50*time.Hour + 59*time.Minute, "2 hari 2 jam setelah dibayar", "2 d 2 h after"},
		"a check":      {check, time.Hour, "", ""},
	} {
		e := payments.Event{Kind: payments.EventPaid, At: at.Add(c.late), Cause: c.cause.ID, Detail: map[string]string{"amount": "150000", "date": at.Format(time.RFC3339)}}
		for lang, want := range map[views.Lang]string{views.Indonesian: c.id, views.English: c.en} {
			cal := calendar{lang: lang, zone: time.UTC}
			line := timeline(cal, []payments.Event{e}, []payments.Exchange{other, first, second, check}, nil, false)[0].Text
			if !strings.Contains(line, want) || want == "" && strings.Contains(line, "(") {
				t.Errorf("%s: %q, want %q", name, line, want)
			}
		}
	}
}

// TestPrintsAreOnTheTimeline, once a minute of each person and only those that somebody opened.
func TestPrintsAreOnTheTimeline(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	c := v.issue()
	v.send("HEAD", "/codes/"+c.ID+"/slip", "", nil)
	if n := len(s.events(payments.EventPrinted)); n != 0 {
		t.Errorf("a HEAD is noted %d times", n)
	}
	v.get("/codes/" + c.ID + "/slip")
	v.get("/codes/" + c.ID + "/slip")
	if n := len(s.events(payments.EventPrinted)); n != 1 {
		t.Errorf("two openings in a row are noted %d times, want 1", n)
	}
	s.member("ibu", payments.Owner).get("/codes/" + c.ID + "/slip")
	s.ahead.Store(int64(2 * time.Minute))
	v.get("/codes/" + c.ID + "/slip")
	if n := len(s.events(payments.EventPrinted)); n != 3 {
		t.Errorf("noted %d times, want 3: somebody else, and another time", n)
	}
	if page := v.get("/codes/" + c.ID); strings.Count(page.body, "Dibuka untuk dicetak") != 3 {
		t.Error("the timeline does not tell")
	}
}

// TestHandingOverFromTheCodesPage: the button is there while the goods are.
func TestHandingOverFromTheCodesPage(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	if open := v.issue(); strings.Contains(v.get("/codes/"+open.ID).body, "do-handover") {
		t.Error("offered before it is paid")
	}
	c := v.sold()
	if !strings.Contains(v.get("/codes/"+c.ID).body, "do-handover") {
		t.Error("not offered when it is paid")
	}
	if books := s.member("tono", payments.Accountant); strings.Contains(books.get("/codes/"+c.ID).body, "do-handover") {
		t.Error("offered to the books")
	}
	v.post("/codes/"+c.ID+"/handover", nil)
	if page := v.get("/codes/" + c.ID); strings.Contains(page.body, "do-handover") || !strings.Contains(page.body, "oleh sari") {
		t.Error("offered again")
	}
}
