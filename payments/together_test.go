package payments_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kodebayar/db/dbtest"
	. "kodebayar/payments"
)

// driftingShop is a shop whose own clock can be set wrong, beside DOKU's.
func driftingShop(t *testing.T) (*shop, *atomic.Int64) {
	s, drift := newShop(t), new(atomic.Int64)
	right := s.Service.Now
	wrong := func() time.Time { return right().Add(time.Duration(drift.Load())) }
	s.Service.Now, s.DOKU.Now = wrong, wrong
	return s, drift
}

// twin is another instance of the app on the same database.
func (s *shop) twin(database string) *Service {
	return (&Service{
		Store: dbtest.Open(s.t, database), DOKU: s.DOKU, Verifier: s.Verifier, Environment: Simulator,
		NotificationPath: s.NotificationPath, InquiryPath: s.InquiryPath, Log: s.Log, Now: s.Service.Now,
	}).Init()
}

// hooked calls back inside a change, right after it has read a code.
type hooked struct {
	Store
	read func()
}

func (h hooked) Update(ctx context.Context, fn func(Tx) error) error {
	return h.Store.Update(ctx, func(tx Tx) error { return fn(hookedTx{tx, h.read}) })
}

type hookedTx struct {
	Tx
	read func()
}

func (tx hookedTx) Code(ctx context.Context, id string) (Code, error) {
	c, err := tx.Tx.Code(ctx, id)
	tx.read()
	return c, err
}

// TestTwoPeopleChangeACodeAtOnce lets a second person act while the first
// stands between reading a code and writing it: in the same process and in
// another one, on both engines. There is one order of events, and each is told
// what became of their own wish.
func TestTwoPeopleChangeACodeAtOnce(t *testing.T) {
	type act func(ctx context.Context, s *Service, code Code) (Code, error)
	var cancel act = func(ctx context.Context, s *Service, code Code) (Code, error) {
		return s.Cancel(ctx, sari, code.ID, "batal")
	}
	extendBy := func(by Viewer) act {
		return func(ctx context.Context, s *Service, code Code) (Code, error) {
			return s.Edit(ctx, by, code.ID, code.Version, Change{Amount: code.Amount, CustomerName: code.CustomerName, ExpiresIn: 180})
		}
	}
	extend := extendBy(owner)
	over := func(err error) bool { var not *NotAllowed; return errors.As(err, &not) && not.Status == Cancelling }
	none := func(err error) bool { return err == nil }
	for _, c := range []struct {
		name          string
		first, second act
		told          func(error) bool // what the second is told
		end           Status
		doku          string
		asked         string // the wishes on the timeline, in order
	}{
		{"cancel, then extend", cancel, extend, over, Cancelling, "cancelled", "cancel_asked"},
		{"extend, then cancel", extend, cancel, none, Cancelling, "cancelled", "update_asked cancel_asked"},
		{"extend, then extend", extend, extendBy(sari), func(err error) bool { return errors.Is(err, ErrConflict) || errors.Is(err, ErrEditPending) }, Active, "active", "update_asked"},
		{"extend, then the same", extend, extend, none, Active, "active", "update_asked"},
		{"cancel, then cancel", cancel, cancel, none, Cancelling, "cancelled", "cancel_asked"},
	} {
		for _, engine := range []string{"sqlite", "postgres"} {
			for _, place := range []string{"one process", "two processes"} {
				t.Run(c.name+"/"+engine+"/"+place, func(t *testing.T) {
					database := filepath.Join(t.TempDir(), "shop.db")
					if engine == "postgres" {
						database = dbtest.Postgres(t)
					}
					s := openShop(t, database)
					other := s.Service
					if place == "two processes" {
						other = s.twin(database)
					}

					var code Code
					var reads atomic.Int32
					var begun sync.Once
					var armed, written atomic.Bool
					overlapped := make(chan struct{})
					done := make(chan error, 1)
					store, otherStore := s.Service.Store, other.Store
					s.Service.Store = hooked{store, func() {
						if !armed.Load() {
							return
						}
						begun.Do(func() {
							go func() {
								own := other
								if place == "one process" {
									own = s.Service
								}
								_, err := c.second(t.Context(), own, code)
								done <- err
							}()
							// The second has its chance to read what the first
							// has read and not yet written.
							select {
							case <-overlapped:
							case <-time.After(100 * time.Millisecond):
							}
							written.Store(true)
						})
						if reads.Add(1) == 2 && !written.Load() {
							close(overlapped)
						}
					}}
					if place == "two processes" {
						other.Store = hooked{otherStore, func() {
							if armed.Load() && !written.Load() {
								close(overlapped)
							}
						}}
					}
					code = s.active("form-1")
					s.until("DOKU's own steps are stored", func() bool { steps, _ := s.store.Instructions(t.Context(), code.ID); return len(steps) > 0 })
					armed.Store(true)
					_, err := c.first(t.Context(), s.Service, code)
					if err != nil {
						t.Errorf("the first was told %v", err)
					}
					if err := <-done; !c.told(err) {
						t.Errorf("the second was told %v", err)
					}
					select {
					case <-overlapped:
						t.Error("both read the code before either wrote it")
					default:
					}

					s.until("DOKU has heard both", func() bool { _, status := s.registered(code.InvoiceNumber); return status == c.doku })
					s.until("its answer is stored", func() bool {
						got := s.code(code.ID)
						return got.Status == c.end && (c.end != Cancelling || !got.CancelledAt.IsZero())
					})
					var asked []string
					for _, kind := range strings.Fields(s.timeline(code.ID)) {
						if strings.HasSuffix(kind, "_asked") {
							asked = append(asked, kind)
						}
					}
					if got := strings.Join(asked, " "); got != c.asked {
						t.Errorf("the timeline has %s, want %s", got, c.asked)
					}
					if _, err := s.store.VerifyLog(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// TestACancelDoesNotOvertakeAnEdit that another instance has sent and DOKU has
// not heard yet: after the cancel it would make the code payable once more.
func TestACancelDoesNotOvertakeAnEdit(t *testing.T) {
	database := filepath.Join(t.TempDir(), "shop.db")
	s := openShop(t, database)
	other := s.twin(database)
	code := s.active("form-1")
	var mu sync.Mutex
	var arrived []string
	sent := make(chan struct{})
	s.wire.through(tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPatch {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			kind := "cancel"
			if bytes.Contains(body, []byte(`"ACTIVE"`)) {
				kind = "edit"
				close(sent)
				time.Sleep(500 * time.Millisecond)
			}
			mu.Lock()
			arrived = append(arrived, kind)
			mu.Unlock()
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	edited := make(chan error, 1)
	go func() {
		_, err := s.Edit(t.Context(), owner, code.ID, code.Version, Change{Amount: code.Amount, CustomerName: code.CustomerName, ExpiresIn: 180})
		edited <- err
	}()
	<-sent
	if _, err := other.Cancel(t.Context(), sari, code.ID, "batal"); err != nil {
		t.Fatal(err)
	}
	if err := <-edited; err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(arrived, " "); got != "edit cancel" {
		t.Errorf("DOKU heard %s", got)
	}
	if _, status := s.registered(code.InvoiceNumber); status != "cancelled" {
		t.Errorf("at DOKU the code is %s", status)
	}
}
