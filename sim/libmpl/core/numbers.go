package core

import "math/bits"

// numbers gives out the smallest free number below a limit, a bit each.
type numbers struct {
	used []uint64
}

func newNumbers(limit int) numbers { return numbers{make([]uint64, (limit+63)/64)} }

// take returns the smallest free number. The caller holds fewer than the limit.
func (n numbers) take() int16 {
	word := 0
	for n.used[word] == ^uint64(0) {
		word++
	}
	bit := bits.TrailingZeros64(^n.used[word])
	n.used[word] |= 1 << bit
	return int16(word*64 + bit)
}

func (n numbers) give(number int16) { n.used[number/64] &^= 1 << (number % 64) }
