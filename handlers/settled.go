package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// shownSettled is how many lines of a kind the page shows; the file has them all.
const shownSettled = 300

// settlement is what a file was found to hold.
func (s *Server) settlement(v *visit) error {
	r, err := s.settlementNamed(v)
	if err != nil {
		return err
	}
	cal, t := s.calendar(v.lang), v.lang.T
	p := views.SettlementPage{
		Page: s.page(v, "reports"), Name: r.Name, Time: cal.moment(r.MadeAt), CSV: "/reports/settlement/" + r.ID + "/result.csv",
	}
	if r.From != "" {
		p.Days = cal.date(r.From) + " – " + cal.date(r.To)
	}
	part := func(label string, count int, gross string) {
		p.Parts = append(p.Parts, views.ShiftLine{Label: label, Count: grouped(int64(count)), Sum: gross})
	}
	part(t("Cocok", "Match"), r.Matched, rupiah(r.MatchedGross))
	group := func(title, why string, count int, list []payments.SettledLine, say func(payments.SettledLine) []string) {
		g := views.SettlementGroup{Title: title, Why: why, Count: grouped(int64(count))}
		for _, l := range list[:min(len(list), shownSettled)] {
			row := views.SettlementLine{Name: strings.TrimSpace(l.Invoice + " " + l.PaymentCode), Detail: strings.Join(say(l), ", ")}
			if l.CodeID != "" {
				row.Href = "/codes/" + l.CodeID
			}
			g.Lines = append(g.Lines, row)
		}
		if more := count - len(g.Lines); more > 0 {
			g.More = t("dan ", "and ") + grouped(int64(more)) + t(" lagi; semuanya ada di CSV", " more; the CSV has them")
		}
		p.Groups = append(p.Groups, g)
	}
	// ofFile is a group whose lines are a part of the file.
	ofFile := func(title, why string, count int, list []payments.SettledLine, say func(payments.SettledLine) []string) {
		sum := "–" // not all of the lines were kept
		if count == len(list) {
			sum = rupiah(payments.Gross(list))
		}
		part(title, count, sum)
		group(title, why, count, list, say)
	}
	inFile := func(l payments.SettledLine) string {
		return t("Baris ", "Line ") + strconv.Itoa(l.Line) + ": " + rupiah(l.Gross)
	}
	both := func(l payments.SettledLine) []string {
		return []string{inFile(l), t("di sini ", "here ") + rupiah(l.Ours)}
	}
	alone := func(l payments.SettledLine) []string { return []string{inFile(l)} }
	ofFile(t("Disisihkan atau masih dicek", "Set aside or being looked at"), t("Uangnya memang masuk, tetapi disisihkan orang toko atau masih menunggu keputusan, jadi tidak dihitung sebagai pendapatan.", "The money did come, but somebody set it aside or it waits for a decision, so it does not count as income."), r.UncountedCount, r.Uncounted, func(l payments.SettledLine) []string {
		return []string{inFile(l), standingWord(l.Standing).in(v.lang)}
	})
	ofFile(t("Jumlahnya berbeda", "Another amount"), t("Ada di berkas dan di sini, tetapi tidak ada pembayaran sebesar itu.", "In the file and here, but no payment has that amount."), r.DiffersCount, r.Differs, both)
	ofFile(t("Disebut dua kali", "Named twice"), t("Pembayaran sebesar itu sudah disebut baris lain: berkasnya lebih banyak daripada uang yang masuk di sini.", "Another line named the payment of that amount: the file has more than came here."), r.TwiceCount, r.Twice, alone)
	missing := t("Tidak ada di berkas", "Missing in the file")
	if r.From == "" {
		p.Groups = append(p.Groups, views.SettlementGroup{Title: missing, Count: "–", Why: t(
			"Tidak bisa dicek: berkas ini tidak menyebut tanggal, jadi tidak diketahui pembayaran mana yang seharusnya ada di dalamnya.",
			"This cannot be checked: the file names no day, so nothing tells which payments should be in it.")})
	} else {
		group(missing, t("Dibayar di hari-hari berkas ini, tetapi tidak disebut: mungkin dicairkan lain hari.", "Paid in the days of this file, but not in it: perhaps transferred on another day."), r.MissCount, r.Missing, func(l payments.SettledLine) []string {
			return []string{cal.date(l.Day), t("di sini ", "here ") + rupiah(l.Ours)}
		})
	}
	ofFile(t("Tidak dikenal di sini", "Not known here"), t("Disebut di berkas, tetapi bukan kode toko ini.", "In the file, but no code of this shop."), r.UnknownCount, r.Unknown, alone)
	if r.FeeLines > 0 {
		group(t("Potongannya berbeda", "Another fee"), t("Yang dipotong DOKU lain dari perkiraan menurut kontrak Anda di Pengaturan.", "What DOKU kept is not what your contract in the settings makes it."), r.OtherFeeCount, r.OtherFee, func(l payments.SettledLine) []string {
			return []string{inFile(l), t("potongan ", "fee ") + rupiah(l.Fee), t("perkiraan ", "expected ") + rupiah(l.Expected)}
		})
	}
	part(t("Semua baris", "All lines"), r.Lines, rupiah(r.Gross))
	p.Parts[len(p.Parts)-1].Total = true
	p.Sums = settledSums(v.lang, r)
	return s.render(v, http.StatusOK, views.SettlementResult(p))
}

