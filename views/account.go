package views

import "kodebayar/views/barcode"

// AccountPage is what everybody decides about themselves, /account. It posts
// name to /account, old_password and password to /account/password, and
// confirm_password to /account/codes, /account/totp/remove, /account/sessions and
// /account/sessions/{id}/end.
type AccountPage struct {
	Page
	Email, Role string
	Name        Field
	// OldPassword, Password and Confirm carry only errors; Confirm that of the
	// second step's form, since Problem says what is wrong with the others'.
	OldPassword, Password, Confirm Field
	Sessions                       []SessionRow
	// FactorSince is when the second step was set up, empty when it is not.
	FactorSince, CodesLeft string
	// Required: this role needs the second step.
	Required bool
	Problem  string
	// Passkeys are the member's own; NoPasskeys says why there can be none.
	Passkeys   []PasskeyRow
	NoPasskeys string
	// MayPIN: this role comes to shared tills. PINSince is since when they have
	// a PIN, empty: they have none; the two fields carry only errors. It posts
	// pin and pin_password to /account/pin, and pin_password to
	// /account/pin/remove.
	MayPIN           bool
	PINSince         string
	PIN, PINPassword Field
}

// PasskeyRow is one of them; Remove is where confirm_password is posted to.
type PasskeyRow struct{ Remove, Name, Made, Used string }

// EnrolmentPage sets an authenticator up. It posts totp to /account/totp.
type EnrolmentPage struct {
	Page
	Secret   string
	QR       barcode.Symbol
	Code     Field
	Required bool
	Problem  string
	// AtTill: it posts confirm_password too. Confirm carries only an error.
	AtTill  bool
	Confirm Field
}

// RecoveryCodesPage shows recovery codes, once.
type RecoveryCodesPage struct {
	Page
	Codes []string
}

// SecondStepPage asks for the code. It posts totp to /login.
type SecondStepPage struct {
	Page
	Code    Field
	Problem string
}
