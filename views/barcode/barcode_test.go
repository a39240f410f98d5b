package barcode

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestReadBack lets a reader that knows nothing of us read what a browser would
// draw of the path.
func TestReadBack(t *testing.T) {
	for _, code := range []string{"6059000000000001", "60590000000000012", "1234567890123456789", "8", "00"} {
		s, err := Code128(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, drawn(t, s, 2, 60)); got != "CODE-128:"+code {
			t.Errorf("%s is read as %q", code, got)
		}
	}
	for _, link := range []string{
		"https://bayar.example.id/pay/8DnUFyTP1kF-w3T0_zvNqA", "http://127.0.0.1:8080/pay/AAAAAAAAAAAAAAAAAAAAAA?lang=en",
		strings.Repeat("panjang/", 40),
	} {
		s, err := QR(link)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, drawn(t, s, 4, 4)); got != "QR-Code:"+link {
			t.Errorf("%s is read as %q", link, got)
		}
	}
}

// TestNotABarcode: what a till cannot read is refused, not drawn.
func TestNotABarcode(t *testing.T) {
	for _, wrong := range []string{"", "6059 0000", "6059a", "٦٠٥٩", strings.Repeat("1", 81)} {
		if s, err := Code128(wrong); err == nil {
			t.Errorf("%q became %d modules", wrong, s.Width)
		}
	}
	if _, err := QR(strings.Repeat("x", 3000)); err == nil {
		t.Error("a link of 3,000 letters became a QR code")
	}
}

// TestQuietZone: nothing black stands in the margin.
func TestQuietZone(t *testing.T) {
	line, err := Code128("6059000000000001")
	if err != nil {
		t.Fatal(err)
	}
	square, err := QR("https://bayar.example.id/pay/x")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		s       Symbol
		allowed image.Rectangle
	}{
		{line, image.Rect(10, 0, line.Width-10, 1)},
		{square, image.Rect(4, 4, square.Width-4, square.Height-4)},
	} {
		for _, bar := range test.s.Bars {
			if !bar.In(test.allowed) {
				t.Errorf("%v is outside of %v", bar, test.allowed)
			}
		}
	}
}

var step = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z`)

// drawn is the path in pixels, so many to a module.
func drawn(t *testing.T, s Symbol, across, down int) *image.Gray {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, s.Width*across, s.Height*down))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	if rest := step.ReplaceAllString(s.Path(), ""); rest != "" {
		t.Fatalf("the path has %q", rest)
	}
	for _, m := range step.FindAllStringSubmatch(s.Path(), -1) {
		var n [5]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1])
		}
		if n[2] != n[4] {
			t.Fatalf("%s goes back another way", m[0])
		}
		r := image.Rect(n[0]*across, n[1]*down, (n[0]+n[2])*across, (n[1]+n[3])*down)
		draw.Draw(img, r, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return img
}

// read is what zbarimg reads in a picture.
func read(t *testing.T, img image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "symbol.png")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", path).Output()
	if err != nil {
		t.Errorf("zbarimg: %v", err)
	}
	return strings.TrimSpace(string(out))
}
