package panel

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// Physical acts, and what the log says after them. The panel has just started, at noon.
func TestPhysicalActs(t *testing.T) {
	for _, tc := range []struct {
		name string
		act  func(p *bench)
		want []string
	}{
		{"a known card opens, and the door closes", func(p *bench) {
			p.Swipe(2, ada)
			p.wait(time.Second)
			p.OpenDoor(2)
			p.wait(time.Second)
			p.CloseDoor(2)
		}, []string{"access_granted reader 2 door 2 card 1001", "door_position number 2 active",
			"door_position number 2"}},
		{"the strike locks again after 5 s", func(p *bench) {
			p.Swipe(1, ada)
			p.wait(5 * time.Second)
			p.OpenDoor(1)
		}, []string{"access_granted reader 1 door 1 card 1001"}},
		{"the strike is open until then", func(p *bench) {
			p.Swipe(1, ada)
			p.wait(5*time.Second - 1)
			p.OpenDoor(1)
		}, []string{"access_granted reader 1 door 1 card 1001", "door_position number 1 active"}},
		{"the strike locks when the door closes", func(p *bench) {
			p.Swipe(1, ada)
			p.OpenDoor(1)
			p.CloseDoor(1)
			p.OpenDoor(1)
		}, []string{"access_granted reader 1 door 1 card 1001", "door_position number 1 active",
			"door_position number 1"}},
		{"a door the card has no access to", func(p *bench) { p.Swipe(2, ben) },
			[]string{"access_denied reader 2 door 2 card 1002 value 1"}},
		{"a card that is not valid any more", func(p *bench) { p.Swipe(1, eve) },
			[]string{"access_denied reader 1 door 1 card 1003 value 2"}},
		{"a card nobody knows", func(p *bench) { p.Swipe(1, nobody) },
			[]string{"unknown_credential reader 1 door 1 card 9999 bits 26"}},
		{"unknown cards of longer formats", func(p *bench) {
			p.Swipe(1, 1<<24)
			p.Swipe(1, 1<<35)
		}, []string{"unknown_credential reader 1 door 1 card 16777216 bits 37",
			"unknown_credential reader 1 door 1 card 34359738368 bits 64"}},
		{"no such reader, door, input, module", func(p *bench) {
			p.Swipe(0, ada)
			p.Swipe(5, ada)
			p.EnterPIN(5, 1)
			p.OpenDoor(5)
			p.CloseDoor(5)
			p.ForceDoor(0)
			p.PressExit(5)
			p.SetInput(9, InputActive)
			p.SetInput(1, 4)
			p.Tamper(3, true)
			p.LoseModule(3)
			p.RestoreModule(0)
		}, nil},
		{"forced, and closed again", func(p *bench) {
			p.ForceDoor(3)
			p.CloseDoor(3)
		}, []string{"door_position number 3 active", "door_forced number 3 active",
			"door_position number 3", "door_forced number 3"}},
		{"force on a door that was let go is no force", func(p *bench) {
			p.PressExit(3)
			p.ForceDoor(3)
		}, []string{"exit_request number 3", "door_position number 3 active"}},
		{"a forced door is not held too", func(p *bench) {
			p.ForceDoor(3)
			p.wait(time.Minute)
		}, []string{"door_position number 3 active", "door_forced number 3 active"}},
		{"held after 20 s, and closed again", func(p *bench) {
			p.PressExit(1)
			p.OpenDoor(1)
			p.wait(20*time.Second - 1)
			p.Tamper(0, true) // to see what came before
			p.wait(1)
			p.CloseDoor(1)
		}, []string{"exit_request number 1", "door_position number 1 active", "tamper active",
			"door_held number 1 active", "door_position number 1", "door_held number 1"}},
		{"a locked door does not open to a push", func(p *bench) { p.OpenDoor(1) }, nil},
		{"an input", func(p *bench) {
			p.SetInput(8, InputSecure)
			p.SetInput(8, InputActive)
			p.SetInput(8, InputActive)
			p.SetInput(8, InputFault)
			p.SetInput(8, InputSecure)
		}, []string{"input_change number 8 value 2", "input_change number 8 value 3",
			"input_change number 8 value 1"}},
		{"cabinets and modules", func(p *bench) {
			p.Tamper(0, true)
			p.Tamper(2, true)
			p.Tamper(0, false)
			p.LoseModule(1)
			p.LoseModule(1)
			p.RestoreModule(1)
		}, []string{"tamper active", "tamper number 2 active", "tamper", "module_comm number 1",
			"module_comm number 1 active"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench()
			tc.act(p)
			expect(t, "log", p.logged(), tc.want...)
		})
	}
}

