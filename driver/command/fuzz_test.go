package command

import (
	"strconv"
	"testing"
	"time"
)

// Whatever ids a stream has: none makes a command younger than the question that it came with, and an entry that was
// added earlier by Redis's clock is never the younger one.
func FuzzBornAfter(f *testing.F) {
	f.Add("999940000-0", uint64(1), int64(1_000_000_000_700))
	f.Add("18446744073709551615-1", uint64(0), int64(0))
	f.Add("-1-0", uint64(1<<63-1), int64(-1))
	f.Add("+5", uint64(5), int64(1<<62))
	f.Fuzz(func(t *testing.T, id string, later uint64, clock int64) {
		asked := stamp{sent: time.Unix(1_800_000_000, 0), at: time.UnixMicro(clock)}
		born := asked.bornAfter(id)
		if born.After(asked.sent) {
			t.Errorf("%q, asked at %v by Redis's clock, is born %v after", id, asked.at, born.Sub(asked.sent))
		}
		age, ok := asked.age(id)
		if ms := asked.at.UnixMilli() - age.Milliseconds(); ok && later > 0 && age < 1<<62 && ms >= 0 {
			next := asked.bornAfter(strconv.FormatUint(uint64(ms)+later%(1<<40)+1, 10) + "-0")
			if !next.IsZero() && next.Before(born) {
				t.Errorf("%q is born at %v, a later one at %v", id, born, next)
			}
		}
	})
}
