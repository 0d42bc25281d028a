package command

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Commands is whom commands are handed to, by the goroutines of Run. *controller.Table is one.
type Commands interface {
	// Command is a command published for the controller after bornAfter; other processes may hear it too.
	Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time)
	// Malformed is a published payload of which only the id could be read.
	Malformed(now time.Time, serial uint64, id, reason string)

	// Takes reports whether a command for the controller would be judged now; else it is left in Redis.
	Takes(now time.Time, serial uint64) bool
	// SoleCommand is a command that was added to the controller's stream after bornAfter, and that no other process
	// was given.
	SoleCommand(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time)
	// Answer ends a command that no other process was given, and that must not be posted.
	Answer(now time.Time, serial uint64, id string, outcome pb.Outcome, reason string)

	// AppTime is what the vendor app's wall clock shows now.
	AppTime(now time.Time) time.Time

	// CommandsReady says that the controller's commands are heard now, or not any more.
	CommandsReady(now time.Time, serial uint64, ready bool)
}
