package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// closings shows the running shift, to be frozen, and those that were.
func (s *Server) closings(v *visit) error {
	return s.showClosings(v, http.StatusOK, form{}, nil)
}

func (s *Server) showClosings(v *visit, status int, f form, wrong mistakes) error {
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	cal, scope := s.calendar(v.lang), v.viewer().Scope()
	before, err := plain(v.QueryParam("before"))
	if err != nil {
		before = ""
	}
	list, err := s.Store.Closings(v.ctx(), s.Service.Environment, scope, before, pageLength+1)
	if err != nil {
		return err
	}
	p := views.ClosingsPage{Page: s.page(v, "closings"), Problem: f.problem.in(v.lang)}
	if len(list) > pageLength {
		list = list[:pageLength]
		p.Older = "/closings?before=" + list[pageLength-1].ID
	}
	for _, c := range list {
		row := views.ClosingRow{
			Href: "/closings/" + c.ID, Title: shiftName(v.lang, c.Number), Time: cal.moment(c.At), Received: rupiah(c.Shift.Received()),
			Detail: grouped(c.Shift.Issued) + v.lang.T(" kode dibuat", " codes made"),
		}
		if scope == "" {
			row.Who = names[c.Staff]
		}
		p.Rows = append(p.Rows, row)
	}
	if v.can(sellers) {
		staff := v.member.ID
		if asked, err := plain(cmp.Or(f.get("staff"), v.QueryParam("staff"))); err == nil && scope == "" && names[asked] != "" {
			staff = asked
		}
		if p.Running, err = s.runningShift(v, staff); err != nil {
			return err
		}
		p.Running.Who, p.Running.Note = names[staff], views.Field{Value: strings.ToValidUTF8(f.get("note"), "\ufffd"), Error: wrong["note"].in(v.lang)}
		if scope == "" {
			p.Person = &views.Narrowing{Value: staff}
			delete(names, v.member.ID) // the first choice already, as the reader
			for _, id := range slices.SortedFunc(maps.Keys(names), byName(names)) {
				p.Person.Choices = append(p.Person.Choices, views.Choice{Value: id, Label: names[id]})
			}
		}
	}
	return s.render(v, status, views.Closings(p))
}

// runningShift is what would be frozen now.
func (s *Server) runningShift(v *visit, staff string) (*views.RunningShift, error) {
	last, err := payments.LastShift(v.ctx(), s.Store, s.Service.Environment, staff, s.Now())
	if err != nil {
		return nil, err
	}
	seq, err := s.Store.LastSeq(v.ctx())
	if err != nil {
		return nil, err
	}
	shift, began, err := s.Store.Shift(v.ctx(), s.Service.Environment, staff, last.UpTo, seq)
	if err != nil {
		return nil, err
	}
	if !last.At.IsZero() {
		began = last.At
	}
	shown, err := shift.Digest()
	if err != nil {
		return nil, err
	}
	running := &views.RunningShift{Staff: staff, Shown: shown, FormID: s.formIDs.mint(v.member.ID), Lines: s.shiftLines(v.lang, shift), Drawer: drawer(v.lang, shift), Nothing: shift.Empty()}
	if !began.IsZero() {
		running.Since = s.calendar(v.lang).moment(began)
	}
	return running, nil
}

func shiftName(lang views.Lang, number int64) string {
	return lang.T("Rekap ke-", "Recap no. ") + strconv.FormatInt(number, 10)
}

