package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Name is a transaction for ever.
type Name struct {
	Serial uint64
	Epoch  uint32
	Index  uint64
}

func (n Name) String() string {
	return fmt.Sprintf("transaction %d of log %d of panel %d", n.Index, n.Epoch, n.Serial)
}

func (n Name) precedes(m Name) bool {
	return n.Epoch < m.Epoch || n.Epoch == m.Epoch && n.Index < m.Index
}

// Gap is a reported hole, both ends included; Last 0 is without end.
type Gap struct {
	Serial      uint64
	Epoch       uint32
	First, Last uint64
}

func (g Gap) covers(n Name) bool {
	return g.Serial == n.Serial && g.Epoch == n.Epoch && g.First <= n.Index && (g.Last == 0 || n.Index <= g.Last)
}

// logID is one log of a panel.
type logID struct {
	serial uint64
	epoch  uint32
}

// seenName is the name of an event that a driver made.
type seenName struct {
	instance string
	number   uint64
}

type transactions struct {
	logged map[Name]entry
	newest map[logID]uint64 // logged

	// What was ever committed, and what the database holds now: it may be lost, or an older copy be put in its
	// place.
	ever, stored map[Name]bool
	everGaps     map[logID][]Gap
	toldGaps     map[logID][]Gap // by a driver, stored or not
	last         map[uint64]Name // by serial: the newest that is stored
	seen         map[seenName]bool

	// By serial: below which log epoch nobody will ever know anything, because the app had nothing of it when it was
	// asked where to go on.
	unknown map[uint64]uint32

	// By serial: the app knows something of it. One that has lost its database takes what comes, as if nothing were
	// missing, until it is asked.
	known map[uint64]bool

	acknowledged map[logID]uint64
	spooled      map[logID]uint64 // up to where a process has it on its disk

	// Was on a process's disk before anybody said that it is missing: no later word excuses its loss.
	onDisk map[Name]bool
}

// entry is what a panel logged.
type entry struct {
	kind string
	time int64
}

func newTransactions() transactions {
	return transactions{logged: map[Name]entry{}, newest: map[logID]uint64{}, ever: map[Name]bool{}, stored: map[Name]bool{},
		everGaps: map[logID][]Gap{}, toldGaps: map[logID][]Gap{}, last: map[uint64]Name{}, seen: map[seenName]bool{},
		unknown: map[uint64]uint32{}, known: map[uint64]bool{},
		acknowledged: map[logID]uint64{}, spooled: map[logID]uint64{}, onDisk: map[Name]bool{}}
}

// Logged: a panel logged something.
func (o *Oracle) Logged(n Name, kind string, timeNS int64) {
	t := &o.transactions
	t.logged[n] = entry{kind, timeNS}
	t.newest[logID{n.Serial, n.Epoch}] = n.Index
}

// Stored: the app committed a transaction that it did not have.
func (o *Oracle) Stored(n Name, kind string, timeNS int64) {
	t := &o.transactions
	switch e, ok := t.logged[n]; {
	case !ok:
		o.Fault("%v is stored, and was never logged", n)
	case e != entry{kind, timeNS}:
		o.Fault("%v is stored as %s at %d, the panel logged %v", n, kind, timeNS, e)
	}
	if last := t.last[n.Serial]; !last.precedes(n) {
		if !t.ever[n] && !t.excused(n) {
			o.Fault("%v is stored behind %v", n, last)
		}
	} else {
		t.last[n.Serial] = n
	}
	t.stored[n], t.ever[n] = true, true
}

// StoredSeen: the app committed an event that a driver made.
func (o *Oracle) StoredSeen(instance string, number uint64) {
	o.transactions.seen[seenName{instance, number}] = true
}

// StoredGap: the app committed that transactions are missing.
func (o *Oracle) StoredGap(g Gap) {
	id := logID{g.Serial, g.Epoch}
	if !slices.Contains(o.transactions.everGaps[id], g) {
		o.transactions.everGaps[id] = append(o.transactions.everGaps[id], g)
	}
}

// Replaced: the app's database was lost; the new one, empty or an older copy, holds these.
func (o *Oracle) Replaced(holds []Name) {
	t := &o.transactions
	t.stored, t.last = map[Name]bool{}, map[uint64]Name{}
	for _, n := range holds {
		t.stored[n] = true
		if t.last[n.Serial].precedes(n) {
			t.last[n.Serial] = n
		}
	}
	clear(t.known)
	o.commands.reopened()
}

// Asked: the app answers where a panel is to go on.
func (o *Oracle) Asked(serial uint64) { o.transactions.known[serial] = true }

// missing reports whether it is stored that a transaction is missing, or ever was.
func (t *transactions) missing(n Name) bool { return covered(t.everGaps, n) }

func covered(gaps map[logID][]Gap, n Name) bool {
	return slices.ContainsFunc(gaps[logID{n.Serial, n.Epoch}], func(g Gap) bool { return g.covers(n) })
}

// excused reports whether nobody waits for a transaction, because it was reported missing or the app knew nothing of
// its log.
func (t *transactions) excused(n Name) bool { return t.missing(n) || n.Epoch < t.unknown[n.Serial] }

