package payments_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	. "kodebayar/payments"
)

// list is n orders, each for somebody else.
func list(n int) []BatchLine {
	lines := make([]BatchLine, n)
	for i := range lines {
		o := order("")
		o.CustomerName = fmt.Sprint("Pelanggan ", i+1)
		lines[i] = BatchLine{Line: i + 2, Order: o}
	}
	return lines
}

// employ puts somebody on the staff, so that they may hand a list in.
func (s *shop) employ(by Viewer) {
	s.t.Helper()
	m := Staff{ID: by.StaffID, Name: by.StaffID, Email: by.StaffID + "@toko.id", Role: by.Role, CreatedAt: s.Now()}
	if err := s.store.AddStaff(s.t.Context(), m, ActorShell); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) batch(id string) Batch {
	s.t.Helper()
	b, err := s.store.Batch(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// TestABatchMakesOneCodeForEachLine lets two instances work at the same list,
// with answers lost on the way and a line that the service refuses.
func TestABatchMakesOneCodeForEachLine(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.employ(sari)
		lines := list(30)
		lines[4].Order.InvoiceNumber = "INV-SAME"
		taken := order("form-taken")
		taken.InvoiceNumber = "INV-SAME"
		s.issue(sari, taken)
		s.post("/simulator/faults", map[string]any{"name": "lose_answer", "on": true, "times": 3, "operations": []string{"create"}}, nil)

		b, err := s.StartBatch(t.Context(), sari, Batch{Name: "sewa.csv", FormID: "form-list"}, lines)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		other := s.twin(s.file)
		go s.RunBatches(ctx)
		go other.RunBatches(ctx)
		go s.Run(ctx)
		s.until("the list is done", func() bool { return s.batch(b.ID).State == BatchDone })

		if got := s.batch(b.ID); got.Made != 29 || got.Refused != 1 || got.Lines != 30 || got.EndedAt.IsZero() {
			t.Errorf("%+v", got)
		}
		done, err := s.store.BatchLines(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		codes := map[string]bool{}
		for i, line := range done {
			switch {
			case i == 4:
				if line.CodeID != "" || len(line.Mistakes) != 1 || line.Mistakes[0].Rule != RuleTaken || line.Order.InvoiceNumber != "INV-SAME" {
					t.Errorf("line 5: %+v", line)
				}
				continue
			case line.Order.CustomerName != "":
				t.Errorf("line %d keeps what its code has: %+v", i+1, line.Order)
			}
			s.untilStatus(line.CodeID, Active)
			codes[line.CodeID] = true
			if got := s.code(line.CodeID); got.CustomerName != lines[i].Order.CustomerName || got.CreatedBy != sari.StaffID {
				t.Errorf("line %d is %+v", i+1, got)
			}
		}
		if atDOKU := s.codesAtDOKU(); len(codes) != 29 || atDOKU != 30 {
			t.Errorf("%d codes here, %d at DOKU", len(codes), atDOKU)
		}

		again, err := s.StartBatch(t.Context(), sari, Batch{Name: "other.csv", FormID: "form-list"}, list(2))
		if err != nil || again.ID != b.ID {
			t.Errorf("the same form makes another list: %+v, %v", again, err)
		}
	})
}

// TestABatchCanBeStopped stops a list before it begins, and lets it go on.
func TestABatchCanBeStopped(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.employ(sari)
		b, err := s.StartBatch(t.Context(), sari, Batch{FormID: "form-list"}, list(5))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.HaltBatch(t.Context(), sari, b.ID); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go s.RunBatches(ctx)
		next, err := s.StartBatch(t.Context(), sari, Batch{FormID: "form-next"}, list(1))
		if err != nil {
			t.Fatal(err)
		}
		s.until("the list after it is done", func() bool { return s.batch(next.ID).State == BatchDone })
		if got := s.batch(b.ID); got.Made != 0 || got.State != BatchStopped {
			t.Fatalf("a stopped list goes on: %+v", got)
		}
		if err := s.ResumeBatch(t.Context(), sari, b.ID); err != nil {
			t.Fatal(err)
		}
		s.until("it is done too", func() bool { return s.batch(b.ID).State == BatchDone })
		if got := s.batch(b.ID); got.Made != 5 {
			t.Errorf("%+v", got)
		}
		if err := s.HaltBatch(t.Context(), sari, b.ID); err != nil || s.batch(b.ID).State != BatchDone {
			t.Errorf("a finished list is stopped: %v, %s", err, s.batch(b.ID).State)
		}
	})
}

