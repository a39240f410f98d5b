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

	"kodebayar/payments"
	"kodebayar/payments/doku"
)

// tillCode is a code as the simulated DOKU holds it.
type tillCode struct {
	Number, Mode, Info, Footer string
	Insurance                  struct {
		PolicyType        string `json:"policy_type"`
		PolicyNumber      string `json:"policy_number"`
		PolicyAccountName string `json:"policy_account_name"`
		PolicyStatus      string `json:"policy_status"`
		BillDueDate       string `json:"bill_due_date"`
	}
	Additional  json.RawMessage
	OverrideURL string `json:"override_url"`
}

// held reads what DOKU holds of a number.
func (s *shop) held(number string) tillCode {
	s.t.Helper()
	res, err := http.Get(s.till + "/simulator/codes")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct{ Codes []tillCode }
	if err := json.Unmarshal(must(io.ReadAll(res.Body)), &list); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range slices.Backward(list.Codes) {
		if c.Number == number {
			return c
		}
	}
	s.t.Fatalf("DOKU does not hold %s", number)
	return tillCode{}
}

// preset adds a split settlement and answers its id.
func (v *visitor) preset(name string, fields url.Values) string {
	v.s.t.Helper()
	fields.Set("preset_name", name)
	if a := v.post("/settings/presets", fields); a.status != http.StatusSeeOther {
		v.s.t.Fatalf("the preset: %v", a)
	}
	p, err := must(v.s.Store.Settings(v.s.t.Context())).PresetNamed(name)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return p.ID
}

func halves() url.Values {
	return url.Values{"type": {"PERCENTAGE"}, "account_1": {"SBS-0001-1"}, "value_1": {"60"}, "account_2": {"SBS-0002-2"}, "value_2": {"40"}}
}

// full is a form with every option that a registered code may have.
func full(v *visitor, preset string) url.Values {
	form := v.codeForm()
	for name, value := range map[string]string{
		"info": "Toko Melati, polis Desember", "footer_message": "Terima kasih. Simpan struk ini. WA 0812-34567890",
		"policy_type": "Unit link", "policy_number": "POL-000123", "policy_account_name": "Budi S.", "policy_status": "Inforce",
		"bill_due_date": "2026-12-31", "settlement_preset": preset, "reusable": "true",
	} {
		form.Set(name, value)
	}
	return form
}

