package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// puzzle has something to be looked at on a code, or, with the zero code, on
// none.
func (s *shop) puzzle(c payments.Code, a payments.Attention) {
	s.t.Helper()
	err := s.Store.Write(s.t.Context(), func(tx *db.Tx) error {
		a.CodeID, a.OpenedAt = c.ID, s.Now()
		if err := tx.InsertAttention(a); err != nil || c.ID == "" {
			return err
		}
		c, err := tx.Code(s.t.Context(), c.ID)
		if err != nil {
			return err
		}
		c.Attention++
		return tx.UpdateCode(&c)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// overpay has a till take another amount than the code's.
func (s *shop) overpay(c payments.Code, amount int64) {
	s.t.Helper()
	status, answer := s.machine("/simulator/pay", map[string]any{"code": c.PaymentCode, "agent": "ALFAMART", "store": "T001", "amount": amount, "force": true})
	if status != http.StatusOK {
		s.t.Fatalf("the till answered %d: %s", status, answer)
	}
	s.eventually("the money is here", func() bool { return must(s.Store.Code(s.t.Context(), c.ID)).Review > 0 })
}

// open is the newest open entry of a code.
func (s *shop) open(c payments.Code) payments.Attention {
	s.t.Helper()
	entries := must(s.Store.AttentionOf(s.t.Context(), c.ID))
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].DoneAt.IsZero() {
			return entries[i]
		}
	}
	s.t.Fatal("nothing is open")
	return payments.Attention{}
}

// TestEveryReasonToLookHasItsSentence in both languages.
func TestEveryReasonToLookHasItsSentence(t *testing.T) {
	seen := map[string]payments.AttentionKind{}
	otherwise := attention("")
	for _, kind := range []payments.AttentionKind{
		payments.LatePayment, payments.AfterCancel, payments.WrongAmount, payments.FormerAmount, payments.UnknownCode,
		payments.Disagreement, payments.SecondPayment, payments.OutcomeUnknown, payments.UnreadableProof, payments.RefundWaits,
	} {
		words := attention(kind)
		for _, sentence := range []string{words.id, words.en} {
			// What happened, and what to do: two sentences at least.
			if other, known := seen[sentence]; known || sentence == otherwise.id || sentence == otherwise.en || strings.Count(sentence, ". ") < 1 {
				t.Errorf("%s: %q, as for %q", kind, sentence, other)
			}
			seen[sentence] = kind
		}
	}
}

// TestAnotherAmountThatWasCounted stands wherever LUNAS does, with what was asked
// for beside it.
func TestAnotherAmountThatWasCounted(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	code := ibu.issue()
	s.overpay(code, 17_000)
	if a := ibu.post("/attention/"+s.open(code).ID+"/done", url.Values{"decision": {"accept"}}); a.status != http.StatusSeeOther {
		t.Fatal(a)
	}
	told := func(where, text string) {
		t.Helper()
		text = strings.Join(strings.Fields(text), " ")
		got, asked := strings.Index(text, "Rp17.000"), strings.Index(text, "diminta Rp150.000")
		if got < 0 || asked < got || strings.Count(text, "Rp150.000") != strings.Count(text, "diminta Rp150.000") {
			t.Errorf("%s says %q", where, text)
		}
	}
	slip := func(a answer) string { _, text, _ := strings.Cut(a.body, `class="amount"`); return text }
	page, _, _ := strings.Cut(ibu.get("/codes/"+code.ID).textOf("panel"), "Untuk pelanggan")
	told("the code's heading", page)
	told("the list", ibu.get("/transactions").textOf("code-"+code.ID))
	told("the customer's page", s.visitor().get("/pay/"+code.Token).textOf("state"))
	told("the slip", slip(ibu.get("/codes/"+code.ID+"/slip")))
	told("the check screen", ibu.get("/check?code="+code.ID).textOf("main"))
	card := s.card("id", code.Environment, must(s.payState(&visit{life: t.Context(), lang: "id"}, must(s.Store.Code(t.Context(), code.ID)))))
	told("the picture", card.Amount+" "+strings.Join(card.Facts, " "))
	rows := ibu.get("/transactions.csv").sheetOf(t, "csv")
	if rows[1][6] != "150000" || rows[1][7] != "17000" {
		t.Errorf("the export says %q", rows[1])
	}
}

// TestMoneyUnderReview: a cashier sees it and may not decide, the owner does,
// either way.
func TestMoneyUnderReview(t *testing.T) {
	for decision, want := range map[string]struct {
		status payments.Status
		total  int64
		says   string
	}{
		"accept": {payments.Paid, 99_000, "Diputuskan: Rp99.000 dihitung"},
		"aside":  {payments.Active, 0, "Diputuskan: Rp99.000 disisihkan, tidak dihitung"},
	} {
		t.Run(decision, func(t *testing.T) {
			s := newShop(t)
			sari, ibu := s.member("sari", payments.Cashier), s.member("ibu", payments.Owner)
			code := sari.issue()
			s.overpay(code, 99_000)
			a := s.open(code)
			done := "/attention/" + a.ID + "/done"

			for _, path := range []string{"/codes/" + code.ID, "/transactions?tab=attention"} {
				page := sari.get(path)
				words := page.textOf("attention-" + a.ID)
				for _, want := range []string{"jumlah lain dari yang diminta", "Rp99.000", "Alfamart", "hanya pemilik atau manajer"} {
					if !strings.Contains(words, want) {
						t.Errorf("%s says %q to the cashier, lacks %q", path, words, want)
					}
				}
				if strings.Contains(page.body, done) || strings.Contains(page.body, "/exchanges/") {
					t.Errorf("%s offers the cashier too much", path)
				}
				if page := ibu.get(path); !strings.Contains(page.body, done) || !strings.Contains(page.body, "/exchanges/"+a.ExchangeID) || page.marks()["data-attention"] != "wrong_amount" {
					t.Errorf("%s offers the owner too little: %v", path, page.marks())
				}
			}
			for _, form := range []url.Values{{}, {"decision": {decision}}, {"decision": {"maybe"}}, {"note": {"saya saja"}}} {
				if a := sari.post(done, form); a.status != http.StatusForbidden || !strings.Contains(a.body, "hanya pemilik atau manajer") {
					t.Errorf("the cashier decides %v: %d", form, a.status)
				}
			}
			if a := sari.post(done+"?lang=en", url.Values{"decision": {decision}}); !strings.Contains(a.body, "for the owner or a manager to decide") {
				t.Error("not said in English")
			}
			sari.get("/?lang=id")

			for _, bad := range []struct {
				form     url.Values
				field    string
				id, en   string
				nowhere  bool
				keepNote string
			}{
				{form: url.Values{"note": {"dicek"}}, field: "decision", id: "Pilih dulu", en: "Choose first", keepNote: "dicek"},
				{form: url.Values{"decision": {"maybe"}}, field: "decision", id: "salah satu", en: "one of the two"},
				{form: url.Values{"decision": {decision}, "note": {strings.Repeat("é", 501)}}, field: "note", id: "500 huruf, ini 501", en: "500 letters, this one has 501"},
				{form: url.Values{"decision": {decision}, "note": {"a\x00b"}}, field: "note", id: "tidak bisa ditampilkan", en: "cannot be shown"},
				{form: url.Values{"decision": {decision}, "why": {"x"}}, id: "“why”", en: "“why”"},
				{form: url.Values{"decision": {decision, decision}}, id: "lebih dari sekali", en: "more than once"},
			} {
				for lang, want := range map[string]string{"id": bad.id, "en": bad.en} {
					got := ibu.post(done+"?lang="+lang, bad.form)
					said := got.body
					if bad.field == "note" {
						said = got.textOf("note-" + a.ID + "-error")
					} else if bad.field != "" {
						said = got.textOf("f-" + bad.field + "-" + a.ID + "-error")
					}
					if got.status != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
						t.Errorf("%v in %s: %d, says %q", bad.form, lang, got.status, said)
					}
					if bad.keepNote != "" && !strings.Contains(got.textOf("note-"+a.ID), bad.keepNote) {
						t.Error("the note is lost")
					}
				}
			}
			if c := must(s.Store.Code(t.Context(), code.ID)); c.Attention != 1 || c.Review != 1 {
				t.Errorf("a mistake changed something: %+v", c)
			}
			ibu.get("/?lang=id")

			got := ibu.post(done, url.Values{"decision": {decision}, "note": {"cocok dengan struk\r\nsudah ditelepon"}, "next": {"/transactions?tab=attention"}})
			if got.status != http.StatusSeeOther || got.header.Get("Location") != "/transactions?tab=attention" {
				t.Fatalf("%v", got)
			}
			if list := ibu.get("/transactions?tab=attention"); !strings.Contains(list.body, "Tidak ada yang perlu dicek") || !strings.Contains(list.body, `data-look hidden>`) {
				t.Error("it still waits")
			}
			c := must(s.Store.Code(t.Context(), code.ID))
			if c.Status != want.status || c.PaidTotal != want.total || c.Review != 0 || c.Attention != 0 {
				t.Errorf("afterwards: %+v", c)
			}
			page := ibu.get("/codes/" + code.ID)
			for _, words := range []string{want.says, "Sudah ditangani: cocok dengan struk", "ibu"} {
				if !strings.Contains(page.body, words) {
					t.Errorf("the page lacks %q", words)
				}
			}
			if again := ibu.post(done, url.Values{"decision": {"accept"}}); again.status != http.StatusSeeOther || again.header.Get("Location") != "/codes/"+code.ID {
				t.Errorf("done again: %v", again)
			}
			if !strings.Contains(ibu.get("/codes/"+code.ID).body, "lebih dulu oleh ibu") {
				t.Error("it is not said that it was done before")
			}
			if c := must(s.Store.Code(t.Context(), code.ID)); c.PaidTotal != want.total {
				t.Errorf("decided twice: %+v", c)
			}
		})
	}
}

