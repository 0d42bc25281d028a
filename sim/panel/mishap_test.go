package panel

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

var unlockFront = scp.Command{Action: scp.Unlock{Door: 1}}

// said describes all that a panel says now: replies by tag and transactions by index.
func (b *bench) said() (list []string) {
	for _, m := range b.drain() {
		if m.Kind == scp.CommandReply {
			list = append(list, fmt.Sprintf("reply %d %s", m.Tag, describeReply(m)))
		} else {
			list = append(list, fmt.Sprintf("%s %d", m.Kind, m.Index))
		}
	}
	return list
}

func TestMishaps(t *testing.T) {
	second := func(n int) time.Duration { return time.Duration(n) * time.Second }
	for _, tc := range []struct {
		name   string
		mishap Mishap
		// What is said right after command 1, which met with it, and command 2, which did not; and from second to second.
		want [][]string
	}{
		{"none", Mishap{}, [][]string{{"reply 1 ok", "reply 2 ok", "access_granted 2", "access_granted 3"}}},
		{"busy", Mishap{Busy: true}, [][]string{{"reply 1 nak busy", "reply 2 ok", "access_granted 2"}}},
		{"reply lost", Mishap{Lost: true}, [][]string{{"reply 2 ok", "access_granted 2", "access_granted 3"}}},
		{"reply repeated", Mishap{Twice: true}, [][]string{{"reply 1 ok", "reply 1 ok", "reply 2 ok", "access_granted 2", "access_granted 3"}}},
		{"reply late", Mishap{Late: second(2)}, [][]string{nil, nil, {"reply 1 ok", "reply 2 ok", "access_granted 2", "access_granted 3"}}},
		{"slow", Mishap{Slow: second(1)}, [][]string{nil, {"reply 1 ok", "reply 2 ok", "access_granted 2", "access_granted 3"}}},
		{"slow and late", Mishap{Slow: second(1), Late: second(1)},
			[][]string{nil, nil, {"reply 1 ok", "reply 2 ok", "access_granted 2", "access_granted 3"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench()
			p.do(scp.LogResume{}) // says the boot
			p.Mishandle(1, unlockFront, tc.mishap)
			p.Execute(2, unlockFront)
			for second, want := range tc.want {
				expect(t, fmt.Sprintf("said after %d s", second), p.said(), want...)
				p.wait(time.Second)
			}
		})
	}
}

// Who owns the panel must know when to ask it again.
func TestWhatWaitsHasADeadline(t *testing.T) {
	for name, tc := range map[string]struct {
		mishap Mishap
		want   time.Duration
	}{
		"slow":        {Mishap{Slow: time.Second}, time.Second},
		"late":        {Mishap{Late: 2 * time.Second}, 2 * time.Second},
		"beyond both": {Mishap{Late: time.Minute}, StrikeTime},
	} {
		p := newBench()
		p.Mishandle(1, unlockFront, tc.mishap)
		if at, ok := p.Deadline(); !ok || at.Sub(noon) != tc.want {
			t.Errorf("%s: in %v (%v), want %v", name, at.Sub(noon), ok, tc.want)
		}
	}
}

// A command that is carried out late moves its relay late, and those behind it too; never after the link's end.
func TestWhatIsPendingEndsWithTheLink(t *testing.T) {
	slow := Mishap{Slow: 3 * time.Second}
	for name, tc := range map[string]struct {
		end  func(p *bench)
		want uint64 // relays moved
	}{
		"the link lasts":  {func(p *bench) {}, 2},
		"the link ends":   {func(p *bench) { p.LinkDown(); p.LinkUp() }, 0},
		"a restart":       {func(p *bench) { p.WatchdogReset() }, 0},
		"all power gone":  {func(p *bench) { p.LosePower() }, 0},
		"gone and back":   {func(p *bench) { p.LosePower(); p.ReturnPower() }, 0},
		"the link before": {func(p *bench) { p.Execute(3, scp.Command{Action: scp.PutCard{Card: 7}}) }, 2},
	} {
		p := newBench()
		p.Mishandle(1, unlockFront, slow)
		p.Execute(2, unlockFront)
		p.wait(time.Second)
		tc.end(p)
		p.wait(2*time.Second - 1)
		if p.Moves() != 0 {
			t.Errorf("%s: moved before its time", name)
		}
		p.wait(10 * time.Second)
		if p.Moves() != tc.want {
			t.Errorf("%s: %d relays moved, want %d", name, p.Moves(), tc.want)
		}
	}
}

func TestALyingPanelReportsBeyondItsWindow(t *testing.T) {
	p := newBench()
	fillTo(p, 9)
	p.Lie(true)
	if p.do(scp.Status{}); p.Ahead() > 0 {
		t.Error("it reports before it is told to")
	}
	p.do(upTo(4))
	if p.Ahead() != 9 {
		t.Errorf("lying it is ahead by %d, want all 9", p.Ahead())
	}
	p.Lie(false)
	p.Swipe(1, nobody)
	if got := p.said(); got != nil {
		t.Errorf("honest again it reports %v", got)
	}
}

// Two links of one panel: each hears its own replies and has its own place in the one log.
func TestTwin(t *testing.T) {
	p := newBench()
	fillTo(p, 5)
	twin := &bench{Panel: p.Twin(), witness: p.witness}
	twin.LinkUp()
	p.Execute(1, scp.Command{Action: upTo(3)})
	twin.Execute(1, scp.Command{Action: upTo(5)})
	twin.Execute(2, unlockFront)
	expect(t, "the first says", p.said(), "reply 1 ok", "panel_boot 1", "unknown_credential 2", "unknown_credential 3")
	expect(t, "the twin says", twin.said(), "reply 1 ok", "reply 2 ok", "panel_boot 1", "unknown_credential 2",
		"unknown_credential 3", "unknown_credential 4", "unknown_credential 5")
	twin.Execute(3, scp.Command{Action: ack(5)})
	if p.Acknowledged() != 5 || p.Unread() != 1 || p.Moves() != 1 {
		t.Errorf("acknowledged %d, %d unread, %d moves", p.Acknowledged(), p.Unread(), p.Moves())
	}
	p.Execute(2, scp.Command{Action: upTo(6)})
	p.drain()
	if p.Ahead() != 3 {
		t.Errorf("the first is ahead by %d: what the twin acknowledged counts", p.Ahead())
	}
	p.LinkDown()
	expect(t, "the twin alone", twin.said(), "reply 3 ok")
	if at, ok := twin.Deadline(); !ok || !at.Equal(noon.Add(StrikeTime)) {
		t.Errorf("the strike falls at %v, %v", at, ok)
	}
}

func TestErasedByHand(t *testing.T) {
	p := newBench()
	p.Erase()
	p.wait(BootTime)
	if id := p.Identity(); id.LogEpoch != 2 || id.Newest != 1 {
		t.Errorf("epoch %d, newest %d", id.LogEpoch, id.Newest)
	}
	if last := p.memories[len(p.memories)-1]; last.Action != (scp.Reset{Erase: true}) {
		t.Errorf("remembers %+v", last)
	}
}

func TestTheClockIsSetByHand(t *testing.T) {
	p := newBench()
	p.SetClock(p.Clock().Add(-time.Hour))
	p.Swipe(1, eve) // valid until noon
	p.SetClock(p.Clock().Add(2 * time.Hour))
	p.Swipe(1, eve)
	expect(t, "log", p.logged(), "access_granted reader 1 door 1 card 1003", "access_denied reader 1 door 1 card 1003 value 2")
	if at, _ := p.Deadline(); !at.Equal(noon.Add(StrikeTime)) {
		t.Errorf("its timers went with it: %v", at)
	}
}

func TestLoading(t *testing.T) {
	p := newBench()
	p.do(scp.Firmware{Version: "2.0"})
	var seen []int
	for percent, loading := p.Loading(); loading; percent, loading = p.Loading() {
		seen = append(seen, percent)
		p.wait(FirmwareStep)
	}
	if want := []int{0, 20, 40, 60, 80, 100, 100}; !slices.Equal(seen, want) {
		t.Errorf("loaded %v, want %v", seen, want)
	}
}

// Moves is what a test of "never late, never twice" counts.
func TestMoves(t *testing.T) {
	for name, tc := range map[string]struct {
		act  func(p *bench)
		want uint64
	}{
		"a card":       {func(p *bench) { p.Swipe(1, ada) }, 1},
		"a stranger":   {func(p *bench) { p.Swipe(1, nobody) }, 0},
		"exit":         {func(p *bench) { p.PressExit(1) }, 1},
		"a break-in":   {func(p *bench) { p.ForceDoor(1) }, 0},
		"unlock twice": {func(p *bench) { p.do(scp.Unlock{Door: 1}, scp.Unlock{Door: 1}) }, 2},
		"no such door": {func(p *bench) { p.do(scp.Unlock{Door: 9}) }, 0},
		"on, on and off": {func(p *bench) {
			p.do(scp.Output{Output: 1, Action: outputOn}, scp.Output{Output: 1, Action: outputOn}, scp.Output{Output: 1, Action: outputOff})
		}, 2},
		"a pulse": {func(p *bench) { p.do(scp.Output{Output: 1, Action: outputPulse, PulseMS: 100}); p.wait(time.Second) }, 2},
		"modes": {func(p *bench) {
			p.do(scp.DoorMode{Door: 1, Mode: ModeUnlocked}, scp.DoorMode{Door: 1, Mode: ModeLocked})
		}, 1},
	} {
		p := newBench()
		if tc.act(p); p.Moves() != tc.want {
			t.Errorf("%s: %d moves, want %d", name, p.Moves(), tc.want)
		}
	}
}
