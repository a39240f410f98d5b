package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"sort"
	"strings"

	"kodebayar/payments"
)

// form is what somebody posted.
type form struct {
	values url.Values
	// problem says what is wrong with the form as a whole, zero when nothing
	// is: a field nobody asked for, or one given twice.
	problem text
}

// readForm reads the body by the names it may have. What stands in the query
// does not count.
func readForm(v *visit, fields ...string) (form, error) {
	r := v.Request()
	if kind := r.Header.Get("Content-Type"); kind != "" {
		if kind, _, err := mime.ParseMediaType(kind); err != nil || kind != "application/x-www-form-urlencoded" {
			return form{}, errForm
		}
	} else if r.ContentLength != 0 {
		return form{}, errForm
	}
	if err := r.ParseForm(); err != nil {
		return form{}, unreadable(err)
	}
	f := form{values: r.PostForm}
	names := make([]string, 0, len(f.values))
	for name := range f.values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		shown := strings.ToValidUTF8(name[:min(len(name), 40)], "")
		switch {
		case !slices.Contains(fields, name):
			f.problem = text{
				fmt.Sprintf("Isian “%s” tidak dikenal, jadi tidak ada yang diproses.", shown),
				fmt.Sprintf("There is no field “%s”, so nothing was done.", shown),
			}
		case len(f.values[name]) > 1:
			f.problem = text{
				fmt.Sprintf("Isian “%s” dikirim lebih dari sekali, jadi tidak ada yang diproses.", shown),
				fmt.Sprintf("The field “%s” was sent more than once, so nothing was done.", shown),
			}
		}
	}
	return f, nil
}

// unreadable tells a form that is too large from one that is none.
func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return fmt.Errorf("%w: %w", errForm, err)
}

// file is what somebody uploaded; without content it is none.
type file struct {
	name    string // as it was called there, without folders
	content []byte
}

// readUpload reads a form with a file in one of its fields, all of it in memory:
// no route takes more.
func readUpload(v *visit, field string) (form, file, error) {
	r := v.Request()
	if err := r.ParseMultipartForm(v.route.mostBody()); err != nil {
		return form{}, file{}, unreadable(err)
	}
	defer r.MultipartForm.RemoveAll() //nolint:errcheck // of files in memory
	f := form{values: r.PostForm}
	given := r.MultipartForm.File[field]
	if len(given) == 0 {
		return f, file{}, nil
	}
	part, err := given[0].Open()
	if err != nil {
		return f, file{}, err
	}
	defer part.Close()
	content, err := io.ReadAll(part)
	return f, file{path.Base(strings.ReplaceAll(given[0].Filename, `\`, "/")), content}, err
}

// get is a field without the blanks around it.
func (f form) get(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// idOf is the route's {id}, or not found when it cannot be one: what a
// database might choke on never gets there.
func idOf(v *visit) (string, error) { return plain(v.Param("id")) }

func plain(id string) (string, error) {
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}) {
		return "", payments.ErrNotFound
	}
	return id, nil
}
