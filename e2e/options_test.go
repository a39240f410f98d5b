package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestPreviewWhileTyping compares what the counter previews with what the
// code's page says was sent, and looks over the page with everything in it.
func TestPreviewWhileTyping(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.owner()
	p := newPerson(t, s.home, phone())
	p.signIn(ownerEmail, ownerPassword)
	for _, foot := range []string{
		"Terima kasih. Simpan struk ini sebagai bukti. WA 0812 3456 7890",
		"baris satu\n\n  baris   tiga  ",
		strings.Repeat("w", 95) + " dua",
		strings.Repeat("x", 40) + "\n" + strings.Repeat("y", 40) + " z",
		"  di depan dan di belakang \n",
	} {
		p.open("/codes/new", http.StatusOK)
		p.unfold("more")
		p.fill("amount", "150000")
		p.fill("customer_name", "Budi Santoso")
		p.fill("info", "Toko Melati")
		p.fill("footer_message", foot)
		check(t, p.expect(`[data-shows=amount]`).ToHaveText("Rp150.000"))
		check(t, p.expect(`[data-shows=customer_name]`).ToHaveText("Budi Santoso"))
		check(t, p.expect(`[data-shows=info]`).ToHaveText("Toko Melati"))
		previewed, err := p.Locator("[data-foot]").TextContent()
		check(t, err)
		p.press("/codes")
		p.arrive("**/codes/*-*")
		printed, err := p.Locator(".receipt pre").TextContent()
		check(t, err)
		if previewed != printed {
			t.Errorf("of %q the counter previews\n%s\nand the receipt has\n%s", foot, previewed, printed)
		}
	}

	p.open("/codes/new", http.StatusOK)
	p.unfold("more")
	p.unfold("more-insurance")
	p.fill("footer_message", "1\n2\n3\n4")
	check(t, p.expect("#f-footer_message-over").ToBeVisible())
	p.fill("footer_message", "1\n2\n3")
	check(t, p.expect("#f-footer_message-over").ToBeHidden())
	check(t, p.expect("#f-payment_code").ToBeHidden())
	check(t, p.Locator(`[name=mode][value=mgpc]`).Check())
	check(t, p.expect("#f-payment_code").ToBeVisible())
	_, err := p.Evaluate("scrollTo(0, 0)") // the button stays at the bottom and covers what is under it
	check(t, err)
	p.lookOver("new code, all options")
	check(t, p.Locator(`[name=mode][value=dgpc]`).Check())
	check(t, p.expect("#f-payment_code").ToBeDisabled())

	p.open("/settings", http.StatusOK)
	p.lookOver("settings")
}
