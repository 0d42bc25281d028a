package panel

import (
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// Whatever a host sends and people do, in whatever order: every command is answered once, what is logged
// has no hole, and nothing is reported that was not asked for.
func FuzzCommandsAndActs(f *testing.F) {
	f.Add("9022 0 1 5\n311 0 1\nopen\nwait\n9021 0 1 2\n9030 0")
	f.Add("9010 0 1 5\nswipe\n9018 0 1 1\nwait\n9018 0 1 0")
	f.Add("9032 0 2.0\nwait\n9031 0 1\nwait\n9022 0 2 9\nforce\nclose")
	f.Add("cut\n9015 0 -9223372036854775808\nswipe\n9016 0 1001 1 1 0 0\n9020 0 1 99\nrestore\nhang")
	f.Add("9011 0 1 3 100\n9014 0 1 0\nwait\n9014 0 1 1\n9024 0\n9023 0\ndown\nup")
	f.Add("9032 0 2.0\nwait\ndark\ncut\nrestore\nwait\nlight\n9022 0 1 9\nwait\nerase\nerase\nwait")
	acts := map[string]func(p *bench){
		"swipe": func(p *bench) { p.Swipe(1, ada) }, "pin": func(p *bench) { p.EnterPIN(1, 1234) },
		"open": func(p *bench) { p.OpenDoor(1) }, "close": func(p *bench) { p.CloseDoor(1) },
		"force": func(p *bench) { p.ForceDoor(1) }, "exit": func(p *bench) { p.PressExit(1) },
		"cut": func(p *bench) { p.CutMains() }, "restore": func(p *bench) { p.RestoreMains() },
		"hang": func(p *bench) { p.WatchdogReset() }, "erase": func(p *bench) { p.Erase() },
		"dark": func(p *bench) { p.LosePower() }, "light": func(p *bench) { p.ReturnPower() },
		"wait": func(p *bench) { p.wait(7 * time.Second) },
		"down": func(p *bench) { p.LinkDown() }, "up": func(p *bench) { p.LinkUp() },
	}
	f.Fuzz(func(t *testing.T, script string) {
		p := newBench(func(o *Options) { o.LogCapacity = 16 })
		for _, line := range strings.Split(script, "\n") {
			if act := acts[line]; act != nil {
				act(p)
				continue
			}
			c, err := scp.ParseCommand(line)
			if err != nil {
				continue
			}
			answered := p.up && p.link.up
			p.tag++
			p.Execute(p.tag, c)
			checkSent(t, p, answered)
		}
		checkLogged(t, p)
	})
}

func checkSent(t *testing.T, p *bench, answered bool) {
	t.Helper()
	replies := 0
	for _, m := range p.drain() {
		switch {
		case m.Kind == scp.CommandReply:
			replies++
			if m.Tag != p.tag || m.Result < scp.ReplyOK || m.Result > scp.ReplyFailed {
				t.Errorf("answered %+v to %d", m, p.tag)
			}
		case m.Kind.Transaction() && (!p.link.reporting || m.Index > p.link.bound || m.LogEpoch != p.events.epoch):
			t.Errorf("reported %d/%d, asked for up to %d", m.LogEpoch, m.Index, p.link.bound)
		}
	}
	if answered != (replies == 1) {
		t.Errorf("%d replies", replies)
	}
}

func checkLogged(t *testing.T, p *bench) {
	t.Helper()
	last := Entry{Epoch: 1, Index: 1} // the start
	for _, e := range p.entries {
		if e.Epoch == last.Epoch && e.Index != last.Index+1 || e.Epoch > last.Epoch && e.Index != 1 || e.Epoch < last.Epoch {
			t.Errorf("%d/%d follows %d/%d", e.Epoch, e.Index, last.Epoch, last.Index)
		}
		last = e
	}
}
