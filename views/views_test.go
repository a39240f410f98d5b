package views

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parse reads a page the way a browser without scripts does, so that what
// stands in noscript is seen.
func parse(t *testing.T, p picture) *html.Node {
	t.Helper()
	doc, err := html.ParseWithOptions(strings.NewReader(render(t, p)), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	return doc
}

// eachPage runs a check on every page of the gallery in both languages.
func eachPage(t *testing.T, check func(t *testing.T, p picture, doc *html.Node)) {
	t.Helper()
	for _, p := range gallery() {
		t.Run(p.name+"."+p.lang.Code(), func(t *testing.T) { check(t, p, parse(t, p)) })
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func value(n *html.Node, name string) string {
	v, _ := attr(n, name)
	return v
}

func elements(doc *html.Node, tags ...string) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (len(tags) == 0 || slices.Contains(tags, n.Data)) {
			out = append(out, n)
		}
	}
	return out
}

func inside(n *html.Node, is func(*html.Node) bool) bool {
	for p := range n.Ancestors() {
		if p.Type == html.ElementNode && is(p) {
			return true
		}
	}
	return false
}

// text is what a reader hears: text, and labels that only screen readers get.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// A form with mistakes lists them on top, each a link to the element it is about.
func TestMistakesAreListed(t *testing.T) {
	seen := 0
	eachPage(t, func(t *testing.T, _ picture, doc *html.Node) {
		ids, links, wrong := map[string]bool{}, 0, 0
		for _, n := range elements(doc) {
			id := value(n, "id")
			ids[id] = true
			if value(n, "class") == "field-error" && strings.HasSuffix(id, "-error") {
				wrong++
			}
		}
		for _, n := range elements(doc, "a") {
			if !inside(n, func(p *html.Node) bool { _, ok := attr(p, "data-mistakes"); return ok }) {
				continue
			}
			links++
			if to := strings.TrimPrefix(value(n, "href"), "#"); !ids[to] {
				t.Errorf("%q leads to %s, which is not there", text(n), to)
			}
		}
		if links != wrong {
			t.Errorf("%d fields are wrong, %d are listed", wrong, links)
		}
		seen += wrong
	})
	if seen < 20 {
		t.Errorf("the gallery has only %d mistakes", seen)
	}
}

// A few bars bear their names and numbers; of many, the first, the last and the
// highest are told.
func TestBarsAreTold(t *testing.T) {
	eachPage(t, func(t *testing.T, p picture, doc *html.Node) {
		want := map[string][]string{
			"report-day": {hugeAmount, "Rp1.250.000", "2026"}, "report-many-day": {"2026", "Rp1.250.000"},
		}[p.name]
		for _, figure := range elements(doc, "figure") {
			for _, words := range want {
				if !strings.Contains(text(figure), words) {
					t.Errorf("the chart does not say %q: %q", words, text(figure))
				}
			}
			if bars := len(elements(figure, "progress")) + len(elements(figure, "rect")); strings.HasPrefix(p.name, "report-") && bars != 2 && bars != 20 {
				t.Errorf("%d bars", bars)
			}
		}
	})
}

// What is pressed says what it does, not how things stand: "sudah diserahkan"
// is the warning of the check screen.
func TestWhatIsPressedIsNoState(t *testing.T) {
	eachPage(t, func(t *testing.T, _ picture, doc *html.Node) {
		for _, n := range elements(doc, "button", "summary") {
			if words := strings.ToLower(text(n)); strings.Contains(words, "sudah di") && !strings.HasPrefix(words, "tandai") || strings.HasPrefix(words, "handed over") || strings.HasPrefix(words, "dealt with") {
				t.Errorf("a %s says %q", n.Data, words)
			}
		}
	})
}

// The content policy forbids all of it, and the browser would only say so in
// its console.
func TestNothingInline(t *testing.T) {
	eachPage(t, func(t *testing.T, _ picture, doc *html.Node) {
		for _, n := range elements(doc) {
			if n.Data == "style" {
				t.Error("a style element")
			}
			if n.Data == "script" && (value(n, "src") == "" || text(n) != "") {
				t.Error("an inline script")
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
					t.Errorf("<%s> has %s", n.Data, a.Key)
				}
				if strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
					t.Errorf("<%s> has a script in %s", n.Data, a.Key)
				}
				if a.Key == "hx-vals" || a.Key == "hx-vars" {
					t.Errorf("<%s> has %s, which may need eval", n.Data, a.Key)
				}
			}
		}
	})
}

