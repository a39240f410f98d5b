package handlers

import (
	"slices"

	"kodebayar/payments"
)

// whyUnpaid answers from a code's timeline why it is not paid: the likeliest
// cause first, then what is known of the customer and of DOKU. It is empty when
// that is no question.
func whyUnpaid(cal calendar, c payments.Code, events []payments.Event) []text {
	if c.PaidCount > 0 || c.PaymentCode == "" || !slices.Contains([]payments.Status{
		payments.Active, payments.Expired, payments.Cancelling, payments.Cancelled,
	}, c.Status) {
		return nil
	}
	last := func(is func(payments.Event) bool) *payments.Event {
		for i := len(events) - 1; i >= 0; i-- {
			if is(events[i]) {
				return &events[i]
			}
		}
		return nil
	}
	kind := func(k payments.EventKind) func(payments.Event) bool {
		return func(e payments.Event) bool { return e.Kind == k }
	}
	var out []text
	say := func(id, en string) { out = append(out, text{id, en}) }
	switch {
	case c.Review > 0:
		say("Ada uang masuk yang masih perlu dicek, jadi belum dihitung.", "Money came that still needs a look, so it does not count yet.")
	case c.Status == payments.Expired:
		say("Batas waktunya lewat "+cal.moment(c.ExpiresAt)+". Buat kode serupa kalau pelanggan masih mau membayar.",
			"Its deadline passed "+cal.moment(c.ExpiresAt)+". Make a code like it if the customer still wants to pay.")
	case c.Status == payments.Cancelling:
		say("Sedang dibatalkan, jadi kasir Alfamart menolaknya.", "It is being cancelled, so the till refuses it.")
	case c.Status == payments.Cancelled:
		say("Sudah dibatalkan, jadi kasir Alfamart menolaknya.", "It was cancelled, so the till refuses it.")
	}
	if c.Mode == payments.DIPC {
		asked := last(kind(payments.EventInquired))
		switch {
		case asked == nil:
			say("Kasir Alfamart belum pernah menanyakan kode ini: pelanggan belum menyebutkannya, atau URL inquiry belum terdaftar di DOKU.",
				"No till has asked about this code: the customer has not said it yet, or the inquiry URL is not registered at DOKU.")
		case asked.Detail["answer"] == "success":
			say("Kasir Alfamart menanyakannya "+cal.moment(asked.At)+" dan diterima, tetapi pembayarannya belum dikabarkan.",
				"A till asked about it "+cal.moment(asked.At)+" and it was accepted, but no payment was told of.")
		default:
			why := declined(asked.Detail["answer"])
			say("Kasir Alfamart mencobanya "+cal.moment(asked.At)+" dan ditolak: "+why.id+".",
				"A till tried it "+cal.moment(asked.At)+" and it was declined: "+why.en+".")
		}
	}
	if c.ViewedAt.IsZero() {
		say("Halaman pelanggan belum pernah dibuka. Pastikan kode atau tautannya sudah sampai.",
			"The customer's page was never opened. Make sure that the code or the link arrived.")
	} else {
		say("Halaman pelanggan dibuka "+cal.moment(c.ViewedAt)+".", "The customer's page was opened "+cal.moment(c.ViewedAt)+".")
	}
	if told := last(kind(payments.EventTold)); told != nil {
		says := standing(told.Detail["status"])
		say("DOKU memberi kabar "+cal.moment(told.At)+": "+says.id+".", "DOKU told "+cal.moment(told.At)+": "+says.en+".")
	} else {
		say("Belum ada pemberitahuan pembayaran dari DOKU.", "DOKU has sent no notification of a payment.")
	}
	if checked := last(kind(payments.EventChecked)); checked != nil {
		says := standing(checked.Detail["status"])
		say("DOKU ditanya "+cal.moment(checked.At)+": "+says.id+".", "DOKU was asked "+cal.moment(checked.At)+": "+says.en+".")
	} else if c.Status == payments.Active {
		say("Pelanggan bilang sudah bayar? Tekan Cek status sekarang.", "Does the customer say it is paid? Press Check status now.")
	}
	switch c.Environment {
	case payments.Simulator:
		say("Ini kode simulator: hanya kasir simulator yang bisa membayarnya.", "This is a simulator's code: only the simulated till can pay it.")
	case payments.Sandbox:
		say("Ini kode sandbox: hanya simulator DOKU yang bisa membayarnya, bukan gerai.", "This is a sandbox code: only DOKU's simulator can pay it, not a store.")
	}
	return out
}
