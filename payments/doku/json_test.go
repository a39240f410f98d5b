package doku

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseAmount(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "1": 1, "150000": 150000, "150000.0": 150000, "150000.00": 150000, "150000.000": 150000, "150.00": 150, "19000.000000": 19000,
		"999999999999": 999_999_999_999, "999999999999.00": 999_999_999_999,
	} {
		if got, ok := parseAmount(in); !ok || got != want {
			t.Errorf("%q: %d, %v", in, got, ok)
		}
	}
	for _, in := range []string{
		"", ".", "1.", ".00", "-1", "-0", "+1", "-150000.00", "1.5", "1.01", "0.5", "150000.001", "1e5", "1E5", "1.0e5", "1.00e0",
		"1000000000000", "9223372036854775808", "18446744073709551617", strings.Repeat("9", 400),
		"01", "00", "0150000", " 1", "1 ", "1,000", "1.000.000", "150.000", "1.000", "1_000", "0x10", "Rp1", "١٥٠", "NaN", "Inf", "null", "true", "1.00.",
	} {
		if got, ok := parseAmount(in); ok || got != 0 {
			t.Errorf("%q passes as %d", in, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	at := time.Date(2021, 8, 12, 7, 6, 28, 0, time.UTC)
	for _, in := range []string{
		"2021-08-12T07:06:28Z", "2021-08-12T14:06:28+07:00", "2021-08-12T14:06:28+0700", "2021-08-12T02:06:28-05:00", "20210812140628",
	} {
		if got, ok := parseDate(in); !ok || !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%q: %v, %v", in, got, ok)
		}
	}
	if got, ok := parseDate("2021-08-12T07:06:28.5Z"); !ok || !got.Equal(at.Add(time.Second/2)) {
		t.Errorf("milliseconds: %v, %v", got, ok)
	}
	if got, ok := parseDate("2021-08-12T07:06:28.123999Z"); !ok || !got.Equal(at.Add(123*time.Millisecond)) {
		t.Errorf("finer than is stored: %v, %v", got, ok)
	}
	for _, in := range []string{
		"", "2021-02-29T00:00:00Z", "2021-13-01T00:00:00Z", "2021-08-32T00:00:00Z", "2021-08-12T24:00:00Z", "2021-08-12T07:60:00Z",
		"20210229000000", "20211301000000", "20210812240000", "2021081214062", "202108121406280", "2021-08-12 07:06:28", "2021-08-12",
		"2021-08-12T07:06:28", "0001-01-01T00:00:00Z", "00000000000000", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z",
		"99991231235959", "1628751988", "yesterday", "-2021-08-12T07:06:28Z",
	} {
		if got, ok := parseDate(in); ok || !got.IsZero() {
			t.Errorf("%q passes as %v", in, got)
		}
	}
}

func TestReadObjectRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want Problem
	}{
		"nothing":         {"", ProblemJSON},
		"spaces":          {" \n", ProblemJSON},
		"a word":          {"hello", ProblemJSON},
		"html":            {"<html></html>", ProblemJSON},
		"half":            {`{"a":1`, ProblemJSON},
		"two":             {`{} {}`, ProblemJSON},
		"trailing comma":  {`{"a":1,}`, ProblemJSON},
		"single quotes":   {`{'a':1}`, ProblemJSON},
		"a leading zero":  {`{"a":01}`, ProblemJSON},
		"not a number":    {`{"a":NaN}`, ProblemJSON},
		"null":            {`null`, ProblemType},
		"a list":          {`[{}]`, ProblemType},
		"a string":        {`"{}"`, ProblemType},
		"a number":        {`1`, ProblemType},
		"broken UTF-8":    {"{\"a\":\"\xff\"}", ProblemUTF8},
		"UTF-16":          {"\xff\xfe{\x00}\x00", ProblemUTF8},
		"a deep list":     {`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, ProblemDepth},
		"a deep object":   {strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), ProblemDepth},
		"endless opening": {strings.Repeat("[", MaxBody), ProblemDepth},
		"a huge body":     {`{"a":"` + strings.Repeat("a", MaxBody) + `"}`, ProblemSize},
	} {
		t.Run(name, func(t *testing.T) {
			var first firstProblem
			o := readObject([]byte(test.body), first.fail)
			if first.err == nil || first.err.Problem != test.want || first.err.Field != "" {
				t.Fatalf("%v, want %q", first.err, test.want)
			}
			// What is not there can still be asked.
			if s := o.object("a").text("b"); s != "" {
				t.Errorf("a refused body says %q", s)
			}
		})
	}
	var none firstProblem
	readObject([]byte(strings.Repeat(`{"a":`, 31)+"{}"+strings.Repeat("}", 31)), none.fail)
	readObject([]byte(`{"a":"\"`+strings.Repeat("[", 100)+`"}`), none.fail)
	readObject([]byte(`{"a":"`+strings.Repeat("a", MaxBody-8)+`"}`), none.fail)
	if none.err != nil {
		t.Errorf("within the limits: %v", none.err)
	}
}

func TestObjectReadsExactNames(t *testing.T) {
	var first firstProblem
	o := readObject([]byte(`{"Amount":1,"AMOUNT":2,"am\u006funt":3,"extra":4,"extra":5}`), first.fail)
	if got, given := o.amount("amount"); got != 3 || !given || first.err != nil {
		t.Errorf("amount %d, %v, %v", got, given, first.err)
	}
	// A name twice that nobody asks for harms nobody.
	if o.text("extra"); first.err == nil || *first.err != (ParseError{"extra", ProblemDuplicate}) {
		t.Errorf("asked for a name given twice: %v", first.err)
	}
	if !errors.Is(first.err, ErrMalformed) {
		t.Error("a ParseError is not ErrMalformed")
	}
}

func TestDuplicateBehindAnEscape(t *testing.T) {
	var first firstProblem
	o := readObject([]byte(`{"amount":1,"\u0061mount":2}`), first.fail)
	if got, _ := o.amount("amount"); got != 0 || first.err == nil || first.err.Problem != ProblemDuplicate {
		t.Errorf("amount %d, %v", got, first.err)
	}
}

func TestFlag(t *testing.T) {
	for in, want := range map[string]bool{
		`true`: true, `"true"`: true, `"TRUE"`: true, `false`: false, `"false"`: false, `null`: false, `""`: false,
	} {
		var first firstProblem
		if got := readObject([]byte(`{"f":`+in+`}`), first.fail).flag("f"); got != want || first.err != nil {
			t.Errorf("%s: %v, %v", in, got, first.err)
		}
	}
	for _, in := range []string{`1`, `0`, `"yes"`, `[]`, `{}`, `"true "`} {
		var first firstProblem
		if got := readObject([]byte(`{"f":`+in+`}`), first.fail).flag("f"); got || first.err == nil || first.err.Problem != ProblemType {
			t.Errorf("%s: %v, %v", in, got, first.err)
		}
	}
}
