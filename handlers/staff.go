package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// manages says whom a role may invite, change and end: an owner everybody, a
// manager cashiers.
func manages(role, other payments.Role) bool {
	return role == payments.Owner || role == payments.Manager && other == payments.Cashier
}

// managed are the roles that a role may give.
func managed(role payments.Role) []payments.Role {
	return slices.DeleteFunc(slices.Clone(payments.Roles), func(other payments.Role) bool { return !manages(role, other) })
}

// duties say in a sentence what a role is for.
var duties = map[payments.Role]text{
	payments.Owner: {
		"Semuanya: kode, uang, staf, dan pengaturan toko.",
		"Everything: codes, money, staff and the settings of the shop.",
	},
	payments.Manager: {
		"Semua kode dan uang, serta mengelola kasir. Tidak mengubah pengaturan.",
		"All codes and money, and looks after the cashiers. Does not change settings.",
	},
	payments.Cashier: {
		"Membuat kode dan hanya melihat kode buatannya sendiri.",
		"Makes codes and sees only those of their own.",
	},
	payments.Accountant: {
		"Melihat dan mengunduh semuanya untuk pembukuan. Tidak mengubah apa pun.",
		"Sees and downloads everything for the books. Changes nothing.",
	},
}

// abilities are the rows of the matrix. Who may is read from the table of
// routes, so that the page cannot promise something else than the app does.
var abilities = []struct {
	text
	method, path string
}{
	{text{"Membuat kode bayar", "Make payment codes"}, http.MethodPost, "/codes"},
	{text{"Mengubah dan membatalkan kode", "Change and cancel codes"}, http.MethodPost, "/codes/:id/cancel"},
	{text{"Melihat kode semua orang", "See everybody's codes"}, "", ""},
	{text{"Melihat riwayat DOKU", "See the exchanges with DOKU"}, http.MethodGet, "/exchanges"},
	{text{"Memutar ulang pemberitahuan DOKU", "Run DOKU's notifications again"}, http.MethodPost, "/exchanges/:id/replay"},
	{text{"Mengelola staf (Manajer: kasir saja)", "Look after staff (Manager: cashiers only)"}, http.MethodPost, "/staff/invites"},
	{text{"Membaca catatan audit", "Read the audit log"}, http.MethodGet, "/audit"},
	{text{"Mengubah pengaturan toko", "Change the shop's settings"}, http.MethodPost, "/settings"},
}

func (s *Server) abilityRows(lang views.Lang) []views.AbilityRow {
	table := routes(s.NotificationPath, s.InquiryPath)
	var rows []views.AbilityRow
	for _, a := range abilities {
		row := views.AbilityRow{Name: a.in(lang)}
		for _, role := range payments.Roles {
			may := role.SeesAll()
			if a.path != "" {
				may = slices.ContainsFunc(table, func(rt route) bool {
					return rt.method == a.method && rt.path == a.path && slices.Contains(rt.roles, role)
				})
			}
			row.May = append(row.May, may)
		}
		rows = append(rows, row)
	}
	return rows
}

// staff is the list of who works here.
func (s *Server) staff(v *visit) error {
	return s.showStaff(v, http.StatusOK, form{}, mistakes{}, payments.Cashier)
}

func (s *Server) showStaff(v *visit, status int, f form, wrong mistakes, chosen payments.Role) error {
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return err
	}
	open, err := s.Store.Invites(v.ctx(), s.Now())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	field := func(name string) views.Field {
		return views.Field{Value: strings.ToValidUTF8(f.get(name), "\ufffd"), Error: wrong[name].in(v.lang)}
	}
	p := views.StaffPage{
		Page: s.page(v, "staff"), Abilities: s.abilityRows(v.lang), Problem: f.problem.in(v.lang),
		Name: field("name"), Email: field("email"), Role: views.Field{Value: string(chosen), Error: wrong["role"].in(v.lang)},
	}
	for _, role := range payments.Roles {
		duty := views.RoleView{Role: string(role), Duty: duties[role].in(v.lang)}
		p.Roles = append(p.Roles, duty)
		if manages(v.member.Role, role) {
			p.MayInvite = append(p.MayInvite, duty)
		}
	}
	for _, m := range people {
		p.People = append(p.People, views.StaffRow{
			ID: m.ID, Name: m.Name, Email: m.Email, Role: string(m.Role), Disabled: m.Disabled, Self: m.ID == v.member.ID,
		})
	}
	for _, i := range open {
		row := views.InviteRow{ID: i.ID, Name: i.Name, Role: string(i.Role), Reset: i.StaffID != "", Until: cal.moment(i.ExpiresAt)}
		row.Fixed = !manages(v.member.Role, i.Role)
		p.Open = append(p.Open, row)
	}
	return s.render(v, status, views.Staff(p))
}