// settledSums are the sums that are of other lines than one another, each with the
// lines that it is of.
func settledSums(lang views.Lang, r payments.Reconciliation) (sums []views.Param) {
	t, matched := lang.T, grouped(int64(r.FeeLines))
	if r.FeeLines > 0 {
		sums = append(sums,
			views.Param{Name: t("Potongan, "+matched+" baris yang cocok", "Fee, "+matched+" lines that match"), Value: rupiah(r.FeeKept)},
			views.Param{Name: t("Perkiraan untuk "+matched+" baris itu", "Expected for those "+matched), Value: rupiah(r.FeeExpected) + ", " + t("selisih ", "difference ") + rupiah(r.FeeKept-r.FeeExpected)})
	}
	if r.MissCount > 0 {
		sums = append(sums, views.Param{Name: t("Masuk di sini, tidak ada di berkas", "Received here, not in the file"), Value: grouped(int64(r.MissCount)) + ", " + rupiah(r.MissGross)})
	}
	if r.Fee != 0 { // a file without the column knows none
		sums = append(sums, views.Param{Name: t("Potongan, semua baris", "Fee, all lines"), Value: rupiah(r.Fee)})
	}
	if r.Net != 0 {
		sums = append(sums, views.Param{Name: t("Bersih, semua baris", "Net, all lines"), Value: rupiah(r.Net)})
	}
	return sums
}

// standingWord is what is told of money that does not count, nothing of other.
func standingWord(standing payments.Standing) text {
	switch standing {
	case payments.Review:
		return text{"sedang dicek", "being looked at"}
	case payments.Aside:
		return text{"disisihkan, tidak dihitung", "set aside, not counted"}
	}
	return text{}
}

func (s *Server) settlementNamed(v *visit) (payments.Reconciliation, error) {
	id, err := idOf(v)
	if err != nil {
		return payments.Reconciliation{}, err
	}
	r, err := s.Store.Settlement(v.ctx(), id)
	if err == nil && r.Environment != s.Service.Environment {
		err = payments.ErrNotFound
	}
	return r, err
}

// settlementCSV is what did not match, as a file.
func (s *Server) settlementCSV(v *visit) error {
	r, err := s.settlementNamed(v)
	if err != nil {
		return err
	}
	t := v.lang.T
	d := download{"settlement", s.Now(), "csv", t("Settlement", "Settlement"), []any{
		t("Hasil", "Result"), t("Baris", "Line"), t("Nomor invoice", "Invoice"), t("Kode bayar", "Payment code"), t("Jumlah di berkas", "Amount in the file"), t("Diterima di sini", "Received here"), t("Tanggal", "Day"), t("Potongan di berkas", "Fee in the file"), t("Perkiraan potongan", "Expected fee"),
	}}
	return s.download(v, d, nil, func(put func([]any) error) error {
		for _, g := range []struct {
			name  string
			count int
			lines []payments.SettledLine
		}{
			{"", r.UncountedCount, r.Uncounted}, // each by its standing
			{t("jumlah berbeda", "another amount"), r.DiffersCount, r.Differs},
			{t("disebut dua kali", "named twice"), r.TwiceCount, r.Twice},
			{t("tidak ada di berkas", "missing in the file"), r.MissCount, r.Missing},
			{t("tidak dikenal", "not known"), r.UnknownCount, r.Unknown},
			{t("potongan berbeda", "another fee"), r.OtherFeeCount, r.OtherFee},
		} {
			for _, l := range g.lines {
				cells := []any{cmp.Or(g.name, standingWord(l.Standing).in(v.lang)), int64(l.Line), l.Invoice, l.PaymentCode, l.Gross, l.Ours, l.Day, l.Fee, l.Expected}
				for i, of := range map[int]bool{1: l.Line > 0, 4: l.Line > 0, 5: l.CodeID != "", 7: l.Fee != 0, 8: l.Expected != 0} {
					if !of {
						cells[i] = "" // not known, which is not zero
					}
				}
				if err := put(cells); err != nil {
					return err
				}
			}
			if more := g.count - len(g.lines); more > 0 {
				if err := put([]any{g.name, "", fmt.Sprintf(t("dan %d lagi", "and %d more"), more), "", "", "", "", "", ""}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
