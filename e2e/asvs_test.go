package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestASVS holds the table of security requirements to the source: each is there
// once, with something that shows it, and what is named exists.
func TestASVS(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(root, "deploy", "ASVS.md"))
	check(t, err)
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	check(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, found := range function.FindAllSubmatch(source, -1) {
			tests[string(found[1])] = true
		}
		return err
	}))
	seen := map[string]bool{}
	requirement, named := regexp.MustCompile(`V\d+\.\d+\.\d+`), regexp.MustCompile("`([^`]+)`")
	rows, of := 0, map[int]int{} // requirements by the cells of their row: 4 met, 3 not met, 2 not here
	for line := range strings.Lines(string(table)) {
		if !strings.HasPrefix(line, "| V") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for _, id := range requirement.FindAllString(cells[0], -1) {
			if seen[id] {
				t.Errorf("%s stands twice", id)
			}
			seen[id] = true
			of[len(cells)]++
		}
		for _, cell := range cells {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("an empty cell: %s", line)
			}
		}
		if len(cells) < 4 {
			continue // not met, or not here: the reason is all there is
		}
		proofs := named.FindAllStringSubmatch(cells[3], -1)
		if len(proofs) == 0 {
			t.Errorf("nothing shows it: %s", line)
		}
		for _, proof := range proofs {
			if strings.HasPrefix(proof[1], "Test") {
				if !tests[proof[1]] {
					t.Errorf("%s: there is no %s", cells[0], proof[1])
				}
			} else if _, err := os.Stat(filepath.Join(root, proof[1])); err != nil {
				t.Errorf("%s: %v", cells[0], err)
			}
		}
	}
	said := fmt.Sprintf("Of %d requirements %d are met, %d are about things that this program does not have, and\n%d are not met", len(seen), of[4], of[2], of[3])
	if !strings.Contains(string(table), said) {
		t.Errorf("the text does not say: %s", said)
	}
	if rows < 150 || len(seen) < 230 {
		t.Errorf("%d rows of %d requirements", rows, len(seen))
	}
}
