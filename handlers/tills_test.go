package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

const pin = "481527"

// enrolled is a device that an owner made a shared till, by the till's name.
func (s *shop) enrolled(name string) *visitor {
	s.t.Helper()
	v := s.visitor()
	email := "pemasang@toko.id"
	if _, err := s.Store.StaffByEmail(s.t.Context(), email); err != nil {
		s.hire("pemasang", payments.Owner)
	}
	v.signIn("pemasang")
	if a := v.post("/tills", url.Values{"till_name": {name}}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login" {
		s.t.Fatalf("POST /tills: %v", a)
	}
	return v
}

// withPIN hires a cashier with a PIN and answers their id.
func (s *shop) withPIN(name, pin string) string {
	s.t.Helper()
	v := s.member(name, payments.Cashier)
	if a := v.post("/account/pin", url.Values{"pin": {pin}, "pin_password": {password}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("%s sets a PIN: %v", name, a)
	}
	return s.idOf(name)
}

func (v *visitor) tryPIN(staff, pin string) answer {
	v.s.t.Helper()
	return v.post("/login/pin", url.Values{"staff": {staff}, "pin": {pin}})
}

func (v *visitor) come(staff, pin string) {
	v.s.t.Helper()
	if a := v.tryPIN(staff, pin); a.status != http.StatusSeeOther {
		v.s.t.Fatalf("by PIN: %v", a)
	}
}

// logged are the events of a kind.
func (s *shop) logged(kind payments.EventKind) (all []payments.Event) {
	s.t.Helper()
	for _, e := range must(s.Store.EventsAfter(s.t.Context(), 0, 1000)) {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// TestASharedTill: a manager makes a device one, two cashiers take turns at it,
// each as themselves, and everybody can see where.
func TestASharedTill(t *testing.T) { eachShop(t, aSharedTill) }

func aSharedTill(t *testing.T, s *shop) {
	sari, budi := s.withPIN("sari", pin), s.withPIN("budi", "905172")
	s.hire("wati", payments.Cashier) // has no PIN
	till := s.member("bos", payments.Manager)
	if a := till.post("/tills", url.Values{"till_name": {" "}}); a.status != http.StatusUnprocessableEntity || a.mistake("till_name") == "" {
		t.Errorf("a till without a name: %v", a)
	}
	a := till.post("/tills", url.Values{"till_name": {"Kasir depan"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/login" || till.signedIn() {
		t.Fatalf("the manager is still here: %v", a)
	}
	tiles := till.get("/login")
	for _, want := range []string{"Kasir depan", ">sari<", ">budi<", "Masuk dengan kata sandi"} {
		if !strings.Contains(tiles.body, want) {
			t.Errorf("the tiles lack %q: %v", want, tiles)
		}
	}
	if strings.Contains(tiles.body, "wati") || strings.Contains(tiles.body, ">bos<") || tiles.field("password") != nil {
		t.Error("there are more tiles than cashiers with a PIN")
	}
	if a := till.get("/login?with=password"); a.field("password") == nil {
		t.Error("nobody can sign in whole")
	}
	asked := till.get("/login/pin?staff=" + sari)
	if f := asked.field("pin"); asked.status != http.StatusOK || f["type"] != "password" || f["inputmode"] != "numeric" || f["autocomplete"] != "off" {
		t.Errorf("the PIN's field: %v", asked.field("pin"))
	}
	for name, typed := range map[string]string{"wrong": "905172", "short": "48152", "none": "", "a password": password} {
		if a := till.tryPIN(sari, typed); a.status != http.StatusUnprocessableEntity || a.mistake("pin") == "" || till.signedIn() {
			t.Errorf("%s: %v", name, a)
		}
	}
	till.come(sari, pin)
	page := till.get("/")
	if found := page.elements("data-lock"); len(found) != 1 || found[0]["data-path"] != "/" || !strings.Contains(page.body, "Ganti kasir") || !strings.Contains(page.body, "Kasir depan") {
		t.Errorf("the counter at a till: %v", page)
	}
	if !strings.Contains(till.get("/?lang=en").body, "Switch cashier") {
		t.Error("in English there is no way to the next")
	}
	till.get("/?lang=id")
	mine := till.issue()
	if mine.CreatedBy != sari {
		t.Errorf("the code is %s's", mine.CreatedBy)
	}
	if a := till.get("/account"); !strings.Contains(a.body, "Kasir bersama: Kasir depan") {
		t.Error("the account page does not name the till")
	}

	// The next one.
	if a := till.post("/logout", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login" || till.signedIn() {
		t.Errorf("switching: %v", a)
	}
	till.come(budi, "905172")
	if a := till.get("/codes/" + mine.ID); a.status != http.StatusNotFound {
		t.Errorf("budi sees sari's code: %d", a.status)
	}
	office := s.visitor()
	office.signIn("bos")
	list := office.get("/tills")
	for _, want := range []string{"Kasir depan", "bos", "terakhir dipakai"} {
		if !strings.Contains(list.body, want) {
			t.Errorf("the list of tills lacks %q", want)
		}
	}
	if a := office.get("/staff"); !strings.Contains(a.body, `href="/tills"`) {
		t.Error("nothing leads to the tills")
	}
	if a := office.get("/account"); strings.Contains(a.body, "data-lock") || strings.Contains(a.body, "Ganti kasir") {
		t.Error("the office wears the bar of a till")
	}
	for _, lang := range []string{"id", "en"} {
		log := office.get("/audit?lang=" + lang)
		for _, want := range [][2]string{{"Masuk dengan PIN", "Signed in by PIN"}, {"PIN dipasang", "PIN set"}, {"Kasir bersama ditambahkan", "Shared till added"}, {"kasir bersama: Kasir depan", "till: Kasir depan"}} {
			if words := want[map[string]int{"id": 0, "en": 1}[lang]]; !strings.Contains(log.body, words) {
				t.Errorf("the audit page lacks %q", words)
			}
		}
	}
	if came := s.logged(db.EventPINSignedIn); len(came) != 2 || came[0].Actor != payments.StaffActor(sari) || came[0].Detail["till"] != "Kasir depan" {
		t.Errorf("the log tells %v", came)
	}

	// Somebody signs in whole: the screen locks for them too.
	till.post("/logout", nil)
	till.signIn("bos")
	if a := till.get("/tills"); len(a.elements("data-lock")) != 1 || !strings.Contains(a.body, "perangkat ini") {
		t.Errorf("a manager at the till: %v", a)
	}
	if a := till.post("/tills", url.Values{"till_name": {"Lagi"}}); a.status != http.StatusConflict {
		t.Errorf("a till made a till: %d", a.status)
	}
}

// TestTheTillsCookie is kept by the browser alone, and nobody can make one up.
func TestTheTillsCookie(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		s := newShop(t, func(s *Server) { s.PublicURL = &url.URL{Scheme: scheme, Host: "bayar.toko.id"} })
		s.hire("ibu", payments.Owner)
		v := s.visitor()
		session := v.tryPassword("ibu@toko.id", password).header.Get("Set-Cookie")
		session, _, _ = strings.Cut(session, ";")
		a := v.send("POST", "/tills", "till_name=Depan", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {session}})
		var cookie string
		for _, c := range a.header.Values("Set-Cookie") {
			if strings.Contains(c, "till=") {
				cookie = c
			}
		}
		for part, want := range map[string]bool{
			"HttpOnly": true, "SameSite=Lax": true, "Path=/": true, "Max-Age=34560000": true, "Domain": false,
			"Secure": scheme == "https", "__Host-till=": scheme == "https",
		} {
			if strings.Contains(cookie, part) != want {
				t.Errorf("%s: %s in the cookie %q, want %v", scheme, part, cookie, want)
			}
		}
		value, _, _ := strings.Cut(cookie, ";")
		_, token, _ := strings.Cut(value, "=")
		tills := must(s.Store.Tills(t.Context(), s.Now()))
		if len(token) != 43 || len(tills) != 1 || tills[0].Hash != digestOf(token) {
			t.Errorf("the token %q is kept as %v", token, tills)
		}
	}
}

// TestAPINCountsAtATillAlone: not on another device, not with a cookie made up,
// not at a till that was removed, whose sessions end at once.
func TestAPINCountsAtATillAlone(t *testing.T) {
	s := newShop(t)
	sari := s.withPIN("sari", pin)
	till, other := s.enrolled("Kasir depan"), s.enrolled("Kasir belakang")
	forged := s.visitor()
	forged.header.Set("Cookie", "till="+newToken())
	for name, v := range map[string]*visitor{"no till": s.visitor(), "a cookie made up": forged} {
		for what, a := range map[string]answer{"asking": v.get("/login/pin?staff=" + sari), "the PIN": v.tryPIN(sari, pin)} {
			if a.status != http.StatusNotFound || a.field("password") == nil || v.signedIn() {
				t.Errorf("%s, %s: %v", name, what, a)
			}
		}
		if a := v.get("/login"); strings.Contains(a.body, "sari") || a.field("password") == nil {
			t.Errorf("%s shows who works here", name)
		}
		if a := v.tryPassword("sari@toko.id", pin); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: the PIN is a password: %d", name, a.status)
		}
	}
	till.come(sari, pin)
	other.come(sari, pin)
	live := till.listen(till.get("/").streamOf(), nil)
	live.next("today", "")

	office := s.visitor()
	office.signIn("pemasang")
	id := ""
	for _, one := range must(s.Store.Tills(t.Context(), s.Now())) {
		if one.Name == "Kasir depan" {
			id = one.ID
		}
	}
	for range 2 { // pressed twice
		if a := office.post("/tills/"+id+"/remove", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/tills" {
			t.Errorf("revoking: %v", a)
		}
	}
	live.expectEnd()
	if till.signedIn() || !other.signedIn() {
		t.Error("the wrong sessions ended")
	}
	if a := till.tryPIN(sari, pin); a.status != http.StatusNotFound || till.signedIn() {
		t.Errorf("a cookie of a removed till: %v", a)
	}
	if a := till.get("/login"); a.field("password") == nil || strings.Contains(a.body, "Siapa di kasir") {
		t.Error("a removed till shows its tiles")
	}
	for _, l := range must(s.Store.Logins(t.Context(), sari, s.Now())) {
		if l.TillID == id {
			t.Errorf("still listed as signed in: %+v", l)
		}
	}
	if gone := s.logged(db.EventTillRemoved); len(gone) != 1 || gone[0].Detail["till"] != "Kasir depan" {
		t.Errorf("the log tells %v", gone)
	}
	if a := office.get("/tills"); strings.Contains(a.body, id) || !strings.Contains(a.body, "Kasir belakang") {
		t.Errorf("the list afterwards: %v", a)
	}
	till.signIn("sari")
	if a := till.get("/"); strings.Contains(a.body, "Ganti kasir") {
		t.Error("a removed till is still one")
	}
}

// TestATillLocks after a while without a person. What a page asks by itself
// puts nothing off.
func TestATillLocks(t *testing.T) {
	s := newShop(t)
	sari, budi := s.withPIN("sari", pin), s.withPIN("budi", "905172")
	till := s.enrolled("Kasir depan")
	till.come(sari, pin)
	code := till.issue()
	later := func(d time.Duration) { s.ahead.Add(int64(d)) }
	for range 3 {
		later(4*time.Minute + 50*time.Second)
		if !till.signedIn() {
			t.Fatal("it locks while somebody works")
		}
	}
	if a := till.get("/till/left"); a.status != http.StatusOK || strings.TrimSpace(a.body) != "300" {
		t.Errorf("left: %v", a)
	}
	if a := till.get("/till/left?staff=" + budi); a.status != http.StatusConflict {
		t.Errorf("another's page stays: %v", a)
	}
	own := s.visitor()
	own.signIn("sari")
	if a := own.get("/till/left"); a.status != http.StatusNoContent {
		t.Errorf("a device of one's own locks: %v", a)
	}
	later(3 * time.Minute)
	s.handIn(code)
	for range 3 { // unattended
		l := till.listen("/events?page=counter", nil)
		if l.status != http.StatusOK {
			t.Fatalf("the stream: %d", l.status)
		}
		l.close()
		till.get("/till/left")
		if a := till.send("GET", "/codes/bulk/b-"+code.ID, "", http.Header{"Hx-Request": {"true"}}); a.status != http.StatusOK {
			t.Fatalf("the list that is worked off: %d", a.status)
		}
		if a := till.send("GET", "/transactions?part=export", "", http.Header{"Hx-Request": {"true"}}); a.status != http.StatusOK {
			t.Fatalf("how far an export is: %d", a.status)
		}
		for _, path := range []string{"/", "/transactions"} {
			if a := till.send("GET", path, "", http.Header{"Hx-Request": {"true"}, "Kodebayar-Unattended": {"true"}}); a.status != http.StatusOK {
				t.Fatalf("%s that is loaded anew: %d", path, a.status)
			}
		}
	}
	live := till.listen("/events?page=counter", nil)
	live.next("today", "")
	later(2*time.Minute + time.Second)
	if a := till.get("/till/left"); a.status != http.StatusUnauthorized {
		t.Errorf("the script is told %v", a)
	}
	if !own.signedIn() {
		t.Error("a device of one's own locks")
	}
	a := till.get("/codes/" + code.ID)
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || to != "/login?next=%2Fcodes%2F"+code.ID {
		t.Fatalf("a locked till answers %v", a)
	}
	if a := till.post("/codes/"+code.ID+"/notes", url.Values{"note": {"x"}}); a.status != http.StatusUnauthorized || !strings.Contains(a.body, "/login/pin?") {
		t.Errorf("a form at a locked till: %v", a)
	}
	s.Store.Write(t.Context(), func(tx *db.Tx) error { // has streams look whether they may go on
		return tx.Append(payments.Event{At: s.Now(), Kind: db.EventSessionsEnded, Actor: payments.ActorSystem})
	})
	live.expectEnd()

	// The same one goes on where they were, another does not.
	next := func() url.Values {
		tiles := till.get(to)
		for _, e := range tiles.elements("href") {
			if strings.HasPrefix(e["href"], "/login/pin?") && strings.Contains(e["href"], sari) {
				return url.Values{"staff": {sari}, "pin": {pin}, "next": {till.get(e["href"]).field("next")["value"]}}
			}
		}
		t.Fatalf("no tile: %v", tiles)
		return nil
	}
	if a := till.post("/login/pin", next()); a.header.Get("Location") != "/codes/"+code.ID {
		t.Errorf("the same one is led to %v", a)
	}
	later(6 * time.Minute)
	form := next()
	form.Set("staff", budi)
	form.Set("pin", "905172")
	if a := till.post("/login/pin", form); a.header.Get("Location") != "/" {
		t.Errorf("another is led to %v", a)
	}

	// The owner's time is in force with the next page.
	owner := s.visitor()
	owner.signIn("pemasang")
	if a := owner.post("/settings", saved("till_lock", "15")); a.status != http.StatusSeeOther {
		t.Fatalf("saving: %v", a)
	}
	if till.get("/"); strings.TrimSpace(till.get("/till/left").body) != "900" {
		t.Errorf("left: %v", till.get("/till/left"))
	}
	owner.post("/settings", saved("till_lock", "2"))
	till.get("/")
	later(2 * time.Minute)
	if till.signedIn() {
		t.Error("a shorter time is not in force")
	}
}

// TestATillByLink makes another device a till, once and for a quarter of an hour.
func TestATillByLink(t *testing.T) { eachShop(t, aTillByLink) }

func aTillByLink(t *testing.T, s *shop) {
	office := s.member("ibu", payments.Owner)
	made := func(name string) (page, link string) {
		t.Helper()
		a := office.post("/tills/links", url.Values{"till_name": {name}})
		page = a.header.Get("Location")
		shown := office.get(page)
		if a.status != http.StatusSeeOther || shown.status != http.StatusOK {
			t.Fatalf("a link: %v", a)
		}
		return page, strings.TrimPrefix(shown.elements("data-copy")[0]["data-copy"], s.home)
	}
	page, link := made("Tablet")
	if a := office.get("/tills"); !strings.Contains(a.body, "Menunggu perangkat") || !office.signedIn() {
		t.Errorf("the list: %v", a)
	}
	tablet := s.member("sari", payments.Cashier)
	if a := tablet.get(link); a.status != http.StatusOK || !strings.Contains(a.body, "Tablet") || !strings.Contains(a.body, "sedang masuk: sari") {
		t.Errorf("looking: %v", a)
	}
	// The link's own token is no till's.
	thief := s.visitor()
	thief.header.Set("Cookie", "till="+strings.TrimPrefix(link, "/till/"))
	if a := thief.get("/login"); strings.Contains(a.body, "Siapa di kasir") {
		t.Error("the token of a link is one of a till")
	}
	if a := tablet.post(link, nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login" || tablet.signedIn() {
		t.Fatalf("opening: %v", a)
	}
	if a := tablet.get("/login"); !strings.Contains(a.body, "Siapa di kasir") || !strings.Contains(a.body, "Tablet") {
		t.Errorf("the tablet is no till: %v", a)
	}
	for name, a := range map[string]answer{"looking": s.visitor().get(link), "opening": s.visitor().post(link, nil)} {
		if a.status != http.StatusGone {
			t.Errorf("%s a second time: %d", name, a.status)
		}
	}
	if a := office.get(page); a.header.Get("Location") != "/tills" {
		t.Errorf("the link's page afterwards: %v", a)
	}
	_, late := made("Terlambat")
	s.ahead.Store(int64(linkLifetime + time.Second))
	if a := s.visitor().post(late, nil); a.status != http.StatusGone {
		t.Errorf("too late: %d", a.status)
	}
	page, withdrawn := made("Ditarik")
	office.post(page+"/remove", nil)
	if a := s.visitor().post(withdrawn, nil); a.status != http.StatusGone {
		t.Errorf("withdrawn: %d", a.status)
	}
	if all := must(s.Store.Tills(t.Context(), s.Now())); len(all) != 1 || len(s.logged(db.EventTillAdded)) != 1 || len(s.logged(db.EventTillLink)) != 3 {
		t.Errorf("there are %v", all)
	}
}
