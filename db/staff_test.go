package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
)

var monday = time.Date(2026, 11, 16, 3, 0, 0, 0, time.UTC)

func person(id string, role payments.Role) payments.Staff {
	return payments.Staff{ID: id, Email: id + "@example.com", Name: strings.ToUpper(id), Role: role, PasswordHash: "hash of " + id, CreatedAt: monday}
}

func TestSetUpHasOneWinner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		if has, err := d.HasOwner(t.Context()); has || err != nil {
			t.Fatalf("an empty shop has an owner: %v, %v", has, err)
		}
		results := make([]error, 8)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				results[i] = d.SetUp(t.Context(), person(fmt.Sprintf("owner%d", i), payments.Owner), fmt.Sprintf("Toko %d", i))
			})
		}
		wg.Wait()
		winner := slices.Index(results, nil)
		for i, err := range results {
			if i != winner && !errors.Is(err, db.ErrSetUp) {
				t.Errorf("%d: %v", i, err)
			}
		}
		people, err := d.AllStaff(t.Context())
		if err != nil || len(people) != 1 || people[0] != person(fmt.Sprintf("owner%d", winner), payments.Owner) {
			t.Errorf("the staff is %+v, %v", people, err)
		}
		if shop, err := d.Setting(t.Context(), db.SettingShop); shop != fmt.Sprintf("Toko %d", winner) || err != nil {
			t.Errorf("the shop is called %q, %v", shop, err)
		}
		if got := kinds(t, d); !slices.Equal(got, []string{"staff_added", "setting_changed"}) {
			t.Errorf("the log says %v", got)
		}
		if _, err := d.VerifyLog(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestStaffIsFoundAndUnique(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		sari := person("sari", payments.Cashier)
		if err := d.AddStaff(ctx, sari, payments.ActorShell); err != nil {
			t.Fatal(err)
		}
		for name, find := range map[string]func() (payments.Staff, error){
			"id":    func() (payments.Staff, error) { return d.Staff(ctx, "sari") },
			"email": func() (payments.Staff, error) { return d.StaffByEmail(ctx, "sari@example.com") },
		} {
			if got, err := find(); got != sari || err != nil {
				t.Errorf("by %s: %+v, %v", name, got, err)
			}
		}
		if _, err := d.Staff(ctx, "nobody"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		twin := person("twin", payments.Manager)
		twin.Email = sari.Email
		if err := d.AddStaff(ctx, twin, payments.ActorShell); !errors.Is(err, db.ErrEmailTaken) {
			t.Errorf("a second member with the address: %v", err)
		}
		if err := d.AddStaff(ctx, person("budi", payments.Cashier), payments.ActorShell); err != nil {
			t.Fatal(err)
		}
		err := d.ChangeStaff(ctx, "budi", payments.ActorShell, monday, func(m *payments.Staff) { m.Email = sari.Email })
		if !errors.Is(err, db.ErrEmailTaken) {
			t.Errorf("changing to an address that is taken: %v", err)
		}
		if got := kinds(t, d); !slices.Equal(got, []string{"staff_added", "staff_added"}) {
			t.Errorf("the log says %v", got)
		}
	})
}

func TestChangesOfStaffAreLogged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		if err := d.SetUp(ctx, person("ibu", payments.Owner), "Toko"); err != nil {
			t.Fatal(err)
		}
		change := func(by func(*payments.Staff)) error {
			return d.ChangeStaff(ctx, "ibu", payments.StaffActor("ibu"), monday, by)
		}
		for name, leave := range map[string]func(*payments.Staff){
			"disabled":     func(m *payments.Staff) { m.Disabled = true },
			"made manager": func(m *payments.Staff) { m.Role = payments.Manager },
		} {
			if err := change(leave); !errors.Is(err, db.ErrLastOwner) {
				t.Errorf("the last owner %s: %v", name, err)
			}
		}
		if m, err := d.Staff(ctx, "ibu"); m.Disabled || m.Role != payments.Owner || err != nil {
			t.Fatalf("after what was refused: %+v, %v", m, err)
		}
		if err := d.AddStaff(ctx, person("bapak", payments.Owner), payments.StaffActor("ibu")); err != nil {
			t.Fatal(err)
		}
		if err := change(func(m *payments.Staff) { m.Name, m.PasswordHash, m.Disabled = "Ibu Ratna", "canary", true }); err != nil {
			t.Fatal(err)
		}
		if err := change(func(*payments.Staff) {}); err != nil {
			t.Fatal(err)
		}
		events, err := d.EventsAfter(ctx, 3, 10)
		if err != nil || len(events) != 1 {
			t.Fatalf("the log says %+v, %v", events, err)
		}
		e := events[0]
		for what, want := range map[string]string{
			"staff": "ibu", "name_before": "IBU", "name": "Ibu Ratna", "disabled_before": "false", "disabled": "true", "password": "changed",
		} {
			if e.Detail[what] != want {
				t.Errorf("%s is %q, want %q", what, e.Detail[what], want)
			}
		}
		if e.Kind != db.EventStaffChanged || e.Actor != "staff:ibu" || strings.Contains(fmt.Sprint(e.Detail), "canary") {
			t.Errorf("the event is %+v", e)
		}
		if err := d.ChangeStaff(ctx, "nobody", "x", monday, func(*payments.Staff) {}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestLanguageOfStaff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ string) {
		ctx := t.Context()
		if err := d.AddStaff(ctx, person("sari", payments.Cashier), payments.ActorShell); err != nil {
			t.Fatal(err)
		}
		if l, err := d.Language(ctx, "sari"); l != "" || err != nil {
			t.Errorf("at first %q, %v", l, err)
		}
		if err := d.SetLanguage(ctx, "sari", "en"); err != nil {
			t.Fatal(err)
		}
		if l, err := d.Language(ctx, "sari"); l != "en" || err != nil {
			t.Errorf("then %q, %v", l, err)
		}
	})
}
