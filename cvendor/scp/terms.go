package scp

import "time"

// Terms are what must hold at the moment when the library takes a command: behind everything that the post had to wait for.
type Terms struct {
	// MaxSilence: the link was heard from within it, where the library can tell; 0 asks nothing.
	MaxSilence time.Duration
	// Until: it is not later; zero asks nothing.
	Until time.Time
}
