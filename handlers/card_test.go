package handlers

import (
	"bytes"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestPictureCard is what a chat carries: its barcode is read back to exactly
// the code while it can be paid, and a paid one says so and shows none.
func TestPictureCard(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	scan := func(a answer) string {
		path := filepath.Join(t.TempDir(), "card.png")
		if err := os.WriteFile(path, []byte(a.body), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command("zbarimg", "--quiet", path).Output() // exit 4: nothing found
		return strings.TrimSpace(string(out))
	}
	take := func(link string) answer {
		a := s.visitor().send("GET", link, "", http.Header{"Accept-Encoding": {"gzip"}})
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "image/png" || a.header.Get("Set-Cookie") != "" ||
			a.header.Get("Cache-Control") != "no-store" || len(a.body) > 40_000 {
			t.Errorf("%s: %d, %d bytes, %v", link, a.status, len(a.body), a.header)
		}
		return a
	}
	indonesian, english := take("/pay/"+code.Token+".png"), take("/pay/"+code.Token+".png?lang=en")
	for _, a := range []answer{indonesian, english} {
		if got := scan(a); got != "CODE-128:"+code.PaymentCode {
			t.Errorf("a reader sees %q, want %s", got, code.PaymentCode)
		}
	}
	if indonesian.body == english.body {
		t.Error("the picture is the same in both languages")
	}
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	paid := take("/pay/" + code.Token + ".png")
	img, err := png.Decode(bytes.NewReader([]byte(paid.body)))
	if err != nil {
		t.Fatal(err)
	}
	greens, green := 0, color.RGBA{0x12, 0x61, 0x3c, 0xff}
	for y := range img.Bounds().Dy() {
		if img.At(8, y) == green {
			greens++
		}
	}
	if got := scan(paid); got != "" || greens < 100 {
		t.Errorf("paid: a reader sees %q, LUNAS is on a strip of %d pixels", got, greens)
	}
	for _, wrong := range []string{strings.ToUpper(code.Token) + ".png", code.Token[1:] + ".png", code.Token + ".jpg", code.Token + ".png.png"} {
		if a := s.visitor().get("/pay/" + wrong); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, a.status)
		}
	}
	opened := 0
	for _, e := range must(s.Store.Timeline(t.Context(), code.ID)) {
		if e.Kind == payments.EventViewed {
			opened++
		}
	}
	if opened != 0 {
		t.Error("a picture counts as an opened page")
	}
}

// TestWordsOfTheCard: each state says its own on the picture, only what can be
// paid shows a code, and all say when they were made.
func TestWordsOfTheCard(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	state := must(s.payState(&visit{life: t.Context(), lang: "id"}, code))
	seen := map[string]bool{}
	for _, name := range []string{"unpaid", "till", "reusable", "paid", "late", "review", "expired", "cancelled", "wait"} {
		state.State, state.Doubt = name, ""
		if name == "late" {
			state.State, state.Doubt = "paid", "Pembayaran masuk setelah batas waktu."
		}
		c := s.card("id", code.Environment, state)
		payable := name == "unpaid" || name == "till" || name == "reusable"
		if payable != (c.Code == fours(code.PaymentCode)) || payable == (c.Verdict != "") || payable != (len(c.Steps) == 3) {
			t.Errorf("%s: %+v", name, c)
		}
		if !payable && seen[c.Verdict+c.Say] || !strings.Contains(c.Made, "WITA") || c.Bar == "" {
			t.Errorf("%s says %q %q %q", name, c.Verdict, c.Say, c.Made)
		}
		seen[c.Verdict+c.Say] = true
	}
}
