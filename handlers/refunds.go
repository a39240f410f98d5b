package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// askRefund shows the form that records money given back.
func (s *Server) askRefund(v *visit) error {
	c, err := s.named(v)
	if err != nil {
		return err
	}
	return s.showRefund(v, http.StatusOK, c, form{}, nil)
}

// showRefund shows the form with what was typed; untouched, it proposes all
// that is left.
func (s *Server) showRefund(v *visit, status int, c payments.Code, f form, wrong mistakes) error {
	refunds, err := s.Store.Refunds(v.ctx(), c.ID)
	if err != nil {
		return err
	}
	field := func(name string) views.Field {
		return views.Field{Value: strings.ToValidUTF8(f.get(name), "\ufffd"), Error: wrong[name].in(v.lang)}
	}
	settings, err := s.Store.Settings(v.ctx())
	if err != nil {
		return err
	}
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return err
	}
	balance, t := c.Balance(refunds), v.lang.T
	left := balance.Refundable()
	// The service says so too, but only once all else is right.
	if amount, _ := parseAmount(f.get("amount")); wrong != nil && amount > left {
		wrong.learn(payments.FieldErrors{{Field: "amount", Rule: payments.RuleAboveLeft, Limit: int(left), Got: int(amount)}})
	}
	how := t("Kembalikan sendiri dulu, tunai atau transfer, lalu catat di sini.", "Give it back yourself first, in cash or by transfer, then record it here.")
	alone := ""
	if above := settings.SecondAbove; above > 0 {
		who := approvers(people, v.member.ID)
		if len(who) == 0 {
			alone = t(
				"Selain Anda belum ada yang boleh menyetujui. Undang manajer di halaman Staf dulu, atau naikkan batasnya di Pengaturan.",
				"Nobody but you may approve. Invite a manager on the Staff page first, or raise the amount in Settings.")
		}
		how = t(
			"Di atas "+rupiah(above)+" minta persetujuan di sini dulu, baru serahkan uangnya. Sampai jumlah itu kembalikan dulu, tunai atau transfer, lalu catat di sini.",
			"Above "+rupiah(above)+" ask for approval here first and hand the money over after that. Up to that amount give it back first, in cash or by transfer, then record it here.") + " " + whoApproves(who).in(v.lang)
	}
	p := views.RefundPage{
		Alone: alone,
		How:   t("Kasir Alfamart dan DOKU tidak bisa mengembalikan uang. ", "Neither Alfamart's tills nor DOKU can give money back. ") + how,
		Page:  s.pageOf(v, c), ID: c.ID, Name: c.CustomerName,
		Received: t("Diterima ", "Received ") + rupiah(balance.Counted),
		Left:     leftToGive(v.lang, balance),
		Already:  strconv.FormatInt(payments.Reserved(refunds), 10),
		Amount:   field("amount"), Method: field("method"), Reason: field("reason"),
		Problem: strings.TrimSpace(f.problem.in(v.lang) + " " + wrong["already"].in(v.lang)), Nothing: nothingLeft(c, balance).in(v.lang),
	}
	if wrong["already"] != (text{}) {
		// Not the form with another sum in it: one more press would record twice.
		p.AnewHref = "/codes/" + c.ID + "/refunds"
	}
	if beside := besideIncome(v.lang, balance); beside != "" {
		p.Received += ", " + beside
	}
	if f.values == nil {
		p.Amount.Value = grouped(left)
	}
	return s.render(v, status, views.Refund(p))
}

// approvers are the names of who may approve a refund that somebody asked for.
func approvers(people []payments.Staff, asker string) (names []string) {
	for _, m := range people {
		if !m.Disabled && m.ID != asker && slices.Contains(bosses, m.Role) {
			names = append(names, m.Name)
		}
	}
	return names
}

// whoApproves names them, nothing when there is nobody.
func whoApproves(names []string) text {
	if len(names) == 0 {
		return text{}
	}
	list := strings.Join(names, ", ") + "."
	return text{"Yang bisa menyetujui: " + list, "Who can approve: " + list}
}

// alone warns an owner who asks for a second person and has none.
func alone(settings payments.Settings, people []payments.Staff) text {
	if settings.SecondAbove == 0 || len(approvers(people, "")) > 1 {
		return text{}
	}
	return text{
		"Selain Anda belum ada yang boleh menyetujui, jadi pengembalian Anda sendiri di atas jumlah ini tidak bisa disetujui siapa pun. Undang manajer di halaman Staf, atau naikkan jumlahnya.",
		"Nobody but you may approve, so nobody could approve refunds of your own above this amount. Invite a manager on the Staff page, or raise the amount.",
	}
}

// leftToGive says how much may still go back. What waits for a second person may
// not, and has not gone.
func leftToGive(lang views.Lang, b payments.Balance) string {
	words := text{"Belum dikembalikan: ", "Not given back: "}
	if b.Waiting > 0 {
		words = text{"Masih bisa dikembalikan: ", "Can still be given back: "}
	}
	return words.in(lang) + rupiah(b.Refundable()) + "."
}

