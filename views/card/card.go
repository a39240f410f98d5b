// Package card draws a customer's page as a picture for a chat: real text in
// the Go fonts, a barcode that a till reads off a phone.
package card

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"kodebayar/views/barcode"
)

// Card is a picture in ready text. What is empty is left out.
type Card struct {
	// Bar says that this is no real money; empty in production.
	Bar  string
	Shop string
	// Verdict is the state in a word, LUNAS; empty while the code can be paid.
	// Good paints it green.
	Verdict string
	Good    bool
	// AmountLabel and Amount are the sum, Name who pays it.
	AmountLabel, Amount, Name string
	// CodeLabel, Code (in groups of four) and Barcode are the code; only for
	// one that can be paid.
	CodeLabel, Code string
	Barcode         barcode.Symbol
	Unreadable      string
	// Until is the deadline with its zone.
	Until string
	// Steps are numbered, Say is a sentence, Facts are lines of their own.
	Steps []string
	Say   string
	Facts []string
	// Made is when the picture was made: it does not change any more.
	Made string
}

// The picture is 720 pixels wide: two to each of a small phone.
const (
	width  = 720
	margin = 44
	inner  = width - 2*margin
)

var (
	ink    = color.RGBA{0x2a, 0x14, 0x20, 0xff}
	soft   = color.RGBA{0x6a, 0x55, 0x60, 0xff}
	paper  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	line   = color.RGBA{0xdd, 0xd1, 0xcf, 0xff}
	wine   = color.RGBA{0x4f, 0x0f, 0x30, 0xff}
	cream  = color.RGBA{0xfb, 0xf3, 0xee, 0xff}
	green  = color.RGBA{0x12, 0x61, 0x3c, 0xff}
	yellow = color.RGBA{0xf7, 0xc5, 0x48, 0xff}
	black  = color.RGBA{0, 0, 0, 0xff}
)

var fonts = sync.OnceValues(func() ([2]*opentype.Font, error) {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return [2]*opentype.Font{}, fmt.Errorf("the regular font: %w", err)
	}
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return [2]*opentype.Font{}, fmt.Errorf("the bold font: %w", err)
	}
	return [2]*opentype.Font{regular, bold}, nil
})

// PNG draws the card with a palette, a few ten thousand bytes at most.
func PNG(c Card) ([]byte, error) {
	set, err := fonts()
	if err != nil {
		return nil, err
	}
	// Twice: once to learn how high it becomes, once for good.
	measure := &sheet{fonts: set, img: image.NewPaletted(image.Rect(0, 0, width, 1), palette())}
	measure.draw(c)
	if measure.err != nil {
		return nil, measure.err
	}
	s := &sheet{fonts: set, img: image.NewPaletted(image.Rect(0, 0, width, measure.y), palette())}
	draw.Draw(s.img, s.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	s.draw(c)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, s.img); err != nil {
		return nil, fmt.Errorf("pack the picture: %w", err)
	}
	return b.Bytes(), nil
}

// palette has the colours, and three steps from each text to its ground for
// soft edges: sixteen colours are half the bytes of more.
func palette() color.Palette {
	p := color.Palette{paper, ink, soft, line, wine, cream, green, yellow, black}
	for _, pair := range [][2]color.RGBA{{paper, ink}, {paper, soft}, {wine, cream}, {green, paper}, {yellow, ink}} {
		for step := 1; step <= 3; step++ {
			p = append(p, mix(pair[0], pair[1], step))
		}
	}
	return p
}

func mix(a, b color.RGBA, quarters int) color.RGBA {
	between := func(x, y uint8) uint8 { return uint8((int(x)*(4-quarters) + int(y)*quarters) / 4) }
	return color.RGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 0xff}
}

// A sheet is drawn from the top down.
type sheet struct {
	fonts [2]*opentype.Font
	img   *image.Paletted
	y     int
	err   error
}

// style is how a piece of text looks; size is its height in pixels.
type style struct {
	bold  bool
	size  int
	ink   color.RGBA
	left  int // where it begins when it is not centred
	start bool
}

