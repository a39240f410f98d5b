package bench

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const notificationPath = "/doku/notifications"

// request is a signed HTTP Notification for the code number n, ready to be
// written to a connection (guide, "HTTP Notification", "Signature Component").
func request(home string, n int) []byte {
	now := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	body := fmt.Sprintf(`{
  "service": {
    "id": "ONLINE_TO_OFFLINE"
  },
  "acquirer": {
    "id": "ALFA"
  },
  "channel": {
    "id": "ONLINE_TO_OFFLINE_ALFA"
  },
  "transaction": {
    "status": "SUCCESS",
    "date": "%s",
    "original_request_id": "5b8e438f-fac1-4103-9e0e-%012d"
  },
  "order": {
    "invoice_number": "%s",
    "amount": %d.00
  },
  "online_to_offline_info": {
    "payment_code": "%s"
  },
  "online_to_offline_payment": {
    "identifier": [
      {
        "name": "AGENT_ID",
        "value": "ALFAMART"
      },
      {
        "name": "AGENT_STORE_ID",
        "value": "K001"
      },
      {
        "name": "AGENT_TRX_ID",
        "value": "%012d"
      }
    ]
  }
}`, now, n, invoiceOf(n), amountOf, numberOf(n), n)
	id := fmt.Sprintf("9c1c4d0e-2f57-4a52-8d6b-%012d", n)
	digest := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte(secretKey))
	fmt.Fprintf(mac, "Client-Id:%s\nRequest-Id:%s\nRequest-Timestamp:%s\nRequest-Target:%s\nDigest:%s",
		clientID, id, now, notificationPath, base64.StdEncoding.EncodeToString(digest[:]))
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Apache-HttpClient/5.2.3 (Java)\r\nContent-Type: application/json\r\n"+
		"Client-Id: %s\r\nRequest-Id: %s\r\nRequest-Timestamp: %s\r\nSignature: HMACSHA256=%s\r\nContent-Length: %d\r\n\r\n%s",
		notificationPath, home, clientID, id, now, base64.StdEncoding.EncodeToString(mac.Sum(nil)), len(body), body)
}

// What code number n is stored as.
const amountOf = 150_000

func invoiceOf(n int) string { return fmt.Sprintf("%s%012d", invoicePrefix, n) }
func numberOf(n int) string  { return fmt.Sprintf("6059%012d", n) }

// A figure is what one cell of the table shows of one run.
type figure struct {
	rate     float64 // notifications a second, each durable
	p50, p99 time.Duration
	commits  float64       // a second
	cpu      time.Duration // of the server's process, for one notification
}

// measure sends notifications, each for a code of its own, over so many
// connections, for so long or until the codes are used up.
func measure(t *testing.T, s *server, connections int, long time.Duration, most int) figure {
	t.Helper()
	warm := connections * 2
	most = min(most, codes-s.used)
	if most < 10*warm {
		t.Fatalf("%s: no codes are left", s.name)
	}
	requests := make([][]byte, most)
	each(runtime.NumCPU(), func(part, parts int) {
		for i := part; i < most; i += parts {
			requests[i] = request(s.home, s.used+i)
		}
	})

	var next atomic.Int64
	var failed atomic.Pointer[string]
	links := make([]*link, connections)
	for i := range links {
		c, err := net.Dial("tcp", s.home)
		check(t, err)
		defer c.Close()
		links[i] = &link{c, bufio.NewReaderSize(c, 8<<10)}
	}
	run := func(until int64, deadline time.Time) (took []time.Duration) {
		all := make([][]time.Duration, connections)
		each(connections, func(i, _ int) {
			own := make([]time.Duration, 0, 4096)
			for now := time.Now(); now.Before(deadline); {
				n := next.Add(1) - 1
				if n >= until {
					break
				}
				if err := links[i].send(requests[n]); err != nil {
					said := err.Error()
					failed.Store(&said)
					break
				}
				then := time.Now()
				own = append(own, then.Sub(now))
				now = then
			}
			all[i] = own
		})
		return slices.Concat(all...)
	}
	run(int64(warm), time.Now().Add(patience)) // connections and statements are made ready
	next.Store(int64(warm))
	before, used, began := s.commits(), s.cpu(t), time.Now()
	took := run(int64(most), began.Add(long))
	elapsed := time.Since(began)
	commits, used := s.commits()-before, s.cpu(t)-used
	if said := failed.Load(); said != nil {
		t.Fatalf("%s, %d connections: %s", s.name, connections, *said)
	}
	s.used += int(min(next.Load(), int64(most)))
	slices.Sort(took)
	return figure{
		rate: float64(len(took)) / elapsed.Seconds(), commits: float64(commits) / elapsed.Seconds(),
		p50: took[len(took)/2], p99: took[len(took)*99/100],
		cpu: used / time.Duration(len(took)),
	}
}

// each runs do in so many goroutines.
func each(parts int, do func(part, parts int)) {
	var wg sync.WaitGroup
	for part := range parts {
		wg.Go(func() { do(part, parts) })
	}
	wg.Wait()
}

// A link is one connection. It reads answers by hand, so that the load costs
// the machine little and every server the same.
type link struct {
	net.Conn
	r *bufio.Reader
}

func (l *link) send(request []byte) error {
	if _, err := l.Write(request); err != nil {
		return err
	}
	line, err := l.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("answered %q", strings.TrimSpace(string(line)))
	}
	length := 0
	for {
		if line, err = l.r.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(rest))); err != nil {
				return err
			}
		}
	}
	_, err = l.r.Discard(length)
	return err
}
