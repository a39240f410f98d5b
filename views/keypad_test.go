package views

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestKeypadsAreAlike: a thumb finds the key that erases in the same place,
// bottom right, on the pad of the amount and on that of the PIN.
func TestKeypadsAreAlike(t *testing.T) {
	found := map[string]bool{}
	for _, p := range gallery() {
		doc, err := html.Parse(strings.NewReader(render(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		for pad := range doc.Descendants() {
			if pad.Data != "fieldset" || !slices.Contains(pad.Attr, html.Attribute{Key: "class", Val: "keypad"}) {
				continue
			}
			var cells []string
			for cell := range pad.ChildNodes() {
				key := ""
				for _, a := range cell.Attr {
					if a.Key == "data-key" {
						key = a.Val
					}
				}
				if cell.Type == html.ElementNode {
					cells = append(cells, key)
				}
			}
			got := strings.Join(cells, " ")
			found[got] = true
			if !strings.HasPrefix(got, "1 2 3 4 5 6 7 8 9 ") || !strings.HasSuffix(got, " 0 back") {
				t.Errorf("%s: the keys are %s", p.name, got)
			}
		}
	}
	if len(found) < 2 {
		t.Errorf("only these pads are in the gallery: %v", found)
	}
}
