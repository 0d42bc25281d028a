package world

import (
	"mercury-driver/driver/command"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/spool"
	"mercury-driver/driver/uplink"
	"mercury-driver/sim/app/desk"
)

// seams are where something may be put between two parts of a process, behind the interface by which one knows the
// other: that is how a mistake is planted.
type seams struct {
	store   func(desk.Store) desk.Store
	link    func(desk.Link) desk.Link
	handler func(*driver, uplink.Handler[controller.Key]) uplink.Handler[controller.Key]
	command func(*driver, command.Commands) command.Commands
	claimer func(*driver, controller.Claimer) controller.Claimer
	outbox  func(*driver, spool.Outbox) spool.Outbox
	post    func(*driver, post) post
}

// post hands a command to the library.
type post func(controller.Post) (tag uint32, err error)

// noSeams has the parts as they are.
var noSeams = seams{
	store:   func(s desk.Store) desk.Store { return s },
	link:    func(l desk.Link) desk.Link { return l },
	handler: func(_ *driver, h uplink.Handler[controller.Key]) uplink.Handler[controller.Key] { return h },
	command: func(_ *driver, c command.Commands) command.Commands { return c },
	claimer: func(_ *driver, c controller.Claimer) controller.Claimer { return c },
	outbox:  func(_ *driver, o spool.Outbox) spool.Outbox { return o },
	post:    func(_ *driver, p post) post { return p },
}
