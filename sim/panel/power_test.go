package panel

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

func TestPowerAndRestarts(t *testing.T) {
	for _, tc := range []struct {
		name string
		act  func(p *bench)
		want []string
	}{
		{"mains cut and back", func(p *bench) {
			p.CutMains()
			p.CutMains()
			p.wait(time.Hour)
			p.RestoreMains()
			p.RestoreMains()
			p.wait(24 * time.Hour)
		}, []string{"power value 1", "power value 1 active"}},
		{"the battery is empty after 4 h, then mains start it", func(p *bench) {
			p.CutMains()
			p.wait(4*time.Hour - 1)
			p.Swipe(1, ada)
			p.wait(time.Hour)
			p.Swipe(1, ada)
			p.RestoreMains()
			p.wait(2 * time.Second)
		}, []string{"power value 1", "access_granted reader 1 door 1 card 1001", "power value 2",
			"panel_boot value 1", "power value 1 active", "power value 2 active"}},
		{"a restart does not spare the battery", func(p *bench) {
			p.CutMains()
			p.wait(3 * time.Hour)
			p.WatchdogReset()
			p.wait(time.Hour)
			p.Swipe(1, ada)
		}, []string{"power value 1", "panel_boot value 3", "power value 2"}},
		{"a hang", func(p *bench) {
			p.WatchdogReset()
			p.WatchdogReset()
			p.wait(2 * time.Second)
		}, []string{"panel_boot value 3"}},
		{"a warm reset: down for 2 s, and nobody passes", func(p *bench) {
			expect(t, "answer", p.do(scp.Reset{}), "ok")
			p.wait(2*time.Second - 1)
			p.Swipe(1, ada)
			p.PressExit(1)
			p.Execute(9, scp.Command{Action: scp.Unlock{Door: 1}})
			p.Mishandle(9, scp.Command{Action: scp.Unlock{Door: 1}}, Mishap{Slow: time.Second})
			p.wait(1)
			p.Swipe(1, ada)
		}, []string{"panel_boot value 2", "access_granted reader 1 door 1 card 1001"}},
		{"what happens meanwhile is sensed at the start", func(p *bench) {
			p.do(scp.Output{Output: 1, Action: outputOn}, scp.Unlock{Door: 1}, scp.Reset{})
			p.ForceDoor(2)
			p.SetInput(4, InputActive)
			p.Tamper(0, true)
			p.LoseModule(2)
			p.wait(2 * time.Second)
			p.OpenDoor(1)
		}, []string{"output_change number 1 active", "access_granted reader 1 door 1", "panel_boot value 2",
			"door_position number 2 active", "input_change number 4 value 2", "output_change number 1",
			"module_comm number 2", "tamper active"}},
		{"a forced door closes while it is down", func(p *bench) {
			p.ForceDoor(1)
			p.do(scp.Reset{})
			p.CloseDoor(1)
			p.wait(2 * time.Second)
		}, []string{"door_position number 1 active", "door_forced number 1 active", "panel_boot value 2",
			"door_position number 1", "door_forced number 1"}},
		{"firmware", func(p *bench) {
			p.do(scp.Firmware{Version: "2.0"})
			p.wait(7 * time.Second)
			p.wait(2 * time.Second)
		}, []string{"firmware_progress value 1", "firmware_progress value 1 percent 20",
			"firmware_progress value 1 percent 40", "firmware_progress value 1 percent 60",
			"firmware_progress value 1 percent 80", "firmware_progress value 1 percent 100",
			"firmware_progress value 2 percent 100", "firmware_progress value 3 percent 100",
			"panel_boot value 4"}},
		{"firmware cut off by a reset", func(p *bench) {
			p.do(scp.Firmware{Version: "2.0"})
			p.wait(time.Second)
			p.do(scp.Reset{})
			p.wait(time.Minute)
		}, []string{"firmware_progress value 1", "firmware_progress value 1 percent 20", "panel_boot value 2",
			"firmware_progress value 4 percent 20"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench()
			tc.act(p)
			expect(t, "log", p.logged(), tc.want...)
		})
	}
}

func TestFirmwareVersion(t *testing.T) {
	p := newBench()
	p.do(scp.Firmware{Version: "2.0"})
	p.wait(6 * time.Second)
	if got := p.Identity().Firmware; got != "1.0.0" {
		t.Errorf("runs %s before it is loaded", got)
	}
	p.wait(time.Minute)
	if got := p.Identity().Firmware; got != "2.0" || !p.Up() {
		t.Errorf("runs %s, up %v", got, p.Up())
	}
	p.CutMains()
	expect(t, "on battery", p.do(scp.Firmware{Version: "2.1"}), "failed no download on battery")
}

// An erase answers, goes down, and comes back with an empty log, no cards and default settings.
func TestErase(t *testing.T) {
	p := newBench(func(o *Options) { o.Modes = map[uint32]int32{1: ModeLocked} })
	p.do(upTo(100), scp.MaskForced{Door: 1, Masked: true}, scp.PutCard{Card: nobody, Doors: 1}, ack(1))
	p.ForceDoor(3)
	p.logged()
	expect(t, "answer", p.do(scp.Reset{Erase: true}), "ok")
	if p.Up() {
		t.Error("a panel that restarts is up")
	}
	p.LinkDown()
	p.wait(BootTime)
	p.LinkUp()
	if id := p.Identity(); id.LogEpoch != 2 || id.Oldest != 1 || id.Newest != 2 {
		t.Errorf("epoch %d, %d to %d; want epoch 2, 1 to 2", id.LogEpoch, id.Oldest, id.Newest)
	}
	for _, card := range []uint64{nobody, ada} {
		p.Swipe(1, card)
	}
	p.ForceDoor(1)
	expect(t, "log", p.logged(), "panel_boot value 5", "door_position number 3 active",
		"unknown_credential reader 1 door 1 card 9999 bits 26",
		"unknown_credential reader 1 door 1 card 1001 bits 26",
		"door_position number 1 active", "door_forced number 1 active")
	expect(t, "the old epoch", p.do(ack(1)), "nak another log epoch")
	if p.link.reporting {
		t.Error("reports before it is told to")
	}
}

func TestPowerLoss(t *testing.T) {
	p := newBench()
	p.do(scp.Output{Output: 1, Action: outputOn})
	p.logged()
	p.LosePower()
	p.LosePower()
	p.CutMains()
	p.RestoreMains()
	p.wait(time.Hour)
	p.Swipe(1, ada)
	p.Erase()
	if p.Up() || len(p.logged()) > 0 {
		t.Error("it lives without power")
	}
	p.ReturnPower()
	p.wait(BootTime)
	p.ReturnPower()
	p.wait(time.Minute)
	expect(t, "log", p.logged(), "panel_boot value 1", "output_change number 1")
}

// Power that returns is of no use to who waits for the mains, nor the mains to who has lost all power.
func TestPowerLossOnAnEmptyBattery(t *testing.T) {
	for name, acts := range map[string][]func(*Panel){
		"mains first": {(*Panel).RestoreMains, (*Panel).ReturnPower},
		"mains last":  {(*Panel).ReturnPower, (*Panel).RestoreMains},
	} {
		p := newBench()
		p.CutMains()
		p.wait(BatteryTime)
		p.LosePower()
		acts[0](p.Panel)
		if p.wait(time.Minute); p.Up() {
			t.Errorf("%s: it starts on nothing", name)
		}
		acts[1](p.Panel)
		if p.wait(time.Minute); !p.Up() {
			t.Errorf("%s: it does not start", name)
		}
	}
}
