package handlers

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestHeadersOfEveryRoute reads what guards a browser from every route, signed
// in and not, and of pages that failed.
func TestHeadersOfEveryRoute(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		s := newShop(t, func(s *Server) { s.PublicURL = &url.URL{Scheme: scheme, Host: "bayar.toko.id"} })
		s.hire("ibu", payments.Owner)
		code := payments.Code{ID: "0", Token: "0000000000000000"}
		table := append(routes("/doku/notifications", "/doku/inquiries"),
			route{method: "GET", path: "/nothing"}, route{method: "DELETE", path: "/login"}, route{method: "GET", path: "/doku/notifications"})
		for _, rt := range table {
			v := s.visitor()
			a := v.send(rt.method, rt.concrete(code), "", nil)
			name := scheme + " " + rt.method + " " + rt.path
			policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
				"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
			if strings.HasPrefix(rt.path, "/static") {
				policy = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
			}
			for header, want := range map[string]string{
				"Content-Security-Policy":      policy,
				"X-Content-Type-Options":       "nosniff",
				"X-Frame-Options":              "DENY",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"X-Robots-Tag":                 "noindex, nofollow",
			} {
				if got := a.header.Get(header); got != want {
					t.Errorf("%s: %s is %q", name, header, got)
				}
			}
			if got := a.header.Get("Strict-Transport-Security"); (got != "") != (scheme == "https") {
				t.Errorf("%s: Strict-Transport-Security is %q", name, got)
			}
			want := "same-origin"
			if rt.kind == customer {
				want = "no-referrer"
			}
			if got := a.header.Get("Referrer-Policy"); got != want {
				t.Errorf("%s: Referrer-Policy is %q", name, got)
			}
			// These know nobody, and a browser asks for them without anybody.
			shared := slices.Contains([]string{"/favicon.ico", "/manifest.webmanifest", "/sw.js", "/offline"}, rt.path)
			if !shared && !strings.HasPrefix(rt.path, "/static") && a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control is %q", name, a.header.Get("Cache-Control"))
			}
			if !regexp.MustCompile(`^[a-z0-9]{16}$`).MatchString(a.header.Get("X-Request-Id")) {
				t.Errorf("%s: X-Request-Id is %q", name, a.header.Get("X-Request-Id"))
			}
			// One holds the challenge that a passkey answers.
			if got := a.header.Values("Set-Cookie"); len(got) > 0 && rt.path != "/login/passkey/begin" {
				t.Errorf("%s sets %v", name, got)
			}
		}
		a := s.visitor().tryPassword("ibu@toko.id", password)
		cookie := a.header.Get("Set-Cookie")
		for part, want := range map[string]bool{
			"HttpOnly": true, "SameSite=Lax": true, "Path=/": true, "Max-Age=1209600": true, "Domain": false,
			"Secure": scheme == "https", "__Host-session=": scheme == "https",
		} {
			if strings.Contains(cookie, part) != want {
				t.Errorf("%s: %s in the cookie %q, want %v", scheme, part, cookie, want)
			}
		}
	}
}

// TestNothingInline holds the pages to their own policy.
func TestNothingInline(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	code := v.issue()
	for _, path := range []string{"/", "/codes/new", "/transactions", "/codes/" + code.ID, "/codes/" + code.ID + "/edit", "/codes/" + code.ID + "/cancel", "/pay/" + code.Token, "/nothing"} {
		a := v.get(path)
		for _, inline := range []string{"style", "onclick", "onload", "onsubmit"} {
			if found := a.elements(inline); len(found) > 0 {
				t.Errorf("%s has %s: %v", path, inline, found[0])
			}
		}
		if strings.Contains(a.body, "<style") || regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(a.body) {
			t.Errorf("%s has an inline script or style", path)
		}
		for _, attribute := range []string{"src", "href", "action"} {
			for _, e := range a.elements(attribute) {
				u, err := url.Parse(e[attribute])
				if err != nil || u.Host != "" && e[""] != "a" {
					t.Errorf("%s refers to %s", path, e[attribute])
				}
			}
		}
	}
}

// TestStrictTransport covers what is below the shop's host, not what is beside it.
func TestStrictTransport(t *testing.T) {
	for host, below := range map[string]bool{
		"bayar.toko.id": true, "bayar.toko.web.id": true, "a.b.example.com": true,
		"toko.id": false, "toko.web.id": false, "example.com": false, "localhost": false, "192.0.2.7": false, "2001:db8::7": false,
	} {
		if got := strictTransport(host); !strings.HasPrefix(got, "max-age=31536000") || strings.HasSuffix(got, "; includeSubDomains") != below {
			t.Errorf("%s: %s", host, got)
		}
	}
	s := newShop(t, func(s *Server) { s.PublicURL = must(url.Parse("https://bayar.toko.id")) })
	if got := s.visitor().get("/login").header.Get("Strict-Transport-Security"); got != strictTransport("bayar.toko.id") {
		t.Errorf("sent: %q", got)
	}
}

