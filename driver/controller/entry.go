package controller

import (
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// tell hands on what the driver itself saw of this controller.
func (s *Session) tell(now time.Time, ev *pb.Event) {
	ev.Serial, ev.ReceivedNs, ev.LeaseEpoch = s.serial, now.UnixNano(), s.lease.epoch
	s.table.ports.Sink.Offer(encoded.Of(ev))
}

// entry is a transaction as the vendor app receives it.
func (s *Session) entry(now time.Time, m *scp.Message) encoded.Event {
	return encoded.Transaction(m, encoded.Receipt{
		Serial: s.serial, ReceivedNs: now.UnixNano(), Backlog: m.Index <= s.backlog, LeaseEpoch: s.lease.epoch})
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