// shiftLines are the numbers of a shift in words.
func (s *Server) shiftLines(lang views.Lang, shift payments.Shift) []views.ShiftLine {
	t := lang.T
	line := func(label string, n, sum int64) views.ShiftLine {
		return views.ShiftLine{Label: label, Count: grouped(n), Sum: rupiah(sum)}
	}
	ended := line(t("Berakhir tanpa dibayar", "Ended unpaid"), shift.Ended, shift.EndedTotal)
	if shift.Ended > 0 && shift.EndedTotal == 0 {
		ended.Sum = "–" // a recap of before kept only their number
	}
	lines := []views.ShiftLine{
		line(t("Kode dibuat", "Codes made"), shift.Issued, shift.IssuedTotal),
		line(t("Pembayaran masuk", "Payments received"), shift.Payments, shift.PaidTotal),
		line(t("Masuk susulan", "Later money"), shift.Later, shift.LaterTotal),
		line(t("Belum dibayar", "Unpaid"), shift.Open, shift.OpenTotal),
		ended,
	}
	if shift.Review > 0 {
		lines = append(lines, line(t("Perlu dicek, belum dihitung", "To be looked at, not counted"), shift.Review, shift.ReviewTotal))
	}
	if !shift.ByMethod() || shift.Refunds == 0 {
		lines = append(lines, line(t("Dikembalikan", "Refunded"), shift.Refunds, shift.RefundTotal))
	} else {
		lines = append(lines,
			line(t("Dikembalikan tunai", "Refunded in cash"), shift.CashRefunds, shift.CashRefundTotal),
			line(t("Dikembalikan transfer", "Refunded by transfer"), shift.TransferRefunds, shift.TransferRefundTotal))
	}
	if shift.AsideRefundTotal > 0 {
		lines = append(lines, views.ShiftLine{Label: t("Di antaranya uang yang disisihkan", "Of that, money set aside"), Sum: rupiah(shift.AsideRefundTotal)})
	}
	received := line(t("Total diterima", "Received in all"), shift.Payments+shift.Later, shift.Received())
	received.Total = true
	lines = append(lines, received)
	if shift.Refunds > 0 {
		lines = append(lines, views.ShiftLine{Label: t("Bersih setelah pengembalian", "Net of refunds"), Sum: rupiah(shift.AfterRefunds()), Total: true})
	}
	return lines
}

// drawer says what a shift did to the cash in the shop's drawer; a recap of
// before refunds were told apart by method says nothing.
func drawer(lang views.Lang, shift payments.Shift) string {
	switch {
	case !shift.ByMethod():
		return ""
	case shift.CashRefundTotal > 0:
		return fmt.Sprintf(lang.T(
			"Semua dibayar di gerai Alfa, jadi tidak ada uangnya di laci toko. Pengembalian tunai %s keluar dari laci.",
			"All of it was paid at Alfa stores, so none of it is in the shop's drawer. Cash refunds of %s left the drawer."), rupiah(shift.CashRefundTotal))
	}
	return lang.T("Semua dibayar di gerai Alfa: tidak ada uang tunai penjualan ini di laci toko.", "All of it was paid at Alfa stores: no cash of these sales is in the shop's drawer.")
}

// closeShift freezes a shift.
func (s *Server) closeShift(v *visit) error {
	f, err := readForm(v, "form_id", "staff", "shown", "note")
	if err != nil {
		return err
	}
	staff, err := plain(cmp.Or(f.get("staff"), v.member.ID))
	if err != nil {
		return err
	}
	if f.problem != (text{}) {
		return s.showClosings(v, http.StatusUnprocessableEntity, f, nil)
	}
	if !s.formIDs.of(v.member.ID, f.get("form_id")) {
		f.problem = text{"Halaman ini sudah tidak berlaku. Angkanya sudah diperbarui: periksa, lalu tekan sekali lagi.", "This page is no longer valid. The numbers are up to date now: check them and press once more."}
		return s.showClosings(v, http.StatusUnprocessableEntity, f, nil)
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	if names[staff] == "" {
		return payments.ErrNotFound
	}
	var found payments.FieldErrors
	c, err := s.Service.Close(v.ctx(), v.viewer(), staff, f.get("shown"), f.get("note"), f.get("form_id"))
	switch {
	case errors.As(err, &found):
		wrong := mistakes{}
		wrong.learn(found)
		return s.showClosings(v, http.StatusUnprocessableEntity, f, wrong)
	case errors.Is(err, payments.ErrShiftMoved):
		f.problem = text{"Angkanya berubah sejak halaman ini dibuka, jadi shift belum ditutup. Periksa angka yang baru, lalu tekan sekali lagi.", "The numbers have changed since this page was opened, so the shift is not closed yet. Check the new ones and press once more."}
		return s.showClosings(v, http.StatusConflict, f, nil)
	case errors.Is(err, payments.ErrNothing):
		f.problem = text{"Belum ada apa-apa sejak rekap terakhir, jadi belum ada shift yang bisa ditutup.", "Nothing happened since the last recap, so there is nothing to close."}
		return s.showClosings(v, http.StatusUnprocessableEntity, f, nil)
	case err != nil:
		return err
	}
	return s.redirect(v, "/closings/"+c.ID)
}

// closing is one frozen shift.
func (s *Server) closing(v *visit) error {
	p, err := s.recap(v)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.Recap(p))
}

