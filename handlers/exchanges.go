package handlers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// named words are what an exchange's machine words are called, in the order a
// list of them shows.
type named struct {
	word string
	text
}

var exchangeKinds = []named{
	{"notification", text{"Pemberitahuan pembayaran", "Payment notification"}},
	{"inquiry", text{"Pertanyaan kasir Alfamart", "Question from the till"}},
	{"create", text{"Membuat kode", "Making a code"}},
	{"update", text{"Mengubah kode", "Changing a code"}},
	{"cancel", text{"Membatalkan kode", "Cancelling a code"}},
	{"status", text{"Cek status", "Status check"}},
	{"how_to_pay", text{"Minta petunjuk bayar", "Asking how to pay"}},
}

var exchangeVerdicts = []named{
	{"verified", text{"Terbukti dari DOKU", "Proven to be DOKU's"}},
	{"bad_signature", text{"Tanda tangan salah", "Wrong signature"}},
	{"unreadable", text{"Tidak terbaca", "Unreadable"}},
	{"done", text{"Berhasil", "Done"}},
	{"refused", text{"Ditolak DOKU", "Refused by DOKU"}},
	{"not_found", text{"Tidak dikenal DOKU", "Not known to DOKU"}},
	{"unknown", text{"Tanpa jawaban pasti", "No certain answer"}},
}

var exchangeWays = []named{
	{string(payments.Incoming), text{"dari DOKU", "from DOKU"}},
	{string(payments.Outgoing), text{"ke DOKU", "to DOKU"}},
}

// called finds the words for a machine's word; one without any is shown as it
// is.
func called(list []named, word string) text {
	for _, n := range list {
		if n.word == word {
			return n.text
		}
	}
	return text{word, word}
}

func narrowing(lang views.Lang, list []named, value string) views.Narrowing {
	n := views.Narrowing{Value: value}
	for _, w := range list {
		n.Choices = append(n.Choices, views.Choice{Value: w.word, Label: w.in(lang)})
	}
	return n
}

// readExchangeFilter reads the list's URL; what makes no sense in it is left
// out.
func readExchangeFilter(q url.Values) db.ExchangeFilter {
	known := func(list []named, word string) string {
		for _, n := range list {
			if n.word == word {
				return word
			}
		}
		return ""
	}
	f := db.ExchangeFilter{
		Kind: known(exchangeKinds, q.Get("kind")), Verdict: known(exchangeVerdicts, q.Get("verdict")),
		Direction: payments.Direction(known(exchangeWays, q.Get("direction"))), Limit: pageLength,
	}
	f.Query, _ = readQuery(q)
	if id, err := plain(q.Get("before")); err == nil {
		f.Before = id
	} else if id, err := plain(q.Get("after")); err == nil {
		f.After = id
	}
	return f
}

// exchangesURL is the address of a page of the list.
func exchangesURL(f db.ExchangeFilter, before, after string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"kind": f.Kind, "verdict": f.Verdict, "direction": string(f.Direction), "q": f.Query, "before": before, "after": after,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/exchanges"
	}
	return "/exchanges?" + q.Encode()
}

// exchanges is the list of what DOKU sent and was sent.
func (s *Server) exchanges(v *visit) error {
	f := readExchangeFilter(v.QueryParams())
	_, cut := readQuery(v.QueryParams())
	list, more, err := s.Store.Exchanges(v.ctx(), f)
	if err != nil {
		return err
	}
	health, err := s.health(v, true)
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.ExchangesPage{
		Page: s.page(v, "exchanges"), Health: health, Query: f.Query, Cut: cut,
		Kind: narrowing(v.lang, exchangeKinds, f.Kind), Verdict: narrowing(v.lang, exchangeVerdicts, f.Verdict),
		Direction: narrowing(v.lang, exchangeWays, string(f.Direction)),
		Narrowed:  f != db.ExchangeFilter{Limit: f.Limit},
	}
	for _, x := range list {
		row := views.ExchangeRow{
			ID: x.ID, Href: "/exchanges/" + x.ID, Time: cal.moment(x.At), Kind: called(exchangeKinds, x.Kind).in(v.lang),
			Way: called(exchangeWays, string(x.Direction)).in(v.lang), Verdict: verdict(v.lang, x.Verdict),
			Answer: "-", Duration: took(v.lang, x.Duration),
		}
		if x.StatusCode != 0 {
			row.Answer = strconv.Itoa(x.StatusCode)
		}
		if x.CodeID != "" {
			row.CodeHref, row.Code = "/codes/"+x.CodeID, nameOf(x.PaymentCode, x.InvoiceNumber)
		}
		p.Rows = append(p.Rows, row)
	}
	if len(list) > 0 {
		first, last := list[0].ID, list[len(list)-1].ID
		// Read upwards there is always something below, and downwards above.
		if f.Before != "" || f.After != "" && more {
			p.Newer = exchangesURL(f, "", first)
		}
		if f.After != "" || more {
			p.Older = exchangesURL(f, last, "")
		}
	} else if f.Before != "" || f.After != "" {
		p.Newer = exchangesURL(f, "", "")
	}
	return s.render(v, http.StatusOK, views.Exchanges(p))
}

