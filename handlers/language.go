package handlers

import (
	"cmp"
	"net/http"

	"golang.org/x/text/language"

	"kodebayar/views"
)

const languageCookie = "lang"

var customers = language.NewMatcher([]language.Tag{language.Indonesian, language.English})

// choose finds the reader's language: ?lang= anywhere, then what was chosen
// before, then the shop's. A customer's page sets no cookie; it goes by what
// the browser prefers.
func (s *Server) choose(v *visit) {
	v.lang = cmp.Or(s.Language, views.Indonesian)
	r := v.Request()
	asked := spoken(r.URL.Query().Get("lang"))
	if v.route.kind == customer || v.route.kind == stream && v.route.public {
		v.Response().Header().Add("Vary", "Accept-Language")
		if accept := r.Header.Get("Accept-Language"); asked == "" && accept != "" {
			tag, _ := language.MatchStrings(customers, accept)
			if base, _ := tag.Base(); base.String() == "en" {
				asked = views.English
			}
		}
		if asked != "" {
			v.lang = asked
		}
		return
	}
	if cookie, err := r.Cookie(languageCookie); err == nil && spoken(cookie.Value) != "" {
		v.lang = spoken(cookie.Value)
	}
	if asked != "" {
		v.lang = asked
		if v.route.kind == page {
			s.setLanguage(v, asked)
		}
	}
}

func spoken(code string) views.Lang {
	if l := views.Lang(code); l == views.Indonesian || l == views.English {
		return l
	}
	return ""
}

func (s *Server) setLanguage(v *visit, lang views.Lang) {
	http.SetCookie(v.Response(), &http.Cookie{
		Name: languageCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.https(),
	})
}

// remember keeps a language that was asked for with the member, for the next
// device they sign in on.
func (s *Server) remember(v *visit) error {
	asked := spoken(v.Request().URL.Query().Get("lang"))
	if asked == "" {
		return nil
	}
	known, err := s.Store.Language(v.ctx(), v.member.ID)
	if err != nil || known == string(asked) {
		return err
	}
	return s.Store.SetLanguage(v.ctx(), v.member.ID, string(asked))
}

// recall gives a member who signs in on a device where no language was chosen
// the one they chose last.
func (s *Server) recall(v *visit) error {
	if _, err := v.Request().Cookie(languageCookie); err == nil {
		return nil
	}
	known, err := s.Store.Language(v.ctx(), v.member.ID)
	if lang := spoken(known); err == nil && lang != "" && lang != v.lang {
		s.setLanguage(v, lang)
	}
	return err
}
