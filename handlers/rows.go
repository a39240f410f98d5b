package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
)

// names are the members of staff by id.
func (s *Server) names(ctx context.Context) (map[string]string, error) {
	everyone, err := s.Store.AllStaff(ctx)
	if err != nil {
		return nil, err
	}
	return namesOf(everyone), nil
}

func namesOf(people []payments.Staff) map[string]string {
	names := make(map[string]string, len(people))
	for _, m := range people {
		names[m.ID] = m.Name
	}
	return names
}

func marks(c payments.Code, open []payments.Attention) views.Marks {
	m := views.Marks{
		Status: string(c.Status), PaymentCode: c.PaymentCode, Invoice: c.InvoiceNumber, Mode: string(c.Mode),
		PaidTotal: strconv.FormatInt(c.PaidTotal, 10),
	}
	if !c.ExpiresAt.IsZero() {
		m.Expires = c.ExpiresAt.UTC().Format(time.RFC3339)
	}
	words := make([]string, len(open))
	for i, a := range open {
		words[i] = string(a.Kind)
	}
	m.Attention = strings.Join(words, " ")
	return m
}

// rowOf is a code in a list, with what is open about it, its unsettled edits, and
// the refunds of its money. by names the cashier, "" when that is the reader.
func rowOf(cal calendar, c payments.Code, open []payments.Attention, unsettled []payments.Call, refunds []payments.Refund, by string) views.RowView {
	r := views.RowView{
		Lang: cal.lang, ID: c.ID, Href: "/codes/" + c.ID, Marks: marks(c, open),
		Amount: rupiah(due(c)), Name: c.CustomerName, Time: cal.moment(c.CreatedAt), Detail: detail(cal, c),
		By: by, Live: true,
	}
	if len(unsettled) > 0 {
		r.Unsettled = true
		r.Detail = cal.lang.T("perubahan belum pasti", "a change is not certain")
		if other := orElse(cal.lang, c, unsettled); other != "" {
			r.Detail += ": " + rupiah(c.Amount) + " " + other
		}
	}
	if asked := askedFor(cal.lang, c); asked != "" {
		r.Detail = strings.TrimPrefix(r.Detail+", "+asked, ", ")
	}
	balance := c.Balance(refunds)
	if balance.Refunded > 0 {
		r.Refunded = strconv.FormatInt(balance.Refunded, 10)
	}
	if beside := besideIncome(cal.lang, balance); beside != "" {
		r.Detail = strings.TrimPrefix(r.Detail+", "+beside, ", ")
	}
	return r
}

// due is the amount that stands for a code: what came once it is paid, which the
// owner may have counted though it was another than asked for, else what is asked.
func due(c payments.Code) int64 {
	if c.PaidCount > 0 && !c.Reusable {
		return c.PaidTotal
	}
	return c.Amount
}

// askedFor stands beside it when the two differ, "" when they do not.
func askedFor(lang views.Lang, c payments.Code) string {
	if due(c) == c.Amount {
		return ""
	}
	return lang.T("diminta ", "asked for ") + rupiah(c.Amount)
}

// besideIncome tells staff, in a few words, what the sum that came for a code does
// not say: what went back of it or is to, and what was set aside. "" when it says
// all.
func besideIncome(lang views.Lang, b payments.Balance) string {
	var words []string
	if back := b.RefundedCounted(); back > 0 {
		words = append(words, lang.T("dikembalikan ", "given back ")+rupiah(back))
	}
	if b.Aside > 0 {
		aside := lang.T("disisihkan ", "set aside ") + rupiah(b.Aside)
		switch back := b.RefundedAside(); {
		case back == b.Aside:
			aside += lang.T(" (sudah dikembalikan)", " (given back)")
		case back > 0:
			aside += lang.T(" (dikembalikan ", " (given back ") + rupiah(back) + ")"
		}
		words = append(words, aside)
	}
	if b.Waiting > 0 {
		words = append(words, lang.T("menunggu dikembalikan ", "waits to be given back ")+rupiah(b.Waiting))
	}
	return strings.Join(words, ", ")
}

