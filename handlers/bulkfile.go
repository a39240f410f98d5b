package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// bulkColumns are the fields a line may bring, with the heads a column may
// have; the first of each language stands in the file to start from.
var bulkColumns = []struct {
	field  string
	id, en string
	also   []string
}{
	{"amount", "jumlah", "amount", []string{"nominal", "total", "tagihan"}},
	{"customer_name", "nama", "name", []string{"nama pelanggan", "pelanggan", "customer", "customer name"}},
	{"customer_phone", "hp", "phone", []string{"telepon", "no hp", "nomor hp", "wa", "whatsapp"}},
	{"customer_email", "email", "email", []string{"e-mail"}},
	{"invoice_number", "invoice", "invoice", []string{"nomor invoice", "no invoice", "invoice number", "nomor tagihan"}},
	{"expires_in", "menit", "minutes", []string{"berlaku", "masa berlaku", "expires in"}},
	{"info", "info", "info", nil},
	{"note", "catatan", "note", []string{"keterangan"}},
}

// fieldOf is the field that a column's head names, "" when none.
func fieldOf(head string) string {
	head = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(head, "_", " ")), " "))
	for _, c := range bulkColumns {
		if head == c.id || head == c.en || head == strings.ReplaceAll(c.field, "_", " ") || slices.Contains(c.also, head) {
			return c.field
		}
	}
	return ""
}

// ownColumns are heads of the files that come from here, as those write them:
// what a new code does not take from them is passed over.
var ownColumns = func() map[string]bool {
	own := map[string]bool{"Keadaan": true, "State": true, "Kode pembayaran": true} // in files of before
	for _, lang := range []views.Lang{views.Indonesian, views.English} {
		for _, head := range slices.Concat(exportColumns(lang), resultColumns(lang)) {
			own[head.(string)] = true
		}
	}
	return own
}()

// bulkLine is one line as it was read: what it asks for and what is wrong.
type bulkLine struct {
	line  int
	last  int // of the file's lines that it takes
	form  form
	order payments.Order
	wrong mistakes
	torn  bool // nothing could be read of it
	alike int  // the line before it with the same name and amount; 0: none
}

// said are its mistakes in words, in the order of the fields' names.
func (l bulkLine) said(lang views.Lang) (words []string) {
	for _, field := range slices.Sorted(maps.Keys(l.wrong)) {
		words = append(words, l.wrong[field].in(lang))
	}
	return words
}

// readBulk reads a list of orders. Each line goes through the rules of the
// counter's form; expiry is used by lines that name none. What is wrong with
// the list as a whole comes back as a sentence.
func readBulk(content, expiry string) ([]bulkLine, text) {
	t, wrong := readTable(content, payments.MaxBatch, false, func(head string) bool { return fieldOf(head) == "note" })
	if wrong != (text{}) {
		return nil, wrong
	}
	fields := make([]string, len(t.head))
	for i, head := range t.head {
		fields[i] = fieldOf(head)
		switch {
		case head == "", fields[i] == "" && ownColumns[head]:
		case fields[i] == "":
			shown := prefixOf(head, 40)
			return nil, text{
				"Kolom “" + shown + "” tidak dikenal. Baris pertama berisi nama kolom: " + heads(false) + ".",
				"There is no column “" + shown + "”. The first line names the columns: " + heads(true) + ".",
			}
		case slices.Contains(fields[:i], fields[i]):
			return nil, text{"Kolom “" + head + "” ada dua kali.", "The column “" + head + "” is there twice."}
		}
	}
	if !slices.Contains(fields, "amount") || !slices.Contains(fields, "customer_name") {
		return nil, text{
			"Kolom jumlah dan nama harus ada. Baris pertama berisi nama kolom: " + heads(false) + ".",
			"There must be the columns amount and name. The first line names the columns: " + heads(true) + ".",
		}
	}
	if len(t.rows) == 0 {
		return nil, text{"Hanya ada nama kolom, belum ada barisnya.", "There are only names of columns, no lines yet."}
	}
	lines := make([]bulkLine, len(t.rows))
	invoices, sales := map[string]int{}, map[string]int{}
	for i, row := range t.rows {
		l := bulkLine{line: row.line, last: row.last, wrong: mistakes{}}
		if l.torn = row.torn != ""; l.torn {
			l.wrong.add("columns", tornLine)
			l.order.CustomerName = prefixOf(row.torn, 80) // to know it by
			l.form = form{values: url.Values{"customer_name": {l.order.CustomerName}}}
			lines[i] = l
			continue
		}
		posted := url.Values{"expires_in": {expiry}}
		for j, cell := range row.cells {
			switch {
			case j < len(fields) && ownColumns[t.head[j]] && fields[j] == "":
			case j < len(fields) && fields[j] != "":
				if cell != "" {
					posted.Set(fields[j], cell)
				}
			case cell != "":
				l.wrong.add("columns", text{"Baris ini punya kolom lebih dari baris pertama.", "This line has more columns than the first."})
			}
		}
		l.form = form{values: posted}
		l.order = readOrder(l.form, l.wrong)
		if n := l.order.InvoiceNumber; n != "" {
			if before := invoices[n]; before > 0 {
				l.wrong.add("invoice_number", text{"Nomor invoice ini sudah ada di atasnya.", "This invoice number stands further up already."})
			}
			invoices[n] = l.line
		}
		sale := fmt.Sprint(l.order.Amount, strings.ToLower(l.order.CustomerName))
		l.alike = sales[sale]
		sales[sale] = l.line
		lines[i] = l
	}
	return lines, text{}
}

func heads(english bool) string {
	names := make([]string, len(bulkColumns))
	for i, c := range bulkColumns {
		if names[i] = c.id; english {
			names[i] = c.en
		}
	}
	return strings.Join(names, ", ")
}

// digestOfOrders tells the same list of orders again.
func digestOfOrders(orders []payments.BatchLine) string {
	sum := sha256.New()
	for _, o := range orders {
		o.Order.ExpiresIn = 0
		b, _ := json.Marshal(o.Order) // of plain fields: cannot fail
		sum.Write(append(b, '\n'))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