// closingSlip is the same on paper.
func (s *Server) closingSlip(v *visit) error {
	p, err := s.recap(v)
	if err != nil {
		return err
	}
	return s.render(v, http.StatusOK, views.RecapSlip(p))
}

// recap is a frozen shift, for somebody's eyes.
func (s *Server) recap(v *visit) (views.RecapPage, error) {
	id, err := idOf(v)
	if err != nil {
		return views.RecapPage{}, err
	}
	c, err := s.Store.Closing(v.ctx(), id)
	changed := errors.Is(err, db.ErrClosingChanged)
	if err != nil && !changed {
		return views.RecapPage{}, err
	}
	if scope := v.viewer().Scope(); scope != "" && scope != c.Staff || c.Environment != s.Service.Environment {
		return views.RecapPage{}, payments.ErrNotFound
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return views.RecapPage{}, err
	}
	cal := s.calendar(v.lang)
	p := views.RecapPage{
		Page: s.page(v, "closings"), ID: c.ID, Title: shiftName(v.lang, c.Number), Who: cmp.Or(names[c.Staff], "?"), From: cal.deadline(c.BeganAt), To: cal.deadline(c.At),
		Lines: s.shiftLines(v.lang, c.Shift), Drawer: drawer(v.lang, c.Shift), Note: c.Note, Digest: fours(c.Digest[:12]),
	}
	if c.MadeBy != c.Staff {
		p.By = names[c.MadeBy]
	}
	if changed {
		p.Changed = v.lang.T("Rekap ini diubah setelah shift ditutup: sidik jarinya tidak cocok.", "This recap was changed after the shift was closed: its digest does not fit.")
	}
	for _, l := range c.Shift.LaterLines {
		p.Later = append(p.Later, views.LaterLine{Href: "/codes/" + l.CodeID, Invoice: l.Invoice, Amount: rupiah(l.Amount), Time: cal.moment(l.At)})
	}
	if more := c.Shift.Later - int64(len(c.Shift.LaterLines)); more > 0 {
		p.LaterMore = fmt.Sprintf(v.lang.T("dan %s lagi", "and %s more"), grouped(more))
	}
	p.Share = recapText(v.lang, p)
	p.ShareHref = whatsApp("", p.Share)
	return p, nil
}

// recapText is a frozen shift as a message.
func recapText(lang views.Lang, p views.RecapPage) string {
	lines := []string{strings.TrimSpace(p.Shop + ", " + p.Title), p.Who, p.From + " – " + p.To}
	if p.Environment != string(payments.Production) {
		lines = append(lines, lang.T("LATIHAN, bukan uang sungguhan", "PRACTICE, no real money"))
	}
	for _, l := range p.Lines {
		lines = append(lines, l.Label+": "+strings.TrimSpace(l.Count+"  "+l.Sum))
	}
	for _, more := range []string{p.Drawer, p.Note} {
		if more != "" {
			lines = append(lines, more)
		}
	}
	return strings.Join(append(lines, lang.T("Sidik jari ", "Digest ")+p.Digest), "\n")
}
