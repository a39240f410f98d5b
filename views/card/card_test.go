package card

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kodebayar/views/barcode"
)

func unpaid(t *testing.T, code string) Card {
	t.Helper()
	b, err := barcode.Code128(code)
	if err != nil {
		t.Fatal(err)
	}
	return Card{
		Bar: "SIMULATOR: Latihan, bukan uang sungguhan", Shop: "Toko Melati", AmountLabel: "Jumlah", Amount: "Rp150.000", Name: "untuk Budi Santoso",
		CodeLabel: "Kode pembayaran", Code: "6059 0000 0000 0205", Barcode: b, Unreadable: "Kalau tidak terbaca, sebutkan kodenya.",
		Until: "Bayar sebelum Jumat, 20 November 2026, 15.05 WIB",
		Steps: []string{
			"Datang ke Alfamart, Alfamidi, Alfaexpress, Lawson, atau Dan+Dan.", "Bilang ke kasir Alfamart: “mau bayar DOKU”, lalu sebutkan kodenya.",
			"Cek nama dan jumlah, bayar, simpan struk.",
		},
		Made: "Gambar dibuat Jumat, 20 November 2026, 14.05 WIB. Status terbaru di tautannya.",
	}
}

// TestCard is small, and its barcode can be read by another program.
func TestCard(t *testing.T) {
	long := unpaid(t, "1234567890123456789")
	long.Shop, long.Name = strings.Repeat("Wirjosoebroto ", 4), "untuk "+strings.Repeat("W", 60)
	long.Amount, long.Code = "Rp999.999.999.999", "1234 5678 9012 3456 789"
	for want, c := range map[string]Card{"6059000000000205": unpaid(t, "6059000000000205"), "1234567890123456789": long} {
		b, err := PNG(c)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if _, paletted := img.(*image.Paletted); !paletted || len(b) > 40_000 || img.Bounds().Dx() != width || img.Bounds().Dy() > 2*width {
			t.Errorf("%d bytes, %v, %T", len(b), img.Bounds(), img)
		}
		t.Logf("%d bytes, %v", len(b), img.Bounds())
		path := filepath.Join(t.TempDir(), "card.png")
		if dir := os.Getenv("KODEBAYAR_CARDS"); dir != "" {
			path = filepath.Join(dir, want+".png")
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--quiet", path).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != "CODE-128:"+want {
			t.Errorf("a reader sees %q in the picture, want %s: %v", got, want, err)
		}
	}
}

// TestCardOfOneState: what cannot be paid shows no code.
func TestCardOfOneState(t *testing.T) {
	paid := Card{Shop: "Toko", Verdict: "LUNAS", Good: true, AmountLabel: "Jumlah", Amount: "Rp1", Facts: []string{"Dibayar"}, Made: "x"}
	b, err := PNG(paid)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	greens := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if img.At(x, y) == green {
				greens++
			}
			if img.At(x, y) == black {
				t.Fatalf("a bar at %d,%d", x, y)
			}
		}
	}
	if greens < width*50 {
		t.Errorf("%d green pixels say LUNAS", greens)
	}
}
