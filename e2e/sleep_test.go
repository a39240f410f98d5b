package e2e

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A network lies between a browser and the app. Asleep, it carries nothing and
// tells nobody: what was connected then looks alive and is dead for ever, as
// after an hour in a bag. Once it is awake, whoever sends on such a connection
// is told so by a reset, as by a router that has forgotten it; whoever only
// listens is told nothing.
type network struct {
	address string
	mu      sync.Mutex
	asleep  bool
	dead    map[*net.TCPConn]bool // of the browser's connections
}

func newNetwork(t *testing.T, to string) *network {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(t, err)
	n := &network{address: listener.Addr().String(), dead: map[*net.TCPConn]bool{}}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			n.mu.Lock()
			n.dead[near] = n.asleep
			n.mu.Unlock()
			go n.carry(near, near, far)
			go n.carry(near, far, near)
		}
	}()
	return n
}

// carry copies one way of a browser's connection, as long as it is alive.
func (n *network) carry(near *net.TCPConn, from, to net.Conn) {
	b := make([]byte, 32<<10)
	for {
		k, err := from.Read(b)
		n.mu.Lock()
		dead, asleep := n.dead[near], n.asleep
		n.mu.Unlock()
		switch {
		case dead && from == net.Conn(near) && !asleep:
			near.SetLinger(0)
			near.Close()
			return
		case dead && err != nil:
			return // and nobody hears of it
		case dead:
			continue
		}
		if _, failed := to.Write(b[:k]); failed != nil || err != nil {
			from.Close()
			to.Close()
			return
		}
	}
}

// sleep kills what is connected without a word, and what connects until wake.
func (n *network) sleep() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asleep = true
	for c := range n.dead {
		n.dead[c] = true
	}
}

func (n *network) wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asleep = false
}

// TestAnHourWithTheLidClosed: money comes, a code is cancelled and one is made
// while the browser sleeps; opened again, list and customer's page show the
// truth by themselves.
func TestAnHourWithTheLidClosed(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	var links, numbers []string
	for i := range 5 {
		link := owner.issueTo(fmt.Sprint("Pelanggan ", i), "150000")
		links, numbers = append(links, link), append(numbers, owner.number(link))
	}
	n := newNetwork(t, host(s.home))
	list, customer := newPerson(t, "http://"+n.address, desk()), newPerson(t, "http://"+n.address, phone())
	list.continueAs(owner)
	for p, path := range map[*person]string{list: "/transactions", customer: strings.TrimPrefix(owner.customerLink(links[0]), s.home)} {
		check(t, p.Clock().Install())
		p.open(path, http.StatusOK)
	}
	check(t, list.expect("[data-live-state]").ToHaveText("langsung"))
	row := func(i int) string { return fmt.Sprintf(`[data-payment-code="%s"]`, numbers[i]) }
	s.pay(numbers[1])
	check(t, list.expect(row(1)).ToHaveAttribute("data-status", "paid")) // it is awake

	n.sleep()
	for _, i := range []int{0, 2, 3} {
		s.pay(numbers[i])
	}
	owner.eventually("they are paid", func() bool { return owner.get(links[3]).marks()["data-status"] == "paid" })
	owner.post(links[4]+"/cancel", map[string][]string{"reason": {"batal"}})
	owner.issueTo("Pelanggan baru", "75000")
	check(t, list.expect(row(0)).ToHaveAttribute("data-status", "active")) // it sleeps

	n.wake()
	opened := time.Now()
	for _, p := range []*person{list, customer} {
		p.excuse("ERR_")
		check(t, p.Clock().FastForward("01:00:00"))
	}
	for _, i := range []int{0, 2, 3} {
		check(t, list.expect(row(i)).ToHaveAttribute("data-status", "paid"))
	}
	check(t, list.expect(row(4)).Not().ToHaveAttribute("data-status", "active"))
	check(t, list.expect("[data-fresh]").ToContainText("1 transaksi baru"))
	check(t, list.expect("[data-live-state]").ToHaveText("langsung"))
	check(t, customer.expect("body").ToContainText("LUNAS"))
	t.Logf("the truth was there %v after the lid opened", time.Since(opened).Round(10*time.Millisecond))
}
