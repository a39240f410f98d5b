package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// TestCounterRemembers how long a member's last code was valid, but neither for
// others nor what belongs to one sale.
func TestCounterRemembers(t *testing.T) {
	s := newShop(t)
	sari, budi := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier)
	form := sari.codeForm()
	form.Set("expires_in", "180")
	form.Set("info", "Polis Desember Ibu Siti")
	form.Set("footer_message", "Terima kasih")
	form.Set("reusable", "true")
	sari.issueWith(form)
	for _, path := range []string{"/", "/codes/new"} {
		a := sari.get(path)
		if info, foot := a.field("info")["value"], a.textOf("f-footer_message"); info+foot != "" {
			t.Errorf("%s: the next customer's receipt would say %q, %q", path, info, foot)
		}
		if got := switchedOn(a, "expires_in"); got != "180" {
			t.Errorf("%s: valid for %q minutes", path, got)
		}
		if _, on := a.field("reusable")["checked"]; on {
			t.Errorf("%s: paid more than once is left on", path)
		}
		if a.field("amount")["value"] != "" || a.field("customer_name")["value"] != "" {
			t.Errorf("%s: amount or name of the last customer is left over", path)
		}
		other := budi.get(path)
		if other.field("info")["value"] != "" || switchedOn(other, "expires_in") != "60" {
			t.Errorf("%s: somebody else's choice", path)
		}
	}
}

// switchedOn is the value of the radio button that is on.
func switchedOn(a answer, name string) string {
	for _, e := range a.elements("checked") {
		if e["name"] == name {
			return e["value"]
		}
	}
	return ""
}

// TestTwin offers a code of the same name and amount as a link, within a
// quarter of an hour and within what the visitor may see.
func TestTwin(t *testing.T) {
	s := newShop(t)
	sari, budi, ibu := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier), s.member("ibu", payments.Owner)
	linked := func(v *visitor, c payments.Code) string {
		t.Helper()
		for _, e := range v.get("/codes/" + c.ID).elements("id") {
			if e["id"] == "twin" {
				return strings.TrimPrefix(e["href"], "/codes/")
			}
		}
		return ""
	}
	first := sari.issue()
	if got := linked(sari, first); got != "" {
		t.Errorf("the first of its kind has a twin %s", got)
	}
	form := sari.codeForm()
	form.Set("customer_name", "budi SANTOSO")
	if got := linked(sari, sari.issueWith(form)); got != first.ID {
		t.Errorf("the twin is %q, want %s", got, first.ID)
	}
	form = sari.codeForm()
	form.Set("amount", "150.001")
	if got := linked(sari, sari.issueWith(form)); got != "" {
		t.Errorf("another amount has a twin %s", got)
	}
	// The same sale by somebody else is told to who may see both.
	theirs := budi.issue()
	if got := linked(budi, theirs); got != "" {
		t.Errorf("a cashier is told of another's code %s", got)
	}
	if got := linked(ibu, theirs); got == "" {
		t.Error("the owner is not told of the twin")
	}
	s.ahead.Store(int64(16 * time.Minute))
	if got := linked(sari, sari.issue()); got != "" {
		t.Errorf("sixteen minutes later there is a twin %s", got)
	}
}

// TestCounterBudget counts what a phone loads to show the counter for the
// first time, and what it loads to refresh a list, headers included.
func TestCounterBudget(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	for i := range pageLength {
		form := v.codeForm()
		form.Set("customer_name", "Pelanggan ke-"+strconv.Itoa(i*7919))
		form.Set("amount", strconv.Itoa(20_000+i*37_913))
		v.issueWith(form)
	}
	gzip := http.Header{"Accept-Encoding": {"gzip"}}
	weigh := func(path string, header http.Header) int {
		t.Helper()
		a := v.send("GET", path, "", header)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d", path, a.status)
		}
		var head strings.Builder
		_ = a.header.Write(&head)
		return len(a.body) + head.Len()
	}
	page := v.get("/")
	total := weigh("/", gzip)
	seen := map[string]bool{}
	for _, attribute := range []string{"src", "href"} {
		for _, e := range page.elements(attribute) {
			if e[""] != "script" && e[""] != "link" && e[""] != "img" || seen[e[attribute]] {
				continue
			}
			seen[e[attribute]] = true
			total += weigh(e[attribute], gzip)
		}
	}
	if len(seen) < 4 {
		t.Fatalf("only %v are loaded", seen)
	}
	const first, refresh = 60_000, 5_000
	t.Logf("first load %d bytes in %d files", total, len(seen)+1)
	if total > first {
		t.Errorf("the counter loads %d bytes, at most %d", total, first)
	}
	list := weigh("/transactions", http.Header{"Accept-Encoding": {"gzip"}, "Hx-Request": {"true"}})
	t.Logf("refresh of the list %d bytes", list)
	if list > refresh {
		t.Errorf("a list refreshes with %d bytes, at most %d", list, refresh)
	}
}

// TestAFormAgain: the form of a code leads to that code again, and says so when
// it was filled in for another customer.
func TestAFormAgain(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	form := sari.codeForm()
	form.Set("amount", "150.000")
	made := sari.issueWith(form)
	for _, again := range []struct {
		field, value string
		says         bool
	}{
		{"amount", "150000", false}, // the same amount, written otherwise
		{"note", "catatan", false},
		{"amount", "900.000", true},
		{"amount", "bukan angka", true},
		{"customer_name", "Orang Lain", true},
	} {
		other := url.Values{}
		for name, values := range form {
			other[name] = values
		}
		other.Set(again.field, again.value)
		for lang, sentence := range map[string]string{"id": "isian yang baru tidak dipakai", "en": "is not used"} {
			a := sari.post("/codes?lang="+lang, other)
			if a.status != http.StatusSeeOther || a.header.Get("Location") != "/codes/"+made.ID {
				t.Fatalf("%s %q: %d to %s", again.field, again.value, a.status, a.header.Get("Location"))
			}
			page := sari.get("/codes/" + made.ID)
			if said := strings.Contains(page.body, sentence); said != again.says {
				t.Errorf("%s %q in %s: told %v, want %v", again.field, again.value, lang, said, again.says)
			}
			if again.says && !strings.Contains(page.body, `href="/codes/new"`) {
				t.Errorf("%s %q: no way to a new code", again.field, again.value)
			}
		}
	}
	if a := sari.post("/codes", url.Values{"form_id": form["form_id"]}); strings.Contains(sari.get(a.header.Get("Location")).body, "tidak dipakai") {
		t.Error("a lost answer that is asked for again is taken for another order")
	}
}