// nameOf is what people call a code: its number, or its invoice while it has
// none.
func nameOf(paymentCode, invoice string) string {
	if paymentCode != "" {
		return fours(paymentCode)
	}
	return invoice
}

func verdict(lang views.Lang, word string) views.VerdictView {
	return views.VerdictView{Key: word, Word: called(exchangeVerdicts, word).in(lang)}
}

// took writes how long an answer took; nothing for what was not measured.
func took(lang views.Lang, d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	}
	tenths := int64(d.Round(100*time.Millisecond) / (100 * time.Millisecond))
	return fmt.Sprintf("%d%s%d %s", tenths/10, lang.T(",", "."), tenths%10, lang.T("dtk", "s"))
}

// exchange is the page of one exchange.
func (s *Server) exchange(v *visit) error {
	x, err := s.evidence(v)
	if err != nil {
		return err
	}
	return s.showExchange(v, http.StatusOK, x, views.ReplayView{WhyNot: fixedExchange(x).in(v.lang)})
}

// evidence is the exchange of the route's {id}.
func (s *Server) evidence(v *visit) (payments.Exchange, error) {
	id, err := idOf(v)
	if err != nil {
		return payments.Exchange{}, err
	}
	return s.Store.Exchange(v.ctx(), id)
}

func (s *Server) showExchange(v *visit, status int, x payments.Exchange, replay views.ReplayView) error {
	cal, t := s.calendar(v.lang), v.lang.T
	from, remarks := remarksOf(x)
	p := views.ExchangePage{
		Page: s.page(v, "exchanges"), ID: x.ID, Verdict: verdict(v.lang, x.Verdict),
		Kind:    called(exchangeKinds, x.Kind).in(v.lang) + " " + called(exchangeWays, string(x.Direction)).in(v.lang),
		Request: wireOf(v.lang, x.Method+" "+x.URL, x.RequestHeader, x.RequestBody),
		Answer:  wireOf(v.lang, "HTTP "+strconv.Itoa(x.StatusCode), x.ResponseHeader, x.ResponseBody),
		Replay:  replay,
	}
	p.Replay.Hidden = !v.can(bosses)
	if x.StatusCode == 0 {
		p.Answer = views.WireView{Empty: t("Tidak ada jawaban yang sampai.", "No answer arrived.")}
	}
	for _, r := range remarks {
		p.Remarks = append(p.Remarks, r.in(v.lang))
	}
	add := func(label, value string) {
		if value != "" {
			p.Facts = append(p.Facts, views.Fact{Label: label, Value: value})
		}
	}
	add(t("Waktu", "Time"), cal.day(x.At)+", "+x.At.In(s.Zone).Format("15.04.05")+" "+cal.zoneLabel(x.At))
	add(t("Lama", "Took"), took(v.lang, x.Duration))
	add("Request-Id", x.RequestID)
	add(t("Alamat pengirim", "Sender's address"), from)
	if x.CodeID != "" {
		code, err := s.Store.Code(v.ctx(), x.CodeID)
		if err != nil {
			return err
		}
		p.CodeHref, p.Code = "/codes/"+code.ID, nameOf(code.PaymentCode, code.InvoiceNumber)
	}
	return s.render(v, status, views.Exchange(p))
}

// maxShown is how much of a body is set for reading.
const maxShown = 64 << 10

// wireOf is one half of an exchange.
func wireOf(lang views.Lang, start, header string, body []byte) views.WireView {
	w := views.WireView{Start: start, Headers: masked(header)}
	if len(body) == 0 {
		return w
	}
	digest := sha256.Sum256(body)
	w.Size = grouped(int64(len(body))) + " byte"
	w.Digest = base64.StdEncoding.EncodeToString(digest[:]) // as DOKU writes its Digest
	w.Raw = verbatim(body)
	w.Body = w.Raw
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(body), "", "  ") == nil {
		w.Body = strings.ToValidUTF8(b.String(), "\ufffd")
	}
	if len(w.Body) > maxShown {
		w.Body = strings.ToValidUTF8(w.Body[:maxShown], "") + lang.T("\n… selebihnya di bawah", "\n… the rest is below")
	}
	return w
}

