package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"kodebayar/payments"
	"kodebayar/views"
)

// What the way to a route may end with.
var (
	errSignedOut = errors.New("nobody is signed in")
	errForbidden = errors.New("this role may not do that")
	errForm      = errors.New("the body is not a form")
)

// refusal is a page that says why something was not done.
type refusal struct {
	status          int
	title, sentence text
	retryAfter      time.Duration // 0: not said
}

func (r *refusal) Error() string { return r.title.en }

// text is a sentence in both languages.
type text struct{ id, en string }

func (t text) in(lang views.Lang) string { return lang.T(t.id, t.en) }

// explain turns an error into what a visitor is told. err.Error() is for the
// log alone.
func explain(err error) *refusal {
	var told *refusal
	var large *http.MaxBytesError
	var routed *echo.HTTPError
	var state *payments.NotAllowed
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &large):
		return &refusal{status: http.StatusRequestEntityTooLarge}
	case errors.Is(err, payments.ErrSignature), errors.Is(err, errSignedOut):
		return &refusal{status: http.StatusUnauthorized}
	case errors.Is(err, payments.ErrNotFound):
		return &refusal{status: http.StatusNotFound}
	case errors.Is(err, errForbidden):
		return &refusal{status: http.StatusForbidden}
	case errors.Is(err, errFactorOwed):
		return &refusal{
			status: http.StatusForbidden,
			title:  text{"Siapkan verifikasi dua langkah dulu", "Set up two-step sign-in first"},
			sentence: text{
				"Toko ini mewajibkannya. Buka Akun saya dan siapkan, lalu ulangi. Tidak ada yang diproses.",
				"This shop requires it. Open My account, set it up and do this again. Nothing was done.",
			},
		}
	case errors.Is(err, errCrossOrigin):
		return &refusal{
			status: http.StatusForbidden,
			title:  text{"Kiriman dari situs lain ditolak", "Sent from another site, refused"},
			sentence: text{
				"Formulir ini dikirim dari situs lain, jadi tidak diproses. Buka halamannya di sini lalu kirim dari sini.",
				"This form was sent from another site, so nothing was done. Open the page here and send it from here.",
			},
		}
	case errors.Is(err, errForm):
		return &refusal{
			status: http.StatusUnsupportedMediaType,
			title:  text{"Kiriman tidak bisa dibaca", "This cannot be read"},
			sentence: text{
				"Yang dikirim bukan isian formulir biasa, jadi tidak ada yang diproses.",
				"What was sent is not an ordinary form, so nothing was done.",
			},
		}
	case errors.Is(err, payments.ErrConflict):
		return &refusal{
			status: http.StatusConflict,
			title:  text{"Sudah berubah", "Changed meanwhile"},
			sentence: text{
				"Ini baru saja diubah, mungkin oleh Anda sendiri. Buka lagi halamannya untuk melihat keadaan terakhir.",
				"This has just been changed, maybe by yourself. Open the page again to see how it stands.",
			},
		}
	case errors.As(err, &state):
		now := func(lang views.Lang) string {
			word := lang.StatusWord(string(state.Status))
			return strings.ToLower(word[:1]) + word[1:]
		}
		return &refusal{
			status: http.StatusConflict,
			title:  text{"Tidak bisa lagi", "No longer possible"},
			sentence: text{
				"Sekarang kode ini " + now(views.Indonesian) + ", jadi tidak ada yang diubah.",
				"The code is " + now(views.English) + " by now, so nothing was changed.",
			},
		}
	case errors.Is(err, payments.ErrOtherEnvironment):
		return &refusal{status: http.StatusConflict, title: text{"Kode dari lingkungan lain", "A code of another environment"}, sentence: otherEnvironment}
	case errors.Is(err, payments.ErrNoCredentials):
		return &refusal{status: http.StatusConflict, title: text{"Kredensial DOKU belum diisi", "DOKU's credentials are not set"}, sentence: noCredentials}
	case errors.Is(err, payments.ErrNotStored), errors.Is(err, context.DeadlineExceeded):
		return &refusal{
			status: http.StatusServiceUnavailable,
			title:  text{"Belum tersimpan", "Not saved"},
			sentence: text{
				"Penyimpanan sedang tidak bisa dipakai, jadi tidak ada yang diubah. Coba lagi sebentar lagi.",
				"Nothing can be stored at the moment, so nothing was changed. Try again shortly.",
			},
			retryAfter: 5 * time.Second,
		}
	case errors.As(err, &routed) && routed.Code < 500:
		return &refusal{status: routed.Code}
	}
	return &refusal{status: http.StatusInternalServerError}
}

