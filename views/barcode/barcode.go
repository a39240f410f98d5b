// Package barcode turns a payment code into Code 128 and a link into a QR code,
// as rectangles that a page draws as one SVG path and a picture as pixels.
package barcode

import (
	"fmt"
	"image"
	"strconv"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// Quiet zones in modules, as the two standards ask for: readers lose a symbol
// whose margin is narrower.
const (
	quietLine   = 10
	quietSquare = 4
)

// A Symbol is a barcode on white, quiet zone included, measured in modules.
type Symbol struct {
	// Width and Height are the whole area. A Code 128 is one module high, to
	// be stretched.
	Width, Height int
	// Bars are its black parts; none touches another in its own row.
	Bars []image.Rectangle
}

// Code128 is the barcode of a payment code. It fails for anything but digits
// and for more than 80 of them.
func Code128(digits string) (Symbol, error) {
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Symbol{}, fmt.Errorf("a barcode of %q: only digits", digits)
	}
	b, err := code128.Encode(digits)
	if err != nil {
		return Symbol{}, fmt.Errorf("a barcode of %d digits: %w", len(digits), err)
	}
	return symbol(b, quietLine, 0), nil
}

// QR is the QR code of a link. It fails for links of more than about 2,300
// letters.
func QR(link string) (Symbol, error) {
	b, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		return Symbol{}, fmt.Errorf("a QR code of %d letters: %w", len(link), err)
	}
	return symbol(b, quietSquare, quietSquare), nil
}

// symbol gathers black modules that stand side by side into bars.
func symbol(b barcode.Barcode, left, top int) Symbol {
	wide, high := b.Bounds().Dx(), b.Bounds().Dy()
	s := Symbol{Width: wide + 2*left, Height: high + 2*top}
	for y := range high {
		start := -1
		for x := range wide + 1 {
			black := x < wide && dark(b, x, y)
			switch {
			case black && start < 0:
				start = x
			case !black && start >= 0:
				s.Bars = append(s.Bars, image.Rect(left+start, top+y, left+x, top+y+1))
				start = -1
			}
		}
	}
	return s
}

func dark(b barcode.Barcode, x, y int) bool {
	r, _, _, _ := b.At(x, y).RGBA()
	return r == 0
}

// Path is the bars as the d of an SVG path.
func (s Symbol) Path() string {
	var b strings.Builder
	for _, r := range s.Bars {
		fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", r.Min.X, r.Min.Y, r.Dx(), r.Dy(), r.Dx())
	}
	return b.String()
}

// Ground is the white behind the bars, quiet zone included, as the d of an SVG
// path.
func (s Symbol) Ground() string { return fmt.Sprintf("M0 0h%dv%dH0z", s.Width, s.Height) }

// ViewBox is the viewBox of the SVG.
func (s Symbol) ViewBox() string {
	return "0 0 " + strconv.Itoa(s.Width) + " " + strconv.Itoa(s.Height)
}

// Across is a width of so many CSS pixels to a module, for the SVG's width.
func (s Symbol) Across(pixels int) string { return strconv.Itoa(s.Width * pixels) }
