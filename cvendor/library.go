package cvendor

// #include "shim.h"
// #include "attachments.h"
import "C"

import (
	"sync"
	"sync/atomic"

	"mercury-driver/cvendor/scp"
)

// opened says that there is a Library: the C library is one for the whole process.
var opened atomic.Bool

// Library is the linked library, for one of its channels. Drain is for one thread at a time; all
// other methods may be called by any goroutine at the same time, by Drain's too.
type Library struct {
	channel int16

	// calls is held for reading by who is in C, and for writing by Close.
	calls  sync.RWMutex
	closed bool

	draining  sync.Mutex
	batch     [MaxBatch]C.struct_seam_message // what Drain has the library fill
	crossings sync.Pool                       // of *crossing
}

// Open makes the process's one Library, until it is closed. The channel itself is opened by
// posting scp.OpenChannel. An error has code scp.Unlinked if the binary holds no library, and
// scp.Refused if there is a Library already. It does not block.
func Open(channel int16) (*Library, error) {
	if !linked() {
		return nil, &scp.Error{Op: "open the controller library", Code: scp.Unlinked,
			Text: "import the simulator (sim/libmpl) in main, or build with -tags mpl"}
	}
	if !opened.CompareAndSwap(false, true) {
		return nil, &scp.Error{Op: "open the controller library", Code: scp.Refused,
			Text: "it is open, close it first"}
	}
	return &Library{channel: channel, crossings: sync.Pool{New: func() any { return new(crossing) }}}, nil
}

// Capabilities says what the linked library can do. Any goroutine; blocks like Identity.
func (l *Library) Capabilities() scp.Capabilities {
	return scp.Capabilities{
		Library:       Identity(),
		Waits:         C.SCP_HAS_WAIT == 1,
		ParallelPosts: C.SCP_HAS_PARALLEL_POSTS == 1,
		Rewind:        C.SCP_HAS_REWIND == 1,
		CumulativeAck: C.SCP_HAS_CUMULATIVE_ACK == 1,
		ReportUpTo:    C.SCP_HAS_REPORT_UP_TO == 1,
		Pause:         C.SCP_HAS_PAUSE == 1,
		LogEpochs:     C.SCP_HAS_LOG_EPOCHS == 1,
		LastHeard:     C.SCP_HAS_LAST_HEARD == 1,
		MaxLinks:      C.SCP_MAX_LINKS,
	}
}

// Close ends all attachments; every later call is refused with scp.Closed. It waits for the calls that
// are in the library, for a Drain that waits up to a Slice. It does not close the channel: post
// scp.CloseChannel before. Any goroutine; a second Close changes nothing.
func (l *Library) Close() {
	l.Wake()
	l.calls.Lock()
	defer l.calls.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	C.attachments_end_all()
	opened.Store(false)
}

// enter is called before a call into C, and leave after it. False: the library is closed, and leave
// must not be called.
func (l *Library) enter() bool {
	l.calls.RLock()
	if l.closed {
		l.calls.RUnlock()
		return false
	}
	return true
}

func (l *Library) leave() { l.calls.RUnlock() }

func closed(op string) error { return &scp.Error{Op: op, Code: scp.Closed} }
