package handlers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// timeline is what happened to a code, newest first. A line that a machine
// caused carries what went over the wire, bodies only, and leads to the whole of
// it for those who may see it.
func timeline(cal calendar, events []payments.Event, exchanges []payments.Exchange, names map[string]string, evidence bool) []views.Entry {
	wire := make(map[string]payments.Exchange, len(exchanges))
	for _, x := range exchanges {
		wire[x.ID] = x
	}
	out := make([]views.Entry, 0, len(events))
	for _, e := range slices.Backward(events) {
		kind, sentence := told(cal, e)
		entry := views.Entry{
			ID: strconv.FormatInt(e.Seq, 10), Kind: kind, Time: cal.moment(e.At),
			Text: sentence.in(cal.lang), By: actor(cal.lang, e.Actor, names),
		}
		if x, ok := wire[e.Cause]; ok {
			entry.Detail = raw(x)
			entry.Text += heard(e, x, exchanges).in(cal.lang)
			if evidence {
				entry.Href, entry.Link = "/exchanges/"+x.ID, cal.lang.T("Permintaan dan jawaban", "Request and answer")
			}
		}
		if by := e.Detail["by"]; e.Kind == payments.EventReplaced && by != "" {
			entry.Href, entry.Link = "/codes/"+by, cal.lang.T("Buka kode pengganti", "Open the other code")
		}
		out = append(out, entry)
	}
	return out
}

// heard says of what a notification brought how it came: which attempt of
// DOKU's it was that got through, how long after the payment, and that its
// signature is DOKU's; nothing unsigned gets this far.
func heard(e payments.Event, x payments.Exchange, exchanges []payments.Exchange) text {
	if x.Kind != "notification" {
		return text{}
	}
	attempt := 1
	for _, other := range exchanges {
		if other.Kind == x.Kind && other.RequestID == x.RequestID && other.ID < x.ID {
			attempt++
		}
	}
	id, en := []string{"tanda tangan DOKU cocok"}, []string{"signed by DOKU"}
	if attempt > 1 {
		id, en = append(id, fmt.Sprintf("percobaan ke-%d", attempt)), append(en, fmt.Sprintf("attempt %d", attempt))
	}
	if paid, ok := date(e.Detail["date"]); ok {
		if after := e.At.Sub(paid); after >= time.Minute {
			id, en = append(id, lasting(after).id+" setelah dibayar"), append(en, lasting(after).en+" after the payment")
		}
	}
	return text{" (" + strings.Join(id, ", ") + ")", " (" + strings.Join(en, ", ") + ")"}
}

// lasting is a duration in its two largest units, down to minutes.
func lasting(d time.Duration) text {
	minutes := int(d.Minutes())
	var id, en []string
	for _, unit := range []struct {
		minutes int
		id, en  string
	}{{24 * 60, "hari", "d"}, {60, "jam", "h"}, {1, "menit", "min"}} {
		if n := minutes / unit.minutes; n > 0 && len(id) < 2 {
			id, en = append(id, fmt.Sprint(n, " ", unit.id)), append(en, fmt.Sprint(n, " ", unit.en))
		}
		minutes %= unit.minutes
	}
	return text{strings.Join(id, " "), strings.Join(en, " ")}
}

// declined says why a till was told no, in words for DOKU's own.
func declined(answer string) text {
	switch answer {
	case "billing_already_paid":
		return text{"sudah lunas", "paid already"}
	case "billing_was_expired":
		return text{"batas waktunya lewat", "its deadline passed"}
	case "decline":
		return text{"kodenya dibatalkan atau belum siap", "the code is cancelled or not ready"}
	case "billing_not_found":
		return text{"kodenya tidak dikenal", "the code is not known"}
	}
	return text{answer, answer}
}

