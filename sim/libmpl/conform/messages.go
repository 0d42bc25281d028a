package conform

import (
	"math"

	"mercury-driver/cvendor/scp"
)

// every has all kinds of transaction, each with all the fields that the header gives it.
var every = []scp.Message{
	{Kind: scp.PanelBoot, Value: 4},
	{Kind: scp.AccessGranted, Reader: 1, Door: 2, Card: math.MaxInt64},
	{Kind: scp.AccessDenied, Reader: 3, Door: 4, Card: 5, Value: 6},
	{Kind: scp.UnknownCredential, Reader: 1, Door: 2, Card: 3, Bits: 26},
	{Kind: scp.Duress, Reader: math.MaxUint32, Door: 1 << 31, Card: math.MaxUint64},
	{Kind: scp.HostDecisionRequest, Reader: 1, Door: 2, Card: 3, Request: math.MaxUint32, Deadline: helloTime + 5},
	{Kind: scp.DoorPosition, Number: 1, Active: true},
	{Kind: scp.DoorForced, Number: 2, Active: true},
	{Kind: scp.DoorHeld, Number: 3},
	{Kind: scp.ExitRequest, Number: math.MaxUint32},
	{Kind: scp.InputChange, Number: 5, Value: -3},
	{Kind: scp.OutputChange, Number: 6, Active: true},
	{Kind: scp.ModuleComm, Number: 7, Active: true},
	{Kind: scp.Tamper, Number: 0, Active: true},
	{Kind: scp.Power, Value: 2, Active: true},
	{Kind: scp.ModeChange, Number: 8, Value: 5},
	{Kind: scp.FirmwareProgress, Value: 2, Percent: 99},
}

func transactions(s *stage) {
	c := s.online(1, 0)
	s.report(c, 0)
	for i, m := range every {
		m.Time, m.LogEpoch, m.Index = int64(i)-helloTime, math.MaxUint32, math.MaxUint64-uint64(i)
		c.says(m)
		if got := s.next(m.Kind, 0); got != m {
			s.t.Errorf("got  %+v\nwant %+v", got, m)
		}
	}
}

func logFill(s *stage) {
	c := s.online(1, 0)
	for _, kind := range []scp.Kind{scp.LogStatus, scp.LogNearFull} {
		m := scp.Message{Kind: kind, Time: -1, Log: scp.LogFill{Capacity: 50_000, Unread: 45_000, Overwritten: 1 << 40}}
		c.says(m)
		if got := s.next(kind, 0); got != m {
			s.t.Errorf("got  %+v\nwant %+v", got, m)
		}
	}
}
