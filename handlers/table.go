package handlers

import (
	"fmt"
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
	last  int // the same, unless a cell goes on over lines
	cells []string
	torn  string // the line as it stands, when its cells cannot be told; else empty
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

// windows1252 are the letters of that code page from 0x80 to 0x9f; the rest of it
// is as in Unicode. A zero stands for none.
var windows1252 = []rune("€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ")

// asText is a file's content in UTF-8. What is not is taken for the code page in
// which Excel on Windows saves a plain CSV; whoever hands it in sees the names.
func asText(content string) string {
	if utf8.ValidString(content) {
		return content
	}
	var b strings.Builder
	for _, c := range []byte(content) {
		if c >= 0x80 && c < 0xa0 {
			b.WriteRune(windows1252[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// tornLine says that the cells of a line cannot be told.
var tornLine = text{
	"Tanda kutip di baris ini kurang atau lebih satu, kolomnya berisi ganti baris, atau barisnya terlalu panjang: batas kolomnya tidak jelas.",
	"A quotation mark is missing on this line or is one too many, a column goes on over lines, or the line is too long: nobody can tell its columns.",
}

// readTable reads a text of lines with commas, semicolons or tabs between:
// whichever the first line has most of, for Excel writes what its language
// wants. What is wrong with all of it comes back as a sentence, with nothing
// read. overLines says of a column, by its head, whether its cells may hold line
// ends; heads may. whole: one torn line is wrong with all of it.
func readTable(content string, most int, whole bool, overLines func(head string) bool) (table, text) {
	if strings.ContainsRune(content, 0) {
		return table{}, text{
			"Berkas ini bukan teks CSV. Di Excel pilih Simpan Sebagai, lalu “CSV UTF-8”.",
			"This file is not CSV text. In Excel choose Save As, then “CSV UTF-8”.",
		}
	}
	content = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(content, "\ufeff"))
	first, _, _ := strings.Cut(strings.TrimLeft(content, "\n"), "\n")
	separator := ","
	for _, other := range []string{";", "\t"} {
		if strings.Count(first, other) > strings.Count(first, separator) {
			separator = other
		}
	}
	var t table
	mayGoOn := func(column int) bool {
		return t.head == nil || column < len(t.head) && overLines(t.head[column])
	}
	for line := 1; content != ""; {
		cells, end := readRecord(content, separator, mayGoOn)
		row := tableRow{line: line, last: line, cells: cells}
		if end < 0 { // only the one line is taken
			if end = strings.IndexByte(content, '\n') + 1; end == 0 {
				end = len(content)
			}
			row.torn = strings.TrimSpace(content[:end])
		} else {
			row.last += strings.Count(content[:end-1], "\n")
		}
		line, content = row.last+1, content[end:]
		for i := range cells {
			// The apostrophe that keeps a spreadsheet from running a cell.
			cells[i] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(cells[i]), "'"))
		}
		switch {
		case row.torn == "" && strings.Join(cells, "") == "": // spreadsheets leave empty lines at the end
		case row.torn != "" && (whole || t.head == nil):
			return table{}, atLine(row.line, tornLine)
		case t.head == nil:
			t.head = cells
		case len(t.rows) == most:
			return table{}, text{
				fmt.Sprintf("Paling banyak %d baris sekaligus. Bagi berkasnya.", most),
				fmt.Sprintf("At most %d lines at once. Split the file.", most),
			}
		default:
			t.rows = append(t.rows, row)
		}
	}
	if t.head == nil {
		return table{}, text{"Tidak ada isinya.", "There is nothing in it."}
	}
	return t, text{}
}

func atLine(line int, t text) text {
	return text{fmt.Sprintf("Baris %d: %s", line, t.id), fmt.Sprintf("Line %d: %s", line, t.en)}
}

// maxRecord is how long the cells of one record may be together, bytes: marks that
// nobody closed must not take the rest of the file with them, nor have it read
// again for each line.
const maxRecord = 8 << 10

// readRecord reads the cells before the first line end, and says where the next
// record begins. A cell that begins with a quotation mark goes on, over separators
// and, where it may, line ends, to the mark that closes it; within another a mark is
// a letter, as in lines copied from a spreadsheet. end is -1 when that cannot be
// told: a mark is not closed, or closed in the midst of a cell, a cell goes on that
// may not, or there is no end within maxRecord.
func readRecord(s, separator string, mayGoOn func(column int) bool) (cells []string, end int) {
	window := s[:min(len(s), maxRecord)]
	left := window
	for {
		var cell string
		if quoted, ok := strings.CutPrefix(strings.TrimLeft(left, " "), `"`); ok {
			end := closingMark(quoted)
			if end < 0 || strings.Contains(quoted[:end], "\n") && !mayGoOn(len(cells)) {
				return nil, -1
			}
			cell, left = strings.ReplaceAll(quoted[:end], `""`, `"`), strings.TrimLeft(quoted[end+1:], " ")
		} else {
			end := strings.IndexAny(left, separator+"\n")
			if end < 0 {
				end = len(left)
			}
			cell, left = left[:end], left[end:]
		}
		cells = append(cells, cell)
		switch {
		case left == "" && len(window) == len(s):
			return cells, len(s)
		case strings.HasPrefix(left, "\n"):
			return cells, len(window) - len(left) + 1
		case !strings.HasPrefix(left, separator):
			return nil, -1
		}
		left = left[len(separator):]
	}
}

// closingMark is where the first quotation mark stands that is not doubled, -1:
// nowhere.
func closingMark(s string) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '"':
		case strings.HasPrefix(s[i+1:], `"`):
			i++
		default:
			return i
		}
	}
	return -1
}
