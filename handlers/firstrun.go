package handlers

import (
	"errors"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// step is one of setting the shop up. It stays on the owner's counter until all
// are done, and stops nobody from selling.
type step struct {
	done   bool
	title  text
	why    text
	href   string
	before bool // must be done before production is switched on from the page
}

// steps are those of setting up, in their order.
func (s *Server) steps(v *visit) ([]step, error) {
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return nil, err
	}
	env := real(s.Service.Environment)
	marks, err := s.Store.Marks(v.ctx())
	if err != nil {
		return nil, err
	}
	marked := func(step string) bool { return !marks[step].IsZero() }
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return nil, err
	}
	cashier := false
	for _, m := range people {
		cashier = cashier || m.Role == payments.Cashier && !m.Disabled
	}
	_, err = s.Store.LastBackup(v.ctx())
	if err != nil && !errors.Is(err, payments.ErrNotFound) {
		return nil, err
	}
	backup := err == nil
	return []step{
		{true, text{"Akun pemilik", "Owner's account"}, text{}, "/account", true},
		{settings.Shop != "" && settings.WhatsApp != "", text{"Toko: nama dan WhatsApp", "Shop: name and WhatsApp"}, text{
			"Pelanggan melihat namanya, dan bertanya lewat WhatsApp.", "Customers see its name, and ask by WhatsApp.",
		}, "/settings#shop", true},
		{s.Service.Ready() && marked(markCredentials+string(env)), text{"Kredensial DOKU, teruji", "Credentials at DOKU, tried"}, text{
			"Diuji dengan panggilan bertanda tangan sebelum disimpan.", "Tried by a signed call before they are saved.",
		}, "/settings/doku#credentials", true},
		{marked(markCallbacks + string(env)), text{"Alamat panggilan dari DOKU", "DOKU's callbacks"}, text{
			"Didaftarkan di DOKU, dan terbukti sampai di sini.", "Registered at DOKU, and seen to arrive here.",
		}, "/settings/doku#callbacks", true},
		{marked(markRehearsal), text{"Uji coba di simulator", "Round trip at the simulator"}, text{
			"Satu kode dibuat dan dibayar, tanpa uang.", "One code made and paid, without money.",
		}, "/settings/doku#rehearsal", true},
		{cashier, text{"Kasir pertama", "First cashier"}, text{"Undang dengan QR dari halaman staf.", "Invite by QR from the staff page."}, "/staff", false},
		{backup, text{"Cadangan pertama", "First backup"}, text{"Dibuat, dibuka, dan diperiksa.", "Made, opened and checked."}, "/backups", true},
	}, nil
}

// checklist is the steps for the owner's counter, nil when all are done.
func (s *Server) checklist(v *visit) (*views.Checklist, error) {
	if !v.can(owners) {
		return nil, nil
	}
	steps, err := s.steps(v)
	if err != nil {
		return nil, err
	}
	list := views.Checklist{Of: len(steps)}
	for _, one := range steps {
		if one.done {
			list.Done++
		}
		list.Steps = append(list.Steps, views.Step{Done: one.done, Title: one.title.in(v.lang), Why: one.why.in(v.lang), Href: one.href})
	}
	if list.Done == list.Of {
		return nil, nil
	}
	sold, err := s.Store.Codes(v.ctx(), db.ListFilter{
		Environment: s.Service.Environment, Tab: db.TabAll, Statuses: []payments.Status{payments.Paid}, Limit: 1,
	})
	if err != nil {
		return nil, err
	}
	list.Open = len(sold.Codes) == 0 // until something is sold this comes first
	return &list, nil
}

// missing are the steps that production waits for, by their titles: those of
// the environment in use, and credentials for production itself.
func (s *Server) missing(v *visit) (titles []string, err error) {
	steps, err := s.steps(v)
	if err != nil {
		return nil, err
	}
	for _, one := range steps {
		if one.before && !one.done {
			titles = append(titles, one.title.in(v.lang))
		}
	}
	saved, err := s.Store.Credentials(v.ctx(), payments.Production)
	if err != nil && !errors.Is(err, db.ErrSealed) { // what cannot be opened is missing
		return nil, err
	}
	if !saved.Set() && s.Fixed["credentials"] == "" {
		titles = append(titles, v.lang.T("Kredensial production", "Credentials for production"))
	}
	return titles, nil
}
