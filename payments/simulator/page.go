package simulator

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"time"
)

//go:embed pages
var pageFiles embed.FS

var (
	styleSheet = func() []byte {
		b, err := pageFiles.ReadFile("pages/style.css")
		if err != nil {
			panic(err) // embedded
		}
		return b
	}()
	// stylePath changes with its content, so that it can be kept for ever.
	stylePath = func() string {
		sum := sha256.Sum256(styleSheet)
		return "/style." + hex.EncodeToString(sum[:6]) + ".css"
	}()
	// templates are made when a page is first asked for: the program that serves
	// a shop carries the simulator and never shows it.
	templates = sync.OnceValue(func() map[string]*template.Template {
		base := template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/code_list.html"))
		all := map[string]*template.Template{}
		for _, name := range []string{"till", "codes", "receipt", "deliveries", "faults", "shop", "howtopay", "message"} {
			all[name] = template.Must(template.Must(base.Clone()).ParseFS(pageFiles, "pages/"+name+".html"))
		}
		return all
	})
)

// page is what the layout needs around the body of one page.
type page struct {
	phrases
	Lang, Title, Style, Name            string
	Nav                                 []navLink
	SwitchHref, SwitchLang, SwitchLabel string
	Faults                              []string
	Clock, ClockISO                     string
	Body                                any
}

type navLink struct {
	Href, Label string
	Current     bool
	Count       int
}

const languageCookie = "simulator_lang" // cookies know no port, so the name must differ from the shop's

// speak finds the reader's language: the query, then the cookie, then Indonesian. A choice in the
// query is remembered.
func speak(w http.ResponseWriter, r *http.Request) phrases {
	switch lang := language(r.URL.Query().Get("lang")); lang {
	case langID, langEN:
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
		return phrases(lang)
	}
	if c, err := r.Cookie(languageCookie); err == nil && language(c.Value) == langEN {
		return phrases(langEN)
	}
	return phrases(langID)
}

func (s *Simulator) render(w http.ResponseWriter, r *http.Request, status int, name string, title phrase, body any) {
	p := speak(w, r)
	now := s.clock()
	pg := page{
		phrases: p, Lang: string(p), Title: p.of(title), Style: stylePath, Name: name, Body: body,
		Clock: p.when(now), ClockISO: now.Format(time.RFC3339),
	}
	for _, f := range s.faultsOn() {
		pg.Faults = append(pg.Faults, p.of(f.title))
	}
	for _, link := range []struct {
		href, name string
		label      phrase
	}{
		{"/", "till", phrase{"Kasir", "Till"}},
		{"/codes", "codes", phrase{"Kode", "Codes"}},
		{"/deliveries", "deliveries", phrase{"Notifikasi", "Notifications"}},
		{"/faults", "faults", phrase{"Gangguan", "Faults"}},
		{"/shop", "shop", phrase{"Toko", "Shop"}},
	} {
		n := navLink{Href: link.href, Label: p.of(link.label), Current: link.name == name}
		if link.name == "faults" {
			n.Count = len(pg.Faults)
		}
		pg.Nav = append(pg.Nav, n)
	}
	pg.SwitchLang, pg.SwitchLabel = string(langEN), "English"
	if language(p) == langEN {
		pg.SwitchLang, pg.SwitchLabel = string(langID), "Indonesia"
	}
	to := url.URL{Path: "/"}
	query := url.Values{}
	if r.Method == http.MethodGet {
		to.Path, query = r.URL.Path, r.URL.Query()
	}
	query.Set("lang", pg.SwitchLang)
	to.RawQuery = query.Encode()
	pg.SwitchHref = to.String()

	var b bytes.Buffer
	if err := templates()[name].ExecuteTemplate(&b, "layout.html", pg); err != nil {
		s.log.Error("page not drawn", "page", name, "error", err)
		http.Error(w, "page not drawn", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	pageHeaders(h)
	w.WriteHeader(status)
	w.Write(b.Bytes()) //nolint:errcheck // the reader has gone
}

// pageHeaders are on everything a browser shows. The referrer stays within these pages: sent to
// nobody at all, a browser would also send Origin null with the forms.
func pageHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
}

func (s *Simulator) message(w http.ResponseWriter, r *http.Request, status int, title, words phrase) {
	s.render(w, r, status, "message", title, speak(w, r).of(words))
}

func (s *Simulator) foreignForm(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusForbidden, phrase{"Formulir dari situs lain", "Form of another site"},
		phrase{"Formulir ini dikirim dari situs lain, jadi tidak dijalankan.", "This form came from another site, so nothing was done."})
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(styleSheet))
}

var months = map[language][12]string{
	langID: {"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"},
	langEN: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
}

// when writes a moment in WIB, the zone DOKU and the tills of this simulator live in.
func (p phrases) when(t time.Time) string {
	t = t.In(wib)
	return t.Format("2 ") + months[language(p)][t.Month()-1] + t.Format(" 2006 15.04") + " WIB"
}

func (p phrases) clock(t time.Time) string { return t.In(wib).Format("15.04.05") + " WIB" }
