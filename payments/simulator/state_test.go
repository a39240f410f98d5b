package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// reopen starts another simulator on the same file, as after a restart; the first one is stopped.
func (b *bench) reopen() *bench {
	b.t.Helper()
	b.stop()
	return newBench(b.t, func(c *Config) {
		c.StateFile = b.sim.cfg.StateFile
		c.NotificationURL = b.sim.cfg.NotificationURL
		c.Now = b.clock.Now
	})
}

func TestRestartKeepsWhatWasAnswered(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	b := newBench(t, func(c *Config) { c.StateFile = file })
	paid, open := b.create("INV-1"), b.create("INV-2")
	b.merchant.answerWith(http.StatusServiceUnavailable)
	b.mustPay(paid)
	b.settled(0, func(d delivery) bool { return len(d.Attempts) == 1 })
	first, err := b.do(b.request(http.MethodPost, pathPaymentCode, "kept", createBody("INV-3")))
	if err != nil || first.status != 200 {
		t.Fatal(err, first.status)
	}
	b.fault(`{"name":"status_pending","on":true,"times":3}`)

	c := b.reopen()
	again, err := c.do(c.request(http.MethodPost, pathPaymentCode, "kept", createBody("INV-3")))
	if err != nil || again.status != http.StatusConflict || string(again.body) != string(first.body) {
		t.Errorf("%v %d %s", err, again.status, again.body)
	}
	ask := func(invoice string) string {
		t.Helper()
		got, err := c.do(c.request(http.MethodGet, pathStatus+invoice, "after-"+c.nextID(), ""))
		if err != nil {
			t.Fatal(err)
		}
		return got.text(t, "transaction.status")
	}
	if got := ask("INV-1"); got != "PENDING" { // the fault is kept too
		t.Errorf("INV-1 is %s", got)
	}
	c.fault(`{"reset":true}`)
	if got := ask("INV-1"); got != "SUCCESS" {
		t.Errorf("INV-1 is %s", got)
	}
	b.refused(c.pay(paid), http.StatusConflict, refusedPaid)
	c.mustPay(open)
	// The retry lands after the restart, at its time.
	b.merchant.answerWith(http.StatusOK)
	b.clock.Add(30 * time.Minute)
	c.settled(0, func(d delivery) bool { return d.Status == deliveryDelivered && len(d.Attempts) == 2 })
}

func TestAnswerComesAfterTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	b := newBench(t, func(c *Config) { c.StateFile = file })
	for i := range 20 {
		code := b.create(fmt.Sprintf("INV-%d", i))
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var st state
		if err := json.Unmarshal(data, &st); err != nil {
			t.Fatal(err)
		}
		if n := len(st.Codes); n != i+1 || st.Codes[i].Number != code {
			t.Fatalf("%d codes on disk after %d answers", n, i+1)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStateThatCanNotBeWrittenIsNotAnsweredGood(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, func(c *Config) { c.StateFile = filepath.Join(dir, "sub", "state.json") }) // no such folder yet
	if got := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1")); got.status != http.StatusInternalServerError {
		t.Errorf("%d %s", got.status, got.body)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.create("INV-2")
}

func TestBrokenStateFileIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(file, []byte(`{"codes":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{ClientID: testClient, SecretKey: testSecret, StateFile: file}); err == nil {
		t.Error("taken")
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []Config{{}, {ClientID: "x"}, {SecretKey: "x"}, {ClientID: "x", SecretKey: "x", Speed: -1}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v taken", cfg)
		}
	}
}

func TestOldThingsArePruned(t *testing.T) {
	st := newState()
	for i := range keepDeliveries + 10 {
		status := deliveryDelivered
		if i < 5 {
			status = deliveryRetrying
		}
		st.Deliveries = append(st.Deliveries, &delivery{ID: fmt.Sprint(i), Status: status})
	}
	for i := range keepAnswers + 10 {
		st.Answers[fmt.Sprint(i)] = &answer{At: time.Unix(int64(i), 0)}
	}
	st.prune()
	if len(st.Deliveries) != keepDeliveries || st.Deliveries[4].ID != "4" || st.Deliveries[5].ID != "15" {
		t.Errorf("%d deliveries, then %s", len(st.Deliveries), st.Deliveries[5].ID)
	}
	if _, kept := st.Answers["9"]; kept || len(st.Answers) != keepAnswers {
		t.Errorf("%d answers", len(st.Answers))
	}
}

// Everything at once, for the race detector and for the sum at the end.
func TestManyAtOnce(t *testing.T) {
	b := newBench(t, func(c *Config) { c.StateFile = filepath.Join(t.TempDir(), "state.json") })
	const n = 40
	done := make(chan string, n)
	for i := range n {
		r := b.request(http.MethodPost, pathPaymentCode, fmt.Sprintf("many-%d", i), createBody(fmt.Sprintf("INV-%d", i)))
		go func() {
			got, err := b.do(r)
			if err != nil {
				t.Error(err)
				done <- ""
				return
			}
			code := got.text(t, "online_to_offline_info.payment_code")
			for range 2 { // the second one is refused
				resp := httptest.NewRecorder()
				b.sim.Handler().ServeHTTP(resp, httptest.NewRequest(http.MethodGet, "/", nil))
				b.pay(code)
			}
			done <- code
		}()
	}
	codes := map[string]bool{}
	for range n {
		codes[<-done] = true
	}
	if len(codes) != n {
		t.Errorf("%d different codes", len(codes))
	}
	if told := b.merchant.wait(t, n); len(told) != n {
		t.Errorf("%d notifications", len(told))
	}
}
