package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/payments"
)

// linkFor posts a form that makes a one-time link and answers its path.
func (v *visitor) linkFor(path string, form url.Values) (page, link string) {
	v.s.t.Helper()
	a := v.post(path, form)
	page = a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(page, "/staff/invites/") {
		v.s.t.Fatalf("POST %s: %v", path, a)
	}
	shown := v.get(page)
	if !strings.Contains(shown.body, "<svg") {
		v.s.t.Error("the page of the link has no QR code")
	}
	for _, e := range shown.elements("data-copy") {
		return page, strings.TrimPrefix(e["data-copy"], v.s.home)
	}
	v.s.t.Fatalf("no link on %v", shown)
	return "", ""
}

func invitationFor(name, role string) url.Values {
	return url.Values{"name": {name}, "email": {name + "@toko.id"}, "role": {role}}
}

const chosen = "kata-sandi-pilihan-sendiri"

// events are the details of the log's events of a kind.
func (s *shop) events(kind payments.EventKind) []payments.Event {
	s.t.Helper()
	var found []payments.Event
	for _, e := range must(s.Store.EventsAfter(s.t.Context(), 0, 10_000)) {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// TestAnInvitation leads somebody from the link to the counter, once.
func TestAnInvitation(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		owner := s.member("ibu", payments.Owner)
		page, link := owner.linkFor("/staff/invites", invitationFor("sari", "cashier"))
		token := strings.TrimPrefix(link, "/invite/")

		rows := must(s.Store.Query(t.Context(), `SELECT digest FROM invites`))
		for rows.Next() {
			var digest string
			if err := rows.Scan(&digest); err != nil || strings.Contains(digest, token) {
				t.Errorf("the database holds %q (%v)", digest, err)
			}
		}
		rows.Close()

		sari := s.visitor()
		if a := sari.get(link); a.status != http.StatusOK || a.field("name")["value"] != "sari" {
			t.Fatalf("the link: %v", a)
		}
		if a := sari.post(link, url.Values{"name": {""}, "password": {"pendek"}}); a.status != http.StatusUnprocessableEntity || a.mistake("name") == "" || a.mistake("password") == "" {
			t.Errorf("mistakes: %v", a)
		}
		if a := sari.post(link, url.Values{"name": {"Sari Dewi"}, "password": {chosen}, "role": {"owner"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("a role of one's own choice: %d", a.status)
		}
		if a := sari.post(link, url.Values{"name": {"Sari Dewi"}, "password": {chosen}}); a.status != http.StatusSeeOther || !sari.signedIn() {
			t.Fatalf("joining: %v", a)
		}
		m := must(s.Store.StaffByEmail(t.Context(), "sari@toko.id"))
		if m.Name != "Sari Dewi" || m.Role != payments.Cashier {
			t.Errorf("joined as %+v", m)
		}
		for name, a := range map[string]answer{
			"again": s.visitor().get(link), "post again": s.visitor().post(link, url.Values{"name": {"X"}, "password": {chosen}}),
			"its page": owner.get(page), "another": s.visitor().get("/invite/aaaaaaaaaaaaaaaa"),
		} {
			if a.status != http.StatusGone {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		if a := s.visitor().tryPassword("sari@toko.id", chosen); a.status != http.StatusSeeOther {
			t.Errorf("signing in afterwards: %d", a.status)
		}
		if made := s.events(db.EventInvited); len(made) != 1 || made[0].Detail["role"] != "cashier" || made[0].Actor == "" {
			t.Errorf("the log: %+v", made)
		}
		s.keepsSecret(token, chosen)
	})
}

// keepsSecret greps the log of the program and the log of events.
func (s *shop) keepsSecret(secrets ...string) {
	s.t.Helper()
	var told strings.Builder
	for _, e := range must(s.Store.EventsAfter(s.t.Context(), 0, 10_000)) {
		for _, value := range e.Detail {
			told.WriteString(value + "\n")
		}
	}
	for _, secret := range secrets {
		if strings.Contains(s.log.String(), secret) || strings.Contains(told.String(), secret) {
			s.t.Errorf("a log holds %s", secret)
		}
	}
}

// TestLinksThatLostTheirGround: withdrawn, out of date, made by somebody who
// was let go, for an address that is taken.
func TestLinksThatLostTheirGround(t *testing.T) {
	s := newShop(t)
	owner, manager := s.member("ibu", payments.Owner), s.member("eka", payments.Manager)
	dead := func(name, link string) {
		t.Helper()
		if a := s.visitor().get(link); a.status != http.StatusGone {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	page, link := owner.linkFor("/staff/invites", invitationFor("a", "cashier"))
	if a := owner.post(page+"/withdraw", nil); a.status != http.StatusSeeOther {
		t.Errorf("withdraw: %v", a)
	}
	dead("withdrawn", link)

	_, link = manager.linkFor("/staff/invites", invitationFor("b", "cashier"))
	if a := owner.post("/staff/"+s.idOf("eka")+"/disable", nil); a.status != http.StatusSeeOther {
		t.Errorf("disable: %v", a)
	}
	dead("made by somebody disabled", link)
	if manager.signedIn() {
		t.Error("a disabled manager is still signed in")
	}

	_, first := owner.linkFor("/staff/invites", invitationFor("c", "cashier"))
	_, second := owner.linkFor("/staff/invites", invitationFor("c", "accountant"))
	dead("replaced", first)
	if a := owner.post("/staff/invites", invitationFor("ibu", "cashier")); a.status != http.StatusUnprocessableEntity || a.mistake("email") == "" {
		t.Errorf("an address that is taken: %v", a)
	}
	s.hire("c", payments.Cashier)
	if a := s.visitor().post(second, url.Values{"name": {"C"}, "password": {chosen}}); a.status != http.StatusGone {
		t.Errorf("an address taken meanwhile: %d", a.status)
	}

	_, link = owner.linkFor("/staff/invites", invitationFor("d", "cashier"))
	s.ahead.Store(int64(inviteLifetime) + 1e9)
	dead("out of date", link)
}

// TestManagersLookAfterCashiersOnly tries everything else.
func TestManagersLookAfterCashiersOnly(t *testing.T) {
	s := newShop(t)
	manager := s.member("eka", payments.Manager)
	owner := s.member("ibu", payments.Owner)
	for _, role := range []payments.Role{payments.Owner, payments.Manager, payments.Accountant} {
		if a := manager.post("/staff/invites", invitationFor("x", string(role))); a.status != http.StatusUnprocessableEntity || a.textOf("f-role-error") == "" {
			t.Errorf("a manager invites %s: %d", role, a.status)
		}
		id := s.hire("orang-"+string(role), role)
		for _, act := range []string{"role", "disable", "enable", "reset", "sessions"} {
			if a := manager.post("/staff/"+id+"/"+act, url.Values{}); a.status != http.StatusForbidden {
				t.Errorf("a manager may %s %s: %d", act, role, a.status)
			}
		}
		if a := manager.get("/staff/" + id); a.status != http.StatusOK || strings.Contains(a.body, `action="/staff/`) {
			t.Errorf("the page of %s: %d, or it has forms", role, a.status)
		}
	}
	page, _ := owner.linkFor("/staff/invites", invitationFor("y", "owner"))
	if a := manager.get(page); a.status != http.StatusForbidden {
		t.Errorf("a manager sees the link of an owner: %d", a.status)
	}
	id := s.hire("sari", payments.Cashier)
	if a := manager.post("/staff/"+id+"/role", url.Values{"role": {"manager"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a manager promotes: %d", a.status)
	}
	if a := manager.post("/staff/"+id+"/disable", nil); a.status != http.StatusSeeOther {
		t.Errorf("a manager disables a cashier: %d", a.status)
	}
}

// TestTheLastOwner can neither go nor lose the role; a second one makes both
// possible.
func TestTheLastOwner(t *testing.T) {
	s := newShop(t)
	owner := s.member("ibu", payments.Owner)
	path := "/staff/" + s.idOf("ibu")
	if a := owner.get(path); strings.Contains(a.body, path+"/disable") || strings.Contains(a.body, path+"/role") {
		t.Error("the page offers what it refuses")
	}
	for act, form := range map[string]url.Values{"disable": {}, "role": {"role": {"cashier"}}} {
		if a := owner.post(path+"/"+act, form); a.status != http.StatusConflict {
			t.Errorf("%s: %d", act, a.status)
		}
	}
	second := s.member("bapak", payments.Owner)
	if a := second.post(path+"/role", url.Values{"role": {"cashier"}}); a.status != http.StatusSeeOther {
		t.Errorf("with a second owner: %d", a.status)
	}
	if a := owner.get("/staff"); a.status != http.StatusNotFound {
		t.Errorf("a former owner sees the staff: %d", a.status)
	}
	changed := s.events(db.EventStaffChanged)
	if len(changed) != 1 || changed[0].Detail["role_before"] != "owner" || changed[0].Detail["role"] != "cashier" || changed[0].Actor != payments.StaffActor(s.idOf("bapak")) {
		t.Errorf("the log: %+v", changed)
	}
}

// TestANewPasswordByLink ends the sessions when it is used, not before.
func TestANewPasswordByLink(t *testing.T) {
	s := newShop(t)
	owner, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	id := s.idOf("sari")
	_, link := owner.linkFor("/staff/"+id+"/reset", nil)
	if !sari.signedIn() {
		t.Error("the link alone ends a session")
	}
	if a := s.visitor().post(link, url.Values{"password": {chosen}, "name": {"Maling"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("another name: %d", a.status)
	}
	other := s.visitor()
	if a := other.post(link, url.Values{"password": {chosen}}); a.status != http.StatusSeeOther || !other.signedIn() {
		t.Fatalf("the new password: %v", a)
	}
	if sari.signedIn() {
		t.Error("a session from before goes on")
	}
	if a := s.visitor().get(link); a.status != http.StatusGone {
		t.Errorf("the link again: %d", a.status)
	}
	if a := s.visitor().tryPassword("sari@toko.id", password); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: %d", a.status)
	}
	s.keepsSecret(strings.TrimPrefix(link, "/invite/"), chosen)
}

// TestEndingSessions signs somebody out everywhere, live pages too, but not
// whoever does it.
func TestEndingSessions(t *testing.T) {
	s := newShop(t)
	owner, sari := s.member("ibu", payments.Owner), s.member("sari", payments.Cashier)
	live := sari.listen(sari.get("/").streamOf(), nil)
	live.next("today", "")
	if a := owner.post("/staff/"+s.idOf("sari")+"/sessions", nil); a.status != http.StatusSeeOther {
		t.Fatalf("%v", a)
	}
	live.expectEnd()
	if sari.signedIn() {
		t.Error("still signed in")
	}
	sari.signIn("sari")
	if a := owner.post("/staff/"+s.idOf("ibu")+"/sessions", nil); a.status != http.StatusSeeOther || !owner.signedIn() || !sari.signedIn() {
		t.Errorf("ending one's own: %d", a.status)
	}
}

// TestTheMatrixFollowsTheRoutes: a row about a route that is gone would say
// that nobody may.
func TestTheMatrixFollowsTheRoutes(t *testing.T) {
	s := newShop(t)
	for _, row := range s.abilityRows("id") {
		if len(row.May) != len(payments.Roles) || !row.May[0] {
			t.Errorf("%s: %v; an owner may everything", row.Name, row.May)
		}
	}
}
