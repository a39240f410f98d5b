package views

import "kodebayar/views/barcode"

// StaffPage is who works here, /staff. Its form posts name, email and role to
// /staff/invites.
type StaffPage struct {
	Page
	People    []StaffRow
	Open      []InviteRow
	Roles     []RoleView
	Abilities []AbilityRow

	Name, Email Field
	// Role is the chosen one of MayInvite.
	Role      Field
	MayInvite []RoleView
	Problem   string
}

// StaffRow is one member in the list. Role is owner, manager, cashier or
// accountant, here and below.
type StaffRow struct {
	ID, Name, Email, Role string
	Disabled              bool
	// Self marks the reader.
	Self bool
}

// InviteRow is an open one-time link.
type InviteRow struct {
	ID, Name, Role, Until string
	// Reset is one for a new password, else it is to join.
	Reset bool
	// Fixed: the reader may not open it.
	Fixed bool
}

// RoleView is a role and what it is for.
type RoleView struct{ Role, Duty string }

// AbilityRow is one row of the matrix; May follows the order of Roles.
type AbilityRow struct {
	Name string
	May  []bool
}

// StaffMemberPage is one member, /staff/{id}. Its forms post role to /role,
// and nothing to /disable, /enable, /reset, /totp, /pin
// and /sessions.
type StaffMemberPage struct {
	Page
	ID, Name, Email, Since string
	Role                   Field
	Roles                  []RoleView
	Disabled               bool
	Sessions               []SessionRow
	// Factor: signing in asks for a code as well.
	Factor bool
	// PINSince is since when they have a PIN for shared tills, empty: none.
	PINSince string
	// WhyNot says why the reader may change nothing, empty when they may.
	WhyNot string
	// WhyStay says why role and account are fixed.
	WhyStay string
}

// SessionRow is one place where somebody is signed in.
type SessionRow struct {
	ID, Device, Address, Since, Seen string
	// Till is the shared till it is at, empty for a device of their own.
	Till string
	// Current is where the page is read.
	Current bool
}

// InvitationPage shows a one-time link to be handed over, /staff/invites/{id}.
type InvitationPage struct {
	Page
	ID, Name, Email, Role, Until string
	Link                         string
	QR                           barcode.Symbol
	// Reset is one for a new password, else it is to join.
	Reset bool
}

// JoinPage is behind a one-time link. It posts password, and name unless it is
// a reset, to /invite/{token}.
type JoinPage struct {
	Page
	Token, Email, Role string
	Reset              bool
	Name, Password     Field
	Problem            string
	// SignedIn is who is signed in here, and will not be afterwards.
	SignedIn string
}