var errorEmailTaken = text{"Alamat email ini sudah dipakai staf lain.", "Another member of staff has this email address."}

// invite makes a one-time link for somebody to join.
func (s *Server) invite(v *visit) error {
	f, err := readForm(v, "name", "email", "role")
	if err != nil {
		return err
	}
	i := db.Invite{Name: f.get("name"), Email: strings.ToLower(f.get("email")), Role: payments.Role(f.get("role"))}
	wrong := mistakes{}
	wrong.add("name", wrongName(i.Name, maxName))
	wrong.add("email", wrongEmail(i.Email))
	if !slices.Contains(managed(v.member.Role), i.Role) {
		wrong.add("role", text{"Pilih salah satu peran ini.", "Choose one of these roles."})
	}
	if len(wrong) == 0 && f.problem == (text{}) {
		to, err := s.addLink(v, i, inviteLifetime)
		if err == nil {
			return s.redirect(v, to)
		}
		if !errors.Is(err, db.ErrEmailTaken) {
			return err
		}
		wrong.add("email", errorEmailTaken)
	}
	return s.showStaff(v, http.StatusUnprocessableEntity, f, wrong, i.Role)
}

// target is the member of the route's {id}.
func (s *Server) target(v *visit) (payments.Staff, error) {
	id, err := idOf(v)
	if err != nil {
		return payments.Staff{}, err
	}
	return s.Store.Staff(v.ctx(), id)
}

// managedTarget is the member of the route's {id}, for somebody who may change
// them.
func (s *Server) managedTarget(v *visit) (payments.Staff, error) {
	m, err := s.target(v)
	if err == nil && !manages(v.member.Role, m.Role) {
		err = errForbidden
	}
	return m, err
}

// staffMember is the page of one member.
func (s *Server) staffMember(v *visit) error {
	m, err := s.target(v)
	if err != nil {
		return err
	}
	return s.showMember(v, http.StatusOK, m, "")
}

func (s *Server) showMember(v *visit, status int, m payments.Staff, wrongRole string) error {
	logins, err := s.Store.Logins(v.ctx(), m.ID, s.Now())
	if err != nil {
		return err
	}
	last, err := s.lastOwner(v.ctx(), m)
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.StaffMemberPage{
		Page: s.page(v, "staff"), ID: m.ID, Name: m.Name, Email: m.Email, Role: views.Field{Value: string(m.Role), Error: wrongRole},
		Disabled: m.Disabled, Since: cal.day(m.CreatedAt), Sessions: sessionRows(cal, logins, v.login.ID),
	}
	switch {
	case !manages(v.member.Role, m.Role):
		p.WhyNot = v.lang.T("Hanya pemilik yang mengelola "+v.lang.RoleName(string(m.Role))+".", "Only an owner looks after this role.")
	case last:
		p.WhyStay = v.lang.T(
			"Ini pemilik terakhir, jadi perannya tetap dan akunnya tidak bisa dinonaktifkan.",
			"This is the last owner, who keeps the role and cannot be disabled.")
	}
	if _, err := s.Store.Authenticator(v.ctx(), m.ID); err == nil {
		p.Factor = true
	} else if !errors.Is(err, payments.ErrNotFound) {
		return err
	}
	if p.PINSince, err = s.pinSince(v, cal, m.ID); err != nil {
		return err
	}
	for _, role := range managed(v.member.Role) {
		p.Roles = append(p.Roles, views.RoleView{Role: string(role), Duty: duties[role].in(v.lang)})
	}
	return s.render(v, status, views.StaffMember(p))
}

// lastOwner says whether the shop would have no owner without m.
func (s *Server) lastOwner(ctx context.Context, m payments.Staff) (bool, error) {
	if m.Role != payments.Owner || m.Disabled {
		return false, nil
	}
	people, err := s.Store.AllStaff(ctx)
	return !slices.ContainsFunc(people, func(o payments.Staff) bool {
		return o.ID != m.ID && o.Role == payments.Owner && !o.Disabled
	}), err
}

// sessionRows lists where somebody is signed in; current is the id of here.
func sessionRows(cal calendar, logins []db.Login, current string) []views.SessionRow {
	var rows []views.SessionRow
	for _, l := range logins {
		rows = append(rows, views.SessionRow{
			ID: l.ID, Device: deviceName(cal.lang, l.Device), Address: l.Address, Current: l.ID == current, Till: l.Till,
			Since: cal.moment(l.MadeAt), Seen: cal.moment(l.SeenAt),
		})
	}
	return rows
}

