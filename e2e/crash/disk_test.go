package crash

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestDiskFull fills the disk under the database. Callbacks are told to come
// again, the app lives and is read, and once there is space it works on: what
// the till told meanwhile lands by its own retry.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	disk := smallDisk(t, dir)
	s := openShop(t, dir, filepath.Join(disk, "shop.db"), 1)
	at, book := s.instances[0], &ledger{}
	l := newLoad(s, book)
	reusable, atTill := oneSale(t, l, true), oneSale(t, l, false)

	fill(t, filepath.Join(disk, "ballast"))
	// Pages of the file that are free already take a few more.
	var refused *telling
	for tries := 0; refused == nil; tries++ {
		if tries == 3000 {
			t.Fatal("the disk is full and 3000 notifications were stored")
		}
		n := book.tells(newNotification("SUCCESS", newPayment(reusable.invoice, reusable.code, reusable.amount)), reusable)
		l.deliver(n, at)
		if n.stored == 0 {
			refused = n
		}
	}
	if book.busy != 1 || len(book.odd) > 0 {
		t.Fatalf("with a full disk %d notifications were answered 503, others: %q", book.busy, book.odd)
	}
	l.pay(atTill)
	if !eventually(t.Context(), patience, func() bool { return attempts(t, s, 503) > 0 }) {
		t.Error("the till's notification was not answered 503")
	}
	for _, path := range []string{"/healthz", "/readyz", "/transactions", "/codes/" + reusable.id} {
		if a, err := s.send(http.MethodGet, at.home+path, "", nil); err != nil || a.status != http.StatusOK {
			t.Errorf("with a full disk %s answers %d %v", path, a.status, err)
		}
	}
	l.deliver(refused, at)
	if refused.stored != 0 {
		t.Error("still no space, and the notification was answered 200")
	}

	check(t, os.Remove(filepath.Join(disk, "ballast")))
	if !eventually(t.Context(), patience, func() bool { l.deliver(refused, at); return refused.stored > 0 }) {
		t.Error("there is space again, and a notification is still refused")
	}
	oneSale(t, l, false)
	if !eventually(t.Context(), patience, func() bool { _, code := l.look(atTill, at); return code != "" && status(t, l, atTill) == "paid" }) {
		t.Error("the till's retry did not land")
	}
	c := &crash{t: t, shop: s, ledger: book, dice: rand.New(rand.NewPCG(1, 2)), score: &score{}}
	c.compare()
	c.doctor()
}

// smallDisk mounts a file system of a few megabytes for the test.
func smallDisk(t *testing.T, dir string) string {
	t.Helper()
	disk := filepath.Join(dir, "disk")
	check(t, os.Mkdir(disk, 0o700))
	err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=6m,mode=700")
	if errors.Is(err, syscall.EPERM) {
		t.Skip("a disk can be filled only by a user who may mount a small one")
	}
	check(t, err)
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	return disk
}

func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	check(t, err)
	defer f.Close()
	// Zeros from a reader that never ends; what stops it is the disk.
	if _, err = io.Copy(f, endless{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// oneSale makes a code that is active.
func oneSale(t *testing.T, l *load, reusable bool) *sale {
	t.Helper()
	s := l.form(rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)), l.instances[0])
	if s == nil {
		t.Fatalf("no form: %q", l.odd)
	}
	s.form.Set("mode", "dgpc")
	s.form.Del("reusable")
	if s.mode, s.reusable = "dgpc", reusable; reusable {
		s.form.Set("reusable", "true")
	}
	if !l.order(s, l.instances[0]) {
		t.Fatalf("no code: %d busy, %q", l.busy, l.odd)
	}
	if s.invoice, s.code = l.look(s, l.instances[0]); s.code == "" {
		t.Fatalf("a new code has no number: %q", l.odd)
	}
	return s
}

// status reads a code's state off its page.
func status(t *testing.T, l *load, s *sale) string {
	t.Helper()
	page, err := l.send(http.MethodGet, l.instances[0].home+"/codes/"+s.id, "", nil)
	check(t, err)
	return attribute(marked.FindString(page.body), "data-status")
}

// attempts counts the till's notifications that were answered so.
func attempts(t *testing.T, s *shop, status int) (n int) {
	t.Helper()
	var list struct {
		Deliveries []struct{ Attempts []struct{ Status int } }
	}
	check(t, s.machine(http.MethodGet, "/simulator/deliveries", nil, &list))
	for _, d := range list.Deliveries {
		for _, a := range d.Attempts {
			if a.Status == status {
				n++
			}
		}
	}
	return n
}
