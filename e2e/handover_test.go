package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// startOn starts the app on sockets that stay open over its end, as a service
// manager hands them over: from descriptor 3 on, and whose they are.
func (s *shop) startOn(env []string, sockets ...*os.File) {
	s.t.Helper()
	cmd := command(s.dir, append(env, fmt.Sprint("LISTEN_FDS=", len(sockets))), "serve")
	inner := cmd.Args
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, inner...)
	cmd.Err = nil
	cmd.ExtraFiles = sockets
	s.app = launch(s.t, cmd, "serve, socket handed over")
	s.app.waitFor(anyLink)
}

// TestNotificationsOverARestart posts notifications all the while the app is
// stopped and started again on the same socket, three times: none is refused,
// each is answered 200, and each is one payment.
func TestNotificationsOverARestart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	socket, err := listener.(*net.TCPListener).File()
	check(t, err)
	defer socket.Close()
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + listener.Addr().String(), till: "http://" + freeAddress(t)}
	s.database = s.dir + "/shop.db"
	check(t, listener.Close()) // socket holds it open
	s.startSimulator()
	s.startOn(s.env(), socket)
	owner := s.owner()
	form := owner.codeForm()
	form.Set("amount", "25000")
	form.Set("customer_name", "Langganan")
	form.Set("reusable", "true")
	made := owner.post("/codes", form)
	if made.status != http.StatusSeeOther {
		t.Fatalf("POST /codes answers %d:\n%s", made.status, made.body)
	}
	path := made.header.Get("Location")
	code := owner.number(path)

	var sent atomic.Int64
	stop := make(chan struct{})
	var posting sync.WaitGroup
	for range 4 {
		posting.Go(func() {
			// A connection each, as DOKU's many machines would: one that was kept
			// open may be closed by its server at any time.
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := newNotification(code, 25000)
				r, err := http.NewRequest(http.MethodPost, s.home+notificationPath, bytes.NewReader([]byte(n.body)))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header = http.Header{
					"Client-Id": {n.clientID}, "Request-Id": {n.requestID}, "Request-Timestamp": {n.timestamp},
					"Signature": {n.sign(secretKey)}, "Content-Type": {"application/json"},
				}
				answer, err := client.Do(r)
				if err != nil {
					t.Errorf("refused or lost: %v", err)
					return
				}
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Errorf("answered %d", answer.StatusCode)
					return
				}
				sent.Add(1)
			}
		})
	}
	// Each round waits for what has to happen, not for a time: some are told to
	// this instance, then some to the next.
	more := func() {
		t.Helper()
		want := sent.Load() + 10
		for deadline := time.Now().Add(patience); sent.Load() < want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) || t.Failed() {
				t.Fatal("notifications are not answered")
			}
		}
	}
	for range 3 {
		more()
		s.app.stop()
		s.startOn(s.env(), socket)
	}
	more()
	close(stop)
	posting.Wait()
	want := fmt.Sprint(sent.Load() * 25000)
	if marks := owner.get(path).marks(); marks["data-paid-total"] != want {
		t.Errorf("%d were answered 200 and make %s, the code says %s", sent.Load(), want, marks["data-paid-total"])
	}
	if strings.Contains(s.app.output.String(), "ERROR") {
		t.Errorf("an error in the log")
	}
}

// TestASocketOfSomebodyElse is left alone: LISTEN_PID names another process.
func TestASocketOfSomebodyElse(t *testing.T) {
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.database = s.dir + "/shop.db"
	s.app = start(t, s.dir, append(s.env(), "LISTEN_FDS=1", "LISTEN_PID=1"), "serve")
	s.app.waitFor(anyLink)
	if a := newVisitor(t, s.home).get("/healthz"); a.status != http.StatusOK {
		t.Errorf("at its own address: %d", a.status)
	}
}
