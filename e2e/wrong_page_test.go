package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPageThatIsWrong shows that the checks every browser test relies on can
// fail: it opens a page with each kind of fault.
func TestPageThatIsWrong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src 'self'")
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<!doctype html><title>Wrong</title><h1 style="color: red">Wrong</h1>
			<img src="/missing.png"><pre>`+strings.Repeat("wide ", 100)+`</pre>`)
	}))
	defer server.Close()

	p := newPerson(t, server.URL, phone())
	p.open("/", http.StatusOK)
	check(t, p.expect("h1").ToHaveText("Wrong"))
	violations := strings.Join(p.violations(), "\n")
	for _, rule := range []string{"html-has-lang", "image-alt"} {
		if !strings.Contains(violations, rule+":") {
			t.Errorf("axe does not object by %s:\n%s", rule, violations)
		}
	}
	if p.sideways() == 0 {
		t.Error("a line of 500 letters does not scroll sideways on a phone")
	}
	complaints := strings.Join(p.unexcused(), "\n")
	for _, complaint := range []string{"Content Security Policy", "status of 404"} {
		if !strings.Contains(complaints, complaint) {
			t.Errorf("no complaint about %q:\n%s", complaint, complaints)
		}
	}
	p.excuse("") // all of it was wanted
}
