package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// maxAttentionNote is how long a note may be, characters; the service's own limit.
const maxAttentionNote = 500

// maxLoose is how much of what belongs to no code is shown at a time.
const maxLoose = 50

// openOn are the reasons for which a person must still look at some codes, by
// the code's id.
func (s *Server) openOn(ctx context.Context, codes ...payments.Code) (map[string][]payments.Attention, error) {
	var with []string
	for _, c := range codes {
		if c.Attention > 0 {
			with = append(with, c.ID)
		}
	}
	return s.Store.OpenAttentionOf(ctx, with...)
}

// waiting is an entry as the visitor sees it, with the payment it is about,
// the zero one when it is about none, and its code's refunds.
func (s *Server) waiting(v *visit, a payments.Attention, p payments.Payment, refunds []payments.Refund, people []payments.Staff) views.AttentionView {
	cal := s.calendar(v.lang)
	view := views.AttentionView{Lang: v.lang, ID: a.ID, Sentence: attention(a.Kind).in(v.lang)}
	if p.Amount != 0 {
		view.Facts = append(view.Facts, rupiah(p.Amount), cal.moment(p.Date))
		if where := place(v.lang, p); where != "" {
			view.Facts = append(view.Facts, where)
		}
	} else {
		view.Facts = append(view.Facts, cal.moment(a.OpenedAt))
	}
	if a.ExchangeID != "" && v.can(office) {
		view.ExchangeHref = "/exchanges/" + a.ExchangeID
	}
	if v.can(sellers) {
		view.Action = "/attention/" + a.ID + "/done"
	}
	view.Decide = undecided(a, p)
	if view.Decide && !v.can(bosses) {
		view.WhyNot = notYours.in(v.lang)
	}
	if i := slices.IndexFunc(refunds, func(r payments.Refund) bool { return r.ID == a.PaymentID }); a.Kind == payments.RefundWaits && i >= 0 {
		secondPerson(v, refunds[i], people, &view)
	}
	return view
}

// secondPerson puts into an entry what refund it is that waits, and who can
// approve it: not who asked, who may only take it back.
func secondPerson(v *visit, r payments.Refund, people []payments.Staff, view *views.AttentionView) {
	t := v.lang.T
	view.Facts = append([]string{rupiah(r.Amount) + " " + refundMethod(r.Method).in(v.lang), t("diminta ", "asked for by ") + namesOf(people)[r.MadeBy]}, view.Facts...)
	who := approvers(people, r.MadeBy)
	if view.Who = whoApproves(who).in(v.lang); len(who) == 0 {
		view.Who = t(
			"Selain yang meminta belum ada yang boleh menyetujui. Undang manajer di halaman Staf; atau batalkan permintaan ini, naikkan batasnya di Pengaturan, lalu catat lagi.",
			"Nobody but who asked may approve. Invite a manager on the Staff page; or take this request back, raise the amount in Settings, and record it again.")
	}
	view.Refund, view.Own = true, r.MadeBy == v.member.ID && v.can(bosses)
}

// undecided says whether money waits for somebody to say whether it counts.
// While it does, its entry cannot be closed without: nothing else would bring
// the money up again.
func undecided(a payments.Attention, p payments.Payment) bool {
	return a.CodeID != "" && (p.Standing == payments.Review || a.Kind == payments.RefundWaits)
}

var notYours = text{
	"Hal ini hanya pemilik atau manajer yang boleh memutuskan.",
	"This is for the owner or a manager to decide.",
}

// waitingOn are a code's open entries, oldest first, as the visitor sees them.
func (s *Server) waitingOn(v *visit, open []payments.Attention, received []payments.Payment, refunds []payments.Refund, people []payments.Staff) (out []views.AttentionView) {
	for _, a := range open {
		out = append(out, s.waiting(v, a, paymentOf(a, received), refunds, people))
	}
	return out
}

func paymentOf(a payments.Attention, received []payments.Payment) payments.Payment {
	for _, p := range received {
		if p.ID == a.PaymentID {
			return p
		}
	}
	return payments.Payment{}
}

