package main

import pb "mercury-driver/proto/mercury/driver/v1"

var doorKinds = []kind{
	{"unlock", "open a door for its strike time, once", func(c *pb.Command, f *actionFlags) {
		a := &pb.Unlock{}
		c.Action = &pb.Command_Unlock{Unlock: a}
		f.number(&a.Door, "door", "door")
	}},
	{"door-mode", "set how a door decides", func(c *pb.Command, f *actionFlags) {
		a := &pb.SetDoorMode{}
		c.Action = &pb.Command_DoorMode{DoorMode: a}
		f.number(&a.Door, "door", "door")
		choice(f, &a.Mode, "mode", "how it decides")
	}},
	{"mask", "do not report, or report again, one alarm of a door", func(c *pb.Command, f *actionFlags) {
		a := &pb.MaskDoor{}
		c.Action = &pb.Command_MaskDoor{MaskDoor: a}
		f.number(&a.Door, "door", "door")
		choice(f, &a.Alarm, "alarm", "which alarm")
		f.toggle(&a.Masked, "masked", true, "whether it is kept from being reported")
	}},
	{"host-decision", "answer a controller that asks whether to let a card through", func(c *pb.Command, f *actionFlags) {
		a := &pb.HostDecision{}
		c.Action = &pb.Command_HostDecision{HostDecision: a}
		f.number(&a.Request, "request", "number of the question")
		f.toggle(&a.Grant, "grant", false, "let it through")
	}},
}
