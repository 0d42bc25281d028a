package oracle

import (
	"cmp"
	"maps"
	"slices"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// said is the end of a command as one process tells it.
type said struct{ instance, id string }

func (s said) before(t said) int {
	return cmp.Or(cmp.Compare(s.instance, t.instance), cmp.Compare(s.id, t.id))
}

// Ends: a process has the end of a command, and keeps it until the app has stored it.
func (o *Oracle) Ends(instance string, r *pb.CommandResult) { o.ends[said{instance, r.Id}] = r }

// JudgeResults asks, when all has settled, that the app has stored each end of which a process knew that still lives.
func (o *Oracle) JudgeResults() {
	for _, s := range slices.SortedFunc(maps.Keys(o.ends), said.before) {
		if c := o.commands.byID[s.id]; c != nil && o.world.Lives(s.instance) && !c.toldBy(s.instance) {
			o.Fault("command %s ended %v at %s, which never told", s.id, o.ends[s].Outcome, s.instance)
		}
	}
}

// toldBy reports whether the app has what a process said of a command's end.
func (c *command) toldBy(instance string) bool {
	for _, r := range c.results {
		if r.Instance == instance {
			return true
		}
	}
	return false
}
