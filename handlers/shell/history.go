package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// FillHistory adds n codes of a year that never was to a demo, and says now and
// then how far it is. It ends well when ctx does: what was stored by then stays.
func FillHistory(ctx context.Context, out io.Writer, store *db.DB, service *payments.Service, n int) error {
	if n < 0 || n > payments.MaxHistory {
		return fmt.Errorf("--history: must be from 0 to %d", payments.MaxHistory)
	}
	if n == 0 {
		return nil
	}
	staff, err := cashiers(ctx, store)
	if err != nil {
		return err
	}
	began, told := time.Now(), time.Now()
	progress := func(done int) {
		if done < n && time.Since(told) < 2*time.Second {
			return
		}
		told = time.Now()
		fmt.Fprintf(out, "history   %d of %d codes (%d%%), %.0f a second\n", done, n, 100*done/n, float64(done)/time.Since(began).Seconds())
	}
	err = service.FillHistory(ctx, payments.History{
		Codes: n, Staff: staff, Zone: service.Zone, Until: time.Now(), Rand: rand.New(rand.NewPCG(uint64(began.UnixNano()), 0)), Progress: progress,
	})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(out, "history   stopped; what was stored stays, and --history adds to it.")
		return nil
	}
	return err
}

// demoCashiers are those whose codes they are.
var demoCashiers = []string{"Sari (contoh)", "Budi (contoh)", "Wati (contoh)"}

// cashiers are the ids of three cashiers of a demo, who are made when they are
// not there. Nobody can sign in as one: they have no password and are disabled.
func cashiers(ctx context.Context, store *db.DB) ([]string, error) {
	var ids []string
	for i, name := range demoCashiers {
		email := fmt.Sprintf("kasir%d@demo.invalid", i+1)
		m, err := store.StaffByEmail(ctx, email)
		if errors.Is(err, payments.ErrNotFound) {
			m = payments.Staff{ID: payments.NewID(), Email: email, Name: name, Role: payments.Cashier, Disabled: true, CreatedAt: time.Now().UTC()}
			err = store.AddStaff(ctx, m, payments.ActorShell)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, m.ID)
	}
	return ids, nil
}
