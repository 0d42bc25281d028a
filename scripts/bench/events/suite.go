// Package events measures the way of events: out of a C library, through the whole driver, to a vendor app that counts and
// acknowledges them. Beside it stands what one gRPC stream can carry at all, and the least process that brings what a
// library says to a stream.
//
// The library runs inside of the driver, as a maker's does. What it takes for a transaction when it never waits is measured by
// itself, shown, and subtracted on each side that has it inside. Its waits are part of what is measured: they are the
// event thread's.
package events

import "mercury-driver/scripts/bench/suite"

// Suite is all of it.
func Suite() []suite.Bench {
	return []suite.Bench{fullSpeed(), paced(), growth(), lone(), idle()}
}
