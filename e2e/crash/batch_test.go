package crash

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	listForm  = regexp.MustCompile(`name="form_id" value="([^"]+)"`)
	batchDone = regexp.MustCompile(`data-state="done" data-made="60"`)
)

// TestAListSurvivesKills kills the app again and again while it makes sixty
// codes of one list: each line has its code, and DOKU made no other.
func TestAListSurvivesKills(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := openShop(t, dir, dir+"/kodebayar.db", 1)
	dice := rand.New(rand.NewPCG(seed(t), 5))
	app := s.instances[0]
	var rows strings.Builder
	rows.WriteString("jumlah,nama\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "%d,Pelanggan %d\n", 10_000+i, i)
	}
	form := url.Values{"rows": {rows.String()}, "expires_in": {"60"}, "which": {"all"}, "file_name": {""}}
	preview, err := s.post(app.home+"/codes/bulk", url.Values{"rows": form["rows"], "expires_in": {"60"}})
	check(t, err)
	id := listForm.FindStringSubmatch(preview.body)
	if id == nil {
		t.Fatalf("no preview: %d\n%s", preview.status, preview.body)
	}
	form.Set("form_id", id[1])
	begun, err := s.post(app.home+"/codes/bulk/start", form)
	check(t, err)
	page := begun.header.Get("Location")
	if begun.status != http.StatusSeeOther {
		t.Fatalf("start: %d\n%s", begun.status, begun.body)
	}
	kills := 0
	done := func() bool {
		a, err := s.send(http.MethodGet, app.home+page, "", nil)
		return err == nil && batchDone.MatchString(a.body)
	}
	for ; kills < 4 && !done(); kills++ {
		time.Sleep(time.Duration(5+dice.IntN(60)) * time.Millisecond)
		app.kill()
		s.start(app)
	}
	if !eventually(t.Context(), patience, done) {
		t.Fatal("the list is never done")
	}
	if kills == 0 {
		t.Error("the list was done before anything was killed")
	}
	var made struct{ Codes []struct{ Invoice string } }
	check(t, s.machine(http.MethodGet, "/simulator/codes", nil, &made))
	if len(made.Codes) != 60 {
		t.Errorf("DOKU made %d codes after %d kills, want 60", len(made.Codes), kills)
	}
}
