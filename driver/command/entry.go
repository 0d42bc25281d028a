package command

import (
	"strconv"
	"strings"
	"time"
)

// entry names one element of a controller's stream.
type entry struct {
	serial uint64
	id     string // as Redis gave it: milliseconds of its clock, and a number
}

// field is where an entry has its payload.
const field = "command"

// stamp is a moment on two clocks: Redis's showed at, some time after a question left here at sent. Only
// Redis's clock is compared with what Redis wrote, and only ours is used from there on.
type stamp struct{ sent, at time.Time }

// age is how long before the stamp an entry was added. It reports false where that can't be told: the id
// is ahead of the clock that made it, so that clock was set back, or the id came from elsewhere.
func (s stamp) age(id string) (time.Duration, bool) {
	text, _, _ := strings.Cut(id, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	age := s.at.Sub(time.UnixMilli(ms))
	return age, err == nil && age >= 0
}

// bornAfter is a moment of our clock after which an entry was added; the zero time where that can't be told.
func (s stamp) bornAfter(id string) time.Time {
	age, ok := s.age(id)
	if !ok {
		return time.Time{}
	}
	return s.sent.Add(-age)
}