// verbatim shows bytes without changing any: what a page cannot carry as text
// is written as numbers.
func verbatim(body []byte) string {
	text := string(body)
	if !utf8.Valid(body) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		return hex.Dump(body)
	}
	if strings.HasPrefix(text, "\n") {
		return "\n" + text // browsers drop the first line break of a <pre>
	}
	return text
}

// masked shortens what proves who somebody is: enough is left to compare two.
func masked(header string) string {
	lines := strings.Split(header, "\n")
	for i, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		switch strings.ToLower(name) {
		case "signature":
			const shown = len("HMACSHA256=") + 6
			if len(value) > shown {
				lines[i] = name + ": " + value[:shown] + "…"
			}
		case "authorization", "proxy-authorization", "cookie", "set-cookie":
			lines[i] = name + ": …"
		}
	}
	return strings.ToValidUTF8(strings.Join(lines, "\n"), "\ufffd")
}

// remarksOf puts what was noted about an exchange into words, and finds the
// address it came from.
func remarksOf(x payments.Exchange) (from string, remarks []text) {
	for line := range strings.SplitSeq(x.Remark, "\n") {
		line = strings.ToValidUTF8(line, "\ufffd")
		if address, ok := strings.CutPrefix(line, "from "); ok {
			from = address
		} else if line != "" {
			remarks = append(remarks, remarkOf(x, line))
		}
	}
	return from, remarks
}

func remarkOf(x payments.Exchange, line string) text {
	word, about, _ := strings.Cut(line, " ")
	switch {
	case word == "signature_missing":
		return text{"Jawaban ini tidak ditandatangani. Tetap dipercaya karena datang lewat sambungan ke DOKU.", "This answer is not signed. It is believed because it came over the connection to DOKU."}
	case word == "signature_wrong":
		return text{"Tanda tangan pada jawaban ini tidak cocok. Periksa Secret Key.", "The signature on this answer does not match. Check the Secret Key."}
	case word == "echo_missing":
		return text{"DOKU tidak mengulang " + about, "DOKU did not repeat " + about}
	case word == "echo_differs":
		return text{"DOKU mengulang nilai lain dari yang dikirim, " + about, "DOKU repeated another value than was sent, " + about}
	case word == "unreadable":
		return text{"Satu isian jawaban tidak terbaca dan dilewati: " + about, "One field of the answer could not be read and was left out: " + about}
	case strings.Contains(line, "signature does not match"):
		return text{
			"Tanda tangannya tidak cocok. Secret Key di sini mungkin bukan yang berlaku di DOKU, atau alamat yang terdaftar di DOKU punya path lain. Bisa juga bukan dari DOKU.",
			"The signature does not match. The Secret Key here may not be the one in force at DOKU, or the address registered there has another path. Or it is not from DOKU at all.",
		}
	case strings.Contains(line, "signed for another client"):
		return text{"Ditandatangani untuk Client-Id lain.", "Signed for another Client-Id."}
	case strings.Contains(line, "header missing"), strings.Contains(line, "header repeated"), strings.Contains(line, "header malformed"):
		return text{"Header tanda tangannya tidak lengkap: " + line, "Its signature headers are not whole: " + line}
	case strings.Contains(line, "no key to check with"):
		return text{"Secret Key belum diisi, jadi tidak ada yang bisa diperiksa.", "No Secret Key is set, so nothing can be checked."}
	case line == "its effect could not be stored":
		return text{"Akibatnya tidak bisa disimpan, jadi DOKU diminta mengirim lagi.", "Its effect could not be stored, so DOKU was asked to send it again."}
	case x.Verdict == "unreadable":
		return text{"Isinya tidak terbaca: " + line, "It could not be read: " + line}
	}
	return text{"Tidak ada jawaban utuh: " + line, "There was no whole answer: " + line}
}