// work is the tab of what needs a look: what belongs to no code, for those who
// see everything, on the first page of it, and the codes of this page.
func (s *Server) work(v *visit, l list, codes []payments.Code, rows []views.RowView) (*views.AttentionList, error) {
	here := l.url(func(*list) {})
	work := &views.AttentionList{}
	if v.viewer().Scope() == "" && l.query == "" && l.before == "" && l.after == "" {
		loose, more, err := s.Store.Puzzles(v.ctx(), maxLoose)
		if err != nil {
			return nil, err
		}
		work.More = more
		if group, many := s.strangers(v, loose, more); many {
			group.Next = here
			work.Loose = append(work.Loose, group)
			loose = slices.DeleteFunc(loose, func(p db.Puzzle) bool { return p.Kind == payments.UnknownCode })
		}
		for _, p := range loose {
			view := s.waiting(v, p.Attention, p.Payment, nil, nil)
			view.Next = here
			work.Loose = append(work.Loose, view)
		}
	}
	open, err := s.openOn(v.ctx(), codes...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(codes))
	for i, c := range codes {
		ids[i] = c.ID
	}
	received, err := s.Store.PaymentsOf(v.ctx(), ids...)
	if err != nil {
		return nil, err
	}
	refunds, err := s.Store.RefundsOf(v.ctx(), ids...)
	if err != nil {
		return nil, err
	}
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return nil, err
	}
	for i, c := range codes {
		group := views.AttentionGroup{Row: rows[i], Entries: s.waitingOn(v, open[c.ID], received[c.ID], refunds[c.ID], people)}
		for j := range group.Entries {
			group.Entries[j].Next = here
		}
		work.Groups = append(work.Groups, group)
	}
	return work, nil
}

// unknownMoney is the id under which all money for codes not known here is
// closed at once; fewUnknown is how many such entries still stand one by one.
const (
	unknownMoney = "unknown"
	fewUnknown   = 3
)

// strangers puts money for codes not known here into one entry, when there is
// much of it: then another system shares the DOKU account.
func (s *Server) strangers(v *visit, loose []db.Puzzle, more bool) (group views.AttentionView, many bool) {
	var count int
	var sum int64
	for _, p := range loose {
		if p.Kind == payments.UnknownCode {
			count++
			sum += p.Payment.Amount
		}
	}
	if count <= fewUnknown {
		return group, false
	}
	t := v.lang.T
	entries := grouped(int64(count))
	if more {
		entries += "+"
	}
	group = views.AttentionView{
		Lang: v.lang, ID: unknownMoney, Facts: []string{entries + t(" pembayaran", " payments"), rupiah(sum)},
		Sentence: t(
			"Banyak uang masuk untuk kode yang tidak dikenal di sini: tampaknya akun DOKU ini juga dipakai sistem lain. Kalau benar, tandai semuanya; kalau tidak, cocokkan satu per satu di Riwayat DOKU.",
			"Much money came for codes that are not known here: another system seems to share the DOKU account. If so, mark all of it; if not, compare one by one under Exchanges."),
	}
	if v.can(office) {
		group.ExchangeHref = "/exchanges?kind=notification"
	}
	if v.can(sellers) {
		group.Action = "/attention/" + unknownMoney + "/done"
	}
	return group, true
}

// closeUnknown closes all money for codes not known here, with a note.
func (s *Server) closeUnknown(v *visit, f form) error {
	note := strings.ReplaceAll(f.get("note"), "\r\n", "\n")
	if wrong := wrongNote(note); wrong != (text{}) || f.problem != (text{}) || f.get("decision") != "" {
		if wrong == (text{}) {
			wrong = f.problem
		}
		if wrong == (text{}) {
			wrong = wrongDecision(payments.Decision(f.get("decision")), false)
		}
		return &refusal{status: http.StatusUnprocessableEntity, title: text{"Belum ditandai", "Not marked"}, sentence: wrong}
	}
	closed, err := s.Service.CloseUnknown(v.ctx(), v.viewer(), note)
	if err != nil {
		return err
	}
	s.say(v, "success", text{grouped(closed) + " pembayaran ditandai sudah ditangani.", grouped(closed) + " payments were marked as dealt with."})
	if next := localPath(f.get("next")); next != "" {
		return s.redirect(v, next)
	}
	return s.redirect(v, "/transactions?tab=attention")
}

