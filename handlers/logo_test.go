package handlers

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"kodebayar/payments"
)

// upload posts a file to the settings.
func (v *visitor) upload(file []byte, more map[string]string) answer {
	v.s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if file != nil {
		must(must(w.CreateFormFile("logo", "logo.png")).Write(file))
	}
	for name, value := range more {
		must(0, w.WriteField(name, value))
	}
	must(0, w.Close())
	return v.send(http.MethodPost, "/settings/logo", b.String(), http.Header{"Content-Type": {w.FormDataContentType()}})
}

// noise is a picture that packs badly.
func noise(w, h int) image.Image {
	random := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(random.Uint32())
	}
	return m
}

func TestLogo(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	page := "/pay/" + ibu.issue().Token
	if a := s.visitor().get(page); strings.Contains(a.body, "/logo/") {
		t.Error("a logo before there is one")
	}
	encoded := func(encode func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	flat := image.NewPaletted(image.Rect(0, 0, 300, 100), color.Palette{color.White, color.Black})
	for name, file := range map[string][]byte{
		"png":       encoded(func(b *bytes.Buffer) error { return png.Encode(b, flat) }),
		"gif":       encoded(func(b *bytes.Buffer) error { return gif.Encode(b, flat, nil) }),
		"jpeg":      encoded(func(b *bytes.Buffer) error { return jpeg.Encode(b, noise(400, 300), nil) }),
		"noise":     encoded(func(b *bytes.Buffer) error { return png.Encode(b, noise(300, 300)) }),
		"one dot":   encoded(func(b *bytes.Buffer) error { return png.Encode(b, noise(1, 1)) }),
		"very long": encoded(func(b *bytes.Buffer) error { return png.Encode(b, noise(4000, 1)) }),
	} {
		if a := ibu.upload(file, nil); a.status != http.StatusSeeOther {
			t.Errorf("%s: %v", name, a)
			continue
		}
		var src map[string]string
		for _, e := range s.visitor().get(page).elements("src") {
			if strings.HasPrefix(e["src"], "/logo/") {
				src = e
			}
		}
		logo := s.visitor().get(src["src"])
		size, format, err := image.DecodeConfig(strings.NewReader(logo.body))
		if err != nil || len(logo.body) > logoBytes || size.Width > logoSide || size.Height > logoSide || logo.header.Get("Content-Type") != "image/"+format {
			t.Errorf("%s: %d bytes, %+v %s, %v", name, len(logo.body), size, format, err)
		}
		if !strings.Contains(logo.header.Get("Cache-Control"), "immutable") || len(logo.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %v", name, logo.header)
		}
	}
	bomb := encoded(func(b *bytes.Buffer) error {
		return png.Encode(b, image.NewPaletted(image.Rect(0, 0, 30_000, 1000), color.Palette{color.White}))
	})
	whole := encoded(func(b *bytes.Buffer) error { return png.Encode(b, noise(50, 50)) })
	before := s.visitor().get(page).body
	for name, file := range map[string][]byte{
		"nothing": nil, "empty": {}, "text": []byte("<svg onload=alert(1)>"), "cut off": whole[:len(whole)/2], "a bomb": bomb, "only a head": whole[:40],
	} {
		a := ibu.upload(file, nil)
		if a.status != http.StatusUnprocessableEntity || len(a.classed("field-error")) == 0 {
			t.Errorf("%s: %d without a sentence", name, a.status)
		}
	}
	if a := ibu.upload(bytes.Repeat([]byte("x"), 2<<20), nil); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MB: %d", a.status)
	}
	if s.visitor().get(page).body[:200] != before[:200] {
		t.Error("a refused file changed the page")
	}
	if a := s.member("sari", payments.Cashier).upload(whole, nil); a.status != http.StatusForbidden {
		t.Errorf("a cashier: %d", a.status)
	}
	if a := ibu.upload(nil, map[string]string{"remove": "1"}); a.status != http.StatusSeeOther || strings.Contains(s.visitor().get(page).body, "/logo/") {
		t.Errorf("taken off: %v", a)
	}
	if got := s.visitor().get("/logo/0000000000000000").status; got != http.StatusNotFound {
		t.Errorf("no logo: %d", got)
	}
}
