package handlers

import (
	"encoding/json"
	"net/http"

	"kodebayar/static"
	"kodebayar/views"
)

// manifest lets a phone put the app on its home screen.
func (s *Server) manifest(v *visit) error {
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	b, err := json.Marshal(map[string]any{
		"id": "/", "name": "Kodebayar", "short_name": "Kodebayar", "lang": "id", "start_url": "/", "scope": "/", "display": "standalone",
		"background_color": "#4f0f30", "theme_color": "#4f0f30",
		"icons": []icon{
			{static.URL("icon-192.png"), "192x192", "image/png", ""},
			{static.URL("icon-512.png"), "512x512", "image/png", ""},
			{static.URL("icon-maskable.png"), "512x512", "image/png", "maskable"},
			{static.URL("mark.svg"), "any", "image/svg+xml", ""},
		},
	})
	if err != nil {
		return err
	}
	v.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return s.send(v, http.StatusOK, "application/manifest+json", b)
}

// worker is the service worker. It names its files by their digests, so that
// another version of them is another worker, which the browser then takes.
func (s *Server) worker(v *visit) error {
	keep, err := json.Marshal([]string{"/offline", static.URL("app.css"), static.URL("offline.js"), static.URL("mark.svg")})
	if err != nil {
		return err
	}
	v.Response().Header().Set("Cache-Control", "no-cache")
	return s.send(v, http.StatusOK, "text/javascript; charset=utf-8", append([]byte("const keep = "+string(keep)+";\n"), static.Worker...))
}

// offline is the page that the worker shows when there is no network. It knows
// nobody.
func (s *Server) offline(v *visit) error {
	v.Response().Header().Set("Cache-Control", "no-cache")
	return s.render(v, http.StatusOK, views.Offline(v.lang))
}