// told is the sentence for an event, and the mark before it.
func told(cal calendar, e payments.Event) (kind string, t text) {
	d := e.Detail
	switch e.Kind {
	case payments.EventCreated:
		return "created", text{"Kode diminta: " + money(d["amount"]), "Code asked for: " + money(d["amount"])}
	case payments.EventActivated:
		return "doku", conflict(d, text{"DOKU memberi kode " + fours(d["payment_code"]), "DOKU gave the code " + fours(d["payment_code"])})
	case payments.EventRejected:
		return "warning", text{"Ditolak DOKU" + after(d["refusal"]), "Refused by DOKU" + after(d["refusal"])}
	case payments.EventReplaced:
		return "created", text{
			"Diganti kode lain karena jawaban DOKU hilang; bila ditemukan, yang ini dibatalkan",
			"Another code was made in its place, for DOKU's answer was lost; when found, this one is cancelled",
		}
	case payments.EventUnanswered:
		if d["call"] == string(payments.CallCreate) {
			return "warning", text{
				"Jawaban DOKU tidak sampai; dikirim lagi tanpa membuat kode kedua",
				"DOKU's answer did not arrive; sent again without making a second code",
			}
		}
		return "warning", text{"Jawaban DOKU tidak sampai; dikirim lagi", "DOKU's answer did not arrive; sent again"}
	case payments.EventUpdateAsked:
		return "changed", text{"Perubahan dikirim" + changes(d, views.Indonesian), "Change sent" + changes(d, views.English)}
	case payments.EventUpdated:
		t = text{"Perubahan berlaku", "Change in force"}
		if at, ok := date(d["expires_at"]); ok {
			t = text{t.id + ", sampai " + cal.moment(at), t.en + ", until " + cal.moment(at)}
		}
		if d["shortened"] != "" {
			t = text{t.id + " (lebih cepat dari sebelumnya)", t.en + " (sooner than before)"}
		}
		return "changed", conflict(d, t)
	case payments.EventUpdateRefused:
		return "warning", text{"Perubahan ditolak DOKU" + after(d["refusal"]), "Change refused by DOKU" + after(d["refusal"])}
	case payments.EventUpdateGivenUp:
		return "warning", text{"Perubahan tidak dikirim lagi: waktunya sudah lewat", "The change is not sent again: its time is over"}
	case payments.EventCancelAsked:
		return "cancelled", text{"Pembatalan diminta" + after(d["reason"]), "Cancel asked for" + after(d["reason"])}
	case payments.EventCancelTaken:
		return "doku", text{
			"DOKU menerima pembatalan; dipastikan sekali lagi sebentar lagi",
			"DOKU took the cancel; asked once more shortly",
		}
	case payments.EventCancelRefused:
		return "warning", text{"Pembatalan ditolak DOKU" + after(d["refusal"]), "Cancel refused by DOKU" + after(d["refusal"])}
	case payments.EventCancelled:
		return "cancelled", text{"Dibatalkan, tidak ada uang masuk", "Cancelled, no money came"}
	case payments.EventExpired:
		return "note", text{"Batas waktu lewat", "The deadline passed"}
	case payments.EventPaid:
		where := store(d)
		return "paid", text{"Lunas " + money(d["amount"]) + where.id + source(d["source"]).id, "Paid " + money(d["amount"]) + where.en + source(d["source"]).en}
	case payments.EventReviewed:
		return "warning", text{
			"Uang masuk " + money(d["amount"]) + store(d).id + ", disimpan terpisah untuk dicek",
			"Money came, " + money(d["amount"]) + store(d).en + ", kept apart to be looked at",
		}
	case payments.EventConfirmed:
		return "doku", text{"Pembayaran dikuatkan" + source(d["source"]).id, "Payment confirmed" + source(d["source"]).en}
	case payments.EventTold:
		return "doku", text{"DOKU memberi kabar: " + d["status"], "DOKU told: " + d["status"]}
	case payments.EventChecked:
		says := standing(d["status"])
		return "check", text{"Status ditanyakan: " + says.id, "Status asked: " + says.en}
	case payments.EventWarned:
		return "warning", text{"Jawaban DOKU tidak persis seperti seharusnya", "DOKU's answer was not quite as it should be"}
	case payments.EventInquired:
		if d["answer"] == "success" {
			return "inquiry", text{"Pelanggan di kasir Alfamart" + store(d).id + ", kode diterima", "Customer at the till" + store(d).en + ", code accepted"}
		}
		return "inquiry", text{
			"Kode dicoba di kasir Alfamart" + store(d).id + ", ditolak: " + declined(d["answer"]).id + " (" + d["answer"] + ")",
			"Code tried at the till" + store(d).en + ", declined: " + declined(d["answer"]).en + " (" + d["answer"] + ")",
		}
	case payments.EventAttention:
		why := attention(payments.AttentionKind(d["attention"]))
		return "warning", text{"Perlu dicek: " + why.id, "Needs a look: " + why.en}
	case payments.EventAttentionDone:
		return "note", text{"Sudah ditangani" + after(d["note"]), "Dealt with" + after(d["note"])}
	case payments.EventReplayed:
		return "doku", text{"Pemberitahuan DOKU diputar ulang", "DOKU's notification run again"}
	case payments.EventResolved:
		if payments.Decision(d["decision"]) == payments.Accept {
			return "paid", text{"Diputuskan: " + money(d["amount"]) + " dihitung", "Decided: " + money(d["amount"]) + " counts"}
		}
		return "note", text{"Diputuskan: " + money(d["amount"]) + " disisihkan, tidak dihitung", "Decided: " + money(d["amount"]) + " is set aside, does not count"}
	case payments.EventNoted:
		return "note", text{"Catatan" + after(d["note"]), "Note" + after(d["note"])}
	case payments.EventRefunded:
		how := refundMethod(payments.RefundMethod(d["method"]))
		return "changed", text{
			"Pengembalian dicatat: " + money(d["amount"]) + " " + how.id + after(d["reason"]),
			"Refund recorded: " + money(d["amount"]) + " " + how.en + after(d["reason"]),
		}
	case payments.EventRefundAsked, payments.EventRefundDeclined:
		how := refundMethod(payments.RefundMethod(d["method"]))
		what := money(d["amount"]) + " "
		if e.Kind == payments.EventRefundDeclined {
			return "note", text{"Pengembalian ditolak: " + what + how.id + after(d["reason"]), "Refund declined: " + what + how.en + after(d["reason"])}
		}
		return "warning", text{"Pengembalian menunggu orang kedua: " + what + how.id + after(d["reason"]), "Refund waits for a second person: " + what + how.en + after(d["reason"])}
	case payments.EventViewed:
		return "note", text{"Halaman pelanggan dibuka", "Customer's page opened"}
	case payments.EventPrinted:
		return "note", text{"Dibuka untuk dicetak", "Opened to be printed"}
	case payments.EventBatchPrinted:
		return "note", text{"Kartu daftarnya dibuka untuk dicetak", "Cards of its list opened to be printed"}
	case payments.EventHandedOver:
		return "note", text{"Sudah diserahkan", "Handed over"}
	}
	return "note", text{string(e.Kind), string(e.Kind)}
}

