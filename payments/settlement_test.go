package payments_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "kodebayar/payments"
)

// TestASettlementOfReusableCodes is held against each payment, by its own day and
// not by that of the code's newest: what no line speaks of is missing, a line too
// many is named twice.
func TestASettlementOfReusableCodes(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		day := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
		code := func(form string, days ...int) Code {
			o := order(form)
			o.Reusable = true
			c := s.issue(sari, o)
			for i, d := range days {
				if err := s.notify(fmt.Sprint(form, i), success(c, "150000", fmt.Sprint(form, i), day.AddDate(0, 0, d).Add(time.Duration(i)*time.Minute))); err != nil {
					t.Fatal(err)
				}
			}
			if c = s.code(c.ID); c.PaidCount != len(days) {
				t.Fatalf("%d payments, want %d", c.PaidCount, len(days))
			}
			return c
		}
		thrice, later, before, twice, single := code("a", 0, 0, 0), code("b", 0, 5), code("c", -30, 0), code("d", -1, 0), code("e", 0)
		line := func(n int, c Code, gross int64) SettledLine {
			return SettledLine{Line: n, Invoice: c.InvoiceNumber, Gross: gross, Day: "2026-03-02"}
		}
		r, err := Reconcile(t.Context(), s.store, Simulator, time.UTC, Fee{}, []SettledLine{
			line(2, thrice, 150_000), line(3, thrice, 149_000), line(4, twice, 150_000), line(5, single, 150_000), line(6, single, 150_000),
		})
		if err != nil {
			t.Fatal(err)
		}
		var missing []string
		for _, l := range r.Missing {
			missing = append(missing, l.Invoice+" "+l.Day)
			if l.Ours != 150_000 {
				t.Errorf("missing: %+v", l)
			}
		}
		want := []string{thrice.InvoiceNumber + " 2026-03-02", later.InvoiceNumber + " 2026-03-02", before.InvoiceNumber + " 2026-03-02"}
		slices.Sort(missing)
		slices.Sort(want)
		if !slices.Equal(missing, want) || r.MissCount != 3 || r.MissGross != 450_000 {
			t.Errorf("missing %q of %d, want %q", missing, r.MissGross, want)
		}
		if r.Matched != 3 || r.DiffersCount != 1 || r.Differs[0].Line != 3 || r.TwiceCount != 1 || r.Twice[0].Line != 6 {
			t.Errorf("matched %d, differs %+v, twice %+v", r.Matched, r.Differs, r.Twice)
		}
	})
}

// TestASettlementOfMoneySetAside: a line speaks of the payment of its day, also of
// one that does not count, and the one that counts is missing then.
func TestASettlementOfMoneySetAside(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		day := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
		c := s.active("f1")
		for i := range 2 {
			if err := s.notify(fmt.Sprint(i), success(c, "150000", fmt.Sprint(i), day.AddDate(0, 0, i))); err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range must(s.store.AttentionOf(t.Context(), c.ID)) {
			if a.Kind == SecondPayment {
				if _, err := s.MarkDone(t.Context(), owner, a.ID, SetAside, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c = s.code(c.ID); c.PaidTotal != 150_000 || c.AsideTotal != 150_000 {
			t.Fatalf("%d counts, %d is set aside", c.PaidTotal, c.AsideTotal)
		}
		line := func(n int, day string) SettledLine {
			return SettledLine{Line: n, Invoice: c.InvoiceNumber, Gross: 150_000, Day: day}
		}
		for name, want := range map[string]struct {
			lines                              []SettledLine
			matched, uncounted, twice, missing int
		}{
			"both":          {[]SettledLine{line(2, "2026-03-02"), line(3, "2026-03-03")}, 1, 1, 0, 0},
			"in any order":  {[]SettledLine{line(2, "2026-03-03"), line(3, "2026-03-02")}, 1, 1, 0, 0},
			"one too many":  {[]SettledLine{line(2, "2026-03-02"), line(3, "2026-03-03"), line(4, "2026-03-03")}, 1, 1, 1, 0},
			"without a day": {[]SettledLine{line(2, ""), line(3, ""), line(4, "")}, 1, 1, 1, 0},
			"the other alone": {
				[]SettledLine{line(2, "2026-03-03"), {Line: 3, Invoice: "else", Gross: 1, Day: "2026-03-02"}}, 0, 1, 0, 1,
			},
		} {
			r, err := Reconcile(t.Context(), s.store, Simulator, time.UTC, Fee{}, want.lines)
			if err != nil || r.Matched != want.matched || r.UncountedCount != want.uncounted || r.TwiceCount != want.twice || r.MissCount != want.missing {
				t.Errorf("%s: %+v, %v", name, r, err)
			}
			if r.UncountedCount == 1 && (r.Uncounted[0].Standing != Aside || r.Uncounted[0].Ours != 150_000) {
				t.Errorf("%s: %+v", name, r.Uncounted)
			}
		}
	})
}

// TestFeesOfASettlement are held against the owner's contract, line by line, by
// what arrives before by what the file calls a fee.
func TestFeesOfASettlement(t *testing.T) {
	s := newShop(t)
	fee := Fee{PerPayment: 2_000, BasisPoints: 75} // of 150.000: 3.125
	var lines []SettledLine
	for i, told := range []struct{ fee, net int64 }{{3_125, 0}, {-3_124, 0}, {0, 146_875}, {3_125, 146_000}, {5_000, 0}, {0, 0}} {
		c := s.active(fmt.Sprint("f", i))
		if err := s.notify(fmt.Sprint("r", i), success(c, "150000", fmt.Sprint(i), s.Now())); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, SettledLine{Line: i + 2, Invoice: c.InvoiceNumber, Gross: 150_000, Fee: told.fee, Net: told.net})
	}
	lines = append(lines, SettledLine{Line: 9, Invoice: "INV-ELSE", Gross: 10_000, Fee: 9_999})
	r, err := Reconcile(t.Context(), s.store, Simulator, time.UTC, fee, lines)
	if err != nil {
		t.Fatal(err)
	}
	if r.FeeLines != 5 || r.FeeExpected != 5*3_125 || r.FeeKept != 3_125+3_124+3_125+4_000+5_000 {
		t.Errorf("%d lines, kept %d, expected %d", r.FeeLines, r.FeeKept, r.FeeExpected)
	}
	if r.OtherFeeCount != 2 || r.OtherFee[0].Line != 5 || r.OtherFee[0].Fee != 4_000 || r.OtherFee[1].Line != 6 || r.OtherFee[1].Expected != 3_125 {
		t.Errorf("another fee: %+v", r.OtherFee)
	}
	if r, err := Reconcile(t.Context(), s.store, Simulator, time.UTC, Fee{SettlementDays: 2}, lines); err != nil || r.FeeLines != 0 {
		t.Errorf("without a contract %d lines are compared, %v", r.FeeLines, err)
	}
}
