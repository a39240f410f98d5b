package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// Inherited are the sockets that a service manager listens at for this program,
// or nil when there are none. They outlive the program: who calls while
// one instance has ended and the next has not begun waits in their queue, instead
// of being refused. See sd_listen_fds(3): the first socket is descriptor 3, the
// others follow in the order of the socket unit, and LISTEN_PID says for whom
// they are, lest a child takes what is its parent's.
func Inherited(getenv func(string) string, want int) (listeners []net.Listener, err error) {
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil || n < 1 || getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	if n != want {
		return nil, fmt.Errorf("LISTEN_FDS: %d sockets were handed over, %d wanted", n, want)
	}
	for i := range n {
		file := os.NewFile(uintptr(3+i), "inherited socket")
		listener, err := net.FileListener(file)
		file.Close() // the listener has a descriptor of its own
		if err == nil {
			listeners = append(listeners, listener)
			if _, ok := listener.(*net.TCPListener); !ok {
				err = fmt.Errorf("the socket is %s, not TCP", listener.Addr().Network())
			}
		}
		if err != nil {
			closeAll(listeners)
			return nil, fmt.Errorf("LISTEN_FDS: %w", err)
		}
	}
	return listeners, nil
}

// Open listens at each address, or at none.
func Open(addresses ...string) (listeners []net.Listener, err error) {
	for _, address := range addresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			closeAll(listeners)
			return nil, err
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, listener := range listeners {
		listener.Close()
	}
}

const (
	// graceForNew is how long connections are waited for whose request has not
	// been read yet, graceForPages how long requests may go on after that, and
	// graceForCallbacks how long it takes longer while one of DOKU's is among
	// them: they are answered within five seconds.
	graceForNew       = 400 * time.Millisecond
	graceForPages     = 1200 * time.Millisecond
	graceForCallbacks = 4 * time.Second
)

// conns are the open connections, as far as they are the server's.
type conns struct {
	mu    sync.Mutex
	state map[net.Conn]http.ConnState
}

// follow is an http.Server's ConnState.
func (c *conns) follow(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.state, conn)
	} else {
		c.state[conn] = state
	}
}

func (c *conns) in(state http.ConnState) (found []net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, is := range c.state {
		if is == state {
			found = append(found, conn)
		}
	}
	return found
}

// wait returns when none was taken that has not sent a request, or after a while.
func (c *conns) wait(most time.Duration) {
	for end := time.Now().Add(most); time.Now().Before(end) && len(c.in(http.StateNew)) > 0; {
		time.Sleep(5 * time.Millisecond)
	}
}

// Listen serves until ctx ends: HTTP/1.1, and HTTP/2 where the listener speaks TLS
// and offers it. At the end it lets requests finish for a moment: longer while answering
// says that a callback is among them.
func Listen(ctx context.Context, log *slog.Logger, listener net.Listener, h http.Handler, ending func(), answering func() bool) error {
	open := &conns{state: map[net.Conn]http.ConnState{}}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug), ConnState: open.follow,
	}
	server.RegisterOnShutdown(ending)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// Shutdown drops a request that it has not begun to read, and the caller
	// sees a closed connection. So nobody new is let in first, and those who are
	// in have the time to say what they want. All of them are counted once
	// Serve has returned.
	listener.Close()
	<-ended
	open.wait(graceForNew)
	err := shutDown(server, open, graceForPages)
	if err != nil && answering() {
		log.Info("the end waits for a callback that is being answered")
		err = shutDown(server, open, graceForCallbacks)
	}
	if err != nil {
		server.Close()
	}
	return nil
}

// shutDown ends the server when all is answered. A connection of HTTP/2 that has
// nothing to do would be kept for a second after it was told to go.
func shutDown(server *http.Server, open *conns, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- server.Shutdown(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(50 * time.Millisecond):
			for _, conn := range open.in(http.StateIdle) {
				conn.Close()
			}
		}
	}
}

// Reachable is a listener's address with a host that this machine can call.
func Reachable(l net.Listener) string {
	a := l.Addr().(*net.TCPAddr)
	host := a.IP.String()
	if a.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, fmt.Sprint(a.Port))
}

// Local is the same with localhost for a loopback address: browsers allow it more.
func Local(l net.Listener) string {
	address := Reachable(l)
	if host, port, _ := net.SplitHostPort(address); host == "127.0.0.1" {
		return net.JoinHostPort("localhost", port)
	}
	return address
}
