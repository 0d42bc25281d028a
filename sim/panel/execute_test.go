package panel

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// Every command: how it is answered, and what it logs.
func TestCommands(t *testing.T) {
	for _, tc := range []struct {
		name    string
		actions []scp.Action
		answers []string
		log     []string
	}{
		{"accept", []scp.Action{scp.Accept{}}, []string{"ok"}, nil},
		{"unlock", []scp.Action{scp.Unlock{Door: 4}, scp.Unlock{Door: 5}, scp.Unlock{}},
			[]string{"ok", "nak no such point or card", "nak no such point or card"},
			[]string{"access_granted reader 4 door 4"}},
		{"door mode", []scp.Action{scp.DoorMode{Door: 1, Mode: ModeHost}, scp.DoorMode{Door: 1, Mode: ModeHost},
			scp.DoorMode{Door: 9, Mode: 1}, scp.DoorMode{Door: 1, Mode: 6}},
			[]string{"ok", "ok", "nak no such point or card", "nak value out of range"},
			[]string{"mode_change number 1 value 5"}},
		{"masks of doors", []scp.Action{scp.MaskForced{Door: 1, Masked: true}, scp.MaskForced{Door: 5},
			scp.MaskHeld{Door: 4, Masked: true}, scp.MaskHeld{Door: 0}},
			[]string{"ok", "nak no such point or card", "ok", "nak no such point or card"}, nil},
		{"outputs", []scp.Action{scp.Output{Output: 2, Action: outputOn}, scp.Output{Output: 2, Action: outputOn},
			scp.Output{Output: 2, Action: outputOff}, scp.Output{Output: 5, Action: outputOn},
			scp.Output{Output: 1, Action: outputPulse, PulseMS: 99}},
			[]string{"ok", "ok", "ok", "nak no such point or card", "nak value out of range"},
			[]string{"output_change number 2 active", "output_change number 2"}},
		{"areas", []scp.Action{scp.Area{Area: 4, Armed: true}, scp.Area{Area: 5, Armed: true}},
			[]string{"ok", "nak no such point or card"}, nil},
		{"procedures", []scp.Action{scp.Procedure{Procedure: 1}, scp.Procedure{Procedure: 1},
			scp.Procedure{Procedure: 1, Abort: true}, scp.Procedure{Procedure: 1, Abort: true}, scp.Procedure{}},
			[]string{"ok", "nak busy", "ok", "ok", "nak no such point or card"},
			[]string{"output_change number 1 active", "output_change number 1"}},
		{"inputs", []scp.Action{scp.MaskInput{Input: 8, Masked: true}, scp.MaskInput{Input: 9}},
			[]string{"ok", "nak no such point or card"}, nil},
		{"cards", []scp.Action{scp.PutCard{Card: 7, Doors: 1}, scp.PutCard{Card: 8, Doors: 1},
			scp.PutCard{Card: 7, Doors: 3}, scp.DeleteCard{Card: 7}, scp.DeleteCard{Card: 7},
			scp.PutCard{Card: 8, Doors: 1}, scp.PutCard{Card: 9, Doors: 1 << 4},
			scp.PutCard{Card: 9, Doors: 1, From: 5, Until: 5}},
			[]string{"ok", "nak full", "ok", "ok", "nak no such point or card", "ok",
				"nak value out of range", "nak value out of range"}, nil},
		{"host decision nobody asked for", []scp.Action{scp.HostDecision{Request: 1}, scp.HostDecision{}},
			[]string{"nak no such point or card", "nak no such point or card"}, nil},
		{"log of another epoch", []scp.Action{
			scp.LogAcknowledge{LogPosition: scp.LogPosition{Epoch: 2, Index: 1}},
			scp.LogRewind{LogPosition: scp.LogPosition{Epoch: 0, Index: 1}},
			scp.LogReport{LogPosition: scp.LogPosition{Epoch: 2, Index: 1}}},
			[]string{"nak another log epoch", "nak another log epoch", "nak another log epoch"}, nil},
		{"log beyond its end", []scp.Action{
			scp.LogAcknowledge{LogPosition: scp.LogPosition{Epoch: 1, Index: 2}},
			scp.LogRewind{LogPosition: scp.LogPosition{Epoch: 1, Index: 3}}},
			[]string{"nak value out of range", "nak value out of range"}, nil},
		{"firmware while one loads", []scp.Action{scp.Firmware{Version: "2.0"}, scp.Firmware{Version: "2.1"}},
			[]string{"ok", "nak busy"}, []string{"firmware_progress value 1"}},
		{"not for a controller", []scp.Action{scp.OpenChannel{Port: 1}, scp.CloseChannel{}, scp.Refuse{}, scp.Detach{}},
			[]string{"nak unknown command", "nak unknown command", "nak unknown command", "nak unknown command"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench(func(o *Options) { o.CardCapacity = len(testCards) + 1 })
			expect(t, "answers", p.do(tc.actions...), tc.answers...)
			expect(t, "log", p.logged(), tc.log...)
			if len(p.executed) != len(tc.actions) {
				t.Errorf("%d commands were recorded, want %d", len(p.executed), len(tc.actions))
			}
		})
	}
}