// otherEnvironment says why DOKU is not told of a code.
var otherEnvironment = text{
	"Kode ini dibuat di lingkungan DOKU yang lain (simulator, sandbox, atau produksi), jadi DOKU yang sekarang tidak ditanya. Tidak ada yang diubah.",
	"This code was made in another environment of DOKU (simulator, sandbox or production), so the present one is not asked. Nothing was changed.",
}

// noCredentials says why no code can be made at all.
var noCredentials = text{
	"Client ID dan Secret Key DOKU belum diisi, jadi kode belum bisa dibuat. Minta pemilik mengisinya.",
	"DOKU's Client ID and Secret Key are not set, so no code can be made. Ask the owner to set them.",
}

// fail answers an error: the one place where an error becomes a status and a
// sentence. It is logged with the request.
func (s *Server) fail(v *visit, err error) {
	v.err = err
	left := v.route.kind != callback && v.ctx().Err() != nil && errors.Is(err, context.Canceled)
	if v.Response().Committed || left {
		return // a stream that broke, or a visitor who left
	}
	told := explain(err)
	if v.route.kind == callback && told.status >= 500 {
		// Not stored, or not understood by us: DOKU shall try again.
		told = &refusal{status: http.StatusServiceUnavailable, retryAfter: told.retryAfter}
	}
	if told.retryAfter > 0 {
		v.retryAfter(told.retryAfter)
	}
	if failure := s.sayWhy(v, told, err); failure != nil {
		// Not even the page that says so could be made.
		v.err = errors.Join(err, failure)
		if !v.Response().Committed {
			v.session = false
			_ = s.text(v, http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
		}
	}
}

func (s *Server) sayWhy(v *visit, told *refusal, err error) (failure error) {
	defer caught(&failure)
	switch {
	case v.route.kind != page && v.route.kind != customer:
		return s.text(v, told.status, http.StatusText(told.status))
	case errors.Is(err, errSignedOut):
		return s.askSignIn(v)
	case errors.Is(err, errFactorOwed) && v.reads():
		return s.redirect(v, "/account/totp")
	}
	return s.render(v, told.status, views.Problem(s.errorPage(v, told)))
}

// caught turns a panic into an error.
func caught(err *error) {
	p := recover()
	if p == http.ErrAbortHandler {
		panic(p)
	}
	if p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

func (s *Server) errorPage(v *visit, told *refusal) views.ErrorPage {
	return views.ErrorPage{
		Page: s.page(v, ""), Status: told.status,
		Title: told.title.in(v.lang), Sentence: told.sentence.in(v.lang), RequestID: v.id, Back: s.above(v, told.status),
	}
}

// above is the nearest page over the route's that the visitor may open: what an
// error is about stands there as it is now. What is not there has none.
func (s *Server) above(v *visit, status int) string {
	if v.member == nil || status == http.StatusNotFound {
		return "/"
	}
	table := routes(s.NotificationPath, s.InquiryPath)
	for at := path.Dir(v.route.path); at != "/" && at != "."; at = path.Dir(at) {
		i := slices.IndexFunc(table, func(rt route) bool { return rt.method == http.MethodGet && rt.kind == page && rt.path == at })
		if i < 0 {
			continue
		}
		if use, _ := table[i].may(v.member.Role); use {
			for _, name := range v.ParamNames() {
				at = strings.ReplaceAll(at, ":"+name, url.PathEscape(v.Param(name)))
			}
			return at
		}
	}
	return "/"
}

// askSignIn sends a reader to the sign-in page and back, and tells a writer
// that nothing was sent.
func (s *Server) askSignIn(v *visit) error {
	if v.reads() {
		to := "/login"
		if next := v.path(); next != "/" {
			to += "?next=" + url.QueryEscape(next)
		}
		return s.redirect(v, to)
	}
	p := views.LoginPage{
		Page: s.page(v, ""), Next: v.path(),
		Problem: v.lang.T(
			"Anda tidak sedang masuk, jadi tidak ada yang dikirim atau disimpan. Setelah masuk, halamannya terbuka lagi.",
			"You are not signed in, so nothing was sent or stored. After signing in you are back at the page."),
	}
	if till, err := s.tillHere(v); err == nil && till != nil {
		return s.showTiles(v, http.StatusUnauthorized, till, p)
	}
	return s.render(v, http.StatusUnauthorized, views.Login(p))
}
