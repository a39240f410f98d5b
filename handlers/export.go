package handlers

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"kodebayar/payments"
	"kodebayar/views"
)

const (
	// exportBatch is how many codes are read at a time: an export of a million
	// needs no more memory than one of a thousand.
	exportBatch = 1000
	// sheetRows is how many rows a worksheet holds (Excel, 2^20), less a few.
	sheetRows = 1_000_000
)

// A sheet takes the rows of an export. Numbers are rupiah.
type sheet interface {
	row(cells []any) error
	close() error
}

// exportCSV and exportXLSX are the list of the same URL, whole.
func (s *Server) exportCSV(v *visit) error {
	return s.export(v, "csv", "text/csv; charset=utf-8", newCSV)
}

func (s *Server) exportXLSX(v *visit) error {
	return s.export(v, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", newXLSX)
}

func (s *Server) export(v *visit, ending, contentType string, open func(io.Writer, views.Lang) (sheet, error)) error {
	l := readList(v.QueryParams())
	l.before, l.after = "", "" // all of it, from whatever page
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	filter := s.filter(v, l)
	filter.Limit, filter.Look = exportBatch, 0
	page, err := s.Store.Codes(v.ctx(), filter) // before the first byte: what fails here still gets its page
	if err != nil {
		return err
	}
	if err := s.save(v); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="transaksi-%s.%s"`, cal.now.Format("20060102-1504"), ending))
	h.Set("Cache-Control", "no-store")
	finish := func() error { return nil }
	var w io.Writer = &patientWriter{v.Response(), http.NewResponseController(v.Response().Writer)}
	if ending == "csv" && strings.Contains(v.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		z := gzip.NewWriter(w)
		w, finish = z, z.Close
	}
	v.Response().WriteHeader(http.StatusOK)
	if v.Request().Method == http.MethodHead {
		return nil
	}
	out, err := open(w, v.lang)
	if err != nil {
		s.torn(v, err)
	}
	for {
		for _, c := range page.Codes {
			if err := out.row(exported(v.lang, s.Zone, c, names[c.CreatedBy])); err != nil {
				s.torn(v, err)
			}
		}
		if !page.More {
			break
		}
		filter.Before = page.Codes[len(page.Codes)-1].ID
		if page, err = s.Store.Codes(v.ctx(), filter); err != nil {
			s.torn(v, err)
		}
	}
	if err := out.close(); err != nil {
		s.torn(v, err)
	}
	if err := finish(); err != nil {
		s.torn(v, err)
	}
	return nil
}

// torn breaks the connection off: a file that ends in the middle must not look
// whole.
func (s *Server) torn(v *visit, err error) {
	v.err = err
	s.log(v, 0)
	panic(http.ErrAbortHandler)
}

// patientWriter gives a slow network time for each piece, and none for ever.
type patientWriter struct {
	io.Writer
	rc *http.ResponseController
}

func (w *patientWriter) Write(b []byte) (int, error) {
	_ = w.rc.SetWriteDeadline(time.Now().Add(time.Minute))
	return w.Writer.Write(b)
}

// exportColumns are the heads of the columns.
func exportColumns(lang views.Lang) []any {
	t := lang.T
	return []any{
		t("Dibuat", "Made"), t("Keadaan", "State"), t("Kode pembayaran", "Payment code"), t("Nomor tagihan", "Invoice"),
		t("Nama", "Name"), t("Telepon", "Phone"), t("Jumlah", "Amount"), t("Diterima", "Received"), t("Dibayar", "Paid"),
		t("Berlaku sampai", "Valid until"), t("Mode", "Mode"), t("Kasir", "Cashier"), t("Catatan", "Note"),
	}
}

// exported is a code's row. Times carry their offset from UTC, for a file
// outlives the page that would say whose time it is.
func exported(lang views.Lang, zone *time.Location, c payments.Code, by string) []any {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04:05-07:00")
	}
	return []any{
		at(c.CreatedAt), lang.StatusWord(string(c.Status)), c.PaymentCode, c.InvoiceNumber, c.CustomerName, c.CustomerPhone,
		c.Amount, c.PaidTotal, at(c.PaidAt), at(c.ExpiresAt), strings.ToUpper(string(c.Mode)), by, c.Note,
	}
}

type csvSheet struct{ *csv.Writer }

func newCSV(w io.Writer, lang views.Lang) (sheet, error) {
	// The mark by which Excel knows UTF-8.
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	s := csvSheet{csv.NewWriter(w)}
	s.UseCRLF = true
	return s, s.row(exportColumns(lang))
}

func (s csvSheet) row(cells []any) error {
	record := make([]string, len(cells))
	for i, cell := range cells {
		switch cell := cell.(type) {
		case int64:
			record[i] = strconv.FormatInt(cell, 10)
		case string:
			record[i] = harmless(cell)
		}
	}
	return s.Write(record)
}

func (s csvSheet) close() error {
	s.Flush()
	return s.Error()
}

// xlsxSheet is a workbook, with a further worksheet whenever one is full.
type xlsxSheet struct {
	w     io.Writer
	lang  views.Lang
	file  *excelize.File
	sheet *excelize.StreamWriter
	full  int // worksheets
	rows  int // in this one
}

func newXLSX(w io.Writer, lang views.Lang) (sheet, error) {
	s := &xlsxSheet{w: w, lang: lang, file: excelize.NewFile()}
	return s, s.next()
}

func (s *xlsxSheet) next() (err error) {
	if s.sheet != nil {
		if err := s.sheet.Flush(); err != nil {
			return err
		}
	}
	s.full++
	s.rows = 0
	name := fmt.Sprint(s.lang.T("Transaksi ", "Transactions "), s.full)
	if s.full == 1 {
		err = s.file.SetSheetName("Sheet1", name)
	} else {
		_, err = s.file.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if s.sheet, err = s.file.NewStreamWriter(name); err != nil {
		return err
	}
	if err := s.sheet.SetColWidth(1, 13, 20); err != nil {
		return err
	}
	return s.row(exportColumns(s.lang))
}

func (s *xlsxSheet) row(cells []any) error {
	if s.rows == sheetRows {
		if err := s.next(); err != nil {
			return err
		}
	}
	s.rows++
	// A cell of text stays text here, whatever it begins with: only a file of
	// commas leaves that to the reader. The apostrophe would be printed.
	return s.sheet.SetRow("A"+strconv.Itoa(s.rows), cells)
}

func (s *xlsxSheet) close() error {
	defer s.file.Close()
	if err := s.sheet.Flush(); err != nil {
		return err
	}
	return s.file.Write(s.w)
}
