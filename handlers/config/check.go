package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/handlers"
)

// Check turns the settings into what they mean and refuses what cannot work,
// before anything listens.
func (c *Config) Check() error {
	for _, check := range []func() error{c.checkListening, c.checkPublic, c.checkPaths, c.checkProxies, c.checkDOKU, c.checkKeys} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func refuse(name, why string) error { return fmt.Errorf("%s: %s", name, why) }

func (c *Config) checkListening() error {
	if c.ACMEDirectory != "" {
		c.Addr, c.HTTPAddr = cmp.Or(c.Addr, ":443"), cmp.Or(c.HTTPAddr, ":80")
		if _, _, err := net.SplitHostPort(c.HTTPAddr); err != nil {
			return refuse("KODEBAYAR_HTTP_ADDR", "must be host:port")
		}
		if c.ACMEDirectory == "letsencrypt" {
			c.ACMEDirectory = handlers.LetsEncrypt
		}
		if u, err := webAddress(c.ACMEDirectory); err != nil || u.Scheme != "https" {
			return refuse("KODEBAYAR_ACME_DIRECTORY", "must be letsencrypt, or the https address of an ACME directory")
		}
	}
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:8080")
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return refuse("KODEBAYAR_ADDR", "must be host:port")
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return refuse("KODEBAYAR_LOG", "must be text or json")
	}
	if _, _, err := net.SplitHostPort(c.MetricsAddr); err != nil && c.MetricsAddr != "" {
		return refuse("KODEBAYAR_METRICS_ADDR", "must be host:port, or empty")
	}
	if _, _, err := net.SplitHostPort(c.SimulatorAddr); err != nil {
		return refuse("KODEBAYAR_SIMULATOR_ADDR", "must be host:port")
	}
	return nil
}

// checkPublic looks at what customers see: the shop's zone and address.
func (c *Config) checkPublic() (err error) {
	c.Fixed = map[string]string{}
	for page, by := range map[string][2]string{
		"timezone": {c.Timezone, "KODEBAYAR_TIMEZONE"}, "environment": {c.Environment, "DOKU_ENVIRONMENT"},
		"credentials": {c.ClientID, "DOKU_CLIENT_ID"}, "prefix": {c.CodePrefix, "DOKU_CODE_PREFIX"},
	} {
		if by[0] != "" {
			c.Fixed[page] = by[1]
		}
	}
	c.Timezone, c.Environment = cmp.Or(c.Timezone, "Asia/Jakarta"), cmp.Or(c.Environment, "sandbox")
	if _, err := time.LoadLocation(c.Timezone); err != nil {
		return refuse("KODEBAYAR_TIMEZONE", "no such zone; Asia/Jakarta, Asia/Makassar and Asia/Jayapura are Indonesia's")
	}
	if c.URL != "" {
		if c.Public, err = webAddress(c.URL); err != nil {
			return refuse("KODEBAYAR_URL", err.Error())
		}
	}
	if c.ACMEDirectory != "" {
		if c.Public == nil {
			return refuse("KODEBAYAR_URL", "must be set with KODEBAYAR_ACME_DIRECTORY: it names the host that the certificate is for")
		}
		if err := handlers.CheckCertifiable(c.Public); err != nil {
			return refuse("KODEBAYAR_URL", "with KODEBAYAR_ACME_DIRECTORY "+err.Error())
		}
	}
	return nil
}

// checkPaths looks at where DOKU is called, and where it calls.
func (c *Config) checkPaths() error {
	for name, address := range map[string]string{"DOKU_BASE_URL": c.BaseURL, "DOKU_OVERRIDE_NOTIFICATION_URL": c.OverrideURL} {
		if address != "" {
			if _, err := webAddress(address); err != nil {
				return refuse(name, err.Error())
			}
		}
	}
	if c.OverrideURL != "" {
		// DOKU signs the path, and takes an override only when it is the same.
		if u, _ := url.Parse(c.OverrideURL); u.EscapedPath() != c.NotificationPath {
			return refuse("DOKU_OVERRIDE_NOTIFICATION_URL", "its path must be "+c.NotificationPath+", that of KODEBAYAR_NOTIFICATION_PATH")
		}
	}
	for name, path := range map[string]string{
		"KODEBAYAR_NOTIFICATION_PATH": c.NotificationPath, "KODEBAYAR_INQUIRY_PATH": c.InquiryPath,
		"DOKU_CREATE_PATH": c.CreatePath, "DOKU_UPDATE_PATH": c.UpdatePath, "DOKU_MERCHANT_CODE_PATH": c.MerchantCodePath,
	} {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#:* ") {
			return refuse(name, "must be a plain path that begins with /")
		}
	}
	if err := handlers.CheckCallbacks(c.NotificationPath, c.InquiryPath); err != nil {
		return refuse("KODEBAYAR_NOTIFICATION_PATH and KODEBAYAR_INQUIRY_PATH", err.Error())
	}
	return nil
}

func (c *Config) checkProxies() error {
	for _, proxy := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(proxy)
		if err != nil {
			address, err := netip.ParseAddr(proxy)
			if err != nil {
				return refuse("KODEBAYAR_TRUSTED_PROXIES", "must be addresses or networks like 10.0.0.0/8, with commas between")
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		c.Proxies = append(c.Proxies, prefix)
	}
	return nil
}

func (c *Config) checkDOKU() error {
	if strings.Trim(c.CodePrefix, "0123456789") != "" || len(c.CodePrefix) > 16 {
		return refuse("DOKU_CODE_PREFIX", "must be at most 16 digits")
	}
	if (c.ClientID == "") != (c.SecretKey == "") {
		return refuse("DOKU_CLIENT_ID and DOKU_SECRET_KEY", "must be set together")
	}
	if c.Environment != "sandbox" && c.Environment != "production" {
		return refuse("DOKU_ENVIRONMENT", "must be sandbox or production")
	}
	return nil
}

func (c *Config) checkKeys() (err error) {
	if c.EncodedKey != "" {
		if c.Key, err = db.DecodeKey(c.EncodedKey); err != nil {
			return refuse("KODEBAYAR_KEY", err.Error())
		}
	} else if db.IsPostgres(c.Database) {
		return refuse("KODEBAYAR_KEY", "must be set when the database is PostgreSQL")
	}
	if c.EncodedKeyBefore != "" {
		if c.KeyBefore, err = db.DecodeKey(c.EncodedKeyBefore); err != nil {
			return refuse("KODEBAYAR_KEY_PREVIOUS", err.Error())
		}
	}
	return nil
}

func webAddress(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("must be an address like https://bayar.example.id")
	}
	return u, nil
}
