// Package conform says in tests what the simulated controller library is: the rules of
// cvendor/include/scp_net.h as exchanges with controllers on real sockets. One suite runs over the library in
// Go, over its C functions, and over the C archive, so that the three can't drift apart.
//
// It speaks to the library only through the header's functions, and to its port only on the wire of
// sim/link. It knows nothing of the library's insides, and leaves to the tests beside them what can't be seen
// from outside.
package conform

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// Library is the header's functions. The suite calls them from one goroutine at a time.
type Library interface {
	// Config takes a command line; text is why it was not accepted.
	Config(line string) (text string, accepted bool)
	// GetMessage fills m; Attachment does not count.
	GetMessage(channel int16, m *scp.Message) bool
	Wait(channel int16, timeout time.Duration) bool
	LastTag(number int16) uint32
	// LastHeard is negative when there is no such controller.
	LastHeard(number int16) time.Duration
}

// Run runs the suite. Each exchange gets a library of its own from open, with no channel open; the suite
// closes the channel that it opened, and t.Cleanup is for the rest.
func Run(t *testing.T, open func(t *testing.T) Library) {
	for _, exchange := range []struct {
		name string
		run  func(s *stage)
	}{
		{"online, then identity", identity},
		{"one serial twice", oneSerialTwice},
		{"numbers are used again after their offline", numbers},
		{"the end of a link has its cause", endOfLink},
		{"commands are tagged and answered", commands},
		{"replies stay in order with transactions", order},
		{"lines that are not accepted", notAccepted},
		{"every transaction crosses whole", transactions},
		{"log status and near full", logFill},
		{"nothing of the log beyond the window", windowBreach},
		{"nonsense ends one link", nonsense},
		{"waiting", waiting},
		{"a silent link is given up", silence},
	} {
		t.Run(exchange.name, func(t *testing.T) {
			exchange.run(newStage(t, open(t)))
		})
	}
}
