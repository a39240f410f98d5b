package views

import (
	"strings"

	"github.com/a-h/templ"

	"kodebayar/views/barcode"
)

func picturePeople(l Lang, add func(string, templ.Component)) {
	no := l.T("Isian ini tidak bisa diterima.", "This cannot be accepted.")
	var roles []RoleView
	for _, r := range []string{"owner", "manager", "cashier", "accountant"} {
		roles = append(roles, RoleView{r, l.T("Membuat kode dan melihat miliknya sendiri.", "Makes codes and sees only their own.")})
	}
	staff := StaffPage{
		Page: member(l, "/staff", "staff"), Roles: roles, MayInvite: roles, Role: Field{Value: "cashier"},
		People:    []StaffRow{{"m1", "Sari Wulandari", "sari@melati.example", "owner", false, true}, {"m2", hugeName, strings.Repeat("w", 60) + "@melati.example", "accountant", true, false}},
		Abilities: []AbilityRow{{l.T("Membuat kode", "Make codes"), []bool{true, true, true, false}}},
	}
	add("staff", Staff(staff))
	staff.Open = []InviteRow{{"i1", hugeName, "cashier", "27 Nov 14.05 WIB", false, false}, {"i2", "Budi", "owner", "14.05 WIB", true, true}}
	staff.Name, staff.Email, staff.Role, staff.Problem = Field{hugeName, no}, Field{"x", no}, Field{Error: no}, no
	staff.MayInvite = roles[2:3]
	add("staff-mistakes", Staff(staff))

	sessions := []SessionRow{
		{"l1", "Chrome, Android", "192.0.2.7", "20 Nov 09.00 WIB", "14.05 WIB", hugeName, true},
		{"l2", l.T("Perangkat lain", "Another device"), "2001:db8:1234:5678:9abc:def0:1234:5678", "19 Nov 09.00 WIB", "19 Nov 14.05 WIB", "", false},
	}
	one := StaffMemberPage{
		Page: member(l, "/staff/m2", "staff"), ID: "m2", Name: hugeName, Email: strings.Repeat("w", 60) + "@melati.example", Since: "20 Nov 2026",
		Role: Field{Value: "cashier"}, Roles: roles, Sessions: sessions,
	}
	add("staff-member", StaffMember(one))
	one.Role.Error, one.Disabled, one.Sessions, one.Factor, one.PINSince = no, true, nil, true, "20 Nov 14.05 WIB"
	add("staff-member-disabled", StaffMember(one))
	one.WhyStay, one.Disabled = no, false
	add("staff-member-last-owner", StaffMember(one))
	one.WhyNot = no
	add("staff-member-fixed", StaffMember(one))

	link := "https://bayar.melati.example/invite/" + strings.Repeat("a", 32)
	qr, err := barcode.QR(link)
	if err != nil {
		panic(err)
	}
	for _, reset := range []bool{false, true} {
		name := map[bool]string{false: "invitation", true: "reset"}[reset]
		add("link-"+name, Invitation(InvitationPage{
			Page: member(l, "/staff/invites/i1", "staff"), ID: "i1", Name: hugeName, Email: "budi@melati.example", Role: "cashier",
			Until: untilText(l), Link: link, QR: qr, Reset: reset,
		}))
		add("join-"+name, Join(JoinPage{Page: visitor(l, "/invite/abc"), Token: "abc", Email: "budi@melati.example", Role: "cashier", Reset: reset, Name: Field{Value: "Budi"}}))
	}
	add("join-mistakes", Join(JoinPage{
		Page: visitor(l, "/invite/abc"), Token: "abc", Email: "budi@melati.example", Role: "cashier", Name: Field{hugeName, no},
		Password: Field{Error: no}, Problem: no, SignedIn: "Sari",
	}))

	account := AccountPage{
		Page: member(l, "/account", "account"), Email: "sari@melati.example", Role: "cashier", Name: Field{Value: "Sari"}, Sessions: sessions,
	}
	add("account", Account(account))
	account.Name, account.OldPassword, account.Password, account.Confirm = Field{hugeName, no}, Field{Error: no}, Field{Error: no}, Field{Error: no}
	account.FactorSince, account.CodesLeft, account.Problem, account.Sessions = "20 Nov 14.05 WIB", "9", no, sessions[:1]
	add("account-mistakes", Account(account))
	account.Required = true
	add("account-required", Account(account))
	account.MayPIN, account.Page = true, atTill(l, "/account", "account")
	add("account-no-pin", Account(account))
	account.PINSince, account.PIN, account.PINPassword = "20 Nov 14.05 WIB", Field{Error: no}, Field{Error: no}
	add("account-pin", Account(account))
	enrolment := EnrolmentPage{Page: member(l, "/account/totp", "account"), Secret: "ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567", QR: qr}
	add("enrolment", Enrolment(enrolment))
	enrolment.Code, enrolment.Problem, enrolment.Required = Field{Error: no}, no, true
	add("enrolment-mistakes", Enrolment(enrolment))
	enrolment.AtTill, enrolment.Confirm = true, Field{Error: no}
	add("enrolment-till", Enrolment(enrolment))
	add("recovery-codes", RecoveryCodes(RecoveryCodesPage{Page: member(l, "/account/codes", "account"), Codes: []string{"abcd-efgh-ijkl-mnop", "qrst-uvwx-yz23-4567"}}))
	add("second-step", SecondStep(SecondStepPage{Page: visitor(l, "/login")}))
	add("second-step-wrong", SecondStep(SecondStepPage{Page: visitor(l, "/login"), Code: Field{Error: no}, Problem: no}))

	backups := BackupsPage{
		Page: member(l, "/backups", "diagnostics"), Rule: no, Folder: "/var/lib/kodebayar/backups", Command: "kodebayar restore " + strings.Repeat("/long", 30), Key: "0123456789abcdef",
	}
	add("backups-empty", Backups(backups))
	backups.Running = no
	backups.Rows = []BackupRow{
		{"20261125-200000-000", "26 Nov 03.00 WIB", l.T("otomatis", "automatic"), "12 MB", "12.345", "/backups/20261125-200000-000", ""},
		{"20261124-200000-000", "25 Nov 03.00 WIB", hugeName, "12 MB", "12.345", "", ""},
		{"20261123-200000-000", "24 Nov 03.00 WIB", hugeName, "0 B", "0", "", "mkdir " + strings.Repeat("/long", 30) + ": no space left on device"},
	}
	add("backups", Backups(backups))
	diagnosis := DiagnosticsPage{
		Page: member(l, "/diagnostics", "diagnostics"), Support: "kodebayar      v1\n" + strings.Repeat("w", 120),
		Groups: []DiagnosisGroup{{"DOKU", []DiagnosisFact{{l.T("Jam", "Clock"), hugeName, no}, {l.T("Panggilan masuk", "Callbacks"), "14.05 WIB", ""}}}},
	}
	add("diagnostics", Diagnostics(diagnosis))
	diagnosis.Concerns = []string{no, no + strings.Repeat("w", 80)}
	add("diagnostics-concerns", Diagnostics(diagnosis))

	audit := AuditPage{Page: member(l, "/audit", "audit"), ExportHref: "/audit.csv"}
	add("audit-empty", Audit(audit))
	audit.Rows = []AuditRow{{
		Seq: "117", Time: "14.05 WIB", Who: hugeName, What: l.T("Masuk", "Signed in"), Facts: []string{"role: cashier → owner"},
		Href: "/codes/k7", Link: l.T("Kode", "Code"), Of: l.T("Kode dari catatan ", "Code of entry "),
	}}
	audit.Older, audit.Whole, audit.Broken = "/audit?before=117", no, no
	add("audit", Audit(audit))
}

