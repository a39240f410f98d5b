package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (s *Simulator) faultsOn() (on []*faultSpec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range faultTable {
		if s.state.on(faultTable[i].name) {
			on = append(on, &faultTable[i])
		}
	}
	return on
}

type faultGroup struct {
	Title  string
	Faults []faultView
}

type faultView struct {
	Name, Title, Does, Other, OtherLang, State, Unit, Value, Times string
	On, Counted                                                    bool
	Shapes, Operations                                             []choice
}

type choice struct {
	Name, Label string
	Chosen      bool
}

var groupWords = []struct {
	name  string
	title phrase
}{
	{groupCall, phrase{"Permintaan ditolak atau tidak sampai", "Calls refused or lost"}},
	{groupAnswer, phrase{"Jawaban rusak, hilang atau keliru", "Answers broken, lost or wrong"}},
	{groupNotify, phrase{"Panggilan ke toko", "Calls to the shop"}},
	{groupForm, phrase{"Bentuk notifikasi", "Form of notifications"}},
	{groupReading, phrase{"Jam dan cara membaca panduan", "Clock and readings of the guide"}},
}

var operationWords = []struct {
	op    operation
	title phrase
}{
	{opCreate, phrase{"buat", "create"}},
	{opUpdate, phrase{"ubah", "update"}},
	{opCancel, phrase{"batal", "cancel"}},
	{opStatus, phrase{"cek status", "status"}},
	{opHowToPay, phrase{"cara bayar", "how to pay"}},
}

func (p phrases) fault(spec faultSpec, set *faultRule) faultView {
	v := faultView{
		Name: spec.name, Title: p.of(spec.title), Does: p.of(spec.does), Counted: spec.name != faultClock,
		Other: spec.does.EN, OtherLang: string(langEN), Unit: p.of(spec.unit), Value: number(spec.value),
	}
	if language(p) == langEN {
		v.Other, v.OtherLang = spec.does.ID, string(langID)
	}
	if set == nil {
		set = &faultRule{}
	} else {
		v.On, v.Value = set.On, number(set.Value)
	}
	if v.On {
		v.State = p.T("Menyala", "On")
		if set.Times > 0 {
			v.Times = strconv.Itoa(set.Times)
			v.State += fmt.Sprintf(p.T(", masih %d kali", ", %d more times"), set.Times)
		}
	}
	if spec.shaped {
		for _, s := range []choice{
			{Name: shapeError, Label: `{"error":{…}}`}, {Name: shapeMessage, Label: `{"message":[…]}`}, {Name: shapeMessages, Label: `{"error_messages":[…]}`},
		} {
			s.Chosen = s.Name == set.Shape
			v.Shapes = append(v.Shapes, s)
		}
	}
	if spec.limited {
		for _, o := range operationWords {
			v.Operations = append(v.Operations, choice{string(o.op), p.of(o.title), slices.Contains(set.Operations, o.op)})
		}
	}
	return v
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (s *Simulator) faultsPage(w http.ResponseWriter, r *http.Request) {
	s.renderFaults(w, r, http.StatusOK, "")
}

func (s *Simulator) renderFaults(w http.ResponseWriter, r *http.Request, status int, problem string) {
	p := speak(w, r)
	var v struct {
		Problem string
		Groups  []faultGroup
	}
	v.Problem = problem
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		for _, g := range groupWords {
			group := faultGroup{Title: p.of(g.title)}
			for _, spec := range faultTable {
				if spec.group == g.name {
					group.Faults = append(group.Faults, p.fault(spec, st.Faults[spec.name]))
				}
			}
			v.Groups = append(v.Groups, group)
		}
		return nil
	})
	s.render(w, r, status, "faults", phrase{"Gangguan", "Faults"}, v)
}

