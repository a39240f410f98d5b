package simulator

import (
	"strings"
	"unicode/utf8"
)

// receiptWidth is a line of the store's printer: the footer's "1 line contain 40 character".
const receiptWidth = 40

// lines are the insurance data as the POS and the receipt show them.
func (i insurance) lines() []labelled {
	var out []labelled
	for _, l := range []labelled{
		{"POLIS", i.PolicyType},
		{"NO POLIS", i.PolicyNumber},
		{"A.N.", i.PolicyAccountName},
		{"STATUS", i.PolicyStatus},
		{"TEMPO", i.BillDueDate},
	} {
		if l.Value != "" {
			out = append(out, l)
		}
	}
	return out
}

// paper prints a receipt of 40 columns. It stays Indonesian: the store prints it, not the page.
func (r *receipt) paper() string {
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\n") }
	rule := strings.Repeat("-", receiptWidth)
	line(centred(r.Payment.Agent))
	line(centred("TOKO " + r.Payment.Store))
	line(centred("** SIMULATOR, BUKAN UANG SUNGGUHAN **"))
	line(rule)
	writePair(&b, r.Payment.Date.In(wib).Format("02-01-2006 15.04.05")+" WIB", "#"+r.Payment.Trx)
	line(rule)
	line("PEMBAYARAN DOKU")
	writePair(&b, "KODE BAYAR", grouped(r.Code.Number))
	writePair(&b, "NAMA", r.Code.Name)
	if r.Code.Info != "" {
		writePair(&b, "INFO", r.Code.Info)
	}
	writePair(&b, "INVOICE", r.Code.Invoice)
	for _, l := range r.Code.Insurance.lines() {
		writePair(&b, l.Label, l.Value)
	}
	line(rule)
	writePair(&b, "TOTAL", rupiah(r.Code.Amount))
	writePair(&b, "TUNAI", rupiah(r.Payment.Amount))
	if change := r.Payment.Amount - r.Code.Amount; change != 0 {
		writePair(&b, "SELISIH", rupiah(change))
	}
	line(rule)
	footer := footerLines(r.Code.Footer)
	for _, l := range footer {
		line(l)
	}
	if len(footer) > 0 {
		line(rule)
	}
	line(centred("SIMPAN STRUK INI SEBAGAI"))
	b.WriteString(centred("BUKTI PEMBAYARAN YANG SAH"))
	return b.String()
}

// footerLines cuts a footer as the printer does: at each line end and after 40 characters, three
// lines, without looking for a space.
func footerLines(footer string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.TrimRight(footer, " \n"), "\n") {
		runes := []rune(part)
		for len(runes) > receiptWidth {
			out = append(out, string(runes[:receiptWidth]))
			runes = runes[receiptWidth:]
		}
		if len(runes) > 0 {
			out = append(out, string(runes))
		}
	}
	return out[:min(len(out), 3)]
}

func centred(text string) string {
	if space := receiptWidth - utf8.RuneCountInString(text); space > 1 {
		return strings.Repeat(" ", space/2) + text
	}
	return text
}

// writePair puts label left and value right, on further lines when they do not fit on one.
func writePair(b *strings.Builder, label, value string) {
	left, right := utf8.RuneCountInString(label), utf8.RuneCountInString(value)
	if left+1+right <= receiptWidth {
		b.WriteString(label + strings.Repeat(" ", receiptWidth-left-right) + value + "\n")
		return
	}
	b.WriteString(label + "\n")
	runes := []rune(value)
	for len(runes) > 0 {
		n := min(len(runes), receiptWidth)
		b.WriteString(strings.Repeat(" ", receiptWidth-n) + string(runes[:n]) + "\n")
		runes = runes[n:]
	}
}
