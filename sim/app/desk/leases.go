package desk

// leases knows the newest lease of every serial. Epochs of one serial only grow, and all are above
// the floor, so that a database that replaces a lost one, new or an older copy, begins above what the lost one
// gave out. That holds as long as the clock is not set back meanwhile: a grant takes longer than the
// millisecond that its epoch is of the clock.
type leases struct {
	floor  uint64
	newest map[uint64]Lease
}

func newLeases(floor uint64, kept []Lease) leases {
	l := leases{floor: floor, newest: make(map[uint64]Lease, len(kept))}
	for _, k := range kept {
		l.newest[k.Serial] = k
	}
	return l
}

// grant gives the serial to a process, whoever had it before.
func (l leases) grant(serial uint64, instance string) Lease {
	n := Lease{Serial: serial, Instance: instance, Epoch: max(l.newest[serial].Epoch, l.floor) + 1}
	l.newest[serial] = n
	return n
}

// held judges a lease that a process says it holds. It may go on when it is the serial's newest, or newer
// than what the app knows: then the app has lost its database, or got an old one back.
func (l leases) held(serial, epoch uint64, instance string) (renewed, learned bool) {
	known, any := l.newest[serial]
	switch {
	case any && known.Epoch == epoch:
		return known.Instance == instance && !known.Over, false
	case any && known.Epoch > epoch:
		return false, false
	}
	l.newest[serial] = Lease{Serial: serial, Epoch: epoch, Instance: instance}
	return true, true
}

// giveBack ends a lease at its holder's wish; false when it is not the serial's newest.
func (l leases) giveBack(serial, epoch uint64, instance string) bool {
	n := l.newest[serial]
	if !n.is(epoch, instance) {
		return false
	}
	n.Over = true
	l.newest[serial] = n
	return true
}

func (n Lease) is(epoch uint64, instance string) bool {
	return n.Epoch == epoch && n.Instance == instance && !n.Over
}

// current tells whether a live state seen under this lease counts.
func (l leases) current(serial, epoch uint64, instance string) bool {
	return l.newest[serial].is(epoch, instance)
}
