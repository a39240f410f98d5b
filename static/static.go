// Package static carries the stylesheets, scripts and pictures of the pages
// inside the binary and serves them under names that contain a digest of their
// content, so that a browser may keep them for ever and still never sees an
// old one after an update.
//
// The scripts, pay.css, slip.css, cards.css and mark.svg are written by hand. What stands in dist/
// is made by `npm run build` and committed, so that building the program needs
// only Go.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed dist/*.css dist/*.js *.js pay.css slip.css cards.css *.svg *.png
var files embed.FS

// Worker is the service worker, less the list of what it keeps. It has no
// hashed name: a browser knows a worker by its address.
//
//go:embed worker/sw.js
var Worker []byte

// Prefix is the path under which Handler expects to be mounted.
const Prefix = "/static/"

// asset is one file as it is sent.
type asset struct {
	contentType string
	plain       []byte
	// gzipped is made at the first request for it, so that starting the
	// program does not wait for a compressor. It is nil when compressing saves
	// nothing.
	gzipped func() []byte
}

var (
	assets = map[string]*asset{} // by the path in the URL
	urls   = map[string]string{} // by the plain name
)

// The content types stand here rather than being asked of package mime, which
// reads the tables of the machine it runs on.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

func init() {
	err := fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		name, ext := path.Base(file), path.Ext(file)
		if ext == ".js" && path.Dir(file) == "." {
			content = uncommented(content)
		}
		if _, taken := urls[name]; taken {
			return fmt.Errorf("two files are called %s", name)
		}
		if contentTypes[ext] == "" {
			return fmt.Errorf("%s has no content type", name)
		}
		digest := sha256.Sum256(content)
		url := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(digest[:6]) + ext
		urls[name] = url
		assets[url] = &asset{
			contentType: contentTypes[ext],
			plain:       content,
			gzipped:     sync.OnceValue(func() []byte { return compress(content) }),
		}
		return nil
	})
	if err != nil {
		panic("static: " + err.Error())
	}
}

// uncommented is a script of ours without the lines that are comments and
// nothing else: whoever reads them has the source, and a cheap phone pays for
// each byte. No text of ours runs over a line that begins like one.
func uncommented(script []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(script) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("//")) {
			out.Write(line)
		}
	}
	return out.Bytes()
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	// Neither call can fail: the level is valid and a buffer takes every write.
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close()
	if out.Len() >= len(content) {
		return nil
	}
	return out.Bytes()
}

// URL gives the address of a file by its plain name: "app.css" becomes
// "/static/app.1f0c9a7e22b4.css". It panics on a name that does not exist,
// because that is a page asking for a file that was never built.
func URL(name string) string {
	url, ok := urls[name]
	if !ok {
		panic("static: no file " + name)
	}
	return url
}

// Handler serves the files to GET and HEAD under the addresses that URL gives,
// and 404 for every other path, the plain names included.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		a, ok := assets[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		body, h := a.plain, w.Header()
		h.Set("Content-Type", a.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Get("Accept-Encoding")) {
			if small := a.gzipped(); small != nil {
				body = small
				h.Set("Content-Encoding", "gzip")
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(body) // the client may have gone, there is nobody to tell
		}
	})
}

// takesGzip reads an Accept-Encoding header (RFC 9110, section 12.5.3). A named
// gzip decides; "*" speaks for it only when it is not named.
func takesGzip(header string) bool {
	any := false
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		wanted := true
		if key, value, ok := strings.Cut(strings.TrimSpace(params), "="); ok && strings.EqualFold(strings.TrimSpace(key), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			wanted = err == nil && q > 0
		}
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip":
			return wanted
		case "*":
			any = wanted
		}
	}
	return any
}
