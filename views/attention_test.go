package views

import (
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

func lateWork(l Lang) AttentionView {
	return AttentionView{
		Lang: l, ID: "a1", Sentence: l.T("Uang masuk setelah batas waktu. Pastikan barangnya masih ada, lalu beri tahu pelanggan.", "The money came after the deadline. See that the goods are still there, then tell the buyer."),
		Facts: []string{"Rp150.000", "14.31 WIB", "Alfamart, T001"}, ExchangeHref: "/exchanges/x1", Action: "/attention/a1/done",
	}
}

func reviewWork(l Lang) AttentionView {
	a := lateWork(l)
	a.ID, a.Action, a.Decide = "a2", "/attention/a2/done", true
	a.Sentence = l.T("Uang masuk dengan nilai lain dari yang diminta.", "Money came for another sum than was asked for.")
	return a
}

// refundWork is a refund that waits, which its reader asked for or may approve.
func refundWork(l Lang, id string, own bool) AttentionView {
	a := reviewWork(l)
	a.ID, a.Action, a.Refund, a.Own = id, "/attention/"+id+"/done", true, own
	a.Sentence = l.T("Pengembalian besar menunggu orang kedua. Jangan serahkan uangnya dulu.", "A large refund waits for a second person. Do not hand the money over yet.")
	a.Facts = []string{l.T("Rp150.000 lewat transfer", "Rp150.000 by transfer"), l.T("diminta ", "asked for by ") + hugeName, "14.31 WIB"}
	a.Who = l.T("Yang bisa menyetujui: ", "Who can approve: ") + hugeName + "."
	return a
}

// pictureWork adds the pages about what needs a look.
func pictureWork(l Lang, list TransactionsPage, add func(string, templ.Component)) {
	loose := lateWork(l)
	loose.ID, loose.Action = "a9", "/attention/a9/done"
	loose.Sentence = l.T("Uang masuk untuk nomor yang tak dikenal di sini.", "Money came for a number not known here.")
	forCashier := reviewWork(l)
	forCashier.ID, forCashier.ExchangeHref = "a3", ""
	forCashier.WhyNot = l.T("Hanya pemilik atau manajer yang boleh memutuskan.", "Only an owner or a manager may decide.")
	forReader := lateWork(l)
	forReader.ID, forReader.Action, forReader.Facts = "a4", "", nil

	rows := rowsOf(l, 7)
	huge := extremeRows(l)[6]
	huge.ID = "huge"
	list.Path, list.Tabs, list.Rows, list.Foot.Count = "/transactions?tab=attention", tabs("attention"), nil, "3"
	list.Work = &AttentionList{Loose: []AttentionView{loose}, More: true}
	for i, entries := range [][]AttentionView{{lateWork(l), reviewWork(l)}, {forCashier, refundWork(l, "a5", false)}, {forReader, refundWork(l, "a6", true)}} {
		row := []RowView{rows[6], rows[0], huge}[i]
		for j := range entries {
			entries[j].Next = list.Path
		}
		list.Work.Groups = append(list.Work.Groups, AttentionGroup{Row: row, Entries: entries})
	}
	add("transactions-work", Transactions(list))
	list.Work = &AttentionList{}
	add("transactions-work-empty", Transactions(list))

	mistaken := reviewWork(l)
	mistaken.Open, mistaken.Next = true, "/transactions?tab=attention"
	mistaken.Decision.Error = l.T("Pilih dulu: uang ini dihitung atau tidak.", "Choose first whether this money counts.")
	mistaken.Note = Field{Value: strings.Repeat("x", 20), Error: l.T("Catatan terlalu panjang.", "The note is too long.")}
	add("attention-mistakes", Attention(AttentionPage{Page: member(l, "/transactions?tab=attention", "transactions"), Entry: mistaken, BackHref: "/codes/k7"}))
	mistaken.Decide = false
	add("attention-problem", Attention(AttentionPage{
		Page: member(l, "/transactions?tab=attention", "transactions"), Entry: mistaken, BackHref: "/codes/k7",
		Problem: l.T("Isian “x” tak dikenal.", "There is no field “x”."),
	}))
}

// The way to what waits is on every page of the staff, and only while
// something waits.
func TestTheCountLeadsToWhatWaits(t *testing.T) {
	count := func(n int) (links int) {
		p := member(Indonesian, "/", "counter")
		p.Attention = n
		doc := parse(t, picture{"counter", Indonesian, Counter(CounterPage{Page: p, Form: form(Indonesian)})})
		for _, a := range elements(doc, "a") {
			hidden := slices.ContainsFunc(a.Attr, func(at html.Attribute) bool { return at.Key == "hidden" })
			if value(a, "href") == "/transactions?tab=attention" && !hidden { // a live page shows it once there is something
				if words := text(a); words != "Perlu dicek 7" {
					t.Errorf("the link says %q", words)
				}
				links++
			}
		}
		return links
	}
	if n := count(7); n != 2 { // one for a phone, one for a desk
		t.Errorf("%d links", n)
	}
	if n := count(0); n != 0 {
		t.Errorf("%d links to nothing", n)
	}
}

// What somebody may not close is greyed out with why, or not offered at all.
func TestClosingIsOfferedToWhoMay(t *testing.T) {
	doc := page(t, "transactions-work")
	for id, want := range map[string]string{"attention-a1": "form", "attention-a2": "form", "attention-a3": "off", "attention-a4": ""} {
		got := ""
		for _, n := range elements(doc, "section") {
			if value(n, "id") != id {
				continue
			}
			if len(elements(n, "form")) > 0 {
				got = "form"
			}
			for _, b := range elements(n, "button") {
				if _, off := attr(b, "disabled"); off {
					got = "off"
				}
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
