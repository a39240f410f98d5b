package simulator

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestRetrySchedule(t *testing.T) {
	for _, speed := range []float64{0, 60} {
		b := newBench(t, func(c *Config) { c.Speed = speed })
		if speed == 0 {
			speed = 1
		}
		b.merchant.answerWith(http.StatusServiceUnavailable)
		b.mustPay(b.create("INV-1"))
		start := b.clock.Now()
		at := start
		for i, after := range []time.Duration{0, 30 * time.Minute, 6 * time.Hour, 12 * time.Hour} {
			due := start.Add(time.Duration(float64(after) / speed))
			if i > 0 {
				d := b.settled(0, func(d delivery) bool { return len(d.Attempts) == i })
				if d.Status != deliveryRetrying || !d.Due.Equal(due) {
					t.Fatalf("after %d attempts %s, due %v, want %v", i, d.Status, d.Due, due)
				}
				b.clock.Add(due.Sub(at) - time.Second)
				b.sim.wake()
				if early := b.sim.takeDue(); len(early) != 0 {
					t.Fatalf("attempt %d is a second early", i+1)
				}
				b.clock.Add(time.Second)
				at = due
			}
			b.merchant.wait(t, i+1)
		}
		last := b.settled(0, func(d delivery) bool { return d.Status == deliveryFailed })
		if len(last.Attempts) != 4 || last.Attempts[3].Status != 503 || last.Attempts[3].Answer != "noted" {
			t.Errorf("%+v", last.Attempts)
		}
		// The same signed bytes each time.
		told := b.merchant.wait(t, 4)
		for _, c := range told {
			if c.header.Get("Signature") != told[0].header.Get("Signature") || c.header.Get("Request-Timestamp") != told[0].header.Get("Request-Timestamp") || !c.verified {
				t.Errorf("%v", c.header)
			}
		}
		b.clock.Add(1000 * time.Hour)
		if due := b.sim.takeDue(); len(due) != 0 {
			t.Error("tried a fifth time")
		}
		// By hand it goes out once more, and a good answer ends it.
		b.merchant.answerWith(http.StatusNoContent)
		if got := b.machine("/simulator/resend", `{"delivery":"`+last.ID+`"}`); got.status != http.StatusAccepted {
			t.Errorf("resend %d %s", got.status, got.body)
		}
		b.settled(0, func(d delivery) bool {
			return d.Status == deliveryDelivered && len(d.Attempts) == 5 && d.Attempts[4].Manual
		})
	}
}

func TestRetryLandsAfterTheMerchantIsBack(t *testing.T) {
	b := newBench(t)
	b.merchant.answerWith(http.StatusFound) // a redirect is not followed and not taken
	b.mustPay(b.create("INV-1"))
	d := b.settled(0, func(d delivery) bool { return d.Status == deliveryRetrying })
	// By hand in between, refused again: the schedule stays.
	b.machine("/simulator/resend", `{"delivery":"`+d.ID+`"}`)
	again := b.settled(0, func(d delivery) bool { return len(d.Attempts) == 2 })
	if again.Status != deliveryRetrying || !again.Due.Equal(d.Due) {
		t.Errorf("%s due %v, was %v", again.Status, again.Due, d.Due)
	}
	b.merchant.answerWith(http.StatusCreated)
	b.clock.Add(30 * time.Minute)
	b.settled(0, func(d delivery) bool { return d.Status == deliveryDelivered })
}

func TestNotificationWithoutAddress(t *testing.T) {
	b := newBench(t, func(c *Config) { c.NotificationURL = "" })
	b.mustPay(b.create("INV-1"))
	b.settled(0, func(d delivery) bool { return d.Status == deliveryRetrying && d.Attempts[0].Error != "" })
	b.sim.SetURLs(b.merchant.url+"/another/path", "")
	b.clock.Add(30 * time.Minute)
	if told := b.merchant.wait(t, 1)[0]; told.path != "/another/path" || !told.verified {
		t.Errorf("%s verified %v", told.path, told.verified)
	}
}

func TestUnreachableMerchantIsTriedAgain(t *testing.T) {
	b := newBench(t, func(c *Config) { c.NotificationURL = "http://127.0.0.1:1/doku/notifications" })
	b.mustPay(b.create("INV-1"))
	d := b.settled(0, func(d delivery) bool { return d.Status == deliveryRetrying })
	if d.Attempts[0].Status != 0 || d.Attempts[0].Error == "" {
		t.Errorf("%+v", d.Attempts[0])
	}
}

// The order is a rule of the queue, so it is looked at with nobody sending.
func TestQueueLetsTheSecondGoFirst(t *testing.T) {
	b := newBench(t)
	b.stop()
	b.fault(`{"name":"notification_out_of_order","on":true,"times":1}`)
	b.mustPay(b.create("INV-1"))
	if due := b.sim.takeDue(); len(due) != 0 {
		t.Fatalf("%s is not held", due[0].Invoice)
	}
	b.mustPay(b.create("INV-2"))
	due := b.sim.takeDue()
	if len(due) != 1 || due[0].Invoice != "INV-2" {
		t.Fatalf("%d due", len(due))
	}
	if more := b.sim.takeDue(); len(more) != 0 {
		t.Fatal("the first goes before the second has been tried")
	}
	b.sim.deliver(t.Context(), due[0])
	if due := b.sim.takeDue(); len(due) != 1 || due[0].Invoice != "INV-1" {
		t.Fatalf("%d due", len(due))
	}
}

func TestNothingIsSentWhileSwitchedOff(t *testing.T) {
	b := newBench(t)
	b.stop()
	code := b.create("INV-1")
	b.fault(`{"name":"switched_off","on":true}`)
	b.mustPay(code)
	if due := b.sim.takeDue(); len(due) != 0 {
		t.Error("due while switched off")
	}
	b.fault(`{"name":"switched_off","on":false}`)
	if due := b.sim.takeDue(); len(due) != 1 {
		t.Errorf("%d due", len(due))
	}
}

// A merchant that never answers must not hold up the end, and what it was told is told again.
func TestRunEndsInTheMiddleOfADelivery(t *testing.T) {
	reached, release := make(chan struct{}, 2), make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		reached <- struct{}{}
		<-release
	}))
	defer hung.Close()
	defer close(release)
	b := newBench(t, func(c *Config) { c.NotificationURL = hung.URL })
	b.mustPay(b.create("INV-1"))
	<-reached
	b.stop()
	if due := b.sim.takeDue(); len(due) != 1 || len(due[0].Attempts) != 0 {
		t.Errorf("%d due after the end", len(due))
	}
}

func TestDeliveredStaysDelivered(t *testing.T) {
	b := newBench(t)
	b.mustPay(b.create("INV-1"))
	d := b.settled(0, func(d delivery) bool { return d.Status == deliveryDelivered })
	b.merchant.answerWith(http.StatusInternalServerError)
	b.machine("/simulator/resend", `{"delivery":"`+d.ID+`"}`)
	if again := b.settled(0, func(d delivery) bool { return len(d.Attempts) == 2 }); again.Status != deliveryDelivered {
		t.Errorf("%s", again.Status)
	}
}

func TestResendOfNothing(t *testing.T) {
	b := newBench(t)
	if got := b.machine("/simulator/resend", `{"delivery":"none"}`); got.status != http.StatusNotFound {
		t.Errorf("%d %s", got.status, got.body)
	}
}