func (s *Simulator) postFault(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p := speak(w, r)
	if r.PostForm.Get("reset") == "true" {
		if err := s.resetFaults(); err != nil {
			s.log.Error("faults not stored", "error", err)
			s.renderFaults(w, r, http.StatusInternalServerError, p.T("Tidak bisa disimpan.", "Could not be stored."))
			return
		}
		http.Redirect(w, r, "/faults", http.StatusSeeOther)
		return
	}
	f := faultRule{Name: r.PostForm.Get("name"), On: r.PostForm.Get("on") == "true", Shape: r.PostForm.Get("shape")}
	for _, op := range r.PostForm["operation"] {
		f.Operations = append(f.Operations, operation(op))
	}
	var err error
	if v := strings.TrimSpace(r.PostForm.Get("times")); v != "" {
		if f.Times, err = strconv.Atoi(v); err != nil || f.Times < 0 {
			s.renderFaults(w, r, http.StatusUnprocessableEntity, p.T("Berapa kali harus angka bulat, atau kosong.", "How often must be a whole number, or empty."))
			return
		}
	}
	if v := strings.TrimSpace(r.PostForm.Get("value")); v != "" {
		if f.Value, err = strconv.ParseFloat(strings.ReplaceAll(v, ",", "."), 64); err != nil {
			s.renderFaults(w, r, http.StatusUnprocessableEntity, p.T("Nilainya harus angka.", "The value must be a number."))
			return
		}
	}
	switch err := s.setFault(f); {
	case errors.Is(err, errUnknownFault):
		s.renderFaults(w, r, http.StatusUnprocessableEntity, p.T("Gangguan itu tidak ada.", "There is no such fault."))
	case err != nil:
		s.renderFaults(w, r, http.StatusUnprocessableEntity, p.T("Tidak bisa dinyalakan: ", "Can not be switched on: ")+err.Error())
	default:
		http.Redirect(w, r, "/faults#f-"+f.Name, http.StatusSeeOther)
	}
}

type shopView struct {
	Notification, Inquiry, Problem string
	Base, ClientID, Secret         string
	Paths, Machine                 []endpoint
}

type endpoint struct{ Method, Path string }

func (s *Simulator) shopPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	v := shopView{Notification: s.notificationURL, Inquiry: s.inquiryURL}
	s.mu.Unlock()
	s.renderShop(w, r, http.StatusOK, v)
}

func (s *Simulator) renderShop(w http.ResponseWriter, r *http.Request, status int, v shopView) {
	v.Base = s.cfg.PublicURL
	if v.Base == "" {
		v.Base = baseURL(r)
	}
	v.ClientID, v.Secret = s.cfg.ClientID, masked(s.cfg.SecretKey)
	v.Paths = []endpoint{
		{"POST", pathPaymentCode},
		{"PATCH", pathPaymentCode},
		{"POST", pathPaymentCodeNewGuide},
		{"PATCH", pathPaymentCodeNewGuide},
		{"POST", pathMerchantPaymentCode},
		{"GET", pathStatus + "{id}"},
		{"GET", pathHowToPayAPI + "{code}"},
		{"GET", pathHowToPayPage + "{code}"},
	}
	v.Machine = []endpoint{
		{"POST", "/simulator/inquiry"},
		{"POST", "/simulator/pay"},
		{"GET", "/simulator/codes"},
		{"GET", "/simulator/deliveries"},
		{"POST", "/simulator/resend"},
		{"GET", "/simulator/faults"},
		{"POST", "/simulator/faults"},
		{"GET", "/simulator/urls"},
		{"POST", "/simulator/urls"},
	}
	s.render(w, r, status, "shop", phrase{"Toko", "The shop"}, v)
}

// masked shows the ends of a secret, enough to tell two apart.
func masked(secret string) string {
	if len(secret) < 12 {
		return "••••"
	}
	return secret[:3] + "••••••" + secret[len(secret)-2:]
}

func (s *Simulator) postShop(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	v := shopView{
		Notification: strings.TrimSpace(r.PostForm.Get("notification")),
		Inquiry:      strings.TrimSpace(r.PostForm.Get("inquiry")),
	}
	if !callable(v.Notification) || !callable(v.Inquiry) {
		v.Problem = speak(w, r).T("Alamat harus diawali http:// atau https://.", "An address must begin with http:// or https://.")
		s.renderShop(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	s.SetURLs(v.Notification, v.Inquiry)
	s.wake()
	http.Redirect(w, r, "/shop", http.StatusSeeOther)
}