// Missing: a driver says that transactions can't be had. They must be gone from the panel.
func (o *Oracle) Missing(g Gap) {
	id := logID{g.Serial, g.Epoch}
	o.transactions.toldGaps[id] = append(o.transactions.toldGaps[id], g)
	epoch, oldest, newest := o.world.Holds(g.Serial)
	if g.Last == 0 && g.Epoch == epoch {
		o.Fault("log %d of panel %d is reported erased, and is not", g.Epoch, g.Serial)
	}
	if g.Last > 0 && g.Epoch == epoch && g.First <= newest && g.Last >= oldest {
		o.Fault("%d to %d of log %d of panel %d are reported missing, it has %d to %d",
			g.First, g.Last, g.Epoch, g.Serial, oldest, newest)
	}
	if logged := o.transactions.newest[id]; g.Last > logged {
		o.Fault("%d to %d of log %d of panel %d are reported missing, it logged %d", g.First, g.Last, g.Epoch, g.Serial, logged)
	}
}

// Acknowledged: the app tells a process what is stored.
func (o *Oracle) Acknowledged(instance string, ack *pb.Ack) {
	t := &o.transactions
	for _, p := range ack.Transactions {
		id := logID{p.Serial, p.LogEpoch}
		if t.known[p.Serial] {
			o.safe(id, max(t.acknowledged[id]+1, o.gone(id)), p.Index, "acknowledged")
		}
		t.acknowledged[id] = max(t.acknowledged[id], p.Index)
	}
	for _, number := range ack.DriverEvents {
		if !t.seen[seenName{instance, number}] {
			o.Fault("event %d of %s is acknowledged, and not stored", number, instance)
		}
	}
	for _, id := range ack.Results {
		if c := o.commands.byID[id]; c == nil || len(c.results) == 0 {
			o.Fault("the result of %s is acknowledged, and not stored", id)
		}
	}
}

// Spooled: a process has transactions on its disk, up to these. That it hands them on shows in the end.
func (o *Oracle) Spooled(positions []*pb.LogPosition) {
	t := &o.transactions
	for _, p := range positions {
		id := logID{p.Serial, p.LogEpoch}
		for i := t.spooled[id] + 1; i <= p.Index; i++ {
			if n := (Name{p.Serial, p.LogEpoch, i}); !covered(t.everGaps, n) && !covered(t.toldGaps, n) {
				t.onDisk[n] = true
			}
		}
		t.spooled[id] = max(t.spooled[id], p.Index)
	}
}

// Forgot: a panel was told that it may forget.
func (o *Oracle) Forgot(serial uint64, epoch uint32, index uint64) {
	id := logID{serial, epoch}
	o.safe(id, max(o.gone(id), o.transactions.spooled[id]+1), index, "given up by the panel")
}

// gone is below which index a panel has nothing left of a log. Whoever said that it is missing may have died with that
// word; then the next admission says it again, and whether anybody did is judged in the end.
func (o *Oracle) gone(id logID) uint64 {
	epoch, oldest, _ := o.world.Holds(id.serial)
	if id.epoch != epoch { // it was erased
		return o.transactions.newest[id] + 1
	}
	return oldest
}

// safe asks that what is let go was stored, or reported missing.
func (o *Oracle) safe(id logID, first, last uint64, what string) {
	t := &o.transactions
	if last > t.newest[id] {
		o.Fault("%v is %s, and was never logged", Name{id.serial, id.epoch, last}, what)
		return
	}
	for i := first; i <= last; i++ {
		if n := (Name{id.serial, id.epoch, i}); !t.ever[n] && !t.missing(n) {
			o.Fault("%v is %s, and not stored", n, what)
			return
		}
	}
}

// Unstored is what the panels hold and the app does not have now.
func (o *Oracle) Unstored(serial uint64) (n int) {
	epoch, oldest, newest := o.world.Holds(serial)
	for i := oldest; i <= newest; i++ {
		if !o.transactions.stored[Name{serial, epoch, i}] {
			n++
		}
	}
	return n
}

// JudgeTransactions asks, when all has settled, that everything that was ever logged is stored, or was reported
// missing and is gone, and was on no disk, or went with a database that was lost.
func (o *Oracle) JudgeTransactions() {
	t := &o.transactions
	for _, n := range slices.SortedFunc(maps.Keys(t.logged), func(a, b Name) int {
		return cmp.Or(cmp.Compare(a.Serial, b.Serial), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Index, b.Index))
	}) {
		epoch, oldest, _ := o.world.Holds(n.Serial)
		there := n.Epoch == epoch && n.Index >= oldest
		switch {
		case t.stored[n]:
		case there:
			o.Fault("%v is still in the panel, and not stored", n)
		case t.ever[n] || n.Epoch < t.unknown[n.Serial]:
		case t.onDisk[n]:
			o.Fault("%v was on a disk, and is lost", n)
		case !t.missing(n):
			o.Fault("%v is lost, and nobody said so", n)
		}
	}
}
