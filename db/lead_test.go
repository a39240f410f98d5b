package db_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
)

func TestOneInstanceLeadsAndAnotherTakesOver(t *testing.T) {
	address := dbtest.Postgres(t)
	var leading atomic.Int64
	var most atomic.Int64
	begun := make(chan int, 10)
	lead := func(ctx context.Context, d *db.DB, who int) error {
		return d.Lead(ctx, func(ctx context.Context) error {
			if n := leading.Add(1); n > most.Load() {
				most.Store(n)
			}
			begun <- who
			<-ctx.Done()
			leading.Add(-1)
			return nil
		})
	}
	var stop [2]context.CancelFunc
	done := make(chan error, 2)
	for i := range stop {
		d := dbtest.Open(t, address)
		var ctx context.Context
		ctx, stop[i] = context.WithCancel(t.Context())
		go func() { done <- lead(ctx, d, i) }()
	}
	first := <-begun
	select {
	case <-begun:
		t.Fatal("two lead at once")
	case <-time.After(2500 * time.Millisecond):
	}
	stop[first]()
	if second := <-begun; second == first {
		t.Error("it leads again after it ended")
	}
	stop[1-first]()
	for range stop {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d led at once", most.Load())
	}
}

func TestInstancesWakeEachOther(t *testing.T) {
	address := dbtest.Postgres(t)
	d, other := dbtest.Open(t, address), dbtest.Open(t, address)
	wake, cancel := other.Subscribe()
	defer cancel()
	time.Sleep(200 * time.Millisecond) // its LISTEN is on its way
	for range 5 {
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Append(note("n")) }); err != nil {
			t.Fatal(err)
		}
		select {
		case <-wake:
		case <-time.After(5 * time.Second):
			t.Fatal("the other instance was not woken")
		}
	}
}
