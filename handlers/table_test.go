package handlers

import (
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestAMarkTakesNoMoreThanARecord: however quotation marks chain the lines of a file,
// what they take ends at maxRecord, and the lines after it are read on their own.
func TestAMarkTakesNoMoreThanARecord(t *testing.T) {
	everywhere := func(string) bool { return true }
	head := strings.Repeat("a,", maxRecord/2-1) + "a\n"
	chain := func(lines int) string { return head + strings.Repeat("x\",\"y\n", lines) + "x\",y\n" }
	for lines, want := range map[int]bool{maxRecord/6 - 2: false, maxRecord / 6: true, maxRecord / 2: true} {
		read, wrong := readTable(chain(lines)+"150000,Budi\n", 3*maxRecord, false, everywhere)
		if wrong != (text{}) {
			t.Fatal(wrong)
		}
		first, last := read.rows[0], read.rows[len(read.rows)-1]
		if (first.torn != "") != want || want && (first.last != 2 || first.torn != `x","y`) || !want && first.last != lines+2 {
			t.Errorf("%d lines in one: the first takes %d to %d, torn %.20q", lines, first.line, first.last, first.torn)
		}
		if last.line != lines+3 || strings.Join(last.cells, "|") != "150000|Budi" {
			t.Errorf("%d lines in one: the line after is read as %d %q", lines, last.line, last.cells)
		}
	}
	const size = 1 << 20
	for name, test := range map[string]struct {
		content, says string
		rows          int
	}{
		"a chain to the end":          {head + strings.Repeat("x\",\"y\n", size/6), "Paling banyak", 0},
		"a chain of many cells":       {head + strings.Repeat("x\""+strings.Repeat(",", 90)+"\"\n", size/95), "Paling banyak", 0},
		"quotation marks":             {strings.Repeat(`"`, size), "Baris 1: ", 0},
		"commas":                      {strings.Repeat(",", size), "Baris 1: ", 0},
		"heads":                       {strings.Repeat("a,", size/2), "Baris 1: ", 0},
		"line ends":                   {strings.Repeat("\n", size), "Tidak ada isinya", 0},
		"quotation marks in one line": {"a,b\n" + strings.Repeat(`"`, size) + "\n1,2\n", "", 2},
		"commas in one line":          {"a,b\n" + strings.Repeat(",", size) + "\n1,2\n", "", 2},
		"empty cells, line by line":   {"a,b\n" + strings.Repeat("\"\",\"\"\n", size/6) + "1,2\n", "", 1},
	} {
		read, wrong := readTable(test.content, payments.MaxBatch, false, everywhere)
		if !strings.HasPrefix(wrong.id, test.says) || (test.says == "") != (wrong == text{}) || len(read.rows) != test.rows {
			t.Errorf("%s: %d rows, %q", name, len(read.rows), wrong.id)
		}
	}
}
