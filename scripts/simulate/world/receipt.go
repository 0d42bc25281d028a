package world

import (
	"time"

	"mercury-driver/driver/command"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// hearsPublished lets the oracle hear what a process hears in Redis.
type hearsPublished struct {
	command.Commands
	driver *driver
}

func (h hearsPublished) Command(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	h.driver.world.oracle.Received(h.driver.instance, serial, c.Id)
	h.Commands.Command(now, serial, c, bornAfter)
}

// hearsDirect lets it hear what the app sends down the stream.
type hearsDirect struct {
	uplink.Handler[controller.Key]
	driver *driver
}

func (h hearsDirect) DirectCommand(now time.Time, serial uint64, c *pb.Command, bornAfter time.Time) {
	h.driver.world.oracle.Received(h.driver.instance, serial, c.Id)
	h.Handler.DirectCommand(now, serial, c, bornAfter)
}