// TestWhoMayCloseWhat: a cashier closes what concerns no money under review, on
// own codes alone.
func TestWhoMayCloseWhat(t *testing.T) {
	s := newShop(t)
	sari, budi := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
	books, boss := s.member("buku", payments.Accountant), s.member("manajer", payments.Manager)
	code := sari.issue()
	s.puzzle(code, payments.Attention{ID: "late-1", Kind: payments.LatePayment})
	s.puzzle(code, payments.Attention{ID: "late-2", Kind: payments.OutcomeUnknown})
	s.puzzle(payments.Code{}, payments.Attention{ID: "loose-1", Kind: payments.UnreadableProof})

	for name, want := range map[string]struct {
		who    *visitor
		counts string
	}{"own": {sari, "1"}, "another's": {budi, ""}, "books": {books, "2"}, "all": {boss, "2"}} {
		page := want.who.get("/")
		if want.who == books {
			page = want.who.get("/transactions")
		}
		got := ""
		for _, e := range page.elements("href") {
			if _, hidden := e["hidden"]; !hidden && e["href"] == "/transactions?tab=attention" && strings.HasPrefix(e["class"], "nav-item") {
				got = "some"
			}
		}
		if (got == "") != (want.counts == "") || got != "" && !strings.Contains(page.body, `<span class="nav-count">`+want.counts+`</span>`) {
			t.Errorf("%s: %q, want the count %q", name, got, want.counts)
		}
		list := want.who.get("/transactions?tab=attention")
		if strings.Contains(list.body, "attention-late-1") != (want.who != budi) || strings.Contains(list.body, "attention-loose-1") != (want.who == books || want.who == boss) {
			t.Errorf("%s: the tab shows the wrong entries", name)
		}
	}
	if a := books.get("/codes/" + code.ID); !strings.Contains(a.body, "attention-late-1") || strings.Contains(a.body, "/done") {
		t.Error("who only reads is offered a form, or sees nothing")
	}
	for path, who := range map[string]*visitor{"/attention/late-1/done": budi, "/attention/loose-1/done": sari, "/attention/nothing/done": boss, "/attention/%00/done": boss} {
		if a := who.post(path, url.Values{}); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	// Not even by another refusal is it told that it exists.
	for _, form := range []url.Values{{"decision": {"accept"}}, {"note": {strings.Repeat("x", 501)}}} {
		if a := sari.post("/attention/loose-1/done", form); a.status != http.StatusNotFound {
			t.Errorf("of no code, %v: %d", form, a.status)
		}
	}
	if a := books.post("/attention/late-1/done", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("who only reads closes: %d", a.status)
	}
	if a := sari.post("/attention/late-1/done", url.Values{"decision": {"accept"}}); a.status != http.StatusForbidden {
		t.Errorf("a cashier decides: %d", a.status)
	}
	if a := boss.post("/attention/late-1/done", url.Values{"decision": {"accept"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Tidak ada uang yang menunggu") {
		t.Errorf("a decision about no money: %d", a.status)
	}
	a := sari.post("/attention/late-1/done", url.Values{"note": {"pelanggan sudah ditelepon"}, "next": {"//elsewhere.example"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+code.ID {
		t.Errorf("own: %v", a)
	}
	page := sari.get("/codes/" + code.ID)
	if page.marks()["data-attention"] != "outcome_unknown" || !strings.Contains(page.body, "pelanggan sudah ditelepon") {
		t.Errorf("afterwards: %v", page.marks())
	}
	if a := boss.post("/attention/loose-1/done", url.Values{}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/transactions?tab=attention" {
		t.Errorf("of no code: %v", a)
	}
	if n := must(s.Store.CountAttention(t.Context(), "", s.Service.Environment)); n != 1 {
		t.Errorf("%d are left", n)
	}
	// Signed out, nobody is led to a page that does not exist.
	if a := s.visitor().post("/attention/late-2/done", url.Values{}); a.status != http.StatusUnauthorized || strings.Contains(a.body, "/codes/late-2") {
		t.Errorf("signed out: %d", a.status)
	}
}

// TestTheTabCountsWhatBelongsToNoCode, live.
func TestTheTabCountsWhatBelongsToNoCode(t *testing.T) {
	s := newShop(t)
	ibu := s.member("ibu", payments.Owner)
	l := ibu.listen(ibu.get("/transactions?tab=attention").streamOf(), nil)
	l.next("tabs", "")
	// A code that this database has never heard of: another system's.
	err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		if err := tx.InsertAttention(payments.Attention{ID: "loose", Kind: payments.UnknownCode, OpenedAt: s.Now()}); err != nil {
			return err
		}
		return tx.Append(payments.Event{At: s.Now(), Kind: payments.EventAttention, Actor: payments.ActorSystem})
	})
	if err != nil {
		t.Fatal(err)
	}
	l.next("tabs", `tab-attention`) // which stands for a count above zero

	// Another reason to look at a code that is in the list leaves its count as it
	// is, and is announced.
	code := ibu.issue()
	s.overpay(code, code.Amount+1000)
	page := ibu.get("/transactions?tab=attention")
	l = ibu.listen(page.streamOf(), nil)
	s.overpay(code, code.Amount+2000)
	l.next("fresh", "changed")
	after := ibu.get("/transactions?tab=attention")
	if before, now := strings.Count(page.body, `id="attention-`), strings.Count(after.body, `id="attention-`); after.textOf("tabs") != page.textOf("tabs") || now != before+1 {
		t.Errorf("the tabs were %q with %d entries, are %q with %d", page.textOf("tabs"), before, after.textOf("tabs"), now)
	}
}

// TestALostCodeIsReplaced after two minutes, once, by who made it.
func TestALostCodeIsReplaced(t *testing.T) {
	s := newShop(t)
	sari, ibu := s.member("sari", payments.Cashier), s.member("ibu", payments.Owner)
	s.fault("cut_before")
	lost := sari.issue()
	if lost.Status != payments.Unknown {
		t.Fatalf("the code is %s", lost.Status)
	}
	from := "/codes/new?from=" + lost.ID
	if strings.Contains(sari.get("/codes/"+lost.ID).body, from) || sari.get(from).field("replaces") != nil {
		t.Error("offered at once")
	}
	early := sari.codeForm()
	early.Set("replaces", lost.ID)
	if a := sari.post("/codes", early); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "setelah dua menit") || a.field("replaces") != nil {
		t.Errorf("replaced at once: %d", a.status)
	}

	s.ahead.Store(int64(2*time.Minute + time.Second))
	page := sari.get("/codes/" + lost.ID)
	if !strings.Contains(page.body, from) || !strings.Contains(page.body, "Buat kode baru") {
		t.Error("not offered after two minutes")
	}
	if strings.Contains(ibu.get("/codes/"+lost.ID).body, from) || ibu.get(from).field("replaces") != nil {
		t.Error("offered to who did not make it")
	}
	form := sari.get(from)
	if form.field("replaces")["value"] != lost.ID || form.field("amount")["value"] != "150.000" {
		t.Fatalf("the form: %v", form)
	}
	for _, id := range []string{"nothing", "../x", lost.ID + "'"} {
		bad := sari.codeForm()
		bad.Set("replaces", id)
		if a := sari.post("/codes?lang=en", bad); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "not among yours") || a.field("replaces") != nil {
			t.Errorf("replaces %q: %d", id, a.status)
		}
	}
	sari.get("/?lang=id")
	theirs := ibu.codeForm()
	theirs.Set("replaces", lost.ID)
	if a := ibu.post("/codes", theirs); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "tidak ada di antara kode Anda") {
		t.Errorf("another's code replaced: %d", a.status)
	}

	s.machine("/simulator/faults", map[string]any{"name": "cut_before", "on": false})
	order := sari.codeForm()
	order.Set("replaces", lost.ID)
	order.Set("amount", "x")
	if a := sari.post("/codes", order); a.status != http.StatusUnprocessableEntity || a.field("replaces")["value"] != lost.ID {
		t.Errorf("a mistake forgets what is replaced: %d", a.status)
	}
	order.Set("amount", "150.000")
	made := sari.issueWith(order)
	if c := must(s.Store.Code(t.Context(), lost.ID)); c.ReplacedBy != made.ID || made.ID == lost.ID || made.Status != payments.Active {
		t.Fatalf("the old: %+v\nthe new: %+v", c, made)
	}
	page = sari.get("/codes/" + lost.ID)
	for _, want := range []string{"Sudah ada kode penggantinya", "/codes/" + made.ID, "Diganti kode lain"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the old code's page lacks %q", want)
		}
	}
	if strings.Contains(page.body, from) {
		t.Error("offered again")
	}
	again := sari.codeForm()
	again.Set("replaces", lost.ID)
	if a := sari.post("/codes", again); a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+made.ID {
		t.Errorf("replaced twice: %v", a)
	}
	// Once found, the lost one is cancelled, and one that was found needs no
	// other.
	if a := sari.post("/codes/"+lost.ID+"/check", url.Values{}); a.status != http.StatusSeeOther {
		t.Fatal(a)
	}
	s.eventually("cancelled", func() bool {
		c := must(s.Store.Code(t.Context(), lost.ID))
		return c.Status == payments.Cancelling || c.Status == payments.Cancelled
	})
	found := sari.codeForm()
	found.Set("replaces", made.ID)
	if a := sari.post("/codes", found); a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+made.ID || !strings.Contains(sari.get("/codes/"+made.ID).body, "Jawaban DOKU sudah datang") {
		t.Errorf("in place of one that is there: %v", a)
	}
}