// TestOptionsReachTheTill makes codes of each kind with everything in it and
// compares what the till knows, what the page says and what the customer sees.
func TestOptionsReachTheTill(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	preset := v.preset("Titip jual", halves())
	for _, mode := range []string{"dgpc", "mgpc", "dipc"} {
		t.Run(mode, func(t *testing.T) {
			form := full(v, preset)
			form.Set("mode", mode)
			if mode != "dipc" {
				form.Set("override_notification_url", s.home+"/doku/notifications")
			}
			code := v.issueWith(form)
			if code.Status != payments.Active || code.PaymentCode == "" {
				t.Fatalf("the code is %+v", code)
			}
			s.buy(code.PaymentCode)
			held := s.held(code.PaymentCode)
			wantFoot := "Terima kasih. Simpan struk ini. WA      0812-34567890" // the first line filled up to 40
			if held.Mode != mode || held.Info != "Toko Melati, polis Desember" || held.Footer != wantFoot {
				t.Errorf("DOKU holds %q %q %q", held.Mode, held.Info, held.Footer)
			}
			if i := held.Insurance; i.PolicyType != "Unit link" || i.PolicyNumber != "POL-000123" || i.PolicyAccountName != "Budi S." ||
				i.PolicyStatus != "Inforce" || i.BillDueDate != "31 December 2026" {
				t.Errorf("DOKU holds the insurance %+v", i)
			}
			for _, want := range []string{`"bank_account_settlement_id":"SBS-0001-1","type":"PERCENTAGE","value":60`, `SBS-0002-2`} {
				if !strings.Contains(string(held.Additional), want) {
					t.Errorf("DOKU holds %s, not %s", held.Additional, want)
				}
			}
			if mode == "dipc" {
				if !strings.Contains(string(held.Additional), `"code":"`+code.ID+`"`) {
					t.Errorf("the answer does not carry our id: %s", held.Additional)
				}
			} else if held.OverrideURL != s.home+"/doku/notifications" {
				t.Errorf("notifications go to %q", held.OverrideURL)
			}

			for lang, wants := range map[string][]string{
				"id": {"Unit link", "POL-000123", "Budi S.", "Inforce", "Kamis, 31 Desember 2026", "Titip jual: 60% SBS-0001-1, 40% SBS-0002-2", "Belum diaktifkan DOKU", "Terima kasih. Simpan struk ini. WA\n0812-34567890", "lebih dari sekali"},
				"en": {"Policy number", "Thursday, 31 December 2026", "Titip jual: 60% SBS-0001-1", "Not switched on by DOKU", "more than once"},
			} {
				page := v.get("/codes/" + code.ID + "?lang=" + lang)
				for _, want := range wants {
					if !strings.Contains(page.body, want) {
						t.Errorf("the page in %s lacks %q", lang, want)
					}
				}
				if strings.Contains(page.body, "hanya lewat pengecekan") || strings.Contains(page.body, "by asking only") {
					t.Error("the shop's own address counts as foreign")
				}
				if linked := strings.Contains(page.body, `id="how-to-pay"`); linked != (mode != "dipc") {
					t.Errorf("DOKU's page is linked: %v", linked)
				}
			}
			paper := s.visitor().get("/pay/" + code.Token).body
			for _, secret := range []string{"POL-000123", "Unit link", "Inforce", "SBS-0001", "31 Desember"} {
				if strings.Contains(paper, secret) {
					t.Errorf("the customer's page tells %q", secret)
				}
			}
			if linked := strings.Contains(paper, "/how-to-pay/"); linked != (mode != "dipc") {
				t.Errorf("the customer is led to DOKU's page: %v", linked)
			}

			// A code like it comes filled in, but for the numbers.
			again := v.get("/codes/new?from=" + code.ID)
			for _, name := range []string{"info", "policy_number", "bill_due_date"} {
				if again.field(name)["value"] != form.Get(name) {
					t.Errorf("the like of it has %s %q", name, again.field(name)["value"])
				}
			}
			if !strings.Contains(again.body, `value="`+preset+`" selected`) || again.field("payment_code")["value"] != "" {
				t.Error("the like of it lacks the split, or has the number")
			}
		})
	}
}

// TestNumbersOfTheShop: typed in or made up, unique among those that can be
// paid, and issued again afterwards.
func TestNumbersOfTheShop(t *testing.T) {
	s := newShop(t, func(s *Server) { s.Service.CodePrefix = "190060" })
	v := s.member("sari", payments.Cashier)
	for _, mode := range []string{"mgpc", "dipc"} {
		number := map[string]string{"mgpc": "1900600000000046", "dipc": "19006000000000460000"}[mode]
		form := func() url.Values {
			f := v.codeForm()
			f.Set("mode", mode)
			f.Set("payment_code", number)
			return f
		}
		code := v.issueWith(form())
		if code.PaymentCode != number || code.Status != payments.Active {
			t.Fatalf("%s: %s %s", mode, code.PaymentCode, code.Status)
		}
		for lang, want := range map[string]string{"id": "masih dipakai kode yang bisa dibayar", "en": "that can still be paid"} {
			a := v.post("/codes?lang="+lang, form())
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.mistake("payment_code"), want) {
				t.Errorf("%s, the number again: %d %q", mode, a.status, a.mistake("payment_code"))
			}
		}
		s.buy(number)
		s.eventually("it is paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
		if again := v.issueWith(form()); again.PaymentCode != number || again.ID == code.ID {
			t.Errorf("%s, the number once it is free: %+v", mode, again)
		}
		form2 := form()
		form2.Del("payment_code")
		if made := v.issueWith(form2); !strings.HasPrefix(made.PaymentCode, "190060") || len(made.PaymentCode) != 16 {
			t.Errorf("%s, a number made up: %s", mode, made.PaymentCode)
		}
	}
	if page := v.get("/codes/new?lang=id"); !strings.Contains(page.body, "Diawali 190060.") || !strings.Contains(page.body, "belum dipastikan DOKU") {
		t.Error("the form tells neither the prefix nor that the path is not confirmed")
	}
}

