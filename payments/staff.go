package payments

import "time"

// Role is what a member of staff may do; the table of routes names the roles
// that each takes.
type Role string

// The four roles.
const (
	Owner      Role = "owner"      // Pemilik
	Manager    Role = "manager"    // Manajer
	Cashier    Role = "cashier"    // Kasir: own codes only
	Accountant Role = "accountant" // Keuangan: read and export
)

// Roles lists them in the order a page shows them.
var Roles = []Role{Owner, Manager, Cashier, Accountant}

// SeesAll says whether the role sees the codes of everybody.
func (r Role) SeesAll() bool { return r == Owner || r == Manager || r == Accountant }

// Valid says whether r is one of the four.
func (r Role) Valid() bool {
	for _, x := range Roles {
		if r == x {
			return true
		}
	}
	return false
}

// Staff is a person who signs in.
type Staff struct {
	ID           string
	Email        string // lower case, unique
	Name         string
	Role         Role
	PasswordHash string // argon2id, PHC form
	Disabled     bool
	CreatedAt    time.Time
}

// Viewer is whose eyes a reading is for.
type Viewer struct {
	StaffID string
	Role    Role
}

// Scope is the staff id that a listing is limited to; empty: everybody's.
func (v Viewer) Scope() string {
	if v.Role.SeesAll() {
		return ""
	}
	return v.StaffID
}

// Sees says whether the viewer may know that the code exists.
func (v Viewer) Sees(c Code) bool { return v.Role.SeesAll() || c.CreatedBy == v.StaffID }
