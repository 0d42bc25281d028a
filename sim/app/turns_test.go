package app

import (
	"testing"

	"mercury-driver/sim/app/desk"
)

// What is stored in one turn is a part of the credit: the drivers send the next one meanwhile.
func TestLengthOfATurn(t *testing.T) {
	for _, c := range []struct {
		what         string
		steps, each  int // events
		taken, after int
	}{
		{"few", 3, 1, 3, 0},
		{"many without events", longestTurn + 5, 0, longestTurn, 5},
		{"many with events", 10, largestTurn / 3, 4, 4},
	} {
		turns := newTurns()
		for range c.steps {
			turns.addEvents(func(*desk.Desk) {}, c.each)
		}
		<-turns.wake
		first, _ := turns.take()
		woken := len(turns.wake) > 0
		second, closed := turns.take()
		if len(first) != c.taken || len(second) != c.after || woken != (c.after > 0) || closed {
			t.Errorf("%s: turns of %d and %d steps, woken for the second: %v, closed: %v", c.what, len(first), len(second), woken, closed)
		}
	}
}
