package figure

import (
	"fmt"
	"math"
)

var nan = math.NaN()

// Budget is what a row must keep to. The zero Budget is none: the row is there to be read.
type Budget struct {
	bound bound
	value float64
}

type bound int

const (
	none bound = iota
	leastRatio
	mostRatio
	least
	most
)

// AtLeast is a ratio of ours to the limit that may not be less.
func AtLeast(r float64) Budget { return Budget{leastRatio, r} }

// AtMost is a ratio of ours to the limit that may not be more.
func AtMost(r float64) Budget { return Budget{mostRatio, r} }

// Over is a figure in the row's unit that ours may not be below.
func Over(f float64) Budget { return Budget{least, f} }

// Under is a figure in the row's unit that ours may not exceed.
func Under(f float64) Budget { return Budget{most, f} }

// Compared is no budget, but a limit that is shown beside ours.
func Compared() Budget { return Budget{bound: none, value: 1} }

type kind int

const (
	absolute kind = iota
	ratio
	shown
)

func (b Budget) kind() kind {
	switch {
	case b.bound == leastRatio || b.bound == mostRatio:
		return ratio
	case b == Compared():
		return shown
	}
	return absolute
}

func (b Budget) holds(f float64) bool {
	switch b.bound {
	case leastRatio, least:
		return f >= b.value
	case mostRatio, most:
		return f <= b.value
	}
	return true
}

// String is the budget for people: "≥ 0.8 x", "≤ 6".
func (b Budget) String() string {
	switch b.bound {
	case leastRatio:
		return fmt.Sprintf("≥ %.3g x", b.value)
	case mostRatio:
		return fmt.Sprintf("≤ %.3g x", b.value)
	case least:
		return "≥ " + text(b.value)
	case most:
		return "≤ " + text(b.value)
	}
	return ""
}
