package backlog

import (
	"slices"
	"testing"
)

func TestControllersTakeTurns(t *testing.T) {
	type name struct{ serial, index uint64 }
	b := Backlog{Controllers: 2, Turn: 3}
	var got []name
	for range 8 {
		serial, index := b.Next()
		got = append(got, name{serial, index})
	}
	if want := []name{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {2, 3}, {1, 4}, {1, 5}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