// TestMoneyOfAnotherSystem comes every day when two systems share a DOKU
// account: it is one entry, and closed at once, but for what is something else.
func TestMoneyOfAnotherSystem(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		ibu, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
		s.puzzle(payments.Code{}, payments.Attention{ID: "unread", Kind: payments.UnreadableProof})
		for _, id := range []string{"m1", "m2", "m3"} {
			s.puzzle(payments.Code{}, payments.Attention{ID: id, Kind: payments.UnknownCode})
		}
		const list = "/transactions?tab=attention"
		if a := ibu.get(list); a.textOf("attention-m1") == "" || a.textOf("attention-unknown") != "" {
			t.Error("three entries are not shown one by one")
		}
		s.puzzle(payments.Code{}, payments.Attention{ID: "m4", Kind: payments.UnknownCode})
		a := ibu.get(list)
		if words := a.textOf("attention-unknown"); !strings.Contains(words, "4 pembayaran") || a.textOf("attention-m1") != "" || a.textOf("attention-unread") == "" {
			t.Errorf("four entries are shown as %q", words)
		}
		if a := sari.post("/attention/unknown/done", url.Values{}); a.status != http.StatusNotFound {
			t.Errorf("a cashier closes them: %d", a.status)
		}
		for _, wrong := range []url.Values{{"decision": {"accept"}}, {"note": {strings.Repeat("n", 501)}}, {"else": {"x"}}} {
			if a := ibu.post("/attention/unknown/done", wrong); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%v: %d", wrong, a.status)
			}
		}
		if a := ibu.post("/attention/unknown/done", url.Values{"note": {"toko online"}, "next": {list}}); a.status != http.StatusSeeOther || a.header.Get("Location") != list {
			t.Errorf("%v", a)
		}
		a = ibu.get(list)
		if a.textOf("attention-unknown") != "" || a.textOf("attention-unread") == "" {
			t.Error("the wrong entries are left")
		}
		done := s.events(payments.EventAttentionDone)
		if len(done) != 1 || done[0].Detail["entries"] != "4" || done[0].Detail["note"] != "toko online" {
			t.Errorf("the log has %+v", done)
		}
	})
}
