package handlers

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// sheetRows is how many rows a worksheet holds (Excel, 2^20), less a few.
const sheetRows = 1_000_000

// xlsxSheet is a workbook that is written as its rows come: nothing of it stays
// in memory or in a file of ours, and its reader sees it grow. Libraries for
// workbooks pack the whole of it first. A further worksheet begins whenever one
// is full. The format is ECMA-376 (SpreadsheetML), text as inline strings.
type xlsxSheet struct {
	zip     *zip.Writer
	name    string // of the worksheets, which are numbered
	columns []any
	part    *bufio.Writer // the worksheet being written
	sheets  int
	rows    int // in this one
}

func newXLSX(w io.Writer, name string, columns []any) (sheet, error) {
	s := &xlsxSheet{zip: zip.NewWriter(w), name: name, columns: columns}
	return s, s.begin()
}

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS  = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	officeR = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packR   = "http://schemas.openxmlformats.org/package/2006/relationships"
	kinds   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

func (s *xlsxSheet) begin() error {
	s.sheets++
	s.rows = 0
	w, err := s.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", s.sheets))
	if err != nil {
		return err
	}
	s.part = bufio.NewWriterSize(w, 32<<10)
	s.part.WriteString(xmlHead + `<worksheet ` + mainNS + `><cols><col min="1" max="` + strconv.Itoa(len(s.columns)) + `" width="20" customWidth="1"/></cols><sheetData>`)
	return s.row(s.columns)
}

func (s *xlsxSheet) end() error {
	s.part.WriteString(`</sheetData></worksheet>`)
	return s.part.Flush()
}

// row writes a row. A cell of text stays text, whatever it begins with: only a
// file of commas leaves that to its reader.
func (s *xlsxSheet) row(cells []any) error {
	if s.rows == sheetRows {
		if err := s.end(); err != nil {
			return err
		}
		if err := s.begin(); err != nil {
			return err
		}
	}
	if len(cells) > 26 {
		return fmt.Errorf("a row of %d cells: columns are named by one letter", len(cells))
	}
	s.rows++
	n := strconv.Itoa(s.rows)
	s.part.WriteString(`<row r="` + n + `">`)
	for i, cell := range cells {
		at := string(rune('A'+i)) + n
		switch cell := cell.(type) {
		case int64:
			s.part.WriteString(`<c r="` + at + `"><v>` + strconv.FormatInt(cell, 10) + `</v></c>`)
		case string:
			if cell == "" {
				continue
			}
			s.part.WriteString(`<c r="` + at + `" t="inlineStr"><is><t xml:space="preserve">`)
			if err := xml.EscapeText(s.part, []byte(cell)); err != nil {
				return err
			}
			s.part.WriteString(`</t></is></c>`)
		}
	}
	_, err := s.part.WriteString(`</row>`) // what failed before fails here
	return err
}

// close writes what tells of the worksheets, now that their number is known.
func (s *xlsxSheet) close() error {
	if err := s.end(); err != nil {
		return err
	}
	var types, sheets, relations strings.Builder
	for i := 1; i <= s.sheets; i++ {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i, kinds)
		fmt.Fprintf(&sheets, `<sheet name="%s %d" sheetId="%d" r:id="rId%d"/>`, s.name, i, i, i)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, officeR, i)
	}
	for _, part := range [][2]string{
		{"xl/workbook.xml", `<workbook ` + mainNS + ` xmlns:r="` + officeR + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packR + `">` + relations.String() + `</Relationships>`},
		{"_rels/.rels", `<Relationships xmlns="` + packR + `"><Relationship Id="rId1" Type="` + officeR + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + kinds + `sheet.main+xml"/>` + types.String() + `</Types>`},
	} {
		w, err := s.zip.Create(part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, xmlHead+part[1]); err != nil {
			return err
		}
	}
	return s.zip.Close()
}
