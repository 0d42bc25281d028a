package controller

import (
	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// whole is an event with its body and the body's place in the event, in one piece of memory instead of three: there may be
// a million events a second.
type whole[Case, Body any] struct {
	event pb.Event
	of    Case
	body  Body
}

// transactionEvent is an event with the body of a transaction's kind. The numbers of the enums are the same on both sides.
func transactionEvent(m *scp.Message) *pb.Event {
	switch m.Kind {
	case scp.AccessGranted, scp.AccessDenied, scp.UnknownCredential, scp.Duress, scp.HostDecisionRequest:
		return accessEvent(m)
	case scp.DoorPosition, scp.DoorForced, scp.DoorHeld, scp.ExitRequest, scp.ModeChange:
		return doorEvent(m)
	case scp.InputChange, scp.OutputChange, scp.ModuleComm, scp.Tamper, scp.Power:
		return pointEvent(m)
	case scp.PanelBoot:
		return &pb.Event{Body: &pb.Event_PanelBoot{PanelBoot: &pb.PanelBoot{Cause: pb.BootCause(m.Value)}}}
	case scp.FirmwareProgress:
		return &pb.Event{Body: &pb.Event_FirmwareProgress{FirmwareProgress: &pb.FirmwareProgress{
			Phase: pb.FirmwarePhase(m.Value), Percent: m.Percent}}}
	}
	return &pb.Event{Body: &pb.Event_UnknownTransaction{UnknownTransaction: &pb.UnknownTransaction{Kind: uint32(m.Kind)}}}
}

func accessEvent(m *scp.Message) *pb.Event {
	switch m.Kind {
	case scp.AccessGranted:
		w := new(whole[pb.Event_AccessGranted, pb.AccessGranted])
		w.event.Body, w.of.AccessGranted = &w.of, &w.body
		w.body.Reader, w.body.Door, w.body.Card = m.Reader, m.Door, m.Card
		return &w.event
	case scp.AccessDenied:
		w := new(whole[pb.Event_AccessDenied, pb.AccessDenied])
		w.event.Body, w.of.AccessDenied = &w.of, &w.body
		w.body.Reader, w.body.Door, w.body.Card = m.Reader, m.Door, m.Card
		w.body.Reason = pb.DenyReason(m.Value)
		return &w.event
	case scp.UnknownCredential:
		w := new(whole[pb.Event_UnknownCredential, pb.UnknownCredential])
		w.event.Body, w.of.UnknownCredential = &w.of, &w.body
		w.body.Reader, w.body.Door, w.body.Card, w.body.Bits = m.Reader, m.Door, m.Card, m.Bits
		return &w.event
	case scp.Duress:
		w := new(whole[pb.Event_Duress, pb.Duress])
		w.event.Body, w.of.Duress = &w.of, &w.body
		w.body.Reader, w.body.Door, w.body.Card = m.Reader, m.Door, m.Card
		return &w.event
	}
	w := new(whole[pb.Event_HostDecisionRequest, pb.HostDecisionRequest])
	w.event.Body, w.of.HostDecisionRequest = &w.of, &w.body
	w.body.Reader, w.body.Door, w.body.Card = m.Reader, m.Door, m.Card
	w.body.Request, w.body.DeadlineNs = m.Request, m.Deadline
	return &w.event
}

func doorEvent(m *scp.Message) *pb.Event {
	switch m.Kind {
	case scp.DoorPosition:
		w := new(whole[pb.Event_DoorPosition, pb.DoorPosition])
		w.event.Body, w.of.DoorPosition = &w.of, &w.body
		w.body.Door, w.body.Open = m.Number, m.Active
		return &w.event
	case scp.DoorForced:
		w := new(whole[pb.Event_DoorForced, pb.DoorForced])
		w.event.Body, w.of.DoorForced = &w.of, &w.body
		w.body.Door, w.body.Active = m.Number, m.Active
		return &w.event
	case scp.DoorHeld:
		w := new(whole[pb.Event_DoorHeld, pb.DoorHeld])
		w.event.Body, w.of.DoorHeld = &w.of, &w.body
		w.body.Door, w.body.Active = m.Number, m.Active
		return &w.event
	case scp.ExitRequest:
		w := new(whole[pb.Event_ExitRequest, pb.ExitRequest])
		w.event.Body, w.of.ExitRequest = &w.of, &w.body
		w.body.Door = m.Number
		return &w.event
	}
	w := new(whole[pb.Event_ModeChange, pb.ModeChange])
	w.event.Body, w.of.ModeChange = &w.of, &w.body
	w.body.Door, w.body.Mode = m.Number, pb.DoorMode(m.Value)
	return &w.event
}

func pointEvent(m *scp.Message) *pb.Event {
	switch m.Kind {
	case scp.InputChange:
		w := new(whole[pb.Event_InputChange, pb.InputChange])
		w.event.Body, w.of.InputChange = &w.of, &w.body
		w.body.Input, w.body.State = m.Number, pb.InputState(m.Value)
		return &w.event
	case scp.OutputChange:
		w := new(whole[pb.Event_OutputChange, pb.OutputChange])
		w.event.Body, w.of.OutputChange = &w.of, &w.body
		w.body.Output, w.body.On = m.Number, m.Active
		return &w.event
	case scp.ModuleComm:
		w := new(whole[pb.Event_ModuleComm, pb.ModuleComm])
		w.event.Body, w.of.ModuleComm = &w.of, &w.body
		w.body.Module, w.body.Online = m.Number, m.Active
		return &w.event
	case scp.Tamper:
		w := new(whole[pb.Event_Tamper, pb.Tamper])
		w.event.Body, w.of.Tamper = &w.of, &w.body
		w.body.Module, w.body.Active = m.Number, m.Active
		return &w.event
	}
	w := new(whole[pb.Event_Power, pb.Power])
	w.event.Body, w.of.Power = &w.of, &w.body
	w.body.Source, w.body.Ok = pb.PowerSource(m.Value), m.Active
	return &w.event
}
