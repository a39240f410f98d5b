package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestLogAsJSON is one object a line, and names the request it is about.
func TestLogAsJSON(t *testing.T) {
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.database = s.dir + "/shop.db"
	s.app = start(t, s.dir, append(s.env(), "KODEBAYAR_LOG=json"), "serve")
	s.app.waitFor(anyLink)
	answer := newVisitor(t, s.home).get("/healthz")
	if answer.status != http.StatusOK {
		t.Fatalf("/healthz answers %d", answer.status)
	}
	s.app.stop()
	found := false
	for line := range strings.Lines(s.app.output.String()) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		found = found || entry["route"] == "/healthz" && entry["request_id"] == answer.header.Get("X-Request-Id")
	}
	if !found {
		t.Errorf("no line of the request in:\n%s", s.app.output.String())
	}
	if _, errs, err := run(t, s.dir, append(s.env(), "KODEBAYAR_LOG=xml"), "", "serve"); err == nil || !strings.Contains(errs, "KODEBAYAR_LOG") {
		t.Errorf("xml: %v %s", err, errs)
	}
}
