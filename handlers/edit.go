package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// editable are the fields of an edit.
var editable = []string{"version", "amount", "customer_name", "customer_phone", "customer_email", "expires_in", "info", "note", "reusable"}

// edit shows a code's form.
func (s *Server) edit(v *visit) error {
	c, err := s.changeable(v)
	if err != nil {
		return err
	}
	f := asPosted(c)
	postOptions(f, c, payments.Settings{}, v.member.Role)
	f.Set("version", strconv.FormatInt(c.Version, 10))
	return s.showEdit(v, http.StatusOK, c, form{values: f}, nil)
}

func (s *Server) showEdit(v *visit, status int, c payments.Code, f form, wrong mistakes) error {
	shown := s.codeForm(v, f, "", wrong)
	anew := ""
	if wrong["version"] != (text{}) {
		anew = "/codes/" + c.ID + "/edit"
	}
	return s.render(v, status, views.Edit(views.EditPage{
		Page: s.pageOf(v, c), ID: c.ID, Version: strings.ToValidUTF8(f.get("version"), "\ufffd"), AnewHref: anew,
		PaymentCode: c.PaymentCode, Invoice: c.InvoiceNumber,
		Amount: shown.Amount, CustomerName: shown.CustomerName, CustomerPhone: shown.CustomerPhone, CustomerEmail: shown.CustomerEmail,
		Info: shown.Info, Note: shown.Note, ExpiresIn: shown.ExpiresIn, Reusable: shown.Reusable,
		Limits: shown.Limits, Until: s.calendar(v.lang).deadline(c.ExpiresAt), Problem: shown.Problem,
	}))
}

// change asks DOKU to change a code.
func (s *Server) change(v *visit) error {
	f, err := readForm(v, editable...)
	if err != nil {
		return err
	}
	c, err := s.named(v)
	if err != nil {
		return err
	}
	wrong := mistakes{}
	order := readOrder(f, wrong)
	ch := payments.Change{
		Amount: order.Amount, CustomerName: order.CustomerName, CustomerPhone: order.CustomerPhone, CustomerEmail: order.CustomerEmail,
		ExpiresIn: order.ExpiresIn, Reusable: order.Reusable, Info: order.Info,
	}
	if !f.values.Has("customer_phone") { // a script that leaves it out keeps it
		ch.CustomerPhone = c.CustomerPhone
	}
	version, err := strconv.ParseInt(f.get("version"), 10, 64)
	if err != nil {
		wrong.add("version", text{"Halaman ini tidak lengkap. Buka lagi halaman Ubah.", "This page is not complete. Open the Change page again."})
	}
	found, err := s.Service.ValidateChange(v.ctx(), c, ch)
	if err != nil {
		return err
	}
	wrong.learn(found)
	wrong.learn(payments.ValidateNote(order.Note))
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showEdit(v, http.StatusUnprocessableEntity, c, f, wrong)
	}
	after, err := s.Service.Edit(v.ctx(), v.viewer(), c.ID, version, ch)
	var state *payments.NotAllowed
	switch {
	case errors.As(err, &state):
		// Paid or cancelled while somebody typed: the page says so.
		s.say(v, "warning", explain(err).sentence)
		return s.redirect(v, "/codes/"+c.ID)
	case errors.As(err, &found):
		wrong.learn(found)
		return s.showEdit(v, http.StatusUnprocessableEntity, c, f, wrong)
	case errors.Is(err, payments.ErrConflict):
		// Whoever reads this may save what they typed over what is there now.
		f.values.Set("version", strconv.FormatInt(c.Version, 10))
		wrong.add("version", text{
			"Kode ini sudah berubah sejak halaman ini dibuka, mungkin oleh Anda sendiri, jadi isian di bawah ini belum disimpan. Lihat dulu keadaan terakhirnya; kalau disimpan lagi, isian ini yang berlaku.",
			"This code has changed since this page was opened, maybe by yourself, so the fields below are not saved. Look first at how it stands; when they are saved again, they count.",
		})
		return s.showEdit(v, http.StatusConflict, c, f, wrong)
	case errors.Is(err, payments.ErrEditPending):
		wrong.add("pending", text{
			"Perubahan sebelumnya masih menunggu jawaban DOKU, jadi isian di bawah ini belum disimpan. Tunggu sebentar, atau buka kodenya dan tekan Cek sekarang, lalu simpan lagi.",
			"An earlier change still waits for DOKU's answer, so the fields below are not saved. Wait a moment, or open the code and press Check now, then save again.",
		})
		return s.showEdit(v, http.StatusConflict, c, f, wrong)
	case err != nil:
		return err
	}
	if f.values.Has("note") { // a script that leaves it out keeps it
		if err := s.Service.Note(v.ctx(), v.viewer(), c.ID, order.Note); err != nil {
			return err
		}
	}
	unsettled, err := s.unsettledOf(v.ctx(), after)
	if err != nil {
		return err
	}
	until := s.calendar(v.lang).deadline(after.ExpiresAt)
	switch inForce := after.Amount == ch.Amount && after.ExpiresIn == ch.ExpiresIn && after.CustomerName == ch.CustomerName &&
		after.CustomerEmail == ch.CustomerEmail && after.Reusable == ch.Reusable && after.Info == ch.Info; {
	case !inForce && after.Status != payments.Active && after.Status != payments.Expired:
		// Somebody was faster: the page says who.
		s.say(v, "warning", explain(&payments.NotAllowed{Status: after.Status}).sentence)
	case !inForce && !waits(unsettled[after.ID]):
		s.say(v, "error", text{
			"DOKU menolak perubahan ini. Kodenya tetap seperti sebelumnya; alasannya ada di Riwayat.",
			"DOKU refused this change. The code is as it was before; why is in its history.",
		})
	case waits(unsettled[after.ID]):
		s.say(v, "info", text{
			"Perubahan sudah dikirim, jawaban DOKU belum ada. Halaman ini berubah begitu ada jawaban.",
			"The change is sent, DOKU has not answered yet. This page changes as soon as it does.",
		})
	case after.ExpiresAt.Before(c.ExpiresAt):
		s.say(v, "warning", text{
			"Kode sudah diubah. Batas waktunya jadi lebih cepat dari sebelumnya: " + until + ". Beri tahu pelanggan.",
			"The code is changed. Its deadline is now sooner than before: " + until + ". Tell the customer.",
		})
	default:
		s.say(v, "success", text{"Kode sudah diubah.", "The code is changed."})
	}
	return s.redirect(v, "/codes/"+c.ID)
}
