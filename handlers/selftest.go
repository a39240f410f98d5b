package handlers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// The self-test sends a callback to the app's own public address, as DOKU
// would, and names what is between them.

// probeTime is how long one probe may take.
const probeTime = 8 * time.Second

func (s *Server) probeKey() []byte { return db.Derive(s.Key, "kodebayar probe", 32) }

// probed answers a probe of our own; false when the delivery is none.
func (s *Server) probed(v *visit, d payments.Delivery, path string) (answered bool, err error) {
	scheme, proxied := seenScheme(v.Request())
	if !proxied && v.Request().TLS == nil {
		scheme = ""
	}
	report, ours := s.Service.Probed(s.probeKey(), d, path, scheme, v.Request().Host)
	if !ours {
		return false, nil
	}
	return true, s.send(v, http.StatusOK, "application/json", report.JSON())
}

// finding is one thing that the self-test saw.
type finding struct {
	ok bool
	text
}

// testCallbacks probes both callbacks. All is well when each finding is ok.
func (s *Server) testCallbacks(ctx context.Context) (found []finding) {
	good := func(id, en string) { found = append(found, finding{true, text{id, en}}) }
	bad := func(id, en string) { found = append(found, finding{false, text{id, en}}) }
	if !s.Service.Ready() {
		bad("Kredensial DOKU belum ada: tanpa itu tidak ada yang bisa ditandatangani.", "There are no credentials at DOKU: without them nothing can be signed.")
		return found
	}
	host := s.PublicURL.Hostname()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		bad("DNS: nama "+host+" tidak ditemukan. Periksa alamat di penyedia domain.", "DNS: the name "+host+" is not found. Look at the records of the domain.")
		return found
	}
	good("DNS: "+host+" ditemukan.", "DNS: "+host+" is found.")
	real := s.Service.Environment != payments.Simulator
	if inside(addresses) {
		if real {
			bad("Alamat "+host+" hanya ada di jaringan sendiri: DOKU tidak bisa mencapainya. Pasang nama dan alamat umum (KODEBAYAR_URL).",
				"The address "+host+" exists in your own network only: DOKU cannot reach it. Set a public name (KODEBAYAR_URL).")
		} else {
			good("Alamatnya di mesin ini; cukup untuk simulator.", "The address is on this machine, which is enough for the simulator.")
		}
	}
	if real && !s.https() {
		bad("Alamat umum memakai http. DOKU hanya boleh memanggil lewat https.", "The public address is http. DOKU should call by https only.")
	}
	for _, callback := range []struct{ name, path string }{{"notification", s.NotificationPath}, {"inquiry", s.InquiryPath}} {
		found = append(found, s.testCallback(ctx, callback.name, callback.path)...)
	}
	if ahead := s.Service.ClockAhead(); ahead.Abs() >= db.ClockTolerance {
		found = append(found, finding{false, s.skew(ahead)})
	} else {
		good("Jam server cocok dengan jam DOKU.", "The server's clock agrees with DOKU's.")
	}
	return found
}

// inside says whether all addresses are of this machine or a network of one's
// own.
func inside(addresses []netip.Addr) bool {
	for _, a := range addresses {
		if a = a.Unmap(); !a.IsLoopback() && !a.IsPrivate() && !a.IsLinkLocalUnicast() {
			return false
		}
	}
	return true
}

func (s *Server) testCallback(ctx context.Context, name, path string) []finding {
	one := func(ok bool, id, en string) []finding {
		return []finding{{ok, text{name + ": " + id, name + ": " + en}}}
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	r, err := s.Service.Probe(ctx, s.probeKey(), s.link(path), path)
	if err != nil {
		return one(false, "alamatnya tidak bisa dipakai.", "its address cannot be used.")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(r)
	if err != nil {
		id, en := unreachable(err)
		return one(false, id, en)
	}
	defer a.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(a.Body, 16<<10))
	var report payments.ProbeReport
	if err := json.Unmarshal(body, &report); a.StatusCode != http.StatusOK || err != nil || !report.Proves(s.probeKey(), r) {
		switch {
		case a.StatusCode >= 300 && a.StatusCode < 400:
			return one(false, "dialihkan ke "+a.Header.Get("Location")+". DOKU tidak mengikuti pengalihan.", "is led on to "+a.Header.Get("Location")+". DOKU follows no redirects.")
		case a.StatusCode == http.StatusNotFound:
			return one(false, "jalurnya tidak ditemukan di balik proxy. Teruskan "+path+" apa adanya ke aplikasi ini.", "its path is not found behind the proxy. Hand "+path+" on to this app as it is.")
		case a.StatusCode >= 500:
			return one(false, "proxy tidak bisa mencapai aplikasi ini (jawaban "+a.Status+").", "the proxy cannot reach this app (it answers "+a.Status+").")
		}
		return one(false, "yang menjawab bukan aplikasi ini (jawaban "+a.Status+").", "what answers is not this app (it answers "+a.Status+").")
	}
	switch {
	case !report.Signed:
		return one(false, "sampai, tetapi tanda tangannya tidak cocok lagi: proxy mengubah isi atau kepala permintaan ("+report.Remark+").",
			"arrives, but its signature no longer fits: a proxy changes the body or the headers ("+report.Remark+").")
	case report.Path != path:
		return one(false, "sampai sebagai "+report.Path+", bukan "+path+": proxy mengubah jalurnya.", "arrives as "+report.Path+", not "+path+": a proxy changes the path.")
	case s.https() && report.Scheme != "https":
		return one(false, "sampai dan ditandatangani benar, tetapi proxy tidak memberi X-Forwarded-Proto: https.", "arrives rightly signed, but the proxy does not send X-Forwarded-Proto: https.")
	}
	found := one(true, "sampai, dengan jalur dan tanda tangan yang benar.", "arrives, with the right path and signature.")
	if from, err := netip.ParseAddr(report.From); err == nil && s.https() && s.Certificate == "" && len(s.TrustedProxies) == 0 && inside([]netip.Addr{from}) {
		found = append(found, one(false, "semua pengunjung tampak beralamat "+report.From+", yaitu proxy. Isi KODEBAYAR_TRUSTED_PROXIES="+report.From+".",
			"every visitor seems to come from "+report.From+", the proxy. Set KODEBAYAR_TRUSTED_PROXIES="+report.From+".")...)
	}
	return found
}

// unreachable names why a call did not arrive.
func unreachable(err error) (id, en string) {
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return "DNS: namanya tidak ditemukan.", "DNS: its name is not found."
	case errors.As(err, &host):
		return "TLS: sertifikatnya untuk nama lain.", "TLS: the certificate is for another name."
	case errors.As(err, &invalid):
		return "TLS: sertifikatnya kedaluwarsa atau tidak sah.", "TLS: the certificate has expired or is not valid."
	case errors.As(err, &unknown), errors.As(err, &verify):
		return "TLS: sertifikatnya dari penerbit yang tidak dikenal.", "TLS: the certificate's issuer is not known."
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "TLS: di port itu tidak ada https.", "TLS: there is no https at that port."
	case errors.Is(err, context.DeadlineExceeded):
		return "tidak ada jawaban: terhalang firewall, atau router tidak membolehkan memanggil alamat sendiri.", "no answer: a firewall is in the way, or the router does not let you call your own address."
	case strings.Contains(err.Error(), "connection refused"):
		return "tidak ada yang mendengarkan di alamat itu.", "nothing listens at that address."
	}
	return "tidak bisa dicapai.", "cannot be reached."
}
