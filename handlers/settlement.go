package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// maxSettled is how many lines of a settlement file are taken at once.
const maxSettled = 10_000

// maxSettledFile is how large a settlement file may be, bytes. A form that carries
// it along is larger: each quotation mark takes three.
const maxSettledFile = 1 << 20

// settledColumns are what a settlement file may have, with the heads that are
// known without asking.
var settledColumns = []struct {
	field    string
	label    text
	also     []string
	required bool
}{
	{"invoice", text{"Nomor invoice", "Invoice number"}, []string{"invoice", "invoice number", "nomor invoice", "no invoice", "order id", "transaction id"}, false},
	{"payment_code", text{"Kode bayar", "Payment code"}, []string{"payment code", "kode bayar", "va number", "virtual account", "pay code"}, false},
	{"gross", text{"Jumlah kotor", "Gross amount"}, []string{"amount", "gross", "gross amount", "jumlah", "nominal", "transaction amount"}, true},
	{"fee", text{"Potongan", "Fee"}, []string{"fee", "mdr", "potongan", "biaya", "total fee"}, false},
	{"net", text{"Bersih", "Net amount"}, []string{"net", "net amount", "bersih", "settlement amount", "nett"}, false},
	{"day", text{"Tanggal bayar", "Day of payment"}, []string{"date", "transaction date", "payment date", "tanggal", "tanggal transaksi"}, false},
}

// settlements shows the files so far, and takes one more.
func (s *Server) settlements(v *visit) error {
	return s.showSettlements(v, http.StatusOK, views.SettlementsPage{})
}

func (s *Server) showSettlements(v *visit, status int, p views.SettlementsPage) error {
	list, err := s.Store.Settlements(v.ctx(), s.Service.Environment, 20)
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p.Page = s.page(v, "reports")
	for _, r := range list {
		p.Rows = append(p.Rows, views.SettlementRow{
			Href: "/reports/settlement/" + r.ID, Name: r.Name, Time: cal.moment(r.MadeAt), Gross: rupiah(r.Gross),
			Matched: grouped(int64(r.Matched)) + v.lang.T(" dari ", " of ") + grouped(int64(r.Lines)) + v.lang.T(" cocok", " match"),
		})
	}
	return s.render(v, status, views.Settlements(p))
}

// settle takes a settlement file: with its columns known it is held against the
// payments, else it is asked which column is which.
func (s *Server) settle(v *visit) error {
	names := []string{"rows", "file_name"}
	for _, c := range settledColumns {
		names = append(names, "column_"+c.field)
	}
	var f form
	var given file
	var err error
	if strings.HasPrefix(v.Request().Header.Get("Content-Type"), "multipart/form-data") {
		f, given, err = readUpload(v, "file")
	} else {
		f, err = readForm(v, names...)
	}
	if err != nil {
		return err
	}
	name, content := given.name, asText(string(given.content))
	if content == "" {
		name, content = f.get("file_name"), asText(f.values.Get("rows"))
	}
	fail := func(t text) error {
		return s.showSettlements(v, http.StatusUnprocessableEntity, views.SettlementsPage{Problem: t.in(v.lang)})
	}
	if strings.TrimSpace(content) == "" {
		return fail(text{"Pilih berkasnya dulu.", "Choose the file first."})
	}
	// A browser that carries it along ends its lines as on Windows: that makes it
	// no other file.
	content = strings.ReplaceAll(content, "\r\n", "\n")
	if len(content) > maxSettledFile {
		return fail(text{"Berkasnya lebih dari 1 MB. Bagi menjadi beberapa berkas.", "The file has more than 1 MB. Split it into several files."})
	}
	// Which columns are read is not known yet; the others may hold anything.
	t, wrong := readTable(content, maxSettled, true, func(string) bool { return true })
	if wrong != (text{}) {
		return fail(wrong)
	}
	columns, asked, err := s.settledColumnsOf(v, f, t.head)
	if err != nil {
		return err
	}
	_, invoice := columns["invoice"]
	_, code := columns["payment_code"]
	if _, gross := columns["gross"]; !gross || !invoice && !code {
		p := views.SettlementsPage{Content: content, Name: name}
		if asked {
			p.Problem = v.lang.T("Pilih kolom jumlah, dan kolom invoice atau kode bayar.", "Choose the column of the amount, and that of the invoice or the payment code.")
		}
		for _, c := range settledColumns {
			choice := views.ColumnChoice{Name: "column_" + c.field, Label: c.label.in(v.lang), Optional: !c.required, Value: "-1"}
			if i, known := columns[c.field]; known {
				choice.Value = strconv.Itoa(i)
			}
			p.Columns = append(p.Columns, choice)
		}
		for i, head := range t.head {
			p.Heads = append(p.Heads, views.Choice{Value: strconv.Itoa(i), Label: head})
		}
		status := http.StatusOK
		if asked {
			status = http.StatusUnprocessableEntity
		}
		return s.showSettlements(v, status, p)
	}
	lines, wrong := settledLines(t, columns)
	if wrong != (text{}) {
		return fail(wrong)
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	found, err := payments.Reconcile(v.ctx(), s.Store, s.Service.Environment, s.Zone, settings.Fee, lines)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(content))
	found.ID, found.Name, found.Digest, found.MadeBy, found.MadeAt = s.Service.NewID(), fileName(name), hex.EncodeToString(digest[:]), v.member.ID, s.Now().UTC()
	heads := map[string]string{}
	for field, i := range columns {
		heads[field] = t.head[i]
	}
	saved, err := json.Marshal(heads)
	if err != nil {
		return err
	}
	id, err := s.Store.KeepSettlement(v.ctx(), found, string(saved))
	if err != nil {
		return err
	}
	return s.redirect(v, "/reports/settlement/"+id)
}