// atTill is a page of somebody at a shared till.
func atTill(l Lang, path, current string) Page {
	p := member(l, path, current)
	p.Member.Name, p.Till = hugeName, &AtTill{hugeName, "300"}
	return p
}

func pictureTills(l Lang, add func(string, templ.Component)) {
	no := l.T("Isian ini tidak bisa diterima.", "This cannot be accepted.")
	tills := TillsPage{Page: member(l, "/tills", "staff")}
	add("tills-none", Tills(tills))
	tills.Page, tills.Here, tills.Name, tills.Problem = atTill(l, "/tills", "staff"), hugeName, Field{hugeName, no}, no
	tills.Tills = []TillRow{
		{"t1", hugeName, hugeName, "20 Nov 09.00 WIB", "14.05 WIB", "", true},
		{"t2", "Kasir depan", "Sari", "20 Nov 09.00 WIB", "", "", false},
		{"t3", "Kasir belakang", "Sari", "20 Nov 09.00 WIB", "", untilText(l), false},
	}
	add("tills", Tills(tills))
	link := "https://bayar.melati.example/till/" + strings.Repeat("a", 32)
	qr, err := barcode.QR(link)
	if err != nil {
		panic(err)
	}
	add("till-link", TillLink(TillLinkPage{Page: member(l, "/tills/t3", "staff"), ID: "t3", Name: hugeName, Link: link, QR: qr, Until: untilText(l)}))
	add("till-open", TillOpen(TillOpenPage{Page: visitor(l, "/till/abc"), Token: "abc", Name: hugeName, SignedIn: "Sari"}))
	tiles := TilesPage{Page: visitor(l, "/login"), Till: hugeName, Password: "/login?with=password"}
	add("tiles-none", Tiles(tiles))
	tiles.Notice, tiles.Problem = no, no
	tiles.People = []Tile{{"Sari", "/login/pin?staff=m1"}, {hugeName + hugeName, "/login/pin?staff=m2"}}
	add("tiles", Tiles(tiles))
	pin := PINPage{Page: visitor(l, "/login/pin?staff=m1"), Till: hugeName, Staff: "m1", Name: hugeName + hugeName, Back: "/login"}
	add("pin", PIN(pin))
	pin.Next, pin.PIN, pin.Problem = "/transactions", Field{Error: no}, no
	add("pin-wrong", PIN(pin))
	add("login-at-till", Login(LoginPage{Page: visitor(l, "/login?with=password"), Tiles: true}))
	add("counter-at-till", Counter(CounterPage{Page: atTill(l, "/", "counter"), Form: form(l), Today: today(l)}))
}
