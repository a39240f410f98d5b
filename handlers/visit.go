package handlers

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// visit is one request on its way: what the app found out about it before the
// route's own method runs.
type visit struct {
	echo.Context
	route     *route
	id        string // told to the reader of an error, and on each line of the log
	lang      views.Lang
	member    *payments.Staff // nil: nobody is signed in
	login     db.Login        // where they are signed in
	session   bool            // the request's context holds a session
	committed bool            // the session is saved
	counted   *db.Counts      // what counts answered
	err       error           // what went wrong, for the log
	token     string          // of the session
	life      context.Context // of a visit that outlives its request; nil for all others

	// afterwards runs once the request is logged, and keeps it open. May be nil.
	afterwards func()
}

func (v *visit) ctx() context.Context {
	if v.life != nil {
		return v.life
	}
	return v.Request().Context()
}

// outlive is the part of a visit that goes on after its request, until life
// ends: who asked, in which language. The request is not among it.
func (v *visit) outlive(life context.Context) *visit {
	return &visit{route: v.route, id: v.id, lang: v.lang, member: v.member, token: v.token, life: life}
}

// retryAfter tells a client how long to wait, and answers the whole seconds for
// a sentence.
func (v *visit) retryAfter(wait time.Duration) string {
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	v.Response().Header().Set("Retry-After", seconds)
	return seconds
}

// viewer is the member as the service knows people.
func (v *visit) viewer() payments.Viewer {
	return payments.Viewer{StaffID: v.member.ID, Role: v.member.Role}
}

// actor is the member as the log names who did something.
func (v *visit) actor() string { return payments.StaffActor(v.member.ID) }

func (v *visit) can(roles []payments.Role) bool { return slices.Contains(roles, v.member.Role) }

// htmx says that a script asks, for the changing part of a page alone. No link is
// boosted, and what the browser goes back to it loads as a page (htmxConfig).
func (v *visit) htmx() bool { return v.Request().Header.Get("HX-Request") == "true" }

// reads says that the request changes nothing.
func (v *visit) reads() bool {
	m := v.Request().Method
	return m == http.MethodGet || m == http.MethodHead
}

// path is the page's own address without lang=, for its language switch. A
// form that was posted has none: it is given the page that shows the form.
func (v *visit) path() string {
	r := v.Request()
	if !v.reads() {
		switch action := path.Base(v.route.path); {
		case v.route.path == "/codes/bulk/start":
			return "/codes/bulk"
		case strings.HasPrefix(v.route.path, "/settings/doku"):
			return "/settings/doku"
		case strings.HasPrefix(v.route.path, "/settings"):
			return "/settings"
		case strings.HasPrefix(v.route.path, "/account/totp") && !strings.HasSuffix(v.route.path, "/remove"):
			return "/account/totp"
		case strings.HasPrefix(v.route.path, "/login/"):
			return "/login"
		case strings.HasPrefix(v.route.path, "/account"):
			return "/account"
		case v.route.path == "/staff/invites":
			return "/staff"
		case strings.HasPrefix(v.route.path, "/tills"):
			return "/tills"
		case strings.HasPrefix(v.route.path, "/staff/:id/"):
			return "/staff/" + url.PathEscape(v.Param("id"))
		case v.route.path == "/codes" && v.QueryParam("from") != "":
			return "/codes/new?from=" + url.QueryEscape(v.QueryParam("from"))
		case v.route.path == "/codes", v.route.path == "/logout": // the counter
			return "/"
		case action == "done":
			return "/transactions?tab=attention"
		case slices.Contains([]string{"check", "handover", "replay", "resume", "stop", "withdraw"}, action): // a button of the page above
			return path.Dir(r.URL.EscapedPath())
		}
		return r.URL.EscapedPath()
	}
	q := r.URL.Query()
	q.Del("lang")
	if v.htmx() { // a part of the page
		q.Del("part")
		q.Del("count")
	}
	if len(q) == 0 {
		return r.URL.EscapedPath()
	}
	return r.URL.EscapedPath() + "?" + q.Encode()
}
