package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kodebayar/payments"
)

// TestALongSearchIsCutAndSaid: what is pasted into a search box is searched for
// as far as it goes, never left out without a word.
func TestALongSearchIsCutAndSaid(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	code := v.issue()
	box := func(a answer) string {
		for _, e := range a.elements("id") {
			if e["id"] == "f-q" {
				return e["value"]
			}
		}
		return "nothing: there is none"
	}
	long := code.PaymentCode + strings.Repeat(" é", 60) // 136 letters, more bytes
	for path, part := range map[string]http.Header{"/transactions": nil, "/transactions?tab=all": {"Hx-Request": {"true"}}, "/exchanges": nil} {
		and := "?"
		if strings.Contains(path, "?") {
			and = "&"
		}
		for lang, want := range map[string]string{"id": "hanya 100 huruf pertama yang dicari", "en": "only the first 100 letters are searched for"} {
			a := v.send("GET", path+and+"lang="+lang+"&q="+url.QueryEscape(long), "", part)
			if a.status != http.StatusOK || !strings.Contains(a.body, want) {
				t.Errorf("%s in %s: %d, not said", path, lang, a.status)
			}
			if len(part) == 0 && box(a) != string([]rune(long)[:100]) {
				t.Errorf("%s: the box holds %q", path, box(a))
			}
			if short := v.get(path + and + "lang=" + lang + "&q=" + url.QueryEscape(string([]rune(long)[:100]))); strings.Contains(short.body, want) {
				t.Errorf("%s in %s: said of a hundred letters", path, lang)
			}
		}
	}
	// A cell copied out of a sheet ends in a tab.
	if a := v.get("/transactions?q=" + url.QueryEscape("Budi\tSantoso\t")); a.marks()["data-invoice"] != code.InvoiceNumber || box(a) != "Budi Santoso" {
		t.Errorf("with a tab: the box holds %q", box(a))
	}
}
