package world

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// settings are what a seed's world is made of. Everything is small, so that what is bounded is reached.
type settings struct {
	drivers, panels int
	logCapacity     int
	window          uint64
	sequences       int
	queue           int
	driverEvents    int
	results         int
	caps            scp.Capabilities
	credit          uint32
	spoolBytes      int // 0: no spool
	leaseTTL        time.Duration
	pollEvery       time.Duration // a link that is silent for three times that is dead
	lasts           time.Duration // the time of faults
	faults          []fault       // that this world knows
	faultEvery      time.Duration
	lifeEvery       time.Duration // something is logged at a panel
	wishEvery       time.Duration
}

var (
	able    = scp.Capabilities{ParallelPosts: true, Rewind: true, CumulativeAck: true, ReportUpTo: true, Pause: true, LogEpochs: true, LastHeard: true}
	careful = scp.Capabilities{Rewind: true, CumulativeAck: true, Pause: true, LogEpochs: true}
)

func (w *World) draw() settings {
	s := settings{
		drivers: 2 + w.intN(2), panels: 1 + w.intN(3),
		logCapacity: pick(w, []int{12, 40, 150, 400}), window: pick(w, []uint64{4, 16, 64, 256}),
		sequences: 1 + w.intN(4), queue: 2 + w.intN(8), driverEvents: 1000, results: 100,
		caps: able, credit: 256, leaseTTL: w.between(3*time.Second, 10*time.Second),
		lasts:      w.between(20*time.Second, 90*time.Second),
		faultEvery: w.between(300*time.Millisecond, 5*time.Second),
		lifeEvery:  w.between(100*time.Millisecond, time.Second), wishEvery: w.between(200*time.Millisecond, 2*time.Second),
	}
	s.pollEvery = pick(w, []time.Duration{time.Second, 2 * time.Second})
	if w.chance(0.3) {
		s.caps = careful
	}
	if w.chance(0.3) {
		s.spoolBytes = pick(w, []int{20_000, 60_000, 1 << 30})
	}
	for _, f := range faults {
		if w.chance(0.5) {
			s.faults = append(s.faults, f)
		}
	}
	if s.spoolBytes > 0 {
		s.faults = append(s.faults, outages...)
	}
	if s.spoolBytes > 0 && w.chance(0.3) { // logs and spools have room for more than the credit
		s.logCapacity, s.window, s.spoolBytes = 1000, 256, 1<<30
	}
	return s
}

// mood is how networks and parts behave at the time.
type mood struct {
	link, stream, redis, thread time.Duration // what a message, or the wake of a thread, takes at most

	lostRequests, lostReplies           float64 // to Redis
	postErrors, slowCalls               float64 // of the library
	lostReply, repeatedReply, lateReply float64 // of panels
	busy                                float64
}

// usual is how it is when nothing is wrong.
func (w *World) usual() mood {
	return mood{link: 40 * time.Millisecond, stream: 20 * time.Millisecond, redis: 10 * time.Millisecond, thread: 5 * time.Millisecond}
}
