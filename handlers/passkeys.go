package handlers

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"kodebayar/db"
	"kodebayar/payments"
)

// A passkey counts as both steps: the device holds it, and asks its owner for a
// finger, a face or a PIN.

const (
	sessionPasskey     = "passkey"      // the challenge being answered, once
	sessionPasskeyName = "passkey name" // of the one being added
	maxPasskeys        = 10
	maxPasskeyName     = 40 // characters
)

// passkeysHere says whether browsers have passkeys for this shop: not at a bare
// address, nor without https.
func (s *Server) passkeysHere() bool {
	host := s.PublicURL.Hostname()
	return net.ParseIP(host) == nil && (s.https() || host == "localhost")
}

// relyingParty is this shop as browsers know it; nil where they have no
// passkeys.
func (s *Server) relyingParty() *webauthn.WebAuthn {
	if !s.passkeysHere() {
		return nil
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: s.PublicURL.Hostname(), RPDisplayName: "Kodebayar", RPOrigins: []string{s.PublicURL.Scheme + "://" + s.PublicURL.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil
	}
	return party
}

// keyHolder is a member as the protocol sees them.
type keyHolder struct {
	member payments.Staff
	keys   []webauthn.Credential
}

func (h keyHolder) WebAuthnID() []byte                         { return []byte(h.member.ID) }
func (h keyHolder) WebAuthnName() string                       { return h.member.Email }
func (h keyHolder) WebAuthnDisplayName() string                { return h.member.Name }
func (h keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// passkeyID is what the database calls a credential.
func passkeyID(c *webauthn.Credential) string { return base64.RawURLEncoding.EncodeToString(c.ID) }

func (s *Server) keyHolder(v *visit, m payments.Staff) (keyHolder, error) {
	h := keyHolder{member: m}
	list, err := s.Store.Passkeys(v.ctx(), m.ID)
	if err != nil {
		return h, err
	}
	for _, p := range list {
		var c webauthn.Credential
		if err := json.Unmarshal(p.Credential, &c); err != nil {
			return h, err
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// keepChallenge puts a challenge into the session, to be answered once.
func (s *Server) keepChallenge(v *visit, challenge *webauthn.SessionData) error {
	b, err := json.Marshal(challenge)
	if err == nil {
		s.sessions.Put(v.ctx(), sessionPasskey, string(b))
	}
	return err
}

func (s *Server) challenge(v *visit) (webauthn.SessionData, bool) {
	var challenge webauthn.SessionData
	text := s.sessions.PopString(v.ctx(), sessionPasskey)
	return challenge, text != "" && json.Unmarshal([]byte(text), &challenge) == nil
}

// json answers a script.
func (s *Server) json(v *visit, status int, answer any) error {
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return s.send(v, status, "application/json", b)
}

func (s *Server) passkeyProblem(v *visit, status int, t text) error {
	return s.json(v, status, map[string]string{"problem": t.in(v.lang)})
}

var (
	noPasskeysHere = text{"Passkey hanya bisa dipakai lewat https dengan nama, bukan alamat angka.", "Passkeys work over https with a name only, not at a bare address."}
	passkeyFailed  = text{"Passkey tidak diterima. Coba lagi, atau masuk dengan kata sandi.", "The passkey was not accepted. Try again, or sign in with the password."}
)

// beginPasskey makes the challenge for a new passkey, after the password.
func (s *Server) beginPasskey(v *visit) error {
	f, err := readForm(v, "passkey_name", "confirm_password")
	if err != nil {
		return err
	}
	party := s.relyingParty()
	if party == nil {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, noPasskeysHere)
	}
	wrong := mistakes{}
	wrong.add("passkey_name", wrongName(f.get("passkey_name"), maxPasskeyName))
	status := http.StatusUnprocessableEntity
	if len(wrong) == 0 && f.problem == (text{}) {
		if status, err = s.confirmed(v, f, "confirm_password", wrong); err != nil {
			return err
		}
	}
	for _, name := range []string{"passkey_name", "confirm_password"} {
		if wrong[name] != (text{}) {
			return s.passkeyProblem(v, status, wrong[name])
		}
	}
	if f.problem != (text{}) {
		return s.passkeyProblem(v, status, f.problem)
	}
	holder, err := s.keyHolder(v, *v.member)
	if err != nil {
		return err
	}
	if len(holder.keys) >= maxPasskeys {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, text{"Paling banyak 10 passkey. Hapus satu dulu.", "At most 10 passkeys. Remove one first."})
	}
	creation, challenge, err := party.BeginRegistration(holder, webauthn.WithExclusions(webauthn.Credentials(holder.keys).CredentialDescriptors()))
	if err != nil {
		return err
	}
	s.sessions.Put(v.ctx(), sessionPasskeyName, f.get("passkey_name"))
	if err := s.keepChallenge(v, challenge); err != nil {
		return err
	}
	return s.json(v, http.StatusOK, creation)
}

// addPasskey takes the answer of the member's device.
func (s *Server) addPasskey(v *visit) error {
	f, err := readForm(v, "credential")
	if err != nil {
		return err
	}
	party := s.relyingParty()
	challenge, waiting := s.challenge(v)
	if party == nil || !waiting || f.problem != (text{}) {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	holder, err := s.keyHolder(v, *v.member)
	if err != nil {
		return err
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(f.values.Get("credential")))
	if err != nil {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	made, err := party.CreateCredential(holder, challenge, answer)
	if err != nil {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	content, err := json.Marshal(made)
	if err != nil {
		return err
	}
	err = s.Store.AddPasskey(v.ctx(), db.Passkey{
		ID: passkeyID(made), StaffID: v.member.ID, Name: s.sessions.PopString(v.ctx(), sessionPasskeyName),
		Credential: content, MadeAt: s.Now().UTC(),
	})
	if errors.Is(err, payments.ErrConflict) {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	if err != nil {
		return err
	}
	s.say(v, "success", text{"Passkey ditambahkan.", "The passkey is added."})
	return s.json(v, http.StatusOK, map[string]string{"to": "/account"})
}

// removePasskey forgets a passkey of the member's own, after the password.
func (s *Server) removePasskey(v *visit) error {
	id := v.Param("passkey")
	return s.withPassword(v, "confirm_password", func() (string, error) {
		err := s.Store.RemovePasskey(v.ctx(), v.member.ID, id, v.actor(), s.Now().UTC())
		if err == nil {
			s.say(v, "success", text{"Passkey dihapus.", "The passkey is removed."})
		}
		return "/account", err
	})
}

// beginSignIn makes a challenge for whoever has a passkey.
func (s *Server) beginSignIn(v *visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	party := s.relyingParty()
	if party == nil {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, noPasskeysHere)
	}
	if wait := s.throttle.take("passkey "+network(v.RealIP()), ofAddress); wait > 0 {
		seconds := v.retryAfter(wait)
		return s.passkeyProblem(v, http.StatusTooManyRequests, text{"Terlalu banyak percobaan. Coba lagi " + seconds + " detik lagi.", "Too many tries. Try again in " + seconds + " seconds."})
	}
	assertion, challenge, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	if err := s.keepChallenge(v, challenge); err != nil {
		return err
	}
	return s.json(v, http.StatusOK, assertion)
}

// signInByPasskey takes the device's answer: who they are, and both steps.
func (s *Server) signInByPasskey(v *visit) error {
	f, err := readForm(v, "credential", "next")
	if err != nil {
		return err
	}
	party := s.relyingParty()
	challenge, waiting := s.challenge(v)
	if party == nil || !waiting || f.problem != (text{}) {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes([]byte(f.values.Get("credential")))
	if err != nil {
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	var holder keyHolder
	find := func(_, handle []byte) (webauthn.User, error) {
		id, err := plain(string(handle))
		if err != nil {
			return nil, err
		}
		m, err := s.Store.Staff(v.ctx(), id)
		if err != nil {
			return nil, err
		}
		if m.Disabled {
			return nil, payments.ErrNotFound
		}
		holder, err = s.keyHolder(v, m)
		return holder, err
	}
	used, err := party.ValidateDiscoverableLogin(find, challenge, answer)
	if err != nil {
		s.failed(v, holder.member.ID, wrongPasskey)
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	if used.Authenticator.CloneWarning {
		// A copy of the key is about: neither may sign in.
		if err := s.note(v, db.EventPasskeyCloned, holder.member); err != nil {
			return err
		}
		return s.passkeyProblem(v, http.StatusUnprocessableEntity, passkeyFailed)
	}
	content, err := json.Marshal(used)
	if err != nil {
		return err
	}
	if err := s.Store.UsePasskey(v.ctx(), passkeyID(used), content, s.Now().UTC()); err != nil {
		return err
	}
	if err := s.note(v, db.EventSignedIn, holder.member); err != nil {
		return err
	}
	if err := s.enter(v, holder.member); err != nil {
		return err
	}
	if err := s.recall(v); err != nil {
		return err
	}
	s.throttle.giveBack("passkey " + network(v.RealIP()))
	to := localPath(f.get("next"))
	if to == "" || strings.HasPrefix(to, "/login") {
		to = "/"
	}
	return s.json(v, http.StatusOK, map[string]string{"to": to})
}
