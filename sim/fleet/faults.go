package fleet

import (
	"math/rand/v2"
	"time"

	"mercury-driver/cvendor/scp"
)

// dropLater ends the link after a time drawn by chance, when links are to flap. The returned function
// takes that back, and reports whether it is too late for that.
func (f *Fleet) dropLater(l *line) (takeBack func() (dropped bool)) {
	if f.opts.Flap == 0 {
		return func() bool { return false }
	}
	after := time.Duration(l.member.chance.ExpFloat64() * float64(f.opts.Flap))
	timer := time.AfterFunc(after, func() { l.conn.Close() })
	return func() bool { return !timer.Stop() }
}

// feignsBusy draws whether a panel answers "busy" to a command. What the link and the log need is always
// done.
func (f *Fleet) feignsBusy(chance *rand.Rand, action scp.Action) bool {
	switch action.(type) {
	case scp.Accept, scp.Status, scp.LogAcknowledge, scp.LogRewind, scp.LogReport, scp.LogPause, scp.LogResume:
		return false
	}
	return f.opts.NAK > 0 && chance.Float64() < f.opts.NAK
}
