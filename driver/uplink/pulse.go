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

	offset time.Duration // of the app's wall clock from ours
	tuned  bool          // offset was measured
}

// newPulse starts with the opening of the stream: nothing read from it is older.
func newPulse(now time.Time) pulse { return pulse{born: now, deadline: now.Add(silence)} }

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

// tune corrects the offset of the app's clock. The echo was stamped within the round trip, so the
// offset lies between two bounds: a short round trip pins it down, a long one hardly moves it.
func (p *pulse) tune(now time.Time, roundTrip time.Duration, app time.Time) {
	least := app.Sub(now.Round(0)) // wall clocks
	most := least + roundTrip
	if !p.tuned {
		p.offset, p.tuned = least+roundTrip/2, true
	}
	p.offset = min(max(p.offset, least), most)
}
