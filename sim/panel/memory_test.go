package panel

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// revive is the panel that lost its power at once, and has it again an hour later.
func revive(t *testing.T, b *bench, boot Entry) *bench {
	t.Helper()
	next := &bench{witness: &witness{}}
	opts := b.opts
	opts.Recorder = next.witness
	next.Panel = New(opts)
	for _, e := range append([]Entry{boot}, b.entries...) {
		if err := next.Reload(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range b.memories {
		if err := next.Recall(m); err != nil {
			t.Fatal(err)
		}
	}
	next.Start(b.now.Add(time.Hour))
	next.LinkUp()
	if len(next.memories) != 0 || len(next.executed) != 0 {
		t.Error("a revived panel remembers again what it was told long ago")
	}
	return next
}

// What is in the log and in memory survives a loss of power; what the log said is taken back.
func TestRevival(t *testing.T) {
	boot := Entry{Epoch: 1, Index: 1, Kind: scp.PanelBoot, Value: BootPower}
	for _, tc := range []struct {
		name   string
		before func(p *bench)
		after  func(p *bench)
		want   []string // logged by the start and by after
	}{
		{"an acknowledged position", func(p *bench) {
			p.Swipe(1, nobody)
			p.Swipe(1, nobody)
			p.do(ack(2))
		}, func(p *bench) {
			p.Execute(1, scp.Command{Action: upTo(100)})
			if got := indexes(p.drain()); len(got) != 2 || got[0] != 3 {
				t.Errorf("reports %v, want 3 and 4", got)
			}
		}, []string{"panel_boot value 1"}},
		{"cards", func(p *bench) {
			p.do(scp.PutCard{Card: nobody, Doors: 1, PIN: 42}, scp.DeleteCard{Card: ada},
				scp.DoorMode{Door: 1, Mode: ModeCardAndPIN})
		}, func(p *bench) {
			p.Swipe(1, ada)
			p.Swipe(1, nobody)
			p.EnterPIN(1, 42)
		}, []string{"panel_boot value 1", "unknown_credential reader 1 door 1 card 1001 bits 26",
			"access_granted reader 1 door 1 card 9999"}},
		{"masks", func(p *bench) {
			p.do(scp.MaskForced{Door: 1, Masked: true}, scp.MaskInput{Input: 1, Masked: true})
		}, func(p *bench) {
			p.ForceDoor(1)
			p.SetInput(1, InputActive)
		}, []string{"panel_boot value 1", "door_position number 1 active"}},
		{"what was open, on, lost and cut is normal again", func(p *bench) {
			p.ForceDoor(2)
			p.SetInput(1, InputFault)
			p.do(scp.Output{Output: 3, Action: outputOn})
			p.LoseModule(1)
			p.Tamper(2, true)
			p.CutMains()
			p.wait(BatteryTime)
		}, func(*bench) {}, []string{"panel_boot value 1", "power value 1 active", "power value 2 active",
			"door_position number 2", "door_forced number 2", "input_change number 1 value 1",
			"output_change number 3", "module_comm number 1 active", "tamper number 2"}},
		{"a download that was cut off", func(p *bench) {
			p.do(scp.Firmware{Version: "2.0"})
			p.wait(time.Second)
		}, func(p *bench) {
			expect(t, "again", p.do(scp.Firmware{Version: "2.0"}), "ok")
		}, []string{"panel_boot value 1", "firmware_progress value 4 percent 20", "firmware_progress value 1"}},
		{"host decision requests go on", func(p *bench) {
			p.do(scp.DoorMode{Door: 1, Mode: ModeHost})
			p.Swipe(1, nobody)
		}, func(p *bench) { p.Swipe(1, nobody) },
			[]string{"panel_boot value 1", "host_decision_request reader 1 door 1 card 9999 request 2"}},
		{"an erase that had not started again", func(p *bench) {
			p.do(scp.PutCard{Card: nobody, Doors: 1}, scp.Reset{Erase: true})
		}, func(p *bench) {
			p.Swipe(1, nobody)
			p.Swipe(1, ada)
			if id := p.Identity(); id.LogEpoch != 2 || id.Newest != 3 {
				t.Errorf("epoch %d, newest %d; want 2, 3", id.LogEpoch, id.Newest)
			}
		}, []string{"panel_boot value 1", "unknown_credential reader 1 door 1 card 9999 bits 26",
			"unknown_credential reader 1 door 1 card 1001 bits 26"}},
		{"an erase, and what came after it", func(p *bench) {
			p.do(scp.MaskForced{Door: 1, Masked: true}, scp.Reset{Erase: true})
			p.wait(BootTime)
			p.do(scp.PutCard{Card: nobody, Doors: 1})
		}, func(p *bench) {
			p.Swipe(1, nobody)
			p.ForceDoor(2)
			p.ForceDoor(1)
		}, []string{"panel_boot value 1", "access_granted reader 1 door 1 card 9999", "door_position number 2 active",
			"door_forced number 2 active", "door_position number 1 active"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench()
			tc.before(p)
			next := revive(t, p, boot)
			tc.after(next)
			expect(t, "log", next.logged(), tc.want...)
		})
	}
}

func TestRevivalKeepsClockAndFirmware(t *testing.T) {
	p := newBench()
	p.do(scp.SetTime{Time: noon.Add(48 * time.Hour).UnixNano()}, scp.Firmware{Version: "2.0"})
	p.wait(time.Minute)
	next := revive(t, p, Entry{Epoch: 1, Index: 1, Kind: scp.PanelBoot})
	if got, want := next.Clock(), noon.Add(49*time.Hour+time.Minute); !got.Equal(want) {
		t.Errorf("its clock is at %v, want %v", got, want)
	}
	if got := next.Identity().Firmware; got != "2.0" {
		t.Errorf("runs %s", got)
	}
}

func TestReloadRefusesAHole(t *testing.T) {
	p := New(Options{Serial: 9})
	for _, e := range []Entry{{Epoch: 1, Index: 1}, {Epoch: 1, Index: 3}} {
		if err := p.Reload(e); (err != nil) != (e.Index == 3) {
			t.Errorf("entry %d: %v", e.Index, err)
		}
	}
}