// TestModesOnOffer: in production only what DOKU switched on, says the owner.
func TestModesOnOffer(t *testing.T) {
	for name, test := range map[string]struct {
		environment payments.Environment
		prefix      string
		switched    []string
		offered     []string
	}{
		"simulator":                {payments.Simulator, "", nil, []string{"mgpc", "dipc"}},
		"sandbox":                  {payments.Sandbox, "", nil, []string{"mgpc", "dipc"}},
		"production":               {payments.Production, "", nil, nil},
		"production, with a BIN":   {payments.Production, "190060", nil, nil},
		"production, without one":  {payments.Production, "", []string{"mgpc", "dipc"}, nil},
		"production, MGPC":         {payments.Production, "190060", []string{"mgpc"}, []string{"mgpc"}},
		"production, DIPC":         {payments.Production, "190060", []string{"dipc"}, []string{"dipc"}},
		"production, both of them": {payments.Production, "190060", []string{"mgpc", "dipc"}, []string{"mgpc", "dipc"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, func(s *Server) { s.Service.Environment, s.Service.CodePrefix = test.environment, test.prefix })
			v := s.member("sari", payments.Cashier)
			err := s.Store.ChangeSettings(t.Context(), "test", s.Now(), func(now *payments.Settings) error {
				now.MGPC, now.DIPC = slices.Contains(test.switched, "mgpc"), slices.Contains(test.switched, "dipc")
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			page := v.get("/codes/new")
			if offered := page.field("payment_code") != nil; offered != (len(test.offered) > 0) {
				t.Errorf("the form takes a number: %v", offered)
			}
			for _, mode := range []string{"mgpc", "dipc"} {
				offered := slices.Contains(test.offered, mode)
				if strings.Contains(page.body, `value="`+mode+`"`) != offered {
					t.Errorf("the form offers %s: %v", mode, !offered)
				}
				form := v.codeForm()
				form.Set("mode", mode)
				a := v.post("/codes", form)
				if refused := a.status == http.StatusUnprocessableEntity && strings.Contains(a.body, "belum diaktifkan DOKU"); refused == offered {
					t.Errorf("%s: %d", mode, a.status)
				}
			}
			if code := v.issue(); code.Mode != payments.DGPC {
				t.Errorf("the default is %s", code.Mode)
			}
		})
	}
}

// TestWrongOptions posts what cannot be: each is told at its field, or on top
// when this visitor has no such field, in both languages; nothing is made.
func TestWrongOptions(t *testing.T) {
	s := newShop(t, func(s *Server) { s.Service.CodePrefix = "1900" })
	owner, cashier := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	fixed := owner.preset("Pusat", url.Values{"type": {"FIX"}, "account_1": {"SBS-0003-3"}, "value_1": {"200.000"}})
	own := s.home + "/doku/notifications"
	before := must(s.Store.LastSeq(t.Context()))
	for _, m := range []struct {
		by           *visitor
		mode         string
		field, value string
		id, en       string
	}{
		{owner, "mgpc", "payment_code", "1900x", "hanya angka", "digits only"},
		{owner, "dipc", "payment_code", "1900 1", "hanya angka", "digits only"},
		{owner, "mgpc", "payment_code", strings.Repeat("1900", 6), "20 angka", "20 digits"},
		{owner, "dipc", "payment_code", strings.Repeat("1900", 6), "20 angka", "20 digits"},
		{owner, "dipc", "payment_code", "8800123", "tidak diawali", "does not begin"},
		{owner, "dgpc", "payment_code", "1900123", "Kosongkan nomor ini", "Leave it empty"},
		{owner, "dgpc", "footer_message", strings.Repeat("kata ", 30), "120 huruf", "120 characters"},
		{owner, "dgpc", "footer_message", "1\n2\n3\n4", "3 baris", "3 lines"},
		{owner, "dgpc", "footer_message", "terima kasih é", "Huruf ke-14", "Character 14"},
		{owner, "dgpc", "info", "ok \U0001F600", "Huruf ke-4", "Character 4"},
		{owner, "dgpc", "policy_type", strings.Repeat("x", 65), "Paling banyak 64", "At most 64"},
		{owner, "dgpc", "policy_number", strings.Repeat("x", 65), "Paling banyak 64", "At most 64"},
		{owner, "dgpc", "policy_account_name", "a\tb\x01", "Huruf ke-2", "Character 2"},
		{owner, "dipc", "policy_status", strings.Repeat("x", 65), "Paling banyak 64", "At most 64"},
		{owner, "dgpc", "bill_due_date", "31-12-2026", "bukan tanggal", "not a date"},
		{owner, "dgpc", "bill_due_date", "2026-02-30", "bukan tanggal", "not a date"},
		{owner, "dgpc", "bill_due_date", "0001-01-01", "bukan tanggal", "not a date"},
		{owner, "dgpc", "settlement_preset", "nothing", "sudah tidak ada", "no longer there"},
		{owner, "dgpc", "settlement_preset", fixed, "Rp200.000, lebih dari jumlah kode ini Rp150.000", "more than the amount of this code, Rp150.000"},
		{owner, "dgpc", "override_notification_url", "doku/notifications", "bukan alamat web", "not a full web address"},
		{owner, "dgpc", "override_notification_url", own + "?a=b", "bukan alamat web", "not a full web address"},
		{owner, "dgpc", "override_notification_url", "https://lain.example/hook", "Path alamat ini", "The path of this address"},
		{owner, "dipc", "override_notification_url", own, "DIPC tidak mengenal", "DIPC knows no"},
		{cashier, "dgpc", "override_notification_url", own, "hanya boleh diisi pemilik", "by the owner only"},
	} {
		for lang, want := range map[string]string{"id": m.id, "en": m.en} {
			form := m.by.codeForm()
			form.Set("mode", m.mode)
			form.Set(m.field, m.value)
			form.Set("amount", "150.000")
			a := m.by.post("/codes?lang="+lang, form)
			said := a.mistake(m.field)
			if m.by == cashier {
				said = a.body // a cashier has no such field
			}
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
				t.Errorf("%s %.30q in %s: %d %q, want %q", m.field, m.value, lang, a.status, a.mistake(m.field), want)
			}
			if a.elements("open") == nil && m.by == owner {
				t.Errorf("%s: Lainnya is folded over the mistake", m.field)
			}
		}
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before {
		t.Errorf("%d events came of mistakes", after-before)
	}

	// All of them at once, beside an amount that cannot even be read.
	form := owner.codeForm()
	for name, value := range map[string]string{
		"amount": "seratus", "expires_in": "besok", "info": strings.Repeat("i", 31), "customer_email": "x", "bill_due_date": "x",
		"invoice_number": "a b", "note": strings.Repeat("n", 501), "override_notification_url": "x", "settlement_preset": fixed,
	} {
		form.Set(name, value)
	}
	a := owner.post("/codes", form)
	for name := range form {
		told := a.mistake(name) != ""
		right := slices.Contains([]string{"form_id", "mode", "customer_name", "settlement_preset"}, name)
		if told == right {
			t.Errorf("%s is told as a mistake: %v", name, told)
		}
	}
}

// TestAForeignNotificationAddress is another system's: here the status is
// known by asking only.
func TestAForeignNotificationAddress(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	form := v.codeForm()
	form.Set("override_notification_url", "https://lain.example/doku/notifications")
	code := v.issueWith(form)
	for lang, want := range map[string]string{"id": "status hanya lewat pengecekan", "en": "known by asking only"} {
		if page := v.get("/codes/" + code.ID + "?lang=" + lang); !strings.Contains(page.body, want) {
			t.Errorf("in %s the page lacks %q", lang, want)
		}
	}
}

// TestPreview shows what till and receipt will say, and makes nothing.
func TestPreview(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	before := must(s.Store.LastSeq(t.Context()))
	form := v.codeForm()
	form.Set("info", "Toko Melati")
	form.Set("footer_message", "Terima kasih. Simpan struk ini. WA 0812 3456 7890")
	form.Set("preview", "1")
	a := v.post("/codes", form)
	doc := strings.Join(strings.Fields(a.body), " ")
	if a.status != http.StatusOK || strings.Contains(preview(a), "hidden") {
		t.Errorf("the preview: %d %s", a.status, preview(a))
	}
	for _, want := range []string{">Rp150.000</output>", ">Budi Santoso</output>", ">Toko Melati</output>", "WA 0812 3456 7890</pre>"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the preview lacks %q", want)
		}
	}
	if a.field("form_id")["value"] != form.Get("form_id") {
		t.Error("the preview costs the form its id")
	}
	form.Set("amount", "x")
	if a := v.post("/codes", form); a.status != http.StatusUnprocessableEntity || a.mistake("amount") == "" {
		t.Errorf("a preview with a mistake: %d", a.status)
	}
	if after := must(s.Store.LastSeq(t.Context())); after != before {
		t.Error("a preview made something")
	}
	form.Set("amount", "150.000")
	form.Del("preview")
	if code := v.issueWith(form); code.Info != "Toko Melati" {
		t.Errorf("afterwards: %+v", code)
	}
	if blank := v.get("/codes/new"); !strings.Contains(preview(blank), "hidden") {
		t.Error("an empty preview is shown to who has no scripts")
	}
}