// fixedExchange says why an exchange cannot be run again, nothing when it can.
func fixedExchange(x payments.Exchange) text {
	switch {
	case x.Direction != payments.Incoming:
		return text{
			"Ini permintaan dari toko ke DOKU. Yang bisa diputar ulang hanya pemberitahuan dari DOKU.",
			"The shop asked DOKU here. Only what DOKU notified can be run again.",
		}
	case x.Verdict == "bad_signature":
		return text{
			"Tanda tangannya salah, jadi belum tentu dari DOKU. Yang bisa diputar ulang hanya yang terbukti dari DOKU.",
			"Its signature is wrong, so it may not be DOKU's. Only what is proven to be DOKU's can be run again.",
		}
	case x.Kind != "notification":
		return text{
			"Pertanyaan kasir Alfamart sudah dijawab saat itu juga. Yang bisa diputar ulang hanya pemberitahuan pembayaran.",
			"A question from the till was answered there and then. Only payment notifications can be run again.",
		}
	case x.Verdict != "verified":
		return text{"Isinya tidak terbaca, jadi tidak ada yang bisa dijalankan.", "It could not be read, so there is nothing to run."}
	}
	return text{}
}

// replay runs a stored notification again: with dry_run it says what would
// come of it, without it does it, under the name of who pressed.
func (s *Server) replay(v *visit) error {
	f, err := readForm(v, "dry_run")
	if err != nil {
		return err
	}
	x, err := s.evidence(v)
	if err != nil {
		return err
	}
	problem := f.problem
	dry := f.get("dry_run") == "true"
	if value, given := f.values["dry_run"]; given && !dry && problem == (text{}) {
		problem = text{
			fmt.Sprintf("Isian “dry_run” hanya boleh true atau tidak dikirim sama sekali, bukan “%s”. Tidak ada yang dijalankan.", short(value[0])),
			fmt.Sprintf("The field “dry_run” is true or left out, not “%s”. Nothing was run.", short(value[0])),
		}
	}
	if problem != (text{}) {
		return s.showExchange(v, http.StatusUnprocessableEntity, x, views.ReplayView{WhyNot: fixedExchange(x).in(v.lang), Problem: problem.in(v.lang)})
	}
	did, err := s.Service.Replay(v.ctx(), v.viewer(), x.ID, dry)
	switch {
	case errors.Is(err, payments.ErrNotReplayable):
		why := fixedExchange(x)
		if why == (text{}) {
			why = text{"Pemberitahuan ini tidak bisa dijalankan lagi.", "This notification cannot be run again."}
		}
		return &refusal{status: http.StatusConflict, title: text{"Tidak bisa diputar ulang", "Cannot be run again"}, sentence: why}
	case err != nil:
		return err
	case dry:
		view := views.ReplayView{Changes: !did.Nothing()}
		for _, sentence := range foretold(did) {
			view.Forecast = append(view.Forecast, sentence.in(v.lang))
		}
		return s.showExchange(v, http.StatusOK, x, view)
	case did.Nothing():
		s.say(v, "info", text{"Sudah dijalankan lagi, tidak ada yang berubah.", "It was run again, nothing changed."})
	default:
		s.say(v, "success", text{"Pemberitahuan dijalankan lagi atas nama Anda.", "The notification was run again under your name."})
	}
	if did.CodeID == "" {
		return s.redirect(v, "/exchanges/"+x.ID)
	}
	return s.redirect(v, "/codes/"+did.CodeID)
}

// foretold says what a replay would do.
func foretold(f payments.Forecast) []text {
	sum := rupiah(f.Amount)
	var out []text
	switch {
	case f.CodeID == "":
		return []text{{
			"Tidak akan mengubah apa-apa: tidak ada kode di sini yang cocok.",
			"It would change nothing: no code here matches.",
		}}
	case f.Nothing():
		return []text{{"Tidak akan mengubah apa-apa.", "It would change nothing."}}
	case f.After == payments.Paid && f.Status != payments.Paid:
		out = append(out, text{"Akan menandai lunas, " + sum + ".", "It would mark the code paid, " + sum + "."})
	case f.Completes:
		out = append(out, text{
			"Akan menguatkan pembayaran " + sum + " yang tadinya hanya diketahui dari pengecekan.",
			"It would confirm the payment of " + sum + " that only a status check told of.",
		})
	default:
		out = append(out, text{"Akan mencatat uang masuk, " + sum + ".", "It would record money received, " + sum + "."})
	}
	for _, kind := range f.Attention {
		why := attention(kind)
		out = append(out, text{"Lalu perlu dicek: " + why.id, "Then it needs a look: " + why.en})
	}
	return out
}

// short is a word somebody sent, no longer than a sentence can carry.
func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 40)], "") }
