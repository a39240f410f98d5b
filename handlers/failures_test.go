package handlers

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// failedSignIns waits for n of them in the shop's log.
func (s *shop) failedSignIns(n int) []payments.Event {
	s.t.Helper()
	s.eventually(fmt.Sprint(n, " failed sign-ins in the log"), func() bool { return len(s.events(db.EventSignInFailed)) >= n })
	return s.events(db.EventSignInFailed)
}

// TestFailedSignIns are in both logs, in the shop's not each of them, and what
// was typed is in neither.
func TestFailedSignIns(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		owner := s.member("ibu", payments.Owner)
		s.hire("sari", payments.Cashier)
		id := s.idOf("sari")
		for i := range 4 {
			s.visitor().tryPassword("sari@toko.id", fmt.Sprint("canary", i))
			s.failedSignIns([]int{1, 2, 2, 3}[i]) // written beside the answer, in any order
		}
		found := s.failedSignIns(3)
		for i, e := range found {
			if want := strconv.Itoa([]int{1, 2, 4}[i]); e.Detail["tries"] != want || e.Detail["wrong"] != "password" || e.Detail["staff"] != id || e.Detail["address"] != "127.0.0.1" ||
				e.Detail["device"] == "" || e.Actor != payments.ActorVisitor {
				t.Errorf("event %d: %+v", i, e)
			}
		}
		if n := strings.Count(s.log.String(), `msg="sign-in failed"`); n != 4 {
			t.Errorf("%d lines of the program's log, want 4:\n%s", n, s.log)
		}
		for query, words := range map[string][]string{
			"kind=signin_failed&lang=id": {"Gagal masuk", "pengunjung", "yang salah: kata sandi", "percobaan ke: 4", "staf: sari"},
			"kind=signin_failed&lang=en": {"Sign-in failed", "somebody not signed in", "what was wrong: password", "try number: 4"},
		} {
			a := owner.get("/audit?" + query)
			for _, want := range words {
				if !strings.Contains(a.body, want) {
					t.Errorf("/audit?%s does not say %q", query, want)
				}
			}
		}

		if a := s.visitor().tryPassword("sari@toko.id", password); a.status != http.StatusSeeOther {
			t.Fatalf("the right one: %v", a)
		}
		came := s.events(db.EventSignedIn)
		if last := came[len(came)-1]; last.Detail["failed"] != "4" {
			t.Errorf("signing in after them: %+v", last)
		}
		s.visitor().tryPassword("sari@toko.id", "canary")
		if last := s.failedSignIns(4)[3]; last.Detail["tries"] != "1" {
			t.Errorf("the next after a good one: %+v", last)
		}

		// An account that is none, which may be a password in the wrong field.
		for i := range 3 {
			s.visitor().tryPassword(fmt.Sprintf("canary%d@toko.id", i), "canary")
		}
		last := s.failedSignIns(6)[5]
		if _, named := last.Detail["staff"]; named || last.Detail["tries"] != "2" {
			t.Errorf("unknown accounts: %+v", last)
		}

		if err := s.Store.ChangeStaff(t.Context(), id, payments.ActorShell, s.Now(), func(m *payments.Staff) { m.Disabled = true }); err != nil {
			t.Fatal(err)
		}
		s.ahead.Add(int64(10 * time.Minute)) // the throttle has forgotten
		s.visitor().tryPassword("sari@toko.id", password)
		if last := s.failedSignIns(7)[6]; last.Detail["wrong"] != wrongAccount || last.Detail["staff"] != id {
			t.Errorf("a disabled account: %+v", last)
		}
		owner.post("/account/codes", url.Values{"confirm_password": {"canary"}})
		if last := s.failedSignIns(8)[7]; last.Actor != payments.StaffActor(s.idOf("ibu")) || last.Detail["staff"] != s.idOf("ibu") {
			t.Errorf("asked once more: %+v", last)
		}
		s.keepsSecret("canary")
		if strings.Contains(s.log.String(), "canary") {
			t.Errorf("the log holds what was typed:\n%s", s.log)
		}
	})
}

// TestFailuresAreFew bounds what somebody who guesses for days writes.
func TestFailuresAreFew(t *testing.T) {
	var f failures
	now := time.Unix(1_800_000_000, 0)
	var told []int
	for range 100_000 {
		if n, tell := f.add("sari", wrongSecret, now); tell {
			told = append(told, n)
		}
		now = now.Add(10 * time.Second)
	}
	if len(told) != 17 || told[16] != 65_536 {
		t.Errorf("told: %v", told)
	}
	if n, tell := f.add("sari", wrongStep, now); n != 1 || !tell {
		t.Error("another thing that is wrong, after many of the first, is not told")
	}
	now = now.Add(quietFor + time.Second)
	if n, tell := f.add("sari", wrongSecret, now); n != 1 || !tell {
		t.Error("after a quiet hour the first is not told")
	}
	if n := f.end("sari", now); n != 1 {
		t.Errorf("%d since the quiet hour", n)
	}
	if n := f.end("sari", now); n != 0 {
		t.Errorf("%d after they were forgotten", n)
	}
}

// TestOtherFailures: the second step and a passkey whose signature is not its own.
func TestOtherFailures(t *testing.T) {
	s := newShop(t, func(s *Server) { s.PublicURL.Host = "localhost" })
	owner := s.member("ibu", payments.Owner)
	owner.enrolled()
	v := s.visitor()
	v.tryPassword("ibu@toko.id", password)
	v.second("000000")
	if last := s.failedSignIns(1)[0]; last.Detail["wrong"] != wrongStep || last.Detail["staff"] != s.idOf("ibu") {
		t.Errorf("the second step: %+v", last)
	}

	err := s.Store.AddPasskey(t.Context(), db.Passkey{
		ID: "AQID", StaffID: s.idOf("ibu"), Name: "HP", MadeAt: s.Now(),
		Credential: []byte(`{"id":"AQID","publicKey":"pQECAyYgASFYIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIlggAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	v = s.visitor()
	var options struct{ PublicKey struct{ Challenge string } }
	if err := json.Unmarshal([]byte(v.post("/login/passkey/begin", nil).body), &options); err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	client := fmt.Sprintf(`{"type":"webauthn.get","challenge":%q,"origin":%q}`, options.PublicKey.Challenge, s.PublicURL.Scheme+"://localhost")
	credential := fmt.Sprintf(`{"id":"AQID","rawId":"AQID","type":"public-key","response":{"clientDataJSON":%q,"authenticatorData":%q,"signature":%q,"userHandle":%q}}`,
		b64([]byte(client)), b64(slices.Concat(make([]byte, 32), []byte{5, 0, 0, 0, 1})), b64([]byte("no signature")), b64([]byte(s.idOf("ibu"))))
	if a := v.post("/login/passkey", url.Values{"credential": {credential}}); a.status != http.StatusUnprocessableEntity || v.signedIn() {
		t.Fatalf("a passkey of somebody's own making: %v", a)
	}
	if last := s.failedSignIns(2)[1]; last.Detail["wrong"] != wrongPasskey || last.Detail["staff"] != s.idOf("ibu") {
		t.Errorf("a passkey: %+v", last)
	}
}
