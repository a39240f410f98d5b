package views

// SetupPage makes the owner on an empty machine. It posts token, name, shop,
// email and password to /setup.
type SetupPage struct {
	Page
	// Token is the secret of the one-time link.
	Token             string
	Name, Shop, Email Field
	// Password carries only an error; what was typed is never written back.
	Password Field
	// Problem is what is wrong with the whole form, empty when nothing is.
	Problem string
}

// LoginPage signs a member of staff in. It posts email and password (and next,
// when there is one) to /login.
type LoginPage struct {
	Page
	Email    Field
	Password Field
	// Problem is what is wrong with the whole form: wrong password, too many
	// tries.
	Problem string
	// Notice is a calm sentence above the form: signed out, session ended.
	Notice string
	// Next is the local path to go on to, empty for the counter.
	Next string
	// Tiles: this is a shared till, whose cashiers have a page of their own.
	Tiles bool
}
