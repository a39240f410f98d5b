package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestHeaders reads from every kind of answer what keeps a browser safe.
func TestHeaders(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	login := newVisitor(t, shop.home).get("/login")
	owner := shop.owner()
	path := owner.issue()
	answers := map[string]answer{
		"sign-in":                 login,
		"counter":                 owner.get("/"),
		"list":                    owner.get("/transactions"),
		"code":                    owner.get(path),
		"customer's page":         newVisitor(t, shop.home).get(owner.customerLink(path)),
		"redirect":                newVisitor(t, shop.home).get("/"),
		"not found":               owner.get("/nothing"),
		"not found, signed out":   newVisitor(t, shop.home).get("/nothing"),
		"mistake":                 owner.post("/codes", url.Values{}),
		"forged notification":     newVisitor(t, shop.home).post("/doku/notifications", url.Values{}),
		"too large":               owner.post("/codes", url.Values{"note": {strings.Repeat("x", 1<<20)}}),
		"wrong method":            owner.post("/transactions", url.Values{}),
		"health":                  owner.get("/healthz"),
		"customer that is nobody": newVisitor(t, shop.home).get("/pay/nothing"),
	}
	for _, link := range append(answers["counter"].having("href"), answers["counter"].having("src")...) {
		if address := link["href"] + link["src"]; strings.HasPrefix(address, "/static/") {
			answers[address] = owner.get(address)
			if cache := answers[address].header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
				t.Errorf("%s: Cache-Control %q", address, cache)
			}
		}
	}
	if len(answers) < 16 {
		t.Error("the counter uses no stylesheet and no script of ours")
	}
	for name, answer := range answers {
		policy := answer.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action "} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: no %q in the policy %q", name, part, policy)
			}
		}
		for _, part := range []string{"unsafe", "*", "http:"} {
			if strings.Contains(policy, part) {
				t.Errorf("%s: %q in the policy %q", name, part, policy)
			}
		}
		if got := answer.header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", name, got)
		}
		if got := answer.header.Get("Referrer-Policy"); got != "no-referrer" && got != "same-origin" {
			t.Errorf("%s: Referrer-Policy %q", name, got)
		}
		if strings.Contains(answer.header.Get("Content-Type"), "html") {
			inline(t, name, answer)
		}
	}
	for _, name := range []string{"customer's page", "customer that is nobody"} {
		if got := answers[name].header; got.Get("Set-Cookie") != "" || !strings.Contains(got.Get("X-Robots-Tag"), "noindex") ||
			got.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(got.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, name := range []string{"counter", "list", "code"} {
		if got := answers[name].header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
	if got := answers["wrong method"].status; got != http.StatusMethodNotAllowed && got != http.StatusNotFound {
		t.Errorf("POST /transactions: status %d", got)
	}
	session := newVisitor(t, shop.home).post("/login", url.Values{"email": {ownerEmail}, "password": {ownerPassword}}).header.Get("Set-Cookie")
	if !strings.Contains(session, "HttpOnly") || !regexp.MustCompile("SameSite=(Lax|Strict)").MatchString(session) {
		t.Errorf("the session's cookie is %q", session)
	}
}

// inline looks for what the policy would block, before a browser does.
func inline(t *testing.T, name string, page answer) {
	t.Helper()
	for element := range page.elements() {
		attributes := attributes(element)
		if element.Data == "style" || element.Data == "script" && attributes["src"] == "" {
			t.Errorf("%s has an inline %s: %s", name, element.Data, text(element))
		}
		for attribute := range attributes {
			if attribute == "style" || strings.HasPrefix(attribute, "on") {
				t.Errorf("%s has an inline %s on <%s>", name, attribute, element.Data)
			}
		}
	}
}

// TestCrossOriginPost sends forms from a page of somebody else's.
func TestCrossOriginPost(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	owner := shop.owner()
	path := owner.issue()
	for name, header := range map[string]http.Header{
		"another site":                  {"Sec-Fetch-Site": {"cross-site"}},
		"a neighbour":                   {"Sec-Fetch-Site": {"same-site"}},
		"an old browser, by its origin": {"Origin": {"https://evil.example"}},
	} {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		for link, form := range map[string]url.Values{"/codes": owner.codeForm(), path + "/cancel": {"reason": {"x"}}, "/logout": nil} {
			if answer := owner.send(http.MethodPost, link, form.Encode(), header); answer.status != http.StatusForbidden {
				t.Errorf("POST %s from %s: status %d, want 403", link, name, answer.status)
			}
		}
	}
	if rows := owner.get("/transactions").having("data-status"); len(rows) != 1 || rows[0]["data-status"] != "active" {
		t.Errorf("after foreign forms the list is %v", rows)
	}
}
