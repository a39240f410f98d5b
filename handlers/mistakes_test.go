package handlers

import (
	"net/http"
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestMistakesOnTheForm posts what people and programs get wrong: each comes
// back with 422, the same form id, what was typed, and a sentence of its own at
// the field, in the reader's language; nothing is written.
func TestMistakesOnTheForm(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	sentences := map[string]string{}
	for _, m := range []struct{ name, field, value, id, en string }{
		{"empty", "amount", "", "Isi jumlahnya", "Enter the amount"},
		{"blank", "amount", "  ", "Isi jumlahnya", "Enter the amount"},
		{"zero", "amount", "0", "lebih dari nol", "above zero"},
		{"zeros", "amount", "000", "lebih dari nol", "above zero"},
		{"negative", "amount", "-150000", "kurang dari nol", "below zero"},
		{"decimal", "amount", "150000.50", "rupiah bulat", "whole rupiah"},
		{"comma", "amount", "150000,50", "rupiah bulat", "whole rupiah"},
		{"dots out of place", "amount", "1.5000.0", "rupiah bulat", "whole rupiah"},
		{"letters", "amount", "seratus", "hanya angka", "digits only"},
		{"currency", "amount", "US$150", "hanya angka", "digits only"},
		{"spaces", "amount", "150 000", "hanya angka", "digits only"},
		{"exponent", "amount", "15e4", "hanya angka", "digits only"},
		{"plus", "amount", "+150000", "hanya angka", "digits only"},
		{"Arabic digits", "amount", "١٥٠٠٠٠", "hanya angka", "digits only"},
		{"13 digits", "amount", "1000000000000", "12 angka", "12 digits"},
		{"too little", "amount", "9.999", "Rp10.000", "Rp10.000"},
		{"too much", "amount", "5.000.001", "Rp5.000.000", "Rp5.000.000"},
		{"no name", "customer_name", "", "Isi namanya", "Enter the name"},
		{"blank name", "customer_name", " \t ", "Isi namanya", "Enter the name"},
		{"41 letters", "customer_name", strings.Repeat("é", 41), "40 huruf", "40 letters"},
		{"line break", "customer_name", "Budi\nSantoso", "tidak bisa ditampilkan", "cannot be shown"},
		{"no UTF-8", "customer_name", "Budi\xff", "tidak bisa ditampilkan", "cannot be shown"},
		{"no email", "customer_email", "budi", "belum alamat email", "not an email"},
		{"phone of words", "customer_phone", "nol delapan", "6 sampai 15 angka", "6 to 15 digits"},
		{"invoice with space", "invoice_number", "INV 1", "tanpa spasi", "no spaces"},
		{"no time", "expires_in", "0", "menit", "minutes"},
		{"negative time", "expires_in", "-60", "menit", "minutes"},
		{"6 digits of time", "expires_in", "100000", "menit", "minutes"},
		{"time in words", "expires_in", "besok", "menit", "minutes"},
		{"info of 31", "info", strings.Repeat("i", 31), "Paling banyak 30", "At most 30"},
		{"4 lines", "footer_message", "a\nb\nc\nd", "3 baris", "3 lines"},
		{"note of 501", "note", strings.Repeat("n", 501), "Paling banyak 500", "At most 500"},
	} {
		for lang, want := range map[string]string{"id": m.id, "en": m.en} {
			form := v.codeForm()
			form.Set(m.field, m.value)
			a := v.post("/codes?lang="+lang, form)
			said := a.mistake(m.field)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
				t.Errorf("%s in %s: %d, says %q, want %q", m.name, lang, a.status, said, want)
				continue
			}
			if got := a.field("form_id")["value"]; got != form.Get("form_id") {
				t.Errorf("%s: the form's id changed to %q", m.name, got)
			}
			if m.field != "customer_name" && a.field("customer_name")["value"] != "Budi Santoso" {
				t.Errorf("%s: the name is lost", m.name)
			}
			if a.elements("lang")[0]["lang"] != lang {
				t.Errorf("%s: the page is in %s", m.name, a.elements("lang")[0]["lang"])
			}
			sentences[said] = m.name
		}
	}
	if sentences[""] != "" || len(sentences) < 30 {
		t.Errorf("only %d sentences for all mistakes", len(sentences))
	}

	for name, test := range map[string]struct {
		field, value, says string
	}{
		"unknown field":   {"amonut", "1", "“amonut”"},
		"unknown mode":    {"mode", "qris", "belum diaktifkan"},
		"odd reusable":    {"reusable", "yes", "reusable"},
		"no form id":      {"form_id", "", "sekali lagi"},
		"forged form id":  {"form_id", strings.Repeat("A", 43), "sekali lagi"},
		"letters in code": {"payment_code", "abc", "hanya angka"},
	} {
		form := v.codeForm()
		minted := form.Get("form_id")
		form.Set(test.field, test.value)
		if test.field == "payment_code" {
			form.Set("mode", "mgpc")
		}
		a := v.post("/codes?lang=id", form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, test.says) {
			t.Errorf("%s: %d, does not say %q", name, a.status, test.says)
		}
		if got := a.field("form_id")["value"]; test.field == "form_id" && (got == test.value || got == minted || !s.formIDs.of(s.idOf("sari"), got)) {
			t.Errorf("%s: the fresh form id is %q", name, got)
		}
		if test.field == "mode" && a.field("mode")["value"] != "dgpc" {
			t.Errorf("the form keeps the mode %q", a.field("mode")["value"])
		}
	}

	twice := v.codeForm()
	twice.Add("amount", "20000")
	if a := v.post("/codes", twice); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "lebih dari sekali") {
		t.Errorf("an amount given twice: %d", a.status)
	}
	several := v.codeForm()
	several.Set("amount", "")
	several.Set("customer_name", "")
	if a := v.post("/codes", several); a.mistake("amount") == "" || a.mistake("customer_name") == "" {
		t.Error("two mistakes are not told at once")
	}
	// What stands in the query does not fill the form.
	form := v.codeForm()
	form.Del("amount")
	if a := v.post("/codes?amount=150000", form); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an amount in the query counts: %d", a.status)
	}
	if codes := must(s.Store.LastSeq(t.Context())); codes != 2 {
		t.Errorf("the log has %d events, want the hire and the sign-in alone", codes)
	}
}

