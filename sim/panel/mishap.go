package panel

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// Mishap is what goes wrong with one command. Its zero value is nothing.
type Mishap struct {
	Busy  bool          // it is answered "busy", and not carried out
	Slow  time.Duration // it is carried out so much later, and the commands behind it not before
	Late  time.Duration // its reply is held back for so long, and all that is said behind it
	Lost  bool          // its reply is never said
	Twice bool          // its reply is said twice
}

// replies is how many there are.
func (m Mishap) replies() int {
	switch {
	case m.Lost:
		return 0
	case m.Twice:
		return 2
	}
	return 1
}

// pending is a command that the panel has got and not carried out yet.
type pending struct {
	at      time.Time // when it is
	halts   int       // the panel's, when it got it: a restart forgets it
	tag     uint32
	command scp.Command
	mishap  Mishap
}

// Mishandle is Execute where something goes wrong. What is not carried out when the link or the panel goes
// down is forgotten.
func (p *Panel) Mishandle(tag uint32, c scp.Command, m Mishap) {
	l := &p.link
	switch last := len(l.pending) - 1; {
	case !p.up:
	case last >= 0:
		l.pending = append(l.pending, pending{l.pending[last].at.Add(m.Slow), p.halts, tag, c, m})
	case m.Slow > 0:
		l.pending = append(l.pending, pending{p.now.Add(m.Slow), p.halts, tag, c, m})
	default:
		p.handle(tag, c, m)
	}
}

// handleNext carries out the pending command that came first.
func (p *Panel) handleNext() {
	l := &p.link
	next := l.pending[0]
	if l.pending = l.pending[1:]; len(l.pending) == 0 {
		l.pending = nil
	}
	if p.up && next.halts == p.halts {
		p.handle(next.tag, next.command, next.mishap)
	}
}

// Lie makes the panel report beyond its window, as no controller should; or be honest again.
func (p *Panel) Lie(on bool) { p.lies = on }
