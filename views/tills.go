package views

import "kodebayar/views/barcode"

// AtTill is the shared till at which the page is read.
type AtTill struct {
	Name string
	// Locks is in how many seconds it locks without a person.
	Locks string
}

// TillsPage lists the shared tills, /tills. It posts till_name to /tills, for
// this device, or to /tills/links, for another.
type TillsPage struct {
	Page
	Tills []TillRow
	// Here is the name of the till that this device is, empty when it is none.
	Here    string
	Name    Field
	Problem string
}

// TillRow is one of them. Its form posts nothing to /tills/{id}/remove.
type TillRow struct {
	ID, Name, By, Since string
	// Used is when it was used last, empty: never.
	Used string
	// Waits is until when its link can be opened, empty: it has its device.
	Waits string
	// Here marks the reader's device.
	Here bool
}

// TillLinkPage shows a link that makes a device a till, /tills/{id}.
type TillLinkPage struct {
	Page
	ID, Name, Link, Until string
	QR                    barcode.Symbol
}

// TillOpenPage is behind that link. It posts nothing to /till/{token}.
type TillOpenPage struct {
	Page
	Token, Name string
	// SignedIn is who is signed in here, and will not be afterwards.
	SignedIn string
}

// TilesPage is the sign-in page of a till: who may come by PIN.
type TilesPage struct {
	Page
	Till   string
	People []Tile
	// Password leads everybody else to the form.
	Password        string
	Problem, Notice string
}

// Tile is a cashier to be chosen.
type Tile struct{ Name, Href string }

// PINPage asks for the PIN of whoever was chosen. It posts staff, pin and next
// to /login/pin.
type PINPage struct {
	Page
	Till, Staff, Name, Next string
	Back                    string
	// PIN carries only an error.
	PIN     Field
	Problem string
}
