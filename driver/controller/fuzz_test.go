package controller

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// Whatever a command wishes: it is refused, or its line is one that the library's side reads as the same action. And
// no refusal says a PIN.
func FuzzTranslate(f *testing.F) {
	for _, c := range []*pb.Command{
		{Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}},
		{Action: &pb.Command_DoorMode{DoorMode: &pb.SetDoorMode{Door: 2, Mode: 5}}, TtlMs: 2000},
		{Action: &pb.Command_MaskDoor{MaskDoor: &pb.MaskDoor{Door: 2, Alarm: pb.DoorAlarm_DOOR_ALARM_HELD}}},
		{Action: &pb.Command_Output{Output: &pb.SetOutput{Output: 1, Action: pb.OutputAction_OUTPUT_ACTION_PULSE, PulseMs: 100}}},
		{Action: &pb.Command_PutCard{PutCard: &pb.PutCard{Card: 1, Pin: 71894206, Doors: 3, FromNs: -1}}},
		{Action: &pb.Command_Firmware{Firmware: &pb.DownloadFirmware{Version: "1.2-rc_3"}}},
		{Action: &pb.Command_HostDecision{HostDecision: &pb.HostDecision{Request: 1, Grant: true}}, TtlMs: 1},
	} {
		f.Add(wire(f, c))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c pb.Command
		if proto.Unmarshal(payload, &c) != nil {
			return
		}
		if good := GoodFor(&c); good < minTTL || good > maxTTL {
			t.Errorf("%v is good for %v", &c, good)
		}
		action, _, err := translate(&c)
		if put := c.GetPutCard(); put != nil && err != nil {
			put.Pin = 71894206
			if _, _, err := translate(&c); err != nil && strings.Contains(err.Error(), "71894206") {
				t.Errorf("%v says the PIN", err)
			}
		}
		if err != nil {
			return
		}
		line := string(scp.Command{Target: 7, Action: action}.AppendLine(nil))
		if read, err := scp.ParseCommand(line); err != nil || read.Action != action {
			t.Errorf("%v is written %q, and read as %#v, %v", &c, line, read, err)
		}
	})
}

// Whatever the vendor app answers and says, in whatever order: a controller is never told to forget what it has not
// reported, unless the app had it before, and is told nothing about its log once its lease is revoked.
func FuzzWhatTheAppSays(f *testing.F) {
	admitted := wire(f, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{
		LeaseEpoch: testLease, ResumeLogEpoch: testEpoch, ResumeAfter: 3,
		InitialCommands: []*pb.Command{{Id: "a", Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}}}}})
	for _, m := range []*pb.ConnectResponse{
		{Message: &pb.ConnectResponse_Ack{Ack: &pb.Ack{Transactions: []*pb.LogPosition{
			{Serial: serial, LogEpoch: testEpoch, Index: 8}, {Serial: serial, LogEpoch: testEpoch, Index: 1 << 63}}}}},
		{Message: &pb.ConnectResponse_LeaseRevoke{LeaseRevoke: &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease}}},
		{Message: &pb.ConnectResponse_Welcome{Welcome: &pb.Welcome{Verdicts: []*pb.LeaseVerdict{{Serial: serial}}}}},
		{Message: &pb.ConnectResponse_Command{Command: &pb.DirectCommand{Serial: serial, Command: &pb.Command{Id: "b",
			LeaseEpoch: testLease, Action: &pb.Command_DoorMode{DoorMode: &pb.SetDoorMode{Door: 1, Mode: 1}}}}}},
	} {
		f.Add(admitted, wire(f, m), uint8(10))
	}
	f.Add(wire(f, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Quarantined{Quarantined: &pb.Quarantined{}}}), []byte{}, uint8(1))
	f.Add(wire(f, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Refused{Refused: &pb.Refused{}}}), []byte{}, uint8(1))
	f.Fuzz(func(t *testing.T, verdict, message []byte, logged uint8) {
		var resp pb.AdmitResponse
		var said pb.ConnectResponse
		if proto.Unmarshal(verdict, &resp) != nil || proto.Unmarshal(message, &said) != nil {
			return
		}
		r := newRig(t, able)
		r.attach(first, 1, uint64(logged))
		had := resp.GetAdmitted().GetResumeAfter()
		r.table.Admitted(r.now, first, &resp, r.now, nil)
		r.post()
		r.obey(first)
		r.logs(1, uint64(logged))
		for range 2 { // it may say it again
			r.hear(&said)
			r.obey(first)
			r.pass(ackWithin + time.Second)
			r.obey(first)
		}
		for _, line := range r.lines {
			c, err := scp.ParseCommand(line)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if a, ok := c.Action.(scp.LogAcknowledge); ok && a.Index > max(had, uint64(logged)) {
				t.Errorf("told to forget up to %d; it has reported %d, and the app had %d", a.Index, logged, had)
			}
		}
		r.lines = nil
		r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: resp.GetAdmitted().GetLeaseEpoch()})
		r.stored(testEpoch, uint64(logged))
		r.pass(ackWithin + time.Second)
		for _, line := range r.lines {
			if c, _ := scp.ParseCommand(line); c.Action != (scp.Status{}) && c.Action != (scp.Detach{}) {
				t.Errorf("posted %q without a lease", line)
			}
		}
	})
}

// hear hands on a message of the vendor app as the stream does.
func (r *rig) hear(m *pb.ConnectResponse) {
	switch m := m.Message.(type) {
	case *pb.ConnectResponse_Welcome:
		r.table.HeldLeases()
		r.table.Welcomed(r.now, m.Welcome)
	case *pb.ConnectResponse_Ack:
		r.table.Acked(r.now, m.Ack.Transactions)
	case *pb.ConnectResponse_LeaseRevoke:
		r.table.Revoked(r.now, m.LeaseRevoke)
	case *pb.ConnectResponse_Command:
		if m.Command.Command != nil {
			r.table.DirectCommand(r.now, m.Command.Serial, m.Command.Command, r.now)
		}
	}
	r.post()
}

// obey lets a controller answer yes to all that was posted to it since the last time, and to what comes of that.
func (r *rig) obey(key Key) {
	for tag := uint32(1); tag <= r.tags[key]; tag++ {
		r.say(scp.Message{Kind: scp.CommandReply, SCP: key.SCP, Attachment: key.Attachment, Tag: tag, Result: scp.ReplyOK})
	}
}

func wire(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
