package command

import (
	"strconv"
	"sync"
	"time"
)

// age proves how old the messages of one connection can be at most. Redis answers a connection's pings in
// the stream of its messages: what is read behind the PONG of a ping that was sent at T was published
// after T, whatever anybody's clock says. Before the first PONG, T is when the dialling of the connection
// began. So the bound may be too old, and is never too young.
//
// The writing goroutine calls ping, the reading one pong and bornAfter.
type age struct {
	mu     sync.Mutex
	after  time.Time
	oldest uint64      // number of sent[0]
	sent   []time.Time // pings not answered yet, numbered upward from oldest
}

func newAge(dialled time.Time) *age { return &age{after: dialled, oldest: 1} }

// ping returns the payload of the next ping. It must be called before the ping is written, with the time
// of the call.
func (a *age) ping(now time.Time) (payload string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent = append(a.sent, now)
	return strconv.FormatUint(a.oldest+uint64(len(a.sent))-1, 10)
}

// pong notes that the ping of this payload was answered. It reports false for what answers no open ping.
func (a *age) pong(payload string) bool {
	number, err := strconv.ParseUint(payload, 10, 64)
	if err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if number < a.oldest || number-a.oldest >= uint64(len(a.sent)) {
		return false
	}
	answered := number - a.oldest
	a.after = a.sent[answered]
	a.sent = a.sent[answered+1:]
	a.oldest = number + 1
	return true
}

// bornAfter is a moment after which the message that is read now was published.
func (a *age) bornAfter() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.after
}
