package oracle

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// linkFresh is how long a link may have been silent over which a door is moved.
const linkFresh = 3 * time.Second

// Taken: a library takes a command, for a link that was silent for so long, maybe long after it was handed the command.
func (o *Oracle) Taken(instance string, a scp.Action, silent time.Duration) {
	if c, now := o.commands.of(a), o.world.Now(); c != nil {
		switch until := o.lessee(instance).until; {
		case now > c.sent+c.ttl:
			o.Fault("%s's library takes command %s %v after it was sent, it was good for %v", instance, c.id, now-c.sent, c.ttl)
		case now > until:
			o.Fault("%s's library takes command %s %v after its lease ran out", instance, c.id, now-until)
		}
	}
	switch a.(type) {
	case scp.Unlock, scp.DoorMode, scp.Output, scp.Procedure, scp.HostDecision:
		if silent > linkFresh {
			o.Fault("%s posts %s over a link that was silent for %v", instance, scp.Name(a), silent)
		}
	}
}
