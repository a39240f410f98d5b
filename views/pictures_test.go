package views

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"kodebayar/static"
)

var picturesDir = flag.String("pictures", "", "write every page as a file into this folder, to look at")

// TestPictures writes every page of the gallery, with the files it needs, so
// that a browser can open them without the app.
func TestPictures(t *testing.T) {
	if *picturesDir == "" {
		t.Skip("no -pictures folder given")
	}
	for _, page := range gallery() {
		html := render(t, page)
		name := filepath.Join(*picturesDir, page.name+"."+page.lang.Code()+".html")
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(html), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, url := range assetURL.FindAllString(html, -1) {
			write(t, url)
		}
	}
}

// write fetches a file as a browser would and keeps it under its address.
func write(t *testing.T, url string) {
	t.Helper()
	name := filepath.Join(*picturesDir, filepath.FromSlash(url))
	if _, err := os.Stat(name); err == nil {
		return
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d", url, w.Code)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, w.Body.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
