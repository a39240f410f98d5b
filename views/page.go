package views

// Page is what the frame around every staff page needs. Each page struct
// embeds it.
type Page struct {
	Lang Lang
	// Path is the page's own URL with its query, without lang=. The language
	// switch adds lang= to it. On a form that came back with 422 it is the URL
	// that shows this form to a plain GET.
	Path string
	// Posted: the page answers a POST, and Path is where the browser finds it.
	Posted bool
	// Shop is the shop's name, empty before set-up.
	Shop string
	// Environment is "simulator", "sandbox" or "production". Everything but
	// production wears a bar on screen and on paper.
	Environment string
	// Member is who is signed in, nil when nobody is.
	Member *Member
	// Flash is said once on top of the page, nil when there is nothing to say.
	Flash *Flash
	// Attention counts what a person must look at, 0 hides the mark.
	Attention int
	// Passkeys: browsers can use them at the shop's address.
	Passkeys bool
	// Till is the shared till at which the page is read, nil on other devices.
	Till *AtTill
}

// Member is the person who is signed in.
type Member struct {
	// ID tells the drafts of one from those of another at the same device.
	ID   string
	Name string
	// Role is "owner", "manager", "cashier" or "accountant".
	Role string
	// Nav is what this role may open, in order. On a phone the first four
	// stand in the bar at the bottom and the rest behind "Menu".
	Nav []NavItem
}

// NavItem is one entry of the navigation.
type NavItem struct {
	// Key says which page it is and brings its name and picture: "counter",
	// "transactions", "check", "exchanges", "reports", "closings", "staff",
	// "audit", "settings" or "account".
	Key     string
	Href    string
	Current bool
}

// Flash is one sentence said once.
type Flash struct {
	// Kind is "success", "info", "warning" or "error".
	Kind string
	Text string
	// Href and Link are a link after the sentence, empty for none.
	Href, Link string
}

// Field is one form field: what stands in it and what is wrong with it.
type Field struct {
	Value string
	// Error is a ready sentence shown under the field, empty when it is right.
	Error string
}

// Param is one hidden field of a form.
type Param struct {
	Name, Value string
}

// Marks are the data- attributes of a code, on its page and on its row, by
// which scripts and tests read its state.
type Marks struct {
	// Status is a word of the state machine: creating, active, paid, expired,
	// cancelled, rejected, unknown or cancelling.
	Status string
	// PaymentCode holds digits without grouping, empty until it is known (the
	// attribute is then absent).
	PaymentCode string
	Invoice     string
	// Mode is dgpc, mgpc or dipc.
	Mode string
	// Expires is RFC 3339 in UTC, empty when not known (the attribute is then
	// absent).
	Expires string
	// PaidTotal is rupiah in plain digits, "0" when nothing came.
	PaidTotal string
	// Refunded is what was given back, rupiah in plain digits, empty when
	// nothing was (the attribute is then absent).
	Refunded string
	// Attention names the reasons to look at it, separated by spaces, empty
	// when there are none.
	Attention string
}
