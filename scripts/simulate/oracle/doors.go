package oracle

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// linkFresh is how long a link may have been silent over which a door is moved.
const linkFresh = 3 * time.Second

// Moves: a library takes a command, over a link that was silent for so long.
func (o *Oracle) Moves(instance string, a scp.Action, silent time.Duration) {
	switch a.(type) {
	case scp.Unlock, scp.DoorMode, scp.Output, scp.Procedure, scp.HostDecision:
		if silent > linkFresh {
			o.Fault("%s posts %s over a link that was silent for %v", instance, scp.Name(a), silent)
		}
	}
}
