package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// small is the cheapest phone that a customer holds up at a till.
func small() device {
	size := playwright.Size{Width: 360, Height: 640}
	return device{Viewport: &size, Screen: &size, IsMobile: playwright.Bool(true), HasTouch: playwright.Bool(true), DeviceScaleFactor: playwright.Float(2)}
}

// TestCustomersScreen holds what is needed at the till to one small screen,
// with and without scripts, and lets another program read the barcode off it.
func TestCustomersScreen(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Raden Wirjosoebroto Hadikoesoemo", "4999999")
	number := owner.number(code)
	for name, with := range map[string]device{"scripts": small(), "no scripts": small().withoutJavaScript()} {
		with.ColorScheme = playwright.ColorSchemeDark // where a barcode without its own white would drown
		p := newPerson(t, s.home, with)
		for _, lang := range []string{"id", "en"} {
			p.open(owner.customerLink(code)+"?lang="+lang, http.StatusOK)
			for _, part := range []string{".shop", ".amount", "#code", ".bars", ".until", ".steps", ".copy"} {
				if part == ".copy" && name == "no scripts" {
					continue // it could do nothing
				}
				box := p.box(part)
				if box == nil || box.Y < 0 || box.Y+box.Height > 640 || box.X < 0 || box.X+box.Width > 360 {
					t.Errorf("%s, %s: %s is at %v on a screen of 360x640", name, lang, part, box)
				}
			}
		}
		picture := filepath.Join(t.TempDir(), "screen.png")
		_, err := p.Screenshot(playwright.PageScreenshotOptions{Path: &picture})
		check(t, err)
		if got := scanned(t, picture); got != "CODE-128:"+number {
			t.Errorf("%s: a reader sees %q on the screen, want %s", name, got, number)
		}
	}
}

// box is where an element stands. The stream's first event puts the page's
// middle in place anew, and between two of them there is none.
func (p *person) box(selector string) (box *playwright.Rect) {
	p.t.Helper()
	for range 100 {
		var err error
		if box, err = p.Locator(selector).First().BoundingBox(); err != nil {
			p.t.Fatalf("%s: %v", selector, err)
		}
		if box != nil {
			return box
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

// scanned is what an independent reader sees in a picture.
func scanned(t *testing.T, picture string) string {
	t.Helper()
	out, err := exec.Command("zbarimg", "--quiet", picture).Output()
	if err != nil {
		read, _ := os.ReadFile(picture)
		t.Error(fmt.Errorf("zbarimg of %d bytes: %w", len(read), err))
	}
	return strings.TrimSpace(string(out))
}
