package handlers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// table is a file of lines as a spreadsheet saves it.
type table struct {
	head []string // as written
	rows []tableRow
}

type tableRow struct {
	line  int // in the file, the first is 1
	cells []string
}

// fileName is what a file was called, as far as a page and every database can hold
// it: without control characters, which a form may bring and PostgreSQL refuses,
// and 80 letters at most.
func fileName(s string) string {
	return prefixOf(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s), 80)
}

// readTable reads lines with commas, semicolons or tabs between: whichever
// the first line has most of, for Excel writes what its language wants. What
// is wrong comes back as a sentence, with nothing read.
func readTable(content string, most int) (table, text) {
	content = strings.TrimPrefix(content, "\ufeff")
	if !utf8.ValidString(content) || strings.ContainsRune(content, 0) {
		return table{}, text{
			"Berkas ini bukan teks UTF-8. Di Excel pilih Simpan Sebagai, lalu “CSV UTF-8”.",
			"This file is not UTF-8 text. In Excel choose Save As, then “CSV UTF-8”.",
		}
	}
	first, _, _ := strings.Cut(content, "\n")
	r := csv.NewReader(strings.NewReader(content))
	r.Comma = ','
	for _, other := range []rune{';', '\t'} {
		if strings.Count(first, string(other)) > strings.Count(first, string(r.Comma)) {
			r.Comma = other
		}
	}
	r.FieldsPerRecord = -1 // an empty cell at the end is often left out
	var t table
	for {
		cells, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if t.head == nil {
				return table{}, text{"Tidak ada isinya.", "There is nothing in it."}
			}
			return t, text{}
		case errors.As(err, &bad):
			return table{}, text{
				fmt.Sprintf("Baris %d: tanda kutipnya tidak lengkap, jadi batas kolomnya tidak jelas.", bad.Line),
				fmt.Sprintf("Line %d: a quotation mark is missing, so nobody can tell its columns.", bad.Line),
			}
		case err != nil:
			return table{}, text{"Berkas ini tidak bisa dibaca.", "This file cannot be read."}
		}
		line, _ := r.FieldPos(0)
		for i := range cells {
			// The apostrophe that keeps a spreadsheet from running a cell.
			cells[i] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(cells[i]), "'"))
		}
		switch {
		case t.head == nil:
			t.head = cells
		case strings.Join(cells, "") == "": // spreadsheets leave empty lines at the end
		case len(t.rows) == most:
			return table{}, text{
				fmt.Sprintf("Paling banyak %d baris sekaligus. Bagi berkasnya.", most),
				fmt.Sprintf("At most %d lines at once. Split the file.", most),
			}
		default:
			t.rows = append(t.rows, tableRow{line, cells})
		}
	}
}
