package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kodebayar/payments"
	"kodebayar/static"
)

// kind says how a route is served.
type kind int

const (
	page     kind = iota // a page of the staff, with a session
	customer             // a page of a customer: no session, no cookie
	stream               // server-sent events, and what scripts ask by themselves; reads the session, never writes it
	callback             // called by DOKU; signed, so that no browser's origin matters
	machine              // plain text or files
)

// route is one line of the table: who may do what, where.
type route struct {
	method, path string
	kind         kind
	public       bool            // for everybody, signed in or not
	roles        []payments.Role // who may use it
	knows        []payments.Role // who may know that it exists: told 403; others 404
	handle       func(*Server, *visit) error
}

var (
	everybody = payments.Roles
	owners    = []payments.Role{payments.Owner}
	sellers   = []payments.Role{payments.Owner, payments.Manager, payments.Cashier}
	cashiers  = []payments.Role{payments.Cashier}
	bosses    = []payments.Role{payments.Owner, payments.Manager}
	office    = []payments.Role{payments.Owner, payments.Manager, payments.Accountant}
)

// routes is everything the app answers, and to whom.
func routes(notification, inquiry string) []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/setup", page, true, nil, nil, (*Server).setup},
		{post, "/setup", page, true, nil, nil, (*Server).setUp},
		{get, "/login", page, true, nil, nil, (*Server).login},
		{post, "/login", page, true, nil, nil, (*Server).signIn},
		{post, "/logout", page, true, nil, nil, (*Server).signOut},
		{get, "/invite/:token", page, true, nil, nil, (*Server).openLink},
		{post, "/invite/:token", page, true, nil, nil, (*Server).useLink},

		{get, "/", page, false, everybody, nil, (*Server).counter},
		{get, "/transactions", page, false, everybody, nil, (*Server).transactions},
		{get, "/transactions.csv", page, false, everybody, nil, (*Server).exportCSV},
		{get, "/transactions.xlsx", page, false, everybody, nil, (*Server).exportXLSX},
		{get, "/codes", page, false, everybody, nil, (*Server).codes},
		{get, "/codes/new", page, false, sellers, everybody, (*Server).newCode},
		{post, "/codes", page, false, sellers, everybody, (*Server).issue},
		{get, "/codes/bulk", page, false, sellers, everybody, (*Server).bulk},
		{post, "/codes/bulk", page, false, sellers, everybody, (*Server).previewBulk},
		{post, "/codes/bulk/start", page, false, sellers, everybody, (*Server).startBulk},
		{get, "/codes/bulk/template.csv", page, false, sellers, everybody, (*Server).bulkTemplate},
		{get, "/codes/bulk/:batch", page, false, sellers, everybody, (*Server).batch},
		{get, "/codes/bulk/:batch/result.csv", page, false, sellers, everybody, (*Server).bulkResult},
		{get, "/codes/bulk/:batch/cards", page, false, sellers, everybody, (*Server).bulkCards},
		{post, "/codes/bulk/:batch/stop", page, false, sellers, everybody, (*Server).haltBulk},
		{post, "/codes/bulk/:batch/resume", page, false, sellers, everybody, (*Server).resumeBulk},
		{get, "/codes/:id", page, false, everybody, nil, (*Server).code},
		{post, "/codes/:id/check", page, false, sellers, everybody, (*Server).check},
		{post, "/codes/:id/handover", page, false, sellers, everybody, (*Server).handOver},
		{get, "/check", page, false, sellers, everybody, (*Server).checkProof},
		{get, "/codes/:id/edit", page, false, sellers, everybody, (*Server).edit},
		{post, "/codes/:id/edit", page, false, sellers, everybody, (*Server).change},
		{get, "/codes/:id/cancel", page, false, sellers, everybody, (*Server).askCancel},
		{post, "/codes/:id/cancel", page, false, sellers, everybody, (*Server).cancel},
		{get, "/codes/:id/slip", page, false, everybody, nil, (*Server).slip},
		{get, "/codes/:id/notes", page, false, sellers, everybody, (*Server).askNote},
		{post, "/codes/:id/notes", page, false, sellers, everybody, (*Server).addNote},
		{get, "/codes/:id/refunds", page, false, sellers, everybody, (*Server).askRefund},
		{post, "/codes/:id/refunds", page, false, sellers, everybody, (*Server).refund},
		{post, "/attention/:id/done", page, false, sellers, everybody, (*Server).markDone},
		{get, "/exchanges", page, false, office, nil, (*Server).exchanges},
		{get, "/exchanges/:id", page, false, office, nil, (*Server).exchange},
		{post, "/exchanges/:id/replay", page, false, bosses, office, (*Server).replay},
		{get, "/closings", page, false, everybody, nil, (*Server).closings},
		{post, "/closings", page, false, sellers, everybody, (*Server).closeShift},
		{get, "/closings/:id", page, false, everybody, nil, (*Server).closing},
		{get, "/closings/:id/slip", page, false, everybody, nil, (*Server).closingSlip},
		{get, "/reports", page, false, office, nil, (*Server).reports},
		{get, "/reports.csv", page, false, office, nil, (*Server).reportCSV},
		{get, "/reports.xlsx", page, false, office, nil, (*Server).reportXLSX},
		{get, "/reports/settlement", page, false, office, nil, (*Server).settlements},
		{post, "/reports/settlement", page, false, office, nil, (*Server).settle},
		{get, "/reports/settlement/:id", page, false, office, nil, (*Server).settlement},
		{get, "/reports/settlement/:id/result.csv", page, false, office, nil, (*Server).settlementCSV},
		{get, "/reports/refunds", page, false, office, nil, (*Server).reportRefunds},
		{get, "/staff", page, false, bosses, nil, (*Server).staff},
		{post, "/staff/invites", page, false, bosses, nil, (*Server).invite},
		{get, "/staff/invites/:id", page, false, bosses, nil, (*Server).invitation},
		{post, "/staff/invites/:id/withdraw", page, false, bosses, nil, (*Server).withdraw},
		{get, "/staff/:id", page, false, bosses, nil, (*Server).staffMember},
		{post, "/staff/:id/role", page, false, bosses, nil, (*Server).changeRole},
		{post, "/staff/:id/disable", page, false, bosses, nil, (*Server).disable},
		{post, "/staff/:id/enable", page, false, bosses, nil, (*Server).enable},
		{post, "/staff/:id/reset", page, false, bosses, nil, (*Server).resetLink},
		{post, "/staff/:id/sessions", page, false, bosses, nil, (*Server).endSessions},
		{post, "/staff/:id/totp", page, false, bosses, nil, (*Server).dropFactor},
		{post, "/staff/:id/pin", page, false, bosses, nil, (*Server).dropPIN},
		{get, "/tills", page, false, bosses, nil, (*Server).tills},
		{post, "/tills", page, false, bosses, nil, (*Server).addTill},
		{post, "/tills/links", page, false, bosses, nil, (*Server).addTillLink},
		{get, "/tills/:id", page, false, bosses, nil, (*Server).tillLink},
		{post, "/tills/:id/remove", page, false, bosses, nil, (*Server).removeTill},
		{get, "/till/left", stream, false, everybody, nil, (*Server).tillLeft},
		{get, "/till/:token", page, true, nil, nil, (*Server).openTill},
		{post, "/till/:token", page, true, nil, nil, (*Server).useTill},
		{get, "/audit", page, false, office, nil, (*Server).audit},
		{get, "/audit.xlsx", page, false, office, nil, (*Server).auditXLSX},
		{get, "/audit.csv", page, false, office, nil, (*Server).auditCSV},
		{get, "/diagnostics", page, false, bosses, office, (*Server).diagnostics},
		{get, "/backups", page, false, owners, bosses, (*Server).backups},
		{post, "/backups", page, false, owners, bosses, (*Server).makeBackup},
		{get, "/backups/:name", page, false, owners, bosses, (*Server).downloadBackup},
		{get, "/account", page, false, everybody, nil, (*Server).account},
		{post, "/account", page, false, everybody, nil, (*Server).rename},
		{post, "/account/passkeys/begin", page, false, everybody, nil, (*Server).beginPasskey},
		{post, "/account/passkeys", page, false, everybody, nil, (*Server).addPasskey},
		{post, "/account/passkeys/:passkey/remove", page, false, everybody, nil, (*Server).removePasskey},
		{post, "/login/passkey/begin", page, true, nil, nil, (*Server).beginSignIn},
		{post, "/login/passkey", page, true, nil, nil, (*Server).signInByPasskey},
		{get, "/login/pin", page, true, nil, nil, (*Server).askPIN},
		{post, "/login/pin", page, true, nil, nil, (*Server).signInByPIN},
		{post, "/account/pin", page, false, cashiers, everybody, (*Server).setPIN},
		{post, "/account/pin/remove", page, false, cashiers, everybody, (*Server).removePIN},
		{post, "/account/password", page, false, everybody, nil, (*Server).changePassword},
		{post, "/account/sessions", page, false, everybody, nil, (*Server).endOtherSessions},
		{post, "/account/sessions/:login/end", page, false, everybody, nil, (*Server).endOwnSession},
		{get, "/account/totp", page, false, everybody, nil, (*Server).enrolment},
		{post, "/account/totp", page, false, everybody, nil, (*Server).enrol},
		{post, "/account/totp/remove", page, false, everybody, nil, (*Server).removeFactor},
		{get, "/account/codes", page, false, everybody, nil, (*Server).recoveryPage},
		{post, "/account/codes", page, false, everybody, nil, (*Server).renewCodes},
		{get, "/settings", page, false, owners, everybody, (*Server).settings},
		{post, "/settings", page, false, owners, everybody, (*Server).saveSettings},
		{get, "/settings/doku", page, false, owners, everybody, (*Server).connection},
		{post, "/settings/doku/credentials", page, false, owners, everybody, (*Server).saveCredentials},
		{post, "/settings/doku/test", page, false, owners, everybody, (*Server).testCredentials},
		{post, "/settings/doku/forget", page, false, owners, everybody, (*Server).forgetCredentials},
		{post, "/settings/doku/callbacks", page, false, owners, everybody, (*Server).selfTest},
		{post, "/settings/doku/rehearsal", page, false, owners, everybody, (*Server).rehearse},
		{post, "/settings/doku/environment", page, false, owners, everybody, (*Server).chooseEnvironment},
		{post, "/settings/review", page, false, owners, everybody, (*Server).reviewSettings},
		{post, "/settings/logo", page, false, owners, everybody, (*Server).saveLogo},
		{get, "/logo/:digest", machine, true, nil, nil, (*Server).logo},
		{post, "/settings/presets", page, false, owners, everybody, (*Server).addPreset},
		{post, "/settings/presets/:preset/remove", page, false, owners, everybody, (*Server).removePreset},
		{get, "/events", stream, false, everybody, nil, (*Server).events},

		{get, "/pay/:token", customer, true, nil, nil, (*Server).pay},
		{get, "/pay/:token/events", stream, true, nil, nil, (*Server).payEvents},

		{post, notification, callback, true, nil, nil, (*Server).notification},
		{post, inquiry, callback, true, nil, nil, (*Server).inquiry},

		{get, "/healthz", machine, true, nil, nil, (*Server).healthz},
		{get, "/readyz", machine, true, nil, nil, (*Server).readyz},
		{get, "/manifest.webmanifest", machine, true, nil, nil, (*Server).manifest},
		{get, "/sw.js", machine, true, nil, nil, (*Server).worker},
		{get, "/offline", machine, true, nil, nil, (*Server).offline},
		{get, "/robots.txt", machine, true, nil, nil, (*Server).robots},
		{get, "/favicon.ico", machine, true, nil, nil, (*Server).favicon},
		{get, static.Prefix + "*", machine, true, nil, nil, (*Server).asset},
	}
}

