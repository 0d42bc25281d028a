package uplink

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

const (
	beat    = time.Second      // from one heartbeat to the next
	silence = 10 * time.Second // without an echo the stream counts as dead
)

// pulse is the heartbeats of one stream: what their echoes prove.
type pulse struct {
	number uint64      // of the last heartbeat
	echoed uint64      // of the last one that came back
	sent   []time.Time // when those after echoed left
	next   time.Time   // when the next is due

	// What is read from the stream now was sent after born.
	born time.Time
	// Until then the app must have proved that it lives.
	deadline time.Time

	opened time.Time // the stream was
	app    time.Time // what the app's wall clock showed then, reckoned back from the echoes; zero: not told
}

// newPulse starts with the opening of the stream: nothing read from it is older.
func newPulse(now time.Time) pulse {
	return pulse{born: now, deadline: now.Add(silence), opened: now}
}

// heartbeat is the next one, nil before it is due.
func (p *pulse) heartbeat(now time.Time) *pb.Heartbeat {
	if now.Before(p.next) {
		return nil
	}
	p.number++
	p.sent = append(p.sent, now)
	p.next = now.Add(beat)
	return &pb.Heartbeat{Number: p.number}
}

// alive notes a proof that the app read what was sent at the given time.
func (p *pulse) alive(now, sent time.Time) {
	p.born = sent
	p.deadline = now.Add(silence)
}

// echo takes a heartbeat that came back, and reports false for one that proves nothing new.
func (p *pulse) echo(now time.Time, h *pb.Heartbeat) bool {
	if h.Number <= p.echoed || h.Number > p.number {
		return false
	}
	sent := p.sent[h.Number-p.echoed-1]
	p.sent = p.sent[h.Number-p.echoed:]
	p.echoed = h.Number
	p.alive(now, sent)
	if h.AppTimeNs != 0 {
		p.tune(now, now.Sub(sent), time.Unix(0, h.AppTimeNs))
	}
	return true
}

// tune corrects what is known of the app's clock. The echo was stamped within the round trip, so it lies
// between two bounds: a short round trip pins it down, a long one hardly moves it. Our wall clock has no part in
// it.
func (p *pulse) tune(now time.Time, roundTrip time.Duration, stamp time.Time) {
	least := stamp.Add(-now.Sub(p.opened))
	most := least.Add(roundTrip)
	switch {
	case p.app.IsZero():
		p.app = least.Add(roundTrip / 2)
	case p.app.Before(least):
		p.app = least
	case p.app.After(most):
		p.app = most
	}
}
