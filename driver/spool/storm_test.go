package spool

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// storm is some controllers with their sessions, the spool, the stream and the vendor app, all of which fail by
// chance.
type storm struct {
	*rig
	chance      *rand.Rand
	once        bool // the library says each transaction once
	controllers map[uint64]*controller
	database    map[uint64]map[uint64]bool // what the vendor app has stored, by serial
}

// controller is one, and its session.
type controller struct {
	logged    uint64            // its newest transaction
	forgotten uint64            // up to here it was told that it may forget
	next      uint64            // what its session offers next
	gone      map[uint64]uint64 // overwritten before it was read: from, to
}

// However stream, disk, credit and process fail: what a controller was told to forget is on disk or in the vendor
// app's database, what is handed on of one controller is new in ascending order, and in the end all is stored.
func TestStorm(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := &storm{rig: newRig(t), chance: rand.New(rand.NewPCG(seed, 0)),
				controllers: make(map[uint64]*controller), database: make(map[uint64]map[uint64]bool)}
			w.between = func() {
				if w.chance.IntN(20) == 0 {
					w.up = !w.up
				}
			}
			w.limit = 32_000 // some pages more than an empty file has
			w.once = seed%2 == 1
			w.restart()
			for serial := range uint64(3) {
				w.controllers[serial+1] = &controller{next: 1, gone: make(map[uint64]uint64)}
				w.database[serial+1] = make(map[uint64]bool)
			}
			for range 250 {
				w.step()
			}
			w.settle()
		})
	}
}

func (w *storm) step() {
	switch w.chance.IntN(12) {
	case 0:
		w.up = !w.up
	case 1:
		w.credit = w.chance.IntN(40)
	case 2:
		w.restart()
	case 3:
		w.failDisk()
	case 4:
		w.mend()
	case 5, 6:
		w.storeSome()
	default:
		w.talk()
	}
	w.pass(time.Duration(w.chance.IntN(3000)) * time.Millisecond)
	w.forget()
}

// talk lets controllers log, and their sessions offer what they have not yet.
func (w *storm) talk() {
	for _, serial := range slices.Sorted(maps.Keys(w.controllers)) {
		c := w.controllers[serial]
		if c.next > c.logged && w.chance.IntN(4) == 0 {
			c.logged += 1 + w.chance.Uint64N(5)
			c.gone[c.next] = c.logged
		}
		c.logged += 1 + w.chance.Uint64N(9)
		for c.next <= c.logged && w.Spool.Offer(c.entry(serial)) {
			c.next = max(c.next, c.gone[c.next]) + 1
		}
	}
}

// entry is what the session offers next.
func (c *controller) entry(serial uint64) encoded.Event {
	if last := c.gone[c.next]; last > 0 {
		return gapOf(serial, 1, c.next, last)
	}
	return entryOf(serial, 1, c.next)
}

// storeSome is the vendor app, which stores a part of what the outbox has, and acknowledges it.
func (w *storm) storeSome() {
	if !w.up || len(w.kept) == 0 {
		return
	}
	stored := w.kept[:w.chance.IntN(len(w.kept)+1)]
	w.kept = slices.Clone(w.kept[len(stored):])
	var acks []*pb.LogPosition
	for _, ev := range stored {
		run := runOf(&ev)
		if last := w.contiguous(ev.Serial); run.first > last+1 {
			w.t.Fatalf("controller %d: %d reached the app before %d", ev.Serial, run.first, last+1)
		}
		for index := run.first; index <= run.last; index++ {
			w.database[ev.Serial][index] = true
		}
		acks = append(acks, &pb.LogPosition{Serial: ev.Serial, LogEpoch: 1, Index: w.contiguous(ev.Serial)})
	}
	w.Spool.Acked()
	w.told = append(w.told, acks...)
}

// contiguous is up to where the vendor app has all of a controller, or knows that it can't.
func (w *storm) contiguous(serial uint64) (index uint64) {
	for w.database[serial][index+1] {
		index++
	}
	return index
}

// forget lets the controllers forget what is stored.
func (w *storm) forget() {
	for _, p := range w.told {
		c := w.controllers[p.Serial]
		c.forgotten = max(c.forgotten, p.Index)
	}
	w.told = nil
	for serial, c := range w.controllers {
		if have := w.have(serial); have < c.forgotten {
			w.t.Fatalf("controller %d forgot up to %d, and only %d are on disk or stored", serial, c.forgotten, have)
		}
	}
}

// have is up to where a controller is stored, on disk, or overwritten.
func (w *storm) have(serial uint64) uint64 {
	for have := w.contiguous(serial); ; {
		more := max(w.Through(serial, 1, have), w.controllers[serial].gone[have+1])
		if more <= have {
			return have
		}
		have = more
	}
}

// restart kills the process: the sessions of the next one begin behind what is stored somewhere.
func (w *storm) restart() {
	w.forget()
	w.mend()
	w.reopen()
	w.through = w.once
	for serial, c := range w.controllers {
		c.next = w.Through(serial, 1, w.contiguous(serial)) + 1
	}
}

// settle ends all faults, and waits for rest.
func (w *storm) settle() {
	w.mend()
	w.between = nil
	w.up, w.credit = true, 40
	for round := range 1000 {
		if round < 20 || !w.once && round < 900 {
			w.talk()
		}
		w.storeSome()
		w.pass(time.Second)
		w.forget()
		if w.Counts().Controllers == 0 && len(w.kept) == 0 && w.chance.IntN(5) == 0 {
			break
		}
	}
	for serial, c := range w.controllers {
		if got := w.contiguous(serial); got != c.next-1 || w.Counts().Bytes != 0 {
			w.t.Errorf("controller %d: %d of %d stored, %+v", serial, got, c.next-1, w.Counts())
		}
	}
}
