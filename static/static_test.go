package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, url, accept string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryFile(t *testing.T) {
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			if !regexp.MustCompile(`^/static/[a-z0-9-]+\.[0-9a-f]{12}\.(css|js|svg|png)$`).MatchString(url) {
				t.Errorf("address %s", url)
			}
			res := get(t, http.MethodGet, url, "")
			plain := body(t, res)
			if res.StatusCode != http.StatusOK || len(plain) == 0 {
				t.Fatalf("status %d, %d bytes", res.StatusCode, len(plain))
			}
			for header, want := range map[string]string{
				"Cache-Control":    "public, max-age=31536000, immutable",
				"Vary":             "Accept-Encoding",
				"Content-Type":     contentTypes[name[strings.LastIndexByte(name, '.'):]],
				"Content-Encoding": "",
			} {
				if got := res.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
			res = get(t, http.MethodGet, url, "br, gzip")
			if res.Header.Get("Content-Encoding") != "gzip" {
				if len(plain) > 100 {
					t.Fatal("not compressed")
				}
				return // a line is longer compressed
			}
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			unpacked, err := io.ReadAll(z)
			if err != nil || !bytes.Equal(unpacked, plain) {
				t.Error("the compressed form is another file")
			}
		})
	}
}

// TestScriptsAreSentWithoutComments, and with all of their code.
func TestScriptsAreSentWithoutComments(t *testing.T) {
	got := uncommented([]byte("// what\n  // and why\nlet a = 1; // here\n\nconst at = \"//\";\n"))
	if string(got) != "let a = 1; // here\n\nconst at = \"//\";\n" {
		t.Errorf("%q", got)
	}
	if strings.Contains(string(body(t, get(t, http.MethodGet, URL("offline.js"), ""))), "//") {
		t.Error("offline.js is sent with its comments")
	}
}

func TestHeadHasNoBody(t *testing.T) {
	res := get(t, http.MethodHead, URL("app.css"), "")
	if len(body(t, res)) != 0 || res.ContentLength <= 0 {
		t.Errorf("length %d", res.ContentLength)
	}
}

func TestOtherPathsAreNotThere(t *testing.T) {
	for _, url := range []string{"/static/", "/static/app.css", "/static/dist/app.css", "/static/app.000000000000.css", "/static/package.json", "/static/../static.go", URL("app.css") + "/"} {
		if res := get(t, http.MethodGet, url, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", url, res.StatusCode)
		}
	}
	if res := get(t, http.MethodPost, URL("app.css"), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", res.StatusCode)
	}
}

func TestUnknownNamePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a page may ask for a file that does not exist")
		}
	}()
	URL("nothing.css")
}

func TestTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "br": false, "deflate, gzip;q=1.0, *;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false,
		"*": true, "*;q=0": false, "gzip;q=0, *": false, "GZIP": true, "xgzip": false,
	} {
		if got := takesGzip(header); got != want {
			t.Errorf("takesGzip(%q) = %t", header, got)
		}
	}
}

// The customer waits for these two on a slow network.
func TestCustomerPageIsSmall(t *testing.T) {
	const most = 7 * 1024
	total := 0
	for _, name := range []string{"pay.css", "pay.js"} {
		total += len(assets[URL(name)].gzipped())
	}
	if total > most {
		t.Errorf("pay.css and pay.js take %d bytes, at most %d", total, most)
	}
}

// Scripts that say eval are refused by the content policy of every page.
func TestOwnScriptsNeedNoEval(t *testing.T) {
	for name, url := range urls {
		if !strings.HasSuffix(name, ".js") || name == "htmx.js" {
			continue // htmx carries an eval that its settings switch off
		}
		if regexp.MustCompile(`\beval\(|new Function`).Match(assets[url].plain) {
			t.Errorf("%s needs eval", name)
		}
	}
}
