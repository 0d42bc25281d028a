package uplink

import "mercury-driver/driver/encoded"

const (
	maxBatch = 256 // events in a batch
	quantum  = 32  // events of one controller in its turn
)

// full reports whether waiting would not make a better batch: it has all that fit, or no credit is left to bring more and the
// app has so little in hand that it gives back little.
func (e *events) full() bool {
	return e.pending >= maxBatch || e.used >= e.backlogCredit() && e.carried < e.backlogCredit()/2
}

// fill makes the next batch, empty when nothing can be sent. It is valid until the next one.
func (e *events) fill() *encoded.Batch {
	e.batches++
	e.batch.Reset()
	for more := true; more && e.batch.Len() < maxBatch; {
		f := e.live.pop()
		if f == nil {
			f = e.backlog.pop()
		}
		if f == nil {
			break
		}
		more = e.turn(f)
		if f.head() != nil {
			e.enqueue(f)
		}
	}
	return &e.batch
}

// turn moves the next events of one flow into the batch, as long as they are of the class that it has
// its turn for. False: the batch ends here.
func (e *events) turn(f *flow) bool {
	backlog := f.head().Backlog
	for n := 0; n < quantum && e.batch.Len() < maxBatch; n++ {
		ev := f.head()
		if ev == nil || ev.Backlog != backlog {
			return true
		}
		if ev.Index != 0 && !e.fits(f, ev) {
			return false
		}
		f.carried()
		e.pending--
		e.batch.Add(ev)
	}
	return true
}

// fits takes up a transaction's place in the batch. There is none beyond the credit, which a new
// stream may grant less of than is kept; and none for a second log epoch of a controller, so that one
// position a controller acknowledges any batch.
func (e *events) fits(f *flow, ev *encoded.Event) bool {
	if e.carried >= e.credit || f.batch == e.batches && f.batchEpoch != ev.LogEpoch {
		return false
	}
	f.batch, f.batchEpoch = e.batches, ev.LogEpoch
	e.carried++
	return true
}