// deviceName makes a browser's name of itself readable, as far as that is
// worth anything: it is a claim.
func deviceName(lang views.Lang, agent string) string {
	find := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := find("Edg/", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := find("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	switch {
	case browser != "" && system != "":
		return browser + ", " + system
	case browser+system != "":
		return browser + system
	}
	return lang.T("Perangkat lain", "Another device")
}

var errLastOwner = &refusal{
	status: http.StatusConflict,
	title:  text{"Pemilik terakhir harus tetap", "The last owner must stay"},
	sentence: text{
		"Toko harus punya paling sedikit satu pemilik yang aktif. Jadikan orang lain pemilik dulu.",
		"A shop needs at least one active owner. Make somebody else an owner first.",
	},
}

// alter changes a member whom the visitor may manage.
func (s *Server) alter(v *visit, m payments.Staff, change func(*payments.Staff), done text) error {
	err := s.Store.ChangeStaff(v.ctx(), m.ID, v.actor(), s.Now().UTC(), change)
	switch {
	case errors.Is(err, db.ErrLastOwner):
		return errLastOwner
	case err != nil:
		return err
	}
	s.say(v, "success", done)
	if m.ID == v.member.ID {
		return s.redirect(v, "/") // may not see the page any more
	}
	return s.redirect(v, "/staff/"+m.ID)
}

// changeRole gives a member another role.
func (s *Server) changeRole(v *visit) error {
	f, err := readForm(v, "role")
	if err != nil {
		return err
	}
	m, err := s.managedTarget(v)
	if err != nil {
		return err
	}
	role := payments.Role(f.get("role"))
	if f.problem != (text{}) {
		return s.showMember(v, http.StatusUnprocessableEntity, m, f.problem.in(v.lang))
	}
	if !slices.Contains(managed(v.member.Role), role) {
		return s.showMember(v, http.StatusUnprocessableEntity, m, v.lang.T("Pilih salah satu peran ini.", "Choose one of these roles."))
	}
	return s.alter(v, m, func(m *payments.Staff) { m.Role = role }, text{
		m.Name + " sekarang " + views.Indonesian.RoleName(string(role)) + ".", m.Name + " is now " + views.English.RoleName(string(role)) + ".",
	})
}

// disable keeps a member out; their sessions end at once.
func (s *Server) disable(v *visit) error {
	m, err := s.posted(v)
	if err != nil {
		return err
	}
	return s.alter(v, m, func(m *payments.Staff) { m.Disabled = true }, text{
		m.Name + " dinonaktifkan dan sudah dikeluarkan dari semua perangkat.", m.Name + " is disabled and signed out everywhere.",
	})
}

// enable lets a member in again, with the password they had.
func (s *Server) enable(v *visit) error {
	m, err := s.posted(v)
	if err != nil {
		return err
	}
	return s.alter(v, m, func(m *payments.Staff) { m.Disabled = false }, text{
		m.Name + " aktif lagi.", m.Name + " is active again.",
	})
}

// posted reads a form without fields about the member of the route's {id}.
func (s *Server) posted(v *visit) (payments.Staff, error) {
	if _, err := readForm(v); err != nil {
		return payments.Staff{}, err
	}
	return s.managedTarget(v)
}

// resetLink makes a one-time link for a new password. The old one stays until
// the link is used.
func (s *Server) resetLink(v *visit) error {
	m, err := s.posted(v)
	if err != nil {
		return err
	}
	if m.Disabled {
		return &refusal{
			status: http.StatusConflict, title: text{"Akunnya tidak aktif", "The account is disabled"},
			sentence: text{"Aktifkan dulu akunnya, lalu buat tautannya.", "Enable the account first, then make the link."},
		}
	}
	to, err := s.addLink(v, db.Invite{StaffID: m.ID, Name: m.Name, Email: m.Email, Role: m.Role}, resetLifetime)
	if err != nil {
		return err
	}
	return s.redirect(v, to)
}

// endSessions signs a member out everywhere, but not from here.
func (s *Server) endSessions(v *visit) error {
	m, err := s.posted(v)
	if err != nil {
		return err
	}
	if err := s.Store.EndLogins(v.ctx(), m.ID, v.login.ID, v.actor(), s.Now().UTC()); err != nil {
		return err
	}
	s.say(v, "success", text{m.Name + " dikeluarkan dari semua perangkat.", m.Name + " was signed out everywhere."})
	return s.redirect(v, "/staff/"+m.ID)
}