func (s *shop) idOf(name string) string {
	return must(s.Store.StaffByEmail(s.t.Context(), name+"@toko.id")).ID
}

// TestAFormBelongsToOneMember posts one member's form as another.
func TestAFormBelongsToOneMember(t *testing.T) {
	s := newShop(t)
	sari, budi := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
	form := sari.codeForm()
	sari.issueWith(form)
	a := budi.post("/codes", form)
	if a.status != http.StatusUnprocessableEntity || a.field("form_id")["value"] == form.Get("form_id") || a.field("amount")["value"] != "150.000" {
		t.Errorf("another's form: %d, id %q", a.status, a.field("form_id")["value"])
	}
}

// TestWhatIsNoForm sends bodies that are not forms, or too large.
func TestWhatIsNoForm(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	large := v.codeForm()
	large.Set("note", strings.Repeat("x", 1<<20))
	for name, test := range map[string]struct {
		path, body, kind string
		status           int
	}{
		"JSON":                {"/codes", `{"amount":150000}`, "application/json", 415},
		"multipart":           {"/codes", "--x--", "multipart/form-data; boundary=x", 415},
		"no type":             {"/codes", "amount=150000", "", 415},
		"bad escape":          {"/codes", "amount=%zz", formHeader.Get("Content-Type"), 415},
		"large":               {"/codes", large.Encode(), formHeader.Get("Content-Type"), 413},
		"large, signed out":   {"/login", strings.Repeat("x", 1<<20+1), formHeader.Get("Content-Type"), 413},
		"large notification":  {"/doku/notifications", strings.Repeat(" ", 1<<20+1), "application/json", 413},
		"charset":             {"/codes", "amount=1", "application/x-www-form-urlencoded; charset=UTF-8", 422},
		"unsigned notify":     {"/doku/notifications", "{}", "application/json", 401},
		"unsigned inquiry":    {"/doku/inquiries", "{}", "application/json", 401},
		"logout, odd content": {"/codes/x/check", "a=b", formHeader.Get("Content-Type"), 404},
	} {
		a := v.send("POST", test.path, test.body, http.Header{"Content-Type": {test.kind}})
		if a.status != test.status {
			t.Errorf("%s: %d, want %d\n%s", name, a.status, test.status, a.body)
		}
	}
	// Without a length told beforehand, too.
	r := v.request("POST", "/codes", struct{ *strings.Reader }{strings.NewReader(large.Encode())}, formHeader)
	r.ContentLength = -1
	res, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 413 {
		t.Errorf("large, chunked: %d", res.StatusCode)
	}
}

