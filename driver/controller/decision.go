package controller

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// maxRequests bounds the questions of one controller that are open at a time; the oldest is
// forgotten first.
const maxRequests = 64

// hostRequest is a question of the controller that a HostDecision may answer.
type hostRequest struct {
	request uint32
	until   time.Time
}

// noteRequest keeps a question that is still open. How long is taken from the controller's own clock
// on both sides, so that a wrong one does not matter. One that was fetched again is as old as it was.
func (c *commands) noteRequest(now time.Time, m *scp.Message) {
	at, left := scp.LogPosition{Epoch: m.LogEpoch, Index: m.Index}, time.Duration(m.Deadline-m.Time)
	if at.Epoch == c.asked.Epoch && at.Index <= c.asked.Index || left <= 0 {
		return
	}
	c.asked = at
	if len(c.requests) >= maxRequests {
		c.requests = c.requests[1:]
	}
	c.requests = append(c.requests, hostRequest{m.Request, now.Add(left)})
}

// lateDecision reports whether a wish is a host decision that nobody waits for.
func (s *Session) lateDecision(now time.Time, w *wish) bool {
	decision, ok := w.action.(scp.HostDecision)
	if !ok {
		return false
	}
	for _, r := range s.commands.requests {
		if r.request == decision.Request && now.Before(r.until) {
			return false
		}
	}
	return true
}