// preview is the preview's own tag.
func preview(a answer) string {
	_, rest, _ := strings.Cut(a.body, `class="preview"`)
	tag, _, _ := strings.Cut(rest, ">")
	return tag
}

// TestAnEditOfEverything also moves a deadline forward, which is said.
func TestAnEditOfEverything(t *testing.T) {
	for _, mode := range []string{"dgpc", "dipc"} {
		t.Run(mode, func(t *testing.T) {
			s := newShop(t)
			v := s.member("sari", payments.Cashier)
			form := v.codeForm()
			form.Set("mode", mode)
			form.Set("expires_in", "4320")
			form.Set("note", "lama")
			code := v.issueWith(form)
			page := v.get("/codes/" + code.ID + "/edit")
			if page.field("note")["value"] != "lama" {
				t.Errorf("the note is %q", page.field("note")["value"])
			}
			edit := url.Values{
				"version": {page.field("version")["value"]}, "amount": {"175.000"}, "customer_name": {"Budi S."}, "customer_email": {"budi@contoh.id"},
				"expires_in": {"60"}, "info": {"Kue"}, "reusable": {"true"}, "note": {strings.Repeat("n", 501)},
			}
			if a := v.post("/codes/"+code.ID+"/edit", edit); a.status != http.StatusUnprocessableEntity || a.mistake("note") == "" {
				t.Errorf("a note too long: %d", a.status)
			}
			edit.Set("note", "baru")
			if a := v.post("/codes/"+code.ID+"/edit", edit); a.status != http.StatusSeeOther {
				t.Fatalf("the edit: %v", a)
			}
			after := must(s.Store.Code(t.Context(), code.ID))
			if after.Amount != 175_000 || after.CustomerName != "Budi S." || after.CustomerEmail != "budi@contoh.id" || after.ExpiresIn != 60 ||
				after.Info != "Kue" || !after.Reusable || after.Note != "baru" || !after.ExpiresAt.Before(code.ExpiresAt) {
				t.Errorf("afterwards: %+v", after)
			}
			shown := v.get("/codes/" + code.ID)
			for _, want := range []string{"Batas waktunya jadi lebih cepat", "Kue", "baru", "(lebih cepat dari sebelumnya)"} {
				if !strings.Contains(shown.body, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			if mode == "dgpc" {
				if held := s.held(code.PaymentCode); held.Info != "Kue" {
					t.Errorf("DOKU holds %q", held.Info)
				}
			}
		})
	}
}

// TestAtTheTill: DOKU's question shows on the open page at once, and the
// sentence goes again when nobody paid.
func TestAtTheTill(t *testing.T) {
	s := newShop(t, func(s *Server) { s.tick = 20 * time.Millisecond })
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	form.Set("mode", "dipc")
	code := v.issueWith(form)
	live := v.listen(v.get("/codes/"+code.ID).streamOf(), nil)
	if first := live.next("panel", ""); strings.Contains(first.data, "sedang di kasir Alfamart") {
		t.Error("said before anybody asked")
	}
	s.machine("/simulator/inquiry", map[string]any{"code": code.PaymentCode, "agent": "ALFAMART", "store": "T001"})
	live.next("panel", "Pelanggan sedang di kasir Alfamart.")
	s.ahead.Add(int64(askedLately - time.Second))
	live.heard()
	live.next("panel", "Pelanggan sedang di kasir Alfamart.")
	s.ahead.Add(int64(2 * time.Second))
	for {
		if e := live.next("panel", ""); !strings.Contains(e.data, "Pelanggan sedang di kasir Alfamart.") {
			break
		}
	}
	live.heard()
	if e := live.next("", ""); e.name != "tick" {
		t.Errorf("the page goes on being sent: %s", e.name)
	}
}

// TestDOKUsSteps stand on the customer's page as text, for who reads
// Indonesian, folded under what has to be done at the till.
func TestDOKUsSteps(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	known := func(code payments.Code) func() bool {
		return func() bool { return len(must(s.Store.Instructions(t.Context(), code.ID))) > 0 }
	}
	code := v.issue()
	s.eventually("DOKU's steps", known(code))
	paper := s.visitor().get("/pay/" + code.Token + "?lang=id")
	for _, want := range []string{"Bilang ke kasir Alfamart: <q>mau bayar DOKU</q>", "Cek nama dan jumlah, bayar", `<details id="steps">`, "Cocokkan nama Budi Santoso"} {
		if !strings.Contains(paper.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	english := s.visitor().get("/pay/" + code.Token + "?lang=en")
	if strings.Contains(english.body, "Cocokkan nama") || !strings.Contains(english.body, "read out the code") {
		t.Error("in English ours are not there")
	}

	s.fault("hostile_how_to_pay")
	hostile := v.issue()
	s.eventually("DOKU's steps", known(hostile))
	paper = s.visitor().get("/pay/" + hostile.Token + "?lang=id")
	if !strings.Contains(paper.body, "&lt;script&gt;alert") || strings.Contains(paper.body, "<script>alert") || strings.Contains(paper.body, "<img") {
		t.Error("markup of DOKU's is not text")
	}
	s.machine("/simulator/faults", map[string]any{"name": "hostile_how_to_pay", "on": false})
	s.fault("no_how_to_pay")
	none := v.issue()
	if paper := s.visitor().get("/pay/" + none.Token + "?lang=id"); !strings.Contains(paper.body, "Cek nama dan jumlah, bayar") {
		t.Error("without DOKU's steps ours are missing")
	}
}

// TestEveryRuleHasItsSentence, in both languages: none ends in the words for
// what nobody thought of.
func TestEveryRuleHasItsSentence(t *testing.T) {
	for _, rule := range []doku.Rule{
		doku.Missing, doku.TooLong, doku.TooManyLines, doku.NotPrintable, doku.TooSmall, doku.TooLarge, doku.BadInvoice, doku.NotDigits,
		doku.BadEmail, doku.BadURL, doku.BadType, doku.Repeated,
		payments.RuleTaken, payments.RuleBelow, payments.RuleAbove, payments.RuleNotOffered, payments.RuleBadPhone, payments.RuleBadPrefix,
		payments.RuleUnknown, payments.RuleOwnerOnly, payments.RuleOtherPath, payments.RuleTooMany, payments.RuleBelowShares,
	} {
		if got := broken("info", string(rule), 3, 4); got == broken("info", "nothing of the kind", 3, 4) || got.id == "" || got.en == "" || got.id == got.en {
			t.Errorf("%s: %+v", rule, got)
		}
	}
	for _, field := range []string{"payment_code", "override_notification_url"} {
		if got := broken(field, string(payments.RuleNotInMode), 0, 0); got == broken(field, "nothing of the kind", 0, 0) {
			t.Errorf("%s not in this mode: %+v", field, got)
		}
	}
}
