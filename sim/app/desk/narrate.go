package desk

import (
	"context"
	"log/slog"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// narrate tells people of a fresh transaction. What comes from the backlog or happens all the
// time is told at debug level.
func (d *Desk) narrate(p *Peer, r *Report) {
	level := slog.LevelInfo
	if r.Event.Backlog {
		level = slog.LevelDebug
	}
	switch r.Event.Body.(type) {
	case *pb.Event_DoorPosition, *pb.Event_InputChange, *pb.Event_OutputChange, *pb.Event_ExitRequest, *pb.Event_FirmwareProgress:
		level = slog.LevelDebug
	case *pb.Event_Duress, *pb.Event_DoorForced, *pb.Event_DoorHeld, *pb.Event_Tamper:
		level = max(level, slog.LevelWarn)
	}
	if !d.log.Enabled(context.Background(), level) {
		return
	}
	m := r.Event.ProtoReflect()
	attrs := []any{"controller", r.Event.Serial, "port", p.port}
	if field := m.WhichOneof(eventBody); field != nil {
		attrs = append(attrs, Details(m.Get(field).Message())...)
	}
	d.log.Log(context.Background(), level, plain(r.Record.Kind), attrs...)
}
