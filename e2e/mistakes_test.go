package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestMistakesInTheForm posts what people and programs get wrong. Each mistake
// comes back with 422 and the same form, said at its field, and no code is
// made of it.
func TestMistakesInTheForm(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	empty := owner.get("/codes/new")
	for _, mistake := range []struct{ name, field, value string }{
		{"no amount", "amount", ""},
		{"nothing", "amount", "0"},
		{"less than nothing", "amount", "-150000"},
		{"decimal", "amount", "150000.50"},
		{"decimal comma", "amount", "150000,50"},
		{"dots that are no thousands", "amount", "1.5000.0"},
		{"letters", "amount", "seratus ribu"},
		{"13 digits", "amount", "1000000000000"},
		{"exponent", "amount", "15e4"},
		{"hexadecimal", "amount", "0x249f0"},
		{"plus", "amount", "+150000"},
		{"Arabic digits", "amount", "١٥٠٠٠٠"},
		{"more than the store takes", "amount", "5000001"},
		{"less than the store takes", "amount", "9999"},
		{"no name", "customer_name", ""},
		{"blank name", "customer_name", " \t "},
		{"name of 41 letters", "customer_name", strings.Repeat("a", 41)},
		{"name with a line break", "customer_name", "Budi\nSantoso"},
		{"name that is not UTF-8", "customer_name", "Budi\xff"},
		{"e-mail that is none", "customer_email", "budi"},
		{"invoice number with a space", "invoice_number", "INV 1"},
		{"expiry of nothing", "expires_in", "0"},
		{"expiry of 6 digits", "expires_in", "100000"},
		{"expiry in words", "expires_in", "besok"},
		{"info of 31 letters", "info", strings.Repeat("i", 31)},
		{"mode that is none", "mode", "qris"},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			form := owner.codeForm()
			form.Set(mistake.field, mistake.value)
			answer := owner.post("/codes", form)
			if answer.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d to %q, want 422", answer.status, answer.location())
			}
			if again, ok := answer.field("form_id"); !ok || again["value"] != form.Get("form_id") {
				t.Errorf("form_id is %q, want the one that was posted, %q", again["value"], form.Get("form_id"))
			}
			field, ok := answer.field(mistake.field)
			if !ok {
				t.Fatalf("the form came back without the field %s", mistake.field)
			}
			if said := answer.description(mistake.field); mistake.field != "mode" && said == empty.description(mistake.field) {
				t.Errorf("no message is tied to the field %v: %q", field, said)
			}
			if mistake.field != "customer_name" && mistake.field != "mode" { // what was typed right is still there
				if name, _ := answer.field("customer_name"); name["value"] != form.Get("customer_name") {
					t.Errorf("the name was lost: %v", name)
				}
			}
		})
	}

	form := owner.codeForm()
	form.Set("amonut", "150000")
	if answer := owner.post("/codes", form); answer.status != http.StatusUnprocessableEntity {
		t.Errorf("a field that does not exist: status %d, want 422", answer.status)
	}
	if answer := owner.send(http.MethodPost, "/codes", `{"amount":"150000"}`, http.Header{"Content-Type": {"application/json"}}); answer.status < 400 || answer.status >= 500 {
		t.Errorf("JSON instead of a form: status %d", answer.status)
	}
	if rows := owner.get("/transactions").having("data-status"); len(rows) != 0 {
		t.Errorf("the mistakes left %d codes behind: %v", len(rows), rows)
	}
}

// TestLanguageOfMistakes reads the same mistake in both languages.
func TestLanguageOfMistakes(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	form := owner.codeForm()
	form.Set("amount", "")
	indonesian := owner.post("/codes", form)
	english := owner.post("/codes?lang=en", form)
	for language, answer := range map[string]answer{"id": indonesian, "en": english} {
		if answer.status != http.StatusUnprocessableEntity || answer.having("lang")[0]["lang"] != language {
			t.Errorf("%s: status %d, language %v", language, answer.status, answer.having("lang")[0])
		}
	}
	if a, b := indonesian.description("amount"), english.description("amount"); a == b {
		t.Errorf("the same sentence in both languages: %q", a)
	}
}

