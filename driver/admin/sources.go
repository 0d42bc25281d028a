package admin

import "mercury-driver/driver/controller"

// Sources is where the server gets what it shows. Its functions are called at any time, by several
// goroutines, and must return at once.
type Sources struct {
	// Version and Commit of the driver, and what it is linked to.
	Version, Commit, Library string

	Table *controller.Table
	// Hang is the library call that does not come back, nil when all do.
	Hang      func() error
	Readiness func() Readiness
	VendorApp func() VendorApp
	Redis     func() Redis
	Gate      func() Gate
	Threads   func() Threads
	Spool     func() Spool
}

// Readiness is what must be there before controllers are sent to this process.
type Readiness struct {
	Open      bool // the library listens on the port
	VendorApp bool // the stream is welcomed
	Redis     bool // the connection that hears the commands answers
	Draining  bool // the process is on its way out
}

// VendorApp is the numbers of the line to the vendor app.
type VendorApp struct {
	Reconnects  uint64 // streams after the first
	Sent        uint64 // events handed to a stream, repeats after a reconnect included
	Acked       uint64 // events stored by the app
	Stalls      uint64 // transactions that found no credit
	LostEvents  uint64 // driver events dropped
	LostResults uint64 // results dropped

	Unacked    int // events kept
	Credit     int // transactions that may be kept
	Results    int // results kept
	Admissions int // controllers that wait for a verdict

	StaleCerts bool // the certificate files were replaced by ones that can't be used
}

// Redis is the numbers of the connections to Redis.
type Redis struct {
	Reconnects  uint64 // connections after the first
	Malformed   uint64 // payloads of which only the id could be read
	Undecodable uint64 // payloads of which not even that could
	Subscribed  int    // controllers whose commands are heard
	Claims      int    // claims without an answer
	Unsettled   int    // commands that Redis keeps until the vendor app has their results
	Repeated    uint64 // attempts at a claim whose outcome stayed unknown, so that it was made again
	StaleCerts  bool   // as with the vendor app
}

// Spool is the numbers of the transactions on disk.
type Spool struct {
	Bytes, Limit int    // of transactions: in the file, and at most
	Queued       int    // transactions that wait for the disk
	Controllers  int    // of which something is kept
	Written      uint64 // transactions
	Failures     uint64 // writes that the disk did not take
}

// Gate is the numbers of the signatures of commands.
type Gate struct {
	// Commands dropped, by what was wrong with them.
	Unsigned, UnknownKey, BadSignature, Replayed uint64

	Keys  int  // that may sign; 0 where none needs a signature
	Stale bool // their file can't be read now
}

// Threads is the numbers of the command threads.
type Threads struct {
	Running int // threads that exist
	Waiting int // controllers with a command that wait for one
}
