package counting

import (
	"time"

	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Receipt is the acknowledgement of one batch; its memory is used again for the next.
type Receipt struct {
	ack       pb.Ack
	positions []*pb.LogPosition // the first of them are in ack
}

// Batch counts an encoded EventBatch that was received at the given time, and returns its acknowledgement, valid until
// the receipt is used again. An error means that it is no EventBatch.
func (t *Tally) Batch(received time.Time, batch []byte, r *Receipt) (*pb.Ack, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.batches++
	r.ack.Transactions, r.ack.DriverEvents = r.ack.Transactions[:0], r.ack.DriverEvents[:0]
	now := received.UnixNano()
	for len(batch) > 0 {
		encoded, rest, err := cutField(batch)
		if err == nil && encoded != nil {
			err = t.event(now, encoded, r)
		}
		if err != nil {
			return nil, err
		}
		batch = rest
	}
	return &r.ack, nil
}

func (t *Tally) event(now int64, encoded []byte, r *Receipt) error {
	ev, err := readEvent(encoded)
	switch {
	case err != nil:
		return err
	case ev.index == 0:
		return t.driverEvent(ev, r)
	}
	t.transaction(now, ev, r)
	return nil
}

func (t *Tally) transaction(now int64, ev event, r *Receipt) {
	c := t.newest
	if c == nil || ev.serial != t.newestSerial { // most follow one of the same controller
		c = t.controller(ev.serial)
		t.newest, t.newestSerial = c, ev.serial
	}
	if c.batch != t.batches {
		c.batch, c.position = t.batches, r.position(ev.serial)
	}
	if t.follow(c, ev) {
		t.counts.Events++
		t.latencies.Add(now - ev.panelTime)
	}
	c.position.LogEpoch, c.position.Index = c.logEpoch, c.index
}

// position gives a controller its place in the acknowledgement.
func (r *Receipt) position(serial uint64) *pb.LogPosition {
	n := len(r.ack.Transactions)
	if n == len(r.positions) {
		r.positions = append(r.positions, new(pb.LogPosition))
	}
	p := r.positions[n]
	p.Serial = serial
	r.ack.Transactions = append(r.ack.Transactions, p)
	return p
}

// follow moves along a controller's log, and reports false for a repeat.
func (t *Tally) follow(c *controller, ev event) bool {
	switch {
	case ev.logEpoch == c.logEpoch && ev.index == c.index+1:
	case ev.logEpoch == c.logEpoch && ev.index <= c.index:
		t.counts.Repeats++
		return false
	case c.index == 0 && ev.index == 1: // the first of its log, whose epoch was not known
	default:
		t.counts.Faults++
	}
	c.logEpoch, c.index = ev.logEpoch, ev.index
	return true
}

// driverEvent takes what the driver saw. These are few, so they are decoded whole.
func (t *Tally) driverEvent(encoded event, r *Receipt) error {
	ev := new(pb.Event)
	if err := proto.Unmarshal(encoded.bytes, ev); err != nil {
		return err
	}
	t.counts.DriverEvents++
	r.ack.DriverEvents = append(r.ack.DriverEvents, ev.Number)
	c := t.controller(ev.Serial)
	switch body := ev.Body.(type) {
	case *pb.Event_Online:
		c.online = ev.LeaseEpoch == c.lease
	case *pb.Event_Offline:
		c.online = c.online && ev.LeaseEpoch != c.lease
	case *pb.Event_Gap:
		t.counts.Gaps++
		c.pass(ev.LogEpoch, body.Gap)
	}
	return nil
}

// pass goes on behind a gap. How long the rest of an erased log was nobody knows; the next one begins at 1.
func (c *controller) pass(logEpoch uint32, gap *pb.Gap) {
	switch {
	case gap.Last == 0:
		c.logEpoch, c.index = logEpoch+1, 0
	case gap.Cause != pb.GapCause_GAP_CAUSE_APP_AHEAD:
		c.logEpoch, c.index = logEpoch, gap.Last
	}
}
