package oracle

import "time"

// replyGrace is the drivers' default of REPLY_GRACE.
const replyGrace = 2 * time.Second

// judgeTimes asks that no panel carried out a command later than its ttl and REPLY_GRACE after it was asked for. That
// is known of commands that can be told from all others by what they do.
func (v *Verdict) judgeTimes(executions []execution, all []asked) {
	sole := make(map[deed]*asked, len(all))
	for i, c := range all {
		if _, again := sole[c.deed]; again {
			sole[c.deed] = nil
		} else {
			sole[c.deed] = &all[i]
		}
	}
	for _, x := range executions {
		c := sole[x.deed]
		if c == nil || c.ttl == 0 || x.result != "ok" {
			continue
		}
		late := x.at.Sub(c.at.Add(c.ttl + replyGrace))
		if late > 0 {
			v.fault("%v: command %s was carried out %v too late", x.deed, c.id, late)
		}
		v.Latest = max(v.Latest, x.at.Sub(c.at))
	}
}
