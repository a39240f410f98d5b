package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	_ "image/gif" // one that a shop may have
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strconv"

	"golang.org/x/image/draw"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

const (
	logoBytes  = 4 << 10 // of what customers load
	logoSide   = 96      // dots of its longer side: shown at half of it
	logoPixels = 24 << 20
)

// readLogo makes a small picture of what somebody uploaded. Drawing it anew
// leaves behind whatever else the file carried: a place, a script, a bomb.
func readLogo(file []byte) (db.Logo, text) {
	unknown := text{"Berkas ini bukan gambar PNG, JPEG atau GIF yang bisa dibaca.", "This file is no PNG, JPEG or GIF picture that can be read."}
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return db.Logo{}, unknown
	}
	if size.Width < 1 || size.Height < 1 || size.Width > logoPixels/size.Height {
		return db.Logo{}, text{
			"Gambarnya terlalu besar: paling banyak 24 juta titik. Kecilkan dulu.",
			"The picture is too large: at most 24 million dots. Make it smaller first.",
		}
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return db.Logo{}, unknown
	}
	for side := logoSide; side >= 24; side = side * 3 / 4 {
		small := shrunk(picture, side)
		for _, way := range logoEncodings {
			var b bytes.Buffer
			if err := way.encode(&b, small); err == nil && b.Len() <= logoBytes {
				digest := sha256.Sum256(b.Bytes())
				return db.Logo{Digest: hex.EncodeToString(digest[:8]), ContentType: way.contentType, Bytes: b.Bytes()}, text{}
			}
		}
	}
	return db.Logo{}, unknown
}

// logoEncodings are tried in turn: as it is, then with less and less detail.
var logoEncodings = []struct {
	contentType string
	encode      func(io.Writer, *image.NRGBA) error
}{
	{"image/png", func(w io.Writer, m *image.NRGBA) error {
		return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, m)
	}},
	{"image/jpeg", func(w io.Writer, m *image.NRGBA) error { return jpeg.Encode(w, onWhite(m), &jpeg.Options{Quality: 85}) }},
	{"image/jpeg", func(w io.Writer, m *image.NRGBA) error { return jpeg.Encode(w, onWhite(m), &jpeg.Options{Quality: 60}) }},
}

func shrunk(m image.Image, side int) *image.NRGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	if longer := max(w, h); longer > side {
		w, h = max(w*side/longer, 1), max(h*side/longer, 1)
	}
	small := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(small, small.Bounds(), m, m.Bounds(), draw.Src, nil)
	return small
}

func onWhite(m *image.NRGBA) image.Image {
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), m, image.Point{}, draw.Over)
	return out
}

// logoView is the logo as a page shows it.
func logoView(l db.Logo) views.Logo {
	size, _, err := image.DecodeConfig(bytes.NewReader(l.Bytes))
	if l.Digest == "" || err != nil {
		return views.Logo{}
	}
	half := func(n int) string { return strconv.Itoa(max(n/2, 1)) }
	return views.Logo{URL: "/logo/" + l.Digest, Width: half(size.Width), Height: half(size.Height)}
}

// logo serves the shop's picture under the digest of its content.
func (s *Server) logo(v *visit) error {
	l, err := s.Store.Logo(v.ctx())
	if err != nil {
		return err
	}
	if l.Digest == "" || v.Param("digest") != l.Digest {
		return payments.ErrNotFound
	}
	v.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return s.send(v, http.StatusOK, l.ContentType, l.Bytes)
}

// saveLogo takes the shop's picture; without one it takes the old one away.
func (s *Server) saveLogo(v *visit) error {
	f, file, err := readUpload(v, "logo")
	if err != nil {
		return err
	}
	var l db.Logo
	if f.get("remove") == "" {
		wrong := text{"Pilih gambarnya dulu.", "Choose the picture first."}
		if len(file.content) > 0 {
			l, wrong = readLogo(file.content)
		}
		if wrong != (text{}) {
			return s.showSettings(v, http.StatusUnprocessableEntity, form{}, form{}, mistakes{"logo": wrong})
		}
	}
	if err := s.Store.SetLogo(v.ctx(), l, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	if l.Digest == "" {
		s.say(v, "success", text{"Logo dilepas.", "The logo is taken off."})
	} else {
		s.say(v, "success", text{"Logo disimpan dan tampil di halaman pelanggan.", "The logo is saved and shown on the customer's page."})
	}
	return s.redirect(v, "/settings")
}
