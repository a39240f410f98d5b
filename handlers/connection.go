package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// The steps that are marked once they were seen to work.
const (
	markCredentials = "credentials_" // and the environment
	markCallbacks   = "callbacks_"   // and the environment
	markRehearsal   = "rehearsal"
	markChain       = "chain" // of the log, found whole
)

// real is the environment whose credentials are meant: the simulator stands in
// for the sandbox.
func real(env payments.Environment) payments.Environment {
	if env == payments.Simulator {
		return payments.Sandbox
	}
	return env
}

func environmentWord(lang views.Lang, env payments.Environment) string {
	switch env {
	case payments.Production:
		return lang.T("Production (uang sungguhan)", "Production (real money)")
	case payments.Simulator:
		return "Simulator"
	}
	return "Sandbox"
}

// connection is how the shop is connected to DOKU.
func (s *Server) connection(v *visit) error {
	return s.showConnection(v, http.StatusOK, form{}, nil, nil)
}

func (s *Server) showConnection(v *visit, status int, posted form, wrong mistakes, found []finding) error {
	cal, t := s.calendar(v.lang), v.lang.T
	now := real(s.Service.Environment)
	p := views.ConnectionPage{
		Page: s.page(v, "settings"), Environment: environmentWord(v.lang, s.Service.Environment),
		FixedEnvironment: s.Fixed["environment"], FixedCredentials: s.Fixed["credentials"], FixedPrefix: s.Fixed["prefix"],
		NotificationURL: s.link(s.NotificationPath), InquiryURL: s.link(s.InquiryPath), Problem: cmp.Or(posted.problem.in(v.lang), wrong["environment"].in(v.lang)),
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	p.Request = s.requestToDOKU(v.lang, settings)
	marks, err := s.Store.Marks(v.ctx())
	if err != nil {
		return err
	}
	marked := func(step string) string {
		if marks[step].IsZero() {
			return ""
		}
		return cal.moment(marks[step])
	}
	for _, env := range []payments.Environment{payments.Sandbox, payments.Production} {
		set := views.CredentialSet{Environment: string(env), Title: environmentWord(v.lang, env), Current: env == now}
		saved, err := s.Store.Credentials(v.ctx(), env)
		if err != nil && !errors.Is(err, db.ErrSealed) {
			return err
		}
		if err != nil {
			set.Problem = t("Yang tersimpan tidak bisa dibuka dengan kunci ini. Isi lagi.", "What is saved cannot be opened with this key. Enter it again.")
		}
		set.ClientID, set.Prefix = views.Field{Value: saved.ClientID}, views.Field{Value: saved.Prefix}
		set.Saved, set.Previous = saved.Set(), saved.PreviousKey != ""
		if posted.get("environment") == string(env) && len(wrong) > 0 {
			set.ClientID = views.Field{Value: strings.ToValidUTF8(posted.get("client_id"), "\ufffd"), Error: wrong["client_id"].in(v.lang)}
			set.Prefix = views.Field{Value: strings.ToValidUTF8(posted.get("prefix"), "\ufffd"), Error: wrong["prefix"].in(v.lang)}
			set.SecretKey.Error, set.Problem = wrong["secret_key"].in(v.lang), wrong["credentials"].in(v.lang)
		}
		set.Tested = marked(markCredentials + string(env))
		p.Sets = append(p.Sets, set)
	}
	p.CallbacksTested, p.Rehearsed = marked(markCallbacks+string(now)), marked(markRehearsal)
	for _, f := range found {
		p.Findings = append(p.Findings, views.ProbeFinding{OK: f.ok, Words: f.in(v.lang)})
	}
	if now != payments.Production {
		if p.Missing, err = s.missing(v); err != nil {
			return err
		}
	}
	p.Production = now == payments.Production
	return s.render(v, status, views.Connection(p))
}

// requestToDOKU is what the owner sends to DOKU's care team, who register the
// inquiry URL by hand.
func (s *Server) requestToDOKU(lang views.Lang, settings payments.Settings) string {
	lines := []string{
		lang.T("Halo tim DOKU,", "Hello DOKU team,"), "",
		lang.T("Mohon daftarkan alamat berikut untuk Alfamart O2O (direct inquiry):", "Please register these addresses for Alfamart O2O (direct inquiry):"),
		"Client ID: " + cmp.Or(s.Service.Verifier.ClientID, "..."),
		"Inquiry URL: " + s.link(s.InquiryPath),
		"Notification URL: " + s.link(s.NotificationPath), "",
		lang.T("Mohon juga nomor awal (BIN) untuk kode buatan merchant (MGPC/DIPC).", "Please also assign a prefix (BIN) for merchant-made codes (MGPC/DIPC)."), "",
		lang.T("Terima kasih,", "Thank you,"), settings.Shop,
	}
	return strings.Join(lines, "\n")
}

// environmentOf reads which environment a form is about.
func environmentOf(f form) (payments.Environment, bool) {
	env := payments.Environment(f.get("environment"))
	return env, env == payments.Sandbox || env == payments.Production
}

var errEnvironment = text{"Pilih sandbox atau production.", "Choose sandbox or production."}

// saveCredentials tries what was entered by a signed call, and keeps it only
// when DOKU knows it.
func (s *Server) saveCredentials(v *visit) error {
	f, err := readForm(v, "environment", "client_id", "secret_key", "prefix")
	if err != nil {
		return err
	}
	env, known := environmentOf(f)
	wrong := mistakes{}
	if !known {
		wrong.add("environment", errEnvironment)
	}
	if by := s.Fixed["credentials"]; by != "" {
		wrong.add("credentials", text{"Kredensial ditentukan oleh " + by + ", jadi tidak bisa diganti di sini.", "The credentials are decided by " + by + " and cannot be changed here."})
	}
	old, err := s.Store.Credentials(v.ctx(), env)
	if err != nil && !errors.Is(err, db.ErrSealed) { // what cannot be opened is replaced
		return err
	}
	c := payments.Credentials{ClientID: f.get("client_id"), SecretKey: f.get("secret_key"), PreviousKey: old.PreviousKey, Prefix: f.get("prefix")}
	if c.SecretKey == "" && c.ClientID == old.ClientID {
		c.SecretKey = old.SecretKey // write-only: left empty it stays
	}
	if c.ClientID == old.ClientID && old.SecretKey != "" && c.SecretKey != old.SecretKey {
		c.PreviousKey = old.SecretKey // what is on its way was signed with it
	}
	for name, value := range map[string]string{"client_id": c.ClientID, "secret_key": c.SecretKey} {
		switch {
		case value == "":
			wrong.add(name, text{"Isi, seperti tertulis di DOKU.", "Enter it as DOKU shows it."})
		case len(value) > 200 || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
			wrong.add(name, text{"Ada huruf yang tidak mungkin di sini: salin lagi tanpa spasi.", "It has letters that cannot be: copy it again, without blanks."})
		}
	}
	if strings.Trim(c.Prefix, "0123456789") != "" || len(c.Prefix) > 16 {
		wrong.add("prefix", text{"Paling banyak 16 angka.", "At most 16 digits."})
	}
	if len(wrong) == 0 && f.problem == (text{}) {
		wrong.add("credentials", s.tried(v.ctx(), env, c))
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showConnection(v, http.StatusUnprocessableEntity, f, wrong, nil)
	}
	if err := s.Store.SetCredentials(v.ctx(), env, c, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	if err := s.Store.Mark(v.ctx(), markCredentials+string(env), s.Now()); err != nil {
		return err
	}
	s.rewire()
	s.say(v, "success", text{"DOKU mengenali kredensial ini. Disimpan terenkripsi dan langsung dipakai.", "DOKU knows these credentials. They are saved encrypted, and used at once."})
	return s.redirect(v, "/settings/doku")
}

// tried says what is wrong with credentials, by a signed call.
func (s *Server) tried(ctx context.Context, env payments.Environment, c payments.Credentials) text {
	err := s.Service.Try(ctx, s.DOKUAddress(env), c)
	switch {
	case err == nil:
		return text{}
	case errors.Is(err, payments.ErrRefused):
		return text{
			"DOKU menolak: Client ID atau Secret Key salah, atau milik lingkungan yang lain. Tidak ada yang disimpan.",
			"DOKU refuses: the Client ID or Secret Key is wrong, or belongs to the other environment. Nothing was saved.",
		}
	}
	return text{
		"DOKU tidak menjawab dengan jelas, jadi belum bisa diuji. Tidak ada yang disimpan; coba lagi sebentar.",
		"DOKU did not answer clearly, so they could not be tried. Nothing was saved; try again in a while.",
	}
}

// testCredentials tries those in use once more.
func (s *Server) testCredentials(v *visit) error {
	if !s.Service.Ready() {
		s.say(v, "error", text{"Kredensial DOKU belum ada.", "There are no credentials at DOKU yet."})
		return s.redirect(v, "/settings/doku")
	}
	env := real(s.Service.Environment)
	c := payments.Credentials{ClientID: s.Service.DOKU.ClientID, SecretKey: s.Service.DOKU.SecretKey}
	if wrong := s.tried(v.ctx(), env, c); wrong != (text{}) {
		s.say(v, "error", wrong)
		return s.redirect(v, "/settings/doku")
	}
	if err := s.Store.Mark(v.ctx(), markCredentials+string(env), s.Now()); err != nil {
		return err
	}
	s.say(v, "success", text{"DOKU mengenali kredensial yang dipakai.", "DOKU knows the credentials in use."})
	return s.redirect(v, "/settings/doku")
}

// forgetCredentials ends a roll of the key, or takes credentials away whole.
func (s *Server) forgetCredentials(v *visit) error {
	f, err := readForm(v, "environment", "which")
	if err != nil {
		return err
	}
	env, known := environmentOf(f)
	wrong := mistakes{}
	if !known {
		wrong.add("environment", errEnvironment)
	}
	which := f.get("which")
	if which != "previous" && which != "all" && f.problem == (text{}) {
		f.problem = text{"Tidak jelas apa yang mau dilupakan, jadi tidak ada yang dihapus.", "It is not clear what to forget, so nothing was removed."}
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showConnection(v, http.StatusUnprocessableEntity, f, wrong, nil)
	}
	c := payments.Credentials{}
	if which == "previous" {
		c, err = s.Store.Credentials(v.ctx(), env)
		if errors.Is(err, db.ErrSealed) {
			return s.redirect(v, "/settings/doku") // which says that it cannot be opened
		}
		if err != nil {
			return err
		}
		c.PreviousKey = ""
	}
	if err := s.Store.SetCredentials(v.ctx(), env, c, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	s.rewire()
	s.say(v, "success", text{"Sudah dilupakan.", "It is forgotten."})
	return s.redirect(v, "/settings/doku")
}

// selfTest shows what lies between DOKU and the callbacks.
func (s *Server) selfTest(v *visit) error {
	found := s.testCallbacks(v.ctx())
	for _, f := range found {
		if !f.ok {
			return s.showConnection(v, http.StatusOK, form{}, nil, found)
		}
	}
	if err := s.Store.Mark(v.ctx(), markCallbacks+string(real(s.Service.Environment)), s.Now()); err != nil {
		return err
	}
	return s.showConnection(v, http.StatusOK, form{}, nil, found)
}

// rehearseFor is how long a rehearsal may take.
const rehearseFor = 30 * time.Second

// rehearse sells a code and pays it, in a shop that is thrown away.
func (s *Server) rehearse(v *visit) error {
	ctx, cancel := context.WithTimeout(v.ctx(), rehearseFor)
	defer cancel()
	if err := s.Rehearse(ctx); err != nil {
		s.Log.Warn("the rehearsal failed", "error", err)
		s.say(v, "error", text{
			"Uji coba gagal. Sebabnya ada di log program; coba lagi.", "The round trip failed. The program's log says why; try again.",
		})
		return s.redirect(v, "/settings/doku#rehearsal")
	}
	if err := s.Store.Mark(v.ctx(), markRehearsal, s.Now()); err != nil {
		return err
	}
	s.say(v, "success", text{
		"Berhasil: kode dibuat, dibayar di gerai simulator, notifikasi diterima, kode LUNAS.",
		"It works: a code was made, paid at the simulated store, the notification came, the code is PAID.",
	})
	return s.redirect(v, "/settings/doku#rehearsal")
}

// chooseEnvironment turns production on, once everything before it is green,
// and off at any time.
func (s *Server) chooseEnvironment(v *visit) error {
	f, err := readForm(v, "environment")
	if err != nil {
		return err
	}
	env, known := environmentOf(f)
	wrong := mistakes{}
	switch by := s.Fixed["environment"]; {
	case !known:
		wrong.add("environment", errEnvironment)
	case by != "":
		wrong.add("environment", text{"Lingkungan ditentukan oleh " + by + ".", "The environment is decided by " + by + "."})
	case env == payments.Production:
		missing, err := s.missing(v)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			wrong.add("environment", text{
				fmt.Sprintf("Production belum bisa dinyalakan: masih kurang %d langkah.", len(missing)),
				fmt.Sprintf("Production cannot be switched on yet: %d steps are missing.", len(missing)),
			})
		}
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showConnection(v, http.StatusUnprocessableEntity, f, wrong, nil)
	}
	if err := s.Store.SetEnvironment(v.ctx(), env, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	s.rewire()
	s.say(v, "success", text{"Lingkungan sekarang: " + environmentWord(views.Indonesian, env) + ".", "The environment is now: " + environmentWord(views.English, env) + "."})
	return s.redirect(v, "/settings/doku")
}