// What a command does to physical acts that follow.
func TestCommandsThenActs(t *testing.T) {
	for _, tc := range []struct {
		name string
		act  func(p *bench)
		want []string
	}{
		{"unlock lets a person in, for the strike time", func(p *bench) {
			p.do(scp.Unlock{Door: 1})
			p.OpenDoor(1)
			p.CloseDoor(1)
			p.OpenDoor(1)
		}, []string{"access_granted reader 1 door 1", "door_position number 1 active", "door_position number 1"}},
		{"a masked door is forced and held in silence, and so ends it", func(p *bench) {
			p.do(scp.MaskForced{Door: 1, Masked: true}, scp.MaskHeld{Door: 2, Masked: true}, scp.Unlock{Door: 2})
			p.ForceDoor(1)
			p.OpenDoor(2)
			p.wait(time.Minute)
			p.CloseDoor(1)
			p.CloseDoor(2)
		}, []string{"access_granted reader 2 door 2", "door_position number 1 active",
			"door_position number 2 active", "door_position number 1", "door_position number 2"}},
		{"an unmasked door speaks again", func(p *bench) {
			p.do(scp.MaskForced{Door: 1, Masked: true}, scp.MaskForced{Door: 1})
			p.ForceDoor(1)
		}, []string{"door_position number 1 active", "door_forced number 1 active"}},
		{"a masked input", func(p *bench) {
			p.do(scp.MaskInput{Input: 3, Masked: true})
			p.SetInput(3, InputActive)
			p.do(scp.MaskInput{Input: 3})
			p.SetInput(3, InputSecure)
		}, []string{"input_change number 3 value 1"}},
		{"locking a door takes back the strike", func(p *bench) {
			p.do(scp.Unlock{Door: 1}, scp.DoorMode{Door: 1, Mode: ModeLocked})
			p.OpenDoor(1)
		}, []string{"access_granted reader 1 door 1", "mode_change number 1 value 1"}},
		{"an unlocked door stops being watched", func(p *bench) {
			p.do(scp.Unlock{Door: 1})
			p.OpenDoor(1)
			p.do(scp.DoorMode{Door: 1, Mode: ModeUnlocked})
			p.wait(time.Minute)
		}, []string{"access_granted reader 1 door 1", "door_position number 1 active", "mode_change number 1 value 2"}},
		{"an area with an active input is not armed, but disarmed", func(p *bench) {
			p.SetInput(8, InputActive)
			expect(t, "answers", p.do(scp.Area{Area: 4, Armed: true}, scp.Area{Area: 4}, scp.Area{Area: 3, Armed: true}),
				"nak busy", "ok", "ok")
		}, []string{"input_change number 8 value 2"}},
		{"a pulse ends by itself, and an order ends it", func(p *bench) {
			p.do(scp.Output{Output: 1, Action: outputPulse, PulseMS: 1500})
			p.wait(1499 * time.Millisecond)
			p.do(scp.Output{Output: 2, Action: outputPulse, PulseMS: 100}, scp.Output{Output: 2, Action: outputOn})
			p.wait(time.Minute)
		}, []string{"output_change number 1 active", "output_change number 2 active", "output_change number 1"}},
		{"a procedure ends by itself", func(p *bench) {
			p.do(scp.Procedure{Procedure: 2})
			p.wait(5 * time.Second)
		}, []string{"output_change number 2 active", "output_change number 2"}},
		{"a new card passes until it is deleted", func(p *bench) {
			p.do(scp.PutCard{Card: nobody, Doors: 0b10, From: noon.UnixNano(), Until: noon.Add(time.Hour).UnixNano()})
			p.Swipe(2, nobody)
			p.do(scp.DeleteCard{Card: nobody})
			p.Swipe(2, nobody)
		}, []string{"access_granted reader 2 door 2 card 9999", "unknown_credential reader 2 door 2 card 9999 bits 26"}},
		{"a new clock judges cards", func(p *bench) {
			p.do(scp.SetTime{Time: noon.Add(-time.Hour).UnixNano()})
			p.Swipe(1, eve)
		}, []string{"access_granted reader 1 door 1 card 1003"}},
		{"a decision after the deadline", func(p *bench) {
			p.do(scp.DoorMode{Door: 1, Mode: ModeHost})
			p.Swipe(1, nobody)
			p.wait(HostTime)
			expect(t, "answer", p.do(scp.HostDecision{Request: 1, Grant: true}), "nak too late")
		}, []string{"mode_change number 1 value 5", "host_decision_request reader 1 door 1 card 9999 request 1",
			"access_denied reader 1 door 1 card 9999 value 6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench()
			tc.act(p)
			expect(t, "log", p.logged(), tc.want...)
		})
	}
}

func TestABusyPanelDoesNothingButSayNo(t *testing.T) {
	p := newBench()
	p.Mishandle(3, scp.Command{Action: scp.Unlock{Door: 1}}, Mishap{Busy: true})
	sent := p.drain()
	if len(sent) != 1 || sent[0].Tag != 3 || describeReply(sent[0]) != "nak busy" {
		t.Errorf("sent %+v", sent)
	}
	p.OpenDoor(1)
	expect(t, "log", p.logged())
	if len(p.executed) != 1 || p.executed[0].Result != scp.ReplyNAK {
		t.Errorf("recorded %+v", p.executed)
	}
}

func TestStatusAnswersAndTellsTheFill(t *testing.T) {
	p := newBench(func(o *Options) { o.LogCapacity = 4 })
	fillTo(p, 3)
	p.do(ack(3))
	fillTo(p, 9) // 1 to 5 are overwritten, of which 4 and 5 were never acknowledged
	p.Execute(9, scp.Command{Action: scp.Status{}})
	sent := p.drain()
	if len(sent) != 2 || sent[0].Kind != scp.CommandReply || sent[1].Kind != scp.LogStatus {
		t.Fatalf("sent %+v", sent)
	}
	if want := (scp.LogFill{Capacity: 4, Unread: 4, Overwritten: 2}); sent[1].Log != want {
		t.Errorf("fill %+v, want %+v", sent[1].Log, want)
	}
}