// What a mode makes of a card, an exit button and a push.
func TestDoorModes(t *testing.T) {
	for _, tc := range []struct {
		name string
		mode int32
		act  func(p *bench)
		want []string
	}{
		{"locked: nobody passes", ModeLocked, func(p *bench) {
			p.Swipe(1, ada)
			p.Swipe(1, nobody)
			p.PressExit(1)
			p.OpenDoor(1)
		}, []string{"access_denied reader 1 door 1 card 1001 value 4",
			"unknown_credential reader 1 door 1 card 9999 bits 26", "exit_request number 1"}},
		{"unlocked: everybody passes, and it is never held", ModeUnlocked, func(p *bench) {
			p.OpenDoor(1)
			p.wait(time.Minute)
			p.CloseDoor(1)
		}, []string{"door_position number 1 active", "door_position number 1"}},
		{"PIN: the right one", ModeCardAndPIN, func(p *bench) {
			p.Swipe(1, ada)
			p.EnterPIN(1, 1234)
			p.OpenDoor(1)
		}, []string{"access_granted reader 1 door 1 card 1001", "door_position number 1 active"}},
		{"PIN: the duress one opens as well", ModeCardAndPIN, func(p *bench) {
			p.Swipe(1, ada)
			p.EnterPIN(1, 1235)
			p.OpenDoor(1)
		}, []string{"duress reader 1 door 1 card 1001", "door_position number 1 active"}},
		{"PIN: a wrong one", ModeCardAndPIN, func(p *bench) {
			p.Swipe(1, ada)
			p.EnterPIN(1, 1)
			p.OpenDoor(1)
		}, []string{"access_denied reader 1 door 1 card 1001 value 3"}},
		{"PIN: none in 10 s", ModeCardAndPIN, func(p *bench) {
			p.Swipe(1, ada)
			p.wait(10 * time.Second)
			p.EnterPIN(1, 1234)
		}, []string{"access_denied reader 1 door 1 card 1001 value 3"}},
		{"PIN: a card that has none", ModeCardAndPIN, func(p *bench) {
			p.Swipe(1, ben)
			p.EnterPIN(1, 0)
			p.Swipe(1, ben)
			p.EnterPIN(1, 1)
		}, []string{"access_denied reader 1 door 1 card 1002 value 3",
			"access_denied reader 1 door 1 card 1002 value 3"}},
		{"PIN: without a card", ModeCardAndPIN, func(p *bench) { p.EnterPIN(1, 1234) }, nil},
		{"host: says yes", ModeHost, func(p *bench) {
			p.Swipe(1, nobody)
			p.do(scp.HostDecision{Request: 1, Grant: true})
			p.OpenDoor(1)
		}, []string{"host_decision_request reader 1 door 1 card 9999 request 1",
			"access_granted reader 1 door 1 card 9999", "door_position number 1 active"}},
		{"host: says no", ModeHost, func(p *bench) {
			p.Swipe(1, ada)
			p.do(scp.HostDecision{Request: 1})
		}, []string{"host_decision_request reader 1 door 1 card 1001 request 1",
			"access_denied reader 1 door 1 card 1001 value 5"}},
		{"host: says nothing, the panel knows the card", ModeHost, func(p *bench) {
			p.Swipe(1, ada)
			p.Swipe(1, ada) // the reader is taken
			p.wait(3 * time.Second)
		}, []string{"host_decision_request reader 1 door 1 card 1001 request 1",
			"access_granted reader 1 door 1 card 1001"}},
		{"host: says nothing, the panel would not let it through", ModeHost, func(p *bench) {
			p.Swipe(1, eve)
			p.wait(3 * time.Second)
			p.Swipe(1, nobody)
			p.wait(3 * time.Second)
		}, []string{"host_decision_request reader 1 door 1 card 1003 request 1",
			"access_denied reader 1 door 1 card 1003 value 6",
			"host_decision_request reader 1 door 1 card 9999 request 2",
			"access_denied reader 1 door 1 card 9999 value 6"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench(func(o *Options) { o.Modes = map[uint32]int32{1: tc.mode} })
			tc.act(p)
			expect(t, "log", p.logged(), tc.want...)
		})
	}
}

// The host is told a deadline on the panel's own clock.
func TestHostDeadlineIsPanelTime(t *testing.T) {
	p := newBench(func(o *Options) { o.Modes = map[uint32]int32{1: ModeHost} })
	p.do(scp.SetTime{Time: noon.Add(time.Hour).UnixNano()})
	p.Swipe(1, ada)
	if got, want := p.entries[0].Deadline, noon.Add(time.Hour+3*time.Second).UnixNano(); got != want {
		t.Errorf("deadline %d, want %d", got, want)
	}
}

func TestAtRest(t *testing.T) {
	p := newBench(func(o *Options) { o.Modes = map[uint32]int32{2: ModeHost} })
	for _, step := range []struct {
		what string
		act  func()
		want bool
	}{
		{"nothing", func() {}, true},
		{"granted", func() { p.Swipe(1, ada) }, false},
		{"open", func() { p.OpenDoor(1) }, false},
		{"closed", func() { p.CloseDoor(1) }, true},
		{"exit", func() { p.PressExit(1) }, false},
		{"locked again", func() { p.wait(StrikeTime) }, true},
		{"another door asks its host", func() { p.Swipe(2, nobody) }, true},
	} {
		if step.act(); p.AtRest(1) != step.want {
			t.Errorf("%s: at rest is %v", step.what, !step.want)
		}
	}
	if p.AtRest(2) {
		t.Error("a door whose reader waits for the host is at rest")
	}
}
