package doku

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxBody is the longest body that is read, in bytes. DOKU's own are under
// 4 KiB; whoever receives for this package should stop reading here too.
const MaxBody = 256 << 10

const (
	maxDepth = 32
	maxText  = 1024 // bytes of one text; all of DOKU's fields are far shorter
)

// Problem is what is wrong with a body, or with one field of it.
type Problem string

// The problems.
const (
	ProblemSize      Problem = "larger than 256 KiB"
	ProblemUTF8      Problem = "not UTF-8"
	ProblemJSON      Problem = "not JSON"
	ProblemDepth     Problem = "nested too deep"
	ProblemMissing   Problem = "missing"
	ProblemType      Problem = "of the wrong type"
	ProblemDuplicate Problem = "given twice"
	ProblemAmount    Problem = "not a whole, positive amount of rupiah"
	ProblemDate      Problem = "not a date"
	ProblemText      Problem = "not a plain text"
	ProblemConflict  Problem = "contradicting another field"
)

// ParseError is a body from DOKU, or one field of it, that cannot be read for
// certain. It matches [ErrMalformed] and repeats nothing of the body.
type ParseError struct {
	Field   string // like "order.amount"; empty: the body as a whole
	Problem Problem
}

func (e *ParseError) Error() string {
	if e.Field == "" {
		return "doku: body is " + string(e.Problem)
	}
	return "doku: " + e.Field + " is " + string(e.Problem)
}

// Is matches [ErrMalformed].
func (e *ParseError) Is(target error) bool { return target == ErrMalformed }

// object is one level of a JSON object, read strictly where encoding/json is
// not: names match exactly, and a name given twice is refused when it is asked
// for, instead of the last one silently winning. Asking an object that is not
// there is like asking an empty one.
type object struct {
	path   string
	names  []string // in the order of the body
	fields map[string]json.RawMessage
	twice  map[string]bool
	fail   func(*ParseError) // told of everything that cannot be read
}

// firstProblem keeps the first of several problems.
type firstProblem struct{ err *ParseError }

func (f *firstProblem) fail(err *ParseError) {
	if f.err == nil {
		f.err = err
	}
}

// orNil is the problem as an error that is nil when there was none.
func (f *firstProblem) orNil() error {
	if f.err == nil {
		return nil
	}
	return f.err
}

// readObject checks a whole body and opens its outermost object.
func readObject(body []byte, fail func(*ParseError)) object {
	problem := Problem("")
	switch {
	case len(body) > MaxBody:
		problem = ProblemSize
	case !utf8.Valid(body):
		problem = ProblemUTF8
	case depth(body) > maxDepth:
		problem = ProblemDepth
	case !json.Valid(body):
		problem = ProblemJSON
	}
	if problem != "" {
		fail(&ParseError{Problem: problem})
		return object{fail: fail}
	}
	return openObject("", bytes.TrimSpace(body), fail)
}

// openObject reads one level of raw, which is valid JSON.
func openObject(path string, raw json.RawMessage, fail func(*ParseError)) object {
	o := object{path: path, fail: fail}
	if raw[0] != '{' {
		fail(&ParseError{path, ProblemType})
		return o
	}
	o.fields = make(map[string]json.RawMessage, 8)
	for rest := raw[1:]; ; {
		if rest = bytes.TrimLeft(rest, " \t\r\n,"); rest[0] == '}' {
			return o
		}
		end := valueEnd(rest)
		name, ok := unquote(rest[:end])
		if !ok {
			fail(&ParseError{path, ProblemJSON})
			return o
		}
		rest = bytes.TrimLeft(rest[end:], " \t\r\n:")
		end = valueEnd(rest)
		value := rest[:end:end]
		rest = rest[end:]
		if _, seen := o.fields[name]; seen {
			if o.twice == nil {
				o.twice = map[string]bool{}
			}
			o.twice[name] = true
			continue
		}
		o.names = append(o.names, name)
		o.fields[name] = value
	}
}

