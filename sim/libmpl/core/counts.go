package core

import "sync/atomic"

// Counts is what went wrong since the library was made.
type Counts struct {
	OverLimit uint64 // connections closed because MaxLinks were attached
	Malformed uint64 // links closed for a frame that does not fit, or does not belong there
	Overruns  uint64 // links closed for transactions beyond what the controller was told to report
	Refused   uint64 // connections closed for what they showed in the TLS handshake
}

type counts struct{ overLimit, malformed, overruns, refused atomic.Uint64 }

// Counts returns what went wrong up to now.
func (lib *Library) Counts() Counts {
	return Counts{OverLimit: lib.counts.overLimit.Load(), Malformed: lib.counts.malformed.Load(),
		Overruns: lib.counts.overruns.Load(), Refused: lib.counts.refused.Load()}
}