func actor(lang views.Lang, id string, names map[string]string) string {
	if staff, ok := strings.CutPrefix(id, payments.StaffActor("")); ok {
		return names[staff]
	}
	switch id {
	case payments.ActorDOKU:
		return "DOKU"
	case payments.ActorSystem:
		return lang.T("otomatis", "automatic")
	case payments.ActorCustomer:
		return lang.T("pelanggan", "customer")
	case payments.ActorShell:
		return lang.T("baris perintah", "command line")
	case payments.ActorVisitor:
		return lang.T("pengunjung", "somebody not signed in")
	}
	return id
}

// after appends words that may be missing.
func after(words string) string {
	if words == "" {
		return ""
	}
	return ": " + words
}

func money(digits string) string {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return digits
	}
	return rupiah(n)
}

func date(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// store says where, when that is known.
func store(d map[string]string) text {
	p := payments.Payment{Agent: d["agent"], Store: d["store"]}
	if id := place(views.Indonesian, p); id != "" {
		return text{" di " + id, " at " + place(views.English, p)}
	}
	return text{}
}

func source(s string) text {
	switch payments.Source(s) {
	case payments.FromCheck:
		return text{", dari cek status", ", by a status check"}
	case payments.FromReplay:
		return text{", dari putar ulang", ", by a replay"}
	case payments.FromNotification:
		return text{", dari pemberitahuan DOKU", ", by DOKU's notification"}
	}
	return text{}
}

// standing translates what DOKU says of a code.
func standing(status string) text {
	switch status {
	case "PENDING":
		return text{"belum dibayar", "not paid yet"}
	case "SUCCESS":
		return text{"sudah dibayar", "paid"}
	case "EXPIRED":
		return text{"kedaluwarsa", "expired"}
	case "FAILED":
		return text{"gagal", "failed"}
	case "REFUNDED":
		return text{"dikembalikan", "refunded"}
	case "NOT_FOUND":
		return text{"DOKU tidak mengenalnya", "DOKU does not know it"}
	case "NO_ANSWER":
		return text{"DOKU tidak menjawab", "DOKU did not answer"}
	}
	return text{status, status}
}

// changed are the fields an edit alters, with their names in both languages.
var changed = []struct {
	field string
	name  text
}{
	{"amount", text{"jumlah", "amount"}},
	{"customer_name", text{"nama", "name"}},
	{"customer_phone", text{"HP", "phone"}},
	{"customer_email", text{"email", "email"}},
	{"info", text{"info", "info"}},
	{"reusable", text{"bisa dibayar berkali-kali", "payable more than once"}},
}

// changes lists before and after.
func changes(d map[string]string, lang views.Lang) string {
	var parts []string
	for _, c := range changed {
		before, ok := d[c.field+"_before"]
		if !ok {
			continue
		}
		now := d[c.field]
		switch c.field {
		case "amount":
			before, now = money(before), money(now)
		case "reusable":
			before, now = yes(before).in(lang), yes(now).in(lang)
		}
		parts = append(parts, fmt.Sprintf("%s %s → %s", c.name.in(lang), cmp.Or(before, "-"), cmp.Or(now, "-")))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func yes(b string) text {
	if b == "true" {
		return text{"ya", "yes"}
	}
	return text{"tidak", "no"}
}

// maxRaw is how much of a body a page shows.
const maxRaw = 4 << 10

// raw is an exchange for people: what was asked and what was answered.
func raw(x payments.Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%s\n\n", x.Method, x.URL, readable(x.RequestBody))
	if x.StatusCode == 0 {
		b.WriteString("-")
	} else {
		fmt.Fprintf(&b, "%d\n%s", x.StatusCode, readable(x.ResponseBody))
	}
	if x.Remark != "" {
		b.WriteString("\n\n" + x.Remark)
	}
	return strings.TrimSpace(b.String())
}

// readable sets JSON in lines and leaves anything else as it came.
func readable(body []byte) string {
	if len(body) > maxRaw {
		return strings.ToValidUTF8(string(body[:maxRaw]), "\ufffd") + " …"
	}
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(body), "", "  ") == nil {
		body = b.Bytes()
	}
	return strings.ToValidUTF8(string(body), "\ufffd")
}

// conflict adds that DOKU's answer gave two deadlines, when it did.
func conflict(d map[string]string, t text) text {
	if d["deadlines"] == "" {
		return t
	}
	return text{
		t.id + "; DOKU menyebut dua batas waktu yang berbeda, dipakai yang paling cocok",
		t.en + "; DOKU gave two deadlines that differ, the likelier one is used",
	}
}