// TestWhatDoesNotExist opens pages, codes and tokens that are not there.
func TestWhatDoesNotExist(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	code := v.issue()
	for _, path := range []string{
		"/nothing", "/codes/nothing", "/codes/" + code.ID + "x", "/codes/%00", "/codes/%ff", "/codes/" + strings.Repeat("a", 10_000), "/codes/nothing/cancel",
		"/pay/", "/pay/x", "/pay/" + code.Token[1:], "/pay/" + code.Token + "a", "/pay/" + strings.ToUpper(code.Token), "/pay/%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00",
		"/setup/x", "/codes/" + code.ID + "/nothing", "/CODES/new",
	} {
		for lang, want := range map[string]string{"id": "tidak", "en": "not"} {
			a := v.get(path + "?lang=" + lang)
			if a.status != http.StatusNotFound || !strings.Contains(a.body, want) {
				t.Errorf("%s in %s: %d", path, lang, a.status)
			}
			if strings.Contains(a.body, "goroutine") || strings.Contains(a.body, "not found: ") {
				t.Errorf("%s tells of the inside: %s", path, a.body)
			}
		}
	}
	for _, path := range []string{"/static/nothing.css", "/static/app.css", "/static/", "/events?page=nothing", "/pay/" + code.Token + "x/events"} {
		if a := v.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := v.send("PUT", "/codes/"+code.ID, "", nil); a.status != http.StatusMethodNotAllowed || !strings.Contains(a.body, "Kodebayar") {
		t.Errorf("PUT: %v", a)
	}
	// A signed-in reader of a page that is not there keeps their menu.
	if a := v.get("/nothing"); !strings.Contains(a.body, `action="/logout"`) || !strings.Contains(a.body, a.header.Get("X-Request-Id")) {
		t.Error("the page that is not there has lost the menu, or its number")
	}
	// Whatever a list's URL says, it is a list.
	for _, query := range []string{"tab=nothing", "q=%00", "q=%ff", "before=%00", "after=x%27", "q=" + strings.Repeat("a", 5000), "q=%25", "q=_"} {
		if a := v.get("/transactions?" + query); a.status != http.StatusOK {
			t.Errorf("/transactions?%s: %d", query, a.status)
		}
	}
	if a := v.get("/codes?tab=unpaid"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/transactions?tab=unpaid" {
		t.Errorf("GET /codes: %v", a)
	}
}

// TestAStoreThatIsGone closes the database under the app: 503 with a sentence,
// nothing inside shown, and the form kept.
func TestAStoreThatIsGone(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	form := v.codeForm()
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	a := v.post("/codes", form)
	if a.status < 500 || strings.Contains(a.body, "sql") || strings.Contains(a.body, "closed") {
		t.Errorf("the answer: %d\n%s", a.status, a.body)
	}
	if a := v.get("/readyz"); a.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", a.status)
	}
	if a := v.get("/healthz"); a.status != http.StatusOK {
		t.Errorf("/healthz: %d", a.status)
	}
	if a := v.send("POST", "/doku/notifications", "{}", nil); a.status != 401 {
		t.Errorf("an unsigned notification: %d", a.status)
	}
}
