package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kodebayar/payments"
	"kodebayar/static"
)

// concrete is a route's path with something in its places.
func (rt *route) concrete(code payments.Code) string {
	id := code.ID
	switch {
	case strings.HasPrefix(rt.path, "/attention/"):
		id = "a-" + code.ID
	case strings.HasPrefix(rt.path, "/exchanges/"):
		id = "x-" + code.ID
	case strings.HasPrefix(rt.path, "/reports/settlement/"):
		id = "r-" + code.ID
	case strings.HasPrefix(rt.path, "/closings/"):
		id = "z-" + code.ID
	case strings.HasPrefix(rt.path, "/staff/"):
		id = "s-" + code.ID
	}
	path := strings.NewReplacer(":id", id, ":batch", "b-"+code.ID, ":preset", "p1", ":passkey", "k1", ":login", "l1", ":name", "20260101-000000-000", ":token", code.Token, static.Prefix+"*", static.URL("app.css")).Replace(rt.path)
	if rt.path == "/events" {
		path += "?page=code&code=" + code.ID
	}
	return path
}

// TestEveryRouteForEveryRole walks the table with every role and with none. The
// expectations stand here once more, by hand, so that a slip in the table
// shows.
func TestEveryRouteForEveryRole(t *testing.T) {
	s := newShop(t)
	people := map[string]*visitor{"": s.visitor()}
	for _, role := range payments.Roles {
		people[string(role)] = s.member(string(role), role)
	}
	other := s.member("other", payments.Cashier).issue() // who "cashier" must never see
	own := people["cashier"].issue()
	for _, c := range []payments.Code{own, other} {
		s.puzzle(c, payments.Attention{ID: "a-" + c.ID, Kind: payments.LatePayment})
		s.keep(payments.Exchange{ID: "x-" + c.ID, Kind: "status", Direction: payments.Outgoing, CodeID: c.ID, Verdict: "done"})
		s.handIn(c)
		if err := s.Store.Update(t.Context(), func(tx payments.Tx) error {
			return tx.InsertClosing(&payments.Closing{ID: "z-" + c.ID, Environment: c.Environment, Staff: c.CreatedBy, Number: 1, FormID: c.ID, MadeBy: c.CreatedBy, At: s.Now()})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Store.KeepSettlement(t.Context(), payments.Reconciliation{ID: "r-" + c.ID, Environment: c.Environment, Digest: c.ID}, "{}"); err != nil {
			t.Fatal(err)
		}
		m := payments.Staff{ID: "s-" + c.ID, Name: "Wati", Email: c.ID + "@toko.id", Role: payments.Cashier, CreatedAt: s.Now()}
		if err := s.Store.AddStaff(t.Context(), m, payments.ActorShell); err != nil {
			t.Fatal(err)
		}
	}

	s.shelve("20260101-000000-000")

	const public, all, sell = "public", "owner manager cashier accountant", "owner manager cashier"
	// A role after a ! may not even know of it.
	const office, boss = "owner manager accountant !cashier", "owner manager !cashier"
	const bosses = "owner manager !cashier !accountant"
	want := map[string]string{
		"GET /setup": public, "POST /setup": public, "GET /login": public, "POST /login": public, "POST /logout": public,
		"GET /": all, "GET /transactions": all, "GET /transactions.csv": all, "GET /transactions.xlsx": all, "GET /codes": all, "GET /codes/new": sell, "POST /codes": sell,
		"GET /codes/bulk": sell, "POST /codes/bulk": sell, "POST /codes/bulk/start": sell, "GET /codes/bulk/template.csv": sell, "GET /codes/bulk/:batch": sell,
		"GET /codes/bulk/:batch/result.csv": sell, "GET /codes/bulk/:batch/cards": sell, "POST /codes/bulk/:batch/stop": sell, "POST /codes/bulk/:batch/resume": sell,
		"GET /codes/:id": all, "POST /codes/:id/check": sell, "POST /codes/:id/handover": sell, "GET /check": sell, "GET /codes/:id/edit": sell, "POST /codes/:id/edit": sell,
		"GET /codes/:id/cancel": sell, "POST /codes/:id/cancel": sell, "GET /events": all,
		"GET /codes/:id/slip": all, "GET /codes/:id/notes": sell, "POST /codes/:id/notes": sell, "GET /codes/:id/refunds": sell, "POST /codes/:id/refunds": sell,
		"POST /attention/:id/done": sell, "GET /exchanges": office, "GET /exchanges/:id": office, "POST /exchanges/:id/replay": boss,
		"GET /invite/:token": public, "POST /invite/:token": public,
		"GET /staff": bosses, "POST /staff/invites": bosses, "GET /staff/invites/:id": bosses, "POST /staff/invites/:id/withdraw": bosses,
		"GET /staff/:id": bosses, "POST /staff/:id/role": bosses, "POST /staff/:id/disable": bosses, "POST /staff/:id/enable": bosses,
		"POST /staff/:id/totp": bosses, "GET /audit": office, "GET /audit.csv": office, "GET /audit.xlsx": office, "GET /account": all, "POST /account": all,
		"GET /diagnostics": "owner manager !cashier", "GET /backups": "owner !cashier !accountant", "POST /backups": "owner !cashier !accountant", "GET /backups/:name": "owner !cashier !accountant",
		"GET /tills": bosses, "POST /tills": bosses, "POST /tills/links": bosses, "GET /tills/:id": bosses, "POST /tills/:id/remove": bosses,
		"GET /till/left": all, "GET /till/:token": public, "POST /till/:token": public, "GET /login/pin": public, "POST /login/pin": public,
		"POST /account/pin": "cashier", "POST /account/pin/remove": "cashier", "POST /staff/:id/pin": bosses,
		"POST /account/password": all, "POST /account/sessions": all,
		"POST /account/sessions/:login/end": all, "GET /account/totp": all, "POST /account/totp": all, "POST /account/totp/remove": all,
		"GET /account/codes": all, "POST /account/codes": all,
		"POST /staff/:id/reset": bosses, "POST /staff/:id/sessions": bosses,
		"POST /account/passkeys/begin": all, "POST /account/passkeys": all, "POST /account/passkeys/:passkey/remove": all, "POST /login/passkey/begin": public, "POST /login/passkey": public,
		"GET /closings": all, "POST /closings": sell, "GET /closings/:id": all, "GET /closings/:id/slip": all,
		"GET /reports": office, "GET /reports.csv": office, "GET /reports.xlsx": office, "GET /reports/refunds": office, "GET /reports/settlement": office, "POST /reports/settlement": office, "GET /reports/settlement/:id": office, "GET /reports/settlement/:id/result.csv": office,
		"GET /settings": "owner", "POST /settings": "owner", "POST /settings/review": "owner", "GET /settings/doku": "owner", "POST /settings/doku/credentials": "owner", "POST /settings/doku/test": "owner", "POST /settings/doku/forget": "owner", "POST /settings/doku/callbacks": "owner", "POST /settings/doku/rehearsal": "owner", "POST /settings/doku/environment": "owner", "POST /settings/logo": "owner", "GET /logo/:digest": public, "POST /settings/presets": "owner", "POST /settings/presets/:preset/remove": "owner",
		"GET /pay/:token": public, "GET /pay/:token/events": public,
		"POST /doku/notifications": public, "POST /doku/inquiries": public,
		"GET /healthz": public, "GET /readyz": public, "GET /robots.txt": public, "GET /manifest.webmanifest": public, "GET /sw.js": public, "GET /offline": public, "GET /favicon.ico": public, "GET /static/*": public,
	}
	table := routes("/doku/notifications", "/doku/inquiries")
	if len(table) != len(want) {
		t.Errorf("the table has %d routes, the expectations %d", len(table), len(want))
	}
	opened := map[string]bool{}
	for _, rt := range table {
		opened[rt.concrete(own)] = opened[rt.concrete(own)] || rt.method == http.MethodGet && rt.kind == page
	}
	for i := range table {
		rt := &table[i]
		roles, known := want[rt.method+" "+rt.path]
		if !known {
			t.Errorf("%s %s is not expected", rt.method, rt.path)
			continue
		}
		if rt.path == "/logout" {
			continue // it would end the walk; its own test holds it
		}
		for role, v := range people {
			try := func(code payments.Code) int {
				if rt.kind == stream {
					l := v.listen(rt.concrete(code), nil)
					l.close()
					return l.status
				}
				a := v.send(rt.method, rt.concrete(code), "", nil)
				if a.status == http.StatusUnauthorized && rt.kind == page {
					// Whoever signs in again comes back to where the form was, and so
					// does Back.
					if get := a.elements("data-get"); len(get) != 1 || get[0]["data-get"] != a.field("next")["value"] {
						t.Errorf("%s %s, signed out: Back finds %v", rt.method, rt.path, get)
					}
					next, _, _ := strings.Cut(a.field("next")["value"], "?")
					if !opened[next] || next == "/" && rt.path != "/codes" {
						t.Errorf("%s %s, signed out, leads back to %q", rt.method, rt.path, next)
					}
				}
				if a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/login") {
					return http.StatusUnauthorized
				}
				return a.status
			}
			name := fmt.Sprintf("%s %s as %q", rt.method, rt.path, role)
			got := try(own)
			switch {
			case roles == public:
				// DOKU's callbacks are closed by their signature, not by a role.
				if unsigned := rt.kind == callback; (got == http.StatusUnauthorized || got == http.StatusForbidden) != unsigned {
					t.Errorf("%s: %d", name, got)
				}
			case role == "":
				if got != http.StatusUnauthorized {
					t.Errorf("%s: %d, want 401 or the sign-in page", name, got)
				}
			case strings.Contains(roles, "!"+role):
				if got != http.StatusNotFound {
					t.Errorf("%s: %d, want 404", name, got)
				}
			case !strings.Contains(roles, role):
				if got != http.StatusForbidden {
					t.Errorf("%s: %d, want 403", name, got)
				}
			case got == http.StatusUnauthorized || got == http.StatusForbidden || got == http.StatusNotFound || got >= 500:
				t.Errorf("%s: %d", name, got)
			}
			if role == "cashier" && (strings.Contains(rt.path, ":id") || strings.Contains(rt.path, ":batch") || rt.path == "/events") {
				if got := try(other); got != http.StatusNotFound {
					t.Errorf("%s, another's code: %d, want 404", name, got)
				}
			}
		}
	}
}

// TestReadingChangesNothing: no address that is only opened changes the shop. What
// was opened or printed may be noted, and a session be lengthened.
func TestReadingChangesNothing(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	code := owner.issue()
	s.puzzle(code, payments.Attention{ID: "a-" + code.ID, Kind: payments.LatePayment})
	s.keep(payments.Exchange{ID: "x-" + code.ID, Kind: "status", Direction: payments.Outgoing, CodeID: code.ID, Verdict: "done"})
	s.handIn(code)
	_, link := owner.linkFor("/staff/invites", invitationFor("sari", "cashier"))
	table := func(name string) string {
		rows := must(s.Store.Query(t.Context(), "SELECT * FROM "+name))
		defer rows.Close()
		columns := must(rows.Columns())
		var all []string
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, column := range columns {
				if column == "viewed_at" {
					row[i] = nil
				}
			}
			all = append(all, fmt.Sprintf("%q", row))
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	names := must(s.Store.Query(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('events', 'sessions', 'logins')`))
	before := map[string]string{}
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		before[name] = ""
	}
	names.Close()
	for name := range before {
		before[name] = table(name)
	}
	if len(before) < 15 || before["codes"] == "" {
		t.Fatalf("tables: %v", before)
	}
	paths := []string{link}
	for _, rt := range routes(s.NotificationPath, s.InquiryPath) {
		if rt.method == http.MethodGet && rt.kind != stream {
			paths = append(paths, rt.concrete(code))
		}
	}
	for _, path := range paths {
		if a := owner.get(path); a.status >= 500 {
			t.Errorf("%s: %d", path, a.status)
		}
		for name, was := range before {
			if is := table(name); is != was {
				t.Errorf("%s changes %s:\n%s\nit was\n%s", path, name, is, was)
				before[name] = is
			}
		}
	}
}

func TestATableThatIsNotSound(t *testing.T) {
	does := (*Server).healthz
	for name, table := range map[string][]route{
		"for nobody":          {{method: "GET", path: "/x", handle: does}},
		"public and for some": {{method: "GET", path: "/x", public: true, roles: sellers, handle: does}},
		"does nothing":        {{method: "GET", path: "/x", public: true}},
		"there twice":         {{method: "GET", path: "/x", public: true, handle: does}, {method: "GET", path: "/x", public: true, handle: does}},
		"odd callback":        {{method: "POST", path: "/x/:id", kind: callback, public: true, handle: does}},
		"callback in the way": routes("/login", "/doku/inquiries"),
		"callbacks the same":  routes("/doku", "/doku"),
	} {
		if sound(table) == nil {
			t.Errorf("%s: no objection", name)
		}
	}
	if err := CheckCallbacks("/payments/notifications", "/payments/inquiries"); err != nil {
		t.Error(err)
	}
	if use, know := (&route{roles: []payments.Role{payments.Owner}}).may(payments.Cashier); use || know {
		t.Error("a cashier may know what only owners know of")
	}
}
