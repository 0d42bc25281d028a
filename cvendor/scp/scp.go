// Package scp holds the words of the door to the controller library, without any C: messages that
// come out of it, commands that go in, the capabilities of the library behind it, and its errors.
// The numbers are those of cvendor/include/scp_net.h. It imports nothing of ours, and does nothing.
package scp

import "fmt"

// Code classes an Error, so that callers can decide without reading its text.
type Code int

const (
	// Refused: the library did not accept the command.
	Refused Code = iota + 1
	// Gone: that attachment of the controller has ended.
	Gone
	// Stale: the link was not heard from within the asked time; nothing was posted.
	Stale
	// Late: its time was over before the library could take it; nothing was posted.
	Late
	// Closed: the library is not open.
	Closed
	// Unlinked: this binary holds no library.
	Unlinked
	// Malformed: a line or a value that the header does not allow.
	Malformed
)

var codeNames = [...]string{Refused: "refused", Gone: "gone", Stale: "link silent", Late: "too late", Closed: "closed",
	Unlinked: "not linked", Malformed: "malformed"}

func (c Code) String() string {
	if c >= Refused && int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("code %d", int(c))
}

// Error says what failed at the door to the library.
type Error struct {
	Op   string // what was attempted, and on what: "open channel 0 on port 5001"
	Code Code
	Text string // the library's own words, when it had any
}

func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s: %s", e.Op, e.Code)
	}
	return fmt.Sprintf("%s: %s: %s", e.Op, e.Code, e.Text)
}

// Is compares by code: errors.Is(err, &scp.Error{Code: scp.Gone}).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Capabilities says what the linked library can do. The zero value is the careful end.
type Capabilities struct {
	// Library is its name and version, for people: "simulator", "mpl 1.2 sha256:0123456789ab".
	Library string
	// Waits: it can block until there is a message. Otherwise it is polled.
	Waits bool
	// ParallelPosts: posts for different controllers may overlap. Otherwise one mutex orders them.
	ParallelPosts bool
	// Rewind: a controller can be told to report again from an index.
	Rewind bool
	// CumulativeAck: a controller forgets all transactions up to an acknowledged index.
	CumulativeAck bool
	// ReportUpTo: a controller can be told how far to report. Otherwise the window is kept with pause.
	ReportUpTo bool
	// Pause: reporting can be paused and resumed.
	Pause bool
	// LogEpochs: an erased log is told from the one before.
	LogEpochs bool
	// LastHeard: it tells when a link was last heard from.
	LastHeard bool
	// MaxLinks: most controllers at a time.
	MaxLinks int
}
