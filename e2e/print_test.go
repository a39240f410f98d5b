package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// printed is a page on paper of a size, as the dots of a thermal printer, and
// how many sheets it took.
func (p *person) printed(width, height string) (picture string, sheets int) {
	p.t.Helper()
	paper, err := p.PDF(playwright.PagePdfOptions{Width: &width, Height: &height})
	check(p.t, err)
	sheets = len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(paper, -1))
	dir := p.t.TempDir()
	file := filepath.Join(dir, "paper.pdf")
	check(p.t, os.WriteFile(file, paper, 0o600))
	picture = filepath.Join(dir, "paper")
	if out, err := exec.Command("pdftoppm", "-r", "203", "-gray", "-png", "-singlefile", file, picture).CombinedOutput(); err != nil {
		p.t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	return picture + ".png", sheets
}

// TestPaper prints the customer's page and the slip on the paper that shops
// have: one sheet each, with what is on it still read by another program.
func TestPaper(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Raden Wirjosoebroto Hadikoesoemo", "4999999")
	number := owner.number(code)
	link := owner.customerLink(code)
	p := newPerson(t, s.home, desk())
	p.continueAs(owner)
	for _, page := range []struct{ name, link, want string }{
		{"the customer's page", link, "CODE-128:" + number}, {"the slip", code + "/slip", "CODE-128:" + number},
	} {
		p.open(page.link, http.StatusOK)
		if text, err := p.Locator("body").InnerText(); err != nil || !strings.Contains(text, "SIMULATOR") {
			t.Errorf("%s does not say that it is no real money: %v", page.name, err)
		}
		// A roll is as long as it has to be; no slip should be longer than a letter.
		for size, of := range map[string][2]string{"58 mm": {"58mm", "297mm"}, "A5": {"148mm", "210mm"}, "A4": {"210mm", "297mm"}} {
			picture, sheets := p.printed(of[0], of[1])
			if sheets != 1 {
				t.Errorf("%s takes %d sheets of %s", page.name, sheets, size)
			}
			read := scanned(t, picture)
			if !strings.Contains(read, page.want) {
				t.Errorf("%s on %s reads %q, want %s", page.name, size, read, page.want)
			}
			if page.name == "the slip" && !strings.Contains(read, "QR-Code:"+link) {
				t.Errorf("the slip on %s reads %q, without its QR code", size, read)
			}
		}
	}
}

// TestAmountsStayWhole: no amount breaks inside, on paper and in the sums of a
// report, however wide the letters of the font are.
func TestAmountsStayWhole(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Siti Aminah", "87500")
	p := newPerson(t, s.home, phone())
	p.continueAs(owner)
	for _, page := range []struct{ link, amount string }{{code + "/slip", ".amount"}, {"/reports", ".report-sum strong"}} {
		p.open(page.link, http.StatusOK)
		broken, err := p.Evaluate(`(selector) => {
			const e = document.querySelector(selector), box = e.closest(".report-sum, main"), found = [];
			for (const font of ["", "DejaVu Sans", "Liberation Sans"])
				for (const amount of ["Rp87.500", "Rp12.500.000", "Rp100.000.000", "Rp999.999.999.999"]) {
					e.style.fontFamily = font;
					e.textContent = amount;
					e.classList.toggle("is-long", amount.length > 12); // as views.long has it
					const words = document.createRange();
					words.selectNodeContents(e);
					const lines = words.getClientRects(), edge = box.getBoundingClientRect();
					if (lines.length > 1 || lines[0].left < edge.left || lines[0].right > edge.right)
						found.push(amount + " in " + font + " takes " + lines.length + " lines, " + lines[0].width + " of " + edge.width);
				}
			return found.join("; ");
		}`, page.amount)
		check(t, err)
		if broken != "" {
			t.Errorf("%s: %v", page.link, broken)
		}
	}
}

// TestProofByScanning: what the customer shows when it is paid is read by
// another program, and typed into the check screen as the camera would.
func TestProofByScanning(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issueTo("Siti Aminah", "87500")
	link := owner.customerLink(code)
	s.pay(owner.number(code))
	owner.eventually("it is paid", func() bool { return owner.get(code).marks()["data-status"] == "paid" })
	p := newPerson(t, s.home, phone())
	p.open(link, http.StatusOK)
	picture := filepath.Join(t.TempDir(), "proof.png")
	_, err := p.Screenshot(playwright.PageScreenshotOptions{Path: &picture})
	check(t, err)
	read := scanned(t, picture)
	if read != "QR-Code:"+link {
		t.Fatalf("a reader sees %q on the customer's page, want %s", read, link)
	}
	staff := newPerson(t, s.home, phone())
	staff.continueAs(owner)
	staff.open("/check", http.StatusOK)
	staff.fill("q", strings.TrimPrefix(read, "QR-Code:"))
	check(t, staff.Keyboard().Press("Enter"))
	check(t, staff.expect("[data-proof]").ToHaveAttribute("data-proof", "yes"))
	check(t, staff.expect("[data-proof]").ToContainText("LUNAS"))
}
