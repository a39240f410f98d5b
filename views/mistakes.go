package views

import (
	"bytes"
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// mistake is one field that is wrong: the id of its element, its label, and
// what is said at it.
type mistake struct{ id, label, text string }

type mistakesKey struct{}

// noteMistake has a field's mistake listed on top of the page it is on. On a
// part of a page it does nothing.
func noteMistake(ctx context.Context, id, label, text string) {
	if noted, ok := ctx.Value(mistakesKey{}).(*[]mistake); ok {
		*noted = append(*noted, mistake{id, label, text})
	}
}

// withMistakes is its children, and above them the list of what is wrong in
// them: on a long form a mistake is often out of sight.
func withMistakes(lang Lang) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var noted []mistake
		var b bytes.Buffer
		children := templ.GetChildren(ctx)
		if err := children.Render(context.WithValue(templ.ClearChildren(ctx), mistakesKey{}, &noted), &b); err != nil {
			return err
		}
		if len(noted) > 0 {
			if err := mistakeList(lang, noted).Render(templ.ClearChildren(ctx), w); err != nil {
				return err
			}
		}
		_, err := b.WriteTo(w)
		return err
	})
}

func (l Lang) mistakeCount(n int) string {
	if n == 1 {
		return l.T("Satu isian perlu diperbaiki:", "One field has to be corrected:")
	}
	return strconv.Itoa(n) + l.T(" isian perlu diperbaiki:", " fields have to be corrected:")
}
