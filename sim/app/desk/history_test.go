package desk_test

import (
	"testing"

	"pgregory.net/rapid"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// model is what a log's history means, counted one by one.
type model struct {
	stored, filled map[uint64]bool
}

func (m model) contiguous() (index uint64) {
	for m.stored[index+1] || m.filled[index+1] {
		index++
	}
	return index
}

// Whatever comes in whatever order, what is acknowledged and where a controller resumes is what
// counting one by one says, and the database tells the same as memory.
// Broken once on purpose: with begins always false the restarts fail here.
func TestAnyOrderAgainstCountingOneByOne(t *testing.T) {
	r := newRig(t)
	serial := uint64(0)
	rapid.Check(t, func(rt *rapid.T) {
		serial++
		m := model{make(map[uint64]bool), make(map[uint64]bool)}
		s := r.connect("a")
		admit := func() uint64 {
			answer, err := s.ask(serial, 1, 1, 1000)
			if err != nil {
				rt.Fatal(err)
			}
			return answer.GetAdmitted().GetResumeAfter()
		}
		admit()
		acked := uint64(0)
		for number := uint64(1); number <= 6; number++ {
			first := rapid.Uint64Range(1, 20).Draw(rt, "first")
			last := first + rapid.Uint64Range(0, 6).Draw(rt, "more")
			events := granted(serial, 1, first, last)
			if rapid.IntRange(0, 4).Draw(rt, "gap") == 0 {
				events = []*pb.Event{gap(serial<<16+number, serial, 1, first, last)}
			}
			for index := first; index <= last; index++ {
				m.stored[index] = m.stored[index] || events[0].Index > 0
				m.filled[index] = m.filled[index] || events[0].Index == 0
			}
			s.acks()
			s.report(events...)
			acked = max(acked, s.acked())
			if want := m.contiguous(); acked != want {
				rt.Fatalf("acknowledged %d, want %d", acked, want)
			}
		}
		r.restart()
		s = r.connect("a")
		if got, want := admit(), m.contiguous(); got != want {
			rt.Fatalf("after a restart it resumes after %d, want %d", got, want)
		}
	})
}
