package world

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// unread is a command that lies in a panel's buffer.
type unread struct {
	tag uint32
	scp.Command
}

// deafen lets a panel answer polls and leave commands unread, for a while. Then it carries out what it finds, unless the
// library has ended the link: that discards what is not read.
func (l *link) deafen() {
	w := l.site.world
	l.deaf = true
	w.after(w.between(3*time.Second, 15*time.Second), nil, "panel listens again", l.listen)
}

func (l *link) listen() {
	l.deaf = false
	for _, c := range l.unread {
		if l.site.link == l && !l.conn.down.closing {
			l.carryOut(c.tag, c.Command)
		}
	}
	l.unread = nil
}