// nothingLeft says why nothing can be given back, nothing when something can.
func nothingLeft(c payments.Code, b payments.Balance) text {
	switch {
	case c.Review > 0:
		return text{
			"Ada uang yang masih perlu dicek. Putuskan dulu dihitung atau disisihkan, baru pengembaliannya bisa dicatat.",
			"Some money still needs a look. Decide first whether it counts or is set aside, then a refund can be recorded.",
		}
	case b.Refundable() > 0:
		return text{}
	case b.Waiting > 0:
		return text{"Pengembaliannya menunggu persetujuan orang kedua.", "Its refund waits for a second person."}
	case b.Refunded > 0:
		return text{"Semua uangnya sudah dikembalikan.", "All of its money has been given back."}
	}
	return text{"Belum ada uang masuk, jadi tidak ada yang dikembalikan.", "No money came, so there is none to give back."}
}

// refund records money given back. DOKU is told nothing, and what was paid
// stays as it is.
func (s *Server) refund(v *visit) error {
	f, err := readForm(v, "amount", "method", "reason", "already")
	if err != nil {
		return err
	}
	c, err := s.named(v)
	if err != nil {
		return err
	}
	wrong := mistakes{}
	amount, unreadable := parseAmount(f.get("amount"))
	wrong.add("amount", unreadable)
	method, reason := payments.RefundMethod(f.get("method")), f.get("reason")
	if !method.Valid() {
		wrong.add("method", text{"Pilih tunai atau transfer.", "Choose cash or transfer."})
	}
	wrong.add("reason", wrongReason(reason))
	var already *int64
	if f.values.Has("already") { // a script that leaves it out takes what comes
		n, err := strconv.ParseInt(f.get("already"), 10, 64)
		if err != nil {
			wrong.add("already", text{"Halaman ini tidak lengkap. Buka lagi halaman Catat pengembalian.", "This page is not complete. Open the Record a refund page again."})
		}
		already = &n
	}
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showRefund(v, http.StatusUnprocessableEntity, c, f, wrong)
	}
	var found payments.FieldErrors
	waits, err := s.Service.Refund(v.ctx(), v.viewer(), payments.Refund{CodeID: c.ID, Amount: amount, Method: method, Reason: reason}, already)
	switch {
	case errors.As(err, &found):
		wrong.learn(found)
		return s.showRefund(v, http.StatusUnprocessableEntity, c, f, wrong)
	case errors.Is(err, payments.ErrConflict):
		refunds, err := s.Store.Refunds(v.ctx(), c.ID)
		if err != nil {
			return err
		}
		wrong.add("already", text{
			"Pengembalian kode ini sudah berubah sejak halaman ini dibuka, mungkin oleh yang barusan Anda kirim, jadi tidak ada lagi yang dicatat. Cek dulu" + recorded(views.Indonesian, refunds) + ".",
			"The refunds of this code have changed since this page was opened, maybe by what you have just sent, so nothing more is recorded. Check first" + recorded(views.English, refunds) + ".",
		})
		return s.showRefund(v, http.StatusConflict, c, f, wrong)
	case errors.Is(err, payments.ErrUndecided):
		// Money came since the form was opened: the form says so in its own place.
		if c, err = s.named(v); err != nil {
			return err
		}
		return s.showRefund(v, http.StatusConflict, c, f, nil)
	case err != nil:
		return err
	}
	if waits {
		s.say(v, "info", text{
			"Pengembalian " + rupiah(amount) + " menunggu persetujuan pemilik atau manajer lain. Jangan serahkan uangnya dulu.",
			"The refund of " + rupiah(amount) + " waits for another owner or manager to approve it. Do not hand the money over yet.",
		})
		return s.redirect(v, "/codes/"+c.ID)
	}
	s.say(v, "success", text{"Pengembalian " + rupiah(amount) + " dicatat.", "A refund of " + rupiah(amount) + " is recorded."})
	return s.redirect(v, "/codes/"+c.ID)
}

// recorded are the refunds that count or wait.
func recorded(lang views.Lang, refunds []payments.Refund) string {
	var list []string
	for _, r := range refunds {
		if r.Status != payments.RefundDeclined {
			list = append(list, rupiah(r.Amount)+" "+refundMethod(r.Method).in(lang))
		}
	}
	if list == nil {
		return lang.T(" riwayatnya", " its history")
	}
	return lang.T(" yang sudah dicatat: ", " what is recorded: ") + strings.Join(list, ", ")
}

func refundMethod(m payments.RefundMethod) text {
	if m == payments.RefundTransfer {
		return text{"lewat transfer", "by transfer"}
	}
	return text{"tunai", "in cash"}
}

// refundState is what became of a refund that needed a second person; nothing
// for one that did not.
func refundState(r payments.Refund, names map[string]string) text {
	switch {
	case r.Status == payments.RefundWaiting:
		return text{"Menunggu persetujuan", "Waits for approval"}
	case r.Status == payments.RefundDeclined && r.DecidedBy == r.MadeBy:
		return text{"Dibatalkan oleh " + names[r.DecidedBy], "Taken back by " + names[r.DecidedBy]}
	case r.Status == payments.RefundDeclined:
		return text{"Ditolak oleh " + names[r.DecidedBy], "Declined by " + names[r.DecidedBy]}
	case r.DecidedBy != "":
		return text{"Disetujui oleh " + names[r.DecidedBy], "Approved by " + names[r.DecidedBy]}
	}
	return text{}
}