// valueEnd is the length of the value that b begins with. b is valid JSON, so
// that brackets outside of strings are enough to count.
func valueEnd(b []byte) int {
	switch b[0] {
	case '"':
		for i := 1; ; i++ {
			switch b[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
	case '{', '[':
		level := 0
		for i := 0; ; i++ {
			switch b[i] {
			case '"':
				i += valueEnd(b[i:]) - 1
			case '{', '[':
				level++
			case '}', ']':
				if level--; level == 0 {
					return i + 1
				}
			}
		}
	}
	if end := bytes.IndexAny(b, ",]} \t\r\n"); end >= 0 {
		return end
	}
	return len(b)
}

// unquote reads a string of valid JSON. One without a backslash is what stands
// between its quotes, which saves a decoder.
func unquote(raw json.RawMessage) (s string, ok bool) {
	if raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	return s, json.Unmarshal(raw, &s) == nil
}

// depth is how deep the brackets of body nest, outside of strings.
func depth(body []byte) int {
	deepest, level, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

func (o object) bad(name string, problem Problem) {
	if o.path != "" {
		name = o.path + "." + name
	}
	o.fail(&ParseError{name, problem})
}

// lenient is o with its problems told to another: for what may be unreadable
// without spoiling the rest.
func (o object) lenient(fail func(*ParseError)) object {
	o.fail = fail
	return o
}

// raw is the value under name, absent when it is null.
func (o object) raw(name string) (json.RawMessage, bool) {
	if o.twice[name] {
		o.bad(name, ProblemDuplicate)
		return nil, false
	}
	value, ok := o.fields[name]
	if !ok || string(value) == "null" {
		return nil, false
	}
	return value, true
}

func (o object) object(name string) object {
	path := strings.TrimPrefix(o.path+"."+name, ".")
	value, ok := o.raw(name)
	if !ok {
		return object{path: path, fail: o.fail}
	}
	return openObject(path, value, o.fail)
}

// literal is the value under name as it is written: the characters of a
// string, or the digits of a number. ok is false when it is absent, empty or
// of another type.
func (o object) literal(name string) (s string, isNumber, ok bool) {
	raw, ok := o.raw(name)
	if !ok {
		return "", false, false
	}
	switch c := raw[0]; {
	case c == '"':
		if s, ok = unquote(raw); !ok {
			o.bad(name, ProblemText)
			return "", false, false
		}
		return s, false, s != ""
	case c == '-' || isDigit(rune(c)):
		return string(raw), true, true
	default:
		o.bad(name, ProblemType)
		return "", false, false
	}
}

// text is a short text without control characters, or a number's digits.
func (o object) text(name string) string {
	s, isNumber, ok := o.literal(name)
	switch {
	case !ok:
		return ""
	case len(s) > maxText,
		strings.ContainsFunc(s, unicode.IsControl),
		isNumber && strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) }):
		o.bad(name, ProblemText)
		return ""
	}
	return s
}

// amount is whole rupiah; given is false when the field is absent.
func (o object) amount(name string) (rupiah int64, given bool) {
	if _, present := o.raw(name); !present {
		return 0, false
	}
	s, _, _ := o.literal(name)
	rupiah, ok := parseAmount(s)
	if !ok {
		o.bad(name, ProblemAmount)
	}
	return rupiah, true
}

// flag is a boolean, or "true" or "false" as a string.
func (o object) flag(name string) bool {
	raw, ok := o.raw(name)
	if !ok {
		return false
	}
	switch strings.ToLower(string(raw)) {
	case `true`, `"true"`:
		return true
	case `false`, `"false"`, `""`:
		return false
	}
	o.bad(name, ProblemType)
	return false
}

// date is an instant in UTC, zero when the field is absent.
func (o object) date(name string) time.Time {
	s := o.text(name)
	if s == "" {
		return time.Time{}
	}
	t, ok := parseDate(s)
	if !ok {
		o.bad(name, ProblemDate)
	}
	return t
}

// paymentCode reads payment_code, or payment as one table of the guide calls it.
func (o object) paymentCode() string {
	code, other := o.text("payment_code"), o.text("payment")
	switch {
	case code == "":
		code = other
	case other != "" && other != code:
		o.bad("payment", ProblemConflict)
		return ""
	}
	if code != "" && !isCode(code) {
		o.bad("payment_code", ProblemText)
		return ""
	}
	return code
}
