package views

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// nuJar is the Nu HTML checker, installed by `make test`.
const nuJar = "../e2e/node_modules/vnu-jar/build/dist/vnu.jar"

// TestNuHTMLChecker has the checker of the HTML standard's own people read every
// page in every state and language. It knows no attributes of htmx.
func TestNuHTMLChecker(t *testing.T) {
	if _, err := os.Stat(nuJar); err != nil {
		t.Fatalf("%v: `make test` installs it", err)
	}
	dir := t.TempDir()
	// Tables that are laid out as cards on a phone lose their roles in some
	// browsers; theirs are written out, which the checker finds needless. A
	// field may hold what somebody typed wrongly.
	const known = `.*Attribute “(hx|sse)-[a-z-]+” not allowed.*|.*“role” attribute must not be used on a “t[a-z]+” element which has a “table”.*|` +
		`.*role is unnecessary for element “t[a-z]+”.*|Bad value .* for attribute “value” on element “input”.*`
	args := []string{"-jar", nuJar, "--format", "json", "--exit-zero-always", "--filterpattern", known}
	pages := 0
	for i, p := range gallery() {
		file := filepath.Join(dir, fmt.Sprintf("%03d-%s-%s.html", i, p.name, p.lang.Code()))
		if err := os.WriteFile(file, []byte(render(t, p)), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
		pages++
	}
	// A page that is wrong shows that the checker looks.
	wrong := filepath.Join(dir, "wrong.html")
	if err := os.WriteFile(wrong, []byte("<!DOCTYPE html><html lang=en><title>x</title><p><div id=a></div><div id=a></div></p>"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("java", append(args, wrong)...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var answer struct {
		Messages []struct{ Type, URL, Message, Extract string }
	}
	if err := json.Unmarshal(said, &answer); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	looks := false
	for _, m := range answer.Messages {
		if filepath.Base(m.URL) == "wrong.html" {
			looks = true
			continue
		}
		// Its advice counts for the customer's pages; of the others, what is wrong.
		if m.Type != "error" && !strings.Contains(m.URL, "-pay-") {
			continue
		}
		t.Errorf("%s: %s: %s\n\t%s", filepath.Base(m.URL), m.Type, m.Message, m.Extract)
	}
	if !looks || pages < 100 {
		t.Errorf("the checker finds nothing wrong with what is (%v), in %d pages", looks, pages)
	}
}