func (s *sheet) draw(c Card) {
	if c.Bar != "" {
		s.band(yellow, 12, func() { s.text(c.Bar, style{bold: true, size: 24, ink: ink}) })
	}
	s.band(wine, 22, func() { s.text(c.Shop, style{bold: true, size: 36, ink: cream}) })
	switch {
	case c.Verdict != "" && c.Good:
		s.band(green, 36, func() { s.text(c.Verdict, style{bold: true, size: 104, ink: paper}) })
	case c.Verdict != "":
		s.band(yellow, 32, func() { s.text(c.Verdict, style{bold: true, size: 56, ink: ink}) })
	}
	s.y += 28
	s.text(c.AmountLabel, style{size: 26, ink: soft})
	s.fit(c.Amount, 96)
	if c.Name != "" {
		s.y += 4
		s.text(c.Name, style{size: 30, ink: soft})
	}
	if c.Code != "" {
		s.rule()
		s.text(c.CodeLabel, style{size: 26, ink: soft})
		s.fit(c.Code, 62)
		s.y += 10
		s.bars(c.Barcode)
		s.y += 6
		s.text(c.Unreadable, style{size: 26, ink: soft})
	}
	if c.Until != "" {
		s.y += 18
		s.text(c.Until, style{bold: true, size: 32, ink: ink})
	}
	if len(c.Steps)+len(c.Facts) > 0 || c.Say != "" {
		s.rule()
	}
	for i, step := range c.Steps {
		top := s.y
		s.text(fmt.Sprint(i+1, "."), style{bold: true, size: 30, ink: ink, start: true})
		s.y = top
		s.text(step, style{size: 30, ink: ink, start: true, left: 44})
	}
	for _, fact := range c.Facts {
		s.text(fact, style{size: 30, ink: ink})
	}
	if c.Say != "" {
		s.y += 8
		s.text(c.Say, style{bold: true, size: 32, ink: ink})
	}
	s.rule()
	s.text(c.Made, style{size: 24, ink: soft})
	s.y += 26
}

// band is a strip of one colour behind what fill draws.
func (s *sheet) band(c color.RGBA, padding int, fill func()) {
	// What is drawn tells how high it is; then the strip, and again on top.
	top := s.y
	s.y += padding
	fill()
	bottom := s.y + padding
	draw.Draw(s.img, image.Rect(0, top, width, bottom), image.NewUniform(c), image.Point{}, draw.Src)
	s.y = top + padding
	fill()
	s.y = bottom
}

func (s *sheet) rule() {
	s.y += 22
	for x := margin; x < width-margin; x += 20 {
		draw.Draw(s.img, image.Rect(x, s.y, x+12, s.y+3), image.NewUniform(line), image.Point{}, draw.Src)
	}
	s.y += 25
}

// bars draws a barcode as wide as whole pixels allow.
func (s *sheet) bars(b barcode.Symbol) {
	if b.Width == 0 {
		return
	}
	module, height := max(1, (width-16)/b.Width), 132
	left := (width - module*b.Width) / 2
	for _, bar := range b.Bars {
		r := image.Rect(left+bar.Min.X*module, s.y, left+bar.Max.X*module, s.y+height)
		draw.Draw(s.img, r, image.NewUniform(black), image.Point{}, draw.Src)
	}
	s.y += height
}

// fit is one bold line, smaller when it would not fit.
func (s *sheet) fit(text string, size int) {
	for ; size > 24; size -= 2 {
		if face := s.face(true, size); face != nil && font.MeasureString(face, text).Ceil() <= inner {
			break
		}
	}
	s.text(text, style{bold: true, size: size, ink: ink})
}

func (s *sheet) face(bold bool, size int) font.Face {
	which := s.fonts[0]
	if bold {
		which = s.fonts[1]
	}
	face, err := opentype.NewFace(which, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		s.err = fmt.Errorf("a font of %d pixels: %w", size, err)
		return nil
	}
	return face
}

// text draws words in as many lines as they need.
func (s *sheet) text(words string, st style) {
	face := s.face(st.bold, st.size)
	if face == nil || words == "" {
		return
	}
	defer face.Close()
	for _, row := range broken(face, words, inner-st.left) {
		x := margin + st.left
		if !st.start {
			x = (width - font.MeasureString(face, row).Ceil()) / 2
		}
		pen := font.Drawer{Dst: s.img, Src: image.NewUniform(st.ink), Face: face, Dot: fixed.P(x, s.y+st.size)}
		pen.DrawString(row)
		s.y += st.size * 5 / 4
	}
}

// broken breaks words into lines of at most so many pixels; a word that is
// wider than a line is broken too.
func broken(face font.Face, words string, room int) (rows []string) {
	row := ""
	for word := range strings.FieldsSeq(words) {
		next := strings.TrimSpace(row + " " + word)
		if font.MeasureString(face, next).Ceil() <= room {
			row = next
			continue
		}
		if row != "" {
			rows = append(rows, row)
		}
		row = ""
		for _, letter := range word {
			if row != "" && font.MeasureString(face, row+string(letter)).Ceil() > room {
				rows = append(rows, row)
				row = ""
			}
			row += string(letter)
		}
	}
	return append(rows, row)
}
