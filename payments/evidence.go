package payments

import (
	"errors"
	"net/http"
	"sort"
	"strings"

	"kodebayar/payments/doku"
)

// outgoing is the evidence of a call that was made.
func (s *Service) outgoing(kind, codeID string, x doku.Exchange, failure error, warnings []doku.Warning) Exchange {
	verdict := "done"
	switch {
	case errors.Is(failure, doku.ErrNotFound):
		verdict = "not_found"
	case errors.Is(failure, doku.ErrRefused):
		verdict = "refused"
	case failure != nil:
		verdict = "unknown"
	}
	remarks := make([]string, 0, len(warnings)+1)
	for _, w := range warnings {
		remarks = append(remarks, w.String())
	}
	if x.Failure != "" {
		remarks = append(remarks, x.Failure)
	}
	return Exchange{
		ID: s.NewID(), At: x.SentAt, Direction: Outgoing, Kind: kind, CodeID: codeID, RequestID: x.RequestID,
		Method: x.Method, URL: x.URL, RequestHeader: headerLines(x.RequestHeader), RequestBody: x.RequestBody,
		StatusCode: x.StatusCode, ResponseHeader: headerLines(x.ResponseHeader), ResponseBody: x.ResponseBody,
		Duration: x.Duration, Verdict: verdict, Remark: strings.Join(remarks, "\n"),
	}
}

// storable is s as text that every engine takes: PostgreSQL refuses a NUL and
// broken UTF-8, and a header from outside may hold either.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// headerLines writes headers as sorted "Name: value" lines.
func headerLines(h http.Header) string {
	lines := make([]string, 0, len(h))
	for name, values := range h {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	sort.Strings(lines)
	return storable(strings.Join(lines, "\n"))
}
