package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// TestManyCodes hands a file with a bad line in, on a phone and with scripts
// off, and prints cards that another program can read.
func TestManyCodes(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]device{"phone": phone(), "no scripts": desk().withoutJavaScript()} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			with.DeviceScaleFactor = playwright.Float(3) // finer than a screen, coarser than paper
			p := newPerson(t, s.home, with)
			p.continueAs(s.owner())
			p.open("/", http.StatusOK)
			check(t, p.Locator(`a[href="/codes/bulk"]`).Click())
			p.arrive("**/codes/bulk")
			file := filepath.Join(t.TempDir(), "sewa.csv")
			check(t, os.WriteFile(file, []byte("jumlah;nama;menit\n150000;Budi Santoso;1440\n5;Siti Aminah;\n2.500.000;Raden Wirjosoebroto Hadikoesoemo;\n"), 0o644))
			check(t, p.Locator("[name=file]").SetInputFiles(file))
			if over := p.sideways(); over > 0 {
				t.Errorf("the form is %d px too wide", over)
			}
			p.press("/codes/bulk")
			check(t, p.expect(`[data-line="3"] .field-error`).ToContainText("Rp10.000"))
			check(t, p.expect("#bulk-sum").ToHaveAttribute("data-good", "2"))
			p.press("/codes/bulk/start")
			p.arrive("**/codes/bulk/*-*")
			for range 100 { // without scripts nothing changes by itself
				if p.attribute("#batch", "data-state") == "done" {
					break
				}
				time.Sleep(100 * time.Millisecond)
				if name == "no scripts" {
					p.open(p.URL(), http.StatusOK)
				}
			}
			check(t, p.expect("#batch").ToHaveAttribute("data-state", "done"))
			if n, err := p.Locator("[data-line][data-status=active]").Count(); n != 2 || err != nil {
				t.Errorf("%d codes, want 2: %v", n, err)
			}
			number := p.attribute(`[data-line="2"]`, "data-payment-code")
			check(t, p.Locator(`a[href$="/cards"]`).Click())
			p.arrive("**/codes/bulk/*/cards")
			if n, err := p.Locator("section").Count(); n != 2 || err != nil {
				t.Errorf("%d cards, want 2: %v", n, err)
			}
			picture := filepath.Join(t.TempDir(), "cards.png")
			_, err := p.Locator("section").First().Screenshot(playwright.LocatorScreenshotOptions{Path: &picture})
			check(t, err)
			if got := scanned(t, picture); got != "CODE-128:"+number {
				t.Errorf("a reader sees %q on the card, want %s", got, number)
			}
		})
	}
}

// TestCardsFillASheet prints ten cards: eight to a sheet of A4, none cut in two.
func TestCardsFillASheet(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	var rows strings.Builder
	rows.WriteString("jumlah,nama\n")
	for i := range 10 {
		fmt.Fprintf(&rows, "150000,Raden Wirjosoebroto Hadikoesoemo %d\n", i)
	}
	batch := owner.handIn(rows.String())
	owner.eventually("the list is done", func() bool {
		return owner.get(batch).having("data-state")[0]["data-state"] == "done"
	})
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	p.open(batch+"/cards", http.StatusOK)
	format := "A4"
	paper, err := p.PDF(playwright.PagePdfOptions{Format: &format, PreferCSSPageSize: playwright.Bool(true)})
	check(t, err)
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(paper, -1)); n != 2 {
		t.Errorf("ten cards take %d sheets, want 2", n)
	}
}

// handIn makes a batch of the lines of a list that are right and answers its page.
func (v *visitor) handIn(rows string) string {
	v.t.Helper()
	preview := v.post("/codes/bulk", map[string][]string{"rows": {rows}, "expires_in": {"60"}})
	id, ok := preview.field("form_id")
	if !ok {
		v.t.Fatalf("no preview: %d", preview.status)
	}
	return v.post("/codes/bulk/start", map[string][]string{
		"rows": {rows}, "expires_in": {"60"}, "form_id": {id["value"]}, "file_name": {""}, "which": {"good"},
	}).location()
}
