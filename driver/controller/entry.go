package controller

import (
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// tell hands on what the driver itself saw of this controller.
func (s *Session) tell(now time.Time, ev *pb.Event) {
	ev.Serial, ev.ReceivedNs, ev.LeaseEpoch = s.serial, now.UnixNano(), s.lease.epoch
	s.table.ports.Sink.Offer(ev)
}

// entry is a transaction as the vendor app receives it.
func (s *Session) entry(now time.Time, m *scp.Message) *pb.Event {
	ev := &pb.Event{
		Serial: s.serial, LogEpoch: m.LogEpoch, Index: m.Index, PanelTimeNs: m.Time,
		ReceivedNs: now.UnixNano(), LeaseEpoch: s.lease.epoch, Backlog: m.Index <= s.backlog,
	}
	setBody(ev, m)
	return ev
}

// setBody gives a transaction the body of its kind. The numbers of the enums are the same on both sides.
func setBody(ev *pb.Event, m *scp.Message) {
	switch m.Kind {
	case scp.PanelBoot:
		ev.Body = &pb.Event_PanelBoot{PanelBoot: &pb.PanelBoot{Cause: pb.BootCause(m.Value)}}
	case scp.AccessGranted, scp.AccessDenied, scp.UnknownCredential, scp.Duress, scp.HostDecisionRequest:
		setAccess(ev, m)
	case scp.DoorPosition, scp.DoorForced, scp.DoorHeld, scp.ExitRequest, scp.ModeChange:
		setDoor(ev, m)
	case scp.InputChange, scp.OutputChange, scp.ModuleComm, scp.Tamper, scp.Power:
		setPoint(ev, m)
	case scp.FirmwareProgress:
		ev.Body = &pb.Event_FirmwareProgress{FirmwareProgress: &pb.FirmwareProgress{
			Phase: pb.FirmwarePhase(m.Value), Percent: m.Percent}}
	default:
		ev.Body = &pb.Event_UnknownTransaction{UnknownTransaction: &pb.UnknownTransaction{Kind: uint32(m.Kind)}}
	}
}

func setAccess(ev *pb.Event, m *scp.Message) {
	switch m.Kind {
	case scp.AccessGranted:
		ev.Body = &pb.Event_AccessGranted{AccessGranted: &pb.AccessGranted{
			Reader: m.Reader, Door: m.Door, Card: m.Card}}
	case scp.AccessDenied:
		ev.Body = &pb.Event_AccessDenied{AccessDenied: &pb.AccessDenied{
			Reader: m.Reader, Door: m.Door, Card: m.Card, Reason: pb.DenyReason(m.Value)}}
	case scp.UnknownCredential:
		ev.Body = &pb.Event_UnknownCredential{UnknownCredential: &pb.UnknownCredential{
			Reader: m.Reader, Door: m.Door, Card: m.Card, Bits: m.Bits}}
	case scp.Duress:
		ev.Body = &pb.Event_Duress{Duress: &pb.Duress{Reader: m.Reader, Door: m.Door, Card: m.Card}}
	case scp.HostDecisionRequest:
		ev.Body = &pb.Event_HostDecisionRequest{HostDecisionRequest: &pb.HostDecisionRequest{
			Reader: m.Reader, Door: m.Door, Card: m.Card, Request: m.Request, DeadlineNs: m.Deadline}}
	}
}

func setDoor(ev *pb.Event, m *scp.Message) {
	switch m.Kind {
	case scp.DoorPosition:
		ev.Body = &pb.Event_DoorPosition{DoorPosition: &pb.DoorPosition{Door: m.Number, Open: m.Active}}
	case scp.DoorForced:
		ev.Body = &pb.Event_DoorForced{DoorForced: &pb.DoorForced{Door: m.Number, Active: m.Active}}
	case scp.DoorHeld:
		ev.Body = &pb.Event_DoorHeld{DoorHeld: &pb.DoorHeld{Door: m.Number, Active: m.Active}}
	case scp.ExitRequest:
		ev.Body = &pb.Event_ExitRequest{ExitRequest: &pb.ExitRequest{Door: m.Number}}
	case scp.ModeChange:
		ev.Body = &pb.Event_ModeChange{ModeChange: &pb.ModeChange{Door: m.Number, Mode: pb.DoorMode(m.Value)}}
	}
}

func setPoint(ev *pb.Event, m *scp.Message) {
	switch m.Kind {
	case scp.InputChange:
		ev.Body = &pb.Event_InputChange{InputChange: &pb.InputChange{
			Input: m.Number, State: pb.InputState(m.Value)}}
	case scp.OutputChange:
		ev.Body = &pb.Event_OutputChange{OutputChange: &pb.OutputChange{Output: m.Number, On: m.Active}}
	case scp.ModuleComm:
		ev.Body = &pb.Event_ModuleComm{ModuleComm: &pb.ModuleComm{Module: m.Number, Online: m.Active}}
	case scp.Tamper:
		ev.Body = &pb.Event_Tamper{Tamper: &pb.Tamper{Module: m.Number, Active: m.Active}}
	case scp.Power:
		ev.Body = &pb.Event_Power{Power: &pb.Power{Source: pb.PowerSource(m.Value), Ok: m.Active}}
	}
}

// tellLog hands on how full the controller's log is.
func (s *Session) tellLog(now time.Time, m *scp.Message) {
	ev := &pb.Event{PanelTimeNs: m.Time}
	if f := m.Log; m.Kind == scp.LogStatus {
		ev.Body = &pb.Event_LogStatus{LogStatus: &pb.LogStatus{
			Capacity: f.Capacity, Unread: f.Unread, Overwritten: f.Overwritten}}
	} else {
		ev.Body = &pb.Event_LogNearFull{LogNearFull: &pb.LogNearFull{
			Capacity: f.Capacity, Unread: f.Unread, Overwritten: f.Overwritten}}
	}
	s.tell(now, ev)
}