// markDone closes an entry with a note by whom (Sudah ditangani), and decides
// about the money that waits for it.
func (s *Server) markDone(v *visit) error {
	f, err := readForm(v, "note", "decision", "next")
	if err != nil {
		return err
	}
	if v.Param("id") == unknownMoney {
		return s.closeUnknown(v, f)
	}
	a, p, err := s.entry(v)
	if err != nil {
		return err
	}
	home := "/transactions?tab=attention"
	if a.CodeID != "" {
		home = "/codes/" + a.CodeID
	}
	next := localPath(f.get("next"))
	if next == "" {
		next = home
	}
	if !a.DoneAt.IsZero() {
		names, err := s.names(v.ctx())
		if err != nil {
			return err
		}
		s.say(v, "info", text{"Sudah ditangani lebih dulu oleh " + names[a.DoneBy] + ".", "Dealt with before by " + names[a.DoneBy] + "."})
		return s.redirect(v, next)
	}
	decision, note := payments.Decision(f.get("decision")), strings.ReplaceAll(f.get("note"), "\r\n", "\n")
	if (decision != "" || undecided(a, p)) && !v.can(bosses) {
		return &refusal{status: http.StatusForbidden, title: text{"Bukan wewenang Anda", "This is not yours to do"}, sentence: notYours}
	}
	wrong := mistakes{}
	wrong.add("note", wrongNote(note))
	wrong.add("decision", wrongDecision(decision, undecided(a, p)))
	if len(wrong) == 0 && f.problem == (text{}) {
		var found payments.FieldErrors
		_, err := s.Service.MarkDone(v.ctx(), v.viewer(), a.ID, decision, note)
		switch {
		case err == nil:
			if a.Kind == payments.RefundWaits {
				s.say(v, "success", map[payments.Decision]text{
					payments.Accept: {"Pengembalian disetujui dan dicatat.", "The refund is approved and recorded."}, payments.SetAside: {"Pengembalian ini tidak jadi.", "This refund is off."},
				}[decision])
				return s.redirect(v, next)
			}
			s.say(v, "success", closed(decision))
			return s.redirect(v, next)
		case errors.As(err, &found):
			wrong.learn(found)
		case errors.Is(err, payments.ErrSecondPerson):
			wrong.add("decision", text{
				"Anda yang meminta pengembalian ini, jadi orang lain yang harus menyetujui.",
				"You asked for this refund, so somebody else must approve it.",
			})
		default:
			return err
		}
	}
	refunds, err := s.Store.Refunds(v.ctx(), a.CodeID)
	if err != nil {
		return err
	}
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return err
	}
	view := s.waiting(v, a, p, refunds, people)
	view.Open, view.Next = true, localPath(f.get("next"))
	view.Note = views.Field{Value: strings.ToValidUTF8(note, "\ufffd"), Error: wrong["note"].in(v.lang)}
	view.Decision = views.Field{Value: string(decision), Error: wrong["decision"].in(v.lang)}
	shown := views.AttentionPage{Page: s.page(v, "transactions"), Entry: view, BackHref: next, Problem: f.problem.in(v.lang)}
	if (!view.Decide || view.Own) && shown.Problem == "" {
		shown.Problem = view.Decision.Error // there is no field to put it at
	}
	return s.render(v, http.StatusUnprocessableEntity, views.Attention(shown))
}

// entry is the attention of the route's {id}, as far as the visitor may see it,
// with the payment it is about.
func (s *Server) entry(v *visit) (payments.Attention, payments.Payment, error) {
	id, err := idOf(v)
	if err != nil {
		return payments.Attention{}, payments.Payment{}, err
	}
	a, err := s.Store.Attention(v.ctx(), id)
	if err != nil {
		return a, payments.Payment{}, err
	}
	if a.CodeID == "" {
		if v.viewer().Scope() != "" {
			return a, payments.Payment{}, payments.ErrNotFound
		}
		return a, payments.Payment{}, nil
	}
	if _, err := s.visible(v, a.CodeID); err != nil {
		return a, payments.Payment{}, err
	}
	received, err := s.Store.Payments(v.ctx(), a.CodeID)
	return a, paymentOf(a, received), err
}

func wrongNote(note string) text {
	switch n := utf8.RuneCountInString(note); {
	case n > maxAttentionNote:
		return text{
			fmt.Sprintf("Catatan paling banyak %d huruf, ini %d.", maxAttentionNote, n),
			fmt.Sprintf("A note has at most %d letters, this one has %d.", maxAttentionNote, n),
		}
	case !utf8.ValidString(note) || hasControl(strings.NewReplacer("\n", "", "\t", "").Replace(note)):
		return text{"Catatan berisi huruf yang tidak bisa ditampilkan.", "The note has a character that cannot be shown."}
	}
	return text{}
}

func wrongDecision(d payments.Decision, needed bool) text {
	switch {
	case d != "" && d != payments.Accept && d != payments.SetAside:
		return text{"Pilih salah satu dari dua keputusan itu.", "Choose one of the two decisions."}
	case d == "" && needed:
		return text{"Pilih dulu: uang ini dihitung atau tidak.", "Choose first whether this money counts."}
	case d != "" && !needed:
		return text{
			"Tidak ada uang yang menunggu keputusan di sini, mungkin sudah diputuskan orang lain. Kirim sekali lagi tanpa keputusan.",
			"No money waits for a decision here, perhaps somebody else has decided. Send it once more without a decision.",
		}
	}
	return text{}
}

func closed(d payments.Decision) text {
	switch d {
	case payments.Accept:
		return text{"Ditandai sudah ditangani, dan uangnya dihitung.", "Marked as dealt with, and the money counts."}
	case payments.SetAside:
		return text{
			"Ditandai sudah ditangani, dan uangnya disisihkan: tidak dihitung. Kalau dikembalikan ke pelanggan, catat pengembaliannya.",
			"Marked as dealt with, and the money is set aside: it does not count. When it goes back to the customer, record the refund.",
		}
	}
	return text{"Ditandai sudah ditangani.", "Marked as dealt with."}
}

