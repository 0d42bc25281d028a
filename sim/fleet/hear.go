package fleet

import (
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/certs"
	"mercury-driver/sim/link"
	"mercury-driver/sim/panel"
)

// answering is how often a deaf panel says that it is there: as often as libraries ask.
const answering = time.Second

// read takes frames until the link ends. A frame that does not belong there ends it.
func (l *line) read(hello []byte) error {
	l.conn.Write(hello) // where that fails, reading does too, and knows why
	l.conn.SetWriteDeadline(time.Time{})
	r, f := link.NewReader(l.conn), link.Frame{}
	err := r.Next(&f)
	for ; err == nil && l.heeds() && l.take(&f); err = r.Next(&f) {
		if f.Type == link.Welcome {
			l.member.fleet.reach.welcome(l.address)
		}
	}
	if certs.Refused(err) {
		return err
	}
	return l.refused()
}

// refused is errNoWelcome when the panel waited for a welcome in vain.
func (l *line) refused() error {
	l.member.mu.Lock()
	defer l.member.mu.Unlock()
	if l.welcome || l.leaving || l.isOver() {
		return nil
	}
	return errNoWelcome
}

// heeds reports whether the panel takes notice of what it has read. A deaf one does not until the line is over, and
// reads no more; if it is not mute as well, it says all the time that it is there.
func (l *line) heeds() bool {
	l.member.mu.Lock()
	deaf := l.member.ailments.Deaf()
	l.member.mu.Unlock()
	if !deaf {
		return true
	}
	tick := time.NewTicker(answering)
	defer tick.Stop()
	for {
		select {
		case <-l.over:
			return false
		case <-tick.C:
			if !l.claimsPresence() {
				return false
			}
		}
	}
}

func (l *line) claimsPresence() bool {
	l.member.mu.Lock()
	defer l.member.mu.Unlock()
	l.owes = true
	l.send()
	return !l.leaving
}

// take acts on one frame; false ends the link.
func (l *line) take(f *link.Frame) bool {
	m := l.member
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case l.isOver():
		return false
	case l.leaving:
		return true
	case f.Type == link.Welcome && !l.welcome:
		l.welcome, l.silence = true, link.Silence(f.PollEvery)
		m.links++
	case f.Type == link.Poll && l.welcome:
		l.owes = true
		l.send()
	case f.Type != link.Command || !l.welcome || !l.execute(f):
		return false
	}
	if !l.leaving {
		l.conn.SetReadDeadline(time.Now().Add(l.silence))
	}
	return true
}

func (l *line) execute(f *link.Frame) bool {
	m := l.member
	command, err := scp.ParseCommand(string(f.Line))
	if err != nil {
		return false
	}
	m.commands++
	m.step(func(*panel.Panel) { l.panel.Mishandle(f.Tag, command, m.ailments.Mishap(command.Action)) })
	return true
}
