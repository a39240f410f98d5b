package handlers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"kodebayar/db"
)

// LetsEncrypt is the directory of the certificate authority of that name.
const LetsEncrypt = autocert.DefaultACMEDirectory

const (
	// firstWait is how long a visitor waits while the first certificate of all is
	// being asked for.
	firstWait = 8 * time.Second
	// lookAgain is how often the certificate is looked at, and retryIssue how long
	// after a failure one is asked for again: Let's Encrypt takes five failed
	// validations an hour, and each attempt may be two.
	lookAgain  = time.Hour
	retryIssue = 30 * time.Minute
	// lateBefore is how long before its end a certificate is spoken of.
	lateBefore = 14 * 24 * time.Hour
)

// late is when a certificate should long have been renewed: autocert begins at a
// third of its life before the end, a month at the most.
func late(leaf *x509.Certificate) time.Time {
	return leaf.NotAfter.Add(-min(lateBefore, leaf.NotAfter.Sub(leaf.NotBefore)/4))
}

// CheckCertifiable says why no certificate can be had for an address.
func CheckCertifiable(u *url.URL) error {
	_, err := netip.ParseAddr(u.Hostname())
	name := u.Hostname()
	if u.Scheme != "https" || u.Port() != "" || err == nil || !strings.Contains(strings.Trim(name, "."), ".") || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return errors.New("must be https with a host name like bayar.example.id, in small letters and without a port")
	}
	return nil
}

// CertificateName is what the certificate of an address is kept under: the
// staging directory's must not be served once the real one is asked.
func CertificateName(directory string, public *url.URL) string {
	return keptOf(directory) + public.Hostname()
}

// keptOf begins the names of what is kept of an authority.
func keptOf(directory string) string {
	if u, err := url.Parse(directory); err == nil {
		directory = u.Host + u.Path
	}
	return directory + "/"
}

// Certificates keeps the certificate of one host by ACME (RFC 8555): asks for
// it, renews it, and answers the challenges tls-alpn-01 and http-01. Several
// instances on one database share it.
type Certificates struct {
	host    string
	log     *slog.Logger
	manager autocert.Manager
	calls   overheard

	tried chan struct{} // closed once the first attempt is over
	mu    sync.Mutex
	err   error // of the last attempt
}

// NewCertificates are for the host of an address that CheckCertifiable has no
// word against, from the authority with that directory.
func NewCertificates(store *db.DB, log *slog.Logger, public *url.URL, directory string) *Certificates {
	c := &Certificates{host: public.Hostname(), log: log, calls: overheard{log: log, told: map[string]bool{}}, tried: make(chan struct{})}
	c.manager = autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: kept{store, log, keptOf(directory)}, HostPolicy: c.ours,
		Client: &acme.Client{DirectoryURL: directory, UserAgent: "kodebayar", HTTPClient: &http.Client{Transport: &c.calls, Timeout: 30 * time.Second}},
	}
	return c
}

// TLS speaks TLS on a listener.
func (c *Certificates) TLS(listener net.Listener) net.Listener {
	return tls.NewListener(listener, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1", acme.ALPNProto}, GetCertificate: c.get,
	})
}

// Plain answers http-01 challenges, and leads whoever reads over to https. A
// form or a callback is not led on: it has been sent in the open already.
func (c *Certificates) Plain() http.Handler {
	return c.manager.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Use https.", http.StatusForbidden)
			return
		}
		http.Redirect(w, r, "https://"+c.host+r.URL.RequestURI(), http.StatusPermanentRedirect)
	}))
}

// ours refuses other hosts, lest strangers have certificates issued. A port may
// follow.
func (c *Certificates) ours(_ context.Context, host string) error {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if !strings.EqualFold(strings.TrimSuffix(host, "."), c.host) {
		return errors.New("a host that is not ours")
	}
	return nil
}

// get finds the certificate for a connection. Visitors do not have one issued:
// attempts are counted by the authority.
func (c *Certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if err := c.ours(hello.Context(), hello.ServerName); err != nil {
		return nil, err
	}
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto {
		return c.manager.GetCertificate(hello) // tls-alpn-01
	}
	select {
	case <-c.tried:
	case <-time.After(firstWait):
		return nil, errors.New("the first certificate is still being issued")
	}
	c.mu.Lock()
	err := c.err
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return c.certificate()
}

// certificate is the one at hand, or else a new one. One key is enough: each
// client that speaks TLS 1.2 knows ECDSA, and an RSA one would be a second
// certificate to ask for.
func (c *Certificates) certificate() (*tls.Certificate, error) {
	return c.manager.GetCertificate(&tls.ClientHelloInfo{ServerName: c.host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}})
}

// Run asks for the certificate at once, not when the first visitor is waiting,
// and says when there is none or it nears its end. autocert renews it by itself.
func (c *Certificates) Run(ctx context.Context) error {
	var told time.Time // the end of the certificate that the log knows
	for {
		var cert *tls.Certificate
		var err error
		done := make(chan struct{})
		c.calls.forget()
		go func() { // autocert cannot be told to stop
			defer close(done)
			cert, err = c.certificate()
		}()
		select {
		case <-ctx.Done():
			return nil
		case <-done:
		}
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
		wait := lookAgain
		if err != nil {
			wait = retryIssue
			c.log.Error("no certificate was issued: nobody can be served", "host", c.host, "again_in", wait, "error", err)
		} else {
			if until := cert.Leaf.NotAfter; !until.Equal(told) {
				told = until
				c.log.Info("certificate", "host", c.host, "until", told.UTC())
			}
			if time.Now().After(late(cert.Leaf)) {
				c.log.Error("the certificate nears its end and was not renewed", "host", c.host, "until", told.UTC())
			}
		}
		select {
		case <-c.tried:
		default:
			close(c.tried)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// DiagnoseCertificate notes until when the certificate is valid that is kept
// under a name, nothing when none is.
func DiagnoseCertificate(ctx context.Context, store *db.DB, name string, g *db.Diagnosis) error {
	data, err := store.ACME(ctx, name)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	for err == nil {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return errors.New("what is kept as " + name + " is no certificate")
		}
		if block.Type == "CERTIFICATE" { // the first is the host's own
			var leaf *x509.Certificate
			if leaf, err = x509.ParseCertificate(block.Bytes); err == nil {
				g.CertificateEnds, g.CertificateLate = leaf.NotAfter, late(leaf)
				return nil
			}
		}
	}
	return err
}
