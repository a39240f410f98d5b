package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kodebayar/payments"
)

// counterWalk is a cashier, the till and what goes wrong between them.
type counterWalk struct {
	*shop
	v    *visitor
	code payments.Code
}

// sight is what the cashier has before their eyes: on the code's page, and of
// the same code in the list.
type sight struct {
	status    string   // data-status, in both
	attention string   // data-attention, in both
	says      []string // on the page
	silent    []string // and not on it
	row       string   // in the row
	timeline  []string // a part of each line, oldest first; nothing else happened
}

// The lines that most stories begin with.
const (
	asked    = "Kode diminta: Rp150.000"
	answered = "DOKU memberi kode"
	lost     = "Jawaban DOKU tidak sampai; dikirim lagi tanpa membuat kode kedua"
	received = "Lunas Rp150.000 di Alfamart, gerai T001, dari pemberitahuan DOKU"
	strange  = "Jawaban DOKU tidak persis seperti seharusnya"
)

var (
	alerts    = []string{"Belum ada kepastian", "Ditolak DOKU", "perlu dicek", "Perlu dicek:"}
	ready     = sight{status: "active", silent: alerts, row: "sampai ", timeline: []string{asked, answered}}
	uncertain = sight{
		status: "unknown", says: []string{"Belum ada kepastian dari DOKU", "kode tidak akan dobel"}, silent: []string{"Ditolak DOKU", "/pay/"},
		row: "menunggu kepastian DOKU", timeline: []string{asked, lost},
	}
	paid = sight{status: "paid", says: []string{"Lunas", "Rp150.000"}, silent: alerts, row: "dibayar ", timeline: []string{asked, answered, received}}
)

// then is the sight with other lines on the timeline.
func (s sight) then(lines ...string) sight { s.timeline = lines; return s }

func (w *counterWalk) set(fault string, on bool, more ...any) {
	w.t.Helper()
	in := map[string]any{"name": fault, "on": on}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	if status, answer := w.machine("/simulator/faults", in); status != http.StatusOK {
		w.t.Fatalf("fault %s: %d %s", fault, status, answer)
	}
}

// make posts the counter's form, with some of its fields changed.
func (w *counterWalk) make(fields ...string) {
	w.t.Helper()
	form := w.v.codeForm()
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	w.code = w.v.issueWith(form)
}

// again presses the button of a page that waits for DOKU.
func (w *counterWalk) again() {
	w.t.Helper()
	if a := w.v.post("/codes", url.Values{"form_id": {w.code.FormID}}); a.header.Get("Location") != "/codes/"+w.code.ID {
		w.t.Fatalf("pressed again: %v", a)
	}
}

func (w *counterWalk) check() {
	w.t.Helper()
	if a := w.v.post("/codes/"+w.code.ID+"/check", nil); a.status != http.StatusSeeOther {
		w.t.Fatalf("check: %v", a)
	}
}

// pay buys this code at the till.
func (w *counterWalk) pay() {
	w.t.Helper()
	code := must(w.Store.Code(w.t.Context(), w.code.ID))
	w.buy(code.PaymentCode)
}

func (w *counterWalk) until(status payments.Status) {
	w.t.Helper()
	w.eventually("the code is "+string(status), func() bool { return must(w.Store.Code(w.t.Context(), w.code.ID)).Status == status })
}

// told waits until every notification was tried so often, and answers what
// the last tries were answered.
func (w *counterWalk) told(tries int) []int {
	w.t.Helper()
	var answers []int
	w.eventually("DOKU has told everything", func() bool {
		var list struct {
			Deliveries []struct{ Attempts []struct{ Status int } }
		}
		w.see("/simulator/deliveries", &list)
		answers = nil
		for _, d := range list.Deliveries {
			if len(d.Attempts) != tries {
				return false
			}
			answers = append(answers, d.Attempts[tries-1].Status)
		}
		return len(answers) > 0
	})
	return answers
}

