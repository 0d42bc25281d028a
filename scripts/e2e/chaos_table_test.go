//go:build chaos

package e2e

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// The tests of these files, TestChaos..., break the whole system on purpose and hold it to what README promises. The
// tag chaos builds them, as make chaos does. What they measure stands in one table at the end, beside what is promised.

// raceDetector does not watch the programs under test here, because times and memory are looked at.
const raceDetector = "false"

// conclude shows what was promised and what was seen.
func conclude() { seen.print() }

// scaled is a number for make chaos, and a smaller one for make proof.
func scaled(long, short int) int {
	if testing.Short() {
		return short
	}
	return long
}

// seen is the table, in the order in which the promises came up.
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

// within waits for what is promised from since on, and enters how long it took. What comes too late is waited for a
// while, so that it is known how late it is.
func within(t *testing.T, promise string, bound time.Duration, since time.Time, holds func() error) {
	t.Helper()
	const patience = 30 * time.Second
	// What has happened is seen some time later: between two looks, and in one look.
	const looking = 300 * time.Millisecond
	defer func() {
		t.Helper()
		took := time.Since(since)
		keep(t, promise, span(bound), span(max(took-looking, min(took, bound))))
	}()
	eventually(t, bound+patience, promise, holds)
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

func (s span) String() string             { return time.Duration(s).Round(10 * time.Millisecond).String() }
func (s span) beyond(bound figure) bool   { return s > bound.(span) }
func (n number) String() string           { return fmt.Sprint(int(n)) }
func (n number) beyond(bound figure) bool { return n > bound.(number) }
func (m memory) String() string           { return fmt.Sprintf("%d MiB", int64(m)>>20) }
func (m memory) beyond(bound figure) bool { return m > bound.(memory) }

// number is a figure that is counted.
type number int

// memory is a figure in bytes.
type memory int64

// began is when the first test did.
var began = sync.OnceValue(time.Now)

// tell says at once how it goes.
func tell(t *testing.T, format string, args ...any) {
	fmt.Printf("%4.0f s  %s: %s\n", time.Since(began()).Seconds(), t.Name(), fmt.Sprintf(format, args...))
}
