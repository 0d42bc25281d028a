package uplink

// Counts is what an Outbox did since the process started, and what it holds now.
type Counts struct {
	Connected bool   // the app has welcomed us on the present stream
	Streams   uint64 // welcomed so far: all but the first are reconnects

	Sent   uint64 // events handed to a stream, repeats after a reconnect included
	Acked  uint64 // events that the app has stored
	Stalls uint64 // transactions that found no credit

	Unacked int // events kept
	Credit  int // transactions that may be kept
	Free    int // more of them that would be taken now
	Results int // results kept

	LostDriverEvents uint64
	LostResults      uint64
}

// Counts gives the numbers of this moment.
func (o *Outbox) Counts() Counts {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, e := o.counts, &o.events
	c.Connected = o.phase == up
	c.Unacked = e.used + len(e.numbered)
	c.Credit = e.credit
	c.Free = e.free()
	c.Results = o.results.kept
	return c
}
