package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fields reads a request body by dotted names and gathers every breach of the field tables, in the
// words DOKU's documentation uses for such. What the tables do not name is let through: the official
// plugins send such keys and DOKU takes them.
type fields struct {
	root     map[string]any
	lenient  bool // numbers and booleans as text, as the official plugins send them
	problems []string
}

// footerField alone may break its lines itself; it is printed on three of 40 characters.
const footerField = "alfa_info.receipt.footer_message"

var errNotJSON = errors.New("request body is not a JSON object")

func readFields(body []byte) (*fields, error) {
	if !utf8.Valid(body) {
		return nil, errNotJSON
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var root map[string]any
	if err := dec.Decode(&root); err != nil || root == nil {
		return nil, errNotJSON
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return &fields{root: root}, nil
}

func (f *fields) problem(name, text string) { f.problems = append(f.problems, name+" "+text) }

// value walks to a dotted name. A parent that is not an object counts as absent.
func (f *fields) value(name string) (any, bool) {
	var at any = f.root
	for part := range strings.SplitSeq(name, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = object[part]; !ok || at == nil {
			return nil, false
		}
	}
	return at, true
}

func (f *fields) mandatory(name string) (any, bool) {
	v, ok := f.value(name)
	if !ok || v == "" {
		f.problem(name, "must be filled")
		return nil, false
	}
	return v, true
}

// text reads an optional string of at most limit characters.
func (f *fields) text(name string, limit int) string {
	v, ok := f.value(name)
	if !ok {
		return ""
	}
	return f.asText(name, v, limit)
}

func (f *fields) mandatoryText(name string, limit int) string {
	v, ok := f.mandatory(name)
	if !ok {
		return ""
	}
	t := f.asText(name, v, limit)
	if t != "" && strings.TrimSpace(t) == "" {
		f.problem(name, "must be filled")
	}
	return t
}

func (f *fields) asText(name string, v any, limit int) string {
	t, ok := v.(string)
	if !ok {
		f.problem(name, "must be a string")
		return ""
	}
	if n := utf8.RuneCountInString(t); n > limit {
		f.problem(name, "maximum "+strconv.Itoa(limit)+" characters")
	}
	for _, r := range t {
		if (r < ' ' && (r != '\n' || name != footerField)) || r == 0x7f {
			f.problem(name, "has invalid characters")
			break
		}
	}
	return t
}

// number reads a whole number above zero with at most digits digits. The second result is false
// when it is absent or wrong.
func (f *fields) number(name string, digits int) (int64, bool) {
	v, ok := f.value(name)
	if !ok {
		return 0, false
	}
	return f.asNumber(name, v, digits)
}

func (f *fields) mandatoryNumber(name string, digits int) int64 {
	v, ok := f.mandatory(name)
	if !ok {
		return 0
	}
	n, _ := f.asNumber(name, v, digits)
	return n
}

func (f *fields) asNumber(name string, v any, digits int) (int64, bool) {
	var written string
	switch v := v.(type) {
	case json.Number:
		written = v.String()
	case string:
		if !f.lenient {
			f.problem(name, "must be a number")
			return 0, false
		}
		written = strings.TrimSuffix(v, ".00")
	default:
		f.problem(name, "must be a number")
		return 0, false
	}
	n, err := strconv.ParseInt(written, 10, 64)
	switch {
	case err != nil && errors.Is(err, strconv.ErrRange):
		f.problem(name, "maximum "+strconv.Itoa(digits)+" digits")
	case err != nil:
		f.problem(name, "must be a number without decimal")
	case n <= 0:
		f.problem(name, "must greater than 0")
	case len(strconv.FormatInt(n, 10)) > digits:
		f.problem(name, "maximum "+strconv.Itoa(digits)+" digits")
	default:
		return n, true
	}
	return 0, false
}

func (f *fields) mandatoryFlag(name string) bool {
	v, ok := f.mandatory(name)
	if !ok {
		return false
	}
	switch v := v.(type) {
	case bool:
		return v
	case string:
		if f.lenient && (v == "true" || v == "false") {
			return v == "true"
		}
	}
	f.problem(name, "must be true or false")
	return false
}

// object gives the raw JSON of an optional object, keeping its numbers as they were written.
func (f *fields) object(name string) json.RawMessage {
	v, ok := f.value(name)
	if !ok {
		return nil
	}
	if _, ok := v.(map[string]any); !ok {
		f.problem(name, "must be an object")
		return nil
	}
	return compactJSON(v)
}

func (f *fields) insurance() insurance {
	const at = "additional_info.insurance_info"
	if _, ok := f.value(at); !ok {
		return insurance{}
	}
	f.object(at)
	// The guide gives no lengths for these; 128 is the longest it gives for any text.
	return insurance{
		PolicyType:        f.text(at+".policy_type", 128),
		PolicyNumber:      f.text(at+".policy_number", 128),
		PolicyAccountName: f.text(at+".policy_account_name", 128),
		PolicyStatus:      f.text(at+".policy_status", 128),
		BillDueDate:       f.text(at+".bill_due_date", 128),
	}
}

// settlement checks additional_info.settlement, which is not used further: no money is split here.
func (f *fields) settlement() {
	const at = "additional_info.settlement"
	v, ok := f.value(at)
	if !ok {
		return
	}
	list, ok := v.([]any)
	if !ok {
		f.problem(at, "must be an array")
		return
	}
	for i, item := range list {
		name := at + "[" + strconv.Itoa(i) + "]"
		object, _ := item.(map[string]any)
		one := fields{root: object}
		one.mandatoryText("bank_account_settlement_id", 128)
		if _, ok := one.root["value"].(json.Number); !ok {
			one.problem("value", "must be a number")
		}
		if t := one.root["type"]; t != "PERCENTAGE" && t != "FIX" {
			one.problem("type", "must be PERCENTAGE or FIX")
		}
		for _, p := range one.problems {
			f.problems = append(f.problems, name+"."+p)
		}
	}
}

// overrideURL reads additional_info.override_notification_url. DOKU wants a configured address
// first, and the same path as that one has, because the path is part of what it signs.
func (f *fields) overrideURL(configured string) string {
	const name = "additional_info.override_notification_url"
	v, ok := f.value(name)
	if !ok || v == "" {
		return ""
	}
	t := f.asText(name, v, 2048)
	u, err := url.Parse(t)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		f.problem(name, "must be a URL")
	case configured == "":
		f.problem(name, "needs a configured Notification URL")
	case targetOf(t) != targetOf(configured):
		f.problem(name, "must have the path of the configured Notification URL")
	}
	return t
}

// targetOf is the Request-Target of a callback address: its path, without query.
func targetOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.EscapedPath() == "" {
		return "/"
	}
	return u.EscapedPath()
}

// compactJSON writes v without HTML escapes and without a line end, as DOKU's own server does.
func compactJSON(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // only our own plain structs and decoded JSON come here
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