// givenBack tells the customer the same in sentences, "" when there is nothing to
// tell. What waits inside the shop is nothing to them yet.
func givenBack(lang views.Lang, b payments.Balance) string {
	var words []string
	if back := b.RefundedCounted(); back > 0 {
		words = append(words, lang.T("Toko sudah mengembalikan "+rupiah(back)+".", "The shop has given "+rupiah(back)+" back."))
	}
	if b.Aside > 0 {
		aside := lang.T("Pembayaran "+rupiah(b.Aside)+" tidak dihitung untuk kode ini", "A payment of "+rupiah(b.Aside)+" does not count for this code")
		if b.Counted > 0 {
			aside = lang.T("Pembayaran lain "+rupiah(b.Aside)+" tidak dihitung untuk kode ini", "Another payment of "+rupiah(b.Aside)+" does not count for this code")
		}
		switch back := b.RefundedAside(); {
		case back == b.Aside:
			aside += lang.T("; toko sudah mengembalikannya.", "; the shop has given it back.")
		case back > 0:
			aside += lang.T("; toko sudah mengembalikan "+rupiah(back)+".", "; the shop has given "+rupiah(back)+" back.")
		default:
			aside += lang.T(". Tanyakan ke toko.", ". Ask the shop.")
		}
		words = append(words, aside)
	}
	return strings.Join(words, " ")
}

// refundsOf are the refunds of those codes that money came for.
func (s *Server) refundsOf(ctx context.Context, codes ...payments.Code) (map[string][]payments.Refund, error) {
	var paid []string
	for _, c := range codes {
		if c.PaidCount > 0 || c.AsideTotal > 0 {
			paid = append(paid, c.ID)
		}
	}
	return s.Store.RefundsOf(ctx, paid...)
}

// rows are codes as a visitor sees them.
func (s *Server) rows(v *visit, codes []payments.Code) ([]views.RowView, error) {
	names, err := s.names(v.ctx())
	if err != nil {
		return nil, err
	}
	refunds, err := s.refundsOf(v.ctx(), codes...)
	if err != nil {
		return nil, err
	}
	open, err := s.openOn(v.ctx(), codes...)
	if err != nil {
		return nil, err
	}
	unsettled, err := s.unsettledOf(v.ctx(), codes...)
	if err != nil {
		return nil, err
	}
	cal := s.calendar(v.lang)
	out := make([]views.RowView, len(codes))
	for i, c := range codes {
		by := ""
		if c.CreatedBy != v.member.ID {
			by = names[c.CreatedBy]
		}
		out[i] = rowOf(cal, c, open[c.ID], unsettled[c.ID], refunds[c.ID], by)
	}
	return out, nil
}

// detail is what matters now, in a few words.
func detail(cal calendar, c payments.Code) string {
	t := cal.lang.T
	switch {
	case c.Review > 0 && c.Status != payments.Paid:
		return t("ada uang yang perlu dicek", "money to be looked at")
	case c.Reusable && c.PaidCount > 0:
		return fmt.Sprintf(t("%d× dibayar, ", "paid %d×, "), c.PaidCount) + rupiah(c.PaidTotal) // short: a desk cuts what is longer
	}
	switch c.Status {
	case payments.Creating:
		return t("menunggu DOKU", "waiting for DOKU")
	case payments.Unknown, payments.Cancelling:
		return t("menunggu kepastian DOKU", "waiting for DOKU's word")
	case payments.Active:
		return t("sampai ", "until ") + cal.moment(c.ExpiresAt)
	case payments.Paid:
		return t("dibayar ", "paid ") + cal.moment(c.PaidAt)
	case payments.Expired:
		return t("berakhir ", "ended ") + cal.moment(c.ExpiresAt)
	case payments.Cancelled:
		if !c.CancelledAt.IsZero() {
			return t("dibatalkan ", "cancelled ") + cal.moment(c.CancelledAt)
		}
	}
	return ""
}

func receivedCount(lang views.Lang, n int) string {
	if n == 1 {
		return lang.T("1 pembayaran masuk", "1 payment received")
	}
	return fmt.Sprintf(lang.T("%d pembayaran masuk", "%d payments received"), n)
}

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
