package controller

import (
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// What the sessions call. None of these may block, fail for want of the other side, or call back into
// a session or the table: they are called with the session's mutex held, from any thread.

// Sink takes what goes to the vendor app, and keeps it until it is acknowledged.
type Sink interface {
	// Offer takes one event, whose message is the sink's from then on; events of one serial keep their order.
	// False: the total credit is used up and the event (always a transaction) was not taken.
	Offer(ev encoded.Event) bool
	// Burst lets what is offered until end is called leave together.
	Burst() (end func())
	// Free is about how many transactions Offer would take now; one may be refused all the same.
	Free() int
	// Room reports whether Promise would find room now.
	Room() bool
	// Promise keeps room for the result of one more command, so that it can be taken on; false: there is none.
	// Each promise ends in one Result or Unpromise.
	Promise() bool
	Unpromise()
	// Result takes the end of a command that was promised.
	Result(r *pb.CommandResult)
	// Answer takes the end of one that was not taken on. It is dropped where there is no room.
	Answer(r *pb.CommandResult)
	// Return gives a lease back to the vendor app, or forgets it where no stream is up.
	Return(serial, leaseEpoch uint64)
}

// Spool keeps transactions on disk while the vendor app is away. It is part of the Sink then.
type Spool interface {
	// Through is the last index of a controller's log that is on disk without a hole behind index, or
	// index itself.
	Through(serial uint64, logEpoch uint32, index uint64) uint64
	// Kept is the part of a controller's log that it keeps first from an index on, both ends included; zeroes where
	// there is none.
	Kept(serial uint64, logEpoch uint32, index uint64) (first, last uint64)
	// Last is the highest index of a controller's log that it keeps, 0 where there is none.
	Last(serial uint64, logEpoch uint32) uint64
}

// Admitter asks the vendor app. Every Admit ends in one call of Table.Admitted with the same key.
type Admitter interface {
	Admit(key Key, req *pb.AdmitRequest)
	// Cancel drops the question. Table.Admitted is called all the same, with an error, or with a
	// grant that came too late, whose lease it gives back.
	Cancel(key Key)
}

// Subscriber hears a controller's commands in Redis. Its success comes back through Table.CommandsReady.
type Subscriber interface {
	Subscribe(serial uint64)
	Unsubscribe(serial uint64)
	// Settled says that nobody is owed an answer for a command any more: the vendor app has stored its result, or
	// another process claimed its id. Until then whoever keeps commands in Redis keeps this one.
	Settled(id string)
}

// Claimer claims a command in Redis. Every Claim ends in one call of Table.Claimed.
type Claimer interface {
	// Claim asks to be the only process that runs the command; keep is how long the claim must
	// be kept, from now on; it need not be asked for longer than that.
	Claim(key Key, id string, keep time.Duration)
}

// Poster is told that a session has something to post; it then calls Session.Next from one of its
// threads. Telling it again before that changes nothing.
type Poster interface {
	Ready(s *Session)
}

// Waker has whoever calls Table.Tick ask Table.Due again, as something is to be done sooner.
type Waker interface {
	Wake()
}

// Key names one attachment of one controller: the library's number and how often it was given out.
type Key struct {
	SCP        int16
	Attachment uint32
}

// Post is one command on its way to the library.
type Post struct {
	Key     Key
	Command scp.Command
	Terms   scp.Terms
	// Over is when the library must be done with it, or the process be gone: a door would move too late. Zero: it moves none.
	Over time.Time
	// The vendor app's command it carries; nil for one of the session's own.
	wish *wish
}
