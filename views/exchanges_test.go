package views

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func gap(l Lang, open bool) *Gap {
	return &Gap{
		Sentence: l.T("2 pembayaran diketahui dari pengecekan saja.", "2 payments are known from checks alone."),
		Causes: []GapCause{
			{Text: l.T("Ada 3 kiriman bertanda tangan salah.", "3 deliveries had a wrong signature."), Href: "/exchanges?verdict=bad_signature", Link: l.T("Lihat kiriman itu", "See them")},
			{Text: l.T("Alamat di DOKU mungkin kosong: https://toko-melati.example.id/doku/notifications", "The address at DOKU may be empty: https://toko-melati.example.id/doku/notifications")},
		},
		Cure: l.T("Kirim ulang dari halaman DOKU.", "Resend from the pages of DOKU."), Open: open,
	}
}

// pictureExchanges adds the pages about the wire.
func pictureExchanges(l Lang, list TransactionsPage, add func(string, templ.Component)) {
	sick := Health{Silent: l.T("DOKU sedang diam.", "DOKU is silent."), Gap: gap(l, true)}
	choices := func(value string, words ...string) Narrowing {
		n := Narrowing{Value: value}
		for _, w := range words {
			n.Choices = append(n.Choices, Choice{Value: w, Label: w})
		}
		return n
	}
	p := ExchangesPage{
		Page: member(l, "/exchanges", "exchanges"), Query: "6059", Kind: choices("", "notification", "create"), Verdict: choices("verified", "verified", "refused"),
		Direction: choices("", "in", "out"), Newer: "/exchanges?after=x", Older: "/exchanges?before=x",
	}
	kinds := []string{l.T("Pemberitahuan pembayaran", "Notification"), l.T("Cek status", "Status check"), l.T("Membatalkan", "Cancelling")}
	for i, v := range []VerdictView{
		{"verified", l.T("Terbukti dari DOKU", "Proven to be DOKU's")},
		{"bad_signature", l.T("Tanda tangan salah", "Wrong signature")},
		{"done", l.T("Berhasil", "Done")},
		{"refused", l.T("Ditolak DOKU", "Refused by DOKU")},
		{"unknown", l.T("Tanpa jawaban pasti", "No certain answer")},
		{"unreadable", l.T("Rusak", "Unreadable")},
	} {
		row := ExchangeRow{
			ID: v.Key, Href: "/exchanges/" + v.Key, Time: "20 Nov 14.05 WIB", Kind: kinds[i%3], Way: l.T("dari DOKU", "from DOKU"), Verdict: v,
			Code: "6059 0000 0000 0205", CodeHref: "/codes/k7", Answer: "200", Duration: "120 ms",
		}
		if i == 1 {
			row.Code, row.CodeHref, row.Duration = "", "", ""
		}
		if i == 4 {
			row.Answer, row.Code = "-", hugeNumber
		}
		p.Rows = append(p.Rows, row)
	}
	add("exchanges", Exchanges(p))
	ill := p
	ill.Health = sick
	add("exchanges-gap", Exchanges(ill))
	none := p
	none.Rows, none.Newer, none.Older = nil, "", ""
	add("exchanges-empty", Exchanges(none))
	none.Narrowed = true
	add("exchanges-nothing-found", Exchanges(none))
	list.Health = Health{Silent: sick.Silent, Gap: gap(l, false)}
	add("transactions-gap", Transactions(list))

	body := "{\n  \"order\": {\n    \"invoice_number\": \"INV-20261120-0012\",\n    \"amount\": 150000.00\n  }\n}"
	one := ExchangePage{
		Page: member(l, "/exchanges/x1", "exchanges"), ID: "x1", Kind: l.T("Pemberitahuan pembayaran dari DOKU", "Payment notification from DOKU"),
		Verdict: VerdictView{"verified", l.T("Terbukti dari DOKU", "Proven to be DOKU's")}, Code: "6059 0000 0000 0205", CodeHref: "/codes/k7",
		Facts: []Fact{{Label: l.T("Waktu", "Time"), Value: untilText(l)}, {Label: "Request-Id", Value: "5b8e438f-fac1-4103-9e0e-ebfdc38b5acb"}},
		Request: WireView{
			Start: "POST /doku/notifications", Headers: "Client-Id: BRN-0000-1700000000000\nRequest-Timestamp: 2026-11-20T07:31:00Z\nSignature: HMACSHA256=XfdnMg…",
			Body: body, Raw: body, Size: "88 byte", Digest: "FQXp785E/1zYKNimMEMDKiwR5jobto7SNKtBOtrBPzw=",
		},
		Answer: WireView{Start: "HTTP 200"},
	}
	add("exchange", Exchange(one))
	tried := one
	tried.Replay = ReplayView{Forecast: []string{l.T("Akan menandai lunas, Rp150.000.", "It would settle it, Rp150.000.")}, Changes: true}
	add("exchange-forecast", Exchange(tried))
	odd := one
	odd.Remarks = []string{l.T("Tanda tangannya salah.", "Its signature is wrong.")}
	odd.Verdict = VerdictView{"bad_signature", l.T("Tanda tangan salah", "Wrong signature")}
	odd.Replay = ReplayView{WhyNot: l.T("Hanya yang terbukti dari DOKU.", "Only what is proven to be DOKU's."), Problem: l.T("Isian “x” tak dikenal.", "There is no field “x”.")}
	odd.Answer = WireView{Empty: l.T("Tak ada jawaban.", "Nothing came.")}
	odd.Request.Start, odd.Request.Body = "POST https://api.doku.example/"+strings.Repeat("long", 40), strings.Repeat("w", 300)
	add("exchange-odd", Exchange(odd))
}

// What cannot be run again is greyed out with why; for real only what changes
// something.
func TestReplayButtons(t *testing.T) {
	for name, want := range map[string]string{"exchange": "try-replay", "exchange-forecast": "do-replay try-replay", "exchange-odd": ""} {
		var on []string
		for _, b := range elements(page(t, name), "button") {
			if _, off := attr(b, "disabled"); !off && strings.HasSuffix(value(b, "id"), "-replay") {
				on = append(on, value(b, "id"))
			}
		}
		if got := strings.Join(on, " "); got != want {
			t.Errorf("%s offers %q, want %q", name, got, want)
		}
	}
	for _, b := range elements(parse(t, picture{"hidden", Indonesian, Exchange(ExchangePage{Page: member(Indonesian, "/", ""), Kind: "x", Replay: ReplayView{Hidden: true}})}), "button") {
		if strings.HasSuffix(value(b, "id"), "-replay") {
			t.Error("offered to a reader who never may")
		}
	}
}