// TestOneReadingOfLengths: a request whose end could be read in two ways is read
// in one, or refused, and never leaves a second one behind.
func TestOneReadingOfLengths(t *testing.T) {
	s := newShop(t)
	const form = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	const second = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, test := range map[string]struct {
		sent string
		want int
	}{
		// The chunks count and the length does not (RFC 9112, 6.3): one mistake
		// in the form, no second request in what a length of 6 would leave.
		"both":                  {form + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nemail=x\r\n0\r\n\r\n", 422},
		"both, the other way":   {form + "Transfer-Encoding: chunked\r\nContent-Length: 400\r\n\r\n7\r\nemail=x\r\n0\r\n\r\n", 422},
		"two lengths":           {form + "Content-Length: 7\r\nContent-Length: 0\r\n\r\nemail=x" + second, 400},
		"a length with a sign":  {form + "Content-Length: +7\r\n\r\nemail=x" + second, 400},
		"an unknown encoding":   {form + "Transfer-Encoding: xchunked\r\n\r\nemail=x" + second, 501},
		"a blank in the header": {form + "Transfer-Encoding : chunked\r\n\r\n7\r\nemail=x\r\n0\r\n\r\n" + second, 400},
	} {
		conn := must(net.Dial("tcp", strings.TrimPrefix(s.home, "http://")))
		must(io.WriteString(conn, test.sent))
		got, part := "", make([]byte, 64<<10)
		for patience := 10 * time.Second; ; patience = 300 * time.Millisecond { // for the first answer, and for one more
			if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			n, err := conn.Read(part)
			if got += string(part[:n]); err != nil {
				break
			}
		}
		conn.Close()
		if !strings.HasPrefix(got, fmt.Sprint("HTTP/1.1 ", test.want, " ")) || strings.Count(got, "HTTP/1.1 ") != 1 {
			t.Errorf("%s: want one answer of %d, got %.300s", name, test.want, got)
		}
	}
	if strings.Contains(s.log.String(), "smuggled") || strings.Contains(s.log.String(), "route=none") {
		t.Errorf("a second request was read:\n%s", s.log)
	}
}

// TestOtherMethods are unknown, on every path: TRACE would repeat a cookie.
func TestOtherMethods(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	for _, path := range []string{"/", "/login", "/nothing", "/doku/notifications", "/healthz"} {
		for _, method := range []string{"TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			a := v.send(method, path, "", http.Header{"X-Canary": {"repeated"}})
			if a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed && a.status != http.StatusNoContent || strings.Contains(a.body, "repeated") {
				t.Errorf("%s %s: %v", method, path, a.status)
			}
		}
	}
}

// TestPostsFromElsewhere are refused by header, whatever cookie comes along;
// DOKU's server, which is no browser, is not.
func TestPostsFromElsewhere(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	for name, test := range map[string]struct {
		header http.Header
		status int
	}{
		"another site":              {http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a sibling":                 {http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		"another origin":            {http.Header{"Origin": {"https://evil.example"}}, 403},
		"no origin told":            {http.Header{"Origin": {"null"}}, 403},
		"the same origin":           {http.Header{"Sec-Fetch-Site": {"same-origin"}}, 422},
		"the same, old browser":     {http.Header{"Origin": {s.home}}, 422},
		"a program without headers": {http.Header{}, 422},
	} {
		test.header.Set("Content-Type", "application/x-www-form-urlencoded")
		a := v.send("POST", "/codes", "amount=1", test.header)
		if a.status != test.status {
			t.Errorf("%s: %d, want %d", name, a.status, test.status)
		}
		if test.status == 403 && !strings.Contains(a.body, "situs lain") {
			t.Errorf("%s is not told why: %s", name, a.body)
		}
	}
	if a := v.send("POST", "/doku/notifications", "{}", http.Header{"Sec-Fetch-Site": {"cross-site"}}); a.status != 401 {
		t.Errorf("a callback is judged by its origin: %d", a.status)
	}
}

func TestCompressionAndHead(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	plain := v.get("/")
	zipped := v.send("GET", "/", "", http.Header{"Accept-Encoding": {"gzip"}})
	if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) >= len(plain.body)/2 {
		t.Errorf("%d bytes of %d, %q", len(zipped.body), len(plain.body), zipped.header.Get("Content-Encoding"))
	}
	if head := v.send("HEAD", "/", "", nil); head.status != 200 || head.body != "" {
		t.Errorf("HEAD: %v", head)
	}
}
