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
	attached map[int16]*attachment // by scp, while it lasts
}

// attachment is one link as whoever drains the library knows it.
type attachment struct {
	count   uint32
	serial  uint64
	drained time.Duration // when it last had a message
}

// channel is the one that is open.
const channel = 0

func newLibrary(d *driver) *library {
	l := &library{driver: d, attached: map[int16]*attachment{}}
	l.Library = core.New(core.Options{
		MaxLinks:  2 * d.world.settings.panels,
		PollEvery: d.world.settings.pollEvery,
		Now:       d.host.now,
		Open:      func(*core.Library, int16, uint32) (core.Port, error) { return port{}, nil },
		Breach:    func(text string) { d.world.oracle.Fault("%s: the library's rules are broken: %s", d.instance, text) },
	})
	if err := l.Config("9001 0 5001"); err != nil {
		d.world.oracle.Fault("%s: %v", d.instance, err)
	}
	d.world.each(d.world.settings.pollEvery/core.TicksPerPoll, d.host, "poll", func() { l.Tick(channel) })
	return l
}

// port is where panels dial in: they find the library themselves.
type port struct{}

func (port) Close() {}

// drain takes up to most messages.
func (l *library) drain(batch []scp.Message, most int) []scp.Message {
	var m scp.Message
	for len(batch) < most && l.GetMessage(channel, &m) {
		l.note(&m)
		batch = append(batch, m)
	}
	return batch
}

func (l *library) note(m *scp.Message) {
	switch m.Kind {
	case scp.CommOnline:
		l.attached[m.SCP] = &attachment{count: m.Attachment}
	case scp.CommOffline:
		delete(l.attached, m.SCP)
	}
	if a := l.attached[m.SCP]; a != nil {
		a.drained = l.driver.world.now
		if m.Identity != nil {
			a.serial = m.Identity.Serial
		}
	}
}

// post hands a command over.
func (l *library) post(p controller.Post) (tag uint32, err error) {
	op, number := "post "+scp.Name(p.Command.Action), p.Command.Target
	at := l.attached[number]
	if at == nil || at.count != p.Key.Attachment {
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
	if until := p.Terms.Until; !until.IsZero() && l.driver.host.now().After(until) {
		return 0, &scp.Error{Op: op, Code: scp.Late}
	}
	if err := l.Config(string(p.Command.AppendLine(nil))); err != nil {
		return 0, &scp.Error{Op: op, Code: scp.Refused, Text: err.Error()}
	}
	l.driver.world.oracle.Taken(l.driver.instance, p.Command.Action, l.silent(at))
	return l.LastTag(number), nil
}

// silent is how long nothing was heard of a link, or nothing could be known to be. A library that can't tell itself is
// handed a command some time after its process has looked, if that stands in between.
func (l *library) silent(a *attachment) time.Duration {
	w, h := l.driver.world, l.driver.host
	if !w.settings.caps.LastHeard {
		return w.now - a.drained - h.stood(a.drained, w.now)
	}
	var heard time.Duration
	for _, link := range w.links {
		if link.driver == l.driver && link.site.serial == a.serial {
			heard = max(heard, link.heardByLib)
		}
	}
	return w.now - heard
}
