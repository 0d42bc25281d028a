package world

import (
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/controller"
	"mercury-driver/sim/libmpl/core"
)

// library is the simulated controller library of one process, behind what cvendor does: attachments are counted,
// and a post checks them, and how long the link was silent, in one step.
type library struct {
	driver *driver
	*core.Library
	attached map[int16]uint32 // by scp, while it lasts
}

// channel is the one that is open.
const channel = 0

func newLibrary(d *driver) *library {
	l := &library{driver: d, attached: map[int16]uint32{}}
	l.Library = core.New(core.Options{
		MaxLinks: 2 * d.world.settings.panels,
		Now:      d.host.now,
		Open:     func(*core.Library, int16, uint32) (core.Port, error) { return port{}, nil },
		Breach:   func(text string) { d.world.oracle.Fault("%s: the library's rules are broken: %s", d.instance, text) },
	})
	if err := l.Config("9001 0 5001"); err != nil {
		d.world.oracle.Fault("%s: %v", d.instance, err)
	}
	d.world.each(time.Second/core.TicksPerPoll, d.host, "poll", func() { l.Tick(channel) })
	return l
}

// port is where panels dial in: they find the library themselves.
type port struct{}

func (port) Close() {}

// drain takes up to most messages.
func (l *library) drain(batch []scp.Message, most int) []scp.Message {
	var m scp.Message
	for len(batch) < most && l.GetMessage(channel, &m) {
		switch m.Kind {
		case scp.CommOnline:
			l.attached[m.SCP] = m.Attachment
		case scp.CommOffline:
			delete(l.attached, m.SCP)
		}
		batch = append(batch, m)
	}
	return batch
}

// post hands a command over.
func (l *library) post(p controller.Post) (tag uint32, err error) {
	op, number := "post "+scp.Name(p.Command.Action), p.Command.Target
	if l.attached[number] != p.Key.Attachment {
		return 0, &scp.Error{Op: op, Code: scp.Gone}
	}
	if p.Terms.MaxSilence > 0 {
		silence, ok := l.LastHeard(number)
		switch {
		case !ok:
			return 0, &scp.Error{Op: op, Code: scp.Gone}
		case silence > p.Terms.MaxSilence:
			return 0, &scp.Error{Op: op, Code: scp.Stale}
		}
	}
	if err := l.Config(string(p.Command.AppendLine(nil))); err != nil {
		return 0, &scp.Error{Op: op, Code: scp.Refused, Text: err.Error()}
	}
	return l.LastTag(number), nil
}
