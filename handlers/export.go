package handlers

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// exportTime is a time in a file, which outlives the page that would say whose
// time it is.
const exportTime = "2006-01-02 15:04:05-07:00"

// exportedTime is a time in a file, empty for none.
func exportedTime(zone *time.Location, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(exportTime)
}

// exportBatch is how many codes are read at a time: an export of a million
// needs no more memory than one of a thousand.
const exportBatch = 1000

// A sheet takes the rows of an export. Cells are texts, and numbers as int64.
type sheet interface {
	row(cells []any) error
	close() error
}

// A download is a table as a file.
type download struct {
	name    string    // of the file, before its time and ending
	at      time.Time // the time in its name
	ending  string    // csv or xlsx
	title   string    // of its worksheets
	columns []any     // their heads
}

// exportCSV and exportXLSX are the list of the same URL, whole.
func (s *Server) exportCSV(v *visit) error  { return s.export(v, "csv") }
func (s *Server) exportXLSX(v *visit) error { return s.export(v, "xlsx") }

func (s *Server) export(v *visit, ending string) error {
	l := readList(v.QueryParams())
	l.before, l.after = "", "" // all of it, from whatever page
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	filter := s.filter(v, l)
	filter.Limit, filter.Look = exportBatch, 0
	began, err := s.Store.LastSeq(v.ctx())
	if err != nil {
		return err
	}
	page, err := s.Store.Codes(v.ctx(), filter) // before the first byte: what fails here still gets its page
	if err != nil {
		return err
	}
	kept, known, err := s.Store.KeptTotals(v.ctx(), filter)
	if err != nil {
		return err
	}
	var seen *exporting
	if v.Request().Method != http.MethodHead { // which gets no rows, and would run for ever
		seen = s.exports.begin(exportOf{v.member.ID, l.whole()})
		defer seen.end(exportTorn) // however it is left
		if known {
			seen.total.Store(int64(kept.Codes))
		}
	}
	d := download{"transaksi", s.Now(), ending, v.lang.T("Transaksi", "Transactions"), exportColumns(v.lang)}
	return s.download(v, d, seen, func(put func([]any) error) error {
		told := func(payments.Code) bool { return false }
		again := filter.Moves()
		if again {
			told = seenBefore()
		}
		for {
			refunds, err := s.refundsOf(v.ctx(), page.Codes...)
			if err != nil {
				return err
			}
			for _, c := range page.Codes {
				if told(c) {
					continue
				}
				if err := put(exported(v.lang, s.Zone, c, names[c.CreatedBy], payments.Refunded(refunds[c.ID]))); err != nil {
					return err
				}
			}
			switch {
			case page.More:
				filter.Before = filter.Cursor(page.Codes[len(page.Codes)-1])
			case again: // what went from below to above where it was read
				again, filter.Before, filter.Since = false, "", began
			default:
				return nil
			}
			if page, err = s.Store.Codes(v.ctx(), filter); err != nil {
				return err
			}
		}
	})
}

// seenBefore tells of each code whether it was asked about before. It keeps eight
// bytes of each: that two of a million are alike in them happens to one of forty
// million exports.
func seenBefore() func(payments.Code) bool {
	seen, seed := map[uint64]struct{}{}, maphash.MakeSeed()
	return func(c payments.Code) bool {
		id := maphash.String(seed, c.ID)
		_, before := seen[id]
		seen[id] = struct{}{}
		return before
	}
}

// download sends the rows that fill puts, as they come. What fails once the
// first byte is sent breaks the connection off: a file that ends in the middle
// must not look whole. seen may be nil.
func (s *Server) download(v *visit, d download, seen *exporting, fill func(put func(cells []any) error) error) error {
	if err := s.save(v); err != nil {
		return err
	}
	contentType, open := "text/csv; charset=utf-8", newCSV
	if d.ending == "xlsx" {
		contentType, open = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", newXLSX
	}
	h := v.Response().Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, d.name, d.at.In(s.Zone).Format("20060102-1504"), d.ending))
	h.Set("Cache-Control", "no-store")
	finish := func() error { return nil }
	var w io.Writer = &patientWriter{v.Response(), http.NewResponseController(v.Response().Writer)}
	if d.ending == "csv" && strings.Contains(v.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		z := gzip.NewWriter(w)
		w, finish = z, z.Close
	}
	v.Response().WriteHeader(http.StatusOK)
	if v.Request().Method == http.MethodHead {
		return nil
	}
	out, err := open(w, d.title, d.columns)
	if err == nil {
		err = fill(func(cells []any) error {
			seen.add(1)
			return out.row(cells)
		})
	}
	if err == nil {
		err = out.close()
	}
	if err == nil {
		err = finish()
	}
	if err != nil {
		v.err = err
		s.log(v, 0)
		panic(http.ErrAbortHandler)
	}
	seen.end(exportWhole)
	return nil
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
		t("Dibuat", "Made"), "Status", t("Kode bayar", "Payment code"), t("Nomor invoice", "Invoice number"),
		t("Nama", "Name"), t("HP", "Phone"), t("Jumlah", "Amount"), t("Diterima", "Received"), t("Dibayar", "Paid"),
		t("Berlaku sampai", "Valid until"), t("Mode", "Mode"), t("Kasir", "Cashier"), t("Catatan", "Note"), t("Dikembalikan", "Refunded"),
		t("Disisihkan", "Set aside"),
	}
}

// exported is a code's row; refunded is what was given back of its money, of what
// was set aside too. What was received and what was set aside, less that, is what
// the shop has.
func exported(lang views.Lang, zone *time.Location, c payments.Code, by string, refunded int64) []any {
	at := func(t time.Time) string { return exportedTime(zone, t) }
	return []any{
		at(c.CreatedAt), lang.CodeWord(string(c.Status), c.PaidTotal), c.PaymentCode, c.InvoiceNumber, c.CustomerName, c.CustomerPhone,
		c.Amount, c.PaidTotal, at(c.PaidAt), at(c.ExpiresAt), strings.ToUpper(string(c.Mode)), by, c.Note, refunded, c.AsideTotal,
	}
}

type csvSheet struct{ *csv.Writer }

func newCSV(w io.Writer, _ string, columns []any) (sheet, error) {
	// The mark by which Excel knows UTF-8.
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	s := csvSheet{csv.NewWriter(w)}
	s.UseCRLF = true
	return s, s.row(columns)
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

// harmless keeps a spreadsheet from running what somebody typed.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func (s csvSheet) close() error {
	s.Flush()
	return s.Error()
}
