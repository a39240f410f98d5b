package handlers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestTheEndOfACertificate is shown where the program keeps it, and warned of
// when it comes near.
func TestTheEndOfACertificate(t *testing.T) {
	s := newShop(t)
	s.Certificate = CertificateName(LetsEncrypt, must(url.Parse("https://bayar.toko.example")))
	owner := s.member("ibu", payments.Owner)
	for _, c := range []struct {
		days int
		want []string
		not  string
	}{
		{0, []string{"Certificate until", "None yet"}, "was not renewed"},
		{80, []string{"Certificate until"}, "was not renewed"},
		{13, []string{"The TLS certificate ends", "certificate_old"}, "None yet</dd>"},
	} {
		if c.days > 0 {
			key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
			template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().AddDate(0, 0, c.days-90), NotAfter: time.Now().AddDate(0, 0, c.days)}
			leaf := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
			kept := slices.Concat(
				pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(key))}),
				pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}))
			if err := s.Store.SetACME(t.Context(), s.Certificate, kept); err != nil {
				t.Fatal(err)
			}
		}
		page := owner.get("/diagnostics?lang=en").body
		for _, want := range c.want {
			if !strings.Contains(page, want) {
				t.Errorf("with %d days it does not say %q", c.days, want)
			}
		}
		if strings.Contains(page, c.not) {
			t.Errorf("with %d days it says %q", c.days, c.not)
		}
		_, support, _ := strings.Cut(page, `id="support"`)
		if support, _, _ = strings.Cut(support, "</pre>"); strings.Contains(support, "toko.example") {
			t.Errorf("the support text names the shop's host")
		}
	}
	s.Certificate = CertificateName("https://acme-staging.example/directory", must(url.Parse("https://bayar.toko.example")))
	if page := owner.get("/diagnostics?lang=en").body; !strings.Contains(page, "None yet") || strings.Contains(page, "certificate_old") {
		t.Error("another authority's certificate is taken for its own")
	}
	s.Certificate = ""
	if page := owner.get("/diagnostics?lang=en").body; strings.Contains(page, "certificate") {
		t.Error("a certificate that a proxy keeps is spoken of")
	}
}