// TestFormAfterSignOut sends a form that was opened before signing out.
func TestFormAfterSignOut(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	form := owner.codeForm()
	session := owner.cookies()
	if answer := owner.post("/logout", nil); answer.status != http.StatusSeeOther {
		t.Fatalf("POST /logout answers %d", answer.status)
	}
	thief := newVisitor(t, shop.home)
	for name, answer := range map[string]answer{
		"signed out":                owner.post("/codes", form),
		"with the cookie of before": thief.withCookies(session).post("/codes", form),
	} {
		if !answer.wantsSignIn() {
			t.Errorf("%s: status %d to %q", name, answer.status, answer.location())
		}
	}
	if rows := shop.signIn(ownerEmail, ownerPassword).get("/transactions").having("data-status"); len(rows) != 0 {
		t.Errorf("the replayed form made a code: %v", rows)
	}
}

// TestTooLarge posts more than a form can be.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	form := owner.codeForm()
	form.Set("note", strings.Repeat("x", 1<<20))
	if answer := owner.post("/codes", form); answer.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 1 MiB: status %d, want 413", answer.status)
	}
	large := newNotification(strings.Repeat("1", 1<<20), 1)
	if answer := large.send(newVisitor(t, shop.home)); answer.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a notification of 1 MiB: status %d, want 413", answer.status)
	}
	if rows := owner.get("/transactions").having("data-status"); len(rows) != 0 {
		t.Errorf("the large form made a code: %v", rows)
	}
}

// TestNotFound opens what does not exist, or is nobody's business.
func TestNotFound(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	real := strings.TrimPrefix(owner.customerLink(owner.issue()), shop.home)
	for _, path := range []string{
		"/nothing", "/codes/nothing", "/codes/0195f0a0-0000-7000-8000-000000000000", "/codes/nothing/cancel", "/codes/%00",
		"/pay/", "/pay/short", real[:len(real)-1], real + "x", strings.ToUpper(real[:5]) + strings.ToUpper(real[5:]), "/pay/../login/x",
		"/static/nothing.css", "/setup/x",
	} {
		for language, want := range map[string]string{"id": "tidak", "en": "not"} {
			answer := owner.get(path + "?lang=" + language)
			if answer.status != http.StatusNotFound {
				t.Errorf("%s: status %d, want 404", path, answer.status)
			}
			if !strings.HasPrefix(path, "/static/") && !strings.Contains(answer.body, want) {
				t.Errorf("%s in %s does not say a sentence:\n%s", path, language, answer.body)
			}
		}
	}
	if answer := owner.post("/codes/nothing/cancel", url.Values{"reason": {"x"}}); answer.status != http.StatusNotFound {
		t.Errorf("cancel what does not exist: status %d", answer.status)
	}
}

// TestAMistakeIsInSight: a long form that comes back begins at the first field
// that is wrong, and lists all of them on top, which is all there is to it
// without JavaScript.
func TestAMistakeIsInSight(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	const inSight = `e => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight; }`
	for name, with := range map[string]device{"phone": phone(), "desk": desk(), "no scripts": phone().withoutJavaScript()} {
		p := newPerson(t, s.home, with)
		p.continueAs(owner)
		p.excuse("status of 422")
		p.open("/settings", http.StatusOK)
		p.fill("backup_hour", "25")
		p.fill("fee_percent", "lima")
		p.press("/settings/review")
		check(t, p.expect("[data-mistakes]").ToBeVisible())
		if links, err := p.Locator("[data-mistakes] a").Count(); links != 2 || err != nil {
			t.Errorf("%s: %d mistakes are listed, %v", name, links, err)
		}
		first := p.Locator("[name=fee_percent]")
		if name == "no scripts" {
			check(t, p.expect("[data-mistakes]").ToBeInViewport())
			check(t, p.Locator("[data-mistakes] a").First().Click())
			check(t, p.expect("[name=fee_percent]").ToBeInViewport())
			continue
		}
		check(t, p.expect("[name=fee_percent]").ToBeFocused())
		if seen, err := first.Evaluate(inSight, nil); seen != true {
			t.Errorf("%s: the first wrong field is out of sight, %v", name, err)
		}
		check(t, p.Locator("[data-mistakes] a").Last().Click())
		check(t, p.expect("[name=backup_hour]").ToBeFocused())
		p.lookOver("settings with mistakes on a " + name)
	}
}