// see reads a list of the simulator.
func (w *counterWalk) see(path string, into any) {
	w.t.Helper()
	res, err := http.Get(w.till + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// oneAtDOKU holds DOKU to a single code.
func (w *counterWalk) oneAtDOKU() {
	w.t.Helper()
	var list struct{ Codes []any }
	if w.see("/simulator/codes", &list); len(list.Codes) != 1 {
		w.t.Errorf("DOKU has %d codes", len(list.Codes))
	}
}

// classed lists the texts of the elements with a class.
func (a answer) classed(class string) []string {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		return nil
	}
	var found []string
	for n := range doc.Descendants() {
		if !slices.ContainsFunc(n.Attr, func(x html.Attribute) bool { return x.Key == "class" && slices.Contains(strings.Fields(x.Val), class) }) {
			continue
		}
		var words []string
		for text := range n.Descendants() {
			if text.Type == html.TextNode {
				words = append(words, strings.Fields(text.Data)...)
			}
		}
		found = append(found, strings.Join(words, " "))
	}
	return found
}

// sees compares the code's page and its row with what the cashier should see.
func (w *counterWalk) sees(want sight) {
	w.t.Helper()
	page := w.v.get("/codes/" + w.code.ID)
	if m := page.marks(); m["data-status"] != want.status || m["data-attention"] != want.attention {
		w.t.Errorf("the page is marked %q and %q, want %q and %q", m["data-status"], m["data-attention"], want.status, want.attention)
	}
	text := strings.Join(strings.Fields(page.body), " ")
	for _, words := range want.says {
		if !strings.Contains(text, words) {
			w.t.Errorf("the page lacks %q", words)
		}
	}
	for _, words := range want.silent {
		if strings.Contains(text, words) {
			w.t.Errorf("the page says %q", words)
		}
	}
	lines := page.classed("entry-text")
	slices.Reverse(lines)
	if !slices.EqualFunc(lines, want.timeline, func(line, part string) bool { return strings.Contains(line, part) }) {
		w.t.Errorf("the timeline says\n  %s\nwant\n  %s", strings.Join(lines, "\n  "), strings.Join(want.timeline, "\n  "))
	}

	list := w.v.get("/transactions")
	rows := slices.DeleteFunc(list.elements("data-invoice"), func(e map[string]string) bool { return e["data-invoice"] != w.code.InvoiceNumber })
	if len(rows) != 1 || rows[0]["data-status"] != want.status || rows[0]["data-attention"] != want.attention {
		w.t.Errorf("the list has %v", rows)
		return
	}
	if row := list.textOf(rows[0]["id"]); !strings.Contains(row, want.row) {
		w.t.Errorf("the row says %q and lacks %q", row, want.row)
	}
}

// lostAnswer is the story of every fault that hides what became of a create:
// the cashier may press again, and there is one code.
func lostAnswer(fault string) func(w *counterWalk) {
	return func(w *counterWalk) {
		w.set(fault, true)
		w.make()
		w.sees(uncertain)
		w.set(fault, false)
		w.again()
		w.sees(ready.then(asked, lost, answered))
		w.oneAtDOKU()
	}
}

// oddAnswer is an answer to a create that is believed and noted.
func oddAnswer(fault string, lines ...string) func(w *counterWalk) {
	return func(w *counterWalk) {
		w.set(fault, true)
		w.make()
		w.sees(ready.then(lines...))
		w.pay()
		w.until(payments.Paid)
		w.sees(paid.then(append(lines, received)...))
	}
}

// refused is a create that DOKU refuses, whichever shape its answer has.
func refused(fault, why, raw string) func(w *counterWalk) {
	return func(w *counterWalk) {
		for _, shape := range []string{"error", "message", "error_messages"} {
			w.set(fault, true, "shape", shape)
			w.make()
			w.sees(sight{
				status: "rejected", says: []string{"Ditolak DOKU", why, raw, "/codes/new?from=" + w.code.ID},
				silent: []string{"/pay/", "Belum ada kepastian"}, timeline: []string{asked, "Ditolak DOKU: " + raw},
			})
		}
	}
}

// oddNews is a notification in another form, or more of them: one payment.
func oddNews(fault string, copies int) func(w *counterWalk) {
	return func(w *counterWalk) {
		w.set(fault, true)
		w.make()
		w.pay()
		if answers := w.told(1); len(answers) != copies || slices.Max(answers) != http.StatusOK {
			w.t.Errorf("answered %v", answers)
		}
		w.sees(paid)
	}
}

// faultStories says of every fault of the simulator what the cashier sees.
var faultStories = map[string]func(w *counterWalk){
	"switched_off":       lostAnswer("switched_off"),
	"cut_before":         lostAnswer("cut_before"),
	"server_error":       lostAnswer("server_error"),
	"too_many_requests":  lostAnswer("too_many_requests"),
	"lose_answer":        lostAnswer("lose_answer"),
	"cut_during":         lostAnswer("cut_during"),
	"server_error_after": lostAnswer("server_error_after"),

	"delay": func(w *counterWalk) {
		w.Service.Wait = 10 * time.Millisecond
		w.set("delay", true, "value", 3, "operations", []string{"create"})
		w.make()
		w.sees(sight{status: "creating", says: []string{"Sedang dibuat", "Menunggu jawaban DOKU dulu."}, silent: alerts, row: "menunggu DOKU", timeline: []string{asked}})
		w.until(payments.Active)
		w.sees(ready)
		w.oneAtDOKU()
	},

	"refuse_invoice_used":     refused("refuse_invoice_used", "Nomor invoice ini sudah pernah dipakai di DOKU.", "INVOICE ALREADY USED"),
	"refuse_channel_inactive": refused("refuse_channel_inactive", "Pembayaran di gerai Alfa belum aktif untuk toko ini.", "PAYMENT CHANNEL IS INACTIVE"),

	"unsigned_answer":                 oddAnswer("unsigned_answer", asked, strange, answered),
	"wrong_answer_signature":          oddAnswer("wrong_answer_signature", asked, strange, answered),
	"wrong_echo":                      oddAnswer("wrong_echo", asked, strange, answered),
	"payment_instead_of_payment_code": oddAnswer("payment_instead_of_payment_code", asked, answered),
	"lenient_types":                   oddAnswer("lenient_types", asked, answered), // what we send is strict

	"conflicting_dates": func(w *counterWalk) {
		oddAnswer("conflicting_dates", asked, answered)(w)
		if d := w.code.ExpiresAt.Sub(w.code.CreatedAt.Add(time.Hour)).Abs(); d > 10*time.Second {
			w.t.Errorf("made at %v for an hour, the page says until %v", w.code.CreatedAt, w.code.ExpiresAt)
		}
	},
	"no_how_to_pay": func(w *counterWalk) {
		w.set("no_how_to_pay", true)
		w.make()
		want := ready
		want.silent = append([]string{`id="how-to-pay"`}, alerts...)
		w.sees(want)
		if paper := w.visitor().get("/pay/" + w.code.Token); !strings.Contains(paper.body, "mau bayar DOKU") {
			w.t.Error("the customer is not told what to do")
		}
	},
	"hostile_how_to_pay": func(w *counterWalk) {
		w.set("hostile_how_to_pay", true)
		w.make()
		w.eventually("DOKU's steps are kept", func() bool { return len(must(w.Store.Instructions(w.t.Context(), w.code.ID))) > 0 })
		w.sees(ready)
		for _, page := range []answer{w.v.get("/codes/" + w.code.ID), w.visitor().get("/pay/" + w.code.Token)} {
			if len(page.elements("onerror")) > 0 || strings.Contains(page.body, "<script>alert") {
				w.t.Errorf("a stranger's markup is in %v", page)
			}
		}
	},

	"status_not_found": func(w *counterWalk) {
		w.set("status_not_found", true)
		w.make()
		w.check()
		w.sees(ready.then(asked, answered, "Status ditanyakan: DOKU tidak mengenalnya"))
	},
	"status_pending": func(w *counterWalk) {
		w.set("status_pending", true)
		w.set("never_notify", true)
		w.make()
		w.pay()
		w.check()
		w.sees(ready.then(asked, answered, "Status ditanyakan: belum dibayar"))
	},

	"never_notify": func(w *counterWalk) {
		w.set("never_notify", true)
		w.make()
		w.pay()
		w.sees(ready) // nobody told
		w.check()
		w.sees(paid.then(asked, answered, "Status ditanyakan: sudah dibayar", "Lunas Rp150.000 di Alfamart, gerai T001, dari cek status"))
	},
	"notification_duplicate":        oddNews("notification_duplicate", 2),
	"notification_duplicate_new_id": oddNews("notification_duplicate_new_id", 2),
	"notification_compact":          oddNews("notification_compact", 1),
	"notification_string_amount":    oddNews("notification_string_amount", 1),
	"notification_extra_fields":     oddNews("notification_extra_fields", 1),
	"notification_escaped":          oddNews("notification_escaped", 1),
	"notification_late_failed": func(w *counterWalk) {
		w.set("notification_late_failed", true)
		w.make()
		w.pay()
		w.told(1)
		w.sees(paid.then(asked, answered, received, "DOKU memberi kabar: FAILED"))
	},
	"notification_out_of_order": func(w *counterWalk) {
		w.set("notification_out_of_order", true)
		w.make()
		w.pay()
		first := w.code
		w.sees(ready) // its news is held back
		w.make()
		w.pay()
		w.told(1)
		w.sees(paid)
		w.code = first
		w.sees(paid)
	},
	"notification_wrong_signature": func(w *counterWalk) {
		w.set("notification_wrong_signature", true)
		w.make()
		w.pay()
		if answers := w.told(1); answers[0] != http.StatusUnauthorized {
			w.t.Errorf("answered %v", answers)
		}
		w.sees(ready) // nothing of it
		w.set("notification_wrong_signature", false)
		w.ahead.Add(int64(31 * time.Minute))
		if answers := w.told(2); answers[0] != http.StatusOK {
			w.t.Errorf("the retry was answered %v", answers)
		}
		w.sees(paid)
	},
	"notification_retry_signed_anew": func(w *counterWalk) {
		w.set("notification_retry_signed_anew", true)
		w.set("notification_wrong_signature", true, "times", 1)
		w.make()
		w.pay()
		w.told(1)
		w.ahead.Add(int64(31 * time.Minute))
		if answers := w.told(2); answers[0] != http.StatusOK {
			w.t.Errorf("the retry was answered %v", answers)
		}
		w.sees(paid)
	},
	"inquiry_wrong_signature": func(w *counterWalk) {
		w.set("inquiry_wrong_signature", true, "times", 1)
		w.make("mode", "dipc")
		if status, answer := w.machine("/simulator/pay", map[string]any{"code": w.code.PaymentCode}); status != http.StatusConflict || !strings.Contains(answer, "our_signature") {
			w.t.Fatalf("the till answered %d %s", status, answer)
		}
		atTill := "Pelanggan sedang di kasir Alfamart."
		want := ready.then(asked)
		want.silent = append([]string{atTill}, alerts...)
		w.sees(want)
		if status, answer := w.machine("/simulator/inquiry", map[string]any{"code": w.code.PaymentCode, "agent": "ALFAMART", "store": "T001"}); status != http.StatusOK {
			w.t.Fatalf("the till answered %d %s", status, answer)
		}
		inquired := "Pelanggan di kasir Alfamart di Alfamart, gerai T001, kode diterima"
		want = ready.then(asked, inquired)
		want.says = []string{atTill}
		w.sees(want)
		w.pay()
		w.until(payments.Paid)
		w.sees(paid.then(asked, inquired, received))
	},

	"clock": func(w *counterWalk) {
		w.set("clock", true, "value", -10)
		w.make()
		w.sees(ready)
		w.pay()
		w.until(payments.Paid)
		w.sees(paid)
		w.set("clock", true, "value", 61)
		w.make()
		w.sees(sight{
			status: "rejected", says: []string{"Jam komputer toko terlalu jauh dari jam DOKU.", "Betulkan jamnya"}, silent: []string{"/pay/"},
			timeline: []string{asked, "Ditolak DOKU: Header Request-Timestamp is not in +- 3600 second of now"},
		})
	},
	"expiry_from_creation": func(w *counterWalk) {
		w.set("expiry_from_creation", true)
		w.make()
		w.ahead.Add(int64(50 * time.Minute))
		form := w.v.get("/codes/" + w.code.ID + "/edit")
		a := w.v.post("/codes/"+w.code.ID+"/edit", url.Values{
			"version": {form.field("version")["value"]}, "amount": {"150.000"}, "customer_name": {w.code.CustomerName}, "expires_in": {"55"},
		})
		if a.status != http.StatusSeeOther {
			w.t.Fatalf("the edit: %v", a)
		}
		w.sees(ready.then(asked, answered, "Perubahan dikirim", "(lebih cepat dari sebelumnya)"))
		if c := must(w.Store.Code(w.t.Context(), w.code.ID)); c.ExpiresAt.Sub(w.Now()) > 6*time.Minute {
			w.t.Errorf("DOKU gives it five minutes, the page says until %v", c.ExpiresAt)
		}
	},
	"allow_duplicate_invoice": func(w *counterWalk) {
		elsewhere := payments.Code{InvoiceNumber: "INV-ELSEWHERE"}
		_, _, err := w.Service.DOKU.Create(w.t.Context(), "elsewhere", []byte(
			`{"order":{"invoice_number":"`+elsewhere.InvoiceNumber+`","amount":9000},"online_to_offline_info":{"reusable_status":false},"customer":{"name":"A"}}`))
		if err != nil {
			w.t.Fatal(err)
		}
		w.make("invoice_number", elsewhere.InvoiceNumber)
		w.sees(sight{
			status: "rejected", says: []string{"Nomor invoice ini sudah pernah dipakai di DOKU."},
			timeline: []string{asked, "Ditolak DOKU: INVOICE ALREADY USED"},
		})
		w.set("allow_duplicate_invoice", true)
		elsewhere.InvoiceNumber += "-2"
		if _, _, err := w.Service.DOKU.Create(w.t.Context(), "elsewhere-2", []byte(
			`{"order":{"invoice_number":"`+elsewhere.InvoiceNumber+`","amount":9000},"online_to_offline_info":{"reusable_status":false},"customer":{"name":"A"}}`)); err != nil {
			w.t.Fatal(err)
		}
		w.make("invoice_number", elsewhere.InvoiceNumber)
		w.sees(ready)
		w.pay()
		w.until(payments.Paid)
		w.sees(paid)
		// Here it stays taken, whatever DOKU allows.
		form := w.v.codeForm()
		form.Set("invoice_number", elsewhere.InvoiceNumber)
		if a := w.v.post("/codes", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake("invoice_number"), "sudah dipakai") {
			w.t.Errorf("taken once more: %d %q", a.status, a.mistake("invoice_number"))
		}
	},
}

// TestEveryFaultOfTheSimulator drives each and looks at the screen.
func TestEveryFaultOfTheSimulator(t *testing.T) {
	var list struct{ Faults []struct{ Name string } }
	(&counterWalk{shop: newShop(t)}).see("/simulator/faults", &list)
	if len(list.Faults) == 0 {
		t.Fatal("the simulator has no faults")
	}
	for _, f := range list.Faults {
		t.Run(f.Name, func(t *testing.T) {
			story := faultStories[f.Name]
			if story == nil {
				t.Fatal("nobody says what the cashier sees of it")
			}
			s := newShop(t)
			story(&counterWalk{shop: s, v: s.member("sari", payments.Cashier)})
		})
	}
	for name := range faultStories {
		if !slices.ContainsFunc(list.Faults, func(f struct{ Name string }) bool { return f.Name == name }) {
			t.Errorf("the simulator has no fault %s", name)
		}
	}
}