func TestEveryFieldHasALabel(t *testing.T) {
	eachPage(t, func(t *testing.T, _ picture, doc *html.Node) {
		labelled := map[string]bool{}
		for _, l := range elements(doc, "label") {
			if text(l) != "" {
				labelled[value(l, "for")] = true
			}
		}
		for _, n := range elements(doc, "input", "textarea", "select") {
			if value(n, "type") == "hidden" || value(n, "aria-label") != "" {
				continue
			}
			id := value(n, "id")
			if id != "" && labelled[id] {
				continue
			}
			if !inside(n, func(p *html.Node) bool { return p.Data == "label" && text(p) != "" }) {
				t.Errorf("field %s has no label", value(n, "name"))
			}
		}
	})
}

// An id that is used twice, or referred to and absent, cuts a message off from
// its field.
func TestIDsAreWhole(t *testing.T) {
	eachPage(t, func(t *testing.T, _ picture, doc *html.Node) {
		ids := map[string]int{}
		for _, n := range elements(doc) {
			if id, ok := attr(n, "id"); ok {
				ids[id]++
			}
		}
		for id, n := range ids {
			if n > 1 || id == "" {
				t.Errorf("id %q stands %d times", id, n)
			}
		}
		for _, n := range elements(doc) {
			for _, name := range []string{"for", "list", "aria-describedby", "aria-labelledby", "data-counts"} {
				if v, ok := attr(n, name); ok {
					if v == "" {
						t.Errorf("<%s> has an empty %s", n.Data, name)
					}
					for _, id := range strings.Fields(v) {
						if ids[id] == 0 {
							t.Errorf("<%s %s=%q>: no such id", n.Data, name, id)
						}
					}
				}
			}
			if value(n, "aria-invalid") == "true" && value(n, "aria-describedby") == "" {
				t.Errorf("%s is wrong and does not say why", value(n, "name"))
			}
		}
	})
}

// Filled by scripts, so that nothing is claimed before it is true.
func filledLater(n *html.Node) bool {
	_, state := attr(n, "data-live-state")
	_, fresh := attr(n, "data-fresh")
	return state || fresh || value(n, "id") == "clock" || n.Data == "output"
}

func TestNoEmptyText(t *testing.T) {
	eachPage(t, func(t *testing.T, p picture, doc *html.Node) {
		for _, n := range elements(doc, "title", "h1", "h2", "p", "a", "button", "label", "legend", "summary", "th", "dt", "dd", "li", "strong", "span", "small", "option") {
			if n.Data == "option" || filledLater(n) || value(n, "aria-label") != "" {
				continue
			}
			if text(n) == "" {
				// A picture alone may stand in a mark beside words.
				if n.Data == "span" && len(elements(n, "svg")) > 0 {
					continue
				}
				t.Errorf("<%s class=%q> says nothing", n.Data, value(n, "class"))
			}
		}
		for _, svg := range elements(doc, "svg") {
			if len(elements(svg, "path", "rect", "circle")) == 0 {
				t.Error("a picture that does not exist")
			}
		}
		if got := value(elements(doc, "html")[0], "lang"); got != p.lang.Code() {
			t.Errorf("lang is %q", got)
		}
		if len(elements(doc, "h1")) == 0 && !strings.HasPrefix(p.name, "pay-") {
			t.Error("no heading")
		}
	})
}

