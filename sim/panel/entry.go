package panel

import "mercury-driver/cvendor/scp"

// Entry is one transaction as the log holds it. (Epoch, Index) names it within the panel; which
// of the fields below Kind count, and what they mean, is as for scp.Message. It is kept small:
// a log holds 50,000.
type Entry struct {
	Index    uint64
	Time     int64 // the panel's clock, UTC nanoseconds
	Card     uint64
	Deadline int64
	Epoch    uint32
	Kind     scp.Kind
	Request  uint32
	Value    int32
	Reader   uint16
	Door     uint16
	Number   uint16
	Bits     uint16
	Percent  uint8
	Active   bool
}

// message is the entry as it goes over the wire.
func (e Entry) message() scp.Message {
	return scp.Message{
		Kind: e.Kind, Time: e.Time, LogEpoch: e.Epoch, Index: e.Index,
		Reader: uint32(e.Reader), Door: uint32(e.Door), Card: e.Card, Bits: uint32(e.Bits),
		Request: e.Request, Deadline: e.Deadline,
		Number: uint32(e.Number), Active: e.Active, Value: e.Value, Percent: uint32(e.Percent),
	}
}

// log appends a transaction: the panel's clock and the next index are added.
func (p *Panel) log(e Entry) {
	e.Time = p.Clock().UnixNano()
	e = p.events.add(e)
	p.logged++
	if p.opts.Recorder != nil {
		p.opts.Recorder.Logged(e)
	}
}

// Logged counts the transactions since Start, over all log epochs.
func (p *Panel) Logged() uint64 { return p.logged }

// Acknowledged is the index up to which the host has acknowledged the log.
func (p *Panel) Acknowledged() uint64 { return p.events.acknowledged }

// Unread counts the transactions that the host has not acknowledged and could still have.
func (p *Panel) Unread() uint64 { return p.events.unread() }
