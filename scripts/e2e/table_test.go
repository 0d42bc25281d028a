package e2e

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// seen is what was promised and what was seen, in the order in which the promises came up. It is printed at the end.
var seen table

type table struct {
	mu   sync.Mutex
	rows []*row
}

// row is one promise: a bound, and the worst of the measurements.
type row struct {
	test, promise string
	bound, worst  figure
	times         int
	broken        bool
}

// figure is what a bound can be promised of.
type figure interface {
	fmt.Stringer
	beyond(bound figure) bool
}

// keep enters a measurement; one beyond its bound fails the test.
func keep(t *testing.T, promise string, bound, measured figure) {
	t.Helper()
	seen.mu.Lock()
	defer seen.mu.Unlock()
	r := seen.row(t.Name(), promise, bound)
	if r.worst == nil || measured.beyond(r.worst) {
		r.worst = measured
	}
	r.times++
	if measured.beyond(bound) {
		r.broken = true
		t.Errorf("%s: at most %v are promised, it is %v", promise, bound, measured)
	}
}

func (tab *table) row(test, promise string, bound figure) *row {
	for _, r := range tab.rows {
		if r.test == test && r.promise == promise {
			return r
		}
	}
	r := &row{test: test, promise: promise, bound: bound}
	tab.rows = append(tab.rows, r)
	return r
}

func (tab *table) print() {
	if len(tab.rows) == 0 {
		return
	}
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TEST\tPROMISE\tAT MOST\tSEEN\tTIMES\t")
	for _, r := range tab.rows {
		verdict := "kept"
		if r.broken {
			verdict = "BROKEN"
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%v\t%d\t%s\n", r.test, r.promise, r.bound, r.worst, r.times, verdict)
	}
	w.Flush()
}

// span is a figure in time.
type span time.Duration

func (s span) String() string           { return time.Duration(s).Round(10 * time.Millisecond).String() }
func (s span) beyond(bound figure) bool { return s > bound.(span) }

// number is a figure that is counted.
type number int

func (n number) String() string           { return fmt.Sprint(int(n)) }
func (n number) beyond(bound figure) bool { return n > bound.(number) }