var (
	onlyIndonesian = regexp.MustCompile(`(?i)\b(yang|tidak|belum|sudah|untuk|dengan|kode|pelanggan|jumlah|lunas|dibayar|batalkan|ubah|kembali|nama|alasan|isi|coba|lagi)\b`)
	onlyEnglish    = regexp.MustCompile(`(?i)\b(the|your|code|codes|payment|customer|amount|with|paid|cancel|change|back|name|reason|try|again|is|of|and)\b`)
)

// A sentence left in the other language is one that was forgotten.
func TestBothLanguages(t *testing.T) {
	eachPage(t, func(t *testing.T, p picture, doc *html.Node) {
		foreign := onlyIndonesian
		if p.lang == Indonesian {
			foreign = onlyEnglish
		}
		for n := range doc.Descendants() {
			var words string
			switch {
			case n.Type == html.TextNode:
				words = n.Data
			case n.Type == html.ElementNode:
				for _, name := range []string{"placeholder", "aria-label", "data-copied", "data-one", "data-many", "data-now", "data-seconds", "data-minutes", "data-lost"} {
					words += value(n, name) + " "
				}
			}
			// A quotation, the switch to the other language, raw answers and
			// what a shop typed are not ours to translate.
			if inside(n, func(p *html.Node) bool {
				_, other := attr(p, "lang")
				return p.Data == "pre" || p.Data == "script" || other && p.Data != "html"
			}) {
				continue
			}
			if found := foreign.FindString(words); found != "" {
				t.Errorf("%q in %q", found, strings.TrimSpace(words))
			}
		}
	})
}

// Without a network the page says everything in both languages, and first in
// the one it was asked for in.
func TestOffline(t *testing.T) {
	for lang, want := range map[Lang]string{Indonesian: "Tidak ada jaringan", English: "No network"} {
		doc := parse(t, picture{"offline", lang, Offline(lang)})
		if got := text(elements(doc, "h1")[0]); got != want {
			t.Errorf("%s: the heading is %q, want %q", lang, got, want)
		}
		if got := text(elements(doc, "a")[0]); got != lang.T("Coba lagi", "Try again") {
			t.Errorf("%s: the button is %q", lang, got)
		}
		if got := elements(doc, "h2"); len(got) != 1 || text(got[0]) == want {
			t.Errorf("%s: the other language is missing", lang)
		}
	}
}

func page(t *testing.T, name string) *html.Node {
	t.Helper()
	for _, p := range gallery() {
		if p.name == name {
			return parse(t, p)
		}
	}
	t.Fatalf("no page %s in the gallery", name)
	return nil
}

// Scripts and tests outside fill these in by name.
func TestFormFields(t *testing.T) {
	for _, form := range []struct{ page, action, fields string }{
		{"setup", "/setup", "email name password shop token"},
		{"login-wrong", "/login", "email password"},
		{"login", "/login", "email next password"},
		{"counter", "/codes", "amount bill_due_date customer_email customer_name customer_phone expires_in footer_message form_id info invoice_number mode note payment_code policy_account_name policy_number policy_status policy_type reusable"},
		{"counter-production", "/codes", "amount bill_due_date customer_email customer_name customer_phone expires_in footer_message form_id info invoice_number mode note policy_account_name policy_number policy_status policy_type reusable"},
		{"counter-options", "/codes", "amount bill_due_date customer_email customer_name customer_phone expires_in footer_message form_id info invoice_number mode note override_notification_url payment_code policy_account_name policy_number policy_status policy_type reusable settlement_preset"},
		{"code-new", "/codes", "amount bill_due_date customer_email customer_name customer_phone expires_in footer_message form_id info invoice_number mode note payment_code policy_account_name policy_number policy_status policy_type reusable"},
		{"transactions-work", "/attention/a1/done", "next note"},
		{"transactions-work", "/attention/a2/done", "decision next note"},
		{"attention-mistakes", "/attention/a2/done", "decision next note"},
		{"exchanges", "/exchanges", "direction kind q verdict"},
		{"exchange", "/exchanges/x1/replay", "dry_run"},
		{"exchange-forecast", "/exchanges/x1/replay", ""},
		{"edit", "/codes/k7/edit", "amount customer_email customer_name customer_phone expires_in info note reusable version"},
		{"cancel", "/codes/k7/cancel", "reason"},
		{"code-active", "/codes/k7/check", ""},
		{"code-unknown", "/codes", "amount customer_name expires_in form_id mode"},
		{"transactions", "/transactions", "by cashier from max min mode q status tab to"},
		{"settings", "/settings/review", "backup_hour limit_cash limit_min offer_mgpc shop timezone whatsapp"},
		{"settings-review", "/settings", "limit_min"},
		{"settings", "/settings/presets", "account_1 account_2 account_3 account_4 preset_name type value_1 value_2 value_3 value_4"},
		{"settings-mistakes", "/settings/presets/p1/remove", ""},
	} {
		t.Run(form.page, func(t *testing.T) {
			for _, f := range elements(page(t, form.page), "form") {
				if value(f, "action") != form.action || value(f, "class") == "find" {
					continue
				}
				var names []string
				for _, n := range elements(f, "input", "textarea", "select") {
					names = append(names, value(n, "name"))
				}
				slices.Sort(names)
				if got := strings.Join(slices.Compact(names), " "); got != form.fields {
					t.Errorf("fields %q, want %q", got, form.fields)
				}
				return
			}
			t.Errorf("no form posts to %s", form.action)
		})
	}
}

