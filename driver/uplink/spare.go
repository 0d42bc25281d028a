package uplink

// spare is empty flows, with the memory that they had, for controllers that have something to report next.
type spare struct {
	flows []*flow
	room  int // events that they have room for
}

// maxSpare is how many events all of them have room for: some 2 MB.
const maxSpare = 16_384

func (s *spare) take() *flow {
	last := len(s.flows) - 1
	if last < 0 {
		return new(flow)
	}
	f := s.flows[last]
	s.flows = s.flows[:last]
	s.room -= len(f.slots)
	return f
}

// put takes a flow of which nothing is kept and nobody knows any more.
func (s *spare) put(f *flow) {
	if s.room+len(f.slots) > maxSpare {
		return
	}
	*f = flow{queue: f.queue}
	s.flows = append(s.flows, f)
	s.room += len(f.slots)
}