// holds says for which reason goods wait, to staff after "Lunas, tetapi " and to the
// customer. Money of a cancelled code may be there because DOKU has not said when it
// came, so neither says that it came after.
func holds(kind payments.AttentionKind) (staff, customer text) {
	switch kind {
	case payments.LatePayment:
		return text{"dibayar setelah batas waktu", "paid after the deadline"},
			text{"Pembayaran masuk setelah batas waktu.", "The payment came after the deadline."}
	case payments.AfterCancel:
		return text{"tercatat setelah kodenya dibatalkan", "recorded after the code was cancelled"},
			text{"Pembayaran tercatat setelah kodenya dibatalkan toko.", "The payment was recorded after the shop had cancelled the code."}
	case payments.FormerAmount:
		return text{"dengan jumlah sebelum diubah", "with the amount from before the change"},
			text{"Jumlahnya masih dari sebelum kode ini diubah toko.", "The amount is that of before the shop changed the code."}
	}
	return text{"DOKU menyebut penjualan lain juga", "DOKU named another sale too"},
		text{"Toko masih mencocokkan pembayaran ini.", "The shop is still comparing this payment."}
}

// attention is the sentence for each reason to look: what happened, and what
// to do about it.
func attention(kind payments.AttentionKind) text {
	switch kind {
	case payments.LatePayment:
		return text{
			"Uang masuk setelah batas waktu. Pastikan barang atau jasanya masih bisa diberikan, atau kembalikan uangnya.",
			"Money came after the deadline. Make sure the order can still be met, or give the money back.",
		}
	case payments.RefundWaits:
		return text{
			"Pengembalian besar menunggu orang kedua: pemilik atau manajer selain yang meminta. Jangan serahkan uangnya dulu.",
			"A large refund waits for a second person: an owner or manager other than who asked. Do not hand the money over yet.",
		}
	case payments.AfterCancel:
		return text{
			"Uang masuk untuk kode yang dibatalkan: setelah pembatalan, atau DOKU belum menyebut kapan. Hubungi pelanggan: serahkan pesanannya atau kembalikan uangnya.",
			"Money came for a cancelled code: after the cancel, or DOKU has not said when. Call the customer: hand the order over or give the money back.",
		}
	case payments.WrongAmount:
		return text{
			"Uang masuk dengan jumlah lain dari yang diminta. Uangnya disimpan terpisah sampai ada yang memutuskan.",
			"Money came with another amount than was asked for. It is kept apart until somebody decides.",
		}
	case payments.FormerAmount:
		return text{
			"Dibayar dengan jumlah sebelum diubah. Cocokkan selisihnya dengan pelanggan.",
			"Paid with the amount from before the change. Settle the difference with the customer.",
		}
	case payments.UnknownCode:
		return text{
			"Uang masuk untuk kode yang tidak dikenal di sini. Mungkin milik sistem lain yang memakai akun DOKU yang sama; kalau bukan, cocokkan dengan struk pelanggan dan tanyakan ke DOKU.",
			"Money came for a code that is not known here. It may belong to another system that shares the DOKU account; if not, compare with the customer's receipt and ask DOKU.",
		}
	case payments.Disagreement:
		return text{
			"Nomor invoice dan kode bayar dari DOKU menunjuk penjualan yang berbeda. Cocokkan dengan struk pelanggan.",
			"The invoice and the payment code that DOKU named belong to different sales. Compare with the customer's receipt.",
		}
	case payments.SecondPayment:
		return text{
			"Tampaknya dibayar dua kali; yang kedua disimpan terpisah. Cocokkan dengan Back Office DOKU apakah memang ada dua pembayaran. Putuskan dulu: dihitung, atau disisihkan bila memang dobel. Baru sesudah itu kembalikan uangnya dan catat.",
			"It seems to be paid twice; the second payment is kept apart. Compare with DOKU's Back Office whether there are two payments. Decide first: it counts, or it is set aside when it is one too many. Only after that give it back and record that.",
		}
	case payments.OutcomeUnknown:
		return text{
			"DOKU sudah lama tidak memberi jawaban pasti. Tekan Cek status sekarang, atau tanyakan ke DOKU.",
			"DOKU has not given a certain answer for long. Press Check status now, or ask DOKU.",
		}
	case payments.UnreadableProof:
		return text{
			"Pemberitahuan yang sah dari DOKU tidak bisa dibaca. Buka isinya, cari kodenya, lalu tekan Cek status sekarang di halaman kode itu.",
			"A genuine notification of DOKU could not be read. Open it, find its code, and press Check status now on that code's page.",
		}
	}
	return text{"Ada yang perlu dilihat di sini.", "Something here needs a look."}
}
