package views

import "kodebayar/views/barcode"

// PayPage is what the customer holds, /pay/{token}.
type PayPage struct {
	Lang Lang
	// Path is the page's own path, for the language switch.
	Path        string
	Environment string
	// EventsURL is the page's stream, /pay/{token}/events?lang=…; empty turns
	// live off.
	EventsURL string
	// Zone is the shop's zone by its IANA name and ZoneLabel what stands
	// behind a time, "Asia/Jakarta" and "WIB", for the moving clock.
	Zone, ZoneLabel string
	// Preview is what a chat shows of the link: how it stands, never the code.
	Preview string
	// Today is the date when the page was made, "Jumat, 20 November 2026".
	Today string
	// Clock is the time then, "14.05 WIB": it moves with scripts, and without
	// them is as old as the page, which loads itself again.
	Clock string
	// Logo is the shop's picture.
	Logo  Logo
	State PayView
}

// PayView is the part that changes, sent by the event "state".
type PayView struct {
	Lang Lang
	// State is "unpaid", "till" (the customer stands at a till now), "wait" (the
	// code is not there yet), "paid", "review", "expired", "cancelled"
	// or "reusable".
	State string
	// Shop, Name and Amount are ready text; Amount is what came once it is paid.
	// Asked stands beside it when another was asked for, else it is empty.
	Shop, Name, Amount, Asked string
	// Unsettled says that nobody knows yet whether the code was changed, mostly
	// empty: Asked then has the other amount, and Until is the sooner deadline.
	Unsettled string
	// PaymentCode holds digits without grouping.
	PaymentCode string
	// Barcode is the payment code for the till's reader.
	Barcode barcode.Symbol
	// QR leads to this page, for the shop to scan once it is paid.
	QR barcode.Symbol
	// Stores says who takes the code at this amount, and who may not.
	Stores string
	// Until is the deadline with day and zone.
	Until string
	// PaidAt, PaidWhere and Trx, the till's transaction, are ready text for
	// paid.
	PaidAt, PaidWhere, Trx string
	// Doubt are sentences about why the shop must look at the payment first, mostly
	// empty.
	Doubt string
	// GivenBack are sentences about money that the shop gave back or that does not
	// count for the code, mostly empty.
	GivenBack string
	// Reference is what the shop finds it by.
	Reference string
	// Payments and PaidTotal are ready text for a reusable code, also once it has
	// ended: "2 pembayaran masuk" and the sum. Empty while nothing came.
	Payments, PaidTotal string
	// Steps are DOKU's own, when it gave some, Indonesian whatever Lang is:
	// given only to who reads that.
	Steps []string
	// HowToPayURL is DOKU's page, may be empty.
	HowToPayURL string
	// CalendarURL is the deadline as a calendar file, may be empty.
	CalendarURL string
	// WhatsApp is the shop's chat link, may be empty.
	WhatsApp string
}

// Ended is what whoever has paid a reusable code is told once it takes no more.
func (s PayView) Ended() string {
	return s.Lang.T("Kode ini sudah berakhir, jangan dibayar lagi.", "This code has ended, do not pay it again.")
}

// payable tells whether the customer still has something to do at a till.
func (s PayView) payable() bool {
	return s.State == "unpaid" || s.State == "till" || s.State == "reusable"
}
