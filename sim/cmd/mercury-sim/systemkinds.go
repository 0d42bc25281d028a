package main

import pb "mercury-driver/proto/mercury/driver/v1"

var systemKinds = []kind{
	{"set-time", "set the controller's clock; without -time to the driver's", func(c *pb.Command, f *actionFlags) {
		a := &pb.SetTime{}
		c.Action = &pb.Command_SetTime{SetTime: a}
		f.moment(&a.TimeNs, "time", "the time to set")
	}},
	{"status", "ask for its state", func(c *pb.Command, _ *actionFlags) {
		c.Action = &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}
	}},
	{"reset", "restart it", func(c *pb.Command, f *actionFlags) {
		a := &pb.Reset{}
		c.Action = &pb.Command_Reset_{Reset_: a}
		f.toggle(&a.Erase, "erase", false, "erase cards, settings and log too")
	}},
	{"firmware", "tell it to load a firmware", func(c *pb.Command, f *actionFlags) {
		a := &pb.DownloadFirmware{}
		c.Action = &pb.Command_Firmware{Firmware: a}
		f.need("version", "V", "its version, as the library knows it", func(text string) error {
			a.Version = text
			return nil
		})
	}},
	{"detach", "close its link; it dials in again", func(c *pb.Command, _ *actionFlags) {
		c.Action = &pb.Command_Detach{Detach: &pb.Detach{}}
	}},
}
