package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

// sell writes codes as the staff sari and budi made them: c1 and c2 in the
// sandbox, c3 in production.
func sell(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for i, by := range []string{"sari", "budi", "sari"} {
			id := fmt.Sprintf("c%d", i+1)
			env := payments.Sandbox
			if id == "c3" {
				env = payments.Production
			}
			ok, err := tx.InsertCode(payments.Code{
				ID: id, Environment: env, Mode: payments.DGPC, Status: payments.Active, InvoiceNumber: "INV-" + id, PaymentCode: fmt.Sprintf("605900%d", i+1),
				Amount: 10_000, CustomerName: "x", CreatedBy: by, CreatedAt: monday, ExpiresIn: 60, Token: "t" + id, FormID: "f" + id, Version: 1,
			})
			if err != nil || !ok {
				return fmt.Errorf("insert %s: %v, %w", id, ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExchangesAreFoundByEachFilter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		sell(t, d)
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i, x := range []payments.Exchange{
				{Kind: "create", Verdict: "done", Direction: payments.Outgoing, CodeID: "c1", RequestID: "r-1", StatusCode: 200, Duration: 120 * time.Millisecond},
				{Kind: "create", Verdict: "refused", Direction: payments.Outgoing, CodeID: "c2", RequestID: "r_2"},
				{Kind: "notification", Verdict: "verified", Direction: payments.Incoming, CodeID: "c1"},
				{Kind: "notification", Verdict: "bad_signature", Direction: payments.Incoming},
				{Kind: "cancel", Verdict: "unknown", Direction: payments.Outgoing, CodeID: "c2"},
				{Kind: "notification", Verdict: "unreadable", Direction: payments.Incoming},
			} {
				x.ID, x.At, x.Method, x.URL = fmt.Sprintf("x%d", i+1), monday.Add(time.Duration(i)*time.Minute), "POST", "/"
				x.RequestBody = []byte("{}")
				if err := tx.InsertExchange(x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			filter db.ExchangeFilter
			want   string
			more   bool
		}{
			{db.ExchangeFilter{Limit: 10}, "x6 x5 x4 x3 x2 x1", false},
			{db.ExchangeFilter{Limit: 2}, "x6 x5", true},
			{db.ExchangeFilter{Limit: 2, Before: "x5"}, "x4 x3", true},
			{db.ExchangeFilter{Limit: 2, Before: "x3"}, "x2 x1", false},
			{db.ExchangeFilter{Limit: 2, After: "x3"}, "x5 x4", true},
			{db.ExchangeFilter{Limit: 3, After: "x3"}, "x6 x5 x4", false},
			{db.ExchangeFilter{Limit: 9, Kind: "create"}, "x2 x1", false},
			{db.ExchangeFilter{Limit: 9, Kind: "cancel"}, "x5", false},
			{db.ExchangeFilter{Limit: 9, Verdict: "verified"}, "x3", false},
			{db.ExchangeFilter{Limit: 9, Verdict: "refused"}, "x2", false},
			{db.ExchangeFilter{Limit: 9, Direction: payments.Incoming}, "x6 x4 x3", false},
			{db.ExchangeFilter{Limit: 9, Kind: "notification", Verdict: "unreadable", Direction: payments.Incoming, Before: "x9"}, "x6", false},
			{db.ExchangeFilter{Limit: 9, Query: "inv-C2"}, "x5 x2", false},
			{db.ExchangeFilter{Limit: 9, Query: "6059 001"}, "x3 x1", false},
			{db.ExchangeFilter{Limit: 9, Query: "r-1"}, "x1", false},
			{db.ExchangeFilter{Limit: 9, Query: "r_"}, "", false},
			{db.ExchangeFilter{Limit: 9, Query: "%"}, "", false},
			{db.ExchangeFilter{Limit: 9, Query: "inv", Kind: "create", Verdict: "done"}, "x1", false},
		} {
			list, more, err := d.Exchanges(ctx, test.filter)
			var ids []string
			for _, x := range list {
				ids = append(ids, x.ID)
			}
			if got := strings.Join(ids, " "); got != test.want || more != test.more || err != nil {
				t.Errorf("%+v: %q, more %v, %v", test.filter, got, more, err)
			}
		}
		list, _, err := d.Exchanges(ctx, db.ExchangeFilter{Limit: 9, Query: "r-1"})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		x := list[0]
		if x.PaymentCode != "6059001" || x.InvoiceNumber != "INV-c1" || x.StatusCode != 200 || x.Duration != 120*time.Millisecond || !x.At.Equal(monday) || x.RequestBody != nil {
			t.Errorf("the line is %+v", x)
		}
		for since, want := range map[time.Time]int64{monday: 1, monday.Add(4 * time.Minute): 0} {
			if n, err := d.BadSignatures(ctx, since); n != want || err != nil {
				t.Errorf("bad signatures since %v: %d, %v", since, n, err)
			}
		}
	})
}

// A rare kind must not cost a walk through everything that ever happened.
func TestRareExchangesHaveAnIndex(t *testing.T) {
	d := dbtest.Open(t, t.TempDir()+"/test.db")
	for index, f := range map[string]db.ExchangeFilter{
		"exchanges_rare_kinds":    {Kind: "inquiry"},
		"exchanges_rare_verdicts": {Verdict: "bad_signature"},
	} {
		where, args := f.Where()
		plan := d.Plan(t, db.Statement{SQL: "SELECT x.id FROM exchanges x WHERE " + where + " ORDER BY x.id DESC LIMIT 51", Args: args})
		if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s:\n%s", where, plan)
		}
	}
}

// What waits for a person is counted once, for whom it concerns: codes with
// something open, however many reasons each has, and what belongs to no code.
func TestOpenAttentionIsCountedForWhomItConcerns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		sell(t, d)
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := tx.InsertPayment(payments.Payment{ID: "p1", Amount: 25_000, Date: monday, Agent: "ALFAMART", Store: "T1", Standing: payments.Review, CreatedAt: monday}); err != nil {
				return err
			}
			for _, a := range []payments.Attention{
				{ID: "a1", CodeID: "c1", Kind: payments.LatePayment},
				{ID: "a2", CodeID: "c1", Kind: payments.WrongAmount},
				{ID: "a3", CodeID: "c1", Kind: payments.LatePayment, DoneAt: monday},
				{ID: "a4", CodeID: "c2", Kind: payments.OutcomeUnknown},
				{ID: "a5", CodeID: "c3", Kind: payments.LatePayment},
				{ID: "a6", Kind: payments.UnknownCode, PaymentID: "p1", ExchangeID: "x1"},
				{ID: "a7", Kind: payments.UnreadableProof, ExchangeID: "x2"},
				{ID: "a8", Kind: payments.UnreadableProof, DoneAt: monday},
			} {
				a.OpenedAt = monday
				if err := tx.InsertAttention(a); err != nil {
					return err
				}
				if a.CodeID == "" || !a.DoneAt.IsZero() {
					continue
				}
				c, err := tx.Code(ctx, a.CodeID)
				if err != nil {
					return err
				}
				c.Attention++
				if err := tx.UpdateCode(&c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			scope string
			env   payments.Environment
			want  int64
		}{
			{"", payments.Sandbox, 4},
			{"sari", payments.Sandbox, 1},
			{"budi", payments.Sandbox, 1},
			{"joko", payments.Sandbox, 0},
			{"", payments.Production, 3},
			{"sari", payments.Production, 1},
		} {
			if n, err := d.CountAttention(ctx, test.scope, test.env); n != test.want || err != nil {
				t.Errorf("%+v: %d, %v", test, n, err)
			}
			if c, err := d.Counts(ctx, test.scope, test.env, monday); c.Attention != int(test.want) || err != nil {
				t.Errorf("%+v: on the tab %d, %v", test, c.Attention, err)
			}
			loose := 0
			if test.scope == "" {
				loose = 2
			}
			f := db.ListFilter{Scope: test.scope, Environment: test.env, Tab: db.TabAttention, Limit: 10}
			if page, err := d.Codes(ctx, f); len(page.Codes)+loose != int(test.want) || err != nil {
				t.Errorf("%+v: a list of %d codes, %v", test, len(page.Codes), err)
			}
		}
		list, more, err := d.Puzzles(ctx, 10)
		if err != nil || more || len(list) != 2 || list[0].ID != "a7" || list[1].ID != "a6" {
			t.Fatalf("%+v, %v, %v", list, more, err)
		}
		if p := list[1]; p.Payment.Amount != 25_000 || !p.Payment.Date.Equal(monday) || p.Payment.Store != "T1" || p.ExchangeID != "x1" || p.Kind != payments.UnknownCode {
			t.Errorf("money without a code: %+v", p)
		}
		if p := list[0]; p.Payment.Amount != 0 || !p.Payment.Date.IsZero() {
			t.Errorf("a puzzle without money has some: %+v", p)
		}
		if list, more, err := d.Puzzles(ctx, 1); len(list) != 1 || !more || err != nil {
			t.Errorf("one of two: %v, %v, %v", list, more, err)
		}
	})
}