// TestABatchWaitsForDOKU makes no list of unknown codes while DOKU is silent.
func TestABatchWaitsForDOKU(t *testing.T) {
	s := newShop(t)
	s.employ(sari)
	s.fault("cut_before", true, "create")
	b, err := s.StartBatch(t.Context(), sari, Batch{FormID: "form-list"}, list(40))
	if err != nil {
		t.Fatal(err)
	}
	go s.RunBatches(t.Context())
	s.until("DOKU is left alone", s.Silent)
	s.until("some have a code", func() bool { return s.batch(b.ID).Made > 0 })
	if got := s.batch(b.ID); got.Made > 20 {
		t.Errorf("%d codes were asked for in vain", got.Made)
	}
}

func TestABatchHasBounds(t *testing.T) {
	s := newShop(t)
	s.employ(sari)
	for _, n := range []int{0, MaxBatch + 1} {
		if _, err := s.StartBatch(t.Context(), sari, Batch{FormID: "form-list"}, list(n)); err == nil {
			t.Errorf("a list of %d is taken", n)
		}
	}
	if events, err := s.store.EventsAfter(t.Context(), 0, 100); err != nil || strings.Contains(fmt.Sprint(events), "batch") {
		t.Errorf("%v, %v", events, err)
	}
}

// TestARestoredShop gives no number twice and issues nothing twice: what
// happened after the backup is not known there, but customers hold it.
func TestARestoredShop(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	backup := file + ".backup"
	held := order("form-1")
	held.Mode = DIPC
	t.Run("before", func(t *testing.T) {
		s := openShop(t, file)
		if err := s.store.AddStaff(t.Context(), Staff{ID: "sari", Email: "s@x.id", Name: "S", Role: Cashier, PasswordHash: "x"}, ActorShell); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartBatch(t.Context(), sari, Batch{ID: "b1", FormID: "bf", Digest: "d"}, []BatchLine{{Line: 2, Order: Order{Mode: DGPC, Amount: 50_000, CustomerName: "A", ExpiresIn: 600}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.store.Backup(t.Context(), dbtest.Key, backup); err != nil {
			t.Fatal(err)
		}
		held.PaymentCode = s.issue(sari, held).PaymentCode
	})
	if _, err := db.Restore(t.Context(), backup, file, dbtest.Key, nil); err != nil {
		t.Fatal(err)
	}
	t.Run("after", func(t *testing.T) {
		s := openShop(t, file)
		other := order("form-2")
		other.Mode, other.CustomerName = DIPC, "Another"
		if number := s.issue(sari, other).PaymentCode; number == held.PaymentCode || len(number) != len(held.PaymentCode) {
			t.Errorf("%s is held by a customer, and the next one is given %s", held.PaymentCode, number)
		}
		list, err := s.store.Batches(t.Context(), "", s.Environment, 10)
		if err != nil || len(list) != 1 || list[0].State != BatchStopped {
			t.Fatalf("the list goes on by itself: %+v, %v", list, err)
		}
		if err := s.ResumeBatch(t.Context(), owner, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if list, err = s.store.Batches(t.Context(), "", s.Environment, 10); err != nil || list[0].State != BatchRunning {
			t.Errorf("it cannot be let go on: %+v, %v", list, err)
		}
	})
}