// TestSignOutIsInReach on every page of somebody who is signed in.
func TestSignOutIsInReach(t *testing.T) {
	found := 0
	for _, p := range gallery() {
		doc, err := html.Parse(strings.NewReader(render(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		if len(elements(doc, "nav")) == 0 || strings.HasSuffix(p.name, "slip") { // a slip is paper
			continue
		}
		found++
		if !slices.ContainsFunc(elements(doc, "form"), func(n *html.Node) bool { return value(n, "action") == "/logout" && value(n, "method") == "post" }) {
			t.Errorf("%s: nobody gets out", p.name)
		}
	}
	if found < 50 {
		t.Errorf("%d pages", found)
	}
}

// TestPasswordFields are masked, wherever one is asked for, and named for what
// manages passwords.
func TestPasswordFields(t *testing.T) {
	found := 0
	for _, p := range gallery() {
		doc, err := html.Parse(strings.NewReader(render(t, p)))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range elements(doc, "input") {
			if !strings.Contains(value(n, "name"), "password") {
				continue
			}
			found++
			want := "current-password"
			if value(n, "name") == "password" && p.name != "login" && !strings.HasPrefix(p.name, "login-") {
				want = "new-password"
			}
			_, held := attr(n, "maxlength")
			if value(n, "type") != "password" || value(n, "autocomplete") != want || value(n, "value") != "" || held {
				t.Errorf("%s: %s is %s for %s, with the value %q", p.name, value(n, "name"), value(n, "type"), value(n, "autocomplete"), value(n, "value"))
			}
		}
	}
	if found < 20 {
		t.Errorf("%d fields", found)
	}
}

// The first element with marks on a code's page is the code itself, and what
// is not known is absent.
func TestMarks(t *testing.T) {
	first := func(doc *html.Node) *html.Node {
		for _, n := range elements(doc) {
			if _, ok := attr(n, "data-status"); ok {
				return n
			}
		}
		t.Fatal("no marks")
		return nil
	}
	known := first(page(t, "code-paid"))
	for name, want := range map[string]string{
		"id": "panel", "data-status": "paid", "data-payment-code": "6059000000000205", "data-invoice": "INV-20261120-0012",
		"data-mode": "dgpc", "data-expires": "2026-11-20T08:05:00Z", "data-paid-total": "150000", "data-attention": "",
	} {
		if got, ok := attr(known, name); !ok || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	unknown := first(page(t, "code-unknown"))
	for _, name := range []string{"data-payment-code", "data-expires"} {
		if _, ok := attr(unknown, name); ok {
			t.Errorf("%s is there before it is known", name)
		}
	}
	row := first(page(t, "transactions"))
	for name, want := range map[string]string{"id": "code-k0", "data-status": "active", "sse-swap": "code-k0", "hx-swap": "outerHTML"} {
		if got := value(row, name); got != want {
			t.Errorf("row: %s is %q, want %q", name, got, want)
		}
	}
}

// What may not be done now is greyed out with its reason, and what nobody may
// do here is not shown.
func TestActionsSayWhyNot(t *testing.T) {
	paid := page(t, "code-paid")
	for _, n := range elements(paid) {
		switch value(n, "id") {
		case "do-edit", "do-cancel":
			if _, off := attr(n, "disabled"); !off {
				t.Errorf("%s can be pressed on a paid code", value(n, "id"))
			}
		case "do-check":
			if _, off := attr(n, "disabled"); off {
				t.Error("a paid code cannot be checked")
			}
		}
	}
	if !strings.Contains(text(paid), "Sudah lunas, jadi tidak bisa diubah atau dibatalkan.") {
		t.Error("the reason is not shown")
	}
	for _, n := range elements(page(t, "code-rejected")) {
		if id := value(n, "id"); strings.HasPrefix(id, "do-") {
			t.Errorf("%s is shown on a refused code", id)
		}
	}
}

// A deadline is said only while it decides something.
func TestDeadlineOnlyWhileItMatters(t *testing.T) {
	for state, want := range map[string]string{"active": "Berlaku sampai", "cancelling": "Berlaku sampai", "expired": "Batas waktunya", "paid": "", "cancelled": ""} {
		view := codes(Indonesian)[0].view
		view.Status = state
		if got := view.untilLabel(); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
}

// The customer's page asks nothing of the back office and tells nobody of
// itself.
func TestCustomerPage(t *testing.T) {
	doc := page(t, "pay-unpaid")
	metas := map[string]string{}
	for _, m := range elements(doc, "meta") {
		metas[value(m, "name")] = value(m, "content")
	}
	if !strings.Contains(metas["robots"], "noindex") || metas["referrer"] != "no-referrer" {
		t.Errorf("metas %v", metas)
	}
	for _, n := range elements(doc, "link", "script") {
		if url := value(n, "href") + value(n, "src"); !regexp.MustCompile(`^/static/(pay|mark)\.`).MatchString(url) {
			t.Errorf("loads %s", url)
		}
	}
	if noscript := elements(doc, "noscript"); len(noscript) != 1 || len(elements(noscript[0], "meta")) != 1 {
		t.Error("does not refresh itself without scripts")
	}
	if got := strings.ReplaceAll(text(elements(doc, "main")[0]), " ", ""); !strings.Contains(got, "6059000000000205") {
		t.Errorf("the code is not in %q", got)
	}
	for _, state := range []string{"paid", "late", "review", "expired", "cancelled", "wait"} {
		if strings.Contains(strings.ReplaceAll(text(elements(page(t, "pay-"+state), "main")[0]), " ", ""), "6059000000000205") {
			t.Errorf("%s still offers the code to pay", state)
		}
	}
}

func TestLanguageSwitchKeepsThePlace(t *testing.T) {
	for path, want := range map[string]string{
		"/transactions":               "/transactions?lang=en",
		"/transactions?tab=all&q=a+b": "/transactions?lang=en&q=a+b&tab=all",
		"/codes/1?lang=id":            "/codes/1?lang=en",
		"%zz":                         "?lang=en",
	} {
		if got := withLang(path, "en"); got != want {
			t.Errorf("withLang(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestGroupsOfFour(t *testing.T) {
	for code, want := range map[string]string{"": "", "73": "73", "6059000000000205": "6059 0000 0000 0205", "60591": "6059 1"} {
		if got := strings.Join(groups(code), " "); got != want {
			t.Errorf("groups(%q) = %q, want %q", code, got, want)
		}
	}
}

// A word that nobody has given a look must not pass for a known one.
func TestUnknownStatusIsShown(t *testing.T) {
	if got := Indonesian.StatusWord("strange"); got != "strange" {
		t.Errorf("got %q", got)
	}
}
