package main

import (
	"errors"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

var pointKinds = []kind{
	{"output", "drive a relay", func(c *pb.Command, f *actionFlags) {
		a := &pb.SetOutput{}
		c.Action = &pb.Command_Output{Output: a}
		f.number(&a.Output, "output", "output")
		choice(f, &a.Action, "action", "what to do with it")
		f.may("pulse", "SPAN", "how long -action pulse is, 100ms to 1h", func(text string) error {
			span, err := time.ParseDuration(text)
			if err != nil || span < 100*time.Millisecond || span > time.Hour {
				return errors.New("want a span from 100ms to 1h")
			}
			a.PulseMs = uint32(span.Milliseconds())
			return nil
		})
		f.together = func() error {
			switch pulse := a.Action == pb.OutputAction_OUTPUT_ACTION_PULSE; {
			case pulse && a.PulseMs == 0:
				return errors.New("-pulse is missing: -action pulse needs it")
			case !pulse && a.PulseMs != 0:
				return errors.New("-pulse goes with -action pulse only")
			}
			return nil
		}
	}},
	{"mask-input", "do not report, or report again, an input", func(c *pb.Command, f *actionFlags) {
		a := &pb.MaskInput{}
		c.Action = &pb.Command_MaskInput{MaskInput: a}
		f.number(&a.Input, "input", "input")
		f.toggle(&a.Masked, "masked", true, "whether it is kept from being reported")
	}},
	{"area", "arm or disarm an area", func(c *pb.Command, f *actionFlags) {
		a := &pb.SetArea{}
		c.Action = &pb.Command_Area{Area: a}
		f.number(&a.Area, "area", "area")
		f.toggle(&a.Armed, "armed", true, "whether it is armed")
	}},
	{"procedure", "run or abort a procedure stored in the controller", func(c *pb.Command, f *actionFlags) {
		a := &pb.RunProcedure{}
		c.Action = &pb.Command_Procedure{Procedure: a}
		f.number(&a.Procedure, "procedure", "procedure")
		f.toggle(&a.Abort, "abort", false, "abort it")
	}},
}
