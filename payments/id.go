package payments

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// idClock makes ids that sort by the time they were made, also those of one
// reading of the clock. It goes back with a clock that is set back: lists find
// codes by the moments in their ids, which must be those of their making.
type idClock struct {
	mu   sync.Mutex
	last int64 // in ticks
}

// A tick is what an id tells of time: 1/4096 of a millisecond.
const (
	ticksPerMilli = 4096
	// mostAhead is how far ids may run ahead of the clock to stay in order, when
	// many are made at once or the clock is set back a little.
	mostAhead = 5 * ticksPerMilli
)

func ticks(t time.Time) int64 {
	return t.UnixMilli()*ticksPerMilli + int64(t.Nanosecond()%1e6)*ticksPerMilli/1e6
}

func (c *idClock) next(now time.Time) string {
	c.mu.Lock()
	at := ticks(now)
	if at <= c.last && c.last-at < mostAhead {
		at = c.last + 1
	}
	c.last = at
	c.mu.Unlock()
	return idOf(at)
}

func idOf(tick int64) string {
	id, err := uuid.NewRandom()
	if err != nil {
		panic(err) // the system has no randomness: nothing here can go on
	}
	// RFC 9562, 6.2, method 3: milliseconds, then what is left of them.
	binary.BigEndian.PutUint64(id[:8], uint64(tick/ticksPerMilli)<<16|0x7000|uint64(tick%ticksPerMilli))
	return id.String()
}

var machine idClock

// NewID makes ids that sort by the time they were made, by this machine's clock.
func NewID() string { return machine.next(time.Now()) }

// NewIDAt makes an id that sorts as if it had been made at the moment.
func NewIDAt(t time.Time) string { return idOf(ticks(t)) }

// IDBound is less than every id made at the moment or after it, and more than
// those made before.
func IDBound(t time.Time) string {
	hex := fmt.Sprintf("%012x", max(t.UnixMilli(), 0))
	return hex[:8] + "-" + hex[8:]
}