// CheckCallbacks says what is wrong with the two callback paths: they must be
// plain, different, and not those of a page.
func CheckCallbacks(notification, inquiry string) error {
	return sound(routes(notification, inquiry))
}

// sound says what is wrong with a table: a route for nobody, or two for the
// same request.
func sound(table []route) error {
	var wrong []error
	seen := map[string]bool{}
	for _, rt := range table {
		name := rt.method + " " + rt.path
		if rt.public == (len(rt.roles) > 0) {
			wrong = append(wrong, fmt.Errorf("%s must be either public or for some roles", name))
		}
		if rt.handle == nil {
			wrong = append(wrong, fmt.Errorf("%s does nothing", name))
		}
		if seen[name] {
			wrong = append(wrong, fmt.Errorf("%s is there twice", name))
		}
		seen[name] = true
		if rt.kind == callback && (!strings.HasPrefix(rt.path, "/") || strings.ContainsAny(rt.path, ":*?#% ")) {
			wrong = append(wrong, fmt.Errorf("the callback path %q is not a plain path", rt.path))
		}
	}
	return errors.Join(wrong...)
}

// mostBody is how much may be posted, bytes: a settlement file is carried along
// by a form that asks what its columns are.
func (rt *route) mostBody() int64 {
	if rt.path == "/reports/settlement" {
		return 3*maxSettledFile + 64<<10
	}
	return maxBody
}

// may says whether a role may use the route, and if not, whether it may know
// of it.
func (rt *route) may(role payments.Role) (use, know bool) {
	use = slices.Contains(rt.roles, role)
	return use, use || slices.Contains(rt.knows, role)
}
