package e2e

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite"
)

// customerStates makes codes in the states that a sale alone does not lead to,
// and answers the customers' links.
func (s *shop) customerStates(owner *visitor) map[string]string {
	s.t.Helper()
	links := map[string]string{}
	make := func(state string, more url.Values) (code string) {
		form := owner.codeForm()
		for name, values := range more {
			form[name] = values
		}
		made := owner.post("/codes", form)
		if made.status != http.StatusSeeOther {
			s.t.Fatalf("%s: %d\n%s", state, made.status, made.body)
		}
		links[state] = owner.customerLink(made.location())
		return made.location()
	}
	links["review"] = owner.customerLink(s.saleToLookAt(owner))
	reusable := make("reusable", url.Values{"reusable": {"true"}})
	for range 2 {
		s.pay(owner.number(reusable))
	}
	dipc := make("till", url.Values{"mode": {"dipc"}})
	links["till code"] = owner.number(dipc)
	s.machine("/simulator/inquiry", map[string]any{"code": owner.number(dipc)})
	pool, err := sql.Open("sqlite", "file:"+s.database+"?_pragma=busy_timeout(5000)")
	check(s.t, err)
	defer pool.Close()
	over := func(code string) { // as if an hour had gone by
		_, err := pool.Exec(`UPDATE codes SET expires_at = $1 WHERE id = $2`, time.Now().Add(-time.Minute).UnixMilli(), strings.TrimPrefix(code, "/codes/"))
		check(s.t, err)
	}
	over(make("expired", nil))
	late := make("late", nil) // and the sweep, which looks after each new code, ends the one before
	over(late)
	s.pay(owner.number(late))
	for state, word := range map[string]string{
		"review": "jangan bayar lagi", "reusable": "2 pembayaran masuk", "till": "sedang membuka kode ini", "late": "setelah batas waktu", "expired": "Kedaluwarsa",
	} {
		owner.eventually("the page says "+word, func() bool {
			return strings.Contains(owner.get(links[state]+"?lang=id").body, word)
		})
	}
	return links
}
