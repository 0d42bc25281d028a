package uplink

// schedule is the questions that wait, as a container/heap: the one that is due first in front, and of
// those that are due together the one that was asked first.
type schedule[K comparable] []*Question[K]

func (s schedule[K]) Len() int { return len(s) }

func (s schedule[K]) Less(i, j int) bool {
	if s[i].due.Equal(s[j].due) {
		return s[i].number < s[j].number
	}
	return s[i].due.Before(s[j].due)
}

func (s schedule[K]) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i, j
}

func (s *schedule[K]) Push(x any) {
	q := x.(*Question[K])
	q.place = len(*s)
	*s = append(*s, q)
}

func (s *schedule[K]) Pop() any {
	last := len(*s) - 1
	q := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	q.place = -1
	return q
}