// prefixOf is the beginning of a text, as many letters at most.
func prefixOf(s string, letters int) string {
	if r := []rune(s); len(r) > letters {
		return string(r[:letters])
	}
	return s
}

// settledColumnsOf finds which column is which: as it was posted, as the last file
// had it, or by heads that are known. asked says that somebody chose.
func (s *Server) settledColumnsOf(v *visit, f form, head []string) (columns map[string]int, asked bool, err error) {
	columns = map[string]int{}
	for _, c := range settledColumns {
		if value, given := f.values["column_"+c.field]; given {
			asked = true
			if i, err := strconv.Atoi(value[0]); err == nil && i >= 0 && i < len(head) {
				columns[c.field] = i
			}
		}
	}
	if asked {
		return columns, true, nil
	}
	text, err := s.Store.SettlementColumns(v.ctx())
	if err != nil {
		return nil, false, err
	}
	last := map[string]string{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &last); err != nil {
			return nil, false, err
		}
	}
	for _, c := range settledColumns {
		i := slices.Index(head, last[c.field])
		if last[c.field] == "" || i < 0 {
			i = slices.IndexFunc(head, func(h string) bool { return slices.Contains(c.also, strings.ToLower(strings.TrimSpace(h))) })
		}
		if i >= 0 {
			columns[c.field] = i
		}
	}
	return columns, false, nil
}

// settledLines reads the lines of a table.
func settledLines(t table, columns map[string]int) (lines []payments.SettledLine, wrong text) {
	for _, row := range t.rows {
		cell := func(field string) string {
			if i, known := columns[field]; known && i < len(row.cells) {
				return row.cells[i]
			}
			return ""
		}
		l := payments.SettledLine{Line: row.line, Invoice: cell("invoice"), PaymentCode: digitsOf(cell("payment_code"))}
		for field := range columns {
			if strings.Contains(cell(field), "\n") { // a mark too many took the next line in
				return nil, atLine(row.line, tornLine)
			}
		}
		if l.Invoice == "" && l.PaymentCode == "" {
			continue // sums at the foot name no sale
		}
		for _, sum := range []struct {
			field string
			into  *int64
		}{{"gross", &l.Gross}, {"fee", &l.Fee}, {"net", &l.Net}} {
			n, ok := looseRupiah(cell(sum.field))
			if !ok && (sum.field == "gross" || cell(sum.field) != "") {
				typed := prefixOf(cell(sum.field), 30)
				return nil, atLine(row.line, text{"“" + typed + "” bukan jumlah rupiah.", "“" + typed + "” is no amount of rupiah."})
			}
			*sum.into = n
		}
		l.Day = looseDay(cell("day"))
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, text{"Tidak ada baris yang menyebut penjualan.", "No line names a sale."}
	}
	return lines, text{}
}

// looseRupiah reads an amount as files write it: 150000, 150000.00, 150.000,
// 150.000,00, 150,000.00, Rp150.000, -2500.
func looseRupiah(s string) (int64, bool) {
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(s), "Rp"), "IDR"))
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimSpace(strings.TrimPrefix(s, "-"))
	// What stands last, with one or two digits after it, separates the decimals;
	// rupiah have none but zeros.
	if i := strings.LastIndexAny(s, ".,"); i >= 0 && len(s)-i <= 3 {
		if strings.Trim(s[i+1:], "0") != "" {
			return 0, false
		}
		s = s[:i]
	}
	s = strings.NewReplacer(".", "", ",", "", " ", "").Replace(s)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > maxAmountDigits {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// looseDay reads a day as files write it, else none.
func looseDay(s string) string {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006-01-02", "02-01-2006", "02/01/2006", "2006/01/02", "20060102", "02 Jan 2006", "2 Jan 2006"} {
		if len(s) < len(layout) {
			continue
		}
		if day, err := time.Parse(layout, s[:len(layout)]); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return ""
}
